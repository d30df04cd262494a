package kql

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// giver hands out the names that a query gives to the columns of one call, in order.
type giver struct {
	s     *summary
	names []string
}

func (g *giver) add(a ir.Agg, auto string) bool {
	given := g.names
	if len(g.names) > 0 {
		g.names = g.names[1:]
	}
	return g.s.add(a, given, auto)
}

// argument lowers arg_max(t, a, b): the maximised value is a column of its own, every returned one is an Agg. Names:
// learn.microsoft.com/kusto/query/arg-max-aggregation-function.
func (s *summary) argument(f aggFact, call *syntax.Call, names []string, keys *schema, pos ir.At) bool {
	if len(call.Args) == 0 {
		s.l.fail(CodeArguments, call.Span(), "%s takes at least 1 argument, found 0", f.name)
		return false
	}
	by := s.l.expr(call.Args[0], s.c)
	if isBad(by) {
		return false
	}
	word := "max"
	if f.fn == ir.ArgMin {
		word = "min"
	}
	auto := s.l.resultName(call.Args[0])
	first := auto
	switch {
	case f.prefix != "":
		first = f.prefix + "_" + auto
	case auto == "":
		first = word + "_"
	}
	g := &giver{s, names}
	value := func(x ir.Expr, name string) bool {
		return g.add(ir.Agg{At: pos, Func: f.fn, Args: []ir.Expr{by, x}, T: ir.TypeOf(x)}, name)
	}
	if !value(by, first) {
		return false
	}
	for i, x := range call.Args[1:] {
		if _, ok := x.(*syntax.Star); ok {
			all := map[ir.AggFunc]ir.AggFunc{ir.ArgMax: ir.ArgMaxAll, ir.ArgMin: ir.ArgMinAll}[f.fn]
			if !s.others(ir.Agg{At: pos, Func: all, Args: []ir.Expr{by}}, call, func(c ir.Column) bool {
				name := c.Name
				if f.prefix != "" {
					name = first + "_" + name
				}
				return value(&ir.Col{At: at(x), Name: c.Name, T: c.Type}, name)
			}) {
				return false
			}
			continue
		}
		x, name := named(s.l, x)
		v := s.l.expr(x, s.c)
		switch {
		case name == "" && f.prefix != "":
			name = fmt.Sprintf("%s_arg%d", first, i+1)
		case name == "":
			name = fmt.Sprintf("%s_%s_arg%d", word, auto, i+1)
		case f.prefix != "":
			name = first + "_" + name
		}
		if isBad(v) || !value(v, name) {
			return false
		}
	}
	return true
}

// named takes a name off an argument, or gives it the one of its expression.
func named(l *lowerer, x syntax.Expr) (syntax.Expr, string) {
	if n, ok := x.(*syntax.Named); ok {
		return n.X, n.Name.Name
	}
	return x, l.resultName(x)
}

// others adds what * means in a call: every column of the row that is neither a key, where the key is the column itself, nor
// another argument of the call. Where the columns are not known, all stands for them.
func (s *summary) others(all ir.Agg, call *syntax.Call, add func(ir.Column) bool) bool {
	var except []string
	skip := func(name string) {
		if !slices.Contains(except, name) {
			except = append(except, name)
		}
	}
	for _, k := range s.op.Keys {
		if c, ok := k.X.(*ir.Col); ok {
			skip(c.Name)
		}
	}
	for _, x := range call.Args {
		x, _ = named(s.l, x)
		if n, ok := x.(*syntax.Name); ok {
			skip(n.Name)
		}
	}
	if s.c.row.open && s.open {
		s.l.refuse(call.Span(), "* twice on a table without a schema", "the columns that it returns are not known", "give the table's schema or name the columns")
		return false
	}
	for _, c := range s.c.row.cols {
		if slices.Contains(except, c.Name) {
			continue
		}
		if s.c.row.open {
			s.out = append(s.out, ir.Column{Name: columnName(column{name: c.Name}, s.used), Type: c.Type})
		} else if !add(c) {
			return false
		}
	}
	if s.c.row.open {
		s.open, all.Name, all.Except = true, "*", except
		s.op.Aggs = append(s.op.Aggs, all)
	}
	return true
}

// anyOf lowers take_any and any: one value is any of the group, several come from one row.
func (s *summary) anyOf(f aggFact, call *syntax.Call, names []string, keys *schema, pos ir.At) bool {
	if len(call.Args) == 0 {
		s.l.fail(CodeArguments, call.Span(), "%s takes at least 1 argument, found 0", f.name)
		return false
	}
	g := &giver{s, names}
	fn, prefix := ir.AnyRow, ""
	if _, star := call.Args[0].(*syntax.Star); len(call.Args) == 1 && !star {
		fn, prefix = f.fn, f.prefix
	}
	before := len(s.op.Aggs)
	for i, x := range call.Args {
		if _, ok := x.(*syntax.Star); ok {
			if !s.others(ir.Agg{At: pos, Func: ir.AnyAll}, call, func(c ir.Column) bool {
				col := &ir.Col{At: at(x), Name: c.Name, T: c.Type}
				return g.add(ir.Agg{At: pos, Func: ir.AnyRow, Args: []ir.Expr{col}, T: c.Type}, c.Name)
			}) {
				return false
			}
			continue
		}
		x, name := named(s.l, x)
		v := s.l.expr(x, s.c)
		switch {
		case prefix != "":
			name = prefix + "_" + name
		case name == "":
			name = fmt.Sprintf("any_arg%d", i)
		}
		if isBad(v) || !g.add(ir.Agg{At: pos, Func: fn, Args: []ir.Expr{v}, T: ir.TypeOf(v)}, name) {
			return false
		}
	}
	if made := s.op.Aggs[before:]; len(made) == 1 && made[0].Func == ir.AnyRow {
		made[0].Func = ir.TakeAny // one value comes from one row by itself
	}
	return true
}
