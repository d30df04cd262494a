package ir

import (
	"slices"
)

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
