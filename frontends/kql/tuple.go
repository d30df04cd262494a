package kql

import (
	"fmt"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// member is one column of a function that gives several: the key of the bag that the function's dynamic form returns.
type member struct {
	key string
	t   ir.Type
}

// tupleFacts lists the functions that are several columns, and the function of the IR whose bag holds them. Read-only.
var tupleFacts = map[string]struct {
	call    string
	members []member
}{
	"series_stats": {"series_stats_dynamic", []member{{"min", ir.Real}, {"min_idx", ir.Long}, {"max", ir.Real}, {"max_idx", ir.Long},
		{"avg", ir.Real}, {"stdev", ir.Real}, {"variance", ir.Real}}},
	"series_fit_line": {"series_fit_line_dynamic", []member{{"rsquare", ir.Real}, {"slope", ir.Real}, {"variance", ir.Real},
		{"rvariance", ir.Real}, {"interception", ir.Real}, {"line_fit", ir.Dynamic}}},
}

// several lowers one item of a list of columns, which is several columns where it calls a function that returns so many.
func (l *lowerer) several(x syntax.Expr, c *ctx) ([]column, bool) {
	var names []*syntax.Name
	inner := x
	switch t := x.(type) {
	case *syntax.Named:
		names, inner = []*syntax.Name{t.Name}, t.X
	case *syntax.Tuple:
		names, inner = t.Names, t.X
	}
	cols := l.tuple(inner, c)
	if cols == nil {
		if _, tuple := x.(*syntax.Tuple); tuple && isBad(l.expr(inner, c)) {
			return nil, false // what is wrong with the function says more than that it is no tuple
		}
		col, ok := l.item(x, c)
		return []column{col}, ok
	}
	if len(names) > len(cols) {
		l.fail(CodeArguments, x.Span(), "%d names for %d columns", len(names), len(cols))
		return nil, false
	}
	for i, n := range names {
		cols[i].name, cols[i].given = n.Name, true
	}
	return cols, true
}

// tuple lowers a call of a function that returns several columns, nil for any other expression.
func (l *lowerer) tuple(x syntax.Expr, c *ctx) []column {
	call, ok := x.(*syntax.Call)
	if !ok || call.Recv != nil || c.env.find(call.Func.Name) != nil || len(call.Args) == 0 {
		return nil
	}
	name := call.Func.Name
	if name == "array_sort_asc" || name == "array_sort_desc" {
		return l.sortTuple(call, c)
	}
	f, ok := tupleFacts[name]
	if !ok {
		return nil
	}
	of := *call
	fn := *call.Func
	fn.Name = f.call
	of.Func = &fn
	e := l.call(&of, c)
	prefix := name + "_" + l.resultName(call.Args[0]) + "_"
	var out []column
	for _, m := range f.members {
		lifted := e
		if !isBad(e) {
			lifted = &ir.Access{At: at(x), X: e, Steps: []ir.Step{{Key: m.key}}}
			if m.t != ir.Dynamic {
				lifted = &ir.Cast{At: at(x), To: m.t, X: lifted}
			}
		}
		out = append(out, column{name: prefix + m.key, x: x, lifted: lifted})
	}
	return out
}

// sortTuple is one column per array that is sorted; a single one is no tuple.
func (l *lowerer) sortTuple(call *syntax.Call, c *ctx) []column {
	arrays := call.Args
	e := l.call(call, c)
	if lowered, ok := e.(*ir.Call); ok && len(arrays) > 1 && ir.TypeOf(lowered.Args[len(arrays)-1]) == ir.Bool {
		arrays = arrays[:len(arrays)-1] // where nulls go
	}
	var out []column
	for i, a := range arrays {
		name := l.resultName(a)
		if name == "" {
			name = fmt.Sprintf("array%d", i)
		}
		lifted := e
		if !isBad(e) && len(arrays) > 1 {
			lifted = &ir.Access{At: at(call), X: e, Steps: []ir.Step{{Index: i, IsIndex: true}}}
		}
		out = append(out, column{name: name + "_sorted", x: call, lifted: lifted})
	}
	return out
}
