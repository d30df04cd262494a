package kql

import (
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// test is how an operator looks for a needle.
type test struct {
	kind ir.MatchKind
	cas  ir.Case
}

// textTests are the operators on text without their negation. Read-only.
var textTests = map[string]test{
	"has": {ir.Term, ir.Fold}, "has_cs": {ir.Term, ir.Exact},
	"hasprefix": {ir.TermPrefix, ir.Fold}, "hasprefix_cs": {ir.TermPrefix, ir.Exact},
	"hassuffix": {ir.TermSuffix, ir.Fold}, "hassuffix_cs": {ir.TermSuffix, ir.Exact},
	"contains": {ir.Contains, ir.Fold}, "contains_cs": {ir.Contains, ir.Exact},
	"startswith": {ir.Prefix, ir.Fold}, "startswith_cs": {ir.Prefix, ir.Exact},
	"endswith": {ir.Suffix, ir.Fold}, "endswith_cs": {ir.Suffix, ir.Exact},
	"matches regex": {ir.Regex, ir.Exact},
}

func textual(t ir.Type) bool { return t == ir.String || t == ir.Dynamic || t == ir.TypeUnset }

// matchList is match whose dynamic needles stand for their elements.
func (l *lowerer) matchList(pos ir.At, t test, x ir.Expr, needles []ir.Expr, all bool) ir.Expr {
	var lists, plain []ir.Expr
	for _, n := range needles {
		if ir.TypeOf(n) == ir.Dynamic {
			lists = append(lists, n)
		} else {
			plain = append(plain, n)
		}
	}
	e := l.match(pos, t, x, plain, all)
	if m, ok := e.(*ir.Match); ok {
		m.Needles = append(m.Needles, lists...)
	}
	return e
}

func (l *lowerer) match(pos ir.At, t test, x ir.Expr, needles []ir.Expr, all bool) ir.Expr {
	if typ := ir.TypeOf(x); !textual(typ) {
		return l.refuse(x.Span(), "a test of text on a value of type "+typ.String(), "", "convert it with tostring()")
	}
	for i, n := range needles {
		switch typ := ir.TypeOf(n); {
		case typ == ir.Dynamic:
			needles[i] = &ir.Cast{At: ir.At{S: n.Span()}, To: ir.String, X: n}
		case !textual(typ):
			return l.refuse(n.Span(), "a value of type "+typ.String()+" as text to look for", "", "write it as a string")
		}
	}
	return &ir.Match{At: pos, Kind: t.kind, Case: t.cas, X: x, Needles: needles, All: all}
}

// equal lowers == and =~: text becomes Match, everything else Compare.
func (l *lowerer) equal(n syntax.Node, a, b ir.Expr, c ir.Case) ir.Expr {
	if isConst(a) && !isConst(b) {
		a, b = b, a
	}
	ta, tb := ir.TypeOf(a), ir.TypeOf(b)
	text := ta == ir.String || tb == ir.String || c == ir.Fold
	if text && textual(ta) && textual(tb) {
		return l.match(at(n), test{ir.Equal, c}, a, []ir.Expr{b}, false)
	}
	x, y, ok := l.alignEqual(a, b)
	if !ok || c == ir.Fold {
		return l.mismatch(n, a, b)
	}
	return &ir.Compare{At: at(n), Op: ir.Eq, L: x, R: y}
}

// isConst reports whether an expression reads no column.
func isConst(e ir.Expr) bool {
	out := true
	ir.Inspect(e, func(e ir.Expr) bool {
		if _, ok := e.(*ir.Col); ok {
			out = false
		}
		return out
	})
	return out
}

// in lowers tests against a list. Lists of tables are handled by where; elsewhere they have no form.
func (l *lowerer) in(x *syntax.In, c *ctx) ir.Expr {
	if _, every := x.X.(*syntax.Star); every {
		return l.anyColumnIn(x, c)
	}
	if len(x.List) == 1 && l.isTabularIn(x.List[0], c) {
		return l.inTable(x, c)
	}
	if n, ok := loneName(x.List); ok && c.row.open && c.env.find(n.Name) == nil {
		if _, known := c.row.find(n.Name); !known {
			return l.refuse(n.Span(), "the list "+n.Name, "without a schema it may be a table or a column", "give the schema of the table")
		}
	}
	v := l.expr(x.X, c)
	var items []ir.Expr
	for _, it := range x.List {
		items = append(items, l.expr(it, c))
	}
	if isBad(v) {
		return v
	}
	needles, ok := l.needles(items)
	if !ok {
		return &ir.Bad{At: at(x)}
	}
	op, negated := strings.CutPrefix(string(x.Op), "!")
	var out ir.Expr
	switch op {
	case "has_any":
		out = l.matchList(at(x), textTests["has"], v, textNeedles(needles), false)
	case "has_all":
		out = l.matchList(at(x), textTests["has"], v, textNeedles(needles), true)
	case "in":
		out = l.member(x, v, needles, ir.Exact)
	case "in~":
		out = l.member(x, v, needles, ir.Fold)
	default:
		return l.refuse(x.OpAt, "the operator "+string(x.Op), "", "")
	}
	if negated {
		return l.negate(x, out)
	}
	return out
}

func loneName(list []syntax.Expr) (*syntax.Name, bool) {
	if len(list) != 1 {
		return nil, false
	}
	n, ok := list[0].(*syntax.Name)
	return n, ok
}

// member lowers in: one Match where everything is text, comparisons otherwise.
func (l *lowerer) member(x *syntax.In, v ir.Expr, needles []ir.Expr, c ir.Case) ir.Expr {
	text := textual(ir.TypeOf(v))
	lists := false
	for _, n := range needles {
		text = text && textual(ir.TypeOf(n))
		lists = lists || ir.TypeOf(n) == ir.Dynamic
	}
	if text {
		return l.matchList(at(x), test{ir.Equal, c}, v, needles, false)
	}
	if lists {
		// What a list holds is known only per row; the test compares by value.
		return &ir.Match{At: at(x), Kind: ir.Equal, Case: c, X: v, Needles: needles}
	}
	if len(needles) == 1 {
		return l.equal(x, v, needles[0], c)
	}
	or := &ir.Or{At: at(x)}
	for _, n := range needles {
		e := l.equal(x, v, n, c)
		if isBad(e) {
			return e
		}
		or.Xs = append(or.Xs, e)
	}
	return or
}

// needles flattens lists into their elements.
func (l *lowerer) needles(items []ir.Expr) ([]ir.Expr, bool) {
	var out []ir.Expr
	for _, it := range items {
		switch e := it.(type) {
		case *ir.Bad:
			return nil, false
		case *ir.List:
			more, ok := l.needles(e.Elems)
			if !ok {
				return nil, false
			}
			out = append(out, more...)
			continue
		case *ir.Lit:
			if arr, ok := e.Value.V.([]any); ok {
				if !l.grow(int64(len(arr)), e.S) {
					return nil, false
				}
				for _, v := range arr {
					out = append(out, &ir.Lit{At: e.At, Value: element(v)})
				}
				continue
			}
		}
		out = append(out, it)
	}
	return out, true
}

// element gives a JSON value the scalar type that it has.
func element(v any) ir.Value {
	switch v := v.(type) {
	case string:
		return ir.Value{Type: ir.String, V: v}
	case int64:
		return ir.Value{Type: ir.Long, V: v}
	case float64:
		return ir.Value{Type: ir.Real, V: v}
	case bool:
		return ir.Value{Type: ir.Bool, V: v}
	default:
		return ir.Value{Type: ir.Dynamic, V: v}
	}
}

// textNeedles writes numbers of a list as the text that has_any looks for.
func textNeedles(needles []ir.Expr) []ir.Expr {
	for i, n := range needles {
		if lit, ok := n.(*ir.Lit); ok && lit.Value.Type.Numeric() && lit.Value.V != nil {
			needles[i] = ir.StringLit(lit.Value.String(), lit.S)
		}
	}
	return needles
}
