package ir

import (
	"maps"
	"slices"

	"github.com/huntc/huntc/diag"
)

// Inline replaces references to bindings by the pipelines themselves. It fails (false) when the result would hold more than
// maxOps ops: lets that use each other twice grow exponentially.
func Inline(q *Query, maxOps int) (*Query, bool) {
	in := &inliner{defs: map[string]*Pipeline{}, left: maxOps}
	for _, b := range q.Bindings {
		in.defs[b.Name] = b.Pipe
	}
	root := in.pipeline(q.Root)
	if in.left < 0 {
		return q, false
	}
	c := *q
	c.Bindings, c.Root = nil, root
	return &c, true
}

type inliner struct {
	defs map[string]*Pipeline
	left int
}

func (in *inliner) pipeline(p *Pipeline) *Pipeline {
	out := &Pipeline{}
	if in.left < 0 {
		out.From = p.From
		return out
	}
	switch f := p.From.(type) {
	case *Ref:
		def, ok := in.defs[f.Name]
		if !ok {
			out.From = f
			break
		}
		inner := in.pipeline(def)
		out.From, out.Ops = inner.From, slices.Clone(inner.Ops)
	case *Union:
		c := &Union{At: f.At}
		for _, p := range f.Inputs {
			c.Inputs = append(c.Inputs, in.pipeline(p))
		}
		out.From = c
	case *Range:
		c := *f
		c.From, c.To, c.Step = MapExprPipes(f.From, in.pipeline), MapExprPipes(f.To, in.pipeline), MapExprPipes(f.Step, in.pipeline)
		out.From = &c
	default:
		out.From = f
	}
	for _, o := range p.Ops {
		in.left--
		o = MapSubPipes(o, in.pipeline)
		switch o := o.(type) {
		case *Join:
			c := *o
			c.Right = in.pipeline(o.Right)
			out.Ops = append(out.Ops, &c)
		case *Append:
			c := *o
			c.Inputs = nil
			for _, p := range o.Inputs {
				c.Inputs = append(c.Inputs, in.pipeline(p))
			}
			out.Ops = append(out.Ops, &c)
		default:
			inner := func(ops []Op) []Op { return in.pipeline(&Pipeline{From: &Rows{}, Ops: ops}).Ops }
			out.Ops = append(out.Ops, MapNested(o, in.pipeline, inner))
		}
	}
	return out
}

// Conjuncts splits a condition at its top-level ands.
func Conjuncts(e Expr) []Expr {
	if a, ok := e.(*And); ok {
		var out []Expr
		for _, x := range a.Xs {
			out = append(out, Conjuncts(x)...)
		}
		return out
	}
	return []Expr{e}
}

// AndOf joins conditions; one stays itself.
func AndOf(xs []Expr) Expr {
	if len(xs) == 1 {
		return xs[0]
	}
	a := &And{Xs: xs}
	for _, x := range xs {
		a.S = a.S.To(x.Span())
	}
	return a
}

// Uses reports the columns that e reads.
func Uses(e Expr, into map[string]bool) {
	Inspect(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Col:
			into[x.Name] = true
		case *IfExists:
			into[x.Name] = true
		}
		return true
	})
}

// Tidy shortens a mapped pipeline without changing its rows: columns that only rename a field or repeat a constant are replaced by
// what they stand for, filters move before the computed columns that they do not need and merge, and columns that nobody reads
// disappear. The query's result columns keep their names and order.
func Tidy(q *Query) *Query {
	c := *q
	c.Root = tidyPipeline(q.Root, q.Columns, q.Open)
	return &c
}

func tidyPipeline(p *Pipeline, cols []Column, open bool) *Pipeline {
	if !tidies(p.Ops) {
		return p
	}
	out := &Pipeline{From: p.From, Ops: tidyNested(p.Ops)}
	if !open {
		out.Ops = addFinalProject(out.Ops, cols)
	}
	s := &substituter{}
	out.Ops = s.ops(out.Ops)
	out.Ops = pushFilters(out.Ops)
	if !open {
		need := map[string]bool{}
		for _, c := range cols {
			need[c.Name] = true
		}
		out.Ops = dropUnused(out.Ops, need)
	}
	return out
}

