package conformance

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir/eval"
)

var update = flag.Bool("update", false, "take cases that pass now out of the lists of those that do not")

const (
	vendored = "../../testdata/kql"
	shared   = "../../../shared/kql-cases"
)

// TestGroundTruth runs the results recorded from Microsoft's engine. Every deterministic case passes, or is refused and listed with
// a reason; a wrong answer is never excused.
func TestGroundTruth(t *testing.T) {
	s := run(t, filepath.Join(vendored, "ground-truth.jsonl"), filepath.Join(vendored, "not-passing.txt"), nil)
	if s.core.total != 271 || s.all.total != 453 {
		t.Errorf("%d core cases of %d, the ground truth has 271 of 453", s.core.total, s.all.total)
	}
	// What has been reached may not be lost again.
	if s.core.passed*1000 < s.core.total*minCore {
		t.Errorf("%d of %d core cases pass, fewer than %.1f %%", s.core.passed, s.core.total, float64(minCore)/10)
	}
	s.print(t, "ground truth")
}

// minCore is the smallest share of core cases that pass, in thousandths. It only grows.
const minCore = 985

// TestDocumentation runs cases written from the pages of the language's reference.
func TestDocumentation(t *testing.T) {
	s := run(t, filepath.Join(vendored, "documentation.jsonl"), filepath.Join(vendored, "documentation-not-passing.txt"), nil)
	s.print(t, "documentation")
}

// TestSecondTier runs results of another implementation, where they are present. What differs is listed with the reason: the
// documentation wins over it.
func TestSecondTier(t *testing.T) {
	weaker(t, "second-tier", nil)
}

// TestFixtureDerived runs documentation queries over the fixture tables, where they are present.
func TestFixtureDerived(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("%s is not present", shared)
	}
	weaker(t, "fixture_derived", fixtures(t))
}

func weaker(t *testing.T, tier string, tables map[string]*eval.Table) {
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("%s is not present", shared)
	}
	s := run(t, filepath.Join(shared, tier+".jsonl"), filepath.Join(vendored, tier+"-differs.txt"), tables)
	s.print(t, tier)
}

type tally struct{ passed, listed, total int }

type stats struct {
	core, all tally
	byOp      map[string]*tally
}

// run runs the deterministic cases of a file against its list.
func run(t *testing.T, path, listPath string, tables map[string]*eval.Table) *stats {
	t.Helper()
	cases, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	list := readList(t, listPath)
	s := &stats{byOp: map[string]*tally{}}
	for _, c := range cases {
		if c.Nondeterministic {
			continue
		}
		outcome, detail, err := Run(c, tables)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		s.count(c, outcome, list.has(c.ID))
		list.settle(t, c, outcome, detail)
	}
	list.finish(t)
	return s
}

func (s *stats) count(c *Case, o Outcome, listed bool) {
	tallies := []*tally{&s.all}
	if c.Core() {
		tallies = append(tallies, &s.core)
	}
	for _, op := range slices.Compact(slices.Sorted(slices.Values(c.Ops))) {
		if s.byOp[op] == nil {
			s.byOp[op] = &tally{}
		}
		tallies = append(tallies, s.byOp[op])
	}
	for _, t := range tallies {
		t.total++
		if o == Pass {
			t.passed++
		} else if listed {
			t.listed++
		}
	}
}

func (s *stats) print(t *testing.T, name string) {
	var b strings.Builder
	for _, op := range slices.Sorted(maps.Keys(s.byOp)) {
		c := s.byOp[op]
		fmt.Fprintf(&b, "\n  %-16s %3d / %3d / %3d", op, c.passed, c.listed, c.total)
	}
	t.Logf("passed / listed / total by operator:%s", b.String())
	if s.core.total > 0 {
		t.Logf("%s, core: passed %d, listed %d, total %d", name, s.core.passed, s.core.listed, s.core.total)
	}
	t.Logf("%s: passed %d, listed %d, total %d", name, s.all.passed, s.all.listed, s.all.total)
}

// list is a file of cases that do not pass, one "id: reason" a line.
type list struct {
	path    string
	reasons map[string]string
	order   []string
	drop    map[string]bool
	met     map[string]bool
}

func readList(t *testing.T, path string) *list {
	l := &list{path: path, reasons: map[string]string{}, drop: map[string]bool{}, met: map[string]bool{}}
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" {
			continue
		}
		id, reason, ok := strings.Cut(line, ": ")
		if _, twice := l.reasons[id]; !ok || twice || strings.TrimSpace(reason) == "" {
			t.Fatalf("%s:%d: expected one line per case, id: reason", path, i+1)
		}
		l.reasons[id] = reason
		l.order = append(l.order, id)
	}
	return l
}

func (l *list) has(id string) bool { _, ok := l.reasons[id]; return ok }

// settle holds one outcome against the list. In the weaker tiers, which have no scope, the list holds differences and a refusal
// needs no line.
func (l *list) settle(t *testing.T, c *Case, o Outcome, detail string) {
	l.met[c.ID] = true
	weak := c.Scope == ""
	listed := l.has(c.ID)
	switch {
	case o == Pass && listed && *update:
		l.drop[c.ID] = true
	case o == Pass && listed:
		t.Errorf("%s passes and is listed in %s: go test ./internal/conformance -update takes it out", c.ID, l.path)
	case o == Wrong && !(weak && listed):
		t.Errorf("%s is wrong: %s\n%s", c.ID, detail, c.Query)
	case o == Refused && !weak && !listed:
		t.Errorf("%s is refused and not listed: %s\n%s", c.ID, detail, c.Query)
	}
}

func (l *list) finish(t *testing.T) {
	for _, id := range l.order {
		if !l.met[id] {
			t.Errorf("%s lists %s, which is no deterministic case", l.path, id)
		}
	}
	if len(l.drop) == 0 {
		return
	}
	var b strings.Builder
	for _, id := range l.order {
		if !l.drop[id] {
			fmt.Fprintf(&b, "%s: %s\n", id, l.reasons[id])
		}
	}
	if err := os.WriteFile(l.path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
