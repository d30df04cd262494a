package esagg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// Backend writes search bodies.
type Backend struct{}

// Language names the target language.
func (Backend) Language() string { return "esagg" }

// Facts lists the language's table.
func (Backend) Facts() []*emit.Fact { return []*emit.Fact{core, distinct, noFlat, unsaid} }

type obj = map[string]any // encoding/json sorts the keys, so output is deterministic

type writer struct {
	in *emit.Input
	r  *emit.Report
}

// Emit writes filters followed by one Aggregate or Threshold and a renaming Project; anything else is refused.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	w := &writer{in, emit.NewReport(in)}
	out := w.query(in.Query)
	if w.r.Refused() {
		return nil, w.r
	}
	return out, w.r
}

func (w *writer) refuse(n interface{ Span() spanT }, what string) {
	w.r.Use(unsaid, n, n.Span(), what)
}

func (w *writer) query(q *ir.Query) *emit.Output {
	t, ok := q.Root.From.(*ir.Table)
	if !ok || len(q.Bindings) > 0 {
		w.refuse(q.Root.From, "this source")
		return nil
	}
	w.r.Use(core, t, t.Span(), t.Name)
	var filters []any
	var sub obj
	paths := map[string]emit.OutColumn{}
	for _, o := range q.Root.Ops {
		switch o := o.(type) {
		case *ir.Filter:
			if sub != nil {
				w.refuse(o, "a filter after the aggregation")
				return nil
			}
			filters = append(filters, w.pred(o.Pred))
		case *ir.Aggregate:
			if sub != nil {
				w.refuse(o, "a second aggregation")
				return nil
			}
			sub = w.aggregate(o, nil, paths)
		case *ir.Threshold:
			if sub != nil {
				w.refuse(o, "a second aggregation")
				return nil
			}
			sub = w.aggregate(o.Agg, o, paths)
		case *ir.Project:
			if sub == nil {
				w.refuse(o, "a projection before the aggregation")
				return nil
			}
			next := map[string]emit.OutColumn{}
			for _, c := range o.Cols {
				src, isCol := c.X.(*ir.Col)
				if !isCol {
					w.refuse(o, "a computed column after the aggregation")
					return nil
				}
				next[c.Name] = paths[src.Name]
			}
			paths = next
		default:
			w.refuse(o, fmt.Sprintf("%T", o))
			return nil
		}
	}
	if sub == nil {
		w.refuse(q.Root.From, "a query without an aggregation")
		return nil
	}
	var cols []emit.OutColumn
	for _, c := range q.Columns {
		p, ok := paths[c.Name]
		if !ok || p.Path == "" {
			w.refuse(q.Root.From, "column "+c.Name)
			return nil
		}
		cols = append(cols, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: p.Path, Decode: p.Decode})
	}
	body := obj{"size": 0, "track_total_hits": false, "query": obj{"bool": obj{"filter": filters}}, "aggs": obj{"groups": sub}}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(body); err != nil {
		w.refuse(q.Root.From, err.Error())
		return nil
	}
	return &emit.Output{Text: b.String(), Ext: "json", Columns: cols, Paging: "groups"}
}

// field checks that the field has doc values and equality that mean what the source means.
func (w *writer) field(e ir.Expr) (*ir.Field, bool) {
	f, ok := e.(*ir.Field)
	if !ok || f.Info == nil {
		w.refuse(e, "an expression that is no stored field")
		return nil, false
	}
	if f.Info.Container != "" && w.in.Target.Product == "opensearch" {
		w.r.Use(noFlat, f, f.Span(), f.Name)
		return nil, false
	}
	switch f.Info.Type {
	case "keyword", "date", "flattened":
		return f, true
	}
	w.refuse(f, f.Name+" of type "+f.Info.Type)
	return nil, false
}

