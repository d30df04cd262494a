package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

// TableInfo says where a source table is in the target.
type TableInfo struct {
	Index, Search              string
	MacroName, MacroDefinition string
	TimeField                  string
	Assumption                 string
}

// Leaf is one approximation that the data itself causes.
type Leaf struct {
	Leaf  drift.Leaf
	Code  diag.Code
	Span  diag.Span
	Bound string // inside it the translation is exact
	Short string
	Why   string
	Text  string // one line that names the source column
	Hint  string
}

// Result is a query in the target's terms.
type Result struct {
	Query       *ir.Query
	Tables      map[string]TableInfo
	Leaves      []Leaf
	Assumptions []string
	Elided      []string // result columns that nobody named and that the target does not have
	Evidence    string   // the weakest of the rows used; "" when none was
}

// Codes of the diagnostics and drifts of this package.
const (
	CodeUnmapped diag.Code = "MAP-UNMAPPED" // no row for a column or path
	CodeTable    diag.Code = "MAP-TABLE"    // no entry for a table
	CodeWhole    diag.Code = "MAP-WHOLE"    // a dynamic value as a whole, of which the target has only parts
	CodeArray    diag.Code = "MAP-ARRAY"    // the target's arrays do not hold what the query reads
	CodeValue    diag.Code = "MAP-VALUE"    // an operation that the target's form of the value does not allow
	CodeCase     diag.Code = "MAP-CASE"     // a comparison of values that the target stores lower-cased
	CodeChanged  diag.Code = "MAP-CHANGED"  // a value that differs from the source's
	CodeEmpty    diag.Code = "MAP-EMPTY"    // a test that tells "" from absence, which the target does not
	CodeLength   diag.Code = "MAP-LENGTH"   // a text that the target does not index
	CodeElements diag.Code = "MAP-ELEMENTS" // only the first elements of an array are looked at
	CodeAbsent   diag.Code = "MAP-ABSENT"   // the target never has the column
)

// Apply rewrites q to the target's data. The nodes of the leaves belong to Result.Query: propagate them there, before other rewrites
// copy nodes. Result.Query is not to be used when a diagnostic is Refused or worse.
func (m *Mapping) Apply(q *ir.Query, src *diag.Source) (*Result, diag.List) {
	w := &walker{m: m, src: src, shared: map[string]ir.Expr{}, used: usedNames(q),
		res: &Result{Tables: map[string]TableInfo{}}}
	c := *q
	c.Bindings = nil
	for _, b := range q.Bindings {
		c.Bindings = append(c.Bindings, ir.Binding{Name: b.Name, Pipe: w.nested(b.Pipe, &scope{})})
	}
	root, s := w.pipeline(q.Root)
	if !q.Open && len(q.Columns) > 0 {
		w.finish(root, s, &c)
	}
	c.Root = root
	w.res.Query = &c
	for name, t := range w.res.Tables {
		if t.Assumption != "" {
			w.assume(t.Assumption)
		}
		w.res.Tables[name] = t
	}
	slices.Sort(w.res.Assumptions)
	w.diags.Sort()
	return w.res, w.diags
}

// usedNames collects every column name that the query mentions: what a nested pipeline may be asked for.
func usedNames(q *ir.Query) map[string]bool {
	used := map[string]bool{}
	for _, c := range q.Columns {
		used[c.Name] = true
	}
	keys := func(on []ir.JoinKey) {
		for _, k := range on {
			used[k.Left], used[k.Right] = true, true
		}
	}
	q.EachOp(func(o ir.Op) {
		for _, e := range ir.OpExprs(o) {
			ir.Uses(e, used)
		}
		switch o := o.(type) {
		case *ir.Join:
			keys(o.On)
		case *ir.Baseline:
			keys(o.On)
		}
	})
	return used
}

type walker struct {
	m      *Mapping
	src    *diag.Source
	res    *Result
	diags  diag.List
	shared map[string]ir.Expr // one node per drifting row and type, so that one leaf covers all its uses
	used   map[string]bool
}

