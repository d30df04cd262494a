package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// spanSeconds are the units of fixed length. Read-only.
var spanSeconds = map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

// zeroWithoutRows are the functions that are 0 without rows. Read-only.
var zeroWithoutRows = map[string]bool{"count": true, "c": true, "dc": true, "distinct_count": true}

// bounds are the range of a search's time, nil where it has no end.
type bounds struct{ from, to ir.Expr }

// chart is one timechart in work.
type chart struct {
	*lowerer
	c     *syntax.Timechart
	opts  syntax.OptionList
	width int64 // seconds of a bin
	aggs  []*syntax.Agg
}

// timechart is bin and stats by _time with a row for every bin of the search's range, or of the events when it has none: count and
// dc are 0 in a bin without events, the others absent. With BY every value of the field is a column.
func (l *lowerer) timechart(r *rows, c *syntax.Timechart) *rows {
	t := &chart{lowerer: l, c: c, opts: slices.Concat(c.Options, c.Split), aggs: c.Aggs}
	l.onlyOptions(t.opts, "span", "aligntime", "fixedrange", "cont", "partial", "dedup_splitvals", "limit", "agg", "sep", "format", "useother", "usenull", "nullstr", "otherstr")
	span := t.opts.Get("span")
	if span == nil {
		l.refuse(c.Name, CodeUnsupported, "timechart without span is not evaluated", "its bins depend on the range of the search: one page says at most 300 of them, another 100, and none which widths there are")
		return r
	}
	if t.width = binSeconds(span.Text); t.width == 0 {
		l.refuse(span, CodeUnsupported, "the span "+span.Text+" is not evaluated", "no page tells where bins of several days or of weeks begin; 1w@w0 says it")
		return r
	}
	l.bin(r, &syntax.Bin{Options: t.binOptions(), Field: &syntax.Name{Text: "_time"}})
	if c.By != nil {
		return t.split(r)
	}
	groups := l.statsIn(r, c.Aggs, []*syntax.Name{{Text: "_time"}}, c, false, float64(t.width))
	if t.sparse() {
		t.wholeBins(groups)
		return groups
	}
	l.bind(groups)
	bins := t.bins(groups)
	t.fill(bins, groups, []string{"_time"}, groups.cols[1:])
	t.wholeBins(bins)
	return bins
}

// binSeconds is the length of the bins of a span, 0 for one whose bins are not known.
func binSeconds(span string) int64 {
	if _, ok := weekStart(span); ok {
		return spanSeconds["w"]
	}
	n, unit, ok := syntax.ParseSpan(span)
	if !ok || unit == "d" && n != 1 || unit == "w" {
		return 0
	}
	return int64(n) * spanSeconds[unit]
}

// wholeBins drops the bins that reach beyond the range of the search when partial=f ([partial]).
func (t *chart) wholeBins(out *rows) {
	v := t.opts.Get("partial")
	if isTrue(v, true) || t.wrong("partial-is-ignored") {
		return
	}
	if t.searched.from == nil || t.searched.to == nil {
		t.refuse(v, CodeUnsupported, "partial=f without a range of the search is not evaluated", "which bins are partial depends on it: write earliest and latest")
		return
	}
	a := at(t.c)
	start := t.num(t.col(out, "_time", t.c))
	end := &ir.Arith{At: a, Op: "+", L: start, R: lit(ir.Real, float64(t.width), a), T: ir.Real}
	out.add(&ir.Filter{At: a, Pred: and(&ir.Compare{At: a, Op: ir.Ge, L: start, R: t.searched.from}, &ir.Compare{At: a, Op: ir.Le, L: end, R: t.searched.to})})
}

// sparse says that bins without events make no row.
func (t *chart) sparse() bool {
	return t.wrong("timechart-skips-empty-bins") || !isTrue(t.opts.Get("cont"), true) && !t.wrong("cont-is-ignored")
}

func (t *chart) binOptions() syntax.OptionList {
	return slices.DeleteFunc(slices.Clone(t.opts), func(o *syntax.Option) bool { return o.Name.Text != "span" && o.Name.Text != "aligntime" })
}

