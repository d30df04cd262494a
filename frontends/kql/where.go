package kql

import (
	"slices"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// where splits its conjuncts at tests against tables that a join says. The others are tests of their own; next to functions that
// look at other rows nothing is split, since a join before them would change the rows that they see.
func (l *lowerer) where(o *syntax.Where, r *relation, env *scope) {
	var plain []syntax.Expr
	split := false
	flush := func() {
		if len(plain) == 0 {
			return
		}
		c := &ctx{row: r.row, env: env}
		xs := make([]ir.Expr, 0, len(plain))
		for _, p := range plain {
			xs = append(xs, l.predicate(p, c))
		}
		if split && slices.ContainsFunc(xs, ir.Windowed) {
			l.refuse(o.Pred.Span(), "a function over rows, called by another one, next to a test against a table", "", "put the test into a where of its own")
			xs = []ir.Expr{&ir.Bad{At: at(o.Pred)}}
		}
		pred := xs[0]
		if len(xs) > 1 {
			pred = &ir.And{At: ir.At{S: plain[0].Span().To(plain[len(plain)-1].Span())}, Xs: xs}
		}
		if slices.ContainsFunc(xs, isBad) {
			pred = &ir.Bad{At: at(o.Pred)}
		}
		r.add(&ir.Filter{At: at(o), Pred: pred})
		plain = nil
	}
	parts := chain(o.Pred, "and")
	whole := slices.ContainsFunc(parts, callsRows)
	for _, p := range parts {
		in, negated := memberTest(p)
		if in != nil && !whole && (in.Op == "in" || in.Op == "!in") && len(in.List) == 1 && l.isTabularIn(in.List[0], &ctx{row: r.row, env: env}) {
			split = true
			flush()
			l.semi(in, negated, r, env)
			continue
		}
		plain = append(plain, p)
	}
	flush()
}

// memberTest finds a list test, under not() or not.
func memberTest(x syntax.Expr) (in *syntax.In, negated bool) {
	if call, ok := x.(*syntax.Call); ok && call.Recv == nil && call.Func.Name == "not" && len(call.Args) == 1 {
		in, negated = memberTest(call.Args[0])
		return in, !negated
	}
	in, _ = x.(*syntax.In)
	return in, false
}

func (l *lowerer) predicate(x syntax.Expr, c *ctx) ir.Expr {
	e := l.expr(x, c)
	if t := ir.TypeOf(e); t != ir.Bool && t != ir.TypeUnset && t != ir.Dynamic {
		return l.fail(CodeType, x.Span(), "the condition is %s, expected bool", t)
	}
	return e
}

// semi lowers x in (table) to a join on the table's first column, or, where no join says it, to a test.
func (l *lowerer) semi(in *syntax.In, negated bool, r *relation, env *scope) {
	kind := ir.LeftSemi
	if negated != (in.Op == "!in") {
		kind = ir.LeftAnti
	}
	right := l.inner(in.List[0], env)
	first, ok := l.firstColumn(right, in.List[0])
	if !ok {
		r.add(&ir.BadOp{At: at(in)})
		return
	}
	x := l.expr(in.X, &ctx{row: r.row, env: env})
	if isBad(x) {
		r.add(&ir.BadOp{At: at(in)})
		return
	}
	if _, isCol := x.(*ir.Col); first.Type == ir.Dynamic || !isCol && r.row.open {
		pred := l.memberTest(in, x, &ir.InTable{Pipe: right.pipe}, first.Type)
		if negated && !isBad(pred) {
			pred = &ir.Not{At: at(in), X: pred}
		}
		r.add(&ir.Filter{At: at(in), Pred: pred})
		return
	}
	l.semiJoin(in, kind, r, right, x, first)
}

func endsInProject(p *ir.Pipeline) bool {
	if len(p.Ops) == 0 {
		return false
	}
	_, ok := p.Ops[len(p.Ops)-1].(*ir.Project)
	return ok
}

func (l *lowerer) semiJoin(in *syntax.In, kind ir.JoinKind, r, right *relation, x ir.Expr, first ir.Column) {
	pos := at(in)
	t := ir.TypeOf(x)
	if t == ir.Dynamic && first.Type != ir.TypeUnset {
		x = castLike(x, &ir.Col{Name: first.Name, T: first.Type})
		t = ir.TypeOf(x)
	}
	if t != first.Type && t != ir.TypeUnset && first.Type != ir.TypeUnset && !(t.Numeric() && first.Type.Numeric()) {
		l.fail(CodeType, in.Span(), "cannot compare %s with the column %s of type %s", t, first.Name, first.Type)
		r.add(&ir.BadOp{At: pos})
		return
	}
	// A null is in no list and not in every list; without nulls on the right the join says the same.
	if first.Type != ir.String {
		right.add(&ir.Filter{At: pos, Pred: &ir.Not{At: pos, X: &ir.IsNull{At: pos, X: &ir.Col{At: pos, Name: first.Name, T: first.Type}}}})
	}
	right.add(&ir.Project{At: pos, Cols: []ir.Named{{Name: first.Name, X: &ir.Col{At: pos, Name: first.Name, T: first.Type}}}})
	join := &ir.Join{At: pos, Kind: kind, Right: right.pipe}
	if col, ok := x.(*ir.Col); ok {
		join.On = []ir.JoinKey{{Left: col.Name, Right: first.Name}}
		r.add(join)
		return
	}
	used := map[string]bool{}
	for _, c := range r.row.cols {
		used[c.Name] = true
	}
	key := unique("key_", used)
	join.On = []ir.JoinKey{{Left: key, Right: first.Name}}
	r.add(&ir.Extend{At: pos, Cols: []ir.Named{{Name: key, X: x}}}, join, keep(pos, r.row.cols))
}
