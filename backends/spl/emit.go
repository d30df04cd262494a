package spl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// Backend writes SPL.
type Backend struct{}

var _ emit.Backend = Backend{}

// Language is the first part of a target.
func (Backend) Language() string { return "spl" }

// Facts lists every fact that the backend can use.
func (Backend) Facts() []*emit.Fact { return newFacts().all() }

// Emit writes the query as one search.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	rep := emit.NewReport(in)
	e := &emitter{in: in, rep: rep, f: newFacts(), timeField: "_time", encoded: map[string]string{}, used: map[usage]bool{}, sets: map[string]bool{},
		elements: map[string]map[string]bool{}, timeColumn: map[string]bool{}, shown: map[string]bool{}}
	if in.Query == nil || in.Query.Root == nil || in.Query.Root.From == nil {
		rep.Refuse(diag.Span{}, "SPL-OP", "the hunt has no query", "", "")
		return nil, rep
	}
	e.splits, e.grouping = map[string]string{}, "stats"
	e.forget()
	e.known = ir.Prove(in.Query)
	e.query(in.Query)
	if rep.Refused() {
		return nil, rep
	}
	out := &emit.Output{Text: strings.Join(e.lines, "\n") + "\n", Ext: "spl", Needs: e.needs, Elided: e.elided}
	for _, c := range in.Query.Columns {
		out.Columns = append(out.Columns, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: c.Name, Decode: e.decode(c)})
	}
	return out, rep
}

// decode says how a column's text is read back.
func (e *emitter) decode(c ir.Column) string {
	switch c.Type {
	case ir.Datetime:
		if e.shown[c.Name] {
			return "text as stored"
		}
		return "epoch seconds"
	case ir.Timespan:
		return "seconds"
	case ir.Bool:
		return "true or false"
	case ir.Dynamic:
		return "multivalue"
	default:
		return ""
	}
}

// emitter writes one query.
type emitter struct {
	in    *emit.Input
	known *ir.Known
	rep   *emit.Report
	f     *facts
	lines []string
	needs []emit.Artifact

	timeField  string
	covered    map[string]bool            // values whose absence the enclosing disjunction tests
	encoded    map[string]string          // marked texts ("") and columns in which emptyWord stands for the value given here
	elements   map[string]map[string]bool // expanded columns and the paths that were laid out for them
	timeColumn map[string]bool            // Baseline's time column, when it is the event time under its source name
	sets       map[string]bool            // columns that hold several values
	used       map[usage]bool
	elided     []string
	temps      int
	splits     map[string]string // columns that hold a text which split() would part, and where
	inOrder    bool              // a sort says in which order the rows come
	showable   map[string]bool   // columns that nothing but the result reads
	partial    bool              // more steps follow than those that are written here
	beside     []string          // fields by which stats tells rows of other sides, while a join waits for them
	grouping   string            // the command that aggregates: stats, or eventstats
	rest       []ir.Op           // the ops behind this one; nil where they are not known
	made       map[string]string // texts of values that have a field of their own in this step
	dates      map[string]civil  // the same for times and the fields of their dates
	shown      map[string]bool   // columns of the result that are times as Splunk holds them
	last       bool              // no op follows
}

func (e *emitter) line(format string, args ...any) {
	e.lines = append(e.lines, fmt.Sprintf("| "+format, args...))
}

