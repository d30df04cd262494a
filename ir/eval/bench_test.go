package eval

import (
	"context"
	"fmt"
	"testing"

	"github.com/huntc/huntc/ir"
)

// BenchmarkMassDownloads runs the shape of a threshold hunt: filter, extend, summarize by user and bucket, filter.
func BenchmarkMassDownloads(b *testing.B) {
	cols := []ir.Column{{Name: "T", Type: ir.Datetime}, {Name: "Who", Type: ir.String}, {Name: "File", Type: ir.String}}
	data := &Table{Columns: cols}
	start := at(b, "2024-01-01").V.(int64)
	for i := range 10_000 {
		data.Rows = append(data.Rows, []ir.Value{{Type: ir.Datetime, V: start + int64(i)*ir.Second}, text(fmt.Sprint("user", i%17)),
			text(fmt.Sprintf("/sites/x/report-%d.zip", i))})
	}
	file := col("File", ir.String)
	ext := &ir.Access{X: call("parse_path", ir.Dynamic, file), Steps: []ir.Step{{Key: "Extension"}}}
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "E", Columns: cols}, Ops: []ir.Op{
		&ir.Extend{Cols: []ir.Named{{Name: "Ext", X: &ir.Cast{To: ir.String, X: ext}}}},
		&ir.Filter{Pred: match(ir.Term, ir.Fold, file, "report")},
		&ir.Aggregate{Keys: []ir.Named{{Name: "Who", X: col("Who", ir.String)}, {Name: "T", X: &ir.Bin{X: col("T", ir.Datetime), Width: span(5 * ir.Minute)}}},
			Aggs: []ir.Agg{{Name: "n", Func: ir.DCount, Args: []ir.Expr{file}}, {Name: "s", Func: ir.MakeSet, Args: []ir.Expr{file}}}},
		&ir.Filter{Pred: &ir.Compare{Op: ir.Gt, L: col("n", ir.Long), R: lit(long(10))}}}}}
	env := &Env{Tables: map[string]*Table{"E": data}}
	for b.Loop() {
		if _, err := Run(context.Background(), q, env); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data.Rows)*b.N)/b.Elapsed().Seconds(), "rows/s")
}
