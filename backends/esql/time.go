package esql

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/ir"
)

// timeParts are the names of a time's parts in DATE_EXTRACT. Read-only.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/date-time-functions/date_extract
var timeParts = map[string]string{"year": "year", "month": "month_of_year", "day": "day_of_month", "hour": "hour_of_day", "minute": "minute_of_hour",
	"second": "second_of_minute", "dayofyear": "day_of_year", "millisecond": "milli_of_second"}

// partCalls are the functions that take a part of a time. Read-only.
var partCalls = map[string]string{"hourofday": "hour", "dayofmonth": "day", "dayofyear": "dayofyear", "monthofyear": "month", "getmonth": "month",
	"getyear": "year", "week_of_year": "week_of_year"}

// fixedUnits are the units of one length, in ticks. Read-only.
var fixedUnits = map[string]int64{"week": 7 * ir.Day, "day": ir.Day, "hour": ir.Hour, "minute": ir.Minute, "second": ir.Second, "millisecond": ir.Millisecond}

// calendarUnits are the units of so many months. Read-only.
var calendarUnits = map[string]int64{"month": 1, "quarter": 3, "year": 12}

// timeCalls are the functions of times. A time outside of the years 1 to 9999 is null in KQL; Elasticsearch goes on counting there, where no
// event is. https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/date-time-functions
func timeCalls() map[string]caller {
	table := map[string]caller{
		"datetime_part":   timePart,
		"dayofweek":       dayOfWeek,
		"datetime_diff":   timeDiff,
		"datetime_add":    timeAdd,
		"format_datetime": formatTime,
	}
	for name := range partCalls {
		table[name] = timePart
	}
	for _, unit := range []string{"day", "week", "month", "year"} {
		table["startof"+unit] = startOf(unit)
		table["endof"+unit] = endOf(unit)
	}
	return table
}

// timePart writes a part of a time.
func timePart(e *emitter, c *ir.Call, args []string) (string, bool) {
	name, last := partCalls[c.Func], len(args)-1
	if c.Func == "datetime_part" && len(args) == 2 {
		name, _ = constText(c, 0)
		name = ir.FoldASCII(name)
	}
	if ir.TypeOf(c.Args[last]) != ir.Datetime {
		return "", false
	}
	t := args[last]
	switch part := timeParts[name]; {
	case part != "":
		e.r.Use(factTimePart, c, c.S, c.Func+"()")
		return "DATE_EXTRACT(" + quote(part) + ", " + t + ")", true
	case name == "quarter":
		e.r.Use(factTimePart, c, c.S, c.Func+"()")
		return "((" + month(t) + " + 2) / 3)", true
	case name == "week_of_year": // ISO 8601 numbers a week by the year of its Thursday
		e.r.Use(factTimePart, c, c.S, c.Func+"()")
		return `((DATE_EXTRACT("day_of_year", DATE_TRUNC(1 week, ` + t + `) + 3 days) - 1) / 7 + 1)`, true
	}
	return "", false
}

func month(t string) string { return `DATE_EXTRACT("month_of_year", ` + t + ")" }

// dayOfWeek is a duration in KQL, from 0 days on a Sunday; ES|QL numbers a Sunday 7.
// learn.microsoft.com/kusto/query/day-of-week-function
func dayOfWeek(e *emitter, c *ir.Call, args []string) (string, bool) {
	if ir.TypeOf(c.Args[0]) != ir.Datetime {
		return "", false
	}
	e.r.Use(factTimePart, c, c.S, "dayofweek()")
	return fmt.Sprintf(`(DATE_EXTRACT("day_of_week", %s) %% 7 * %d)`, args[0], ir.Day/ticksInMs), true
}

// truncated writes the start of a unit. KQL's weeks start on Sunday, DATE_TRUNC's on Monday.
func truncated(unit, t string) string {
	if unit == "week" {
		return "DATE_TRUNC(1 week, " + t + " + 1 day) - 1 day"
	}
	return "DATE_TRUNC(1 " + unit + ", " + t + ")"
}

// unitsLater adds so many units to a sum, a literal that ES|QL takes beside a time.
func unitsLater(n int64, unit string) string {
	sign := " + "
	if n < 0 {
		n, sign = -n, " - "
	}
	if n == 1 {
		return fmt.Sprintf("%s1 %s", sign, unit)
	}
	return fmt.Sprintf("%s%d %ss", sign, n, unit)
}

// startArgs reads the time and the constant offset of startof… and endof….
func (e *emitter) startArgs(c *ir.Call) (t string, n int64, ok bool) {
	if ir.TypeOf(c.Args[0]) != ir.Datetime {
		return "", 0, false
	}
	if len(c.Args) == 2 {
		if n, ok = wholeLit(c.Args[1]); !ok || max(n, -n) > 120_000 {
			return "", 0, false
		}
	}
	return e.expr(c.Args[0], precAdd), n, true
}

func startOf(unit string) caller {
	return func(e *emitter, c *ir.Call, _ []string) (string, bool) {
		t, n, ok := e.startArgs(c)
		if !ok {
			return "", false
		}
		e.r.Use(factStartOf, c, c.S, c.Func+"()")
		text := truncated(unit, t)
		if n != 0 {
			text += unitsLater(n, unit)
		}
		if n != 0 || unit == "week" {
			text = "(" + text + ")"
		}
		return text, true
	}
}

