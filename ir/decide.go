package ir

import (
	"slices"
	"strings"
)

// decide replaces tests of a column that holds one of some constants by the condition that chose the constant: with x = iff(p, 1, 0),
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

// chosen finds the op that defines the column that x tests, and the condition under which the test passes. What the condition reads must
// still hold the same values behind the op.
func chosen(ops []Op, x Expr) (at int, col string, p Expr) {
	col, passes := tested(x)
	if passes == nil {
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
			if !ok {
				return 0, "", nil
			}
			if p = choice(c, passes); p == nil || redefined(ops[at:], p) {
				return 0, "", nil
			}
			return at, col, p
		default:
			return 0, "", nil
		}
	}
	return 0, "", nil
}

// verdict says whether a constant passes a test; known is false where that is not known.
type verdict func(l *Lit) (pass, known bool)

// tested reads a test of one column against constants: column == constant, isempty(column), and its negation.
func tested(x Expr) (string, verdict) {
	if col, want, fold := equality(x); want != nil {
		return col, func(l *Lit) (bool, bool) { return equalLit(l, want, fold) }
	}
	empty := true
	if n, ok := x.(*Not); ok {
		x, empty = n.X, false
	}
	e, ok := x.(*IsEmpty)
	if !ok {
		return "", nil
	}
	c, ok := e.X.(*Col)
	if !ok {
		return "", nil
	}
	return c.Name, func(l *Lit) (bool, bool) {
		s, isText := l.Value.V.(string)
		return (s == "") == empty, isText && l.Value.Type == String
	}
}

// choice is the condition under which a choice between constants passes a test; nil where it is not known. The branches that pass, or
// those that do not where the default passes, are joined: that needs branches of which no two hold at once, or one branch only. A
// condition that may be unknown cannot be negated.
func choice(c *Cond, passes verdict) Expr {
	var yes, no []Expr
	for _, b := range c.Branches {
		l, ok := b.Then.(*Lit)
		if !ok {
			return nil
		}
		switch pass, known := passes(l); {
		case !known:
			return nil
		case pass:
			yes = append(yes, b.If)
		default:
			no = append(no, b.If)
		}
	}
	rest, ok := c.Else.(*Lit)
	if !ok || len(c.Branches) > 1 && !apart(c.Branches) {
		return nil
	}
	switch pass, known := passes(rest); {
	case !known:
		return nil
	case !pass && len(yes) > 0:
		return eitherOf(yes)
	case pass && len(no) > 0 && !slices.ContainsFunc(no, func(x Expr) bool { m, ok := x.(*Match); return !ok || TypeOf(m.X) != String }):
		p := eitherOf(no)
		return &Not{At{p.Span()}, p}
	}
	return nil
}

// apart reports whether no two branches hold at once: each compares the same text with constants, and no constant occurs twice.
func apart(bs []Branch) bool {
	seen := map[string]bool{}
	var first *Match
	for _, b := range bs {
		m, ok := b.If.(*Match)
		if !ok || m.Kind != Equal || m.All && len(m.Needles) > 1 {
			return false
		}
		if first == nil {
			first = m
		}
		if Text(m.X) != Text(first.X) || m.Case != first.Case {
			return false
		}
		for _, n := range m.Needles {
			key, ok := constantKey(n, m.Case)
			if !ok || seen[key] {
				return false
			}
			seen[key] = true
		}
	}
	return true
}

// constantKey is a constant as it is compared; beyond ASCII it is not known which letters are the same regardless of case.
func constantKey(n Expr, c Case) (string, bool) {
	l, ok := n.(*Lit)
	if !ok || l.Value.IsNull() {
		return "", false
	}
	if c == Exact {
		return Text(l), true
	}
	return strings.ToLower(Text(l)), ascii(Text(l))
}

// eitherOf joins alternatives; comparisons of one text become one with several constants.
func eitherOf(xs []Expr) Expr {
	if len(xs) == 1 {
		return xs[0]
	}
	or := &Or{Xs: xs}
	for _, x := range xs {
		or.S = or.S.To(x.Span())
	}
	var all Match
	for i, x := range xs {
		m, ok := x.(*Match)
		if !ok || m.Kind != Equal || m.All && len(m.Needles) > 1 || i > 0 && (m.Case != all.Case || Text(m.X) != Text(all.X)) {
			return or
		}
		needles := append(all.Needles, m.Needles...)
		all = *m
		all.Needles = needles
	}
	all.S = or.S
	return &all
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

// equalLit says whether a constant is equal to another. Of constants of two types it is not known: 1 and 1.0 are equal; nor is it of
// letters beyond ASCII regardless of case.
func equalLit(l, want *Lit, fold bool) (equal, known bool) {
	if l.Value.Type != want.Value.Type || l.Value.IsNull() {
		return false, false
	}
	switch want.Value.Type {
	case String:
		a, _ := l.Value.V.(string)
		b, _ := want.Value.V.(string)
		return a == b || fold && strings.EqualFold(a, b), !fold || ascii(a) && ascii(b)
	case Int, Long, Bool:
		return l.Value.V == want.Value.V, true
	}
	return false, false
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
