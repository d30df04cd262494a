package eval

import (
	"fmt"
	"time"

	"github.com/huntc/huntc/ir"
)

// timeFunctions are the functions on datetimes.
func timeFunctions() map[string]function {
	part := func(f func(time.Time) int) function {
		return function{1, 1, false, onTime(func(t int64, _ []ir.Value) ir.Value { return long(int64(f(ir.TimeOf(t)))) })}
	}
	table := map[string]function{
		"datetime_diff": {3, 3, false, datetimeDiff},
		"datetime_add":  {3, 3, false, datetimeAdd},
		"make_datetime": {1, 6, false, makeDatetime},
		// 0001-01-01 was a Monday, and weeks start on Sunday.
		"dayofweek": {1, 1, false, onTime(func(t int64, _ []ir.Value) ir.Value {
			return ir.Value{Type: ir.Timespan, V: (t/ir.Day + 1) % 7 * ir.Day}
		})},
		"hourofday":   part(time.Time.Hour),
		"dayofmonth":  part(time.Time.Day),
		"dayofyear":   part(time.Time.YearDay),
		"monthofyear": part(func(t time.Time) int { return int(t.Month()) }),
		"getmonth":    part(func(t time.Time) int { return int(t.Month()) }),
		"getyear":     part(time.Time.Year),
	}
	for _, unit := range []string{"hour", "day", "week", "month", "year"} {
		table["startof"+unit] = function{1, 2, false, onTime(func(t int64, a []ir.Value) ir.Value {
			return ir.Value{Type: ir.Datetime, V: startOf(unit, shift(unit, t, number(a, 1, 0)))}
		})}
		table["endof"+unit] = function{1, 2, false, onTime(func(t int64, a []ir.Value) ir.Value {
			start := startOf(unit, shift(unit, t, number(a, 1, 0)))
			return ir.Value{Type: ir.Datetime, V: shift(unit, start, 1) - 1}
		})}
	}
	for unit, n := range map[string]int64{"seconds": ir.Second, "milliseconds": ir.Millisecond, "microseconds": 10} {
		table["unixtime_"+unit+"_todatetime"] = function{1, 1, false, total(func(a []ir.Value) ir.Value {
			v := scalar(a[0])
			if !v.Type.Numeric() {
				return ir.Value{Type: ir.Datetime}
			}
			if x, ok := v.V.(int64); ok {
				return ir.Value{Type: ir.Datetime, V: ir.TicksOf(time.Unix(0, 0)) + x*n}
			}
			return ticks(ir.Datetime, float64(ir.TicksOf(time.Unix(0, 0)))+float(v)*float64(n))
		})}
	}
	return table
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
	if v.Type != ir.Datetime && v.Type != ir.String {
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

// shift moves by n units. Months keep the day, or take the last one of a shorter month.
func shift(unit string, t, n int64) int64 {
	if width, ok := fixed[unit]; ok {
		return t + n*width
	}
	at := ir.TimeOf(t)
	first := time.Date(at.Year(), at.Month()+time.Month(n*monthsOf[unit]), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return ir.TicksOf(first) + int64(min(at.Day(), last)-1)*ir.Day + t%ir.Day
}

func datetimeAdd(_ *runner, a []ir.Value) (ir.Value, error) {
	part := asText(a[0])
	if fixed[part] == 0 && monthsOf[part] == 0 {
		return ir.Value{}, fmt.Errorf("unknown part %q", part)
	}
	t, err := instant(a[2])
	if err != nil || t.IsNull() {
		return t, err
	}
	n, ok := scalar(a[1]).V.(int64)
	if !ok {
		return ir.Value{Type: ir.Datetime}, nil
	}
	return ir.Value{Type: ir.Datetime, V: shift(part, t.V.(int64), n)}, nil
}

// datetimeDiff(part, a, b) is a - b in boundaries crossed, not in units elapsed.
func datetimeDiff(_ *runner, a []ir.Value) (ir.Value, error) {
	part := asText(a[0])
	x, err := instant(a[1])
	if err != nil {
		return x, err
	}
	y, err := instant(a[2])
	if err != nil {
		return y, err
	}
	if x.IsNull() || y.IsNull() {
		return ir.Value{Type: ir.Long}, nil
	}
	index := func(t int64) int64 {
		if part == "week" {
			return (t + ir.Day) / (7 * ir.Day) // weeks start on Sunday
		}
		if width, ok := fixed[part]; ok {
			return t / width
		}
		at := ir.TimeOf(t)
		return (int64(at.Year())*12 + int64(at.Month()) - 1) / monthsOf[part]
	}
	if fixed[part] == 0 && monthsOf[part] == 0 {
		return ir.Value{}, fmt.Errorf("unknown part %q", part)
	}
	return long(index(x.V.(int64)) - index(y.V.(int64))), nil
}

// makeDatetime takes year, month, day, hour, minute, second; a day that does not exist is null.
func makeDatetime(_ *runner, a []ir.Value) (ir.Value, error) {
	if len(a) == 1 {
		return instant(a[0])
	}
	out := ir.Value{Type: ir.Datetime}
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