func tidyNested(ops []Op) []Op {
	out := make([]Op, len(ops))
	for i, o := range ops {
		out[i] = o
		if j, ok := o.(*Join); ok {
			c := *j
			if tidies(j.Right.Ops) {
				c.Right = &Pipeline{From: j.Right.From, Ops: pushFilters(tidyNested(j.Right.Ops))}
			}
			out[i] = &c
		}
	}
	return out
}

// addFinalProject makes the result's columns explicit at the end, unless the last op that shapes rows does already.
func addFinalProject(ops []Op, cols []Column) []Op {
	if len(cols) == 0 {
		return ops
	}
	p := &Project{}
	for _, c := range cols {
		p.Cols = append(p.Cols, Named{c.Name, &Col{Name: c.Name, T: c.Type}})
	}
	if len(ops) > 0 {
		p.S = ops[len(ops)-1].Span()
		if last, ok := ops[len(ops)-1].(*Project); ok && sameNames(last.Cols, cols) {
			return ops
		}
	}
	return append(slices.Clone(ops), p)
}

func sameNames(ns []Named, cols []Column) bool {
	return slices.EqualFunc(ns, cols, func(n Named, c Column) bool { return n.Name == c.Name })
}

// substituter replaces columns by the simple expressions that define them, as long as those still mean the same.
type substituter struct{ defs map[string]Expr }

// simple reports whether an expression may be repeated wherever its column is read: a field, a constant or another column.
func simple(e Expr) bool {
	switch e.(type) {
	case *Field, *Lit, *Col:
		return true
	}
	return false
}

func (s *substituter) expr(e Expr) Expr {
	return MapExpr(e, func(x Expr) Expr {
		if c, ok := x.(*Col); ok {
			if d, ok := s.defs[c.Name]; ok {
				return withSpan(d, c.S)
			}
		}
		return x
	})
}

// withSpan copies a simple expression to the place where it is used, so that messages point there.
func withSpan(e Expr, at diag.Span) Expr {
	switch e := e.(type) {
	case *Field:
		return altered(e, func(c *Field) { c.S = at })
	case *Lit:
		return altered(e, func(c *Lit) { c.S = at })
	case *Col:
		return altered(e, func(c *Col) { c.S = at })
	}
	return e
}

// ops substitutes through a whole pipeline, whose last op says which columns come out.
func (s *substituter) ops(ops []Op) []Op {
	s.defs = map[string]Expr{}
	return s.run(ops)
}

func (s *substituter) run(ops []Op) []Op {
	var out []Op
	for i, o := range ops {
		switch o := o.(type) {
		case *Extend:
			out = append(out, s.extend(o)...)
		case *Project:
			if i < len(ops)-1 {
				out = append(out, s.project(o)...)
				continue
			}
			out = append(out, MapOp(o, s.expr))
			s.defs = map[string]Expr{}
		case *Aggregate, *Threshold:
			m := MapOp(s.beforeAggregate(o), s.expr)
			s.defs = map[string]Expr{}
			out = append(out, m)
		case *Expand:
			m := MapOp(o, s.expr)
			s.forget(o.Name)
			out = append(out, m)
		case *Join, *Append, *Distinct, *Sample, *MakeSeries, *TopNested, *Partition, *Scan:
			out = append(out, s.materialise(o)...)
		case *Baseline:
			out = append(out, s.baseline(o))
		default:
			out = append(out, MapOp(o, s.expr))
		}
	}
	return out
}

// beforeAggregate keeps the threshold's predicate, which reads the aggregate's own columns, out of the substitution.
func (s *substituter) beforeAggregate(o Op) Op {
	if t, ok := o.(*Threshold); ok {
		c := *t
		c.Agg = MapOp(t.Agg, s.expr).(*Aggregate)
		s.defs = map[string]Expr{}
		return &c
	}
	return o
}

