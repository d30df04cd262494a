package ir

import "slices"

// regroup rewrites groups of two windows of one table that are put together and grouped again: the least of the least values is the least
// of all, so that one grouping over both windows has the same rows.
func regroup(p *Pipeline) *Pipeline {
	for i := range p.Ops {
		a, ok := p.Ops[i].(*Append)
		if !ok || len(a.Inputs) != 1 || i+1 == len(p.Ops) {
			continue
		}
		again, ok := p.Ops[i+1].(*Aggregate)
		if !ok {
			continue
		}
		if ops, ok := oneGrouping(p.From, p.Ops[:i], a.Inputs[0], again); ok {
			return regroup(&Pipeline{From: p.From, Ops: append(ops, p.Ops[i+2:]...)})
		}
	}
	return p
}

func oneGrouping(from Source, left []Op, other *Pipeline, again *Aggregate) ([]Op, bool) {
	lt, lok := from.(*Table)
	rt, rok := other.From.(*Table)
	if !lok || !rok || lt.Name != rt.Name || lt.Time == "" {
		return nil, false
	}
	lhead, lagg, lheld := grouped(left)
	rhead, ragg, rheld := grouped(other.Ops)
	if lagg == nil || ragg == nil {
		return nil, false
	}
	l, lok := splitSide(lhead, lt.Time)
	r, rok := splitSide(rhead, lt.Time)
	if !lok || !rok || len(l.rest) > 0 || len(r.rest) > 0 || !slices.EqualFunc(l.prefix, r.prefix, func(x, y Op) bool { return OpText(x) == OpText(y) }) {
		return nil, false
	}
	out := &Aggregate{At: again.At}
	for _, k := range again.Keys {
		c, ok := k.X.(*Col)
		if !ok {
			return nil, false
		}
		i, n := indexNamed(lagg.Keys, lheld[c.Name]), indexNamed(ragg.Keys, rheld[c.Name])
		if i < 0 || n < 0 || Text(lagg.Keys[i].X) != Text(ragg.Keys[n].X) {
			return nil, false
		}
		out.Keys = append(out.Keys, Named{k.Name, lagg.Keys[i].X})
	}
	if len(out.Keys) == 0 {
		return nil, false // without keys a grouping has a row even of nothing
	}
	for _, g := range again.Aggs {
		x := sameExtreme(g, lagg, ragg, lheld, rheld)
		if x == nil {
			return nil, false
		}
		g.Args = []Expr{x}
		out.Aggs = append(out.Aggs, g)
	}
	ops := append(l.window.or(r.window, lt, again.At), l.prefix...)
	return append(ops, out), true
}

// sameExtreme is what both groupings take the least (or greatest) of, when g takes that of their results.
func sameExtreme(g Agg, l, r *Aggregate, lheld, rheld map[string]string) Expr {
	if g.Func != Min && g.Func != Max || g.If != nil || len(g.Args) != 1 {
		return nil
	}
	c, ok := g.Args[0].(*Col)
	if !ok {
		return nil
	}
	a, b := aggNamed(l, lheld[c.Name]), aggNamed(r, rheld[c.Name])
	if a == nil || b == nil || a.Func != g.Func || b.Func != g.Func || a.If != nil || b.If != nil || len(a.Args) != 1 || len(b.Args) != 1 || Text(a.Args[0]) != Text(b.Args[0]) {
		return nil
	}
	return a.Args[0]
}
