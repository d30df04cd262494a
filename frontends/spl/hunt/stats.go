package hunt

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// maxCount bounds a count of events.
const maxCount = 1 << 40

// grouping is one stats in work: the aggregate, what is computed of its columns, and the fields that come out.
type grouping struct {
	agg   *ir.Aggregate
	after []ir.Named
	out   []column
	n     syntax.Node
	taken []string // names of columns
}

// statsCommand lowers stats and eventstats.
func (l *lowerer) statsCommand(c *syntax.Stats) {
	word := strings.ToLower(c.Name.Text)
	switch {
	case len(c.Options) > 0:
		l.unsupported(c.Options[0].Name, "the option "+c.Options[0].Name.Text)
	case word == "stats":
		g := l.group(c)
		l.ops = append(l.ops, g.agg)
		l.compute(g)
		l.fields, l.events, l.order, l.groups = g.out, false, unordered, g
		l.held = g.agg.Names()
		for _, n := range g.after {
			l.hold(n.Name)
		}
	case word == "eventstats":
		l.eventstats(c)
	default:
		l.unsupported(c.Name, "the command "+c.Name.Text)
	}
}

func (l *lowerer) compute(g *grouping) {
	if len(g.after) > 0 {
		l.ops = append(l.ops, &ir.Extend{At: at(g.n), Cols: g.after})
	}
}

// group makes the aggregate over the groups. Rows that lack a BY field are in none ("stats", BY clause).
func (l *lowerer) group(c *syntax.Stats) *grouping {
	g := &grouping{agg: &ir.Aggregate{At: at(c)}, n: c}
	for _, n := range c.By {
		g.taken = append(g.taken, n.Text)
	}
	for _, a := range c.Aggs {
		g.taken = append(g.taken, a.Column())
	}
	for _, n := range c.By {
		if n.Wild() {
			l.unsupported(n, "a pattern of field names")
			continue
		}
		v := l.key(n)
		if v.bad() {
			continue
		}
		if p := l.present(v, n); !isTrue(p) {
			l.ops = append(l.ops, &ir.Filter{At: at(n), Pred: p})
		}
		g.agg.Keys = append(g.agg.Keys, ir.Named{Name: n.Text, X: v.x})
		v.always, v.x = true, &ir.Col{At: at(n), Name: n.Text, T: v.t}
		g.out = append(g.out, column{n.Text, v})
	}
	for _, a := range c.Aggs {
		name := a.Column()
		if slices.ContainsFunc(g.out, func(k column) bool { return k.name == name }) {
			l.unsupported(a, "a second column "+name)
		}
		if v := l.aggregation(g, a); !v.bad() {
			g.out = append(g.out, column{name, v})
		}
	}
	return g
}

func isTrue(x ir.Expr) bool {
	b, ok := isBool(x)
	return ok && b
}

// key is a field to group by: its text decides.
func (l *lowerer) key(n *syntax.Name) val {
	v := l.read(n.Text, n)
	switch {
	case v.set:
		l.unsupported(n, "a group of each of several values")
		return bad(n)
	case v.t == ir.Real || v.t == ir.Timespan:
		l.refuse(n, spl.CodeUnsupported, "groups of "+n.Text+" are not translated", "Splunk groups by the text of a number: 1 and 1.0 are two groups")
		return bad(n)
	}
	l.spelled(v)
	return v
}

// aggregation adds one aggregation and returns what its column holds (searchbnf.conf [stats-func]).
func (l *lowerer) aggregation(g *grouping, a *syntax.Agg) val {
	if a.Macro != nil {
		l.macro(a, a.Macro.Name)
		return bad(a)
	}
	if a.Func == nil || a.Spark || a.Prefix || a.Arg != nil && a.Arg.Wild() {
		l.unsupported(a, "this aggregation")
		return bad(a)
	}
	fn := strings.ToLower(a.Func.Text)
	if fn == "count" || fn == "c" {
		return l.count(g, a)
	}
	v, n := l.argument(a)
	if v.bad() {
		return v
	}
	switch fn {
	case "sum", "avg", "mean", "stdev", "stdevp", "var", "varp", "range":
		return l.statistic(g, a, fn, v, n)
	case "min", "max":
		return l.extreme(g, a, ir.AggFunc(fn), v, n)
	case "dc", "distinct_count", "values":
		return l.distinct(g, a, fn, v, n)
	case "earliest", "latest", "first", "last":
		return l.edge(g, a, fn, v, n)
	case "list":
		l.refuse(a.Func, spl.CodeUnsupported, "the aggregation list is not translated", "it keeps the first 100 values in the order of the events: values() has each once")
		return bad(a)
	}
	l.unsupported(a.Func, "the aggregation "+a.Func.Text)
	return bad(a)
}

