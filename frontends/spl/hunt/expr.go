package hunt

import (
	"math"
	"strconv"
	"time"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// maxNodes bounds an expression that the hunt becomes: a value that is asked for and then used stands in it twice.
const maxNodes = 10_000

// size counts the nodes of an expression as it is written, where parts that occur twice count twice.
func (l *lowerer) size(e ir.Expr) int {
	if n, ok := l.sizes[e]; ok {
		return n
	}
	n := 1
	for _, c := range ir.Children(e) {
		if n = n + l.size(c); n > maxNodes {
			n = maxNodes + 1
			break
		}
	}
	l.sizes[e] = n
	return n
}

// value lowers an eval expression that is not a condition.
func (l *lowerer) value(x syntax.Expr) val {
	v := l.anyValue(x)
	if l.size(v.x) > maxNodes {
		l.unsupported(x, "an expression of this size")
		return bad(x)
	}
	return v
}

func (l *lowerer) anyValue(x syntax.Expr) val {
	switch x := x.(type) {
	case *syntax.Group:
		return l.value(x.X)
	case *syntax.FieldRef:
		if !x.IsBool() {
			return l.read(x.Name, x)
		}
	case *syntax.Str:
		s := x.Text
		return val{x: litOf(at(x), ir.String, s), t: ir.String, always: true, nonempty: s != "", text: true, lit: &s}
	case *syntax.Num:
		if f, err := strconv.ParseFloat(x.Text, 64); err == nil && math.Abs(f) <= exactWhole {
			return numberLit(f, at(x))
		}
		l.unsupported(x, "the number "+x.Text)
		return bad(x)
	case *syntax.Unary:
		if x.Op != "NOT" {
			return l.signed(x)
		}
	case *syntax.Binary:
		switch x.Op {
		case "+", "-", "*", "/":
			return l.arith(x)
		case ".":
			return l.concat(x)
		case "%":
			l.refuse(x, spl.CodeUnsupported, "% is not translated", "languages differ in the sign of a remainder")
			return bad(x)
		}
	case *syntax.Call:
		return l.call(x)
	case *syntax.Macro:
		l.macro(x, x.Name)
		return bad(x)
	}
	l.unsupported(x, "this expression as a value")
	return bad(x)
}

func (l *lowerer) signed(x *syntax.Unary) val {
	v := l.asNumber(l.value(x.X), x.X)
	lit, isLit := v.x.(*ir.Lit)
	switch {
	case v.bad() || x.Op == "+":
		return v
	case isLit && v.t == ir.Long:
		v.x = litOf(at(x), ir.Long, -lit.Value.V.(int64))
		return v
	case isLit && v.t == ir.Real && lit.Value.V != nil:
		v.x = litOf(at(x), ir.Real, -lit.Value.V.(float64))
		return v
	case whole(v.t) && v.max == 0:
		v = val{x: real(v, x), t: ir.Real, always: v.always}
	}
	return val{x: &ir.Neg{At: at(x), X: v.x}, t: v.t, always: v.always, max: v.max}
}

// arith computes in doubles. Where every whole number that can come out is a double, whole numbers stay whole.
func (l *lowerer) arith(x *syntax.Binary) val {
	v, w := l.value(x.X), l.value(x.Y)
	switch {
	case v.bad() || w.bad():
		return bad(x)
	case v.t == ir.Datetime || w.t == ir.Datetime:
		return l.timeArith(x, v, w)
	case x.Op == "+" && v.t == ir.String && w.t == ir.String:
		if v.text && w.text {
			return l.joinTexts(x, []val{v, w}, []syntax.Node{x.X, x.Y})
		}
		l.refuse(x, spl.CodeUnsupported, "+ of two texts is not translated", "Splunk adds them where both are spelled like numbers: write . to join texts, tonumber() to add")
		return bad(x)
	}
	v, w = l.asNumber(v, x.X), l.asNumber(w, x.Y)
	if v.bad() || w.bad() {
		return bad(x)
	}
	if c, ok := folded(x.Op, v, w, at(x)); ok {
		return c
	}
	always := v.always && w.always
	if x.Op == "/" {
		return l.divide(x, v, w)
	}
	bound := v.max + w.max
	if x.Op == "*" {
		bound = v.max * w.max
	}
	if whole(v.t) && whole(w.t) && v.max > 0 && w.max > 0 && bound < exactWhole {
		return val{x: &ir.Arith{At: at(x), Op: x.Op, L: v.x, R: w.x, T: ir.Long}, t: ir.Long, always: always, max: bound}
	}
	return val{x: &ir.Arith{At: at(x), Op: x.Op, L: real(v, x.X), R: real(w, x.Y), T: ir.Real}, t: ir.Real, always: always}
}

// folded computes with two whole constants.
func folded(op string, v, w val, a ir.At) (val, bool) {
	x, ok := wholeLit(v)
	y, also := wholeLit(w)
	if !ok || !also {
		return val{}, false
	}
	f := map[string]float64{"+": x + y, "-": x - y, "*": x * y}
	r, ok := f[op]
	if !ok || math.Abs(r) >= exactWhole {
		return val{}, false
	}
	return numberLit(r, a), true
}

func wholeLit(v val) (float64, bool) {
	lit, ok := v.x.(*ir.Lit)
	if !ok || !whole(v.t) || lit.Value.V == nil {
		return 0, false
	}
	return float64(lit.Value.V.(int64)), true
}

// divide gives no value for a divisor of zero.
func (l *lowerer) divide(x *syntax.Binary, v, w val) val {
	den := real(w, x.Y)
	q := &ir.Arith{At: at(x), Op: "/", L: real(v, x.X), R: den, T: ir.Real}
	if lit, ok := den.(*ir.Lit); ok && lit.Value.V != nil && lit.Value.V.(float64) != 0 {
		return val{x: q, t: ir.Real, always: v.always}
	}
	zero := &ir.Compare{At: at(x), Op: ir.Eq, L: den, R: litOf(at(x), ir.Real, 0.0)}
	return val{x: &ir.Cond{At: at(x), Branches: []ir.Branch{{If: zero, Then: litOf(at(x), ir.Real, nil)}}, Else: q, T: ir.Real}, t: ir.Real}
}

// timeOf is a number of seconds since 1970 as a time, where it is a constant.
func timeOf(v val) val {
	lit, ok := v.x.(*ir.Lit)
	if !ok || !number(v.t) || lit.Value.V == nil {
		return v
	}
	s, ok := seconds(lit)
	if !ok {
		return v
	}
	epoch := ir.TicksOf(time.Unix(0, 0))
	return val{x: litOf(lit.At, ir.Datetime, epoch+s), t: ir.Datetime, always: true}
}

// timeArith moves a time by seconds, or tells how far two are apart.
func (l *lowerer) timeArith(x *syntax.Binary, v, w val) val {
	always := v.always && w.always
	if x.Op == "-" && v.t == ir.Datetime && timeOf(w).t == ir.Datetime && !isConstant(w) {
		return val{x: &ir.Arith{At: at(x), Op: "-", L: v.x, R: w.x, T: ir.Timespan}, t: ir.Timespan, always: always, from: v.x, to: w.x}
	}
	if v.t != ir.Datetime && x.Op == "+" {
		v, w = w, v
	}
	if lit, ok := w.x.(*ir.Lit); ok && v.t == ir.Datetime && (x.Op == "+" || x.Op == "-") && number(w.t) {
		if s, ok := seconds(lit); ok {
			return val{x: &ir.Arith{At: at(x), Op: x.Op, L: v.x, R: litOf(at(x), ir.Timespan, s), T: ir.Datetime}, t: ir.Datetime, always: always}
		}
	}
	l.refuse(x, spl.CodeUnsupported, "this arithmetic with a time is not translated", "differences of times are, and times with a constant number of seconds added or taken off")
	return bad(x)
}

// concat is the operator ., which reads both sides as text and gives nothing where one is absent.
func (l *lowerer) concat(x *syntax.Binary) val {
	var parts []val
	var nodes []syntax.Node
	var walk func(y syntax.Expr)
	walk = func(y syntax.Expr) {
		if b, ok := y.(*syntax.Binary); ok && b.Op == "." {
			walk(b.X)
			walk(b.Y)
			return
		}
		if b, ok := y.(*syntax.Binary); ok && (b.Op == "+" || b.Op == "-") {
			l.refuse(y, spl.CodeUnsupported, ". next to "+b.Op+" without parentheses is not translated", "no page says which of them binds first")
		}
		parts, nodes = append(parts, l.asText(l.value(y), y)), append(nodes, y)
	}
	walk(x)
	return l.joinTexts(x, parts, nodes)
}

func (l *lowerer) joinTexts(n syntax.Node, parts []val, nodes []syntax.Node) val {
	out := val{t: ir.String, always: true, text: true}
	c := &ir.Call{At: at(n), Func: "strcat", T: ir.String}
	var all []ir.Expr
	for i, p := range parts {
		if p.bad() {
			return bad(n)
		}
		c.Args = append(c.Args, p.x)
		out.nonempty = out.nonempty || p.nonempty
		out.full = append(out.full, p.full...)
		if !p.always {
			all, out.always = append(all, l.present(p, nodes[i])), false
		}
	}
	out.x = c
	if len(all) > 0 {
		out.x = &ir.Cond{At: at(n), Branches: []ir.Branch{{If: and(n, all...), Then: c}}, Else: litOf(at(n), ir.String, ""), T: ir.String}
	}
	return out
}

// unified brings values that may stand in for each other to one type: numbers to doubles unless all are whole, numbers and texts to text.
func (l *lowerer) unified(vs []val, nodes []syntax.Node, n syntax.Node) ([]val, ir.Type) {
	t := ir.TypeUnset
	texts, times, sets, wide := false, false, false, false
	for _, v := range vs {
		switch {
		case v.null:
		case v.bad():
			return nil, ir.TypeUnset
		case v.t == ir.String:
			texts = true
		case v.t == ir.Datetime:
			times = true
		case v.set:
			sets = true
		default:
			wide = wide || !whole(v.t)
			t = ir.Long
		}
	}
	switch {
	case sets || times && (texts || t != ir.TypeUnset):
		l.unsupported(n, "a value that is of several types")
		return nil, ir.TypeUnset
	case times:
		t = ir.Datetime
	case texts, t == ir.TypeUnset:
		t = ir.String
	case wide:
		t = ir.Real
	}
	out := make([]val, len(vs))
	for i, v := range vs {
		switch {
		case v.null && t == ir.String:
			out[i] = val{x: litOf(at(nodes[i]), t, ""), t: t, nonempty: true, text: true}
		case v.null:
			out[i] = val{x: litOf(at(nodes[i]), t, nil), t: t}
		case t == ir.String:
			if out[i] = l.asText(v, nodes[i]); out[i].bad() {
				return nil, ir.TypeUnset
			}
		case t == ir.Real:
			out[i] = val{x: real(v, nodes[i]), t: t, always: v.always}
		default:
			out[i] = v
		}
	}
	return out, t
}

// merged is what is known of a value that is one of several.
func merged(vs []val, t ir.Type) val {
	out := val{t: t, always: true, nonempty: true, text: true}
	bounded := true
	for _, v := range vs {
		out.always, out.nonempty, out.text = out.always && v.always, out.nonempty && v.nonempty, out.text && v.text
		out.full, out.digits = append(out.full, v.full...), append(out.digits, v.digits...)
		lit, isLit := v.x.(*ir.Lit)
		isNull := isLit && lit.Value.V == nil
		bounded = bounded && (v.max > 0 || isNull)
		out.max = max(out.max, v.max)
	}
	if !bounded {
		out.max = 0
	}
	if bounded && out.max == 0 {
		out.max = 1
	}
	return out
}
