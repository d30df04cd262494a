package huntc_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/internal/conformance"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/compare"
	"github.com/huntc/huntc/verify/render"
)

// TestRecordedQueriesOnEngines takes the recorded queries whose rows are written inside them, puts those rows into an index, and runs the
// translations that are exact: the engine must find what the evaluator finds, which is what was recorded.
func TestRecordedQueriesOnEngines(t *testing.T) {
	c := newCompiler(t)
	for _, on := range []struct {
		kind     engines.Kind
		target   string
		recorded int // at least so many run
	}{{engines.Elasticsearch, "esql@8.19/same-names", 110}, {engines.OpenSearch, "esagg@opensearch-2.19/same-names", 15}} {
		target := parseTarget(t, on.target)
		t.Run(on.target, func(t *testing.T) {
			cluster, err := remote.Open(context.Background(), pool.Node(t, on.kind).URL, remote.Options{Write: true})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, cs := range recordedCases(t) {
				if runRecorded(t, c, cluster, target, cs) {
					n++
				}
			}
			if n < on.recorded {
				t.Errorf("%d queries were run, %d before", n, on.recorded)
			}
		})
	}
}

// rowsToTables gives the rows that a query holds to tables that it reads instead.
func rowsToTables(h *huntc.Hunt) map[string]*eval.Table {
	tables := map[string]*eval.Table{}
	h.IR.EachPipeline(func(p *ir.Pipeline) {
		if rows, ok := p.From.(*ir.Rows); ok {
			name := fmt.Sprintf("t%d", len(tables))
			tables[name] = &eval.Table{Columns: rows.Columns, Rows: rows.Values}
			p.From = &ir.Table{At: rows.At, Name: name, Columns: rows.Columns}
		}
	})
	return tables
}

// recordedCases reads every recorded query.
func recordedCases(t *testing.T) []*conformance.Case {
	t.Helper()
	files, err := filepath.Glob("testdata/kql/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded queries: %v", err)
	}
	var out []*conformance.Case
	for _, f := range files {
		list, err := conformance.Load(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list...)
	}
	return out
}

// recorded reads every recorded query that the frontend reads and that brings its own rows.
func recorded(t *testing.T, c *huntc.Compiler) map[string]*huntc.Hunt {
	t.Helper()
	out := map[string]*huntc.Hunt{}
	for _, cs := range recordedCases(t) {
		if h := c.Parse("query.kql", []byte(cs.Query), huntc.ParseOptions{}); h.IR != nil && len(cs.Needs) == 0 {
			out[cs.ID] = h
		}
	}
	return out
}

// TestRecordedQueriesAreAcceptedByElasticsearch95 gives what is written of them for 9.5 to its own verifier.
func TestRecordedQueriesAreAcceptedByElasticsearch95(t *testing.T) {
	verifier := pool.Checker(t, engines.Verifier)
	c := newCompiler(t)
	target, list := parseTarget(t, "esql@9.5/same-names"), recorded(t, c)
	for _, h := range list {
		rowsToTables(h)
	}
	n := eachOutput(t, c, list, target, func(id string, h *huntc.Hunt, r *huntc.Result) {
		v, err := verifier.Check(t.Context(), r.Output.Text, indicesOf(t, c, h, target))
		if err != nil {
			t.Fatal(err)
		}
		if !v.OK {
			t.Errorf("%s: %s: %s\n%s\n%s", id, v.Kind, v.Error, h.Query.Text, r.Output.Text)
		}
	})
	if n < 100 {
		t.Errorf("only %d texts were there to verify", n)
	}
}

// TestRecordedQueriesAreAcceptedByMicrosoft gives the KQL that is written of them to Microsoft's binder, which may only reject what it
// rejects in the source too.
func TestRecordedQueriesAreAcceptedByMicrosoft(t *testing.T) {
	checker := pool.Checker(t, engines.Kusto)
	c := newCompiler(t)
	known := symbols(t, "TimeGenerated")
	check := func(h *huntc.Hunt, text string) engines.Verdict {
		v, err := checker.Check(context.Background(), text, named(h.IR, known))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	n := eachOutput(t, c, recorded(t, c), parseTarget(t, "kql@sentinel"), func(id string, h *huntc.Hunt, r *huntc.Result) {
		if v := check(h, r.Output.Text); !v.OK && check(h, h.Query.Text).OK {
			t.Errorf("%s: %s\n%s\n%s", id, v.Error, h.Query.Text, r.Output.Text)
		}
	})
	if n < 500 {
		t.Errorf("only %d texts were there to check", n)
	}
}

// runRecorded runs one query, and reports whether its translation is exact and so was run.
func runRecorded(t *testing.T, c *huntc.Compiler, cluster *remote.Client, target huntc.Target, cs *conformance.Case) bool {
	ctx := context.Background()
	h := c.Parse("query.kql", []byte(cs.Query), huntc.ParseOptions{})
	if h.IR == nil || cs.Nondeterministic {
		return false
	}
	tables := rowsToTables(h)
	now := caseNow()
	o := huntc.Options{Now: now}
	r, err := c.Translate(ctx, h, target, o)
	if err != nil || r.Output == nil || len(tables) == 0 || len(r.Notes) > 0 {
		return false
	}
	p, _, err := c.Prepare(ctx, h, target, o)
	if err != nil || p == nil {
		t.Errorf("%s: %v", cs.ID, err)
		return false
	}
	return t.Run(cs.ID, func(t *testing.T) {
		for name, tab := range tables {
			docs, err := render.Documents(p.Mapping, name, tab)
			if err != nil {
				t.Fatal(err)
			}
			load(t, cluster, p.Tables[name].Index, render.Mappings(render.Fields(p.Query), "@timestamp", cluster.Product()), docs)
		}
		got, _, err := cluster.Run(ctx, r.Output)
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, cs.Query, r.Output.Text)
		}
		want, err := c.Rows(ctx, h, huntc.RowsOptions{Tables: tables, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range compare.Rows(want, got, compare.Options{Resolution: ir.Millisecond}) {
			t.Errorf("%s", d)
		}
		if t.Failed() {
			t.Logf("%s\n%s", cs.Query, r.Output.Text)
		}
	})
}