// argument is what is aggregated: a field, or the value of eval(…).
func (l *lowerer) argument(a *syntax.Agg) (val, syntax.Node) {
	switch {
	case a.Eval != nil:
		v := l.value(a.Eval)
		if v.t == ir.Timespan {
			v = val{x: real(v, a.Eval), t: ir.Real, always: v.always}
		}
		return v, a.Eval
	case a.Arg != nil:
		return l.read(a.Arg.Text, a.Arg), a.Arg
	}
	l.unsupported(a, "this aggregation")
	return bad(a), a
}

// add puts an aggregate into a column of this name. cond limits the rows that it sees; one that always holds is left out.
func (g *grouping) add(name string, fn ir.AggFunc, t ir.Type, cond ir.Expr, args ...ir.Expr) ir.Expr {
	if cond != nil && isTrue(cond) {
		cond = nil
	}
	g.agg.Aggs = append(g.agg.Aggs, ir.Agg{At: at(g.n), Name: name, Func: fn, Args: args, If: cond, T: t, Exact: fn == ir.DCount})
	return &ir.Col{At: at(g.n), Name: name, T: t}
}

// helper is the name of a column that the result does not show: none of the search, and none of another helper.
func (g *grouping) helper(name, what string) string {
	name += "_" + what
	for slices.Contains(g.taken, name) {
		name += "_"
	}
	g.taken = append(g.taken, name)
	return name
}

func (l *lowerer) count(g *grouping, a *syntax.Agg) val {
	var cond ir.Expr
	switch {
	case a.Eval != nil:
		cond = l.where(a.Eval).x
	case a.Arg != nil:
		v := l.read(a.Arg.Text, a.Arg)
		if v.bad() || v.set {
			if v.set {
				l.unsupported(a.Arg, "a count of several values")
			}
			return bad(a)
		}
		cond = l.present(v, a.Arg)
	}
	return val{x: g.add(a.Column(), ir.Count, ir.Long, cond), t: ir.Long, always: true, max: maxCount}
}

// statistic computes in doubles over the rows that have the number. Without one there is no value.
func (l *lowerer) statistic(g *grouping, a *syntax.Agg, fn string, v val, n syntax.Node) val {
	if v = l.asNumber(v, n); v.bad() {
		return v
	}
	name, x, on := a.Column(), real(v, n), l.present(v, n)
	out := val{x: &ir.Col{At: at(a), Name: name, T: ir.Real}, t: ir.Real, always: v.always && (len(g.agg.Keys) > 0)}
	if fn == "range" {
		hi, lo := g.add(g.helper(name, "max"), ir.Max, ir.Real, on, x), g.add(g.helper(name, "min"), ir.Min, ir.Real, on, x)
		g.after = append(g.after, ir.Named{Name: name, X: &ir.Arith{At: at(a), Op: "-", L: hi, R: lo, T: ir.Real}})
		return out
	}
	f, least := map[string]ir.AggFunc{"sum": ir.Sum, "avg": ir.Avg, "mean": ir.Avg, "stdev": ir.Stdev, "stdevp": ir.StdevP, "var": ir.Variance, "varp": ir.VarianceP}[fn], int64(1)
	if fn == "stdev" || fn == "var" {
		least, out.always = 2, false
	}
	if out.always {
		g.add(name, f, ir.Real, on, x)
		return out
	}
	value, count := g.add(g.helper(name, "of"), f, ir.Real, on, x), g.add(g.helper(name, "n"), ir.Count, ir.Long, on)
	enough := &ir.Compare{At: at(a), Op: ir.Ge, L: count, R: litOf(at(a), ir.Long, least)}
	g.after = append(g.after, ir.Named{Name: name, X: &ir.Cond{At: at(a), Branches: []ir.Branch{{If: enough, Then: value}}, Else: litOf(at(a), ir.Real, nil), T: ir.Real}})
	return out
}

