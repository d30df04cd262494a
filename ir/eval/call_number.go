package eval

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// numberFunctions are the functions on numbers.
func numberFunctions() map[string]function {
	table := map[string]function{
		"abs":     {1, 1, false, plainly(abs)},
		"sign":    {1, 1, false, plainly(sign)},
		"round":   {1, 2, false, plainly(round)},
		"ceiling": {1, 1, false, plainly(ceiling)},
		"pow":     real2(math.Pow),
		"atan2":   real2(math.Atan2),
		"hypot":   real2(math.Hypot),
		"pi":      {0, 0, false, total(func([]ir.Value) ir.Value { return real64(math.Pi) })},
		"bin_at":  {3, 3, false, plainly(binAt)},
		"around":  {3, 3, false, plainly(around)},
		"range":   {2, 3, false, plainly(rangeOf)},
		"isnan":   onReal(math.IsNaN),
		"isinf":   onReal(func(f float64) bool { return math.IsInf(f, 0) }),
		"isfinite": onReal(func(f float64) bool {
			return !math.IsInf(f, 0) && !math.IsNaN(f)
		}),

		"binary_and": onLongs(func(x, y int64) int64 { return x & y }),
		"binary_or":  onLongs(func(x, y int64) int64 { return x | y }),
		"binary_xor": onLongs(func(x, y int64) int64 { return x ^ y }),
		"binary_not": onLong(func(x int64) int64 { return ^x }),
		// value << (shift % 64), and null for a negative shift: learn.microsoft.com/kusto/query/binary-shift-left-function
		"binary_shift_left":  shiftBits(func(x int64, n uint) int64 { return x << n }),
		"binary_shift_right": shiftBits(func(x int64, n uint) int64 { return x >> n }),
		"bitset_count_ones":  onLong(func(x int64) int64 { return int64(bits.OnesCount64(uint64(x))) }),
		"tohex":              {1, 2, false, plainly(toHex)},
		"format_bytes":       {1, 3, false, plainly(formatBytes)},
	}
	for name, f := range realFunctions {
		table[name] = function{1, 1, false, real1(f)}
	}
	return table
}

// realFunctions are the functions from one real to another; ok is false for null. Read-only.
var realFunctions = map[string]func(x float64) (y float64, ok bool){
	"acos": within(math.Acos, isRatio), "asin": within(math.Asin, isRatio), "sqrt": within(math.Sqrt, notNegative),
	"log": within(math.Log, notNegative), "log2": within(math.Log2, notNegative), "log10": within(math.Log10, notNegative),
	"atan": everywhere(math.Atan), "cos": everywhere(math.Cos), "sin": everywhere(math.Sin), "tan": everywhere(math.Tan),
	"cot":     everywhere(func(x float64) float64 { return 1 / math.Tan(x) }),
	"degrees": everywhere(func(x float64) float64 { return 180 / math.Pi * x }),
	"radians": everywhere(func(x float64) float64 { return math.Pi / 180 * x }),
	"exp":     everywhere(math.Exp), "exp2": everywhere(math.Exp2),
	"exp10": everywhere(func(x float64) float64 { return math.Pow(10, x) }),
	"gamma": everywhere(math.Gamma), "loggamma": everywhere(func(x float64) float64 { f, _ := math.Lgamma(x); return f }),
	"erf": everywhere(math.Erf), "erfc": everywhere(math.Erfc),
	"sinh": everywhere(math.Sinh), "cosh": everywhere(math.Cosh), "tanh": everywhere(math.Tanh), "asinh": everywhere(math.Asinh),
	"acosh": within(math.Acosh, func(x float64) bool { return x >= 1 }), "atanh": within(math.Atanh, func(x float64) bool { return x > -1 && x < 1 }),
}

// numeric takes a number out of an argument.
func numeric(v ir.Value) (ir.Value, error) {
	v = scalar(v)
	if !v.Type.Numeric() {
		return v, fmt.Errorf("a number is needed, not a %s", v.Type)
	}
	return v, nil
}

