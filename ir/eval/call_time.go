package eval

import (
	"fmt"
	"math"
	"strings"
	"time"
	_ "time/tzdata" // time zones wherever the program runs

	"github.com/huntc/huntc/ir"
)

// timeFunctions are the functions on datetimes.
func timeFunctions() map[string]function {
	table := map[string]function{
		"datetime_diff":         {3, 3, true, plainly(datetimeDiff)},
		"datetime_add":          {3, 3, false, plainly(datetimeAdd)},
		"datetime_part":         {2, 2, false, plainly(datetimePart)},
		"datetime_utc_to_local": {2, 2, false, plainly(toLocal)},
		"datetime_local_to_utc": {2, 2, false, plainly(toUTC)},
		"make_datetime":         {1, 6, false, plainly(makeDatetime)},
		"make_timespan":         {1, 4, false, plainly(makeTimespan)},
		"format_datetime":       {2, 2, true, plainly(formatDatetime)},
		"format_timespan":       {2, 2, true, plainly(formatTimespan)},
		// 0001-01-01 was a Monday, and weeks start on Sunday.
		"dayofweek": {1, 1, false, onTime(func(t int64, _ []ir.Value) ir.Value {
			return ir.Value{Type: ir.Timespan, V: (t/ir.Day + 1) % 7 * ir.Day}
		})},
	}
	for name, part := range map[string]string{"hourofday": "hour", "dayofmonth": "day", "dayofyear": "dayofyear",
		"monthofyear": "month", "getmonth": "month", "getyear": "year", "week_of_year": "week_of_year"} {
		f := parts[part]
		table[name] = function{1, 1, false, onTime(func(t int64, _ []ir.Value) ir.Value { return long(f(t)) })}
	}
	for _, unit := range []string{"hour", "day", "week", "month", "year"} {
		table["startof"+unit] = function{1, 2, false, onTime(func(t int64, a []ir.Value) ir.Value {
			t, ok := shift(unit, t, number(a, 1, 0))
			return moment(startOf(unit, t), ok)
		})}
		table["endof"+unit] = function{1, 2, false, onTime(func(t int64, a []ir.Value) ir.Value {
			t, ok := shift(unit, t, number(a, 1, 0))
			next, ok2 := shift(unit, startOf(unit, t), 1)
			return moment(next-1, ok && ok2)
		})}
	}
	for unit, n := range map[string]float64{"seconds": float64(ir.Second), "milliseconds": float64(ir.Millisecond), "microseconds": 10, "nanoseconds": 0.01} {
		table["unixtime_"+unit+"_todatetime"] = function{1, 1, false, plainly(func(a []ir.Value) (ir.Value, error) { return sinceEpoch(a[0], n) })}
	}
	return table
}

// maxTime is the last tick of the year 9999.
const maxTime int64 = 3_155_378_975_999_999_999

// moment is a datetime, null outside the years 1 to 9999.
func moment(t int64, ok bool) ir.Value {
	if !ok || t < 0 || t > maxTime {
		return none(ir.Datetime)
	}
	return ir.Value{Type: ir.Datetime, V: t}
}

// sinceEpoch counts units of so many ticks from 1970 on; parts of a tick are cut.
func sinceEpoch(v ir.Value, unit float64) (ir.Value, error) {
	v, err := numeric(v)
	if err != nil {
		return none(ir.Datetime), err
	}
	epoch := ir.TicksOf(time.Unix(0, 0))
	x, ok := v.V.(int64)
	switch {
	case ok && unit < 1:
		return moment(epoch+x/int64(math.Round(1/unit)), true), nil
	case ok:
		return moment(epoch+x*int64(unit), max(x, -x) <= maxTime/int64(unit)), nil
	default:
		n, ok := ticks(ir.Long, float(v)*unit).V.(int64)
		return moment(epoch+n, ok && max(n, -n) <= maxTime), nil
	}
}

// onTime takes a datetime as first argument, or text that reads as one.
func onTime(f func(t int64, a []ir.Value) ir.Value) func(*runner, []ir.Value) (ir.Value, error) {
	return func(_ *runner, a []ir.Value) (ir.Value, error) {
		t, err := instant(a[0])
		if err != nil || t.IsNull() {
			return t, err
		}
		return f(t.V.(int64), a), nil
	}
}

func instant(v ir.Value) (ir.Value, error) {
	v = scalar(v)
	if v.Type != ir.Datetime && v.Type != ir.String && !v.IsNull() {
		return v, fmt.Errorf("a datetime is needed, not a %s", v.Type)
	}
	return cast(v, ir.Datetime)
}

