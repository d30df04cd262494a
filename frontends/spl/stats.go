package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// statsCommand lowers stats, eventstats and streamstats.
func (l *lowerer) statsCommand(r *rows, c *syntax.Stats) *rows {
	switch strings.ToLower(c.Name.Text) {
	case "stats":
		l.onlyOptions(c.Options, "partitions", "allnum=f", "dedup_splitvals", "delim")
		l.delimiter(c)
		if isTrue(c.Options.Get("dedup_splitvals"), false) {
			l.uniqueSplits(r, c.By, c)
		}
		return l.stats(r, l.spread(r, c.Aggs, c.By, c), c.By, c, true)
	case "eventstats":
		l.onlyOptions(c.Options, "allnum=f")
		return l.eventstats(r, c)
	}
	return l.streamstats(r, c)
}

// delimiter refuses delim= where it matters: it stands between the values of list and values when they become one text ([stats-command]).
func (l *lowerer) delimiter(c *syntax.Stats) {
	v := c.Options.Get("delim")
	lists := func(g *syntax.Agg) bool {
		return g.Func != nil && (strings.EqualFold(g.Func.Text, "list") || strings.EqualFold(g.Func.Text, "values"))
	}
	if v != nil && slices.ContainsFunc(c.Aggs, lists) {
		l.refuse(v, CodeUnsupported, "delim with list or values is not evaluated", "it stands between the values where they are one text, and a field holds several values here")
	}
}

// uniqueSplits counts a repeated value of a multivalue BY field once for an event ([dedup_splitvals]).
func (l *lowerer) uniqueSplits(r *rows, by []*syntax.Name, n syntax.Node) {
	if l.wrong("dedup-splitvals-is-ignored") {
		return
	}
	e := &ir.Extend{At: at(n)}
	for _, k := range by {
		x := l.col(r, k.Text, k).x
		unique := call("set_union", ir.Dynamic, at(n), x)
		e.Cols = append(e.Cols, ir.Named{Name: k.Text, X: choose(ir.Dynamic, x, ir.Branch{If: isArray(x), Then: unique})})
	}
	r.add(e)
	for _, k := range by {
		r.know(k.Text)
	}
}

// statsWork is one stats command in work.
type statsWork struct {
	*lowerer
	base  *rows // the rows that are counted; several pipelines read them
	keys  []string
	n     syntax.Node
	agg   *ir.Aggregate
	after []ir.Named // computed on the groups: one per result column
	sides []*rows    // aggregates that need a pipeline of their own: keys and one column each
	run   *running   // for streamstats, which has running aggregates in place of agg and sides
	span  float64    // the seconds of a bin of timechart, 0 elsewhere
}

// stats groups rows: no BY is one row, also on no input; rows without a BY field are in no group, and a multivalue BY field puts
// a row into the group of each of its values (stats command).
func (l *lowerer) stats(r *rows, aggs []*syntax.Agg, by []*syntax.Name, n syntax.Node, expand bool) *rows {
	return l.statsIn(r, aggs, by, n, expand, 0)
}

// statsIn is stats of bins that are span seconds long.
func (l *lowerer) statsIn(r *rows, aggs []*syntax.Agg, by []*syntax.Name, n syntax.Node, expand bool, span float64) *rows {
	a := at(n)
	if slices.ContainsFunc(aggs, func(g *syntax.Agg) bool { return g.Func != nil && ordered[strings.ToLower(g.Func.Text)] }) {
		l.inOrder(r, n)
	}
	w := &statsWork{lowerer: l, base: r, n: n, agg: &ir.Aggregate{At: a}, span: span}
	for _, k := range by {
		w.keys = append(w.keys, k.Text)
		key := l.col(r, k.Text, k)
		if expand && !l.wrong("by-multivalue-is-one-group") {
			r.add(&ir.Expand{At: at(k), Name: k.Text, X: key.x})
			r.know(k.Text)
			key = l.col(r, k.Text, k)
		}
		if !l.wrong("stats-by-keeps-absent") {
			r.add(&ir.Filter{At: at(k), Pred: not(isNull(key.x))})
		}
	}
	l.bind(r)
	for _, k := range by {
		w.agg.Keys = append(w.agg.Keys, ir.Named{Name: k.Text, X: l.text(l.col(r, k.Text, k))})
	}
	for _, g := range aggs {
		w.add(g)
	}
	return w.result()
}

