package ir

import (
	"slices"
)

// Raise recognises sugar: an Aggregate followed by a filter on its own result becomes a Threshold; an anti-join between two windows
// of one table becomes a Baseline. Bindings must be inlined. Desugar gives back core ops with the same rows.
func Raise(q *Query) *Query {
	c := *q
	c.Root = decide(q)
	c.Root = raisePipeline(firstSeen(&c))
	return &c
}

func raisePipeline(p *Pipeline) *Pipeline {
	out := &Pipeline{From: p.From}
	if u, ok := p.From.(*Union); ok {
		c := &Union{At: u.At}
		for _, in := range u.Inputs {
			c.Inputs = append(c.Inputs, raisePipeline(in))
		}
		out.From = c
	}
	for _, o := range p.Ops {
		out.Ops = append(out.Ops, o)
		n := len(out.Ops)
		switch o := o.(type) {
		case *Filter:
			if n > 1 {
				if t, ok := raiseThreshold(out.Ops[n-2], o); ok {
					out.Ops = append(out.Ops[:n-2], t)
				}
			}
		case *Join:
			if ops, from, ok := raiseBaseline(out.From, out.Ops[:n-1], o); ok {
				out.From, out.Ops = from, ops
				continue
			}
			c := *o
			c.Right = raisePipeline(o.Right)
			out.Ops[n-1] = &c
		case *Parse:
			if ops, ok := parseColumns(o); ok {
				out.Ops = append(out.Ops[:n-1], ops...)
			}
		}
	}
	return out
}

func raiseThreshold(prev Op, f *Filter) (*Threshold, bool) {
	a, ok := prev.(*Aggregate)
	if !ok || len(a.Aggs) == 0 || Windowed(f.Pred) {
		return nil, false
	}
	uses := map[string]bool{}
	Uses(f.Pred, uses)
	if !slices.ContainsFunc(a.Aggs, func(g Agg) bool { return uses[g.Name] }) {
		return nil, false
	}
	t := &Threshold{At: At{a.S.To(f.S)}, Agg: a, Pred: f.Pred}
	if c, ok := f.Pred.(*Compare); ok {
		l, lok := c.L.(*Col)
		r, rok := c.R.(*Lit)
		if lok && rok && slices.ContainsFunc(a.Aggs, func(g Agg) bool { return g.Name == l.Name }) {
			t.Metric, t.Cmp, t.Limit = l.Name, c.Op, r.Value
		}
	}
	return t, true
}

// rowWise reports whether an op looks at one row at a time, so that a filter on a column that it does not change commutes with it.
func rowWise(o Op, time string) bool {
	if WindowedOp(o) {
		return false
	}
	switch o := o.(type) {
	case *Filter:
		return true
	case *Extend:
		return indexNamed(o.Cols, time) < 0
	case *Project:
		i := indexNamed(o.Cols, time)
		if i < 0 {
			return false
		}
		c, ok := o.Cols[i].X.(*Col)
		return ok && c.Name == time
	case *Expand:
		return o.Name != time
	}
	return false
}

// side is one arm of a candidate baseline: the window taken out of its filters, the row-wise prefix without it, and the rest.
type side struct {
	window Window
	prefix []Op
	rest   []Op
}

func splitSide(ops []Op, time string) (side, bool) {
	var s side
	i := 0
	for ; i < len(ops) && rowWise(ops[i], time); i++ {
		f, ok := ops[i].(*Filter)
		if !ok {
			s.prefix = append(s.prefix, ops[i])
			continue
		}
		var keep []Expr
		for _, c := range Conjuncts(f.Pred) {
			if taken, ok := s.window.take(c, time); !ok {
				return s, false
			} else if !taken {
				keep = append(keep, c)
			}
		}
		if len(keep) > 0 {
			s.prefix = append(s.prefix, &Filter{f.At, AndOf(keep)})
		}
	}
	s.rest = ops[i:]
	return s, true
}

func isCol(e Expr, name string) bool {
	c, ok := e.(*Col)
	return ok && c.Name == name
}

func constant(e Expr) bool {
	ok := true
	Inspect(e, func(x Expr) bool {
		switch x.(type) {
		case *Col, *Field, *Bad:
			ok = false
		}
		return ok
	})
	return ok
}

// raiseBaseline recognises `recent | join kind=leftanti (history) on keys` and its mirror rightanti. Conditions: semantics.md 5.
func raiseBaseline(from Source, left []Op, j *Join) ([]Op, Source, bool) {
	lt, lok := from.(*Table)
	rt, rok := j.Right.From.(*Table)
	if !tidies(left) || !tidies(j.Right.Ops) {
		return nil, nil, false
	}
	if !lok || !rok || lt.Name != rt.Name || lt.Time == "" || j.Kind != LeftAnti && j.Kind != RightAnti {
		return nil, nil, false
	}
	recentOps, historyOps, on := left, j.Right.Ops, slices.Clone(j.On)
	if j.Kind == RightAnti {
		recentOps, historyOps = historyOps, recentOps
		for i, k := range on {
			on[i] = JoinKey{k.Right, k.Left}
		}
	}
	r, rok := splitSide(recentOps, lt.Time)
	h, hok := splitSide(historyOps, lt.Time)
	if !rok || !hok || r.window.From == nil && r.window.To == nil || h.window.From == nil && h.window.To == nil {
		return nil, nil, false
	}
	alike(&r, &h)
	n := 0
	for n < len(r.prefix) && n < len(h.prefix) && OpText(r.prefix[n]) == OpText(h.prefix[n]) {
		n++
	}
	b := &Baseline{At: At{j.S}, Time: lt.Time, TimeType: Datetime, Recent: r.window, History: h.window, On: on,
		RecentOps: append(slices.Clone(r.prefix[n:]), r.rest...), HistoryOps: append(slices.Clone(h.prefix[n:]), h.rest...)}
	for _, k := range on {
		if !passes(b.RecentOps, k.Left) || !passes(b.HistoryOps, k.Right) || k.Left != k.Right {
			return nil, nil, false
		}
	}
	if slices.ContainsFunc(b.HistoryOps, WindowedOp) || slices.ContainsFunc(b.RecentOps, WindowedOp) {
		return nil, nil, false
	}
	if !historyDistinct(b.HistoryOps) || slices.ContainsFunc(b.RecentOps, notRecentOp) {
		return nil, nil, false
	}
	return append(slices.Clone(r.prefix[:n]), b), from, true
}

