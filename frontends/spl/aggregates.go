package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// CodeEstimate notes a result that Splunk estimates, or chooses by a rule that no page tells.
const CodeEstimate diag.Code = "SPLIN-ESTIMATE"

func (l *lowerer) estimate(n syntax.Node, message, why string) {
	l.diags.Add(diag.Diagnostic{Code: CodeEstimate, Severity: diag.Warning, Source: l.src, Span: n.Span(), Message: message, Why: why})
}

// percentiles are the functions that take a percentage in their name, the longest first. Read-only.
var percentiles = []string{"exactperc", "upperperc", "perc", "p"}

// percentage is the number in the name of a percentile function; the median is the fiftieth.
func percentage(f string) (float64, bool) {
	if f == "median" {
		return 50, true
	}
	for _, p := range percentiles {
		if digits, ok := strings.CutPrefix(f, p); ok {
			n, err := strconv.ParseFloat(digits, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// rankStep moves a percentage so little that only a rank that is a whole number moves to the next one; it is for at most as many
// values as the evaluator holds.
const rankStep = 1e-9

// percentile is the nearest rank, a value of the field ("Aggregate functions": below 1,000 distinct values). No page tells which of
// the two middle values is taken when the percentage of the count is a whole number; it is the higher one here.
func (w *statsWork) percentile(g *syntax.Agg, f string, percent float64, v val) {
	if percent <= 0 || percent > 100 {
		w.unsupported(g.Func, "the percentage of "+g.Func.Text)
		return
	}
	why := "with 1,000 distinct values or more Splunk estimates (exactperc does not); where the percentage of the number of values is a whole number, the higher value is taken here"
	if strings.HasPrefix(f, "exactperc") {
		why = "where the percentage of the number of values is a whole number, the higher value is taken here"
	}
	w.estimate(g.Func, g.Func.Text+" is the nearest rank here", why)
	switch {
	case w.wrong("percentile-is-the-mean"):
		w.name(g, w.stored(w.column(ir.Avg, ir.Real, isNumber(v, w.lowerer), 0, w.num(v))))
		return
	case w.wrong("percentile-is-the-maximum"):
		percent = 100
	}
	rank := lit(ir.Real, min(100, percent+rankStep), at(g))
	w.name(g, w.stored(w.column(ir.Percentile, ir.Real, isNumber(v, w.lowerer), 0, w.num(v), rank)))
}

// mode is the most frequent value, as text; no page tells which one of equally frequent values.
func (w *statsWork) mode(g *syntax.Agg, v val) {
	a := at(g)
	if w.run != nil {
		w.unsupported(g.Func, "the aggregation mode of streamstats")
		return
	}
	w.estimate(g.Func, "of equally frequent values, mode is the first one here", "no page tells which one Splunk returns")
	s, x := w.side(v, true)
	value, count, out := w.helper(), w.helper(), w.helper()
	vc := &ir.Col{At: a, Name: value, T: ir.String}
	s.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: value, X: w.text(val{x: x})}}}, &ir.Filter{At: a, Pred: not(isNull(vc))})
	s.add(&ir.Aggregate{At: a, Keys: append(w.groupKeys(), ir.Named{Name: value, X: vc}), Aggs: []ir.Agg{{At: a, Name: count, Func: ir.Count, T: ir.Long}}})
	f := ir.ArgMax
	if w.wrong("mode-is-the-rarest") {
		f = ir.ArgMin
	}
	s.add(&ir.Aggregate{At: a, Keys: w.keyColumns(), Aggs: []ir.Agg{{At: a, Name: out, Func: f, Args: []ir.Expr{&ir.Col{At: a, Name: count, T: ir.Long}, vc}, T: ir.String}}})
	w.sides = append(w.sides, s)
	w.name(g, &ir.Col{At: a, Name: out, T: ir.String})
}

// keyColumns are the keys of groups that were grouped once.
func (w *statsWork) keyColumns() []ir.Named {
	var out []ir.Named
	for _, k := range w.keys {
		out = append(out, ir.Named{Name: k, X: &ir.Col{At: at(w.n), Name: k, T: ir.String}})
	}
	return out
}

