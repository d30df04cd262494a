package spl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// streamstats pairs no rows: the work for a row does not grow with the number of rows before it. 20,000 rows in pairs would be more
// than the evaluator holds.
func TestStreamstatsPairsNoRows(t *testing.T) {
	search := "index=main | streamstats count sum(n) AS s dc(u) AS d first(n) AS f last(n) AS l stdev(n) AS sd max(n) AS m BY u | stats max(count) AS c max(s) AS s"
	q, diags := Lower(&diag.Source{Name: "s", Text: search}, Options{Indexes: map[string][]string{"main": {"_time", "u", "n"}}})
	if q == nil {
		t.Fatal(diag.Render(diags))
	}
	for _, b := range q.Bindings {
		for _, o := range b.Pipe.Ops {
			if _, ok := o.(*ir.Join); ok {
				t.Errorf("the rows before stats are joined with others")
			}
		}
	}
	var events strings.Builder
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&events, "{\"_time\":%d,\"u\":\"%d\",\"n\":\"1\"}\n", 1778586200-i, i%2)
	}
	got := interpret(t, semanticCase{file: "linear", search: search, events: map[string]string{"main": events.String()}}, "")
	if fmt.Sprint(got.rows) != fmt.Sprintf(`[{"c":"%d","s":"%d"}]`, rows/2, rows/2) {
		t.Errorf("%v %s", got.rows, got.refused)
	}
}

// The rows of timechart BY whose names would clash or be empty end the evaluation, instead of being merged.
func TestTimechartWithoutANameForASeries(t *testing.T) {
	c := semanticCase{file: "empty", search: "index=main | timechart span=1h count BY a", events: map[string]string{"main": `{"_time":1778586200,"a":""}` + "\n"}}
	if got := interpret(t, c, ""); !strings.Contains(got.refused, "pivot") {
		t.Errorf("%v %s", got.rows, got.refused)
	}
}
