package spl

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// caseNow is when the searches of the cases run.
var caseNow = time.Date(2026, 5, 12, 12, 0, 0, 0, time.UTC)

// interpreted is the outcome of a case: rows, or why it was not evaluated.
type interpreted struct {
	rows    []string
	refused string
}

// interpret lowers the search of a case and runs it over its events; misread names a wrong reading, "" for none.
func interpret(t *testing.T, c semanticCase, misread string) interpreted {
	t.Helper()
	opts := Options{Indexes: map[string][]string{}, Lookups: map[string][]string{}, misread: misread}
	if key, value, ok := strings.Cut(c.dispatch, "="); ok && key == "earliest" {
		opts.Earliest = value
	}
	defs, err := ReadDefinitions(c.file, []byte(c.definitions))
	if err != nil {
		t.Fatal(err)
	}
	opts.Definitions = defs
	env := &eval.Env{Tables: map[string]*eval.Table{}, Now: ir.TicksOf(caseNow), Strict: true}
	for name, text := range c.events {
		cols := keysOf(t, text)
		opts.Indexes[name] = cols
		env.Tables[name] = dynamicTable(t, name, text, cols)
		opts.Indexed = append(opts.Indexed, cols...)
	}
	for name, text := range c.lookups {
		opts.Lookups[name], env.Tables[LookupTable(name)] = csvTable(t, text)
	}
	q, diags := Lower(&diag.Source{Name: c.file, Text: c.search}, opts)
	if q == nil {
		for _, d := range diags {
			if d.Severity >= diag.Refused {
				if d.Span.IsZero() {
					t.Errorf("%s: the refusal %q has no place", c.file, d.Message)
				}
				return interpreted{refused: d.Message}
			}
		}
		t.Fatalf("%s: no query and no reason", c.file)
	}
	table, err := eval.Run(t.Context(), q, env)
	if err != nil {
		return interpreted{refused: "evaluator: " + err.Error()}
	}
	out := interpreted{}
	for _, row := range table.Rows {
		out.rows = append(out.rows, rowText(table.Columns, row))
	}
	return out
}

// keysOf lists the fields of all events.
func keysOf(t *testing.T, ndjson string) []string {
	t.Helper()
	var cols []string
	for _, line := range strings.Split(strings.TrimSpace(ndjson), "\n") {
		var m map[string]any
		if line == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if !slices.Contains(cols, k) {
				cols = append(cols, k)
			}
		}
	}
	return cols
}

func dynamicTable(t *testing.T, name, ndjson string, cols []string) *eval.Table {
	t.Helper()
	typed := make([]ir.Column, len(cols))
	for i, c := range cols {
		typed[i] = ir.Column{Name: c, Type: ir.Dynamic}
	}
	table, err := eval.ReadNDJSON(strings.NewReader(ndjson), name, typed, false)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func csvTable(t *testing.T, text string) ([]string, *eval.Table) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := &eval.Table{}
	for _, c := range records[0] {
		table.Columns = append(table.Columns, ir.Column{Name: c, Type: ir.Dynamic})
	}
	for _, rec := range records[1:] {
		row := make([]ir.Value, len(rec))
		for i, v := range rec {
			row[i] = ir.Value{Type: ir.Dynamic, V: v}
		}
		table.Rows = append(table.Rows, row)
	}
	return records[0], table
}

