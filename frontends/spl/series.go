package spl

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// split is timechart BY: a column for each value of the field that is among the ten with the greatest sum, one for the others and
// one for the events without the field ([tc-option], [where-clause]). The columns are known only from the data.
func (t *chart) split(r *rows) *rows {
	a := at(t.c)
	t.estimate(t.c.By, "values of "+t.c.By.Text+" that are numbers are series of their own here", "Splunk puts numbers into ranges by default, by a rule that no page tells ([split-by-clause])")
	name := t.seriesName()
	series := t.helper()
	if isTrue(t.opts.Get("dedup_splitvals"), false) {
		t.uniqueSplits(r, []*syntax.Name{t.c.By}, t.c)
	}
	key := t.col(r, t.c.By.Text, t.c.By)
	r.add(&ir.Expand{At: a, Name: series, X: t.oneAbsent(key.x)})
	r.know(series)
	sc := &ir.Col{At: a, Name: series, T: ir.Dynamic}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: series, X: t.text(val{x: sc})}}})
	t.bind(r)
	chosen := t.chosen(r, series)
	t.relabel(r, chosen, series)
	by := []*syntax.Name{{Text: "_time"}, {Text: series}}
	groups := t.statsIn(r, t.aggs, by, t.c, false, float64(t.width))
	t.bind(groups)
	grid := t.grid(groups, series)
	results := groups.cols[2:]
	if len(results) == 0 {
		return grid // the aggregation is refused
	}
	t.fill(grid, groups, []string{"_time", series}, results)
	t.wholeBins(grid)
	return t.pivot(grid, series, results, name)
}

// oneAbsent is what Expand makes rows of: null is one.
func (t *chart) oneAbsent(x ir.Expr) ir.Expr {
	a := at(t.c)
	none := &ir.List{At: a, Elems: []ir.Expr{null(a)}}
	return choose(ir.Dynamic, &ir.List{At: a, Elems: []ir.Expr{x}}, ir.Branch{If: isNull(x), Then: none}, ir.Branch{If: isArray(x), Then: x})
}

// criterion says which series become columns: those whose score is among the first n, or (un)like a bound.
type criterion struct {
	f      ir.AggFunc // what is made of the values of a series
	n      int64      // 0 for all when op is ""
	bottom bool
	not    bool
	op     string
	bound  float64
	events bool // the score is the number of events
}

var (
	limitText  = regexp.MustCompile(`^(top|bottom)?(\d+)$`)
	whereRank  = regexp.MustCompile(`^(\w+)\s+(in|notin)\s+(top|bottom)(\d+)$`)
	whereBound = regexp.MustCompile(`^(\w+)\s*([<>])\s*(-?[0-9.]+)$`)
)

// scoreFuncs are the functions of a score. Read-only.
var scoreFuncs = map[string]ir.AggFunc{"sum": ir.Sum, "avg": ir.Avg, "mean": ir.Avg, "max": ir.Max, "min": ir.Min}

// criterion reads limit= and agg=, or the where clause, which takes their place.
func (t *chart) criterion() (criterion, bool) {
	c := criterion{f: ir.Sum, n: 10, events: len(t.aggs) > 1}
	if t.c.Filter != nil {
		return t.whereClause(strings.ToLower(t.c.Filter.Text))
	}
	if v := t.opts.Get("limit"); v != nil && !t.wrong("timechart-limit-is-ignored") {
		m := limitText.FindStringSubmatch(strings.ToLower(v.Text))
		if m == nil {
			t.unsupported(v, "the limit "+v.Text)
			return c, false
		}
		c.n, _ = strconv.ParseInt(m[2], 10, 64)
		c.bottom = m[1] == "bottom" && !t.wrong("timechart-limit-is-always-top")
	}
	if v := t.opts.Get("agg"); v != nil && !t.wrong("timechart-agg-is-ignored") {
		f, ok := scoreFuncs[strings.ToLower(strings.TrimSpace(v.Text))]
		if !ok || len(t.aggs) > 1 {
			t.refuse(v, CodeUnsupported, "agg="+v.Text+" is not evaluated", "no page tells over which values a score other than the sum, mean, maximum or minimum of a series goes")
			return c, false
		}
		c.f = f
	}
	return c, true
}

