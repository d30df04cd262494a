package mapping

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

// expand maps mv-expand. An array that the target stores by index is listed element by element, for the paths that are read.
func (w *walker) expand(o *ir.Expand, rest []ir.Op, s *scope) ir.Op {
	c := *o
	forget := func() { s.defs[o.Name] = def{at: o.S} }
	if w.m.Keep {
		c.X = w.expr(o.X, s)
		forget()
		return &c
	}
	v, ok := w.resolve(o.X, s)
	switch {
	case !ok:
		c.X = w.expr(o.X, s)
		forget()
		return &c
	case v.elem != nil:
		c.X = w.refuse(CodeArray, o.S, fmt.Sprintf("mv-expand of %s inside an expanded array", v.text()),
			"The target lists the elements of one array only.", "")
		forget()
		return &c
	}
	t, p := s.table, v.route
	row, _ := t.find(p)
	el, elKind := t.find(p.below(ir.Step{IsIndex: true}))
	switch {
	case row != nil && row.Array == "lost" || el != nil && el.Array == "lost":
		c.X = w.lost(p, o.S)
		forget()
		return &c
	case row != nil && row.Array == "multivalue":
		c.X = w.value(p, o.X.Span(), ir.Dynamic, t)
		forget()
		w.leaf(Leaf{Leaf: drift.Leaf{Node: &c, Kind: drift.LostRows}, Code: CodeArray, Span: o.S, Bound: "no element occurs twice",
			Short: "distinct", Text: p.String() + " is stored without duplicates", Why: "The target keeps each value of the array once."})
		return &c
	case el == nil && elKind != container:
		c.X = w.value(p, o.X.Span(), ir.Dynamic, t)
		forget()
		return &c
	}
	name := w.m.prefix(t, p)
	c.X = &ir.Field{At: ir.At{S: o.X.Span()}, Name: name, T: ir.Dynamic,
		Info: &ir.FieldInfo{Source: p.String(), Type: "array", MaybeAbsent: true}}
	c.Elements = make([]map[string]ir.Expr, w.m.Bound)
	for i := range c.Elements {
		c.Elements[i] = map[string]ir.Expr{}
	}
	s.defs[o.Name] = def{elem: &expansion{base: p, op: &c, table: t}, at: o.S}
	bound := fmt.Sprintf("at most %d elements", w.m.Bound)
	if !dropsEmpty(rest, o.Name) {
		// KQL makes a row of null for an absent array, and a row of every element, whatever it holds.
		bound = fmt.Sprintf("1 to %d elements, each with a value in a field that is read", w.m.Bound)
	}
	w.leaf(Leaf{Leaf: drift.Leaf{Node: &c, Kind: drift.LostRows}, Code: CodeElements, Span: o.S, Bound: bound, Short: fmt.Sprintf("≤%d", w.m.Bound),
		Text: fmt.Sprintf("only the first %d elements of %s are looked at", w.m.Bound, p),
		Why:  "The target stores the array as an object keyed by index, so each index is named."})
	return &c
}

// dropsEmpty reports whether a later filter drops the row whose element is null.
func dropsEmpty(rest []ir.Op, name string) bool {
	for _, o := range rest {
		switch o := o.(type) {
		case *ir.Extend:
			if slices.ContainsFunc(o.Cols, func(n ir.Named) bool { return n.Name == name }) {
				return false
			}
		case *ir.Filter:
			for _, c := range ir.Conjuncts(o.Pred) {
				n, ok := c.(*ir.Not)
				if !ok {
					continue
				}
				if e, ok := n.X.(*ir.IsEmpty); ok {
					uses := map[string]bool{}
					ir.Uses(strictOnly(e.X), uses)
					if uses[name] {
						return true
					}
				}
			}
		default:
			return false
		}
	}
	return false
}

// strictOnly keeps an expression whose value is empty when its column is null, and gives nil for any other.
func strictOnly(e ir.Expr) ir.Expr {
	strict := true
	ir.Inspect(e, func(x ir.Expr) bool {
		switch x := x.(type) {
		case *ir.Col, *ir.Access, *ir.Cast:
		case *ir.Call:
			strict = strict && (x.Func == "parse_json" || x.Func == "tolower" || x.Func == "toupper")
		default:
			strict = false
		}
		return strict
	})
	if !strict {
		return nil
	}
	return e
}