// bins are one row for each bin of the groups' range, or of the search's when that is larger.
func (t *chart) bins(groups *rows) *rows {
	a := at(t.c)
	first, last := t.helper(), t.helper()
	x := t.num(t.col(groups, "_time", t.c))
	out := &rows{from: groups.from, cols: []string{"_time"}, sorted: true}
	out.add(&ir.Aggregate{At: a, Aggs: []ir.Agg{{At: a, Name: first, Func: ir.Min, Args: []ir.Expr{x}, T: ir.Real}, {At: a, Name: last, Func: ir.Max, Args: []ir.Expr{x}, T: ir.Real}}},
		&ir.Filter{At: a, Pred: not(isNull(&ir.Col{At: a, Name: first, T: ir.Real}))})
	from, to := ir.Expr(&ir.Col{At: a, Name: first, T: ir.Real}), ir.Expr(&ir.Col{At: a, Name: last, T: ir.Real})
	if isTrue(t.opts.Get("fixedrange"), true) && !t.wrong("timechart-ends-with-the-events") || t.wrong("fixedrange-is-ignored") {
		from = t.outermost(from, t.searched.from, 0, ir.Lt)
		to = t.outermost(to, t.searched.to, justBefore, ir.Gt)
	}
	long := func(x ir.Expr) ir.Expr { return &ir.Cast{At: a, To: ir.Long, X: x} }
	list := call("range", ir.Dynamic, a, long(from), long(to), lit(ir.Long, t.width, a))
	out.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: "_time", X: list}}},
		&ir.Expand{At: a, Name: "_time", X: &ir.Col{At: a, Name: "_time", T: ir.Dynamic}},
		&ir.Project{At: a, Cols: []ir.Named{{Name: "_time", X: &ir.Cast{At: a, To: ir.String, X: &ir.Col{At: a, Name: "_time", T: ir.Dynamic}}}}})
	return out
}

// justBefore is less than the distance of two times that Splunk tells apart, in seconds: the range ends before its latest.
const justBefore = 1e-6

// outermost is the bin of an end of the search's range if it lies beyond the events' own.
func (t *chart) outermost(own, end ir.Expr, back float64, beyond ir.CmpOp) ir.Expr {
	if end == nil {
		return own
	}
	a := at(t.c)
	edge := t.binOf(&ir.Arith{At: a, Op: "-", L: end, R: lit(ir.Real, back, a), T: ir.Real}, t.binOptions(), t.c)
	return choose(ir.Real, own, ir.Branch{If: &ir.Compare{At: a, Op: beyond, L: edge, R: own}, Then: edge})
}

// fill joins the groups to the rows that have their keys, with 0 in place of an absent count.
func (t *chart) fill(out, groups *rows, keys, results []string) {
	a := at(t.c)
	join := &ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true, Right: groups.pipe()}
	p, e := &ir.Project{At: a}, &ir.Extend{At: a}
	for _, k := range keys {
		h := t.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: a, Name: k, T: ir.String}})
		join.On = append(join.On, ir.JoinKey{Left: k, Right: h})
	}
	for _, g := range results {
		h := t.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: a, Name: g, T: ir.Dynamic}})
		x := ir.Expr(&ir.Col{At: a, Name: h, T: ir.Dynamic})
		if t.zero(g) {
			x = firstOf(x, lit(ir.Long, int64(0), a))
		}
		e.Cols = append(e.Cols, ir.Named{Name: g, X: x})
		out.know(g)
	}
	groups.add(p)
	join.Right = groups.pipe()
	out.add(join, e)
	t.keep(out, a)
}

// zero reports whether a result is 0 without rows.
func (t *chart) zero(result string) bool {
	i := slices.IndexFunc(t.aggs, func(g *syntax.Agg) bool { return g.Column() == result })
	return i >= 0 && t.aggs[i].Func != nil && zeroWithoutRows[strings.ToLower(t.aggs[i].Func.Text)]
}
