// Package cost measures what translations of the three hunts cost on the engines, against queries that were written by hand for the same
// rows.
//
//	go test ./internal/engines/cost -run TestCost -v -docs 1000000
//
// Without -docs it is a smoke test over few documents: the rows must be the same, the times mean nothing.
package cost

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/internal/engines/enginetest"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/compare"
	"github.com/huntc/huntc/verify/render"
)

var (
	docs  = flag.Int("docs", 20_000, "documents of each table")
	pairs = flag.Int("pairs", 9, "least number of paired runs at full size")

	pool enginetest.Pool
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(pool.Run(m))
}

// now is when the hunts run; the exemplars in testdata hold it and the day before it, which starts the audit hunt.
const now = "2026-05-15T00:00:00Z"

// fullSize is from how many documents on times are worth repeating.
const fullSize = 200_000

// comparison is a translated hunt and a query by hand that has the same rows on the generated documents.
type comparison struct {
	hunt     string // in rules/hunts
	target   string
	exemplar string // in testdata
	// columns are those that both give with the same meaning; nil is all.
	columns []string
}

// auditColumns leaves out what the hand-written forms do not have: the set of bags, which has no equivalent, and copies of columns. The
// aggregations leave out HostCustomEntity on both sides.
var auditColumns = []string{"InitiatedByApp", "OperationName", "TargetUserPrincipalName", "InitiatedByIpAddress", "TargetResourceName",
	"StartTime", "EndTime", "set_PropertyName"}

// The forms with -fields keep "" and a missing key apart, where KQL has one group: their rows are the same only on data like this, which
// stores no "".
var comparisons = []struct {
	kind  engines.Kind
	cases []comparison
}{
	{engines.Elasticsearch, []comparison{
		{"code-repo-exfiltration", "esql@8.19/same-names", "exfiltration.esql", nil},
		{"mass-downloads", "esql@8.19/same-names", "downloads.esql", nil},
		{"rare-audit-activity-by-app", "esql@8.19/same-names", "audit.esql", append(slices.Clone(auditColumns), "HostCustomEntity")},
	}},
	{engines.OpenSearch, []comparison{
		{"code-repo-exfiltration", "esagg@opensearch-2.19/same-names", "exfiltration.json", nil},
		{"code-repo-exfiltration", "esagg@opensearch-2.19/same-names", "exfiltration-fields.json", nil},
		{"mass-downloads", "esagg@opensearch-2.19/same-names", "downloads.json", nil},
		{"mass-downloads", "esagg@opensearch-2.19/same-names", "downloads-fields.json", nil},
		{"rare-audit-activity-by-app", "esagg@opensearch-2.19/same-names", "audit.json", auditColumns},
	}},
}

// TestCost runs both forms in turn and prints their times and the median of the paired ratios.
func TestCost(t *testing.T) {
	for _, on := range comparisons {
		t.Run(string(on.kind), func(t *testing.T) {
			node := pool.Node(t, on.kind)
			cluster, err := remote.Open(context.Background(), node.URL, remote.Options{})
			if err != nil {
				t.Fatal(err)
			}
			tables := map[string]bool{}
			for _, c := range on.cases {
				t.Run(c.exemplar, func(t *testing.T) { c.run(t, node.URL, cluster, tables) })
			}
		})
	}
}

func (c comparison) run(t *testing.T, url string, cluster *remote.Client, loaded map[string]bool) {
	ours := c.translate(t, url, cluster.Product(), loaded)
	text, err := os.ReadFile(filepath.Join("testdata", c.exemplar))
	if err != nil {
		t.Fatal(err)
	}
	hand := *ours
	hand.Text = string(text)
	same(t, cluster, ours, &hand)
	if t.Failed() {
		return
	}
	report(t, c, measure(t, cluster, ours, &hand))
}

