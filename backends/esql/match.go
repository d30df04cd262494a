package esql

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/huntc/huntc/ir"
)

// match writes a string test. What follows holds in strict-null terms: an absent value makes it null.
func (e *emitter) match(m *ir.Match) (string, int) {
	needles := make([]string, len(m.Needles))
	for i, n := range m.Needles {
		s, ok := ir.ConstString(n)
		if !ok {
			if m.Kind == ir.Equal && m.Case == ir.Exact && len(m.Needles) == 1 && ir.TypeOf(n) != ir.Dynamic {
				e.r.Use(factEqual, m, m.S, "==")
				return e.expr(m.X, precAdd) + " == " + e.expr(n, precAdd), precCompare
			}
			return e.computed(m)
		}
		needles[i] = s
	}
	if len(needles) == 0 {
		return map[bool]string{true: "true", false: "false"}[m.All], precPrimary
	}
	x := e.matched(m.X)
	if isAddress(m.X) && (m.Kind == ir.CIDR || m.Kind == ir.Equal && m.Case == ir.Exact && !slices.ContainsFunc(needles, notAddress)) {
		x = e.stored(m.X) // by the index
	}
	switch m.Kind {
	case ir.Equal:
		return e.equal(m, x, needles)
	case ir.Contains, ir.Prefix, ir.Suffix:
		return each(needles, m.All, func(s string) (string, int) { return e.like(m, x, s) })
	case ir.Term, ir.TermPrefix, ir.TermSuffix:
		e.r.Use(factTerm, m, m.S, e.in.Source.Text[max(0, int(m.S.Pos)-1):max(0, int(m.S.End)-1)])
		if m.All {
			return each(needles, true, func(s string) (string, int) { return term(m, x, []string{s}) })
		}
		return term(m, x, needles)
	case ir.Regex:
		return each(needles, m.All, func(s string) (string, int) { return e.regex(m, x, s) })
	case ir.CIDR:
		if f, ok := m.X.(*ir.Field); !ok || f.Info.Type != "ip" || m.All {
			e.r.Use(factCIDRNo, m, m.S, "a CIDR test")
			return "null", precPrimary
		}
		e.r.Use(factCIDR, m, m.S, "a CIDR test")
		return "CIDR_MATCH(" + x + ", " + quoteAll(needles) + ")", precPrimary
	}
	return e.refuse(m.S, m.Kind.String()), precPrimary
}

// matched writes the text under test; a set is tested as its JSON text, as KQL tests a dynamic array. Of that text only the neighbours
// of terms matter: between two values stands none, and before what follows a control character the last letter of its escape.
func (e *emitter) matched(x ir.Expr) string {
	if c, ok := x.(*ir.Col); ok && c.T == ir.Dynamic && !e.nulls[c.Name] {
		return "REPLACE(MV_CONCAT(" + ident(c.Name) + `, ","), "[\\x00-\\x1F]", "\\\\n")`
	}
	return e.expr(x, precAdd)
}

// notAddress reports whether a text is no address, or one that is written otherwise when it comes out of the target.
func notAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err != nil || a.String() != s
}

func quoteAll(ss []string) string {
	q := make([]string, len(ss))
	for i, s := range ss {
		q[i] = quote(s)
	}
	return strings.Join(q, ", ")
}

func each(needles []string, all bool, f func(string) (string, int)) (string, int) {
	if len(needles) == 1 {
		return f(needles[0])
	}
	op, prec := " OR ", precOr
	if all {
		op, prec = " AND ", precAnd
	}
	parts := make([]string, len(needles))
	for i, s := range needles {
		text, have := f(s)
		if have <= prec {
			text = "(" + text + ")"
		}
		parts[i] = text
	}
	return strings.Join(parts, op), prec
}

// plainFold reports whether lower-casing a text and folding its ASCII letters are the same test for this needle. TO_LOWER makes k of
// the Kelvin sign and i (and a combining dot) of the dotted capital I, so that needles with these letters need both cases written
// out, as do needles beyond ASCII, of which KQL folds only the ASCII letters.
func plainFold(needle string) bool {
	return ir.IsASCII(needle) && !strings.ContainsAny(needle, "kKiI")
}

// equalFoldPlain: as a whole value, i is safe: the dotted capital I lower-cases to two characters.
func equalFoldPlain(needle string) bool {
	return ir.IsASCII(needle) && !strings.ContainsAny(needle, "kK")
}

