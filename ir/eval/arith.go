package eval

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/huntc/huntc/ir"
)

func arith(e *ir.Arith, a, b ir.Value) (ir.Value, error) {
	if a.IsNull() || b.IsNull() {
		return ir.Value{Type: e.T}, nil
	}
	v, err := arithTyped(e.Op, a, b)
	if err != nil {
		return v, errorAt(e.At, "%v", err)
	}
	if n, ok := v.V.(int64); ok && v.Type == ir.Datetime && !ir.InDatetimeRange(n) {
		v.V = nil
	}
	if e.T != ir.TypeUnset && v.Type != e.T {
		if v, err = cast(v, e.T); err != nil {
			return v, errorAt(e.At, "%v", err)
		}
	}
	return v, nil
}

func arithTyped(op string, a, b ir.Value) (ir.Value, error) {
	bad := fmt.Errorf("%s %s %s is not defined", a.Type, op, b.Type)
	at, bt := a.Type, b.Type
	switch {
	case at == ir.Datetime && bt == ir.Datetime && op == "-":
		return ir.Value{Type: ir.Timespan, V: a.V.(int64) - b.V.(int64)}, nil
	case at == ir.Datetime && bt == ir.Timespan && op == "+", at == ir.Timespan && bt == ir.Datetime && op == "+":
		return ir.Value{Type: ir.Datetime, V: a.V.(int64) + b.V.(int64)}, nil
	case at == ir.Datetime && bt == ir.Timespan && op == "-":
		return ir.Value{Type: ir.Datetime, V: a.V.(int64) - b.V.(int64)}, nil
	case at == ir.Datetime && bt == ir.Timespan && op == "/":
		return reals(op, float(a), float(b))
	case at == ir.Datetime && bt == ir.Timespan && op == "%":
		return integers(op, ir.Timespan, a.V.(int64), b.V.(int64))
	case at == ir.Timespan && bt == ir.Timespan:
		if op == "/" {
			return ir.Value{Type: ir.Real, V: float(a) / float(b)}, nil
		}
		if op == "*" {
			return ir.Value{}, bad
		}
		return integers(op, ir.Timespan, a.V.(int64), b.V.(int64))
	case at == ir.Timespan && bt.Numeric() && (op == "*" || op == "/"):
		return scale(op, a, b)
	case at.Numeric() && bt == ir.Timespan && op == "*":
		return scale(op, b, a)
	case at.Numeric() && bt.Numeric():
		return numbers(op, a, b)
	}
	if at == ir.Dynamic || bt == ir.Dynamic || at == ir.String || bt == ir.String {
		// An array, bag or text that came out of a dynamic value has no number in it.
		return ir.Value{Type: ir.Real}, nil
	}
	return ir.Value{}, bad
}

func scale(op string, span, by ir.Value) (ir.Value, error) {
	t, f := span.V.(int64), float(by)
	if n, ok := by.V.(int64); ok && op == "*" {
		p := t * n
		if t != 0 && (p/t != n || t == -1 && n == math.MinInt64) {
			return ir.Value{Type: ir.Timespan}, nil
		}
		return ir.Value{Type: ir.Timespan, V: p}, nil
	}
	if op == "/" {
		f = float64(t) / f
	} else {
		f = float64(t) * f
	}
	return ticks(ir.Timespan, f), nil
}

func ticks(t ir.Type, f float64) ir.Value {
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return ir.Value{Type: t}
	}
	return ir.Value{Type: t, V: int64(f)}
}

func numbers(op string, a, b ir.Value) (ir.Value, error) {
	x, xok := a.V.(int64)
	y, yok := b.V.(int64)
	switch {
	case xok && yok:
		return integers(op, ir.Long, x, y)
	case a.Type == ir.Decimal || b.Type == ir.Decimal:
		return decimals(op, rational(a), rational(b))
	default:
		return reals(op, float(a), float(b))
	}
}

func integers(op string, t ir.Type, x, y int64) (ir.Value, error) {
	out := ir.Value{Type: t}
	switch op {
	case "+":
		out.V = x + y
	case "-":
		out.V = x - y
	case "*":
		out.V = x * y
	case "/":
		if y != 0 {
			out.V = x / y
		}
	case "%":
		if y != 0 {
			m := x % y
			if m < 0 {
				m += max(y, -y)
			}
			out.V = m
		}
	default:
		return out, fmt.Errorf("operator %q is unknown", op)
	}
	return out, nil
}

func reals(op string, x, y float64) (ir.Value, error) {
	out := ir.Value{Type: ir.Real}
	switch op {
	case "+":
		out.V = x + y
	case "-":
		out.V = x - y
	case "*":
		out.V = x * y
	case "/":
		out.V = x / y
	case "%":
		m := math.Mod(x, y)
		if m < 0 {
			m += math.Abs(y)
		}
		out.V = m
	default:
		return out, fmt.Errorf("operator %q is unknown", op)
	}
	return out, nil
}

func decimals(op string, x, y *big.Rat) (ir.Value, error) {
	out := ir.Value{Type: ir.Decimal}
	if x == nil || y == nil {
		return out, nil
	}
	z := new(big.Rat)
	switch op {
	case "+":
		z.Add(x, y)
	case "-":
		z.Sub(x, y)
	case "*":
		z.Mul(x, y)
	case "/":
		if y.Sign() == 0 {
			return out, nil
		}
		z.Quo(x, y)
	case "%":
		if y.Sign() == 0 {
			return out, nil
		}
		z.Sub(x, floorTo(x, new(big.Rat).Abs(y)))
	default:
		return out, fmt.Errorf("operator %q on decimals is unknown", op)
	}
	out.V = decimalText(z)
	return out, nil
}

// decimalText writes a decimal with up to 28 digits behind the point.
func decimalText(q *big.Rat) string {
	s := q.FloatString(28)
	s = strings.TrimRight(s, "0")
	return strings.TrimSuffix(s, ".")
}

func negate(e *ir.Neg, v ir.Value) (ir.Value, error) {
	switch x := v.V.(type) {
	case nil:
		return v, nil
	case int64:
		if v.Type == ir.Datetime {
			break
		}
		return ir.Value{Type: v.Type, V: -x}, nil
	case float64:
		return ir.Value{Type: v.Type, V: -x}, nil
	case string:
		if v.Type == ir.Decimal {
			if q := rational(v); q != nil {
				return ir.Value{Type: v.Type, V: decimalText(q.Neg(q))}, nil
			}
		}
	}
	return v, errorAt(e.At, "minus %s is not defined", v.Type)
}
