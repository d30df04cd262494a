package spl

import (
	"slices"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// addtotals adds the sum of the numeric fields of each row, and with col=t a row with the sum of each field; addcoltotals adds that
// row only ([addtotals-command], [addcoltotals-command]). Internal fields do not count unless they are named.
func (l *lowerer) addtotals(r *rows, c *syntax.Addtotals) {
	columns := c.Name.Text == "addcoltotals"
	l.onlyOptions(c.Options, "row", "col", "labelfield", "label", "fieldname")
	names := l.matching(r, c.Names, c)
	if len(c.Names) == 0 {
		names = slices.Clone(r.cols)
	}
	if !l.known(r, c) {
		return
	}
	explicit := func(f string) bool {
		return slices.ContainsFunc(c.Names, func(n *syntax.Name) bool { return n.Text == f })
	}
	names = slices.DeleteFunc(names, func(f string) bool {
		return internal(f) && !explicit(f) && !l.wrong("addtotals-counts-internal-fields")
	})
	summed := names
	if isTrue(c.Options.Get("row"), !columns) {
		to := "Total"
		if v := c.Options.Get("fieldname"); v != nil && !l.wrong("addtotals-ignores-fieldname") {
			to = v.Text
		}
		l.rowTotal(r, c, names, to)
		summed = append(slices.Clone(names), to)
	}
	if isTrue(c.Options.Get("col"), columns) && !l.wrong("col-is-ignored") {
		l.columnTotals(r, c, summed)
	}
}

// rowTotal is the sum of the fields that are numbers.
func (l *lowerer) rowTotal(r *rows, c *syntax.Addtotals, names []string, to string) {
	a := at(c)
	var some []ir.Expr
	var total ir.Expr = lit(ir.Real, 0.0, a)
	for _, f := range names {
		v := l.once(r, single(l.col(r, f, c), "addtotals"))
		n := &ir.Fill{At: a, X: l.num(v), With: ir.Value{Type: ir.Real, V: 0.0}}
		total = &ir.Arith{At: a, Op: "+", L: total, R: n, T: ir.Real}
		some = append(some, isNumber(v, l))
	}
	x := onlyIf(l.stored(val{x: total, k: numKind}), or(some...), "addtotals of a row without a number: no page tells its total")
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: to, X: x}}})
	r.know(to)
}

// columnTotals adds a row of the sums. A field that has no number has no sum.
func (l *lowerer) columnTotals(r *rows, c *syntax.Addtotals, names []string) {
	a := at(c)
	l.keepOrder(r, c)
	l.dropTemps(r, c)
	sub := &rows{from: &ir.Ref{Name: l.bind(r)}, cols: slices.Clone(r.cols)}
	g, e := &ir.Aggregate{At: a}, &ir.Extend{At: a}
	var cols []string
	for _, f := range names {
		v := l.once(sub, single(l.col(sub, f, c), "addtotals"))
		sum, n := l.helper(), l.helper()
		g.Aggs = append(g.Aggs, ir.Agg{At: a, Name: sum, Func: ir.Sum, Args: []ir.Expr{l.num(v)}, If: isNumber(v, l), T: ir.Real},
			ir.Agg{At: a, Name: n, Func: ir.Count, If: isNumber(v, l), T: ir.Long})
		none := &ir.Compare{At: a, Op: ir.Eq, L: &ir.Col{At: a, Name: n, T: ir.Long}, R: lit(ir.Long, int64(0), a)}
		x := l.stored(val{x: &ir.Col{At: a, Name: sum, T: ir.Real}, k: numKind})
		e.Cols = append(e.Cols, ir.Named{Name: f, X: choose(ir.Dynamic, x, ir.Branch{If: none, Then: null(a)})})
		cols = append(cols, f)
	}
	if v := c.Options.Get("labelfield"); v != nil {
		label := "Total"
		if t := c.Options.Get("label"); t != nil && !l.wrong("label-is-ignored") {
			label = t.Text
		}
		e.Cols = append(e.Cols, ir.Named{Name: v.Text, X: str(label, a)})
		cols = append(cols, v.Text)
	}
	sub.add(g, e)
	sub.cols, sub.temps = nil, nil
	sub.know(cols...)
	l.keep(sub, a)
	sorted := r.sorted
	l.addRows(r, sub, c)
	r.sorted = sorted
}
