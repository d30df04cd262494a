package huntc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/internal/kqltest"
)

// wrongRules are the published rules whose query is wrong, for Microsoft's own parser (@kusto/language-service-next 12.4.1), too.
// Each must give a diagnostic, and there is no other list.
var wrongRules = map[string]string{
	"solutions-oracledatabaseaudit-hunting-queries-oracledbauditusersnewprivilegesadded.yaml": "a bar behind a let, where the table is missing",
	"solutions-oracledatabaseaudit-hunting-queries-oracledbauditusersprivilegesreview.yaml":   "a bar behind a let, where the table is missing",
}

// readRules holds every rule of a folder to three things: the file is read without an error, its query parses without a message,
// and what makes it an analytic rule is there.
func readRules(t *testing.T, files []string) (scheduled int) {
	t.Helper()
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range content.Read(f, text) {
			if h.Query == nil || h.Diagnostics.HasErrors() {
				t.Errorf("%s", diag.Render(h.Diagnostics))
				continue
			}
			_, wrong := wrongRules[filepath.Base(f)]
			if _, diags := syntax.Parse(h.Query); (len(diags) > 0) != wrong {
				t.Errorf("%s: wrong is %v\n%s", f, wrong, diag.Render(diags))
			}
			if h.Trigger != nil {
				scheduled++
				if h.Rule == nil || h.Rule.Frequency.Value == 0 || h.Rule.Period.Value < h.Rule.Frequency.Value || h.Rule.Severity == "" {
					t.Errorf("%s: %+v", f, h.Rule)
				}
			}
		}
	}
	return scheduled
}

func TestPublishedRulesAreRead(t *testing.T) {
	dir := kqltest.NeedCorpusFolder(t, "sentinel-yaml")
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no rules: %v", dir, err)
	}
	t.Logf("%d rules, %d scheduled", len(files), readRules(t, files))
}

// TestSampleOfRulesIsRead never skips. Its files are from Azure/Azure-Sentinel, with its licence beside them.
func TestSampleOfRulesIsRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("content", "testdata", "rules", "*.yaml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	if n := readRules(t, files); n < 6 {
		t.Errorf("%d scheduled rules", n)
	}
}
