package mutate

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// opAlternatives lists what may stand in the place of an op.
func opAlternatives(o ir.Op) []alternative {
	var out []alternative
	add := func(name string, ops ...ir.Op) { out = append(out, alternative{name, o.Span(), ops}) }
	switch o := o.(type) {
	case *ir.Filter:
		if len(ir.Conjuncts(o.Pred)) == 1 {
			add("without filter " + short(o.Pred))
		}
	case *ir.Aggregate:
		for name, a := range aggregates(o) {
			add(name, a)
		}
	case *ir.Threshold:
		add("without the threshold "+short(o.Pred), o.Agg)
		for name, a := range aggregates(o.Agg) {
			c := *o
			c.Agg = a
			add(name, &c)
		}
	case *ir.Baseline:
		for name, b := range baselines(o) {
			add(name, b)
		}
	case *ir.Join:
		for _, k := range joins(o.Kind) {
			c := *o
			c.Kind = k
			add(fmt.Sprintf("join %s as %s", o.Kind, k), &c)
		}
	case *ir.Sort:
		for i := range o.Keys {
			c := *o
			c.Keys = slices.Clone(o.Keys)
			c.Keys[i].Desc = !c.Keys[i].Desc
			add(fmt.Sprintf("sort by %s turned", short(o.Keys[i].X)), &c)
		}
	case *ir.Limit:
		c := *o
		c.N = o.N + 1
		add("limit + 1", &c)
	case *ir.Expand:
		if len(o.Elements) > 1 {
			c := *o
			c.Elements = o.Elements[1:]
			add("mv-expand without the first element", &c)
			d := *o
			d.Elements = o.Elements[:len(o.Elements)-1]
			add("mv-expand without the last element", &d)
			e := *o
			e.Elements = o.Elements[:1]
			add("mv-expand with one element", &e)
		}
	}
	slices.SortFunc(out, func(a, b alternative) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return out
}

// aggregates lists wrong forms of an aggregation: a key that does not group, another function.
func aggregates(a *ir.Aggregate) map[string]*ir.Aggregate {
	out := map[string]*ir.Aggregate{}
	for i, k := range a.Keys {
		if _, same := k.X.(*ir.Lit); same {
			continue // the same for all rows: it groups nothing
		}
		c := *a
		c.Keys = slices.Delete(slices.Clone(a.Keys), i, i+1)
		c.Aggs = append(slices.Clone(a.Aggs), ir.Agg{At: a.At, Name: k.Name, Func: ir.TakeAny, Args: []ir.Expr{k.X}, T: ir.TypeOf(k.X)})
		out["key "+k.Name+" dropped"] = &c
	}
	for i, g := range a.Aggs {
		for _, f := range functions(g) {
			c := *a
			c.Aggs = slices.Clone(a.Aggs)
			c.Aggs[i].Func, c.Aggs[i].Args = f.name, f.args
			if f.dropIf {
				c.Aggs[i].If = nil
			}
			out[fmt.Sprintf("%s = %s as %s", g.Name, g.Func, f.what)] = &c
		}
	}
	return out
}

type function struct {
	name   ir.AggFunc
	args   []ir.Expr
	what   string
	dropIf bool
}

func functions(g ir.Agg) []function {
	var out []function
	swap := map[ir.AggFunc]ir.AggFunc{ir.Min: ir.Max, ir.Max: ir.Min, ir.ArgMax: ir.ArgMin, ir.ArgMin: ir.ArgMax, ir.Sum: ir.Max, ir.Avg: ir.Max}
	if to, ok := swap[g.Func]; ok {
		out = append(out, function{name: to, args: g.Args, what: string(to)})
	}
	if g.Func == ir.DCount {
		out = append(out, function{name: ir.Count, what: "count"})
	}
	if g.If != nil {
		out = append(out, function{name: g.Func, args: g.Args, what: "the same without its condition", dropIf: true})
	}
	return out
}

func baselines(b *ir.Baseline) map[string]*ir.Baseline {
	out := map[string]*ir.Baseline{}
	turn := func(name string, f func(c *ir.Baseline)) {
		c := *b
		f(&c)
		out[name] = &c
	}
	if b.Recent.From != nil {
		turn("recent window: lower end turned", func(c *ir.Baseline) { c.Recent.FromClosed = !c.Recent.FromClosed })
		turn("recent window: without its lower end", func(c *ir.Baseline) { c.Recent.From = nil })
	}
	if b.Recent.To != nil {
		turn("recent window: upper end turned", func(c *ir.Baseline) { c.Recent.ToClosed = !c.Recent.ToClosed })
		turn("recent window: without its upper end", func(c *ir.Baseline) { c.Recent.To = nil })
	}
	if b.History.From != nil {
		turn("history window: lower end turned", func(c *ir.Baseline) { c.History.FromClosed = !c.History.FromClosed })
		turn("history window: without its lower end", func(c *ir.Baseline) { c.History.From = nil })
	}
	if b.History.To != nil {
		turn("history window: upper end turned", func(c *ir.Baseline) { c.History.ToClosed = !c.History.ToClosed })
		turn("history window: without its upper end", func(c *ir.Baseline) { c.History.To = nil })
	}
	for i, k := range b.On {
		if len(b.On) > 1 {
			turn("baseline key "+k.Left+" dropped", func(c *ir.Baseline) { c.On = slices.Delete(slices.Clone(b.On), i, i+1) })
		}
	}
	turn("baseline without history", func(c *ir.Baseline) {
		c.HistoryOps = append([]ir.Op{&ir.Limit{At: b.At, N: 0}}, b.HistoryOps...)
	})
	return out
}

func joins(k ir.JoinKind) []ir.JoinKind {
	switch k {
	case ir.LeftAnti:
		return []ir.JoinKind{ir.LeftSemi}
	case ir.LeftSemi:
		return []ir.JoinKind{ir.LeftAnti}
	case ir.RightAnti:
		return []ir.JoinKind{ir.RightSemi}
	case ir.RightSemi:
		return []ir.JoinKind{ir.RightAnti}
	case ir.Inner:
		return []ir.JoinKind{ir.LeftOuter}
	case ir.InnerUnique:
		return []ir.JoinKind{ir.Inner, ir.LeftOuter}
	case ir.LeftOuter:
		return []ir.JoinKind{ir.Inner}
	}
	return nil
}
