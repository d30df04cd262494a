// Package drift computes what one approximation does to a query's result: the calculus of semantics.md 2.
//
// A backend or a mapping says which node is approximate and how (Leaf); Propagate says what that means for the rows.
package drift

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// Propagate returns the effect of one leaf on the result of q.
func Propagate(q *ir.Query, leaf Leaf) Effect {
	c := &calculus{leaf: leaf, bindings: map[string]state{}}
	for _, b := range q.Bindings {
		c.bindings[b.Name] = c.pipeline(b.Pipe, state{})
	}
	s := c.pipeline(q.Root, state{})
	eff := Effect{Extra: s.extra, Lost: s.lost, Order: s.order}
	if s.others != None {
		s = s.clone()
		for _, col := range q.Columns {
			s.values[col.Name] = s.of(col.Name)
		}
		if q.Open {
			s.values["*"] = s.others
		}
	}
	for name, d := range s.values {
		if d == None || (len(q.Columns) > 0 && !slices.ContainsFunc(q.Columns, func(c ir.Column) bool { return c.Name == name })) {
			continue
		}
		if eff.Values == nil {
			eff.Values = map[string]Dir{}
		}
		eff.Values[name] = d
	}
	return eff
}

// state is the drift of a relation.
type state struct {
	extra, lost, order bool
	values             map[string]Dir
	others             Dir // of every column that is not in values
}

func (s state) clone() state {
	v := make(map[string]Dir, len(s.values))
	for k, d := range s.values {
		v[k] = d
	}
	s.values = v
	return s
}

func (s state) with(o state) state {
	s = s.clone()
	s.extra, s.lost, s.order = s.extra || o.extra, s.lost || o.lost, s.order || o.order
	for k := range s.values {
		s.values[k] |= o.of(k)
	}
	for k, d := range o.values {
		s.values[k] = s.of(k) | d
	}
	s.others |= o.others
	return s
}

func (s state) any() bool { return s.extra || s.lost || s.hasValues() }

// of is the drift of a column.
func (s state) of(name string) Dir {
	if d, ok := s.values[name]; ok {
		return d
	}
	return s.others
}

func (s state) hasValues() bool {
	if s.others != None {
		return true
	}
	for _, d := range s.values {
		if d != None {
			return true
		}
	}
	return false
}

type calculus struct {
	leaf     Leaf
	bindings map[string]state
}

func (c *calculus) is(n any) bool { return c.leaf.Node != nil && c.leaf.Node == n }

func (c *calculus) pipeline(p *ir.Pipeline, in state) state {
	s := in.with(c.source(p.From))
	return c.ops(p.Ops, s)
}

func (c *calculus) ops(ops []ir.Op, s state) state {
	for _, o := range ops {
		s = c.op(o, s)
		if c.is(o) {
			s = s.clone()
			s.extra = s.extra || c.leaf.Kind&ExtraRows != 0
			s.lost = s.lost || c.leaf.Kind&LostRows != 0
			s.order = s.order || c.leaf.Kind&OrderLost != 0
		}
	}
	return s
}

func (c *calculus) source(f ir.Source) state {
	var s state
	switch f := f.(type) {
	case *ir.Table, *ir.Rows:
	case *ir.Range:
		s = c.through(s, f.From, f.To, f.Step)
	case *ir.Ref:
		s = c.bindings[f.Name]
	case *ir.Union:
		for _, p := range f.Inputs {
			s = s.with(c.pipeline(p, state{}))
		}
	default:
		s = state{extra: true, lost: true}
	}
	if c.is(f) {
		s.extra = s.extra || c.leaf.Kind&ExtraRows != 0
		s.lost = s.lost || c.leaf.Kind&LostRows != 0
	}
	return s
}

func (c *calculus) op(o ir.Op, s state) state {
	s = s.clone()
	switch o := o.(type) {
	case *ir.Filter:
		c.filter(o.Pred, &s)
	case *ir.Extend:
		vals := map[string]Dir{}
		for _, n := range o.Cols {
			vals[n.Name] = c.value(n.X, s)
		}
		for n, d := range vals {
			s.values[n] = d
		}
	case *ir.Project:
		vals := map[string]Dir{}
		for _, n := range o.Cols {
			vals[n.Name] = c.value(n.X, s)
		}
		s.values, s.others = vals, None
	case *ir.Aggregate:
		s = c.aggregate(o, s)
	case *ir.Threshold:
		s = c.aggregate(o.Agg, s)
		c.filter(o.Pred, &s)
	case *ir.Sort:
		s.order = false
		for _, k := range o.Keys {
			if c.value(k.X, s) != None {
				s.order = true
			}
		}
	case *ir.Limit:
		if s.any() || s.order {
			s.extra, s.lost = true, true
		}
	case *ir.Expand:
		if c.value(o.X, s) != None {
			s.extra, s.lost = true, true
		}
		s.values[o.Name] = c.value(o.X, s)
		for _, el := range o.Elements {
			for _, x := range el {
				if c.value(x, s) != None {
					s.values[o.Name] = Any
				}
			}
		}
	case *ir.Join:
		s = c.join(o, s)
	case *ir.Append:
		for _, p := range o.Inputs {
			s = s.with(c.pipeline(p, state{}))
		}
	case *ir.Baseline:
		s = c.baseline(o, s)
	case *ir.Distinct:
		// One of each: extra and lost rows stay what they are.
	case *ir.Sample:
		if s.any() {
			s = worst()
		}
	case *ir.MakeSeries, *ir.TopNested, *ir.Scan:
		s = c.through(s, ir.OpExprs(o)...)
	case *ir.Partition:
		s = c.partition(o, s)
	default:
		s = worst()
	}
	if (s.any() || s.order) && ir.WindowedOp(o) {
		s = worst()
	}
	return s
}

