package spl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// testdata holds the statements, the cases and the valid and invalid searches.
const testdata = "../../testdata/spl"

// statement is a line of statements.txt or refused.txt.
type statement struct{ id, text, page string }

// semanticCase is one txtar file of testdata/spl/cases.
type semanticCase struct {
	file, id, text, page string
	kills                []string // the wrong readings under which the case must fail
	ordered              bool     // the wanted rows stand in their order
	dispatch             string   // the time range of the dispatch, as time modifiers
	search               string
	events               map[string]string // index name → NDJSON, newest event first, as a search returns them
	lookups              map[string]string // lookup name → CSV
	definitions          string            // as definitions/splunk.yaml
	want                 string            // NDJSON; an absent field is left out, a multivalue field is an array
}

// readLines returns the fields of each line that is neither empty nor a comment.
func readLines(t *testing.T, name string, fields int) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, "\t", fields)
		if len(f) != fields {
			t.Fatalf("%s:%d: %d fields, want %d", name, i+1, len(f), fields)
		}
		out = append(out, f)
	}
	return out
}

func readStatements(t *testing.T, name string) []statement {
	t.Helper()
	var out []statement
	for _, f := range readLines(t, name, 3) {
		out = append(out, statement{f[0], f[1], f[2]})
	}
	return out
}

func readCases(t testing.TB) []semanticCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, "cases", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var out []semanticCase
	for _, f := range files {
		out = append(out, readCase(t, f))
	}
	return out
}

func readCase(t testing.TB, file string) semanticCase {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := semanticCase{file: strings.TrimSuffix(filepath.Base(file), ".txtar"), events: map[string]string{}, lookups: map[string]string{}}
	for i, line := range strings.Split(strings.TrimSpace(string(a.Comment)), "\n") {
		key, value, ok := strings.Cut(line, ": ")
		switch {
		case !ok:
			t.Fatalf("%s:%d: the line has no key", file, i+1)
		case i == 0:
			c.id, c.text = key, strings.TrimSuffix(value, ".")
		case key == "page":
			c.page = value
		case key == "kills":
			c.kills = strings.Split(value, ", ")
		case key == "order":
			c.ordered = value == "yes"
		case key == "dispatch":
			c.dispatch = value
		default:
			t.Fatalf("%s:%d: unknown key %s", file, i+1, key)
		}
	}
	for _, f := range a.Files {
		name := f.Name
		switch {
		case name == "search.spl":
			c.search = strings.TrimSuffix(string(f.Data), "\n")
		case name == "want.ndjson":
			c.want = string(f.Data)
		case name == "definitions.yaml":
			c.definitions = string(f.Data)
		case strings.HasPrefix(name, "index/"):
			c.events[strings.TrimSuffix(strings.TrimPrefix(name, "index/"), ".ndjson")] = string(f.Data)
		case strings.HasPrefix(name, "lookup/"):
			c.lookups[strings.TrimSuffix(strings.TrimPrefix(name, "lookup/"), ".csv")] = string(f.Data)
		default:
			t.Fatalf("%s: unknown part %s", file, name)
		}
	}
	return c
}
