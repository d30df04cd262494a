package eval

import (
	"fmt"
	"math"
	"math/big"

	"github.com/huntc/huntc/ir"
)

// nodeCalls are Calls that say what a node says when its parts are constant. Read-only.
var nodeCalls = map[string]func(r *runner, e *ir.Call, a []ir.Value) (ir.Value, error){
	"bin": func(_ *runner, e *ir.Call, a []ir.Value) (ir.Value, error) {
		v, err := binValue(scalar(a[0]), scalar(a[1]))
		if err != nil {
			return v, errorAt(e.At, "%v", err)
		}
		return v, nil
	},
	"bag_pack":     bagPack,
	ir.FuncElement: element,
}

// binValue floors to a multiple of the width. A datetime is its ticks since 0001-01-01, so its bins count from there. A width that is
// null or not positive gives null (learn.microsoft.com/kusto/query/bin-function).
func binValue(v, w ir.Value) (ir.Value, error) {
	out := ir.Value{Type: v.Type}
	if v.Type == ir.Int {
		out.Type = ir.Long
	}
	times := v.Type == ir.Datetime || v.Type == ir.Timespan
	if times != (w.Type == ir.Timespan) || !times && !v.Type.Numeric() || !times && !w.Type.Numeric() {
		return out, fmt.Errorf("bin of %s by %s is not defined", v.Type, w.Type)
	}
	if v.IsNull() || w.IsNull() {
		return out, nil
	}
	x, xok := v.V.(int64)
	n, nok := w.V.(int64)
	switch {
	case xok && nok:
		if n > 0 {
			m := x % n
			if m < 0 {
				m += n
			}
			out.V = x - m
		}
	case v.Type == ir.Decimal || w.Type == ir.Decimal:
		p, q := rational(v), rational(w)
		if out.Type = ir.Decimal; p != nil && q != nil && q.Sign() > 0 {
			out.V = decimalText(floorTo(p, q))
		}
	default:
		f, g := float(v), float(w)
		if out.Type = ir.Real; g > 0 {
			out.V = math.Floor(f/g) * g
		}
	}
	return out, nil
}

// floorTo is the largest multiple of a positive width that is not above x.
func floorTo(x, width *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(x, width)
	n := new(big.Int).Div(q.Num(), q.Denom()) // Euclidean, which floors for a positive denominator
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), width)
}

// bagPack is bag_pack with keys that are not constant: a null key is left out.
func bagPack(_ *runner, e *ir.Call, a []ir.Value) (ir.Value, error) {
	bag := ir.Bag{}
	for i := 0; i+1 < len(a); i += 2 {
		if a[i].IsNull() {
			continue
		}
		bag = put(bag, asText(a[i]), plain(a[i+1]))
	}
	return ir.Value{Type: ir.Dynamic, V: bag}, nil
}

// element reads a key of a bag or a position of an array; what is not there is null.
func element(r *runner, e *ir.Call, a []ir.Value) (ir.Value, error) {
	out := ir.Value{Type: ir.Dynamic}
	i := scalar(a[1])
	if b, ok := i.V.(bool); ok {
		i = ir.Value{Type: ir.Long, V: map[bool]int64{true: 1}[b]}
	}
	switch k := i.V.(type) {
	case string:
		if i.Type == ir.String {
			out.V = r.walk(a[0].V, []ir.Step{{Key: k}})
		}
	case int64:
		if k == int64(int(k)) && i.Type.Numeric() {
			out.V = r.walk(a[0].V, []ir.Step{{Index: int(k), IsIndex: true}})
		}
	}
	return out, nil
}

// negateDynamic is minus of the number in a dynamic value; of anything else null.
func negateDynamic(v ir.Value) ir.Value {
	out := ir.Value{Type: ir.Dynamic}
	switch x := v.V.(type) {
	case int64:
		out.V = -x
	case float64:
		out.V = -x
	}
	return out
}
