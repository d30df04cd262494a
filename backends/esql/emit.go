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
func (Backend) Facts() []*emit.Fact { return slices.Concat(allFacts, callFacts) }

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
	lines  []string
	temps  int
	nulls  map[string]bool              // columns that exist only as null: bags
	elems  map[string]map[string]string // expanded column → path below the element → column that holds it
	needs  []emit.Artifact
	firsts map[string]string        // value of an expanded element → column that holds its first element
	early  map[*ir.Expand][]ir.Expr // conditions of later filters that are tested before an expansion
	moved  map[ir.Expr]bool         // the same conditions
	known  *ir.Known
	sets   map[string]bool // columns that make_set made
	calls  map[string]caller
}

// Emit writes the query.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	e := &emitter{in: in, r: emit.NewReport(in), nulls: map[string]bool{}, sets: map[string]bool{}, calls: callTable(), elems: map[string]map[string]string{}, firsts: map[string]string{}}
	q := in.Query
	e.early, e.moved = early(q.Root.Ops)
	e.known = ir.Prove(q)
	e.from(q.Root.From)
	for _, o := range q.Root.Ops {
		if b, ok := o.(*ir.Baseline); ok && e.in.Tables[e.table()] != nil && !b.Recent.Covers(b.History) {
			// The windows are the cheapest filter there is, and hold for the event time wherever they stand.
			time := ident(e.in.Tables[e.table()].TimeField)
			e.line("WHERE (" + e.window(time, b.Recent) + ") OR (" + e.window(time, b.History) + ")")
		}
	}
	for i := 0; i < len(q.Root.Ops); i++ {
		e.op(q.Root.Ops[i], i == len(q.Root.Ops)-1)
	}
	if q.Open || len(q.Columns) == 0 {
		e.r.Use(factOpen, q.Root.From, q.Root.From.Span(), "the result")
	}
	if e.r.Refused() {
		return nil, e.r
	}
	out := &emit.Output{Ext: "esql", Needs: e.needs, Caps: []emit.Cap{{What: "result rows (ES|QL returns no more)", N: resultCap}}}
	lists := listColumns(q.Root.Ops)
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

func (e *emitter) line(s string) { e.lines = append(e.lines, s) }

