package eval

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
)

func col(n string, t ir.Type) *ir.Col { return &ir.Col{Name: n, T: t} }
func lit(v ir.Value) *ir.Lit          { return &ir.Lit{Value: v} }
func str(s string) ir.Expr            { return lit(text(s)) }
func dyn(json string) ir.Value        { return parseJSON(text(json)) }
func not(x ir.Expr) ir.Expr           { return &ir.Not{X: x} }

func at(tb testing.TB, s string) ir.Value {
	tb.Helper()
	ticks, ok := ir.ParseDatetime(s)
	if !ok {
		tb.Fatalf("%q is no time", s)
	}
	return ir.Value{Type: ir.Datetime, V: ticks}
}

func span(n int64) ir.Value { return ir.Value{Type: ir.Timespan, V: n} }

func match(k ir.MatchKind, c ir.Case, x ir.Expr, needles ...string) *ir.Match {
	m := &ir.Match{Kind: k, Case: c, X: x}
	for _, n := range needles {
		m.Needles = append(m.Needles, str(n))
	}
	return m
}

func call(f string, t ir.Type, args ...ir.Expr) ir.Expr { return &ir.Call{Func: f, T: t, Args: args} }

func value(t *testing.T, env *Env, x ir.Expr) ir.Value {
	t.Helper()
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Rows{Values: [][]ir.Value{{}}}, Ops: []ir.Op{&ir.Project{Cols: []ir.Named{{Name: "v", X: x}}}}}}
	out, err := Run(context.Background(), q, env)
	if err != nil {
		t.Fatal(err)
	}
	return out.Rows[0][0]
}

