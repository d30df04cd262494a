package spl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// timeParts are the variables of strftime that are a part of the ISO form: first character and length. Read-only.
var timeParts = map[string][2]int64{"Y": {0, 4}, "y": {2, 2}, "m": {5, 2}, "d": {8, 2}, "H": {11, 2}, "M": {14, 2}, "S": {17, 2}, "F": {0, 10},
	"T": {11, 8}, "3N": {20, 3}, "6N": {20, 6}, "Q": {20, 3}, "3Q": {20, 3}, "6Q": {20, 6}}

// formatVariable is a variable of a time format; digits stand before N and Q.
var formatVariable = regexp.MustCompile(`%([0-9]?[A-Za-z%])`)

// Names of days, from the day of 1970-01-01, and of months, in the locale of the search, which is English. Read-only.
var (
	dayNames   = []string{"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"}
	monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// strftime writes a time by its format ("Date and time format variables"), in UTC.
func (l *lowerer) strftime(t val, format syntax.Expr, c *syntax.Call) val {
	f, ok := format.(*syntax.Str)
	if !ok {
		l.unsupported(format, "strftime with a format that is not a literal")
		return val{x: &ir.Bad{At: at(c)}, k: textKind}
	}
	seconds := l.num(t)
	if l.wrong("strftime-takes-milliseconds") {
		seconds = &ir.Arith{At: at(c), Op: "/", L: seconds, R: lit(ir.Real, 1000.0, at(c)), T: ir.Real}
	}
	return val{x: l.formatTime(seconds, f.Text, format), k: textKind}
}

// formatTime writes seconds since 1970 by a format.
func (l *lowerer) formatTime(seconds ir.Expr, format string, n syntax.Node) ir.Expr {
	a := at(n)
	parts := []ir.Expr{}
	last := 0
	for _, m := range formatVariable.FindAllStringSubmatchIndex(format, -1) {
		if m[0] > last {
			parts = append(parts, str(format[last:m[0]], a))
		}
		last = m[1]
		x := l.timePart(seconds, format[m[2]:m[3]], a)
		if x == nil {
			l.unsupported(n, "the time variable "+format[m[0]:m[1]])
			return &ir.Bad{At: a}
		}
		parts = append(parts, x)
	}
	if rest := format[last:]; strings.Contains(rest, "%") {
		l.unsupported(n, "the time format "+format)
	} else if rest != "" || len(parts) == 0 {
		parts = append(parts, str(rest, a))
	}
	if len(parts) == 1 && last == 0 { // text alone is text only if there is a time
		parts = append(parts, call("substring", ir.String, a, isoTime(seconds, a), lit(ir.Long, int64(0), a), lit(ir.Long, int64(0), a)))
	}
	return call("strcat", ir.String, a, parts...)
}

func isoTime(seconds ir.Expr, a ir.At) ir.Expr {
	return &ir.Cast{At: a, To: ir.String, X: datetimeOf(seconds, a)}
}

// Texts of the variables that are no part of the ISO form: the weekday from Thursday, and the hours of a day. Read-only.
var (
	dayNumbers  = []string{"4", "5", "6", "0", "1", "2", "3"}
	halfDays    = append(slices.Repeat([]string{"AM"}, 12), slices.Repeat([]string{"PM"}, 12)...)
	halfHours   = slices.Repeat([]string{"12", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"}, 2)
	blankDigits = blanks(32)
)

// blanks are the numbers below n in two characters, the first of them a blank instead of a zero.
func blanks(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%2d", i)
	}
	return out
}

// timePart is one variable of a format, nil if it is not known.
func (l *lowerer) timePart(seconds ir.Expr, variable string, a ir.At) ir.Expr {
	part := func(p [2]int64) ir.Expr {
		return call("substring", ir.String, a, isoTime(seconds, a), lit(ir.Long, p[0], a), lit(ir.Long, p[1], a))
	}
	if p, ok := timeParts[variable]; ok {
		return part(p)
	}
	whole := func(x ir.Expr) ir.Expr { return &ir.Cast{At: a, To: ir.Long, X: x} }
	month := &ir.Arith{At: a, Op: "-", L: whole(part(timeParts["m"])), R: lit(ir.Long, int64(1), a), T: ir.Long}
	days := whole(floor(&ir.Arith{At: a, Op: "/", L: seconds, R: lit(ir.Real, 86400.0, a), T: ir.Real}))
	weekday := &ir.Arith{At: a, Op: "%", L: days, R: lit(ir.Long, int64(7), a), T: ir.Long}
	switch variable {
	case "%":
		return str("%", a)
	case "s":
		return &ir.Cast{At: a, To: ir.String, X: whole(floor(seconds))}
	case "z":
		return str("+0000", a)
	case "Z":
		return str("UTC", a)
	case "A":
		return nameAt(weekday, dayNames, 0, a)
	case "a":
		return nameAt(weekday, dayNames, 3, a)
	case "B":
		return nameAt(month, monthNames, 0, a)
	case "b":
		return nameAt(month, monthNames, 3, a)
	case "w":
		if l.wrong("weekday-zero-is-monday") {
			return nameAt(weekday, []string{"3", "4", "5", "6", "0", "1", "2"}, 0, a)
		}
		return nameAt(weekday, dayNumbers, 0, a)
	case "p":
		return nameAt(whole(part(timeParts["H"])), halfDays, 0, a)
	case "I":
		return nameAt(whole(part(timeParts["H"])), halfHours, 0, a)
	case "k":
		return nameAt(whole(part(timeParts["H"])), blankDigits[:24], 0, a)
	case "e":
		return nameAt(whole(part(timeParts["d"])), blankDigits, 0, a)
	case "j":
		day := call("strcat", ir.String, a, str("00", a), &ir.Cast{At: a, To: ir.String, X: call("dayofyear", ir.Long, a, datetimeOf(seconds, a))})
		from := &ir.Arith{At: a, Op: "-", L: call("strlen", ir.Long, a, day), R: lit(ir.Long, int64(3), a), T: ir.Long}
		return call("substring", ir.String, a, day, from, lit(ir.Long, int64(3), a))
	}
	return nil
}

// nameAt is the name at a position, or its first letters.
func nameAt(index ir.Expr, names []string, letters int, a ir.At) ir.Expr {
	var branches []ir.Branch
	for i, name := range names {
		if letters > 0 {
			name = name[:letters]
		}
		branches = append(branches, ir.Branch{If: &ir.Compare{At: a, Op: ir.Eq, L: index, R: lit(ir.Long, int64(i), a)}, Then: str(name, a)})
	}
	return choose(ir.String, lit(ir.String, nil, a), branches...)
}

// readVariables are the variables of strptime, as expressions over their text. Read-only.
var readVariables = map[string]string{"Y": `\d{4}`, "m": `\d{2}`, "d": `\d{2}`, "H": `\d{2}`, "M": `\d{2}`, "S": `\d{2}`, "F": `\d{4}-\d\d-\d\d`,
	"T": `\d\d:\d\d:\d\d`, "b": `[A-Z][a-z]{2}`, "3N": `\d{3}`, "6N": `\d{6}`, "Q": `\d{3}`}

// strptime reads a time by its format, in UTC; text of another form gives null.
func (l *lowerer) strptime(v val, format syntax.Expr, c *syntax.Call) val {
	f, ok := format.(*syntax.Str)
	if !ok {
		l.unsupported(format, "strptime with a format that is not a literal")
		return val{x: &ir.Bad{At: at(c)}, k: numKind}
	}
	seconds := l.readTime(l.text(v), f.Text, format)
	if l.wrong("strptime-gives-milliseconds") {
		seconds = &ir.Arith{At: at(c), Op: "*", L: seconds, R: lit(ir.Real, 1000.0, at(c)), T: ir.Real}
	}
	return val{x: seconds, k: numKind}
}

// readTime is the time that a text tells by a format, in seconds. A format must say year, month and day: no page tells what else is
// taken for them.
func (l *lowerer) readTime(text ir.Expr, format string, n syntax.Node) ir.Expr {
	a := at(n)
	pattern, groups, last := "^", map[string]int{}, 0
	for _, m := range formatVariable.FindAllStringSubmatchIndex(format, -1) {
		variable := format[m[2]:m[3]]
		form := readVariables[variable]
		if form == "" {
			l.unsupported(n, "strptime with "+format[m[0]:m[1]])
			return lit(ir.Real, nil, a)
		}
		pattern += regexp.QuoteMeta(format[last:m[0]]) + "(" + form + ")"
		last = m[1]
		groups[variable] = len(groups) + 1
	}
	pattern += regexp.QuoteMeta(format[last:]) + "$"
	part := func(variables ...string) ir.Expr {
		for _, v := range variables {
			if g := groups[v]; g > 0 {
				return call("extract", ir.String, a, str(pattern, a), lit(ir.Long, int64(g), a), text)
			}
		}
		return nil
	}
	date, ok := datePart(part, a)
	if !ok {
		l.unsupported(n, "strptime with a format without year, month and day")
		return lit(ir.Real, nil, a)
	}
	clock := part("T")
	if clock == nil {
		clock = call("strcat", ir.String, a, orText(part("H"), "00", a), str(":", a), orText(part("M"), "00", a), str(":", a), orText(part("S"), "00", a))
	}
	iso := call("strcat", ir.String, a, date, str("T", a), clock, str(".", a), orText(part("6N", "3N", "Q"), "0", a))
	fits := &ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: text, Needles: []ir.Expr{str(pattern, a)}}
	return choose(ir.Real, lit(ir.Real, nil, a), ir.Branch{If: fits, Then: epochSeconds(&ir.Cast{At: a, To: ir.Datetime, X: iso}, a)})
}

func orText(x ir.Expr, otherwise string, a ir.At) ir.Expr {
	if x == nil {
		return str(otherwise, a)
	}
	return x
}

// datePart is the date in the ISO form, from the variables of a format.
func datePart(part func(...string) ir.Expr, a ir.At) (ir.Expr, bool) {
	if f := part("F"); f != nil {
		return f, true
	}
	month := part("m")
	if name := part("b"); name != nil {
		var branches []ir.Branch
		for i, m := range monthNames {
			number := string([]byte{'0' + byte((i+1)/10), '0' + byte((i+1)%10)})
			branches = append(branches, ir.Branch{If: &ir.Compare{At: a, Op: ir.Eq, L: name, R: str(m[:3], a)}, Then: str(number, a)})
		}
		month = choose(ir.String, lit(ir.String, nil, a), branches...)
	}
	year, day := part("Y"), part("d")
	if year == nil || month == nil || day == nil {
		return nil, false
	}
	return call("strcat", ir.String, a, year, str("-", a), month, str("-", a), day), true
}
