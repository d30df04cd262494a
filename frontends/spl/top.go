package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// ranking is one top or rare in work.
type ranking struct {
	*lowerer
	c              *syntax.Top
	count, percent string
	fields, by     []string
	limit          int64
	desc           bool
}

// top counts the combinations of values and keeps the most (or, for rare, the least) frequent, for each combination of the BY fields
// (searchbnf.conf [top-command], [top-opt]).
func (l *lowerer) top(r *rows, c *syntax.Top) *rows {
	l.onlyOptions(c.Options, "limit", "showperc", "showcount", "countfield", "percentfield", "useother", "otherstr")
	l.note(c, "events without one of the fields are left out")
	t := &ranking{lowerer: l, c: c, count: topOption(c, "countfield", "count"), percent: topOption(c, "percentfield", "percent")}
	t.fields, t.by = namesOf(c.Fields), namesOf(c.By)
	if l.wrong("top-ignores-by") {
		t.by = nil
	}
	t.limit = number(c.N, number(c.Options.Get("limit"), 10))
	t.desc = (strings.ToLower(c.Name.Text) == "rare") == (l.wrong("rare-is-top") || l.wrong("top-is-rare"))
	a := at(c)
	agg := &syntax.Agg{Func: &syntax.Name{Text: "count"}, As: &syntax.Name{Text: t.count}}
	agg.At = c.At
	out := l.stats(r, []*syntax.Agg{agg}, slices.Concat(c.By, c.Fields), c, true)
	t.shares(out)
	out.add(&ir.Sort{At: a, Keys: []ir.SortKey{{X: t.counted(), Desc: t.desc}}})
	out.sorted = true
	t.cut(out)
	if !isTrue(c.Options.Get("showcount"), true) {
		out.cols = slices.DeleteFunc(out.cols, func(x string) bool { return x == t.count })
	}
	if !isTrue(c.Options.Get("showperc"), true) {
		out.cols = slices.DeleteFunc(out.cols, func(x string) bool { return x == t.percent })
	}
	l.keep(out, a)
	return out
}

func topOption(c *syntax.Top, name, otherwise string) string {
	if v := c.Options.Get(name); v != nil {
		return v.Text
	}
	return otherwise
}

func namesOf(names []*syntax.Name) []string {
	var out []string
	for _, n := range names {
		out = append(out, n.Text)
	}
	return out
}

func (t *ranking) counted() ir.Expr { return &ir.Col{At: at(t.c), Name: t.count, T: ir.Long} }

func (t *ranking) groupKeys() (keys []ir.Expr) {
	for _, k := range t.by {
		keys = append(keys, &ir.Col{At: at(t.c), Name: k, T: ir.String})
	}
	return keys
}

// shares adds each combination's part of all counted events of its group.
func (t *ranking) shares(out *rows) {
	a := at(t.c)
	bound := t.bind(out)
	total := t.helper()
	side := &rows{from: &ir.Ref{Name: bound}}
	agg := &ir.Aggregate{At: a, Aggs: []ir.Agg{{At: a, Name: total, Func: ir.Sum, Args: []ir.Expr{t.counted()}, T: ir.Real}}}
	for i, k := range t.groupKeys() {
		agg.Keys = append(agg.Keys, ir.Named{Name: t.by[i], X: k})
	}
	side.add(agg)
	t.joinSide(out, side, t.by, a)
	hundredfold := &ir.Arith{At: a, Op: "*", L: &ir.Cast{At: a, To: ir.Real, X: t.counted()}, R: lit(ir.Real, 100.0, a), T: ir.Real}
	share := &ir.Arith{At: a, Op: "/", L: hundredfold, R: &ir.Col{At: a, Name: total, T: ir.Real}, T: ir.Real}
	out.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: t.percent, X: t.stored(val{x: share, k: numKind})}}})
	out.know(t.percent)
}

// cut keeps the first combinations of each group, and with useother a row that stands for the others.
func (t *ranking) cut(out *rows) {
	a := at(t.c)
	switch {
	case t.limit == 0 && t.wrong("top-limit-zero-is-none"):
		out.add(&ir.Limit{At: a, N: 0})
		return
	case t.limit <= 0 || t.wrong("top-is-unlimited"):
		return
	}
	rank := t.runningCount(out, t.c, t.groupKeys(), false)
	out.know(rank)
	bound := t.bind(out)
	within := &ir.Compare{At: a, Op: ir.Le, L: &ir.Col{At: a, Name: rank, T: ir.Long}, R: lit(ir.Long, t.limit, a)}
	out.add(&ir.Filter{At: a, Pred: within})
	if isTrue(t.c.Options.Get("useother"), false) && !t.wrong("useother-of-top-is-ignored") {
		if len(t.fields) > 1 {
			t.unconfirmed(t.c.Options.Get("useother"), "useother with several fields")
		}
		others := t.others(&rows{from: &ir.Ref{Name: bound}}, not(within))
		out.add(&ir.Append{At: a, Inputs: []*ir.Pipeline{others.pipe()}})
	}
	out.cols = slices.DeleteFunc(out.cols, func(x string) bool { return x == rank })
}

// others is one row for each group in place of the combinations that are cut off.
func (t *ranking) others(side *rows, beyond ir.Expr) *rows {
	a := at(t.c)
	share := t.helper()
	agg := &ir.Aggregate{At: a, Aggs: []ir.Agg{{At: a, Name: t.count, Func: ir.Sum, Args: []ir.Expr{t.counted()}, T: ir.Long},
		{At: a, Name: share, Func: ir.Sum, Args: []ir.Expr{t.num(val{x: &ir.Col{At: a, Name: t.percent, T: ir.Dynamic}})}, T: ir.Real}}}
	for i, k := range t.groupKeys() {
		agg.Keys = append(agg.Keys, ir.Named{Name: t.by[i], X: k})
	}
	label := topOption(t.c, "otherstr", "OTHER")
	if t.wrong("otherstr-of-top-is-ignored") {
		label = "OTHER"
	}
	some := &ir.Compare{At: a, Op: ir.Gt, L: t.counted(), R: lit(ir.Long, int64(0), a)}
	e := &ir.Extend{At: a, Cols: []ir.Named{{Name: t.percent, X: t.stored(val{x: &ir.Col{At: a, Name: share, T: ir.Real}, k: numKind})}}}
	for _, f := range t.fields {
		e.Cols = append(e.Cols, ir.Named{Name: f, X: str(label, a)})
	}
	side.add(&ir.Filter{At: a, Pred: beyond}, agg, &ir.Filter{At: a, Pred: some}, e)
	return side
}
