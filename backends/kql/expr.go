package kql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

func (e *emitter) expr(x ir.Expr, want int) string {
	text, have := e.bare(x)
	return emit.Parens(text, have, want)
}

func (e *emitter) bare(x ir.Expr) (string, int) {
	e.r.Use(factExpr, x, x.Span(), "this expression")
	switch x := x.(type) {
	case *ir.Col:
		if text, ok := e.inPlace[x.Name]; ok {
			return text, precPrimary
		}
		return name(x.Name), precPrimary
	case *ir.Scalar:
		return "toscalar(" + e.nested(x.Pipe) + ")", precPrimary
	case *ir.InTable:
		return e.inTable(x, false)
	case *ir.RowCall:
		return x.Func + "(" + e.list(x.Args) + ")", precPrimary
	case *ir.StepCol:
		return name(x.Step) + "." + name(x.Name), precPrimary
	case *ir.KeyOf:
		return "toscalar(" + name(x.Name) + ")", precPrimary
	case *ir.Lit:
		return literal(x.Value), precPrimary
	case *ir.Param:
		e.params[x.Name] = x
		return name(x.Name), precPrimary
	case *ir.Now:
		if !e.in.Now.IsZero() {
			return literal(ir.Value{Type: ir.Datetime, V: ir.TicksOf(e.in.Now)}), precPrimary
		}
		return "now()", precPrimary
	case *ir.Access:
		return e.access(x), precPrimary
	case *ir.Match:
		return e.match(x, false)
	case *ir.Compare:
		return e.expr(x.L, precAdd) + " " + x.Op.String() + " " + e.expr(x.R, precAdd), precCompare
	case *ir.Between:
		return fmt.Sprintf("%s between (%s .. %s)", e.expr(x.X, precAdd), e.expr(x.Lo, precAdd), e.expr(x.Hi, precAdd)), precCompare
	case *ir.And:
		return e.infix(x.Xs, " and ", precAnd, "true"), precAnd
	case *ir.Or:
		return e.infix(x.Xs, " or ", precOr, "false"), precOr
	case *ir.Not:
		return e.not(x.X)
	case *ir.Arith:
		return e.arith(x)
	case *ir.Neg:
		return "-" + e.expr(x.X, precPrimary), precMul
	case *ir.Call:
		return e.call(x), precPrimary
	case *ir.Cast:
		return "to" + castName(x.To) + "(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.Bin:
		return "bin(" + e.expr(x.X, precOr) + ", " + literal(x.Width) + ")", precPrimary
	case *ir.Cond:
		return e.cond(x), precPrimary
	case *ir.IsNull:
		return "isnull(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.IsEmpty:
		return "isempty(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.List:
		return "pack_array(" + e.list(x.Elems) + ")", precPrimary
	case *ir.Pack:
		parts := make([]string, 0, 2*len(x.Keys))
		for i, k := range x.Keys {
			parts = append(parts, quote(k), e.expr(x.Vals[i], precOr))
		}
		return "bag_pack(" + strings.Join(parts, ", ") + ")", precPrimary
	case *ir.AnyColumn:
		return e.everyColumn(x)
	case *ir.PackAll:
		return e.packAll(x), precPrimary
	case *ir.IfExists:
		return e.ifExists(x), precPrimary
	case *ir.Bad:
		e.r.Refuse(x.S, "KQL-EMIT", "this expression was not understood", "", "")
		return "", precPrimary
	default:
		e.r.Use(factRefused, x, x.Span(), "this expression")
		return "", precPrimary
	}
}

func castName(t ir.Type) string {
	if t == ir.Real {
		return "real"
	}
	return t.String()
}

func (e *emitter) list(xs []ir.Expr) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.expr(x, precOr)
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) infix(xs []ir.Expr, op string, prec int, empty string) string {
	if len(xs) == 0 {
		return empty
	}
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.expr(x, prec+1)
	}
	return strings.Join(parts, op)
}

func (e *emitter) access(x *ir.Access) string {
	var b strings.Builder
	b.WriteString(e.expr(x.X, precPrimary))
	for _, s := range x.Steps {
		switch {
		case s.IsIndex:
			fmt.Fprintf(&b, "[%d]", s.Index)
		case identifier.MatchString(s.Key) && !reserved[s.Key]:
			b.WriteString("." + s.Key)
		default:
			b.WriteString("[" + quote(s.Key) + "]")
		}
	}
	return b.String()
}

