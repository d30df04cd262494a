package spl

import (
	"math"
	"strconv"

	"github.com/huntc/huntc/ir"
)

// sameNumberCalls are functions of one number that are called the same. Read-only.
var sameNumberCalls = map[string]bool{"sin": true, "cos": true, "tan": true, "asin": true, "acos": true, "atan": true}

// numberFunction writes the functions on numbers.
func (e *emitter) numberFunction(x *ir.Call) (text, bool) {
	n := len(x.Args)
	form := func(s string) (text, bool) {
		e.use(e.f.call, x)
		return atom(s), true
	}
	switch {
	case x.Func == "round" && n <= 2:
		return e.round(x)
	case x.Func == "bin_at" && n == 3:
		return e.binAt(x)
	case x.Func == "pi" && n == 0:
		return form(strconv.FormatFloat(math.Pi, 'g', -1, 64)) // pi() has 11 digits
	case n == 2 && x.Func == "atan2":
		return form("atan2(" + e.list(x.Args, ",") + ")")
	case n != 1:
		return text{}, false
	case sameNumberCalls[x.Func]:
		return form(x.Func + "(" + e.value(x.Args[0]).s + ")")
	}
	switch v := e.value(x.Args[0]); x.Func {
	case "log10":
		return form("log(" + v.s + ")")
	case "log2":
		return form("log(" + v.s + ",2)")
	case "exp2":
		return form("pow(2," + v.s + ")")
	case "exp10":
		return form("pow(10," + v.s + ")")
	case "sign":
		v = e.once(v)
		return form("case(" + v.at(precAdd) + ">0,1," + v.at(precAdd) + "<0,-1," + v.at(precAdd) + "==0,0)")
	}
	return text{}, false
}

// round writes the half away from 0: no page says how round() decides. What is left of a number without its whole part is exact.
func (e *emitter) round(x *ir.Call) (text, bool) {
	digits, ok := int64(0), true
	if len(x.Args) == 2 {
		digits, ok = e.whole(x.Args[1])
	}
	t := ir.TypeOf(x.Args[0])
	switch {
	case !ok || digits < 0 || digits > 15:
		return text{}, false
	case t == ir.Int || t == ir.Long:
		return e.value(x.Args[0]), true
	case t != ir.Real:
		return text{}, false
	}
	e.use(e.f.arith, x)
	v := e.once(e.value(x.Args[0]))
	scale := ""
	if digits > 0 {
		scale = strconv.FormatFloat(math.Pow(10, float64(digits)), 'f', -1, 64)
		v = e.once(text{v.at(precMul) + "*" + scale, precMul})
	}
	up := "floor(abs(" + v.s + "))+if(abs(" + v.s + ")-floor(abs(" + v.s + "))>=0.5,1,0)"
	s := "if(" + v.at(precAdd) + "<0,0-(" + up + ")," + up + ")"
	if scale != "" {
		return text{s + "/" + scale, precMul}, true
	}
	return atom(s), true
}

// binAt floors to a multiple that is counted from a fixed point.
func (e *emitter) binAt(x *ir.Call) (text, bool) {
	size, ok := x.Args[1].(*ir.Lit)
	if !ok {
		return text{}, false
	}
	w, ok := size.Value.V.(int64)
	from := ir.TypeOf(x.Args[0])
	times := from == ir.Datetime || from == ir.Timespan
	if !ok || w <= 0 || times != (size.Value.Type == ir.Timespan) || ir.TypeOf(x.Args[2]) != from {
		return text{}, false
	}
	step := strconv.FormatInt(w, 10)
	if times {
		step = seconds(w)
	}
	e.use(e.f.binArith, x)
	v, at := e.value(x.Args[0]), e.once(e.value(x.Args[2]))
	return text{"floor((" + v.at(precAdd) + "-" + at.at(precMul) + ")/" + step + ")*" + step + "+" + at.at(precMul), precAdd}, true
}
