package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// Binding strengths of eval: NOT > AND > OR. A mix of AND and OR is always parenthesised, because the search command orders them
// the other way round.
const (
	precOr = iota + 1
	precAnd
	precNot
	precCompare
	precAdd
	precMul
	precAtom
)

// text is a piece of SPL with its binding strength.
type text struct {
	s    string
	prec int
}

func (t text) at(want int) string { return emit.Parens(t.s, t.prec, want) }

func atom(s string) text { return text{s, precAtom} }

// bad is the text of something refused; the report holds the reason and no output is made.
var bad = atom("null()")

// use records a fact for an expression.
// The text of a node may be written more than once; it is reported once.
func (e *emitter) use(f *emit.Fact, x ir.Expr) {
	k := usage{f, x}
	if !e.used[k] {
		e.used[k] = true
		e.rep.Use(f, x, x.Span(), e.what(x))
	}
}

type usage struct {
	f *emit.Fact
	x ir.Expr
}

func (e *emitter) refuse(f *emit.Fact, x ir.Expr) text {
	e.use(f, x)
	return bad
}

// pred writes a condition for where, if and eval. It is never true where the source's is null.
func (e *emitter) pred(x ir.Expr) text {
	switch x := x.(type) {
	case *ir.And:
		e.use(e.f.logic, x)
		return e.join(x.Xs, " AND ", precAnd, "1==1", e.pred)
	case *ir.Or:
		e.use(e.f.logic, x)
		defer e.cover(x.Xs)()
		return e.join(x.Xs, " OR ", precOr, "1==0", e.pred)
	case *ir.Not:
		e.use(e.f.logic, x)
		return e.negated(x.X)
	case *ir.Match:
		return e.match(x)
	case *ir.Compare:
		return e.compare(x, x.Op)
	case *ir.Between:
		e.use(e.f.compare, x)
		v := e.value(x.X).at(precAdd)
		return text{v + ">=" + e.value(x.Lo).at(precAdd) + " AND " + v + "<=" + e.value(x.Hi).at(precAdd), precAnd}
	case *ir.IsNull:
		e.use(e.f.absent, x)
		if ir.TypeOf(x.X) == ir.String {
			return text{"1==0", precCompare}
		}
		return atom("isnull(" + e.value(x.X).s + ")")
	case *ir.IsEmpty:
		e.use(e.f.empty, x)
		v := e.value(x.X)
		return text{"isnull(" + v.s + ") OR " + v.at(precAdd) + `==""`, precOr}
	case *ir.Absent:
		e.use(e.f.absent, x)
		return atom("isnull(" + e.value(x.X).s + ")")
	case *ir.Lit:
		if b, ok := x.Value.V.(bool); ok && b {
			return text{"1==1", precCompare}
		}
		return text{"1==0", precCompare}
	default:
		if t, ok := e.addressCond(x, false); ok {
			return t
		}
		e.use(e.f.boolean, x)
		return text{e.value(x).at(precAdd) + `=="true"`, precCompare}
	}
}

func (e *emitter) join(xs []ir.Expr, op string, prec int, none string, f func(ir.Expr) text) text {
	if len(xs) == 0 {
		return text{none, precCompare}
	}
	if len(xs) == 1 {
		return f(xs[0])
	}
	parts := make([]string, len(xs))
	for i, x := range xs {
		t := f(x)
		if t.prec == precOr || t.prec == precAnd {
			t = atom("(" + t.s + ")")
		}
		parts[i] = t.s
	}
	return text{strings.Join(parts, op), prec}
}

// cover notes which values a disjunction tests for absence itself, so that negations in it need no isnotnull of their own.
func (e *emitter) cover(xs []ir.Expr) (undo func()) {
	old := e.covered
	e.covered = map[string]bool{}
	for k := range old {
		e.covered[k] = true
	}
	for _, x := range xs {
		if a, ok := x.(*ir.Absent); ok {
			e.covered[e.value(a.X).s] = true
		}
	}
	return func() { e.covered = old }
}

