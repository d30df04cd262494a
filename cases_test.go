package huntc_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

var update = flag.Bool("update", false, "rewrite golden files and generated documents")

// TestCases runs every file of testdata/cases: a query (query.kql or hunt.yaml), rows per table (data/TABLE.ndjson), the rows that it
// must find (want, CSV), the number of the hunt in a file of several (part), its IR (ir), its outputs (out/TARGET) and its messages (diag). Rows are written by hand; -update rewrites the
// rest, never the rows.
func TestCases(t *testing.T) {
	c := newCompiler(t)
	for _, f := range caseFiles(t) {
		t.Run(caseName(f), func(t *testing.T) { runCase(t, c, f) })
	}
}

func caseFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return files
}

func caseName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".txtar") }

// cases reads testdata/cases: name → section → text.
func cases(t testing.TB) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, path := range caseFiles(t) {
		_, out[caseName(path)] = readCase(t, path)
	}
	return out
}

// readCase reads a case, and its sections by their names.
func readCase(t testing.TB, path string) (*txtar.Archive, map[string]string) {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sec := map[string]string{}
	for _, f := range a.Files {
		sec[f.Name] = string(f.Data)
	}
	return a, sec
}

func newCompiler(t testing.TB) *huntc.Compiler {
	t.Helper()
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func runCase(t *testing.T, c *huntc.Compiler, path string) {
	a, sec := readCase(t, path)
	h := caseHunt(t, c, sec)
	got := map[string]string{}
	var diags diag.List
	diags = append(diags, h.Diags...)
	if _, rows := sec["want"]; rows && h.IR == nil {
		t.Errorf("the case has rows, but its query cannot be read: %v", h.Diags)
	}
	if h.IR != nil {
		caseRows(t, c, h, sec)
		if _, ok := sec["ir"]; ok {
			q, _ := ir.Inline(h.IR, 2000)
			got["ir"] = ir.Raise(q).String()
		}
		for name := range sec {
			target, ok := strings.CutPrefix(name, "out/")
			if !ok {
				continue
			}
			got[name], diags = caseOutput(t, c, h, target, diags)
		}
	}
	diags.Sort()
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(d.Error() + "\n")
	}
	got["diag"] = b.String()
	compareSections(t, a, got, path)
}

func caseHunt(t *testing.T, c *huntc.Compiler, sec map[string]string) *huntc.Hunt {
	t.Helper()
	if y, ok := sec["hunt.yaml"]; ok {
		return c.Parse("hunt.yaml", []byte(y), huntc.ParseOptions{})
	}
	q, ok := sec["query.kql"]
	if !ok {
		t.Fatal("the case has neither query.kql nor hunt.yaml")
	}
	if part, ok := sec["part"]; ok {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		all := c.ParseAll("query.kql", []byte(q), huntc.ParseOptions{})
		if err != nil || n < 1 || n > len(all) {
			t.Fatalf("part %q of %d hunts", part, len(all))
		}
		return all[n-1]
	}
	return c.Parse("query.kql", []byte(q), huntc.ParseOptions{})
}

// caseNow is when the hunts of the cases run.
func caseNow() time.Time { return time.Date(2026, time.May, 15, 0, 0, 0, 0, time.UTC) }

