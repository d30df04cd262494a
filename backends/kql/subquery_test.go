package kql_test

import "testing"

func TestSubqueries(t *testing.T) {
	data := `let T = datatable(s:string, n:long)["Ab c", 1, "", 2, "ab", long(null), "x", 3];
let L = datatable(v:string, m:long)["AB", 1, "zz", long(null), "AB", 3];
`
	check(t, []meaning{
		{"a folded test", data + `T | where s in~ (L) | project s`, "s\n\"ab\""},
		{"and its negation", data + `T | where s !in~ (L | project v) | project s`, "s\n\"Ab c\"\n\"\"\n\"x\""},
		{"under or, not and iff", data + `T | where s == "x" or not(n in (L | project m)) | extend y = iff(n in ((L | project m)), "in", "out") | project s, n, y`, `
			s | n | y
			"" | 2 | "out"
			"ab" | null | "out"
			"x" | 3 | "in"`},
		{"null is in no table", data + `T | where n !in (L | project m) | project s`, "s\n\"\"\n\"ab\""},
		{"nothing is in an empty table", data + `let Z = L | where m > 9 | project v; T | where (s in (Z)) == false and s !in (Z) | count`, "Count\n4"},
		{"terms", data + `T | where s has_any (L) | project s`, "s\n\"Ab c\"\n\"ab\""},
		{"all terms", data + `let W = datatable(w:string)["c", "AB"]; T | where s has_all (W) | project s`, "s\n\"Ab c\""},
		{"a list made by a query", data + `let X = toscalar(T | summarize make_set(tolower(s))); T | where s in (X) and s !in~ (toscalar(L | summarize make_list(v)))`, `
			s | n
			"" | 2
			"x" | 3`},
		{"a long list is compared like a short one", `let L = toscalar(range i from 1 to 20 step 1 | summarize make_list(strcat("K", i)));
			datatable(s:string, d:dynamic)["k7", dynamic("K7"), "K7", dynamic(7), "", dynamic(null), "k21", dynamic(["K7"])] | project s, a = s in (L), b = s in~ (L), c = d in (L), e = s !in~ ("a", "b", "c", "d", "e", "f", "g", "h", "i", "K21")`, `
			s | a | b | c | e
			"k7" | false | true | true | true
			"K7" | true | true | false | true
			"" | false | false | false | true
			"k21" | false | false | false | false`},
		{"numbers in a long list", `let L = toscalar(range i from 1 to 20 step 1 | summarize make_list(i)); datatable(s:string, n:long)["7", 7, "21", 21] | project a = s in (L), b = n in (L)`, `
			a | b
			true | true
			false | false`},
		{"a list in the row", `datatable(x:long, l:dynamic)[1, dynamic([1, 2]), 3, dynamic([1, 2]), 2, dynamic(2), 1, dynamic(null)] | where x in (l)`, `
			x | l
			1 | [1,2]
			2 | 2`},
		{"a column of lists", data + `T | where n in ((T | summarize make_list(n)))`, `
			s | n
			"Ab c" | 1
			"" | 2
			"x" | 3`},
		{"the value of a query", data + `let Top = toscalar(T | summarize max(n)); T | extend share = 1.0 * n / Top, none = toscalar(T | where n > 9 | project s), e = toscalar(T | where n > 9 | project n) | where n == Top`, `
			s | n | share | none | e
			"x" | 3 | 1 | "" | null`},
		{"a table without a schema", `let Old = People | where age > 25 | summarize by city; People | where city !in (Old) or name =~ toscalar(Old | project "BOB")`, `
			name | city | age
			"bob" | "rome" | 40
			"cy" | "oslo" | 20`},
	})
}

func TestJoins(t *testing.T) {
	data := `let L = datatable(k:string, n:long, a:string)["x", 1, "l1", "x", 1, "l2", "", 2, "l3", "y", long(null), "l4"];
let R = datatable(k:string, n:long, b:string)["x", 1, "r1", "x", 1, "r2", "z", 3, "r3", "y", long(null), "r4"];
`
	check(t, []meaning{
		{"innerunique keeps one left row per key", data + `L | join R on k | project a, b`, `
			a | b
			"l1" | "r1"
			"l1" | "r2"
			"l4" | "r4"`},
		{"innerunique before a function over rows", data + `L | join R on k | serialize | where a != prev(a) | project a, b`, `
			a | b
			"l1" | "r1"
			"l4" | "r4"`},
		{"inner pairs all", data + `L | join kind=inner R on k | project a, b`, `
			a | b
			"l1" | "r1"
			"l1" | "r2"
			"l2" | "r1"
			"l2" | "r2"
			"l4" | "r4"`},
		{"outer sides are null, texts empty", data + `L | join kind=fullouter (R | where k != "y") on k, n`, `
			k | n | a | k1 | n1 | b
			"x" | 1 | "l1" | "x" | 1 | "r1"
			"x" | 1 | "l1" | "x" | 1 | "r2"
			"x" | 1 | "l2" | "x" | 1 | "r1"
			"x" | 1 | "l2" | "x" | 1 | "r2"
			"" | 2 | "l3" | "" | null | ""
			"y" | null | "l4" | "" | null | ""
			"" | null | "" | "z" | 3 | "r3"`},
		{"left and right outer", data + `L | join kind=leftouter (R | where n == 3) on k | project a, b | union (L | where n == 2 | join kind=rightouter (R | where n == 3) on k | project a, b)`, `
			a | b
			"l1" | ""
			"l2" | ""
			"l3" | ""
			"l4" | ""
			"" | "r3"`},
		{"semi and anti keep duplicates", data + `L | join kind=leftsemi R on k | project a | union (L | join kind=leftanti R on k | project a), (L | join kind=rightsemi R on k | project a = b), (L | join kind=rightanti R on k | project a = b)`, `
			a
			"l1"
			"l2"
			"l4"
			"l3"
			"r1"
			"r2"
			"r4"
			"r3"`},
		{"keys of different names", data + `L | join kind=inner (R | project kk = k, m = n, b) on $left.k == $right.kk and $right.m == $left.n | where n == 1 | project k, kk, n, m, a, b | take 1`, `
			k | kk | n | m | a | b
			"x" | "x" | 1 | 1 | "l1" | "r1"`},
		{"lookup drops the right keys", data + `L | lookup R on k, n | where a != "l2"`, `
			k | n | a | b
			"x" | 1 | "l1" | "r1"
			"x" | 1 | "l1" | "r2"
			"" | 2 | "l3" | ""
			"y" | null | "l4" | "r4"`},
		{"lookup of matches only", data + `L | lookup kind=inner (R | project key = k, n) on $left.k == $right.key | project a, n, n1`, `
			a | n | n1
			"l1" | 1 | 1
			"l1" | 1 | 1
			"l2" | 1 | 1
			"l2" | 1 | 1
			"l4" | null | null`},
		{"nulls of a key are equal", data + `L | join kind=inner R on n | where isnull(n) | project a, b`, `
			a | b
			"l4" | "r4"`},
	})
}
