package verify

import (
	_ "embed" // the list of known survivors and drifts
	"fmt"
	"slices"
	"strings"
)

//go:embed known.txt
var shipped string

// Known lists what is excused, each with its reason: mutants that are equivalent to the translation, and drifts that no events can show.
// The list only shrinks: an entry that is not met is reported by Unmet.
type Known struct {
	mutants []entry
	drifts  []entry
}

type entry struct {
	hunt, target, what, reason string
	met                        bool
}

// Shipped is the list that belongs to the hunts of this repository.
func Shipped() (*Known, error) { return ParseKnown(shipped) }

// ParseKnown reads lines "mutant | hunt id | target | name | reason" and "drift | hunt id | target | code | reason". In a target or hunt
// * at an end fits anything; # starts a comment.
func ParseKnown(text string) (*Known, error) {
	k := &Known{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 5 || strings.TrimSpace(parts[4]) == "" {
			return nil, fmt.Errorf("known survivors and drifts, line %d: want kind | hunt | target | what | reason", i+1)
		}
		for j := range parts {
			parts[j] = strings.TrimSpace(parts[j])
		}
		e := entry{hunt: parts[1], target: parts[2], what: parts[3], reason: parts[4]}
		switch parts[0] {
		case "mutant":
			k.mutants = append(k.mutants, e)
		case "drift":
			k.drifts = append(k.drifts, e)
		default:
			return nil, fmt.Errorf("known survivors and drifts, line %d: %q is neither mutant nor drift", i+1, parts[0])
		}
	}
	return k, nil
}

func (k *Known) reason(list []entry, hunt, target, what string) string {
	for i, e := range list {
		if fits(e.hunt, hunt) && fits(e.target, target) && e.what == what {
			list[i].met = true
			return e.reason
		}
	}
	return ""
}

// fits: * is anything, a final * any ending, a first * any beginning.
func fits(pattern, s string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(s, start)
	}
	if end, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(s, end)
	}
	return pattern == s
}

// Unmet lists the entries of the list that no run has met.
func (k *Known) Unmet() []string {
	var out []string
	for _, e := range slices.Concat(k.mutants, k.drifts) {
		if !e.met {
			out = append(out, fmt.Sprintf("%s %s: %s", e.hunt, e.target, e.what))
		}
	}
	return out
}
