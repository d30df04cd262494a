package huntc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/internal/engines/enginetest"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
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
	{engines.OpenSearch, "OpenSearch", "esagg@opensearch-2.19/same-names"},
	{engines.Elasticsearch, "Elasticsearch", "esagg@elasticsearch-8.19/same-names"},
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
	for name, sec := range cases(t) {
		if _, ok := sec["want"]; !ok {
			continue
		}
		t.Run(name, func(t *testing.T) { runCaseOn(t, c, cluster, target, sec) })
	}
}

// cases reads testdata/cases: name → section → text.
func cases(t testing.TB) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	out := map[string]map[string]string{}
	for _, path := range files {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sec := map[string]string{}
		for _, f := range a.Files {
			sec[f.Name] = string(f.Data)
		}
		out[strings.TrimSuffix(filepath.Base(path), ".txtar")] = sec
	}
	return out
}

func runCaseOn(t *testing.T, c *huntc.Compiler, cluster *remote.Client, target huntc.Target, sec map[string]string) {
	ctx := context.Background()
	h := caseHunt(t, c, sec)
	now, err := time.Parse(time.RFC3339, caseNow)
	if err != nil {
		t.Fatal(err)
	}
	tables, env := caseTables(t, c, h, sec), huntc.Environment{Tables: map[string]huntc.EnvTable{}}
	for name := range tables {
		env.Tables[name] = huntc.EnvTable{Index: "case-" + strings.ToLower(name)}
	}
	r, err := c.Translate(ctx, h, target, huntc.Options{Now: now, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if r.Output == nil {
		t.Skip("refused for this target")
	}
	if !runsHere(target, r.Output.Text) {
		t.Skip("not executed: this Elasticsearch has no scripts and no bucket_selector, which were not published")
	}
	for name, tab := range tables {
		load(t, cluster, env.Tables[name].Index, indexMapping(c, h, target, tab), tab)
	}
	got, warnings, err := cluster.Run(ctx, r.Output)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Output.Text)
	}
	for _, w := range warnings {
		t.Logf("%s: %s", w.Severity, w.Text)
	}
	want, err := c.Rows(ctx, h, huntc.RowsOptions{Tables: tables, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	sameRows(t, r, got, want)
}

// runsHere tells what the Elasticsearch that is built from published artifacts can run: it has no scripts and no bucket_selector.
func runsHere(target huntc.Target, body string) bool {
	return target.Language != "esagg" || target.Product != "elasticsearch" ||
		!strings.Contains(body, `"script"`) && !strings.Contains(body, `"bucket_selector"`)
}

func load(t *testing.T, cluster remote.Cluster, index string, mapping []byte, tab *eval.Table) {
	t.Helper()
	ctx := context.Background()
	if err := cluster.DeleteIndex(ctx, index); err != nil {
		t.Fatal(err)
	}
	if err := cluster.CreateIndex(ctx, index, mapping); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.DeleteIndex(ctx, index); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.Bulk(ctx, index, documents(asStored(tab, "@timestamp"))); err != nil {
		t.Fatal(err)
	}
}

// documents are rows as JSON objects without their absent values.
func documents(tab *eval.Table) [][]byte {
	var out [][]byte
	for _, row := range tab.Rows {
		var doc ir.Bag
		for i, v := range row {
			if v.V == nil {
				continue
			}
			m := ir.Member{Key: tab.Columns[i].Name, Value: v.V}
			if v.Type == ir.Datetime {
				m.Value = ir.FormatDatetime(v.V.(int64))
			}
			doc = append(doc, m)
		}
		out = append(out, []byte(ir.JSONText(doc)))
	}
	return out
}

// indexMapping declares the table's columns, and below objects the fields that the query names: an index template of the real data
// has them, and ES|QL fails on a field that no mapping has.
func indexMapping(c *huntc.Compiler, h *huntc.Hunt, target huntc.Target, tab *eval.Table) []byte {
	types := map[string]string{"@timestamp": "date"}
	for _, col := range asStored(tab, "@timestamp").Columns {
		if col.Type != ir.Dynamic {
			types[col.Name] = storedType(col.Type)
		}
	}
	if q := c.Prepared(h, target); q != nil {
		q.EachPipeline(func(p *ir.Pipeline) {
			for _, f := range fieldsOf(p) {
				types[f.Name] = f.Info.Type
			}
		})
	}
	root := map[string]any{}
	for _, path := range slices.Sorted(mapKeys(types)) {
		put(root, strings.Split(path, "."), types[path])
	}
	text, err := json.Marshal(map[string]any{"properties": root, "dynamic_templates": []any{
		map[string]any{"text": map[string]any{"match_mapping_type": "string", "mapping": map[string]any{"type": "keyword"}}}}})
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	return text
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// put adds a field; one that turns out to have fields below it is an object.
func put(props map[string]any, path []string, typ string) {
	if len(path) == 1 {
		if props[path[0]] == nil {
			props[path[0]] = map[string]any{"type": typ}
		}
		return
	}
	field, _ := props[path[0]].(map[string]any)
	below, _ := field["properties"].(map[string]any)
	if below == nil {
		below = map[string]any{}
		props[path[0]] = map[string]any{"properties": below}
	}
	put(below, path[1:], typ)
}

func storedType(t ir.Type) string {
	switch t {
	case ir.Bool:
		return "boolean"
	case ir.Int, ir.Long, ir.Timespan:
		return "long"
	case ir.Real, ir.Decimal:
		return "double"
	case ir.Datetime:
		return "date"
	default:
		return "keyword"
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

// sameRows compares by the rules of the declared grade's exact part: equal, except in the columns whose values may differ.
func sameRows(t *testing.T, r *huntc.Result, got, want *eval.Table) {
	t.Helper()
	free := map[string]bool{}
	for _, n := range r.Notes {
		if n.Bound != "" {
			continue // the cases stay inside bounds
		}
		for _, c := range n.Effect.Columns() {
			free[c] = true
		}
	}
	a, b := comparable(got, free), comparable(want, free)
	if !slices.Equal(a, b) {
		t.Errorf("rows differ\ngot:\n%s\nwant:\n%s\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"), r.Output.Text)
	}
}

// comparable writes rows as sorted lines: null is "", a set has no order, and one value stands for a set of one.
func comparable(tab *eval.Table, free map[string]bool) []string {
	var out []string
	for _, row := range tab.Rows {
		var cells []string
		for i, v := range row {
			cell := cellOf(v.V)
			if free[tab.Columns[i].Name] {
				cell = "*"
			}
			cells = append(cells, tab.Columns[i].Name+"="+cell)
		}
		out = append(out, strings.Join(cells, " | "))
	}
	slices.Sort(out)
	return out
}

func cellOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		if v == math.Trunc(v) {
			return fmt.Sprint(int64(v))
		}
		return fmt.Sprintf("%.9g", v)
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, cellOf(e))
		}
		slices.Sort(parts)
		return strings.Join(parts, ",")
	case ir.Bag:
		return ir.JSONText(v)
	default:
		return fmt.Sprint(v)
	}
}
