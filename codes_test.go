package huntc_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
)

// TestCodesWithoutACase: every code has an example in codes/ (which a test runs and explain prints) or a case of testdata/cases. The
// codes that cannot have one stand in a list, each with its reason; the list may only shrink.
func TestCodesWithoutACase(t *testing.T) {
	const path = "testdata/codes-without-a-case.txt"
	shown := map[string]bool{}
	code := regexp.MustCompile(`\[([A-Z0-9-]+)\]\n`)
	for _, f := range caseFiles(t) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(b), -1) {
			shown[m[1]] = true
		}
	}
	reason := exceptions(t, path, " ")
	for _, c := range huntc.Codes() {
		_, example := huntc.ExampleOf(diag.Code(c))
		_, listed := reason[c]
		switch has := shown[c] || example; {
		case !has && !listed:
			t.Errorf("%s has neither an example nor a case", c)
		case has && listed:
			t.Errorf("%s: %s has a case now: take it off the list", path, c)
		}
		delete(reason, c)
	}
	for c := range reason {
		t.Errorf("%s: there is no code %s", path, c)
	}
}

// TestManifestFitsItsSchema checks the keys of a real manifest against manifest.schema.json.
func TestManifestFitsItsSchema(t *testing.T) {
	schema, err := os.ReadFile("manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(t)
	m := &huntc.Manifest{}
	for _, h := range hunts(t, c) {
		for _, target := range huntc.KnownTargets() {
			r, err := c.Translate(t.Context(), h, target, huntc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			m.Outputs = append(m.Outputs, huntc.Describe(h, r, "f"))
		}
	}
	b, err := m.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range regexp.MustCompile(`(?m)^ +"([a-zA-Z]+)":`).FindAllStringSubmatch(string(b), -1) {
		if !strings.Contains(string(schema), `"`+k[1]+`"`) {
			t.Errorf("%s is not in the schema", k[1])
		}
	}
}
