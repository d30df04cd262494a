package kql

import (
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// rowFact is what is known of a function that looks at other rows.
type rowFact struct {
	min, max int
	t        ir.Type // TypeUnset: that of the first argument
}

// rowFacts lists the functions over rows in their order: learn.microsoft.com/kusto/query/window-functions. Read-only.
var rowFacts = map[string]rowFact{
	"prev": {1, 3, ir.TypeUnset}, "next": {1, 3, ir.TypeUnset},
	"row_number": {0, 2, ir.Long}, "row_cumsum": {1, 2, ir.TypeUnset},
	"row_rank_dense": {1, 2, ir.Long}, "row_rank_min": {1, 2, ir.Long},
	"row_window_session": {3, 4, ir.TypeUnset},
}

// rowCall lowers a function over rows.
func (l *lowerer) rowCall(f rowFact, x *syntax.Call, c *ctx) ir.Expr {
	name := x.Func.Name
	if n := len(x.Args); n < f.min || n > f.max {
		return l.fail(CodeArguments, x.Span(), "%s takes %s, found %d", name, arity(f.min, f.max), n)
	}
	if c.agg != nil {
		return l.fail(CodeFunction, x.Func.Span(), "%s looks at rows, which a computation on aggregates does not have", name)
	}
	l.needsOrder(x.Func.Span(), name)
	out := &ir.RowCall{At: at(x), Func: name, T: f.t}
	for _, a := range x.Args {
		v := l.expr(a, c)
		if isBad(v) {
			return &ir.Bad{At: at(x)}
		}
		out.Args = append(out.Args, v)
	}
	if len(out.Args) > 0 && f.t == ir.TypeUnset {
		out.T = ir.TypeOf(out.Args[0])
	}
	if t := out.T; name == "row_cumsum" && t != ir.TypeUnset && !t.Numeric() && t != ir.Timespan {
		return l.fail(CodeType, x.Span(), "row_cumsum needs numbers, found %s", t)
	}
	if t := out.T; name == "row_window_session" && t != ir.TypeUnset && t != ir.Datetime {
		return l.fail(CodeType, x.Args[0].Span(), "row_window_session needs a datetime, found %s", t)
	}
	if name == "prev" || name == "next" {
		if len(out.Args) > 1 {
			if n, ok := whole(fold(out.Args[1])); !ok || n < 1 {
				return l.refuse(x.Args[1].Span(), "an offset that is not a positive constant", "", "")
			}
			out.Args[1] = fold(out.Args[1])
		}
	}
	return out
}

// callsRows reports whether an expression calls a function over rows by its name.
func callsRows(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Call:
		if _, ok := rowFacts[x.Func.Name]; ok {
			return true
		}
		for _, a := range x.Args {
			if callsRows(a) {
				return true
			}
		}
	case *syntax.Binary:
		return callsRows(x.X) || callsRows(x.Y)
	case *syntax.Unary:
		return callsRows(x.X)
	case *syntax.Named:
		return callsRows(x.X)
	case *syntax.Path:
		return callsRows(x.X)
	case *syntax.Index:
		return callsRows(x.X)
	case *syntax.Between:
		return callsRows(x.X) || callsRows(x.Lo) || callsRows(x.Hi)
	case *syntax.In:
		return callsRows(x.X)
	}
	return false
}

// unordered marks rows that come in an order which is not defined.
func (l *lowerer) unordered(r *relation) *relation {
	l.shuffled[r.pipe] = true
	return r
}

// shuffles says whether the rows behind an operator come in an order that is not defined, where those before it do or do not:
// learn.microsoft.com/kusto/query/window-functions lists the operators that make or keep a serialized row set.
func shuffles(o syntax.Operator, before bool) bool {
	switch o.(type) {
	case *syntax.Serialize, *syntax.Sort, *syntax.Top, *syntax.TopHitters, *syntax.GetSchema, *syntax.Count:
		return false
	case *syntax.Where, *syntax.Extend, *syntax.Project, *syntax.Take, *syntax.MvExpand, *syntax.MvApply, *syntax.ParseOp, *syntax.ParseKV,
		*syntax.As, *syntax.Consume, *syntax.Render, *syntax.Scan, *syntax.Invoke, *syntax.Evaluate, *syntax.BadOp, *syntax.Unknown:
		return before
	}
	return true
}

// needsOrder warns where what looks at neighbours has none: the language's engine refuses the query there.
func (l *lowerer) needsOrder(at diag.Span, what string) {
	if l.anyOrder {
		l.report(diag.Warning, CodeOrder, at, what+" needs rows in a defined order", "Kusto refuses it on rows that are not serialized", "sort the rows before, or add serialize")
	}
}
