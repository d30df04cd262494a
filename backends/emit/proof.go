package emit

import (
	_ "embed"
	"strings"
	"sync"
)

// Proof is that a product ran a construct with the right rows, or that its own parser took it. Proofs are recorded by the tests, never
// written by hand: a case whose rows an engine found proves the facts that its translation rests on.
type Proof struct {
	Evidence Evidence // Executed or Accepted; unset when only our own reading of the language has checked it, which is no evidence
	On       string   // product and version, e.g. "Elasticsearch 8.19.21"
	Case     string   // a case of testdata/cases, or a hunt, that shows it
}

//go:embed proofs.tsv
var proofsText string

type proofKey struct{ language, fact string }

var proofs = sync.OnceValue(func() map[proofKey][]Proof {
	out := map[proofKey][]Proof{}
	for _, line := range strings.Split(strings.TrimSpace(proofsText), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			continue // a file being written anew; the test that compares it reports what is wrong
		}
		k := proofKey{f[0], f[1]}
		e := map[string]Evidence{Executed.String(): Executed, Accepted.String(): Accepted}[f[2]]
		out[k] = append(out[k], Proof{e, f[3], f[4]})
	}
	return out
})

// Proofs lists what is proven about a fact of a language, the strongest first.
func Proofs(language string, f *Fact) []Proof { return proofs()[proofKey{language, f.Name}] }

// CheckedBy is how a proof by our own reading of a language is told.
const CheckedBy = "checked against"

// EvidenceText says how we know a fact: every proof, or else what it rests on.
func EvidenceText(language string, f *Fact) string {
	var parts []string
	own := false
	for _, p := range Proofs(language, f) {
		if p.Evidence == EvidenceUnset {
			parts, own = append(parts, CheckedBy+" "+p.On), true
			continue
		}
		parts = append(parts, p.Evidence.String()+": "+p.On)
	}
	if len(parts) == 0 || own {
		parts = append(parts, f.Evidence.String())
	}
	return strings.Join(parts, "; ")
}

// evidenceFor is what is known for a target: that one product and version ran or took a construct says nothing certain about another, for
// which its page is left.
func (f *Fact) evidenceFor(t Target) Evidence { return strongest(f.Evidence, Proofs(t.Language, f), t) }

func strongest(base Evidence, ps []Proof, t Target) Evidence {
	for _, p := range ps {
		if p.Evidence != EvidenceUnset && p.covers(t) {
			base = min(base, p.Evidence)
		}
	}
	return base
}

// covers reports whether the proof is of the target's product and version.
func (p Proof) covers(t Target) bool {
	product, version, _ := strings.Cut(p.On, " ")
	if t.Version == "" {
		return true // KQL has no versions, and one checker
	}
	return (t.Product == "" || strings.EqualFold(product, t.Product)) && strings.HasPrefix(version+".", t.Version+".")
}
