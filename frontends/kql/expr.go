package kql

import (
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// ctx is what a scalar expression may refer to: the columns of the row, then the definitions.
type ctx struct {
	row *schema
	env *scope
	// agg, inside a summarize, makes an aggregate and returns its column; nil where aggregates may not stand.
	agg func(aggFact, *syntax.Call) ir.Expr
	// steps, inside a scan, are the names of its steps.
	steps map[string]bool
}

func at(n syntax.Node) ir.At { return ir.At{S: n.Span()} }

func isBad(e ir.Expr) bool { _, ok := e.(*ir.Bad); return ok }

// expr lowers a scalar expression.
func (l *lowerer) expr(x syntax.Expr, c *ctx) ir.Expr {
	if !l.grow(1, x.Span()) {
		return &ir.Bad{At: at(x)}
	}
	switch x := x.(type) {
	case *syntax.Literal:
		return l.literal(x)
	case *syntax.Name:
		return l.name(x, c)
	case *syntax.Path:
		if e, ok := l.stepColumn(x, c); ok {
			return e
		}
		return l.step(x, x.X, ir.Step{Key: x.Name.Name}, c)
	case *syntax.Index:
		if e, ok := l.stepColumn(x, c); ok {
			return e
		}
		return l.index(x, c)
	case *syntax.Unary:
		return l.unary(x, c)
	case *syntax.Binary:
		return l.binary(x, c)
	case *syntax.In:
		return l.in(x, c)
	case *syntax.Between:
		return l.between(x, c)
	case *syntax.Call:
		return l.call(x, c)
	case *syntax.Bad:
		return &ir.Bad{At: at(x)}
	case *syntax.BadLiteral:
		if e, ok := textLiteral(x); ok {
			return e
		}
		return l.badLiteral(x)
	case *syntax.Pipe:
		return l.refuse(x.Span(), "a query inside an expression", "its rows are known only when the query runs", "")
	case *syntax.Function:
		return l.refuse(x.Span(), "a function as a value", "", "")
	case *syntax.Star:
		return l.refuse(x.Span(), "* in this place", "", "name the columns")
	case *syntax.Named:
		return l.refuse(x.Span(), "= as a comparison", "it names a value and compares nothing", "use == to compare")
	default:
		return l.refuse(x.Span(), "this expression", "", "")
	}
}

// argument lowers an argument of a function of the language, which takes its arguments by position. A name of one is at most the name
// of the column, as in bin(Hour = Timestamp, 1h).
func (l *lowerer) argument(call *syntax.Call, i int, c *ctx) ir.Expr {
	n, ok := call.Args[i].(*syntax.Named)
	if !ok {
		return l.expr(call.Args[i], c)
	}
	if i > 0 || resultNames[call.Func.Name].from == nameNumbered {
		l.report(diag.Warning, CodeArguments, n.Name.Span(), "the name "+n.Name.Name+" of this argument has no effect", "", "use == to compare")
	}
	return l.expr(n.X, c)
}

// name resolves an identifier: a column of the row first, as the language does, then a definition.
func (l *lowerer) name(x *syntax.Name, c *ctx) ir.Expr {
	if col, ok := c.row.find(x.Name); ok {
		return &ir.Col{At: at(x), Name: col.Name, T: col.Type}
	}
	if d := c.env.find(x.Name); d != nil {
		return l.useScalar(d, x)
	}
	if c.row.open {
		return &ir.Col{At: at(x), Name: x.Name}
	}
	hint := ""
	if near := diag.Nearest(x.Name, append(c.row.names(), c.env.names()...)); near != "" {
		hint = "did you mean " + near + "?"
	}
	l.report(diag.Error, CodeColumn, x.Span(), "there is no column or definition named "+x.Name+" here", "", hint)
	return &ir.Bad{At: at(x)}
}

func (l *lowerer) useScalar(d *def, x *syntax.Name) ir.Expr {
	e := l.scalarDef(d, x)
	if d.level < l.level && readsRow(e) {
		// learn.microsoft.com/kusto/query/toscalar-function#limitations
		return l.fail(CodeColumn, x.Span(), "%s stands for a column of the row outside this query, which is computed once and not per row", x.Name)
	}
	return e
}

// readsRow reports whether an expression reads the row or its place among others.
func readsRow(e ir.Expr) bool {
	reads := false
	ir.Inspect(e, func(x ir.Expr) bool {
		switch x.(type) {
		case *ir.Col, *ir.StepCol, *ir.RowCall:
			reads = true
		}
		return !reads
	})
	return reads
}

// scalarDef lowers the definition of a value when it is first used.
func (l *lowerer) scalarDef(d *def, x *syntax.Name) ir.Expr {
	if d.memo != nil {
		if !l.grow(d.size, x.Span()) {
			return &ir.Bad{At: at(x)}
		}
		return d.memo
	}
	if l.isTabularDef(d) {
		return l.refuse(x.Span(), "the table "+x.Name+" as a value", "a value per row is expected here", "")
	}
	if f, ok := d.body.(*syntax.Function); ok {
		return l.inline(f, d, nil, x, &ctx{row: &schema{}, env: d.env})
	}
	before := l.nodes
	d.memo = l.expr(d.body, &ctx{row: d.row, env: d.env, agg: d.agg, steps: d.steps})
	d.size = l.nodes - before
	return d.memo
}

func (l *lowerer) index(x *syntax.Index, c *ctx) ir.Expr {
	i := fold(l.expr(x.I, c))
	if isBad(i) {
		return i
	}
	if lit, ok := i.(*ir.Lit); ok {
		switch v := lit.Value.V.(type) {
		case string:
			return l.step(x, x.X, ir.Step{Key: v}, c)
		case int64:
			if lit.Value.Type.Numeric() {
				return l.step(x, x.X, ir.Step{Index: int(v), IsIndex: true}, c)
			}
		}
	}
	return l.element(x, i, c)
}

// element lowers an index that is known only per row: a key when it is text, else a position.
func (l *lowerer) element(x *syntax.Index, i ir.Expr, c *ctx) ir.Expr {
	v := l.expr(x.X, c)
	if isBad(v) {
		return v
	}
	if t := ir.TypeOf(v); t != ir.Dynamic && t != ir.TypeUnset {
		return l.fail(CodeType, x.Span(), "cannot read inside a value of type %s, expected dynamic", t)
	}
	switch t := ir.TypeOf(i); t {
	case ir.String, ir.Int, ir.Long, ir.Bool, ir.Dynamic, ir.TypeUnset:
		return &ir.Call{At: at(x), Func: ir.FuncElement, Args: []ir.Expr{v, i}, T: ir.Dynamic}
	default:
		return l.fail(CodeType, x.I.Span(), "an index is text or a whole number, found %s", t)
	}
}

// step adds one step into a dynamic value; steps that follow each other share one Access.
func (l *lowerer) step(n syntax.Node, inner syntax.Expr, s ir.Step, c *ctx) ir.Expr {
	x := l.expr(inner, c)
	switch t := ir.TypeOf(x); {
	case isBad(x):
		return x
	case t != ir.Dynamic && t != ir.TypeUnset:
		return l.fail(CodeType, n.Span(), "cannot read inside a value of type %s, expected dynamic", t)
	}
	if a, ok := x.(*ir.Access); ok {
		steps := append(append([]ir.Step(nil), a.Steps...), s)
		return &ir.Access{At: at(n), X: a.X, Steps: steps}
	}
	return &ir.Access{At: at(n), X: x, Steps: []ir.Step{s}}
}

func (l *lowerer) unary(x *syntax.Unary, c *ctx) ir.Expr {
	y := l.expr(x.X, c)
	switch t := ir.TypeOf(y); {
	case isBad(y):
		return y
	case t == ir.Int && !isConst(y):
		// Arithmetic on an int gives a long; a constant is folded as it is.
		y = &ir.Cast{At: at(x), To: ir.Long, X: y}
	case !t.Numeric() && t != ir.Timespan && t != ir.Dynamic && t != ir.TypeUnset:
		return l.fail(CodeType, x.Span(), "cannot apply %s to %s", x.Op, t)
	}
	if x.Op == "+" {
		return y
	}
	return fold(&ir.Neg{At: at(x), X: y})
}

func (l *lowerer) binary(x *syntax.Binary, c *ctx) ir.Expr {
	switch x.Op {
	case "and", "or":
		return l.logic(x, c)
	}
	if _, every := x.X.(*syntax.Star); every {
		return l.anyColumn(x, c)
	}
	a, b := l.expr(x.X, c), l.expr(x.Y, c)
	if isBad(a) || isBad(b) {
		return &ir.Bad{At: at(x)}
	}
	switch x.Op {
	case "+", "-", "*", "/", "%":
		return l.arith(x, a, b)
	case "==":
		return l.equal(x, a, b, ir.Exact)
	case "!=":
		return l.negate(x, l.equal(x, a, b, ir.Exact))
	case "=~":
		return l.equal(x, a, b, ir.Fold)
	case "!~":
		return l.negate(x, l.equal(x, a, b, ir.Fold))
	case "<", "<=", ">", ">=":
		return l.order(x, a, b)
	}
	name, negated := strings.CutPrefix(string(x.Op), "!")
	m, ok := textTests[name]
	if !ok {
		return l.refuse(x.OpAt, "the operator "+string(x.Op), "", "")
	}
	out := l.match(at(x), m, a, []ir.Expr{b}, false)
	if negated {
		return l.negate(x, out)
	}
	return out
}

// logic flattens a chain of the same operator, so that its depth does not follow its length.
func (l *lowerer) logic(x *syntax.Binary, c *ctx) ir.Expr {
	var xs []ir.Expr
	bad := false
	for _, part := range chain(x, x.Op) {
		e := l.expr(part, c)
		bad = bad || isBad(e)
		xs = append(xs, e)
	}
	if bad {
		return &ir.Bad{At: at(x)}
	}
	for _, e := range xs {
		if t := ir.TypeOf(e); t != ir.Bool && t != ir.Dynamic && t != ir.TypeUnset {
			return l.fail(CodeType, e.Span(), "cannot apply %s to %s, expected bool", x.Op, t)
		}
	}
	if x.Op == "and" {
		return &ir.And{At: at(x), Xs: xs}
	}
	return &ir.Or{At: at(x), Xs: xs}
}

// chain lists the operands of nested uses of one operator from left to right.
func chain(x syntax.Expr, op syntax.Op) []syntax.Expr {
	var rev []syntax.Expr
	for {
		b, ok := x.(*syntax.Binary)
		if !ok || b.Op != op {
			break
		}
		if r, ok := b.Y.(*syntax.Binary); ok && r.Op == op {
			parts := chain(r, op)
			for i := len(parts) - 1; i >= 0; i-- {
				rev = append(rev, parts[i])
			}
		} else {
			rev = append(rev, b.Y)
		}
		x = b.X
	}
	rev = append(rev, x)
	out := make([]syntax.Expr, len(rev))
	for i, e := range rev {
		out[len(rev)-1-i] = e
	}
	return out
}

// negate keeps a refused operand refused.
func (l *lowerer) negate(n syntax.Node, e ir.Expr) ir.Expr {
	if isBad(e) {
		return e
	}
	// Compare has its own inequality, whose null rule differs from not(==).
	if c, ok := e.(*ir.Compare); ok && c.Op == ir.Eq {
		return &ir.Compare{At: at(n), Op: ir.Ne, L: c.L, R: c.R}
	}
	return &ir.Not{At: at(n), X: e}
}

// order lowers < and its like, which are not defined for texts (Microsoft's binder: KS106).
// learn.microsoft.com/kusto/query/numerical-operators
func (l *lowerer) order(x *syntax.Binary, a, b ir.Expr) ir.Expr {
	op := map[syntax.Op]ir.CmpOp{"<": ir.Lt, "<=": ir.Le, ">": ir.Gt, ">=": ir.Ge}[x.Op]
	for _, t := range []ir.Type{ir.TypeOf(a), ir.TypeOf(b)} {
		if t == ir.String || t == ir.GUID {
			return l.fail(CodeType, x.Span(), "%s is not defined for a %s: convert it to a number or a time, or compare strcmp() of two strings with 0", x.Op, t)
		}
	}
	a, b, ok := l.align(a, b)
	if !ok {
		return l.mismatch(x, a, b)
	}
	return &ir.Compare{At: at(x), Op: op, L: a, R: b}
}

func (l *lowerer) mismatch(x syntax.Node, a, b ir.Expr) ir.Expr {
	return l.fail(CodeType, x.Span(), "cannot compare %s with %s, convert one of them", ir.TypeOf(a), ir.TypeOf(b))
}

// align makes two operands comparable: a dynamic one takes the type of the other, and a bool counts as 0 or 1 next to a number.
func (l *lowerer) align(a, b ir.Expr) (ir.Expr, ir.Expr, bool) {
	ta, tb := ir.TypeOf(a), ir.TypeOf(b)
	switch {
	case ta == tb || ta == ir.TypeUnset || tb == ir.TypeUnset || ta.Numeric() && tb.Numeric():
		return a, b, true
	case ta == ir.Bool && (tb == ir.Long || tb == ir.Int):
		return &ir.Cast{At: ir.At{S: a.Span()}, To: ir.Long, X: a}, b, true
	case tb == ir.Bool && (ta == ir.Long || ta == ir.Int):
		return a, &ir.Cast{At: ir.At{S: b.Span()}, To: ir.Long, X: b}, true
	case ta == ir.Dynamic:
		return castLike(a, b), b, true
	case tb == ir.Dynamic:
		return a, castLike(b, a), true
	}
	return a, b, false
}

// alignEqual is align for == and !=, where text takes the type of what it is compared with: "2" equals 2. Text that has no value of
// that type is null.
func (l *lowerer) alignEqual(a, b ir.Expr) (ir.Expr, ir.Expr, bool) {
	x, y, ok := l.align(a, b)
	switch {
	case ok:
		return x, y, true
	case ir.TypeOf(a) == ir.String:
		return &ir.Cast{At: ir.At{S: a.Span()}, To: ir.TypeOf(b), X: a}, b, true
	case ir.TypeOf(b) == ir.String:
		return a, &ir.Cast{At: ir.At{S: b.Span()}, To: ir.TypeOf(a), X: b}, true
	}
	return a, b, false
}

// castLike converts a dynamic value to the type of what it is compared with. Numbers go to real, since 1.5 must not equal 1,
// except where real cannot hold the other number.
func castLike(d, other ir.Expr) ir.Expr {
	t := ir.TypeOf(other)
	if t == ir.Int || t == ir.Long {
		t = ir.Real
		const exact = 1 << 53
		if lit, ok := other.(*ir.Lit); ok {
			if n, ok := lit.Value.V.(int64); ok && (n > exact || n < -exact) {
				t = ir.Long
			}
		}
	}
	return &ir.Cast{At: ir.At{S: d.Span()}, To: t, X: d}
}

func (l *lowerer) between(x *syntax.Between, c *ctx) ir.Expr {
	v, lo, hi := l.expr(x.X, c), l.expr(x.Lo, c), l.expr(x.Hi, c)
	if isBad(v) || isBad(lo) || isBad(hi) {
		return &ir.Bad{At: at(x)}
	}
	if ir.TypeOf(lo) == ir.Datetime && ir.TypeOf(hi) == ir.Timespan {
		// between (start .. 1d) ends a day after start.
		hi = fold(&ir.Arith{At: ir.At{S: hi.Span()}, Op: "+", L: lo, R: hi, T: ir.Datetime})
	}
	a, lo2, ok := l.align(v, lo)
	_, hi2, ok2 := l.align(v, hi)
	switch {
	case !ok:
		return l.mismatch(x, v, lo)
	case !ok2:
		return l.mismatch(x, v, hi)
	}
	if _, _, ok := l.align(lo2, hi2); !ok {
		return l.mismatch(x, lo, hi)
	}
	if t := ir.TypeOf(lo2); t == ir.String {
		return l.refuse(x.Span(), "between on strings", "", "")
	}
	var out ir.Expr = &ir.Between{At: at(x), X: a, Lo: lo2, Hi: hi2}
	if x.Not {
		out = &ir.Not{At: at(x), X: out}
	}
	return out
}