func startOf(unit string, t int64) int64 {
	at := ir.TimeOf(t)
	switch unit {
	case "hour":
		return t - t%ir.Hour
	case "week":
		return t - t%ir.Day - (t/ir.Day+1)%7*ir.Day
	case "month":
		return ir.TicksOf(time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC))
	case "year":
		return ir.TicksOf(time.Date(at.Year(), 1, 1, 0, 0, 0, 0, time.UTC))
	default:
		return t - t%ir.Day
	}
}

// fixed are the parts of constant length, in ticks.
var fixed = map[string]int64{"week": 7 * ir.Day, "day": ir.Day, "hour": ir.Hour, "minute": ir.Minute, "second": ir.Second,
	"millisecond": ir.Millisecond, "microsecond": 10}

// monthsOf are the parts that are whole months.
var monthsOf = map[string]int64{"month": 1, "quarter": 3, "year": 12}

// parts are what datetime_part takes out of a datetime; below the second they count from it.
// learn.microsoft.com/kusto/query/datetime-part-function
var parts = map[string]func(t int64) int64{
	"year":         func(t int64) int64 { return int64(ir.TimeOf(t).Year()) },
	"quarter":      func(t int64) int64 { return (int64(ir.TimeOf(t).Month()) + 2) / 3 },
	"month":        func(t int64) int64 { return int64(ir.TimeOf(t).Month()) },
	"week_of_year": func(t int64) int64 { _, w := ir.TimeOf(t).ISOWeek(); return int64(w) },
	"day":          func(t int64) int64 { return int64(ir.TimeOf(t).Day()) },
	"dayofyear":    func(t int64) int64 { return int64(ir.TimeOf(t).YearDay()) },
	"hour":         func(t int64) int64 { return t / ir.Hour % 24 },
	"minute":       func(t int64) int64 { return t / ir.Minute % 60 },
	"second":       func(t int64) int64 { return t / ir.Second % 60 },
	"millisecond":  func(t int64) int64 { return t % ir.Second / ir.Millisecond },
	"microsecond":  func(t int64) int64 { return t % ir.Second / 10 },
	"nanosecond":   func(t int64) int64 { return t % ir.Second * 100 },
}

// part is the name of a part of a datetime, whose case does not count.
func part(v ir.Value) string { return strings.ToLower(asText(v)) }

// shift moves by n units. Months keep the day, or take the last one of a shorter month. It fails outside the years 1 to 9999.
func shift(unit string, t, n int64) (int64, bool) {
	const years = 10_000
	if width, ok := fixed[unit]; ok {
		if max(n, -n) > maxTime/width {
			return t, false
		}
		t += n * width
		return t, t >= 0 && t <= maxTime
	}
	if n > 12*years || n < -12*years {
		return t, false
	}
	at := ir.TimeOf(t)
	first := time.Date(at.Year(), at.Month()+time.Month(n*monthsOf[unit]), 1, 0, 0, 0, 0, time.UTC)
	if first.Year() < 1 || first.Year() > 9999 {
		return t, false
	}
	last := first.AddDate(0, 1, -1).Day()
	return ir.TicksOf(first) + int64(min(at.Day(), last)-1)*ir.Day + t%ir.Day, true
}

func datetimeAdd(a []ir.Value) (ir.Value, error) {
	unit := part(a[0])
	n, err := whole(a[1])
	if err != nil {
		return none(ir.Datetime), err
	}
	if unit == "nanosecond" {
		unit, n = "tick", n/100
	}
	if unit != "tick" && fixed[unit] == 0 && monthsOf[unit] == 0 {
		return none(ir.Datetime), fmt.Errorf("unknown part %q", asText(a[0]))
	}
	t, err := instant(a[2])
	if err != nil || t.IsNull() {
		return t, err
	}
	at := t.V.(int64)
	if unit == "tick" {
		return moment(at+n, max(n, -n) <= maxTime), nil
	}
	return moment(shift(unit, at, n)), nil
}

func datetimePart(a []ir.Value) (ir.Value, error) {
	f, ok := parts[part(a[0])]
	if !ok {
		return none(ir.Long), fmt.Errorf("unknown part %q", asText(a[0]))
	}
	t, err := instant(a[1])
	if err != nil || t.IsNull() {
		return none(ir.Long), err
	}
	return long(f(t.V.(int64))), nil
}

