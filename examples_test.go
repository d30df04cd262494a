package huntc_test

import (
	"os"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/lint"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// Every example shows its code: `huntc explain CODE` prints it.
func TestExampleShowsItsCode(t *testing.T) {
	c := newCompiler(t)
	files, err := os.ReadDir("codes")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		code, _, _ := strings.Cut(f.Name(), ".")
		t.Run(code, func(t *testing.T) {
			e, ok := huntc.ExampleOf(diag.Code(code))
			if !ok || e.File != f.Name() {
				t.Fatalf("%s is not the example of %s", f.Name(), code)
			}
			if strings.Contains(e.Command, "--from spl") {
				showsInSPL(t, e)
				return
			}
			h := c.Parse(e.File, []byte(e.Text), huntc.ParseOptions{})
			diags := h.Diags
			if to := e.Target(); to != "" && h.IR != nil {
				target, err := huntc.ParseTarget(to)
				if err != nil {
					t.Fatal(err)
				}
				r, err := c.Translate(t.Context(), h, target, huntc.Options{})
				if err != nil {
					t.Fatal(err)
				}
				diags = append(diags, r.Diagnostics...)
			}
			for _, d := range diags {
				if string(d.Code) == code {
					return
				}
			}
			t.Errorf("%s\n%s%s", e.Command, e.Text, diag.Render(diags))
		})
	}
}

// showsInSPL checks the example of a code of reading SPL as `huntc check --from spl` does.
func showsInSPL(t *testing.T, e huntc.Example) {
	src := &diag.Source{Name: e.File, Text: e.Text}
	pipe, diags := syntax.Parse(src, syntax.Options{Lenient: true})
	if !diags.HasErrors() {
		_, diags = spl.Lower(src, spl.Options{Lenient: true, DefaultIndexes: []string{"main"}})
		for _, f := range lint.Check(src, pipe) {
			diags.Add(f.Diagnostic)
		}
	}
	for _, d := range diags {
		if d.Code == e.Code {
			return
		}
	}
	t.Errorf("%s\n%s%s", e.Command, e.Text, diag.Render(diags))
}

// What no hunt's text can show: limits and targets that a program sets.
func TestLimitsAndNamesOfTheAPI(t *testing.T) {
	const query = "let a = SigninLogs | where TimeGenerated > ago(1d);\nunion a, a\n| project UserPrincipalName"
	for name, tc := range map[string]struct {
		limits huntc.Limits
		target huntc.Target
		want   diag.Code
	}{
		"more operators than the limit": {huntc.Limits{Ops: 2}, huntc.Target{Language: "esql", Version: "9.5", Mapping: "same-names"}, "OUTPUT-LIMIT"},
		"more bytes than the limit":     {huntc.Limits{OutputBytes: 20}, huntc.Target{Language: "kql", Product: "sentinel"}, "OUTPUT-LIMIT"},
		"a mapping that is not there":   {huntc.Limits{}, huntc.Target{Language: "esql", Version: "9.5", Mapping: "ecs"}, "MAP-NONE"},
		"a version that is no number":   {huntc.Limits{}, huntc.Target{Language: "esql", Version: "new", Mapping: "same-names"}, "TARGET"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := huntc.New(huntc.WithLimits(tc.limits))
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.Translate(t.Context(), c.Parse("q.kql", []byte(query), huntc.ParseOptions{}), tc.target, huntc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Output != nil {
				t.Errorf("an output in spite of it")
			}
			for _, d := range r.Diagnostics {
				if d.Code == tc.want {
					return
				}
			}
			t.Errorf("want %s, have\n%s", tc.want, diag.Render(r.Diagnostics))
		})
	}
}
