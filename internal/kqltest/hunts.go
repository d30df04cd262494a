// Package kqltest gives tests queries that others wrote: the hunts that ship, and a corpus of published ones where it is at hand.
package kqltest

import (
	"path"
	"strings"
	"testing"

	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/rules"
)

// Hunts returns the queries of the hunts that ship, as their authors wrote them, by the names of their files such as mass-downloads.
func Hunts(tb testing.TB) map[string]string {
	tb.Helper()
	out := map[string]string{}
	for h, err := range content.Load(tb.Context(), rules.FS, "hunts") {
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(path.Base(h.File), ".yaml")] = strings.TrimSpace(h.Query.Text)
	}
	if len(out) < 3 {
		tb.Fatalf("only %d hunts ship", len(out))
	}
	return out
}