// alike puts the conditions that both sides begin with before those of one side: conditions on rows commute.
func alike(a, b *side) {
	x, arest := leading(a.prefix)
	y, brest := leading(b.prefix)
	if len(x) == 0 || len(y) == 0 {
		return
	}
	var both, mine, theirs []Expr
	for _, c := range x {
		if i := slices.IndexFunc(y, func(d Expr) bool { return Text(c) == Text(d) }); i >= 0 {
			both, y = append(both, c), slices.Delete(slices.Clone(y), i, i+1)
			continue
		}
		mine = append(mine, c)
	}
	theirs = y
	a.prefix, b.prefix = append(filters(both, mine), arest...), append(filters(both, theirs), brest...)
}

// leading are the conditions that ops begin with.
func leading(ops []Op) (conditions []Expr, rest []Op) {
	for i, o := range ops {
		f, ok := o.(*Filter)
		if !ok {
			return conditions, ops[i:]
		}
		conditions = append(conditions, Conjuncts(f.Pred)...)
	}
	return conditions, nil
}

func filters(groups ...[]Expr) []Op {
	var out []Op
	for _, xs := range groups {
		if len(xs) > 0 {
			f := &Filter{Pred: AndOf(xs)}
			f.S = f.Pred.Span()
			out = append(out, f)
		}
	}
	return out
}

// passes reports whether a column comes through ops unchanged: never redefined, and a key of every Aggregate or column of every
// Project.
func passes(ops []Op, name string) bool {
	through := func(ns []Named) bool {
		i := indexNamed(ns, name)
		return i >= 0 && isCol(ns[i].X, name)
	}
	for _, o := range ops {
		switch o := o.(type) {
		case *Filter, *Sort:
		case *Extend:
			if indexNamed(o.Cols, name) >= 0 {
				return false
			}
		case *Expand:
			if o.Name == name {
				return false
			}
		case *Project:
			if !through(o.Cols) {
				return false
			}
		case *Aggregate:
			if !through(o.Keys) {
				return false
			}
		case *Threshold:
			if !through(o.Agg.Keys) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// historyDistinct reports whether the history side only says which keys occur: row-wise ops, then at most one Aggregate.
func historyDistinct(ops []Op) bool {
	for i, o := range ops {
		switch o.(type) {
		case *Filter, *Extend, *Project, *Expand:
		case *Aggregate:
			return i == len(ops)-1
		default:
			return false
		}
	}
	return true
}

func notRecentOp(o Op) bool {
	switch o.(type) {
	case *Filter, *Extend, *Project, *Expand, *Aggregate, *Threshold:
		return false
	}
	return true
}

// Desugar rewrites Threshold and Baseline to core ops: the definition of what they mean.
func Desugar(q *Query) *Query {
	c := *q
	c.Bindings = nil
	for _, b := range q.Bindings {
		c.Bindings = append(c.Bindings, Binding{b.Name, desugarPipeline(b.Pipe)})
	}
	c.Root = desugarPipeline(q.Root)
	return &c
}

func desugarPipeline(p *Pipeline) *Pipeline {
	out := &Pipeline{From: p.From}
	if u, ok := p.From.(*Union); ok {
		c := &Union{At: u.At}
		for _, in := range u.Inputs {
			c.Inputs = append(c.Inputs, desugarPipeline(in))
		}
		out.From = c
	}
	for _, o := range p.Ops {
		switch o := o.(type) {
		case *Threshold:
			out.Ops = append(out.Ops, o.Agg, &Filter{At{o.Pred.Span()}, o.Pred})
		case *Baseline:
			shared := slices.Clone(out.Ops)
			arm := func(w Window, ops []Op) *Pipeline {
				a := &Pipeline{From: out.From, Ops: append(slices.Clone(shared), w.filter(o)...)}
				return desugarPipeline(&Pipeline{From: a.From, Ops: append(a.Ops, ops...)})
			}
			recent := arm(o.Recent, o.RecentOps)
			out.Ops = append(recent.Ops, &Join{At: o.At, Kind: LeftAnti, On: o.On, Right: arm(o.History, o.HistoryOps)})
		case *Join:
			c := *o
			c.Right = desugarPipeline(o.Right)
			out.Ops = append(out.Ops, &c)
		case *Append:
			c := *o
			c.Inputs = nil
			for _, in := range o.Inputs {
				c.Inputs = append(c.Inputs, desugarPipeline(in))
			}
			out.Ops = append(out.Ops, &c)
		default:
			inner := func(ops []Op) []Op { return desugarPipeline(&Pipeline{From: &Rows{}, Ops: ops}).Ops }
			out.Ops = append(out.Ops, MapNested(o, desugarPipeline, inner))
		}
	}
	return out
}