// whole takes an integer out of an argument.
func whole(v ir.Value) (int64, error) {
	v = scalar(v)
	n, ok := v.V.(int64)
	if !ok || !v.Type.Numeric() {
		return 0, fmt.Errorf("an integer is needed, not a %s", v.Type)
	}
	return n, nil
}

// within wraps a function that is null, not NaN, outside its domain, as the pages of sqrt, log, acos and asin say.
func within(f func(float64) float64, domain func(float64) bool) func(float64) (float64, bool) {
	return func(x float64) (float64, bool) { return f(x), math.IsNaN(x) || domain(x) }
}

// everywhere wraps a function that has a value, if only NaN, for every number.
func everywhere(f func(float64) float64) func(float64) (float64, bool) {
	return func(x float64) (float64, bool) { return f(x), true }
}

func isRatio(x float64) bool { return x >= -1 && x <= 1 }

func notNegative(x float64) bool { return x >= 0 }

func real1(f func(float64) (float64, bool)) func(*runner, []ir.Value) (ir.Value, error) {
	return plainly(func(a []ir.Value) (ir.Value, error) {
		v, err := numeric(a[0])
		if err != nil {
			return v, err
		}
		if y, ok := f(float(v)); ok {
			return real64(y), nil
		}
		return none(ir.Real), nil
	})
}

func real2(f func(x, y float64) float64) function {
	return function{2, 2, false, plainly(func(a []ir.Value) (ir.Value, error) {
		x, err := numeric(a[0])
		if err != nil {
			return x, err
		}
		y, err := numeric(a[1])
		if err != nil {
			return y, err
		}
		return real64(f(float(x), float(y))), nil
	})}
}

func onReal(f func(float64) bool) function {
	return function{1, 1, false, plainly(func(a []ir.Value) (ir.Value, error) {
		v, err := numeric(a[0])
		if err != nil {
			return v, err
		}
		return boolean(f(float(v))), nil
	})}
}

func onLong(f func(int64) int64) function {
	return function{1, 1, false, plainly(func(a []ir.Value) (ir.Value, error) {
		x, err := whole(a[0])
		return long(f(x)), err
	})}
}

func onLongs(f func(x, y int64) int64) function {
	return function{2, 2, false, plainly(func(a []ir.Value) (ir.Value, error) {
		x, err := whole(a[0])
		if err != nil {
			return none(ir.Long), err
		}
		y, err := whole(a[1])
		return long(f(x, y)), err
	})}
}

func shiftBits(f func(x int64, n uint) int64) function {
	return function{2, 2, false, plainly(func(a []ir.Value) (ir.Value, error) {
		x, err := whole(a[0])
		if err != nil {
			return none(ir.Long), err
		}
		n, err := whole(a[1])
		if err != nil || n < 0 {
			return none(ir.Long), err
		}
		return long(f(x, uint(n%64))), nil
	})}
}

func abs(a []ir.Value) (ir.Value, error) {
	v := scalar(a[0])
	switch x := v.V.(type) {
	case int64:
		if v.Type == ir.Datetime {
			break
		}
		return ir.Value{Type: v.Type, V: max(x, -x)}, nil
	case float64:
		return ir.Value{Type: v.Type, V: math.Abs(x)}, nil
	case string:
		if v.Type == ir.Decimal {
			return ir.Value{Type: v.Type, V: strings.TrimPrefix(x, "-")}, nil
		}
	}
	return v, fmt.Errorf("of a %s is not defined", v.Type)
}

func sign(a []ir.Value) (ir.Value, error) {
	v, err := numeric(a[0])
	if err != nil {
		return v, err
	}
	f := float(v)
	switch {
	case f > 0:
		f = 1
	case f < 0:
		f = -1
	}
	return real64(f), nil
}

