package spl

import (
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// defaultTimeFormat is timeformat of convert ([convert-command]).
const defaultTimeFormat = "%m/%d/%Y %H:%M:%S"

// convert rewrites fields by a function each; with AS the field itself stays (searchbnf.conf [convert-command]).
func (l *lowerer) convert(r *rows, c *syntax.Convert) {
	l.onlyOptions(c.Options, "timeformat")
	format := defaultTimeFormat
	if v := c.Options.Get("timeformat"); v != nil && !l.wrong("convert-ignores-timeformat") {
		format = v.Text
	}
	for _, f := range c.Funcs {
		if f.Field == nil {
			l.unsupported(f, "a conversion of all fields")
			continue
		}
		if !f.Field.Wild() {
			l.conversion(r, f, f.Field.Text, eventName(f), format)
			continue
		}
		if !l.known(r, c) {
			return
		}
		re := wildcardGroups(f.Field.Text)
		for _, field := range r.cols {
			m := re.FindStringSubmatch(field)
			switch {
			case m == nil:
			case f.As != nil:
				l.conversion(r, f, field, fillWildcards(f.As.Text, m[1:]), format)
			default:
				l.conversion(r, f, field, field, format)
			}
		}
	}
}

func eventName(f *syntax.Conversion) string {
	if f.As != nil {
		return f.As.Text
	}
	return f.Field.Text
}

// durationParts are the days, hours, minutes and seconds of [D+]HH:MM:SS ([convert-dur2sec]).
const durationParts = `^(?:(\d+)\+)?(\d+):(\d+):(\d+)$`

// conversion writes one field. A value that cannot be converted stays, except for num.
func (l *lowerer) conversion(r *rows, f *syntax.Conversion, field, to, format string) {
	a := at(f)
	v := l.once(r, l.col(r, field, f))
	var x ir.Expr
	switch strings.ToLower(f.Func.Text) {
	case "ctime":
		x = l.formatTime(l.num(v), format, f)
	case "mktime":
		x = l.stored(val{x: l.readTime(l.text(v), format, f), k: numKind})
	case "num":
		x = l.stored(val{x: l.num(v), k: numKind})
	case "rmcomma":
		x = call("replace_regex", ir.String, a, l.text(v), str(",", a), str("", a))
	case "rmunit":
		x = call("extract", ir.String, a, str(`^(-?[0-9]+(?:\.[0-9]+)?)`, a), lit(ir.Long, int64(1), a), l.text(v))
	case "dur2sec":
		x = l.stored(val{x: l.duration(v, a), k: numKind})
	case "mstime":
		x = l.stored(val{x: l.minutes(v, a), k: numKind})
	case "memk":
		l.refuse(f.Func, CodeUnsupported, "the conversion memk is not evaluated", "no page tells whether a megabyte is 1024 or 1000 kilobytes")
		return
	case "auto":
		l.refuse(f.Func, CodeUnsupported, "the conversion auto is not evaluated", "no page lists the conversions that it tries")
		return
	case "none":
		return
	default:
		l.unsupported(f.Func, "the conversion "+f.Func.Text)
		return
	}
	if l.wrong("convert-changes-nothing") {
		x = v.x
	}
	if !strings.EqualFold(f.Func.Text, "num") {
		x = firstOf(x, v.x)
	}
	cols := []ir.Named{{Name: to, X: x}}
	if to != field && l.wrong("convert-as-overwrites") {
		cols = append(cols, ir.Named{Name: field, X: x})
	}
	r.add(&ir.Extend{At: a, Cols: cols})
	r.know(to)
}

// duration is [D+]HH:MM:SS in seconds, null for other text.
func (l *lowerer) duration(v val, a ir.At) ir.Expr {
	text := l.text(v)
	part := func(group int64, seconds float64) ir.Expr {
		n := &ir.Cast{At: a, To: ir.Real, X: call("extract", ir.String, a, str(durationParts, a), lit(ir.Long, group, a), text)}
		return &ir.Arith{At: a, Op: "*", L: n, R: lit(ir.Real, seconds, a), T: ir.Real}
	}
	plus := func(x, y ir.Expr) ir.Expr { return &ir.Arith{At: a, Op: "+", L: x, R: y, T: ir.Real} }
	days := &ir.Fill{At: a, X: part(1, 86400), With: ir.Value{Type: ir.Real, V: 0.0}}
	fits := &ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: text, Needles: []ir.Expr{str(durationParts, a)}}
	sum := plus(plus(days, part(2, 3600)), plus(part(3, 60), part(4, 1)))
	return choose(ir.Real, lit(ir.Real, nil, a), ir.Branch{If: fits, Then: sum})
}

// minutes is MM:SS.SSS in seconds, null for other text ([convert-mstime]).
func (l *lowerer) minutes(v val, a ir.At) ir.Expr {
	const parts = `^(\d+):(\d+(?:\.\d+)?)$`
	part := func(group int64) ir.Expr {
		return &ir.Cast{At: a, To: ir.Real, X: call("extract", ir.String, a, str(parts, a), lit(ir.Long, group, a), l.text(v))}
	}
	return &ir.Arith{At: a, Op: "+", L: &ir.Arith{At: a, Op: "*", L: part(1), R: lit(ir.Real, 60.0, a), T: ir.Real}, R: part(2), T: ir.Real}
}
