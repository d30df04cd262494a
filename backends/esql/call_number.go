package esql

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/ir"
)

// numberCalls are the functions of numbers. Outside of their domain both sides give null, save where a fact says otherwise.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/math-functions
func numberCalls() map[string]caller {
	return map[string]caller{
		"abs":     renamed("ABS", factMath),
		"ceiling": renamed("CEIL", factMath),
		"sqrt":    renamed("SQRT", factMath),
		"exp":     renamed("EXP", factMath),
		"sign":    renamed("SIGNUM", factMath),
		"sin":     renamed("SIN", factMath),
		"cos":     renamed("COS", factMath),
		"tan":     renamed("TAN", factMath),
		"atan":    renamed("ATAN", factMath),
		"asin":    renamed("ASIN", factMath),
		"acos":    renamed("ACOS", factMath),
		"atan2":   renamed("ATAN2", factMath),
		"pi":      renamed("PI", factMath),
		"degrees": renamed("TO_DEGREES", factMath),
		"radians": renamed("TO_RADIANS", factMath),
		"log":     logarithm("LOG(%s)"),
		"log10":   logarithm("LOG10(%s)"),
		"log2":    logarithm("LOG(2.0, %s)"),
		"pow":     power,
		"round":   rounded,
	}
}

// logarithm is -infinity at 0 in KQL, null in ES|QL; below 0 both are null. learn.microsoft.com/kusto/query/log-function
func logarithm(form string) caller {
	return func(e *emitter, c *ir.Call, args []string) (string, bool) {
		e.r.Use(factLog, c, c.S, c.Func+"()")
		return fmt.Sprintf(form, args[0]), true
	}
}

// power gives infinities and NaN in KQL where ES|QL gives null. With a whole exponent from 1 on only what a product cannot hold differs.
func power(e *emitter, c *ir.Call, args []string) (string, bool) {
	if n, ok := wholeLit(c.Args[1]); ok && n >= 1 {
		e.r.Use(factMath, c, c.S, "pow()")
	} else {
		e.r.Use(factPow, c, c.S, "pow()")
	}
	return "POW(" + strings.Join(args, ", ") + ")", true
}

// rounded moves halves away from zero, as KQL does. learn.microsoft.com/kusto/query/round-function
func rounded(e *emitter, c *ir.Call, args []string) (string, bool) {
	e.r.Use(factRound, c, c.S, "round()")
	if len(args) == 1 {
		return "ROUND(" + args[0] + ")", true
	}
	digits, ok := wholeLit(c.Args[1])
	if !ok || digits < 0 || digits > 15 {
		return "", false
	}
	if whole(ir.TypeOf(c.Args[0])) {
		return "ROUND(" + args[0] + ")", true // there are no digits behind the point of a whole number
	}
	return fmt.Sprintf("ROUND(%s, %d)", args[0], digits), true
}
