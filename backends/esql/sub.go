package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// maxBranches is how many queries one FROM takes.
// https://www.elastic.co/docs/reference/query-languages/esql/esql-subquery
const maxBranches = 8

// yields lists the columns that a pipeline makes: what a table holds besides is no column of what follows, because the mapping names the
// fields that the query reads. ok is false where an op makes columns that are not known here.
func yields(p *ir.Pipeline) (cols []ir.Column, ok bool) {
	switch f := p.From.(type) {
	case *ir.Table:
	case *ir.Union:
		if cols, ok = yieldsAny(f.Inputs); !ok {
			return nil, false
		}
	default:
		return nil, false
	}
	for _, o := range p.Ops {
		switch o := o.(type) {
		case *ir.Filter, *ir.Sort, *ir.Limit:
		case *ir.Extend:
			cols = named(cols, o.Cols)
		case *ir.Project:
			cols = named(nil, o.Cols)
		case *ir.Aggregate:
			cols = aggregated(o)
		case *ir.Threshold:
			cols = aggregated(o.Agg)
		case *ir.Expand:
			cols = with(cols, ir.Column{Name: o.Name, Type: o.To})
		case *ir.Join:
			if o.Kind != ir.LeftAnti && o.Kind != ir.LeftSemi {
				return nil, false
			}
		case *ir.Baseline:
			cols, ok = yields(&ir.Pipeline{From: p.From, Ops: o.RecentOps})
			if !ok {
				return nil, false
			}
		case *ir.Append:
			more, ok := yieldsAny(o.Inputs)
			if !ok {
				return nil, false
			}
			for _, c := range more {
				cols = with(cols, c)
			}
		default:
			return nil, false
		}
	}
	return cols, true
}

// yieldsAny lists the columns of several pipelines, each once.
func yieldsAny(ps []*ir.Pipeline) (cols []ir.Column, ok bool) {
	for _, p := range ps {
		more, ok := yields(p)
		if !ok {
			return nil, false
		}
		for _, c := range more {
			cols = with(cols, c)
		}
	}
	return cols, true
}

func with(cols []ir.Column, c ir.Column) []ir.Column {
	for i := range cols {
		if cols[i].Name == c.Name {
			out := slices.Clone(cols)
			out[i] = c
			return out
		}
	}
	return append(slices.Clone(cols), c)
}

func named(cols []ir.Column, ns []ir.Named) []ir.Column {
	for _, n := range ns {
		cols = with(cols, ir.Column{Name: n.Name, Type: ir.TypeOf(n.X)})
	}
	return cols
}

func aggregated(a *ir.Aggregate) []ir.Column {
	cols := named(nil, a.Keys)
	for i := range a.Aggs {
		cols = with(cols, ir.Column{Name: a.Aggs[i].Name, Type: aggType(&a.Aggs[i])})
	}
	return cols
}

// inner writes a pipeline inside brackets, with the columns that it hands on. nulls are those of them that are null in all its rows.
// shared are columns of other pipelines too, which must have one type to ES|QL: a constant and a length are integers there, a count is a long.
func (e *emitter) inner(p *ir.Pipeline, cols []ir.Column, shared map[string]bool) (text string, nulls map[string]bool) {
	s := newEmitter(e.in, e.r, e.temps)
	s.known = e.known
	s.write(p)
	e.needs = append(e.needs, s.needs...)
	var names, evals []string
	for _, c := range cols {
		if s.nulls[c.Name] {
			continue
		}
		n := ident(c.Name)
		names = append(names, n)
		if convert := numberTypes[c.Type]; convert != "" && shared[c.Name] {
			evals = append(evals, n+" = "+convert+"("+n+")")
		}
	}
	if len(evals) > 0 {
		s.line("EVAL " + strings.Join(evals, ", "))
	}
	s.line("KEEP " + strings.Join(names, ", "))
	return brackets(s.lines), s.nulls
}

