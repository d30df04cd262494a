package kql_test

import (
	"testing"

	"github.com/huntc/huntc/diag"
)

// https://learn.microsoft.com/en-us/kusto/query/bag-unpack-plugin and pivot-plugin
func TestPluginRows(t *testing.T) {
	const bags = `datatable(n:string, d:dynamic)["p", dynamic({"b":1, "a":"x"}), "q", dynamic({"b":2.5, "c":null}), "r", dynamic(null)] `
	const events = `datatable(os:string, kind:string, n:long)["w", "a", 1, "w", "b", 2, "l", "b", 3, "w", "b", 4] `
	runRows(t, []rowCase{
		{"columns by name; several types make dynamic; null rows stay", bags + `| evaluate bag_unpack(d)`,
			[]string{"n:string a:string b:dynamic c:dynamic", "p | x | 1 | ∅", `q | "" | 2.5 | ∅`, `r | "" | ∅ | ∅`}},
		{"a prefix", `print d = dynamic({"a":1}) | evaluate bag_unpack(d, "p_")`, []string{"p_a:long", "1"}},
		{"replace the column of the row", `print a = "old", d = dynamic({"a":1}) | evaluate bag_unpack(d, columnsConflict="replace_source")`, []string{"a:long", "1"}},
		{"keep the column of the row", `print a = "old", d = dynamic({"a":1, "b":2}) | evaluate bag_unpack(d, columnsConflict="keep_source")`, []string{"a:string b:long", "old | 2"}},
		{"a key may take the bag's own name", `print d = dynamic({"d":1}) | evaluate bag_unpack(d)`, []string{"d:long", "1"}},
		{"ignored keys", `print d = dynamic({"a":1, "b":2}) | evaluate bag_unpack(d, ignoredProperties=dynamic(["a"]))`, []string{"b:long", "2"}},
		{"a declared schema says the columns and their order", bags + `| evaluate bag_unpack(d) : (a:string, n:string)`, []string{"a:string n:string", "x | p", `"" | q`, `"" | r`}},
		{"a declared schema with a star", bags + `| evaluate bag_unpack(d) : (*, b:real)`, []string{"n:string b:real", "p | 1.0", "q | 2.5", "r | ∅"}},
		{"later steps read what came out", bags + `| evaluate bag_unpack(d) | where a == "x" | project n, b`, []string{"n:string b:dynamic", "p | 1"}},
		{"pivot counts by the other columns", events + `| project os, kind | evaluate pivot(os)`, []string{"kind:string w:long l:long", "a | 1 | 0", "b | 2 | 1"}},
		{"pivot with an aggregate of no rows in a cell", events + `| evaluate pivot(os, sum(n), kind)`, []string{"kind:string w:long l:long", "a | 1 | 0", "b | 6 | 3"}},
		{"pivot groups by all but its column and the aggregated one", events + `| evaluate pivot(os, max(n))`, []string{"kind:string w:long l:long", "a | 1 | ∅", "b | 4 | 3"}},
		{"pivot with a declared schema", events + `| evaluate pivot(os, count(), kind) : (kind:string, w:long, l:long) | where w > 1`, []string{"kind:string w:long l:long", "b | 2 | 1"}},
		{"narrow", `print a = 1, b = "x" | evaluate narrow()`, []string{"Row:long Column:string Value:string", "0 | a | 1", "0 | b | x"}},
		{"lookup of an address", `datatable(ip:string)["10.1.2.3", "192.168.0.1", "x"] | evaluate ipv4_lookup((datatable(net:string, who:string)["10.0.0.0/8", "in", "10.1.0.0/16", "near"]), ip, net, return_unmatched=true)`,
			[]string{"ip:string net:string who:string", "10.1.2.3 | 10.0.0.0/8 | in", "10.1.2.3 | 10.1.0.0/16 | near", `192.168.0.1 | "" | ""`, `x | "" | ""`}},
		{"lookup with a further key", `datatable(ip:string, k:long)["10.1.2.3", 1] | evaluate ipv4_lookup((datatable(net:string, k:long)["10.0.0.0/8", 2, "10.0.0.0/9", 1]), ip, net, k)`,
			[]string{"ip:string k:long net:string", "10.1.2.3 | 1 | 10.0.0.0/9"}},
	})
	runRefusals(t, []refusal{
		{"another plugin", `LogA | evaluate autocluster()`, diag.Refused, "autocluster", ""},
		{"a computed bag", `LogA | evaluate bag_unpack(parse_json(msg))`, diag.Refused, "parse_json(msg)", ""},
		{"text is no bag", `LogA | evaluate bag_unpack(msg)`, diag.Error, "msg", ""},
		{"a conflict", `print a = 1, d = dynamic({"a":1}) | evaluate bag_unpack(d)`, 0, "", "columnsConflict"},
		{"a column that the bags do not have", `print d = dynamic({"a":1}) | evaluate bag_unpack(d) | where b == 1`, 0, "", `no column "b"`},
		{"a declared schema that does not fit", `datatable(a:string)["x"] | evaluate pivot(a) : (y:long)`, 0, "", "y is not in the result"},
		{"a value without a name", `datatable(a:string, b:long)["", 1] | evaluate pivot(a)`, 0, "", "no name"},
	})
}