// ordered are the functions that depend on the order of the rows. Read-only.
var ordered = map[string]bool{"first": true, "last": true, "list": true}

// result is the groups with the columns of all aggregations.
func (w *statsWork) result() *rows {
	a := at(w.n)
	out := &rows{from: w.base.from, ops: slices.Clone(w.base.ops), cols: slices.Clone(w.keys)}
	out.add(w.agg)
	if w.wrong("stats-on-nothing-is-nothing") && len(w.keys) == 0 {
		rows := w.helper()
		w.agg.Aggs = append(w.agg.Aggs, ir.Agg{At: a, Name: rows, Func: ir.Count, T: ir.Long})
		out.add(&ir.Filter{At: a, Pred: &ir.Compare{At: a, Op: ir.Gt, L: &ir.Col{At: a, Name: rows, T: ir.Long}, R: lit(ir.Long, int64(0), a)}})
	}
	if w.wrong("stats-by-stops-at-ten-thousand") {
		out.add(&ir.Limit{At: a, N: 10000})
	}
	for _, s := range w.sides {
		w.joinSide(out, s, w.keys, a)
	}
	out.add(&ir.Extend{At: a, Cols: w.after})
	for _, c := range w.after {
		out.know(c.Name)
	}
	w.keep(out, a)
	return out
}

// joinSide adds the columns of a side pipeline to groups by their keys; groups without a partner have null.
func (l *lowerer) joinSide(out, side *rows, keys []string, a ir.At) {
	join := &ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true}
	for _, k := range keys {
		join.On = append(join.On, ir.JoinKey{Left: k, Right: k})
	}
	if len(keys) == 0 {
		left, right := l.helper(), l.helper()
		one := lit(ir.Long, int64(1), a)
		out.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: left, X: one}}})
		side.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: right, X: one}}})
		join.On = []ir.JoinKey{{Left: left, Right: right}}
	}
	join.Right = side.pipe()
	out.add(join)
}

// column adds an aggregate under a helper name and returns it as an expression.
func (w *statsWork) column(f ir.AggFunc, t ir.Type, cond ir.Expr, limit int64, args ...ir.Expr) ir.Expr {
	if w.run != nil {
		return w.runningColumn(f, t, cond, limit, false, args...)
	}
	name := w.helper()
	w.agg.Aggs = append(w.agg.Aggs, ir.Agg{At: at(w.n), Name: name, Func: f, Args: args, If: cond, Cap: limit, T: t})
	return &ir.Col{At: at(w.n), Name: name, T: t}
}

func (w *statsWork) name(g *syntax.Agg, x ir.Expr) {
	name := g.Column()
	if name == "count" && w.wrong("count-column-is-count-star") {
		name = "count(*)"
	}
	w.after = append(w.after, ir.Named{Name: name, X: x})
}