// scope is what the columns of the current row are.
type scope struct {
	table  *Table    // nil when the rows do not come from a table, or columns have all been made by the query
	schema *ir.Table // the source's
	closed bool      // only defs are columns
	defs   map[string]def
	lacks  map[string]lacking // columns that the rows should have and the target does not: an error when they are read
}

// lacking is a source value that could not become a real column.
type lacking struct {
	p     route
	table *Table
}

// def is a column that the query made. With alias it stands for a source value.
type def struct {
	alias    *route
	asString bool
	elem     *expansion
	at       diag.Span
}

// expansion is an mv-expand of an array that the target stores by index.
type expansion struct {
	base  route
	op    *ir.Expand
	table *Table
}

func (s *scope) clone() *scope {
	c := *s
	c.defs, c.lacks = maps.Clone(s.defs), maps.Clone(s.lacks)
	return &c
}

// source returns the route of a column that still is the table's own.
func (s *scope) source(c *ir.Col) (route, bool) {
	if _, made := s.defs[c.Name]; made || s.closed || s.table == nil {
		return route{}, false
	}
	return route{col: c.Name, t: c.T}, true
}

func (w *walker) add(code diag.Code, sev diag.Severity, at diag.Span, msg, why, hint string) ir.Expr {
	w.diags.Add(diag.Diagnostic{Code: code, Severity: sev, Source: w.src, Span: at, Message: msg, Why: why, Hint: hint})
	return &ir.Bad{At: ir.At{S: at}}
}

func (w *walker) refuse(code diag.Code, at diag.Span, msg, why, hint string) ir.Expr {
	return w.add(code, diag.Refused, at, msg, why, hint)
}

func (w *walker) assume(text string) {
	if !slices.Contains(w.res.Assumptions, text) {
		w.res.Assumptions = append(w.res.Assumptions, text)
	}
}

func (w *walker) leaf(l Leaf) { w.res.Leaves = append(w.res.Leaves, l) }

// note that row r is used: its evidence counts, and what it assumes is stated.
func (w *walker) note(r *Row, p route) {
	ev := or(r.Evidence, w.m.Evidence)
	if slices.Index(evidences, ev) > slices.Index(evidences, w.res.Evidence) {
		w.res.Evidence = ev
	}
	switch {
	case r.Assumption != "":
		w.assume(r.Assumption)
	case ev == "inferred" && r.Field != "":
		w.assume(fmt.Sprintf("%s is %s in the target (inferred, no published source)", r.Source, r.Field))
	}
	if r.Setting != nil && r.Setting.Field == r.Field {
		w.assume(fmt.Sprintf("the integration's setting %s is on (%s)", r.Setting.Name, p))
	}
}

// nested maps a pipeline whose rows another op combines: the columns that the query mentions become real columns at its end.
// into gets to know what they lack.
func (w *walker) nested(p *ir.Pipeline, into *scope) *ir.Pipeline {
	out, s := w.pipeline(p)
	out.Ops = append(out.Ops, w.materialise(s, out.From.Span(), w.used)...)
	into.lack(s.lacks)
	return out
}

func (s *scope) lack(more map[string]lacking) {
	if s.lacks == nil {
		s.lacks = map[string]lacking{}
	}
	maps.Copy(s.lacks, more)
}

func (w *walker) pipeline(p *ir.Pipeline) (*ir.Pipeline, *scope) {
	out := &ir.Pipeline{From: p.From}
	s := &scope{defs: map[string]def{}}
	switch f := p.From.(type) {
	case *ir.Table:
		w.table(f, out, s)
	case *ir.Union:
		c := &ir.Union{At: f.At}
		for _, in := range f.Inputs {
			c.Inputs = append(c.Inputs, w.nested(in, s))
		}
		out.From = c
	case *ir.Tables, *ir.External, *ir.Remote:
		w.place(f, s)
	}
	out.Ops = append(out.Ops, w.ops(p.Ops, s)...)
	return out, s
}

