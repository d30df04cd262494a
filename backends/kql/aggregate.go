package kql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

func (e *emitter) aggregate(a *ir.Aggregate) string {
	if len(a.Aggs) == 0 {
		if !slices.ContainsFunc(a.Keys, func(n ir.Named) bool { c, ok := n.X.(*ir.Col); return !ok || c.Name != n.Name }) {
			return "distinct " + e.named(a.Keys)
		}
		return "summarize by " + e.keys(a.Keys)
	}
	for i := range a.Aggs {
		if g := &a.Aggs[i]; g.If != nil && aggNames[g.Func].conditional == "" {
			e.r.Use(factRefused, g, g.S, string(g.Func)+" of some rows")
			return ""
		}
	}
	var parts []string
	for i := 0; i < len(a.Aggs); i++ {
		g := &a.Aggs[i]
		switch g.Func {
		case ir.ArgMax, ir.ArgMin:
			text, n := e.argExtreme(a.Aggs[i:])
			parts = append(parts, text)
			i += n - 1
			continue
		case ir.AnyRow, ir.AnyAll:
			text, n := e.anyRow(a.Aggs[i:])
			parts = append(parts, text)
			i += n - 1
			continue
		}
		parts = append(parts, name(g.Name)+" = "+e.agg(g))
	}
	s := "summarize " + strings.Join(parts, ", ")
	if len(a.Keys) > 0 {
		s += " by " + e.keys(a.Keys)
	}
	return s
}

// argExtreme writes one call for the columns that come from the row of one extreme, and says how many it took: separate calls could
// take different rows. The extreme itself is the aggregate whose two arguments are the same; it starts a call.
func (e *emitter) argExtreme(aggs []ir.Agg) (string, int) {
	first := &aggs[0]
	by := ir.Text(first.Args[0])
	names, args := []string{"_" + string(first.Func)}, []string{e.expr(first.Args[0], precOr)}
	all := map[ir.AggFunc]ir.AggFunc{ir.ArgMax: ir.ArgMaxAll, ir.ArgMin: ir.ArgMinAll}[first.Func]
	n, star := 0, false
	for ; n < len(aggs) && !star; n++ {
		g := &aggs[n]
		if g.Func == all && ir.Text(g.Args[0]) == by {
			args, star = append(args, "*"), true
			continue
		}
		if g.Func != first.Func || len(g.Args) != 2 || ir.Text(g.Args[0]) != by {
			break
		}
		if ir.Text(g.Args[1]) == by {
			if n > 0 {
				break
			}
			names[0] = name(g.Name)
			continue
		}
		names, args = append(names, name(g.Name)), append(args, e.expr(g.Args[1], precOr))
	}
	return fmt.Sprintf("(%s) = %s(%s)", strings.Join(names, ", "), first.Func, strings.Join(args, ", ")), max(n, 1)
}

// anyRow writes one call for values that come from one row.
func (e *emitter) anyRow(aggs []ir.Agg) (string, int) {
	var names, args []string
	n := 0
	for ; n < len(aggs); n++ {
		g := &aggs[n]
		if g.Func == ir.AnyAll {
			n++
			args = append(args, "*")
			break
		}
		if g.Func != ir.AnyRow {
			break
		}
		names, args = append(names, name(g.Name)), append(args, e.expr(g.Args[0], precOr))
	}
	call := "take_any(" + strings.Join(args, ", ") + ")"
	switch {
	case len(args) == 1 && len(names) == 1:
		return names[0] + " = " + call, n
	case len(names) == 0:
		return call, n
	}
	return "(" + strings.Join(names, ", ") + ") = " + call, n
}

func (e *emitter) agg(g *ir.Agg) string {
	n, ok := aggNames[g.Func]
	if !ok {
		e.r.Use(factRefused, g, g.S, string(g.Func))
		return ""
	}
	var args []string
	for _, x := range g.Args {
		args = append(args, e.expr(x, precOr))
	}
	if g.Func == ir.DCount && g.Exact {
		n = exactCount
	}
	fn := n.plain
	if g.If != nil {
		if n.conditional == "" {
			e.r.Use(factRefused, g, g.S, n.plain+" of some rows")
			return ""
		}
		fn = n.conditional
		args = append(args, e.expr(g.If, precOr))
	}
	if g.Accuracy != "" {
		args = append(args, g.Accuracy)
	}
	if g.Cap != 0 {
		args = append(args, strconv.FormatInt(g.Cap, 10))
	}
	return fn + "(" + strings.Join(args, ", ") + ")"
}
