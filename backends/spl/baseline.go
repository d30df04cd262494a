package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// side is one side of a baseline, taken apart: row-wise steps, then at most one aggregation, then what follows it.
type side struct {
	rows    []ir.Op
	agg     *ir.Aggregate
	pred    ir.Expr // of a Threshold
	after   []ir.Op
	filters []ir.Expr
}

func sideOf(ops []ir.Op) (*side, bool) {
	s := &side{}
	for i, o := range ops {
		switch o := o.(type) {
		case *ir.Filter:
			s.filters = append(s.filters, ir.Conjuncts(o.Pred)...)
		case *ir.Extend, *ir.Project:
			s.rows = append(s.rows, o)
		case *ir.Aggregate:
			s.agg, s.after = o, ops[i+1:]
			return s, true
		case *ir.Threshold:
			s.agg, s.pred, s.after = o.Agg, o.Pred, ops[i+1:]
			return s, true
		default:
			return nil, false
		}
	}
	return s, true
}

func namedOf(o ir.Op) []ir.Named {
	switch o := o.(type) {
	case *ir.Extend:
		return o.Cols
	case *ir.Project:
		return o.Cols
	}
	return nil
}

// baseline reads both windows once: stats by the recent side's keys counts history and recent rows, eventstats spreads the history
// count over the join's keys where those are fewer, and where keeps the groups without history. It is right because both sides build
// the join's keys alike from the same rows (semantics.md 5).
func (e *emitter) baseline(b *ir.Baseline) {
	recent, ok := sideOf(b.RecentOps)
	history, ok2 := sideOf(b.HistoryOps)
	if !ok || !ok2 || recent.agg == nil || history.pred != nil || len(history.after) > 0 ||
		history.agg != nil && len(history.agg.Aggs) > 0 && len(history.agg.Keys) == 0 {
		e.useOp(e.f.baselineShape, b)
		return
	}
	whole := keysWithin(recent.agg.Keys, b.On)
	if whole && !e.useOp(e.f.baselineWhole, b) || !whole && !e.useOp(e.f.baseline, b) {
		return
	}
	e.timeColumn[b.Time] = true
	defer delete(e.timeColumn, b.Time)
	if !e.rowSteps(b, recent, history) {
		e.useOp(e.f.baselineShape, b)
		return
	}
	on, ok := e.joinKeys(b, recent, history)
	if !ok {
		e.useOp(e.f.baselineShape, b)
		return
	}
	rec, known := e.temp("recent"), e.temp("known")
	seen := known
	e.line("eval %s=if(%s,1,0),\n    %s=if(%s,1,0)", rec, e.inWindow(b.Recent, recent.filters), known, e.inWindow(b.History, history.filters))
	e.line("where %s==1 OR %s==1", rec, known)
	e.aggregate(recent.agg, rec, statsCall{"sum(" + rec + ")", rec}, statsCall{"sum(" + known + ")", known})
	if !whole {
		seen = e.spreadKnown(b, on, known)
	}
	e.line("where %s==0 AND %s>0", seen, rec)
	if recent.pred != nil {
		e.decodeIn(recent.pred)
		e.where(ir.Conjuncts(recent.pred))
	}
	e.ops(recent.after)
}

// keysWithin reports whether every key of the report is compared.
func keysWithin(keys []ir.Named, on []ir.JoinKey) bool {
	return !slices.ContainsFunc(keys, func(k ir.Named) bool {
		return !slices.ContainsFunc(on, func(j ir.JoinKey) bool { return j.Left == k.Name })
	})
}

// spreadKnown adds up the history count over the join's keys, in a column of its own: where eventstats gives up, rows lack it and are
// dropped, which is the declared drift.
func (e *emitter) spreadKnown(b *ir.Baseline, on []string, known string) string {
	names := make([]string, len(on))
	for i, n := range on {
		names[i] = e.listName(n, b)
	}
	by := ""
	if len(names) > 0 {
		by = " BY " + strings.Join(names, " ")
	}
	seen := e.temp("seen")
	e.line("eventstats sum(%s) AS %s%s", known, seen, by)
	return seen
}

