package huntc_test

import (
	"os"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/hunttest"
	"github.com/huntc/huntc/ir"
)

// BenchmarkHuntRows evaluates each shipped hunt over 20,000 events: those of its first test, again and again.
func BenchmarkHuntRows(b *testing.B) {
	c, err := huntc.New()
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"code-repo-exfiltration", "mass-downloads", "rare-audit-activity-by-app"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile("rules/hunts/" + name + ".yaml")
			if err != nil {
				b.Fatal(err)
			}
			h := c.Parse(name+".yaml", text, huntc.ParseOptions{})
			tests, err := os.ReadFile("rules/hunts/" + name + hunttest.Suffix)
			if err != nil {
				b.Fatal(err)
			}
			f, err := hunttest.Read(name+hunttest.Suffix, tests)
			if err != nil {
				b.Fatal(err)
			}
			tables, err := f.Tests[0].Events(c, h)
			if err != nil {
				b.Fatal(err)
			}
			const want = 20_000
			n := 0
			for _, t := range tables {
				some := t.Rows
				for len(t.Rows) < want {
					t.Rows = append(t.Rows, some[len(t.Rows)%len(some)])
				}
				n += len(t.Rows)
			}
			params := map[string]ir.Value{}
			for k, v := range f.Tests[0].Params {
				params[k] = ir.Value{Type: ir.String, V: v}
			}
			for b.Loop() {
				if _, err := c.Rows(b.Context(), h, huntc.RowsOptions{Tables: tables, Now: f.Tests[0].Now, Params: params}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
