package syntax

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/internal/kqltest"
)

func source(text string) *diag.Source { return &diag.Source{Name: "t.kql", Text: text} }

// show writes a tree as text that is free of places: type names without the package, fields that are set.
func show(v any) string {
	var b strings.Builder
	showValue(&b, reflect.ValueOf(v))
	return b.String()
}

func showValue(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		showValue(b, v.Elem())
	case reflect.Pointer:
		if !v.IsNil() {
			showNode(b, v.Interface(), v)
		}
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			showValue(b, v.Index(i))
		}
		b.WriteString("]")
	case reflect.Struct:
		b.WriteString(v.Type().Name())
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous || f.Name == "OpAt" || v.Field(i).IsZero() {
				continue
			}
			b.WriteString(" " + f.Name + "=")
			showValue(b, v.Field(i))
		}
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func showNode(b *strings.Builder, n any, v reflect.Value) {
	switch n := n.(type) {
	case *Name:
		b.WriteString(n.Name)
	case *Star:
		b.WriteString("*")
	case *Literal:
		b.WriteString(showLiteral(n))
	case *Path:
		fmt.Fprintf(b, "%s.%s", show(n.X), n.Name.Name)
	case *Index:
		fmt.Fprintf(b, "%s[%s]", show(n.X), show(n.I))
	case *Call:
		recv := ""
		if n.Recv != nil {
			recv = show(n.Recv) + "."
		}
		fmt.Fprintf(b, "%s%s(%s)", recv, n.Func.Name, strings.Trim(show(n.Args), "[]"))
	case *Unary:
		fmt.Fprintf(b, "(%s %s)", n.Op, show(n.X))
	case *Binary:
		fmt.Fprintf(b, "(%s %s %s)", show(n.X), n.Op, show(n.Y))
	case *In:
		fmt.Fprintf(b, "(%s %s %s)", show(n.X), n.Op, show(n.List))
	case *Between:
		fmt.Fprintf(b, "(%s between %s .. %s not=%v)", show(n.X), show(n.Lo), show(n.Hi), n.Not)
	case *Named:
		fmt.Fprintf(b, "%s:=%s", n.Name.Name, show(n.X))
	default:
		b.WriteString("{")
		showValue(b, v.Elem())
		b.WriteString("}")
	}
}

func showLiteral(l *Literal) string {
	switch {
	case l.Null:
		return l.Kind.String() + "(null)"
	case l.Kind == KindString:
		return fmt.Sprintf("%q", l.Str)
	case l.Kind == KindLong, l.Kind == KindInt:
		return fmt.Sprint(l.Int)
	case l.Kind == KindTimespan:
		return fmt.Sprintf("%dt", l.Int)
	case l.Kind == KindReal:
		return fmt.Sprintf("%gr", l.Real)
	case l.Kind == KindBool:
		return fmt.Sprint(l.Bool)
	case l.Kind == KindDatetime:
		return l.Time.Format(time.RFC3339Nano)
	case l.Kind == KindDynamic:
		return "dyn" + showDynamic(l.Dyn)
	}
	return l.Kind.String() + ":" + l.Str
}

