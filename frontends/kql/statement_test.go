package kql

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

func TestSavedFunctionsAreHunts(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`.create-or-alter function with (docstring = "x", folder = 'y') F(n:long = 3) { R | take n }`, `from R|limit 3`},
		{".create function ifnotexists F() { R }\n", `from R`},
		{`.create function F(w:string) { R | where s == w }; F("a") | take 1`, `from R|filter match(equal exact, s, any ("a"))|limit 1`},
	} {
		q, diags := lower(c.text)
		if diags.HasErrors() || q == nil {
			t.Errorf("%s\n%s", c.text, diag.Render(diags))
			continue
		}
		got := q.String()
		if flat := strings.Join(strings.Fields(got), " "); flat != strings.ReplaceAll(c.want, "|", " ") {
			t.Errorf("%s\n got %s\nwant %s", c.text, flat, c.want)
		}
	}
}

// TestWhatTheGrammarTakesAndNoQueryMeans holds each message to the text that it stands at.
func TestWhatTheGrammarTakesAndNoQueryMeans(t *testing.T) {
	for _, c := range []struct{ text, at, message string }{
		{`.show tables`, `.show tables`, "refused: the management command .show is not supported"},
		{`.set-or-replace X <| T`, `.set-or-replace X <| T`, "refused: the management command .set-or-replace is not supported"},
		{`.create function F(a:string) { T | where s == a }`, `.`, "error: the query has no tabular statement, only definitions or values"},
		{"#connect cluster('x')\nR", "#connect cluster('x')", "warning: the line #connect is left out"},
		{`T | where Timestamp > datetime(nonsense)`, `datetime(nonsense)`, "error: expected a datetime in datetime(…), found nonsense"},
		{`T | where Timestamp > datetime("25:00:00")`, `datetime("25:00:00")`, `error: expected a datetime in datetime(…), found "25:00:00"`},
		{`T | extend a = strcat(s, b = s)`, `b`, "warning: the name b of this argument has no effect"},
		{`T | where n > long(x)`, `long(x)`, "error: expected a long in long(…), found x"},
		{`T | where s in (dynamic(["a", "b" "c"]))`, `"b" "c"`, `warning: two strings side by side are one, "bc"`},
		{`union database("d").T*`, `database("d").T*`, "refused: the table pattern T* of another database is not supported"},
		{`macro-expand G as X (X.T)`, `macro-expand G as X (X.T)`, "refused: macro-expand is not supported"},
		{`T | make-graph s --> u`, "make-graph", "refused: the operator make-graph is not supported"},
		{`T | count as X`, "count", "refused: the operator count as … is not supported"},
		{`T | getschema kind=csl`, "getschema", "refused: the operator getschema kind=… is not supported"},
		{`T | project-by-names "s"`, "project-by-names", "refused: the operator project-by-names is not supported"},
		{`T | assert-schema (s:string)`, "assert-schema", "refused: the operator assert-schema is not supported"},
		{`declare pattern P; T`, "declare pattern P", "refused: the statement declare pattern is not supported"},
		{`alias database D = database("x"); T`, `alias database D = database("x")`, "refused: the statement alias database is not supported"},
		{`restrict access to (T); T`, `restrict access to (T)`, "refused: the statement restrict access is not supported"},
	} {
		_, diags := lower(c.text)
		if len(diags) != 1 {
			t.Errorf("%s\n%s", c.text, diag.Render(diags))
			continue
		}
		d := diags[0]
		if got := d.Severity.String() + ": " + d.Message; got != c.message || c.text[d.Span.Pos-1:d.Span.End-1] != c.at {
			t.Errorf("%s\n got %q %s\nwant %q %s", c.text, c.text[d.Span.Pos-1:d.Span.End-1], got, c.at, c.message)
		}
	}
}

func TestPlaceholdersInTypedLiterals(t *testing.T) {
	q, diags := lower(`T | where Timestamp > datetime({{StartTimeISO}}) and Timestamp < datetime("{{Until}}") and n > long({{Least}})`)
	if diags.Max() > diag.Note {
		t.Fatal(diag.Render(diags))
	}
	const want = "from T filter and((Timestamp > param(StartTimeISO)), (Timestamp < param(Until)), (n > param(Least)))"
	if got := strings.Join(strings.Fields(q.String()), " "); got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}
