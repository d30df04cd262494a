package huntc

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// checkTime looks at a hunt without any bound on time. A rule's queryPeriod is one: Microsoft Sentinel shows the query the events of
// that time only, whatever it asks for. Any other hunt reads all that the target keeps, and is warned about.
// https://learn.microsoft.com/azure/sentinel/scheduled-rules-overview#query-scheduling
func (h *Hunt) checkTime() {
	if timeBound(h.IR) {
		return
	}
	if r := h.Rule; r != nil && r.Period.Value > 0 {
		if bounded := mapQuery(h.IR, func(e ir.Expr) ir.Expr { return e }, r.Period.Value); timeBound(bounded) {
			h.IR = bounded
			h.Diags.Add(diag.Diagnostic{Code: "HUNT-PERIOD", Severity: diag.Note, Source: h.Source, Span: r.Period.Span,
				Message: fmt.Sprintf("the query has no bound on time: the rule's period of %s is its bound", r.Period.Text)})
			return
		}
	}
	h.Diags.Add(diag.Diagnostic{Code: "TIME-UNBOUNDED", Severity: diag.Warning, Source: h.Query,
		Span: h.IR.Root.From.Span(), Message: "the hunt has no bound on time",
		Hint: "--lookback 1d adds one"})
}

// timeBound says whether any filter compares a column of time.
func timeBound(q *ir.Query) bool {
	bound := false
	var walk func(p *ir.Pipeline)
	walk = func(p *ir.Pipeline) {
		for _, o := range p.Ops {
			if f, ok := o.(*ir.Filter); ok {
				ir.Inspect(f.Pred, func(e ir.Expr) bool {
					switch e.(type) {
					case *ir.Compare, *ir.Between:
						ir.Inspect(e, func(x ir.Expr) bool {
							c, isCol := x.(*ir.Col)
							bound = bound || isCol && c.T == ir.Datetime
							return true
						})
					}
					return true
				})
			}
			if j, ok := o.(*ir.Join); ok {
				walk(j.Right)
			}
		}
	}
	walk(q.Root)
	for _, b := range q.Bindings {
		walk(b.Pipe)
	}
	return bound
}

// checkColumns warns about metadata that names a column which the result does not have: the entity or detail stays empty.
func (h *Hunt) checkColumns() {
	if h.IR.Open {
		return
	}
	var names []string
	for _, c := range h.IR.Columns {
		names = append(names, c.Name)
	}
	for _, u := range h.ColumnUses() {
		if slices.Contains(names, u.Column) {
			continue
		}
		d := diag.Diagnostic{Code: "HUNT-COLUMN", Severity: diag.Warning, Source: h.Source, Span: u.Span,
			Message: fmt.Sprintf("the query's result has no column %s for %s", u.Column, u.For)}
		if n := diag.Nearest(u.Column, names); n != "" {
			d.Hint = "did you mean " + n + "?"
		}
		h.Diags.Add(d)
	}
}

// rowCount is the column of a result whose rows were counted for a rule's trigger.
const rowCount = "RowCount"

// triggerOps are the comparisons of triggers. Read-only.
var triggerOps = map[content.TriggerOp]ir.CmpOp{
	content.GreaterThan: ir.Gt, content.LessThan: ir.Lt, content.Equal: ir.Eq, content.NotEqual: ir.Ne,
}

// triggerWords say a comparison in a message. Read-only.
var triggerWords = map[content.TriggerOp]string{
	content.GreaterThan: "more than", content.LessThan: "fewer than", content.Equal: "exactly", content.NotEqual: "any number but",
}

// applyTrigger makes a rule that alerts on a number of rows a threshold on that number: the hunt finds one row, the number, when the
// rule alerts, and nothing when it does not. A trigger of any row asks for nothing more than the query does. Fewer rows than a
// limit, or none, can be an alert, so that the rows themselves cannot be the result.
func (h *Hunt) applyTrigger() {
	t := h.Trigger
	if t.AnyRow() {
		return
	}
	op, ok := triggerOps[t.Op]
	if !ok {
		return // the reader has said it
	}
	at := ir.At{S: h.IR.Root.From.Span()}
	count := &ir.Aggregate{At: at, Aggs: []ir.Agg{{At: at, Name: rowCount, Func: ir.Count, T: ir.Long}}}
	test := &ir.Filter{At: at, Pred: &ir.Compare{At: at, Op: op, L: &ir.Col{At: at, Name: rowCount, T: ir.Long},
		R: &ir.Lit{At: at, Value: ir.Value{Type: ir.Long, V: t.Threshold}}}}
	q := *h.IR
	root := *q.Root
	root.Ops = append(append([]ir.Op{}, root.Ops...), count, test)
	q.Root, q.Open, q.Columns = &root, false, []ir.Column{{Name: rowCount, Type: ir.Long}}
	h.IR = &q
	h.Diags.Add(diag.Diagnostic{Code: content.CodeTrigger, Severity: diag.Note, Source: h.Source, Span: t.Span,
		Message: fmt.Sprintf("the rule alerts when its query finds %s %s: the result is their number, %s", triggerWords[t.Op], rows(t.Threshold), rowCount),
		Hint:    "without the trigger (gt 0) the result is the rows"})
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
