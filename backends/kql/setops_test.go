package kql_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir/eval"
)

func TestMakeSeries(t *testing.T) {
	data := `let D = datatable(t:datetime, k:string, n:long)[
	datetime(2026-01-01 06:00), "a", 1, datetime(2026-01-01 07:00), "a", 2, datetime(2026-01-04), "a", 5, datetime(2026-01-03), "b", 7, datetime(null), "b", 9, datetime(2026-02-01), "c", 1];
`
	check(t, []meaning{
		{"the end is outside, gaps are 0", data + `D | make-series sum(n), c = count() default = -1 on t from datetime(2026-01-01) to datetime(2026-01-04) step 1d by k`, `
			k | sum_n | c | t
			"a" | [3,0,0] | [2,-1,-1] | ["2026-01-01T00:00:00.0000000Z","2026-01-02T00:00:00.0000000Z","2026-01-03T00:00:00.0000000Z"]
			"b" | [0,0,7] | [-1,-1,1] | ["2026-01-01T00:00:00.0000000Z","2026-01-02T00:00:00.0000000Z","2026-01-03T00:00:00.0000000Z"]`},
		{"the end of in range is inside", data + `D | where k == "a" | make-series avg(n) default = 1.5 on t in range(datetime(2026-01-01), datetime(2026-01-05), 2d)`, `
			avg_n | t
			[1.5,5.0,1.5] | ["2026-01-01T00:00:00.0000000Z","2026-01-03T00:00:00.0000000Z","2026-01-05T00:00:00.0000000Z"]`},
		{"without a range each series has its own", data + `D | make-series count() on t step 1d by k | project k, count_, array_length(t)`, `
			k | count_ | Column1
			"a" | [2,0,0,1] | 4
			"b" | [1] | 1
			"c" | [1] | 1`},
		{"steps of in range count from zero", data + `D | where k == "a" and t < datetime(2026-01-02) | make-series count() on t in range(datetime(2026-01-01 05:00), datetime(2026-01-02 01:00), 12h)`, `
			count_ | t
			[2,0,0] | ["2026-01-01T00:00:00.0000000Z","2026-01-01T12:00:00.0000000Z","2026-01-02T00:00:00.0000000Z"]`},
		{"steps count from the start of the range", data + `D | where k == "a" | make-series count() on t from datetime(2026-01-01 06:30) step 12h | project count_`, `
			count_
			[1,0,0,0,0,1]`},
		{"an end a tick behind a step begins one more", `range x from 1 to 1 step 1 | extend t = datetime(2026-01-01) | make-series n = count() on t from datetime(2026-01-01) to datetime(2026-01-01 00:00:01.0000001) step 1s | project n`, `
			n
			[1,0]`},
		{"numbers", `range x from 0 to 9 step 1 | make-series max(x), make_list(x) on x from 2 to 8 step 3`, `
			max_x | list_x | x
			[4,7] | [[2,3,4],[5,6,7]] | [2,5]`},
		{"computations and constants", `range x from 1 to 4 step 1 | make-series d = 2 * count() + max(x) default = 9, one = 1 on y = x from 1 to 7 step 2`, `
			d | one | y
			[6,8,9] | [1,1,0] | [1,3,5]`},
		{"no rows, no series", data + `D | where n > 99 | make-series count() on t from datetime(2026-01-01) to datetime(2026-01-03) step 1d`, `count_ | t`},
		{"unless nonempty", data + `D | where n > 99 | make-series kind=nonempty count(), avg(n) on t from datetime(2026-01-01) to datetime(2026-01-02) step 1d`, `
			count_ | avg_n | t
			[0] | [0.0] | ["2026-01-01T00:00:00.0000000Z"]`},
		{"without a schema", `People | make-series count() on age from 0 to 60 step 20`, `
			count_ | age
			[0,2,1] | [0,20,40]`},
	})
}

func TestTopNested(t *testing.T) {
	data := `let D = datatable(a:string, b:string, n:long)["x", "p", 1, "x", "q", 5, "x", "r", 3, "y", "p", 4, "z", "p", 2, "z", "s", 1, "w", "p", 0];
`
	check(t, []meaning{
		{"levels", data + `D | top-nested 2 of a by sum(n), top-nested 1 of b by s = max(n) desc`, `
			a | aggregated_a | b | s
			"x" | 9 | "q" | 5
			"y" | 4 | "p" | 4`},
		{"others", data + `D | top-nested 1 of a with others = "rest" by sum(n), top-nested 1 of b with others = "more" by sum(n)`, `
			a | aggregated_a | b | aggregated_b
			"x" | 9 | "q" | 5
			"x" | 9 | "more" | 4
			"rest" | 7 | "more" | 7`},
		{"others without others below", data + `D | top-nested 3 of a with others = "rest" by c = count() asc, top-nested of b by max(n) asc`, `
			a | c | b | aggregated_b
			"y" | 1 | "p" | 4
			"w" | 1 | "p" | 0
			"z" | 2 | "s" | 1
			"z" | 2 | "p" | 2
			"rest" | 3 | "" | null`},
		{"others of a deeper level", data + `D | top-nested 1 of a by sum(n), top-nested 1 of b with others = "more" by sum(n)`, `
			a | aggregated_a | b | aggregated_b
			"x" | 9 | "q" | 5
			"x" | 9 | "more" | 4
			"" | null | "more" | 7`},
		{"no others when all are at the top", data + `D | top-nested 9 of tolower(a) with others = "rest" by count() | count`, `
			Count
			4`},
		{"no rows", data + `D | where n > 9 | top-nested 2 of a with others = "rest" by sum(n)`, `a | aggregated_a`},
		{"hitters", data + `D | top-hitters 2 of a by n | union (D | top-hitters 1 of b)`, `
			a | approximate_sum_n | b | approximate_count_b
			"x" | 9 | "" | null
			"y" | 4 | "" | null
			"" | null | "p" | 4`},
		{"top puts null last, asc first", data + `datatable(n:long)[2, long(null), 3] | top 3 by n | union (datatable(n:long)[2, long(null)] | top 1 by n asc), (datatable(n:long)[2, long(null)] | top 1 by n asc nulls last)`, `
			n
			3
			2
			null
			null
			2`},
	})
}

