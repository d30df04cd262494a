package irtest

import "github.com/huntc/huntc/ir"

// setOp makes an op over sets of rows, or one whose expressions look at other rows or at another table.
func (g *generator) setOp() []ir.Op {
	switch g.IntN(8) {
	case 0:
		return g.windowed()
	case 1:
		return []ir.Op{&ir.Filter{Pred: g.tested()}}
	case 2:
		e := &ir.Extend{Cols: []ir.Named{{Name: g.fresh(), X: g.tested()}}}
		g.cols = append(g.cols[:len(g.cols):len(g.cols)], ir.Column{Name: e.Cols[0].Name, Type: ir.Bool})
		return []ir.Op{e}
	case 3:
		return g.series()
	case 4:
		return g.nested()
	case 5:
		return g.partition()
	case 6:
		return g.scan()
	default:
		return g.statistics()
	}
}

// inOrder sorts by the number of the row where it still is one, so that neighbours are the same everywhere.
func (g *generator) inOrder() (ir.Op, bool) {
	return &ir.Sort{Keys: []ir.SortKey{{X: &ir.Col{Name: "Id", T: ir.Long}, NullsFirst: true}}}, g.has("Id")
}

func (g *generator) rowCall() *ir.RowCall {
	n := g.col(ir.Long)
	switch g.IntN(5) {
	case 0:
		return &ir.RowCall{Func: "row_number", T: ir.Long}
	case 1:
		return &ir.RowCall{Func: "row_cumsum", Args: []ir.Expr{n, g.pred(1)}, T: ir.Long}
	case 2:
		return &ir.RowCall{Func: "row_rank_dense", Args: []ir.Expr{n}, T: ir.Long}
	default:
		f := pick(g, []string{"prev", "next"})
		return &ir.RowCall{Func: f, Args: []ir.Expr{n, num(int64(1 + g.IntN(2))), g.lit(ir.Long)}, T: ir.Long}
	}
}

func (g *generator) windowed() []ir.Op {
	sort, ok := g.inOrder()
	if !ok {
		return nil
	}
	call := g.rowCall()
	if g.chance(50) {
		return []ir.Op{sort, &ir.Filter{Pred: &ir.Compare{Op: g.cmp(), L: call, R: g.lit(ir.Long)}}}
	}
	e := &ir.Extend{Cols: []ir.Named{{Name: g.fresh(), X: call}}}
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], ir.Column{Name: e.Cols[0].Name, Type: ir.Long})
	return []ir.Op{sort, e}
}

// tested is a condition that asks another table.
func (g *generator) tested() ir.Expr {
	var x ir.Expr
	switch g.IntN(3) {
	case 0:
		sub := g.side([]string{"N"})
		sub.Ops = append(sub.Ops, &ir.Aggregate{Aggs: []ir.Agg{{Name: "m", Func: ir.Max, Args: []ir.Expr{&ir.Col{Name: "N", T: ir.Long}}, T: ir.Long}}})
		x = &ir.Compare{Op: g.cmp(), L: g.col(ir.Long), R: &ir.Scalar{Pipe: sub, T: ir.Long}}
	case 1:
		x = &ir.InTable{X: g.col(ir.String), Kind: ir.Equal, Case: pick(g, []ir.Case{ir.Fold, ir.Exact}), Pipe: g.side([]string{"Who"})}
	default:
		x = &ir.InTable{X: g.col(ir.String), Kind: ir.Term, Case: ir.Fold, All: g.chance(30), Pipe: g.side([]string{"Host"})}
	}
	if g.chance(40) {
		x = &ir.Not{X: x}
	}
	if g.chance(50) {
		x = &ir.Or{Xs: []ir.Expr{x, g.pred(1)}}
	}
	return x
}

func (g *generator) series() []ir.Op {
	if !g.has("TimeGenerated") {
		return nil
	}
	step := &ir.Lit{Value: ir.Value{Type: ir.Timespan, V: pick(g, []int64{ir.Hour, 6 * ir.Hour, ir.Day})}}
	m := &ir.MakeSeries{Axis: ir.Named{Name: "TimeGenerated", X: &ir.Col{Name: "TimeGenerated", T: ir.Datetime}}, AxisType: ir.Datetime, Step: step}
	if g.chance(60) {
		m.From = g.lit(ir.Datetime)
	}
	if g.chance(60) {
		m.To = g.lit(ir.Datetime)
	}
	var before []ir.Op
	if m.From != nil && m.To != nil && g.chance(50) {
		// Rows in the range's steps but outside its ends are an error.
		m.Closed = true
		before = []ir.Op{&ir.Filter{Pred: &ir.Between{X: m.Axis.X, Lo: m.From, Hi: m.To}}}
	}
	var cols []ir.Column
	if k, ok := g.col(ir.String).(*ir.Col); ok && g.chance(60) {
		m.Keys = []ir.Named{{Name: k.Name, X: k}}
		cols = append(cols, ir.Column{Name: k.Name, Type: ir.String})
	}
	a := g.agg()
	m.Aggs = []ir.Agg{a}
	c := ir.SeriesCol{Name: a.Name, X: &ir.Col{Name: a.Name, T: a.T}, T: a.T}
	if a.T == ir.Long && g.chance(50) {
		c.Default = num(-1)
	}
	m.Cols = []ir.SeriesCol{c}
	g.cols = append(cols, ir.Column{Name: a.Name, Type: ir.Dynamic}, ir.Column{Name: "TimeGenerated", Type: ir.Dynamic})
	return append(before, m)
}

