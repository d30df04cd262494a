package hunt

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// term lowers a search term, or its negation. A comparison with an absent field is false, so that NOT keeps the event (search
// manual, "Difference between != and NOT").
func (l *lowerer) term(t syntax.Term, neg bool) ir.Expr {
	switch t := t.(type) {
	case *syntax.AllOf:
		return l.several(t, t.Terms, neg, neg)
	case *syntax.AnyOf:
		return l.several(t, t.Terms, neg, !neg)
	case *syntax.NotTerm:
		return l.term(t.X, !neg)
	case *syntax.Compare:
		return l.compareTerm(t, neg)
	case *syntax.InList:
		var any []syntax.Term
		for _, v := range t.Values {
			c := &syntax.Compare{Field: t.Field, Op: "=", Value: v}
			c.At = v.At
			any = append(any, c)
		}
		return l.several(t, any, neg, !neg)
	case *syntax.Text:
		if t.Directive == "" && !t.Value.Quoted && t.Value.Text == "*" {
			return litOf(at(t), ir.Bool, !neg) // the form in which detections ship their filter macros
		}
		return l.refuse(t, spl.CodeUnsupported, "a word without a field is not translated",
			"it is looked for in the raw text of the event, which other targets do not have: name the field that holds it")
	case *syntax.Subsearch:
		return l.refuse(t, spl.CodeUnsupported, "a subsearch is not translated",
			"it is cut at 10,000 rows and 60 seconds: read both in one search, (A) OR (B), and tell them apart in stats with count(eval(…))")
	case *syntax.Macro:
		return l.macro(t, t.Name)
	default:
		return l.unsupported(t, "this term")
	}
}

// macro refuses a macro of which no definition is known: the seam at which an installation's data models and filters come in.
func (l *lowerer) macro(n syntax.Node, name string) ir.Expr {
	return l.refuse(n, spl.CodeUnsupported, "the macro "+name+" has no definition", "what it stands for is not in the text: give macros.conf or YAML with --definitions")
}

func (l *lowerer) several(n syntax.Node, ts []syntax.Term, neg, any bool) ir.Expr {
	xs := make([]ir.Expr, len(ts))
	for i, t := range ts {
		xs[i] = l.term(t, neg)
	}
	if any {
		return or(n, xs...)
	}
	return and(n, xs...)
}

// ops and inverse are the comparisons by spelling. Read-only.
var (
	ops     = map[string]ir.CmpOp{"=": ir.Eq, "==": ir.Eq, "!=": ir.Ne, "<": ir.Lt, "<=": ir.Le, ">": ir.Gt, ">=": ir.Ge}
	inverse = map[ir.CmpOp]ir.CmpOp{ir.Eq: ir.Ne, ir.Ne: ir.Eq, ir.Lt: ir.Ge, ir.Ge: ir.Lt, ir.Gt: ir.Le, ir.Le: ir.Gt}
)

func (l *lowerer) compareTerm(c *syntax.Compare, neg bool) ir.Expr {
	op, ok := ops[c.Op]
	switch {
	case c.IsTimeModifier():
		return l.refuse(c, spl.CodeUnsupported, "a range of time at this place is not translated", "earliest and latest are read among the first terms of the search, outside of OR and NOT")
	case c.Sub != nil:
		return l.unsupported(c, "a comparison with a subsearch")
	case c.Macro != nil:
		return l.macro(c, c.Macro.Name)
	case !ok || c.Value == nil || c.Field.Text == "index" || c.Directive == "TERM":
		return l.unsupported(c, "this comparison")
	}
	v := l.read(c.Field.Text, c.Field)
	if v.bad() {
		return v.x
	}
	if c.Value.Text == "*" {
		return l.star(v, c, op, neg)
	}
	switch {
	case v.set:
		return l.refuse(c, spl.CodeUnsupported, "a comparison with the values of "+c.Field.Text+" is not translated",
			"no page says what it means for a multivalue field: compare before stats, or count with count(eval(…))")
	case number(v.t):
		return l.numberTerm(v, c, op, c.Value.Text, op == ir.Eq || op == ir.Ne, neg)
	case v.t != ir.String:
		return l.unsupported(c, "a comparison of "+c.Field.Text+" of type "+v.t.String())
	case op != ir.Eq && op != ir.Ne:
		return l.refuse(c, spl.CodeUnsupported, "the order of "+c.Field.Text+" is not translated",
			"it is a text: Splunk compares it as a number where it looks like one. Declare it as long or real with --fields if it is one")
	}
	x := l.textTerm(v, c)
	if x == nil {
		return &ir.Bad{At: at(c)}
	}
	if m, ok := x.(*ir.Match); ok && m.Kind == ir.CIDR && (neg || op == ir.Ne) {
		x = known(m) // of a text that is no address it is unknown, which search takes for false
	}
	if op == ir.Eq {
		if neg {
			return not(x)
		}
		return x
	}
	p := l.present(v, c)
	if neg {
		return or(c, not(p), x)
	}
	return and(c, p, not(x))
}

