package generate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/verify/generate"
)

var now = time.Date(2026, 5, 15, 12, 34, 56, 789_000_000, time.UTC)

func sets(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, seed uint64, n int) *generate.Result {
	t.Helper()
	q, err := c.Meaning(h, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	schema := map[string][]ir.Column{}
	for _, table := range q.Tables() {
		name := table.Name
		if cols, ok := c.TableColumns(h, name); ok {
			schema[name] = cols
		}
	}
	r, err := generate.Sets(context.Background(), q, generate.Options{Seed: seed, N: n, Now: ir.TicksOf(now), Tick: ir.Millisecond, Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func hunts(t *testing.T, c *huntc.Compiler) []*huntc.Hunt {
	t.Helper()
	var out []*huntc.Hunt
	for h, err := range c.Load(context.Background(), os.DirFS(filepath.Join("..", "..", "rules", "hunts")), ".", huntc.ParseOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	return out
}

// At least half of the sets find rows, and nothing was left that the generator could not meet.
func TestSetsYieldRows(t *testing.T) {
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hunts(t, c) {
		t.Run(h.Name, func(t *testing.T) {
			r := sets(t, c, h, 1, 60)
			if len(r.Loose) > 0 {
				t.Errorf("not followed: %v", r.Loose)
			}
			yield, events := 0, 0
			for _, s := range r.Sets {
				rows, err := c.Rows(context.Background(), h, huntc.RowsOptions{Tables: s.Tables, Now: now})
				if err != nil {
					t.Fatal(err)
				}
				if len(rows.Rows) > 0 {
					yield++
				}
				for _, tab := range s.Tables {
					events += len(tab.Rows)
				}
			}
			t.Logf("%d sets, %d with rows, %d events", len(r.Sets), yield, events)
			if yield*2 < len(r.Sets) {
				t.Errorf("%d of %d sets yield rows", yield, len(r.Sets))
			}
		})
	}
}

func TestSameSeedSameSets(t *testing.T) {
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	h := hunts(t, c)[0]
	text := func(seed uint64) string {
		out := ""
		for _, s := range sets(t, c, h, seed, 20).Sets {
			out += fmt.Sprint(s.Aspects)
			for _, tab := range s.Tables {
				out += fmt.Sprint(tab.Rows)
			}
		}
		return out
	}
	if first, again := text(1), text(1); first != again {
		t.Error("the same seed gives other sets")
	}
	if text(1) == text(2) {
		t.Error("another seed gives the same sets")
	}
}
