package esql

import (
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// caller writes a call of one function, whose arguments are written already; ok is false where this call has no exact form.
type caller func(e *emitter, c *ir.Call, args []string) (text string, ok bool)

// callTable lists the functions that ES|QL says.
func callTable() map[string]caller {
	table := map[string]caller{}
	for _, part := range []map[string]caller{textCalls(), numberCalls(), timeCalls(), addressCalls()} {
		for name, f := range part {
			table[name] = f
		}
	}
	return table
}

// renamed writes a function that differs from KQL's in its name only.
func renamed(name string, fact *emit.Fact) caller {
	return func(e *emitter, c *ir.Call, args []string) (string, bool) {
		e.r.Use(fact, c, c.S, c.Func+"()")
		return name + "(" + strings.Join(args, ", ") + ")", true
	}
}

func (e *emitter) call(c *ir.Call) string {
	f, known := e.calls[c.Func]
	if !known {
		return e.refuse(c.S, c.Func+"()")
	}
	args := make([]string, len(c.Args))
	for i, x := range c.Args {
		args[i] = e.expr(x, precOr)
	}
	text, ok := f(e, c, args)
	if !ok {
		return e.refuse(c.S, c.Func+"() of these arguments")
	}
	return text
}

// wholeLit is a whole number that an argument is.
func wholeLit(x ir.Expr) (int64, bool) {
	if n, ok := x.(*ir.Neg); ok {
		v, ok := wholeLit(n.X)
		return -v, ok
	}
	l, ok := x.(*ir.Lit)
	if !ok || !whole(l.Value.Type) {
		return 0, false
	}
	n, ok := l.Value.V.(int64)
	return n, ok
}

// constText is the text that argument i is.
func constText(c *ir.Call, i int) (string, bool) {
	if i >= len(c.Args) {
		return "", false
	}
	return ir.ConstString(c.Args[i])
}
