package esql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// Backend writes ES|QL.
type Backend struct{}

// Language is "esql".
func (Backend) Language() string { return "esql" }

// Facts lists every row.
func (Backend) Facts() []*emit.Fact { return slices.Concat(allFacts, callFacts, queryFacts) }

// resultCap is the most rows that ES|QL returns, whatever LIMIT says.
const resultCap = 10_000

// Binding strength, weakest first.
const (
	precOr = iota + 1
	precAnd
	precNot
	precCompare
	precAdd
	precMul
	precPrimary
)

// emitter writes one query, a stage a line.
type emitter struct {
	in     *emit.Input
	r      *emit.Report
	pipe   *ir.Pipeline // what is written: the query's, or one inside it
	done   []ir.Op      // its ops before the one that is written
	lines  []string
	temps  *int
	nulls  map[string]bool              // columns that exist only as null: bags
	elems  map[string]map[string]string // expanded column → path below the element → column that holds it
	needs  []emit.Artifact
	firsts map[string]string        // value of an expanded element → column that holds its first element
	early  map[*ir.Expand][]ir.Expr // conditions of later filters that are tested before an expansion
	moved  map[ir.Expr]bool         // the same conditions
	known  *ir.Known
	sets   map[string]bool      // columns that make_set made
	splits map[string]bool      // columns that split made
	asked  map[*ir.InTable]bool // tests that WHERE asks, which alone may hold a query
	calls  map[string]caller
}

// Emit writes the query.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	q := in.Query
	e := newEmitter(in, emit.NewReport(in), new(int))
	e.known = ir.Prove(q)
	e.write(q.Root)
	if q.Open || len(q.Columns) == 0 {
		e.r.Use(factOpen, q.Root.From, q.Root.From.Span(), "the result")
	}
	if e.r.Refused() {
		return nil, e.r
	}
	out := &emit.Output{Ext: "esql", Needs: e.needs, Caps: []emit.Cap{{What: "result rows (ES|QL returns no more)", N: resultCap}}}
	lists := listColumns(q.Root)
	var keep, nulls []string
	for _, c := range q.Columns {
		if e.nulls[c.Name] {
			nulls = append(nulls, ident(c.Name)+" = null")
		}
		keep = append(keep, ident(c.Name))
		out.Columns = append(out.Columns, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: c.Name, Decode: e.decode(c, lists)})
	}
	if len(nulls) > 0 {
		e.line("EVAL " + strings.Join(nulls, ", "))
	}
	e.line("KEEP " + strings.Join(keep, ", "))
	e.line(fmt.Sprintf("LIMIT %d", resultCap))
	out.Text = strings.Join(e.lines, "\n| ") + "\n"
	return out, e.r
}

func newEmitter(in *emit.Input, r *emit.Report, temps *int) *emitter {
	return &emitter{in: in, r: r, temps: temps, nulls: map[string]bool{}, sets: map[string]bool{}, calls: callTable(), elems: map[string]map[string]string{},
		firsts: map[string]string{}, splits: map[string]bool{}, asked: map[*ir.InTable]bool{}}
}

// write writes a pipeline.
func (e *emitter) write(p *ir.Pipeline) {
	p = e.baselines(p)
	e.pipe, e.done = p, nil
	e.early, e.moved = early(p.Ops)
	e.from(p.From)
	for _, o := range p.Ops {
		if b, ok := o.(*ir.Baseline); ok && e.in.Tables[e.table()] != nil && !b.Recent.Covers(b.History) {
			// The windows are the cheapest filter there is, and hold for the event time wherever they stand.
			time := ident(e.in.Tables[e.table()].TimeField)
			e.line("WHERE (" + e.window(time, b.Recent) + ") OR (" + e.window(time, b.History) + ")")
		}
	}
	for i, o := range p.Ops {
		e.done = p.Ops[:i]
		e.op(o, i == len(p.Ops)-1)
	}
}

func (e *emitter) line(s string) { e.lines = append(e.lines, s) }

func (e *emitter) temp() string {
	*e.temps++
	return fmt.Sprintf("huntc_%d", *e.temps)
}

func (e *emitter) from(f ir.Source) {
	switch f := f.(type) {
	case *ir.Table:
		info := e.in.Tables[f.Name]
		if info == nil || info.Index == "" {
			e.r.Use(factNone, f, f.S, "the index of "+f.Name)
			return
		}
		e.r.Use(factFrom, f, f.S, f.Name)
		e.line("FROM " + index(info.Index))
	case *ir.Union:
		e.union(f, f.S, f.Inputs)
	default:
		e.r.Use(factNone, f, f.Span(), "this source")
	}
}