func (g *generator) nested() []ir.Op {
	var cols []ir.Column
	t := &ir.TopNested{}
	for range 1 + g.IntN(2) {
		of, ok := g.col(ir.String).(*ir.Col)
		if !ok {
			return nil
		}
		l := ir.NestedLevel{N: -1, Of: ir.Named{Name: g.fresh(), X: of}, By: g.agg(), Asc: g.chance(50)}
		if g.chance(50) {
			l.N = int64(g.IntN(3))
		}
		if g.chance(40) {
			l.Others = &ir.Lit{Value: ir.Value{Type: ir.String, V: "others"}}
		}
		t.Levels = append(t.Levels, l)
		cols = append(cols, ir.Column{Name: l.Of.Name, Type: ir.String}, ir.Column{Name: l.By.Name, Type: l.By.T})
	}
	g.cols = cols
	return []ir.Op{t}
}

func (g *generator) partition() []ir.Op {
	key, ok := g.col(ir.String).(*ir.Col)
	sort, ordered := g.inOrder()
	if !ok || !ordered {
		return nil
	}
	p := &ir.Partition{Key: key.Name, KeyT: ir.String, Ops: []ir.Op{&ir.Filter{Pred: g.pred(1)}, sort, &ir.Limit{N: int64(1 + g.IntN(3))}}}
	if g.chance(50) {
		p.Ops = append(p.Ops, g.aggregate()...)
	}
	return []ir.Op{p}
}

func (g *generator) scan() []ir.Op {
	sort, ok := g.inOrder()
	if !ok {
		return nil
	}
	sum := g.fresh()
	total := &ir.Arith{Op: "+", L: &ir.StepCol{Step: "s1", Name: sum, T: ir.Long}, R: num(1), T: ir.Long}
	s := &ir.Scan{MatchID: g.fresh(), Declare: []ir.ScanCol{{Name: sum, T: ir.Long, Default: num(0)}}, Steps: []ir.ScanStep{
		{Name: "s1", Cond: g.pred(1), Assigns: []ir.Named{{Name: sum, X: total}}, Output: ir.ScanOutput(g.IntN(3))},
		{Name: "s2", Cond: g.pred(1), Optional: g.chance(30), Output: ir.ScanOutput(g.IntN(3))},
		{Name: "s3", Cond: &ir.Compare{Op: g.cmp(), L: &ir.StepCol{Step: "s2", Name: "Id", T: ir.Long}, R: num(int64(g.IntN(20)))}}}}
	g.cols = append(g.cols[:len(g.cols):len(g.cols)], ir.Column{Name: sum, Type: ir.Long}, ir.Column{Name: s.MatchID, Type: ir.Long})
	return []ir.Op{sort, s}
}

// statistics groups by a text and computes what the order of equal values does not change.
func (g *generator) statistics() []ir.Op {
	a := &ir.Aggregate{}
	var cols []ir.Column
	if k, ok := g.col(ir.String).(*ir.Col); ok {
		a.Keys = []ir.Named{{Name: k.Name, X: k}}
		cols = append(cols, ir.Column{Name: k.Name, Type: ir.String})
	}
	n := g.col(ir.Long)
	for _, f := range []ir.Agg{
		{Func: ir.Percentile, Args: []ir.Expr{n, num(int64(g.IntN(101)))}, T: ir.Long},
		{Func: ir.PercentilesArray, Args: []ir.Expr{n, num(5), num(50)}, T: ir.Dynamic},
		{Func: ir.VarianceP, Args: []ir.Expr{n}, T: ir.Real},
		{Func: ir.Stdev, Args: []ir.Expr{n}, If: g.pred(1), T: ir.Real},
		{Func: ir.BinaryAllXor, Args: []ir.Expr{n}, T: ir.Long},
	} {
		f.Name = g.fresh()
		a.Aggs = append(a.Aggs, f)
		cols = append(cols, ir.Column{Name: f.Name, Type: f.T})
	}
	g.cols = cols
	return []ir.Op{a}
}
