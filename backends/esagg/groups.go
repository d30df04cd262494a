package esagg

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// groups writes the aggregation and what follows it.
func (e *emitter) groups(ops []ir.Op, body object, out *emit.Output) {
	e.columns = map[string]column{}
	body["size"] = 0
	var level object // the aggregations of the composite's buckets
	var rest []ir.Op
	switch o := ops[0].(type) {
	case *ir.Aggregate:
		level, rest = e.aggregate(o, body), ops[1:]
	case *ir.Threshold:
		e.limit, e.metric = o.Limit, o.Metric
		level, rest = e.aggregate(o.Agg, body), ops[1:]
		e.selector(level, o.Pred)
	case *ir.Baseline:
		level, rest = e.baseline(o, ops[1:], body)
	default:
		e.r.Use(factNone, o, o.Span(), ir.OpName(o))
		return
	}
	for _, o := range rest {
		e.after(o, level)
	}
	if rows, ok := rowsOf(body); ok {
		if _, paged := rows["composite"]; paged {
			out.Paging = "rows"
		}
		if len(level) == 0 {
			delete(rows, "aggs")
		}
	}
	out.Elided = append(out.Elided, e.elided...)
	for _, c := range e.in.Query.Columns {
		col, ok := e.columns[c.Name]
		if !ok {
			e.r.Use(factNone, ops[0], ops[0].Span(), "the column "+c.Name)
			continue
		}
		if col.cut {
			out.Caps = append(out.Caps, emit.Cap{What: "values of a set (terms)", N: setSize, Column: c.Name})
		}
		if col.absent {
			out.Elided = append(out.Elided, c.Name+": aggregations cannot compute it")
		}
		out.Columns = append(out.Columns, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: col.path, Decode: col.decode})
	}
}

// aggregate writes keys as a composite and aggregates below it, and returns the aggregations of its buckets.
func (e *emitter) aggregate(a *ir.Aggregate, body object) object {
	e.r.Use(factComposite, a, a.S, "summarize")
	level := object{}
	for i := range a.Aggs {
		e.metricOf(&a.Aggs[i], "", level)
	}
	if len(a.Keys) == 0 {
		// One bucket over everything, also over nothing: KQL's one row.
		body["aggs"] = object{"rows": object{"filter": object{"match_all": object{}}, "aggs": level}}
		return level
	}
	body["aggs"] = object{"rows": e.composite(a.Keys, level)}
	return level
}

// grouped reports whether the columns have keys: a selector needs buckets to choose from.
func (e *emitter) grouped() bool {
	for _, c := range e.columns {
		if strings.HasPrefix(c.path, "key.") {
			return true
		}
	}
	return false
}

func (e *emitter) composite(keys []ir.Named, level object) object {
	var sources []any
	for _, k := range keys {
		x := e.inline(k.X)
		sources = append(sources, object{k.Name: e.key(x)})
		c := column{path: "key." + k.Name}
		if ir.TypeOf(x) == ir.Datetime {
			c.decode = "epoch milliseconds"
		}
		e.columns[k.Name] = c
	}
	return object{"composite": object{"size": pageSize, "sources": sources}, "aggs": level}
}

func (e *emitter) key(x ir.Expr) object {
	if e.ofElement(x) {
		e.r.Use(factElement, x, x.Span(), "a key of an element")
		return object{}
	}
	switch x := x.(type) {
	case *ir.Field:
		return object{"terms": object{"field": e.fieldName(x), "missing_bucket": true}}
	case *ir.Bin:
		f, ok := x.X.(*ir.Field)
		w, isSpan := x.Width.V.(int64)
		if ok && isSpan && w > 0 && w%ir.Millisecond == 0 && ir.TypeOf(f) == ir.Datetime {
			return e.histogram(x, f, w/ir.Millisecond)
		}
	}
	e.r.Use(factScript, x, x.Span(), "a computed key")
	return object{"terms": object{"script": source(program("return " + e.value(x) + ";"))}}
}

// yearOne is 0001-01-01 in milliseconds before 1970: KQL's bins count from there, fixed intervals from 1970.
const yearOne = 62_135_596_800_000

func (e *emitter) histogram(b *ir.Bin, f *ir.Field, ms int64) object {
	e.r.Use(factHistogram, b, b.S, "bin")
	h := object{"field": e.fieldName(f), "fixed_interval": interval(ms), "missing_bucket": true}
	if off := (ms - yearOne%ms) % ms; off != 0 {
		h["offset"] = fmt.Sprintf("+%dms", off)
	}
	return object{"date_histogram": h}
}

