package irtest

import (
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// at stands for no position.
var at diag.Span

// op makes one or two ops and keeps g.cols.
func (g *generator) op() []ir.Op {
	switch n := g.IntN(12); {
	case n < 4:
		return []ir.Op{&ir.Filter{Pred: g.pred(2)}}
	case n < 6:
		return []ir.Op{g.extend()}
	case n == 6:
		return []ir.Op{g.project()}
	case n == 7:
		return g.order()
	case n == 8 && !g.opt.NoJoins:
		return []ir.Op{g.join()}
	default:
		return g.aggregate()
	}
}

func (g *generator) has(name string) bool {
	return slices.ContainsFunc(g.cols, func(c ir.Column) bool { return c.Name == name })
}

func (g *generator) extend() ir.Op {
	e := &ir.Extend{}
	for range 1 + g.IntN(2) {
		t := pick(g, []ir.Type{ir.String, ir.String, ir.Long, ir.Bool, ir.Datetime, ir.Real})
		e.Cols = append(e.Cols, ir.Named{Name: g.fresh(), X: g.expr(t, 3)})
	}
	for _, c := range e.Cols {
		g.cols = append(slices.Clone(g.cols), ir.Column{Name: c.Name, Type: ir.TypeOf(c.X)})
	}
	return e
}

func (g *generator) project() ir.Op {
	p := &ir.Project{}
	var cols []ir.Column
	for _, c := range g.cols {
		if c.Name != "Id" && c.Name != "TimeGenerated" && len(cols) > 0 && g.chance(30) {
			continue
		}
		p.Cols = append(p.Cols, ir.Named{Name: c.Name, X: &ir.Col{Name: c.Name, T: c.Type}})
		cols = append(cols, c)
	}
	g.cols = cols
	return p
}

// without projects the columns of a type away.
func (g *generator) without(t ir.Type) ir.Op {
	p := &ir.Project{}
	var cols []ir.Column
	for _, c := range g.cols {
		if c.Type != t {
			p.Cols = append(p.Cols, ir.Named{Name: c.Name, X: &ir.Col{Name: c.Name, T: c.Type}})
			cols = append(cols, c)
		}
	}
	g.cols = cols
	return p
}

// order sorts by every column that has an order, so that a limit that follows cuts the same rows everywhere.
func (g *generator) order() []ir.Op {
	s := &ir.Sort{}
	for _, c := range g.cols {
		switch c.Type {
		case ir.Dynamic, ir.Bool:
			return []ir.Op{&ir.Filter{Pred: g.pred(1)}}
		}
		s.Keys = append(s.Keys, ir.SortKey{X: &ir.Col{Name: c.Name, T: c.Type}, Desc: g.chance(50)})
	}
	for i := range s.Keys {
		s.Keys[i].NullsFirst = !s.Keys[i].Desc
	}
	if len(s.Keys) == 0 {
		return nil
	}
	return []ir.Op{s, &ir.Limit{N: int64(1 + g.IntN(12))}}
}

func (g *generator) aggregate() []ir.Op {
	a := &ir.Aggregate{}
	var cols []ir.Column
	for range g.IntN(3) {
		t := pick(g, []ir.Type{ir.String, ir.String, ir.Long, ir.Datetime})
		x := g.col(t)
		if t == ir.Datetime {
			x = &ir.Bin{X: x, Width: g.lit(ir.Timespan).(*ir.Lit).Value}
		}
		if _, constant := x.(*ir.Lit); constant {
			continue
		}
		if b, ok := x.(*ir.Bin); ok {
			if _, constant := b.X.(*ir.Lit); constant {
				continue
			}
		}
		k := ir.Named{Name: g.fresh(), X: x}
		a.Keys = append(a.Keys, k)
		cols = append(cols, ir.Column{Name: k.Name, Type: t})
	}
	for range 1 + g.IntN(2) {
		f := g.agg()
		a.Aggs = append(a.Aggs, f)
		cols = append(cols, ir.Column{Name: f.Name, Type: f.T})
	}
	g.cols = cols
	out := []ir.Op{a}
	if g.chance(60) {
		last := a.Aggs[len(a.Aggs)-1]
		if last.T == ir.Long {
			out = append(out, &ir.Filter{Pred: &ir.Compare{Op: g.cmp(), L: &ir.Col{Name: last.Name, T: ir.Long}, R: num(int64(g.IntN(5)))}})
		}
	}
	return out
}

// agg is an aggregate whose value does not depend on the order of rows.
func (g *generator) agg() ir.Agg {
	a := ir.Agg{Name: g.fresh(), T: ir.Long}
	if g.chance(25) {
		a.If = g.pred(1)
	}
	switch g.IntN(5) {
	case 0:
		a.Func, a.Args = ir.DCount, []ir.Expr{g.col(pick(g, []ir.Type{ir.String, ir.Long}))}
	case 1:
		a.T = pick(g, []ir.Type{ir.Long, ir.Datetime, ir.Real})
		a.Func, a.Args = pick(g, []ir.AggFunc{ir.Min, ir.Max}), []ir.Expr{g.col(a.T)}
	case 2:
		a.Func, a.Args = ir.Sum, []ir.Expr{g.col(ir.Long)}
	default:
		a.Func = ir.Count
	}
	return a
}

// side is a pipeline over the other table with the columns to join on.
func (g *generator) side(keys []string) *ir.Pipeline {
	outer := g.cols
	g.cols = Columns()
	p := &ir.Pipeline{From: &ir.Table{Name: "U", Time: "TimeGenerated", Columns: Columns()}, Ops: []ir.Op{&ir.Filter{Pred: g.pred(2)}}}
	proj := &ir.Project{}
	for _, k := range keys {
		i := slices.IndexFunc(g.cols, func(c ir.Column) bool { return c.Name == k })
		proj.Cols = append(proj.Cols, ir.Named{Name: k, X: &ir.Col{Name: k, T: g.cols[i].Type}})
	}
	p.Ops = append(p.Ops, proj)
	g.cols = outer
	return p
}

// keys are columns of both tables that the row still has.
func (g *generator) keys() []string {
	var out []string
	for _, c := range Columns() {
		if c.Type == ir.String && g.has(c.Name) && (len(out) == 0 || g.chance(50)) {
			out = append(out, c.Name)
		}
	}
	return out
}

func (g *generator) join() ir.Op {
	keys := g.keys()
	if len(keys) == 0 {
		return &ir.Filter{Pred: g.pred(2)}
	}
	j := &ir.Join{Kind: pick(g, []ir.JoinKind{ir.LeftSemi, ir.LeftAnti, ir.LeftAnti}), Right: g.side(keys)}
	for _, k := range keys {
		j.On = append(j.On, ir.JoinKey{Left: k, Right: k})
	}
	return j
}

// baseline is an anti-join of two windows over one table, as hunts write it.
func (g *generator) baseline() []ir.Op {
	start := g.lit(ir.Datetime)
	timeCol := &ir.Col{Name: "TimeGenerated", T: ir.Datetime}
	from := &ir.Arith{Op: "-", L: start, R: g.lit(ir.Timespan), T: ir.Datetime}
	history := []ir.Expr{&ir.Between{X: timeCol, Lo: from, Hi: start}}
	if g.chance(50) {
		history = []ir.Expr{&ir.Compare{Op: pick(g, []ir.CmpOp{ir.Gt, ir.Ge}), L: timeCol, R: from}, &ir.Compare{Op: pick(g, []ir.CmpOp{ir.Lt, ir.Le}), L: timeCol, R: start}}
	}
	shared := g.pred(1)
	keys := g.keys()
	agg := &ir.Aggregate{}
	j := &ir.Join{Kind: ir.LeftAnti, Right: &ir.Pipeline{From: &ir.Table{Name: "T", Time: "TimeGenerated", Columns: Columns()},
		Ops: []ir.Op{&ir.Filter{Pred: ir.AndOf(history)}, &ir.Filter{Pred: shared}, agg}}}
	for _, k := range keys {
		agg.Keys = append(agg.Keys, ir.Named{Name: k, X: &ir.Col{Name: k, T: ir.String}})
		j.On = append(j.On, ir.JoinKey{Left: k, Right: k})
	}
	recent := &ir.Compare{Op: pick(g, []ir.CmpOp{ir.Gt, ir.Ge}), L: timeCol, R: start}
	return []ir.Op{&ir.Filter{Pred: recent}, &ir.Filter{Pred: shared}, j}
}
