package kql

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/internal/kqltest"
	"github.com/huntc/huntc/ir"
)

func columns(spec string) Table {
	var t Table
	for _, f := range strings.Fields(spec) {
		name, typ, _ := strings.Cut(f, ":")
		kind, _ := ir.ParseType(typ)
		t.Columns = append(t.Columns, ir.Column{Name: name, Type: kind})
	}
	return t
}

func testSchemas() Schemas {
	return Schemas{
		"T":              columns("Timestamp:datetime s:string u:string n:long r:real b:bool d:dynamic g:guid"),
		"R":              columns("s:string n:long v:string"),
		"CloudAppEvents": columns("Timestamp:datetime ActionType:string ApplicationId:int AccountObjectId:string AccountDisplayName:string RawEventData:dynamic"),
		"AuditLogs": columns("TimeGenerated:datetime OperationName:string Category:string InitiatedBy:dynamic TargetResources:dynamic Id:string " +
			"CorrelationId:string Type:string Result:string"),
	}
}

func lower(text string) (*ir.Query, diag.List) {
	return Lower(&diag.Source{Name: "q.kql", Text: text}, Options{Schemas: testSchemas(), Time: "TimeGenerated"})
}

func TestMeaning(t *testing.T) {
	tests := []struct{ name, kql, want string }{
		{"equality of text is exact", `T | where s == "a"`, `from T|filter match(equal exact, s, any ("a"))`},
		{"inequality of text", `T | where s != "a"`, `from T|filter not(match(equal exact, s, any ("a")))`},
		{"equality folds with tilde", `T | where s =~ "a" and u !~ "b"`, `from T|filter and(match(equal fold, s, any ("a")), not(match(equal fold, u, any ("b"))))`},
		{"constant on the left", `T | where "a" == s`, `from T|filter match(equal exact, s, any ("a"))`},
		{"numbers compare", `T | where n == 5 or n != 6`, `from T|filter or((n == 5), (n != 6))`},
		{"not keeps equality", `T | where not(n == 5)`, `from T|filter not((n == 5))`},
		{"terms", `T | where s has "a" | where s has_cs "a" | where s hasprefix "a" | where s !has "b"`,
			`from T|filter match(term fold, s, any ("a"))|filter match(term exact, s, any ("a"))|filter match(termprefix fold, s, any ("a"))|filter not(match(term fold, s, any ("b")))`},
		{"parts", `T | where s contains "a" and s startswith_cs "b" and s endswith "c" and s matches regex "d+"`,
			`from T|filter and(match(contains fold, s, any ("a")), match(prefix exact, s, any ("b")), match(suffix fold, s, any ("c")), match(regex exact, s, any ("d+")))`},
		{"lists from lets", `let a = dynamic(["x","y"]); let c = pack_array("z"); T | where s in (a) | where s has_any (c) | where s !in~ ("p", "q") | where s has_all ("r", "t")`,
			`from T|filter match(equal exact, s, any ("x", "y"))|filter match(term fold, s, any ("z"))|filter not(match(equal fold, s, any ("p", "q")))|filter match(term fold, s, all ("r", "t"))`},
		{"numeric lists", `T | where n in (1, 2) | where n !in (3)`, `from T|filter or((n == 1), (n == 2))|filter (n != 3)`},
		{"dynamic against text and number", `T | where d.a.b[0].c == "x" and d["k"] == 5 and d[-1] =~ "y"`,
			`from T|filter and(match(equal exact, d.a.b[0].c, any ("x")), (to_real(d.k) == 5), match(equal fold, d[-1], any ("y")))`},
		{"relative time", `T | where Timestamp > ago(1d) and Timestamp < now()`, `from T|filter and((Timestamp > (now - 1d)), (Timestamp < now))`},
		{"time literals fold", `let day = 24 * 1h; T | where Timestamp between (datetime(2026-01-02) - day .. 2 * day)`,
			`from T|filter between(Timestamp, datetime(2026-01-01T00:00:00Z), datetime(2026-01-03T00:00:00Z))`},
		{"placeholder", `T | where Timestamp >= todatetime('{{StartTimeISO}}')`, `from T|filter (Timestamp >= param(StartTimeISO))`},
		{"conditions", `T | extend x = iff(n > 1, "a", s), y = case(b, 1, n == 2, 2.5, 3)`, `from T|extend x = cond((n > 1): "a", else s), y = cond(b: 1, (n == 2): 2.5, else 3)`},
		{"absence", `T | where isempty(s) or isnotempty(u) or isnull(n) or isnotnull(r)`, `from T|filter or(isempty(s), not(isempty(u)), isnull(n), not(isnull(r)))`},
		{"aliases become canonical", `T | extend a = todynamic(s).x, f = toreal(n), p = pack("k", s), q = floor(n, 10)`,
			`from T|extend a = parse_json(s).x, f = to_real(n), p = pack("k": s), q = bin(n, 10)`},
		{"scalar functions are inlined", `let f = (x:string, y:long = 3) { strcat(x, y) }; T | extend a = f(s), b2 = f(u, n)`,
			`from T|extend a = strcat(s, 3), b2 = strcat(u, n)`},
		{"named arguments", `let f = (x:string, y:long, z:string = "z") { strcat(x, y, z) }; T | extend a = f(x = s, 2), b2 = f(s, z = u, y = 1)`,
			`from T|extend a = strcat(s, 2, "z"), b2 = strcat(s, 1, u)`},
		{"argument keeps the caller's row", `let s = 1; let f = (x:string) { tolower(x) }; T | project z = f(s)`, `from T|project z = tolower(s)`},
		{"unnamed columns", `T | project d.a, tostring(d.b[0]), n + 1, s`, `from T|project d_a = d.a, d_b_0 = to_string(d.b[0]), Column1 = (n + 1), s = s`},
		{"default aggregate names", `T | summarize count(), count(u), dcount(s), make_set(u, 5), max(n), countif(b), dcountif(s, n > 1) by s, bin(Timestamp, 5m)`,
			`from T|aggregate count_ = count(), count_u = count(), dcount_s = dcount(s), set_u = make_set(u) cap 5, max_n = max(n), countif_ = count() if b, dcountif_s = dcount(s) if (n > 1) by s = s, Timestamp = bin(Timestamp, 5m)`},
		{"clashing aggregate names", `T | summarize max(n), max(n)`, `from T|aggregate max_n = max(n), max_n1 = max(n) by`},
		{"arg_max names", `T | summarize arg_max(Timestamp, n, u) by s | summarize (a, z) = arg_max(n, u)`,
			`from T|aggregate Timestamp = arg_max(Timestamp, Timestamp), n = arg_max(Timestamp, n), u = arg_max(Timestamp, u) by s = s|aggregate a = arg_max(n, n), z = arg_max(n, u) by`},
		{"arg_max of all", `R | summarize arg_max(n, *) by s`, `from R|aggregate n = arg_max(n, n), v = arg_max(n, v) by s = s`},
		{"arg_max of columns that are not known", `Q | extend x = 1 | summarize arg_max(a, *), c2 = count() by k = c, bin(t, 1h)`,
			`from Q open|extend x = 1|aggregate a = arg_max(a, a), arg_max_all(a) but c, a, c2 = count() by k = c, t = bin(t, 1h)`},
		{"several values of one row", `R | summarize take_any(n, v), any(s), any(*) by s`,
			`from R|aggregate n = any_row(n), v = any_row(v), any_s = take_any(s), n1 = any_row(n), v1 = any_row(v) by s = s`},
		{"percentiles", `T | summarize percentiles(r, 5, 99.9), p = percentile(n, 50), percentilesw(n, n, 50), percentiles_array(r, dynamic([1, 2]))`,
			`from T|aggregate percentile_r_5 = percentile(r, 5), percentile_r_99_9 = percentile(r, 99.9), p = percentile(n, 50), percentile_n_50 = percentilew(n, n, 50), percentiles_r = percentiles_array(r, 1, 2) by`},
		{"statistics", `T | summarize stdev(n), variancepif(r, b), covariancep(n, r), binary_all_or(n)`,
			`from T|aggregate stdev_n = stdev(n), variancepif_r = variancep(r) if b, covariancep_n_r = covariancep(n, r), n = binary_all_or(n) by`},
		{"distinct is an aggregate", `T | distinct s, n`, `from T|aggregate by s = s, n = n`},
		{"count", `T | count`, `from T|aggregate Count = count() by`},
		{"sort defaults", `T | sort by s, n asc | top 3 by r | take 2`,
			`from T|sort s desc nulls last, n asc nulls first|sort r desc nulls last|limit 3|limit 2`},
		{"project kinds", `R | project-away v | project-rename x = n | project-reorder x`, `from R|project s = s, n = n|project s = s, x = n|project x = x, s = s`},
		{"patterns of names", `T | project-keep T*, n | project-away T*`, `from T|project Timestamp = Timestamp, n = n|project n = n`},
		{"tabular lets are bindings", `let A = R | where n > 1; let B = A | take 1; union A, B`,
			"let A|  from R|  filter (n > 1)|let B|  from ref A|  limit 1|from union|  | from ref A|  | from ref B"},
		{"materialize and as are transparent", `let A = materialize(R); A | as X | serialize`, `let A|  from R|from ref A`},
		{"tabular functions are inlined", `let f = (t:(s:string), k:string) { t | where s == k }; f(R, "x") | take 1`,
			"let t|  from R|from ref t|filter match(equal exact, s, any (\"x\"))|limit 1"},
		{"join", `T | join kind=leftouter (R | take 1) on s, $left.n == $right.n`, `from T|join leftouter on s = s, n = n|  | from R|  | limit 1`},
		{"membership in a table", `let K = R | project v; T | where n > 1 and s in (K) and u !in (K)`,
			"let K|  from R|  project v = v|from T|filter (n > 1)|join leftsemi on s = v|  | from ref K|  | project v = v|join leftanti on u = v|  | from ref K|  | project v = v"},
		{"computed membership", `R | where tolower(s) in (R | project v)`,
			"from R|extend key_ = tolower(s)|join leftsemi on key_ = v|  | from R|  | project v = v|  | project v = v|project s = s, n = n, v = v"},
		{"numeric membership ignores nulls", `R | where n !in (R | project n)`,
			"from R|join leftanti on n = n|  | from R|  | project n = n|  | filter not(isnull(n))|  | project n = n"},
		{"folded membership in a table", `R | where s !in~ (R | project v)`, "from R|filter not(intable(equal fold, s, any {from R; project v = v}))"},
		{"membership inside an expression", `R | where n > 1 or s has_any (R)`, "from R|filter or((n > 1), intable(term fold, s, any {from R}))"},
		{"a list of a query", `let L = toscalar(R | summarize make_set(v)); R | where s in (L)`,
			"from R|filter match(equal exact, s, any (scalar{from R; aggregate set_v = make_set(v) by}))"},
		{"the value of a query", `let m = toscalar(R | summarize max(n)); R | where n == m and toscalar(5) > 1`,
			"from R|filter and((n == scalar{from R; aggregate max_n = max(n) by}), (5 > 1))"},
		{"a function of an aggregate", `let half = (x:real) { x / 2 }; T | summarize h = half(avg(n)) by s`,
			"from T|aggregate agg_ = avg(n) by s = s|extend h = (agg_ / 2)|project s = s, h = h"},
		{"a constant argument inside a query", `let g = (x:long) { toscalar(R | where n == x | extend z = x | project v) }; T | extend y = g(5)`,
			"from T|extend y = scalar{from R; filter (n == 5); extend z = 5; project v = v}"},
		{"union in a pipe", `R | union (R | take 1)`, "from R|append|  | from R|  | limit 1"},
		{"mv-expand", `T | mv-expand d | mv-expand x = d.y to typeof(string)`, `from T|expand d = d|expand x = d.y to string`},
		{"datatable and print", `datatable(a:long, c:string)[1, "x", 2, "y"] | where a > 1`, `from 2 rows|filter (a > 1)`},
		{"print", `print x = 1, "a"`, `from 1 rows|project x = 1, print_1 = "a"`},
		{"computation on aggregates", `T | summarize c = count(), x = round(1.0 * sum(n) / max(n), 2) by s`,
			`from T|aggregate c = count(), agg_ = sum(n), agg_1 = max(n) by s = s|extend x = round(((1.0 * agg_) / agg_1), 2)|project s = s, c = c, x = x`},
		{"computation takes the aggregate's name", `T | summarize tostring(make_set(s)) | where set_s has "a"`,
			`from T|aggregate agg_ = make_set(s) by|extend set_s = to_string(agg_)|project set_s = set_s|filter match(term fold, set_s, any ("a"))`},
		{"invoke passes the rows", `let f = (t:(s:string), k:string) { t | where s == k }; R | where n > 1 | invoke f("x")`,
			"let t|  from R|  filter (n > 1)|from ref t|filter match(equal exact, s, any (\"x\"))"},
		{"withsource names the table", `union withsource=src R, (R | take 1)`,
			`from union|  | from R|  | extend src = "R"|  | from R|  | limit 1|  | extend src = "union_arg1"|project src = src, s = s, n = n, v = v`},
		{"inner let of a function", `let f = (x:long) { let y = x + 1; y * 2 }; T | project a = f(n)`, `from T|project a = ((n + 1) * 2)`},
		{"bool against a number", `T | where b == 1`, `from T|filter (to_long(b) == 1)`},
		{"columns that may exist", `R | project a = column_ifexists("v", ""), b = column_ifexists("w", "x"), c = pack_all()`,
			`from R|project a = v, b = "x", c = pack("s": s, "n": n, "v": v)`},
		{"extract with a type", `T | extend x = extract("a(.)", 1, s, typeof(long))`, `from T|extend x = to_long(extract("a(.)", 1, s))`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, diags := lower(tt.kql)
			if diags.Max() > diag.Note {
				t.Fatalf("unexpected diagnostics:\n%s", diag.Render(diags))
			}
			got := strings.ReplaceAll(strings.TrimSpace(q.String()), "\n", "|")
			want := strings.ReplaceAll(tt.want, "\n", "|")
			if d := cmp.Diff(strings.Split(want, "|"), strings.Split(got, "|")); d != "" {
				t.Errorf("meaning differs (-want +got):\n%s", d)
			}
		})
	}
}

