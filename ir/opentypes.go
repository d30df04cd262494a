package ir

import (
	"slices"
	"strings"
)

// TypeColumns gives the columns whose type the source does not tell, those of tables without a schema, the type that the query's use of
// them asks for: what it compares or computes them with. Where nothing asks they are text. taken lists the source's own columns among
// them with the types given; without any the query is returned as it is.
//
// KQL types such columns when the query runs, so the type is an assumption: it has to be stated.
func TypeColumns(q *Query) (typed *Query, taken []Column) {
	t := &typer{types: map[string]Type{}, made: map[string]bool{}, custom: readsCustom(q)}
	t.query(q)
	if len(t.untyped) == 0 {
		return q, nil
	}
	// A type that is found makes others known: of what is computed from the column, and of what is compared with it.
	for range maxTypeRounds {
		before := len(t.types)
		q = t.query(q)
		if len(t.types) == before {
			break
		}
	}
	t.settled = true
	typed = t.query(q)
	for _, name := range t.untyped {
		if !t.made[name] {
			taken = append(taken, Column{Name: name, Type: t.typeOf(name)})
		}
	}
	slices.SortFunc(taken, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
	return typed, taken
}

// maxTypeRounds bounds how many columns in a row may take their type from one another.
const maxTypeRounds = 8

type typer struct {
	types   map[string]Type // by name of column: what its uses ask for
	made    map[string]bool // columns that the query makes
	untyped []string        // columns without a type, each once
	custom  bool            // the query reads custom tables, whose names of columns tell types
	settled bool            // columns of which nothing is known are text
}

// readsCustom reports whether a table of custom logs is among the tables.
func readsCustom(q *Query) bool {
	return slices.ContainsFunc(q.Tables(), func(t *Table) bool { return len(t.Columns) == 0 && strings.HasSuffix(t.Name, "_CL") })
}

// customSuffixes are what the data collector adds to the name of a custom column: its type. Read-only.
// https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#record-type-and-properties
var customSuffixes = map[string]Type{"_s": String, "_b": Bool, "_d": Real, "_t": Datetime, "_g": GUID}

// typeOf is what is known of a column's type.
func (t *typer) typeOf(name string) Type {
	if known := t.types[name]; known != TypeUnset {
		return known
	}
	if n := len(name); t.custom && n > 2 && !t.made[name] {
		if suffix, ok := customSuffixes[name[n-2:]]; ok {
			return suffix
		}
	}
	if t.settled {
		return String
	}
	return TypeUnset
}

func (t *typer) query(q *Query) *Query {
	c := *q
	c.Bindings = nil
	for _, b := range q.Bindings {
		c.Bindings = append(c.Bindings, Binding{Name: b.Name, Pipe: t.pipe(b.Pipe)})
	}
	c.Root = t.pipe(q.Root)
	c.Columns = slices.Clone(q.Columns)
	for i, col := range c.Columns {
		if col.Type == TypeUnset {
			c.Columns[i].Type = t.typeOf(col.Name)
		}
	}
	return &c
}

func (t *typer) pipe(p *Pipeline) *Pipeline {
	out := &Pipeline{From: MapSource(p.From, t.deep, t.pipe)}
	for _, o := range p.Ops {
		o = t.typed(MapInner(o, t.deep, t.pipe))
		t.asks(o)
		out.Ops = append(out.Ops, o)
	}
	return out
}

// deep types an expression from its leaves up.
func (t *typer) deep(e Expr) Expr { return MapExpr(e, t.node) }

func (t *typer) node(e Expr) Expr {
	switch e := e.(type) {
	case *Col:
		if e.T != TypeUnset {
			return e
		}
		if !slices.Contains(t.untyped, e.Name) {
			t.untyped = append(t.untyped, e.Name)
		}
		c := *e
		c.T = t.typeOf(e.Name)
		return &c
	case *Arith:
		if e.T == TypeUnset {
			c := *e
			c.T = arithType(e.Op, TypeOf(e.L), TypeOf(e.R))
			e = &c
		}
		t.same(e.L, e.R, Type.Numeric)
		return e
	case *Cond:
		if e.T == TypeUnset {
			c := *e
			for _, b := range e.Branches {
				c.T = or(c.T, TypeOf(b.Then))
			}
			c.T = or(c.T, TypeOf(e.Else))
			e = &c
		}
		return e
	case *Call:
		if e.T == TypeUnset {
			c := *e
			for _, a := range e.Args {
				c.T = or(c.T, TypeOf(a))
			}
			e = &c
		}
		for i, a := range e.Args {
			t.ask(a, or(argTypes[e.Func][i], TypeUnset))
		}
		return e
	case *RowCall:
		if e.T == TypeUnset && len(e.Args) > 0 {
			c := *e
			c.T = TypeOf(e.Args[0])
			e = &c
		}
		return e
	case *Compare:
		t.same(e.L, e.R, comparedType)
	case *Between:
		t.same(e.X, e.Lo, comparedType)
		t.same(e.X, e.Hi, comparedType)
	case *Match:
		t.ask(e.X, String)
	case *Access:
		t.ask(e.X, Dynamic)
	case *Neg:
		t.ask(e.X, Long)
	case *Cast:
		if e.To != String {
			t.ask(e.X, String)
		}
	case *Bin:
		if e.Width.Type == Timespan {
			t.ask(e.X, Datetime)
		} else {
			t.ask(e.X, e.Width.Type)
		}
	case *Not:
		t.ask(e.X, Bool)
	case *And:
		t.conditions(e.Xs)
	case *Or:
		t.conditions(e.Xs)
	}
	return e
}

func or(a, b Type) Type {
	if a != TypeUnset {
		return a
	}
	return b
}

// comparedType leaves out dynamic values, which compare with every type.
func comparedType(t Type) bool { return t != Dynamic }

// argTypes are the functions whose arguments are no text. Read-only.
var argTypes = map[string]map[int]Type{
	"startofday": {0: Datetime}, "startofweek": {0: Datetime}, "startofmonth": {0: Datetime}, "startofyear": {0: Datetime},
	"endofday": {0: Datetime}, "endofweek": {0: Datetime}, "endofmonth": {0: Datetime}, "endofyear": {0: Datetime},
	"dayofweek": {0: Datetime}, "dayofmonth": {0: Datetime}, "dayofyear": {0: Datetime}, "hourofday": {0: Datetime},
	"weekofyear": {0: Datetime}, "monthofyear": {0: Datetime}, "getyear": {0: Datetime}, "getmonth": {0: Datetime},
	"format_datetime": {0: Datetime}, "datetime_part": {1: Datetime}, "datetime_diff": {1: Datetime, 2: Datetime},
	"datetime_add": {2: Datetime}, "bin_at": {0: Datetime, 2: Datetime},
	"array_length": {0: Dynamic}, "bag_keys": {0: Dynamic}, "set_has_element": {0: Dynamic}, "array_concat": {0: Dynamic, 1: Dynamic},
	"abs": {0: Long}, "round": {0: Real}, "log": {0: Real}, "exp": {0: Real}, "sqrt": {0: Real}, "pow": {0: Real},
}

// arithType is the type of a computation; unset where one side is not known.
func arithType(op string, l, r Type) Type {
	switch {
	case l == TypeUnset || r == TypeUnset:
		return TypeUnset
	case l == Datetime && r == Datetime:
		return Timespan
	case l == Datetime || r == Datetime:
		return Datetime
	case l == Timespan && r == Timespan && op == "/":
		return Real
	case l == Timespan || r == Timespan:
		return Timespan
	case l == Real || r == Real:
		return Real
	}
	return Long
}

// same gives a column the type of what stands beside it.
func (t *typer) same(l, r Expr, fits func(Type) bool) {
	if u := TypeOf(r); u != TypeUnset && fits(u) {
		t.ask(l, u)
	}
	if u := TypeOf(l); u != TypeUnset && fits(u) {
		t.ask(r, u)
	}
}

func (t *typer) conditions(xs []Expr) {
	for _, x := range xs {
		t.ask(x, Bool)
	}
}

// ask notes that an expression is used as a type; the first use decides.
func (t *typer) ask(e Expr, as Type) {
	c, ok := e.(*Col)
	if !ok || c.T != TypeUnset || as == TypeUnset || t.types[c.Name] != TypeUnset {
		return
	}
	t.types[c.Name] = as
}

// define notes the columns that an op makes, and their types where their expressions have one.
func (t *typer) define(ns []Named) {
	for _, n := range ns {
		if c, ok := n.X.(*Col); ok && c.Name == n.Name {
			continue
		}
		t.makes(n.Name, TypeOf(n.X))
	}
}

func (t *typer) makes(name string, as Type) {
	t.made[name] = true
	if as != TypeUnset && t.types[name] == TypeUnset {
		t.types[name] = as
	}
}

// asks notes what an op asks of columns, and what it makes.
func (t *typer) asks(o Op) {
	switch o := o.(type) {
	case *Filter:
		t.ask(o.Pred, Bool)
	case *Extend:
		t.define(o.Cols)
	case *Project:
		t.define(o.Cols)
	case *Expand:
		t.ask(o.X, Dynamic)
		t.makes(o.Name, or(o.To, Dynamic))
	case *Aggregate:
		t.define(o.Keys)
		t.aggregates(o)
	case *Threshold:
		t.define(o.Agg.Keys)
		t.aggregates(o.Agg)
	}
}

func (t *typer) aggregates(a *Aggregate) {
	for _, g := range a.Aggs {
		if (g.Func == Sum || g.Func == Avg || g.Func == Stdev || g.Func == Percentile) && len(g.Args) > 0 {
			t.ask(g.Args[0], Long)
		}
		if !g.AllColumns() {
			t.makes(g.Name, g.T)
		}
	}
}

// typed gives the aggregates of an op, a copy, the type of what they aggregate where they have none.
func (t *typer) typed(o Op) Op {
	a, ok := o.(*Aggregate)
	th, isThreshold := o.(*Threshold)
	if isThreshold {
		a = th.Agg
	} else if !ok {
		return o
	}
	c := *a
	c.Aggs = slices.Clone(a.Aggs)
	for i, g := range c.Aggs {
		if g.T == TypeUnset && len(g.Args) > 0 {
			c.Aggs[i].T = TypeOf(g.Args[len(g.Args)-1]) // of arg_max the value that is returned
		}
	}
	if isThreshold {
		d := *th
		d.Agg = &c
		return &d
	}
	return &c
}
