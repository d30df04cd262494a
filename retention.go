package huntc

import (
	"context"
	"fmt"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// checkRetention warns when the hunt reads further back than the target keeps a table's events: what is older cannot be found, and a
// baseline whose history is cut short calls known things new.
func checkRetention(h *Hunt, q *ir.Query, o Options, r *Result) {
	if len(o.Env.Tables) == 0 && o.Env.Retention == 0 {
		return
	}
	told := map[string]bool{}
	q.EachPipeline(func(p *ir.Pipeline) {
		t, ok := p.From.(*ir.Table)
		if !ok || told[t.Name] {
			return
		}
		keep := o.Env.Tables[t.Name].Retention
		if keep == 0 {
			keep = o.Env.Retention
		}
		back, span := reach(t, p.Ops)
		if keep == 0 || back <= keep {
			return
		}
		told[t.Name] = true
		r.Diagnostics.Add(diag.Diagnostic{Code: "TIME-RETENTION", Severity: diag.Warning, Source: h.Query, Span: span, Target: r.Target.String(),
			Message: fmt.Sprintf("the hunt reads %s back to %s ago; the target keeps %s", t.Name, days(back), days(keep)),
			Why:     "Events that are older are not there: a history that is cut short calls known things new.",
			Hint:    "shorten the window, or keep the events longer"})
	})
}

// reach is how far back from run time the filters of a table's pipeline look, zero when no bound on its time can be computed.
func reach(t *ir.Table, ops []ir.Op) (back time.Duration, span diag.Span) {
	look := func(x ir.Expr) {
		if d, ok := ago(x); ok && d > back {
			back, span = d, x.Span()
		}
	}
	for _, o := range ops {
		f, ok := o.(*ir.Filter)
		if !ok {
			continue
		}
		for _, c := range ir.Conjuncts(f.Pred) {
			switch e := c.(type) {
			case *ir.Compare:
				if isTime(t, e.L) && (e.Op == ir.Gt || e.Op == ir.Ge) {
					look(e.R)
				}
			case *ir.Between:
				if isTime(t, e.X) {
					look(e.Lo)
				}
			}
		}
	}
	return back, span
}

func isTime(t *ir.Table, x ir.Expr) bool {
	c, ok := x.(*ir.Col)
	return ok && c.Name == t.Time
}

// ago evaluates an instant that depends on nothing but run time, as the time that it lies before it.
func ago(x ir.Expr) (time.Duration, bool) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Rows{Values: [][]ir.Value{{}}}, Ops: []ir.Op{&ir.Project{Cols: []ir.Named{{Name: "at", X: x}}}}}}
	out, err := eval.Run(context.Background(), q, &eval.Env{Now: ir.TicksOf(now)})
	if err != nil || len(out.Rows) != 1 || out.Rows[0][0].Type != ir.Datetime {
		return 0, false
	}
	ticks, ok := out.Rows[0][0].V.(int64)
	if !ok || !relative(x) {
		return 0, false
	}
	return now.Sub(ir.TimeOf(ticks)), true
}

// relative reports whether an expression counts from run time.
func relative(x ir.Expr) bool {
	found := false
	ir.Inspect(x, func(e ir.Expr) bool {
		switch e := e.(type) {
		case *ir.Now:
			found = true
		case *ir.Param:
			found = found || e.Default != nil && relative(e.Default)
		}
		return !found
	})
	return found
}

// days writes a duration in days where it is a whole number of them.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}
