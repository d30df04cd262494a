package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// hashes are the cryptographic functions by the IR's names. Read-only.
var hashes = map[string]string{"md5": "hash_md5", "sha1": "hash_sha1"}

// trigonometry are the functions of an angle, or that give one, which the IR calls the same. Read-only.
var trigonometry = map[string]bool{"sin": true, "cos": true, "tan": true, "asin": true, "acos": true, "atan": true}

// mathematical are functions of numbers and of hashes ("Mathematical functions", "Statistical eval functions", "Cryptographic
// functions", "Trigonometry and Hyperbolic functions").
func (l *lowerer) mathematical(_ *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	number := func(x ir.Expr) (val, bool) { return val{x: x, k: numKind}, true }
	f := c.Func.Text
	switch {
	case hashes[f] != "":
		return val{x: call(hashes[f], ir.String, a, l.text(vs[0])), k: textKind}, true
	case trigonometry[f]:
		return number(call(f, ir.Real, a, l.num(vs[0])))
	case f == "atan2":
		return number(call(f, ir.Real, a, l.num(vs[0]), l.num(vs[1])))
	case f == "pow":
		if l.wrong("pow-multiplies") {
			return number(&ir.Arith{At: a, Op: "*", L: l.num(vs[0]), R: l.num(vs[1]), T: ir.Real})
		}
		return number(call("pow", ir.Real, a, l.num(vs[0]), l.num(vs[1])))
	case f == "log":
		return number(l.logarithm(vs, a))
	case f == "sum":
		return number(l.sum(vs, a))
	}
	return val{}, false
}

// logarithm is log(number, base); the base is 10 unless it is written.
func (l *lowerer) logarithm(vs []val, a ir.At) ir.Expr {
	natural := func(x ir.Expr) ir.Expr { return call("log", ir.Real, a, x) }
	switch {
	case len(vs) == 2:
		return &ir.Arith{At: a, Op: "/", L: natural(l.num(vs[0])), R: natural(l.num(vs[1])), T: ir.Real}
	case l.wrong("log-is-natural"):
		return natural(l.num(vs[0]))
	}
	return call("log10", ir.Real, a, l.num(vs[0]))
}

// sum adds its arguments; those that an event does not have, or that are no numbers, are left out. Without a number it is null.
func (l *lowerer) sum(vs []val, a ir.At) ir.Expr {
	var total ir.Expr = lit(ir.Real, 0.0, a)
	var some []ir.Expr
	for _, v := range vs {
		n := ir.Expr(&ir.Fill{At: a, X: l.num(v), With: ir.Value{Type: ir.Real, V: 0.0}})
		if l.wrong("sum-of-absent-is-null") {
			n = l.num(v)
		}
		total = &ir.Arith{At: a, Op: "+", L: total, R: n, T: ir.Real}
		some = append(some, isNumber(v, l))
	}
	return choose(ir.Real, lit(ir.Real, nil, a), ir.Branch{If: or(some...), Then: total})
}
