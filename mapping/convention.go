package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

// match maps a string predicate. Where the target changes the values, the constants are changed alike; what that cannot say
// exactly is a drift of this predicate.
func (w *walker) match(e *ir.Match, s *scope) (ir.Expr, bool) {
	x := e.X
	if c, ok := x.(*ir.Cast); ok && c.To == ir.String {
		x = c.X
	}
	r, ok := w.resolve(x, s)
	if !ok || r.elem != nil {
		return nil, false
	}
	row, k := s.table.find(r.route)
	if row == nil || k != leaf || row.Value == "" {
		return nil, false
	}
	texts, ok := constants(e.Needles)
	if !ok {
		return nil, false
	}
	f := w.plain(row, r.route, e.X.Span(), s.table)
	c := *e
	switch {
	case row.Value == "string":
		c.Needles = stringLits(texts, e.Needles)
		c.X = f
		return &c, true
	case row.Else != "":
		return w.split(e, row, f, texts, r.route, s.table), true
	case e.Kind == ir.Regex || e.Kind == ir.CIDR:
		return nil, false
	}
	w.normalise(&c, row, f, texts, r.route)
	return &c, true
}

// plain is the row's field as it is stored, without the drift that its use as a value has: the caller answers for that.
func (w *walker) plain(r *Row, p route, at diag.Span, t *Table) *ir.Field {
	w.note(r, p)
	name, info := w.m.info(t, r, p)
	return &ir.Field{At: ir.At{S: at}, Name: name, T: ir.String, Info: info}
}

// normalise compares with the constants in the target's form.
func (w *walker) normalise(c *ir.Match, r *Row, f *ir.Field, texts []string, p route) {
	exact := true
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strings.ToLower(t)
		caseless := out[i] == t && strings.ToUpper(t) == t
		exact = exact && (caseless || c.Case == ir.Fold && out[i] == ir.FoldASCII(t)) // beyond ASCII the target folds and KQL does not
		if r.Value == "lower-dash" {
			out[i] = strings.ReplaceAll(out[i], " ", "-")
			exact = exact && !strings.ContainsAny(t, " -")
		}
	}
	c.X, c.Case, c.Needles = f, ir.Exact, stringLits(out, c.Needles)
	if exact {
		return
	}
	what := "letter case"
	if r.Value == "lower-dash" {
		what = "letter case, or space and dash,"
	}
	w.leaf(Leaf{Leaf: drift.Leaf{Node: c, Kind: drift.MayBeTrue}, Code: CodeCase, Span: c.S, Short: "case",
		Bound: "no two values differ only in " + strings.TrimSuffix(what, ","),
		Text:  fmt.Sprintf("%s is compared in the form in which the target stores it", p),
		Why:   fmt.Sprintf("The target has changed the values on the way in, so values that differ only in %s match as well.", what),
		Hint:  settingHint(r)})
}

// split sends each constant to the field that can hold it.
func (w *walker) split(e *ir.Match, r *Row, f *ir.Field, texts []string, p route, t *Table) ir.Expr {
	rest := *r
	rest.Field, rest.Value, rest.Only, rest.Else = r.Else, "", nil, ""
	other := w.plain(&rest, p, e.X.Span(), t)
	if e.Kind != ir.Equal || e.All && len(texts) > 1 {
		return w.refuse(CodeValue, e.S, fmt.Sprintf("%s can only be compared as a whole", p),
			fmt.Sprintf("The target stores %s in %s and every other value in %s.", strings.Join(r.Only, " and "), r.Field, r.Else), "use == or in")
	}
	var in, out []string
	for _, s := range texts {
		switch {
		case slices.Contains(r.Only, ir.FoldASCII(s)):
			in = append(in, ir.FoldASCII(s))
		default:
			out = append(out, s)
		}
	}
	var xs []ir.Expr
	if len(in) > 0 {
		m := *e
		// The older versions of the integration kept the case, so the comparison ignores it.
		m.X, m.Case, m.Needles = f, ir.Fold, litsAt(in, e.S)
		if e.Case == ir.Exact {
			w.leaf(Leaf{Leaf: drift.Leaf{Node: &m, Kind: drift.MayBeTrue}, Code: CodeCase, Span: e.S, Short: "case",
				Bound: "no two values differ only in letter case", Text: fmt.Sprintf("%s is compared regardless of letter case", p),
				Why: "The target stores these values lower-cased."})
		}
		xs = append(xs, &m)
	}
	if len(out) > 0 || len(texts) == 0 {
		m := *e
		m.X, m.Needles = other, litsAt(out, e.S)
		xs = append(xs, &m)
	}
	if slices.Contains(out, "") { // "" means: in neither field
		xs[len(xs)-1] = &ir.And{At: e.At, Xs: []ir.Expr{xs[len(xs)-1], &ir.IsEmpty{At: e.At, X: f}}}
	}
	if len(xs) == 1 {
		return xs[0]
	}
	return &ir.Or{At: e.At, Xs: xs}
}

// compare maps a comparison with a number that the target stores as text.
func (w *walker) compare(e *ir.Compare, s *scope) (ir.Expr, bool) {
	x, lit, op := e.L, e.R, e.Op
	if _, ok := x.(*ir.Lit); ok {
		x, lit, op = e.R, e.L, e.Op.Mirrored()
	}
	if c, ok := x.(*ir.Cast); ok && c.To.Numeric() {
		x = c.X
	}
	r, ok := w.resolve(x, s)
	if !ok || r.elem != nil {
		return nil, false
	}
	row, _ := s.table.find(r.route)
	if row == nil || row.Value != "string" || r.typ() == ir.String {
		return nil, false
	}
	if op != ir.Eq && op != ir.Ne {
		return w.noOrder(r.route, e.S), true
	}
	texts, ok := constants([]ir.Expr{lit})
	if !ok {
		return nil, false
	}
	f := w.plain(row, r.route, e.L.Span(), s.table)
	var m ir.Expr = &ir.Match{At: e.At, Kind: ir.Equal, Case: ir.Exact, X: f, Needles: stringLits(texts, []ir.Expr{lit})}
	if op == ir.Ne {
		m = &ir.Not{At: e.At, X: m}
	}
	return m, true
}

func (w *walker) noOrder(p route, at diag.Span) ir.Expr {
	return w.refuse(CodeValue, at, fmt.Sprintf("%s has no order in the target", p), "The target stores the number as text, where 9 comes after 10.",
		"compare with == or in")
}

// constants returns the texts of constant needles: strings as they are, whole numbers in their decimal form.
func constants(xs []ir.Expr) ([]string, bool) {
	out := make([]string, len(xs))
	for i, x := range xs {
		l, ok := x.(*ir.Lit)
		if !ok {
			return nil, false
		}
		switch v := l.Value.V.(type) {
		case string:
			out[i] = v
		case int64:
			if !l.Value.Type.Numeric() && l.Value.Type != ir.Dynamic {
				return nil, false
			}
			out[i] = fmt.Sprint(v)
		default:
			return nil, false
		}
	}
	return out, true
}

func stringLits(texts []string, at []ir.Expr) []ir.Expr {
	out := make([]ir.Expr, len(texts))
	for i, t := range texts {
		out[i] = ir.StringLit(t, at[i].Span())
	}
	return out
}

func litsAt(texts []string, at diag.Span) []ir.Expr {
	out := make([]ir.Expr, len(texts))
	for i, t := range texts {
		out[i] = ir.StringLit(t, at)
	}
	return out
}
