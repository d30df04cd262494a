package drift_test

import (
	"testing"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

func match(x string) *ir.Match {
	return &ir.Match{Kind: ir.Term, Case: ir.Fold, X: &ir.Col{Name: x, T: ir.String}, Needles: []ir.Expr{ir.StringLit("n", ir.At{}.S)}}
}

func long(n int64) ir.Expr { return &ir.Lit{Value: ir.Value{Type: ir.Long, V: n}} }
func col(n string) ir.Expr { return &ir.Col{Name: n, T: ir.Long} }

func query(ops ...ir.Op) *ir.Query {
	return &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: ops}}
}

func countBy(key string, fs ...ir.AggFunc) *ir.Aggregate {
	a := &ir.Aggregate{Keys: []ir.Named{{Name: key, X: col(key)}}}
	for _, f := range fs {
		g := ir.Agg{Name: string(f), Func: f}
		if f != ir.Count {
			g.Args = []ir.Expr{col("v")}
		}
		a.Aggs = append(a.Aggs, g)
	}
	return a
}

func TestPropagateFollowsTheCalculus(t *testing.T) {
	m := match("x")
	filter := &ir.Filter{Pred: m}
	not := &ir.Filter{Pred: &ir.Not{X: m}}
	above := &ir.Filter{Pred: &ir.Compare{Op: ir.Gt, L: col("count"), R: long(5)}}
	below := &ir.Filter{Pred: &ir.Compare{Op: ir.Lt, L: col("count"), R: long(5)}}
	flipped := &ir.Filter{Pred: &ir.Compare{Op: ir.Lt, L: long(5), R: col("count")}}
	anti := func(right ...ir.Op) ir.Op {
		return &ir.Join{Kind: ir.LeftAnti, Right: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: right}, On: []ir.JoinKey{{Left: "k", Right: "k"}}}
	}
	sortBy := func(c string) ir.Op { return &ir.Sort{Keys: []ir.SortKey{{X: col(c)}}} }
	dropCount := &ir.Project{Cols: []ir.Named{{Name: "k", X: col("k")}}}
	maybe := func(k drift.Kind) drift.Leaf { return drift.Leaf{Node: m, Kind: k} }
	for _, c := range []struct {
		name string
		q    *ir.Query
		leaf drift.Leaf
		want string
	}{
		{"filter", query(filter), maybe(drift.MayBeTrue), "extra"},
		{"under not", query(not), maybe(drift.MayBeTrue), "lost"},
		{"count grows", query(filter, countBy("k", ir.Count)), maybe(drift.MayBeTrue), "extra values(count)"},
		{"threshold above", query(filter, countBy("k", ir.Count), above, dropCount), maybe(drift.MayBeTrue), "extra"},
		{"threshold below", query(filter, countBy("k", ir.Count), below, dropCount), maybe(drift.MayBeTrue), "extra lost"},
		{"literal on the left is any", query(filter, countBy("k", ir.Count), flipped, dropCount), maybe(drift.MayBeTrue), "extra lost"},
		{"lost and a threshold above", query(filter, countBy("k", ir.Count), above, dropCount), maybe(drift.MayBeFalse), "lost"},
		{"average goes anywhere", query(filter, countBy("k", ir.Avg)), maybe(drift.MayBeTrue), "extra values(avg)"},
		{"min falls", query(filter, countBy("k", ir.Min)), maybe(drift.MayBeTrue), "extra values(min)"},
		{"history of an anti-join", query(anti(filter)), maybe(drift.MayBeTrue), "lost"},
		{"recent of an anti-join", query(filter, anti()), maybe(drift.MayBeTrue), "extra"},
		{"limit", query(filter, &ir.Limit{N: 5}), maybe(drift.MayBeTrue), "extra lost"},
		{"sort by a drifting column", query(filter, countBy("k", ir.Count), sortBy("count"), dropCount), maybe(drift.MayBeTrue), "extra order"},
		{"one row without keys", query(filter, &ir.Aggregate{Aggs: []ir.Agg{{Name: "count", Func: ir.Count}}}), maybe(drift.MayBeTrue), "values(count)"},
		{"condition in a value", query(&ir.Extend{Cols: []ir.Named{{Name: "c", X: &ir.Cond{Branches: []ir.Branch{{If: m, Then: long(1)}}, Else: long(2)}}}}), maybe(drift.MayBeTrue), "values(c)"},
	} {
		if got := drift.Propagate(c.q, c.leaf).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDriftOfAnAggregateReachesOnlyItsColumnUnlessCompared(t *testing.T) {
	a := countBy("k", ir.DCount, ir.Count)
	leaf := drift.Leaf{Node: &a.Aggs[0], Kind: drift.ValueAny}
	if got := drift.Propagate(query(a), leaf).String(); got != "values(dcount)" {
		t.Errorf("got %s", got)
	}
	above := &ir.Filter{Pred: &ir.Compare{Op: ir.Gt, L: col("dcount"), R: long(5000)}}
	if got := drift.Propagate(query(a, above), leaf).String(); got != "extra lost values(dcount)" {
		t.Errorf("compared: got %s", got)
	}
}

func TestDriftOfAKeyReachesEverything(t *testing.T) {
	key := col("k")
	a := &ir.Aggregate{Keys: []ir.Named{{Name: "k", X: key}}, Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}}
	if got := drift.Propagate(query(a), drift.Leaf{Node: key, Kind: drift.ValueAny}).String(); got != "extra lost values(k,n)" {
		t.Errorf("got %s", got)
	}
}
