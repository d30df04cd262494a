package huntc_test

import (
	"os"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/drift"
)

// TestApproximateFactsHaveAModel: the kinds of drift that ir/irtest applies to generated queries are those of every approximate fact,
// save the listed ones, each with its reason. The list may only shrink.
func TestApproximateFactsHaveAModel(t *testing.T) {
	const path = "testdata/facts-without-a-model.txt"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		code, why, _ := strings.Cut(line, " ")
		if why == "" {
			t.Errorf("%s: %s stands there without a reason", path, code)
		}
		reasons[code] = why
	}
	listed := map[string]bool{}
	for _, f := range huntc.Facts() {
		if f.Grade != emit.Approximate {
			continue
		}
		modelled := f.Kind != 0 && f.Kind&^(drift.TruthAny|drift.ValueAny|drift.LostRows) == 0
		code := string(f.Code)
		switch {
		case !modelled && reasons[code] == "":
			t.Errorf("%s (%s) has no model", code, f.Name)
		case !modelled:
			listed[code] = true
		}
	}
	for code := range reasons {
		if !listed[code] {
			t.Errorf("%s: %s has a model or is gone: take it off the list", path, code)
		}
	}
}
