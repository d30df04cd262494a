package kql

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// summarize lowers keys first, since their names come first in the result.
func (l *lowerer) summarize(o *syntax.Summarize, r *relation, c *ctx) {
	if len(o.By) == 0 && len(o.Aggs) == 0 {
		l.fail(CodeArguments, o.Span(), "summarize has neither aggregates nor keys")
		l.badOp(o, r)
		return
	}
	s := newSummary(l, c, at(o))
	if !s.keys(o.By) {
		l.badOp(o, r)
		return
	}
	row := rowOf(s.op.Keys)
	for _, a := range o.Aggs {
		if !s.aggregate(a, row) {
			l.badOp(o, r)
			return
		}
	}
	r.add(s.op)
	row.cols = append(row.cols, s.out...)
	row.open = s.open
	if len(s.computed) > 0 {
		s.finish(r, row)
	}
	r.row = row
}

func newSummary(l *lowerer, c *ctx, pos ir.At) *summary {
	return &summary{l: l, c: c, op: &ir.Aggregate{At: pos}, used: newNameSet(), hidden: map[string]bool{}}
}

// keys lowers the columns behind by.
func (s *summary) keys(items []syntax.Expr) bool {
	keys, ok := s.l.items(items, s.c)
	if !ok {
		return false
	}
	for i, name := range columnNames(keys, s.used) {
		s.op.Keys = append(s.op.Keys, ir.Named{Name: name, X: keys[i].lifted})
	}
	return true
}

// finish computes on the aggregates and drops those that only a computation reads.
func (s *summary) finish(r *relation, row *schema) {
	pos := s.op.At
	r.add(&ir.Extend{At: pos, Cols: s.computed})
	if row.open {
		hidden := slices.Sorted(maps.Keys(s.hidden))
		s.l.refuse(pos.S, "a computation on aggregates next to all columns of a table without a schema",
			"the helper columns "+strings.Join(hidden, ", ")+" cannot be removed again", "give the table's schema")
		r.add(&ir.BadOp{At: pos})
		return
	}
	r.add(keep(pos, row.cols))
}

// compute lowers an item that computes on aggregates, such as count() / 2.
func (s *summary) compute(x syntax.Expr, names []string, keys *schema) bool {
	if len(names) > 1 {
		s.l.fail(CodeArguments, x.Span(), "a computation gives one column, found %d names", len(names))
		return false
	}
	ok := true
	made := 0
	agg := func(f aggFact, call *syntax.Call) ir.Expr {
		before, visible := len(s.op.Aggs), len(s.out)
		if !s.function(f, call, []string{"agg_"}, keys, at(call)) {
			ok = false
			return &ir.Bad{At: at(call)}
		}
		if len(s.op.Aggs) != before+1 {
			s.l.fail(CodeArguments, call.Span(), "%s gives several columns, one value is expected here", f.name)
			ok = false
			return &ir.Bad{At: at(call)}
		}
		made++
		a := s.op.Aggs[before]
		s.out = s.out[:visible]
		s.hidden[a.Name] = true
		return &ir.Col{At: at(call), Name: a.Name, T: a.T}
	}
	e := s.l.expr(x, &ctx{row: &schema{}, env: s.c.env, agg: agg})
	if !ok || isBad(e) {
		return false
	}
	if made == 0 && !s.constants {
		s.l.fail(CodeFunction, x.Span(), "summarize needs an aggregate here")
		return false
	}
	col := column{name: s.l.resultName(x)}
	if len(names) == 1 {
		col.name = names[0]
	}
	name := columnName(col, s.used)
	s.computed = append(s.computed, ir.Named{Name: name, X: e})
	s.out = append(s.out, ir.Column{Name: name, Type: ir.TypeOf(e)})
	return true
}

