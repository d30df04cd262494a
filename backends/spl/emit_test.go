package spl

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func emitText(t *testing.T, in *emit.Input) (string, *emit.Report) {
	t.Helper()
	out, rep := Backend{}.Emit(in)
	if out == nil {
		t.Fatalf("refused: %v", rep.Diags)
	}
	return out.Text, rep
}

func TestHuntsAreWrittenAsInTheGoldenFiles(t *testing.T) {
	for name, in := range map[string]*emit.Input{"mass-downloads": massDownloads(), "code-repo": codeRepo(), "rare-audit": rareAudit()} {
		t.Run(name, func(t *testing.T) {
			got, _ := emitText(t, in)
			file := filepath.Join("testdata", name+".spl")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestMacroIsAskedFor(t *testing.T) {
	out, _ := Backend{}.Emit(massDownloads())
	if len(out.Needs) != 1 || out.Needs[0].Name != "cloud_app_events" {
		t.Errorf("needs %v", out.Needs)
	}
}

func TestDriftOfHuntsIsDeclared(t *testing.T) {
	for name, c := range map[string]struct {
		in   *emit.Input
		want []string
	}{
		"mass downloads is exact":         {massDownloads(), nil},
		"terms beyond ASCII and set size": {codeRepo(), []string{"SPL-TERM-UTF", "SPL-TERM-UTF", "SPL-SET-CAP"}},
		"limits of mvexpand, eventstats":  {rareAudit(), []string{"SPL-FOLD-I", "SPL-EXPAND-500MB", "SPL-EVENTSTATS", "SPL-BAG", "SPL-SET-DYNAMIC", "SPL-TERM-UTF"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, rep := emitText(t, c.in)
			var got []string
			for _, n := range rep.Notes() {
				got = append(got, string(n.Code))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// one emits a query of a single filter and returns the search line and the rest.
func one(t *testing.T, x ir.Expr) (search, where string) {
	t.Helper()
	got, _ := emitText(t, input([]ir.Column{{Name: "a", Type: ir.String}}, &ir.Filter{Pred: x}))
	lines := strings.SplitN(strings.TrimSuffix(got, "\n| table a\n"), "\n", 2)
	if len(lines) == 1 {
		return lines[0], ""
	}
	return lines[0], lines[1]
}

func TestConditionsAreSplitBetweenSearchAndWhere(t *testing.T) {
	a, n := fld("a", ir.String), fld("n", ir.Long)
	const base = "search `cloud_app_events` earliest=0 latest=+3d"
	for name, c := range map[string]struct {
		x             ir.Expr
		search, where string
	}{
		"search sees no case, so where repeats ==":         {match(ir.Equal, ir.Exact, a, "Add"), base + ` a="Add"`, `| where a=="Add"`},
		"=~ is what search does":                           {match(ir.Equal, ir.Fold, a, "Add"), base + ` a="Add"`, ""},
		"k and s may fold beyond ASCII":                    {match(ir.Equal, ir.Fold, a, "Bulk"), base + ` a="Bulk"`, `| where match(a, "^(?i:Bul)[Kk]\\z")`},
		"s alone is safe in lower()":                       {match(ir.Equal, ir.Fold, a, "user"), base + ` a="user"`, `| where lower(a)=="user"`},
		"a star is a wildcard in search":                   {match(ir.Equal, ir.Fold, a, "a*"), base, `| where lower(a)=="a*"`},
		"a network would match addresses in search":        {match(ir.Equal, ir.Exact, a, "10.0.0.0/8"), base, `| where match(a, "^10\\.0\\.0\\.0/8\\z")`},
		"in() on several":                                  {match(ir.Equal, ir.Exact, a, "Add", "Del"), base + ` a IN ("Add", "Del")`, `| where in(a, "Add", "Del")`},
		"integers":                                         {compare(ir.Eq, n, num(5)), base + ` n=5`, ""},
		"other numbers":                                    {compare(ir.Gt, n, num(5)), base, `| where n>5`},
		"!= drops null by itself":                          {&ir.Not{X: match(ir.Equal, ir.Exact, a, "Add")}, base, `| where a!="Add"`},
		"not match needs isnotnull":                        {&ir.Not{X: match(ir.Contains, ir.Exact, a, "x")}, base, `| where isnotnull(a) AND NOT match(a, "x")`},
		"not match beside isnull does not":                 {&ir.Or{Xs: []ir.Expr{&ir.Absent{X: a}, &ir.Not{X: match(ir.Contains, ir.Exact, a, "x")}}}, base, `| where isnull(a) OR NOT match(a, "x")`},
		"not match on a field that is always there":        {&ir.Not{X: match(ir.Contains, ir.Exact, present("a", ir.String), "x")}, base, `| where NOT match(a, "x")`},
		"not goes to the leaves":                           {&ir.Not{X: &ir.And{Xs: []ir.Expr{compare(ir.Gt, n, num(5)), match(ir.Equal, ir.Exact, a, "Add")}}}, base, `| where n<=5 OR a!="Add"`},
		"or inside and is in parentheses":                  {&ir.And{Xs: []ir.Expr{&ir.Or{Xs: []ir.Expr{compare(ir.Gt, n, num(5)), compare(ir.Lt, n, num(1))}}, &ir.Not{X: &ir.IsEmpty{X: a}}}}, base, "| where (n>5 OR n<1)\n    AND a!=\"\""},
		"an open start is checked again":                   {compare(ir.Gt, timeField(), ago(ir.Day)), "search `cloud_app_events` earliest=-86400s latest=+3d", `| where _time>now()-86400`},
		"a closed start is what earliest means":            {compare(ir.Ge, timeField(), ago(ir.Day)), "search `cloud_app_events` earliest=-86400s latest=+3d", ""},
		"an open end is what latest means":                 {compare(ir.Lt, timeField(), ago(ir.Hour)), "search `cloud_app_events` earliest=0 latest=-3600s", ""},
		"a closed end is a second later":                   {compare(ir.Le, timeField(), ago(ir.Hour)), "search `cloud_app_events` earliest=0 latest=-3599s", `| where _time<=now()-3600`},
		"mirrored":                                         {compare(ir.Lt, ago(ir.Day), timeField()), "search `cloud_app_events` earliest=-86400s latest=+3d", `| where now()-86400<_time`},
		"a fraction of a second widens the search":         {compare(ir.Ge, timeField(), ago(1500*ir.Millisecond)), "search `cloud_app_events` earliest=-2s latest=+3d", `| where _time>=now()-1.5`},
		"an empty list matches nothing":                    {match(ir.Equal, ir.Exact, a), base, `| where 1==0`},
		"in~ keeps the plain ones plain":                   {match(ir.Equal, ir.Fold, a, "Token", "user*"), base, `| where lower(a)=="user*" OR match(a, "^(?i:To)[Kk](?i:en)\\z")`},
		"cidr":                                             {match(ir.CIDR, ir.Exact, a, "10.0.0.0/8"), base, `| where cidrmatch("10.0.0.0/8", a)`},
		"a dollar at the end of a regex is \\z":            {match(ir.Regex, ir.Exact, a, `x\.exe$`), base, `| where match(a, "x\\.exe\\z")`},
		"names with a dash are quoted":                     {compare(ir.Gt, fld("a-b", ir.Long), num(1)), base, `| where 'a-b'>1`},
		"one element of an array is read from the event":   {match(ir.Equal, ir.Exact, fld("p.t{0}.n", ir.String), "Add"), base, `| where json_extract(_raw,"p.t{0}.n")=="Add"`},
		"one edge of the needle is no term character":      {match(ir.Term, ir.Exact, a, ".exe"), base, `| where match(a, "\\.exe(?![\\p{L}\\p{N}])")`},
		"a remainder is never negative":                    {compare(ir.Eq, &ir.Arith{Op: "%", L: n, R: num(7), T: ir.Long}, num(0)), base, `| where n-7*floor(n/7)==0`},
		"integer division truncates":                       {compare(ir.Eq, &ir.Arith{Op: "/", L: n, R: num(7), T: ir.Long}, num(0)), base, `| where if(n/7<0,ceiling(n/7),floor(n/7))==0`},
		"only one time bound of a side goes to the search": {&ir.And{Xs: []ir.Expr{compare(ir.Ge, timeField(), ago(ir.Day)), compare(ir.Ge, timeField(), ago(ir.Hour))}}, "search `cloud_app_events` earliest=-86400s latest=+3d", `| where _time>=now()-3600`},
	} {
		t.Run(name, func(t *testing.T) {
			s, w := one(t, c.x)
			if s != c.search || w != c.where {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", s, w, c.search, c.where)
			}
		})
	}
}

func TestRunTimeIsWrittenWhenGiven(t *testing.T) {
	in := input([]ir.Column{{Name: "a", Type: ir.String}}, filter(compare(ir.Gt, timeField(), ago(ir.Day))))
	in.Now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	got, _ := emitText(t, in)
	if !strings.Contains(got, "earliest=1777507200 ") || !strings.Contains(got, "_time>1777593600-86400") {
		t.Errorf("got %s", got)
	}
}

func TestBinsAgreeWithTheSource(t *testing.T) {
	for name, c := range map[string]struct {
		width int64
		want  string
	}{
		"5m divides a quarter of an hour": {5 * ir.Minute, "| bin span=5m _time AS b"},
		"1h would follow the time zone":   {ir.Hour, "| eval b=floor(_time/3600)*3600"},
		"7m counts from the year one":     {7 * ir.Minute, "| eval b=floor((_time-360)/420)*420+360"},
		"7d starts on Monday":             {7 * ir.Day, "| eval b=floor((_time-345600)/604800)*604800+345600"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := emitText(t, input([]ir.Column{{Name: "b", Type: ir.Datetime}, {Name: "n", Type: ir.Long}},
				&ir.Aggregate{Keys: []ir.Named{{Name: "b", X: &ir.Bin{X: timeField(), Width: ir.Value{Type: ir.Timespan, V: c.width}}}},
					Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}}))
			if line := strings.Split(got, "\n")[1]; line != c.want {
				t.Errorf("got %s, want %s", line, c.want)
			}
		})
	}
}

// A bin edge of the text must be one of KQL's, which count from the year one.
func TestBinOffsetIsAnEdgeOfTheSource(t *testing.T) {
	for _, w := range []int64{7 * ir.Minute, 11 * ir.Minute, 36 * ir.Hour, 3 * ir.Day, 7 * ir.Day, 5 * ir.Minute} {
		if edge := binOffset(w) - epochTicks(0); edge%w != 0 || binOffset(w) < 0 || binOffset(w) >= w {
			t.Errorf("width %d: offset %d", w, binOffset(w))
		}
	}
}

func TestAggregates(t *testing.T) {
	s, n := fld("s", ir.String), fld("n", ir.Long)
	plain := present("p", ir.String)
	key := []ir.Named{{Name: "p", X: plain}}
	for name, c := range map[string]struct {
		aggs []ir.Agg
		want string
	}{
		"count of some":                  {[]ir.Agg{{Name: "x", Func: ir.Count, If: compare(ir.Gt, n, num(1))}}, "| stats count(eval(n>1)) AS x BY p"},
		"dcount counts the empty string": {[]ir.Agg{{Name: "x", Func: ir.DCount, Args: []ir.Expr{fill(s)}}}, "| eval huntc_v1=\"=\".coalesce(s,\"\")\n| stats dc(huntc_v1) AS x BY p"},
		"dcount of what is never empty":  {[]ir.Agg{{Name: "x", Func: ir.DCount, Args: []ir.Expr{present("q", ir.String)}}}, "| stats dc(q) AS x BY p"},
		"the same call under two names":  {[]ir.Agg{{Name: "x", Func: ir.Max, Args: []ir.Expr{n}}, {Name: "y", Func: ir.Max, Args: []ir.Expr{n}}}, "| stats max(n) AS x BY p\n| eval y=x"},
		"a sum of nothing is 0":          {[]ir.Agg{{Name: "x", Func: ir.Sum, Args: []ir.Expr{n}}}, "| stats sum(n) AS x BY p\n| eval x=coalesce(x,0)"},
		"a distinct has no aggregate":    {nil, "| stats count AS huntc_n1 BY p"},
		"min of the time":                {[]ir.Agg{{Name: "x", Func: ir.Min, Args: []ir.Expr{timeField()}}}, "| stats min(_time) AS x BY p"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := emitText(t, input([]ir.Column{{Name: "p", Type: ir.String}}, &ir.Aggregate{Keys: key, Aggs: c.aggs}))
			_, got, _ = strings.Cut(got, "\n")
			if got = strings.TrimSuffix(got, "\n| table p\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestExpandKeepsARowForAnAbsentArray(t *testing.T) {
	name := &ir.Access{X: col("m", ir.Dynamic), Steps: []ir.Step{{Key: "name"}}}
	got, _ := emitText(t, input([]ir.Column{{Name: "n", Type: ir.String}},
		&ir.Expand{Name: "m", X: fld("mods", ir.Dynamic)},
		&ir.Project{Cols: []ir.Named{{Name: "n", X: &ir.Cast{To: ir.String, X: name}}}}))
	want := "| eval m=if(isnull(mods),\"null\",json_array_to_mv(mods))\n| mvexpand m\n| eval m=if(m==\"null\",null(),m)\n| eval n=json_extract(m,\"name\")\n| table n\n"
	if _, got, _ = strings.Cut(got, "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
}

// Elements that are indices into one JSON array are read from the array, not one by one.
func TestExpandOfAJSONArrayReadsTheArray(t *testing.T) {
	el := func(i string) map[string]ir.Expr {
		f := fld("_raw.a{0}.m{"+i+"}.name", ir.String)
		f.Info.Container, f.Info.Key = "_raw", "a{0}.m{"+i+"}.name"
		return map[string]ir.Expr{"name": f}
	}
	name := &ir.Access{X: col("m", ir.Dynamic), Steps: []ir.Step{{Key: "name"}}}
	in := func(els ...map[string]ir.Expr) *emit.Input {
		return input([]ir.Column{{Name: "n", Type: ir.String}}, &ir.Expand{Name: "m", X: fld("mods", ir.Dynamic), Elements: els},
			&ir.Project{Cols: []ir.Named{{Name: "n", X: &ir.Cast{To: ir.String, X: name}}}})
	}
	got, _ := emitText(t, in(el("0"), el("1")))
	want := "| eval m=json_array_to_mv(json_extract(_raw,\"a{0}.m\"))\n| mvexpand m\n| eval 'm.name'=json_extract(m,\"name\")\n| eval n='m.name'\n| table n\n"
	if _, got, _ = strings.Cut(got, "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
	if got, _ = emitText(t, in(el("0"), el("2"))); !strings.Contains(got, "mvappend(") {
		t.Errorf("elements 0 and 2 are not the whole array:\n%s", got)
	}
}

func TestFunctionsOnValues(t *testing.T) {
	s, n := fld("s", ir.String), fld("n", ir.Long)
	call := func(f string, ty ir.Type, args ...ir.Expr) ir.Expr { return &ir.Call{Func: f, Args: args, T: ty} }
	cases := map[string]struct {
		x    ir.Expr
		want string
	}{
		"substring counts from 1":       {call("substring", ir.String, s, num(0), num(3)), `substr(s,1,3)`},
		"strcat reads null as empty":    {call("strcat", ir.String, s, str("-")), `coalesce(s,"") . "-"`},
		"strlen":                        {call("strlen", ir.Long, s), `len(s)`},
		"case":                          {&ir.Cond{T: ir.Long, Branches: []ir.Branch{{If: compare(ir.Gt, n, num(1)), Then: num(2)}, {If: compare(ir.Gt, n, num(0)), Then: num(1)}}, Else: num(0)}, `case(n>1,2,n>0,1,1==1,0)`},
		"a condition as a value":        {compare(ir.Gt, n, num(1)), `case(n>1,"true",n<=1,"false")`},
		"a negative number":             {&ir.Neg{X: n}, `0-n`},
		"a text that is a whole number": {&ir.Cast{To: ir.Long, X: s}, `if(match(s, "^-?[0-9]+\\z"),tonumber(s),null())`},
		"a bag":                         {&ir.Pack{Keys: []string{"k"}, Vals: []ir.Expr{n}}, `json_object("k",n)`},
		"precedence":                    {&ir.Arith{Op: "*", T: ir.Long, L: &ir.Arith{Op: "+", L: n, R: num(1), T: ir.Long}, R: num(2)}, `(n+1)*2`},
		"a dollar":                      {str("$a$"), `(urldecode("%24") . "a" . urldecode("%24"))`},
		"a path and a quote":            {str(`C:\temp "x"`), `"C:\\temp \"x\""`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, _ := emitText(t, input([]ir.Column{{Name: "x", Type: ir.TypeOf(c.x)}}, &ir.Extend{Cols: []ir.Named{{Name: "x", X: c.x}}}))
			if line := strings.Split(got, "\n")[1]; line != "| eval x="+c.want {
				t.Errorf("got %s, want %s", line, c.want)
			}
		})
	}
}

func TestSortPutsEmptyFirstGoingUp(t *testing.T) {
	got, _ := emitText(t, input([]ir.Column{{Name: "p", Type: ir.String}},
		&ir.Aggregate{Keys: []ir.Named{{Name: "p", X: present("p", ir.String)}}, Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}},
		&ir.Sort{Keys: []ir.SortKey{{X: col("p", ir.String)}, {X: col("n", ir.Long), Desc: true}}}, &ir.Limit{N: 5}))
	want := "| eval huntc_s1=if(isnull(p) OR p==\"\",0,1)\n| sort 0 huntc_s1, str(p), -num(n)\n| head 5\n| table p\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

// An aggregate reads the row before the keys are written over it.
func TestAggregatesDoNotSeeTheFilledKeys(t *testing.T) {
	s := fld("s", ir.String)
	got, _ := emitText(t, input([]ir.Column{{Name: "s", Type: ir.String}, {Name: "x", Type: ir.Long}}, &ir.Aggregate{
		Keys: []ir.Named{{Name: "s", X: fill(s)}},
		Aggs: []ir.Agg{{Name: "x", Func: ir.Count, If: match(ir.Equal, ir.Exact, s, "Add")}}}))
	temp, keys := strings.Index(got, `if(s=="Add",1,0)`), strings.Index(got, "eval s=")
	if temp < 0 || keys < temp {
		t.Errorf("got\n%s", got)
	}
}

func TestExtendReadsTheRowBefore(t *testing.T) {
	got, _ := emitText(t, input([]ir.Column{{Name: "a", Type: ir.Long}, {Name: "b", Type: ir.Long}},
		&ir.Extend{Cols: []ir.Named{{Name: "a", X: num(1)}, {Name: "b", X: num(2)}}},
		&ir.Extend{Cols: []ir.Named{{Name: "a", X: col("b", ir.Long)}, {Name: "b", X: col("a", ir.Long)}}}))
	want := "| eval a=1,\n    b=2\n| eval huntc_t1=b\n| eval huntc_t2=a\n| eval a=huntc_t1,\n    b=huntc_t2\n"
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestWhatCannotBeSaidIsRefused(t *testing.T) {
	s := fld("s", ir.String)
	cols := []ir.Column{{Name: "s", Type: ir.String}}
	noDefault := &ir.Param{Name: "P", T: ir.Datetime}
	for name, c := range map[string]struct {
		in   *emit.Input
		code string
	}{
		"join":                                  {input(cols, &ir.Join{Kind: ir.Inner, Right: &ir.Pipeline{}}), "SPL-JOIN"},
		"union":                                 {input(cols, &ir.Append{}), "SPL-UNION"},
		"a step that went wrong":                {input(cols, &ir.BadOp{}), "SPL-OP"},
		"arg_max":                               {input(cols, &ir.Aggregate{Aggs: []ir.Agg{{Name: "s", Func: ir.ArgMax, Args: []ir.Expr{s}}}}), "SPL-ARG"},
		"an unknown function":                   {input(cols, filter(match(ir.Equal, ir.Exact, &ir.Call{Func: "reverse", Args: []ir.Expr{s}, T: ir.String}, "A"))), "SPL-FUNCTION"},
		"a computed needle":                     {input(cols, filter(&ir.Match{Kind: ir.Contains, Case: ir.Exact, X: s, Needles: []ir.Expr{fld("t", ir.String)}})), "SPL-NEEDLE"},
		"a regex beyond bytes":                  {input(cols, filter(match(ir.Regex, ir.Exact, s, "[\\x{e000}-\\x{f000}]"))), "SPL-REGEX"},
		"a broken regex":                        {input(cols, filter(match(ir.Regex, ir.Exact, s, "("))), "SPL-REGEX"},
		"a name with a quote":                   {input(cols, filter(compare(ir.Gt, fld("a'b", ir.Long), num(1)))), "SPL-NAME"},
		"a macro in a name":                     {input(cols, filter(compare(ir.Gt, fld("a`b`", ir.Long), num(1)))), "SPL-NAME"},
		"a NUL in a value":                      {input(cols, &ir.Extend{Cols: []ir.Named{{Name: "s", X: str("a\x00b")}}}), "SPL-LITERAL"},
		"a parameter without value":             {input(cols, filter(compare(ir.Gt, timeField(), noDefault))), "SPL-PARAM"},
		"a time kept as text":                   {input(cols, filter(compare(ir.Gt, fld("when", ir.Datetime), ago(ir.Day)))), "SPL-DATETIME"},
		"a column over a field":                 {input(cols, &ir.Extend{Cols: []ir.Named{{Name: "s", X: str("x")}}}, filter(match(ir.Equal, ir.Exact, s, "A"))), "SPL-CLASH"},
		"a set compared as a whole":             {input(cols, &ir.Aggregate{Aggs: []ir.Agg{{Name: "x", Func: ir.MakeSet, Args: []ir.Expr{s}}}}, filter(match(ir.Equal, ir.Exact, col("x", ir.Dynamic), "A"))), "SPL-SET-MATCH"},
		"a base search that starts with a pipe": {func() *emit.Input { in := input(cols); in.Tables["T"].Search = "| tstats count"; return in }(), "SPL-SOURCE"},
		"a kept parameter":                      {func() *emit.Input { in := rareAudit(); in.KeepParams = true; return in }(), "SPL-PARAM"},
		"an aggregate without its argument":     {input(cols, &ir.Aggregate{Aggs: []ir.Agg{{Name: "s", Func: ir.Max}}}), "SPL-AGGREGATE"},
		"no columns":                            {input(nil), "SPL-OPEN"},
		"last element of an array":              {input(cols, filter(match(ir.Equal, ir.Exact, &ir.Access{X: fld("d", ir.Dynamic), Steps: []ir.Step{{Index: -1, IsIndex: true}}}, "A"))), "SPL-JSONPATH"},
		"a baseline without summarize":          {input(cols, &ir.Baseline{On: []ir.JoinKey{{Left: "s", Right: "s"}}}), "SPL-BASELINE"},
	} {
		t.Run(name, func(t *testing.T) {
			out, rep := Backend{}.Emit(c.in)
			if out != nil {
				t.Fatalf("emitted\n%s", out.Text)
			}
			for _, d := range rep.Diags {
				if string(d.Code) == c.code {
					return
				}
			}
			t.Errorf("got %v, want %s", rep.Diags, c.code)
		})
	}
}

// A history side that builds a key in another way would make other keys known.
func TestBaselineWithUnlikeKeysIsRefused(t *testing.T) {
	b := func(right ir.Expr) *emit.Input {
		return input([]ir.Column{{Name: "k", Type: ir.String}}, &ir.Baseline{Time: "Timestamp",
			Recent: ir.Window{From: ago(ir.Day), FromClosed: true}, History: ir.Window{From: ago(14 * ir.Day), To: ago(ir.Day), FromClosed: true},
			RecentOps:  []ir.Op{&ir.Aggregate{Keys: []ir.Named{{Name: "k", X: fill(fld("a", ir.String))}}}},
			HistoryOps: []ir.Op{&ir.Aggregate{Keys: []ir.Named{{Name: "k", X: fill(right)}}}},
			On:         []ir.JoinKey{{Left: "k", Right: "k"}}})
	}
	if out, _ := (Backend{}).Emit(b(fld("b", ir.String))); out != nil {
		t.Errorf("emitted\n%s", out.Text)
	}
	got, _ := emitText(t, b(fld("a", ir.String)))
	if !strings.Contains(got, "earliest=-1209600s") {
		t.Errorf("the search does not reach back to the history:\n%s", got)
	}
}

func TestFactsAreComplete(t *testing.T) {
	all := Backend{}.Facts()
	declared := 0
	for _, f := range reflect.VisibleFields(reflect.TypeFor[facts]()) {
		if !f.Anonymous {
			declared++
		}
	}
	if declared != len(all) {
		t.Errorf("%d facts listed, %d declared", len(all), declared)
	}
	names := map[string]bool{}
	for _, f := range all {
		if f == nil {
			t.Fatal("a declared fact has no row")
		}
		if names[f.Name] {
			t.Errorf("%s: named twice", f.Name)
		}
		names[f.Name] = true
		if f.Grade == emit.GradeUnset || f.Page == "" {
			t.Errorf("%s: no grade or page", f.Name)
		}
		if f.Evidence != emit.Documented && f.Evidence != emit.Inferred {
			t.Errorf("%s: evidence %s, but nothing was run", f.Name, f.Evidence)
		}
		if f.Grade != emit.Exact && (!strings.HasPrefix(string(f.Code), "SPL-") || f.Why == "") {
			t.Errorf("%s: no code or reason", f.Name)
		}
		if (f.Grade == emit.Approximate) != (f.Kind != 0) {
			t.Errorf("%s: grade %s with drift %b", f.Name, f.Grade, f.Kind)
		}
	}
}