// add lowers one aggregation (searchbnf.conf [stats-func], "Statistical and charting functions").
func (w *statsWork) add(g *syntax.Agg) {
	if g.Func == nil || g.Spark || g.Prefix || g.Arg != nil && g.Arg.Wild() {
		w.refuse(g, CodeUnsupported, "this aggregation is not evaluated", "a sparkline is a drawing, PREFIX reads the terms of the index")
		return
	}
	f := strings.ToLower(g.Func.Text)
	if f == "count" || f == "c" {
		w.count(g)
		return
	}
	var v val
	switch {
	case g.Eval != nil:
		v = w.expr(w.base, g.Eval)
	case g.Arg != nil:
		v = w.col(w.base, g.Arg.Text, g.Arg)
	}
	if v.x == nil {
		w.unsupported(g.Func, "the aggregation "+g.Func.Text+" without a field")
		return
	}
	v = w.once(w.base, v)
	switch f {
	case "sum", "avg", "mean", "range", "sumsq":
		w.numeric(g, f, v)
	case "min", "max":
		w.extremes(g, f, v)
	case "dc", "distinct_count":
		w.distinct(g, v)
	case "values", "list":
		w.name(g, w.collect(g, f, v))
	case "first", "last":
		w.name(g, w.edge(v, (f == "last") != w.wrong("first-is-the-oldest")))
	case "earliest", "latest":
		w.byTime(g, f, v)
	case "stdev", "stdevp", "var", "varp":
		w.deviation(g, f, v)
	default:
		w.lessUsual(g, f, v)
	}
}

// lessUsual lowers the aggregations that need a rule of their own.
func (w *statsWork) lessUsual(g *syntax.Agg, f string, v val) {
	if percent, ok := percentage(f); ok {
		w.percentile(g, f, percent, v)
		return
	}
	switch f {
	case "mode":
		w.mode(g, v)
	case "earliest_time", "latest_time":
		w.name(g, w.stored(w.timeOf(f, v)))
	case "rate":
		w.rate(g, v)
	case "per_second", "per_minute", "per_hour", "per_day":
		w.per(g, f, v)
	default:
		w.refuse(g.Func, CodeUnsupported, "the aggregation "+g.Func.Text+" is not evaluated", unevaluatedAggregations[f])
	}
}

func (w *statsWork) count(g *syntax.Agg) {
	var cond ir.Expr
	switch {
	case g.Eval != nil && !w.wrong("count-eval-counts-all"):
		cond = w.bool(w.base, g.Eval)
	case g.Arg != nil && !w.wrong("count-field-counts-rows"):
		cond = not(isNull(w.col(w.base, g.Arg.Text, g.Arg).x))
	}
	w.name(g, w.column(ir.Count, ir.Long, cond, 0))
}

func (w *statsWork) stored(v ir.Expr) ir.Expr { return w.lowerer.stored(val{x: v, k: numKind}) }

func (w *statsWork) numeric(g *syntax.Agg, f string, v val) {
	x := w.num(v)
	is := isNumber(v, w.lowerer)
	a := at(g)
	switch f {
	case "sum":
		n := w.column(ir.Count, ir.Long, is, 0)
		sum := w.column(ir.Sum, ir.Real, is, 0, x)
		w.name(g, choose(ir.Dynamic, w.stored(sum), ir.Branch{If: &ir.Compare{At: a, Op: ir.Eq, L: n, R: lit(ir.Long, int64(0), a)}, Then: null(a)}))
	case "sumsq":
		w.name(g, w.stored(w.column(ir.Sum, ir.Real, is, 0, &ir.Arith{At: a, Op: "*", L: x, R: x, T: ir.Real})))
	case "avg", "mean":
		if w.wrong("avg-counts-absent-as-zero") {
			x, is = &ir.Fill{At: a, X: x, With: ir.Value{Type: ir.Real, V: 0.0}}, nil
		}
		n := w.column(ir.Count, ir.Long, isNumber(v, w.lowerer), 0)
		mean := w.stored(w.column(ir.Avg, ir.Real, is, 0, x))
		w.name(g, choose(ir.Dynamic, mean, ir.Branch{If: &ir.Compare{At: a, Op: ir.Eq, L: n, R: lit(ir.Long, int64(0), a)}, Then: null(a)}))
	case "range":
		if w.wrong("range-is-the-count") {
			w.name(g, w.column(ir.Count, ir.Long, is, 0))
			return
		}
		most, least := w.column(ir.Max, ir.Real, is, 0, x), w.column(ir.Min, ir.Real, is, 0, x)
		w.name(g, w.stored(&ir.Arith{At: a, Op: "-", L: most, R: least, T: ir.Real}))
	}
}

