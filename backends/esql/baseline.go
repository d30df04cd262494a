package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// baseline writes a Baseline as one aggregation over both windows: known counts history, recent counts the window under test. The
// anti-join's keys may be coarser than the report's, so known is spread over them afterwards. semantics of one pass: both sides read
// the same rows, and every key of the anti-join is a key of the report.
func (e *emitter) baseline(b *ir.Baseline) {
	recent, ok := lastAggregate(b.RecentOps)
	if !ok || !e.sides(b, recent) {
		e.r.Use(factNone, b, b.S, "this baseline")
		return
	}
	e.r.Use(factBaseline, b, b.S, "a baseline")
	for _, o := range b.RecentOps[:len(b.RecentOps)-1] {
		e.op(o, false)
	}
	time := ident(e.in.Tables[e.table()].TimeField)
	inHistory, inRecent := e.window(time, b.History), e.window(time, b.Recent)
	by := e.keys(recent.Keys)
	known, count := e.temp(), e.temp()
	aggs := []string{fmt.Sprintf("%s = COUNT(*) WHERE %s", known, inHistory), fmt.Sprintf("%s = COUNT(*) WHERE %s", count, inRecent)}
	for i := range recent.Aggs {
		g := &recent.Aggs[i]
		if text, ok := e.agg(g, inRecent, ir.Value{}, ""); ok {
			aggs = append(aggs, ident(g.Name)+" = "+text)
		}
	}
	e.stats(aggs, by)
	e.spread(b, recent, known, count)
}

func (e *emitter) table() string {
	if t, ok := e.in.Query.Root.From.(*ir.Table); ok {
		return t.Name
	}
	return ""
}

func lastAggregate(ops []ir.Op) (*ir.Aggregate, bool) {
	if len(ops) == 0 {
		return nil, false
	}
	a, ok := ops[len(ops)-1].(*ir.Aggregate)
	return a, ok
}

// sides checks what one pass needs: the history side is one aggregation without conditions of its own, the recent side only adds
// columns before its aggregation, and the keys mean the same on both.
func (e *emitter) sides(b *ir.Baseline, recent *ir.Aggregate) bool {
	history, ok := lastAggregate(b.HistoryOps)
	if !ok || e.in.Tables[e.table()] == nil {
		return false
	}
	for _, o := range slices.Concat(b.HistoryOps[:len(b.HistoryOps)-1], b.RecentOps[:len(b.RecentOps)-1]) {
		if _, ok := o.(*ir.Extend); !ok {
			return false
		}
	}
	for _, k := range b.On {
		l, r := ir.FindNamed(recent.Keys, k.Left), ir.FindNamed(history.Keys, k.Right)
		if l == nil || r == nil || ir.Text(l) != ir.Text(r) {
			return false
		}
	}
	return true
}

func (e *emitter) window(time string, w ir.Window) string {
	var parts []string
	if w.From != nil {
		parts = append(parts, time+map[bool]string{true: " >= ", false: " > "}[w.FromClosed]+e.expr(w.From, precAdd))
	}
	if w.To != nil {
		parts = append(parts, time+map[bool]string{true: " <= ", false: " < "}[w.ToClosed]+e.expr(w.To, precAdd))
	}
	return strings.Join(parts, " AND ")
}

// spread brings known to the anti-join's keys and keeps the recent groups whose keys have none.
func (e *emitter) spread(b *ir.Baseline, recent *ir.Aggregate, known, count string) {
	var on []string
	for _, k := range b.On {
		on = append(on, ident(k.Left))
	}
	if len(on) == len(recent.Keys) {
		e.line(fmt.Sprintf("WHERE %s == 0 AND %s > 0", known, count))
		return
	}
	if since, err := emit.ParseVersion(factSpread.Since); err == nil && !e.r.Version().Less(since) {
		e.r.Use(factSpread, b, b.S, "a baseline with coarser keys")
		e.line(fmt.Sprintf("INLINE STATS %s = SUM(%s) BY %s", known, known, strings.Join(on, ", ")))
		e.line(fmt.Sprintf("WHERE %s == 0 AND %s > 0", known, count))
		return
	}
	e.pack(b, recent, known, count, on)
}

// pack is the spread before INLINE STATS: the groups with recent events are packed into text, gathered per coarse key, and unpacked.
func (e *emitter) pack(b *ir.Baseline, recent *ir.Aggregate, known, count string, on []string) {
	e.r.Use(factPacked, b, b.S, "a baseline with coarser keys")
	packed := e.temp()
	var cells, pattern, restore []string
	add := func(name string, t ir.Type, multi bool) {
		n := ident(name)
		text := "COALESCE(" + n + ", \"\")"
		switch {
		case multi:
			text = "COALESCE(MV_CONCAT(" + n + ", \"\x1d\"), \"\")"
			restore = append(restore, fmt.Sprintf("%s = SPLIT(%s, \"\x1d\")", n, n))
		case t == ir.Datetime:
			text = "COALESCE(TO_STRING(" + n + "), \"\")"
			restore = append(restore, fmt.Sprintf("%s = TO_DATETIME(%s)", n, n))
		case t != ir.String:
			text = "COALESCE(TO_STRING(" + n + "), \"\")"
			restore = append(restore, fmt.Sprintf("%s = %s(%s)", n, map[bool]string{true: "TO_DOUBLE", false: "TO_LONG"}[t == ir.Real], n))
		}
		cells = append(cells, text)
		pattern = append(pattern, "%{"+name+"}")
	}
	for _, k := range recent.Keys {
		if !slices.Contains(on, ident(k.Name)) {
			add(k.Name, ir.TypeOf(k.X), false)
		}
	}
	for i := range recent.Aggs {
		if g := &recent.Aggs[i]; !e.nulls[g.Name] {
			add(g.Name, aggType(g), g.Func == ir.MakeSet)
		}
	}
	e.line(fmt.Sprintf("EVAL %s = CASE(%s > 0, CONCAT(%s), null)", packed, count, strings.Join(cells, ", "+quote(fieldSep)+", ")))
	e.line(fmt.Sprintf("STATS %s = SUM(%s), %s = VALUES(%s) BY %s", known, known, packed, packed, strings.Join(on, ", ")))
	e.line(fmt.Sprintf("WHERE %s == 0 AND %s IS NOT NULL", known, packed))
	e.line("MV_EXPAND " + packed)
	e.line("DISSECT " + packed + " " + quote(strings.Join(pattern, fieldSep)))
	if len(restore) > 0 {
		e.line("EVAL " + strings.Join(restore, ", "))
	}
}

func aggType(g *ir.Agg) ir.Type {
	switch {
	case g.T != ir.TypeUnset:
		return g.T
	case g.Func == ir.Count || g.Func == ir.DCount:
		return ir.Long
	case len(g.Args) > 0:
		return ir.TypeOf(g.Args[0])
	}
	return ir.String
}