type summary struct {
	l    *lowerer
	c    *ctx
	op   *ir.Aggregate
	used *nameSet
	out  []ir.Column // the result's columns behind the keys, in the order of the items
	open bool        // the result has columns that are not known
	// constants lets an item stand without an aggregate.
	constants bool
	// computed are columns that compute on aggregates; hidden are the aggregates that only they read.
	computed []ir.Named
	hidden   map[string]bool
}

// aggregate adds one item of the list; false when it was reported.
func (s *summary) aggregate(x syntax.Expr, keys *schema) bool {
	var names []string
	pos := at(x)
	switch n := x.(type) {
	case *syntax.Named:
		names, x = []string{n.Name.Name}, n.X
	case *syntax.Tuple:
		for _, name := range n.Names {
			names = append(names, name.Name)
		}
		x = n.X
	}
	call, ok := x.(*syntax.Call)
	if ok && call.Recv == nil {
		if f, known := findAggregate(call.Func.Name); known {
			return s.function(f, call, names, keys, pos)
		}
		if _, scalar := findFunction(call.Func.Name); !scalar && s.c.env.find(call.Func.Name) == nil {
			if sketches[call.Func.Name] {
				s.l.refuse(call.Func.Span(), "the aggregate "+call.Func.Name, "its value is an estimate in a form of the engine's own", "count exactly with count_distinct, or take percentile")
				return false
			}
			near := nearestFunction(call.Func.Name)
			if near != "" {
				s.l.report(diag.Error, CodeFunction, call.Func.Span(), "there is no aggregate "+call.Func.Name, "", "did you mean "+near+"?")
				return false
			}
			s.l.refuse(call.Func.Span(), "the aggregate "+call.Func.Name, "", "")
			return false
		}
	}
	return s.compute(x, names, keys)
}

// function adds the aggregates of one call.
func (s *summary) function(f aggFact, call *syntax.Call, names []string, keys *schema, pos ir.At) bool {
	switch f.form {
	case aggArg:
		return s.argument(f, call, names, keys, pos)
	case aggAny:
		return s.anyOf(f, call, names, keys, pos)
	case aggPercent, aggWeighted, aggPercentArray, aggWeightedArray:
		return s.percentiles(f, call, names, pos)
	}
	if len(names) > 1 {
		s.l.fail(CodeArguments, pos.S, "%s gives one column, found %d names", f.name, len(names))
		return false
	}
	a := ir.Agg{At: pos, Func: f.fn, T: f.t, Exact: f.fn == ir.DCount && f.form == aggPlain}
	args := call.Args
	lo, hi := f.arity()
	if len(args) < lo || len(args) > hi {
		s.l.fail(CodeArguments, call.Span(), "%s takes %s, found %d", f.name, arity(lo, hi), len(args))
		return false
	}
	name := s.l.aggregateName(f, call)
	if f.fn == ir.Count {
		if f.cond {
			a.If = s.l.predicate(args[0], s.c)
		} else if len(args) == 1 {
			// count(x) counts rows, also those where x is null.
			if isBad(s.l.expr(args[0], s.c)) {
				return false
			}
		}
		return s.add(a, names, name)
	}
	values := 1
	if f.form == aggPair {
		values = 2
	}
	for _, x := range args[:values] {
		v := s.l.expr(x, s.c)
		if isBad(v) {
			return false
		}
		a.Args = append(a.Args, v)
	}
	rest := args[values:]
	if f.cond {
		a.If = s.l.predicate(rest[0], s.c)
		rest = rest[1:]
	}
	if f.form == aggCapped && len(rest) == 1 {
		n, ok := s.l.count(rest[0], s.c.env)
		if !ok {
			return false
		}
		a.Cap = n
	}
	if f.form == aggDCount && len(rest) == 1 {
		n, ok := s.l.count(rest[0], s.c.env)
		if !ok {
			return false
		}
		// learn.microsoft.com/kusto/query/dcount-aggregation-function: levels 0 to 4.
		if n > 4 {
			s.l.fail(CodeArguments, rest[0].Span(), "an accuracy is from 0 to 4, found %d", n)
			return false
		}
		a.Accuracy = strconv.FormatInt(n, 10)
	}
	if !s.typed(&a, f, call) {
		return false
	}
	return s.add(a, names, name)
}

