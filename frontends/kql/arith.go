package kql

import (
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

func (l *lowerer) arith(x *syntax.Binary, a, b ir.Expr) ir.Expr {
	op := string(x.Op)
	r, ok := arithRule(op, ir.TypeOf(a), ir.TypeOf(b))
	if !ok {
		return l.fail(CodeType, x.Span(), "cannot apply %s to %s and %s", op, ir.TypeOf(a), ir.TypeOf(b))
	}
	return fold(&ir.Arith{At: at(x), Op: op, L: dynamicAs(a, r.l), R: dynamicAs(b, r.r), T: r.t})
}

// dynamicAs gives a dynamic operand the type that the operator takes it as.
func dynamicAs(x ir.Expr, t ir.Type) ir.Expr {
	if ir.TypeOf(x) != ir.Dynamic || t == ir.Dynamic {
		return x
	}
	return &ir.Cast{At: ir.At{S: x.Span()}, To: t, X: x}
}

// rule is the type of a result and the types that the operands are taken as.
type rule struct{ t, l, r ir.Type }

// arithRule types an operation: learn.microsoft.com/kusto/query/numerical-operators and datetime-timespan-arithmetic; for dynamic
// operands Microsoft's own binder, github.com/microsoft/Kusto-Query-Language. ok is false when the types do not go together.
func arithRule(op string, a, b ir.Type) (rule, bool) {
	switch {
	case a == ir.TypeUnset || b == ir.TypeUnset:
		return rule{ir.TypeUnset, a, b}, true
	case a == ir.Dynamic && b == ir.Dynamic:
		return rule{ir.Dynamic, a, b}, true
	case a == ir.Dynamic || b == ir.Dynamic:
		return dynamicRule(op, a, b)
	}
	t, ok := arithType(op, a, b)
	return rule{t, a, b}, ok
}

func dynamicRule(op string, a, b ir.Type) (rule, bool) {
	typed := a
	if a == ir.Dynamic {
		typed = b
	}
	additive := op == "+" || op == "-"
	switch {
	case typed == ir.Int:
		return rule{ir.Long, ir.Long, ir.Long}, true
	case typed.Numeric():
		return rule{typed, typed, typed}, true
	case typed == ir.Timespan && additive:
		return rule{ir.Timespan, ir.Timespan, ir.Timespan}, true
	case typed == ir.Datetime && op == "-":
		return rule{ir.Timespan, ir.Datetime, ir.Datetime}, true
	case typed == ir.Datetime && op == "+" && a == ir.Datetime:
		return rule{ir.Datetime, ir.Datetime, ir.Timespan}, true
	case typed == ir.Datetime && op == "+":
		return rule{ir.Datetime, ir.Timespan, ir.Datetime}, true
	}
	return rule{}, false
}

func arithType(op string, a, b ir.Type) (ir.Type, bool) {
	switch {
	case a.Numeric() && b.Numeric():
		return max(ir.Long, wider(a, b)), true
	case a == ir.Datetime && b == ir.Datetime:
		return ir.Timespan, op == "-"
	case a == ir.Datetime && b == ir.Timespan:
		switch op {
		case "+", "-":
			return ir.Datetime, true
		case "/":
			return ir.Real, true
		case "%":
			return ir.Timespan, true
		}
	case a == ir.Timespan && b == ir.Datetime:
		return ir.Datetime, op == "+"
	case a == ir.Timespan && b == ir.Timespan:
		if op == "/" {
			return ir.Real, true
		}
		return ir.Timespan, op != "*"
	case a == ir.Timespan && b.Numeric():
		return ir.Timespan, op == "*" || op == "/"
	case a.Numeric() && b == ir.Timespan:
		return ir.Timespan, op == "*"
	}
	return ir.TypeUnset, false
}

// wider is the number type that holds the values of both: int, long, real, decimal.
func wider(a, b ir.Type) ir.Type { return max(a, b) }
