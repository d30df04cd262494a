package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// hashes are the cryptographic functions by the IR's names. Read-only.
var hashes = map[string]string{"md5": "hash_md5", "sha1": "hash_sha1", "sha512": "hash_sha512"}

// trigonometry are the functions of an angle, or that give one, which the IR calls the same. Read-only.
var trigonometry = map[string]bool{"sin": true, "cos": true, "tan": true, "asin": true, "acos": true, "atan": true,
	"sinh": true, "cosh": true, "tanh": true, "asinh": true}

// unevaluatedFunctions are functions that have no rows of their own, or whose page does not settle them, with the reason. Read-only.
var unevaluatedFunctions = map[string]string{
	"random":    "a number that is different at every run has no exact rows",
	"time":      "the clock moves on from event to event: now() is the start of the search",
	"cluster":   "it labels events by a likeness that no page defines",
	"commands":  "the page does not say which words of a search it takes for commands",
	"lookup":    "the page does not say how text, numbers and several matches come back",
	"printf":    "the page of its format was not at hand when this was written",
	"sigfig":    "the digits that count depend on how the numbers are written, which a value does not hold",
	"bit_not":   "without a mask the result depends on a number of bits that no page tells",
	"ismv":      "no page tells whether a multivalue field of one value is one",
	"getfields": "the page does not say which of an event's fields it lists",
	"isdouble":  "a field is a number or text: no page tells which numbers of fields are doubles",
	"toarray":   noConversion, "tobool": noConversion, "todouble": noConversion, "toint": noConversion, "tomv": noConversion, "toobject": noConversion,
}

const noConversion = "no page at hand says what becomes of values that do not convert"

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
	case f == "acosh", f == "atanh":
		x := l.num(vs[0])
		return number(l.inDomain(f, x, call(f, ir.Real, a, x)))
	case f == "hypot":
		if l.wrong("hypot-adds") {
			return number(&ir.Arith{At: a, Op: "+", L: l.num(vs[0]), R: l.num(vs[1]), T: ir.Real})
		}
		return number(call(f, ir.Real, a, l.num(vs[0]), l.num(vs[1])))
	case f == "avg":
		return number(l.average(vs, a))
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

// inDomain ends the evaluation where a function has no value: no page tells what Splunk writes.
func (l *lowerer) inDomain(f string, x, y ir.Expr) ir.Expr {
	return onlyIf(y, or(isNull(x), not(isNull(y))), f+" of a number outside of its domain: no page tells its value")
}

// average is the mean of the numbers among the values of all arguments; what does not exist or is no number is left out. The page says
// "as an integer" and shows sum/count: where they differ the evaluation ends.
func (l *lowerer) average(vs []val, a ir.At) ir.Expr {
	var total, count ir.Expr = lit(ir.Real, 0.0, a), lit(ir.Real, 0.0, a)
	var some []ir.Expr
	plus := func(x, y ir.Expr) ir.Expr { return &ir.Arith{At: a, Op: "+", L: x, R: y, T: ir.Real} }
	for _, v := range vs {
		v.x = onlyIf(v.x, not(known(isArray(v.x))), "avg of a multivalue field is not evaluated")
		total = plus(total, &ir.Fill{At: a, X: l.num(v), With: ir.Value{Type: ir.Real, V: 0.0}})
		one := ir.Expr(choose(ir.Real, lit(ir.Real, 0.0, a), ir.Branch{If: isNumber(v, l), Then: lit(ir.Real, 1.0, a)}))
		if l.wrong("avg-counts-what-does-not-exist") {
			one = lit(ir.Real, 1.0, a)
		}
		count = plus(count, one)
		some = append(some, isNumber(v, l))
	}
	mean := &ir.Arith{At: a, Op: "/", L: total, R: count, T: ir.Real}
	whole := &ir.Compare{At: a, Op: ir.Eq, L: mean, R: &ir.Cast{At: a, To: ir.Real, X: &ir.Cast{At: a, To: ir.Long, X: mean}}}
	x := onlyIf(mean, whole, "avg in eval of numbers whose mean is no whole number: the page says that it is an integer and shows the mean")
	return choose(ir.Real, lit(ir.Real, nil, a), ir.Branch{If: or(some...), Then: x})
}
