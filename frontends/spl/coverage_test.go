package spl

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the generated tables")

// The table of statements and what covers them is current, and no statement is without a case.
func TestEveryStatementIsCovered(t *testing.T) {
	statements := readStatements(t, "statements.txt")
	by := map[string]string{}
	known := map[string]statement{}
	for _, s := range statements {
		if _, twice := known[s.id]; twice {
			t.Errorf("%s stands twice", s.id)
		}
		known[s.id] = s
	}
	for _, s := range readStatements(t, "refused.txt") {
		if _, both := known[s.id]; both {
			t.Errorf("%s is a statement and refused", s.id)
		}
	}
	for _, c := range readCases(t) {
		s, ok := known[c.id]
		if !ok || s.text != c.text || s.page != c.page {
			t.Errorf("%s: %s, its text or its page is not the one of statements.txt", c.file, c.id)
		}
		by[c.id] += " case:" + c.file
	}
	lines := map[string]int{}
	for file, fields := range map[string]int{"valid.txt": 3, "invalid.txt": 5} {
		for _, f := range readLines(t, file, fields) {
			if _, ok := known[f[0]]; f[0] != "-" && !ok {
				t.Errorf("%s names %s, which is no statement", file, f[0])
			}
			lines[f[0]+" "+file]++
		}
	}
	for _, k := range slices.Sorted(maps.Keys(lines)) {
		id, file, _ := strings.Cut(k, " ")
		by[id] += fmt.Sprintf(" %s:%d", file, lines[k])
	}
	var b strings.Builder
	b.WriteString("# Generated: what covers each statement of statements.txt.\n")
	for _, s := range statements {
		cover := strings.TrimSpace(by[s.id])
		if cover == "" {
			cover = "NOTHING"
			t.Errorf("%s (%s) is covered by nothing", s.id, s.text)
		}
		fmt.Fprintf(&b, "%s\t%s\n", s.id, cover)
	}
	compareFile(t, "coverage.txt", b.String())
}

// compareFile compares a generated file of testdata with text, or writes it with -update.
func compareFile(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(testdata, name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old, err := os.ReadFile(path)
	if err != nil || string(old) != text {
		t.Errorf("%s is not current (%v): go test ./frontends/spl -update", name, err)
	}
}

// Each case is complete: a search, wanted rows, a page, and a named wrong reading that only statements with the same meaning share.
func TestCasesAreComplete(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	for _, c := range readCases(t) {
		if c.search == "" || c.page == "" || len(c.kills) == 0 || len(c.events)+len(c.lookups) == 0 && !strings.Contains(c.search, "makeresults") {
			t.Errorf("%s: search, page, kills or data are missing", c.file)
		}
		for _, k := range c.kills {
			if !name.MatchString(k) {
				t.Errorf("%s: %q is no name of a reading", c.file, k)
			}
		}
	}
}

// The lists hold at least the number of searches that were promised, each once.
func TestValidAndInvalidSearchesAreMany(t *testing.T) {
	for file, fields := range map[string]int{"valid.txt": 3, "invalid.txt": 5} {
		seen := map[string]bool{}
		for _, f := range readLines(t, file, fields) {
			if seen[f[fields-1]] {
				t.Errorf("%s holds %q twice", file, f[fields-1])
			}
			seen[f[fields-1]] = true
		}
		if len(seen) < 60 {
			t.Errorf("%s holds %d searches, want at least 60", file, len(seen))
		}
	}
}