// known makes a condition false where it is unknown.
func known(x ir.Expr) ir.Expr {
	a := ir.At{S: x.Span()}
	return &ir.Cond{At: a, Branches: []ir.Branch{{If: x, Then: litOf(a, ir.Bool, true)}}, Else: litOf(a, ir.Bool, false), T: ir.Bool}
}

// star is f=*, which tests presence, and f!=*, which nothing passes ("Use fields to retrieve events").
func (l *lowerer) star(v val, c *syntax.Compare, op ir.CmpOp, neg bool) ir.Expr {
	switch {
	case op == ir.Ne:
		return litOf(at(c), ir.Bool, neg)
	case op != ir.Eq:
		return l.unsupported(c, c.Op+"*")
	}
	p := l.present(v, c)
	if neg {
		if b, ok := isBool(p); ok {
			return litOf(at(c), ir.Bool, !b)
		}
		return not(p)
	}
	return p
}

// numberTerm compares a number with a literal; absent numbers pass the negation only. Where search compares texts, the literal must
// be the text of the number.
func (l *lowerer) numberTerm(f val, n syntax.Node, op ir.CmpOp, text string, asText, neg bool) ir.Expr {
	v, err := strconv.ParseFloat(text, 64)
	isWhole := err == nil && v == float64(int64(v)) && v > -exactWhole && v < exactWhole
	switch canonical := isWhole && strconv.FormatInt(int64(v), 10) == text; {
	case err != nil || v != v || v > exactWhole || v < -exactWhole || strings.ContainsAny(text, "xXpP_"):
		return l.refuse(n, spl.CodeUnsupported, "the comparison of "+noun(n)+" with "+strconv.Quote(text)+" is not translated",
			"the field is a number and the value is none, or none that Splunk holds exactly")
	case asText && (!canonical || f.t == ir.Real):
		return l.refuse(n, spl.CodeUnsupported, "= and != of search compare the text of "+noun(n),
			"a number of several spellings would be found in one only: use where, which compares numbers")
	}
	if asText {
		l.spelled(f)
	}
	lit := litOf(at(n), ir.Real, v)
	if isWhole && f.t != ir.Real {
		lit = litOf(at(n), ir.Long, int64(v))
	}
	p := l.present(f, n)
	if neg {
		return or(n, negated(p), &ir.Compare{At: at(n), Op: inverse[op], L: f.x, R: lit})
	}
	return and(n, p, &ir.Compare{At: at(n), Op: op, L: f.x, R: lit})
}

// negated is the negation of a test for presence, in the form that reads best.
func negated(p ir.Expr) ir.Expr {
	switch p := p.(type) {
	case *ir.Not:
		return p.X
	case *ir.Lit:
		if b, ok := isBool(p); ok {
			return litOf(p.At, ir.Bool, !b)
		}
	}
	return not(p)
}

// isRange tells an address range, which search compares as one.
var isRange = regexp.MustCompile(`^[0-9A-Fa-f:.]*[.:][0-9A-Fa-f:.]*/\d{1,3}$`)

// textTerm is = of search on a text: regardless of case, * for any text. It is nil after a refusal.
func (l *lowerer) textTerm(f val, c *syntax.Compare) ir.Expr {
	s := c.Value.Text
	m := &ir.Match{At: at(c), Kind: ir.Equal, Case: ir.Fold, X: f.x}
	if c.Directive == "CASE" {
		m.Case = ir.Exact
	}
	stars := strings.Count(s, "*")
	core := strings.Trim(s, "*")
	switch {
	case core == "":
		l.unsupported(c, "a comparison with an empty text")
		return nil
	case c.Value.OneBackslash:
		l.unsupported(c.Value, `a value with \*`)
		return nil
	case isRange.MatchString(s):
		m.Kind, m.Case = ir.CIDR, ir.Exact
	case stars == 0:
	case stars == 1 && strings.HasSuffix(s, "*"):
		m.Kind = ir.Prefix
	case stars == 1 && strings.HasPrefix(s, "*"):
		m.Kind = ir.Suffix
	case stars == 2 && strings.HasPrefix(s, "*") && strings.HasSuffix(s, "*"):
		m.Kind = ir.Contains
	default:
		parts := strings.Split(s, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		flags := "(?si)"
		if m.Case == ir.Exact {
			flags = "(?s)"
		}
		m.Kind, m.Case, core = ir.Regex, ir.Exact, flags+"^"+strings.Join(parts, ".*")+"$"
	}
	m.Needles = []ir.Expr{litOf(at(c.Value), ir.String, core)}
	return m
}
