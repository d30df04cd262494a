package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// sideField tells the rows of the searches of a multisearch that a join reads; the rows of the query itself have 1.
const sideField = "huntc_side"

// inputsOf are the pipelines that a union reads, those of unions in it with the steps behind them.
func inputsOf(u *ir.Union) []*ir.Pipeline {
	var out []*ir.Pipeline
	for _, in := range u.Inputs {
		inner, ok := in.From.(*ir.Union)
		if !ok {
			out = append(out, in)
			continue
		}
		for _, p := range inputsOf(inner) {
			out = append(out, &ir.Pipeline{From: p.From, Ops: append(slices.Clone(p.Ops), in.Ops...)})
		}
	}
	return out
}

// appendsFirst makes rows that are added behind streamed steps inputs of a union.
func appendsFirst(p *ir.Pipeline) *ir.Pipeline {
	n := streams(p.Ops)
	if n == len(p.Ops) {
		return p
	}
	a, ok := p.Ops[n].(*ir.Append)
	if !ok {
		return p
	}
	u := &ir.Union{At: a.At, Inputs: append([]*ir.Pipeline{{From: p.From, Ops: p.Ops[:n]}}, a.Inputs...)}
	if inner, ok := p.From.(*ir.Union); ok {
		u.Inputs = append(inputsOf(&ir.Union{Inputs: u.Inputs[:1], At: inner.At}), a.Inputs...)
	}
	return appendsFirst(&ir.Pipeline{From: u, Ops: p.Ops[n+1:]})
}

// streamed reports whether a step works on one event at a time, as everything inside of multisearch has to.
func streamed(o ir.Op) bool {
	switch o.(type) {
	case *ir.Filter, *ir.Extend, *ir.Project, *ir.Expand:
		return true
	}
	return false
}

// streams counts the streamed steps at the beginning.
func streams(ops []ir.Op) int {
	n := slices.IndexFunc(ops, func(o ir.Op) bool { return !streamed(o) })
	if n < 0 {
		return len(ops)
	}
	return n
}

// columnsOf are the columns that steps make, by the type of their expressions.
func columnsOf(ops []ir.Op, into map[string]ir.Expr) map[string]ir.Expr {
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Project:
			into = map[string]ir.Expr{}
			for _, c := range o.Cols {
				into[c.Name] = c.X
			}
		case *ir.Extend:
			for _, c := range o.Cols {
				into[c.Name] = c.X
			}
		case *ir.Expand:
			into[o.Name] = &ir.Col{At: o.At, Name: o.Name, T: ir.Dynamic}
		case *ir.Aggregate:
			into = aggregated(o)
		case *ir.Threshold:
			into = aggregated(o.Agg)
		}
	}
	return into
}

func aggregated(a *ir.Aggregate) map[string]ir.Expr {
	into := map[string]ir.Expr{}
	for _, k := range a.Keys {
		into[k.Name] = k.X
	}
	for i := range a.Aggs {
		into[a.Aggs[i].Name] = &ir.Col{At: a.At, Name: a.Aggs[i].Name, T: a.Aggs[i].T}
	}
	return into
}

// readBy are the columns that steps, or the result, read.
func (e *emitter) readBy(ops []ir.Op) map[string]bool {
	read := map[string]bool{}
	for _, c := range e.in.Query.Columns {
		read[c.Name] = true
	}
	for _, o := range ops {
		for _, x := range ir.OpExprs(o) {
			ir.Uses(x, read)
		}
		if j, ok := o.(*ir.Join); ok {
			for _, k := range j.On {
				read[k.Left] = true
			}
		}
	}
	return read
}

// onlyShown are the columns that steps hand on as they are, up to the result.
func onlyShown(ops []ir.Op, names map[string]ir.Expr) map[string]bool {
	read := map[string]bool{}
	for _, o := range ops {
		for _, x := range ir.OpExprs(o) {
			if _, handed := x.(*ir.Col); handed && namedOf(o) != nil {
				for _, c := range namedOf(o) {
					if col, ok := c.X.(*ir.Col); ok && col.Name != c.Name {
						read[col.Name] = true
					}
				}
				continue
			}
			ir.Uses(x, read)
		}
		if j, ok := o.(*ir.Join); ok {
			for _, k := range j.On {
				read[k.Left], read[k.Right] = true, true
			}
		}
	}
	shown := map[string]bool{}
	for n := range names {
		shown[n] = !read[n]
	}
	return shown
}