func (e *emitter) equal(m *ir.Match, x string, needles []string) (string, int) {
	if m.Case == ir.Exact {
		e.r.Use(factEqual, m, m.S, "==")
		if len(needles) == 1 {
			return x + " == " + quote(needles[0]), precCompare
		}
		if m.All {
			return each(needles, true, func(s string) (string, int) { return x + " == " + quote(s), precCompare })
		}
		return x + " IN (" + quoteAll(needles) + ")", precCompare
	}
	e.r.Use(factEqualFold, m, m.S, "=~")
	return each(needles, m.All, func(s string) (string, int) {
		if equalFoldPlain(s) {
			return "TO_LOWER(" + x + ") == " + quote(ir.FoldASCII(s)), precCompare
		}
		return x + " RLIKE " + quote(bothCases(s)), precCompare
	})
}

func (e *emitter) like(m *ir.Match, x, s string) (string, int) {
	pre, post := "*", "*"
	switch m.Kind {
	case ir.Prefix:
		pre = ""
	case ir.Suffix:
		post = ""
	}
	if m.Case == ir.Exact || s == "" {
		e.r.Use(factLike, m, m.S, m.Kind.String())
		return x + " LIKE " + quote(pre+likeQuote(s)+post), precCompare
	}
	e.r.Use(factLikeFold, m, m.S, m.Kind.String())
	if plainFold(s) {
		return "TO_LOWER(" + x + ") LIKE " + quote(pre+likeQuote(ir.FoldASCII(s))+post), precCompare
	}
	dots := strings.NewReplacer("*", ".*")
	return x + " RLIKE " + quote(dots.Replace(pre)+bothCases(s)+dots.Replace(post)), precCompare
}

// bothCases writes a Lucene regular expression for s in which every ASCII letter stands in both cases.
func bothCases(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80 && unicode.IsLetter(r):
			b.WriteString("[" + string(unicode.ToLower(r)) + string(unicode.ToUpper(r)) + "]")
		default:
			b.WriteString(luceneQuote(string(r)))
		}
	}
	return b.String()
}

// luceneQuote escapes s for a Lucene regular expression; a backslash may stand before any punctuation.
func luceneQuote(s string) string { return javaQuote(s) }

// term writes a test for whole terms as two tests. The first is fast and sees boundaries in ASCII only, so that it may find more; the
// second decides exactly: the whole value is replaced by nothing when the term stands between boundaries. Elasticsearch evaluates both
// sides of an AND for every row, and the second costs six times the first, so that a column is given to it only where its text is not
// ASCII. A boundary is asked for on a side only where the needle's own edge is a term character.
func term(m *ir.Match, x string, needles []string) (string, int) {
	type edges struct{ left, right bool }
	var order []edges
	groups := map[edges][]string{}
	ascii := true
	for _, s := range needles {
		if s == "" {
			return x + " IS NOT NULL", precCompare
		}
		rs := []rune(s)
		k := edges{m.Kind != ir.TermSuffix && ir.IsTermChar(rs[0]), m.Kind != ir.TermPrefix && ir.IsTermChar(rs[len(rs)-1])}
		if _, ok := groups[k]; !ok {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
		ascii = ascii && ir.IsASCII(s)
	}
	var fast, exact []string
	for _, k := range order {
		var f, x []string
		for _, s := range groups[k] {
			x = append(x, javaQuote(s))
			if m.Case == ir.Fold {
				s = ir.FoldASCII(s)
			}
			f = append(f, luceneQuote(s))
		}
		side := func(need bool, with, without string) string {
			if need {
				return with
			}
			return without
		}
		class := "[^a-z0-9]"
		if m.Case == ir.Exact {
			class = "[^a-zA-Z0-9]"
		}
		fast = append(fast, side(k.left, "(.*"+class+")?", ".*")+"("+strings.Join(f, "|")+")"+side(k.right, "("+class+".*)?", ".*"))
		exact = append(exact, side(k.left, `(?:.*[^\p{L}\p{N}])?`, ".*")+"(?:"+strings.Join(x, "|")+")"+side(k.right, `(?:[^\p{L}\p{N}].*)?`, ".*"))
	}
	flags, lower := "(?s)", x
	if m.Case == ir.Fold {
		flags, lower = "(?is)", "TO_LOWER("+x+")"
	}
	pattern := quote(flags + "^(?:" + strings.Join(exact, "|") + ")$")
	decide := "REPLACE(" + x + ", " + pattern + `, "") == ""`
	if !ascii {
		return x + ` != "" AND ` + decide, precAnd
	}
	if isColumn(m.X) {
		decide = fmt.Sprintf(`COALESCE(REPLACE(CASE(BYTE_LENGTH(%s) > LENGTH(%s), %s), %s, ""), "") == ""`, x, x, x, pattern)
	}
	return lower + " RLIKE " + quote(strings.Join(fast, "|")) + " AND " + decide, precAnd
}

// isColumn reports whether an expression is written as one name, which may be repeated.
func isColumn(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Field:
		return x.Info.Container == ""
	case *ir.Col:
		return x.T != ir.Dynamic
	}
	return false
}
