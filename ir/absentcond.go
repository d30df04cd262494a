package ir

import (
	"regexp"
)

// twoValued reports whether KQL's condition is never null: string predicates and tests for absence, combined.
func twoValued(e Expr) bool {
	switch e := e.(type) {
	case *Match, *IsEmpty, *IsNull:
		return true
	case *And, *Or, *Not:
		for _, k := range Children(e) {
			if !twoValued(k) {
				return false
			}
		}
		return true
	}
	return false
}

// cond rewrites a condition in negation normal form, so that it is true in strict-null logic exactly where KQL's is true.
func (a *absenter) cond(e Expr, neg bool) Expr {
	x := a.kleene(e, neg)
	switch e.(type) {
	case *Match, *Compare, *IsEmpty, *Between, *IsNull:
		if a.asValue {
			return a.orFalse(e, x)
		}
	}
	return x
}

// orFalse makes null false where the source's condition, which x stands for, is never null.
func (a *absenter) orFalse(e, x Expr) Expr {
	if a.of(x).maybe && twoValued(e) {
		return &Fill{At{e.Span()}, x, Value{Bool, false}}
	}
	return x
}

// kleene pushes not down to the leaves, which is exact in three-valued logic.
func (a *absenter) kleene(e Expr, neg bool) Expr {
	switch e := e.(type) {
	case *And:
		return a.join(e.Xs, e.At, neg, neg)
	case *Or:
		return a.join(e.Xs, e.At, neg, !neg)
	case *Not:
		return a.cond(e.X, !neg)
	case *IsEmpty:
		return a.isEmpty(e, neg)
	case *IsNull:
		if TypeOf(e.X) == String {
			return &Lit{e.At, Value{Bool, neg}}
		}
		return negate(&Absent{e.At, a.value(e.X)}, neg)
	case *Match:
		return a.match(e, neg)
	case *Compare:
		return a.compare(e, neg)
	case *Between:
		c := *e
		c.X, c.Lo, c.Hi = a.operand(e.X), a.operand(e.Lo), a.operand(e.Hi)
		return negate(&c, neg)
	default:
		return negate(a.value(e), neg)
	}
}

func (a *absenter) join(xs []Expr, at At, neg, or bool) Expr {
	out := mapExprs(xs, func(x Expr) Expr { return a.cond(x, neg) })
	if or {
		return &Or{at, out}
	}
	return &And{at, out}
}

func negate(e Expr, neg bool) Expr {
	if !neg {
		return e
	}
	return &Not{At{e.Span()}, e}
}

func (a *absenter) isEmpty(e *IsEmpty, neg bool) Expr {
	x := a.value(e.X)
	st := a.stored(x)
	isString := TypeOf(e.X) == String || TypeOf(e.X) == Dynamic && stringStored(x)
	if !isString || !st.empty {
		return negate(&Absent{e.At, x}, neg)
	}
	empty := &Match{At: e.At, Kind: Equal, Case: Exact, X: x, Needles: []Expr{StringLit("", e.S)}}
	if neg {
		return &Not{e.At, empty} // null drops in strict logic, as it should: it is empty
	}
	if !st.maybe {
		return empty
	}
	return &Or{e.At, []Expr{&Absent{e.At, x}, empty}}
}

// stringStored reports whether a dynamic leaf is stored as text, so that comparing it with "" is well typed.
func stringStored(e Expr) bool {
	f, ok := e.(*Field)
	return !ok || f.Info.Type == "keyword" || f.Info.Type == "text" || f.Info.Type == "string" || f.Info.Type == "flattened"
}

