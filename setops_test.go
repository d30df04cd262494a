package huntc_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
)

// TestSetOperatorsAreRefusedWhereTheyStand: what only KQL says is refused by every other target, at its place in the text.
func TestSetOperatorsAreRefusedWhereTheyStand(t *testing.T) {
	writes := map[string][]string{ // languages, or versions of them, that have a form
		`CloudAppEvents | summarize percentile(Timestamp, 50)`:                                                      {"spl"},
		`CloudAppEvents | summarize take_any(ActionType, AccountObjectId)`:                                          {"spl"},
		`CloudAppEvents | where ActionType in~ (CloudAppEvents | project ActionType)`:                               {"esql@9.5"},
		`CloudAppEvents | where ActionType == "x" or AccountObjectId in (CloudAppEvents | project AccountObjectId)`: {"esql@9.5"},
	}
	tests := []struct{ kql, at string }{
		{`CloudAppEvents | make-series n = count() on Timestamp from ago(1d) to now() step 1h`, "make-series n"},
		{`CloudAppEvents | top-nested 2 of ActionType by count()`, "top-nested 2"},
		{`CloudAppEvents | partition by ActionType (take 1)`, "partition by"},
		{`CloudAppEvents | serialize | scan with (step a: true)`, "scan with"},
		{`CloudAppEvents | sample 5`, "sample 5"},
		{`CloudAppEvents | serialize | where ActionType != prev(ActionType)`, "prev(ActionType)"},
		{`CloudAppEvents | where ActionType in~ (CloudAppEvents | project ActionType)`, "ActionType in~"},
		{`CloudAppEvents | where ActionType == "x" or AccountObjectId in (CloudAppEvents | project AccountObjectId)`, "AccountObjectId in"},
		{`CloudAppEvents | where ActionType == toscalar(CloudAppEvents | project ActionType)`, "toscalar("},
		{`range x from 1 to 3 step 1`, "range x"},
		{`Unknown_CL | summarize arg_max(TimeGenerated, *) by Computer_s`, "Unknown_CL or arg_max("},
		{`CloudAppEvents | summarize percentile(Timestamp, 50)`, "percentile("},
		{`CloudAppEvents | summarize take_any(ActionType, AccountObjectId)`, "take_any("},
		{`CloudAppEvents | summarize make_list_with_nulls(ActionType)`, "make_list_with_nulls("},
	}
	c := newCompiler(t)
	for _, tt := range tests {
		h := c.Parse("q.kql", []byte(tt.kql), huntc.ParseOptions{})
		if h.IR == nil || h.Diags.HasErrors() {
			t.Errorf("%s: not read: %v", tt.kql, h.Diags)
			continue
		}
		for _, target := range huntc.KnownTargets() {
			r, err := c.Translate(context.Background(), h, target, huntc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if has := slices.Contains(writes[tt.kql], target.Language) || slices.Contains(writes[tt.kql], target.Language+"@"+target.Version); target.Language == "kql" || has {
				if has != (r.Output != nil && target.Language != "kql") {
					t.Errorf("%s for %s is not written:\n%s", tt.kql, target, diag.Render(r.Diagnostics))
				}
				continue
			}
			if r.Output != nil {
				t.Errorf("%s for %s is written:\n%s", tt.kql, target, r.Output.Text)
				continue
			}
			if !refusedAt(r.Diagnostics, tt.kql, tt.at) {
				t.Errorf("%s for %s is not refused at %q:\n%s", tt.kql, target, tt.at, diag.Render(r.Diagnostics))
			}
		}
	}
}

// refusedAt reports whether a refusal covers the construct.
func refusedAt(diags diag.List, text, at string) bool {
	for _, construct := range strings.Split(at, " or ") {
		start := diag.Pos(strings.Index(text, construct) + 1)
		for _, d := range diags {
			if d.Severity >= diag.Refused && d.Span.Pos <= start && start < d.Span.End {
				return true
			}
		}
	}
	return false
}

// TestSetOperatorsKeepTheirTimeColumn: written for the other product of the language, every reading of the time column follows its
// name there, also below a step, a partition and a subquery.
func TestSetOperatorsKeepTheirTimeColumn(t *testing.T) {
	tests := []struct{ kql, want string }{
		{`DeviceEvents | make-series n = count() on Timestamp step 1h | extend x = Timestamp`,
			"DeviceEvents | make-series n = count() on Timestamp = TimeGenerated step 1h | extend x = Timestamp"},
		{`DeviceEvents | sort by Timestamp asc | scan with (step a: true; step b: Timestamp - a.Timestamp < 1h)`,
			"DeviceEvents | sort by TimeGenerated asc | scan with ( step a: true; step b: TimeGenerated - a.TimeGenerated < 1h; ) | extend Timestamp = TimeGenerated"},
		{`DeviceEvents | partition by DeviceId (top 1 by Timestamp)`,
			"DeviceEvents | partition by DeviceId ( sort by TimeGenerated desc | take 1) | extend Timestamp = TimeGenerated"},
		{`DeviceEvents | where Timestamp > toscalar(DeviceEvents | summarize max(Timestamp)) - 1d or DeviceId in (DeviceEvents | where Timestamp > ago(1h) | project DeviceId)`,
			"DeviceEvents | where TimeGenerated > toscalar( DeviceEvents | summarize max_Timestamp = max(TimeGenerated)) - 1d or " +
				"DeviceId in (( DeviceEvents | where TimeGenerated > ago(1h) | project DeviceId)) | extend Timestamp = TimeGenerated"},
		{`DeviceEvents | serialize | extend gap = Timestamp - prev(Timestamp)`, "DeviceEvents | serialize | extend gap = TimeGenerated - prev(TimeGenerated) | extend Timestamp = TimeGenerated"},
		{`DeviceEvents | top-nested 1 of DeviceId by max(Timestamp)`, "DeviceEvents | top-nested 1 of DeviceId by aggregated_DeviceId = max(TimeGenerated)"},
		{`DeviceEvents | sample 5`, "DeviceEvents | sample 5 | extend Timestamp = TimeGenerated"},
	}
	c := newCompiler(t)
	target, err := huntc.ParseTarget("kql@sentinel")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		h := c.Parse("q.kql", []byte(tt.kql), huntc.ParseOptions{Product: "defender"})
		r, err := c.Translate(context.Background(), h, target, huntc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output == nil {
			t.Errorf("%s is not written:\n%s", tt.kql, diag.Render(r.Diagnostics))
			continue
		}
		if got := strings.Join(strings.Fields(r.Output.Text), " "); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.kql, got, tt.want)
		}
	}
}

