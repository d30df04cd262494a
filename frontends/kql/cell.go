package kql

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// cell reads a constant of a datatable in the type of its column.
func (l *lowerer) cell(x syntax.Expr, t ir.Type, env *scope) (ir.Value, bool) {
	e := fold(l.expr(x, &ctx{row: &schema{}, env: env}))
	if isBad(e) {
		return ir.Value{}, false
	}
	lit, ok := e.(*ir.Lit)
	if !ok {
		l.refuse(x.Span(), "a value of a datatable that is not a constant", "", "")
		return ir.Value{}, false
	}
	v := lit.Value
	if v.IsNull() {
		return ir.Null(t), true
	}
	out, ok := asColumn(v, t)
	switch {
	case ok && out.V != nil:
		return out, true
	case ok:
		l.fail(CodeType, x.Span(), "%s is no %s", v, t)
	default:
		l.refuse(x.Span(), fmt.Sprintf("a %s in a column of type %s", v.Type, t), "", "write it in the type of the column")
	}
	return ir.Value{}, false
}

// asColumn converts a constant to the type of its column where both say the same; V is nil where the constant has no such value, and
// ok false where the types do not go together.
func asColumn(v ir.Value, t ir.Type) (out ir.Value, ok bool) {
	out = ir.Value{Type: t}
	if v.Type == t {
		return v, true
	}
	n, whole := v.V.(int64)
	whole = whole && v.Type.Numeric()
	switch {
	case t == ir.Dynamic:
		return dynamicCell(v)
	case v.Type == ir.String:
		out.V, ok = textCell(v.V.(string), t)
		return out, ok
	case whole && t == ir.Int:
		if n == int64(int32(n)) {
			out.V = n
		}
	case whole && t == ir.Long:
		out.V = n
	case whole && t == ir.Real:
		out.V = float64(n)
	case whole && t == ir.Bool:
		out.V = n != 0
	case v.Type.Numeric() && (t == ir.String || t == ir.Decimal):
		out.V = v.String()
	default:
		return out, false
	}
	return out, true
}

// dynamicCell puts a constant into a dynamic column, times as text like in a dynamic literal.
func dynamicCell(v ir.Value) (ir.Value, bool) {
	out := ir.Value{Type: ir.Dynamic, V: v.V}
	switch v.Type {
	case ir.Datetime:
		out.V = ir.TimeOf(v.V.(int64)).Format("2006-01-02T15:04:05.0000000Z")
	case ir.Timespan, ir.Decimal:
		return out, false
	}
	return out, true
}

// textCell reads text as a constant of a type; nil when it is none.
func textCell(s string, t ir.Type) (any, bool) {
	s = strings.TrimSpace(s)
	switch t {
	case ir.Datetime:
		if n, ok := ir.ParseDatetime(s); ok {
			return n, true
		}
	case ir.Timespan:
		if n, ok := ir.ParseTimespan(s); ok {
			return n, true
		}
	case ir.Long, ir.Int:
		bits := 64
		if t == ir.Int {
			bits = 32
		}
		if n, err := strconv.ParseInt(s, 10, bits); err == nil {
			return n, true
		}
	case ir.Real:
		if f, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpP_") {
			return f, true
		}
	case ir.Decimal:
		if _, ok := new(big.Rat).SetString(s); ok && !strings.ContainsAny(s, "eE/_xX") {
			return s, true
		}
	case ir.Bool:
		if b, err := strconv.ParseBool(strings.ToLower(s)); err == nil && len(s) > 1 {
			return b, true
		}
	default:
		return nil, false
	}
	return nil, true
}
