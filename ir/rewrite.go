package ir

import (
	"slices"
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

func indexNamed(ns []Named, name string) int {
	return slices.IndexFunc(ns, func(n Named) bool { return n.Name == name })
}
