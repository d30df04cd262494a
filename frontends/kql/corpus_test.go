package kql

import (
	"sort"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/internal/kqltest"
)

// corpusFloor is how many files must lower without an error or refusal when no table has a schema. It may only rise.
const corpusFloor = 1327

func TestCorpusLowersWithoutPanic(t *testing.T) {
	files := kqltest.Corpus(t)
	clean := 0
	why := map[string]int{}
	for _, src := range files {
		Lower(src, Options{Schemas: testSchemas()})
		q, diags := Lower(src, Options{})
		if q != nil {
			_ = q.String()
		}
		if diags.Max() < diag.Refused {
			clean++
			continue
		}
		seen := map[string]bool{}
		for _, d := range diags {
			key := d.Severity.String() + " " + string(d.Code) + " " + d.Message
			if d.Severity >= diag.Refused && !seen[key] {
				seen[key] = true
				why[key]++
			}
		}
	}
	t.Logf("%d of %d files lower", clean, len(files))
	keys := make([]string, 0, len(why))
	for k := range why {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		return why[keys[i]] > why[keys[j]] || why[keys[i]] == why[keys[j]] && keys[i] < keys[j]
	})
	for _, k := range keys[:min(20, len(keys))] {
		t.Logf("%4d %s", why[k], strings.TrimSpace(k))
	}
	if clean < corpusFloor {
		t.Errorf("%d files lower, want at least %d", clean, corpusFloor)
	}
}
