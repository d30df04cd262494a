package huntc_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/render"
)

// searchEngines are the targets on which the searches of fromspl_rows_test.go run.
var searchEngines = []struct {
	kind   engines.Kind
	target string
}{
	{engines.Elasticsearch, "esql@8.19/same-names"},
	{engines.OpenSearch, "esagg@opensearch-2.19/same-names"},
	{engines.Elasticsearch, "esagg@elasticsearch-8.19/same-names"},
}

// runnableSearch is a search as a hunt, and its translation, which an engine here can run.
type runnableSearch struct {
	text   string
	hunt   *huntc.Hunt
	result *huntc.Result // has an output
}

// searchOptions are those of the translations that run on an engine.
func searchOptions() huntc.Options {
	o := huntc.Options{Now: searchNow}
	o.Env.Tables = map[string]huntc.EnvTable{"logins": {Index: "searches-logins"}}
	return o
}

// searchTexts are all searches of these tests without declarations of their own, in order.
func searchTexts() []string {
	texts := map[string]bool{}
	for _, s := range conditions {
		texts[strings.Replace("index=logins "+s, "logins * |", "logins |", 1)] = true
	}
	for _, d := range detections {
		texts["index=logins | "+d.search] = true
	}
	for _, d := range slices.Concat(firstSeen, givenTables) {
		texts[d.search] = true
	}
	for _, x := range tstatsSearches {
		texts[x.search] = true
	}
	return slices.Sorted(maps.Keys(texts))
}

// runnableSearches translates every search for a target: those that can be run, and for each of the others the reason.
func runnableSearches(t *testing.T, c *huntc.Compiler, target huntc.Target) ([]runnableSearch, map[string]string) {
	t.Helper()
	var out []runnableSearch
	not := map[string]string{}
	definitions, err := spl.ReadDefinitions("splunk.yaml", []byte(lookups+loginModel))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range searchTexts() {
		h := c.ParseSPL("q.spl", []byte(text), huntc.SPLOptions{Fields: loginFields(t), Definitions: definitions})
		if h.IR == nil {
			t.Fatalf("%s\n%s", text, diag.Render(h.Diags))
		}
		r, err := c.Translate(t.Context(), h, target, searchOptions())
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Output == nil:
			not[text] = refusals(r)
		case !runsHere(target, r.Output.Text):
			not[text] = "the Elasticsearch of the tests has no scripts and no bucket_selector"
		default:
			out = append(out, runnableSearch{text, h, r})
		}
	}
	return out, not
}

// TestSearchesNotRun: the translations of every search are run on engines save the listed ones, each with its reason, so that nothing
// that is refused hides behind what is run. The list may only shrink. No engine is needed to hold it.
func TestSearchesNotRun(t *testing.T) {
	const path = "testdata/searches-not-run.txt"
	listed := exceptions(t, path, "\t")
	c := newCompiler(t)
	for _, on := range searchEngines {
		_, not := runnableSearches(t, c, parseTarget(t, on.target))
		for text, why := range not {
			entry := on.target + " " + text
			if listed[entry] != why {
				t.Errorf("not run, and not in %s:\n%s\t%s", path, entry, why)
			}
			delete(listed, entry)
		}
	}
	for entry := range listed {
		t.Errorf("%s: %s is run now or is gone: take it off the list", path, entry)
	}
}

// The translations of searches give on the engine the rows that Splunk's rules give the search.
func TestSearchesOnEngines(t *testing.T) {
	for _, on := range searchEngines {
		t.Run(on.target, func(t *testing.T) { runSearchesOn(t, on.kind, parseTarget(t, on.target)) })
	}
}

func runSearchesOn(t *testing.T, kind engines.Kind, target huntc.Target) {
	node := pool.Node(t, kind)
	cluster, err := remote.Open(t.Context(), node.URL, remote.Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(t)
	list, _ := runnableSearches(t, c, target)
	for _, s := range list {
		t.Run(s.text, func(t *testing.T) { runSearchOn(t, c, cluster, target, s) })
	}
}

func runSearchOn(t *testing.T, c *huntc.Compiler, cluster *remote.Client, target huntc.Target, s runnableSearch) {
	p, _, err := c.Prepare(t.Context(), s.hunt, target, searchOptions())
	if err != nil || p == nil {
		t.Fatalf("translated, but not prepared: %v", err)
	}
	docs, err := render.Documents(p.Mapping, "logins", typedEvents(t))
	if err != nil {
		t.Fatal(err)
	}
	info := p.Tables["logins"]
	load(t, cluster, info.Index, render.Mappings(render.Fields(p.Query), info.TimeField, cluster.Product()), docs)
	got, _, err := cluster.Run(t.Context(), s.result.Output)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.result.Output.Text)
	}
	want, err := c.Rows(t.Context(), s.hunt, huntc.RowsOptions{Tables: map[string]*eval.Table{"logins": typedEvents(t)}, Now: searchNow})
	if err != nil {
		t.Fatal(err)
	}
	sameRows(t, s.result, "the hunt", got, want)
}