func interval(ms int64) string {
	for _, u := range []struct {
		ms int64
		n  string
	}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "m"}, {1000, "s"}} {
		if ms%u.ms == 0 {
			return fmt.Sprintf("%d%s", ms/u.ms, u.n)
		}
	}
	return fmt.Sprintf("%dms", ms)
}

// node is the query's own aggregate for one that was composed from it: a drift is told of a node that the query has.
func (e *emitter) node(g *ir.Agg) *ir.Agg {
	if o := e.origin[g]; o != nil {
		return o
	}
	return g
}

// metricOf writes one aggregate below a bucket; prefix is the path from the row's bucket to it.
func (e *emitter) metricOf(g *ir.Agg, prefix string, level object) {
	name := g.Name
	if g.Func == ir.MakeBag || len(g.Args) > 0 && g.Func != ir.Count && e.isBag(g.Args[0]) {
		e.r.Use(factNoBag, e.node(g), g.S, g.Name+" = "+string(g.Func))
		e.columns[name] = column{absent: true}
		return
	}
	if g.If == nil {
		e.plainMetric(g, prefix, prefix, level)
		return
	}
	cond := e.inline(g.If)
	if e.ofElement(cond) {
		e.r.Use(factElement, e.node(g), g.S, string(g.Func))
		return
	}
	inner := object{}
	e.plainMetric(g, prefix+name+".", prefix+name+">", inner)
	agg := object{"filter": e.query(cond)}
	if len(inner) > 0 {
		agg["aggs"] = inner
	}
	level[name] = agg
}

func (e *emitter) isBag(x ir.Expr) bool {
	switch x := e.inline(x).(type) {
	case *ir.Pack:
		return true
	case *ir.Col:
		return e.columns[x.Name].absent
	}
	return false
}

func (e *emitter) plainMetric(g *ir.Agg, prefix, bucket string, level object) {
	name := g.Name
	if g.Func == ir.Count {
		e.r.Use(factCount, e.node(g), g.S, "count()")
		if e.expand != nil {
			e.r.Use(factElement, e.node(g), g.S, "count()")
		}
		e.columns[name] = column{path: prefix + "doc_count", bucket: bucket + "_count"}
		return
	}
	if len(g.Args) == 0 {
		e.r.Use(factNone, e.node(g), g.S, string(g.Func))
		return
	}
	x := e.inline(g.Args[0])
	if e.ofElement(x) && g.Func != ir.MakeSet && g.Func != ir.DCount {
		e.r.Use(factElement, e.node(g), g.S, string(g.Func))
		return
	}
	c := column{path: prefix + name + ".value", bucket: bucket + name}
	switch g.Func {
	case ir.Min, ir.Max, ir.Sum, ir.Avg:
		doubles := false
		if c, ok := x.(*ir.Cast); ok && c.To == ir.Real && number(ir.TypeOf(c.X)) {
			x, doubles = c.X, true // metrics are computed in doubles as it is
		}
		f, ok := x.(*ir.Field)
		if !ok || ir.TypeOf(f) == ir.String || stringField(f) {
			e.r.Use(factNone, e.node(g), g.S, string(g.Func)+" of text or of a computed value")
			return
		}
		switch {
		case g.Func == ir.Avg && !e.known.Present[g]:
			e.r.Use(factAvg, e.node(g), g.S, "avg")
		case g.Func != ir.Avg && ir.TypeOf(f) == ir.Long && !doubles:
			e.r.Use(factMetricLong, e.node(g), g.S, string(g.Func))
		default:
			e.r.Use(factMetric, e.node(g), g.S, string(g.Func))
		}
		if ir.TypeOf(f) == ir.Datetime {
			c.decode = "epoch milliseconds"
		}
		level[name] = object{string(g.Func): object{"field": e.fieldName(f)}}
	case ir.DCount:
		e.dcount(g)
		body := e.valuesOf(x)
		body["precision_threshold"] = 40000
		level[name] = object{"cardinality": body}
	case ir.MakeSet:
		size := int64(setSize)
		if g.Cap > 0 && g.Cap <= setSize {
			size = g.Cap
			e.r.Use(factSetCap, e.node(g), g.S, "make_set")
		} else {
			e.r.Use(factSet, e.node(g), g.S, "make_set")
			c.cut = true
		}
		body := e.valuesOf(x)
		body["size"] = size
		level[name] = object{"terms": body}
		c.path, c.decode, c.bucket = prefix+name+".buckets[].key", "one value per bucket", ""
	default:
		e.r.Use(factNone, e.node(g), g.S, string(g.Func))
		return
	}
	e.columns[name] = c
}