// datetimeDiff(part, a, b) is a - b in boundaries crossed, not in units elapsed.
func datetimeDiff(a []ir.Value) (ir.Value, error) {
	unit := part(a[0])
	if fixed[unit] == 0 && monthsOf[unit] == 0 && unit != "nanosecond" {
		return none(ir.Long), fmt.Errorf("unknown part %q", asText(a[0]))
	}
	x, err := instant(a[1])
	if err != nil {
		return x, err
	}
	y, err := instant(a[2])
	if err != nil {
		return y, err
	}
	if x.IsNull() || y.IsNull() {
		return none(ir.Long), nil
	}
	from, to := y.V.(int64), x.V.(int64)
	if unit == "nanosecond" {
		if d := to - from; max(d, -d) > math.MaxInt64/100 {
			return none(ir.Long), fmt.Errorf("the difference has too many nanoseconds for a long")
		}
		return long((to - from) * 100), nil
	}
	index := func(t int64) int64 {
		if unit == "week" {
			return (t + ir.Day) / (7 * ir.Day) // weeks start on Sunday
		}
		if width, ok := fixed[unit]; ok {
			return t / width
		}
		at := ir.TimeOf(t)
		return (int64(at.Year())*12 + int64(at.Month()) - 1) / monthsOf[unit]
	}
	return long(index(to) - index(from)), nil
}

// makeDatetime takes year, month, day, hour, minute, second; a day that does not exist is null.
func makeDatetime(a []ir.Value) (ir.Value, error) {
	if len(a) == 1 {
		return instant(a[0])
	}
	out := none(ir.Datetime)
	y, mo, d := number(a, 0, 0), number(a, 1, 1), number(a, 2, 1)
	h, mi := number(a, 3, 0), number(a, 4, 0)
	sec := 0.0
	if len(a) == 6 {
		sec = float(scalar(a[5]))
	}
	t := time.Date(int(y), time.Month(mo), int(d), 0, 0, 0, 0, time.UTC)
	valid := y >= 1 && y <= 9999 && int64(t.Month()) == mo && int64(t.Day()) == d && h >= 0 && h < 24 && mi >= 0 && mi < 60 && sec >= 0 && sec < 60
	if valid {
		out.V = ir.TicksOf(t) + h*ir.Hour + mi*ir.Minute + int64(sec*float64(ir.Second)+0.5)
	}
	return out, nil
}

// makeTimespan takes [[days,] hours, minutes [, seconds]]; what is out of range is null. learn.microsoft.com/kusto/query/make-timespan-function
func makeTimespan(a []ir.Value) (ir.Value, error) {
	if len(a) == 1 {
		return cast(a[0], ir.Timespan)
	}
	days := int64(0)
	if len(a) == 4 {
		days, a = number(a, 0, -1), a[1:]
	}
	h, m := number(a, 0, -1), number(a, 1, -1)
	sec := 0.0
	if len(a) == 3 {
		sec = float(scalar(a[2]))
	}
	if days < 0 || days > maxTime/ir.Day || h < 0 || h > 23 || m < 0 || m > 59 || !(sec >= 0 && sec < 60) {
		return none(ir.Timespan), nil
	}
	return ir.Value{Type: ir.Timespan, V: days*ir.Day + h*ir.Hour + m*ir.Minute + int64(sec*float64(ir.Second)+0.5)}, nil
}

func zone(v ir.Value) (*time.Location, error) {
	name := asText(v)
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	return loc, nil
}

func offset(t int64, loc *time.Location) int64 {
	_, seconds := ir.TimeOf(t).In(loc).Zone()
	return int64(seconds) * ir.Second
}

// toLocal: learn.microsoft.com/kusto/query/datetime-utc-to-local-function
func toLocal(a []ir.Value) (ir.Value, error) {
	t, err := instant(a[0])
	if err != nil || t.IsNull() {
		return t, err
	}
	loc, err := zone(a[1])
	if err != nil {
		return none(ir.Datetime), err
	}
	at := t.V.(int64)
	return moment(at+offset(at, loc), true), nil
}

// toUTC reads a local time that the change to summer time passes over with the offset behind the change, as recorded. Which of its two
// moments a local time means that comes twice is not documented.
// learn.microsoft.com/kusto/query/datetime-local-to-utc-function
func toUTC(a []ir.Value) (ir.Value, error) {
	t, err := instant(a[0])
	if err != nil || t.IsNull() {
		return t, err
	}
	loc, err := zone(a[1])
	if err != nil {
		return none(ir.Datetime), err
	}
	at := t.V.(int64)
	before, after := offset(at-ir.Day, loc), offset(at+ir.Day, loc)
	fits := func(off int64) bool { return offset(at-off, loc) == off }
	switch {
	case before == after && !fits(before):
		return none(ir.Datetime), fmt.Errorf("the zone %s changes twice around %s", loc, ir.FormatDatetime(at))
	case before != after && fits(before) && fits(after):
		return none(ir.Datetime), fmt.Errorf("the local time %s comes twice in %s", ir.FormatDatetime(at), loc)
	case fits(before):
		after = before
	}
	return moment(at-after, true), nil
}
