package spl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// statsCall is one column of stats.
type statsCall struct{ call, name string }

// aggregator collects one stats command: what stands before it, in it and after it.
type aggregator struct {
	e      *emitter
	op     ir.Op
	flag   string            // rows count for the aggregates only where this field is 1; "" for all rows
	hidden map[string]bool   // names that the keys write, and that aggregates therefore cannot read any more
	temps  map[string]string // expression → temporary field
	calls  []statsCall
	byCall map[string]string // call → its column, because stats rejects a second name for the same call
	after  []string
	aggs   []ir.Agg
	sorted string // what the rows are sorted by; "" for no order
}

// aggregate writes stats; flag names the field that says which rows the aggregates see.
func (e *emitter) aggregate(a *ir.Aggregate, flag string, extra ...statsCall) {
	g := &aggregator{e: e, op: a, aggs: a.Aggs, flag: flag, hidden: map[string]bool{}, temps: map[string]string{}, byCall: map[string]string{}}
	for _, k := range a.Keys {
		g.hidden[k.Name] = true
	}
	for i := range a.Aggs {
		g.agg(&a.Aggs[i])
	}
	g.calls = append(g.calls, extra...)
	encoded := g.keys(a.Keys)
	if e.grouping == "stats" && len(e.beside) > 0 {
		e.keepOtherSides(a)
	}
	if len(g.calls) == 0 {
		g.calls = append(g.calls, statsCall{"count", e.temp("n")})
	}
	var parts []string
	for _, c := range g.calls {
		parts = append(parts, c.call+" AS "+e.listName(c.name, a))
	}
	stats := e.grouping + " " + strings.Join(parts, " ")
	if len(a.Keys)+len(e.beside) > 0 {
		stats += " BY"
		for _, k := range a.Keys {
			stats += " " + e.listName(k.Name, a)
		}
		for _, f := range e.beside {
			stats += " " + f
		}
	}
	e.line("%s", stats)
	e.encoded = encoded
	e.elements, e.sets, e.splits = map[string]map[string]bool{}, map[string]bool{}, map[string]string{}
	e.forget()
	for i := range a.Aggs {
		if f := a.Aggs[i].Func; f == ir.MakeSet || f == ir.MakeList {
			e.sets[a.Aggs[i].Name] = true
		}
	}
	if len(g.after) > 0 {
		e.line("eval %s", strings.Join(g.after, ",\n    "))
	}
}

// keys writes the group keys. stats drops rows whose key is null, so every text gets a mark, and a word takes the place of
// other nulls, until later.
func (g *aggregator) keys(keys []ir.Named) map[string]string {
	e := g.e
	encoded := map[string]string{}
	var names, texts []string
	var changed []ir.Named
	for _, k := range keys {
		name := e.target(k.Name, g.op)
		if b, ok := k.X.(*ir.Bin); ok && e.binCommand(b, k.Name, g.op) {
			continue
		}
		if c, ok := k.X.(*ir.Col); ok && c.Name == k.Name && e.encoded[c.Name] != "" {
			encoded[k.Name] = e.encoded[c.Name]
			continue
		}
		v, back := g.key(k.X)
		if back != "" {
			encoded[k.Name] = back
		}
		if v == name {
			continue
		}
		names, texts, changed = append(names, name), append(texts, v), append(changed, k)
	}
	if len(names) == 0 {
		return encoded
	}
	if readsEarlier(changed) {
		for i, v := range texts {
			t := e.temp("k")
			e.eval(t, v)
			texts[i] = t
		}
	}
	for i := range names {
		texts[i] = names[i] + "=" + texts[i]
	}
	e.line("eval %s", strings.Join(texts, ",\n    "))
	return encoded
}

// key returns a key's expression and what it means when it is empty; "" when it never is.
func (g *aggregator) key(x ir.Expr) (v, back string) {
	e := g.e
	if c, ok := x.(*ir.Col); ok && e.encoded[c.Name] != "" {
		return e.value(c).s, e.encoded[c.Name]
	}
	if e.multi(x) { // stats would put the row into a group for each value
		return e.refuse(e.f.multivalue, x).s, ""
	}
	inner := x
	if f, ok := x.(*ir.Fill); ok && f.With.V == "" {
		e.use(e.f.fill, f)
		inner = f.X
	}
	v = e.value(inner).s
	isString := ir.TypeOf(x) == ir.String || inner != x
	switch f, ok := inner.(*ir.Field); {
	case ok && f.Info != nil && f.Info.Time:
		return v, ""
	case ok && f.Info != nil && !f.Info.MaybeAbsent && !(isString && f.Info.KeepsEmpty):
		return v, ""
	}
	if l, ok := x.(*ir.Lit); ok && !l.Value.IsNull() && l.Value.V != "" {
		return v, ""
	}
	if _, ok := x.(*ir.Bin); ok && sure(x.(*ir.Bin).X) {
		return v, ""
	}
	e.use(e.f.groupKey, x)
	if isString {
		return encode(v, true), `""`
	}
	return `coalesce(` + v + `,"` + emptyWord + `")`, "null()"
}

