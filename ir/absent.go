package ir

import (
	"strings"
)

// AbsentOptions says what the target does by itself.
type AbsentOptions struct {
	// NullGroups: grouping keeps a null key as a group of its own (ES|QL, composite with missing_bucket), so that a key which is
	// never stored as "" needs no fill.
	NullGroups bool
}

// ExplicitAbsent makes KQL's handling of absent values explicit in a mapped query, so that a target whose comparisons with null
// drop the row gives the same rows: semantics.md 1. Before it the query has KQL's meaning, after it strict-null meaning.
func ExplicitAbsent(q *Query, o AbsentOptions) *Query {
	c := *q
	c.Root = absentPipeline(q.Root, o)
	return &c
}

func absentPipeline(p *Pipeline, o AbsentOptions) *Pipeline {
	out, _ := absentSide(p, o)
	return out
}

// absentSide also returns what is known of the pipeline's columns.
func absentSide(p *Pipeline, o AbsentOptions) (*Pipeline, *absenter) {
	a := &absenter{opt: o, cols: map[string]absence{}, types: map[string]Type{}, present: map[string]bool{}}
	out := &Pipeline{From: p.From}
	if u, ok := p.From.(*Union); ok {
		c := &Union{At: u.At}
		for _, in := range u.Inputs {
			c.Inputs = append(c.Inputs, absentPipeline(in, o))
		}
		out.From = c
	}
	if t, ok := p.From.(*Table); ok {
		for _, c := range t.Columns {
			a.types[c.Name] = c.Type
		}
	}
	out.Ops = a.ops(p.Ops)
	return out, a
}

// absence says what is known of a column or expression.
type absence struct{ maybe, empty bool } // may be absent; may be stored as ""

type absenter struct {
	opt     AbsentOptions
	cols    map[string]absence
	types   map[string]Type // of the columns that are known
	present map[string]bool // text forms proved present by a dominating filter
	asValue bool            // a condition's false and null are told apart: it is kept as a value, not asked by a filter
}

func (a *absenter) fork() *absenter {
	b := &absenter{opt: a.opt, cols: map[string]absence{}, types: map[string]Type{}, present: map[string]bool{}}
	for k, t := range a.types {
		b.types[k] = t
	}
	for k, v := range a.cols {
		b.cols[k] = v
	}
	for k, v := range a.present {
		b.present[k] = v
	}
	return b
}

func (a *absenter) ops(ops []Op) []Op {
	out := make([]Op, 0, len(ops))
	for _, o := range ops {
		if j, ok := o.(*Join); ok {
			out = append(out, a.joined(j)...)
			continue
		}
		out = append(out, a.op(o))
	}
	return out
}

func (a *absenter) op(o Op) Op {
	switch o := o.(type) {
	case *Filter:
		for _, c := range Conjuncts(o.Pred) {
			a.prove(c)
		}
		return &Filter{o.At, a.cond(o.Pred, false)}
	case *Extend:
		c := &Extend{At: o.At, Cols: a.named(o.Cols)}
		a.define(c.Cols)
		return c
	case *Project:
		c := &Project{At: o.At, Cols: a.named(o.Cols)}
		known, types := map[string]absence{}, map[string]Type{}
		for _, n := range c.Cols {
			known[n.Name], types[n.Name] = a.of(n.X), TypeOf(n.X)
		}
		a.cols, a.types, a.present = known, types, map[string]bool{}
		return c
	case *Aggregate:
		return a.aggregate(o)
	case *Threshold:
		c := *o
		c.Agg = a.aggregate(o.Agg)
		c.Pred = a.cond(o.Pred, false)
		return &c
	case *Sort:
		c := *o
		c.Keys = make([]SortKey, len(o.Keys))
		for i, k := range o.Keys {
			k.X = a.filled(k.X)
			c.Keys[i] = k
		}
		return &c
	case *Expand:
		delete(a.present, o.Name)
		a.cols[o.Name] = absence{true, true}
		return o
	case *Append:
		c := *o
		c.Inputs = nil
		for _, in := range o.Inputs {
			c.Inputs = append(c.Inputs, absentPipeline(in, a.opt))
		}
		a.present, a.cols = map[string]bool{}, map[string]absence{}
		return &c
	case *Baseline:
		c := *o
		history := a.fork()
		c.HistoryOps = history.ops(o.HistoryOps)
		c.RecentOps = a.ops(o.RecentOps)
		var left, right []Named
		for _, k := range o.On {
			left, right = append(left, a.keyFill(o.At, k.Left)...), append(right, history.keyFill(o.At, k.Right)...)
		}
		if len(left) > 0 {
			c.RecentOps = append(c.RecentOps, &Extend{o.At, left})
			a.define(left)
		}
		if len(right) > 0 {
			c.HistoryOps = append(c.HistoryOps, &Extend{o.At, right})
		}
		return &c
	case *Limit, *BadOp:
		return o
	default:
		// Nothing is known of the rows behind an op that the pass does not know; backends refuse it.
		a.present, a.cols = map[string]bool{}, map[string]absence{}
		return o
	}
}

