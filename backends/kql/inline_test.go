package kql_test

import (
	"testing"

	"github.com/huntc/huntc/ir"
)

// TestInlineReachesEveryPipeline: lets are put in place also in ends of range, conditions, partitions and values of queries, and the
// rows stay what they are.
func TestInlineReachesEveryPipeline(t *testing.T) {
	for _, text := range []string{
		`let A = datatable(n:long)[2, 3]; range x from toscalar(A) to toscalar(A | summarize max(n)) step toscalar(A | summarize count()) - 1`,
		`let A = datatable(n:long)[2, 3]; let B = A | where n in~ (A) or n == toscalar(A); B | extend y = toscalar(B | summarize sum(n))`,
		`let A = datatable(n:long)[2, 3]; A | partition by n (where n in~ (A) | join kind=inner A on n)`,
		`let A = datatable(n:long)[2, 3]; A | partition by n { A | where n >= toscalar(n) | where n in~ (A) }`,
		`let A = datatable(n:long)[2, 3]; A | extend l = pack_array(n, 5) | mv-apply l to typeof(long) on (where l in~ (A) or l == toscalar(A | summarize max(n)) + 2)`,
		`let A = datatable(n:long)[2, 3]; A | summarize c = countif(n in~ (A)), make_list(n) | serialize | extend p = prev(c, 1, toscalar(A))`,
	} {
		q := lowered(t, text)
		in, ok := ir.Inline(q, 1000)
		if !ok || len(in.Bindings) > 0 {
			t.Errorf("%s: not inlined", text)
			continue
		}
		if got, want := rows(t, in), rows(t, q); got != want {
			t.Errorf("%s: rows\n%s\nwant\n%s", text, got, want)
		}
	}
}
