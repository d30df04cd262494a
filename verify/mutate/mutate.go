// Package mutate makes wrong translations: copies of a prepared query that differ in one place, as a careless backend would. Events that
// do not tell them from the right one prove nothing.
package mutate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// Mutant is a query that differs in one place. Name says what was changed and where, and does not change from run to run.
type Mutant struct {
	Name  string
	At    diag.Span
	Query *ir.Query
}

// All lists the mutants of a prepared query, in the order of its nodes.
func All(q *ir.Query) []Mutant {
	var out []Mutant
	seen := map[string]int{}
	for n := 0; ; n++ {
		w := &walk{target: n}
		w.query(q)
		if w.found == nil {
			return out
		}
		for _, a := range w.found {
			m := &walk{target: n, put: a.node}
			name := a.name
			if seen[a.name]++; seen[a.name] > 1 {
				name = fmt.Sprintf("%s (%d)", a.name, seen[a.name])
			}
			out = append(out, Mutant{Name: name, At: a.at, Query: m.query(q)})
		}
	}
}

// alternative is what may stand in the place of a node.
type alternative struct {
	name string
	at   diag.Span
	node any // ir.Expr or []ir.Op
}

// walk visits the nodes that have alternatives and counts them. At the target it notes the alternatives, or with put writes one.
type walk struct {
	target, n int
	put       any
	found     []alternative
}

// here counts a node and says whether it is the target.
func (w *walk) here(alts []alternative) (any, bool) {
	if len(alts) == 0 {
		return nil, false
	}
	w.n++
	if w.n-1 != w.target {
		return nil, false
	}
	if w.put == nil {
		w.found = alts
		return nil, false
	}
	return w.put, true
}

func (w *walk) query(q *ir.Query) *ir.Query {
	c := *q
	c.Root = w.pipeline(q.Root)
	return &c
}

func (w *walk) pipeline(p *ir.Pipeline) *ir.Pipeline {
	out := &ir.Pipeline{From: p.From}
	if u, ok := p.From.(*ir.Union); ok {
		c := &ir.Union{At: u.At}
		for _, in := range u.Inputs {
			c.Inputs = append(c.Inputs, w.pipeline(in))
		}
		out.From = c
	}
	out.Ops = w.ops(p.Ops)
	return out
}

func (w *walk) ops(ops []ir.Op) []ir.Op {
	var out []ir.Op
	for _, o := range ops {
		if x, ok := w.here(opAlternatives(o)); ok {
			out = append(out, x.([]ir.Op)...)
			continue
		}
		out = append(out, w.op(o))
	}
	return out
}

// op mutates inside an op.
func (w *walk) op(o ir.Op) ir.Op {
	switch o := o.(type) {
	case *ir.Baseline:
		c := *o
		end := func(e ir.Expr) ir.Expr {
			if e == nil {
				return nil
			}
			return w.expr(e)
		}
		c.Recent.From, c.Recent.To = end(o.Recent.From), end(o.Recent.To)
		c.History.From, c.History.To = end(o.History.From), end(o.History.To)
		c.RecentOps, c.HistoryOps = w.ops(o.RecentOps), w.history(o)
		return &c
	case *ir.Join:
		c := *o
		c.Right = w.pipeline(o.Right)
		return &c
	case *ir.Append:
		c := &ir.Append{At: o.At}
		for _, in := range o.Inputs {
			c.Inputs = append(c.Inputs, w.pipeline(in))
		}
		return c
	case *ir.Expand:
		return o // its elements are fields
	default:
		return ir.MapOp(o, w.expr)
	}
}

// history mutates the side whose rows only count by the keys that are matched: other keys of its aggregation change nothing.
func (w *walk) history(b *ir.Baseline) []ir.Op {
	ops := slices.Clone(b.HistoryOps)
	for i, o := range ops {
		a, ok := o.(*ir.Aggregate)
		if !ok || i != len(ops)-1 {
			continue
		}
		c := *a
		c.Keys = slices.DeleteFunc(slices.Clone(a.Keys), func(k ir.Named) bool {
			return !slices.ContainsFunc(b.On, func(on ir.JoinKey) bool { return on.Right == k.Name })
		})
		ops[i] = &c
	}
	return w.ops(ops)
}

// expr mutates an expression, parents first.
func (w *walk) expr(e ir.Expr) ir.Expr {
	if x, ok := w.here(exprAlternatives(e)); ok {
		return x.(ir.Expr)
	}
	return ir.MapChildren(e, w.expr)
}

