package kql

import (
	"testing"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// TestAggregatesOfSomeRowsAreWrittenOrRefused: KQL has countif, but no arg_max of the rows that meet a condition; leaving the condition
// out would be another question.
func TestAggregatesOfSomeRowsAreWrittenOrRefused(t *testing.T) {
	x, when := &ir.Col{Name: "x", T: ir.Long}, &ir.Compare{Op: ir.Gt, L: &ir.Col{Name: "y", T: ir.Long}, R: &ir.Lit{Value: ir.Value{Type: ir.Long, V: int64(1)}}}
	for f, written := range map[ir.AggFunc]bool{ir.Count: true, ir.Sum: true, ir.ArgMax: false, ir.ArgMin: false, ir.AnyRow: false, ir.AnyAll: false} {
		args := []ir.Expr{x, x}
		if f != ir.ArgMax && f != ir.ArgMin {
			args = args[:1]
		}
		q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: []ir.Op{&ir.Aggregate{Aggs: []ir.Agg{{Name: "n", Func: f, Args: args, If: when}}}}},
			Columns: []ir.Column{{Name: "n", Type: ir.Long}}}
		out, rep := Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "kql"}, Source: &diag.Source{}})
		if (out != nil) != written {
			t.Errorf("%s of some rows: %v %v", f, out, rep.Diags)
		}
	}
}