func (t *chart) whereClause(text string) (criterion, bool) {
	c := criterion{f: ir.Sum}
	name := ""
	if m := whereRank.FindStringSubmatch(text); m != nil {
		name, c.not, c.bottom = m[1], m[2] == "notin", m[3] == "bottom"
		c.n, _ = strconv.ParseInt(m[4], 10, 64)
	} else if m := whereBound.FindStringSubmatch(text); m != nil {
		bound, err := strconv.ParseFloat(m[3], 64)
		if err == nil {
			name, c.op, c.bound = m[1], m[2], bound
		}
	}
	f, ok := scoreFuncs[name]
	if !ok || len(t.aggs) > 1 {
		t.refuse(t.c.Filter, CodeUnsupported, "this where clause of timechart is not evaluated", "no page tells over which values a score other than the sum, mean, maximum or minimum of a series goes")
		return c, false
	}
	c.f = f
	return c, true
}

// chosen are the values of the series that meet the criterion, in the column series; nil when all do.
func (t *chart) chosen(r *rows, series string) *rows {
	c, ok := t.criterion()
	if !ok || c.op == "" && c.n == 0 && !c.not || t.wrong("timechart-has-all-series") {
		return nil
	}
	a := at(t.c)
	base := &rows{from: r.from, cols: r.cols, open: r.open}
	sc := &ir.Col{At: a, Name: series, T: ir.String}
	base.add(&ir.Filter{At: a, Pred: not(isNull(sc))})
	score := t.helper()
	sum := ir.Agg{At: a, Name: score, Func: ir.Count, T: ir.Long}
	out := base
	if !c.events {
		out = t.statsIn(base, t.aggs, []*syntax.Name{{Text: "_time"}, {Text: series}}, t.c, false, float64(t.width))
		if len(out.cols) < 3 {
			return nil // the aggregation is refused
		}
		sum = ir.Agg{At: a, Name: score, Func: c.f, T: ir.Real, Args: []ir.Expr{t.num(t.col(out, out.cols[2], t.c))}}
	}
	out.add(&ir.Aggregate{At: a, Keys: []ir.Named{{Name: series, X: sc}}, Aggs: []ir.Agg{sum}})
	sx := &ir.Cast{At: a, To: ir.Real, X: &ir.Col{At: a, Name: score, T: sum.T}}
	switch {
	case c.op != "":
		op := map[string]ir.CmpOp{"<": ir.Lt, ">": ir.Gt}[c.op]
		out.add(&ir.Filter{At: a, Pred: &ir.Compare{At: a, Op: op, L: sx, R: lit(ir.Real, c.bound, a)}})
	default:
		out.add(&ir.Sort{At: a, Keys: []ir.SortKey{{X: isNull(sx)}, {X: sx, Desc: !c.bottom}, {X: sc}}})
		t.ranked(out, c)
	}
	return out
}

// ranked keeps the first n rows, or all but them.
func (t *chart) ranked(out *rows, c criterion) {
	a := at(t.c)
	if !c.not {
		out.add(&ir.Limit{At: a, N: c.n})
		return
	}
	rank := t.numbered(out, t.c)
	out.add(&ir.Filter{At: a, Pred: &ir.Compare{At: a, Op: ir.Gt, L: &ir.Col{At: a, Name: rank, T: ir.Long}, R: lit(ir.Long, c.n, a)}})
}

// relabel turns values that are not chosen into the series of the others, and absent ones into the series of these, or drops them.
func (t *chart) relabel(r, chosen *rows, series string) {
	a := at(t.c)
	sc := &ir.Col{At: a, Name: series, T: ir.String}
	label := func(option, otherwise string) ir.Expr {
		if v := t.opts.Get(option); v != nil && !t.wrong(option+"-is-ignored") {
			otherwise = v.Text
		}
		return str(otherwise, a)
	}
	// Values that begin with an underscore would be internal fields.
	x := choose(ir.String, sc, ir.Branch{If: &ir.Match{At: a, Kind: ir.Prefix, Case: ir.Exact, X: sc, Needles: []ir.Expr{str("_", a)}}, Then: call("strcat", ir.String, a, str("VALUE", a), sc)})
	var branches []ir.Branch
	if isTrue(t.opts.Get("usenull"), true) && !t.wrong("timechart-drops-absent") || t.wrong("usenull-is-ignored") {
		branches = append(branches, ir.Branch{If: isNull(sc), Then: label("nullstr", "NULL")})
	}
	if chosen != nil {
		key, mark := t.helper(), t.helper()
		chosen.add(&ir.Project{At: a, Cols: []ir.Named{{Name: key, X: sc}, {Name: mark, X: lit(ir.Bool, true, a)}}})
		r.add(&ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true, Right: chosen.pipe(), On: []ir.JoinKey{{Left: series, Right: key}}})
		r.know(mark)
		rest := and(not(isNull(sc)), isNull(&ir.Col{At: a, Name: mark, T: ir.Bool}))
		other := ir.Expr(lit(ir.String, nil, a))
		if isTrue(t.opts.Get("useother"), true) && !t.wrong("timechart-drops-the-others") || t.wrong("useother-is-ignored") {
			other = label("otherstr", "OTHER")
		}
		branches = append(branches, ir.Branch{If: rest, Then: other})
	}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: series, X: choose(ir.String, x, branches...)}}}, &ir.Filter{At: a, Pred: not(isNull(sc))})
}