// translate gives the hunt's translation, with its tables loaded and its columns reduced to those that are compared.
func (c comparison) translate(t *testing.T, url, product string, loaded map[string]bool) *emit.Output {
	compiler, err := huntc.New()
	if err != nil {
		t.Fatal(err)
	}
	name := c.hunt + ".yaml"
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "rules", "hunts", name))
	if err != nil {
		t.Fatal(err)
	}
	target, err := huntc.ParseTarget(c.target)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, options := context.Background(), huntc.Options{Now: at}
	h := compiler.Parse(name, source, huntc.ParseOptions{})
	r, err := compiler.Translate(ctx, h, target, options)
	if err != nil || r.Output == nil {
		t.Fatalf("no translation: %v %v", err, r)
	}
	prepared, _, err := compiler.Prepare(ctx, h, target, options)
	if err != nil || prepared == nil {
		t.Fatalf("translated, but not prepared: %v", err)
	}
	for table, info := range prepared.Tables {
		if !loaded[table] {
			load(t, url, table, info.Index, ir.JSONText(render.Mappings(indexed(prepared.Query), info.TimeField, product)), *docs)
			loaded[table] = true
		}
	}
	out := *r.Output
	if c.columns != nil {
		out.Columns = slices.DeleteFunc(slices.Clone(out.Columns), func(x emit.OutColumn) bool { return !slices.Contains(c.columns, x.Name) })
		if len(out.Columns) != len(c.columns) {
			t.Fatalf("the translation has not all of the columns %v", c.columns)
		}
	}
	return &out
}

// indexed are the hunt's fields and those that another hunt over the same table compares as numbers.
func indexed(q *ir.Query) []render.Field {
	fields := render.Fields(q)
	if !slices.ContainsFunc(fields, func(f render.Field) bool { return f.Name == "ApplicationId" }) {
		fields = append(fields, render.Field{Name: "ApplicationId", Type: "long"})
	}
	return fields
}

func rows(t *testing.T, cluster *remote.Client, out *emit.Output) (*eval.Table, time.Duration) {
	t.Helper()
	begin := time.Now()
	got, _, err := cluster.Run(context.Background(), out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Text)
	}
	return got, time.Since(begin)
}

func same(t *testing.T, cluster *remote.Client, ours, hand *emit.Output) {
	t.Helper()
	got, _ := rows(t, cluster, ours)
	want, _ := rows(t, cluster, hand)
	if len(want.Rows) == 0 {
		t.Error("no rows: the documents do not match")
	}
	for i, d := range compare.Rows(want, got, compare.Options{Resolution: ir.Millisecond}) {
		if i < 10 {
			t.Error("against the query by hand: ", d)
		}
	}
	t.Logf("%d rows", len(got.Rows))
}

// times of pairs: ours[i] and hand[i] ran one after the other, in an order that changes from pair to pair.
type times struct{ ours, hand []time.Duration }

// measure repeats short queries more often: the least time of a measurement is quiet, the greatest number of pairs is most.
func measure(t *testing.T, cluster *remote.Client, ours, hand *emit.Output) times {
	const quiet, most = 8 * time.Second, 61
	least, least0 := *pairs, time.Duration(quiet)
	if *docs < fullSize {
		least, least0 = 1, 0
	} else {
		rows(t, cluster, ours) // after the comparison of rows, the second time
		rows(t, cluster, hand)
	}
	var m times
	begin := time.Now()
	for i := 0; i < least || i < most && time.Since(begin) < least0; i++ {
		var a, b time.Duration
		if i%2 == 0 {
			_, a = rows(t, cluster, ours)
			_, b = rows(t, cluster, hand)
		} else {
			_, b = rows(t, cluster, hand)
			_, a = rows(t, cluster, ours)
		}
		m.ours, m.hand = append(m.ours, a), append(m.hand, b)
	}
	return m
}

func report(t *testing.T, c comparison, m times) {
	ratios := make([]float64, len(m.ours))
	for i := range ratios {
		ratios[i] = float64(m.ours[i]) / float64(m.hand[i])
	}
	slices.Sort(ratios)
	t.Logf("%d documents, %d pairs: %s %s: ours %s, by hand (%s) %s, ratio %.2f", *docs, len(ratios), c.hunt, c.target,
		spread(m.ours), c.exemplar, spread(m.hand), ratios[len(ratios)/2])
}

// spread is the least, the middle and the greatest of times, in milliseconds.
func spread(ds []time.Duration) string {
	ds = slices.Clone(ds)
	slices.Sort(ds)
	var s []string
	for _, d := range []time.Duration{ds[0], ds[len(ds)/2], ds[len(ds)-1]} {
		s = append(s, fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)))
	}
	return strings.Join(s, "/") + " ms"
}
