package verify_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huntc/huntc/verify"
)

// The shipped hunts in the SPL interpreter: the rows of the translation are those of the hunt.
func TestHuntsOnTheSPLInterpreter(t *testing.T) {
	c := compiler(t)
	v, err := verify.New(c, verify.Options{SPL: true, Sets: 52})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hunts(t, c) {
		list, err := v.Hunt(context.Background(), h, targets(t, "spl@10/splunk,spl@10/same-names,esql@9.5/elastic"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if strings.HasPrefix(r.Target, "esql") {
				if r.Skipped == "" {
					t.Errorf("%s for %s is not skipped", r.Name, r.Target)
				}
				continue
			}
			if r.Skipped != "" || r.Refused != "" || r.Sets < 52 || r.Yielding < r.Sets/2 {
				t.Errorf("%s for %s: %d sets, %d with rows, skipped %q, refused %q", r.Name, r.Target, r.Sets, r.Yielding, r.Skipped, r.Refused)
			}
			if len(r.Contradictions) > 0 {
				t.Errorf("%s for %s: %v", r.Name, r.Target, r.Contradictions[0].Differences)
			}
		}
	}
}