// endOf writes the last instant of a unit, which is the last that Elasticsearch keeps: a millisecond before the next unit.
func endOf(unit string) caller {
	return func(e *emitter, c *ir.Call, _ []string) (string, bool) {
		t, n, ok := e.startArgs(c)
		if !ok {
			return "", false
		}
		e.r.Use(factEndOf, c, c.S, c.Func+"()")
		text := truncated(unit, t)
		if n != -1 {
			text += unitsLater(n+1, unit)
		}
		return "(" + text + " - 1 millisecond)", true
	}
}

// unitOf is the unit that the first argument of a call names.
func unitOf(c *ir.Call) string {
	s, _ := constText(c, 0)
	return ir.FoldASCII(s)
}

// timeAdd adds units: a month later is the same day, or the last one of a shorter month, on both sides.
// learn.microsoft.com/kusto/query/datetime-add-function
func timeAdd(e *emitter, c *ir.Call, args []string) (string, bool) {
	unit := unitOf(c)
	if ir.TypeOf(c.Args[2]) != ir.Datetime || !whole(ir.TypeOf(c.Args[1])) {
		return "", false
	}
	n, isLit := wholeLit(c.Args[1])
	months, calendar := calendarUnits[unit]
	width, fixed := fixedUnits[unit]
	switch {
	case isLit && max(n, -n) > 1<<30:
		return "", false
	case calendar && isLit:
		e.r.Use(factTimeAdd, c, c.S, "datetime_add()")
		return "(" + e.expr(c.Args[2], precAdd) + unitsLater(n*months, "month") + ")", true
	case fixed && isLit:
		e.r.Use(factTimeAdd, c, c.S, "datetime_add()")
		return "(" + e.expr(c.Args[2], precAdd) + unitsLater(n, unit) + ")", true
	case fixed:
		e.r.Use(factTimeAdd, c, c.S, "datetime_add()")
		return fmt.Sprintf("TO_DATETIME(TO_LONG(%s) + %s * %d)", args[2], e.expr(c.Args[1], precMul), width/ticksInMs), true
	}
	return "", false
}

// timeDiff counts the boundaries between two times, where DATE_DIFF counts whole units that have passed.
// learn.microsoft.com/kusto/query/datetime-diff-function
func timeDiff(e *emitter, c *ir.Call, args []string) (string, bool) {
	if ir.TypeOf(c.Args[1]) != ir.Datetime || ir.TypeOf(c.Args[2]) != ir.Datetime {
		return "", false
	}
	unit := unitOf(c)
	var index func(t string) string
	switch width, months := fixedUnits[unit], calendarUnits[unit]; {
	case unit == "millisecond":
		index = func(t string) string { return "TO_LONG(" + t + ")" }
	case width > 0:
		from := int64(yearOne)
		if unit == "week" {
			from += ir.Day / ticksInMs // 0001-01-01 was a Monday, and weeks start on Sunday
		}
		index = func(t string) string { return fmt.Sprintf("(TO_LONG(%s) + %d) / %d", t, from, width/ticksInMs) }
	case unit == "year":
		index = func(t string) string { return `DATE_EXTRACT("year", ` + t + ")" }
	case months == 1:
		index = func(t string) string { return `(DATE_EXTRACT("year", ` + t + `) * 12 + ` + month(t) + ")" }
	case months > 1:
		index = func(t string) string {
			return fmt.Sprintf(`(DATE_EXTRACT("year", %s) * 12 + %s - 1) / %d`, t, month(t), months)
		}
	default:
		return "", false
	}
	e.r.Use(factBoundaries, c, c.S, "datetime_diff()")
	if c.T == ir.Real { // weeks
		return "TO_DOUBLE(" + index(args[1]) + " - " + index(args[2]) + ")", true
	}
	return "(" + index(args[1]) + " - " + index(args[2]) + ")", true
}

// formatTime writes a time by a constant format. learn.microsoft.com/kusto/query/format-datetime-function
func formatTime(e *emitter, c *ir.Call, args []string) (string, bool) {
	kql, ok := constText(c, 1)
	format, ok2 := javaFormat(kql)
	if !ok || !ok2 || ir.TypeOf(c.Args[0]) != ir.Datetime {
		return "", false
	}
	e.r.Use(factFormatTime, c, c.S, "format_datetime()")
	return "DATE_FORMAT(" + quote(format) + ", " + args[0] + ")", true
}

// formatRuns are the elements of a format by KQL and by Java. What Java has no letters for (years of one digit or five, fractions
// without their last zeros) is missing. Read-only.
// https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/time/format/DateTimeFormatter.html
var formatRuns = map[string]string{"yyyy": "uuuu", "yy": "uu", "MM": "MM", "M": "M", "dd": "dd", "d": "d", "HH": "HH", "H": "H", "hh": "hh", "h": "h",
	"mm": "mm", "m": "m", "ss": "ss", "s": "s", "tt": "a", "f": "S", "ff": "SS", "fff": "SSS", "ffff": "SSSS", "fffff": "SSSSS", "ffffff": "SSSSSS", "fffffff": "SSSSSSS"}

func javaFormat(kql string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(kql); {
		j := i + 1
		for j < len(kql) && kql[j] == kql[i] {
			j++
		}
		run := kql[i:j]
		switch {
		case isAlnum(rune(run[0])):
			element, ok := formatRuns[run]
			if !ok {
				return "", false
			}
			b.WriteString(element)
		case strings.Contains("-/:,. _", run[:1]):
			b.WriteString(run)
		case run[0] == '[' || run[0] == ']': // of an optional part to Java
			b.WriteString("'" + run + "'")
		default:
			return "", false
		}
		i = j
	}
	return b.String(), b.Len() > 0
}
