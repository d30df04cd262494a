package huntc_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	backkql "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/ir/irtest"
)

var (
	seeds = flag.Uint64("seeds", 1500, "generated queries per property")
	first = flag.Uint64("seed", 1, "first seed")
)

// huntOf reads the KQL text of a generated query.
func huntOf(t *testing.T, c *huntc.Compiler, q *ir.Query) *huntc.Hunt {
	t.Helper()
	out, report := backkql.Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: &diag.Source{}})
	if out == nil {
		t.Fatalf("%s\n%s", q, diag.Render(report.Diags))
	}
	tables := map[string]huntc.Table{"T": {Columns: irtest.Columns()}, "U": {Columns: irtest.Columns()}}
	h := c.Parse("q.kql", []byte(out.Text), huntc.ParseOptions{Product: huntc.Sentinel, Tables: tables})
	if h.IR == nil {
		t.Fatalf("%s\n%s", out.Text, diag.Render(h.Diags))
	}
	return h
}

// dropEmpty makes a random half of the empty texts absent, as integrations that drop empty strings store them.
func dropEmpty(tab *eval.Table, time string, r *rand.Rand) *eval.Table {
	out := asStored(tab, time)
	for _, row := range out.Rows {
		for i, v := range row {
			if v.Type == ir.String && v.V == "" && r.IntN(2) == 0 {
				row[i].V = nil
			}
		}
	}
	return out
}

// What the targets see, a mapped query with explicit absent values under strict null rules, finds the rows that KQL's rules find,
// whichever empty texts were dropped: semantics.md 1.
func TestExplicitAbsentKeepsRowsUnderStrictNulls(t *testing.T) {
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, time := range map[string]string{"esql@9.5/same-names": "@timestamp", "esagg@elasticsearch-9.5/same-names": "@timestamp", "spl@10/same-names": "_time"} {
		t.Run(name, func(t *testing.T) {
			target, err := huntc.ParseTarget(name)
			if err != nil {
				t.Fatal(err)
			}
			checked := 0
			for seed := *first; seed < *first+*seeds; seed++ {
				g := irtest.Gen(seed, irtest.Options{NoJSON: true})
				h := huntOf(t, c, g.Query)
				prepared := c.Prepared(h, target)
				if prepared == nil {
					continue
				}
				checked++
				want, err := irtest.Lines(h.IR, &eval.Env{Tables: g.Tables, Now: g.Now})
				if err != nil {
					t.Fatalf("-seed %d: %v", seed, err)
				}
				r := rand.New(rand.NewPCG(seed, 11))
				strict := &eval.Env{Tables: map[string]*eval.Table{}, Now: g.Now, Strict: true}
				for n, tab := range g.Tables {
					strict.Tables[n] = dropEmpty(tab, time, r)
				}
				q := ir.Desugar(prepared)
				got, err := irtest.Lines(q, strict)
				if err != nil {
					t.Fatalf("-seed %d -seeds 1\n%s\n%s\n%v", seed, h.IR, q, err)
				}
				if extra, lost := irtest.Lacking(want, got), irtest.Lacking(got, want); len(extra)+len(lost) > 0 {
					t.Fatalf("-seed %d -seeds 1\n%s\n%s\nfound, not wanted\n%q\nwanted, not found\n%q", seed, h.IR, q, extra, lost)
				}
			}
			if *seeds > 100 && checked < int(*seeds)/2 {
				t.Errorf("only %d of %d queries could be prepared", checked, *seeds)
			}
		})
	}
}