func TestPartition(t *testing.T) {
	data := `let D = datatable(a:string, n:long)["x", 1, "y", 5, "x", 3, "", 4, "y", 2];
`
	check(t, []meaning{
		{"operators on each part", data + `D | partition hint.strategy=native by a (top 1 by n | extend r = row_number())`, `
			a | n | r
			"x" | 3 | 1
			"y" | 5 | 1
			"" | 4 | 1`},
		{"an aggregate for each part", data + `D | partition by a (summarize s = sum(n), arg_max(n, a)) | where s > 3`, `
			s | n | a
			4 | 3 | "x"
			7 | 5 | "y"
			4 | 4 | ""`},
		{"a query for each value", data + `D | partition by a { range i from 1 to 2 step 1 | extend k = toscalar(a) | where k != "y" }`, `
			i | k
			1 | "x"
			2 | "x"
			1 | ""
			2 | ""`},
		{"a join inside", data + `D | partition by a (join kind=inner (D | project n, b = a) on n | count)`, `
			Count
			2
			2
			1`},
		{"no rows", data + `D | where n > 9 | partition by a (summarize s = sum(n))`, `s`},
	})
}

func TestRange(t *testing.T) {
	check(t, []meaning{
		{"both ends are inside", `range x from 1 to 7 step 3`, "x\n1\n4\n7"},
		{"downwards", `range x from 3 to 1 step -1`, "x\n3\n2\n1"},
		{"the wrong way is nothing", `range x from 3 to 1 step 1`, "x"},
		{"fractions", `range x from 1 to 2 step 0.5`, "x\n1\n1.5\n2"},
		{"time", `range d from datetime(2026-01-01) to datetime(2026-01-03) step 1d | extend s = d`, "d | s\n2026-01-01 | 2026-01-01\n2026-01-02 | 2026-01-02\n2026-01-03 | 2026-01-03"},
		{"spans", `range s from 0s to 2m step 1m`, "s\n00:00:00\n00:01:00\n00:02:00"},
		{"ends from lets and queries", `let a = 2; let T = range i from 1 to a step 1; range x from a to toscalar(T | summarize sum(i)) step a - 1`, "x\n2\n3"},
		{"functions with defaults that call functions", `let inner = (a:long, b:long = 3) { range x from a to b step 1 }; let outer = (t:(x:long), s:long = 1) { let twice = (v:long) { v * 2 }; t | extend y = twice(x) + s }; outer(inner(2))`,
			"x | y\n2 | 5\n3 | 7"},
		{"columns of a schema", `datatable(a:long, b:dynamic, c:timespan)[] | extend d = 1.0 | getschema | project-away ColumnOrdinal`, `
			ColumnName | DataType | ColumnType
			"a" | "System.Int64" | "long"
			"b" | "System.Object" | "dynamic"
			"c" | "System.TimeSpan" | "timespan"
			"d" | "System.Double" | "real"`},
		{"distinct rows of a table without a schema", `People | project-reorder name | extend age = 1, name = "z" | distinct *`, `
			name | city | age
			"z" | "rome" | 1
			"z" | "oslo" | 1`},
		{"a sample of all", `range x from 1 to 3 step 1 | sample 3 | extend y = x % 2 | sample-distinct 2 of y`, "y\n1\n0"},
	})
}

func TestSampleOfMoreIsNoAnswer(t *testing.T) {
	q := lowered(t, `range x from 1 to 3 step 1 | sample 2`)
	if _, err := eval.Run(context.Background(), q, &eval.Env{}); err == nil || !strings.Contains(err.Error(), "at random") {
		t.Errorf("error %v", err)
	}
}

// TestRowsAtUndocumentedPlacesAreNoAnswer: where the documentation does not say whether a row counts, there is an error and no guess.
func TestRowsAtUndocumentedPlacesAreNoAnswer(t *testing.T) {
	for text, want := range map[string]string{
		`datatable(t:datetime)[datetime(2026-01-01 02:00)] | make-series count() on t in range(datetime(2026-01-01 05:00), datetime(2026-01-03), 12h)`: "not documented",
		`datatable(t:datetime)[datetime(2026-01-03 02:00)] | make-series count() on t in range(datetime(2026-01-01), datetime(2026-01-03), 12h)`:       "not documented",
		`range x from 1 to 65 step 1 | partition by x (take 1)`:                                                         "at most 64",
		`range x from 1 to 2 step 1 | make-series count() on x from -9000000000000000000 to 9000000000000000000 step 1`: "longer than",
		`range x from 1 to 2 step 1 | make-series count() on x from 0 to 9000000 step 1`:                                "longer than",
		`range x from 1 to 3 step 1 | make-series count() on y = x * 3000000000000000000 step 1`:                        "longer than",
	} {
		if _, err := eval.Run(context.Background(), lowered(t, text), &eval.Env{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", text, err)
		}
	}
	check(t, []meaning{{"many parts with a strategy", `range x from 1 to 65 step 1 | partition hint.strategy=shuffle by x (take 1) | count`, "Count\n65"}})
}
