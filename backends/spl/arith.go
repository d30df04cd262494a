package spl

import (
	"strconv"

	"github.com/huntc/huntc/ir"
)

func (e *emitter) arith(x *ir.Arith) text {
	if x.T == ir.Dynamic {
		return e.refuse(e.f.exprRefused, x)
	}
	if x.Op == "/" && x.T == ir.Real && !e.known.Nonzero[x] {
		e.use(e.f.divideReal, x)
	} else {
		e.use(e.f.arith, x)
	}
	l, r := e.value(x.L), e.value(x.R)
	switch x.Op {
	case "+", "-":
		sum := l.at(precAdd) + x.Op + r.at(precMul)
		if movesTime(x) {
			return atom("round(" + sum + ",6)")
		}
		return text{sum, precAdd}
	case "*":
		return text{l.at(precMul) + "*" + r.at(precAtom), precMul}
	case "/":
		q := l.at(precMul) + "/" + r.at(precAtom)
		if x.T == ir.Int || x.T == ir.Long {
			return atom("if(" + q + "<0,ceiling(" + q + "),floor(" + q + "))")
		}
		return text{q, precMul}
	case "%":
		// KQL's remainder is never negative for a positive divisor.
		if n, ok := x.R.(*ir.Lit); ok && isPositive(n.Value) {
			return text{l.at(precAdd) + "-" + r.s + "*floor(" + l.at(precMul) + "/" + r.s + ")", precAdd}
		}
	}
	return e.refuse(e.f.exprRefused, x)
}

// movesTime reports whether a sum or difference has a time of an event in it: doubles of seconds hold microseconds, but not what is left
// when two of them are subtracted, so that an hour between two events would not be an hour.
func movesTime(x *ir.Arith) bool {
	for _, side := range []ir.Expr{x.L, x.R} {
		if ir.TypeOf(side) == ir.Datetime && !wholeTime(side) {
			return true
		}
	}
	return false
}

// wholeTime reports whether a time has no fraction of a second: the run's, a constant, and those moved by whole seconds.
func wholeTime(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Now:
		return true
	case *ir.Lit:
		n, ok := x.Value.V.(int64)
		return ok && n%ir.Second == 0
	case *ir.Param:
		return x.Default != nil && wholeTime(x.Default)
	case *ir.Cast:
		return wholeTime(x.X)
	case *ir.Bin:
		w, ok := x.Width.V.(int64)
		return ok && w%ir.Second == 0
	case *ir.Arith:
		return wholeTime(x.L) && wholeTime(x.R)
	}
	return false
}

func isPositive(v ir.Value) bool {
	n, ok := v.V.(int64)
	return ok && n > 0
}

// bin is semantics.md 4: KQL counts time from 0001-01-01, and the offset is taken out before the floor so that doubles stay exact.
func (e *emitter) bin(x *ir.Bin) text {
	w, ok := x.Width.V.(int64)
	if !ok || w <= 0 {
		return e.refuse(e.f.exprRefused, x)
	}
	e.use(e.f.binArith, x)
	v := e.value(x.X)
	step, offset := strconv.FormatInt(w, 10), int64(0)
	if x.Width.Type == ir.Timespan {
		step = seconds(w)
	}
	if ir.TypeOf(x.X) == ir.Datetime {
		offset = binOffset(w)
	}
	if offset == 0 {
		return text{"floor(" + v.at(precMul) + "/" + step + ")*" + step, precMul}
	}
	f := seconds(offset)
	return text{"floor((" + v.at(precAdd) + "-" + f + ")/" + step + ")*" + step + "+" + f, precAdd}
}

// binOffset is the position of the first bin edge after 1970 in ticks.
func binOffset(width int64) int64 {
	return ((epochTicks(0) % width) + width) % width
}