// index writes an index pattern, quoted where it holds more than ES|QL takes bare.
func index(s string) string {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.*,", r)) {
			return quote(s)
		}
	}
	return s
}

func (e *emitter) op(o ir.Op, last bool) {
	switch o := o.(type) {
	case *ir.Filter:
		e.where(o.Pred)
	case *ir.Extend:
		e.r.Use(factEval, o, o.S, "extend")
		e.eval(o.Cols)
	case *ir.Project:
		e.r.Use(factKeep, o, o.S, "project")
		e.eval(o.Cols)
		if !last {
			e.keep(o.Cols)
		}
	case *ir.Aggregate:
		e.aggregate(o, ir.Value{}, "")
	case *ir.Threshold:
		e.aggregate(o.Agg, o.Limit, o.Metric)
		e.where(o.Pred)
	case *ir.Sort:
		e.sort(o)
	case *ir.Limit:
		e.r.Use(factLimit, o, o.S, "take")
		e.line("LIMIT " + strconv.FormatInt(o.N, 10))
	case *ir.Expand:
		e.conjuncts(e.early[o])
		e.expand(o)
	case *ir.Baseline:
		e.baseline(o)
	case *ir.Join:
		e.join(o)
	case *ir.Append:
		left := &ir.Pipeline{From: e.pipe.From, Ops: e.done}
		e.lines = nil
		e.union(o, o.S, slices.Concat([]*ir.Pipeline{left}, o.Inputs))
	case *ir.BadOp:
		e.r.Refuse(o.S, "ESQL-NONE", "this operator was not understood", "", "")
	default:
		e.r.Use(factNone, o, o.Span(), ir.OpName(o))
	}
}

func (e *emitter) where(pred ir.Expr) {
	e.r.Use(factWhere, pred, pred.Span(), "where")
	e.conjuncts(slices.DeleteFunc(ir.Conjuncts(pred), func(c ir.Expr) bool { return e.moved[c] }))
}

func (e *emitter) conjuncts(xs []ir.Expr) {
	parts := make([]string, len(xs))
	for i, x := range xs {
		e.allow(x)
		parts[i] = e.expr(x, precAnd+1)
	}
	if len(parts) > 0 {
		e.line("WHERE " + strings.Join(parts, "\n    AND "))
	}
}

// early finds the conditions after an expansion that read the event's fields only: before it they are tested once an event, and by the
// index, because Elasticsearch does not move filters over MV_EXPAND.
func early(ops []ir.Op) (map[*ir.Expand][]ir.Expr, map[ir.Expr]bool) {
	at, moved := map[*ir.Expand][]ir.Expr{}, map[ir.Expr]bool{}
	var expand *ir.Expand
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Expand:
			if expand == nil {
				expand = o
			}
		case *ir.Filter:
			if expand == nil {
				continue
			}
			for _, c := range ir.Conjuncts(o.Pred) {
				if ofEvent(c) {
					at[expand] = append(at[expand], c)
					moved[c] = true
				}
			}
		case *ir.Extend:
		default:
			expand = nil
		}
	}
	return at, moved
}

// ofEvent reports whether a condition reads fields and no column.
func ofEvent(x ir.Expr) bool {
	fields, others := false, false
	ir.Inspect(x, func(y ir.Expr) bool {
		switch y.(type) {
		case *ir.Field:
			fields = true
		case *ir.Lit, *ir.And, *ir.Or, *ir.Not, *ir.Absent, *ir.Match, *ir.Compare, *ir.Fill:
		default:
			others = true
		}
		return true
	})
	return fields && !others
}

// eval writes columns. ES|QL's assignments see the ones before them in the same EVAL, KQL's see the row before the operator: where
// that differs the values are made under other names first.
func (e *emitter) eval(cols []ir.Named) {
	var plain []ir.Named
	for _, n := range cols {
		if c, ok := n.X.(*ir.Col); ok && c.Name == n.Name {
			continue
		}
		if f, ok := n.X.(*ir.Field); ok && f.Name == n.Name && f.Info.Container == "" {
			continue
		}
		if e.isNull(n.X) { // written at the end, if it is a result column
			if _, bag := n.X.(*ir.Pack); bag {
				e.r.Use(factNoBag, n.X, n.X.Span(), n.Name)
			}
			e.nulls[n.Name] = true
			continue
		}
		plain = append(plain, n)
	}
	if len(plain) == 0 {
		return
	}
	var first, second []string
	for i, n := range plain {
		text := e.value(n)
		if conflicts(plain, i) {
			t := e.temp()
			first = append(first, t+" = "+text)
			second = append(second, ident(n.Name)+" = "+t)
		} else {
			second = append(second, ident(n.Name)+" = "+text)
		}
	}
	if len(first) > 0 {
		e.line("EVAL " + strings.Join(first, ",\n    "))
	}
	e.line("EVAL " + strings.Join(second, ",\n    "))
}

