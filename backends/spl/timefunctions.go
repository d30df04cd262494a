package spl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// Parts of times are computed from the seconds since 1970: strftime(), relative_time() and the date_ fields go by the time zone of
// whoever searches, KQL by UTC.

// secondsOf are the units of constant length.
func secondsOf(unit string) int64 {
	switch unit {
	case "second":
		return 1
	case "minute":
		return 60
	case "hour":
		return 3600
	case "day":
		return 86400
	case "week":
		return 7 * 86400
	}
	return 0
}

// monthsOf are the units that are whole months.
func monthsOf(unit string) int64 {
	switch unit {
	case "month":
		return 1
	case "quarter":
		return 3
	case "year":
		return 12
	}
	return 0
}

// timeFunction writes the functions on times.
func (e *emitter) timeFunction(x *ir.Call) (text, bool) {
	n := len(x.Args)
	unit, isPart := partNames[x.Func]
	switch {
	case n == 1 && isPart && isTimeValue(x.Args[0]):
		return e.timePart(x, unit, x.Args[0])
	case x.Func == "datetime_part" && n == 2 && isTimeValue(x.Args[1]):
		unit, ok := e.constant(x.Args[0])
		if !ok {
			return text{}, false
		}
		return e.timePart(x, strings.ToLower(unit), x.Args[1])
	case x.Func == "dayofweek" && n == 1 && isTimeValue(x.Args[0]):
		e.use(e.f.calendar, x)
		days := dayOf(e.once(e.value(x.Args[0])))
		return text{"86400*" + weekday(days), precMul}, true
	case strings.HasPrefix(x.Func, "startof") && n <= 2 && isTimeValue(x.Args[0]):
		return e.edgeOf(x, strings.TrimPrefix(x.Func, "startof"), false)
	case strings.HasPrefix(x.Func, "endof") && n <= 2 && isTimeValue(x.Args[0]):
		return e.edgeOf(x, strings.TrimPrefix(x.Func, "endof"), true)
	case x.Func == "datetime_diff" && n == 3 && isTimeValue(x.Args[1]) && isTimeValue(x.Args[2]):
		return e.timeDiff(x)
	case x.Func == "datetime_add" && n == 3 && isTimeValue(x.Args[2]):
		return e.timeAdd(x)
	case x.Func == "format_datetime" && n == 2 && isTimeValue(x.Args[0]):
		if format, ok := e.constant(x.Args[1]); ok {
			return e.formatTime(x, x.Args[0], format)
		}
	case x.Func == "unixtime_seconds_todatetime" && n == 1 && ir.TypeOf(x.Args[0]).Numeric():
		e.use(e.f.arith, x)
		return e.value(x.Args[0]), true
	case x.Func == "unixtime_milliseconds_todatetime" && n == 1 && ir.TypeOf(x.Args[0]).Numeric():
		e.use(e.f.arith, x)
		return text{e.value(x.Args[0]).at(precMul) + "/1000", precMul}, true
	}
	return text{}, false
}

func isTimeValue(x ir.Expr) bool { return ir.TypeOf(x) == ir.Datetime }

// partNames are the functions for one part of a time. Read-only.
var partNames = map[string]string{"hourofday": "hour", "dayofmonth": "day", "dayofyear": "dayofyear", "monthofyear": "month",
	"getmonth": "month", "getyear": "year", "week_of_year": "week_of_year"}

func dayOf(t text) string { return "floor(" + t.at(precMul) + "/86400)" }

// weekday counts from Sunday, 0; 1970 began on a Thursday.
func weekday(days string) string { return "(" + days + "+4-7*floor((" + days + "+4)/7))" }

// civil names the fields that hold a day of the Gregorian calendar.
type civil struct{ days, year, month, day string }