func number(t ir.Type) bool { return t == ir.Int || t == ir.Long || t == ir.Real }

// dcount records the estimate: compared with a small literal only the column itself may differ.
func (e *emitter) dcount(g *ir.Agg) {
	if n, ok := e.limit.V.(int64); ok && e.metric == g.Name && n <= 500 {
		if col := e.in.Leaving(g.Name); col != nil {
			e.r.Use(factDCount, col, g.S, "dcount")
			return
		}
	}
	e.r.Use(factDCount, e.node(g), g.S, "dcount")
}

// valuesOf is the field or the script whose values an aggregation collects.
func (e *emitter) valuesOf(x ir.Expr) object {
	if f, ok := x.(*ir.Field); ok {
		return object{"field": e.fieldName(f)}
	}
	e.r.Use(factScript, x, x.Span(), "computed values")
	if e.ofElement(x) {
		return object{"script": source(program("return els(doc);", e.elements(e.value(x))))}
	}
	return object{"script": source(program("return " + e.value(x) + ";"))}
}

// selector keeps the buckets for which a condition on their own columns holds.
func (e *emitter) selector(level object, pred ir.Expr) {
	paths := object{}
	if !e.grouped() {
		e.r.Use(factNone, pred, pred.Span(), "a threshold without groups")
		return
	}
	test := e.selectorTest(pred, paths, false)
	e.r.Use(factSelector, pred, pred.Span(), "a threshold")
	name := "threshold"
	for i := 2; level[name] != nil; i++ {
		name = fmt.Sprintf("threshold_%d", i)
	}
	level[name] = object{"bucket_selector": object{"buckets_path": paths, "script": test}}
}

func (e *emitter) selectorTest(x ir.Expr, paths object, neg bool) string {
	side := func(x ir.Expr) string {
		switch x := x.(type) {
		case *ir.Col:
			if c := e.columns[x.Name]; c.bucket != "" {
				n := fmt.Sprintf("p%d", len(paths))
				for k, v := range paths {
					if v == c.bucket {
						n = k
					}
				}
				paths[n] = c.bucket
				return "params." + n
			}
		case *ir.Lit:
			switch v := x.Value.V.(type) {
			case int64:
				return fmt.Sprint(v)
			case float64:
				return x.Value.String()
			}
		}
		return e.none(x, "a condition on "+what(x))
	}
	join := func(xs []ir.Expr, and bool) string {
		parts := make([]string, len(xs))
		for i, y := range xs {
			parts[i] = e.selectorTest(y, paths, neg)
		}
		return "(" + strings.Join(parts, map[bool]string{true: " && ", false: " || "}[and]) + ")"
	}
	switch x := x.(type) {
	case *ir.Compare:
		t := side(x.L) + " " + x.Op.String() + " " + side(x.R)
		if neg {
			return "!(" + t + ")"
		}
		return t
	case *ir.And:
		return join(x.Xs, !neg)
	case *ir.Or:
		return join(x.Xs, neg)
	case *ir.Not:
		return e.selectorTest(x.X, paths, !neg)
	}
	return e.none(x, "this condition on a group")
}

// after takes an op that follows the aggregation.
func (e *emitter) after(o ir.Op, level object) {
	switch o := o.(type) {
	case *ir.Filter:
		e.selector(level, o.Pred)
	case *ir.Sort:
		e.r.Use(factOrder, o, o.S, "order by")
	case *ir.Extend:
		e.copies(o.Cols)
	case *ir.Project:
		e.copies(o.Cols)
	default:
		e.r.Use(factNone, o, o.Span(), ir.OpName(o)+" after an aggregation")
	}
}

// copies gives columns that repeat others their path; what is computed is left out and said so.
func (e *emitter) copies(cols []ir.Named) {
	made := map[string]column{}
	for _, n := range cols {
		c, ok := n.X.(*ir.Col)
		if ok {
			if from, known := e.columns[c.Name]; known {
				made[n.Name] = from
				continue
			}
		}
		e.r.Use(factPost, n.X, n.X.Span(), n.Name)
		made[n.Name] = column{absent: true}
	}
	for n, c := range made {
		e.columns[n] = c
	}
}

func rowsOf(body object) (object, bool) {
	aggs, ok := body["aggs"].(object)
	if !ok {
		return nil, false
	}
	rows, ok := aggs["rows"].(object)
	return rows, ok
}