// negated writes not x with the negation at the leaves, which is exact in three-valued logic.
func (e *emitter) negated(x ir.Expr) text {
	switch x := x.(type) {
	case *ir.And:
		return e.join(x.Xs, " OR ", precOr, "1==0", e.negated)
	case *ir.Or:
		return e.join(x.Xs, " AND ", precAnd, "1==1", e.negated)
	case *ir.Not:
		return e.pred(x.X)
	case *ir.Compare:
		return e.compare(x, x.Op.Negated())
	case *ir.Between:
		e.use(e.f.compare, x)
		v := e.value(x.X).at(precAdd)
		return text{v + "<" + e.value(x.Lo).at(precAdd) + " OR " + v + ">" + e.value(x.Hi).at(precAdd), precOr}
	case *ir.Absent:
		e.use(e.f.absent, x)
		return atom("isnotnull(" + e.value(x.X).s + ")")
	case *ir.IsNull:
		e.use(e.f.absent, x)
		if ir.TypeOf(x.X) == ir.String {
			return text{"1==1", precCompare}
		}
		return atom("isnotnull(" + e.value(x.X).s + ")")
	case *ir.IsEmpty:
		e.use(e.f.empty, x)
		return text{e.value(x.X).at(precAdd) + `!=""`, precCompare} // null drops here
	case *ir.Match:
		return e.notMatch(x)
	case *ir.Lit:
		if b, ok := x.Value.V.(bool); ok && !b {
			return text{"1==1", precCompare}
		}
		return text{"1==0", precCompare}
	default:
		if t, ok := e.addressCond(x, true); ok {
			return t
		}
		e.use(e.f.boolean, x)
		return text{e.value(x).at(precAdd) + `=="false"`, precCompare}
	}
}

func (e *emitter) compare(x *ir.Compare, op ir.CmpOp) text {
	if op == ir.CmpUnset {
		return e.refuse(e.f.exprRefused, x)
	}
	if ir.TypeOf(x.L) == ir.String || ir.TypeOf(x.R) == ir.String {
		return e.refuse(e.f.exprRefused, x) // no source orders texts, and here those that read as numbers are compared as numbers
	}
	e.use(e.f.compare, x)
	return text{e.value(x.L).at(precAdd) + op.String() + e.value(x.R).at(precAdd), precCompare}
}

// value writes an expression that yields a value; conditions become the texts true and false.
func (e *emitter) value(x ir.Expr) text {
	switch x := x.(type) {
	case *ir.Col:
		return e.name(x, x.Name)
	case *ir.Field:
		return e.field(x)
	case *ir.Lit:
		return e.literal(x, x.Value)
	case *ir.Param:
		if x.Default == nil || e.in.KeepParams {
			return e.refuse(e.f.param, x)
		}
		return e.value(x.Default)
	case *ir.Now:
		e.use(e.f.now, x)
		if !e.in.Now.IsZero() {
			return atom(seconds(epochTicks(ir.TicksOf(e.in.Now))))
		}
		return atom("now()")
	case *ir.Access:
		return e.access(x)
	case *ir.Match, *ir.Compare, *ir.Between, *ir.And, *ir.Or, *ir.Not, *ir.IsNull, *ir.IsEmpty, *ir.Absent:
		e.use(e.f.boolean, x)
		if compares(x) { // which is null where a side is
			return atom("case(" + e.pred(x).s + `,"true",` + e.negated(x).s + `,"false")`)
		}
		return atom("if(" + e.pred(x).s + `,"true","false")`)
	case *ir.Arith:
		return e.arith(x)
	case *ir.Neg:
		e.use(e.f.arith, x)
		return text{"0-" + e.value(x.X).at(precMul), precAdd}
	case *ir.Call:
		return e.call(x)
	case *ir.Cast:
		return e.cast(x)
	case *ir.Bin:
		return e.bin(x)
	case *ir.Cond:
		return e.conditional(x)
	case *ir.Fill:
		e.use(e.f.fill, x)
		return atom("coalesce(" + e.value(x.X).s + "," + e.literal(x, x.With).s + ")")
	case *ir.Pack:
		return e.pack(x)
	case *ir.RowCall:
		return e.rowCall(x)
	default:
		return e.refuse(e.f.exprRefused, x)
	}
}

