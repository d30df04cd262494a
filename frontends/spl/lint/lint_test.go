package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

func check(t *testing.T, text string) []Finding {
	t.Helper()
	src := &diag.Source{Name: "s", Text: text}
	pipe, diags := syntax.Parse(src, syntax.Options{})
	if diags.HasErrors() {
		t.Fatalf("%s\n%s", text, diag.Render(diags))
	}
	return Check(src, pipe)
}

// Each finding names its place; searches next to the limit have none.
func TestFindings(t *testing.T) {
	seen := map[diag.Code]bool{}
	for text, want := range map[string]string{
		`index=a [search index=b | fields u]`:                               `CAP-SUBSEARCH [search index=b | fields u]`,
		`index=a u=[search index=b | return u]`:                             `CAP-SUBSEARCH [search index=b | return u]`,
		`index=a | join u [| inputlookup x]`:                                `CAP-JOIN join`,
		`index=a | join u [search index=b]`:                                 `CAP-JOIN join; JOIN-STATS join`,
		`index=a | append [search index=b]`:                                 `CAP-APPEND append`,
		`index=a | append maxout=50000 [search index=b]`:                    ``,
		`index=a | appendcols [search index=b]`:                             `CAP-APPENDCOLS appendcols`,
		`| set union [search index=a] [search index=b]`:                     `CAP-SET set`,
		`index=a | stats list(x) values(y) by z`:                            `CAP-LIST list`,
		`index=a | eventstats avg(x)`:                                       `CAP-EVENTSTATS eventstats`,
		`index=a | streamstats time_window=5m count`:                        `CAP-STREAMSTATS streamstats`,
		`index=a | streamstats window=10000 count`:                          ``,
		`index=a | streamstats window=10001 count`:                          `CAP-STREAMSTATS streamstats`,
		`index=a | mvexpand x`:                                              `CAP-MVEXPAND mvexpand`,
		`index=a | transaction host`:                                        `CAP-TRANSACTION transaction`,
		`index=a | sort x`:                                                  `CAP-SORT sort`,
		`index=a | sort 0 x | sort 5 y`:                                     ``,
		`index=a | map search="search x"`:                                   `CAP-MAP map`,
		`index=a | map maxsearches=99 search="search x"`:                    ``,
		`index=a | spath`:                                                   `CAP-SPATH spath`,
		`index=a | spath a.b`:                                               ``,
		`index=a *fail x="*\\cmd.exe" y IN (*a, b*) z=*`:                    `LEADING-STAR *fail; LEADING-STAR "*\\cmd.exe"; LEADING-STAR *a`,
		`index=a (x=1 or x=2)`:                                              `WORD-OPERATOR or`,
		`index=a x=1 "or" x=or not y=1`:                                     `WORD-OPERATOR not`,
		`index=a | where x=1 OR x=2`:                                        ``,
		`error x=1`:                                                         `NO-INDEX error x=1`,
		`index=* x=1`:                                                       `NO-INDEX index=*`,
		"`web` x=1":                                                         ``,
		`index IN (a, b) x=1`:                                               ``,
		`index=a NOT x=*`:                                                   `NOT-PRESENT NOT x=*`,
		`index=a | search x=1 OR y=2`:                                       `LATE-FILTER search x=1 OR y=2`,
		`index=a | eval x=1 | search x=1`:                                   ``,
		`index=a | append maxout=5 [search b=1 | sort z]`:                   `NO-INDEX search b=1; CAP-SORT sort`,
		`| tstats count list(x) where index=a x="*b" [search index=c] by y`: `LEADING-STAR "*b"; CAP-SUBSEARCH [search index=c]; CAP-LIST list`,
	} {
		var got []string
		for _, f := range check(t, text) {
			seen[f.Code] = true
			got = append(got, strings.TrimPrefix(string(f.Code), "SPLIN-")+" "+text[f.Span.Pos-1:f.Span.End-1])
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s\n got %s\nwant %s", text, strings.Join(got, "; "), want)
		}
	}
	for code, r := range rules {
		if !seen[code] {
			t.Errorf("%s has no case", code)
		}
		if r.page == "" || r.why == "" || r.hint == "" {
			t.Errorf("%s has no page, reason or hint", code)
		}
	}
}

// A fix ends its finding and leaves a valid search.
func TestFixes(t *testing.T) {
	for text, want := range map[string]string{
		`index=a | sort x | head 5`:                    `index=a | sort 0 x | head 5`,
		`index=a | search x=1 OR y=2 | sort -x`:        `index=a (x=1 OR y=2) | sort 0 -x`,
		`index=a (x=1 or y=2)`:                         `index=a (x=1 OR y=2)`,
		`index=a [search index=b | sort z | fields z]`: `index=a [search index=b | sort 0 z | fields z]`,
	} {
		got := Apply(text, check(t, text))
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		for _, f := range check(t, got) {
			if f.Fix != nil {
				t.Errorf("%s: %s again", got, f.Code)
			}
		}
	}
	if got := fmt.Sprint(len(check(t, "index=a ```c``` | search x=1"))); got != "1" {
		t.Errorf("%s findings", got)
	}
}