// TestLookbackReachesSubqueries: every table that a query reads is bounded, also below an expression and in a partition.
func TestLookbackReachesSubqueries(t *testing.T) {
	c := newCompiler(t)
	target, err := huntc.ParseTarget("kql@defender")
	if err != nil {
		t.Fatal(err)
	}
	text := `DeviceEvents | where DeviceId in~ (DeviceInfo | project DeviceId) or ActionType == toscalar(DeviceEvents | project ActionType)
| partition by DeviceId (join kind=inner DeviceInfo on DeviceId | where ActionType in~ (DeviceInfo | project DeviceId))
| extend l = pack_array(DeviceId) | mv-apply l on (where l in~ (DeviceInfo | project DeviceId))
| partition by DeviceId { DeviceInfo | where DeviceId == toscalar(DeviceId) }`
	h := c.Parse("q.kql", []byte(text), huntc.ParseOptions{Product: "defender"})
	r, err := c.Translate(context.Background(), h, target, huntc.Options{Lookback: 24 * time.Hour})
	if err != nil || r.Output == nil {
		t.Fatalf("%v\n%s", err, diag.Render(append(h.Diags, r.Diagnostics...)))
	}
	if n := strings.Count(r.Output.Text, "where Timestamp > ago(1d)"); n != 7 {
		t.Errorf("%d bounds on 7 tables:\n%s", n, r.Output.Text)
	}
}
