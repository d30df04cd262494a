package huntc

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/backends/emit"
)

// Facts returns every row of knowledge about the target languages.
func Facts() []*emit.Fact { return allFacts() }

// FactsByLanguage returns the rows of each target language.
func FactsByLanguage() map[string][]*emit.Fact {
	out := map[string][]*emit.Fact{}
	for _, b := range backends {
		out[b.Language()] = b.Facts()
	}
	return out
}

// Support writes SUPPORT.md from the facts: per language what is exact, approximate and refused, and how we know.
func Support() string {
	var b strings.Builder
	b.WriteString("# What each target can say\n\nGenerated from the facts (`make update`). Evidence: executed on an engine, accepted by the target's own parser, documented, inferred.\n")
	for _, back := range backends {
		counts := map[emit.Grade]int{}
		for _, f := range back.Facts() {
			counts[f.Grade]++
		}
		fmt.Fprintf(&b, "\n## %s\n\n%d exact, %d approximate, %d refused\n\n| construct | grade | since | bound or reason | evidence | page |\n|---|---|---|---|---|---|\n",
			back.Language(), counts[emit.Exact], counts[emit.Approximate], counts[emit.Refused])
		for _, f := range back.Facts() {
			note := f.Why
			if f.Bound != "" {
				note = "exact while " + f.Bound + "; " + note
			}
			if f.Code != "" {
				note += " [" + string(f.Code) + "]"
			}
			evidence := emit.EvidenceText(back.Language(), f)
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cell(f.Name), f.Grade, f.Since, cell(strings.TrimSpace(note)), cell(evidence), cell(f.Page))
		}
	}
	return b.String()
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