// extremes are min and max: numeric if all values are numbers, else lexicographic.
func (w *statsWork) extremes(g *syntax.Agg, f string, v val) {
	fn := map[string]ir.AggFunc{"min": ir.Min, "max": ir.Max}[f]
	is := isNumber(v, w.lowerer)
	a := at(g)
	asNumber := w.stored(w.column(fn, ir.Real, is, 0, w.num(v)))
	asText := w.column(fn, ir.String, not(isNull(v.x)), 0, w.text(v))
	texts := w.column(ir.Count, ir.Long, and(not(isNull(v.x)), not(is)), 0)
	switch {
	case w.wrong("min-is-lexicographic"):
		w.name(g, asText)
	case w.wrong("min-of-text-is-null"):
		w.name(g, asNumber)
	default:
		any := &ir.Compare{At: a, Op: ir.Gt, L: texts, R: lit(ir.Long, int64(0), a)}
		w.name(g, choose(ir.Dynamic, asNumber, ir.Branch{If: any, Then: asText}))
	}
}

// side begins a pipeline over the counted rows with one row per value of v, and returns it with the column of the value.
func (w *statsWork) side(v val, each bool) (*rows, *ir.Col) {
	name := w.helper()
	a := at(w.n)
	s := &rows{from: w.base.from, ops: slices.Clone(w.base.ops), cols: w.base.cols, open: w.base.open}
	x := w.lowerer.stored(v)
	s.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: name, X: x}}})
	if each {
		s.add(&ir.Expand{At: a, Name: name, X: &ir.Col{At: a, Name: name, T: ir.Dynamic}})
	}
	return s, &ir.Col{At: a, Name: name, T: ir.Dynamic}
}

func (w *statsWork) groupKeys() []ir.Named {
	var out []ir.Named
	for _, k := range w.agg.Keys {
		out = append(out, ir.Named{Name: k.Name, X: k.X})
	}
	return out
}

// distinct is dc: distinct values as text, each value of a multivalue field for itself; absent values do not count.
func (w *statsWork) distinct(g *syntax.Agg, v val) {
	a := at(g)
	if w.run != nil {
		w.name(g, w.runningValues("dc", v))
		return
	}
	s, x := w.side(v, !w.wrong("dc-ignores-multivalue"))
	value := w.text(val{x: x})
	switch {
	case w.wrong("dc-compares-numbers"):
		value = w.num(val{x: x})
	case w.wrong("dc-counts-absent") || w.wrong("dc-eval-counts-null"):
		value = &ir.Fill{At: a, X: value, With: ir.Value{Type: ir.String, V: ""}}
	}
	var cond ir.Expr
	if w.wrong("dc-ignores-multivalue") {
		cond = not(isArray(x))
	}
	n := w.helper()
	s.add(&ir.Aggregate{At: a, Keys: w.groupKeys(), Aggs: []ir.Agg{{At: a, Name: n, Func: ir.DCount, Args: []ir.Expr{value}, If: cond, T: ir.Long}}})
	w.sides = append(w.sides, s)
	w.name(g, &ir.Fill{At: a, X: &ir.Col{At: a, Name: n, T: ir.Long}, With: ir.Value{Type: ir.Long, V: int64(0)}})
}

// listCap is list_maxsize (limits.conf [stats]).
const listCap = 100

