package verify_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/verify"
)

func compiler(t *testing.T) *huntc.Compiler {
	t.Helper()
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hunts(t *testing.T, c *huntc.Compiler) []*huntc.Hunt {
	t.Helper()
	var out []*huntc.Hunt
	for h, err := range c.Load(context.Background(), os.DirFS(filepath.Join("..", "rules", "hunts")), ".", huntc.ParseOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	return out
}

func targets(t *testing.T, list string) []huntc.Target {
	t.Helper()
	ts, err := huntc.ParseTargets(list)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

// The shipped hunts, without an engine: the mapping and the handling of absent values keep the rows, and the events kill mutants.
func TestHuntsOnTheEvaluator(t *testing.T) {
	c := compiler(t)
	v, err := verify.New(c, verify.Options{Seed: 1, Sets: 80})
	if err != nil {
		t.Fatal(err)
	}
	var report verify.Report
	for _, h := range hunts(t, c) {
		list, err := v.Hunt(context.Background(), h, targets(t, "esql@9.5/elastic,esql@9.5/same-names"))
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
	if report.Failed() {
		t.Error("the report is a finding")
	}
	for _, h := range report.Hunts {
		for _, s := range h.Survivors {
			if s.Reason == "" {
				t.Errorf("%s for %s: %s survives and is not listed", h.Name, h.Target, s.Mutant)
			}
		}
	}
}
