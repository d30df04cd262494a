package hunttest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/hunttest"
)

const head = "now: 2026-05-15T12:00:00Z\ntests:\n"

func TestFileOfTestsThatIsWrongIsLocated(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"key of the file":   {"nwo: 2026-05-15T12:00:00Z\ntests: []", "x.test.yaml:1: field nwo not found"},
		"key of a test":     {head + "  - name: a\n    coumt: 1", `x.test.yaml:4: the key "coumt" is unknown; did you mean count?`},
		"key of an event":   {head + "  - name: a\n    count: 1\n    tables:\n      T: [{rwo: {}}]", `x.test.yaml:6: table T: the key "rwo" is unknown`},
		"no tests":          {"now: 2026-05-15T12:00:00Z", "there are no tests"},
		"no name":           {head + "  - count: 1", "x.test.yaml:3: the test has no name"},
		"nothing wanted":    {head + "  - name: a", "wants neither rows nor a count"},
		"the clock":         {"tests:\n  - {name: a, count: 1}", "has no now"},
		"a time":            {"now: today\ntests: [{name: a, count: 1}]", `"today" is not a time`},
		"the same name":     {head + "  - {name: a, count: 1}\n  - {name: a, count: 1}", "x.test.yaml:4: the test \"a\" stands in line 3"},
		"a duration":        {head + "  - {name: a, count: 1, tables: {T: [{row: {}, every: soon}]}}", `"soon" is no duration`},
		"too many events":   {head + "  - {name: a, count: 1, tables: {T: [{row: {}, repeat: 600000}, {row: {}, repeat: 600000}]}}", "more than 1000000 events"},
		"an alias":          {"now: 2026-05-15T12:00:00Z\ntests:\n  - {name: a, count: 1, tables: {T: [{row: {a: &x [1], b: *x}}]}}", "aliases are not read"},
		"not YAML":          {"\t", "x.test.yaml"},
		"a list for a test": {head + "  - [a]", "x.test.yaml:3: want keys and values"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := hunttest.Read("x.test.yaml", []byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("have %v, want …%s…", err, tc.want)
			}
		})
	}
}

// run gives the problem of the only test of a file.
func run(t *testing.T, query, test string) string {
	t.Helper()
	c, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	f, err := hunttest.Read("x.test.yaml", []byte(head+test))
	if err != nil {
		t.Fatal(err)
	}
	res, err := f.Tests[0].Run(context.Background(), c, f.Bind(c, c.Parse("x.kql", []byte(query), huntc.ParseOptions{})), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res.Problem
}

func TestWantedRows(t *testing.T) {
	events := "\n    tables: {T: [{row: {a: 1, s: x, b: {c: [2]}}}, {row: {a: 2, b.c: [3, 1]}, repeat: 2}]}"
	for name, tc := range map[string]struct{ query, test, want string }{
		"any order":            {"T | project a", "  - name: t\n    rows: [{a: 2}, {a: 1}, {a: 2}]" + events, ""},
		"the order counts":     {"T | project a", "  - name: t\n    ordered: true\n    rows: [{a: 2}, {a: 1}, {a: 2}]" + events, "the rows are in another order"},
		"duplicates count":     {"T | project a", "  - name: t\n    rows: [{a: 2}, {a: 1}]" + events, "found, not wanted: a=2"},
		"null equals empty":    {"T | project a, s | where a == 2 | take 1", "  - name: t\n    rows: [{a: 2, s: null}]" + events, ""},
		"an array as a set":    {"T | summarize x = make_list(a)", "  - name: t\n    sets: [x]\n    rows: [{x: [2, 2, 1]}]" + events, ""},
		"an array in order":    {"T | summarize x = make_list(a)", "  - name: t\n    rows: [{x: [2, 2, 1]}]" + events, "wanted, not found: x=dynamic([2,2,1])"},
		"one column":           {"T", "  - name: t\n    columns: [a]\n    rows: [{a: 2}, {a: 1}, {a: 2}]" + events, ""},
		"an unknown column":    {"T | project abc = a", "  - name: t\n    columns: [abd]\n    rows: []" + events, "no column abd; did you mean abc?"},
		"not compared":         {"T | project a", "  - name: t\n    rows: [{b: 2}]" + events, "the column b is not compared"},
		"a number":             {"T", "  - name: t\n    count: 2" + events, "3 rows, want 2"},
		"a path in a column":   {"T | where b.c[0] == 3 | count", "  - name: t\n    rows: [{Count: 2}]" + events, ""},
		"an unknown table":     {"T", "  - name: t\n    count: 0\n    tables: {S: []}", "the hunt does not read the table S"},
		"an unknown parameter": {"T", "  - name: t\n    count: 0\n    params: {P: x}", "no parameter P"},
		"times step":           {"T | summarize n = dcount(Timestamp), m = max(Timestamp)", "  - name: t\n    rows: [{n: 3, m: now-1h}]\n    tables: {T: [{row: {Timestamp: now-1h2s}, every: 1s, repeat: 3}]}", ""},
		"a value of a schema":  {"CloudAppEvents", "  - name: t\n    count: 0\n    tables: {CloudAppEvents: [{row: {ActionType: 5}}]}", "ActionType: 5 is no string"},
		"a column of a schema": {"CloudAppEvents", "  - name: t\n    count: 0\n    tables: {CloudAppEvents: [{row: {ActionTyp: x}}]}", "has no column ActionTyp; did you mean ActionType?"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, tc.query, tc.test)
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("have %q, want %q", got, tc.want)
			}
		})
	}
}