// round keeps the type of the number; halves go away from zero. learn.microsoft.com/kusto/query/round-function
func round(a []ir.Value) (ir.Value, error) {
	v, err := numeric(a[0])
	if err != nil {
		return v, err
	}
	digits := number(a, 1, 0)
	if v.Type == ir.Real {
		f := v.V.(float64)
		scaled := f * math.Pow(10, float64(digits))
		if math.IsInf(scaled, 0) || math.IsNaN(scaled) {
			return v, nil
		}
		return real64(math.Round(scaled) / math.Pow(10, float64(digits))), nil
	}
	q := roundRational(rational(v), int(min(max(digits, -40), 40)))
	if v.Type == ir.Decimal {
		return ir.Value{Type: v.Type, V: decimalText(q)}, nil
	}
	if !q.Num().IsInt64() {
		return none(v.Type), nil
	}
	return ir.Value{Type: v.Type, V: q.Num().Int64()}, nil
}

// roundRational rounds to a number of digits behind the point, before it when negative.
func roundRational(q *big.Rat, digits int) *big.Rat {
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(digits, -digits))), nil))
	if digits > 0 {
		unit.Inv(unit)
	}
	scaled := new(big.Rat).Quo(q, unit)
	twice := new(big.Rat).Add(new(big.Rat).Abs(scaled), big.NewRat(1, 2))
	n := new(big.Int).Quo(twice.Num(), twice.Denom())
	if q.Sign() < 0 {
		n.Neg(n)
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), unit)
}

// ceiling keeps the type of the number.
func ceiling(a []ir.Value) (ir.Value, error) {
	v, err := numeric(a[0])
	if err != nil {
		return v, err
	}
	switch x := v.V.(type) {
	case float64:
		return real64(math.Ceil(x)), nil
	case string:
		q := rational(v)
		n := new(big.Int).Neg(new(big.Int).Div(new(big.Int).Neg(q.Num()), q.Denom()))
		return ir.Value{Type: v.Type, V: n.String()}, nil
	default:
		return v, nil
	}
}

// binAt floors to a multiple of the size counted from a fixed point. learn.microsoft.com/kusto/query/bin-at-function
func binAt(a []ir.Value) (ir.Value, error) {
	v, size, at := scalar(a[0]), scalar(a[1]), scalar(a[2])
	times := v.Type == ir.Datetime || v.Type == ir.Timespan
	switch {
	case times && (size.Type != ir.Timespan || at.Type != v.Type), !times && !(v.Type.Numeric() && size.Type.Numeric() && at.Type.Numeric()):
		return v, fmt.Errorf("of a %s by a %s from a %s is not defined", v.Type, size.Type, at.Type)
	}
	if x, ok := v.V.(int64); ok {
		s, sok := size.V.(int64)
		p, pok := at.V.(int64)
		if sok && pok {
			if s <= 0 {
				return none(v.Type), nil
			}
			m := (x - p) % s
			if m < 0 {
				m += s
			}
			return ir.Value{Type: v.Type, V: x - m}, nil
		}
	}
	s, p := float(size), float(at)
	if !(s > 0) {
		return none(ir.Real), nil
	}
	return real64(p + math.Floor((float(v)-p)/s)*s), nil
}

// around(value, center, delta) says whether the value is at most delta away. learn.microsoft.com/kusto/query/around-function
func around(a []ir.Value) (ir.Value, error) {
	v, delta := scalar(a[0]), scalar(a[2])
	lo, err := arithTyped("-", scalar(a[1]), delta)
	if err != nil {
		return lo, err
	}
	hi, err := arithTyped("+", scalar(a[1]), delta)
	if err != nil {
		return hi, err
	}
	if lo.IsNull() || hi.IsNull() {
		return none(ir.Bool), nil
	}
	low, ok := order(lo, v)
	high, ok2 := order(v, hi)
	if !ok || !ok2 {
		return none(ir.Bool), nil
	}
	return boolean(low <= 0 && high <= 0), nil
}

