package syntax

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brokenQuery is a query of testdata/broken.txt with the messages that it must give, in order.
type brokenQuery struct {
	text string
	want []string
}

func brokenQueries(t *testing.T) []brokenQuery {
	t.Helper()
	data, err := os.ReadFile("testdata/broken.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []brokenQuery
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			out[len(out)-1].want = append(out[len(out)-1].want, line[1:])
		default:
			text, err := strconv.Unquote(line)
			if err != nil {
				t.Fatalf("line %d: %v", i+1, err)
			}
			out = append(out, brokenQuery{text: text})
		}
	}
	return out
}

func TestBrokenQueriesGiveAllTheirMistakesInOneRun(t *testing.T) {
	list := brokenQueries(t)
	if len(list) < 140 {
		t.Errorf("%d queries", len(list))
	}
	for _, q := range list {
		src := source(q.text)
		script, diags := Parse(src)
		checkTree(t, src, script, false)
		var got []string
		for _, d := range diags {
			line, col := src.Position(d.Span.Pos)
			got = append(got, fmt.Sprintf("%d:%d %q %s", line, col, q.text[d.Span.Pos-1:d.Span.End-1], d.Message))
		}
		if diff := cmp.Diff(q.want, got); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", q.text, diff)
		}
	}
}

// TestVerdictsOfTheLanguagesOwnParser compares with what Microsoft's parser has said of the same queries.
func TestVerdictsOfTheLanguagesOwnParser(t *testing.T) {
	data, err := os.ReadFile("testdata/verdicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		n++
		verdict, rest, _ := strings.Cut(line, "\t")
		text, reason, _ := strings.Cut(rest, "\t")
		text = strings.NewReplacer("⏎", "\n", "␍", "\r").Replace(text)
		_, diags := Parse(source(text))
		clean := verdict == "ok" || verdict == "more"
		if clean != (len(diags) == 0) {
			t.Errorf("%s: %d diagnostics for %q: %v", verdict, len(diags), text, diags)
		}
		if known := verdict == "ok" || verdict == "no"; known != (reason == "") {
			t.Errorf("%s: reason %q for %q", verdict, reason, text)
		}
	}
	if n < 1000 {
		t.Errorf("%d queries", n)
	}
}

func TestHintsOfCommonMistakes(t *testing.T) {
	for _, c := range []struct{ text, hint string }{
		{"T | wher a", "did you mean where?"},
		{"T | WHERE a", "did you mean where?"},
		{"T | mv-expnd a", "did you mean mv-expand?"},
		{"T | where a AND b", "the words of the language are lower case: and"},
		{"T | order by a DESC", "the words of the language are lower case: desc"},
		{"let x = T | take 1;\n| take 2", "remove the ; before it if the query goes on"},
		{"T | where a || b", "write or between two tests"},
		{"let f = (a:strin) { T }; f('x')", "did you mean string?"},
		{"T | take 1\n\nU | take 2", "end a statement with ; before the next one begins: a blank line does not end it"},
	} {
		_, diags := Parse(source(c.text))
		if len(diags) != 1 || diags[0].Hint != c.hint {
			t.Errorf("%s\n got %v\nwant %s", c.text, diags, c.hint)
		}
	}
}
