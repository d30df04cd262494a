package kql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
)

// https://learn.microsoft.com/en-us/kusto/query/parse-operator
func TestParseRows(t *testing.T) {
	runRows(t, []rowCase{
		{"texts in order, the first occurrence ends a column", `print s = "a=1;b=2;b=3" | parse s with "a=" a ";b=" b ";" *`, []string{"s:string a:string b:string", "a=1;b=2;b=3 | 1 | 2"}},
		{"the last column takes the rest", `print s = "user bob likes x" | parse s with * "user " u " " rest | project u, rest`, []string{"u:string rest:string", "bob | likes x"}},
		{"without a star in front the text begins with the pattern", `print s = "xa1" | parse s with "a" n`, []string{"s:string n:string", `xa1 | ""`}},
		{"case counts", `print s = "A1" | parse s with "a" n | project n`, []string{"n:string", `""`}},
		{"special characters are plain", `print s = "(x.y)*" | parse s with "(" a "." b ")*" | project a, b`, []string{"a:string b:string", "x | y"}},
		{"new lines are text", `print s = "a\nb;c" | parse s with x ";" y | project y`, []string{"y:string", "c"}},
		{"types", `print s = "n=-5 r=1.5 t=2026-01-02 03:04:05 b=true d=1h" | parse s with "n=" n:long " r=" r:real " t=" t:datetime " b=" b:bool " d=" d:timespan | project n, r, t, b, d`,
			[]string{"n:long r:real t:datetime b:bool d:timespan", "-5 | 1.5 | datetime(2026-01-02T03:04:05Z) | true | 1h"}},
		{"simple is strict: one bad value empties all", `print s = "a=x b=y" | parse s with "a=" a " b=" b:long | project a, b`, []string{"a:string b:long", `"" | ∅`}},
		{"relaxed empties the bad value only", `print s = "a=x b=y" | parse kind=relaxed s with "a=" a " b=" b:long | project a, b`, []string{"a:string b:long", "x | ∅"}},
		{"a number before a star ends by itself", `print s = "n=23, z=1" | parse s with * "n=" n:long * "z=" z:int | project n, z`, []string{"n:long z:int", "23 | 1"}},
		{"a failed match empties a column that was there", `print s = "zzz" | parse s with "a" s`, []string{"s:string", `""`}},
		{"a column parses itself", `print s = "iss://host/x" | parse s with * "://" s "/" *`, []string{"s:string", "host"}},
		{"a dynamic value is read as text", `print d = dynamic({"a":"b"}) | parse d with * '"a":"' v '"' * | project v`, []string{"v:string", "b"}},
		{"a number too", `print n = 1234 | parse n with "12" rest | project rest`, []string{"rest:string", "34"}},
		{"regex is greedy", `print s = "k=a,b,c" | parse kind=regex s with "k=" v "," * | project v`, []string{"v:string", "a,b"}},
		{"ungreedy and without case", `print s = "K=a,b,c" | parse kind=regex flags=Ui s with "k=" v "," * | project v`, []string{"v:string", "a"}},
		{"groups of the pattern itself are not columns", `print s = "x12y34" | parse kind=regex s with "(x|z)" a:long "(y)" b:long | project a, b`, []string{"a:long b:long", "12 | 34"}},
		{"a dot of a regex stops at a new line, with s it does not", `print s = "a\nb" | parse kind=regex s with "a" x | parse kind=regex flags=s s with "a" y | project x, n = strlen(y)`,
			[]string{"x:string n:long", `"" | 2`}},
		{"parse-where drops what does not match", `datatable(s:string)["a=1", "b=2", "a=x"] | parse-where s with "a=" n:long`, []string{"s:string n:long", "a=1 | 1"}},
		{"parse-where keeps what is partial in relaxed", `datatable(s:string)["a=1", "b=2", "a=x"] | parse-where kind=relaxed s with "a=" n:long`, []string{"s:string n:long", "a=1 | 1", "a=x | ∅"}},
		{"an open row", `Loose | parse b with "t" x | project a, x`, []string{"a:long x:string", "1 | wo", `5 | ""`}},
		{"names in brackets", `print s = "a b" | parse s with ['first word'] " " ['x-y'] | project ['x-y']`, []string{"x-y:string", "b"}},
	})
	runRefusals(t, []refusal{
		{"a star behind a text column", `print s = "a" | parse s with x *`, diag.Error, "*", ""},
		{"flags without regex", `print s = "a" | parse flags=i s with x`, diag.Error, "flags=i", ""},
		{"no kind", `print s = "a" | parse kind=strict s with x`, diag.Error, "kind=strict", ""},
		{"one column twice", `print s = "a" | parse s with x "," x`, diag.Error, "x", ""},
		{"a bad pattern", `print s = "a" | parse kind=regex s with "(" x`, 0, "", "missing closing"},
	})
}

