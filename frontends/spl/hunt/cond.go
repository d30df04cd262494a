package hunt

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

func not(x ir.Expr) ir.Expr { return &ir.Not{At: ir.At{S: x.Span()}, X: x} }

func and(n syntax.Node, xs ...ir.Expr) ir.Expr { return &ir.And{At: at(n), Xs: xs} }

func or(n syntax.Node, xs ...ir.Expr) ir.Expr { return &ir.Or{At: at(n), Xs: xs} }

// number says whether a type's values are numbers to Splunk too, written without a loss.
func number(t ir.Type) bool { return t == ir.Int || t == ir.Long || t == ir.Real }

// present tests that a row has the field. An empty text is present to Splunk and absent to the hunt: it must be ruled out. The result
// is nil after a refusal.
func (l *lowerer) present(f Field, n syntax.Node) ir.Expr {
	switch {
	case number(f.Type):
		return not(&ir.IsNull{At: at(n), X: col(f, n)})
	case f.Type == ir.String && f.Nonempty:
		return not(&ir.IsEmpty{At: at(n), X: col(f, n)})
	case f.Type == ir.String:
		l.refuse(n, spl.CodeUnsupported, "whether an event has "+f.Name+" decides here, and an empty text is not told from an absent one",
			"Splunk keeps an event whose "+f.Name+" is an empty text: declare the field as \"string nonempty\" with --fields if there is none")
	default:
		l.unsupported(n, "the field "+f.Name+" of type "+f.Type.String()+" at this place")
	}
	return nil
}

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
	default:
		return l.unsupported(t, "this term")
	}
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
	if !ok || c.Value == nil || c.IsTimeModifier() || c.Field.Text == "index" || c.Directive == "TERM" {
		return l.unsupported(c, "this comparison")
	}
	f, ok := l.field(c.Field.Text, c.Field)
	if !ok {
		return &ir.Bad{At: at(c)}
	}
	if c.Value.Text == "*" {
		return l.star(f, c, op, neg)
	}
	switch {
	case number(f.Type):
		return l.numberTerm(f, c, op, c.Value.Text, op == ir.Eq || op == ir.Ne, neg)
	case f.Type != ir.String:
		return l.unsupported(c, "a comparison of "+f.Name+" of type "+f.Type.String())
	case op != ir.Eq && op != ir.Ne:
		return l.refuse(c, spl.CodeUnsupported, "the order of "+f.Name+" is not translated",
			"it is a text: Splunk compares it as a number where it looks like one. Declare it as long or real with --fields if it is one")
	}
	x := l.textTerm(f, c)
	if x == nil {
		return &ir.Bad{At: at(c)}
	}
	if op == ir.Eq {
		if neg {
			return not(x)
		}
		return x
	}
	p := l.present(f, c)
	switch {
	case p == nil:
		return &ir.Bad{At: at(c)}
	case neg:
		return or(c, not(p), x)
	}
	return and(c, p, not(x))
}

// star is f=*, which tests presence, and f!=*, which nothing passes.
func (l *lowerer) star(f Field, c *syntax.Compare, op ir.CmpOp, neg bool) ir.Expr {
	if op != ir.Eq {
		return l.unsupported(c, c.Op+"*")
	}
	p := l.present(f, c)
	switch {
	case p == nil:
		return &ir.Bad{At: at(c)}
	case neg:
		return not(p)
	}
	return p
}