func TestResultColumns(t *testing.T) {
	tests := []struct{ name, kql, want string }{
		{"join renames the right side", `R | join R on s`, "s:string n:long v:string s1:string n1:long v1:string"},
		{"lookup drops the right keys", `R | lookup R on s`, "s:string n:long v:string n1:long v1:string"},
		{"semi keeps the left side", `R | join kind=leftsemi T on s`, "s:string n:long v:string"},
		{"rightanti keeps the right side", `T | join kind=rightanti R on s`, "s:string n:long v:string"},
		{"extend replaces in place", `R | extend n = tostring(n), w = now() - datetime(2026-01-01)`, "s:string n:string v:string w:timespan"},
		{"arithmetic types", `T | project a = n + 1, c = n * 1.5, e = Timestamp + 1d, f = Timestamp - Timestamp, g = 1h / 1m`,
			"a:long c:real e:datetime f:timespan g:real"},
		{"aggregate types", `T | summarize sum(n), avg(n), min(Timestamp), make_list(s), take_any(u) by b`,
			"b:bool sum_n:long avg_n:real min_Timestamp:datetime list_s:dynamic u:string"},
		{"union adds columns", `union R, (R | project s, x = 1)`, "s:string n:long v:string x:long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, diags := lower(tt.kql)
			if diags.Max() > diag.Note {
				t.Fatalf("unexpected diagnostics:\n%s", diag.Render(diags))
			}
			var parts []string
			for _, c := range q.Columns {
				parts = append(parts, c.Name+":"+c.Type.String())
			}
			if got := strings.Join(parts, " "); got != tt.want {
				t.Errorf("columns\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestDiagnosticsNameTheirPlace(t *testing.T) {
	tests := []struct {
		name, kql string
		sev       diag.Severity
		code      diag.Code
		at        string // the text under the carets
		hint      string
	}{
		{"unknown column", `T | where Timestmp > ago(1d)`, diag.Error, CodeColumn, "Timestmp", "did you mean Timestamp?"},
		{"unknown table", `Nope | take 1`, diag.Note, CodeTable, "Nope", ""},
		{"no tabular statement", `let a = 1;`, diag.Error, CodeNoTabular, "l", ""},
		{"function typo", `T | where isnotemty(s)`, diag.Error, CodeFunction, "isnotemty", "did you mean isnotempty?"},
		{"unknown function", `T | extend a = geo_point_in_polygon(s)`, diag.Refused, CodeUnsupported, "geo_point_in_polygon", ""},
		{"argument behind one named out of order", `let f = (x:string, y:string) { strcat(x, y) }; T | extend a = f(y = "q", s)`, diag.Error, CodeArguments, "s", ""},
		{"tuple of a function without a form", `T | extend (a, b2) = series_decompose(d)`, diag.Refused, CodeUnsupported, "series_decompose", ""},
		{"tuple of a single value", `T | extend (a, b2) = strlen(s)`, diag.Refused, CodeUnsupported, "(a, b2) = strlen(s)", ""},
		{"known function without a form", `T | extend a = series_seasonal(d)`, diag.Refused, CodeUnsupported, "series_seasonal", ""},
		{"saved function as a query", `MyFunction("a")`, diag.Refused, CodeUnsupported, `MyFunction("a")`, ""},
		{"earlier query", `R; T`, diag.Warning, CodeStatement, "R", ""},
		{"column outside an aggregate", `T | summarize n + 1`, diag.Error, CodeColumn, "n", ""},
		{"aggregate outside summarize", `T | extend a = count()`, diag.Error, CodeFunction, "count", ""},
		{"range of mixed types", `T | where n between (1 .. s)`, diag.Error, CodeType, "n between (1 .. s)", ""},
		{"empty summarize", `T | summarize`, diag.Error, CodeArguments, "summarize", ""},
		{"ago of text", `T | where Timestamp > ago("1d")`, diag.Error, CodeType, `"1d"`, ""},
		{"unknown aggregate", `T | summarize hll(s)`, diag.Refused, CodeUnsupported, "hll", ""},
		{"unsupported operator", `T | facet by s`, diag.Refused, CodeUnsupported, "facet", ""},
		{"render is dropped", `T | render timechart`, diag.Note, CodeRender, "render timechart", ""},
		{"step into text", `T | extend a = s.x`, diag.Error, CodeType, "s.x", ""},
		{"index by a time", `T | extend a = d[1h]`, diag.Error, CodeType, "1h", ""},
		{"text below a number", `T | where s < 5`, diag.Error, CodeType, "s < 5", ""},
		{"= in a condition", `T | where n = 5`, diag.Refused, CodeUnsupported, "n = 5", "use == to compare"},
		{"number of arguments", `T | extend a = strlen()`, diag.Error, CodeArguments, "strlen()", ""},
		{"expanded text", `T | mv-expand d, s`, diag.Error, CodeType, "s", ""},
		{"join on an expression", `T | join R on $left.s == tolower($right.s)`, diag.Refused, CodeUnsupported, "$left.s == tolower($right.s)", "extend a column for a computed key first"},
		{"types of keys", `T | join R on $left.n == $right.s`, diag.Error, CodeType, "$left.n == $right.s", ""},
		{"list that may be a table", `Q | where a in (B)`, diag.Refused, CodeUnsupported, "B", "give the schema of the table"},
		{"branches of different types", `T | extend a = iff(b, s, n)`, diag.Error, CodeType, "iff(b, s, n)", ""},
		{"all columns without a schema, twice", `Q | summarize arg_max(a, *), arg_min(a, *) by c`, diag.Refused, CodeUnsupported, "arg_min(a, *)", "give the table's schema or name the columns"},
		{"range of mixed ends", `range x from 1 to now() step 1`, diag.Error, CodeType, "range x from 1 to now() step 1", ""},
		{"range without an end", `range x from 1 to 5 step 0`, diag.Error, CodeType, "0", ""},
		{"a step assigns what is not declared", `T | serialize | scan declare (a:long) with (step s1: true => aa = n)`, diag.Error, CodeColumn, "aa", "did you mean a?"},
		{"a step's column that is not there", `T | serialize | scan with (step s1: s1.m > n)`, diag.Error, CodeColumn, "s1.m", ""},
		{"a sketch", `T | summarize tdigest(n)`, diag.Refused, CodeUnsupported, "tdigest", "count exactly with count_distinct, or take percentile"},
		{"an axis and a step that differ", `T | make-series count() on Timestamp step 5`, diag.Error, CodeType, "5", ""},
		{"getschema without a schema", `Q | getschema`, diag.Refused, CodeUnsupported, "getschema", "give the table's schema"},
		{"the first column is not known", `T | extend a = toscalar(Q | where x > 1)`, diag.Refused, CodeUnsupported, "Q | where x > 1", "end it with project and the column"},
		{"a function that calls itself", `let f = (x:long) { 1 + f(x) }; T | extend a = f(n)`, diag.Error, CodeFunction, "f", ""},
		{"a column of the row outside a query", `let g = (x:long) { toscalar(R | where n == x | project v) }; T | extend y = g(n)`, diag.Error, CodeColumn, "x", ""},
		{"a column through a let and a list", `let g = (x:long) { let y = x + 1; "a" in~ ((R | where n == y | project v)) }; T | where g(n)`, diag.Error, CodeColumn, "x", ""},
		{"a table function that calls itself", `let f = (x:long) { union T, (f(x)) }; f(1)`, diag.Error, CodeFunction, "f", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := lower(tt.kql)
			if strings.Contains(tt.kql, "Q ") && len(diags) == 2 {
				// One of them notes that Q has no schema.
				diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Code == CodeTable })
			}
			if len(diags) != 1 {
				t.Fatalf("%d diagnostics, want 1:\n%s", len(diags), diag.Render(diags))
			}
			d := diags[0]
			if got := tt.kql[d.Span.Pos-1 : d.Span.End-1]; d.Severity != tt.sev || d.Code != tt.code || got != tt.at {
				t.Errorf("got %s %s at %q, want %s %s at %q", d.Severity, d.Code, got, tt.sev, tt.code, tt.at)
			}
			if tt.hint != "" && d.Hint != tt.hint {
				t.Errorf("hint %q, want %q", d.Hint, tt.hint)
			}
		})
	}
}

func TestShippedHuntsLower(t *testing.T) {
	for name, text := range kqltest.Hunts(t) {
		t.Run(name, func(t *testing.T) {
			q, diags := lower(text)
			if len(diags) > 0 {
				t.Fatalf("unexpected diagnostics:\n%s", diag.Render(diags))
			}
			t.Log(q)
			if strings.Contains(q.String(), "bad") {
				t.Errorf("the query has bad nodes:\n%s", q)
			}
			if q.Open || len(q.Columns) == 0 {
				t.Errorf("the result's columns are not known")
			}
		})
	}
}

// Each row doubles a definition at every level; only a limit on the result's size can stop it.
func TestLetBombIsAnErrorAndQuick(t *testing.T) {
	bombs := map[string]struct{ first, step, use string }{
		"scalar lets":       {"let a0 = now() - 1d;", "let a%d = iff(a%[2]d > now(), a%[2]d, a%[2]d);", "print a%d"},
		"scalar functions":  {"let a0 = (x:long) { x + 1 };", "let a%d = (x:long) { a%[2]d(x) + a%[2]d(x) };", "T | extend z = a%d(n)"},
		"tabular lets":      {"let a0 = T;", "let a%d = union a%[2]d, a%[2]d;", "a%d"},
		"tabular functions": {"let a0 = () { T };", "let a%d = () { union a%[2]d(), a%[2]d() };", "a%d()"},
		"values of queries": {"let a0 = toscalar(print 1);", "let a%d = toscalar(print a%[2]d + a%[2]d);", "print a%d"},
		"tests in tables":   {"let a0 = T;", "let a%d = T | where s in~ (a%[2]d) or u in~ (a%[2]d);", "a%d"},
		"tabular arguments": {"let a0 = (x:(s:string)) { x };", "let a%d = (x:(s:string)) { union a%[2]d(x), a%[2]d(x) };", "a%d(R)"},
	}
	for name, b := range bombs {
		t.Run(name, func(t *testing.T) {
			const levels = 30
			var text strings.Builder
			text.WriteString(b.first + "\n")
			for i := 1; i <= levels; i++ {
				fmt.Fprintf(&text, b.step+"\n", i, i-1)
			}
			fmt.Fprintf(&text, b.use, levels)
			start := time.Now()
			_, diags := lower(text.String())
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
			n := 0
			for _, d := range diags {
				if d.Code == CodeLimit {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d limit errors, want 1", n)
			}
		})
	}
}