func short(e ir.Expr) string {
	s := ir.Text(e)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func exprAlternatives(e ir.Expr) []alternative {
	var out []alternative
	add := func(format string, x ir.Expr) {
		out = append(out, alternative{fmt.Sprintf(format, short(e)), e.Span(), x})
	}
	switch e := e.(type) {
	case *ir.Match:
		matchAlternatives(e, add)
	case *ir.Compare:
		for _, op := range compareOps(e.Op) {
			c := *e
			c.Op = op
			add("%s with "+op.String(), &c)
		}
		numberAlternatives(e, add)
	case *ir.Between:
		add("%s without its lower end", &ir.And{At: e.At, Xs: []ir.Expr{&ir.Compare{At: e.At, Op: ir.Gt, L: e.X, R: e.Lo}, &ir.Compare{At: e.At, Op: ir.Le, L: e.X, R: e.Hi}}})
		add("%s without its upper end", &ir.And{At: e.At, Xs: []ir.Expr{&ir.Compare{At: e.At, Op: ir.Ge, L: e.X, R: e.Lo}, &ir.Compare{At: e.At, Op: ir.Lt, L: e.X, R: e.Hi}}})
	case *ir.And:
		for i := range e.Xs {
			out = append(out, alternative{"without " + short(e.Xs[i]), e.Xs[i].Span(), ir.AndOf(without(e.Xs, i))})
		}
	case *ir.Or:
		for i := range e.Xs {
			var rest ir.Expr = &ir.Or{At: e.At, Xs: without(e.Xs, i)}
			if len(e.Xs) == 2 {
				rest = e.Xs[1-i]
			}
			out = append(out, alternative{"without the alternative " + short(e.Xs[i]), e.Xs[i].Span(), rest})
		}
	case *ir.Not:
		if _, ok := e.X.(*ir.Absent); !ok {
			add("%s without not", e.X)
		}
	case *ir.Fill:
		add("%s without fill", e.X)
	case *ir.Bin:
		binAlternatives(e, add)
	case *ir.Call:
		if (e.Func == "tolower" || e.Func == "toupper") && len(e.Args) == 1 {
			add("%s without "+e.Func, e.Args[0])
		}
	case *ir.Cond:
		if len(e.Branches) > 0 {
			c := *e
			c.Branches = append([]ir.Branch{{If: &ir.Not{At: e.At, X: e.Branches[0].If}, Then: e.Branches[0].Then}}, e.Branches[1:]...)
			add("%s with its condition turned", &c)
		}
	}
	return out
}

func without(xs []ir.Expr, i int) []ir.Expr {
	out := append([]ir.Expr{}, xs[:i]...)
	return append(out, xs[i+1:]...)
}

func compareOps(o ir.CmpOp) []ir.CmpOp {
	switch o {
	case ir.Lt:
		return []ir.CmpOp{ir.Le, ir.Gt}
	case ir.Le:
		return []ir.CmpOp{ir.Lt, ir.Ge}
	case ir.Gt:
		return []ir.CmpOp{ir.Ge, ir.Lt}
	case ir.Ge:
		return []ir.CmpOp{ir.Gt, ir.Le}
	case ir.Eq:
		return []ir.CmpOp{ir.Ne}
	case ir.Ne:
		return []ir.CmpOp{ir.Eq}
	}
	return nil
}

// numberAlternatives moves a whole number by one.
func numberAlternatives(c *ir.Compare, add func(string, ir.Expr)) {
	l, ok := c.R.(*ir.Lit)
	if !ok {
		return
	}
	n, isInt := l.Value.V.(int64)
	if !isInt || !l.Value.Type.Numeric() {
		return
	}
	for _, d := range []int64{-1, 1} {
		x := *c
		x.R = &ir.Lit{At: l.At, Value: ir.Value{Type: l.Value.Type, V: n + d}}
		add(fmt.Sprintf("%%s with %+d", d), &x)
	}
}

func matchAlternatives(m *ir.Match, add func(string, ir.Expr)) {
	flipped := *m
	flipped.Case = ir.Fold
	if m.Case == ir.Fold {
		flipped.Case = ir.Exact
	}
	if m.Kind != ir.CIDR && m.Kind != ir.Regex && hasLetters(m.Needles) {
		add("%s with "+flipped.Case.String()+" case", &flipped)
	}
	kinds := map[ir.MatchKind][]ir.MatchKind{ir.Term: {ir.Contains, ir.Equal}, ir.TermPrefix: {ir.Contains}, ir.TermSuffix: {ir.Contains}, ir.Equal: {ir.Contains, ir.Prefix},
		ir.Contains: {ir.Term, ir.Prefix}, ir.Prefix: {ir.Contains, ir.Equal}, ir.Suffix: {ir.Contains, ir.Equal}}
	for _, k := range kinds[m.Kind] {
		c := *m
		c.Kind = k
		add("%s as "+k.String(), &c)
	}
	if len(m.Needles) > 1 {
		for i, n := range m.Needles {
			c := *m
			c.Needles = without(m.Needles, i)
			add("%s without "+ir.Text(n), &c)
		}
		c := *m
		c.All = !m.All
		add("%s with any and all swapped", &c)
	}
}

// hasLetters: a constant without letters has no case.
func hasLetters(xs []ir.Expr) bool {
	for _, x := range xs {
		t, ok := ir.ConstString(x)
		if !ok || strings.ToUpper(t) != strings.ToLower(t) {
			return true
		}
	}
	return false
}

func binAlternatives(b *ir.Bin, add func(string, ir.Expr)) {
	w, ok := b.Width.V.(int64)
	if !ok || w < 2 {
		return
	}
	half := &ir.Lit{At: b.At, Value: ir.Value{Type: b.Width.Type, V: w / 2}}
	t := ir.TypeOf(b.X)
	in := *b
	in.X = &ir.Arith{At: b.At, Op: "+", L: b.X, R: half, T: t}
	add("%s shifted", &ir.Arith{At: b.At, Op: "-", L: &in, R: half, T: t})
	wide := *b
	wide.Width.V = w * 2
	add("%s twice as wide", &wide)
}