// conflicts reports whether column i reads a name that an earlier column of the same list writes.
func conflicts(cols []ir.Named, i int) bool {
	uses := map[string]bool{}
	ir.Inspect(cols[i].X, func(x ir.Expr) bool {
		switch x := x.(type) {
		case *ir.Col:
			uses[x.Name] = true
		case *ir.Field:
			uses[x.Name] = true
		}
		return true
	})
	return slices.ContainsFunc(cols[:i], func(n ir.Named) bool { return uses[n.Name] })
}

// value writes the expression of a column that has one.
func (e *emitter) value(n ir.Named) string {
	var text string
	call, split := splitCall(n.X)
	if split {
		text = e.split(call)
	} else {
		text = e.expr(n.X, precOr)
	}
	delete(e.nulls, n.Name)
	c, copied := n.X.(*ir.Col)
	e.sets[n.Name] = copied && e.sets[c.Name]
	e.splits[n.Name] = split || copied && e.splits[c.Name]
	return text
}

// isNull reports whether an expression is a bag, or a copy of one, for which ES|QL has no value.
func (e *emitter) isNull(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Pack:
		return true
	case *ir.Col:
		return e.nulls[x.Name]
	}
	return false
}

func (e *emitter) keep(cols []ir.Named) {
	names := make([]string, len(cols))
	for i, n := range cols {
		names[i] = ident(n.Name)
	}
	e.line("KEEP " + strings.Join(names, ", "))
}

func (e *emitter) sort(o *ir.Sort) {
	e.r.Use(factSort, o, o.S, "order by")
	parts := make([]string, len(o.Keys))
	for i, k := range o.Keys {
		parts[i] = fmt.Sprintf("%s %s NULLS %s", e.expr(k.X, precOr), map[bool]string{true: "DESC", false: "ASC"}[k.Desc],
			map[bool]string{true: "FIRST", false: "LAST"}[k.NullsFirst])
	}
	e.line("SORT " + strings.Join(parts, ", "))
}

// fills writes the keys that are not plain columns before STATS, as an expert would, and returns the BY list.
func (e *emitter) keys(keys []ir.Named) []string {
	var evals []ir.Named
	var by []string
	for _, k := range keys {
		switch x := k.X.(type) {
		case *ir.Col:
			if x.Name == k.Name {
				by = append(by, ident(k.Name))
			} else {
				by = append(by, ident(k.Name)+" = "+ident(x.Name))
			}
		case *ir.Field:
			if x.Name == k.Name && x.Info.Container == "" {
				by = append(by, ident(k.Name))
			} else {
				by = append(by, ident(k.Name)+" = "+e.expr(x, precOr))
			}
		case *ir.Bin:
			text, _ := e.bin(x, true)
			by = append(by, ident(k.Name)+" = "+text)
		default:
			evals = append(evals, k)
			by = append(by, ident(k.Name))
		}
	}
	if len(evals) > 0 {
		e.eval(evals)
	}
	return by
}

func (e *emitter) aggregate(a *ir.Aggregate, limit ir.Value, metric string) {
	e.r.Use(factStats, a, a.S, "summarize")
	by := e.keys(a.Keys)
	var aggs []string
	for i := range a.Aggs {
		g := &a.Aggs[i]
		if text, ok := e.agg(g, "", limit, metric); ok {
			aggs = append(aggs, ident(g.Name)+" = "+text)
		}
	}
	e.stats(aggs, by)
}

func (e *emitter) stats(aggs, by []string) {
	if len(aggs) == 0 && len(by) == 0 {
		aggs = []string{e.temp() + " = COUNT(*)"} // for the one row: all its columns are null
	}
	s := "STATS " + strings.Join(aggs, ",\n    ")
	if len(aggs) == 0 {
		s = "STATS"
	}
	if len(by) > 0 {
		sep := " BY "
		if len(aggs) > 1 {
			sep = "\n    BY "
		}
		s += sep + strings.Join(by, ", ")
	}
	e.line(s)
}

func (e *emitter) refuse(at diag.Span, what string) string {
	e.r.Use(factNone, nil, at, what)
	return "null"
}
