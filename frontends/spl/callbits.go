package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// maxBits is the greatest number of the bitwise functions: 2^53-1 ("Bitwise functions").
const maxBits = 1<<53 - 1

// bitNames are the bitwise functions by the IR's names. Read-only.
var bitNames = map[string]string{"bit_and": "binary_and", "bit_or": "binary_or", "bit_xor": "binary_xor",
	"bit_shift_left": "binary_shift_left", "bit_shift_right": "binary_shift_right"}

// bitwise are the functions on the bits of whole numbers that are not negative, and ipmask.
func (l *lowerer) bitwise(_ *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	f := c.Func.Text
	switch {
	case f == "ipmask":
		return l.ipMask(c, vs), true
	case bitNames[f] == "":
		return val{}, false
	}
	name := bitNames[f]
	switch {
	case l.wrong("bit-and-is-or") && f == "bit_and":
		name = "binary_or"
	case l.wrong("bit-or-is-xor") && f == "bit_or":
		name = "binary_xor"
	case l.wrong("bit-xor-is-or") && f == "bit_xor":
		name = "binary_or"
	case l.wrong("bit-shifts-swapped") && f == "bit_shift_left":
		name = "binary_shift_right"
	case l.wrong("bit-shifts-swapped") && f == "bit_shift_right":
		name = "binary_shift_left"
	}
	x := l.bits(vs[0], f, a)
	for _, v := range vs[1:] {
		x = call(name, ir.Long, a, x, l.bits(v, f, a))
	}
	if f == "bit_shift_left" {
		fits := and(&ir.Compare{At: a, Op: ir.Lt, L: l.num(vs[1]), R: lit(ir.Real, 53.0, a)},
			&ir.Compare{At: a, Op: ir.Le, L: &ir.Arith{At: a, Op: "*", L: l.num(vs[0]), R: call("exp2", ir.Real, a, l.num(vs[1])), T: ir.Real}, R: lit(ir.Real, float64(maxBits), a)})
		x = onlyIf(x, or(isNull(x), fits), "bit_shift_left beyond 2^53-1: no page tells what is left")
	}
	return val{x: &ir.Cast{At: a, To: ir.Real, X: x}, k: numKind}, true
}

// bits is an argument of a bitwise function; one that is no whole number from 0 to 2^53-1 ends the evaluation.
func (l *lowerer) bits(v val, f string, a ir.At) ir.Expr {
	n := l.num(v)
	whole := &ir.Cast{At: a, To: ir.Long, X: n}
	ok := and(&ir.Compare{At: a, Op: ir.Ge, L: n, R: lit(ir.Real, 0.0, a)}, &ir.Compare{At: a, Op: ir.Le, L: n, R: lit(ir.Real, float64(maxBits), a)},
		&ir.Compare{At: a, Op: ir.Eq, L: n, R: &ir.Cast{At: a, To: ir.Real, X: whole}})
	return onlyIf(whole, or(isNull(v.x), ok), f+" of a value that is no whole number from 0 to 2^53-1 is not defined")
}

// quads is an IPv4 address: four numbers from 0 to 255.
const quads = `^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.|$)){4}$`

// ipMask is the bitwise AND of a mask and an address ("Conversion functions").
func (l *lowerer) ipMask(c *syntax.Call, vs []val) val {
	a := at(c)
	address := func(v val) ir.Expr {
		is := &ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(quads, a)}}
		return onlyIf(l.text(v), or(isNull(v.x), is), "ipmask of a value that is no IPv4 address is not defined")
	}
	number := func(v val) ir.Expr { return call("parse_ipv4", ir.Long, a, address(v)) }
	if l.wrong("ipmask-ignores-the-mask") {
		return val{x: address(vs[1]), k: textKind}
	}
	return val{x: call("format_ipv4", ir.String, a, call("binary_and", ir.Long, a, number(vs[0]), number(vs[1]))), k: textKind}
}