// extreme is min and max: of numbers, and of times, which are numbers too.
func (l *lowerer) extreme(g *grouping, a *syntax.Agg, fn ir.AggFunc, v val, n syntax.Node) val {
	out := val{t: v.t, always: v.always && len(g.agg.Keys) > 0, max: v.max}
	x := v.x
	switch {
	case v.t == ir.Datetime || v.t == ir.Int || v.t == ir.Real || whole(v.t) && v.max > 0:
	case number(v.t):
		x, out.t = real(v, n), ir.Real
	default:
		l.refuse(a, spl.CodeUnsupported, string(fn)+" of "+noun(n)+", a "+kindOf(v)+", is not translated",
			"Splunk chooses numbers or texts by the values: declare the field as int, long or real with --fields if it holds numbers")
		return bad(a)
	}
	out.x = g.add(a.Column(), fn, out.t, nil, x)
	return out
}

// distinct is dc and values, which see each value as text.
func (l *lowerer) distinct(g *grouping, a *syntax.Agg, fn string, v val, n syntax.Node) val {
	if v.t == ir.Datetime && !v.stamp && fn != "values" {
		return val{x: g.add(a.Column(), ir.DCount, ir.Long, l.present(v, n), v.x), t: ir.Long, always: true, max: maxCount}
	}
	t := l.asText(v, n)
	if t.bad() {
		return t
	}
	on := l.present(v, n)
	if fn == "values" {
		out := val{x: g.add(a.Column(), ir.MakeSet, ir.Dynamic, on, t.x), t: ir.Dynamic, set: true, always: v.always && len(g.agg.Keys) > 0}
		var size ir.Expr
		out.count = func() ir.Expr {
			if l.groups != g {
				return nil
			}
			if size == nil {
				size = g.add(g.helper(a.Column(), "count"), ir.DCount, ir.Long, on, t.x)
				l.hold(size.(*ir.Col).Name)
			}
			return size
		}
		return out
	}
	x := t.x
	if whole(v.t) {
		x = v.x // as many texts as numbers
	}
	return val{x: g.add(a.Column(), ir.DCount, ir.Long, on, x), t: ir.Long, always: true, max: maxCount}
}

// edge is the value of the first or last event by time; a search returns events newest first.
func (l *lowerer) edge(g *grouping, a *syntax.Agg, fn string, v val, n syntax.Node) val {
	late := fn == "latest" || fn == "first"
	if (fn == "first" || fn == "last") && l.order != newestFirst {
		l.refuse(a, spl.CodeUnsupported, fn+" at this place is not translated", "it is translated where rows are events in the order of the search: earliest and latest say which one is meant")
		return bad(a)
	}
	t := l.read("_time", a)
	if t.bad() {
		return t
	}
	if sameColumn(v.x, t.x) {
		return l.extreme(g, a, map[bool]ir.AggFunc{true: ir.Max, false: ir.Min}[late], v, n)
	}
	switch {
	case v.set || v.stamp:
		l.unsupported(a, "this aggregation")
		return bad(a)
	}
	f := map[bool]ir.AggFunc{true: ir.ArgMax, false: ir.ArgMin}[late]
	when := t.x
	if on := and(a, l.present(v, n), l.present(t, n)); !isTrue(on) {
		when = &ir.Cond{At: at(a), Branches: []ir.Branch{{If: on, Then: t.x}}, Else: litOf(at(a), ir.Datetime, nil), T: ir.Datetime}
	}
	g.add(g.helper(a.Column(), "time"), f, ir.Datetime, nil, when, when)
	x := g.add(a.Column(), f, v.t, nil, when, v.x)
	return val{x: x, t: v.t, nonempty: v.nonempty, text: v.text, max: v.max, full: v.full, digits: v.digits, always: v.always && t.always && len(g.agg.Keys) > 0}
}

func sameColumn(x, y ir.Expr) bool {
	a, ok := x.(*ir.Col)
	b, also := y.(*ir.Col)
	return ok && also && a.Name == b.Name
}