func TestExpressions(t *testing.T) {
	null := func(ty ir.Type) ir.Expr { return lit(ir.Value{Type: ty}) }
	eq := func(op ir.CmpOp, l, r ir.Expr) ir.Expr { return &ir.Compare{Op: op, L: l, R: r} }
	n := func(i int64) ir.Expr { return lit(long(i)) }
	dynamic := func(j string) ir.Expr { return lit(dyn(j)) }
	first := func(s string) ir.Expr {
		parsed := call("parse_json", ir.Dynamic, &ir.Cast{To: ir.String, X: str(s)})
		return &ir.Cast{To: ir.String, X: &ir.Access{X: parsed, Steps: []ir.Step{{IsIndex: true}}}}
	}
	path := func(s, key string) ir.Expr {
		return &ir.Access{X: call("parse_path", ir.Dynamic, str(s)), Steps: []ir.Step{{Key: key}}}
	}
	binT := func(w int64) ir.Expr { return &ir.Bin{X: lit(at(t, "2024-01-10T13:07:31Z")), Width: span(w)} }
	diff := func(part, a, b string) ir.Expr {
		return call("datetime_diff", ir.Long, str(part), lit(at(t, a)), lit(at(t, b)))
	}
	for _, c := range []struct {
		name string
		x    ir.Expr
		want string
	}{
		{"has_any: a whole term", match(ir.Term, ir.Fold, str("see GitHub.com/x"), "zip", "github"), "true"},
		{"has_any: no substring", match(ir.Term, ir.Fold, str("mygithubs"), "github"), "false"},
		{"has_any: a later occurrence counts", match(ir.Term, ir.Fold, str("githubs github"), "github"), "true"},
		{"has_any: a needle with a dot", match(ir.Term, ir.Fold, str("https://x.office.net/a"), "office.net"), "true"},
		{"has_any: a needle with a dot ends at a term", match(ir.Term, ir.Fold, str("office.network"), "office.net"), "false"},
		{"has_any: letters and digits touch", match(ir.Term, ir.Fold, str("github2"), "github"), "false"},
		{"has: underscore separates", match(ir.Term, ir.Fold, str("a_b"), "a"), "true"},
		{"has: a letter beyond ASCII is a term character", match(ir.Term, ir.Fold, str("éa"), "a"), "false"},
		{"has: no boundary beside a separator of the needle", match(ir.Term, ir.Fold, str("a-b"), "-"), "true"},
		{"has: the empty needle matches", match(ir.Term, ir.Fold, str(""), ""), "true"},
		{"has_any: nothing in an empty list", match(ir.Term, ir.Fold, str("a")), "false"},
		{"has_all: everything in an empty list", &ir.Match{Kind: ir.Term, Case: ir.Fold, X: str("a"), All: true}, "true"},
		{"has_any: in the JSON text of an array", match(ir.Term, ir.Fold, dynamic(`["x","GitHub y"]`), "github"), "true"},
		{"has_cs: case counts", match(ir.Term, ir.Exact, str("GitHub"), "github"), "false"},
		{"hasprefix: start of a term only", match(ir.TermPrefix, ir.Fold, str("x mygit gitty"), "git"), "true"},
		{"hassuffix: end of a term only", match(ir.TermSuffix, ir.Fold, str("gitty"), "git"), "false"},
		{"fold: ASCII only", match(ir.Equal, ir.Fold, str("Ü"), "ü"), "false"},
		{"tolower: Unicode", call("tolower", ir.String, str("Ü")), `"ü"`},
		{"=~: folds", match(ir.Equal, ir.Fold, str("ZIP"), "zip"), "true"},
		{"==: case counts", match(ir.Equal, ir.Exact, str("ZIP"), "zip"), "false"},
		{"==: the leaf of a dynamic", match(ir.Equal, ir.Exact, dynamic(`"zip"`), "zip"), "true"},
		{"!in: keeps a null dynamic", not(match(ir.Equal, ir.Exact, null(ir.Dynamic), "a")), "true"},
		{"in: an array stands for its elements", &ir.Match{Kind: ir.Equal, Case: ir.Exact, X: str("b"), Needles: []ir.Expr{dynamic(`["a","b"]`)}}, "true"},
		{"in: a number meets its text", &ir.Match{Kind: ir.Equal, Case: ir.Exact, X: n(1), Needles: []ir.Expr{str("1")}}, "true"},
		{"regex: anywhere", match(ir.Regex, ir.Exact, str("xaby"), "ab"), "true"},
		{"cidr: inside", match(ir.CIDR, ir.Exact, str("10.1.2.3"), "10.0.0.0/8"), "true"},
		{"cidr: no address is null, also under not", not(match(ir.CIDR, ir.Exact, str("x"), "10.0.0.0/8")), "bool(null)"},

		{"==: one null is false", eq(ir.Eq, null(ir.Long), n(5)), "false"},
		{"!=: one null is true", eq(ir.Ne, null(ir.Long), n(5)), "true"},
		{"==: two nulls are null", eq(ir.Eq, null(ir.Long), null(ir.Long)), "bool(null)"},
		{"not(==): keeps a null", not(eq(ir.Eq, null(ir.Long), n(5))), "true"},
		{"not(>): drops a null", not(eq(ir.Gt, null(ir.Long), n(5))), "bool(null)"},
		{"and: false wins over null", &ir.And{Xs: []ir.Expr{null(ir.Bool), lit(boolean(false))}}, "false"},
		{"or: null or false is null", &ir.Or{Xs: []ir.Expr{null(ir.Bool), lit(boolean(false))}}, "bool(null)"},
		{"iff: null takes the other branch", &ir.Cond{Branches: []ir.Branch{{If: null(ir.Bool), Then: n(1)}}, Else: n(2), T: ir.Long}, "2"},
		{"isnull: never for a string", &ir.IsNull{X: null(ir.String)}, "false"},
		{"isempty: null", &ir.IsEmpty{X: null(ir.Long)}, "true"},
		{"isempty: not for []", &ir.IsEmpty{X: dynamic(`[]`)}, "false"},
		{"between: the lower end is in", &ir.Between{X: n(1), Lo: n(1), Hi: n(3)}, "true"},
		{"between: the upper end is in", &ir.Between{X: n(3), Lo: n(1), Hi: n(3)}, "true"},
		{"compare: real with long", eq(ir.Lt, n(1), lit(ir.Value{Type: ir.Real, V: 1.5})), "true"},
		{"compare: long beyond 2^53", eq(ir.Gt, n(9007199254740993), lit(ir.Value{Type: ir.Real, V: 9007199254740992.0})), "true"},

		{"bin: 5m", binT(5 * ir.Minute), "datetime(2024-01-10T13:05:00Z)"},
		{"bin: 1h", binT(ir.Hour), "datetime(2024-01-10T13:00:00Z)"},
		{"bin: 36h from year 1", binT(36 * ir.Hour), "datetime(2024-01-10T00:00:00Z)"},
		{"bin: 3d from year 1", binT(3 * ir.Day), "datetime(2024-01-10T00:00:00Z)"},
		{"bin: 7d starts on Monday", binT(7 * ir.Day), "datetime(2024-01-08T00:00:00Z)"},
		{"bin: negative numbers floor", &ir.Bin{X: n(-7), Width: long(5)}, "-10"},
		{"%: never negative", &ir.Arith{Op: "%", L: n(-14), R: n(12), T: ir.Long}, "10"},
		{"/: integers truncate", &ir.Arith{Op: "/", L: n(1), R: n(2), T: ir.Long}, "0"},
		{"/: by zero is null", &ir.Arith{Op: "/", L: n(1), R: n(0), T: ir.Long}, "long(null)"},
		{"datetime - datetime", &ir.Arith{Op: "-", L: lit(at(t, "2024-01-02")), R: lit(at(t, "2024-01-01")), T: ir.Timespan}, "1d"},

		{"first element of a JSON array in text", first(`["a"]`), `"a"`},
		{"first element: two", first(`["a","b"]`), `"a"`},
		{"first element: none", first(`[]`), `""`},
		{"first element: a JSON string", first(`"a"`), `""`},
		{"first element: plain text", first(`plain`), `""`},
		{"first element: a bag", first(`{"0":"x"}`), `""`},
		{"first element: a number", first(`[1]`), `"1"`},
		{"first element: an object", first(`[{"x":1}]`), `"{\"x\":1}"`},

		{"tostring(null)", &ir.Cast{To: ir.String, X: null(ir.Long)}, `""`},
		{"tostring of a real", &ir.Cast{To: ir.String, X: lit(ir.Value{Type: ir.Real, V: 1.0})}, `"1.0"`},
		{"tostring of a datetime has 7 digits", &ir.Cast{To: ir.String, X: lit(at(t, "2024-01-01"))}, `"2024-01-01T00:00:00.0000000Z"`},
		{"tostring of a bool", &ir.Cast{To: ir.String, X: lit(boolean(true))}, `"True"`},
		{"tostring of a bool in JSON", &ir.Cast{To: ir.String, X: dynamic("true")}, `"true"`},
		{"toint fails to null", &ir.Cast{To: ir.Int, X: str("x")}, "int(null)"},
		{"toint truncates", &ir.Cast{To: ir.Int, X: lit(ir.Value{Type: ir.Real, V: 2.7})}, "2"},
		{"strcat skips null", call("strcat", ir.String, str("a"), null(ir.Long), str("b")), `"ab"`},
		{"strlen counts code points", call("strlen", ir.Long, str("é€")), "2"},
		{"substring from the end", call("substring", ir.String, str("abcd"), n(-2)), `"cd"`},
		{"substring out of range", call("substring", ir.String, str("abc"), n(9)), `""`},
		{"split of nothing", call("split", ir.Dynamic, str(""), str(",")), `dynamic([""])`},
		{"indexof: none", call("indexof", ir.Long, str("abc"), str("x")), "-1"},
		{"replace_regex: groups", call("replace_regex", ir.String, str("is 5$"), str(`is (\d+)`), str(`was $1: \1`)), `"was $1: 5$"`},
		{"trim: one match at each end", call("trim", ir.String, str("1"), str("1121")), `"12"`},
		{"coalesce skips empty", call("coalesce", ir.String, str(""), str("a")), `"a"`},
		{"parse_path: windows", path(`C:\temp\file.txt:some.exe`, "Filename"), `dynamic("file.txt")`},
		{"parse_path: root", path(`C:\temp\file.txt`, "RootPath"), `dynamic("C:")`},
		{"parse_path: stream", path(`C:\temp\file.txt:some.exe`, "AlternateDataStreamName"), `dynamic("some.exe")`},
		{"parse_path: unix folder", path(`/usr/lib/temp/file.txt`, "DirectoryName"), `dynamic("temp")`},
		{"datetime_diff: boundaries", diff("hour", "2017-10-31T01:00:00Z", "2017-10-30T23:59:00Z"), "2"},
		{"datetime_diff: years", diff("year", "2017-01-01", "2000-12-31"), "17"},
		{"datetime_diff: weeks start on Sunday", diff("week", "2017-10-29T00:00:00Z", "2017-09-30T23:59:00Z"), "5"},
		{"startofweek: Sunday", call("startofweek", ir.Datetime, lit(at(t, "2017-01-01T10:10:17Z")), n(-1)), "datetime(2016-12-25T00:00:00Z)"},
		{"endofday: the last tick", call("endofday", ir.Datetime, lit(at(t, "2017-01-01T10:10:17Z"))), "datetime(2017-01-01T23:59:59.9999999Z)"},
		{"datetime_add: a shorter month", call("datetime_add", ir.Datetime, str("month"), n(1), lit(at(t, "2024-01-31"))), "datetime(2024-02-29T00:00:00Z)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := value(t, &Env{}, c.x).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestStrictNull(t *testing.T) {
	null := lit(ir.Value{Type: ir.String})
	for _, c := range []struct {
		name string
		x    ir.Expr
		want string
	}{
		{"a match with null is null", match(ir.Term, ir.Fold, null, "a"), "bool(null)"},
		{"under not as well", not(match(ir.Equal, ir.Exact, null, "a")), "bool(null)"},
		{"!= with null is null", &ir.Compare{Op: ir.Ne, L: null, R: str("a")}, "bool(null)"},
		{"absent", &ir.Absent{X: null}, "true"},
		{"fill", &ir.Fill{X: null, With: text("")}, `""`},
		{"strcat with null is null", call("strcat", ir.String, str("a"), null), "string(null)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := value(t, &Env{Strict: true}, c.x).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// events is data with an absent value, an empty one and a null.
const events = `{"T":"2024-01-01T00:00:00Z","Who":"a","Ext":"zip","N":1,"D":["x","y"]}
{"T":"2024-01-02T00:00:00Z","Who":"a","Ext":"ZIP","N":2,"D":[]}
{"T":"2024-01-03T00:00:00Z","Who":"","Ext":"","N":null,"D":{"k":1,"l":2}}
{"T":"2024-01-04T00:00:00Z","Ext":"txt","N":4}
`

var eventCols = []ir.Column{{Name: "T", Type: ir.Datetime}, {Name: "Who", Type: ir.String}, {Name: "Ext", Type: ir.String},
	{Name: "N", Type: ir.Long}, {Name: "D", Type: ir.Dynamic}}

func rows(t *testing.T, strict bool, ops ...ir.Op) string {
	t.Helper()
	tab, err := ReadNDJSON(strings.NewReader(events), "events", eventCols, false)
	if err != nil {
		t.Fatal(err)
	}
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "E", Time: "T", Columns: eventCols}, Ops: ops}}
	env := &Env{Tables: map[string]*Table{"E": tab}, Strict: strict}
	got := show(t, q, env)
	// Desugar says what Threshold and Baseline mean; the evaluator has code of its own for them.
	if core := show(t, ir.Desugar(q), env); core != got {
		t.Errorf("desugared: %s\nas it is:  %s", core, got)
	}
	return got
}

func show(t *testing.T, q *ir.Query, env *Env) string {
	t.Helper()
	out, err := Run(context.Background(), q, env)
	if err != nil {
		t.Fatal(err)
	}
	// An empty string shows as "", a null as nothing.
	var lines []string
	for _, row := range out.Rows {
		var cells []string
		for _, v := range row {
			c := cellText(v)
			if v.V == "" {
				c = `""`
			}
			cells = append(cells, c)
		}
		lines = append(lines, strings.Join(cells, ","))
	}
	return strings.Join(lines, " | ")
}

func TestOps(t *testing.T) {
	who, ext, num, d := col("Who", ir.String), col("Ext", ir.String), col("N", ir.Long), col("D", ir.Dynamic)
	keep := func(xs ...*ir.Col) ir.Op {
		p := &ir.Project{}
		for _, x := range xs {
			p.Cols = append(p.Cols, ir.Named{Name: x.Name, X: x})
		}
		return p
	}
	filter := func(x ir.Expr) ir.Op { return &ir.Filter{Pred: x} }
	by := func(keys []ir.Named, aggs ...ir.Agg) *ir.Aggregate { return &ir.Aggregate{Keys: keys, Aggs: aggs} }
	whoKey := []ir.Named{{Name: "Who", X: who}}
	agg := func(f ir.AggFunc, args ...ir.Expr) ir.Agg { return ir.Agg{Name: "v", Func: f, Args: args} }
	nothing := filter(lit(boolean(false)))
	self := func(ops ...ir.Op) *ir.Pipeline {
		return &ir.Pipeline{From: &ir.Table{Name: "E", Columns: eventCols}, Ops: ops}
	}
	join := func(k ir.JoinKind, right *ir.Pipeline) ir.Op {
		return &ir.Join{Kind: k, Right: right, On: []ir.JoinKey{{Left: "Who", Right: "Who"}}, RightNames: map[string]string{"Who": "Who1", "N": "N1"}}
	}
	window := func(from, to string) ir.Window {
		w := ir.Window{FromClosed: true, ToClosed: true}
		if from != "" {
			w.From = lit(at(t, from))
		}
		if to != "" {
			w.To = lit(at(t, to))
		}
		return w
	}
	baseline := &ir.Baseline{Time: "T", TimeType: ir.Datetime, Recent: window("2024-01-03", ""), History: window("", "2024-01-03"),
		HistoryOps: []ir.Op{by(whoKey)}, On: []ir.JoinKey{{Left: "Who", Right: "Who"}}}
	earlier := *baseline
	earlier.History = window("", "2024-01-02")
	strictBaseline := *baseline
	strictBaseline.Recent = window("2024-01-04", "")
	txt := filter(match(ir.Equal, ir.Exact, ext, "txt"))
	sort := func(desc, nullsFirst bool) ir.Op {
		return &ir.Sort{Keys: []ir.SortKey{{X: num, Desc: desc, NullsFirst: nullsFirst}}}
	}
	for _, c := range []struct {
		name   string
		strict bool
		ops    []ir.Op
		want   string
	}{
		{"not(has_any) keeps rows without the column", false, []ir.Op{filter(not(match(ir.Term, ir.Fold, who, "a"))), keep(ext)}, `"" | txt`},
		{"not(has_any) loses them under strict null", true, []ir.Op{filter(not(match(ir.Term, ir.Fold, who, "a"))), keep(ext)}, `""`},
		{"=~ drops rows without the column", false, []ir.Op{filter(match(ir.Equal, ir.Fold, ext, "zip")), keep(ext)}, "zip | ZIP"},
		{"!= keeps a null number", false, []ir.Op{filter(&ir.Compare{Op: ir.Ne, L: num, R: lit(long(1))}), keep(ext)}, `ZIP | "" | txt`},
		{"an absent key is one group with the empty string", false, []ir.Op{by(whoKey, agg(ir.Count))}, `a,2 | "",2`},
		{"strict: an absent key is a group apart", true, []ir.Op{by(whoKey, agg(ir.Count))}, `a,2 | "",1 | ,1`},
		{"a null number is a group", false, []ir.Op{by([]ir.Named{{Name: "N", X: num}}, agg(ir.Count))}, "1,1 | 2,1 | ,1 | 4,1"},
		{"count(x) counts nulls", false, []ir.Op{by(nil, agg(ir.Count, num))}, "4"},
		{"dcount counts the empty string", false, []ir.Op{by(nil, agg(ir.DCount, who))}, "2"},
		{"dcount counts the absent string", false, []ir.Op{txt, by(nil, agg(ir.DCount, who))}, "1"},
		{"strict: dcount skips null", true, []ir.Op{txt, by(nil, agg(ir.DCount, who))}, "0"},
		{"strict: make_set skips null", true, []ir.Op{txt, by(nil, agg(ir.MakeSet, who))}, "[]"},
		{"strict: baseline tells null from the empty string", true, []ir.Op{&strictBaseline, keep(ext)}, "txt"},
		{"dcount skips a null number", false, []ir.Op{by(nil, agg(ir.DCount, num))}, "3"},
		{"make_set keeps the empty string", false, []ir.Op{by(nil, agg(ir.MakeSet, who))}, `["a",""]`},
		{"make_set over absent values", false, []ir.Op{by(nil, agg(ir.MakeSet, num))}, `[1,2,4]`},
		{"make_set is capped", false, []ir.Op{by(nil, ir.Agg{Name: "v", Func: ir.MakeSet, Args: []ir.Expr{num}, Cap: 2})}, `[1,2]`},
		{"make_set flattens arrays", false, []ir.Op{nothingElse(d, "x"), by(nil, agg(ir.MakeSet, d))}, `["x","y"]`},
		{"make_list keeps repeats", false, []ir.Op{by(nil, agg(ir.MakeList, who))}, `["a","a","",""]`},
		{"make_bag merges bags and skips the rest", false, []ir.Op{by(nil, agg(ir.MakeBag, d))}, `{"k":1,"l":2}`},
		{"countif", false, []ir.Op{by(nil, ir.Agg{Name: "v", Func: ir.Count, If: match(ir.Equal, ir.Fold, ext, "zip")})}, "2"},
		{"min of strings takes the empty one", false, []ir.Op{by(nil, agg(ir.Min, ext))}, `""`},
		{"max of strings", false, []ir.Op{by(nil, agg(ir.Max, ext))}, "zip"},
		{"arg_max ignores null", false, []ir.Op{by(nil, agg(ir.ArgMax, num, ext))}, "txt"},
		{"take_any prefers a value", false, []ir.Op{by(nil, agg(ir.TakeAny, who))}, "a"},
		{"count of nothing", false, []ir.Op{nothing, by(nil, agg(ir.Count))}, "0"},
		{"avg of nothing", false, []ir.Op{nothing, by(nil, agg(ir.Avg, num))}, "NaN"},
		{"make_set of nothing", false, []ir.Op{nothing, by(nil, agg(ir.MakeSet, num))}, "[]"},
		{"no groups of nothing", false, []ir.Op{nothing, by(whoKey, agg(ir.Count))}, ""},
		{"threshold filters groups", false, []ir.Op{&ir.Threshold{Agg: by(whoKey, agg(ir.Sum, num)),
			Pred: &ir.Compare{Op: ir.Gt, L: col("v", ir.Long), R: lit(long(3))}}}, `"",4`},
		{"sort desc puts nulls last", false, []ir.Op{sort(true, false), keep(num)}, "4 | 2 | 1 | "},
		{"sort asc puts nulls first, limit takes the first rows", false, []ir.Op{sort(false, true), &ir.Limit{N: 2}, keep(num, ext)}, `,"" | 1,zip`},
		{"mv-expand: elements, no row for [], bags by key, one for null", false,
			[]ir.Op{&ir.Expand{Name: "D", X: d}, keep(d)}, `x | y | {"k":1} | {"l":2} | `},
		{"join without kind keeps one left row per key", false, []ir.Op{keep(who, num), join(ir.InnerUnique, self(keep(who, num)))},
			`a,1,a,1 | a,1,a,2 | "",,"", | "",,"",4`},
		{"inner join pairs all", false, []ir.Op{filter(match(ir.Equal, ir.Exact, who, "a")), keep(who, num), join(ir.Inner, self(keep(who, num)))},
			"a,1,a,1 | a,1,a,2 | a,2,a,1 | a,2,a,2"},
		{"left outer join keeps the left", false, []ir.Op{keep(who, num), join(ir.LeftOuter, self(filter(match(ir.Equal, ir.Exact, ext, "zip")), keep(who, num)))},
			`a,1,a,1 | a,2,a,1 | "",,"", | "",4,"",`},
		{"right anti join", false, []ir.Op{filter(match(ir.Equal, ir.Exact, who, "a")), join(ir.RightAnti, self(keep(ext, who)))}, `"","" | txt,""`},
		{"baseline: an event on the border is in both windows", false, []ir.Op{baseline, keep(ext)}, ""},
		{"baseline: a new key is kept, absent like empty", false, []ir.Op{&earlier, keep(ext)}, `"" | txt`},
		{"mv-expand to a type casts and does not parse", false, []ir.Op{
			&ir.Expand{Name: "e", To: ir.Long, X: lit(dyn(`["5",6]`))}, &ir.Limit{N: 2}, keep(col("e", ir.Long))}, " | 6"},
		{"union fills absent columns", false, []ir.Op{keep(num), &ir.Append{Inputs: []*ir.Pipeline{self(keep(ext), &ir.Limit{N: 1})}}}, `1,"" | 2,"" | ,"" | 4,"" | ,zip`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rows(t, c.strict, c.ops...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// nothingElse keeps the rows whose dynamic column has an element as a term.
func nothingElse(x ir.Expr, term string) ir.Op {
	return &ir.Filter{Pred: match(ir.Term, ir.Fold, x, term)}
}

func TestExpandIndexedElements(t *testing.T) {
	cols := []ir.Column{{Name: "a", Type: ir.Dynamic}}
	in, err := ReadNDJSON(strings.NewReader(`{"a":{"0":{"n":"x","m":"p"},"2":{"n":"z"}}}`), "in", cols, false)
	if err != nil {
		t.Fatal(err)
	}
	elem := func(i string) map[string]ir.Expr {
		return map[string]ir.Expr{"n": &ir.Field{Name: "a." + i + ".n", T: ir.String}, "m": &ir.Field{Name: "a." + i + ".m", T: ir.String}}
	}
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "E"}, Ops: []ir.Op{
		&ir.Expand{Name: "e", X: col("a", ir.Dynamic), Elements: []map[string]ir.Expr{elem("0"), elem("1"), elem("2")}},
		&ir.Project{Cols: []ir.Named{{Name: "n", X: &ir.Access{X: col("e", ir.Dynamic), Steps: []ir.Step{{Key: "n"}}}}}}}}}
	out, err := Run(context.Background(), q, &Env{Tables: map[string]*Table{"E": in}, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteTable(&b, out, "ndjson"); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "{\"n\":\"x\"}\n{\"n\":\"z\"}\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRunRefuses(t *testing.T) {
	one := &ir.Rows{Values: [][]ir.Value{{}}}
	project := func(x ir.Expr) *ir.Pipeline {
		return &ir.Pipeline{From: one, Ops: []ir.Op{&ir.Project{Cols: []ir.Named{{Name: "v", X: x}}}}}
	}
	for _, c := range []struct {
		name string
		p    *ir.Pipeline
		want string
	}{
		{"an unknown function", project(call("frobnicate", ir.Long)), "frobnicate"},
		{"the time when none is given", project(&ir.Now{}), "current time"},
		{"a parameter without a value", project(&ir.Param{Name: "P"}), "parameter P"},
		{"a bad expression", project(&ir.Bad{}), "does not know"},
		{"an unknown column", project(col("x", ir.Long)), `no column "x"`},
		{"a table without data", &ir.Pipeline{From: &ir.Table{Name: "Nope"}}, "Nope"},
		{"a match without case", project(&ir.Match{Kind: ir.Equal, X: str("a"), Needles: []ir.Expr{str("a")}}), "case"},
		{"a bad regular expression", project(match(ir.Regex, ir.Exact, str("a"), "(")), "missing closing"},
		{"a bad op", &ir.Pipeline{From: one, Ops: []ir.Op{&ir.BadOp{}}}, "does not know"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Run(context.Background(), &ir.Query{Root: c.p}, &Env{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error about %q", err, c.want)
			}
		})
	}
}

func TestRunStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Rows{Values: [][]ir.Value{{}}}, Ops: []ir.Op{&ir.Limit{N: 1}}}}
	if _, err := Run(ctx, q, &Env{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestReadNDJSON(t *testing.T) {
	cols := []ir.Column{{Name: "n", Type: ir.Long}, {Name: "s", Type: ir.String}, {Name: "t", Type: ir.Datetime}}
	for _, c := range []struct {
		name, in string
		open     bool
		want     string // JSON of the rows, or part of the error
	}{
		{"absent stays apart from empty", `{"n":1}` + "\n" + `{"s":""}`, false, "[1,null,null] [null,\"\",null]"},
		{"a datetime", `{"t":"2024-01-01T01:00:00.5+01:00"}`, false, `[null,null,"2024-01-01T00:00:00.5000000Z"]`},
		{"a number in a string column", "{}\n" + `{"s":5}`, false, "in:2: 5 is no string"},
		{"a fraction in a long column", `{"n":1.5}`, false, "in:1: 1.5 is no long"},
		{"not JSON", "{", false, "in:1:"},
		{"unknown keys are left out", `{"x":1}`, false, "[null,null,null]"},
		{"unknown keys of an open schema", `{"x":1,"b":{"z":1,"a":2}}` + "\n" + `{"x":1.5}`, true, `[null,null,null,1.0,{"z":1,"a":2}] [null,null,null,1.5,null]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, err := ReadNDJSON(strings.NewReader(c.in), "in", cols, c.open)
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			var parts []string
			for _, row := range tab.Rows {
				var cells []string
				for _, v := range row {
					cells = append(cells, cellJSON(v))
				}
				parts = append(parts, "["+strings.Join(cells, ",")+"]")
			}
			if got := strings.Join(parts, " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWriteTable(t *testing.T) {
	tab := &Table{Columns: []ir.Column{{Name: "s", Type: ir.String}, {Name: "n", Type: ir.Long}, {Name: "d", Type: ir.Dynamic}},
		Rows: [][]ir.Value{{text("a\nb"), long(1), dyn(`{"z":1,"a":[2.0]}`)}, {text(""), {Type: ir.Long}, {Type: ir.Dynamic}}}}
	for format, want := range map[string]string{
		"table":  "s    n  d\na·b  1  {\"z\":1,\"a\":[2.0]}\n\n",
		"csv":    "s,n,d\n\"a\nb\",1,\"{\"\"z\"\":1,\"\"a\"\":[2.0]}\"\n,,\n",
		"ndjson": "{\"s\":\"a\\nb\",\"n\":1,\"d\":{\"z\":1,\"a\":[2.0]}}\n{\"s\":\"\",\"n\":null,\"d\":null}\n",
		"json": `{"columns":[{"name":"s","type":"string"},{"name":"n","type":"long"},{"name":"d","type":"dynamic"}],"rows":[` +
			"\n[\"a\\nb\",1,{\"z\":1,\"a\":[2.0]}],\n[\"\",null,null]\n]}\n",
	} {
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteTable(&b, tab, format); err != nil {
				t.Fatal(err)
			}
			if b.String() != want {
				t.Errorf("got  %q\nwant %q", b.String(), want)
			}
		})
	}
	if err := WriteTable(&bytes.Buffer{}, tab, "xml"); err == nil {
		t.Error("an unknown format is no error")
	}
}
