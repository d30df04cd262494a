package content

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// brief renders diagnostics as "line:column severity CODE message".
func brief(list diag.List) []string {
	var out []string
	for _, d := range list {
		line, col := d.Source.Position(d.Span.Pos)
		out = append(out, fmt.Sprintf("%d:%d %s %s %s", line, col, d.Severity, d.Code, d.Message))
	}
	return out
}

const folds = ": the first // comment hides the rest"

// Each row is a file, the query that its author wrote, where each line of it stands, and what is reported.
func TestQueryOfYAML(t *testing.T) {
	for _, c := range []struct {
		name, file, query string
		origin            []diag.LineOrigin
		diags             []string
	}{
		{"literal", "query: |\n  T // c\n    | where a\nname: x\n", "T // c\n  | where a",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"literal keeps the blank line before the text", "query: |\n\n  T\n", "\nT",
			[]diag.LineOrigin{{Line: 2, Column: 1}, {Line: 3, Column: 3}}, nil},
		{"literal at the end of the file without newline", "query: |\n  T", "T", []diag.LineOrigin{{Line: 2, Column: 3}}, nil},
		{"literal with spaces and comment in the header", "query:  |-  # why\n  T\n", "T", []diag.LineOrigin{{Line: 2, Column: 3}}, nil},
		{"literal with indentation in the header", "query: |2\n    T\n  | count\n", "  T\n| count",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"literal with tag and anchor", "query: !!str &q |\n  T\n", "T", []diag.LineOrigin{{Line: 2, Column: 3}}, nil},
		{"literal keeps tabs", "query: |\n  T\n  \t| where a == '\t'\n", "T\n\t| where a == '\t'",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"literal ends at a YAML comment further out", "query: |\n  T\n# not KQL\nname: x\n", "T", []diag.LineOrigin{{Line: 2, Column: 3}}, nil},
		{"literal keeps # inside", "query: |\n  T\n  # x\n", "T\n# x", []diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"CRLF", "name: x\r\nquery: |\r\n  T\r\n\r\n  | count\r\n", "T\n\n| count",
			[]diag.LineOrigin{{Line: 3, Column: 3}, {Line: 4, Column: 1}, {Line: 5, Column: 3}}, nil},
		{"byte order mark", "\ufeffquery: |\n  T\n", "T", []diag.LineOrigin{{Line: 2, Column: 3}}, nil},
		{"byte order mark before a query on the first line", "\ufeffquery: T\n", "T", []diag.LineOrigin{{Line: 1, Column: 8}}, nil},
		{"columns are bytes", "{name: é, query: T}\n", "T", []diag.LineOrigin{{Line: 1, Column: 19}}, nil},
		{"a line separator breaks lines for YAML only", "name: a\u2028# c\nquery: |\n  T\n", "T", []diag.LineOrigin{{Line: 3, Column: 3}}, nil},

		{"folded with comment", "query: >\n  T // c\n  | count\n", "T // c\n| count",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}},
			[]string{"1:8 warning YAML-FOLD the query is in a folded block (`>`)" + folds}},
		{"folded with comment, CRLF, stripped", "query: >-\r\n  T // c\r\n  | count\r\n", "T // c\n| count",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}},
			[]string{"1:8 warning YAML-FOLD the query is in a folded block (`>`)" + folds}},
		{"folded after an anchor", "query: &q >\n  T // c\n  | count\n", "T // c\n| count",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}},
			[]string{"1:11 warning YAML-FOLD the query is in a folded block (`>`)" + folds}},
		{"folded without comment keeps lines and is no trap", "query: >\n  T\n  | where u == 'https://x'\n", "T\n| where u == 'https://x'",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"folded with a comment that hides nothing", "query: >\n  T\n  | count // c\n", "T\n| count // c",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"folded with a quote inside the comment", "query: >\n  T // don't\n  | where a == 'b'\n", "T // don't\n| where a == 'b'",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}},
			[]string{"1:8 warning YAML-FOLD the query is in a folded block (`>`)" + folds}},

		{"plain", "query: T | count\n", "T | count", []diag.LineOrigin{{Line: 1, Column: 8}}, nil},
		{"plain before a YAML comment", "query: T | count # c\n", "T | count", []diag.LineOrigin{{Line: 1, Column: 8}}, nil},
		{"plain of several lines with comment", "query: T // c\n  | count\nname: x\n", "T // c\n| count",
			[]diag.LineOrigin{{Line: 1, Column: 8}, {Line: 2, Column: 3}},
			[]string{"1:8 warning YAML-FOLD the query is in a plain text of several lines" + folds}},
		{"plain that starts on the next line", "query:\n  T\n  | count\n", "T\n| count",
			[]diag.LineOrigin{{Line: 2, Column: 3}, {Line: 3, Column: 3}}, nil},
		{"double quotes", `query: "T | where a == \"b\""` + "\n", `T | where a == "b"`, []diag.LineOrigin{{Line: 1, Column: 9}}, nil},
		{"double quotes with escaped newlines", `query: "T // c\n| count"` + "\n", "T // c\n| count",
			[]diag.LineOrigin{{Line: 1, Column: 9}, {Line: 1, Column: 9}}, nil},
		{"double quotes of several lines with comment", "query: \"T // c\n  | count\"\n", "T // c\n| count",
			[]diag.LineOrigin{{Line: 1, Column: 9}, {Line: 2, Column: 3}},
			[]string{"1:8 warning YAML-FOLD the query is in a quoted text of several lines" + folds}},
		{"double quotes with continued line", "query: \"T | wh\\\n  ere a\"\n", "T | where a", []diag.LineOrigin{{Line: 1, Column: 9}}, nil},
		{"single quotes of several lines with comment", "query: 'T // it''s\n  | count'\nname: x\n", "T // it's\n| count",
			[]diag.LineOrigin{{Line: 1, Column: 9}, {Line: 2, Column: 3}},
			[]string{"1:8 warning YAML-FOLD the query is in a quoted text of several lines" + folds}},
		{"alias of a block", "x: &q |\n  T\nquery: *q\n", "T", []diag.LineOrigin{{Line: 2, Column: 3}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, list := ReadYAML("f.yaml", []byte(c.file))
			if d := cmp.Diff(c.diags, brief(list)); d != "" {
				t.Errorf("diagnostics (-want +got):\n%s", d)
			}
			if h.Query == nil {
				t.Fatal("no query")
			}
			if d := cmp.Diff(c.query, h.Query.Text); d != "" {
				t.Errorf("query (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.origin, h.Query.Origin); d != "" {
				t.Errorf("origin (-want +got):\n%s", d)
			}
		})
	}
}