// table finds the entry of a source table and puts its filter first.
func (w *walker) table(f *ir.Table, out *ir.Pipeline, s *scope) {
	t := w.m.Tables[f.Name]
	if t == nil {
		t = w.m.Tables["*"]
	}
	if t == nil {
		names := slices.Sorted(maps.Keys(w.m.Tables))
		hint := "mapped tables: " + strings.Join(names, ", ")
		if n := diag.Nearest(f.Name, names); n != "" {
			hint = "did you mean " + n + "?"
		}
		w.refuse(CodeTable, f.S, fmt.Sprintf("mapping %s has no table %s", w.m.Name, f.Name), "Where its events are is not known.", hint)
		s.closed = true // one message for the table is enough: its columns are not looked up
		return
	}
	s.table, s.schema = t, f
	w.res.Tables[f.Name] = t.info(f.Name)
	if w.m.Keep {
		if len(f.Columns) == 0 {
			s.schema = nil // a table without a schema, such as a custom one, is the same in both products
			return
		}
		w.keepTable(f, t, out)
		return
	}
	if field, value, ok := t.FilterOf(f.Name); ok {
		x := &ir.Field{At: f.At, Name: field, T: ir.String, Info: &ir.FieldInfo{Source: "the table " + f.Name, Type: w.m.Types["string"]}}
		out.Ops = append(out.Ops, &ir.Filter{At: f.At, Pred: &ir.Match{At: f.At, Kind: ir.Equal, Case: ir.Exact, X: x,
			Needles: []ir.Expr{ir.StringLit(value, f.S)}}})
	}
}

// keepTable renames the time column of a table that another KQL product calls differently.
func (w *walker) keepTable(f *ir.Table, t *Table, out *ir.Pipeline) {
	if !renamable(f.Time) || f.Time == t.Time {
		return
	}
	c := *f
	c.Time, c.Columns = t.Time, nil
	for _, col := range f.Columns {
		switch col.Name {
		case t.Time:
			continue // both names for one instant: the product's own stays
		case f.Time:
			col.Name = t.Time
		}
		c.Columns = append(c.Columns, col)
	}
	out.From = &c
}

// renamable reports whether a time column is the one that the products name differently; other tables have their own.
func renamable(name string) bool { return name == "Timestamp" || name == "TimeGenerated" }

func (w *walker) ops(ops []ir.Op, s *scope) []ir.Op {
	var out []ir.Op
	for i, o := range ops {
		out = append(out, w.op(o, ops[i+1:], s)...)
	}
	return out
}

func (w *walker) op(o ir.Op, rest []ir.Op, s *scope) []ir.Op {
	switch o := o.(type) {
	case *ir.Extend:
		c := &ir.Extend{At: o.At}
		defs := w.define(o.Cols, &c.Cols, s)
		maps.Copy(s.defs, defs)
		if len(c.Cols) == 0 {
			return nil
		}
		return []ir.Op{c}
	case *ir.Project:
		c := &ir.Project{At: o.At}
		s.defs = w.define(o.Cols, &c.Cols, s)
		s.closed, s.lacks = true, nil
		return []ir.Op{c}
	case *ir.Aggregate:
		c := ir.MapOp(o, func(e ir.Expr) ir.Expr { return w.expr(e, s) }).(*ir.Aggregate)
		for i, g := range c.Aggs {
			for j, name := range g.Except {
				if to := s.kept(name); w.m.Keep && to != name {
					c.Aggs[i].Except = slices.Clone(c.Aggs[i].Except)
					c.Aggs[i].Except[j] = to
				}
			}
		}
		s.aggregated(o)
		return []ir.Op{c}
	case *ir.Threshold:
		c := *o
		c.Agg = ir.MapOp(o.Agg, func(e ir.Expr) ir.Expr { return w.expr(e, s) }).(*ir.Aggregate)
		s.aggregated(o.Agg)
		c.Pred = w.expr(o.Pred, s)
		return []ir.Op{&c}
	case *ir.Filter, *ir.Sort:
		return []ir.Op{ir.MapOp(o, func(e ir.Expr) ir.Expr { return w.expr(e, s) })}
	case *ir.Expand:
		return []ir.Op{w.expand(o, rest, s)}
	case *ir.Join:
		c := *o
		pre := w.materialise(s, o.S, w.used)
		c.Right = w.nested(o.Right, s)
		s.close()
		return append(pre, &c)
	case *ir.Append:
		c := *o
		c.Inputs = nil
		pre := w.materialise(s, o.S, w.used)
		for _, in := range o.Inputs {
			c.Inputs = append(c.Inputs, w.nested(in, s))
		}
		s.close()
		return append(pre, &c)
	case *ir.Baseline:
		return []ir.Op{w.baseline(o, s)}
	case *ir.Limit, *ir.BadOp:
		return []ir.Op{o}
	case *ir.Distinct, *ir.Sample, *ir.MakeSeries, *ir.TopNested, *ir.Partition, *ir.Scan:
		if w.m.Keep {
			return []ir.Op{w.keepSetOp(o, s)}
		}
		w.refuse(CodeValue, o.Span(), ir.OpName(o)+" cannot be mapped", "", "")
		return []ir.Op{&ir.BadOp{At: ir.At{S: o.Span()}}}
	default:
		if w.m.Keep {
			return []ir.Op{w.kept(o, s)}
		}
		w.refuse(CodeValue, o.Span(), fmt.Sprintf("this step (%s) has no form outside KQL", ir.OpName(o)), "", "")
		return []ir.Op{&ir.BadOp{At: ir.At{S: o.Span()}}}
	}
}

