package huntc_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
)

func hunts(t testing.TB, c *huntc.Compiler) []*huntc.Hunt {
	t.Helper()
	var out []*huntc.Hunt
	for h, err := range c.Load(context.Background(), os.DirFS("rules/hunts"), ".", huntc.ParseOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	if len(out) != 3 {
		t.Fatalf("%d hunts, want 3", len(out))
	}
	return out
}

func TestTargetsRoundTrip(t *testing.T) {
	for _, k := range huntc.KnownTargets() {
		got, err := huntc.ParseTarget(k.String())
		if err != nil || got != k {
			t.Errorf("%s: got %v, %v", k, got, err)
		}
	}
	for s, want := range map[string]string{"esql": "esql@9.5/elastic", "kql": "kql@sentinel", "esql/same-names": "esql@9.5/same-names",
		"esagg": "esagg@elasticsearch-9.5/elastic", "spl": "spl@10/splunk", "esagg@opensearch-2.19": "esagg@opensearch-2.19/same-names"} {
		got, err := huntc.ParseTarget(s)
		if err != nil || got.String() != want {
			t.Errorf("%s: got %s, %v; want %s", s, got, err, want)
		}
	}
	if _, err := huntc.ParseTarget("esql@9.5/elastik"); err == nil || !strings.Contains(err.Error(), "did you mean esql@9.5/elastic") {
		t.Errorf("no hint in %v", err)
	}
}

// TestExpectedFidelity holds the grade of every hunt, target and mapping: a change of meaning shows in review.
func TestExpectedFidelity(t *testing.T) {
	c := newCompiler(t)
	var b strings.Builder
	for _, h := range hunts(t, c) {
		for _, target := range huntc.KnownTargets() {
			r, err := c.Translate(context.Background(), h, target, huntc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%-36s %-40s %s%s\n", h.Name, target, r.Cell(), reason(r))
		}
	}
	golden(t, "testdata/expected-fidelity.txt", b.String())
}

func reason(r *huntc.Result) string {
	if r.Grade != emit.Refused {
		return ""
	}
	for _, d := range r.Diagnostics {
		if d.Severity >= diag.Refused {
			return fmt.Sprintf(" [%s] %s", d.Code, d.Message)
		}
	}
	return " without a reason"
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is stale\ngot:\n%s", path, got)
	}
}

// TestHuntOutputs shows the twelve texts of the shipped hunts in review.
func TestHuntOutputs(t *testing.T) {
	c := newCompiler(t)
	targets, err := huntc.ParseTargets("all,esql@8.19/same-names,esql@9.5/same-names,esagg@opensearch-2.19/same-names,spl@10/same-names")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hunts(t, c) {
		for _, target := range targets {
			r, err := c.Translate(context.Background(), h, target, huntc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			text := "refused\n"
			if r.Output != nil {
				text = r.Output.Text
			}
			name := strings.NewReplacer("/", "-", "@", "-").Replace(target.String())
			base := strings.TrimSuffix(h.File, ".yaml")
			golden(t, "testdata/outputs/"+base+"."+name+".golden", text)
		}
	}
}

func TestOutputDependsOnNothingButItsInput(t *testing.T) {
	a, b := newCompiler(t), newCompiler(t)
	for i, h := range hunts(t, a) {
		other := hunts(t, b)[i]
		for _, target := range huntc.KnownTargets() {
			r1, _ := a.Translate(context.Background(), h, target, huntc.Options{})
			r2, _ := b.Translate(context.Background(), other, target, huntc.Options{})
			if (r1.Output == nil) != (r2.Output == nil) || r1.Output != nil && r1.Output.Text != r2.Output.Text {
				t.Errorf("%s for %s differs from run to run", h.Name, target)
			}
		}
	}
}

func TestConcurrentUseOfOneCompiler(t *testing.T) {
	c := newCompiler(t)
	list := hunts(t, c)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, target := range huntc.KnownTargets() {
				if _, err := c.Translate(context.Background(), list[i%len(list)], target, huntc.Options{}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
}

func TestNowWritesLiteralsOnlyWhenAsked(t *testing.T) {
	c := newCompiler(t)
	now := time.Date(2026, 5, 15, 0, 0, 0, 0, time.UTC)
	for _, h := range hunts(t, c) {
		for _, target := range huntc.KnownTargets() {
			rel, _ := c.Translate(context.Background(), h, target, huntc.Options{})
			fixed, _ := c.Translate(context.Background(), h, target, huntc.Options{Now: now})
			if rel.Output == nil {
				continue
			}
			if strings.Contains(rel.Output.Text, "2026-05-15") || fixed.Output == nil || fixed.Output.Text == rel.Output.Text {
				t.Errorf("%s for %s: the clock shows, or --now does not", h.Name, target)
			}
		}
	}
}

// TestImportsGoOneWay holds the picture in ARCHITECTURE.md to the code.
func TestImportsGoOneWay(t *testing.T) {
	const mod = "github.com/huntc/huntc"
	forbidden := map[string][]string{
		"/diag":          {"/ir", "/content", "/mapping", "/frontends", "/backends", "/cmd"},
		"/ir":            {"/content", "/mapping", "/frontends", "/backends", "/cmd"},
		"/ir/eval":       {"/content", "/mapping", "/frontends", "/backends", "/cmd"},
		"/ir/drift":      {"/content", "/mapping", "/frontends", "/backends", "/cmd"},
		"/content":       {"/ir", "/mapping", "/frontends", "/backends", "/cmd"},
		"/frontends/kql": {"/backends", "/mapping", "/content", "/cmd"},
		"/frontends/spl": {"/backends", "/mapping", "/content", "/cmd"},
		"/mapping":       {"/frontends", "/backends", "/content", "/cmd"},
		"/remote":        {"/frontends", "/mapping", "/content", "/cmd", "/internal"},
	}
	for _, b := range []string{"kql", "esql", "esagg", "spl"} {
		forbidden["/backends/"+b] = []string{"/frontends", "/mapping", "/content", "/cmd"}
	}
	for pkg, banned := range forbidden {
		out, err := exec.Command("go", "list", "-deps", mod+pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, dep := range strings.Fields(string(out)) {
			for _, bad := range banned {
				if dep == mod+bad || strings.HasPrefix(dep, mod+bad+"/") {
					t.Errorf("%s imports %s", pkg, dep)
				}
			}
		}
	}
}

// TestFactsAreDecided checks every row of every table: a grade, a page, evidence, and a code with its reason where not exact.
func TestFactsAreDecided(t *testing.T) {
	for _, f := range huntc.Facts() {
		if f.Grade == emit.GradeUnset || f.Evidence == emit.EvidenceUnset || f.Page == "" {
			t.Errorf("%s: grade %v, evidence %v, page %q", f.Name, f.Grade, f.Evidence, f.Page)
		}
		if f.Grade != emit.Exact && (f.Code == "" || f.Why == "") {
			t.Errorf("%s: %v without code or reason", f.Name, f.Grade)
		}
		if f.Grade == emit.Approximate && f.Kind == 0 {
			t.Errorf("%s: approximate without a drift", f.Name)
		}
	}
}

func TestEveryCodeHasAPage(t *testing.T) {
	for _, c := range huntc.Codes() {
		if page, ok := huntc.ExplainCode(diag.Code(c)); !ok || len(page) < 40 {
			t.Errorf("%s has no page", c)
		}
	}
}

// TestSupportIsGenerated keeps SUPPORT.md equal to the facts.
func TestSupportIsGenerated(t *testing.T) { golden(t, "SUPPORT.md", huntc.Support()) }

func ExampleCompiler_Translate() {
	c, err := huntc.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	h := c.Parse("example.kql", []byte(`CloudAppEvents | where Timestamp > ago(1d) | where ActionType == "FileDownloaded" | project ReportId`), huntc.ParseOptions{})
	target, err := huntc.ParseTarget("esql@9.5/same-names")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Translate(context.Background(), h, target, huntc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Grade)
	// Output: exact
}

func BenchmarkParseAndLower(b *testing.B) {
	c := newCompiler(b)
	text, err := os.ReadFile("rules/hunts/rare-audit-activity-by-app.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if h := c.Parse("h.yaml", text, huntc.ParseOptions{}); h.IR == nil {
			b.Fatal("not read")
		}
	}
}

func BenchmarkTranslate(b *testing.B) {
	c := newCompiler(b)
	list := hunts(b, c)
	targets, _ := huntc.ParseTargets("all")
	for b.Loop() {
		for _, h := range list {
			for _, t := range targets {
				if _, err := c.Translate(context.Background(), h, t, huntc.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
