package huntc_test

import (
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/rules"
)

// TestKQLIsAcceptedByMicrosoft gives every KQL text, of all cases and hunts for both products, to Microsoft's parser and binder, with the
// products' schemas as symbols: no diagnostics, not even warnings.
func TestKQLIsAcceptedByMicrosoft(t *testing.T) {
	checker := pool.Checker(t, engines.Kusto)
	c := newCompiler(t)
	list := casesAndHunts(t, c)
	n := 0
	for product, timeColumn := range map[string]string{huntc.Sentinel: "TimeGenerated", huntc.Defender: "Timestamp"} {
		target, known := parseTarget(t, "kql@"+product), symbols(t, timeColumn)
		n += eachOutput(t, c, list, target, func(name string, h *huntc.Hunt, r *huntc.Result) {
			v, err := checker.Check(t.Context(), r.Output.Text, named(h.IR, known))
			if err != nil {
				t.Fatal(err)
			}
			if !v.OK {
				t.Errorf("%s for %s: %s\n%s", name, target, v.Error, r.Output.Text)
			}
		})
	}
	if n < 40 {
		t.Errorf("only %d texts were there to check", n)
	}
	t.Logf("%d texts accepted", n)
}

// symbols are the tables of both products, all with one product's time column.
func symbols(t *testing.T, timeColumn string) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, product := range []string{huntc.Sentinel, huntc.Defender} {
		tables, err := rules.LoadSchemas(rules.FS, product)
		if err != nil {
			t.Fatal(err)
		}
		for name, table := range tables {
			columns := map[string]string{timeColumn: "datetime"}
			for _, col := range table.Columns {
				columns[col.Name] = col.Type
			}
			out[name] = columns
		}
	}
	return out
}

// named picks the tables that a query names. One that no schema knows has the columns that the query reads, with the types that their use
// asks for.
func named(q *ir.Query, known map[string]map[string]string) map[string]map[string]string {
	columns, out := map[string]string{}, map[string]map[string]string{}
	visit := func(x ir.Expr) ir.Expr {
		if col, ok := x.(*ir.Col); ok {
			columns[col.Name] = col.T.String()
		}
		return x
	}
	q, _ = ir.TypeColumns(q)
	q.EachPipeline(func(p *ir.Pipeline) { ir.MapOps(p.Ops, func(x ir.Expr) ir.Expr { return ir.MapExpr(x, visit) }) })
	for _, table := range q.Tables() {
		out[table.Name] = known[table.Name]
		if out[table.Name] == nil {
			out[table.Name] = columns
		}
	}
	return out
}