// timeOf is earliest_time and latest_time: the least or greatest _time of the events that have a value.
func (w *statsWork) timeOf(f string, v val) ir.Expr {
	fn := map[string]ir.AggFunc{"earliest_time": ir.Min, "latest_time": ir.Max}[f]
	t := w.col(w.base, "_time", w.n)
	present := not(isNull(v.x))
	if w.wrong("earliest-time-is-of-all-events") {
		present = nil
	}
	return w.column(fn, ir.Real, present, 0, w.num(t))
}

// rate is the change of a value per second: between its earliest and its latest number, null unless their times differ.
func (w *statsWork) rate(g *syntax.Agg, v val) {
	a := at(g)
	n := val{x: w.num(v), k: numKind}
	t := w.num(w.col(w.base, "_time", g))
	is := and(isNumber(v, w.lowerer), not(isNull(t)))
	first, last := w.column(ir.ArgMin, ir.Real, is, 0, t, n.x), w.column(ir.ArgMax, ir.Real, is, 0, t, n.x)
	change := &ir.Arith{At: a, Op: "-", L: last, R: first, T: ir.Real}
	seconds := &ir.Arith{At: a, Op: "-", L: w.column(ir.Max, ir.Real, is, 0, t), R: w.column(ir.Min, ir.Real, is, 0, t), T: ir.Real}
	if w.wrong("rate-is-the-change") {
		w.name(g, w.stored(change))
		return
	}
	same := &ir.Compare{At: a, Op: ir.Eq, L: seconds, R: lit(ir.Real, 0.0, a)}
	w.name(g, choose(ir.Dynamic, w.stored(&ir.Arith{At: a, Op: "/", L: change, R: seconds, T: ir.Real}), ir.Branch{If: same, Then: null(a)}))
}

// perUnit are the functions of timechart that say a sum per unit of time, in seconds. Read-only.
var perUnit = map[string]float64{"per_second": 1, "per_minute": 60, "per_hour": 3600, "per_day": 86400}

// per is a sum, divided by the units of time in a bin of span seconds.
func (w *statsWork) per(g *syntax.Agg, f string, v val) {
	a := at(g)
	if w.span == 0 {
		w.unsupported(g.Func, "the aggregation "+g.Func.Text+" outside of timechart")
		return
	}
	factor := perUnit[f] / w.span
	if w.wrong("per-unit-is-the-sum") {
		factor = 1
	}
	is := isNumber(v, w.lowerer)
	n := w.column(ir.Count, ir.Long, is, 0)
	sum := &ir.Arith{At: a, Op: "*", L: w.column(ir.Sum, ir.Real, is, 0, w.num(v)), R: lit(ir.Real, factor, a), T: ir.Real}
	w.name(g, choose(ir.Dynamic, w.stored(sum), ir.Branch{If: &ir.Compare{At: a, Op: ir.Eq, L: n, R: lit(ir.Long, int64(0), a)}, Then: null(a)}))
}

// spread replaces an aggregation of a pattern by one for each field that it means: values(*) AS *. Fields of BY are left out, and so
// are internal ones, which no page includes: they are refused.
func (l *lowerer) spread(r *rows, aggs []*syntax.Agg, by []*syntax.Name, c syntax.Command) []*syntax.Agg {
	var out []*syntax.Agg
	for _, g := range aggs {
		if g.Func == nil || g.Arg == nil || g.Spark || g.Prefix || !g.Arg.Wild() {
			out = append(out, g)
			continue
		}
		if !l.known(r, c) {
			return nil
		}
		re := wildcardGroups(g.Arg.Text)
		for _, f := range r.cols {
			m := re.FindStringSubmatch(f)
			if m == nil || strings.HasPrefix(f, "\x00") || slices.ContainsFunc(by, func(n *syntax.Name) bool { return n.Text == f }) {
				continue
			}
			if strings.HasPrefix(f, "_") && !strings.HasPrefix(g.Arg.Text, "_") {
				l.refuse(g.Arg, CodeUnsupported, "a pattern that may mean the internal field "+f+" is not evaluated", "put table with the names before it")
				return nil
			}
			one := *g
			one.Arg = &syntax.Name{Text: f, Quoted: true}
			if g.As != nil {
				one.As = &syntax.Name{Text: fillWildcards(g.As.Text, m[1:])}
			}
			out = append(out, &one)
			if l.wrong("a-pattern-means-one-field") {
				break
			}
		}
	}
	return out
}