func (s *substituter) forget(name string) {
	delete(s.defs, name)
	for k, d := range s.defs {
		if c, ok := d.(*Col); ok && c.Name == name {
			delete(s.defs, k)
		}
	}
}

func (s *substituter) extend(o *Extend) []Op {
	kept := &Extend{At: o.At}
	defs := map[string]Expr{}
	for _, n := range o.Cols {
		x := s.expr(n.X)
		if c, isCol := x.(*Col); simple(x) && !(isCol && c.Name == n.Name) {
			defs[n.Name] = x
			continue
		}
		kept.Cols = append(kept.Cols, Named{n.Name, x})
	}
	for _, n := range kept.Cols {
		s.forget(n.Name)
	}
	for n, d := range defs {
		if c, ok := d.(*Col); ok && slices.ContainsFunc(kept.Cols, func(k Named) bool { return k.Name == c.Name }) {
			// The column that it names is redefined in the same op: keep the copy as a column of its own.
			kept.Cols = append(kept.Cols, Named{n, d})
			s.forget(n)
			continue
		}
		s.forget(n)
		s.defs[n] = d
	}
	if len(kept.Cols) == 0 {
		return nil
	}
	slices.SortStableFunc(kept.Cols, func(a, b Named) int { return indexNamed(o.Cols, a.Name) - indexNamed(o.Cols, b.Name) })
	return []Op{kept}
}

func indexNamed(ns []Named, name string) int {
	return slices.IndexFunc(ns, func(n Named) bool { return n.Name == name })
}

// project becomes an Extend of its computed columns; the columns that it drops are dropped by dropUnused.
func (s *substituter) project(o *Project) []Op {
	ext := &Extend{At: o.At}
	for _, n := range o.Cols {
		if c, ok := n.X.(*Col); ok && c.Name == n.Name {
			continue
		}
		ext.Cols = append(ext.Cols, n)
	}
	return s.extend(ext)
}

// materialise makes the substituted columns real before an op that names columns instead of reading expressions.
func (s *substituter) materialise(o Op) []Op {
	ext := &Extend{At: At{o.Span()}}
	names := make([]string, 0, len(s.defs))
	for n := range s.defs {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		ext.Cols = append(ext.Cols, Named{n, s.defs[n]})
	}
	s.defs = map[string]Expr{}
	if len(ext.Cols) == 0 {
		return []Op{o}
	}
	return []Op{ext, o}
}

func (s *substituter) baseline(b *Baseline) Op {
	c := *b
	opt := func(e Expr) Expr {
		if e == nil {
			return nil
		}
		return s.expr(e)
	}
	c.Recent.From, c.Recent.To = opt(b.Recent.From), opt(b.Recent.To)
	c.History.From, c.History.To = opt(b.History.From), opt(b.History.To)
	side := func(ops []Op) []Op {
		in := &substituter{defs: maps.Clone(s.defs)}
		out := in.run(ops)
		if ext, ok := in.materialise(b)[0].(*Extend); ok {
			out = append(out, ext) // keys are matched by name: what still stands for them becomes a column
		}
		return pushFilters(out)
	}
	c.HistoryOps = side(b.HistoryOps)
	c.RecentOps = side(b.RecentOps)
	s.defs = map[string]Expr{}
	return &c
}

// pushFilters moves each filter up over the Extends whose columns it does not read, and merges neighbours. Both are exact: the
// expressions are pure and never fail.
func pushFilters(ops []Op) []Op {
	var out []Op
	for _, o := range ops {
		f, ok := o.(*Filter)
		if !ok || Windowed(f.Pred) {
			out = append(out, o)
			continue
		}
		for _, cond := range Conjuncts(f.Pred) {
			out = place(out, &Filter{f.At, cond})
		}
	}
	return mergeFilters(out)
}