// rowSteps writes the columns of both sides; a name that both make must mean the same.
func (e *emitter) rowSteps(b *ir.Baseline, recent, history *side) bool {
	made := map[string]string{}
	later := []ir.Op{recent.agg, &ir.Filter{Pred: ir.AndOf(append(append([]ir.Expr{}, recent.filters...), history.filters...))}}
	bags := e.onlyBagged(recent)
	for _, o := range recent.rows {
		var cols []ir.Named
		for _, c := range namedOf(o) {
			if bags[c.Name] {
				e.elided = append(e.elided, c.Name+": only make_bag reads it, which has no form in SPL")
				continue
			}
			made[c.Name] = e.value(c.X).s
			cols = append(cols, c)
		}
		e.assign(o, cols, later)
	}
	for _, o := range history.rows {
		var fresh []ir.Named
		for _, c := range namedOf(o) {
			v := e.value(c.X).s
			old, ok := made[c.Name]
			if ok && old != v {
				return false
			}
			if !ok {
				fresh = append(fresh, c)
			}
		}
		e.assign(o, fresh, later)
	}
	return true
}

// joinKeys are the recent side's key names for the join, when both sides build them alike.
func (e *emitter) joinKeys(b *ir.Baseline, recent, history *side) ([]string, bool) {
	var names []string
	for _, k := range b.On {
		l := keyNamed(recent.agg.Keys, k.Left)
		if l == nil {
			return nil, false
		}
		r := ir.Expr(&ir.Col{Name: k.Right})
		if history.agg != nil {
			n := keyNamed(history.agg.Keys, k.Right)
			if n == nil {
				return nil, false
			}
			r = n.X
		}
		if e.value(unfilled(l.X)).s != e.value(unfilled(r)).s {
			return nil, false
		}
		names = append(names, k.Left)
	}
	return names, true
}

func keyNamed(ns []ir.Named, name string) *ir.Named {
	for i := range ns {
		if ns[i].Name == name {
			return &ns[i]
		}
	}
	return nil
}

func unfilled(x ir.Expr) ir.Expr {
	if f, ok := x.(*ir.Fill); ok {
		return f.X
	}
	return x
}

// inWindow is the condition for a row to count on one side.
func (e *emitter) inWindow(w ir.Window, filters []ir.Expr) string {
	var parts []string
	bound := func(x ir.Expr, closed bool, op string) {
		if x == nil {
			return
		}
		if closed {
			op += "="
		}
		parts = append(parts, e.timeField+op+e.value(x).at(precAdd))
	}
	bound(w.From, w.FromClosed, ">")
	bound(w.To, w.ToClosed, "<")
	for _, f := range filters {
		t := e.pred(f)
		if t.prec == precOr {
			t = atom("(" + t.s + ")")
		}
		parts = append(parts, t.s)
	}
	if len(parts) == 0 {
		return "1==1"
	}
	return strings.Join(parts, " AND ")
}

// onlyBagged are the columns of a side that nothing but make_bag reads.
func (e *emitter) onlyBagged(s *side) map[string]bool {
	bagged, read := map[string]bool{}, map[string]bool{}
	for i := range s.agg.Aggs {
		a := &s.agg.Aggs[i]
		into := read
		if a.Func == ir.MakeBag && a.If == nil {
			into = bagged
		}
		for _, x := range append(a.Args[:len(a.Args):len(a.Args)], a.If) {
			if x != nil {
				ir.Uses(x, into)
			}
		}
	}
	for _, k := range s.agg.Keys {
		ir.Uses(k.X, read)
	}
	for _, f := range s.filters {
		ir.Uses(f, read)
	}
	for _, o := range s.rows {
		for _, c := range namedOf(o) {
			ir.Uses(c.X, read)
		}
	}
	for n := range read {
		delete(bagged, n)
	}
	return bagged
}