// match: rule 1. The predicate is decided for "" at compile time.
func (a *absenter) match(m *Match, neg bool) Expr {
	c := *m
	c.X = a.value(m.X)
	constNeedles := true
	c.Needles = make([]Expr, len(m.Needles))
	for i, n := range m.Needles {
		c.Needles[i] = n
		if _, ok := ConstString(n); !ok {
			constNeedles = false
			c.Needles[i] = a.filled(n)
		}
	}
	if !constNeedles { // rule 2
		c.X = a.filled(m.X)
		return negate(&c, neg)
	}
	st := a.of(c.X)
	if holdsForEmpty(m) == neg || !st.maybe {
		return negate(&c, neg)
	}
	return &Or{m.At, []Expr{&Absent{At{c.X.Span()}, strictCore(c.X)}, negate(&c, neg)}}
}

// strictCore walks down through functions that are absent exactly when their argument is, to the shortest expression to test.
func strictCore(e Expr) Expr {
	if c, ok := e.(*Call); ok && len(c.Args) == 1 && (c.Func == "tolower" || c.Func == "toupper" || c.Func == "trim") {
		return strictCore(c.Args[0])
	}
	return e
}

// holdsForEmpty evaluates a match with constant needles on "".
func holdsForEmpty(m *Match) bool {
	for _, n := range m.Needles {
		s, _ := ConstString(n)
		hit := s == ""
		if m.Kind == Regex {
			re, err := regexp.Compile(s)
			hit = err == nil && re.MatchString("")
		}
		if hit != m.All {
			return hit
		}
	}
	return m.All
}

func (a *absenter) operand(x Expr) Expr {
	if TypeOf(x) == String {
		return a.filled(x)
	}
	return a.value(x)
}

// compare: rules 1 to 3.
func (a *absenter) compare(e *Compare, neg bool) Expr {
	c := *e
	c.L, c.R = a.operand(e.L), a.operand(e.R)
	if TypeOf(e.L) == String || TypeOf(e.R) == String {
		return negate(&c, neg)
	}
	op := e.Op
	if op != Eq && op != Ne {
		return negate(&c, neg)
	}
	if neg {
		op = op.Negated()
	}
	c.Op = op
	if op == Eq && !a.asValue {
		return &c
	}
	l, r := a.of(c.L).maybe, a.of(c.R).maybe
	absent := func(x Expr) Expr { return &Absent{At{x.Span()}, x} }
	not := func(x Expr) Expr { return &Not{At{x.Span()}, x} }
	var one []Expr // one side is absent and the other is not: the values differ
	switch {
	case l && r:
		one = []Expr{&And{e.At, []Expr{absent(c.L), not(absent(c.R))}}, &And{e.At, []Expr{not(absent(c.L)), absent(c.R)}}}
	case l:
		one = []Expr{absent(c.L)}
	case r:
		one = []Expr{absent(c.R)}
	default:
		return &c
	}
	if op == Eq {
		all := []Expr{&c}
		for _, x := range one {
			all = append(all, not(x))
		}
		return &And{e.At, all}
	}
	if !l || !r {
		return &Or{e.At, append(one, &c)}
	}
	return &Or{e.At, append([]Expr{&c}, one...)}
}

// prove records what a conjunct of a dominating filter proves present: rule 8.
func (a *absenter) prove(e Expr) {
	switch e := e.(type) {
	case *Match:
		if !holdsForEmpty(e) && allConst(e.Needles) {
			a.present[Text(e.X)] = true
		}
	case *Not:
		if x, ok := e.X.(*IsEmpty); ok {
			a.present[Text(x.X)] = true
		}
		if x, ok := e.X.(*IsNull); ok && TypeOf(x.X) != String {
			a.provePresent(x.X)
		}
	case *Compare:
		if e.Op != Ne && e.Op != CmpUnset && TypeOf(e.L) != String && constant(e.R) {
			a.provePresent(e.L)
		}
	case *Between:
		if TypeOf(e.X) != String {
			a.provePresent(e.X)
		}
	}
}

// provePresent notes presence of a column that is not a string: it says nothing about "".
func (a *absenter) provePresent(e Expr) { a.present[Text(e)] = true }

func allConst(xs []Expr) bool {
	for _, x := range xs {
		if _, ok := ConstString(x); !ok {
			return false
		}
	}
	return true
}