// rowText writes a row as JSON with sorted keys; a null is a field that is not there, and numbers are their text, as in Splunk.
func rowText(cols []ir.Column, row []ir.Value) string {
	m := map[string]any{}
	for i, v := range row {
		if !v.IsNull() {
			m[cols[i].Name] = splunkValue(v.V)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func splunkValue(x any) any {
	switch x := x.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = splunkValue(e)
		}
		return out
	case string:
		return x
	default:
		return fmt.Sprint(x)
	}
}

func wantRows(t *testing.T, c semanticCase) []string {
	t.Helper()
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(c.want), "\n") {
		if line == "" {
			continue
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// same compares rows, in their order when the case says so.
func same(c semanticCase, got, want []string) bool {
	if !c.ordered {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	return slices.Equal(got, want)
}

// notEvaluated reads the list of cases that the interpreter refuses: file and reason. It may only shrink.
func notEvaluated(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range readLines(t, "not-evaluated.txt", 2) {
		out[f[0]] = f[1]
	}
	return out
}

// Every case gives its rows, or stands in the list of what is not evaluated with the reason that the refusal gives.
func TestCases(t *testing.T) {
	gaps := notEvaluated(t)
	var b strings.Builder
	b.WriteString("# Cases that the interpreter refuses, with the reason. The list only shrinks.\n")
	for _, c := range readCases(t) {
		got := interpret(t, c, "")
		reason, gap := gaps[c.file]
		switch {
		case got.refused != "" && gap && (*update || reason == got.refused):
			fmt.Fprintf(&b, "%s\t%s\n", c.file, got.refused)
		case got.refused != "":
			t.Errorf("%s (%s) is refused: %s", c.file, c.search, got.refused)
		case gap && !*update:
			t.Errorf("%s is evaluated: take it off not-evaluated.txt", c.file)
		case !same(c, got.rows, wantRows(t, c)):
			t.Errorf("%s: %s\n%s\n got %s\nwant %s", c.file, c.text, c.search, strings.Join(got.rows, "\n     "), strings.Join(wantRows(t, c), "\n     "))
		}
	}
	if *update {
		if err := os.WriteFile(filepath.Join(testdata, "not-evaluated.txt"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Under each wrong reading that a case names, the interpreter gives other rows: the case notices.
func TestEachCaseKillsItsWrongReading(t *testing.T) {
	gaps := notEvaluated(t)
	killed := 0
	for _, c := range readCases(t) {
		if _, gap := gaps[c.file]; gap {
			continue
		}
		for _, k := range c.kills {
			got := interpret(t, c, k)
			switch {
			case got.refused != "":
				t.Errorf("%s: the reading %s is refused: %s", c.file, k, got.refused)
			case same(c, got.rows, wantRows(t, c)):
				t.Errorf("%s: the reading %s gives the wanted rows\n%s", c.file, k, c.search)
			default:
				killed++
			}
		}
	}
	t.Logf("%d wrong readings killed", killed)
}

// Every wrong reading that the lowering knows is the one of a case that is evaluated.
func TestNoReadingWithoutACase(t *testing.T) {
	known := map[string]bool{}
	for _, c := range readCases(t) {
		for _, k := range c.kills {
			known[k] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	reading := regexp.MustCompile(`wrong\("([a-z0-9-]+)"\)`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reading.FindAllStringSubmatch(string(text), -1) {
			if !known[m[1]] {
				t.Errorf("%s: no case kills the reading %s", f, m[1])
			}
		}
	}
}

// A long sum is computed once per operator: the work grows with the length of the text.
func TestLongExpressionsStayLinear(t *testing.T) {
	terms := make([]string, 200)
	for i := range terms {
		terms[i] = "a"
	}
	c := semanticCase{file: "sum", search: "index=main | eval r=" + strings.Join(terms, "+") + ", s=" + strings.Repeat("coalesce(max(a,", 40) + "1" + strings.Repeat("))", 40) + " | table r s",
		events: map[string]string{"main": `{"_time":1,"a":"1"}` + "\n"}}
	start := time.Now()
	if got := interpret(t, c, ""); fmt.Sprint(got.rows) != `[{"r":"200","s":"1"}]` || time.Since(start) > 10*time.Second {
		t.Errorf("%v %s after %v", got.rows, got.refused, time.Since(start))
	}
}

// FuzzLower: no search makes the lowering panic, and every refusal has a place.
func FuzzLower(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.search)
	}
	f.Add("| stAts 0")
	f.Add("|dedup *")
	f.Add("| tstats prestats=t append=t count FROM datamodel=Endpoint.Processes WHERE nodename=Processes Processes.dest=a* BY _time span=1h Processes.dest | timechart span=1d count BY Processes.dest")
	opts := Options{Definitions: optionSchema.Definitions, Indexes: map[string][]string{"main": {"_time", "_raw", "a", "b", "n", "m", "id"}}, Lookups: map[string][]string{"users": {"user", "dept"}}, Lenient: true}
	f.Fuzz(func(t *testing.T, text string) {
		src := &diag.Source{Name: "f", Text: text}
		q, diags := Lower(src, opts)
		for _, d := range diags {
			if d.Severity >= diag.Refused && d.Span.IsZero() {
				t.Errorf("%q: %s has no place", text, d.Message)
			}
		}
		if q == nil && diags.Max() < diag.Refused {
			t.Errorf("%q: no query and no reason", text)
		}
	})
}
