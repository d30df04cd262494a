package ir

import (
	"slices"
	"strings"
)

// decide replaces tests of a column that holds one of two constants by the condition that chose the constant: with x = iff(p, 1, 0),
// `where x == 1` is `where p`. A column that nothing else reads is left out then.
func decide(q *Query) *Pipeline {
	if q.Open {
		return q.Root
	}
	p := &Pipeline{From: q.Root.From, Ops: slices.Clone(q.Root.Ops)}
	for i := range p.Ops {
		f, ok := p.Ops[i].(*Filter)
		if !ok {
			continue
		}
		xs := Conjuncts(f.Pred)
		for n, x := range xs {
			at, col, p2 := chosen(p.Ops[:i], x)
			if p2 == nil || readElsewhere(p.Ops, at, i, n, col, q.Columns) {
				continue
			}
			xs[n] = p2
			p.Ops[i] = &Filter{f.At, AndOf(xs)}
			p.Ops[at] = without(p.Ops[at].(*Extend), col)
		}
	}
	p.Ops = slices.DeleteFunc(p.Ops, func(o Op) bool { e, ok := o.(*Extend); return ok && len(e.Cols) == 0 })
	return p
}

// chosen finds the op that defines the column that x compares with a constant, and the condition under which it holds that constant. What
// the condition reads must still hold the same values behind it.
func chosen(ops []Op, x Expr) (at int, col string, p Expr) {
	col, want, fold := equality(x)
	if want == nil {
		return 0, "", nil
	}
	for at = len(ops) - 1; at >= 0; at-- {
		switch o := ops[at].(type) {
		case *Filter:
		case *Extend:
			i := indexNamed(o.Cols, col)
			if i < 0 {
				continue
			}
			c, ok := o.Cols[i].X.(*Cond)
			if !ok || len(c.Branches) != 1 || !equalLit(c.Branches[0].Then, want, fold, true) || !equalLit(c.Else, want, fold, false) || redefined(ops[at:], c.Branches[0].If) {
				return 0, "", nil
			}
			return at, col, c.Branches[0].If
		default:
			return 0, "", nil
		}
	}
	return 0, "", nil
}

// equality reads column == constant, of numbers and of texts, and whether letter case matters not.
func equality(x Expr) (col string, want *Lit, fold bool) {
	var l, r Expr
	switch x := x.(type) {
	case *Compare:
		if x.Op != Eq {
			return "", nil, false
		}
		l, r = x.L, x.R
	case *Match:
		if x.Kind != Equal || len(x.Needles) != 1 {
			return "", nil, false
		}
		l, r, fold = x.X, x.Needles[0], x.Case != Exact
	}
	if _, ok := l.(*Lit); ok {
		l, r = r, l
	}
	c, isCol := l.(*Col)
	lit, isLit := r.(*Lit)
	if !isCol || !isLit || lit.Value.IsNull() {
		return "", nil, false
	}
	return c.Name, lit, fold
}

// equalLit reports whether it is known that x and want are equal, or that they differ. Constants of two types are neither: 1 and 1.0 are
// equal; nor are letters beyond ASCII regardless of case.
func equalLit(x Expr, want *Lit, fold, equal bool) bool {
	l, ok := x.(*Lit)
	if !ok || l.Value.Type != want.Value.Type || l.Value.IsNull() {
		return false
	}
	switch want.Value.Type {
	case String:
		a, _ := l.Value.V.(string)
		b, _ := want.Value.V.(string)
		if fold && (!ascii(a) || !ascii(b)) {
			return false
		}
		return (a == b || fold && strings.EqualFold(a, b)) == equal
	case Int, Long, Bool:
		return (l.Value.V == want.Value.V) == equal
	}
	return false
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0
}

// redefined reports whether one of the ops gives a column that x reads another value.
func redefined(ops []Op, x Expr) bool {
	uses := map[string]bool{}
	Uses(x, uses)
	return slices.ContainsFunc(ops, func(o Op) bool {
		e, ok := o.(*Extend)
		return ok && (WindowedOp(e) || slices.ContainsFunc(e.Cols, func(n Named) bool { return uses[n.Name] }))
	})
}

// readElsewhere reports whether anything but conjunct n of the filter ops[i] reads the column that ops[at] defines.
func readElsewhere(ops []Op, at, i, n int, col string, cols []Column) bool {
	return added(ops, at, i, n, map[string]*firstColumn{col: nil}, cols)
}

func without(e *Extend, col string) *Extend {
	c := &Extend{At: e.At}
	for _, n := range e.Cols {
		if n.Name != col {
			c.Cols = append(c.Cols, n)
		}
	}
	return c
}