// grid are all pairs of a bin and a series.
func (t *chart) grid(groups *rows, series string) *rows {
	a := at(t.c)
	bins := t.bins(groups)
	if t.sparse() {
		bins = &rows{from: groups.from, cols: []string{"_time"}, sorted: true}
		bins.add(&ir.Aggregate{At: a, Keys: []ir.Named{{Name: "_time", X: &ir.Col{At: a, Name: "_time", T: ir.String}}}})
	}
	names := &rows{from: groups.from, cols: []string{series}}
	names.add(&ir.Aggregate{At: a, Keys: []ir.Named{{Name: series, X: &ir.Col{At: a, Name: series, T: ir.String}}}})
	t.joinSide(bins, names, nil, a)
	bins.know(series)
	t.keep(bins, a)
	bins.add(&ir.Sort{At: a, Keys: []ir.SortKey{{X: t.num(t.col(bins, "_time", t.c))}, {X: &ir.Col{At: a, Name: series, T: ir.String}}}})
	return bins
}

// seriesName says how a column is called: with one aggregation by the value, with several by format= or sep=.
func (t *chart) seriesName() func(agg string, value ir.Expr) ir.Expr {
	a := at(t.c)
	format, sep := t.opts.Get("format"), t.opts.Get("sep")
	if t.wrong("timechart-format-is-ignored") {
		format, sep = nil, &syntax.Value{Text: ": "}
	}
	switch {
	case len(t.aggs) == 1:
		return func(_ string, value ir.Expr) ir.Expr { return value }
	case format != nil:
		return func(agg string, value ir.Expr) ir.Expr {
			parts := strings.Split(strings.ReplaceAll(format.Text, "$AGG$", agg), "$VAL$")
			args := []ir.Expr{str(parts[0], a)}
			for _, p := range parts[1:] {
				args = append(args, value, str(p, a))
			}
			return call("strcat", ir.String, a, args...)
		}
	case sep == nil:
		t.refuse(t.c.Aggs[1], CodeUnsupported, "several aggregations of timechart BY without sep= or format= are not evaluated", "no page tells the separator of their names")
		sep = &syntax.Value{}
	}
	return func(agg string, value ir.Expr) ir.Expr {
		return call("strcat", ir.String, a, str(agg+sep.Text, a), value)
	}
}

// pivot turns the series into columns.
func (t *chart) pivot(grid *rows, series string, results []string, name func(string, ir.Expr) ir.Expr) *rows {
	a := at(t.c)
	column, value := t.helper(), t.helper()
	long := func(from *rows, result string) *rows {
		from.add(&ir.Project{At: a, Cols: []ir.Named{{Name: "_time", X: &ir.Col{At: a, Name: "_time", T: ir.Dynamic}},
			{Name: column, X: name(result, &ir.Col{At: a, Name: series, T: ir.String})}, {Name: value, X: &ir.Col{At: a, Name: result, T: ir.Dynamic}}}})
		return from
	}
	t.bind(grid)
	out := long(&rows{from: grid.from, cols: grid.cols}, results[0])
	for _, g := range results[1:] {
		out.add(&ir.Append{At: a, Inputs: []*ir.Pipeline{long(&rows{from: grid.from, cols: grid.cols}, g).pipe()}})
	}
	out.add(&ir.Pivot{At: a, Col: column, Keys: []string{"_time"},
		Agg: ir.Agg{At: a, Func: ir.TakeAny, Args: []ir.Expr{&ir.Col{At: a, Name: value, T: ir.Dynamic}}, T: ir.Dynamic}})
	out.cols, out.open, out.sorted = []string{"_time"}, true, true
	return out
}
