package huntc_test

import (
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/drift"
)

// TestApproximateFactsHaveAModel: the kinds of drift that ir/irtest applies to generated queries are those of every approximate fact,
// save the listed ones, each with its reason. The list may only shrink.
func TestApproximateFactsHaveAModel(t *testing.T) {
	const path = "testdata/facts-without-a-model.txt"
	reasons := exceptions(t, path, " ")
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