func TestBadYAMLIsLocated(t *testing.T) {
	many := "x: &a 1\ny: [" + strings.Repeat("*a, ", 101) + "]\nquery: T\n"
	bomb := "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for i := 1; i < 8; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 8), i-1)
	}
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"no query", "name: x\n", []string{"1:1 error HUNT-NOQUERY the file has no key `query`"}},
		{"empty query", "name: x\nquery: |\n\nversion: 1\n", []string{"2:1 error HUNT-NOQUERY the query is empty"}},
		{"null query", "query:\n", []string{"1:1 error HUNT-NOQUERY the query is empty"}},
		{"query of comments", "query: |\n  // a\n\n  // b\n", []string{"1:1 error HUNT-NOQUERY the query holds only comments"}},
		{"query is a list", "query: [a]\n", []string{"1:1 error HUNT-NOQUERY the query is not a text"}},
		{"empty file", "", []string{"1:1 error HUNT-NOQUERY the file is empty"}},
		{"only YAML comments", "# a\n", []string{"1:1 error HUNT-NOQUERY the file is empty"}},
		{"a list", "- T\n", []string{"1:3 error YAML-SYNTAX the file is not a mapping of keys such as `query: |`"}},
		{"a list of two hunts", "- query: T\n- query: U\n", []string{"2:3 error HUNT-SEVERAL the file holds 2 hunts, expected one"}},
		{"two documents", "query: T\n---\nquery: U\n", []string{"3:1 error HUNT-SEVERAL the file holds 2 hunts, expected one"}},
		{"document end is no second document", "query: T\n...\n---\n", nil},
		{"id is no GUID", "name: x\nid: abc\nquery: T\n", []string{`2:5 warning HUNT-ID the id "abc" is not a GUID`}},
		{"id is a GUID in capitals", "id: 11B8DAA5-FE15-4664-B332-8F26D3C0B3A7\nquery: T\n", nil},
		{"id with letters that are not hexadecimal", "id: a1b2c3d4-e5f6-4g7h-8i9j-k0l1m2n3o4p5\nquery: T\n",
			[]string{`1:5 warning HUNT-ID the id "a1b2c3d4-e5f6-4g7h-8i9j-k0l1m2n3o4p5" is not a GUID`}},
		{"key twice", "query: T\nname: x\nquery: U\n", []string{`3:1 error YAML-DUPKEY the key "query" is already on line 1`}},
		{"tactics is a mapping", "tactics: {a: b}\nquery: T\n", []string{"1:1 warning HUNT-META tactics is not a list and is left out"}},
		{"tab as indentation", "name: x\nquery: |\n\tT\n", []string{"3:1 error YAML-SYNTAX found a tab character where an indentation space is expected"}},
		{"unknown alias", "query: *q\n", []string{"1:8 error YAML-SYNTAX unknown anchor 'q' referenced"}},
		{"colon in a plain text", "name: x\ndescription: a: b\nquery: T\n", []string{"2:1 error YAML-SYNTAX mapping values are not allowed in this context"}},
		{"key further in", "name: x\n  id: y\nquery: T\n", []string{"2:3 error YAML-SYNTAX mapping values are not allowed in this context"}},
		{"key further out", "  name: x\n  version: y\nquery: T\n", []string{"3:1 error YAML-SYNTAX did not find expected <document start>"}},
		{"open list", "name: x\ntactics: [a\nquery: T\n", []string{"2:1 error YAML-SYNTAX did not find expected ',' or ']'"}},
		{"control character", "name: x\nquery: T\x01\n", []string{"2:9 error YAML-SYNTAX control characters are not allowed"}},
		{"not UTF-8", "name: x\nquery: T\xff\n", []string{"2:9 error HUNT-ENCODING the file is not UTF-8 text"}},
		{"UTF-16", "\xff\xfeq\x00", []string{"1:1 error HUNT-ENCODING the file is not UTF-8 text"}},
		{"deep", "x: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\nquery: T\n",
			[]string{"1:35 error YAML-LIMIT the YAML is nested deeper than 32 levels"}},
		{"many aliases", many, []string{"2:405 error YAML-LIMIT the YAML has more than 100 aliases"}},
		{"aliases of aliases", bomb + "query: T\n", []string{"5:5 error YAML-LIMIT the aliases repeat more than 10000 values"}},
		{"anchor in itself", "x: &a [*a]\nquery: T\n", []string{"1:4 error YAML-LIMIT the anchor holds an alias of itself"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, list := ReadYAML("f.yaml", []byte(c.file))
			if d := cmp.Diff(c.want, brief(list)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	h, list := ReadYAML("dir/f.yaml", []byte(`id: 11b8daa5-fe15-4664-b332-8f26d3c0b3a7
name: N
description: |
  D
kind: Scheduled
requiredDataConnectors:
- connectorId: C
  dataTypes:
  - T
  - U
- connectorId: E
tactics: [Exfiltration, Impact]
relevantTechniques: T1020
entityMappings:
- entityType: Account
  fieldMappings:
  - identifier: Name
    columnName: A
version: 1.0
query: |
  T | where a > '{{Start}}' // {{Comment}}
  | where b > {{ End }} and c > '{{Start}}'
`))
	want := &Hunt{
		File: "dir/f.yaml", ID: "11b8daa5-fe15-4664-b332-8f26d3c0b3a7", Name: "N", Description: "D", Kind: "Scheduled",
		Connectors: []Connector{{ID: "C", DataTypes: []string{"T", "U"}}, {ID: "E"}},
		Tactics:    []string{"Exfiltration", "Impact"}, Techniques: []string{"T1020"},
		EntityMappings: []EntityMapping{{Type: "Account", Fields: []FieldMapping{{Identifier: "Name", Column: "A"}}}},
		Version:        "1.0", // as written, not a number
		Params:         []Param{{Name: "Start", Span: spanAt(15, 9)}, {Name: "End", Span: spanAt(53, 9)}},
		Hash:           h.Hash,
		Query:          h.Query,
		Rule:           &Rule{},
		Source:         h.Source,
		Span:           spanAt(0, 1),
	}
	if d := cmp.Diff(want, h, cmpopts.IgnoreFields(FieldMapping{}, "Span")); d != "" || len(list) != 0 {
		t.Errorf("diagnostics %v (-want +got):\n%s", brief(list), d)
	}
	for _, p := range h.Params {
		if got := h.Query.Text[p.Span.Pos-1 : p.Span.End-1]; !strings.Contains(got, p.Name) || !strings.HasPrefix(got, "{{") {
			t.Errorf("%s stands at %q", p.Name, got)
		}
	}
	if line, col := h.Query.Position(h.Params[0].Span.Pos); line != 21 || col != 18 {
		t.Errorf("Start is at %d:%d", line, col)
	}
}

func TestCommentsAreMaskedOutsideStringsOnly(t *testing.T) {
	for text, want := range map[string]string{
		"a // b\nc":              "a     \nc",
		"a // b\r\nc":            "a     \r\nc",
		`"http://x" // c`:        `"http://x"     `,
		`'a\'//b' //c`:           `'a\'//b'    `,
		`@'a\' //b'`:             `@'a\'     `,
		`@"a""//b" //c`:          `@"a""//b"    `,
		"```\n//x\n``` //c":      "```\n//x\n```    ",
		"'open //x\nT //c":       "'open //x\nT    ",
		"T // it's\n| a // it's": "T        \n| a        ",
		"a / b //":               "a / b   ",
		"h'//s' //t":             "h'//s'    ",
		"":                       "",
	} {
		if got := maskComments(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A reader that trusts YAML keeps one statement of a folded query: the reason for this package's care.
func naiveQuery(t *testing.T, file []byte) string {
	t.Helper()
	var rule struct{ Query string }
	if err := yaml.Unmarshal(file, &rule); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(maskComments(rule.Query))
}

func FuzzReadYAML(f *testing.F) {
	for _, s := range []string{"query: >\n  T // c\n  | count\n", "query: \"a\\\n  b\"", "query: &a |2\n   T", "x: &a [*a]\nquery: *a", "\r\u2028query: 'a\n\n b'"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, list := ReadYAML("f.yaml", text)
		if (h.Query == nil) != list.HasErrors() {
			t.Errorf("query %v with %v", h.Query, brief(list))
		}
		diag.Render(list)
		if q := h.Query; q != nil && len(q.Origin) != 1+strings.Count(q.Text, "\n") {
			t.Errorf("%d origins for %q", len(q.Origin), q.Text)
		}
	})
}