func (a *absenter) named(ns []Named) []Named {
	out := make([]Named, len(ns))
	for i, n := range ns {
		out[i] = Named{n.Name, a.value(n.X)}
	}
	return out
}

// define records what new columns may hold and forgets what was proved of the old ones.
func (a *absenter) define(ns []Named) {
	known := make([]absence, len(ns))
	for i, n := range ns {
		known[i] = a.of(n.X)
	}
	for i, n := range ns {
		a.cols[n.Name], a.types[n.Name] = known[i], TypeOf(n.X)
		for k := range a.present {
			if k == n.Name || strings.Contains(k, n.Name) {
				delete(a.present, k)
			}
		}
	}
}

// joined fills the string keys of both sides: "" and absent are one value to KQL.
func (a *absenter) joined(o *Join) []Op {
	c := *o
	right, side := absentSide(o.Right, a.opt)
	var left, fills []Named
	for _, k := range o.On {
		left = append(left, a.keyFill(o.At, k.Left)...)
		fills = append(fills, side.keyFill(o.At, k.Right)...)
	}
	if len(fills) > 0 {
		right.Ops = append(right.Ops, &Extend{o.At, fills})
	}
	c.Right = right
	a.present = map[string]bool{}
	for n := range a.cols {
		a.cols[n] = absence{true, true}
	}
	if len(left) == 0 {
		return []Op{&c}
	}
	a.define(left)
	return []Op{&Extend{o.At, left}, &c}
}

// keyFill replaces an absent string column by "", with nothing to do when it cannot be absent.
func (a *absenter) keyFill(at At, name string) []Named {
	x := &Col{At: at, Name: name, T: a.types[name]}
	if x.T != String || !a.of(x).maybe {
		return nil
	}
	return []Named{{name, fill(x)}}
}

func (a *absenter) aggregate(o *Aggregate) *Aggregate {
	c := *o
	c.Keys = make([]Named, len(o.Keys))
	known, types := map[string]absence{}, map[string]Type{}
	for i, k := range o.Keys {
		x := a.value(k.X)
		if st := a.of(x); TypeOf(k.X) == String && st.maybe && (st.empty || !a.opt.NullGroups) {
			x = fill(x)
		}
		c.Keys[i] = Named{k.Name, x}
		known[k.Name], types[k.Name] = a.of(x), TypeOf(x)
	}
	c.Aggs = make([]Agg, len(o.Aggs))
	for i, g := range o.Aggs {
		args := make([]Expr, len(g.Args))
		for j, x := range g.Args {
			args[j] = a.value(x)
			// A count counts rows and numbers skip null as KQL does; strings are never null in KQL, so "" counts.
			if st := a.of(args[j]); TypeOf(x) == String && st.maybe && g.Func != Count {
				args[j] = fill(args[j])
			}
		}
		g.Args = args
		if g.If != nil {
			g.If = a.cond(g.If, false)
		}
		c.Aggs[i] = g
		known[g.Name] = absence{maybe: g.Func != Count && g.Func != DCount, empty: true}
		types[g.Name] = g.T
	}
	a.cols, a.types, a.present = known, types, map[string]bool{}
	return &c
}

func fill(x Expr) Expr { return &Fill{At{x.Span()}, x, Value{String, ""}} }

// filled replaces an absent string by "".
func (a *absenter) filled(x Expr) Expr {
	v := a.value(x)
	if TypeOf(x) == String && a.of(v).maybe {
		return fill(v)
	}
	return v
}

