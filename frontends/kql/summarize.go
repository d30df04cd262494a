package kql

import (
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
	s := &summary{l: l, c: c, op: &ir.Aggregate{At: at(o)}, used: newNameSet()}
	keys, ok := l.items(o.By, c)
	if !ok {
		l.badOp(o, r)
		return
	}
	for i, name := range columnNames(keys, s.used) {
		s.op.Keys = append(s.op.Keys, ir.Named{Name: name, X: keys[i].lifted})
	}
	row := rowOf(s.op.Keys)
	for _, a := range o.Aggs {
		if !s.aggregate(a, row) {
			l.badOp(o, r)
			return
		}
	}
	r.add(s.op)
	if len(s.computed) == 0 {
		for _, a := range s.op.Aggs {
			row.cols = append(row.cols, ir.Column{Name: a.Name, Type: a.T})
		}
		r.row = row
		return
	}
	s.finish(r, row)
}

// finish computes on the aggregates and drops those that only a computation reads.
func (s *summary) finish(r *relation, keys *schema) {
	pos := s.op.At
	cols := keys.cols
	cols = append(cols, s.out...)
	r.add(&ir.Extend{At: pos, Cols: s.computed}, keep(pos, cols))
	r.row = &schema{cols: cols}
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
		before := len(s.op.Aggs)
		if !s.function(f, call, []string{"agg_"}, keys, at(call)) || len(s.op.Aggs) != before+1 {
			ok = false
			return &ir.Bad{At: at(call)}
		}
		made++
		a := s.op.Aggs[before]
		s.out = s.out[:len(s.out)-1]
		return &ir.Col{At: at(call), Name: a.Name, T: a.T}
	}
	e := s.l.expr(x, &ctx{row: &schema{}, env: s.c.env, agg: agg})
	if !ok || isBad(e) {
		return false
	}
	if made == 0 {
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
	out  []ir.Column // the columns behind the keys, in the order of the list
	// computed are columns that compute on aggregates.
	computed []ir.Named
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
	case aggEach:
		return s.each(f, call, names, keys, pos)
	}
	if len(names) > 1 {
		s.l.fail(CodeArguments, pos.S, "%s gives one column, found %d names", f.name, len(names))
		return false
	}
	a := ir.Agg{At: pos, Func: f.fn, T: f.t}
	args := call.Args
	lo, hi := s.arity(f)
	if len(args) < lo || len(args) > hi {
		s.l.fail(CodeArguments, call.Span(), "%s takes %s, found %d", f.name, arity(lo, hi), len(args))
		return false
	}
	name := f.prefix
	if f.fn == ir.Count {
		if f.cond {
			a.If = s.l.predicate(args[0], s.c)
		} else if len(args) == 1 {
			// count(x) counts rows, also those where x is null.
			if isBad(s.l.expr(args[0], s.c)) {
				return false
			}
			return s.add(a, names, name+"_"+s.l.resultName(args[0]))
		}
		return s.add(a, names, name+"_")
	}
	value := s.l.expr(args[0], s.c)
	if isBad(value) {
		return false
	}
	a.Args = []ir.Expr{value}
	rest := args[1:]
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
	if !s.typed(&a, f, call) {
		return false
	}
	return s.add(a, names, name+"_"+s.l.resultName(args[0]))
}

// arity counts the arguments of the forms with one value.
func (s *summary) arity(f aggFact) (lo, hi int) {
	if f.fn == ir.Count {
		if f.cond {
			return 1, 1
		}
		return 0, 1
	}
	lo = 1
	if f.cond {
		lo++
	}
	if f.form == aggPlain {
		return lo, lo
	}
	return lo, lo + 1
}

