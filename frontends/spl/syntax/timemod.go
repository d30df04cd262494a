package syntax

import (
	"strings"

	"github.com/huntc/huntc/diag"
)

// timeModifiers are the search terms that set the range and take a relative time, an epoch time or a date ("Time modifiers").
// Read-only.
var timeModifiers = map[string]bool{"earliest": true, "latest": true, "_index_earliest": true, "_index_latest": true}

// IsTimeModifier reports whether the comparison sets the time range instead of comparing a field.
func (c *Compare) IsTimeModifier() bool { return c.Op == "=" && timeModifiers[c.Field.Text] }

func (p *parser) checkTimeModifier(c *Compare) {
	if !timeModifiers[c.Field.Text] {
		return
	}
	switch {
	case c.Op != "=" && c.Op != "!=":
		p.add(CodeSyntax, diag.Error, c.Value.At, c.Field.Text+" takes = only")
	case strings.HasPrefix(c.Value.Text, "rt"):
		p.add(CodeSyntax, diag.Error, c.Value.At, "a real-time range cannot stand in the text of a search")
	case !ValidTime(c.Value.Text) && !strings.Contains(c.Value.Text, "$"):
		p.add(CodeSyntax, diag.Error, c.Value.At, c.Value.Text+" is no time: expected a relative time such as -1d@d, seconds since 1970, or %m/%d/%Y:%H:%M:%S")
	}
}

// ValidTime reports whether s is a time that earliest= takes.
func ValidTime(s string) bool {
	if s == "now" || s == "now()" {
		return true
	}
	if isNumber(s) {
		return true
	}
	if _, ok := ParseRelative(s); ok {
		return true
	}
	return isDate(s)
}

func isNumber(s string) bool {
	digits := 0
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
			digits++
		case s[i] == '.' && i > 0:
		default:
			return false
		}
	}
	return digits > 0
}

// isDate reads %m/%d/%Y:%H:%M:%S and the ISO form with a T.
func isDate(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && strings.IndexByte("/:-+T.Z ", s[i]) < 0 {
			return false
		}
	}
	return strings.Count(s, "/") == 2 || strings.Count(s, "-") >= 2 && strings.Contains(s, "T")
}

// RelativeStep is one part of a relative time: an offset of N units, or a snap to the start of a unit (Snap).
type RelativeStep struct {
	Snap bool
	N    int    // signed, 0 for a snap
	Unit string // us ms cs ds s m h d w mon q y; w0 to w7 for a snap to a day of the week
}

// timeUnits are the spellings of the units ("Time modifiers", "How to specify relative time modifiers"). Read-only.
var timeUnits = map[string]string{
	"us": "us", "ms": "ms", "cs": "cs", "ds": "ds",
	"s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
	"m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
	"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
	"d": "d", "day": "d", "days": "d",
	"w": "w", "week": "w", "weeks": "w",
	"w0": "w0", "w1": "w1", "w2": "w2", "w3": "w3", "w4": "w4", "w5": "w5", "w6": "w6", "w7": "w7",
	"mon": "mon", "month": "mon", "months": "mon",
	"q": "q", "qtr": "q", "qtrs": "q", "quarter": "q", "quarters": "q",
	"y": "y", "yr": "y", "yrs": "y", "year": "y", "years": "y",
}

// ParseRelative reads a relative time such as -7d@d+3h: offsets and snaps in the order in which they apply.
func ParseRelative(s string) ([]RelativeStep, bool) {
	var out []RelativeStep
	for i := 0; i < len(s); {
		var step RelativeStep
		sign := 1
		switch s[i] {
		case '@':
			step.Snap = true
		case '-':
			sign = -1
		case '+':
		default:
			return nil, false
		}
		i++
		n, digits := 0, 0
		for ; !step.Snap && i < len(s) && isDigit(s[i]) && digits < 9; i++ {
			n, digits = n*10+int(s[i]-'0'), digits+1
		}
		if digits == 0 {
			n = 1 // -h is -1h
		}
		from := i
		for i < len(s) && isLetter(s[i]) {
			i++
		}
		if step.Snap && i == from+1 && s[from] == 'w' && i < len(s) && isDigit(s[i]) {
			i++
		}
		unit := timeUnits[s[from:i]]
		if unit == "" && i == from && !step.Snap {
			unit = "s" // a number without a unit counts seconds
		}
		if unit == "" || !step.Snap && len(unit) == 2 && unit[0] == 'w' {
			return nil, false
		}
		if step.Unit = unit; !step.Snap {
			step.N = sign * n
		}
		out = append(out, step)
	}
	return out, len(out) > 0
}

// ParseSpan reads a length of time such as 5m or 2days: a positive number and a unit.
func ParseSpan(s string) (n int, unit string, ok bool) {
	i := 0
	for i < len(s) && isDigit(s[i]) && i < 9 {
		n = n*10 + int(s[i]-'0')
		i++
	}
	if i == 0 {
		n = 1
	}
	unit = timeUnits[s[i:]]
	return n, unit, unit != "" && n > 0 && !(len(unit) == 2 && unit[0] == 'w')
}
