package kql_test

import (
	"testing"

	"github.com/huntc/huntc/diag"
)

// https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator
func TestMvExpandRows(t *testing.T) {
	const two = `datatable(a:int, b:dynamic, c:dynamic)[1, dynamic([10, 20]), dynamic(["p"]), 2, dynamic([]), dynamic([]), 3, dynamic(null), dynamic({"k":1,"l":2})] `
	runRows(t, []rowCase{
		{"columns side by side, the shorter one padded, null one element, empty none", two + `| mv-expand b, c`,
			[]string{"a:int b:dynamic c:dynamic", `1 | 10 | "p"`, "1 | 20 | ∅", `3 | ∅ | {"k":1}`, `3 | ∅ | {"l":2}`}},
		{"an empty array beside a full one is padded", `datatable(a:dynamic, b:dynamic)[dynamic([]), dynamic(["p"])] | mv-expand a, b`,
			[]string{"a:dynamic b:dynamic", `∅ | "p"`}},
		{"a new name keeps the array", `print a = dynamic([1, 2]) | mv-expand x = a`, []string{"a:dynamic x:dynamic", "[1,2] | 1", "[1,2] | 2"}},
		{"the index starts at 0 in every row", `datatable(a:dynamic)[dynamic([7, 8]), dynamic([9])] | mv-expand with_itemindex=i a`,
			[]string{"a:dynamic i:long", "7 | 0", "8 | 1", "9 | 0"}},
		{"an index column replaces one of the same name", `print i = "x", a = dynamic([7]) | mv-expand with_itemindex=i a`, []string{"i:long a:dynamic", "0 | 7"}},
		{"pairs of a bag, elements of an array", `print d = dynamic({"p":1}), e = dynamic([5]) | mv-expand kind=array d, e`, []string{"d:dynamic e:dynamic", `["p",1] | 5`}},
		{"bagexpansion is kind", `print d = dynamic({"p":1, "q":2}) | mv-expand bagexpansion=array d limit 1`, []string{"d:dynamic", `["p",1]`}},
		{"the limit counts per row", `datatable(a:dynamic)[dynamic([1, 2, 3]), dynamic([4, 5])] | mv-expand a limit 2`, []string{"a:dynamic", "1", "2", "4", "5"}},
		{"limit 0 leaves nothing", `print a = dynamic([1]) | mv-expand a limit 0`, []string{"a:dynamic"}},
		{"types are cast and not parsed", `print a = dynamic([1, "2", "x"]), b = dynamic([1, 2]) | mv-expand a to typeof(long), b to typeof(string)`,
			[]string{"a:long b:string", "1 | 1", "∅ | 2", `∅ | ""`}},
		{"a scalar is one element", `print a = dynamic(5), b = dynamic("t") | mv-expand a, b`, []string{"a:dynamic b:dynamic", `5 | "t"`}},
		{"all columns see the row before", `print a = dynamic([[1, 2], [3]]) | mv-expand a, b = a[0]`, []string{"a:dynamic b:dynamic", "[1,2] | 1", "[3] | 2"}},
		{"an open row", `Loose | mv-expand k = c.k | project a, k`, []string{"a:long k:dynamic", "1 | 1", "1 | 2", "5 | ∅"}},
	})
	runRefusals(t, []refusal{
		{"text", `LogA | mv-expand id, msg`, diag.Error, "id", ""},
		{"another kind", `print a = dynamic([1]) | mv-expand kind=object a`, diag.Error, "kind=object", ""},
		{"one name twice", `print a = dynamic([1]) | mv-expand x = a, x = a`, diag.Error, "x = a", ""},
		{"no type", `print a = dynamic([1]) | mv-expand a to typeof(number)`, diag.Error, "number", ""},
	})
}

// https://learn.microsoft.com/en-us/kusto/query/mv-apply-operator
func TestMvApplyRows(t *testing.T) {
	const data = `datatable(row:int, arr:dynamic)[0, dynamic([5, 1, 3]), 1, dynamic([4, 10])] `
	runRows(t, []rowCase{
		{"the subquery runs on each row", data + `| mv-apply x = arr to typeof(long) on (top 1 by x)`,
			[]string{"row:int arr:dynamic x:long", "0 | [5,1,3] | 5", "1 | [4,10] | 10"}},
		{"a summary leaves its own columns behind those of the row", data + `| mv-apply x = arr to typeof(long) on (summarize n = count(), s = sum(x))`,
			[]string{"row:int arr:dynamic n:long s:long", "0 | [5,1,3] | 3 | 9", "1 | [4,10] | 2 | 14"}},
		{"a summary of no elements is one row, a filter none", `datatable(a:dynamic)[dynamic([])] | mv-apply a on (where true | summarize n = count())`, []string{"n:long", "0"}},
		{"the expanded column goes, the others stay", data + `| mv-apply arr to typeof(long) on (summarize m = max(arr))`, []string{"row:int m:long", "0 | 5", "1 | 10"}},
		{"columns of the row can be read", data + `| mv-apply x = arr to typeof(long) on (where x > row + 4)`,
			[]string{"row:int arr:dynamic x:long", "0 | [5,1,3] | 5", "1 | [4,10] | 10"}},
		{"the index", data + `| mv-apply with_itemindex=i x = arr to typeof(long) on (where i == 1 | project x, i)`,
			[]string{"row:int arr:dynamic x:long i:long", "0 | [5,1,3] | 1 | 1", "1 | [4,10] | 10 | 1"}},
		{"project leaves the row's columns", data + `| mv-apply x = arr to typeof(long) on (project y = x * 2 | take 1)`,
			[]string{"row:int arr:dynamic y:long", "0 | [5,1,3] | 10", "1 | [4,10] | 8"}},
		{"grouping by a column of the row", data + `| mv-apply x = arr to typeof(long) on (summarize s = sum(x) by row)`,
			[]string{"row:int arr:dynamic s:long", "0 | [5,1,3] | 9", "1 | [4,10] | 14"}},
		{"nested", `print d = dynamic([{"p":[1, 2]}, {"p":[3]}]) | mv-apply e = d on (mv-apply p = e.p to typeof(long) on (where p > 1)) | project p`,
			[]string{"p:long", "2", "3"}},
		{"the limit", data + `| mv-apply x = arr limit 1 on (extend y = tostring(x)) | project row, y`, []string{"row:int y:string", "0 | 5", "1 | 4"}},
		{"a join inside", data + `| mv-apply x = arr to typeof(long) on (join kind=inner (print x = 10) on x | project x)`, []string{"row:int arr:dynamic x:long", "1 | [4,10] | 10"}},
		{"no rows keep the columns", data + `| where row > 5 | mv-apply x = arr to typeof(long) on (summarize n = count())`, []string{"row:int arr:dynamic n:long"}},
		{"an open row", `Loose | mv-apply k = c.k to typeof(long) on (summarize s = sum(k)) | project a, s`, []string{"a:long s:long", "1 | 3", "5 | 0"}},
	})
	runRefusals(t, []refusal{
		{"a column of the row made again", data + `| mv-apply x = arr on (extend row = 7)`, diag.Refused, "(extend row = 7)"[1:15], ""},
		{"the same where the row is open", `Loose | mv-apply k = c.k on (extend b = 7)`, 0, "", "which the row has already"},
		{"a table of its own", data + `| mv-apply x = arr on (LogA | take 1)`, diag.Error, "LogA", ""},
		{"columns that depend on the row", `datatable(d:dynamic)[dynamic([{"a":1}]), dynamic([{"b":1}])] | mv-apply e = d on (project e | evaluate bag_unpack(e))`, 0, "", "depend on its rows"},
	})
}
