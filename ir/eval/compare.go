package eval

import (
	"math"
	"math/big"
	"strings"

	"github.com/huntc/huntc/ir"
)

// compare applies an operator with the null rules: one null makes == false and != true, everything else with null is null.
// Strict null rules make it null always.
func (r *runner) compare(op ir.CmpOp, a, b ir.Value) ir.Value {
	a, b = scalar(a), scalar(b)
	unknown := ir.Value{Type: ir.Bool}
	if a.IsNull() || b.IsNull() {
		if a.IsNull() && b.IsNull() || r.env.Strict {
			return unknown
		}
		switch op {
		case ir.Eq:
			return boolean(false)
		case ir.Ne:
			return boolean(true)
		default:
			return unknown
		}
	}
	c, ok := order(a, b)
	switch op {
	case ir.Eq:
		return boolean(ok && c == 0)
	case ir.Ne:
		return boolean(!ok || c != 0)
	}
	if !ok {
		if isNaN(a) || isNaN(b) {
			return boolean(false)
		}
		return unknown
	}
	switch op {
	case ir.Lt:
		return boolean(c < 0)
	case ir.Le:
		return boolean(c <= 0)
	case ir.Gt:
		return boolean(c > 0)
	case ir.Ge:
		return boolean(c >= 0)
	default:
		return unknown
	}
}

func isNaN(v ir.Value) bool {
	f, ok := v.V.(float64)
	return ok && math.IsNaN(f)
}

// order compares two values that are not null; ok is false when they have no order.
func order(a, b ir.Value) (c int, ok bool) {
	if a.Type.Numeric() && b.Type.Numeric() {
		return orderNumbers(a, b)
	}
	if a.Type != b.Type {
		// A dynamic leaf meets a typed value: dates and ids are text in JSON; with a number, the texts are compared (1 in ("1")).
		switch {
		case a.Type == ir.String:
			return orderText(a, b)
		case b.Type == ir.String:
			c, ok = orderText(b, a)
			return -c, ok
		}
		return 0, false
	}
	switch x := a.V.(type) {
	case string:
		return strings.Compare(x, b.V.(string)), true
	case int64:
		return compareInt(x, b.V.(int64)), true
	case bool:
		if x == b.V.(bool) {
			return 0, true
		}
		if x {
			return 1, true
		}
		return -1, true
	case []any, ir.Bag:
		if ir.JSONText(a.V) == ir.JSONText(b.V) {
			return 0, true
		}
		return 0, false
	default:
		return 0, false
	}
}

func orderText(s, other ir.Value) (int, bool) {
	switch other.Type {
	case ir.Datetime, ir.Timespan, ir.GUID:
		v, err := cast(s, other.Type)
		if err != nil || v.IsNull() {
			return 0, false
		}
		return order(v, other)
	default:
		v, err := cast(other, ir.String)
		if err != nil {
			return 0, false
		}
		return order(s, v)
	}
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func orderNumbers(a, b ir.Value) (int, bool) {
	x, xok := a.V.(int64)
	y, yok := b.V.(int64)
	if xok && yok {
		return compareInt(x, y), true
	}
	p, q := rational(a), rational(b)
	if p != nil && q != nil {
		return p.Cmp(q), true
	}
	// Infinities and NaN have no rational.
	f, g := float(a), float(b)
	switch {
	case f < g:
		return -1, true
	case f > g:
		return 1, true
	case f == g:
		return 0, true
	}
	return 0, false
}

func rational(v ir.Value) *big.Rat {
	switch x := v.V.(type) {
	case int64:
		return new(big.Rat).SetInt64(x)
	case float64:
		return new(big.Rat).SetFloat64(x)
	case string:
		if q, ok := new(big.Rat).SetString(x); ok {
			return q
		}
	}
	return nil
}

func float(v ir.Value) float64 {
	switch x := v.V.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	}
	if q := rational(v); q != nil {
		f, _ := q.Float64()
		return f
	}
	return math.NaN()
}

// scalar takes a leaf out of a dynamic value; arrays and bags stay dynamic.
func scalar(v ir.Value) ir.Value {
	if v.Type != ir.Dynamic {
		return v
	}
	switch v.V.(type) {
	case bool:
		return ir.Value{Type: ir.Bool, V: v.V}
	case int64:
		return ir.Value{Type: ir.Long, V: v.V}
	case float64:
		return ir.Value{Type: ir.Real, V: v.V}
	case string:
		return ir.Value{Type: ir.String, V: v.V}
	default:
		return v
	}
}

// plain is the value as it stands inside a dynamic. JSON has no dates, so they become text with 7 digits as in KQL.
func plain(v ir.Value) any {
	switch v.Type {
	case ir.Datetime, ir.Timespan:
		s, err := cast(v, ir.String)
		if err != nil || v.IsNull() {
			return nil
		}
		return s.V
	case ir.Decimal:
		if q := rational(v); q != nil {
			f, _ := q.Float64()
			return f
		}
		return nil
	default:
		return v.V
	}
}
