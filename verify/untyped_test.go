package verify_test

import (
	"context"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/verify"
)

// Tables without a schema have their time and are read by what the query does with their columns.
func TestTablesWithoutASchema(t *testing.T) {
	c := compiler(t)
	for name, query := range map[string]string{
		"window and first time":  `GateEvents | where TimeGenerated > ago(1d) and Action =~ "deny" | summarize first = min(TimeGenerated), n = count() by User`,
		"time that nobody names": `GateEvents | where Action in ("deny", "37275") | project User, Action`,
		"bins of time":           `GateEvents | where Action == "deny" | summarize users = dcount(User) by bin(TimeGenerated, 5m) | where users > 3`,
		"text that is empty":     `GateEvents | where isnotempty(Source) | summarize n = count() by Source`,
		"number":                 `GateEvents | where Size > 100 | summarize s = sum(Size) by User`,
		"types in names":         `Gate_CL | where Bytes_d > 1.5 and Action_s == "deny" and isnotempty(User_s) | project TimeGenerated, User_s`,
		"derived columns":        `GateEvents | extend who = coalesce(User, Source), late = TimeGenerated > ago(1h) | where who startswith "adm" | project who, late`,
		"object":                 `GateEvents | where Extra.kind == "x" | project User`,
	} {
		t.Run(name, func(t *testing.T) {
			v, err := verify.New(c, verify.Options{SPL: true, Sets: 24})
			if err != nil {
				t.Fatal(err)
			}
			list, err := v.Hunt(context.Background(), c.Parse("q.kql", []byte(query), huntc.ParseOptions{}), targets(t, "spl@10/same-names"))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				if r.Skipped != "" || r.Refused != "" || r.Yielding < r.Sets/3 {
					t.Errorf("%d sets, %d with rows, skipped %q, refused %q", r.Sets, r.Yielding, r.Skipped, r.Refused)
				}
				for _, x := range r.Contradictions {
					t.Errorf("%s: %s: %v %v", x.Set, x.Between, x.Differences, x.Events)
				}
			}
		})
	}
}
