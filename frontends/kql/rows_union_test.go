package kql_test

import (
	"testing"

	"github.com/huntc/huntc/diag"
)

// https://learn.microsoft.com/en-us/kusto/query/union-operator
func TestUnionRows(t *testing.T) {
	runRows(t, []rowCase{
		{"a column of two types becomes two", `union LogA, (LogB | take 1)`,
			[]string{"id_long:long msg:string id_string:string ip:string", `1 | alpha beta | "" | ""`, `2 | gamma | "" | ""`, "∅ | alphabet | x | 10.0.0.1"}},
		{"inner keeps what all have with the same type", `union kind=inner LogA, LogB`, []string{"msg:string", "alpha beta", "gamma", "alphabet", `""`}},
		{"the source comes first, with the names of tables and of as", `union withsource=src (LogA | take 1), (LogA | as Last), (LogA | take 1 | as First) | where id == 1`,
			[]string{"src:string id:long msg:string", "union_arg0 | 1 | alpha beta", "Last | 1 | alpha beta", "First | 1 | alpha beta"}},
		{"in the middle of a pipe", `LogA | take 1 | as Me | union withsource=src LogA | project src, id`, []string{"src:string id:long", "Me | 1", "LogA | 1", "LogA | 2"}},
		{"fuzzy leaves out what is not there", `union isfuzzy=true (Nowhere | where x > 1), LogA | project id`, []string{"id:long", "1", "2"}},
		{"a known table that is not there keeps its columns", `union isfuzzy=true Missing, (LogA | project msg)`, []string{"id:long msg:string", "∅ | alpha beta", "∅ | gamma"}},
		{"a pattern is the tables and views of that name", `let LogV = view () { print id = 7 }; let LogW = () { print id = 8 }; union withsource=src Log* | where isnotnull(id_long) | project src, id_long`,
			[]string{"src:string id_long:long", "LogV | 7", "LogA | 1", "LogA | 2"}},
		{"as names the rows for later steps", `LogA | where id > 1 | as Big | union (Big | project msg)`, []string{"id:long msg:string", "2 | gamma", "∅ | gamma"}},
		{"a table by its name", `let t = "LogA"; table(t) | count`, []string{"Count:long", "2"}},
		{"a table of another workspace is not the one here", `union (workspace("w").LogA), LogA | project id`, []string{"id:long", "9", "1", "2"}},
		{"a file's rows are given as data", `externaldata(v:string)[@"http://127.0.0.1/list.csv"] with (format="csv", ignoreFirstRecord=true) | where v != ""`, []string{"v:string", "one"}},
	})
	runRefusals(t, []refusal{
		{"inner without a schema", `union kind=inner LogA, Loose`, diag.Refused, "union kind=inner LogA, Loose", ""},
		{"no kind", `union kind=left LogA, LogA`, diag.Error, "kind=left", ""},
		{"all tables missing", `union isfuzzy=true Nowhere, Never`, 0, "", "no data for any table"},
		{"a missing table without fuzzy", `union Nowhere, LogA`, 0, "", "no data for table Nowhere"},
		{"a file without data", `externaldata(v:string)["http://127.0.0.1/other"]`, 0, "", "never fetched"},
		{"several results", `LogA | fork (count) (take 1)`, diag.Refused, "fork", ""},
		{"facets", `LogA | facet by id`, diag.Refused, "facet", ""},
		{"a saved function", `LogA | invoke FileProfile()`, diag.Refused, "invoke FileProfile()", ""},
	})
}

