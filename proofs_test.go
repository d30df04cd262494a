package huntc_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/internal/engines"
)

// claim is what a case proves about a fact.
type claim struct{ language, fact, how, on string }

// TestProofs writes down what the cases prove about facts. A translation whose rows TestCasesOnEngines compares on an engine proves that
// the engine runs its facts; one that a product's own parser takes proves that it takes them. Those tests hold that the claims are true.
func TestProofs(t *testing.T) {
	var lines []string
	found := proven(t)
	for c, witness := range found {
		lines = append(lines, strings.Join([]string{c.language, c.fact, c.how, c.on, witness}, "\t"))
	}
	// executed sorts before accepted, so that the strongest proof of a fact comes first
	slices.SortFunc(lines, func(a, b string) int {
		key := func(s string) string { return strings.Replace(s, "\texecuted\t", "\t \t", 1) }
		return strings.Compare(key(a), key(b))
	})
	golden(t, "backends/emit/proofs.tsv", strings.Join(lines, "\n")+"\n")
}

func proven(t *testing.T) map[claim]string {
	t.Helper()
	c := newCompiler(t)
	now := caseNow()
	out := map[claim]string{}
	note := func(r *huntc.Result, how emit.Evidence, on, witness string) {
		if r.Output == nil {
			return
		}
		for _, f := range r.Facts {
			k := claim{r.Target.Language, f.Name, how.String(), on}
			if old := out[k]; old == "" || witness < old {
				out[k] = witness
			}
		}
	}
	translate := func(h *huntc.Hunt, target string, o huntc.Options) *huntc.Result {
		r, err := c.Translate(context.Background(), h, parseTarget(t, target), o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	list := map[string]*huntc.Hunt{}
	for name, sec := range cases(t) {
		h := caseHunt(t, c, sec)
		if h.IR == nil {
			continue
		}
		list[name] = h
		if _, rows := sec["want"]; !rows {
			continue
		}
		if r := translate(h, splTarget, huntc.Options{Now: now}); r.Output != nil {
			for _, f := range r.Facts {
				k := claim{r.Target.Language, f.Name, "checked", "our SPL interpreter"}
				if old := out[k]; old == "" || name < old {
					out[k] = name
				}
			}
		}
		for _, on := range engineTargets {
			if r := translate(h, on.target, huntc.Options{Now: now}); r.Output != nil && runsHere(r.Target, r.Output.Text) {
				note(r, emit.Executed, on.product+" "+on.kind.Version(), name)
			}
		}
	}
	for _, h := range hunts(t, c) {
		list["hunt "+h.Name] = h
	}
	for name, h := range list {
		for target, on := range map[string]string{
			"esql@9.5/elastic": "Elasticsearch " + engines.Verifier.Version(), "esql@9.5/same-names": "Elasticsearch " + engines.Verifier.Version(),
			"kql@sentinel": "Kusto " + engines.Kusto.Version(), "kql@defender": "Kusto " + engines.Kusto.Version()} {
			note(translate(h, target, huntc.Options{}), emit.Accepted, on, name)
		}
	}
	return out
}

// TestExactFactsAreExecuted holds that what ES|QL and aggregations are said to say exactly was executed on an engine with the right rows;
// what is newer than the engine that runs here was at least taken by Elasticsearch's own verifier. The list of exceptions only shrinks.
func TestExactFactsAreExecuted(t *testing.T) {
	const path = "testdata/facts-without-execution.txt"
	listed := exceptions(t, path, "\t")
	found := proven(t)
	var left []string
	for language, facts := range huntc.FactsByLanguage() {
		for _, f := range facts {
			if f.Grade != emit.Exact || language != "esql" && language != "esagg" {
				continue
			}
			name := language + " " + f.Name
			if _, known := listed[name]; executed(found, language, f) == known {
				if known {
					t.Errorf("%s is executed now: take it off %s", name, path)
				} else {
					t.Errorf("%s is said to be exact, but no case with rows executes it", name)
				}
			}
			left = append(left, name)
		}
	}
	for name := range listed {
		if !slices.Contains(left, name) {
			t.Errorf("%s lists %s, which is no exact fact", path, name)
		}
	}
}

func executed(found map[claim]string, language string, f *emit.Fact) bool {
	for c := range maps.Keys(found) {
		if c.language != language || c.fact != f.Name {
			continue
		}
		if c.how == emit.Executed.String() || f.Since != "" && newer(f.Since, "8.19") {
			return true
		}
	}
	return false
}

func newer(a, b string) bool {
	x, err := emit.ParseVersion(a)
	y, err2 := emit.ParseVersion(b)
	return err == nil && err2 == nil && y.Less(x)
}

// TestFactNamesAreUnique because proofs are recorded by name.
func TestFactNamesAreUnique(t *testing.T) {
	for language, facts := range huntc.FactsByLanguage() {
		seen := map[string]bool{}
		for _, f := range facts {
			if seen[f.Name] || strings.ContainsAny(f.Name, "\t\n") {
				t.Errorf("%s: %s", language, fmt.Sprintf("%q is no name of its own", f.Name))
			}
			seen[f.Name] = true
		}
	}
}