// aggregated: only the aggregate's own columns are left.
func (s *scope) aggregated(a *ir.Aggregate) {
	s.defs, s.lacks = map[string]def{}, nil
	for _, k := range a.Keys {
		s.defs[k.Name] = def{at: k.X.Span()}
	}
	s.closed = true
	for _, g := range a.Aggs {
		s.defs[g.Name] = def{at: g.S}
		s.closed = s.closed && !g.AllColumns() // the other columns are still the table's
	}
}

// close: every column is a real one now.
func (s *scope) close() { s.defs, s.closed = map[string]def{}, true }

// define maps the columns of an Extend or Project. A column that stands for a source value is remembered; one that stands for
// an object or array, which the target has only in parts, is not made at all.
func (w *walker) define(cols []ir.Named, to *[]ir.Named, s *scope) map[string]def {
	defs := map[string]def{}
	for _, n := range cols {
		d := def{at: n.X.Span()}
		if !w.m.Keep {
			if r, asString, ok := w.aliasOf(n.X, s); ok {
				d.alias, d.asString = &r, asString
				if _, k := s.table.find(r); k == container {
					defs[n.Name] = d
					continue
				}
			} else if c, ok := n.X.(*ir.Col); ok {
				if old, ok := s.defs[c.Name]; ok && old.elem != nil {
					d.elem = old.elem
				}
			}
		}
		defs[n.Name] = d
		*to = append(*to, ir.Named{Name: n.Name, X: w.expr(n.X, s)})
	}
	return defs
}

// aliasOf recognises an expression that only stands for a source value, or its text.
func (w *walker) aliasOf(e ir.Expr, s *scope) (r route, asString, ok bool) {
	if c, isCast := e.(*ir.Cast); isCast && c.To == ir.String {
		if v, ok := w.resolve(c.X, s); ok && v.elem == nil {
			return v.route, true, true
		}
		return route{}, false, false
	}
	v, ok := w.resolve(e, s)
	if !ok || v.elem != nil {
		return route{}, false, false
	}
	return v.route, v.asString, true
}

func (w *walker) baseline(o *ir.Baseline, s *scope) ir.Op {
	c := *o
	win := func(x ir.Window) ir.Window {
		if x.From != nil {
			x.From = w.expr(x.From, s)
		}
		if x.To != nil {
			x.To = w.expr(x.To, s)
		}
		return x
	}
	c.Recent, c.History = win(o.Recent), win(o.History)
	if s.table != nil && s.schema != nil && o.Time == s.schema.Time && (!w.m.Keep || renamable(o.Time)) {
		c.Time = s.table.Time
	}
	h := s.clone()
	// The sides are matched by name, so the keys that are still the table's own become columns.
	left, right := map[string]bool{}, map[string]bool{}
	for _, k := range o.On {
		left[k.Left], right[k.Right] = true, true
	}
	c.HistoryOps = append(w.ops(o.HistoryOps, h), w.materialise(h, o.S, right)...)
	c.RecentOps = append(w.ops(o.RecentOps, s), w.materialise(s, o.S, left)...)
	return &c
}
