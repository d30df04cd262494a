package conformance

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	backend "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql"
)

// minWritten is how many queries come back with the same meaning. It only grows.
const minWritten = 530

// TestWrittenKQLMeansTheSame writes every query that passes as KQL and runs what was written: its result is the recorded one too.
func TestWrittenKQLMeansTheSame(t *testing.T) {
	refused := map[string]int{}
	same := 0
	for _, file := range []string{"ground-truth.jsonl", "documentation.jsonl"} {
		cases, err := Load(filepath.Join(vendored, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if o, _, err := Run(c, nil); c.Nondeterministic || o != Pass || err != nil {
				continue
			}
			text, why := written(c)
			if text == "" {
				refused[why]++
				continue
			}
			again := *c
			again.Query = text
			if o, detail, err := Run(&again, nil); o != Pass || err != nil {
				t.Errorf("%s comes back %v: %s %v\n%s\nwritten as\n%s", c.ID, o, detail, err, c.Query, text)
				continue
			}
			same++
		}
	}
	t.Logf("%d queries mean the same as written", same)
	if same < minWritten {
		t.Errorf("%d queries mean the same as written, fewer than %d", same, minWritten)
	}
	for why, n := range refused {
		t.Logf("%4d not written: %s", n, why)
	}
}

// written gives the KQL of a case, or the reason why there is none.
func written(c *Case) (text, why string) {
	src := &diag.Source{Name: c.ID, Text: c.Query}
	q, _ := kql.Lower(src, kql.Options{Time: "TimeGenerated"})
	out, report := backend.Backend{}.Emit(&emit.Input{Name: c.ID, Query: q, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: src})
	if out != nil {
		return out.Text, ""
	}
	for _, d := range report.Diags {
		if d.Severity == diag.Refused {
			return "", strings.SplitN(d.Message, "\n", 2)[0]
		}
	}
	return "", "no text"
}