// encode puts a character before a text, so that stats keeps "" and, where the source fills it, null as a value; decoded takes it off
// again. No text of the data can be taken for another.
func encode(v string, fill bool) string {
	if fill {
		return `"` + mark + `".coalesce(` + v + `,"")`
	}
	return `"` + mark + `".` + v
}

// decoded is the text that encode was given, with "" in place of null.
func decoded(name string) string { return "substr(" + name + ",2)" }

// binCommand writes a bin of the event time with the bin command, where its edges are KQL's in every time zone.
func (e *emitter) binCommand(b *ir.Bin, name string, at ir.Op) bool {
	w, ok := b.Width.V.(int64)
	if !ok || !e.isTime(b.X) || w <= 0 || w%ir.Second != 0 || (15*ir.Minute)%w != 0 {
		return false
	}
	e.use(e.f.bin, b)
	e.line("bin span=%s _time AS %s", ir.DurationText(w), e.listName(name, at))
	return true
}

// agg adds one aggregate.
func (g *aggregator) agg(a *ir.Agg) {
	e := g.e
	use := func(f *emit.Fact) bool { return e.rep.Use(f, a, a.Span(), a.Name+" = "+string(a.Func)) }
	if a.Func != ir.Count && len(a.Args) == 0 {
		use(e.f.aggRefused)
		return
	}
	switch a.Func {
	case ir.Count:
		use(e.f.count)
		g.call(a, g.count(a))
	case ir.DCount:
		use(e.f.dcount)
		g.call(a, "dc("+g.arg(a, true)+")")
	case ir.MakeSet:
		g.set(a, use)
	case ir.MakeList:
		if use(e.f.listAgg) {
			g.call(a, "list("+g.arg(a, true)+")")
			g.decodeSet(a)
		}
	case ir.Min, ir.Max:
		f := e.f.minmax
		_, stored := a.Args[0].(*ir.Field)
		switch t := ir.TypeOf(a.Args[0]); {
		case t == ir.String:
			f = e.f.minmaxString
		case t == ir.Long && stored: // a column made of counts is never that large
			f = e.f.minmaxLong
		}
		use(f)
		g.call(a, string(a.Func)+"("+g.arg(a, false)+")")
	case ir.Sum:
		use(e.f.sum)
		g.call(a, "sum("+g.arg(a, false)+")")
		n := e.target(a.Name, g.op)
		g.after = append(g.after, n+"=coalesce("+n+",0)")
	case ir.Avg:
		if e.known.Present[a] {
			use(e.f.avg)
		} else {
			use(e.f.avgNone)
		}
		g.call(a, "avg("+g.arg(a, false)+")")
	case ir.TakeAny:
		use(e.f.takeAny)
		g.call(a, "first("+g.arg(a, false)+")")
	case ir.MakeBag:
		use(e.f.bag)
		g.after = append(g.after, e.target(a.Name, g.op)+"=null()")
	case ir.ArgMax, ir.ArgMin:
		g.best(a)
	case ir.AnyRow:
		use(e.f.takeAny)
		g.marked(a, "first", a.Args[0], "")
	case ir.Stdev, ir.StdevP, ir.Variance, ir.VarianceP:
		g.deviation(a)
	case ir.Percentile:
		g.percentile(a)
	default:
		use(e.f.aggRefused)
	}
}

// set writes make_set. Sets of bags and arrays have no form, sets with a size are cut after they are made.
func (g *aggregator) set(a *ir.Agg, use func(*emit.Fact) bool) {
	e := g.e
	name := e.target(a.Name, g.op)
	if _, field := a.Args[0].(*ir.Field); ir.TypeOf(a.Args[0]) == ir.Dynamic && !field {
		use(e.f.setOfDynamic)
		g.after = append(g.after, name+"=null()")
		return
	}
	fact := e.f.valuesAll
	if a.Cap > 0 {
		sized := *e.f.valuesCap
		sized.Bound, sized.Short = fmt.Sprintf("a set has ≤ %d values", a.Cap), fmt.Sprintf("≤%d", a.Cap)
		fact = &sized
	}
	use(fact)
	g.call(a, "values("+g.arg(a, true)+")")
	if a.Cap > 0 {
		g.after = append(g.after, name+"=mvindex("+name+",0,"+strconv.FormatInt(a.Cap-1, 10)+")")
	}
	g.decodeSet(a)
}

