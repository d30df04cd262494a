package spl

import (
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// sure reports whether a value cannot be null.
func sure(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Fill, *ir.Now:
		return true
	case *ir.Lit:
		return !x.Value.IsNull()
	case *ir.Field:
		return x.Info != nil && (x.Info.Time || !x.Info.MaybeAbsent)
	case *ir.Cast:
		return x.To == ir.String && sure(x.X)
	case *ir.Call:
		if x.Func != "tolower" && x.Func != "toupper" && x.Func != "parse_json" {
			return false
		}
		return len(x.Args) == 1 && sure(x.Args[0])
	default:
		return false
	}
}

// notMatch negates a match. No page says what NOT makes of a null operand, so isnotnull stands beside it where one is possible.
func (e *emitter) notMatch(m *ir.Match) text {
	if len(m.Needles) == 1 && m.Kind == ir.Equal && !e.multi(m.X) {
		if s, ok := ir.ConstString(m.Needles[0]); ok && equalPlain(m.Case, s) {
			return e.equalOne(m, s, "!=")
		}
	}
	t := e.match(m)
	not := text{"NOT " + t.at(precAtom), precNot}
	x := e.value(m.X).s
	if sure(m.X) || e.covered[x] {
		return not
	}
	return text{"isnotnull(" + x + ") AND " + not.s, precAnd}
}

// equalPlain reports whether == says the comparison with s.
func equalPlain(c ir.Case, s string) bool {
	return plainString(s) && (c == ir.Exact || ir.IsASCII(s) && !strings.ContainsAny(s, "kK"))
}

// folding is the fact of lower() against these letters.
func (e *emitter) folding(letters string) *emit.Fact {
	if strings.ContainsAny(letters, "iI") {
		return e.f.equalFoldI
	}
	return e.f.equalFold
}

// equalOne compares with one constant by op.
func (e *emitter) equalOne(m *ir.Match, s, op string) text {
	x, fact := e.value(m.X), e.f.equalExact
	if m.Case == ir.Fold {
		x, fact, s = atom("lower("+x.s+")"), e.folding(s), strings.ToLower(s)
	}
	e.use(fact, m)
	lit, _ := evalString(s)
	return text{x.at(precAdd) + op + lit, precCompare}
}

// multi reports whether x is a multivalue field: a set or list that stats has made, or the parts of a text.
func (e *emitter) multi(x ir.Expr) bool {
	if _, _, ok := e.splitOf(x); ok {
		return true
	}
	c, ok := x.(*ir.Col)
	return ok && e.sets[c.Name]
}

func (e *emitter) match(m *ir.Match) text {
	if len(m.Needles) == 0 {
		return text{map[bool]string{false: "1==0", true: "1==1"}[m.All], precCompare}
	}
	consts := make([]string, len(m.Needles))
	for i, n := range m.Needles {
		s, ok := ir.ConstString(n)
		if !ok {
			return e.matchComputed(m)
		}
		consts[i] = s
	}
	if m.All && len(consts) > 1 && m.Kind != ir.CIDR {
		parts := make([]string, len(consts))
		for i, s := range consts {
			parts[i] = e.matchAny(m, []string{s}).at(precNot)
		}
		return text{strings.Join(parts, " AND "), precAnd}
	}
	return e.matchAny(m, consts)
}

// matchComputed compares with values that are known at run time only.
func (e *emitter) matchComputed(m *ir.Match) text {
	if m.Kind != ir.Equal || e.multi(m.X) {
		return e.refuse(e.f.needle, m)
	}
	f, wrap := e.f.equalExact, func(s string) string { return s }
	if m.Case == ir.Fold {
		f, wrap = e.f.equalComputed, func(s string) string { return "lower(" + s + ")" }
	}
	e.use(f, m)
	x := wrap(e.value(m.X).at(precAdd))
	parts := make([]string, len(m.Needles))
	for i, n := range m.Needles {
		parts[i] = x + "==" + wrap(e.value(n).at(precAdd))
	}
	if len(parts) == 1 {
		return text{parts[0], precCompare}
	}
	if m.All {
		return text{strings.Join(parts, " AND "), precAnd}
	}
	return text{strings.Join(parts, " OR "), precOr}
}

