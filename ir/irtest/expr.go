package irtest

import "github.com/huntc/huntc/ir"

// expr is an expression of a type.
func (g *generator) expr(t ir.Type, depth int) ir.Expr {
	if depth <= 0 || g.chance(25) {
		return g.col(t)
	}
	switch t {
	case ir.String:
		return g.text(depth)
	case ir.Long:
		return g.long(depth)
	case ir.Real:
		return &ir.Arith{Op: pick(g, []string{"+", "-", "*"}), L: g.expr(t, depth-1), R: g.lit(t), T: t}
	case ir.Datetime:
		return g.instant(depth)
	case ir.Bool:
		return g.pred(depth)
	default:
		return g.col(t)
	}
}

func (g *generator) text(depth int) ir.Expr {
	x := func() ir.Expr { return g.expr(ir.String, depth-1) }
	switch g.IntN(7) {
	case 0:
		return call("tolower", ir.String, x())
	case 1:
		return call("strcat", ir.String, x(), g.lit(ir.String))
	case 2:
		return call("substring", ir.String, x(), num(int64(g.IntN(3))), num(int64(g.IntN(4))))
	case 3:
		if a := g.access(); a != nil {
			return &ir.Cast{To: ir.String, X: a}
		}
		return &ir.Cast{To: ir.String, X: g.col(ir.Long)}
	case 4:
		return &ir.Cond{Branches: []ir.Branch{{If: g.pred(depth - 1), Then: x()}}, Else: x(), T: ir.String}
	case 5:
		return call("coalesce", ir.String, g.col(ir.String), g.lit(ir.String))
	default:
		return g.col(ir.String)
	}
}

// access reads inside the dynamic column; nil when there is none.
func (g *generator) access() ir.Expr {
	cs := g.columns(ir.Dynamic)
	if g.opt.NoJSON || len(cs) == 0 {
		return nil
	}
	steps := []ir.Step{{Key: pick(g, []string{"a", "b", "none"})}}
	if g.chance(30) {
		steps = []ir.Step{{Key: "l"}, {Index: g.IntN(2), IsIndex: true}}
	}
	return &ir.Access{X: pick(g, cs), Steps: steps}
}

func (g *generator) long(depth int) ir.Expr {
	switch g.IntN(5) {
	case 0:
		return &ir.Arith{Op: pick(g, []string{"+", "-", "*"}), L: g.expr(ir.Long, depth-1), R: g.lit(ir.Long), T: ir.Long}
	case 1:
		return call("strlen", ir.Long, g.expr(ir.String, depth-1))
	case 2:
		return &ir.Cond{Branches: []ir.Branch{{If: g.pred(depth - 1), Then: g.expr(ir.Long, depth-1)}}, Else: g.lit(ir.Long), T: ir.Long}
	case 3:
		return &ir.Cast{To: ir.Long, X: g.col(ir.String)}
	default:
		return g.col(ir.Long)
	}
}

func (g *generator) instant(depth int) ir.Expr {
	switch g.IntN(3) {
	case 0:
		return &ir.Bin{X: g.col(ir.Datetime), Width: g.lit(ir.Timespan).(*ir.Lit).Value}
	case 1:
		return &ir.Arith{Op: pick(g, []string{"+", "-"}), L: g.col(ir.Datetime), R: g.lit(ir.Timespan), T: ir.Datetime}
	default:
		return &ir.Arith{Op: "-", L: &ir.Now{}, R: g.lit(ir.Timespan), T: ir.Datetime}
	}
}

// pred is a condition.
func (g *generator) pred(depth int) ir.Expr {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return &ir.And{Xs: []ir.Expr{g.pred(depth - 1), g.pred(depth - 1)}}
		case 1:
			return &ir.Or{Xs: []ir.Expr{g.pred(depth - 1), g.pred(depth - 1)}}
		case 2:
			return &ir.Not{X: g.pred(depth - 1)}
		}
	}
	return g.test(depth)
}

// test is a condition without and, or and not.
func (g *generator) test(depth int) ir.Expr {
	switch g.IntN(8) {
	case 0, 1, 2:
		return g.match(depth)
	case 3:
		t := pick(g, []ir.Type{ir.Long, ir.Real, ir.Datetime})
		return &ir.Compare{Op: g.cmp(), L: g.expr(t, depth-1), R: g.lit(t)}
	case 4:
		t := pick(g, []ir.Type{ir.Long, ir.Datetime, ir.String})
		return &ir.Compare{Op: pick(g, []ir.CmpOp{ir.Eq, ir.Ne}), L: g.col(t), R: g.col(t)}
	case 5:
		t := pick(g, []ir.Type{ir.Long, ir.Datetime})
		return &ir.Between{X: g.col(t), Lo: g.lit(t), Hi: g.lit(t)}
	case 6:
		return &ir.IsEmpty{X: g.expr(ir.String, depth-1)}
	default:
		return &ir.IsNull{X: g.col(pick(g, []ir.Type{ir.Long, ir.Datetime, ir.Real, ir.Bool}))}
	}
}

func (g *generator) cmp() ir.CmpOp {
	return pick(g, []ir.CmpOp{ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge})
}

// match is a test of text, of every kind and case that KQL has.
func (g *generator) match(depth int) ir.Expr {
	m := &ir.Match{Kind: pick(g, []ir.MatchKind{ir.Equal, ir.Contains, ir.Prefix, ir.Suffix, ir.Term, ir.TermPrefix, ir.TermSuffix, ir.Regex}),
		Case: pick(g, []ir.Case{ir.Fold, ir.Exact}), X: g.expr(ir.String, depth-1)}
	n := 1
	switch m.Kind {
	case ir.Regex:
		m.Case = ir.Exact
		m.Needles = []ir.Expr{ir.StringLit(pick(g, []string{"^a", "b+c", "[0-9]{2}$", "(?i)git", "a.c", "^$"}), at)}
		return m
	case ir.Equal, ir.Term:
		n = 1 + g.IntN(3)
		if m.Kind == ir.Term && n > 1 {
			m.Case = ir.Fold // has_any has no form that minds case
		}
	}
	for range n {
		m.Needles = append(m.Needles, g.lit(ir.String))
	}
	return m
}

func call(name string, t ir.Type, args ...ir.Expr) ir.Expr {
	return &ir.Call{Func: name, Args: args, T: t}
}

func num(n int64) ir.Expr { return &ir.Lit{Value: ir.Value{Type: ir.Long, V: n}} }