// rangeOf lists start, start + step, … up to stop, at most 2^20 values of the type of the start. The step is 1, or an hour for times.
// learn.microsoft.com/kusto/query/range-function
func rangeOf(a []ir.Value) (ir.Value, error) {
	start, stop := scalar(a[0]), scalar(a[1])
	step := long(1)
	if start.Type == ir.Datetime || start.Type == ir.Timespan {
		step = ir.Value{Type: ir.Timespan, V: ir.Hour}
	}
	if len(a) == 3 {
		step = scalar(a[2])
	}
	if start.Type.Numeric() != stop.Type.Numeric() || !start.Type.Numeric() && start.Type != stop.Type {
		return none(ir.Dynamic), fmt.Errorf("from a %s to a %s is not defined", start.Type, stop.Type)
	}
	direction := float(step)
	if direction == 0 || math.IsNaN(direction) {
		return none(ir.Dynamic), fmt.Errorf("the step is 0")
	}
	if n, ok := start.V.(int64); ok && step.Type != ir.Real && step.Type != ir.Decimal {
		return dynamic(wholeRange(start.Type, n, step.V.(int64), wholeEnd(stop, direction))), nil
	}
	out := []any{}
	for x, by, end := float(start), direction, float(stop); len(out) < maxItems; x += by {
		if by > 0 && !(x <= end) || by < 0 && !(x >= end) || len(out) > 0 && x == out[len(out)-1] {
			break
		}
		out = append(out, x)
	}
	return dynamic(out), nil
}

// wholeEnd is the last whole number that a range may reach.
func wholeEnd(stop ir.Value, direction float64) int64 {
	if n, ok := stop.V.(int64); ok {
		return n
	}
	f := math.Floor(float(stop))
	if direction < 0 {
		f = math.Ceil(float(stop))
	}
	return int64(min(max(f, math.MinInt64), math.MaxInt64-1024)) // what is larger needs more steps than are given
}

// wholeRange is a range of whole numbers or of ticks.
func wholeRange(t ir.Type, n, step, stop int64) []any {
	out := []any{}
	for len(out) < maxItems && (step > 0 && n <= stop || step < 0 && n >= stop) {
		out = append(out, plain(ir.Value{Type: t, V: n}))
		next := n + step
		if (next > n) != (step > 0) {
			break // the sum does not fit
		}
		n = next
	}
	return out
}

// toHex writes a negative number in as many digits as its type has. learn.microsoft.com/kusto/query/tohex-function
func toHex(a []ir.Value) (ir.Value, error) {
	x, err := whole(a[0])
	if err != nil {
		return none(ir.String), err
	}
	s := strconv.FormatUint(uint64(x), 16)
	if scalar(a[0]).Type == ir.Int {
		s = strconv.FormatUint(uint64(uint32(x)), 16)
	}
	return text(strings.Repeat("0", max(0, int(max(0, min(16, number(a, 1, 0))))-len(s))) + s), nil
}

var byteUnits = []string{"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"}

// formatBytes chooses the largest unit of 1024 that leaves a number of at least 1. learn.microsoft.com/kusto/query/format-bytes-function
func formatBytes(a []ir.Value) (ir.Value, error) {
	v, err := numeric(a[0])
	if err != nil {
		return v, err
	}
	size, unit := float(v), word(a, 2, "")
	for i, name := range byteUnits {
		last := i == len(byteUnits)-1
		if strings.EqualFold(unit, name) || unit == "" && (math.Abs(size) < 1024 || last) {
			rounded, err := round([]ir.Value{real64(size), long(number(a, 1, 0))})
			if err != nil {
				return rounded, err
			}
			return text(strconv.FormatFloat(rounded.V.(float64), 'f', -1, 64) + " " + name), nil
		}
		size /= 1024
	}
	return none(ir.String), fmt.Errorf("the unit %q is none of %s", unit, strings.Join(byteUnits, ", "))
}