// arity counts the arguments of the forms with a fixed number of values.
func (f aggFact) arity() (lo, hi int) {
	if f.fn == ir.Count {
		if f.cond {
			return 1, 1
		}
		return 0, 1
	}
	lo = 1
	if f.form == aggPair {
		lo = 2
	}
	if f.cond {
		lo++
	}
	if f.form == aggPlain || f.form == aggPair {
		return lo, lo
	}
	return lo, lo + 1
}

// aggregateName is the name that the language gives the column of a call, "" when it numbers it.
func (l *lowerer) aggregateName(f aggFact, call *syntax.Call) string {
	part := func(i int) string {
		if i < len(call.Args) {
			return l.resultName(call.Args[i])
		}
		return ""
	}
	switch f.form {
	case aggArg:
		return ""
	case aggPercent, aggWeighted:
		if n := f.values(); len(call.Args) == n+1 {
			if lit, ok := call.Args[n].(*syntax.Literal); ok {
				return f.prefix + "_" + part(0) + "_" + nameFragment(literalValue(lit))
			}
		}
		return ""
	case aggPair:
		return f.prefix + "_" + part(0) + "_" + part(1)
	case aggCapped, aggPlain, aggDCount, aggAny, aggPercentArray, aggWeightedArray:
		if f.fn == ir.Count && f.cond {
			return f.prefix + "_"
		}
		if f.prefix == "" {
			return part(0)
		}
		return f.prefix + "_" + part(0)
	}
	return ""
}

// typed settles the result type and checks that the values can be aggregated so.
func (s *summary) typed(a *ir.Agg, f aggFact, call *syntax.Call) bool {
	for _, x := range a.Args {
		t := ir.TypeOf(x)
		if !s.accepts(f, t, call) {
			return false
		}
	}
	switch t := ir.TypeOf(a.Args[0]); f.fn {
	case ir.Avg:
		if t == ir.Timespan || t == ir.Datetime || t == ir.Decimal {
			a.T = t
		}
	case ir.Sum:
		a.T = t
		if t == ir.Int {
			a.T = ir.Long
		}
	default:
		if f.t == ir.TypeUnset {
			a.T = t
		}
	}
	return true
}

// accepts checks the type of a value against what the function computes with.
func (s *summary) accepts(f aggFact, t ir.Type, call *syntax.Call) bool {
	wants, ok := "", true
	switch f.fn {
	case ir.Sum, ir.Avg, ir.Stdev, ir.StdevP, ir.Variance, ir.VarianceP, ir.Covariance, ir.CovarianceP:
		wants, ok = "numbers", t.Numeric() || t == ir.Timespan || f.fn == ir.Avg && t == ir.Datetime
	case ir.BinaryAllAnd, ir.BinaryAllOr, ir.BinaryAllXor:
		wants, ok = "whole numbers", t == ir.Long || t == ir.Int
	case ir.MakeBag, ir.BuildSchema:
		if t == ir.Dynamic || t == ir.TypeUnset {
			return true
		}
		wants, ok = "dynamic values", false
	}
	switch {
	case ok || t == ir.TypeUnset:
		return true
	case t == ir.Dynamic:
		s.l.refuse(call.Span(), f.name+" of a dynamic value", "", "convert it first, for example with tolong()")
	default:
		s.l.fail(CodeType, call.Span(), "%s needs %s, found %s", f.name, wants, t)
	}
	return false
}

func (s *summary) add(a ir.Agg, names []string, auto string) bool {
	if isBad(a.If) {
		return false
	}
	a.Name = auto
	if len(names) > 0 {
		a.Name = names[0]
	}
	a.Name = columnName(column{name: a.Name}, s.used)
	s.op.Aggs = append(s.op.Aggs, a)
	s.out = append(s.out, ir.Column{Name: a.Name, Type: a.T})
	return true
}
