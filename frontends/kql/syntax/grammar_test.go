package syntax

import (
	"testing"
)

// TestStatements holds the shape of what stands at the level of statements.
func TestStatements(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`declare query_parameters(a:string, b:long = 5); T`,
			`[{Declare Params=[{ParamDecl Name=a Type="string"} {ParamDecl Name=b Type="long" Default=5}]} {Query X=T}]`},
		{`declare pattern P = (a:string)[b:string] { ("x").["y"] = { T | take 1 }; ("z").["w"] = { U }; }; P("x").y`,
			`[{OtherStmt Keyword="declare pattern" Parts=[P "x" "y" "z" "w"] Body=[{Query X={Pipe Source=T Ops=[{Take N=1}]}} {Query X=U}]} {Query X=P("x").y}]`},
		{`alias database D = cluster("c").database("d"); T`, `[{OtherStmt Keyword="alias database" Parts=[D cluster("c").database("d")]} {Query X=T}]`},
		{`restrict access to (T, database("d").*); T`,
			`[{OtherStmt Keyword="restrict access" Parts=[T {PathWildcard X=database("d") Pattern="*"}]} {Query X=T}]`},
		{`set notruncation; set querytrace = true; T`, `[{Set Name=notruncation} {Set Name=querytrace Value=true} {Query X=T}]`},
		{`let f = view (T:(a:string, *), n:int = 3) { let m = n; T | take m }; f(U)`,
			`[{Let Name=f Body={Function View=true Params=[{ParamDecl Name=T Table=true AnyCols=true Columns=[{ColumnDecl Name=a Type="string"}]} {ParamDecl Name=n Type="int" Default=3}] Body=[{Let Name=m Body=n} {Query X={Pipe Source=T Ops=[{Take N=m}]}}]}} {Query X=f(U)}]`},
		{`.create-or-alter function with (folder = "x") F(n:long = 1) { T }`,
			`[{CreateFunction Verb="create-or-alter" Props=[{Param Name="folder" Value="x"}] Name=F Func={Function Params=[{ParamDecl Name=n Type="long" Default=1}] Body=[{Query X=T}]} Call=F()}]`},
		{`.create function ifnotexists F(n:long) { T }`,
			`[{CreateFunction Verb="create" IfAbsent=true Name=F Func={Function Params=[{ParamDecl Name=n Type="long"}] Body=[{Query X=T}]}}]`},
		{".show tables | where x; y", `[{Command Verb="show"}]`},
		{`macro-expand isfuzzy=true entity_group [cluster("a").database("b"), G] as X ( let n = 1; X.T | take n )`,
			`[{Query X={MacroExpand Params=[{Param Name="isfuzzy" Value=true}] Group={EntityGroup Members=[cluster("a").database("b") G]} Name=X Body=[{Let Name=n Body=1} {Query X={Pipe Source=X.T Ops=[{Take N=n}]}}]}}]`},
	} {
		if got := show(mustParse(t, c.text).Stmts); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestDirectivesStandBeforeTheQuery(t *testing.T) {
	script := mustParse(t, "// c\n#connect cluster('x')\n  #note  \nT")
	if got, want := show(script.Directives), `[{Directive Text="#connect cluster('x')"} {Directive Text="#note"}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, diags := Parse(source("T\n#note\n| take 1")); len(diags) != 1 {
		t.Errorf("a # inside the query: %v", diags)
	}
}

// TestRareOperators holds the shape of operators that hunts seldom have.
func TestRareOperators(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`make-graph a --> b with N on id, (M | take 1) on k`,
			`{MakeGraph Source=a Target=b Nodes=[{GraphNodes Table=N ID=id} {GraphNodes Table={Pipe Source=M Ops=[{Take N=1}]} ID=k}]}`},
		{`make-graph a --> b with_node_id = i`, `{MakeGraph Source=a Target=b NodeID=i}`},
		{`make-graph a --> b partitioned-by c (graph-to-table nodes)`,
			`{MakeGraph Source=a Target=b Partition=c Sub={Pipe Ops=[{GraphToTable Outputs=[{GraphOutput What="nodes"}]}]}}`},
		{`graph-match cycles=none (a)-[e*1..3]->(b)<--(c), (b)-[]-() where e.x > 1 project a.n, m = b.n`,
			`{GraphMatch Params=[{Param Name="cycles" Value=none}] Patterns=[{GraphPattern Parts=[{GraphPart Name=a} {GraphPart Edge=true Arrow=1 Name=e Min=1 Max=3} {GraphPart Name=b} {GraphPart Edge=true Arrow=2} {GraphPart Name=c}]} ` +
				`{GraphPattern Parts=[{GraphPart Name=b} {GraphPart Edge=true Arrow=3} {GraphPart}]}] Where=(e.x > 1) Project=[a.n m:=b.n]}`},
		{`graph-shortest-paths output=all (a)-->(b) project a`,
			`{GraphMatch Shortest=true Params=[{Param Name="output" Value=all}] Patterns=[{GraphPattern Parts=[{GraphPart Name=a} {GraphPart Edge=true Arrow=1} {GraphPart Name=b}]}] Project=[a]}`},
		{`graph-to-table nodes as N with_node_id=i, edges as E with_source_id=s`,
			`{GraphToTable Outputs=[{GraphOutput What="nodes" Name=N Params=[{Param Name="with_node_id" Value=i}]} {GraphOutput What="edges" Name=E Params=[{Param Name="with_source_id" Value=s}]}]}`},
		{`graph-mark-components kind=weak with_component_id=c`, `{GraphMarkComponents Params=[{Param Name="kind" Value=weak} {Param Name="with_component_id" Value=c}]}`},
		{`graph-where-edges x == 1`, `{GraphWhere Edges=true Pred=(x == 1)}`},
		{`count as X`, `{CountAs Name=X}`},
		{`getschema kind=csl`, `{SchemaAs Kind=csl}`},
		{`execute-and-cache`, `{ExecuteAndCache}`},
		{`project-by-names "a*", b, f(x)`, `{ProjectByNames Cols=["a*" b f(x)]}`},
		{`assert-schema (a:string, b:long)`, `{AssertSchema Columns=[{ColumnDecl Name=a Type="string"} {ColumnDecl Name=b Type="long"}]}`},
		{`summarize count() by a bin=1d`, `{Summarize Aggs=[count()] By=[a {LegacyBin Width=864000000000t}]}`},
		{`partition hint.strategy=native by a (top 1 by b)`,
			`{Partition Params=[{Param Name="hint.strategy" Value=native}] By=a Sub={Pipe Ops=[{Top N=1 By={Ordered X=b}}]}}`},
		{`partition by a { T | where x == a }`, `{Partition By=a Sub={Pipe Source=T Ops=[{Where Pred=(x == a)}]}}`},
		{`evaluate python(typeof(*, x:long), "code")`,
			`{Evaluate Plugin=python({TypeOf AnyCols=true Columns=[{ColumnDecl Name=x Type="long"}]} "code")}`},
		{`where x == toscalar kind=nooptimization (U | count)`, `{Where Pred=(x == toscalar({Pipe Source=U Ops=[{Count}]}))}`},
		{`union database("d").T*, workspace("w").U`, `{Union Tables=[{PathWildcard X=database("d") Pattern="T*"} workspace("w").U]}`},
		{`render timechart with (title=strcat("a", "b"), ycolumns=x, y)`,
			`{Render Chart="timechart" Props=[{Param Name="title" Value=strcat("a" "b")} {Param Name="ycolumns" Value=x} {Param Name="ycolumns" Value=y}]}`},
	} {
		script := mustParse(t, "T | "+c.text)
		if got := show(script.Stmts[0].(*Query).X.(*Pipe).Ops[0]); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestRareLiterals(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`dynamic([dynamic(null), dynamic({"a":1})])`, `dyn[null {a:1}]`},
		{`dynamic(["a" "b", 'it''s'])`, `dyn["ab" "its"]`},
		{`dynamic([74BE27DE-1e4e-49d9-b579-fe0b331d3642])`, `dyn[guid:74be27de-1e4e-49d9-b579-fe0b331d3642]`},
		{`dynamic([datetime(2024-01-02), timespan(1d), -1.5])`, `dyn[2024-01-02T00:00:00Z 864000000000t -1.5r]`},
		{"@```a\\b```", `"a\\b"`},
		{`datetime(nonsense)`, `{BadLiteral Kind=datetime Text="nonsense"}`},
		{`long(x)`, `{BadLiteral Kind=long Text="x"}`},
		{`a - b`, `(a - b)`},
		{`abcdefab-b`, `(abcdefab - b)`},
	} {
		script := mustParse(t, "print "+c.text)
		if got := show(script.Stmts[0].(*Query).X.(*Print).Cols[0]); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestBlanksOfCopiedText(t *testing.T) {
	want := show(mustParse(t, "T\n| where a == 'x' and b > 1d // c").Stmts)
	for _, text := range []string{
		"\ufeffT\n| where a == 'x' and b > 1d // c", "T\r\n| where a == 'x'\r\nand b > 1d // c\r\n", "T\u00a0|\u00a0where\u00a0a == 'x'\u200b and b > 1d",
		"T\n\n\n| where a == 'x' // d\n\n  and b > 1d//", "T\r| where a == 'x' // d\r and b > 1d", "T\u2003| where\ta=='x'and b>1d;",
	} {
		if got := show(mustParse(t, text).Stmts); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}