// typed settles the result type and checks that the values can be aggregated so.
func (s *summary) typed(a *ir.Agg, f aggFact, call *syntax.Call) bool {
	t := ir.TypeOf(a.Args[0])
	switch f.fn {
	case ir.Sum, ir.Avg:
		if t == ir.Dynamic {
			s.l.refuse(call.Span(), f.name+" of a dynamic value", "", "convert it first, for example with tolong()")
			return false
		}
		if t != ir.TypeUnset && !t.Numeric() && t != ir.Timespan && !(f.fn == ir.Avg && t == ir.Datetime) {
			s.l.fail(CodeType, call.Span(), "%s needs numbers, found %s", f.name, t)
			return false
		}
		if f.fn == ir.Avg && (t == ir.Timespan || t == ir.Datetime || t == ir.Decimal) {
			a.T = t
		}
		if f.fn == ir.Sum {
			a.T = t
			if t == ir.Int {
				a.T = ir.Long
			}
		}
	case ir.Min, ir.Max:
		a.T = t
	case ir.MakeBag:
		if t != ir.Dynamic && t != ir.TypeUnset {
			s.l.fail(CodeType, call.Span(), "make_bag needs dynamic values, found %s", t)
			return false
		}
	}
	return true
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

// argument lowers arg_max(t, a, b): the maximised value is a column of its own, every returned one is an Agg.
func (s *summary) argument(f aggFact, call *syntax.Call, names []string, keys *schema, pos ir.At) bool {
	if len(call.Args) == 0 {
		s.l.fail(CodeArguments, call.Span(), "%s takes at least 1 argument, found 0", f.name)
		return false
	}
	by := s.l.expr(call.Args[0], s.c)
	if isBad(by) {
		return false
	}
	auto := s.l.resultName(call.Args[0])
	if f.prefix != "" {
		auto = f.prefix + "_" + auto
	}
	value := func(x ir.Expr, name string) bool {
		given := names
		if len(names) > 0 {
			names = names[1:]
		}
		return s.add(ir.Agg{At: pos, Func: f.fn, Args: []ir.Expr{by, x}, T: ir.TypeOf(x)}, given, name)
	}
	if !value(by, auto) {
		return false
	}
	for _, x := range call.Args[1:] {
		if _, ok := x.(*syntax.Star); ok {
			cols, ok := s.others(x, call.Args[0], keys)
			if !ok {
				return false
			}
			for _, col := range cols {
				if !value(&ir.Col{At: at(x), Name: col.Name, T: col.Type}, col.Name) {
					return false
				}
			}
			continue
		}
		v := s.l.expr(x, s.c)
		name := s.l.resultName(x)
		if f.prefix != "" {
			name = f.prefix + "_" + auto + "_" + name
		}
		if isBad(v) || !value(v, name) {
			return false
		}
	}
	return true
}

// others lists the columns that * means: all but the keys and the maximised column.
func (s *summary) others(star, by syntax.Expr, keys *schema) ([]ir.Column, bool) {
	if s.c.row.open {
		s.l.refuse(star.Span(), "* on a table without a schema", "the columns that it returns are not known", "give the table's schema or name the columns")
		return nil, false
	}
	skip := map[string]bool{}
	for _, k := range keys.cols {
		skip[k.Name] = true
	}
	if n, ok := by.(*syntax.Name); ok {
		skip[n.Name] = true
	}
	var out []ir.Column
	for _, c := range s.c.row.cols {
		if !skip[c.Name] {
			out = append(out, c)
		}
	}
	return out, true
}

func (s *summary) each(f aggFact, call *syntax.Call, names []string, keys *schema, pos ir.At) bool {
	add := func(x ir.Expr, name string) bool {
		given := names
		if len(names) > 0 {
			names = names[1:]
		}
		if f.prefix != "" {
			name = f.prefix + "_" + name
		}
		return s.add(ir.Agg{At: pos, Func: f.fn, Args: []ir.Expr{x}, T: ir.TypeOf(x)}, given, name)
	}
	// Several values of take_any come from one row, which single aggregates cannot promise.
	if len(call.Args) != 1 {
		s.l.refuse(call.Span(), f.name+" of several columns", "they come from one row", "use arg_max with a time")
		return false
	}
	x := call.Args[0]
	if _, ok := x.(*syntax.Star); ok {
		s.l.refuse(x.Span(), f.name+" of all columns", "they come from one row", "use arg_max with a time")
		return false
	}
	v := s.l.expr(x, s.c)
	return !isBad(v) && add(v, s.l.resultName(x))
}
