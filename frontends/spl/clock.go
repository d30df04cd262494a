package spl

import (
	"strconv"
	"time"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// Times are seconds since 1970, as in Splunk; the search's time zone is UTC.

func epoch(a ir.At) ir.Expr { return lit(ir.Datetime, ir.TicksOf(time.Unix(0, 0)), a) }

// epochSeconds turns a datetime into seconds since 1970.
func epochSeconds(t ir.Expr, a ir.At) ir.Expr {
	span := &ir.Arith{At: a, Op: "-", L: t, R: epoch(a), T: ir.Timespan}
	return &ir.Arith{At: a, Op: "/", L: span, R: lit(ir.Timespan, int64(ir.Second), a), T: ir.Real}
}

// datetimeOf turns seconds since 1970 into a datetime.
func datetimeOf(seconds ir.Expr, a ir.At) ir.Expr {
	return call("unixtime_seconds_todatetime", ir.Datetime, a, seconds)
}

// offsets are the units of relative times that datetime_add knows. Read-only.
var offsets = map[string]string{"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mon": "month", "q": "quarter", "y": "year",
	"ms": "millisecond", "us": "microsecond"}

// snaps are the functions that go to the start of a unit. Read-only.
var snaps = map[string]string{"h": "startofhour", "d": "startofday", "w": "startofweek", "w0": "startofweek", "w7": "startofweek",
	"mon": "startofmonth", "y": "startofyear"}

// relative applies a relative time such as -1d@d to a datetime.
func (l *lowerer) relative(t ir.Expr, steps []syntax.RelativeStep, n syntax.Node) ir.Expr {
	a := at(n)
	for _, s := range steps {
		switch {
		case !s.Snap && offsets[s.Unit] != "":
			t = call("datetime_add", ir.Datetime, a, str(offsets[s.Unit], a), lit(ir.Long, int64(s.N), a), t)
		case !s.Snap:
			l.unsupported(n, "an offset in "+s.Unit)
		case l.wrong("snap-is-ignored") || l.wrong("relative-time-without-the-snap"):
		default:
			t = l.snap(t, s.Unit, n)
		}
	}
	return t
}

func (l *lowerer) snap(t ir.Expr, unit string, n syntax.Node) ir.Expr {
	a := at(n)
	switch {
	case snaps[unit] != "":
		return call(snaps[unit], ir.Datetime, a, t)
	case unit == "s" || unit == "m":
		width := map[string]int64{"s": ir.Second, "m": ir.Minute}[unit]
		return &ir.Bin{At: a, X: t, Width: ir.Value{Type: ir.Timespan, V: width}}
	case len(unit) == 2 && unit[0] == 'w':
		days := int64(unit[1] - '0')
		shift := func(x ir.Expr, by int64) ir.Expr {
			return call("datetime_add", ir.Datetime, a, str("day", a), lit(ir.Long, by, a), x)
		}
		return shift(call("startofweek", ir.Datetime, a, shift(t, -days)), days)
	}
	l.unsupported(n, "@"+unit)
	return t
}

// timeValue is the value of earliest or latest in seconds since 1970.
func (l *lowerer) timeValue(s string, n syntax.Node) ir.Expr {
	a := at(n)
	if s == "now" || s == "now()" {
		return epochSeconds(&ir.Now{At: a}, a)
	}
	if steps, ok := syntax.ParseRelative(s); ok {
		return epochSeconds(l.relative(&ir.Now{At: a}, steps, n), a)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return lit(ir.Real, f, a)
	}
	for _, form := range []string{"1/2/2006:15:04:05", "1/2/2006", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(form, s); err == nil {
			return lit(ir.Real, float64(t.UnixMilli())/1000, a)
		}
	}
	l.unsupported(n, "the time "+s)
	return &ir.Bad{At: a}
}

func (l *lowerer) relativeTime(t val, spec syntax.Expr, c *syntax.Call) val {
	s, ok := spec.(*syntax.Str)
	if !ok {
		l.unsupported(spec, "relative_time with a specifier that is not a literal")
		return val{x: &ir.Bad{At: at(c)}, k: numKind}
	}
	steps, ok := syntax.ParseRelative(s.Text)
	if !ok {
		l.unsupported(spec, "the relative time "+s.Text)
	}
	return val{x: epochSeconds(l.relative(datetimeOf(l.num(t), at(c)), steps, spec), at(c)), k: numKind}
}
