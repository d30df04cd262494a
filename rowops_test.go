package huntc_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
)

// placeOfRefusal translates a query and returns the text under the first refusal; "" when the translation is not refused or has no place.
func placeOfRefusal(t *testing.T, c *huntc.Compiler, text, product, target string) (at string, grade emit.Grade) {
	t.Helper()
	h := c.Parse("q.kql", []byte(text), huntc.ParseOptions{Product: product})
	if h.IR == nil || h.Diags.Max() >= diag.Refused {
		t.Fatalf("%s is not lowered: %v", text, h.Diags)
	}
	to, err := huntc.ParseTarget(target)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Translate(context.Background(), h, to, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diagnostics {
		if d.Severity >= diag.Refused && !d.Span.IsZero() {
			return text[d.Span.Pos-1 : d.Span.End-1], r.Grade
		}
	}
	return "", r.Grade
}

// TestOtherTargetsRefuseKQLsOwnSteps holds that what only KQL says is never left out elsewhere: each is refused at its place.
func TestOtherTargetsRefuseKQLsOwnSteps(t *testing.T) {
	c := newCompiler(t)
	for _, q := range []struct{ kql, at string }{
		{`CloudAppEvents | mv-expand with_itemindex=i RawEventData`, "mv-expand with_itemindex=i RawEventData"},
		{`CloudAppEvents | mv-apply f = RawEventData on (where f has "x")`, `mv-apply f = RawEventData on (where f has "x")`},
		{`CloudAppEvents | parse ActionType with a:long "." b`, `parse ActionType with a:long "." b`},
		{`CloudAppEvents | parse-where ActionType with a:long "." b`, `parse-where ActionType with a:long "." b`},
		{`CloudAppEvents | parse-kv ActionType as (a:string)`, `parse-kv ActionType as (a:string)`},
		{`CloudAppEvents | evaluate bag_unpack(RawEventData)`, `evaluate bag_unpack(RawEventData)`},
		{`CloudAppEvents | evaluate pivot(ActionType, count(), AccountDisplayName)`, `evaluate pivot(ActionType, count(), AccountDisplayName)`},
		{`CloudAppEvents | evaluate narrow()`, `evaluate narrow()`},
		{`externaldata(a:string)["http://127.0.0.1/x"]`, `externaldata(a:string)["http://127.0.0.1/x"]`},
		{`workspace("w").CloudAppEvents | take 5`, `workspace("w").CloudAppEvents`},
		{`union Device* | take 5`, `Device*`},
		{`search "x" | take 5`, `search "x"`},
		{`CloudAppEvents | where * has "x" | project AccountDisplayName`, `* has "x"`},
		{`Unknown | where a == "x" | project-away b`, "project-away b"},
		{`Unknown | project p = pack_all()`, "pack_all()"},
		{`Unknown | project p = column_ifexists("a", "")`, `column_ifexists("a", "")`},
		{`CloudAppEvents | where ActionType == "x" | project p = pack_all(true)`, "pack_all(true)"},
	} {
		for _, target := range []string{"esql@9.5/same-names", "esagg@opensearch-2.19/same-names", "spl@10/same-names"} {
			at, grade := placeOfRefusal(t, c, q.kql, "defender", target)
			table, _, _ := strings.Cut(q.kql, " ")
			// Aggregations have no form for rows that are not grouped either, which they say at the table.
			if grade != emit.Refused || at != q.at && !(strings.HasPrefix(target, "esagg") && at == table) {
				t.Errorf("%s for %s: %s at %q, want refused at %q", q.kql, target, grade, at, q.at)
			}
		}
	}
}

// TestStepsOnWholeRowsStayInTheirProduct holds that a step which sees the names of all columns is refused where the other product of
// KQL calls the time differently, and passes everywhere else.
func TestStepsOnWholeRowsStayInTheirProduct(t *testing.T) {
	c := newCompiler(t)
	for _, q := range []struct{ kql, target, at string }{
		{`CloudAppEvents | evaluate bag_unpack(RawEventData)`, "kql@sentinel", "evaluate bag_unpack(RawEventData)"},
		{`CloudAppEvents | where * has "x"`, "kql@sentinel", `* has "x"`},
		{`CloudAppEvents | evaluate bag_unpack(RawEventData)`, "kql@defender", ""},
		{`CloudAppEvents | parse ActionType with a "." b | project Timestamp, a`, "kql@sentinel", ""},
		{`CloudAppEvents | mv-apply f = RawEventData on (where Timestamp > ago(1d)) | project Timestamp, f`, "kql@sentinel", ""},
	} {
		at, grade := placeOfRefusal(t, c, q.kql, "defender", q.target)
		if at != q.at || (grade == emit.Refused) != (q.at != "") {
			t.Errorf("%s for %s: %s at %q, want %q", q.kql, q.target, grade, at, q.at)
		}
	}
}
