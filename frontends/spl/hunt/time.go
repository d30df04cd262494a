package hunt

import (
	"math"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// fixed are the units of an offset whose length depends on no calendar. A day of Splunk is one of the searcher's time zone.
// Read-only.
var fixed = map[string]int64{"s": ir.Second, "m": ir.Minute, "h": ir.Hour}

// days are the units that are as long in every year where the searcher's time zone is UTC, in days; snaps what @ goes to by its
// function. Read-only.
var (
	days  = map[string]int64{"d": 1, "w": 7}
	snaps = map[string]string{"w": "startofweek", "w0": "startofweek", "w7": "startofweek", "mon": "startofmonth", "y": "startofyear"}
	dates = map[string]string{"mon": "month", "q": "quarter", "y": "year"}
)

// maxOffset bounds the number of an offset, so that ticks hold it in every unit.
const maxOffset = 10_000_000

// relative applies a relative time such as -1d@d. ok is false for what depends on a time zone that is not declared.
func (l *lowerer) relative(t ir.Expr, steps []syntax.RelativeStep, n syntax.Node) (ir.Expr, bool) {
	a := at(n)
	for _, s := range steps {
		utc := s.Snap && s.Unit != "s" && s.Unit != "m" || !s.Snap && fixed[s.Unit] == 0
		if utc && !l.opt.UTC || s.N > maxOffset || s.N < -maxOffset {
			return t, false
		}
		if utc {
			l.assume("searches run in the time zone UTC (as declared)")
		}
		width := fixed[s.Unit] + days[s.Unit]*ir.Day
		switch {
		case s.Snap && (s.Unit == "d" || fixed[s.Unit] != 0):
			t = &ir.Bin{At: a, X: t, Width: ir.Value{Type: ir.Timespan, V: width}}
		case s.Snap && snaps[s.Unit] != "":
			t = &ir.Call{At: a, Func: snaps[s.Unit], Args: []ir.Expr{t}, T: ir.Datetime}
		case !s.Snap && width != 0:
			op, by := "+", int64(s.N)*width
			if by < 0 {
				op, by = "-", -by
			}
			t = &ir.Arith{At: a, Op: op, L: t, R: litOf(a, ir.Timespan, by), T: ir.Datetime}
		case !s.Snap && dates[s.Unit] != "":
			t = &ir.Call{At: a, Func: "datetime_add", Args: []ir.Expr{litOf(a, ir.String, dates[s.Unit]), litOf(a, ir.Long, int64(s.N)), t}, T: ir.Datetime}
		default:
			return t, false
		}
	}
	return t, true
}

// refuseTime refuses a time that depends on the searcher's time zone, or that is not read.
func (l *lowerer) refuseTime(n syntax.Node, text string) {
	l.refuse(n, spl.CodeUnsupported, "the time "+text+" is not translated",
		"days, longer units and @ depend on the searcher's time zone: write hours, such as -24h, or declare it with --timezone UTC")
}

// relativeTime is relative_time(time, "-1d@d").
func (l *lowerer) relativeTime(c *syntax.Call) val {
	v := timeOf(l.value(c.Args[0]))
	s, ok := l.literalArg(c.Args[1], "relative_time with a specifier")
	switch {
	case v.bad() || !ok:
		return bad(c)
	case v.t != ir.Datetime:
		l.unsupported(c.Args[0], "relative_time of what is not a time")
		return bad(c)
	}
	steps, ok := syntax.ParseRelative(s)
	x, fits := l.relative(v.x, steps, c)
	if !ok || !fits {
		l.refuseTime(c, s)
		return bad(c)
	}
	return val{x: x, t: ir.Datetime, always: v.always}
}

// timeRange bounds the time of the events: earliest is inclusive, latest is not ("Time modifiers").
func (l *lowerer) timeRange(times []*syntax.Compare) {
	seen := map[string]bool{}
	for _, c := range times {
		name := c.Field.Text
		op, known := map[string]ir.CmpOp{"earliest": ir.Ge, "latest": ir.Lt}[name]
		switch {
		case l.time == "":
			l.refuse(c, spl.CodeOpenFields, "the time of the events is not known", "declare TimeGenerated, Timestamp or _time as datetime with --fields")
			continue
		case !known || c.Op != "=" || c.Value == nil || seen[name]:
			l.unsupported(c, "this range of time")
			continue
		}
		seen[name] = true
		value, ok := l.timeValue(c)
		if !ok {
			l.refuseTime(c, c.Value.Text)
			continue
		}
		l.ops = append(l.ops, &ir.Filter{At: at(c), Pred: &ir.Compare{At: at(c), Op: op,
			L: &ir.Col{At: at(c), Name: l.time, T: ir.Datetime}, R: value}})
	}
}

func (l *lowerer) timeValue(c *syntax.Compare) (ir.Expr, bool) {
	if c.Value.Text == "now" || c.Value.Text == "now()" {
		return &ir.Now{At: at(c)}, true
	}
	if v := timeOf(l.number(c.Value)); v.t == ir.Datetime {
		return v.x, true
	}
	steps, ok := syntax.ParseRelative(c.Value.Text)
	if !ok {
		return nil, false
	}
	return l.relative(&ir.Now{At: at(c)}, steps, c)
}

// bin rounds the time down to a multiple of a span that counts from 1970 in UTC; days go by the searcher's calendar
// (searchbnf.conf [bin-aligntime]).
func (l *lowerer) bin(c *syntax.Bin) {
	span := c.Options.Get("span")
	switch {
	case c.Field.Text != "_time" || span == nil || len(c.Options) != 1:
		l.refuse(c, spl.CodeUnsupported, c.Word().Text+" in this form is not translated", "bins of _time with span= are; those of numbers are texts such as 0-10")
		return
	}
	v := l.read("_time", c.Field)
	n, unit, ok := syntax.ParseSpan(span.Text)
	width := int64(n) * fixed[unit]
	switch {
	case v.bad():
		return
	case ok && unit == "d" && n == 1 && l.opt.UTC:
		width = ir.Day
		l.assume("searches run in the time zone UTC (as declared)")
	case unit == "d" || unit == "w" || unit == "mon" || unit == "q" || unit == "y":
		l.refuse(span, spl.CodeUnsupported, "the span "+span.Text+" is not translated",
			"days and longer units follow the searcher's time zone: write hours, or span=1d with --timezone UTC")
		return
	case !ok || width <= 0 || n > maxOffset:
		l.unsupported(span, "the span "+span.Text)
		return
	}
	name := "_time"
	if c.As != nil {
		name = c.As.Text
	}
	l.assign(name, val{x: binned(v.x, width, c), t: ir.Datetime, always: v.always}, c)
}

// binned rounds down from 1970. The IR counts from the year 1, which is the same for widths that divide the time between.
func binned(x ir.Expr, width int64, n syntax.Node) ir.Expr {
	a := at(n)
	epoch := timeOf(numberLit(0, a)).x.(*ir.Lit)
	w := ir.Value{Type: ir.Timespan, V: width}
	if epoch.Value.V.(int64)%width == 0 {
		return &ir.Bin{At: a, X: x, Width: w}
	}
	past := &ir.Arith{At: a, Op: "-", L: x, R: epoch, T: ir.Timespan}
	return &ir.Arith{At: a, Op: "+", L: epoch, R: &ir.Bin{At: a, X: past, Width: w}, T: ir.Datetime}
}

// number is an argument of a command as a number; its type is unset when it is none.
func (l *lowerer) number(v *syntax.Value) val {
	if v == nil {
		return val{}
	}
	var f float64
	digits := 0
	for _, c := range v.Text {
		if c < '0' || c > '9' {
			return val{}
		}
		f, digits = f*10+float64(c-'0'), digits+1
	}
	if digits == 0 || f > math.MaxInt32*100 {
		return val{}
	}
	return numberLit(f, at(v))
}
