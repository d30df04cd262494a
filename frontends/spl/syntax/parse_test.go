package syntax

import (
	"os"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

// lines returns the fields of each line of a list of testdata/spl.
func lines(t testing.TB, name string, fields int) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/spl/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, "\t", fields)
		if len(f) != fields {
			t.Fatalf("%s: %q has %d fields, want %d", name, line, len(f), fields)
		}
		out = append(out, f)
	}
	return out
}

func parse(text string, opts Options) (*Pipeline, diag.List, *diag.Source) {
	src := &diag.Source{Name: "s.spl", Text: text}
	pipe, diags := Parse(src, opts)
	return pipe, diags, src
}

// Valid searches of the documentation have no message.
func TestValidSearches(t *testing.T) {
	for _, f := range lines(t, "valid.txt", 3) {
		if _, diags, _ := parse(f[2], Options{}); len(diags) > 0 {
			t.Errorf("%s\n%s", f[2], diag.Render(diags))
		}
	}
}

// Invalid searches have a message whose first place is the text that a person would edit.
func TestInvalidSearches(t *testing.T) {
	for _, f := range lines(t, "invalid.txt", 5) {
		under, part, search := f[2], f[3], f[4]
		if under == "-" {
			under = ""
		}
		_, diags, _ := parse(search, Options{})
		if len(diags) == 0 || diags[0].Severity != diag.Error {
			t.Errorf("%s: no error", search)
			continue
		}
		d := diags[0]
		if d.Span.IsZero() || int(d.Span.End) > len(search)+1 {
			t.Errorf("%s: %v is no place in the text", search, d.Span)
			continue
		}
		if got := search[d.Span.Pos-1 : d.Span.End-1]; got != under {
			t.Errorf("%s: the message %q is at %q, want %q", search, d.Message, got, under)
		}
		if !strings.Contains(d.Message, part) {
			t.Errorf("%s: %q does not say %q", search, d.Message, part)
		}
		if len(diags) > 3 {
			t.Errorf("%s: %d messages for one mistake\n%s", search, len(diags), diag.Render(diags))
		}
	}
}

// Every search of the semantic cases is valid.
func TestCasesParse(t *testing.T) {
	files, err := os.ReadDir("../../../testdata/spl/cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile("../../../testdata/spl/cases/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "-- search.spl --\n")
		search, _, _ := strings.Cut(rest, "\n-- ")
		if _, diags, _ := parse(search, Options{}); len(diags) > 0 {
			t.Errorf("%s\n%s", f.Name(), diag.Render(diags))
		}
	}
}