// what names the user's own text of a node.
func (e *emitter) what(n interface{ Span() diag.Span }) string {
	s := n.Span()
	if src := e.in.Source; src != nil && s.Pos > 0 && int(s.End)-1 <= len(src.Text) && s.End > s.Pos {
		t := strings.Join(strings.Fields(src.Text[s.Pos-1:s.End-1]), " ")
		if r := []rune(t); len(r) > 60 {
			t = string(r[:57]) + "…"
		}
		return t
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", n), "*ir."))
}

func (e *emitter) useOp(f *emit.Fact, o ir.Op) bool { return e.rep.Use(f, o, o.Span(), e.what(o)) }

func (e *emitter) temp(kind string) string {
	e.temps++
	return "huntc_" + kind + strconv.Itoa(e.temps)
}

func (e *emitter) query(q *ir.Query) {
	ops := e.source(q.Root)
	if q.Open || len(q.Columns) == 0 {
		e.rep.Use(e.f.open, q.Root.From, q.Root.From.Span(), "the result")
		return
	}
	e.ops(ops)
	e.decodeAll()
	names := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		names[i] = e.listName(c.Name, q.Root.From)
	}
	e.rep.Use(e.f.table, q.Root.From, q.Root.From.Span(), "the result")
	e.line("table %s", strings.Join(names, " "))
}

// source writes the base search with everything that the leading filters say exactly there, and returns the ops that remain.
func (e *emitter) source(p *ir.Pipeline) []ir.Op {
	p = rearranged(p)
	if u, ok := p.From.(*ir.Union); ok && len(u.Inputs) == 1 {
		return e.source(&ir.Pipeline{From: u.Inputs[0].From, Ops: append(slices.Clone(u.Inputs[0].Ops), p.Ops...)})
	}
	if _, isUnion := p.From.(*ir.Union); isUnion || joinsAhead(p.Ops) || appendsFirst(p) != p {
		return e.several(p)
	}
	if r, ok := p.From.(*ir.Rows); ok {
		e.literalRows(r)
		return p.Ops
	}
	t, ok := p.From.(*ir.Table)
	if !ok {
		e.refuseSource(p.From)
		return nil
	}
	info := e.in.Tables[t.Name]
	if info == nil || strings.TrimSpace(info.Search) == "" || strings.HasPrefix(strings.TrimSpace(info.Search), "|") {
		e.rep.Use(e.f.source, t, t.Span(), t.Name)
		return nil
	}
	e.rep.Use(e.f.baseSearch, t, t.Span(), t.Name)
	if info.TimeField != "" {
		e.timeField = info.TimeField
	}
	if info.Macro != nil {
		e.rep.Use(e.f.macro, t, t.Span(), t.Name)
		e.needs = append(e.needs, *info.Macro)
	}
	ops := p.Ops
	var conjuncts []ir.Expr
	for len(ops) > 0 {
		f, ok := ops[0].(*ir.Filter)
		if !ok {
			break
		}
		conjuncts = append(conjuncts, ir.Conjuncts(f.Pred)...)
		ops = ops[1:]
	}
	s := e.split(conjuncts, firstBaseline(ops))
	e.rep.Use(e.f.timeWindow, t, t.Span(), t.Name)
	e.lines = append(e.lines, strings.Join(append([]string{"search", info.Search, s.window()}, s.terms...), " "))
	e.where(s.rest)
	return ops
}

func (e *emitter) refuseSource(s ir.Source) { e.rep.Use(e.f.ref, s, s.Span(), e.what(s)) }

func (e *emitter) where(xs []ir.Expr) {
	if len(xs) == 0 {
		return
	}
	parts := make([]string, len(xs))
	for i, x := range xs {
		t := e.pred(x)
		if t.prec == precOr && len(xs) > 1 {
			t = atom("(" + t.s + ")")
		}
		parts[i] = t.s
	}
	e.line("where %s", strings.Join(parts, "\n    AND "))
}

func (e *emitter) ops(ops []ir.Op) {
	for i, o := range ops {
		e.op(o, ops[i+1:])
	}
}

