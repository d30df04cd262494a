package esagg

import (
	"fmt"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

type spanT = diag.Span

// unixEpochMs is 1970-01-01 in milliseconds since 0001-01-01, from where Bin counts.
const unixEpochMs = 62_135_596_800_000

func (w *writer) aggregate(a *ir.Aggregate, th *ir.Threshold, paths map[string]emit.OutColumn) obj {
	if len(a.Keys) == 0 {
		w.refuse(a, "an aggregation without keys")
		return obj{}
	}
	sources := []any{}
	for _, k := range a.Keys {
		sources = append(sources, obj{k.Name: w.key(k.X)})
		c := emit.OutColumn{Path: "key." + k.Name}
		if ir.TypeOf(k.X) == ir.Datetime {
			c.Decode = "epoch milliseconds"
		}
		paths[k.Name] = c
	}
	aggs, metric := obj{}, map[string]string{}
	for i := range a.Aggs {
		w.agg(&a.Aggs[i], aggs, metric, paths)
	}
	if th != nil {
		w.threshold(th, aggs, metric)
	}
	out := obj{"composite": obj{"size": 1000, "sources": sources}}
	if len(aggs) > 0 {
		out["aggs"] = aggs
	}
	return out
}

func (w *writer) key(e ir.Expr) obj {
	switch e := e.(type) {
	case *ir.Fill:
		if f, ok := w.field(e.X); ok && e.With.V == "" && f.Info.Type != "date" {
			return obj{"terms": obj{"script": script(f)}}
		}
	case *ir.Bin:
		f, ok := w.field(e.X)
		width, isTicks := e.Width.V.(int64)
		if ok && isTicks && f.Info.Type == "date" && width > 0 && width%ir.Millisecond == 0 {
			ms := width / ir.Millisecond
			h := obj{"field": f.Name, "fixed_interval": fmt.Sprintf("%dms", ms), "missing_bucket": true}
			if off := (ms - unixEpochMs%ms) % ms; off != 0 {
				h["offset"] = fmt.Sprintf("+%dms", off)
			}
			return obj{"date_histogram": h}
		}
	case *ir.Field:
		if f, ok := w.field(e); ok {
			return obj{"terms": obj{"field": f.Name, "missing_bucket": true}}
		}
	}
	w.refuse(e, "this key")
	return obj{}
}

func (w *writer) agg(a *ir.Agg, aggs obj, metric map[string]string, paths map[string]emit.OutColumn) {
	switch {
	case !plainName.MatchString(a.Name) || a.If != nil:
	case a.Func == ir.Count:
		metric[a.Name], paths[a.Name] = "_count", emit.OutColumn{Path: "doc_count"}
		return
	case len(a.Args) == 1 && (a.Func == ir.DCount || a.Func == ir.Min || a.Func == ir.Max):
		if w.metric(a, aggs) {
			c := emit.OutColumn{Path: a.Name + ".value"}
			if a.T == ir.Datetime {
				c.Decode = "epoch milliseconds"
			}
			metric[a.Name], paths[a.Name] = a.Name, c
			return
		}
	}
	w.refuse(a, string(a.Func)+" "+a.Name)
}

func (w *writer) metric(a *ir.Agg, aggs obj) bool {
	if a.Func != ir.DCount {
		f, ok := w.field(a.Args[0])
		if !ok || f.Info.Type != "date" {
			return false
		}
		aggs[a.Name] = obj{string(a.Func): obj{"field": f.Name}}
		return true
	}
	body := obj{"precision_threshold": 40000}
	x := a.Args[0]
	if fill, ok := x.(*ir.Fill); ok && fill.With.V == "" {
		f, ok := w.field(fill.X)
		if !ok {
			return false
		}
		body["script"] = script(f)
	} else if f, ok := w.field(x); ok {
		body["field"] = f.Name
	} else {
		return false
	}
	aggs[a.Name] = obj{"cardinality": body}
	return w.r.Use(distinct, a, a.Span(), a.Name)
}

var selectors = map[ir.CmpOp]string{ir.Eq: "==", ir.Ne: "!=", ir.Lt: "<", ir.Le: "<=", ir.Gt: ">", ir.Ge: ">="}

func (w *writer) threshold(t *ir.Threshold, aggs obj, metric map[string]string) {
	c, isCmp := t.Pred.(*ir.Compare)
	if isCmp {
		col, isCol := c.L.(*ir.Col)
		lit, isLit := c.R.(*ir.Lit)
		if isCol && isLit && metric[col.Name] != "" {
			if n, ok := lit.Value.V.(int64); ok && lit.Value.Type.Numeric() && selectors[c.Op] != "" {
				if _, taken := aggs["huntc_threshold"]; !taken {
					aggs["huntc_threshold"] = obj{"bucket_selector": obj{"buckets_path": obj{"m": metric[col.Name]},
						"script": obj{"source": "params.m " + selectors[c.Op] + " params.limit", "params": obj{"limit": n}}}}
					return
				}
			}
		}
	}
	w.refuse(t, "this threshold")
}
