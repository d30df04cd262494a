package huntc_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
)

// TestCodesWithoutACase lists the codes that no case of testdata/cases shows. The list may only shrink: a new code comes with a case,
// and a code that has one leaves the list (-update writes it, and only ever shorter).
func TestCodesWithoutACase(t *testing.T) {
	const path = "testdata/codes-without-a-case.txt"
	shown := map[string]bool{}
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`\[([A-Z0-9-]+)\]\n`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(b), -1) {
			shown[m[1]] = true
		}
	}
	var missing []string
	for _, c := range huntc.Codes() {
		if !shown[c] {
			missing = append(missing, c)
		}
	}
	if old, err := os.ReadFile(path); err == nil {
		for _, c := range missing {
			if !slices.Contains(strings.Fields(string(old)), c) {
				t.Errorf("%s has no case", c)
			}
		}
	}
	golden(t, path, strings.Join(missing, "\n")+"\n")
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
