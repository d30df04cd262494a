package irtest_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	backkql "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/ir/irtest"
)

var (
	seeds = flag.Uint64("seeds", 1500, "generated queries per property")
	first = flag.Uint64("seed", 1, "first seed")
)

// forAll checks a property on generated cases. It fails for the first seed only, and says how to run that one again.
func forAll(t *testing.T, o irtest.Options, property func(t *testing.T, c *irtest.Case) string) {
	t.Helper()
	for seed := *first; seed < *first+*seeds; seed++ {
		c := irtest.Gen(seed, o)
		if problem := property(t, c); problem != "" {
			t.Fatalf("-seed %d -seeds 1\n%s\n%s", seed, c.Query, problem)
		}
	}
}

func env(c *irtest.Case) *eval.Env { return &eval.Env{Tables: c.Tables, Now: c.Now} }

// same evaluates a rewritten query and compares it with the original.
func same(t *testing.T, c *irtest.Case, q *ir.Query) string {
	t.Helper()
	want, err := irtest.Lines(c.Query, env(c))
	if err != nil {
		return "the query as generated: " + err.Error()
	}
	got, err := irtest.Lines(q, env(c))
	if err != nil {
		return q.String() + "\n" + err.Error()
	}
	if extra, lost := irtest.Lacking(want, got), irtest.Lacking(got, want); len(extra)+len(lost) > 0 {
		return fmt.Sprintf("%s\nfound, not wanted\n%q\nwanted, not found\n%q", q, extra, lost)
	}
	return ""
}

func TestGeneratedQueriesFindRowsAndNone(t *testing.T) {
	some, none := 0, 0
	forAll(t, irtest.Options{}, func(t *testing.T, c *irtest.Case) string {
		got, err := irtest.Lines(c.Query, env(c))
		if err != nil {
			return err.Error()
		}
		if len(got) == 0 {
			none++
		} else {
			some++
		}
		return ""
	})
	if *seeds > 100 && (some < none || none == 0) {
		t.Errorf("%d with rows, %d without: the generator says little", some, none)
	}
}

func TestDesugarRaiseKeepsRows(t *testing.T) {
	thresholds, baselines := 0, 0
	forAll(t, irtest.Options{Sets: true}, func(t *testing.T, c *irtest.Case) string {
		raised := ir.Raise(c.Query)
		for _, o := range raised.Root.Ops {
			switch o.(type) {
			case *ir.Threshold:
				thresholds++
			case *ir.Baseline:
				baselines++
			}
		}
		if p := same(t, c, raised); p != "" {
			return "raised: " + p
		}
		return same(t, c, ir.Desugar(raised))
	})
	if *seeds > 100 && (thresholds < 50 || baselines < 50) {
		t.Errorf("%d thresholds, %d baselines: the generator makes too few", thresholds, baselines)
	}
}

func TestTidyKeepsRows(t *testing.T) {
	forAll(t, irtest.Options{Sets: true}, func(t *testing.T, c *irtest.Case) string { return same(t, c, ir.Tidy(c.Query)) })
}

func TestKQLTextKeepsRows(t *testing.T) {
	tables := map[string]kql.Table{"T": {Columns: irtest.Columns()}, "U": {Columns: irtest.Columns()}}
	forAll(t, irtest.Options{Sets: true}, func(t *testing.T, c *irtest.Case) string {
		in := &emit.Input{Query: c.Query, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: &diag.Source{}}
		out, report := backkql.Backend{}.Emit(in)
		if out == nil {
			return "refused: " + diag.Render(report.Diags)
		}
		q, diags := kql.Lower(&diag.Source{Name: "q.kql", Text: out.Text}, kql.Options{Schemas: tables})
		if q == nil || diags.HasErrors() {
			return out.Text + diag.Render(diags)
		}
		if p := same(t, c, q); p != "" {
			return out.Text + p
		}
		return ""
	})
}
