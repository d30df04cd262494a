package esagg

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// baseline writes one pass over both windows: a composite over the anti-join's keys, a filter aggregation per window, a selector on
// their counts, and below the recent window the report's finer keys and its aggregates. The report is the recent side, or the Aggregate
// that follows, whose aggregates must fuse with the recent side's: min of min, max of max, set of a key.
func (e *emitter) baseline(b *ir.Baseline, rest []ir.Op, body object) (object, []ir.Op) {
	level := object{}
	n := len(b.RecentOps)
	var inner *ir.Aggregate
	if n > 0 {
		inner, _ = b.RecentOps[n-1].(*ir.Aggregate)
	}
	var report *ir.Aggregate
	if len(rest) > 0 {
		report, _ = rest[0].(*ir.Aggregate)
	}
	if inner == nil || !e.historyKeys(b, inner) {
		e.r.Use(factNone, b, b.S, "this baseline")
		return level, nil
	}
	history, recent, ok := e.counted(b)
	if !ok {
		return level, nil
	}
	e.r.Use(factBaseline, b, b.S, "a baseline")
	if !b.Recent.Covers(b.History) {
		e.filters = append(e.filters, object{"bool": object{"should": []any{recent, history}, "minimum_should_match": 1}})
	}

	fused, after := inner, rest
	if report != nil {
		fused, after = e.fuse(inner, report), rest[1:]
		e.elide(inner, fused)
	}
	var coarse, fine []ir.Named
	for _, k := range fused.Keys {
		if on(b, k.Name) {
			coarse = append(coarse, k)
		} else {
			fine = append(fine, k)
		}
	}
	if len(coarse) != len(b.On) {
		e.r.Use(factNone, b, b.S, "a baseline whose keys are not in the report")
		return level, nil
	}
	prefix, metrics := "recent.", object{}
	outer := metrics
	for _, k := range fine {
		e.r.Use(factInner, b, k.X.Span(), k.Name)
		prefix += k.Name + ".buckets[]."
		next := object{}
		terms := e.valuesOf(e.inline(k.X))
		terms["size"] = setSize
		outer[k.Name] = object{"terms": terms, "aggs": next}
		outer = next
		e.columns[k.Name] = column{path: strings.TrimSuffix(prefix, ".") + ".key"}
	}
	for i := range fused.Aggs {
		g := &fused.Aggs[i]
		e.metricOf(g, prefix, outer)
	}
	recentAgg := object{"filter": recent}
	if len(metrics) > 0 {
		recentAgg["aggs"] = metrics
	}
	level["known"], level["recent"] = object{"filter": history}, recentAgg
	level["unknown"] = object{"bucket_selector": object{"buckets_path": object{"known": "known>_count", "recent": "recent>_count"},
		"script": "params.known == 0 && params.recent > 0"}}
	saved := e.columns
	e.columns = map[string]column{}
	body["aggs"] = object{"rows": e.composite(coarse, level)}
	for n, c := range saved {
		e.columns[n] = c
	}
	return level, after
}

// counted are the conditions for a document to count on the sides of a baseline: the window, and what the side tests by itself. Columns
// that the recent side adds are defined; together with conditions they could stand for other values on the two sides.
func (e *emitter) counted(b *ir.Baseline) (history, recent object, ok bool) {
	time := e.in.Tables[e.in.Query.Root.From.(*ir.Table).Name].TimeField
	history, recent = e.window(time, b.History), e.window(time, b.Recent)
	adds, tests := false, false
	side := func(window object, ops []ir.Op) object {
		clauses := []any{window}
		for _, o := range ops {
			switch o := o.(type) {
			case *ir.Extend:
				e.define(o.Cols)
				adds = true
			case *ir.Filter:
				e.r.Use(factBool, o, o.S, "where")
				clauses = append(clauses, e.queries(ir.Conjuncts(o.Pred))...)
				tests = true
			case *ir.Aggregate:
			default:
				e.r.Use(factNone, o, o.Span(), "this operator of a baseline")
			}
		}
		if len(clauses) == 1 {
			return window
		}
		return object{"bool": object{"filter": clauses}}
	}
	history, recent = side(history, b.HistoryOps), side(recent, b.RecentOps)
	if adds && tests {
		e.r.Use(factNone, b, b.S, "a baseline whose sides add columns and test rows")
	}
	return history, recent, !adds || !tests
}