// https://learn.microsoft.com/en-us/kusto/query/parse-kv-operator
func TestParseKVRows(t *testing.T) {
	runRows(t, []rowCase{
		{"delimiters", `print s = "ThreadId:458, Machine: Node001 ,Text: up, x" | parse-kv s as (Text:string, ThreadId:long, Machine:string, None:long) with (pair_delimiter=",", kv_delimiter=":") | project-away s`,
			[]string{"Text:string ThreadId:long Machine:string None:long", "up | 458 | Node001 | ∅"}},
		{"the first occurrence counts", `print s = "a=1;a=2" | parse-kv s as (a:long) with (pair_delimiter=";", kv_delimiter="=") | project a`, []string{"a:long", "1"}},
		{"quotes keep delimiters, also around keys", `print s = 'src=1 why="not so \\"fast\\"" "event time"=now' | parse-kv s as (['event time']:string, why:string, src:string) with (pair_delimiter=" ", kv_delimiter="=", quote='"', escape="\\") | project-away s`,
			[]string{"event time:string why:string src:string", `now | not so "fast" | 1`}},
		{"an opening and a closing quote", `print s = "a=(x y) b=2" | parse-kv s as (a:string, b:long) with (pair_delimiter=" ", kv_delimiter="=", quote="()") | project a, b`, []string{"a:string b:long", "x y | 2"}},
		{"a part without a key is passed over", `print s = "name=John Doe phone=555 5555" | parse-kv s as (name:string, phone:string) with (pair_delimiter=" ", kv_delimiter="=") | project-away s`,
			[]string{"name:string phone:string", "John | 555"}},
		{"greedy goes on to the next key", `print s = "name=John Doe phone=555 5555 city=New York" | parse-kv s as (name:string, phone:string, city:string) with (pair_delimiter=" ", kv_delimiter="=", greedy=true) | project-away s`,
			[]string{"name:string phone:string city:string", "John Doe | 555 5555 | New York"}},
		{"no delimiters: words", `print s = "[INFO] ThreadId:458, Text: 'it is up'" | parse-kv s as (Text:string, ThreadId:long) with (quote="'") | project-away s`,
			[]string{"Text:string ThreadId:long", "it is up | 458"}},
		{"a regular expression", `print s = @'["a url: http://h", "b c: 2"]' | parse-kv s as (['a url']:string, ['b c']:long) with (regex=@'"([\w ]+):\s*([^"]*)"') | project-away s`,
			[]string{"a url:string b c:long", "http://h | 2"}},
	})
	runRefusals(t, []refusal{
		{"one delimiter", `LogA | parse-kv msg as (a:string) with (pair_delimiter=",")`, diag.Error, `parse-kv msg as (a:string) with (pair_delimiter=",")`, ""},
		{"no property", `LogA | parse-kv msg as (a:string) with (delimiter=",")`, diag.Error, `delimiter=","`, ""},
		{"a regex with one group", `LogA | parse-kv msg as (a:string) with (regex="(a)")`, 0, "", "two groups"},
	})
}

// Texts that make a reader look ahead at every place must cost no more than their length.
func TestParseKVHostileText(t *testing.T) {
	for name, c := range map[string]struct{ piece, with string }{
		"keys without a value":      {"a ", `pair_delimiter=" ", kv_delimiter="="`},
		"quotes that nothing shuts": {"(a ", `pair_delimiter=" ", kv_delimiter="=", quote="()"`},
		"greedy":                    {"a=b ", `pair_delimiter=" ", kv_delimiter="=", greedy=true`},
		"words":                     {"(a ", `quote="()"`},
	} {
		t.Run(name, func(t *testing.T) {
			q, diags := lowerRows(`print s = "` + strings.Repeat(c.piece, 200_000) + `" | parse-kv s as (z:string) with (` + c.with + `) | project z`)
			if diags.Max() > diag.Note {
				t.Fatal(diag.Render(diags))
			}
			start := time.Now()
			if _, err := evalRows(q, nil); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d > 3*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}