// https://learn.microsoft.com/en-us/kusto/query/search-operator and find-operator
func TestSearchRows(t *testing.T) {
	runRows(t, []rowCase{
		{"a term in any column of the rows", `LogB | search "beta"`, []string{"$table:string id:string msg:string ip:string", `LogB | beta | "" | ""`}},
		{"a part of a term", `LogB | search "alpha*" | project msg`, []string{"msg:string", "alphabet"}},
		{"the end of a term and any part", `LogB | search "*bet" and "*phab*" | project msg`, []string{"msg:string", "alphabet"}},
		{"one column", `LogA | search msg:"ALPHA" | project id`, []string{"id:long", "1"}},
		{"case", `LogA | search kind=case_sensitive "ALPHA" or msg has "Gamma"`, []string{"$table:string id:long msg:string"}},
		{"in tables: a column that one lacks is empty there", `search in (LogA, LogB) ip == "10.0.0.1" or not(msg has "alpha") | project ['$table'], msg`,
			[]string{"$table:string msg:string", "LogA | gamma", "LogB | alphabet", `LogB | ""`}},
		{"the name of the table is not searched", `search in (LogA) "LogA"`, []string{"$table:string id:long msg:string"}},
		{"in a pattern", `search in (Log*) "beta" | project ['$table']`, []string{"$table:string", "LogA", "LogB"}},
		{"the name is not searched behind a pattern either", `search in (Log*) "LogA" | count`, []string{"Count:long", "0"}},
		{"everything", `search "wo*" | project ['$table']`, []string{"$table:string"}},
		{"where with a star", `LogB | where * has "beta" or * contains "habe" | project id`, []string{"id:string", "x", "beta"}},
		{"the same on an open row, also in numbers", `Loose | where * == "5" or * has_any ("k", "z") | project a`, []string{"a:long", "1", "5"}},
		{"find", `find in (LogA, LogB) where msg has "alpha" or ip has "10" project msg, ip`, []string{"source_:string msg:string ip:string", `LogA | alpha beta | ""`, `LogB | alphabet | 10.0.0.1`}},
		{"find with the rest in a bag", `find withsource=t in (LogB, (LogB | project msg, extra = 1)) where msg == "alphabet"`,
			[]string{"t:string msg:string pack_:dynamic", `LogB | alphabet | {"id":"x","ip":"10.0.0.1"}`, `union_arg1 | alphabet | {"extra":1}`}},
	})
	runUnwritten(t, []rowCase{
		{"views", `let V = view () { print id = "beta" }; search "beta" | project ['$table']`, []string{"$table:string", "V", "LogA", "LogB"}},
	})
	runRefusals(t, []refusal{
		{"a star inside a term", `LogA | search "a*b"`, diag.Refused, `"a*b"`, ""},
		{"find anywhere", `find "x"`, diag.Refused, "find", ""},
		{"an order on every column", `LogA | where * > 5`, diag.Refused, ">", ""},
	})
}

// https://learn.microsoft.com/en-us/kusto/query/project-away-operator and its sisters
func TestOpenRowRows(t *testing.T) {
	runRows(t, []rowCase{
		{"away", `Loose | project-away b, z*`, []string{"a:long c:dynamic", `1 | {"k":[1,2]}`, "5 | ∅"}},
		{"keep by name and pattern keeps the order of the row", `Loose | project-keep c*, b`, []string{"b:string c:dynamic", `two | {"k":[1,2]}`, `"" | ∅`}},
		{"rename in place", `Loose | project-rename x = b | project-keep x, a`, []string{"x:string a:long", "two | 1", `"" | 5`}},
		{"reorder by pattern", `Loose | project-reorder c, a* desc | project-away c`, []string{"a:long b:string", "1 | two", `5 | ""`}},
		{"a known row stays a list", `LogB | project-away i* | take 1`, []string{"msg:string", "alphabet"}},
		{"pack_all of an open row", `Loose | take 1 | project p = pack_all()`, []string{"p:dynamic", `{"b":"two","a":1,"c":{"k":[1,2]}}`}},
		{"pack_all without empty values", `Loose | project p = pack_all(true)`, []string{"p:dynamic", `{"b":"two","a":1,"c":{"k":[1,2]}}`, `{"a":5}`}},
		{"pack_all without empty values of a known row", `LogB | where id == "beta" | project p = pack_all(true)`, []string{"p:dynamic", `{"id":"beta"}`}},
		{"a column that may exist", `Loose | project x = column_ifexists("a", 0), y = column_ifexists("nope", "n")`, []string{"x:long y:string", "1 | n", "5 | n"}},
	})
}