// civil computes the date of a time: eras of 400 years, in which years begin in March so that the leap day is their last.
func (e *emitter) civil(t text) civil {
	if c, ok := e.dates[t.s]; ok {
		return c
	}
	c := civil{e.temp("d"), e.temp("d"), e.temp("d"), e.temp("d")}
	of, y, doy, m := e.temp("d"), e.temp("d"), e.temp("d"), e.temp("d")
	e.line("eval %s", strings.Join([]string{
		c.days + "=" + dayOf(t),
		of + "=" + c.days + "+719468-146097*floor((" + c.days + "+719468)/146097)",
		y + "=floor((" + of + "-floor(" + of + "/1460)+floor(" + of + "/36524)-floor(" + of + "/146096))/365)",
		doy + "=" + of + "-(365*" + y + "+floor(" + y + "/4)-floor(" + y + "/100))",
		m + "=floor((5*" + doy + "+2)/153)",
		c.day + "=" + doy + "-floor((153*" + m + "+2)/5)+1",
		c.month + "=if(" + m + "<10," + m + "+3," + m + "-9)",
		c.year + "=" + y + "+400*floor((" + c.days + "+719468)/146097)+if(" + m + "<10,0,1)",
	}, ",\n    "))
	e.dates[t.s] = c
	return c
}

// months counts the months since the year 0, the first month of a year being 0.
func (c civil) months() string { return "12*" + c.year + "+" + c.month + "-1" }

// firstOf is the day since 1970 on which a month begins, counted as by months.
func (e *emitter) firstOf(months string) string {
	if first, ok := e.made[months]; ok {
		return first
	}
	n, m, y, first := e.temp("d"), e.temp("d"), e.temp("d"), e.temp("d")
	e.line("eval %s", strings.Join([]string{
		n + "=" + months,
		m + "=" + n + "-12*floor(" + n + "/12)",
		y + "=floor(" + n + "/12)-if(" + m + "<2,1,0)",
		first + "=365*" + y + "+floor(" + y + "/4)-floor(" + y + "/100)+floor(" + y + "/400)+floor((153*if(" + m + ">1," + m + "-2," + m + "+10)+2)/5)-719468",
	}, ",\n    "))
	e.made[months] = first
	return first
}

// timePart writes one part of a time.
func (e *emitter) timePart(x ir.Expr, unit string, of ir.Expr) (text, bool) {
	within := func(small, large int64) (text, bool) {
		e.use(e.f.calendar, x)
		t := e.once(e.value(of))
		return text{floorBy(t, small) + "-" + strconv.FormatInt(large/small, 10) + "*" + floorBy(t, large), precAdd}, true
	}
	switch unit {
	case "second":
		return within(1, 60)
	case "minute":
		return within(60, 3600)
	case "hour":
		return within(3600, 86400)
	case "millisecond", "microsecond":
		e.use(e.f.fraction, x)
		us := e.microseconds(e.value(of))
		if unit == "microsecond" {
			return atom(us), true
		}
		return atom("floor(" + us + "/1000)"), true
	case "week_of_year": // that of the week's Thursday
		e.use(e.f.calendar, x)
		t := e.once(e.value(of))
		days := dayOf(t)
		thursday := e.fieldOf("d", days+"+3-("+days+"+3-7*floor(("+days+"+3)/7))")
		c := e.civil(text{"86400*" + thursday, precMul})
		return text{"floor((" + thursday + "-" + e.firstOf("12*"+c.year) + ")/7)+1", precAdd}, true
	case "year", "quarter", "month", "day", "dayofyear":
	default:
		return text{}, false
	}
	e.use(e.f.calendar, x)
	c := e.civil(e.once(e.value(of)))
	switch unit {
	case "year":
		return atom(c.year), true
	case "quarter":
		return atom("floor((" + c.month + "+2)/3)"), true
	case "month":
		return atom(c.month), true
	case "day":
		return atom(c.day), true
	}
	return text{c.days + "-" + e.firstOf("12*"+c.year) + "+1", precAdd}, true
}

// floorBy is the number of whole units of so many seconds.
func floorBy(t text, unit int64) string {
	if unit == 1 {
		return "floor(" + t.s + ")"
	}
	return "floor(" + t.at(precMul) + "/" + strconv.FormatInt(unit, 10) + ")"
}