func caseRows(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, sec map[string]string) {
	t.Helper()
	want, ok := sec["want"]
	if !ok {
		return
	}
	tables := caseTables(t, c, h, sec)
	now := caseNow()
	rows, err := c.Rows(context.Background(), h, huntc.RowsOptions{Tables: tables, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := eval.WriteTable(&b, rows, "csv"); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("rows differ\ngot:\n%s\nwant:\n%s", b.String(), want)
	}
	sameRowsThroughRewrites(t, c, h, tables, now, want)
}

// caseTables reads a case's events.
func caseTables(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, sec map[string]string) map[string]*eval.Table {
	t.Helper()
	tables := map[string]*eval.Table{}
	for name, text := range sec {
		table, isData := strings.CutPrefix(name, "data/")
		if !isData {
			continue
		}
		table = strings.TrimSuffix(table, ".ndjson")
		cols, known := c.TableColumns(h, table)
		tab, err := eval.ReadNDJSON(strings.NewReader(repeatLines(text)), name, cols, !known)
		if err != nil {
			t.Fatal(err)
		}
		tables[table] = tab
	}
	return tables
}

// sameRowsThroughRewrites runs the query after Desugar(Raise) with KQL's meaning, and after mapping, Tidy and ExplicitAbsent with
// strict nulls, as the targets see it: both must find the case's rows. Null and "" are the same in CSV, sets compare as text.
func sameRowsThroughRewrites(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, tables map[string]*eval.Table, now time.Time, want string) {
	t.Helper()
	env := &eval.Env{Tables: tables, Now: ir.TicksOf(now)}
	inlined, ok := ir.Inline(h.IR, 2000)
	if !ok {
		t.Fatal("the lets do not expand")
	}
	check := func(name string, q *ir.Query, env *eval.Env) {
		rows, err := eval.Run(context.Background(), q, env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var b bytes.Buffer
		if err := eval.WriteTable(&b, rows, "csv"); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != want {
			t.Errorf("%s: rows differ\ngot:\n%s\nwant:\n%s", name, got, want)
		}
	}
	check("Desugar(Raise)", ir.Desugar(ir.Raise(inlined)), env)
	target, err := huntc.ParseTarget("esql@9.5/same-names")
	if err != nil {
		t.Fatal(err)
	}
	q := c.Prepared(h, target)
	if q == nil {
		return // the mapping refused; the case shows why
	}
	strict := &eval.Env{Tables: map[string]*eval.Table{}, Now: env.Now, Strict: true}
	for n, tab := range tables {
		strict.Tables[n] = asStored(tab, "@timestamp")
	}
	check("prepared, strict nulls", ir.Desugar(q), strict)
}

// asStored gives events the form that they have under /same-names: the time in a field of its own name, arrays of objects keyed by index.
func asStored(tab *eval.Table, time string) *eval.Table {
	out := &eval.Table{}
	for _, row := range tab.Rows {
		stored := make([]ir.Value, len(row))
		for i, v := range row {
			v.V = keyedByIndex(v.V)
			stored[i] = v
		}
		out.Rows = append(out.Rows, stored)
	}
	for _, col := range tab.Columns {
		if col.Name == "Timestamp" || col.Name == "TimeGenerated" {
			col.Name = time
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}

// repeatLines expands "N× {json}" to N lines in which {i} counts from 0, so that 51 downloads are one line.
func repeatLines(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		n, rest, ok := strings.Cut(line, "× ")
		var count int
		if _, err := fmt.Sscanf(n, "%d", &count); !ok || err != nil {
			b.WriteString(line + "\n")
			continue
		}
		for i := range count {
			b.WriteString(strings.ReplaceAll(rest, "{i}", fmt.Sprintf("%02d", i)) + "\n")
		}
	}
	return b.String()
}

func caseOutput(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, target string, diags diag.List) (string, diag.List) {
	t.Helper()
	tg, err := huntc.ParseTarget(strings.Replace(target, "!", "/", 1))
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Translate(context.Background(), h, tg, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	diags = append(diags, r.Diagnostics...)
	if r.Output == nil {
		return "refused\n", diags
	}
	return r.Output.Text, diags
}

func compareSections(t *testing.T, a *txtar.Archive, got map[string]string, path string) {
	t.Helper()
	changed := false
	for i, f := range a.Files {
		g, ok := got[f.Name]
		if !ok || g == string(f.Data) {
			continue
		}
		if *update {
			a.Files[i].Data, changed = []byte(g), true
			continue
		}
		t.Errorf("%s differs\ngot:\n%s\nwant:\n%s", f.Name, g, f.Data)
	}
	if changed {
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func keyedByIndex(v any) any {
	switch v := v.(type) {
	case ir.Bag:
		out := make(ir.Bag, len(v))
		for i, m := range v {
			out[i] = ir.Member{Key: m.Key, Value: keyedByIndex(m.Value)}
		}
		return out
	case []any:
		if !slices.ContainsFunc(v, func(e any) bool { _, ok := e.(ir.Bag); return ok }) {
			return v
		}
		var out ir.Bag
		for i, e := range v {
			out = append(out, ir.Member{Key: fmt.Sprint(i), Value: keyedByIndex(e)})
		}
		return out
	}
	return v
}