func (e *emitter) matchAny(m *ir.Match, needles []string) text {
	if e.multi(m.X) && m.Kind != ir.Term && m.Kind != ir.TermPrefix && m.Kind != ir.TermSuffix {
		return e.refuse(e.f.multivalue, m)
	}
	switch m.Kind {
	case ir.Equal:
		return e.matchEqual(m, needles)
	case ir.Contains, ir.Prefix, ir.Suffix:
		e.use(e.f.contains, m)
		return e.matchPattern(m, affix(m.Kind, alternatives(needles, m.Case)))
	case ir.Term, ir.TermPrefix, ir.TermSuffix:
		e.use(e.f.term, m)
		return e.matchPattern(m, termPattern(m.Kind, m.Case, needles))
	case ir.Regex:
		parts := make([]string, len(needles))
		for i, n := range needles {
			p, ok := regexOf(n, m.Case == ir.Fold)
			if !ok {
				return e.refuse(e.f.regexSyntax, m)
			}
			parts[i] = p
		}
		e.use(e.f.regex, m)
		if len(parts) == 1 {
			return e.matchPattern(m, parts[0])
		}
		return e.matchPattern(m, "(?:"+strings.Join(parts, ")|(?:")+")")
	case ir.CIDR:
		e.use(e.f.cidr, m)
		parts := make([]string, len(needles))
		for i, n := range needles {
			lit, ok := evalString(n)
			if !ok {
				return e.refuse(e.f.literalBad, m.Needles[i])
			}
			parts[i] = "cidrmatch(" + lit + ", " + e.value(m.X).s + ")"
		}
		if len(parts) == 1 {
			return atom(parts[0])
		}
		if m.All {
			return text{strings.Join(parts, " AND "), precAnd}
		}
		return text{strings.Join(parts, " OR "), precOr}
	default:
		return e.refuse(e.f.exprRefused, m)
	}
}

func (e *emitter) matchPattern(m *ir.Match, pattern string) text {
	x := e.value(m.X).s
	if e.multi(m.X) {
		// The source looks into the array's JSON text.
		x = "mv_to_json_array(" + x + ")"
	}
	return atom("match(" + x + ", " + regexString(pattern) + ")")
}

func affix(k ir.MatchKind, pattern string) string {
	switch k {
	case ir.Prefix:
		return "^" + pattern
	case ir.Suffix:
		return pattern + `\z`
	default:
		return pattern
	}
}

// alternatives is one group that matches any of the needles.
func alternatives(needles []string, c ir.Case) string {
	if len(needles) == 1 {
		return literalPattern(needles[0], c)
	}
	plain := c == ir.Fold
	for _, n := range needles {
		plain = plain && foldsPlainly(n)
	}
	parts := make([]string, len(needles))
	for i, n := range needles {
		if plain {
			parts[i] = quoteRegex(n, false)
		} else {
			parts[i] = literalPattern(n, c)
		}
	}
	open := "(?:"
	if plain {
		open = "(?i:"
	}
	return open + strings.Join(parts, "|") + ")"
}

// matchEqual compares whole strings. Text that a string layer could misread, or that could be taken for a number, is compared by a
// regular expression instead.
func (e *emitter) matchEqual(m *ir.Match, needles []string) text {
	var plain, other []string
	for _, n := range needles {
		if equalPlain(m.Case, n) {
			plain = append(plain, n)
		} else {
			other = append(other, n)
		}
	}
	if len(other) > 0 {
		e.use(e.f.equalFoldRegex, m)
		rest := e.matchPattern(m, "^"+alternatives(other, m.Case)+`\z`)
		if len(plain) == 0 {
			return rest
		}
		return text{e.matchEqual(m, plain).s + " OR " + rest.s, precOr}
	}
	if len(needles) == 1 {
		return e.equalOne(m, needles[0], "==")
	}
	x, fact := e.value(m.X), e.f.equalExact
	if m.Case == ir.Fold {
		x, fact = atom("lower("+x.s+")"), e.folding(strings.Join(needles, ""))
	}
	e.use(fact, m)
	lits := make([]string, len(needles))
	for i, n := range needles {
		if m.Case == ir.Fold {
			n = strings.ToLower(n)
		}
		lits[i], _ = evalString(n)
	}
	return atom("in(" + x.s + ", " + strings.Join(lits, ", ") + ")")
}

// termPattern requires a boundary on a side only where the needle's own edge is a term character.
func termPattern(k ir.MatchKind, c ir.Case, needles []string) string {
	before, after := k != ir.TermSuffix, k != ir.TermPrefix
	same := true
	for _, n := range needles {
		l, r := termEdges(n)
		same = same && l && r
	}
	// Non-ASCII text is outside the bound anyway, so one (?i) for the whole pattern is enough when the needles are ASCII.
	flag := ""
	if c == ir.Fold && ir.IsASCII(strings.Join(needles, "")) {
		flag, c = "(?i)", ir.Exact
	}
	wrap := func(p string, l, r bool) string {
		if before && l {
			p = `(?<![\p{L}\p{N}])` + p
		}
		if after && r {
			p += `(?![\p{L}\p{N}])`
		}
		return p
	}
	if same {
		return flag + wrap(alternatives(needles, c), true, true)
	}
	parts := make([]string, len(needles))
	for i, n := range needles {
		l, r := termEdges(n)
		parts[i] = wrap(literalPattern(n, c), l, r)
	}
	if len(parts) == 1 {
		return flag + parts[0]
	}
	return flag + "(?:" + strings.Join(parts, "|") + ")"
}