// decodeSet puts "" back into a collected set.
func (g *aggregator) decodeSet(a *ir.Agg) {
	if !g.wasEncoded(a) {
		return
	}
	n := g.e.target(a.Name, g.op)
	g.after = append(g.after, n+"=mvmap("+n+","+decoded(n)+")")
}

func (g *aggregator) wasEncoded(a *ir.Agg) bool { return countsEmpty(a.Args[0]) }

// countsEmpty reports whether a string argument can be "", which the source counts as a value.
func countsEmpty(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Fill:
		return x.With.V == ""
	case *ir.Field:
		return x.T == ir.String && (x.Info == nil || x.Info.KeepsEmpty)
	case *ir.Lit:
		return x.Value.V == ""
	default:
		return ir.TypeOf(x) == ir.String
	}
}

func (g *aggregator) call(a *ir.Agg, call string) {
	if first, ok := g.byCall[call]; ok {
		e := g.e
		g.after = append(g.after, e.target(a.Name, g.op)+"="+e.target(first, g.op))
		return
	}
	g.byCall[call] = a.Name
	g.calls = append(g.calls, statsCall{call, a.Name})
}

// condition is what limits the rows that an aggregate sees, "" for none.
func (g *aggregator) condition(a *ir.Agg) string {
	var parts []string
	if g.flag != "" {
		parts = append(parts, g.flag+"==1")
	}
	if a.If != nil {
		g.e.decodeIn(a.If)
		t := g.e.pred(a.If)
		parts = append(parts, t.at(precCompare))
	}
	return strings.Join(parts, " AND ")
}

func (g *aggregator) count(a *ir.Agg) string {
	c := g.condition(a)
	switch {
	case c == "":
		return "count"
	case a.If != nil && g.readsHidden(a.If):
		return "sum(" + g.temp("if("+c+",1,0)") + ")"
	default:
		return "count(eval(" + c + "))"
	}
}

// arg is the field or the eval() that an aggregate reads. With keepEmpty, "" is counted as a value and not left to stats.
func (g *aggregator) arg(a *ir.Agg, keepEmpty bool) string {
	e := g.e
	x := a.Args[0]
	if c, ok := x.(*ir.Col); ok && keepEmpty && g.condition(a) == "" && e.encoded[c.Name] == `""` {
		return e.listName(c.Name, g.op) // still encoded, as it has to be here
	}
	e.decodeIn(x)
	v := e.value(x).s
	if keepEmpty && countsEmpty(x) {
		if f, ok := x.(*ir.Fill); ok {
			v = g.temp(encode(e.value(f.X).s, true))
		} else {
			v = g.temp(encode(e.value(x).at(precAtom), false))
		}
	}
	c := g.condition(a)
	if c != "" {
		v = "if(" + c + "," + v + ",null())"
	}
	if name, ok := plainArg(x); ok && c == "" && v == e.value(x).s && !g.hidden[name] {
		return e.listName(name, g.op)
	}
	if strings.HasPrefix(v, "huntc_") {
		return v
	}
	if g.readsHidden(x) || a.If != nil && g.readsHidden(a.If) {
		return g.temp(v)
	}
	return "eval(" + v + ")"
}

// plainArg is the name of an argument that is a field or a column as it is.
func plainArg(x ir.Expr) (string, bool) {
	switch x := x.(type) {
	case *ir.Col:
		return x.Name, true
	case *ir.Field:
		if x.Info != nil && x.Info.Time {
			return "_time", true
		}
		return x.Name, (x.Info == nil || x.Info.Container == "") && !indexed.MatchString(x.Name)
	}
	return "", false
}

func (g *aggregator) readsHidden(x ir.Expr) bool {
	hit := false
	ir.Inspect(x, func(x ir.Expr) bool {
		switch x := x.(type) {
		case *ir.Col:
			hit = hit || g.hidden[x.Name]
		case *ir.Field:
			hit = hit || g.hidden[x.Name]
		}
		return true
	})
	return hit
}

// temp gives an expression a field of its own, before the keys are written.
func (g *aggregator) temp(v string) string {
	if t, ok := g.temps[v]; ok {
		return t
	}
	t := g.e.temp("v")
	g.e.eval(t, v)
	g.temps[v] = t
	return t
}