// historyKeys checks that the history side only says which keys occur, in the recent side's terms.
func (e *emitter) historyKeys(b *ir.Baseline, inner *ir.Aggregate) bool {
	n := len(b.HistoryOps)
	if n == 0 || slices.ContainsFunc(b.HistoryOps[:n-1], func(o ir.Op) bool { _, ok := o.(*ir.Filter); return !ok }) {
		return false
	}
	h, ok := b.HistoryOps[n-1].(*ir.Aggregate)
	if !ok {
		return false
	}
	for _, k := range b.On {
		l, r := ir.FindNamed(inner.Keys, k.Left), ir.FindNamed(h.Keys, k.Right)
		if l == nil || r == nil || ir.Text(l) != ir.Text(r) {
			return false
		}
	}
	return true
}

func on(b *ir.Baseline, name string) bool {
	for _, k := range b.On {
		if k.Left == name {
			return true
		}
	}
	return false
}

// elide lists what the recent side computes and the report does not need: its rows are grouped again without it.
func (e *emitter) elide(inner, fused *ir.Aggregate) {
	used := map[ir.Expr]bool{}
	for _, x := range ir.OpExprs(fused) {
		used[x] = true
	}
	for _, k := range inner.Keys {
		if !used[k.X] {
			e.elided = append(e.elided, k.Name+": the report groups again without it")
		}
	}
	for _, g := range inner.Aggs {
		if len(g.Args) > 0 && !used[g.Args[0]] {
			e.elided = append(e.elided, g.Name+": the report does without it")
		}
	}
}

// fuse composes the report's aggregates with those of the recent side.
func (e *emitter) fuse(inner, report *ir.Aggregate) *ir.Aggregate {
	out := &ir.Aggregate{At: report.At}
	for _, k := range report.Keys {
		x := k.X
		if f, ok := x.(*ir.Fill); ok {
			x = f.X
		}
		c, ok := x.(*ir.Col)
		if !ok || ir.FindNamed(inner.Keys, c.Name) == nil {
			e.r.Use(factNone, report, k.X.Span(), "the key "+k.Name)
			continue
		}
		out.Keys = append(out.Keys, ir.Named{Name: k.Name, X: ir.FindNamed(inner.Keys, c.Name)})
	}
	out.Aggs = make([]ir.Agg, 0, len(report.Aggs))
	for i := range report.Aggs {
		if f, ok := e.fuseOne(&report.Aggs[i], inner); ok {
			out.Aggs = append(out.Aggs, f)
			e.origin[&out.Aggs[len(out.Aggs)-1]] = &report.Aggs[i]
		}
	}
	return out
}

func (e *emitter) fuseOne(report *ir.Agg, inner *ir.Aggregate) (ir.Agg, bool) {
	g := *report
	if len(g.Args) == 1 && g.If == nil {
		x := g.Args[0]
		if f, ok := x.(*ir.Fill); ok {
			x = f.X
		}
		if c, ok := x.(*ir.Col); ok {
			if key := ir.FindNamed(inner.Keys, c.Name); key != nil && g.Func == ir.MakeSet {
				g.Args = []ir.Expr{key}
				return g, true
			}
			for _, i := range inner.Aggs {
				if i.Name != c.Name {
					continue
				}
				if i.Func == ir.MakeBag {
					e.r.Use(factNoBag, report, g.S, g.Name)
					e.columns[g.Name] = column{absent: true}
					return g, false
				}
				if i.Func == g.Func && i.If == nil && (g.Func == ir.Min || g.Func == ir.Max) {
					g.Args = i.Args
					return g, true
				}
			}
		}
	}
	e.r.Use(factNone, report, g.S, string(g.Func)+" of another aggregate")
	return g, false
}

func (e *emitter) window(time string, w ir.Window) object {
	r := object{}
	for _, end := range []struct {
		x            ir.Expr
		closed       bool
		open, closes string
	}{{w.From, w.FromClosed, "gt", "gte"}, {w.To, w.ToClosed, "lt", "lte"}} {
		if end.x == nil {
			continue
		}
		v, ok := e.constant(end.x)
		if !ok {
			e.none(end.x, "this end of a window")
		}
		if end.closed {
			r[end.closes] = v
		} else {
			r[end.open] = v
		}
	}
	return object{"range": object{time: r}}
}
