package kql

import (
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// makeSeries lowers all forms of make-series: learn.microsoft.com/kusto/query/make-series-operator.
func (l *lowerer) makeSeries(o *syntax.MakeSeries, r *relation, c *ctx) {
	op := &ir.MakeSeries{At: at(o), Closed: o.InRange}
	if text, p := option(o.Params, "kind"); p != nil {
		if text != "nonempty" {
			l.fail(CodeArguments, p.Span(), "there is no kind %s of make-series", text)
			l.badOp(o, r)
			return
		}
		op.NonEmpty = true
	}
	s := newSummary(l, c, at(o))
	s.constants = true
	if !s.keys(o.By) || !l.seriesAggs(o, op, s) || !l.seriesAxis(o, op, s) {
		l.badOp(o, r)
		return
	}
	op.Keys, op.Aggs = s.op.Keys, s.op.Aggs
	r.add(op)
	row := rowOf(op.Keys)
	for _, col := range op.Cols {
		row.cols = append(row.cols, ir.Column{Name: col.Name, Type: ir.Dynamic})
	}
	row.cols = append(row.cols, ir.Column{Name: op.Axis.Name, Type: ir.Dynamic})
	r.row = row
}

// seriesAggs lowers the items: aggregates, computations on them and constants, each with its default.
func (l *lowerer) seriesAggs(o *syntax.MakeSeries, op *ir.MakeSeries, s *summary) bool {
	for _, item := range o.Aggs {
		before, computed := len(s.out), len(s.computed)
		if !s.aggregate(item.X, rowOf(s.op.Keys)) {
			return false
		}
		if s.open {
			l.refuse(item.Span(), "all columns of a row in make-series", "", "name the columns")
			return false
		}
		var gap ir.Expr
		if item.Default != nil {
			if gap = l.expr(item.Default, &ctx{row: &schema{}, env: s.c.env}); isBad(gap) {
				return false
			}
		}
		for _, col := range s.out[before:] {
			sc := ir.SeriesCol{Name: col.Name, X: &ir.Col{At: at(item), Name: col.Name, T: col.Type}, Default: gap, T: col.Type}
			if len(s.computed) > computed {
				sc.X = s.computed[len(s.computed)-1].X
			}
			op.Cols = append(op.Cols, sc)
		}
	}
	return true
}

func (l *lowerer) seriesAxis(o *syntax.MakeSeries, op *ir.MakeSeries, s *summary) bool {
	axis, ok := l.item(o.On, s.c)
	if !ok || isBad(axis.lifted) {
		return false
	}
	op.Axis = ir.Named{Name: columnName(axis, s.used), X: axis.lifted}
	op.AxisType = ir.TypeOf(axis.lifted)
	for _, end := range []struct {
		x  syntax.Expr
		to *ir.Expr
	}{{o.From, &op.From}, {o.To, &op.To}, {o.Step, &op.Step}} {
		if end.x == nil {
			continue
		}
		v := fold(l.expr(end.x, &ctx{row: &schema{}, env: s.c.env}))
		if isBad(v) {
			return false
		}
		*end.to = v
		if !l.seriesEnd(op.AxisType, v, end.to == &op.Step) {
			return false
		}
	}
	return true
}

// seriesEnd checks an end or the step of the range against the axis.
func (l *lowerer) seriesEnd(axis ir.Type, v ir.Expr, step bool) bool {
	t, want := ir.TypeOf(v), axis
	if step && axis == ir.Datetime {
		want = ir.Timespan
	}
	if t != ir.TypeUnset && axis != ir.TypeUnset && axis != ir.Dynamic && t != want && !(t.Numeric() && want.Numeric()) {
		l.fail(CodeType, v.Span(), "the axis is %s, a %s does not fit it", axis, t)
		return false
	}
	if lit, ok := v.(*ir.Lit); ok && step && !positive(lit.Value) {
		l.fail(CodeType, v.Span(), "the step of make-series must be positive")
		return false
	}
	return true
}
