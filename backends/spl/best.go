package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// best writes arg_max and arg_min: the rows are sorted, and first() or last() takes the value of the first row in that order, which
// they do by the order in which stats sees the events. Every value has a mark where it is absent, so that all columns come from one row.
func (g *aggregator) best(a *ir.Agg) {
	e := g.e
	use := func(f *facts) { e.rep.Use(f.argBest, a, a.Span(), a.Name+" = "+string(a.Func)) }
	if len(a.Args) != 2 || !ordered(ir.TypeOf(a.Args[0])) || e.multi(a.Args[1]) {
		e.rep.Use(e.f.argExtreme, a, a.Span(), a.Name+" = "+string(a.Func))
		return
	}
	e.decodeIn(a.Args...)
	by := e.value(a.Args[0]).s
	if g.sorted != "" && g.sorted != by {
		e.rep.Use(e.f.argTwice, a, a.Span(), a.Name+" = "+string(a.Func))
		return
	}
	use(e.f)
	if g.sorted == "" {
		name, plain := plainArg(a.Args[0])
		if !plain {
			name = e.temp("v")
			e.eval(name, by)
		}
		e.line("sort 0 %snum(%s)", g.direction(), e.listName(name, g.op))
		g.sorted = by
	}
	if a.Func == ir.ArgMin && g.direction() == "-" {
		g.marked(a, "last", a.Args[1], by)
		return
	}
	g.marked(a, "first", a.Args[1], "") // rows without the value are the last ones, and count where all are
}

// direction sorts the largest first, unless only the smallest is asked for.
func (g *aggregator) direction() string {
	if slices.ContainsFunc(g.aggs, func(a ir.Agg) bool { return a.Func == ir.ArgMax }) {
		return "-"
	}
	return ""
}

// ordered reports whether sort num() orders values of a type.
func ordered(t ir.Type) bool {
	return t == ir.Int || t == ir.Long || t == ir.Real || t == ir.Datetime || t == ir.Timespan
}

// marked takes a value of a row with first() or last(), which pass over absent values: a text gets a mark, and a word takes the place of
// other absent values until stats has run. Rows that lack than, when it is not "", count only where all of a group do.
func (g *aggregator) marked(a *ir.Agg, call string, x ir.Expr, than string) {
	e := g.e
	isText := ir.TypeOf(x) == ir.String
	if f, ok := x.(*ir.Fill); ok && isText && f.With.V == "" {
		x = f.X
	}
	v, after := e.value(x), ""
	name := e.target(a.Name, g.op)
	switch {
	case sure(x) && !isText:
	case isText:
		v, after = text{`"` + mark + `".coalesce(` + v.s + `,"")`, precAdd}, decoded(name)
	default:
		v, after = atom("coalesce("+v.s+`,"`+emptyWord+`")`), "if("+name+`=="`+emptyWord+`",null(),`+name+")"
	}
	if cond := g.condition(a); cond != "" {
		v = atom("if(" + cond + "," + v.s + ",null())")
	}
	arg := g.temp
	if field, plain := plainArg(x); plain && v.s == e.value(x).s && !g.hidden[field] {
		arg = func(string) string { return e.listName(field, g.op) }
	}
	if than == "" || sure(a.Args[0]) {
		g.call(a, call+"("+arg(v.s)+")")
	} else {
		any := e.temp("v")
		e.eval(any, v.s) // a field of its own: stats takes no call twice
		g.call(a, call+"("+g.temp("if(isnotnull("+than+"),"+v.s+",null())")+")")
		g.calls = append(g.calls, statsCall{"first(" + any + ")", any})
		g.after = append(g.after, name+"=coalesce("+name+","+any+")")
	}
	if after != "" {
		g.after = append(g.after, name+"="+after)
	}
}

// deviation writes the statistics of numbers. One number has none for SPL's pages, and 0 for the source.
func (g *aggregator) deviation(a *ir.Agg) {
	e := g.e
	name := map[ir.AggFunc]string{ir.Stdev: "stdev", ir.StdevP: "stdevp", ir.Variance: "var", ir.VarianceP: "varp"}[a.Func]
	if t := ir.TypeOf(a.Args[0]); !t.Numeric() && t != ir.Timespan {
		e.rep.Use(e.f.aggRefused, a, a.Span(), a.Name+" = "+string(a.Func))
		return
	}
	e.rep.Use(e.f.deviation, a, a.Span(), a.Name+" = "+string(a.Func))
	arg := g.arg(a, false)
	n := g.counted(arg)
	g.call(a, name+"("+arg+")")
	target := e.target(a.Name, g.op)
	g.after = append(g.after, target+"=if("+n+"<2,0,"+target+")")
}

// counted is the number of values of an argument, in a column of its own.
func (g *aggregator) counted(arg string) string {
	call := "count(" + arg + ")"
	if inner, ok := strings.CutPrefix(arg, "eval("); ok {
		call = "count(eval(isnotnull(" + inner + "))"
	}
	if name, ok := g.byCall[call]; ok {
		return g.e.target(name, g.op)
	}
	n := g.e.temp("n")
	g.byCall[call] = n
	g.calls = append(g.calls, statsCall{call, n})
	return n
}

// belowRank is taken off a percentage: no page tells which value is taken where the percentage of their number is whole, and a little
// below it every reading of the nearest rank is the value of that rank, as for the source.
const belowRank = 1e-7

// percentile writes the nearest rank, which is the method of Splunk's default setting. The functions take 1 to 99 per cent.
func (g *aggregator) percentile(a *ir.Agg) {
	e := g.e
	var percent float64
	known := false
	if len(a.Args) == 2 {
		if l, ok := a.Args[1].(*ir.Lit); ok {
			switch n := l.Value.V.(type) {
			case int64:
				percent, known = float64(n), l.Value.Type.Numeric()
			case float64:
				percent, known = n, true
			}
		}
	}
	if t := ir.TypeOf(a.Args[0]); !known || percent <= 1 || percent > 99 || !ordered(t) {
		e.rep.Use(e.f.aggRefused, a, a.Span(), a.Name+" = "+string(a.Func))
		return
	}
	e.rep.Use(e.f.percentile, a, a.Span(), a.Name+" = "+string(a.Func))
	g.call(a, "exactperc"+strconv.FormatFloat(percent-belowRank, 'f', 7, 64)+"("+g.arg(a, false)+")")
}