// of says whether an expression may be absent in the target.
func (a *absenter) of(e Expr) absence {
	if a.present[Text(e)] {
		return absence{false, false}
	}
	switch e := e.(type) {
	case *Lit:
		s, isString := e.Value.V.(string)
		return absence{e.Value.IsNull(), isString && s == ""}
	case *Now, *Param, *List, *Pack:
		return absence{false, false}
	case *Fill, *Absent, *IsNull, *IsEmpty:
		return absence{false, true}
	case *Col:
		if st, ok := a.cols[e.Name]; ok {
			return st
		}
		return absence{true, true}
	case *Field:
		return absence{e.Info.MaybeAbsent, e.Info.KeepsEmpty}
	case *Cond:
		st := a.of(e.Else)
		for _, b := range e.Branches {
			t := a.of(b.Then)
			st.maybe, st.empty = st.maybe || t.maybe, st.empty || t.empty
		}
		return st
	case *Access:
		return absence{true, true}
	case *Arith:
		st := absence{empty: true}
		st.maybe = a.of(e.L).maybe || a.of(e.R).maybe
		if n, ok := litNumber(e.R); (e.Op == "/" || e.Op == "%") && (!ok || n == 0) {
			st.maybe = true // a division by 0 is null
		}
		return st
	case *Cast:
		// A failed conversion is null, except to a string.
		st := a.of(e.X)
		return absence{st.maybe || e.To != String, true}
	default:
		st := absence{empty: true}
		for _, k := range Children(e) {
			st.maybe = st.maybe || a.of(k).maybe
		}
		if _, isCall := e.(*Call); isCall && TypeOf(e) != String {
			st.maybe = true
		}
		return st
	}
}

// valueCalls answer for an absent string argument as for "": strlen 0, strcat skips it. Others pass absence on.
var valueCalls = map[string]bool{"strlen": true, "strcat": true, "indexof": true, "split": true, "countof": true, "hash_sha256": true,
	"hash_md5": true, "hash_sha1": true, "strcat_delim": true, "hash": true, "string_size": true}

// textCalls take arguments of every type and make text of them.
var textCalls = map[string]bool{"strcat": true, "strcat_delim": true}

// value rewrites an expression whose value is kept: arguments of functions that treat "" as a value are filled, conditions inside
// become explicit.
func (a *absenter) value(e Expr) Expr {
	switch e := e.(type) {
	case *Pack: // a bag or list holds "" where the string is absent, and its text shows it
		return altered(e, func(c *Pack) { c.Vals = mapExprs(e.Vals, a.filled) })
	case *List:
		return altered(e, func(c *List) { c.Elems = mapExprs(e.Elems, a.filled) })
	case *Call:
		if first, ok := a.firstText(e); ok {
			return a.value(first)
		}
		c := *e
		c.Args = make([]Expr, len(e.Args))
		for i, x := range e.Args {
			if textCalls[e.Func] && TypeOf(x) != String && TypeOf(x) != Dynamic {
				x = &Cast{At: At{x.Span()}, X: x, To: String} // an absent number is the text "", not an absent text
			}
			if valueCalls[e.Func] {
				c.Args[i] = a.filled(x)
			} else {
				c.Args[i] = a.value(x)
			}
		}
		return &c
	case *Cond:
		c := *e
		c.Branches = make([]Branch, len(e.Branches))
		for i, b := range e.Branches {
			c.Branches[i] = Branch{a.cond(b.If, false), a.value(b.Then)}
		}
		c.Else = a.value(e.Else)
		return &c
	case *Match, *And, *Or, *Not, *Compare, *Between, *IsEmpty, *IsNull:
		if !twoValued(e) {
			b := *a
			b.asValue = true
			return b.cond(e, false)
		}
		b := *a
		b.asValue = false
		return a.orFalse(e, b.cond(e, false))
	case *Scalar:
		c := *e
		c.Pipe = absentPipeline(e.Pipe, a.opt)
		return &c
	case *InTable:
		c := *e
		c.X, c.Pipe = a.filled(e.X), absentPipeline(e.Pipe, a.opt)
		return &c
	case *Col, *Field, *Lit, *Now, *Param, *Bad:
		return e
	default:
		return MapChildren(e, a.value)
	}
}

// firstText writes coalesce over texts as a case: it passes over "" as over null, which the targets' functions of that name do not.
// ok is false where none but the last can be "". learn.microsoft.com/kusto/query/coalesce-function
func (a *absenter) firstText(e *Call) (c *Cond, ok bool) {
	if e.Func != "coalesce" || TypeOf(e) != String {
		return nil, false
	}
	last := len(e.Args) - 1
	c = &Cond{At: e.At, T: String, Else: e.Args[last]}
	for _, x := range e.Args[:last] {
		ok = ok || a.of(a.value(x)).empty
		c.Branches = append(c.Branches, Branch{If: &Not{e.At, &IsEmpty{At: e.At, X: x}}, Then: x})
	}
	return c, ok
}

// stored says how an expression may be absent by itself, whatever filters prove: the test that proves presence must not lean on
// its own proof.
func (a *absenter) stored(e Expr) absence {
	saved := a.present
	a.present = map[string]bool{}
	defer func() { a.present = saved }()
	return a.of(e)
}