// numberTerm compares a number with a literal; absent numbers pass the negation only. Where search compares texts, the literal must
// be the text of the number.
func (l *lowerer) numberTerm(f Field, n syntax.Node, op ir.CmpOp, text string, asText, neg bool) ir.Expr {
	v, err := strconv.ParseFloat(text, 64)
	whole := err == nil && v == float64(int64(v)) && v > -1<<53 && v < 1<<53
	switch canonical := whole && strconv.FormatInt(int64(v), 10) == text; {
	case err != nil || v != v || v > 1<<53 || v < -1<<53 || strings.ContainsAny(text, "xXpP_"):
		return l.refuse(n, spl.CodeUnsupported, "the comparison of "+f.Name+" with "+strconv.Quote(text)+" is not translated",
			"the field is a number and the value is none, or none that Splunk holds exactly")
	case asText && (!canonical || f.Type == ir.Real):
		return l.refuse(n, spl.CodeUnsupported, "= and != of search compare the text of "+f.Name,
			"a number of several spellings would be found in one only: use where, which compares numbers")
	}
	lit := &ir.Lit{At: at(n), Value: ir.Value{Type: ir.Real, V: v}}
	if whole && f.Type != ir.Real {
		lit.Value = ir.Value{Type: ir.Long, V: int64(v)}
	}
	absent := &ir.IsNull{At: at(n), X: col(f, n)}
	if neg {
		return or(n, absent, &ir.Compare{At: at(n), Op: inverse[op], L: col(f, n), R: lit})
	}
	return and(n, not(absent), &ir.Compare{At: at(n), Op: op, L: col(f, n), R: lit})
}

// textTerm is = of search on a text: regardless of case, * for any text. It is nil after a refusal.
func (l *lowerer) textTerm(f Field, c *syntax.Compare) ir.Expr {
	s := c.Value.Text
	m := &ir.Match{At: at(c), Kind: ir.Equal, Case: ir.Fold, X: col(f, c)}
	if c.Directive == "CASE" {
		m.Case = ir.Exact
	}
	stars := strings.Count(s, "*")
	core := strings.Trim(s, "*")
	switch {
	case core == "":
		l.unsupported(c, "a comparison with an empty text")
		return nil
	case strings.Contains(s, `\*`) || strings.Contains(s, "/") && strings.ContainsAny(s, ".:"):
		l.unsupported(c.Value, "a value with \\* or of the form of an address range")
		return nil
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
	m.Needles = []ir.Expr{&ir.Lit{At: at(c.Value), Value: ir.Value{Type: ir.String, V: core}}}
	return m
}

// where lowers a condition of where: comparisons of a field with a literal under AND and OR. A comparison with an absent field is
// unknown, which AND and OR keep out of the result as false does.
func (l *lowerer) where(x syntax.Expr) ir.Expr {
	switch x := x.(type) {
	case *syntax.Group:
		return l.where(x.X)
	case *syntax.Binary:
		switch x.Op {
		case "AND":
			return and(x, l.where(x.X), l.where(x.Y))
		case "OR":
			return or(x, l.where(x.X), l.where(x.Y))
		}
		return l.whereCompare(x)
	default:
		return l.unsupported(x, "this condition")
	}
}

func (l *lowerer) whereCompare(x *syntax.Binary) ir.Expr {
	ref, ok := x.X.(*syntax.FieldRef)
	op := ops[x.Op]
	if !ok || op == ir.CmpUnset || ref.IsBool() {
		return l.unsupported(x, "this condition")
	}
	f, ok := l.field(ref.Name, ref)
	if !ok {
		return &ir.Bad{At: at(x)}
	}
	switch y := x.Y.(type) {
	case *syntax.Num:
		if number(f.Type) {
			return l.numberTerm(f, x, op, y.Text, false, false)
		}
		return l.refuse(x, spl.CodeUnsupported, "the comparison of "+f.Name+" with a number is not translated",
			"it is a "+f.Type.String()+": Splunk compares it as a number where it looks like one")
	case *syntax.Str:
		if f.Type == ir.String && y.Text != "" && (op == ir.Eq || op == ir.Ne) {
			return l.whereText(f, x, op, y)
		}
		return l.unsupported(x, "this comparison with a text")
	default:
		return l.unsupported(x, "a comparison with something that is not a literal")
	}
}

func (l *lowerer) whereText(f Field, x *syntax.Binary, op ir.CmpOp, y *syntax.Str) ir.Expr {
	m := &ir.Match{At: at(x), Kind: ir.Equal, Case: ir.Exact, X: col(f, x), Needles: []ir.Expr{&ir.Lit{At: at(y), Value: ir.Value{Type: ir.String, V: y.Text}}}}
	if op == ir.Eq {
		return m
	}
	p := l.present(f, x)
	if p == nil {
		return &ir.Bad{At: at(x)}
	}
	return and(x, p, not(m))
}