// microseconds makes a field with the microseconds of the second. Times are doubles, which hold whole microseconds nearly.
func (e *emitter) microseconds(t text) string {
	us := e.fieldOf("d", "floor("+t.at(precMul)+"*1000000+0.5)")
	return e.fieldOf("d", us+"-1000000*floor("+us+"/1000000)")
}

// aMicrosecond is taken off the next period to get the end of one: KQL's end is a tick before it, which a double of seconds does not hold.
const aMicrosecond = "0.000001"

// edgeOf writes startof and endof a unit, so many units later.
func (e *emitter) edgeOf(x *ir.Call, unit string, end bool) (text, bool) {
	n := int64(0)
	if len(x.Args) == 2 {
		v, ok := e.whole(x.Args[1])
		if !ok || v > 1_000_000 || v < -1_000_000 {
			return text{}, false
		}
		n = v
	}
	f := e.f.calendar
	if end {
		n, f = n+1, e.f.endOf
	}
	width, months := secondsOf(unit), monthsOf(unit)
	if unit != "hour" && unit != "day" && unit != "week" && unit != "month" && unit != "year" {
		return text{}, false
	}
	e.use(f, x)
	t := e.once(e.value(x.Args[0]))
	var start string
	switch {
	case unit == "week":
		start = "(" + dayOf(t) + "-" + weekday(dayOf(t)) + ")*86400"
	case width > 0:
		start = floorBy(t, width) + "*" + strconv.FormatInt(width, 10)
	case unit == "month":
		start = "86400*" + e.firstOf(fmt.Sprintf("%s%+d", e.civil(t).months(), n))
	default:
		start = "86400*" + e.firstOf(fmt.Sprintf("12*%s%+d", e.civil(t).year, 12*n))
	}
	if months == 0 && n != 0 {
		start += fmt.Sprintf("%+d", n*width)
	}
	if !end && (n == 0 || months > 0) {
		return text{start, precMul}, true
	}
	if end {
		start += "-" + aMicrosecond
	}
	return text{start, precAdd}, true
}

// timeDiff counts the boundaries between two times, not what has passed: weeks begin on Sunday.
func (e *emitter) timeDiff(x *ir.Call) (text, bool) {
	unit, ok := e.constant(x.Args[0])
	unit = strings.ToLower(unit)
	width, months := secondsOf(unit), monthsOf(unit)
	if !ok || width == 0 && months == 0 {
		return text{}, false
	}
	e.use(e.f.calendar, x)
	index := func(arg ir.Expr) string {
		if l, ok := arg.(*ir.Lit); ok && months > 0 {
			if n, ok := l.Value.V.(int64); ok {
				at := ir.TimeOf(n)
				return strconv.FormatInt((12*int64(at.Year())+int64(at.Month())-1)/months, 10)
			}
		}
		t := e.once(e.value(arg))
		switch {
		case unit == "week":
			return "floor((" + dayOf(t) + "+4)/7)"
		case width > 0:
			return floorBy(t, width)
		case months == 1:
			return "(" + e.civil(t).months() + ")"
		default:
			return "floor((" + e.civil(t).months() + ")/" + strconv.FormatInt(months, 10) + ")"
		}
	}
	return text{index(x.Args[1]) + "-" + index(x.Args[2]), precAdd}, true
}

// timeAdd moves a time. Months keep the day, or take the last one of a shorter month.
func (e *emitter) timeAdd(x *ir.Call) (text, bool) {
	unit, ok := e.constant(x.Args[0])
	n, isInt := e.whole(x.Args[1])
	unit = strings.ToLower(unit)
	width, months := secondsOf(unit), monthsOf(unit)
	if !ok || width == 0 && months == 0 {
		return text{}, false
	}
	e.use(e.f.calendar, x)
	if width > 0 {
		by := e.value(x.Args[1])
		return text{e.value(x.Args[2]).at(precAdd) + "+" + by.at(precMul) + "*" + strconv.FormatInt(width, 10), precAdd}, true
	}
	if !isInt || n > 100_000 || n < -100_000 {
		return text{}, false
	}
	t := e.once(e.value(x.Args[2]))
	c := e.civil(t)
	first := e.firstOf(fmt.Sprintf("%s%+d", c.months(), n*months))
	next := e.firstOf(fmt.Sprintf("%s%+d", c.months(), n*months+1))
	return text{"86400*(" + first + "+min(" + c.day + "," + next + "-" + first + ")-1-" + c.days + ")+" + t.at(precMul), precAdd}, true
}

