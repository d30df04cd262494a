package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// onlyIf is x where a condition holds, and ends the evaluation with a message where it does not: what rests on something that no page
// tells is refused for the rows that need it, and only for those.
func onlyIf(x, holds ir.Expr, message string) ir.Expr {
	a := ir.At{S: x.Span()}
	ok := call("assert", ir.Bool, a, known(holds), str(message, a))
	return choose(ir.TypeOf(x), x, ir.Branch{If: not(ok), Then: lit(ir.TypeOf(x), nil, a)})
}

// single is a value that is no multivalue; one ends the evaluation.
func single(v val, what string) val {
	return val{x: onlyIf(v.x, not(known(isArray(v.x))), what+" of a multivalue field cannot be evaluated: no page tells what it is"), k: v.k, lit: v.lit}
}

// runningOver adds an aggregate over the rows so far, or over a window of them, in a helper column. The rows come in their order.
func (l *lowerer) runningOver(r *rows, n syntax.Node, spec ir.Running, t ir.Type, counts ir.Expr, args ...ir.Expr) *ir.Col {
	a := at(n)
	no := lit(ir.Bool, false, a)
	if counts == nil {
		counts = lit(ir.Bool, true, a)
	}
	spec.Values = len(args)
	name := l.helper()
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: name, X: &ir.RowCall{At: a, Func: ir.RunningCall, T: t, Running: &spec,
		Args: append(args, counts, lit(ir.Real, nil, a), no, no)}}}})
	r.temps = append(r.temps, name)
	return &ir.Col{At: a, Name: name, T: t}
}
