package kql_test

import "testing"

// visits has two keys, a null and equal neighbours.
const visits = `let V = datatable(k:string, t:datetime, n:long)[
	"a", datetime(2026-01-01), 1, "a", datetime(2026-01-02), 1, "a", datetime(2026-01-05), 3,
	"b", datetime(2026-01-05), 3, "b", datetime(2026-01-06), long(null)];
`

func TestRowFunctions(t *testing.T) {
	check(t, []meaning{
		{"prev and next", visits + `V | serialize | project n, p = prev(n), p2 = prev(n, 2, -1), x = next(n), x2 = next(k, 4, "none"), s = prev(k)`, `
			n | p | p2 | x | x2 | s
			1 | null | -1 | 1 | "b" | ""
			1 | 1 | -1 | 3 | "none" | "a"
			3 | 1 | 1 | 3 | "none" | "a"
			3 | 3 | 1 | null | "none" | "a"
			null | 3 | 3 | null | "none" | "b"`},
		{"numbers and sums that restart", visits + `V | sort by t asc, k asc | project k, r = row_number(), r7 = row_number(7, k != prev(k)), c = row_cumsum(n, k != prev(k))`, `
			k | r | r7 | c
			"a" | 1 | 7 | 1
			"a" | 2 | 8 | 2
			"a" | 3 | 9 | 5
			"b" | 4 | 7 | 3
			"b" | 5 | 8 | 3`},
		{"ranks of equal rows", visits + `V | serialize | project n, d = row_rank_dense(n), m = row_rank_min(n), e = row_rank_dense(n, k != prev(k))`, `
			n | d | m | e
			1 | 1 | 1 | 1
			1 | 1 | 1 | 1
			3 | 2 | 3 | 2
			3 | 2 | 3 | 1
			null | 3 | 5 | 2`},
		{"sessions end at a gap, at their length and at a restart", visits + `V | serialize | project t, gap = row_window_session(t, 30d, 2d), lon = row_window_session(t, 4d, 30d), fresh = row_window_session(t, 30d, 30d, k != prev(k))`, `
			t | gap | lon | fresh
			2026-01-01 | 2026-01-01 | 2026-01-01 | 2026-01-01
			2026-01-02 | 2026-01-01 | 2026-01-01 | 2026-01-01
			2026-01-05 | 2026-01-05 | 2026-01-05 | 2026-01-01
			2026-01-05 | 2026-01-05 | 2026-01-05 | 2026-01-05
			2026-01-06 | 2026-01-05 | 2026-01-05 | 2026-01-05`},
		{"a distance that is reached ends a session, and so does a null", `datatable(t:datetime)[datetime(2026-01-01), datetime(2026-01-02), datetime(null), datetime(2026-01-02)] | serialize | extend g = row_window_session(t, 9d, 1d), l = row_window_session(t, 25h, 25h)`, `
			t | g | l
			2026-01-01 | 2026-01-01 | 2026-01-01
			2026-01-02 | 2026-01-02 | 2026-01-01
			null | null | null
			2026-01-02 | 2026-01-02 | 2026-01-02`},
		{"a filter sees the rows before it", visits + `V | serialize | where n != prev(n) and n > 1 | extend r = row_number()`, `
			k | t | n | r
			"a" | 2026-01-05 | 3 | 1`},
		{"inside an aggregate and a sort", visits + `V | serialize | summarize c = countif(k != prev(k)), m = max(row_number()) by k`, `
			k | c | m
			"a" | 1 | 3
			"b" | 1 | 5`},
		{"no rows", visits + `V | where n > 9 | serialize | extend p = prev(n), x = next(n), r = row_number()`, `k | t | n | p | x | r`},
		{"nested", `range x from 1 to 4 step 1 | extend y = row_cumsum(x + iff(row_number() > 2, prev(x), 0))`, `
			x | y
			1 | 1
			2 | 3
			3 | 8
			4 | 15`},
	})
}

func TestScan(t *testing.T) {
	events := `let E = datatable(t:timespan, e:string)[0m, "A", 1m, "Start", 2m, "B", 3m, "D", 4m, "Stop", 6m, "C", 8m, "Start", 11m, "E", 12m, "Stop"];
`
	check(t, []meaning{
		{"a running sum", `range x from 1 to 3 step 1 | scan declare (sum:long = 10) with (step s: true => sum = x + s.sum;)`, `
			x | sum
			1 | 11
			2 | 13
			3 | 16`},
		{"sequences have numbers", events + `E | sort by t asc | scan with_match_id=id with (step s1: e == "Start"; step s2: e != "Start" and e != "Stop" and t - s1.t <= 5m; step s3: e == "Stop" and t - s1.t <= 5m;)`, `
			t | e | id
			00:01:00 | "Start" | 0
			00:02:00 | "B" | 0
			00:03:00 | "D" | 0
			00:04:00 | "Stop" | 0
			00:08:00 | "Start" | 1
			00:11:00 | "E" | 1
			00:12:00 | "Stop" | 1`},
		{"output of a step", events + `E | scan declare (from:timespan, n:long = 0) with (step s1 output=none: e == "Start" => from = t; step s2 output=last: e != "Stop" => from = s1.from, n = s2.n + 1; step s3: e == "Stop" => from = s1.from, n = s2.n;)`, `
			t | e | from | n
			00:03:00 | "D" | 00:01:00 | 2
			00:04:00 | "Stop" | 00:01:00 | 2
			00:11:00 | "E" | 00:08:00 | 1
			00:12:00 | "Stop" | 00:08:00 | 1`},
		{"a step may be passed over", events + `E | where e in ("Start", "Stop", "B") | scan with_match_id=id with (step s1: e == "Start"; step s2 optional: e == "B"; step s3: e == "Stop";)`, `
			t | e | id
			00:01:00 | "Start" | 0
			00:02:00 | "B" | 0
			00:04:00 | "Stop" | 0
			00:08:00 | "Start" | 1
			00:12:00 | "Stop" | 1`},
		{"names that are quoted", `datatable(["a b"]:long, ["step"]:long)[1, 2, 3, 4] | scan with_match_id=["id 1"] declare (["x y"]:long=0) with (step ["s 1"]: true => ["x y"] = ["s 1"].["x y"] + ["a b"] + ["s 1"].["step"];)`, `
			a b | step | x y | id 1
			1 | 2 | null | 0
			3 | 4 | null | 0`},
		{"no rows", events + `E | where e == "Z" | scan declare (a:string) with (step s: true => a = strcat(s.a, e);)`, `t | e | a`},
	})
}
