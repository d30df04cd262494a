package kql

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// toscalar lowers a query to its first value; of a value it is the value itself.
func (l *lowerer) toscalar(x *syntax.Call, c *ctx) ir.Expr {
	arg := x.Args[0]
	if n, ok := arg.(*syntax.Named); ok && n.Name.Name != "kind" {
		arg = n.X
	}
	if n, ok := arg.(*syntax.Name); ok {
		if d := c.env.find(n.Name); d == nil || !l.isTabularDef(d) {
			if _, known := l.opt.Schemas[n.Name]; !known {
				return l.expr(arg, c)
			}
		}
	} else if !l.isTabular(arg, c.env) {
		return l.expr(arg, c)
	}
	sub := l.inner(arg, c.env)
	first, ok := l.firstColumn(sub, arg)
	if !ok {
		return &ir.Bad{At: at(x)}
	}
	return &ir.Scalar{At: at(x), Pipe: sub.pipe, T: first.Type}
}

// inner lowers a query inside an expression. It does not see the row around it.
func (l *lowerer) inner(x syntax.Expr, env *scope) *relation {
	l.level++
	defer func() { l.level-- }()
	return l.table(x, env)
}

// firstColumn is the column of a table that a scalar context reads; false when it was reported.
func (l *lowerer) firstColumn(r *relation, x syntax.Expr) (ir.Column, bool) {
	if len(r.row.cols) > 0 && (!r.row.open || endsInProject(r.pipe)) {
		return r.row.cols[0], true
	}
	if !hasBadOp(r.pipe) {
		l.refuse(x.Span(), "a table whose first column is not known", "", "end it with project and the column")
	}
	return ir.Column{}, false
}

func hasBadOp(p *ir.Pipeline) bool {
	return slices.ContainsFunc(p.Ops, func(o ir.Op) bool { _, bad := o.(*ir.BadOp); return bad })
}

// listTests are the operators that test against a list or a table. Read-only.
var listTests = map[string]struct {
	test
	all bool
}{
	"in": {test{ir.Equal, ir.Exact}, false}, "in~": {test{ir.Equal, ir.Fold}, false},
	"has_any": {test{ir.Term, ir.Fold}, false}, "has_all": {test{ir.Term, ir.Fold}, true},
}

// inTable lowers a test against a table, anywhere in an expression.
func (l *lowerer) inTable(x *syntax.In, c *ctx) ir.Expr {
	sub := l.inner(x.List[0], c.env)
	first, ok := l.firstColumn(sub, x.List[0])
	v := l.expr(x.X, c)
	if !ok || isBad(v) {
		return &ir.Bad{At: at(x)}
	}
	return l.memberTest(x, v, &ir.InTable{Pipe: sub.pipe}, first.Type)
}

// memberTest completes a test of v against members of a type.
func (l *lowerer) memberTest(x *syntax.In, v ir.Expr, out *ir.InTable, t ir.Type) ir.Expr {
	op, negated := strings.CutPrefix(string(x.Op), "!")
	form, ok := listTests[op]
	if !ok {
		return l.refuse(x.OpAt, "the operator "+string(x.Op)+" against a table", "", "")
	}
	vt := ir.TypeOf(v)
	switch {
	case form.kind == ir.Term:
		if !textual(vt) {
			return l.refuse(x.X.Span(), "a test of text on a value of type "+vt.String(), "", "convert it with tostring()")
		}
	case t == ir.Dynamic || t == ir.TypeUnset || vt == ir.TypeUnset || vt == t || vt.Numeric() && t.Numeric():
	case vt == ir.Dynamic:
		v = castLike(v, &ir.Col{T: t})
	default:
		return l.fail(CodeType, x.Span(), "cannot compare %s with values of type %s", vt, t)
	}
	out.At, out.X, out.Kind, out.Case, out.All = at(x), v, form.kind, form.cas, form.all
	if negated {
		return &ir.Not{At: at(x), X: out}
	}
	return out
}
