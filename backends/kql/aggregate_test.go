package kql_test

import "testing"

// numbers has a null, a tie for the largest and an empty key.
const numbers = `let N = datatable(k:string, n:long, r:real)["a", 1, 1.5, "a", 4, 2.5, "", 4, real(null), "b", long(null), 3.5, "a", 4, 0.5];
`

func TestAggregates(t *testing.T) {
	check(t, []meaning{
		{"nothing by nothing is one row of defaults", `datatable(x:long, d:dynamic)[] | summarize count(), sum(x), avg(x), max(x), make_set(x), make_list_with_nulls(x),
			make_bag(d), buildschema(d), stdev(x), variancep(x), percentile(x, 50), percentiles_array(x, 5, 50), dcount(x), binary_all_or(x), take_any(x)`, `
			count_ | sum_x | avg_x | max_x | set_x | list_x | bag_d | schema_d | stdev_x | variancep_x | percentile_x_50 | percentiles_x | dcount_x | x | x1
			0 | 0 | NaN | null | [] | [] | {} | {} | 0 | 0 | null | null | 0 | null | null`},
		{"nothing by a key is nothing", `datatable(x:long)[] | summarize count() by x`, `x | count_`},
		{"null and empty are keys", `datatable(n:long, s:string)[long(null), "", 1, "", long(null), ""] | summarize count() by n, s`, `
			n | s | count_
			null | "" | 2
			1 | "" | 1`},
		{"nulls are left out", numbers + `N | summarize count(n), sum(n), avg(r), dcount(n), make_list(n), make_list_with_nulls(n), make_set(n)`, `
			count_n | sum_n | avg_r | dcount_n | list_n | list_n1 | set_n
			5 | 13 | 2 | 2 | [1,4,4,4] | [1,4,4,null,4] | [1,4]`},
		{"the empty text is a value", numbers + `N | summarize dcount(k), make_set(k), min(k), max(k)`, `
			dcount_k | set_k | min_k | max_k
			3 | ["a","","b"] | "" | "b"`},
		{"an exact count stays one", numbers + `N | summarize count_distinct(k), count_distinctif(k, n > 1), dcount(k, 2), c = dcountif(k, n > 1)`, `
			count_distinct_k | count_distinctif_k | dcount_k | c
			3 | 2 | 3 | 2`},
		{"nearest rank", `range x from 1 to 100 step 1 | summarize percentiles(x, 0, 5, 99, 99.9), percentile(1.0 * x, 50)`, `
			percentile_x_0 | percentile_x_5 | percentile_x_99 | percentile_x_99_9 | percentile__50
			1 | 5 | 99 | 100 | 50`},
		{"weights", `datatable(n:long, v:long)[8, 10, 6, 20, 3, 30, 1, 40, 0, 50] | summarize percentilesw(v, n, 50, 99.9), percentilesw_array(v, n, dynamic([44, 45]))`, `
			percentile_v_50 | percentile_v_99_9 | percentiles_v
			20 | 40 | [10,20]`},
		{"times have percentiles", `datatable(t:datetime)[datetime(2026-01-01), datetime(2026-01-03), datetime(2026-01-02)] | summarize percentile(t, 50)`, `
			percentile_t_50
			2026-01-02`},
		{"one value has no spread", `datatable(x:long)[7] | summarize stdev(x), variance(x), stdevp(x), covariance(x, x)`, `
			stdev_x | variance_x | stdevp_x | covariance_x_x
			0 | 0 | 0 | 0`},
		{"sample and population", `range x from 1 to 5 step 1 | summarize variance(x), variancep(x), varianceif(x, x < 3), covariancep(x, 2 * x)`, `
			variance_x | variancep_x | varianceif_x | covariancep_x_
			2.5 | 2 | 0.5 | 4`},
		{"bits", `datatable(x:long)[12, 10, long(null)] | summarize a = binary_all_and(x), o = binary_all_or(x), x = binary_all_xor(x)`, `
			a | o | x
			8 | 14 | 6`},
		{"the first of equal maxima, and its row", numbers + `N | summarize arg_max(n, r, k), arg_min(n, *) by b = k == ""`, `
			b | n | r | k | n1 | k1 | r1
			false | 4 | 2.5 | "a" | 1 | "a" | 1.5
			true | 4 | null | "" | 4 | "" | null`},
		{"all nulls: the first row", `datatable(k:long, n:long, s:string)[1, long(null), "x", 1, long(null), "y"] | summarize arg_max(n, s) by k`, `
			k | n | s
			1 | null | "x"`},
		{"all columns of a table without a schema", `People | summarize arg_max(age, *), count() by town = city`, `
			town | age | name | count_
			"rome" | 40 | "bob" | 2
			"oslo" | 20 | "cy" | 1`},
		{"a bin is not its column", `People | summarize arg_min(age, *) by bin(age, 25)`, `
			age | age1 | name | city
			25 | 30 | "ann" | "rome"
			0 | 20 | "cy" | "oslo"`},
		{"several of any come from one row", numbers + `N | where k == "a" | summarize take_any(n, r), take_any(*), any(k)`, `
			n | r | k | n1 | r1 | any_k
			1 | 1.5 | "a" | 1 | 1.5 | "a"`},
		{"computed columns keep their place", numbers + `N | summarize round(avg(r), 1), c = count() * 2, sum(n), toreal(count()) / dcount(k) by k`, `
			k | avg_r | c | sum_n | Column1
			"a" | 1.5 | 6 | 9 | 3
			"" | NaN | 2 | 4 | 1
			"b" | 3.5 | 2 | 0 | 1`},
		{"schemas merge", `datatable(d:dynamic)[dynamic({"x":1,"y":[1,"a"]}), dynamic({"x":"s","y":{"z":true}}), dynamic(null)] | summarize buildschema(d)`, "schema_d\n" +
			`{"x":["long","string"],"y":[{"z":"bool"},{"` + "`indexer`" + `":["long","string"]}]}`},
		{"a set of lists is flat, a list of lists is not", `datatable(d:dynamic)[dynamic([1,2]), dynamic([2,3])] | summarize make_set(d), make_list(d), make_list(d, 1)`, `
			set_d | list_d | list_d1
			[1,2,3] | [[1,2],[2,3]] | [[1,2]]`},
		{"sums keep the type of time", `datatable(t:timespan, i:int)[1h, 1, 2h, 2] | summarize sum(t), avg(t), sum(i), avg(i)`, `
			sum_t | avg_t | sum_i | avg_i
			03:00:00 | 01:30:00 | 3 | 1.5`},
	})
}
