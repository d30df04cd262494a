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
	if !e.onePass(b) {
		e.r.Use(factNone, b, b.S, "this baseline")
		return
	}
	recent, _ := sideOf(b.RecentOps)
	history, _ := sideOf(b.HistoryOps)
	e.r.Use(factBaseline, b, b.S, "a baseline")
	for _, o := range recent.adds {
		e.op(o, false)
	}
	time := ident(e.in.Tables[e.table()].TimeField)
	inHistory, inRecent := e.counted(time, b.History, history), e.counted(time, b.Recent, recent)
	by := e.keys(recent.agg.Keys)
	known, count := e.temp(), e.temp()
	aggs := []string{fmt.Sprintf("%s = COUNT(*) WHERE %s", known, inHistory), fmt.Sprintf("%s = COUNT(*) WHERE %s", count, inRecent)}
	for i := range recent.agg.Aggs {
		g := &recent.agg.Aggs[i]
		if text, ok := e.agg(g, inRecent, ir.Value{}, ""); ok {
			aggs = append(aggs, ident(g.Name)+" = "+text)
		}
	}
	e.stats(aggs, by)
	e.spread(b, recent.agg, known, count)
	for _, o := range recent.fills {
		e.op(o, false)
	}
}

// onePass reports whether a baseline can be written as one aggregation.
func (e *emitter) onePass(b *ir.Baseline) bool {
	recent, rok := sideOf(b.RecentOps)
	history, hok := sideOf(b.HistoryOps)
	return rok && hok && e.sides(b, recent, history)
}

// baselines writes a baseline that one pass cannot say as the two sides that it is made of, where the target has tests against another
// query.
func (e *emitter) baselines(p *ir.Pipeline) *ir.Pipeline {
	old := e.pipe
	e.pipe = p
	defer func() { e.pipe = old }()
	for _, o := range p.Ops {
		b, ok := o.(*ir.Baseline)
		if !ok {
			continue
		}
		if e.since(factInQuery) && !e.onePass(b) {
			return ir.Desugar(&ir.Query{Root: p}).Root
		}
	}
	return p
}

// since reports whether the target's version has what a fact needs.
func (e *emitter) since(f *emit.Fact) bool {
	v, err := emit.ParseVersion(f.Since)
	return err == nil && !e.r.Version().Less(v)
}

func (e *emitter) table() string {
	if t, ok := e.pipe.From.(*ir.Table); ok {
		return t.Name
	}
	return ""
}

// side is one side of a baseline: columns that it adds or conditions that it has, one aggregation, and keys that are filled behind it.
type side struct {
	adds  []ir.Op
	tests []ir.Expr
	agg   *ir.Aggregate
	fills []ir.Op
}

func sideOf(ops []ir.Op) (side, bool) {
	var s side
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Aggregate:
			if s.agg != nil {
				return s, false
			}
			s.agg = o
		case *ir.Extend:
			switch {
			case s.agg == nil:
				s.adds = append(s.adds, o)
			case slices.ContainsFunc(o.Cols, func(n ir.Named) bool { return !fillsItself(n) }):
				return s, false
			default:
				s.fills = append(s.fills, o)
			}
		case *ir.Filter:
			if s.agg != nil {
				return s, false
			}
			s.tests = append(s.tests, ir.Conjuncts(o.Pred)...)
		default:
			return s, false
		}
	}
	return s, s.agg != nil
}

func fillsItself(n ir.Named) bool {
	f, ok := n.X.(*ir.Fill)
	if !ok {
		return false
	}
	c, ok := f.X.(*ir.Col)
	return ok && c.Name == n.Name
}

// filled is what stands for an absent key behind the aggregation, "" for nothing.
func (s side) filled(key string) string {
	for _, o := range s.fills {
		if x := ir.FindNamed(o.(*ir.Extend).Cols, key); x != nil {
			return x.(*ir.Fill).With.String()
		}
	}
	return ""
}

// sides checks what one pass needs: the keys mean the same on both sides and are filled alike, and before the aggregations either the
// recent side adds columns or the sides have conditions of their own, which then read the same fields.
func (e *emitter) sides(b *ir.Baseline, recent, history side) bool {
	if e.in.Tables[e.table()] == nil || len(recent.adds)+len(history.adds) > 0 && len(recent.tests)+len(history.tests) > 0 {
		return false
	}
	for _, k := range b.On {
		l, r := ir.FindNamed(recent.agg.Keys, k.Left), ir.FindNamed(history.agg.Keys, k.Right)
		if l == nil || r == nil || ir.Text(l) != ir.Text(r) || recent.filled(k.Left) != history.filled(k.Right) {
			return false
		}
	}
	return true
}

// counted is the condition for a row to count on one side: its window, and the conditions of its own.
func (e *emitter) counted(time string, w ir.Window, s side) string {
	parts := []string{e.window(time, w)}
	for _, x := range s.tests {
		e.r.Use(factWhere, x, x.Span(), "where")
		parts = append(parts, e.expr(x, precAnd+1))
	}
	return strings.Join(parts, " AND ")
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
	if e.since(factSpread) {
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
