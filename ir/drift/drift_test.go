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

// TestDriftOfSetOperators: where every row depends on all rows, any drift of the input is any drift of the result; without one they
// are exact.
func TestDriftOfSetOperators(t *testing.T) {
	m := match("x")
	filter := &ir.Filter{Pred: m}
	worst := "extra lost values(k) order"
	series := &ir.MakeSeries{Axis: ir.Named{Name: "t", X: col("t")}, Step: long(1), Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}}
	nested := &ir.TopNested{Levels: []ir.NestedLevel{{N: 2, Of: ir.Named{Name: "k", X: col("k")}, By: ir.Agg{Name: "n", Func: ir.Count}}}}
	scan := &ir.Scan{Steps: []ir.ScanStep{{Name: "a", Cond: &ir.Compare{Op: ir.Gt, L: col("k"), R: long(1)}}}}
	drifting := &ir.Scan{Steps: []ir.ScanStep{{Name: "a", Cond: m}}}
	window := &ir.Extend{Cols: []ir.Named{{Name: "p", X: &ir.RowCall{Func: "prev", Args: []ir.Expr{col("k")}, T: ir.Long}}}}
	sub := &ir.Pipeline{From: &ir.Table{Name: "U"}, Ops: []ir.Op{filter}}
	in := &ir.Filter{Pred: &ir.Not{X: &ir.InTable{X: col("k"), Kind: ir.Equal, Case: ir.Exact, Pipe: sub}}}
	scalar := &ir.Extend{Cols: []ir.Named{{Name: "k", X: &ir.Scalar{Pipe: sub, T: ir.Long}}}}
	all := &ir.Aggregate{Keys: []ir.Named{{Name: "g", X: col("g")}}, Aggs: []ir.Agg{{Func: ir.ArgMaxAll, Args: []ir.Expr{col("t")}}}}
	for _, c := range []struct {
		name string
		ops  []ir.Op
		want string
	}{
		{"make-series", []ir.Op{filter, series}, worst},
		{"top-nested", []ir.Op{filter, nested}, worst},
		{"scan", []ir.Op{filter, scan}, worst},
		{"a step of scan", []ir.Op{drifting}, worst},
		{"a function over rows", []ir.Op{filter, window}, worst},
		{"sample", []ir.Op{filter, &ir.Sample{N: 5}}, worst},
		{"distinct rows", []ir.Op{filter, &ir.Distinct{}}, "extra"},
		{"a partition of kept rows", []ir.Op{filter, &ir.Partition{Key: "k", Ops: []ir.Op{countBy("k", ir.Count)}}}, "extra values(count)"},
		{"an aggregate after the worst", []ir.Op{filter, series, countBy("k", ir.Count)}, "extra lost values(count,k)"},
		{"a test against a table", []ir.Op{in}, "extra lost"},
		{"the value of a query", []ir.Op{scalar}, "values(k)"},
		{"all columns of the best row", []ir.Op{filter, all}, "extra values(k)"},
		{"none of it", []ir.Op{series, nested, scan, window, &ir.Sample{N: 1}, &ir.Partition{Key: "k"}}, "exact"},
	} {
		q := query(c.ops...)
		q.Columns = []ir.Column{{Name: "k", Type: ir.Long}}
		if c.want == "extra values(count)" || c.want == "extra lost values(count,k)" {
			q.Columns = append(q.Columns, ir.Column{Name: "count", Type: ir.Long})
		}
		if got := drift.Propagate(q, drift.Leaf{Node: m, Kind: drift.MayBeTrue}).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