func (e *emitter) temp() string {
	e.temps++
	return fmt.Sprintf("huntc_%d", e.temps)
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
		e.r.Use(factUnion, f, f.S, "union")
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
		e.r.Use(factJoin, o, o.S, "join kind="+o.Kind.String())
	case *ir.Append:
		e.r.Use(factUnion, o, o.S, "union")
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
	text := e.expr(n.X, precOr)
	delete(e.nulls, n.Name)
	c, copied := n.X.(*ir.Col)
	e.sets[n.Name] = copied && e.sets[c.Name]
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

// agg writes one aggregate; extra is a condition that the caller adds. ok is false when the column can only be null.
func (e *emitter) agg(g *ir.Agg, extra string, limit ir.Value, metric string) (string, bool) {
	cond := extra
	if g.If != nil {
		c := e.expr(g.If, precAnd)
		if cond != "" {
			c = e.expr(g.If, precAnd+1) + " AND " + cond
		}
		cond = c
	}
	where := ""
	if cond != "" {
		where = " WHERE " + cond
	}
	if len(g.Args) > 0 && g.Func != ir.Count && (e.isNull(g.Args[0]) || g.Func == ir.MakeBag) {
		e.r.Use(factNoBag, g, g.S, g.Name+" = "+string(g.Func))
		e.nulls[g.Name] = true
		return "", false
	}
	delete(e.nulls, g.Name)
	e.sets[g.Name] = g.Func == ir.MakeSet
	arg := func(i int) string { return e.expr(g.Args[i], precOr) }
	switch g.Func {
	case ir.Count:
		e.r.Use(factCount, g, g.S, "count()")
		return "COUNT(*)" + where, true
	case ir.DCount:
		if e.estimate(g, limit, metric) {
			return "COUNT_DISTINCT(" + arg(0) + ")" + where, true
		}
		e.r.Use(factDCountExact, g, g.S, "dcount")
		return "COALESCE(MV_COUNT(VALUES(" + only(cond, arg(0)) + ")), 0)", true
	case ir.Sum:
		e.r.Use(factAggPlain, g, g.S, "sum")
		return "COALESCE(SUM(" + only(cond, arg(0)) + "), 0)", true // KQL's sum of nothing is 0
	case ir.Min, ir.Max, ir.Avg:
		if g.Func == ir.Avg && ir.TypeOf(g.Args[0]) == ir.Timespan {
			return e.refuse(g.S, "an average of durations"), true
		}
		if g.Func == ir.Avg && !e.known.Present[g] {
			e.r.Use(factAvg, g, g.S, "avg")
		} else {
			e.r.Use(factAggPlain, g, g.S, string(g.Func))
		}
		return strings.ToUpper(string(g.Func)) + "(" + arg(0) + ")" + where, true
	case ir.TakeAny:
		e.r.Use(factTakeAny, g, g.S, string(g.Func))
		return "MAX(" + arg(0) + ")" + where, true
	case ir.MakeSet:
		if g.Cap > 0 {
			e.r.Use(factSetCap, g, g.S, "make_set with a cap")
			return fmt.Sprintf("MV_SLICE(VALUES(%s), 0, %d)", only(cond, arg(0)), g.Cap-1), true
		}
		e.r.Use(factSet, g, g.S, "make_set")
		return "VALUES(" + arg(0) + ")" + where, true
	case ir.ArgMax, ir.ArgMin:
		if ir.Text(g.Args[0]) == ir.Text(g.Args[1]) {
			return map[ir.AggFunc]string{ir.ArgMax: "MAX(", ir.ArgMin: "MIN("}[g.Func] + arg(0) + ")" + where, true
		}
		e.r.Use(factArg, g, g.S, string(g.Func))
		return map[ir.AggFunc]string{ir.ArgMax: "LAST(", ir.ArgMin: "FIRST("}[g.Func] + arg(1) + ", " + arg(0) + ")" + where, true
	default:
		e.r.Use(factNone, g, g.S, string(g.Func))
		return "", true
	}
}

// only keeps a value where a condition holds: inside a function of an aggregate the WHERE of STATS cannot stand.
func only(cond, x string) string {
	if cond == "" {
		return x
	}
	return "CASE(" + cond + ", " + x + ", null)"
}

// estimate decides how to count distinct values. Compared with a small literal the estimate gives the right rows and is what an
// expert writes: only the column itself may differ, on large groups. Otherwise the values are collected and counted.
func (e *emitter) estimate(g *ir.Agg, limit ir.Value, metric string) bool {
	n, isLong := limit.V.(int64)
	if metric != g.Name || !isLong || n > 500 {
		return false
	}
	node := e.in.Leaving(g.Name)
	if node == nil {
		return false
	}
	e.r.Use(factDCount, node, g.S, "dcount")
	return true
}

// Characters that stand between values that are joined into one text. They go into the query as they are: ES|QL has no escapes for them.
const (
	noField   = "\x1d" // a field that an element does not have; between the values of a packed list
	recordSep = "\x1e"
	fieldSep  = "\x1f"
)

// expand writes an array that is stored as an object keyed by index: the elements are joined into one text with separators that do
// not occur, split again, and cut into columns. A field that an element lacks is marked, so that the elements that have none can be
// taken out again: CASE would say it in plainer words, but is evaluated row by row, ten times for each event.
func (e *emitter) expand(o *ir.Expand) {
	if len(o.Elements) == 0 {
		e.r.Use(factNone, o, o.S, "mv-expand of this value")
		return
	}
	e.r.Use(factExpand, o, o.S, "mv-expand "+o.Name)
	paths := make([]string, 0, len(o.Elements[0]))
	for p := range o.Elements[0] {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	var parts []string
	for _, el := range o.Elements {
		var cells []string
		for _, p := range paths {
			cells = append(cells, "COALESCE("+e.expr(el[p], precOr)+", "+quote(noField)+")")
		}
		parts = append(parts, strings.Join(cells, ", "+quote(fieldSep)+", ")+", "+quote(fieldSep+recordSep))
	}
	e.needFields(o, paths)
	all := e.temp()
	absent := fmt.Sprintf("(%s){%d}%s|%s", noField+fieldSep, len(paths), recordSep, noField)
	e.line(fmt.Sprintf("EVAL %s = SPLIT(REPLACE(CONCAT(\n    %s), %s, \"\"), %s)", all, strings.Join(parts, ",\n    "), quote(absent), quote(recordSep)))
	e.line("MV_EXPAND " + all)
	e.line("WHERE " + all + " != \"\"")
	cols := map[string]string{}
	pattern := make([]string, len(paths))
	for i, p := range paths {
		name := o.Name + "_" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, p)
		cols[p] = name
		pattern[i] = "%{" + name + "}"
	}
	e.elems[o.Name] = cols
	e.line("DISSECT " + all + " " + quote(strings.Join(pattern, fieldSep)+fieldSep))
}

// needFields lists the fields that the index must know: naming one that no document ever had is an unknown column, and fails the whole
// query unless unmapped fields read as null.
func (e *emitter) needFields(o *ir.Expand, paths []string) {
	for _, p := range paths {
		first, ok1 := o.Elements[0][p].(*ir.Field)
		last, ok2 := o.Elements[len(o.Elements)-1][p].(*ir.Field)
		if ok1 && ok2 {
			e.needs = append(e.needs, emit.Artifact{Kind: "fields", Name: first.Name + " … " + last.Name,
				Definition: "all of them must be in the index's mapping (a component template), or the query fails with an unknown column"})
		}
	}
}

func (e *emitter) refuse(at diag.Span, what string) string {
	e.r.Use(factNone, nil, at, what)
	return "null"
}
