package esql

import (
	"maps"

	"github.com/huntc/huntc/ir"
)

// decode says how a column is read back. ES|QL gives a list of one value as that value and an empty one as null, so that the reader
// must be told which columns are lists.
func (e *emitter) decode(c ir.Column, lists map[string]bool) string {
	switch {
	case c.Type == ir.Datetime:
		return "ISO 8601 text in UTC"
	case c.Type == ir.Timespan:
		return "milliseconds"
	case c.Type == ir.Dynamic && lists[c.Name] && !e.nulls[c.Name]:
		return "a list; one element comes as a scalar, none as null"
	case c.Type == ir.Dynamic && !e.nulls[c.Name]:
		return "a value or a list; a list of one comes as a scalar"
	}
	return ""
}

// listColumns finds the result columns that aggregates collected.
func listColumns(p *ir.Pipeline) map[string]bool {
	lists := map[string]bool{}
	if u, ok := p.From.(*ir.Union); ok {
		lists = listsOf(u.Inputs)
	}
	return listsAfter(p.Ops, lists)
}

// listsOf finds what is a list in one of several pipelines.
func listsOf(ps []*ir.Pipeline) map[string]bool {
	lists := map[string]bool{}
	for _, p := range ps {
		for name, is := range listColumns(p) {
			lists[name] = lists[name] || is
		}
	}
	return lists
}

func listsAfter(ops []ir.Op, lists map[string]bool) map[string]bool {
	aggregate := func(a *ir.Aggregate) {
		clear(lists)
		for _, g := range a.Aggs {
			lists[g.Name] = g.Func == ir.MakeSet || g.Func == ir.MakeList
		}
	}
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Aggregate:
			aggregate(o)
		case *ir.Threshold:
			aggregate(o.Agg)
		case *ir.Baseline:
			maps.Copy(lists, listsAfter(o.RecentOps, map[string]bool{}))
		case *ir.Append:
			for name, is := range listsOf(o.Inputs) {
				lists[name] = lists[name] || is
			}
		case *ir.Join:
			for name, is := range listColumns(o.Right) {
				if to, ok := o.RightNames[name]; ok {
					name = to
				}
				lists[name] = lists[name] || is
			}
		case *ir.Expand:
			delete(lists, o.Name)
		case *ir.Extend:
			maps.Copy(lists, carried(o.Cols, lists))
		case *ir.Project:
			lists = carried(o.Cols, lists)
		}
	}
	return lists
}

func carried(cols []ir.Named, lists map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, n := range cols {
		c, ok := n.X.(*ir.Col)
		_, split := splitCall(n.X)
		out[n.Name] = ok && lists[c.Name] || split
	}
	return out
}