// compares reports whether a condition compares values that are not texts, outside of conditions that are values themselves.
func compares(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Compare, *ir.Between:
		return true
	case *ir.And, *ir.Or, *ir.Not:
		return slices.ContainsFunc(ir.Children(x), compares)
	case *ir.Match, *ir.IsNull, *ir.IsEmpty, *ir.Absent, *ir.Fill, *ir.Lit:
		return false
	}
	return true
}

func (e *emitter) conditional(x *ir.Cond) text {
	e.use(e.f.cond, x)
	last := "null()"
	if x.Else != nil {
		last = e.value(x.Else).s
	}
	if len(x.Branches) == 1 {
		b := x.Branches[0]
		return atom("if(" + e.pred(b.If).s + "," + e.value(b.Then).s + "," + last + ")")
	}
	var parts []string
	for _, b := range x.Branches {
		parts = append(parts, e.pred(b.If).s+","+e.value(b.Then).s)
	}
	return atom("case(" + strings.Join(append(parts, "1==1,"+last), ",") + ")")
}

func (e *emitter) pack(x *ir.Pack) text {
	e.use(e.f.pack, x)
	var parts []string
	for i, k := range x.Keys {
		key, ok := evalString(k)
		if !ok || i >= len(x.Vals) {
			return e.refuse(e.f.literalBad, x)
		}
		parts = append(parts, key+","+e.value(x.Vals[i]).s)
	}
	return atom("json_object(" + strings.Join(parts, ",") + ")")
}

// simpleCalls are functions that differ in name only. The number is that of their arguments.
var simpleCalls = map[string]struct {
	name string
	args int
}{
	"tolower": {"lower", 1}, "toupper": {"upper", 1}, "strlen": {"len", 1}, "abs": {"abs", 1}, "floor": {"floor", 1},
	"ceiling": {"ceiling", 1}, "sqrt": {"sqrt", 1}, "exp": {"exp", 1}, "log": {"ln", 1}, "pow": {"pow", 2},
}

func (e *emitter) call(x *ir.Call) text {
	if c, ok := simpleCalls[x.Func]; ok && len(x.Args) == c.args {
		e.use(e.f.call, x)
		return atom(c.name + "(" + e.list(x.Args, ",") + ")")
	}
	switch {
	case x.Func == "parse_json" && len(x.Args) == 1:
		e.use(e.f.call, x)
		return e.value(x.Args[0])
	case x.Func == "array_length" && len(x.Args) == 1 && e.splitBy(x.Args[0]) != "":
		return e.partCount(x)
	case x.Func == "array_length" && len(x.Args) == 1 && e.multi(x.Args[0]):
		e.use(e.f.call, x)
		return atom("coalesce(mvcount(" + e.value(x.Args[0]).s + "),0)")
	case x.Func == "strcat_array" && len(x.Args) == 2 && e.multi(x.Args[0]):
		e.use(e.f.call, x)
		return atom("mvjoin(" + e.list(x.Args, ",") + ")")
	case x.Func == "strcat" && len(x.Args) > 0:
		e.use(e.f.call, x)
		parts := make([]string, len(x.Args))
		for i, a := range x.Args {
			if parts[i] = e.value(a).at(precMul); !sure(a) {
				parts[i] = "coalesce(" + parts[i] + `,"")`
			}
		}
		return text{strings.Join(parts, " . "), precAdd}
	case x.Func == "coalesce":
		e.use(e.f.call, x)
		return atom("coalesce(" + e.list(x.Args, ",") + ")")
	}
	if t, ok := e.function(x); ok {
		return t
	}
	return e.refuse(e.f.callRefused, x)
}

func litInt(l *ir.Lit, ok bool) (int64, bool) {
	if !ok {
		return 0, false
	}
	n, ok := l.Value.V.(int64)
	return n, ok
}

func (e *emitter) list(xs []ir.Expr, sep string) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.value(x).s
	}
	return strings.Join(parts, sep)
}