// collect is values and list: texts; values are distinct and in lexicographic order, a list has the first 100 in their order.
func (w *statsWork) collect(g *syntax.Agg, f string, v val) ir.Expr {
	a := at(g)
	if w.run != nil {
		return w.runningValues(f, v)
	}
	s, x := w.side(v, true)
	text := w.text(val{x: x})
	if w.wrong("values-eval-keeps-null") {
		text = &ir.Fill{At: a, X: text, With: ir.Value{Type: ir.String, V: ""}}
	}
	t := w.helper()
	s.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: t, X: text}}}, &ir.Filter{At: a, Pred: not(isNull(&ir.Col{At: a, Name: t, T: ir.String}))})
	tc := &ir.Col{At: a, Name: t, T: ir.String}
	limit := int64(0)
	if f == "list" && !w.wrong("list-is-unlimited") || w.wrong("values-capped-at-one-hundred") {
		limit = listCap
	}
	keys := w.groupKeys()
	if f == "values" && !w.wrong("values-keeps-repeats") || w.wrong("list-removes-repeats") {
		s.add(&ir.Aggregate{At: a, Keys: append(slices.Clone(keys), ir.Named{Name: t, X: tc})})
		keys = w.keyColumns()
	}
	switch {
	case f == "list" || w.wrong("values-unsorted"):
	case w.wrong("values-sorts-numbers"):
		s.add(&ir.Sort{At: a, Keys: []ir.SortKey{{X: w.num(val{x: tc})}}})
	default:
		s.add(&ir.Sort{At: a, Keys: []ir.SortKey{{X: tc}}})
	}
	out := w.helper()
	s.add(&ir.Aggregate{At: a, Keys: keys, Aggs: []ir.Agg{{At: a, Name: out, Func: ir.MakeList, Args: []ir.Expr{tc}, Cap: limit, T: ir.Dynamic}}})
	w.sides = append(w.sides, s)
	return oneOrMany(&ir.Col{At: a, Name: out, T: ir.Dynamic})
}

// oneOrMany turns an array into what a field holds: nothing, one value, or a multivalue.
func oneOrMany(x ir.Expr) ir.Expr {
	a := ir.At{S: x.Span()}
	size := func(n int64) ir.Expr {
		return &ir.Compare{At: a, Op: ir.Eq, L: call("array_length", ir.Long, a, x), R: lit(ir.Long, n, a)}
	}
	return choose(ir.Dynamic, x, ir.Branch{If: size(0), Then: null(a)}, ir.Branch{If: size(1), Then: &ir.Access{At: a, X: x, Steps: []ir.Step{{IsIndex: true}}}})
}

// edge is the first or last value in the order of the rows.
func (w *statsWork) edge(v val, last bool) ir.Expr {
	if w.run != nil {
		f := map[bool]ir.AggFunc{false: ir.ArgMin, true: ir.ArgMax}[last]
		return w.column(f, ir.Dynamic, not(isNull(v.x)), 0, w.run.row, w.lowerer.stored(v))
	}
	index := 0
	if last {
		index = -1
	}
	list := w.column(ir.MakeList, ir.Dynamic, not(isNull(v.x)), 0, w.lowerer.stored(v))
	return &ir.Access{At: at(w.n), X: list, Steps: []ir.Step{{Index: index, IsIndex: true}}}
}

// byTime is earliest and latest: the value of the event with the least or greatest _time that has one.
func (w *statsWork) byTime(g *syntax.Agg, f string, v val) {
	if w.wrong("earliest-is-the-first-seen") {
		w.name(g, w.edge(v, f == "latest"))
		return
	}
	fn := map[string]ir.AggFunc{"earliest": ir.ArgMin, "latest": ir.ArgMax}[f]
	t := w.col(w.base, "_time", g)
	cond := and(not(isNull(v.x)), isNumber(t, w.lowerer))
	w.name(g, w.column(fn, ir.Dynamic, cond, 0, w.num(t), w.lowerer.stored(v)))
}