func (e *emitter) op(o ir.Op, later []ir.Op) {
	e.last, e.rest = len(later) == 0 && !e.partial, append([]ir.Op{}, later...)
	if e.partial {
		e.rest = nil
	}
	e.forget()
	switch o.(type) {
	case *ir.Filter, *ir.Extend, *ir.Project, *ir.Limit:
	default:
		defer func(sorted bool) { e.inOrder = sorted }(isSort(o))
	}
	switch o := o.(type) {
	case *ir.Filter:
		e.decodeUsed(o)
		e.where(ir.Conjuncts(o.Pred))
	case *ir.Extend:
		e.decodeUsed(o)
		e.assign(o, o.Cols, later)
	case *ir.Project:
		e.decodeUsed(o)
		e.assign(o, o.Cols, nil)
	case *ir.Aggregate:
		e.aggregate(o, "")
	case *ir.Threshold:
		e.aggregate(o.Agg, "")
		e.decodeIn(o.Pred)
		e.useOp(e.f.threshold, o)
		e.where(ir.Conjuncts(o.Pred))
	case *ir.Sort:
		e.decodeUsed(o)
		e.sort(o)
	case *ir.Limit:
		e.useOp(e.f.head, o)
		if o.N <= 0 {
			e.line("where 1==0")
			return
		}
		e.line("head %d", o.N)
	case *ir.Expand:
		e.decodeUsed(o)
		e.expand(o)
	case *ir.Baseline:
		e.decodeAll()
		e.rest = nil
		e.baseline(o)
	case *ir.Join:
		e.useOp(e.f.join, o)
	case *ir.Append:
		e.useOp(e.f.union, o)
	default:
		e.useOp(e.f.opRefused, o)
	}
}

func isSort(o ir.Op) bool {
	_, ok := o.(*ir.Sort)
	return ok
}

// listName quotes a name for commands that list fields; at is where a refusal points.
func (e *emitter) listName(name string, at interface{ Span() diag.Span }) string {
	s, ok := listFieldName(name)
	if !ok {
		e.rep.Use(e.f.columnBad, at, at.Span(), name)
	}
	return s
}

// target quotes a name on the left of = in eval.
func (e *emitter) target(name string, at interface{ Span() diag.Span }) string {
	s, ok := evalName(name)
	if !ok {
		e.rep.Use(e.f.columnBad, at, at.Span(), name)
	}
	return s
}

// column is the value of a column. A time that is only shown comes out as the text that Splunk holds.
func (e *emitter) column(c ir.Named) string {
	f, ok := c.X.(*ir.Field)
	if !ok || !e.last && !e.showable[c.Name] || !storedTime(f) {
		return e.value(c.X).s
	}
	e.rep.Use(e.f.timeText, f, f.Span(), c.Name)
	e.shown[c.Name] = true
	return e.name(f, f.Name).s
}

// assign writes columns. eval assigns from left to right, the IR all at once: when a later expression reads a name that an earlier
// one has replaced, the values go through temporary fields.
func (e *emitter) assign(at ir.Op, cols []ir.Named, later []ir.Op) {
	var names, texts []string
	var changed []ir.Named
	parts := map[string]string{}
	for _, c := range cols {
		v, by := e.splitOrColumn(c)
		name := e.target(c.Name, at)
		if parts[c.Name] = by; v == name {
			continue
		}
		e.checkClash(at, c.Name, later)
		names, texts, changed = append(names, name), append(texts, v), append(changed, c)
	}
	defer e.nowSplit(cols, parts)
	if len(names) == 0 {
		return
	}
	if readsEarlier(changed) {
		for i, v := range texts {
			t := e.temp("t")
			e.eval(t, v)
			texts[i] = t
		}
	}
	for i := range names {
		texts[i] = names[i] + "=" + texts[i]
	}
	e.line("eval %s", strings.Join(texts, ",\n    "))
	e.forget()
	for _, c := range changed {
		delete(e.encoded, c.Name)
		delete(e.sets, c.Name)
	}
}

// forget is said where fields get new values: what was computed of the old ones is not theirs.
func (e *emitter) forget() { e.made, e.dates = map[string]string{}, map[string]civil{} }

func (e *emitter) eval(name, v string) { e.line("eval %s=%s", name, v) }

