package huntc_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/ir"
)

// TestESQLIsAcceptedByElasticsearch95 gives every ES|QL text for 9.5, of all cases and hunts on both mappings, to Elasticsearch 9.5.3's own
// parser, analyzer and verifier.
func TestESQLIsAcceptedByElasticsearch95(t *testing.T) {
	verifier := pool.Checker(t, engines.Verifier)
	c := newCompiler(t)
	list := casesAndHunts(t, c)
	n := 0
	for _, name := range []string{"esql@9.5/elastic", "esql@9.5/same-names"} {
		target := parseTarget(t, name)
		n += eachOutput(t, c, list, target, func(name string, h *huntc.Hunt, r *huntc.Result) {
			v, err := verifier.Check(t.Context(), r.Output.Text, indicesOf(t, c, h, target))
			if err != nil {
				t.Fatal(err)
			}
			if !v.OK {
				t.Errorf("%s for %s: %s: %s\n%s", name, target, v.Kind, v.Error, r.Output.Text)
				return
			}
			for i, col := range r.Output.Columns {
				if len(v.Columns) != len(r.Output.Columns) || v.Columns[i].Name != col.Path {
					t.Errorf("%s for %s: columns %v, the manifest says %v", name, target, v.Columns, r.Output.Columns)
					break
				}
			}
		})
	}
	if n < 40 {
		t.Errorf("only %d texts were there to verify", n)
	}
	t.Logf("%d texts accepted", n)
}

// casesAndHunts are the hunts of all cases and those that ship.
func casesAndHunts(t *testing.T, c *huntc.Compiler) map[string]*huntc.Hunt {
	t.Helper()
	list := map[string]*huntc.Hunt{}
	for name, sec := range cases(t) {
		list["case "+name] = caseHunt(t, c, sec)
	}
	for _, h := range hunts(t, c) {
		list["hunt "+h.Name] = h
	}
	return list
}

// eachOutput translates those hunts that have a meaning, and visits each translation that is not refused; it returns their number.
func eachOutput(t *testing.T, c *huntc.Compiler, list map[string]*huntc.Hunt, target huntc.Target, visit func(name string, h *huntc.Hunt, r *huntc.Result)) int {
	t.Helper()
	n := 0
	for name, h := range list {
		if h.IR == nil {
			continue
		}
		r, err := c.Translate(t.Context(), h, target, huntc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != nil {
			n++
			visit(name, h, r)
		}
	}
	return n
}

// indicesOf lists an index for every table of the hunt, with the fields that the query reads: all of them, because an index template has
// them whether or not events do.
func indicesOf(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, target huntc.Target) map[string]map[string]string {
	t.Helper()
	p, _, err := c.Prepare(context.Background(), h, target, huntc.Options{})
	if err != nil || p == nil {
		t.Fatalf("not prepared: %v", err)
	}
	fields := map[string]string{}
	collectFields(p.Query, fields)
	out := map[string]map[string]string{}
	for _, info := range p.Tables {
		own := maps.Clone(fields)
		own[info.TimeField] = "date"
		for _, index := range strings.Split(info.Index, ",") {
			out[strings.ReplaceAll(index, "*", "x")] = own
		}
	}
	return out
}

func collectFields(q *ir.Query, into map[string]string) {
	q.EachPipeline(func(p *ir.Pipeline) {
		for _, f := range fieldsOf(p) {
			name, typ := f.Name, f.Info.Type
			if f.Info.Container != "" {
				name, typ = f.Info.Container, "flattened"
			}
			if typ == "" {
				typ = "keyword" // a column that no schema knows, read as text
			}
			into[name] = typ
		}
	})
}