func (w *writer) pred(e ir.Expr) any {
	switch e := e.(type) {
	case *ir.And:
		return obj{"bool": obj{"filter": w.preds(e.Xs)}}
	case *ir.Or:
		return obj{"bool": obj{"should": w.preds(e.Xs), "minimum_should_match": 1}}
	case *ir.Not:
		return w.not(e)
	case *ir.Absent:
		if f, ok := w.field(e.X); ok {
			return obj{"bool": obj{"must_not": []any{exists(f)}}}
		}
	case *ir.Match:
		return w.match(e)
	case *ir.Compare:
		return w.compare(e)
	default:
		w.refuse(e, fmt.Sprintf("%T", e))
	}
	return nil
}

func exists(f *ir.Field) obj { return obj{"exists": obj{"field": f.Name}} }

func (w *writer) preds(xs []ir.Expr) []any {
	out := []any{}
	for _, x := range xs {
		out = append(out, w.pred(x))
	}
	return out
}

// not keeps strict nulls: an absent field makes the condition null, so it must exist.
func (w *writer) not(e *ir.Not) any {
	m, ok := e.X.(*ir.Match)
	if !ok {
		w.refuse(e, "not of anything but a match")
		return nil
	}
	p := w.pred(m)
	if f, isField := m.X.(*ir.Field); isField {
		return obj{"bool": obj{"filter": []any{exists(f)}, "must_not": []any{p}}}
	}
	return nil
}

func (w *writer) match(m *ir.Match) any {
	f, ok := w.field(m.X)
	if !ok {
		return nil
	}
	if m.Kind != ir.Equal || m.Case != ir.Exact || m.All || f.Info.Type == "date" {
		w.refuse(m, "match "+m.Kind.String()+" "+m.Case.String())
		return nil
	}
	vals := []string{}
	for _, n := range m.Needles {
		s, ok := ir.ConstString(n)
		if !ok || strings.ToValidUTF8(s, "") != s {
			w.refuse(m, "a needle that is no constant text")
			return nil
		}
		vals = append(vals, s)
	}
	return obj{"terms": obj{f.Name: vals}}
}

var rangeOps = map[ir.CmpOp]string{ir.Lt: "lt", ir.Le: "lte", ir.Gt: "gt", ir.Ge: "gte"}

func (w *writer) compare(c *ir.Compare) any {
	op, ok := rangeOps[c.Op]
	f, isField := c.L.(*ir.Field)
	when, isTime := w.instant(c.R)
	if !ok || !isField || f.Info == nil || f.Info.Type != "date" || !isTime {
		w.refuse(c, "this comparison")
		return nil
	}
	return obj{"range": obj{f.Name: obj{op: when}}}
}

// instant writes now or now minus a whole number of milliseconds, the resolution of date fields.
func (w *writer) instant(e ir.Expr) (string, bool) {
	var back int64
	switch x := e.(type) {
	case *ir.Now:
	case *ir.Arith:
		l, isLit := x.R.(*ir.Lit)
		if _, isNow := x.L.(*ir.Now); !isNow || x.Op != "-" || !isLit || l.Value.Type != ir.Timespan {
			return "", false
		}
		ticks, ok := l.Value.V.(int64)
		if !ok || ticks < 0 || ticks%ir.Second != 0 {
			return "", false
		}
		back = ticks / ir.Second
	default:
		return "", false
	}
	if !w.in.Now.IsZero() {
		return w.in.Now.UTC().Add(-time.Duration(back) * time.Second).Format("2006-01-02T15:04:05.000Z"), true
	}
	switch {
	case back == 0:
		return "now", true
	case back%86400 == 0:
		return fmt.Sprintf("now-%dd", back/86400), true
	}
	return fmt.Sprintf("now-%ds", back), true
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// script reads one value, "" for absent. The field's name is a parameter, so no name can end the script.
func script(f *ir.Field) obj {
	return obj{"lang": "painless", "source": "doc[params.f].size() == 0 ? '' : doc[params.f].value", "params": obj{"f": f.Name}}
}