// branch writes streamed steps on a table as one search of a multisearch; its columns are need, which later steps
// read.
func (e *emitter) branch(p *ir.Pipeline, need map[string]ir.Expr, later []ir.Op) *emitter {
	q := &ir.Query{Root: p}
	for _, n := range sortedNames(need) {
		q.Columns = append(q.Columns, ir.Column{Name: n, Type: ir.TypeOf(need[n])})
	}
	q = ir.Tidy(q)
	c := *e
	b := &c
	b.lines, b.encoded, b.elements, b.sets, b.splits = nil, map[string]string{}, map[string]map[string]bool{}, map[string]bool{}, map[string]string{}
	b.timeColumn, b.timeField, b.partial = map[string]bool{}, "_time", true
	b.known, b.showable = ir.Prove(q), onlyShown(later, need)
	b.forget()
	b.ops(b.source(q.Root))
	b.decodeAll()
	e.temps, e.needs, e.elided = b.temps, b.needs, b.elided
	return b
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// several writes a query over several tables: all are read by one multisearch, which knows none of the caps of append and join. It
// returns the steps that remain.
func (e *emitter) several(p *ir.Pipeline) []ir.Op {
	p = appendsFirst(p)
	inputs, ops := []*ir.Pipeline{{From: p.From}}, p.Ops
	lead := streams(ops)
	u, union := p.From.(*ir.Union)
	if union {
		inputs = inputsOf(u)
		e.rep.Use(e.f.multisearch, u, u.Span(), e.what(u))
		lead = slices.IndexFunc(ops, func(o ir.Op) bool { _, ok := o.(*ir.Filter); return !ok })
		if lead < 0 {
			lead = len(ops)
		}
	}
	sides, ok := e.sidesOf(ops)
	if !ok {
		return nil
	}
	all := map[string]ir.Expr{}
	for _, in := range inputs {
		if _, ok := in.From.(*ir.Table); !ok || streams(in.Ops) < len(in.Ops) {
			e.rep.Use(e.f.union, in.From, in.From.Span(), e.what(in.From))
			return nil
		}
		for n, x := range columnsOf(in.Ops, map[string]ir.Expr{}) {
			all[n] = x
		}
	}
	all = columnsOf(ops[:lead], all)
	read, need := e.readBy(ops[lead:]), map[string]ir.Expr{}
	for n, x := range all {
		if read[n] {
			need[n] = x
		}
	}
	var searches []string
	for _, in := range inputs {
		if union {
			in = &ir.Pipeline{From: in.From, Ops: missing(in, all)}
		}
		in = &ir.Pipeline{From: in.From, Ops: append(slices.Clone(in.Ops), ops[:lead]...)}
		b := e.branch(in, need, ops[lead:])
		if !e.adopt(b, len(searches) == 0) {
			e.rep.Use(e.f.union, in.From, in.From.Span(), e.what(in.From))
		}
		if len(sides) > 0 {
			b.eval(sideField, "1")
		}
		searches = append(searches, b.search())
	}
	for _, s := range sides {
		searches = append(searches, s.searches...)
	}
	if len(searches) < 2 {
		e.rep.Use(e.f.union, p.From, p.From.Span(), e.what(p.From))
	}
	e.lines = append(e.lines, "| multisearch\n    "+strings.Join(searches, "\n    "))
	return e.joins(ops[lead:], sides)
}

// missing adds the columns that other inputs of a union have: they are null here, whatever the events hold under these names.
func missing(in *ir.Pipeline, all map[string]ir.Expr) []ir.Op {
	ops := slices.Clone(in.Ops)
	have := columnsOf(in.Ops, map[string]ir.Expr{})
	x := &ir.Extend{}
	for _, n := range sortedNames(all) {
		if have[n] == nil {
			x.Cols = append(x.Cols, ir.Named{Name: n, X: &ir.Lit{Value: ir.Value{Type: ir.TypeOf(all[n])}}})
		}
	}
	if len(x.Cols) > 0 {
		ops = append(ops, x)
	}
	return ops
}

// adopt takes over what is known of the rows of a search; false when it contradicts what is known of another's.
func (e *emitter) adopt(b *emitter, first bool) bool {
	if first {
		e.timeField, e.elements, e.sets = b.timeField, b.elements, b.sets
		return true
	}
	if e.timeField != b.timeField || len(b.elements) > 0 && len(e.elements) == 0 {
		return false
	}
	for n, paths := range b.elements {
		if strings.Join(sortedNames(paths), " ") != strings.Join(sortedNames(e.elements[n]), " ") {
			return false
		}
	}
	for n := range b.sets {
		e.sets[n] = true
	}
	return true
}

// search is what was written as a search in brackets.
func (e *emitter) search() string {
	return "[" + strings.ReplaceAll(strings.Join(e.lines, "\n"), "\n", "\n        ") + "]"
}

// pending are the fields that rows keep until the join that reads them.
func pending(sides []*rightSide) []string {
	var out []string
	for _, s := range sides {
		out = append(out, s.keys...)
		if s.packs() {
			out = append(out, s.pack)
		}
		if s.checked() {
			out = append(out, s.failed())
		}
	}
	return out
}

func sideIs(n int) string { return sideField + "==" + strconv.Itoa(n) }