// union writes the rows of several pipelines as the queries of one FROM, which fills the columns that one of them lacks with null, as
// KQL does.
// https://www.elastic.co/docs/reference/query-languages/esql/esql-subquery, learn.microsoft.com/kusto/query/union-operator
func (e *emitter) union(node any, at diag.Span, inputs []*ir.Pipeline) {
	inputs = flat(inputs)
	if e.oneFrom(node, at, inputs) {
		return
	}
	if len(inputs) > maxBranches || slices.ContainsFunc(inputs, branches) {
		e.r.Use(factUnion, node, at, "a union of this shape")
		return
	}
	if !e.r.Use(factFromQuery, node, at, "union") {
		return
	}
	var texts []string
	null, filled := map[string]bool{}, map[string]bool{}
	sides, shared, why := unionColumns(inputs)
	if why != "" {
		e.r.Use(factUnion, node, at, why)
		return
	}
	for i, p := range inputs {
		text, nulls := e.inner(p, sides[i], shared)
		for _, c := range sides[i] {
			null[c.Name], filled[c.Name] = null[c.Name] || nulls[c.Name], filled[c.Name] || !nulls[c.Name]
		}
		texts = append(texts, text)
	}
	for n := range null {
		if null[n] && !filled[n] {
			e.nulls[n] = true
		}
	}
	e.line("FROM " + strings.Join(texts, ",\n    "))
}

// unionColumns lists the columns of each pipeline, and those that several have; why tells what stands against a union.
func unionColumns(inputs []*ir.Pipeline) (sides [][]ir.Column, shared map[string]bool, why string) {
	types := map[string]ir.Type{}
	shared = map[string]bool{}
	for _, p := range inputs {
		cols, ok := yields(p)
		if !ok || len(cols) == 0 {
			return nil, nil, "a union of columns that are not known"
		}
		for _, c := range cols {
			t, seen := types[c.Name]
			if seen && t != c.Type {
				return nil, nil, fmt.Sprintf("a union of %s as %s and as %s", c.Name, t, c.Type)
			}
			types[c.Name], shared[c.Name] = c.Type, seen || shared[c.Name]
		}
		sides = append(sides, cols)
	}
	return sides, shared, ""
}

// flat replaces unions that are nothing else by their inputs.
func flat(inputs []*ir.Pipeline) []*ir.Pipeline {
	var out []*ir.Pipeline
	for _, p := range inputs {
		if u, ok := p.From.(*ir.Union); ok && len(p.Ops) == 0 {
			out = append(out, flat(u.Inputs)...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// branches reports whether a pipeline has several queries in its own FROM, which cannot stand inside another.
func branches(p *ir.Pipeline) bool {
	_, ok := p.From.(*ir.Union)
	return ok || slices.ContainsFunc(p.Ops, func(o ir.Op) bool { _, ok := o.(*ir.Append); return ok })
}

// oneFrom writes tables whose rows differ in nothing but their index as one list of indices: the same fields under the same names, and the
// same conditions.
func (e *emitter) oneFrom(node any, at diag.Span, inputs []*ir.Pipeline) bool {
	var indices []string
	var first []ir.Op
	for i, p := range inputs {
		t, ok := p.From.(*ir.Table)
		if !ok || e.in.Tables[t.Name] == nil || e.in.Tables[t.Name].Index == "" || !rowwise(p.Ops) {
			return false
		}
		if i == 0 {
			first = p.Ops
		} else if opsText(first) != opsText(p.Ops) || !slices.Equal(fieldTypes(first), fieldTypes(p.Ops)) || e.in.Tables[t.Name].TimeField != e.in.Tables[inputs[0].From.(*ir.Table).Name].TimeField {
			return false
		}
		index := e.in.Tables[t.Name].Index
		if strings.ContainsAny(index, "*,:<") || slices.Contains(indices, index) {
			return false // the rows of one may be those of another
		}
		indices = append(indices, index)
	}
	e.r.Use(factFromList, node, at, "union")
	for i, s := range indices {
		indices[i] = index(s)
	}
	e.line("FROM " + strings.Join(indices, ", "))
	for _, o := range first {
		e.op(o, false)
	}
	return true
}

// rowwise reports whether ops look at one row at a time and only keep it or copy fields.
func rowwise(ops []ir.Op) bool {
	for _, o := range ops {
		switch o.(type) {
		case *ir.Filter, *ir.Extend, *ir.Project:
		default:
			return false
		}
	}
	return len(ops) > 0
}

func opsText(ops []ir.Op) string {
	return (&ir.Query{Root: &ir.Pipeline{From: &ir.Rows{}, Ops: ops}}).String()
}

// fieldTypes lists the types of the fields that ops read, by the source and by the target.
func fieldTypes(ops []ir.Op) []string {
	var out []string
	ir.MapOps(ops, func(x ir.Expr) ir.Expr {
		ir.Inspect(x, func(y ir.Expr) bool {
			if f, ok := y.(*ir.Field); ok {
				out = append(out, f.T.String()+" "+f.Info.Type)
			}
			return true
		})
		return x
	})
	return out
}