func showDynamic(d *Dynamic) string {
	var parts []string
	switch d.Kind {
	case DynNull:
		return "null"
	case DynArray:
		for _, it := range d.Items {
			parts = append(parts, showDynamic(it))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case DynBag:
		for _, f := range d.Fields {
			parts = append(parts, f.Key+":"+showDynamic(f.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return showLiteral(d.Scalar)
}

func mustParse(t *testing.T, text string) *Script {
	t.Helper()
	src := source(text)
	script, diags := Parse(src)
	if len(diags) > 0 {
		t.Fatalf("%s\n%s", text, diag.Render(diags))
	}
	checkTree(t, src, script, true)
	return script
}

// mustScalar parses text as the predicate of a where.
func mustScalar(t *testing.T, text string) string {
	t.Helper()
	script := mustParse(t, "T | where "+text)
	return show(script.Stmts[0].(*Query).X.(*Pipe).Ops[0].(*Where).Pred)
}

func TestScalarExpressions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`a or b and c`, `(a or (b and c))`},
		{`a and b or c and d`, `((a and b) or (c and d))`},
		{`a == 1 and b != 2`, `((a == 1) and (b != 2))`},
		{`a <> 1`, `(a != 1)`},
		{`a < b == c > d`, `((a < b) == (c > d))`},
		{`a + b * c - d`, `((a + (b * c)) - d)`},
		{`a - b - c`, `((a - b) - c)`},
		{`-a + b`, `((- a) + b)`},
		{`a % 2 == 0`, `((a % 2) == 0)`},
		{`a has "x" + "y"`, `((a has "x") + "y")`},
		{`a =~ "x" and b !~ 'y'`, `((a =~ "x") and (b !~ "y"))`},
		{`(a or b) and c`, `((a or b) and c)`},
		{`not(a)`, `not(a)`},
		{`a !contains "x"`, `(a !contains "x")`},
		{`a notcontains "x"`, `(a !contains "x")`},
		{`a !hasprefix_cs "x"`, `(a !hasprefix_cs "x")`},
		{`a endswith_cs b`, `(a endswith_cs b)`},
		{`a matches regex @"\d+"`, `(a matches regex "\\d+")`},
		{`a in (1, 2)`, `(a in [1 2])`},
		{`a !in~ ("x")`, `(a !in~ ["x"])`},
		{`a in~(l)`, `(a in~ [l])`},
		{`a has_any (l) or b has_all ("x", "y")`, `((a has_any [l]) or (b has_all ["x" "y"]))`},
		{`a in (T | project b)`, `(a in [{Pipe Source=T Ops=[{Project Cols=[b]}]}])`},
		{`a in ((T | count))`, `(a in [{Pipe Source=T Ops=[{Count}]}])`},
		{`t between (ago(1d) .. now())`, `(t between ago(864000000000t) .. now() not=false)`},
		{`t !between (1..5)`, `(t between 1 .. 5 not=true)`},
		{`a.b.c`, `a.b.c`},
		{`TargetResources.[0].x`, `TargetResources[0].x`},
		{`a[0]["k"].b['x y']`, `a[0]["k"].b["x y"]`},
		{`a.['x y'].z`, `a.x y.z`},
		{`['x y'] == 1`, `(x y == 1)`},
		{`* has "x"`, `(* has "x")`},
		{`count == kind and type == on and by == 1`, `(((count == kind) and (type == on)) and (by == 1))`},
		{`in == has`, `(in == has)`},
		{`f(x, y=1)`, `f(x y:=1)`},
		{`isnotempty(toscalar(T | count))`, `isnotempty(toscalar({Pipe Source=T Ops=[{Count}]}))`},
		{`search == find and union == "x"`, `((search == find) and (union == "x"))`},
		{`iff(print, range, set)`, `iff(print range set)`},
		{`a = true`, `a:=true`},
	} {
		if got := mustScalar(t, c.text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestLiterals(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`"a\t\"b\\"`, `"a\t\"b\\"`},
		{`'a\'"b'`, `"a'\"b"`},
		{`@"c:\x""y"`, `"c:\\x\"y"`},
		{`@'c:\''y'`, `"c:\\'y"`},
		{`h"secret"`, `"secret"`},
		{`h@'a\b'`, `"a\\b"`},
		{`"\u00e9\x41\101"`, `"éAA"`},
		{"```a\n\"b\\```", `"a\n\"b\\"`},
		{"~~~a'b~~~", `"a'b"`},
		{`"a" 'b' @"\c"`, `"ab\\c"`},
		{`"// no comment"`, `"// no comment"`},
		{`1`, `1`},
		{`0xFF`, `255`},
		{`1.5`, `1.5r`},
		{`1e3`, `1000r`},
		{`1.5e-3`, `0.0015r`},
		{`long(010)`, `10`},
		{`int(-5)`, `-5`},
		{`int(null)`, `int(null)`},
		{`real(2)`, `2r`},
		{`decimal(1.10)`, `decimal:1.10`},
		{`true`, `true`},
		{`bool(0)`, `false`},
		{`1d`, `864000000000t`},
		{`1.5h`, `54000000000t`},
		{`0.1s`, `1000000t`},
		{`30min`, `18000000000t`},
		{`1ms`, `10000t`},
		{`2microseconds`, `20t`},
		{`300nanoseconds`, `3t`},
		{`7ticks`, `7t`},
		{`timespan(1.02:03:04.5)`, `937845000000t`},
		{`time(00:05:00)`, `3000000000t`},
		{`timespan(2)`, `1728000000000t`},
		{`timespan(-1d)`, `-864000000000t`},
		{`datetime(2024-02-03)`, `2024-02-03T00:00:00Z`},
		{`datetime(2024-02-03T04:05:06.1234567Z)`, `2024-02-03T04:05:06.1234567Z`},
		{`datetime(2024-02-03 04:05)`, `2024-02-03T04:05:00Z`},
		{`datetime(null)`, `datetime(null)`},
		{`guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)`, `guid:74be27de-1e4e-49d9-b579-fe0b331d3642`},
		{`dynamic(null)`, `dynamic(null)`},
		{`dynamic(["a", -1, 2.5, true, null, 1h])`, `dyn["a" -1 2.5r true null 36000000000t]`},
		{`dynamic({"a":{"b":[1]}, "c":"x\/y"})`, `dyn{a:{b:[1]} c:"x/y"}`},
	} {
		if got := mustScalar(t, "x == "+c.text); got != "(x == "+c.want+")" {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestOperators(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`where a`, `{Where Pred=a}`},
		{`filter a`, `{Where Pred=a}`},
		{`extend a = 1, (b, c) = f(), ['d e'] = 2`, `{Extend Cols=[a:=1 {Tuple Names=[b c] X=f()} d e:=2]}`},
		{`project a, b = c.d`, `{Project Cols=[a b:=c.d]}`},
		{`project-away a*, *_b, c`, `{Project Kind=1 Cols=[{Wildcard Pattern="a*"} {Wildcard Pattern="*_b"} c]}`},
		{`project-keep a`, `{Project Kind=2 Cols=[a]}`},
		{`project-rename a = b`, `{Project Kind=3 Cols=[a:=b]}`},
		{`project-reorder b* granny-asc, a desc, c`, `{Project Kind=4 Reorder=[{ReorderKey X={Wildcard Pattern="b*"} Order="granny-asc"} {ReorderKey X=a Order="desc"} {ReorderKey X=c}]}`},
		{`summarize n = count(), arg_max(t, *) by a, bin(t, 1h)`, `{Summarize Aggs=[n:=count() arg_max(t *)] By=[a bin(t 36000000000t)]}`},
		{`summarize by a`, `{Summarize By=[a]}`},
		{`summarize hint.strategy=shuffle count()`, `{Summarize Params=[{Param Name="hint.strategy" Value=shuffle}] Aggs=[count()]}`},
		{`sort by a asc, b desc nulls first, c`, `{Sort Keys=[{Ordered X=a Asc=true NullsFirst=true Explicit=true} {Ordered X=b NullsFirst=true Explicit=true} {Ordered X=c}]}`},
		{`order by a asc nulls last`, `{Sort Keys=[{Ordered X=a Asc=true Explicit=true}]}`},
		{`limit 5`, `{Take N=5}`},
		{`top 5 by a asc`, `{Top N=5 By={Ordered X=a Asc=true NullsFirst=true Explicit=true}}`},
		{`top-nested 2 of a with others="x" by count() desc, top-nested of b by max(c)`, `{TopNested Levels=[{NestedLevel N=2 Of=a Others="x" By={Ordered X=count() Explicit=true}} {NestedLevel Of=b By={Ordered X=max(c)}}]}`},
		{`distinct *`, `{Distinct Cols=[*]}`},
		{`distinct a, b`, `{Distinct Cols=[a b]}`},
		{`join kind= leftanti (U | where x) on a, $left.b == $right.c`, `{Join Params=[{Param Name="kind" Value=leftanti}] Right={Pipe Source=U Ops=[{Where Pred=x}]} On=[a ($left.b == $right.c)]}`},
		{`lookup kind=leftouter U on a`, `{Lookup Params=[{Param Name="kind" Value=leftouter}] Right=U On=[a]}`},
		{`union withsource=t isfuzzy=true U*, (V | take 1), workspace("w").X`, `{Union Params=[{Param Name="withsource" Value=t} {Param Name="isfuzzy" Value=true}] Tables=[{Wildcard Pattern="U*"} {Pipe Source=V Ops=[{Take N=1}]} workspace("w").X]}`},
		{`mv-expand kind=array a = b to typeof(string), c limit 9`, `{MvExpand Params=[{Param Name="kind" Value=array}] Items=[{ExpandItem X=a:=b To={TypeOf Type="string"}} {ExpandItem X=c}] Limit=9}`},
		{`mv-apply a on (where a == 1 | take 2)`, `{MvApply Items=[{ExpandItem X=a}] Sub={Pipe Ops=[{Where Pred=(a == 1)} {Take N=2}]}}`},
		{`parse kind=regex a with * "x=" b:long ";" * `, `{ParseOp Params=[{Param Name="kind" Value=regex}] X=a Parts=[PatternPart Star=true PatternPart Text="x=" PatternPart Name=b Type="long" PatternPart Text=";" PatternPart Star=true]}`},
		{`parse-where a with b "x"`, `{ParseOp Where=true X=a Parts=[PatternPart Name=b PatternPart Text="x"]}`},
		{`parse-kv a as (b:string) with (pair_delimiter=";")`, `{ParseKV X=a Columns=[{ColumnDecl Name=b Type="string"}] Props=[{Param Name="pair_delimiter" Value=";"}]}`},
		{`count`, `{Count}`},
		{`render timechart with (title="x", ycolumns=a, b)`, `{Render Chart="timechart" Props=[{Param Name="title" Value="x"} {Param Name="ycolumns" Value=a} {Param Name="ycolumns" Value=b}]}`},
		{`render barchart kind=stacked`, `{Render Chart="barchart" Props=[{Param Name="kind" Value=stacked}]}`},
		{`render timechart by a, b`, `{Render Chart="timechart" Props=[{Param Name="by" Value=a} {Param Name="by" Value=b}]}`},
		{`mv-apply a on (count | where Count > 1)`, `{MvApply Items=[{ExpandItem X=a}] Sub={Pipe Ops=[{Count} {Where Pred=(Count > 1)}]}}`},
		{`mv-apply a on (top 1 by b | project c)`, `{MvApply Items=[{ExpandItem X=a}] Sub={Pipe Ops=[{Top N=1 By={Ordered X=b}} {Project Cols=[c]}]}}`},
		{`sample 5`, `{Sample N=5}`},
		{`sample-distinct 5 of a`, `{SampleDistinct N=5 Of=a}`},
		{`serialize n = row_number()`, `{Serialize Cols=[n:=row_number()]}`},
		{`make-series n=count() default=0 on t from ago(1d) to now() step 1h by a`, `{MakeSeries Aggs=[{SeriesAgg X=n:=count() Default=0}] On=t From=ago(864000000000t) To=now() Step=36000000000t By=[a]}`},
		{`make-series count() on t in range(a, b, 1d)`, `{MakeSeries Aggs=[{SeriesAgg X=count()}] On=t InRange=true From=a To=b Step=864000000000t}`},
		{`evaluate bag_unpack(a) : (b:string)`, `{Evaluate Plugin=bag_unpack(a) Columns=[{ColumnDecl Name=b Type="string"}]}`},
		{`invoke f("x")`, `{Invoke Func=f("x")}`},
		{`as X`, `{As Name=X}`},
		{`partition by a (top 1 by b)`, `{Partition By=a Sub={Pipe Ops=[{Top N=1 By={Ordered X=b}}]}}`},
		{`scan with_match_id=m declare (n:long=0) with (step s1: a == 1 => n = 2; step s2 output=last: b;)`, `{Scan Params=[{Param Name="with_match_id" Value=m}] Declare=[{ParamDecl Name=n Type="long" Default=0}] Steps=[{ScanStep Name=s1 Cond=(a == 1) Assigns=[n:=2]} {ScanStep Name=s2 Output="last" Cond=b}]}`},
		{`facet by a, b with (take 1)`, `{Facet By=[a b] With={Pipe Ops=[{Take N=1}]}}`},
		{`reduce by a with threshold=0.5`, `{Reduce By=a With=[{Param Name="threshold" Value=0.5r}]}`},
		{`fork x=(take 1) (count)`, `{Fork Branches=[x:={Pipe Ops=[{Take N=1}]} {Pipe Ops=[{Count}]}]}`},
		{`getschema`, `{GetSchema}`},
		{`consume`, `{Consume}`},
		{`graph-match (a)-[b]->(c) where x`, `{GraphMatch Patterns=[{GraphPattern Parts=[{GraphPart Name=a} {GraphPart Edge=true Arrow=1 Name=b} {GraphPart Name=c}]}] Where=x}`},
	} {
		script := mustParse(t, "T | "+c.text)
		pipe, ok := script.Stmts[0].(*Query).X.(*Pipe)
		if !ok || len(pipe.Ops) != 1 {
			t.Errorf("%s: got %s", c.text, show(script))
			continue
		}
		if got := show(pipe.Ops[0]); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
		if got := pipe.Ops[0].Span(); got.Pos != 5 {
			t.Errorf("%s: span %v, want it to begin at 5", c.text, got)
		}
	}
}

func TestStatementsAndSources(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`T`, `{Query X=T}`},
		{`let a = 1; T`, `{Let Name=a Body=1} {Query X=T}`},
		{`let f = (a:string, T:(*), U:(x:long), n:int = 5) { T | take n };`, `{Let Name=f Body={Function Params=[{ParamDecl Name=a Type="string"} {ParamDecl Name=T Table=true AnyCols=true} {ParamDecl Name=U Table=true Columns=[{ColumnDecl Name=x Type="long"}]} {ParamDecl Name=n Type="int" Default=5}] Body=[{Query X={Pipe Source=T Ops=[{Take N=n}]}}]}}`},
		{`let f = view() { let a = 1; a };`, `{Let Name=f Body={Function View=true Body=[{Let Name=a Body=1} {Query X=a}]}}`},
		{`let ['a b'] = materialize(T | count);`, `{Let Name=a b Body=materialize({Pipe Source=T Ops=[{Count}]})}`},
		{`set notruncation; T`, `{Set Name=notruncation} {Query X=T}`},
		{`set a = 5;`, `{Set Name=a Value=5}`},
		{`declare query_parameters(a:string = "x");`, `{Declare Params=[{ParamDecl Name=a Type="string" Default="x"}]}`},
		{`range x from 1 to 5 step 2`, `{Query X={Range Name=x From=1 To=5 Step=2}}`},
		{`print a = 1, "b"`, `{Query X={Print Cols=[a:=1 "b"]}}`},
		{`datatable(a:string, b:long)["x", 1, "y", 2,] | count`, `{Query X={Pipe Source={Datatable Columns=[{ColumnDecl Name=a Type="string"} {ColumnDecl Name=b Type="long"}] Values=["x" 1 "y" 2]} Ops=[{Count}]}}`},
		{`externaldata(a:string)[@"u"] with (format="csv")`, `{Query X={ExternalData Columns=[{ColumnDecl Name=a Type="string"}] URIs=["u"] Props=[{Param Name="format" Value="csv"}]}}`},
		{`union A, B* | count`, `{Query X={Pipe Ops=[{Union Tables=[A {Wildcard Pattern="B*"}]} {Count}]}}`},
		{`search in (A, B) "x" and c:"y"`, `{Query X={Pipe Ops=[{Search In=[A B] Pred=("x" and (c has "y"))}]}}`},
		{`find withsource=s in (A) where b == 1 project c, d`, `{Query X={Pipe Ops=[{Find Params=[{Param Name="withsource" Value=s}] In=[A] Pred=(b == 1) Project=[c d]}]}}`},
		{`cluster("c").database("d").T | count`, `{Query X={Pipe Source=cluster("c").database("d").T Ops=[{Count}]}}`},
		{"\ufeff\u00a0T\u200b // note\n\n| count;\n", `{Query X={Pipe Source=T Ops=[{Count}]}}`},
		{"T // one\r| count", `{Query X={Pipe Source=T Ops=[{Count}]}}`},
		{``, ``},
		{`;;`, ``},
	} {
		if got := strings.TrimSuffix(strings.TrimPrefix(show(mustParse(t, c.text).Stmts), "["), "]"); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestShippedHuntsParse(t *testing.T) {
	hunts := kqltest.Hunts(t)
	for _, c := range []struct {
		name       string
		stmts, ops int
	}{
		{"code-repo-exfiltration", 5, 10},
		{"mass-downloads", 4, 4},
		{"rare-audit-activity-by-app", 9, 3},
	} {
		script := mustParse(t, hunts[c.name])
		last, ok := script.Stmts[len(script.Stmts)-1].(*Query)
		if !ok || len(script.Stmts) != c.stmts {
			t.Errorf("%s: %d statements, want %d", c.name, len(script.Stmts), c.stmts)
			continue
		}
		if got := len(last.X.(*Pipe).Ops); got != c.ops {
			t.Errorf("%s: %d operators, want %d", c.name, got, c.ops)
		}
	}
}

// TestEveryMistakeIsReportedWhereItStands marks the place of each wanted error by the text that stands there.
func TestEveryMistakeIsReportedWhereItStands(t *testing.T) {
	type want struct{ at, message string }
	for _, c := range []struct {
		text string
		want []want
	}{
		{"T | where a == | take 1", []want{{"|", "expected an expression, found |"}}},
		{"T | where (a == ) and (b < ) | extend = 1", []want{{")", "expected an expression, found )"}, {")", "expected an expression, found )"}, {"=", "expected an expression, found ="}}},
		{"T | | take", []want{{"|", "expected an operator, found |"}, {"", "expected an expression, found the end of the query"}}},
		{"T | where a b", []want{{"b", "expected | or ;, found b"}}},
		{"T where a | sort x", []want{{"where", "expected |, found where"}, {"x", "expected by, found x"}}},
		{"let = 5; T | top 5 a; U | summarize f(", []want{{"=", "expected a name, found ="}, {"a", "expected by, found a"}, {"", "expected an expression, found the end of the query"}}},
		{"let x 5; T | join (U", []want{{"5", "expected =, found 5"}, {"", "expected ), found the end of the query"}}},
		{`T | where a == "x`, []want{{`"x`, `this string is not closed, expected " before the end of the line`}}},
		{`T | where a == “x”`, []want{{"“x”", "expected a straight quotation mark, found “"}}},
		{`T | where a == "\d"`, []want{{`\d`, `expected a known escape or \\ for a backslash, found \d`}}},
		{"T | where a matches b", []want{{"b", "expected regex, found b"}}},
		{"T | where t > 99999999999d", []want{{"99999999999d", "expected a span of time of 64 bits in ticks, found 99999999999d"}}},
		{"T | where a == 99999999999999999999", []want{{"99999999999999999999", "expected a number of 64 bits, found 99999999999999999999"}}},
		{"T | where a == b == c", []want{{"==", "expected | or ;, found =="}}},
		{`T | where a in dynamic([1 2])`, []want{{"dynamic", "expected (, found dynamic"}}},
		{`let l = dynamic(["a" 1]);`, []want{{`1`, `expected , or ], found 1`}}},
		{"let f = (a:) { T | take }; U | take 1 1", []want{{")", "expected a type, found )"}, {"}", "expected an expression, found }"}, {"1", "expected | or ;, found 1"}}},
		{"T | where (a = 1) and b in (c = 1)", []want{{"=", "expected ), found ="}, {"=", "expected , or ), found ="}}},
		{"x = T | take 1", []want{{"=", "expected | or ;, found ="}}},
		{"T | take 1) | take", []want{{")", "expected | or ;, found )"}, {"", "expected an expression, found the end of the query"}}},
		{"T | mv-apply a on (take ) | top 1", []want{{")", "expected an expression, found )"}, {"", "expected by, found the end of the query"}}},
	} {
		src := source(c.text)
		script, diags := Parse(src)
		checkTree(t, src, script, false)
		if len(diags) != len(c.want) {
			t.Errorf("%s: %d diagnostics, want %d\n%s", c.text, len(diags), len(c.want), diag.Render(diags))
			continue
		}
		for i, d := range diags {
			at := c.text[d.Span.Pos-1 : d.Span.End-1]
			if at != c.want[i].at || d.Message != c.want[i].message {
				t.Errorf("%s\n got %q %s\nwant %q %s", c.text, at, d.Message, c.want[i].at, c.want[i].message)
			}
			if d.Code != CodeSyntax || d.Severity != diag.Error || d.Source != src {
				t.Errorf("%s: code %s, severity %s", c.text, d.Code, d.Severity)
			}
		}
	}
}

func TestQueriesWithoutSemicolonGetAHint(t *testing.T) {
	_, diags := Parse(source("T | take 1\n\nU | take 2"))
	if len(diags) != 1 || !strings.Contains(diags[0].Hint, ";") {
		t.Errorf("got %s", diag.Render(diags))
	}
	_, diags = Parse(source("T | take 1 1"))
	if len(diags) != 1 || diags[0].Hint != "" {
		t.Errorf("got %s", diag.Render(diags))
	}
}

func TestNestingBeyondTheLimitIsRefusedWithoutOverflow(t *testing.T) {
	const n = 200_000
	for name, text := range map[string]string{
		"parentheses": "T | where " + strings.Repeat("(", n),
		"closed":      "T | where " + strings.Repeat("(", n) + "a" + strings.Repeat(")", n),
		"calls":       "T | where " + strings.Repeat("f(", n),
		"indexes":     "T | where " + strings.Repeat("a[", n),
		"minus":       "T | where " + strings.Repeat("-", n) + "1",
		"arrays":      "print dynamic(" + strings.Repeat("[", n),
		"bags":        "print dynamic(" + strings.Repeat(`{"a":`, n/2),
		"functions":   strings.Repeat("let f = () {", n/4) + strings.Repeat("}", n/4),
		"unions":      strings.Repeat("union (", n/2),
		"forks":       "T | " + strings.Repeat("fork (", n/2),
		"dynamics":    "print " + strings.Repeat("dynamic(", n),
		"macros":      strings.Repeat("macro-expand G as X (", n/4),
		"patterns":    strings.Repeat("declare pattern P = (a:string) { (1) = {", n/8),
		"graphs":      "T | " + strings.Repeat("make-graph a --> b partitioned-by c (", n/8),
		"partitions":  "T | " + strings.Repeat("partition by a {", n/4),
		"saved":       strings.Repeat(".create function F() {", n/8),
		"applies":     "T | " + strings.Repeat("mv-apply a on (", n/4),
	} {
		_, diags := Parse(source(text))
		limits := 0
		for _, d := range diags {
			if d.Code == CodeLimit {
				limits++
			}
		}
		if limits != 1 {
			t.Errorf("%s: %d limit diagnostics, want 1 of %d", name, limits, len(diags))
		}
	}
}

func TestNestingWithinTheLimitIsRead(t *testing.T) {
	n := MaxDepth - 10
	mustParse(t, "T | where "+strings.Repeat("(", n)+"a"+strings.Repeat(")", n))
	mustParse(t, "print dynamic("+strings.Repeat("[", n)+strings.Repeat("]", n)+")")
}

func TestInputBeyondTheLimitIsRefused(t *testing.T) {
	_, diags := Parse(source(strings.Repeat(" ", MaxBytes+1)))
	if len(diags) != 1 || diags[0].Code != CodeLimit {
		t.Errorf("got %v", diags)
	}
	if _, diags = Parse(source(strings.Repeat(" ", MaxBytes))); len(diags) != 0 {
		t.Errorf("got %v", diags)
	}
}

func TestLargeHostileInputEndsQuickly(t *testing.T) {
	for _, unit := range []string{"|", ";", ")", "(]", "a ", "a b|", "let ", "\"", "=", "T|where a==|", "({[", "*", "a*", "😀 ", "{;", "step ;", "9", "let a = 5\n", "T\n\n", "T\nwhere a\n", "T | x\n", "\"a\" ", "a||", "#a\n", ".a ", "T |make-graph a"} {
		start := time.Now()
		Parse(source(strings.Repeat(unit, MaxBytes/4/len(unit))))
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%q repeated took %v", unit, d)
		}
	}
}

func TestSpansCoverTheTextOfTheirNode(t *testing.T) {
	text := `T | where a.b == f(1)  | take 5`
	pipe := mustParse(t, text).Stmts[0].(*Query).X.(*Pipe)
	bin := pipe.Ops[0].(*Where).Pred.(*Binary)
	for _, c := range []struct {
		n    Node
		want string
	}{
		{pipe, text}, {pipe.Source, "T"}, {pipe.Ops[0], "where a.b == f(1)"}, {bin, "a.b == f(1)"},
		{bin.X, "a.b"}, {bin.Y, "f(1)"}, {pipe.Ops[1], "take 5"},
	} {
		if got := text[c.n.Span().Pos-1 : c.n.Span().End-1]; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := text[bin.OpAt.Pos-1 : bin.OpAt.End-1]; got != "==" {
		t.Errorf("operator stands at %q", got)
	}
}

func TestTimespanBounds(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"10675199.02:48:05.4775807", math.MaxInt64, true},
		{"10675199.02:48:05.4775808", 0, false},
		{"1:2:3:4", 0, false},
		{"x", 0, false},
		{"", 0, false},
		{"1x", 0, false},
	} {
		got, ok := timespanTicks(c.text)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: got %d %v, want %d %v", c.text, got, ok, c.want, c.ok)
		}
	}
}
