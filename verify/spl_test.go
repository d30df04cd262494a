package verify_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huntc/huntc/verify"
)

// splFindings are hunts whose translation to SPL the interpreter contradicts, with the reason. The list only shrinks.
var splFindings = map[string]string{
	"a1b2c3d4-e5f6-4g7h-8i9j-k0l1m2n3o4p5": "a key whose text is the one that stands for absent keys falls into their group; a letter before every key would tell them apart",
}

// The shipped hunts in the SPL interpreter: the rows of the translation are those of the hunt, but for what is listed.
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
			switch reason := splFindings[r.ID]; {
			case reason == "" && len(r.Contradictions) > 0:
				t.Errorf("%s for %s: %v", r.Name, r.Target, r.Contradictions[0].Differences)
			case reason != "" && len(r.Contradictions) == 0:
				t.Errorf("%s for %s has no contradiction: take it off the list (%s)", r.Name, r.Target, reason)
			}
		}
	}
}
