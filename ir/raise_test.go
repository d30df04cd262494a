package ir_test

import (
	"testing"

	"github.com/huntc/huntc/ir"
)

func col(n string, t ir.Type) ir.Expr { return &ir.Col{Name: n, T: t} }
func lit(t ir.Type, v any) ir.Expr    { return &ir.Lit{Value: ir.Value{Type: t, V: v}} }
func str(s string) ir.Expr            { return lit(ir.String, s) }
func cmp(op ir.CmpOp, l, r ir.Expr) ir.Expr {
	return &ir.Compare{Op: op, L: l, R: r}
}
func ago(ticks int64) ir.Expr {
	return &ir.Arith{Op: "-", L: &ir.Now{}, R: lit(ir.Timespan, ticks), T: ir.Datetime}
}
func where(e ir.Expr) ir.Op { return &ir.Filter{Pred: e} }
func by(names ...string) []ir.Named {
	var ns []ir.Named
	for _, n := range names {
		ns = append(ns, ir.Named{Name: n, X: col(n, ir.String)})
	}
	return ns
}

func table() *ir.Table { return &ir.Table{Name: "T", Time: "t", Open: true} }

func query(from ir.Source, ops ...ir.Op) *ir.Query {
	return &ir.Query{Root: &ir.Pipeline{From: from, Ops: ops}, Open: true}
}

func countBy(keys ...string) *ir.Aggregate {
	return &ir.Aggregate{Keys: by(keys...), Aggs: []ir.Agg{{Name: "n", Func: ir.Count, T: ir.Long}}}
}

func TestRaiseMakesThresholdOnlyOfFiltersOnAggregates(t *testing.T) {
	more := where(cmp(ir.Gt, col("n", ir.Long), lit(ir.Long, int64(5))))
	onKey := where(cmp(ir.Gt, col("k", ir.Long), lit(ir.Long, int64(5))))
	for name, c := range map[string]struct {
		op   ir.Op
		want string
	}{
		"aggregate": {more, "from T open\nthreshold n = count() by k = k where (n > 5)\n"},
		"key":       {onKey, "from T open\naggregate n = count() by k = k\nfilter (k > 5)\n"},
	} {
		got := ir.Raise(query(table(), countBy("k"), c.op))
		if got.String() != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
		if back := ir.Desugar(got).String(); back != query(table(), countBy("k"), c.op).String() {
			t.Errorf("%s: Desugar gives\n%s", name, back)
		}
	}
}

func antiJoin(kind ir.JoinKind, left, right []ir.Op) *ir.Query {
	j := &ir.Join{Kind: kind, Right: &ir.Pipeline{From: table(), Ops: right}, On: []ir.JoinKey{{Left: "k", Right: "k"}}}
	return query(table(), append(left, j)...)
}

func TestRaiseMakesBaselineOfAntiJoinBetweenWindows(t *testing.T) {
	shared := where(&ir.Match{Kind: ir.Equal, Case: ir.Exact, X: col("a", ir.String), Needles: []ir.Expr{str("x")}})
	recent := []ir.Op{where(cmp(ir.Ge, col("t", ir.Datetime), ago(ir.Day))), shared, countBy("k")}
	history := []ir.Op{where(&ir.Between{X: col("t", ir.Datetime), Lo: ago(14 * ir.Day), Hi: ago(ir.Day)}), shared, &ir.Aggregate{Keys: by("k")}}
	want := `from T open
filter match(equal exact, a, any ("x"))
baseline absent on k
  recent t in [(now - 1d), ∞)
    aggregate n = count() by k = k
  history t in [(now - 14d), (now - 1d)]
    aggregate by k = k
`
	for name, q := range map[string]*ir.Query{
		"leftanti":  antiJoin(ir.LeftAnti, recent, history),
		"rightanti": antiJoin(ir.RightAnti, history, recent),
	} {
		if got := ir.Raise(q).String(); got != want {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
}

func TestRaiseLeavesJoinsThatAreNoBaseline(t *testing.T) {
	recent := []ir.Op{where(cmp(ir.Ge, col("t", ir.Datetime), ago(ir.Day))), countBy("k")}
	history := []ir.Op{where(cmp(ir.Lt, col("t", ir.Datetime), ago(ir.Day))), &ir.Aggregate{Keys: by("k")}}
	limited := append([]ir.Op{&ir.Limit{N: 5}}, history...)
	noWindow := []ir.Op{&ir.Aggregate{Keys: by("k")}}
	thresholded := append(append([]ir.Op{}, history[0]), countBy("k"), where(cmp(ir.Gt, col("n", ir.Long), lit(ir.Long, int64(1)))))
	redefined := append([]ir.Op{&ir.Extend{Cols: []ir.Named{{Name: "t", X: ago(0)}}}}, history...)
	for name, right := range map[string][]ir.Op{"limit": limited, "no window": noWindow, "threshold": thresholded, "time redefined": redefined} {
		for _, o := range ir.Raise(antiJoin(ir.LeftAnti, recent, right)).Root.Ops {
			if _, ok := o.(*ir.Baseline); ok {
				t.Errorf("%s: became a Baseline", name)
			}
		}
	}
}

func TestInlineStopsExponentialLets(t *testing.T) {
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Ref{Name: "l30"}}}
	prev := &ir.Pipeline{From: table(), Ops: []ir.Op{&ir.Limit{N: 1}}}
	for i := range 31 {
		name := "l" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		q.Bindings = append(q.Bindings, ir.Binding{Name: name, Pipe: prev})
		prev = &ir.Pipeline{From: &ir.Ref{Name: name}, Ops: []ir.Op{&ir.Append{Inputs: []*ir.Pipeline{{From: &ir.Ref{Name: name}}}}}}
	}
	if _, ok := ir.Inline(q, 1000); ok {
		t.Error("2^30 operators were accepted")
	}
}

