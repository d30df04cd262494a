package esql

import "github.com/huntc/huntc/ir"

// splitCall is a call of split() that SPLIT says: the delimiter is one byte, the text a text. A list of one text is that text to ES|QL, which
// keeps the empty parts and the order.
// learn.microsoft.com/kusto/query/split-function,
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/string-functions/split
func splitCall(x ir.Expr) (*ir.Call, bool) {
	c, ok := x.(*ir.Call)
	if !ok || c.Func != "split" || len(c.Args) != 2 || ir.TypeOf(c.Args[0]) != ir.String {
		return nil, false
	}
	by, ok := constText(c, 1)
	return c, ok && len(by) == 1 && by[0] < 0x80
}

// split writes a call of split. The absent-value pass has filled the text, of which "" has one part.
func (e *emitter) split(c *ir.Call) string {
	by, _ := constText(c, 1)
	e.r.Use(factSplit, c, c.S, "split()")
	return "SPLIT(" + e.expr(c.Args[0], precOr) + ", " + quote(by) + ")"
}

// textPart reports whether an expression is a part of a split text.
func (e *emitter) textPart(x ir.Expr) bool {
	a, ok := x.(*ir.Access)
	if !ok || len(a.Steps) != 1 || !a.Steps[0].IsIndex {
		return false
	}
	if c, ok := a.X.(*ir.Col); ok {
		return e.splits[c.Name]
	}
	_, ok = splitCall(a.X)
	return ok
}