// formatMarks are the characters that may stand between the elements of a format:
// learn.microsoft.com/kusto/query/format-datetime-function.
const formatMarks = " /-:,._[]"

// formatTime writes the elements of a format one by one.
func (e *emitter) formatTime(x, of ir.Expr, format string) (text, bool) {
	runs, ok := formatRuns(format)
	if !ok {
		return text{}, false
	}
	e.use(e.f.fraction, x)
	w := &timeWriter{e: e, t: e.once(e.value(of))}
	var parts []string
	for _, run := range runs {
		parts = append(parts, w.element(run))
	}
	if len(parts) == 1 {
		return text{parts[0] + ` . ""`, precAdd}, true
	}
	return text{strings.Join(parts, " . "), precAdd}, true
}

// formatRuns takes a format apart; false for an element that KQL does not have.
func formatRuns(format string) ([]string, bool) {
	var runs []string
	for i := 0; i < len(format); {
		n := i + 1
		for n < len(format) && (format[n] == format[i] || strings.IndexByte(formatMarks, format[i]) >= 0 && strings.IndexByte(formatMarks, format[n]) >= 0) {
			n++
		}
		run := format[i:n]
		if most := strings.Count("yyyyMMddHHhhttmmssfffffffFFFFFFF", run[:1]); strings.IndexByte(formatMarks, run[0]) < 0 &&
			(len(run) > most || run[0] == 'y' && len(run) == 3 || run[0] == 't' && len(run) == 1) {
			return nil, false
		}
		runs, i = append(runs, run), n
	}
	return runs, len(runs) > 0
}

// timeWriter writes parts of one time; its date and fraction are computed once.
type timeWriter struct {
	e    *emitter
	t    text
	date *civil
	us   string
}

func (w *timeWriter) civil() civil {
	if w.date == nil {
		c := w.e.civil(w.t)
		w.date = &c
	}
	return *w.date
}

// element is the text of a run of a format.
func (w *timeWriter) element(run string) string {
	within := func(small, large int64) string {
		return "(" + floorBy(w.t, small) + "-" + strconv.FormatInt(large/small, 10) + "*" + floorBy(w.t, large) + ")"
	}
	hour := within(3600, 86400)
	switch run[0] {
	case 'y':
		if len(run) == 4 {
			return `substr("000".` + w.civil().year + ",-4)"
		}
		return padded("("+w.civil().year+"-100*floor("+w.civil().year+"/100))", len(run))
	case 'M':
		return padded(w.civil().month, len(run))
	case 'd':
		return padded(w.civil().day, len(run))
	case 'H':
		return padded(hour, len(run))
	case 'h':
		return padded("if("+hour+"%12==0,12,"+hour+"%12)", len(run))
	case 't':
		return "if(" + hour + `<12,"AM","PM")`
	case 'm':
		return padded(within(60, 3600), len(run))
	case 's':
		return padded(within(1, 60), len(run))
	case 'f', 'F':
		if w.us == "" {
			w.us = w.e.microseconds(w.t)
		}
		digits := `substr("00000".` + w.us + ",-6)"
		if len(run) < 6 {
			digits = "substr(" + digits + ",1," + strconv.Itoa(len(run)) + ")"
		}
		switch {
		case run[0] == 'F':
			return "replace(" + digits + ", " + regexString(`0+\z`) + `, "")`
		case len(run) == 7:
			return digits + ` . "0"`
		}
		return digits
	}
	s, _ := evalString(run)
	return s
}

// padded writes a number below 100 in one digit or more, or in two.
func padded(n string, width int) string {
	if width == 1 {
		return n
	}
	return `substr("0".` + n + ",-2)"
}