func place(ops []Op, f *Filter) []Op {
	uses := map[string]bool{}
	Uses(f.Pred, uses)
	i := len(ops)
	for i > 0 {
		e, isExt := ops[i-1].(*Extend)
		if !isExt || WindowedOp(e) || slices.ContainsFunc(e.Cols, func(n Named) bool { return uses[n.Name] }) {
			break
		}
		i--
	}
	return slices.Insert(ops, i, Op(f))
}

func mergeFilters(ops []Op) []Op {
	var out []Op
	for _, o := range ops {
		f, ok := o.(*Filter)
		if !ok || len(out) == 0 {
			out = append(out, o)
			continue
		}
		prev, ok := out[len(out)-1].(*Filter)
		if !ok || Windowed(f.Pred) || Windowed(prev.Pred) {
			out = append(out, o)
			continue
		}
		out[len(out)-1] = &Filter{At{prev.S.To(f.S)}, AndOf(append(Conjuncts(prev.Pred), Conjuncts(f.Pred)...))}
	}
	return out
}

// dropUnused removes columns that no later op and not the result read. need is what is read after the ops.
func dropUnused(ops []Op, need map[string]bool) []Op {
	out := slices.Clone(ops)
	for i := len(out) - 1; i >= 0; i-- {
		switch o := out[i].(type) {
		case *Extend:
			c := &Extend{At: o.At}
			for _, n := range o.Cols {
				if need[n.Name] {
					c.Cols = append(c.Cols, n)
				}
			}
			for _, n := range c.Cols {
				delete(need, n.Name)
			}
			out[i] = c
			if len(c.Cols) == 0 {
				out = slices.Delete(out, i, i+1)
				continue
			}
		case *Project:
			need = map[string]bool{}
		case *Aggregate:
			if slices.ContainsFunc(o.Aggs, Agg.AllColumns) {
				return out // every column is read
			}
			need = map[string]bool{}
		case *Threshold:
			need = map[string]bool{}
			out[i] = o
			for _, x := range OpExprs(o.Agg) {
				Uses(x, need)
			}
			continue
		case *Join:
			// Column names of both sides meet here: keep everything before it.
			return out
		case *Append, *Distinct, *Sample, *MakeSeries, *TopNested, *Partition, *Scan:
			return out
		case *Baseline:
			c := *o
			c.HistoryOps = onlyKeys(o)
			out[i] = &c
			need = baselineNeeds(&c)
			continue
		case *Expand:
			delete(need, o.Name)
		}
		for _, x := range OpExprs(out[i]) {
			Uses(x, need)
		}
	}
	return out
}

// onlyKeys is the history of a baseline without the group keys that are not compared: it is asked only whether a key occurs.
func onlyKeys(b *Baseline) []Op {
	if len(b.HistoryOps) == 0 {
		return b.HistoryOps
	}
	last := len(b.HistoryOps) - 1
	agg, ok := b.HistoryOps[last].(*Aggregate)
	if !ok || len(agg.Aggs) > 0 {
		return b.HistoryOps
	}
	need := map[string]bool{}
	for _, k := range b.On {
		need[k.Right] = true
	}
	c := &Aggregate{At: agg.At}
	for _, k := range agg.Keys {
		if need[k.Name] {
			c.Keys = append(c.Keys, k)
		}
	}
	if len(c.Keys) == len(agg.Keys) || len(c.Keys) == 0 {
		return b.HistoryOps
	}
	return append(slices.Clone(b.HistoryOps[:last]), c)
}

func baselineNeeds(b *Baseline) map[string]bool {
	need := map[string]bool{b.Time: true}
	for _, side := range [][]Op{b.RecentOps, b.HistoryOps} {
		for _, o := range side {
			for _, x := range OpExprs(o) {
				Uses(x, need)
			}
		}
	}
	for _, k := range b.On {
		need[k.Left], need[k.Right] = true, true
	}
	return need
}
