package kql

import (
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// topNested lowers its levels: learn.microsoft.com/kusto/query/top-nested-operator.
func (l *lowerer) topNested(o *syntax.TopNested, r *relation, c *ctx) {
	op := &ir.TopNested{At: at(o)}
	used := newNameSet()
	row := &schema{}
	for _, lv := range o.Levels {
		level, ok := l.nestedLevel(lv, used, c)
		if !ok {
			l.badOp(o, r)
			return
		}
		op.Levels = append(op.Levels, level)
		row.cols = append(row.cols, ir.Column{Name: level.Of.Name, Type: ir.TypeOf(level.Of.X)}, ir.Column{Name: level.By.Name, Type: level.By.T})
	}
	r.add(op)
	r.row = row
}

func (l *lowerer) nestedLevel(lv *syntax.NestedLevel, used *nameSet, c *ctx) (ir.NestedLevel, bool) {
	out := ir.NestedLevel{N: -1, Asc: lv.By.Asc}
	if lv.N != nil {
		n, ok := l.count(lv.N, c.env)
		if !ok {
			return out, false
		}
		out.N = n
	}
	of, ok := l.item(lv.Of, c)
	if !ok || isBad(of.lifted) {
		return out, false
	}
	out.Of = ir.Named{Name: columnName(of, used), X: of.lifted}
	if lv.Others != nil {
		if out.Others = fold(l.expr(lv.Others, &ctx{row: &schema{}, env: c.env})); isBad(out.Others) {
			return out, false
		}
	}
	s := newSummary(l, c, at(lv))
	x, name := lv.By.X, "aggregated_"+out.Of.Name
	if n, ok := x.(*syntax.Named); ok {
		x, name = n.X, n.Name.Name
	}
	if !s.aggregate(x, &schema{}) {
		return out, false
	}
	if len(s.op.Aggs) != 1 || len(s.computed) > 0 || s.open {
		l.refuse(x.Span(), "anything but one aggregate in top-nested", "", "")
		return out, false
	}
	out.By = s.op.Aggs[0]
	out.By.Name = columnName(column{name: name}, used)
	return out, true
}

// topHitters counts or adds up per value and takes the largest. The language allows it to estimate; the IR is exact.
// learn.microsoft.com/kusto/query/top-hitters-operator
func (l *lowerer) topHitters(o *syntax.TopHitters, r *relation, c *ctx) {
	n, ok := l.count(o.N, c.env)
	of, good := l.item(o.Of, c)
	if !ok || !good || isBad(of.lifted) {
		l.badOp(o, r)
		return
	}
	used := newNameSet()
	key := ir.Named{Name: columnName(of, used), X: of.lifted}
	agg := ir.Agg{At: at(o), Name: columnName(column{name: "approximate_count_" + key.Name}, used), Func: ir.Count, T: ir.Long}
	if o.By != nil {
		by := l.expr(o.By, c)
		if isBad(by) {
			l.badOp(o, r)
			return
		}
		t := ir.TypeOf(by)
		if t != ir.TypeUnset && !t.Numeric() && t != ir.Timespan {
			l.fail(CodeType, o.By.Span(), "top-hitters adds up numbers, found %s", t)
			l.badOp(o, r)
			return
		}
		if t == ir.Int {
			t = ir.Long
		}
		agg = ir.Agg{At: at(o), Name: columnName(column{name: "approximate_sum_" + l.resultName(o.By)}, used), Func: ir.Sum, Args: []ir.Expr{by}, T: t}
	}
	r.add(&ir.Aggregate{At: at(o), Keys: []ir.Named{key}, Aggs: []ir.Agg{agg}},
		&ir.Sort{At: at(o), Keys: []ir.SortKey{{X: &ir.Col{At: at(o), Name: agg.Name, T: agg.T}, Desc: true}}}, &ir.Limit{At: at(o), N: n})
	r.row = &schema{cols: []ir.Column{{Name: key.Name, Type: ir.TypeOf(key.X)}, {Name: agg.Name, Type: agg.T}}}
}