func readsEarlier(cols []ir.Named) bool {
	written := map[string]bool{}
	for _, c := range cols {
		clash := false
		ir.Inspect(c.X, func(x ir.Expr) bool {
			switch x := x.(type) {
			case *ir.Col:
				clash = clash || written[x.Name]
			case *ir.Field:
				clash = clash || written[x.Name] || x.Info != nil && x.Info.Time && written["_time"]
			}
			return true
		})
		if clash {
			return true
		}
		written[c.Name] = true
	}
	return false
}

// checkClash refuses a column that hides a field of the data which a later step still reads.
func (e *emitter) checkClash(at ir.Op, name string, later []ir.Op) {
	for _, o := range later {
		for _, x := range ir.OpExprs(o) {
			ir.Inspect(x, func(x ir.Expr) bool {
				if f, ok := x.(*ir.Field); ok && f.Name == name {
					e.rep.Use(e.f.clash, at, at.Span(), name)
					return false
				}
				return true
			})
		}
	}
}

// decodeIn puts "" back into the encoded columns that an expression reads.
func (e *emitter) decodeIn(xs ...ir.Expr) {
	used := map[string]bool{}
	for _, x := range xs {
		ir.Uses(x, used)
	}
	var names []string
	for _, n := range slices.Sorted(maps.Keys(e.encoded)) {
		if used[n] {
			names = append(names, n)
		}
	}
	e.decodeNames(names)
}

// decodeUsed puts "" back everywhere as soon as an op reads one encoded column.
func (e *emitter) decodeUsed(o ir.Op) {
	used := map[string]bool{}
	for _, x := range ir.OpExprs(o) {
		ir.Uses(x, used)
	}
	for n := range e.encoded {
		if used[n] {
			e.decodeAll()
			return
		}
	}
}

func (e *emitter) decodeAll() { e.decodeNames(slices.Sorted(maps.Keys(e.encoded))) }

func (e *emitter) decodeNames(names []string) {
	if len(names) == 0 {
		return
	}
	parts := make([]string, len(names))
	for i, n := range names {
		q, _ := evalName(n)
		parts[i] = q + "=" + decoded(q)
		if e.encoded[n] != `""` {
			parts[i] = fmt.Sprintf(`%s=if(%s=="%s",%s,%s)`, q, q, emptyWord, e.encoded[n], q)
		}
		delete(e.encoded, n)
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
}

// sort writes KQL's order: "" and null first going up. Splunk puts null last both ways and guesses a type per pair of values, so
// emptiness gets a field of its own and the type is named.
func (e *emitter) sort(o *ir.Sort) {
	e.useOp(e.f.sort, o)
	var keys []string
	for _, k := range o.Keys {
		e.sortKey(o, k, &keys)
	}
	if len(keys) > 0 {
		e.line("sort 0 %s", strings.Join(keys, ", "))
	}
}

func (e *emitter) sortKey(o *ir.Sort, k ir.SortKey, keys *[]string) {
	t := ir.TypeOf(k.X)
	conv := "num"
	switch {
	case t == ir.String || t == ir.GUID || t == ir.Bool:
		conv = "str"
	case !t.Numeric() && t != ir.Datetime && t != ir.Timespan:
		e.useOp(e.f.opRefused, o)
		return
	}
	name := ""
	v := e.value(k.X).s
	if c, ok := k.X.(*ir.Col); ok {
		name = c.Name
	} else {
		name = e.temp("s")
		e.eval(name, v)
	}
	switch {
	case t == ir.String && !k.Desc:
		n := e.temp("s")
		e.eval(n, "if(isnull("+v+") OR "+v+`=="",0,1)`)
		*keys = append(*keys, n)
	case t != ir.String && k.NullsFirst:
		n := e.temp("s")
		e.eval(n, "if(isnull("+v+"),0,1)")
		*keys = append(*keys, n)
	}
	sign := ""
	if k.Desc {
		sign = "-"
	}
	q := e.listName(name, o)
	*keys = append(*keys, sign+conv+"("+q+")")
}
