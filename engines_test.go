package huntc_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/internal/engines/enginetest"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/compare"
	"github.com/huntc/huntc/verify/render"
)

var pool enginetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// engineTargets are the targets that an engine here runs.
var engineTargets = []struct {
	kind    engines.Kind
	product string
	target  string
}{
	{engines.Elasticsearch, "Elasticsearch", "esql@8.19/same-names"},
	{engines.Elasticsearch, "Elasticsearch", "esql@8.19/elastic"},
	{engines.OpenSearch, "OpenSearch", "esagg@opensearch-2.19/same-names"},
	{engines.OpenSearch, "OpenSearch", "esagg@opensearch-2.19/elastic"},
	{engines.Elasticsearch, "Elasticsearch", "esagg@elasticsearch-8.19/same-names"},
	{engines.Elasticsearch, "Elasticsearch", "esagg@elasticsearch-8.19/elastic"},
}

// TestCasesOnEngines loads every case's events into an engine, runs the case's translation there and compares rows with the evaluator's.
func TestCasesOnEngines(t *testing.T) {
	for _, on := range engineTargets {
		t.Run(on.target, func(t *testing.T) { runCasesOn(t, on.kind, parseTarget(t, on.target)) })
	}
}

func parseTarget(t testing.TB, s string) huntc.Target {
	t.Helper()
	target, err := huntc.ParseTarget(s)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func runCasesOn(t *testing.T, kind engines.Kind, target huntc.Target) {
	node := pool.Node(t, kind)
	cluster, err := remote.Open(context.Background(), node.URL, remote.Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(t)
	list, _ := runnableCases(t, c, target)
	for _, cs := range list {
		t.Run(cs.name, func(t *testing.T) { runCaseOn(t, c, cluster, target, cs) })
	}
}

// runCaseOn compares three tables: the hunt's meaning over the events, the prepared query over the documents that the mapping makes of
// them, and the engine's answer. On data that keeps its names all are the same; a mapping that changes values may change rows by the drift
// that it declares, so that there the engine is held to the prepared query.
func runCaseOn(t *testing.T, c *huntc.Compiler, cluster *remote.Client, target huntc.Target, cs runnable) {
	ctx := context.Background()
	h, r, now := cs.hunt, cs.result, cs.options.Now
	prepared, _, err := c.Prepare(ctx, h, target, cs.options)
	if err != nil || prepared == nil {
		t.Fatalf("translated, but not prepared: %v", err)
	}
	model := &eval.Env{Tables: map[string]*eval.Table{}, Now: ir.TicksOf(now), Strict: true}
	for name, tab := range cs.tables {
		docs, err := render.Documents(prepared.Mapping, name, tab)
		if err != nil {
			t.Fatal(err)
		}
		info := prepared.Tables[name]
		if info == nil {
			continue // a table of the data that the hunt does not read
		}
		load(t, cluster, info.Index, render.Mappings(render.Fields(prepared.Query), info.TimeField, cluster.Product()), docs)
		model.Tables[name] = render.AsTable(prepared.Mapping, docs, info.TimeField, tab.Columns)
	}
	got, warnings, err := cluster.Run(ctx, r.Output)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Output.Text)
	}
	for _, w := range warnings {
		t.Logf("%s: %s", w.Severity, w.Text)
	}
	want, err := eval.Run(ctx, ir.Desugar(prepared.Query), model)
	if err != nil {
		t.Fatal(err)
	}
	sameRows(t, r, "the prepared query", got, want)
	if target.Mapping == "same-names" {
		want, err = c.Rows(ctx, h, huntc.RowsOptions{Tables: cs.tables, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, r, "the hunt", got, want)
	}
}

// runsHere tells what the Elasticsearch that is built from published artifacts can run: it has no scripts and no bucket_selector.
func runsHere(target huntc.Target, body string) bool {
	return target.Language != "esagg" || target.Product != "elasticsearch" ||
		!strings.Contains(body, `"script"`) && !strings.Contains(body, `"bucket_selector"`)
}

func load(t *testing.T, cluster remote.Cluster, index string, mappings ir.Bag, docs []ir.Bag) {
	t.Helper()
	ctx := context.Background()
	if err := cluster.DeleteIndex(ctx, index); err != nil {
		t.Fatal(err)
	}
	if err := cluster.CreateIndex(ctx, index, []byte(ir.JSONText(mappings))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.DeleteIndex(ctx, index); err != nil {
			t.Error(err)
		}
	})
	var lines [][]byte
	for _, d := range docs {
		lines = append(lines, []byte(ir.JSONText(d)))
	}
	if err := cluster.Bulk(ctx, index, lines); err != nil {
		t.Fatal(err)
	}
}

// fieldsOf lists the fields that a pipeline reads.
func fieldsOf(p *ir.Pipeline) []*ir.Field {
	var out []*ir.Field
	add := func(x ir.Expr) ir.Expr {
		if f, ok := x.(*ir.Field); ok {
			out = append(out, f)
		}
		return x
	}
	ir.MapOps(p.Ops, func(x ir.Expr) ir.Expr { return ir.MapExpr(x, add) })
	return out
}

// sameRows compares with the rows that a model gives. Columns whose values may differ without a bound are blank on both sides; cases stay
// inside all bounds.
func sameRows(t *testing.T, r *huntc.Result, model string, got, want *eval.Table) {
	t.Helper()
	free := map[string]bool{}
	for _, n := range r.Notes {
		if n.Bound == "" {
			for _, c := range n.Effect.Columns() {
				free[c] = true
			}
		}
	}
	for _, d := range compare.Rows(without(want, free), without(got, free), compare.Options{Resolution: ir.Millisecond}) {
		t.Errorf("against %s: %s", model, d)
	}
	if t.Failed() {
		t.Log(r.Output.Text)
	}
}

func without(tab *eval.Table, free map[string]bool) *eval.Table {
	out := &eval.Table{Columns: tab.Columns}
	for _, row := range tab.Rows {
		row = slices.Clone(row)
		for i, c := range tab.Columns {
			if free[c.Name] {
				row[i] = ir.Value{Type: c.Type}
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