// worst says nothing of a relation.
func worst() state {
	return state{extra: true, lost: true, order: true, values: map[string]Dir{}, others: Any}
}

// through is the drift behind an op whose rows all depend on all rows before it: everything, when the input or an expression drifts
// at all. A condition inside counts as a value.
func (c *calculus) through(s state, xs ...ir.Expr) state {
	bad := s.any() || s.order
	for _, x := range xs {
		bad = bad || c.value(x, s) != None || c.truth(x, s) != 0
	}
	if bad {
		return worst()
	}
	return s
}

// partition: a drift of the key moves rows from one part to another.
func (c *calculus) partition(p *ir.Partition, s state) state {
	if s.of(p.Key) != None {
		return worst()
	}
	out := c.ops(p.Ops, s)
	if p.Sub != nil {
		out = c.pipeline(p.Sub, state{})
		if s.any() || s.order {
			return worst()
		}
	}
	return out
}

func (c *calculus) filter(p ir.Expr, s *state) {
	t := c.truth(p, *s)
	s.extra = s.extra || t&MayBeTrue != 0
	s.lost = s.lost || t&MayBeFalse != 0
}

func (c *calculus) aggregate(a *ir.Aggregate, s state) state {
	keyDrift := false
	out := state{extra: s.extra, lost: s.lost, values: map[string]Dir{}}
	for _, k := range a.Keys {
		d := c.value(k.X, s)
		out.values[k.Name] = d
		keyDrift = keyDrift || d != None
	}
	if keyDrift {
		out.extra, out.lost = true, true
	}
	for i := range a.Aggs {
		g := &a.Aggs[i]
		d := c.aggValue(g, s)
		if keyDrift {
			d = Any
		}
		if c.is(g) {
			d |= valueKind(c.leaf.Kind)
		}
		if g.AllColumns() {
			out.others |= d
			continue
		}
		out.values[g.Name] = d
	}
	if len(a.Keys) == 0 {
		out.extra, out.lost = false, false
	}
	return out
}

// aggValue is the direction in which an aggregate may differ when its input does.
func (c *calculus) aggValue(g *ir.Agg, s state) Dir {
	extra, lost := s.extra, s.lost
	if g.If != nil {
		t := c.truth(g.If, s)
		extra, lost = extra || t&MayBeTrue != 0, lost || t&MayBeFalse != 0
	}
	argDrift := None
	for _, x := range g.Args {
		argDrift |= c.value(x, s)
	}
	switch {
	case argDrift != None && g.Func != ir.Count:
		return Any
	case !extra && !lost:
		return None
	case extra && lost:
		return Any
	}
	monotone := None
	switch g.Func {
	case ir.Count, ir.DCount, ir.Max:
		monotone = Up
	case ir.MakeSet:
		if g.Cap != 0 {
			return Any
		}
		monotone = Up
	case ir.Min:
		monotone = Down
	default:
		return Any
	}
	if lost {
		monotone ^= Any
	}
	return monotone
}

func (c *calculus) join(j *ir.Join, l state) state {
	r := c.pipeline(j.Right, state{})
	keyDrift := false
	for _, k := range j.On {
		keyDrift = keyDrift || l.of(k.Left) != None || r.of(k.Right) != None
	}
	out := l.clone()
	if j.Kind != ir.LeftSemi && j.Kind != ir.LeftAnti {
		for n, d := range r.values {
			if to, ok := j.RightNames[n]; ok {
				n = to
			}
			out.values[n] |= d
		}
		out.others |= r.others
	}
	switch j.Kind {
	case ir.Inner, ir.LeftSemi, ir.RightSemi, ir.InnerUnique:
		out.extra, out.lost = l.extra || r.extra, l.lost || r.lost
	case ir.LeftAnti:
		out.extra, out.lost = l.extra || r.lost, l.lost || r.extra
	case ir.RightAnti:
		out.extra, out.lost = r.extra || l.lost, r.lost || l.extra
	case ir.LeftOuter:
		out.extra, out.lost = l.extra || r.extra, l.lost
	default:
		all := l.extra || l.lost || r.extra || r.lost
		out.extra, out.lost = all, all
	}
	if keyDrift {
		out.extra, out.lost = true, true
	}
	if j.Kind == ir.InnerUnique && (l.extra || l.lost) {
		for n := range out.values {
			out.values[n] = Any
		}
		out.others |= l.others
	}
	return out
}

func (c *calculus) baseline(b *ir.Baseline, shared state) state {
	recent := c.window(b.Recent, shared)
	history := c.window(b.History, shared)
	l, r := c.ops(b.RecentOps, recent), c.ops(b.HistoryOps, history)
	out := l.clone()
	out.extra, out.lost = l.extra || r.lost, l.lost || r.extra
	for _, k := range b.On {
		if l.of(k.Left) != None || r.of(k.Right) != None {
			out.extra, out.lost = true, true
		}
	}
	return out
}

func (c *calculus) window(w ir.Window, s state) state {
	s = s.clone()
	for _, end := range []ir.Expr{w.From, w.To} {
		if end != nil && c.value(end, s) != None {
			s.extra, s.lost = true, true
		}
	}
	return s
}

// Describe is a debugging aid: the leaf in words.
func (l Leaf) String() string { return fmt.Sprintf("%T kind %b", l.Node, l.Kind) }
