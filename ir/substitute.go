package ir

import (
	"maps"
	"slices"

	"github.com/huntc/huntc/diag"
)

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
