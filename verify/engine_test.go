package verify_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/internal/engines/enginetest"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify"
)

var pool enginetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// client connects to a local engine, to which events may be written.
func client(t *testing.T, kind engines.Kind) *remote.Client {
	t.Helper()
	c, err := remote.Open(context.Background(), pool.Node(t, kind).URL, remote.Options{Write: true, AllowPartial: true, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// engineSets is how many sets the test runs for each hunt and target; `huntc verify` runs 200.
const engineSets = 60

// TestHuntsOnEngines runs the shipped hunts' translations on real engines: no contradiction, no drift that is neither shown nor listed.
func TestHuntsOnEngines(t *testing.T) {
	for _, tt := range []struct {
		kind    engines.Kind
		targets string
	}{
		{engines.Elasticsearch, "esql@8.19/same-names,esql@8.19/elastic"},
		{engines.OpenSearch, "esagg@opensearch-2.19/same-names,esagg@opensearch-2.19/elastic"},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			e := client(t, tt.kind)
			c := compiler(t)
			v, err := verify.New(c, verify.Options{Seed: 1, Sets: engineSets, Engine: e})
			if err != nil {
				t.Fatal(err)
			}
			var report verify.Report
			for _, h := range hunts(t, c) {
				list, err := v.Hunt(context.Background(), h, targets(t, tt.targets))
				if err != nil {
					t.Fatal(err)
				}
				report.Hunts = append(report.Hunts, list...)
			}
			var b bytes.Buffer
			if err := report.Text(&b); err != nil {
				t.Fatal(err)
			}
			t.Log(b.String())
			for _, h := range report.Hunts {
				if len(h.Contradictions) > 0 || h.Refused != "" || h.Skipped == "" && h.Unchanged != "equal" {
					t.Errorf("%s for %s: %d contradictions, refused %q, its own bytes %q", h.Name, h.Target, len(h.Contradictions), h.Refused, h.Unchanged)
				}
			}
			if left, err := e.Exists(context.Background(), "huntc-verify-*"); err != nil || left {
				t.Errorf("indices are left on the engine: %v, %v", left, err)
			}
		})
	}
}

// wrong is an engine whose answers lack one condition of the hunt: it runs another text than it is given, as a wrong fact would write.
type wrong struct {
	verify.Engine
	from, to string
}

func (w wrong) Run(ctx context.Context, out *emit.Output, index ...string) (*eval.Table, []remote.Warning, error) {
	changed := *out
	changed.Text = strings.Replace(out.Text, w.from, w.to, 1)
	return w.Engine.Run(ctx, &changed, index...)
}

// A wrong fact is caught, and shrunk to events that a person can read.
func TestWrongFactIsCaughtAndShrunk(t *testing.T) {
	e := client(t, engines.Elasticsearch)
	c := compiler(t)
	for _, tt := range []struct{ name, query, from, to string }{
		{"the null clause is missing", `CloudAppEvents | where Timestamp > ago(1d) | where not(City has "paris") | project ReportId, City`,
			"City IS NULL OR ", ""},
		{"letter case counts", `CloudAppEvents | where Timestamp > ago(1d) | where City has "paris" | project ReportId, City`,
			"TO_LOWER(City) RLIKE", "City RLIKE"},
		{"the window is closed", `CloudAppEvents | where Timestamp > ago(1d) | project ReportId, City`, "@timestamp > ", "@timestamp >= "},
		{"one too few", `CloudAppEvents | where Timestamp > ago(1d) | summarize n = count() by City | where n > 3`, "n > 3", "n > 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := c.Parse("hunt.kql", []byte(tt.query), huntc.ParseOptions{})
			v, err := verify.New(c, verify.Options{Seed: 1, Sets: 40, Engine: wrong{e, tt.from, tt.to}})
			if err != nil {
				t.Fatal(err)
			}
			list, err := v.Hunt(context.Background(), h, targets(t, "esql@8.19/same-names"))
			if err != nil {
				t.Fatal(err)
			}
			if len(list[0].Contradictions) == 0 {
				t.Fatal("no contradiction was found")
			}
			for _, con := range list[0].Contradictions {
				n := 0
				for _, events := range con.Events {
					n += len(events)
				}
				if n > 5 {
					t.Errorf("%d events are left of %s: %v %v", n, con.Set, con.Differences, con.Events)
				}
			}
		})
	}
}
