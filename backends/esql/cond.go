package esql

import "github.com/huntc/huntc/ir"

// cond writes CASE. Its values must be of one type, and to ES|QL a literal and a length are an integer where a field is a long.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/conditional-functions-and-expressions/case
func (e *emitter) cond(x *ir.Cond) string {
	e.r.Use(factCond, x, x.S, "iff")
	values := make([]ir.Expr, 0, len(x.Branches)+1)
	for _, b := range x.Branches {
		values = append(values, b.Then)
	}
	values = append(values, x.Else)
	as := func(v ir.Expr) string { return e.expr(v, precOr) }
	if convert := numberTypes[x.T]; convert != "" && mixed(values) {
		as = func(v ir.Expr) string {
			s := e.expr(v, precOr)
			if l, ok := v.(*ir.Lit); ok && l.Value.IsNull() || esqlNumber(v) == x.T {
				return s
			}
			return convert + "(" + s + ")"
		}
	}
	text := "CASE("
	for i, b := range x.Branches {
		text += e.expr(b.If, precOr) + ", " + as(values[i]) + ", "
	}
	return text + as(x.Else) + ")"
}

// numberTypes are the functions that give a number this type. Read-only.
var numberTypes = map[ir.Type]string{ir.Int: "TO_INTEGER", ir.Long: "TO_LONG", ir.Real: "TO_DOUBLE", ir.Timespan: "TO_LONG"}

// mixed reports whether values may be of several types to ES|QL.
func mixed(values []ir.Expr) bool {
	for _, v := range values[1:] {
		if t := esqlNumber(v); t == ir.TypeUnset || t != esqlNumber(values[0]) {
			return true
		}
	}
	return false
}

// esqlNumber is the type that ES|QL gives a number, unset where that is not certain.
func esqlNumber(x ir.Expr) ir.Type {
	switch x := x.(type) {
	case *ir.Lit:
		if n, ok := x.Value.V.(int64); ok && n == int64(int32(n)) && x.Value.Type != ir.Timespan {
			return ir.Int
		}
		if !x.Value.IsNull() && x.Value.Type != ir.Timespan { // how long a number of milliseconds is depends on it
			return x.Value.Type
		}
	case *ir.Field:
		return map[string]ir.Type{"long": ir.Long, "double": ir.Real, "integer": ir.Int}[x.Info.Type]
	case *ir.Cast:
		return x.To
	case *ir.Arith:
		if x.T == ir.Real {
			return ir.Real
		}
	}
	return ir.TypeUnset
}