// deviation is stdev and var in two passes: the mean of each group, then the squares of the distances from it.
func (w *statsWork) deviation(g *syntax.Agg, f string, v val) {
	a := at(g)
	if w.run != nil {
		w.name(g, w.runningDeviation(f, v))
		return
	}
	x := w.helper()
	numbers := func() *rows {
		s := &rows{from: w.base.from, ops: slices.Clone(w.base.ops), cols: w.keys}
		s.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: x, X: w.num(v)}}}, &ir.Filter{At: a, Pred: not(isNull(&ir.Col{At: a, Name: x, T: ir.Real}))})
		p := &ir.Project{At: a, Cols: append(w.groupKeys(), ir.Named{Name: x, X: &ir.Col{At: a, Name: x, T: ir.Real}})}
		s.add(p)
		return s
	}
	xc := &ir.Col{At: a, Name: x, T: ir.Real}
	mean, squares, n := w.helper(), w.helper(), w.helper()
	means := numbers()
	means.add(&ir.Aggregate{At: a, Keys: w.keyColumns(), Aggs: []ir.Agg{{At: a, Name: mean, Func: ir.Avg, Args: []ir.Expr{xc}, T: ir.Real}}})
	s := numbers()
	w.joinSide(s, means, w.keys, a)
	d := &ir.Arith{At: a, Op: "-", L: xc, R: &ir.Col{At: a, Name: mean, T: ir.Real}, T: ir.Real}
	s.add(&ir.Aggregate{At: a, Keys: w.keyColumns(), Aggs: []ir.Agg{
		{At: a, Name: squares, Func: ir.Sum, Args: []ir.Expr{&ir.Arith{At: a, Op: "*", L: d, R: d, T: ir.Real}}, T: ir.Real},
		{At: a, Name: n, Func: ir.Count, T: ir.Long}}})
	w.sides = append(w.sides, s)
	den := ir.Expr(&ir.Cast{At: a, To: ir.Real, X: &ir.Col{At: a, Name: n, T: ir.Long}})
	if sample := f == "stdev" || f == "var"; sample && !w.wrong("stdev-is-of-the-population") {
		den = &ir.Arith{At: a, Op: "-", L: den, R: lit(ir.Real, 1.0, a), T: ir.Real}
	}
	value := ir.Expr(&ir.Arith{At: a, Op: "/", L: &ir.Col{At: a, Name: squares, T: ir.Real}, R: den, T: ir.Real})
	if strings.HasPrefix(f, "stdev") {
		value = call("sqrt", ir.Real, a, value)
	}
	none := &ir.Compare{At: a, Op: ir.Le, L: den, R: lit(ir.Real, 0.0, a)}
	w.name(g, choose(ir.Dynamic, w.stored(value), ir.Branch{If: none, Then: null(a)}))
}

// eventstats adds the result of each row's group to the row. No page says what it does with rows that lack a BY field.
func (l *lowerer) eventstats(r *rows, c *syntax.Stats) *rows {
	if !l.known(r, c) {
		return r
	}
	a := at(c)
	fields := slices.Clone(r.cols)
	ordered := r.newestFirst
	name := l.bind(r)
	sub := &rows{from: &ir.Ref{Name: name}, cols: slices.Clone(fields), newestFirst: ordered, sorted: r.sorted}
	groups := l.stats(sub, l.spread(sub, c.Aggs, c.By, c), c.By, c, false)
	if l.wrong("eventstats-reduces-the-rows") {
		return groups
	}
	var keys []string
	p := &ir.Project{At: a}
	for _, k := range c.By {
		left := l.helper()
		r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: left, X: l.text(l.col(r, k.Text, k))}}})
		p.Cols = append(p.Cols, ir.Named{Name: left, X: &ir.Col{At: a, Name: k.Text, T: ir.String}})
		keys = append(keys, left)
	}
	var result []ir.Named
	for _, g := range groups.cols[len(c.By):] {
		h := l.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: a, Name: g, T: ir.Dynamic}})
		result = append(result, ir.Named{Name: g, X: &ir.Col{At: a, Name: h, T: ir.Dynamic}})
	}
	groups.add(p)
	l.joinSide(r, groups, keys, a)
	r.add(&ir.Extend{At: a, Cols: result})
	for _, g := range result {
		r.know(g.Name)
	}
	l.keep(r, a)
	return r
}