func (e *emitter) not(x ir.Expr) (string, int) {
	switch x := x.(type) {
	case *ir.Match:
		return e.match(x, true)
	case *ir.InTable:
		return e.inTable(x, true)
	case *ir.IsEmpty:
		return "isnotempty(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.IsNull:
		return "isnotnull(" + e.expr(x.X, precOr) + ")", precPrimary
	}
	return "not(" + e.expr(x, precOr) + ")", precPrimary
}

// match writes a string test. Where KQL has no operator for a list or a negation, or and not() say it.
func (e *emitter) match(m *ir.Match, neg bool) (string, int) {
	if m.Kind == ir.CIDR {
		return e.inRanges(m, neg)
	}
	return e.matchText(e.expr(m.X, precAdd), m, neg)
}

// matchText is match for a subject that is written already.
func (e *emitter) matchText(x string, m *ir.Match, neg bool) (string, int) {
	ops, ok := matchOps[m.Kind][m.Case]
	if !ok {
		e.r.Use(factRefused, m, m.S, m.Kind.String())
		return "", precPrimary
	}
	e.r.Use(factMatch, m, m.S, m.Kind.String())
	one, list := ops.one, ops.any
	if m.All {
		list = ops.all
	}
	single := len(m.Needles) == 1 && ir.TypeOf(m.Needles[0]) != ir.Dynamic // a dynamic needle stands for its elements
	switch {
	case len(m.Needles) == 0 && !m.All && ops.any != "" && (!neg || ops.notAny != ""):
		return x + " " + map[bool]string{false: ops.any, true: ops.notAny}[neg] + " (dynamic([]))", precCompare
	case single && neg && ops.notOne != "":
		return x + " " + ops.notOne + " " + e.expr(m.Needles[0], precAdd), precCompare
	case single && !neg:
		return x + " " + one + " " + e.expr(m.Needles[0], precAdd), precCompare
	case !single && len(m.Needles) > 0 && neg && !m.All && ops.notAny != "":
		return x + " " + ops.notAny + " (" + e.list(m.Needles) + ")", precCompare
	case neg:
		inner, _ := e.matchText(x, m, false)
		return "not(" + inner + ")", precPrimary
	case len(m.Needles) == 0:
		return strconv.FormatBool(m.All), precPrimary
	case list != "":
		return x + " " + list + " (" + e.list(m.Needles) + ")", precCompare
	}
	parts := make([]string, len(m.Needles))
	for i, n := range m.Needles {
		parts[i] = x + " " + one + " " + e.expr(n, precAdd)
	}
	if m.All {
		return strings.Join(parts, " and "), precAnd
	}
	return strings.Join(parts, " or "), precOr
}

func (e *emitter) arith(x *ir.Arith) (string, int) {
	if _, isNow := x.L.(*ir.Now); isNow && x.Op == "-" && e.in.Now.IsZero() {
		if l, ok := x.R.(*ir.Lit); ok && l.Value.Type == ir.Timespan {
			return "ago(" + literal(l.Value) + ")", precPrimary
		}
	}
	prec := precAdd
	if x.Op == "*" || x.Op == "/" || x.Op == "%" {
		prec = precMul
	}
	return e.expr(x.L, prec) + " " + x.Op + " " + e.expr(x.R, prec+1), prec
}

func (e *emitter) call(x *ir.Call) string {
	if x.Func == ir.FuncElement && len(x.Args) == 2 {
		return e.expr(x.Args[0], precPrimary) + "[" + e.expr(x.Args[1], precPrimary) + "]"
	}
	if !e.r.Use(functions[x.Func], x, x.S, x.Func+"()") {
		return ""
	}
	return x.Func + "(" + e.list(x.Args) + ")"
}

func (e *emitter) cond(x *ir.Cond) string {
	var parts []string
	for _, b := range x.Branches {
		parts = append(parts, e.expr(b.If, precOr), e.expr(b.Then, precOr))
	}
	parts = append(parts, e.expr(x.Else, precOr))
	fn := "iff"
	if len(x.Branches) > 1 {
		fn = "case"
	}
	return fn + "(" + strings.Join(parts, ", ") + ")"
}
