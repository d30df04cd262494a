package spl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// optionSchema is what the searches of options.txt run over.
var optionSchema = Options{Definitions: &Definitions{Models: map[string]*DataModel{"Endpoint": {Datasets: map[string]*Dataset{"Processes": {Name: "Processes",
	Constraint: "index=main", Fields: map[string]DatasetField{"process_name": {Event: "a"}, "dest": {Event: "host"}}}}}}},
	Indexes: map[string][]string{"main": {"_time", "_raw", "host", "a", "b", "n", "m", "id", "user", "js"}},
	Lookups: map[string][]string{"users": {"user", "dept"}}}

// lowered returns the message of the first refusal of a search, "" if it has a meaning, and whether it is valid SPL.
func lowered(t *testing.T, search string) (refusal string, valid bool) {
	t.Helper()
	q, diags := Lower(&diag.Source{Name: "option", Text: search}, optionSchema)
	for _, d := range diags {
		if d.Severity == diag.Refused {
			if d.Span.IsZero() {
				t.Errorf("%s: the refusal %q has no place", search, d.Message)
			}
			if d.Why != "" {
				return d.Message + ": " + d.Why, true
			}
			return d.Message, true
		}
	}
	if q == nil {
		t.Errorf("%s\n%s", search, diag.Render(diags))
	}
	return "", q != nil
}

// Every option of the commands, every aggregation and every function has a search that is evaluated or stands in refused-options.txt
// with its reason; the list only shrinks. What published detections use most is counted.
func TestOptionsAreEvaluatedOrRefused(t *testing.T) {
	gaps := map[string]string{}
	for _, f := range readLines(t, "refused-options.txt", 3) {
		gaps[f[0]+"\t"+f[1]] = f[2]
	}
	var b strings.Builder
	b.WriteString("# Options, aggregations and functions that are refused, with the reason. The list only shrinks.\n")
	evaluated, all := 0, 0
	for _, f := range readLines(t, "options.txt", 4) {
		key := f[0] + "\t" + f[1]
		refusal, valid := lowered(t, f[3])
		reason, gap := gaps[key]
		n, err := strconv.Atoi(f[2])
		if err != nil && f[2] != "-" {
			t.Errorf("%s: the count %q is no number", key, f[2])
		}
		all += n
		switch {
		case refusal != "" && gap && (*update || reason == refusal):
			fmt.Fprintf(&b, "%s\t%s\n", key, refusal)
		case refusal != "":
			t.Errorf("%s: %s\n is refused: %s", key, f[3], refusal)
		case gap && !*update:
			t.Errorf("%s is evaluated: take it off refused-options.txt", key)
		case valid:
			evaluated += n
		}
	}
	t.Logf("%d of %d counted uses are evaluated", evaluated, all)
	if *update {
		if err := os.WriteFile(filepath.Join(testdata, "refused-options.txt"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// No option, aggregation or function of the syntax is without a search.
func TestOptionsAreComplete(t *testing.T) {
	listed := map[string]bool{}
	commands := map[string]bool{}
	for _, f := range readLines(t, "options.txt", 4) {
		if listed[f[0]+" "+f[1]] {
			t.Errorf("%s %s stands twice", f[0], f[1])
		}
		listed[f[0]+" "+f[1]], commands[f[0]] = true, true
	}
	for _, c := range syntax.ReadCommands() {
		if !commands[c] && !slices.Contains([]string{"bucket", "discretize", "common"}, c) {
			t.Errorf("the command %s has no search", c)
		}
		for _, o := range syntax.OptionNames(c) {
			if commands[c] && !listed[c+" "+o] {
				t.Errorf("the option %s of %s has no search", o, c)
			}
		}
	}
	for _, f := range syntax.EvalFunctions() {
		if !listed["eval function "+f] {
			t.Errorf("the function %s has no search", f)
		}
	}
	for _, f := range syntax.AggFunctions() {
		if !listed["aggregation "+f] {
			t.Errorf("the aggregation %s has no search", f)
		}
	}
}
