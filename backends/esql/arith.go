package esql

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// ticksInMs are the ticks of 100 ns in a millisecond: a duration is a whole number of milliseconds here, because ES|QL has no value for
// one. https://www.elastic.co/docs/reference/query-languages/esql/esql-time-spans
const ticksInMs = ir.Millisecond

func (e *emitter) arith(x *ir.Arith) (string, int) {
	if x.T == ir.Dynamic {
		return e.refuse(x.S, "arithmetic on two dynamic values"), precPrimary
	}
	l, r := ir.TypeOf(x.L), ir.TypeOf(x.R)
	if isTime(l) || isTime(r) {
		return e.timeArith(x, l, r)
	}
	prec := precAdd
	switch x.Op {
	case "+", "-":
		e.r.Use(factArith, x, x.S, x.Op)
	case "*":
		e.r.Use(factArith, x, x.S, x.Op)
		prec = precMul
	case "/":
		if x.T == ir.Real && !e.known.Nonzero[x] {
			e.r.Use(factDivideReal, x, x.S, x.Op)
		} else {
			e.r.Use(factDivide, x, x.S, x.Op)
		}
		prec = precMul
	default:
		return e.remainder(x)
	}
	return e.expr(x.L, prec) + " " + x.Op + " " + e.expr(x.R, prec+1), prec
}

func isTime(t ir.Type) bool { return t == ir.Datetime || t == ir.Timespan }

// remainder is never negative in KQL and has the sign of the dividend in ES|QL. learn.microsoft.com/kusto/query/numerical-operators
func (e *emitter) remainder(x *ir.Arith) (string, int) {
	n, isLit := float64(0), false
	if l, ok := x.R.(*ir.Lit); ok {
		n, isLit = litFloat(l.Value)
	}
	if x.T == ir.Real && (!isLit || n == 0) {
		return e.refuse(x.S, "a remainder of reals by what may be 0"), precPrimary
	}
	e.r.Use(factModulo, x, x.S, "%")
	rest := e.expr(x.L, precMul) + " % " + e.expr(x.R, precMul+1)
	size := "ABS(" + e.expr(x.R, precOr) + ")"
	if isLit {
		size = strings.TrimPrefix(e.expr(x.R, precPrimary), "-")
	}
	if x.T == ir.Real { // a sum would lose the digits of a small remainder
		return fmt.Sprintf("CASE(%s < 0, %s + %s, %s)", rest, rest, size, rest), precPrimary
	}
	return fmt.Sprintf("(%s + %s) %% %s", rest, size, size), precMul
}

// timeArith writes sums, differences and quotients with times and durations.
func (e *emitter) timeArith(x *ir.Arith, l, r ir.Type) (string, int) {
	switch {
	case l == ir.Datetime && r == ir.Datetime && x.Op == "-":
		e.r.Use(factTimeDiff, x, x.S, "the difference of two times")
		return e.millis(x.L) + " - " + e.millis(x.R), precAdd
	case l == ir.Datetime && r == ir.Timespan && (x.Op == "+" || x.Op == "-"):
		return e.shifted(x, x.L, x.R)
	case l == ir.Timespan && r == ir.Datetime && x.Op == "+":
		return e.shifted(x, x.R, x.L)
	case l == ir.Timespan && r == ir.Timespan && (x.Op == "+" || x.Op == "-"):
		e.r.Use(factDuration, x, x.S, x.Op)
		return e.expr(x.L, precAdd) + " " + x.Op + " " + e.expr(x.R, precMul), precAdd
	case l == ir.Timespan && r == ir.Timespan && x.Op == "/":
		return e.ratio(x)
	case l == ir.Timespan && whole(r) && x.Op == "*", whole(l) && r == ir.Timespan && x.Op == "*":
		e.r.Use(factDuration, x, x.S, x.Op)
		return e.expr(x.L, precMul) + " * " + e.expr(x.R, precPrimary), precMul
	case l == ir.Timespan && r == ir.Timespan && x.Op == "%":
		return e.remainder(x)
	}
	return e.refuse(x.S, fmt.Sprintf("%s %s %s", l, x.Op, r)), precPrimary
}

func whole(t ir.Type) bool { return t == ir.Int || t == ir.Long }

// millis writes a time in milliseconds since 1970.
func (e *emitter) millis(t ir.Expr) string { return "TO_LONG(" + e.expr(t, precOr) + ")" }

// shifted writes a time and a duration that is added to it or taken away. A literal duration has a form of its own.
func (e *emitter) shifted(x *ir.Arith, t, by ir.Expr) (string, int) {
	e.r.Use(factArith, x, x.S, x.Op)
	if l, ok := by.(*ir.Lit); ok {
		if ticks, ok := l.Value.V.(int64); ok {
			if s, ok := span(ticks); ok {
				return e.expr(t, precAdd) + " " + x.Op + " " + s, precAdd
			}
		}
	}
	return "TO_DATETIME(" + e.millis(t) + " " + x.Op + " " + e.expr(by, precMul) + ")", precPrimary
}

// ratio divides durations, which gives a real.
func (e *emitter) ratio(x *ir.Arith) (string, int) {
	if l, ok := x.R.(*ir.Lit); ok && l.Value.V != int64(0) && !l.Value.IsNull() {
		e.r.Use(factDuration, x, x.S, x.Op)
		return e.expr(x.L, precMul) + " / " + e.expr(x.R, precPrimary) + ".0", precMul
	}
	e.r.Use(factDivideReal, x, x.S, x.Op)
	return "TO_DOUBLE(" + e.expr(x.L, precOr) + ") / " + e.expr(x.R, precPrimary), precMul
}

// duration writes a constant duration in milliseconds.
func (e *emitter) duration(l *ir.Lit, ticks int64) string {
	if ticks%ticksInMs != 0 {
		return e.refuse(l.S, "a duration finer than a millisecond")
	}
	e.r.Use(factDuration, l, l.S, "a duration")
	return strconv.FormatInt(ticks/ticksInMs, 10)
}

// litFloat is the number that a constant is.
func litFloat(v ir.Value) (float64, bool) {
	switch x := v.V.(type) {
	case int64:
		return float64(x), whole(v.Type) || v.Type == ir.Timespan
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return 0, false
}

// realText writes a real so that a division by it is none of whole numbers.
func realText(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
