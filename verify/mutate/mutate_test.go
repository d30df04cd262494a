package mutate_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/verify/mutate"
)

func mutants(t *testing.T, query string) []mutate.Mutant {
	t.Helper()
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	h := c.Parse("hunt.kql", []byte(query), huntc.ParseOptions{Product: huntc.Defender})
	target, err := huntc.ParseTarget("esql@8.19/same-names")
	if err != nil {
		t.Fatal(err)
	}
	p, diags, err := c.Prepare(context.Background(), h, target, huntc.Options{})
	if err != nil || p == nil {
		t.Fatal(query, h.Diags, diags, err)
	}
	return mutate.All(p.Query)
}

// Every kind of mistake that is asked for is made, each under a name of its own.
func TestKindsOfMutants(t *testing.T) {
	tests := []struct{ query, want string }{
		{"CloudAppEvents | where Timestamp > ago(1d) | project City", "(field(@timestamp) > (now - 1d)) with >="},
		{"CloudAppEvents | where ApplicationId == 5 | project City", "(field(ApplicationId) == 5) with +1"},
		{`CloudAppEvents | where City =~ "paris" | project City`, `match(equal fold, field(City), any ("paris")) with exact case`},
		{`CloudAppEvents | where City has "paris" | project City`, `match(term fold, field(City), any ("paris")) as contains`},
		{`CloudAppEvents | where City !has "paris" | project City`, `without the alternative absent(field(City))`},
		{"CloudAppEvents | summarize n = count() by City | where n > 3", "(n > 3) with -1"},
		{"CloudAppEvents | summarize n = count() by City | where n > 3", "without the threshold (n > 3)"},
		{"CloudAppEvents | summarize n = count() by City, Isp", "key Isp dropped"},
		{"CloudAppEvents | summarize n = count() by City", `fill(field(City), "") without fill`},
		{"CloudAppEvents | summarize n = count() by bin(Timestamp, 5m)", "bin(field(@timestamp), 5m) shifted"},
		{"CloudAppEvents | where City in ('a', 'b') | project City", `match(equal exact, field(City), any ("a", "b")) without "b"`},
		{"CloudAppEvents | summarize n = dcount(Isp) by City", "n = dcount as count"},
	}
	for _, tt := range tests {
		list := mutants(t, tt.query)
		if !slices.ContainsFunc(list, func(m mutate.Mutant) bool { return m.Name == tt.want }) {
			var names []string
			for _, m := range list {
				names = append(names, m.Name)
			}
			t.Errorf("%s\nno mutant %q among\n%s", tt.query, tt.want, strings.Join(names, "\n"))
		}
	}
}

func TestMutantsDifferAndAreNamedApart(t *testing.T) {
	query := `CloudAppEvents | where Timestamp > ago(7d) and City has_any ("a", "b") and not(Isp == "x") | summarize n = count(), s = make_set(Isp) by City, bin(Timestamp, 1h) | where n > 3 | order by City asc`
	seen := map[string]bool{}
	texts := map[string]string{}
	for _, m := range mutants(t, query) {
		if seen[m.Name] {
			t.Errorf("two mutants are called %q", m.Name)
		}
		seen[m.Name] = true
		if other, ok := texts[m.Query.String()]; ok {
			t.Errorf("%q and %q are the same query", m.Name, other)
		}
		texts[m.Query.String()] = m.Name
	}
	if len(seen) < 15 {
		t.Errorf("only %d mutants", len(seen))
	}
}
