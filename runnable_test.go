package huntc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/eval"
)

// runnable is a case with rows, and its translation, which something here can run.
type runnable struct {
	name    string
	hunt    *huntc.Hunt
	tables  map[string]*eval.Table // the events
	options huntc.Options
	result  *huntc.Result // has an output
}

// runnableCases translates every case with rows for a target: those that can be run, and for each of the others the reason.
func runnableCases(t *testing.T, c *huntc.Compiler, target huntc.Target) ([]runnable, map[string]string) {
	t.Helper()
	now := caseNow()
	var out []runnable
	not := map[string]string{}
	for name, sec := range cases(t) {
		if _, ok := sec["want"]; !ok {
			continue
		}
		h := caseHunt(t, c, sec)
		cs := runnable{name: name, hunt: h, tables: caseTables(t, c, h, sec), options: huntc.Options{Now: now}}
		cs.options.Env.Tables = map[string]huntc.EnvTable{}
		for table := range cs.tables {
			cs.options.Env.Tables[table] = huntc.EnvTable{Index: "case-" + strings.ToLower(table), Search: `index="` + table + `"`}
		}
		r, err := c.Translate(t.Context(), h, target, cs.options)
		if err != nil {
			t.Fatal(err)
		}
		cs.result = r
		switch {
		case r.Output == nil:
			not[name] = refusals(r)
		case !runsHere(target, r.Output.Text):
			not[name] = "the Elasticsearch of the tests has no scripts and no bucket_selector"
		default:
			out = append(out, cs)
		}
	}
	return out, not
}

// refusals names the codes for which a translation was refused.
func refusals(r *huntc.Result) string {
	var codes []string
	for _, d := range r.Diagnostics {
		if d.Severity >= diag.Refused {
			codes = append(codes, string(d.Code))
		}
	}
	slices.Sort(codes)
	return "refused " + strings.Join(slices.Compact(codes), " ")
}

// TestCasesNotRun: the translation of every case with rows is run, on the engines or on our reading of SPL, save the listed ones, each
// with its reason. The list may only shrink. No engine is needed to hold it.
func TestCasesNotRun(t *testing.T) {
	const path = "testdata/cases-not-run.txt"
	listed := exceptions(t, path, "\t")
	c := newCompiler(t)
	targets := []string{splTarget}
	for _, on := range engineTargets {
		targets = append(targets, on.target)
	}
	for _, target := range targets {
		_, not := runnableCases(t, c, parseTarget(t, target))
		for name, why := range not {
			entry := target + " " + name
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