func field(name string, absent, empty bool) *ir.Field {
	return &ir.Field{Name: name, T: ir.String, Info: &ir.FieldInfo{Type: "keyword", MaybeAbsent: absent, KeepsEmpty: empty}}
}

func equal(x ir.Expr, needles ...string) *ir.Match {
	m := &ir.Match{Kind: ir.Equal, Case: ir.Exact, X: x}
	for _, n := range needles {
		m.Needles = append(m.Needles, str(n))
	}
	return m
}

func TestExplicitAbsentAddsExactlyTheNullHandlingThatIsNeeded(t *testing.T) {
	f := field("f", true, true)
	n := &ir.Field{Name: "n", T: ir.Long, Info: &ir.FieldInfo{Type: "long", MaybeAbsent: true}}
	not := func(e ir.Expr) ir.Expr { return &ir.Not{X: e} }
	for _, c := range []struct {
		name string
		in   ir.Expr
		want string
	}{
		{"equal drops", equal(f, "a"), `match(equal exact, field(f), any ("a"))`},
		{"not equal keeps", not(equal(f, "a")), `or(absent(field(f)), not(match(equal exact, field(f), any ("a"))))`},
		{"empty literal keeps", equal(f, ""), `or(absent(field(f)), match(equal exact, field(f), any ("")))`},
		{"not empty literal drops", not(equal(f, "")), `not(match(equal exact, field(f), any ("")))`},
		{"isempty", &ir.IsEmpty{X: f}, `or(absent(field(f)), match(equal exact, field(f), any ("")))`},
		{"isnotempty", not(&ir.IsEmpty{X: f}), `not(match(equal exact, field(f), any ("")))`},
		{"isempty where empty is never stored", &ir.IsEmpty{X: field("g", true, false)}, `absent(field(g))`},
		{"never absent", not(equal(field("g", false, true), "a")), `not(match(equal exact, field(g), any ("a")))`},
		{"number not equal keeps", cmp(ir.Ne, n, lit(ir.Long, int64(5))), `or(absent(field(n)), (field(n) != 5))`},
		{"not number equal keeps", not(cmp(ir.Eq, n, lit(ir.Long, int64(5)))), `or(absent(field(n)), (field(n) != 5))`},
		{"not greater drops", not(cmp(ir.Gt, n, lit(ir.Long, int64(5)))), `not((field(n) > 5))`},
		{"proved by the same filter", &ir.And{Xs: []ir.Expr{equalFold(f, "x"), not(equal(f, "a"))}},
			`and(match(equal fold, field(f), any ("x")), not(match(equal exact, field(f), any ("a"))))`},
		{"not over and", not(&ir.And{Xs: []ir.Expr{equal(f, "a"), cmp(ir.Gt, n, lit(ir.Long, int64(1)))}}),
			`or(absent(field(f)), not(match(equal exact, field(f), any ("a"))), not((field(n) > 1)))`},
	} {
		q := ir.ExplicitAbsent(query(table(), where(c.in)), ir.AbsentOptions{})
		if got := ir.Text(q.Root.Ops[0].(*ir.Filter).Pred); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func equalFold(x ir.Expr, needle string) ir.Expr {
	m := equal(x, needle)
	m.Case = ir.Fold
	return m
}

func TestExplicitAbsentFillsKeysAndCountedStrings(t *testing.T) {
	f, g := field("f", true, true), field("g", true, false)
	agg := &ir.Aggregate{Keys: []ir.Named{{Name: "f", X: f}, {Name: "g", X: g}}, Aggs: []ir.Agg{{Name: "d", Func: ir.DCount, Args: []ir.Expr{g}}}}
	for _, c := range []struct {
		opt  ir.AbsentOptions
		want string
	}{
		{ir.AbsentOptions{}, `aggregate d = dcount(fill(field(g), "")) by f = fill(field(f), ""), g = fill(field(g), "")`},
		{ir.AbsentOptions{NullGroups: true}, `aggregate d = dcount(fill(field(g), "")) by f = fill(field(f), ""), g = field(g)`},
	} {
		q := ir.ExplicitAbsent(query(table(), agg), c.opt)
		if got := ir.OpText(q.Root.Ops[0]); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}

func TestTidyInlinesRenamesMergesFiltersAndDropsUnread(t *testing.T) {
	f := field("a.b", true, true)
	q := query(table(),
		where(equal(field("x", true, true), "1")),
		&ir.Project{Cols: []ir.Named{{Name: "e", X: f}, {Name: "unread", X: field("u", true, true)}, {Name: "l", X: &ir.Call{Func: "tolower", Args: []ir.Expr{f}, T: ir.String}}}},
		where(equal(col("e", ir.String), "zip")),
		where(equal(col("l", ir.String), "low")),
		countBy("l"))
	q.Open = false
	q.Columns = []ir.Column{{Name: "l", Type: ir.String}, {Name: "n", Type: ir.Long}}
	want := `from T open
filter and(match(equal exact, field(x), any ("1")), match(equal exact, field(a.b), any ("zip")))
extend l = tolower(field(a.b))
filter match(equal exact, l, any ("low"))
aggregate n = count() by l = l
project l = l, n = n
`
	if got := ir.Tidy(q).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
