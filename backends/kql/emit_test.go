package kql

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

func emitOne(t *testing.T, ops ...ir.Op) string {
	t.Helper()
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: ops}}
	out, rep := Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: &diag.Source{}})
	if out == nil {
		t.Fatalf("refused: %v", rep.Diags)
	}
	return out.Text
}

// TestLiteralsNeverEndTheirString reads back what was written with the parser.
func TestLiteralsNeverEndTheirString(t *testing.T) {
	for _, s := range []string{"", `"`, `\`, `\"`, "'", "`", "a\nb", "a\rb", "a\x00b", "%", "*", "?", "$x$", `"""`, "é\u2028", "// x", "| take 1", `\u0041`, "\x7f", "😀"} {
		text := emitOne(t, &ir.Filter{Pred: &ir.Match{Kind: ir.Equal, Case: ir.Exact, X: &ir.Col{Name: "x", T: ir.String}, Needles: []ir.Expr{ir.StringLit(s, diag.Span{})}}})
		script, diags := syntax.Parse(&diag.Source{Name: "t", Text: text})
		if len(diags) > 0 {
			t.Errorf("%q: %s does not parse: %v", s, text, diags)
			continue
		}
		if got := findString(script); got != s {
			t.Errorf("%q came back as %q from %s", s, got, text)
		}
	}
}

func findString(s *syntax.Script) string {
	for _, st := range s.Stmts {
		q, ok := st.(*syntax.Query)
		if !ok {
			continue
		}
		if p, ok := q.X.(*syntax.Pipe); ok {
			if w, ok := p.Ops[0].(*syntax.Where); ok {
				if b, ok := w.Pred.(*syntax.Binary); ok {
					if l, ok := b.Y.(*syntax.Literal); ok {
						return l.Str
					}
				}
			}
		}
	}
	return "not found"
}

func TestNegationsUseKQLsOwnOperators(t *testing.T) {
	x := &ir.Col{Name: "x", T: ir.String}
	lits := func(ss ...string) []ir.Expr {
		var out []ir.Expr
		for _, s := range ss {
			out = append(out, ir.StringLit(s, diag.Span{}))
		}
		return out
	}
	for _, c := range []struct {
		m    *ir.Match
		neg  bool
		want string
	}{
		{&ir.Match{Kind: ir.Equal, Case: ir.Fold, Needles: lits("a")}, true, `x !~ "a"`},
		{&ir.Match{Kind: ir.Equal, Case: ir.Fold, Needles: lits("a", "b")}, true, `x !in~ ("a", "b")`},
		{&ir.Match{Kind: ir.Term, Case: ir.Fold, Needles: lits("a", "b")}, true, `not(x has_any ("a", "b"))`},
		{&ir.Match{Kind: ir.Term, Case: ir.Fold, Needles: lits("a", "b"), All: true}, false, `x has_all ("a", "b")`},
		{&ir.Match{Kind: ir.Contains, Case: ir.Fold, Needles: lits("a", "b")}, false, `x contains "a" or x contains "b"`},
		{&ir.Match{Kind: ir.Regex, Case: ir.Exact, Needles: lits("^a$")}, true, `not(x matches regex "^a$")`},
	} {
		c.m.X = x
		var e ir.Expr = c.m
		if c.neg {
			e = &ir.Not{X: c.m}
		}
		if got := strings.TrimSpace(emitOne(t, &ir.Filter{Pred: e})); got != "T\n| where "+c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestWordsOfTheLanguageAreBracketedAsNames holds columns that Microsoft's parser takes in brackets only.
func TestWordsOfTheLanguageAreBracketedAsNames(t *testing.T) {
	for _, n := range []string{"time", "date", "string", "last", "title", "of", "where", "x y", "1a"} {
		if got := name(n); got != `["`+n+`"]` {
			t.Errorf("%s is written %s", n, got)
		}
	}
	for _, n := range []string{"timestamp", "Time", "from", "step", "n1"} {
		if got := name(n); got != n {
			t.Errorf("%s is written %s", n, got)
		}
	}
}
