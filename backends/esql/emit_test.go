package esql

import (
	"regexp"
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

func field(name string) *ir.Field {
	return &ir.Field{Name: name, T: ir.String, Info: &ir.FieldInfo{Type: "keyword", MaybeAbsent: true, KeepsEmpty: true}}
}

func match(k ir.MatchKind, c ir.Case, needles ...string) *ir.Match {
	m := &ir.Match{Kind: k, Case: c, X: field("x")}
	for _, n := range needles {
		m.Needles = append(m.Needles, ir.StringLit(n, diag.Span{}))
	}
	return m
}

func emitQuery(version string, ops ...ir.Op) (*emit.Output, *emit.Report) {
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: ops}, Columns: []ir.Column{{Name: "x", Type: ir.String}}}
	return Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "esql", Version: version, Mapping: "elastic"},
		Tables: map[string]*emit.TableInfo{"T": {Index: "t", TimeField: "@timestamp"}}, Source: &diag.Source{}})
}

func condition(t *testing.T, e ir.Expr) string {
	t.Helper()
	out, rep := emitQuery("8.19", &ir.Filter{Pred: e})
	if out == nil {
		t.Fatalf("refused: %v", rep.Diags)
	}
	return strings.TrimPrefix(strings.Split(out.Text, "\n| ")[1], "WHERE ")
}

// literals cuts ES|QL text into its string literals and decodes them: an independent reading of the lexer's rules.
func literals(t *testing.T, text string) []string {
	t.Helper()
	var out []string
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], `"""`):
			end := strings.Index(text[i+3:], `"""`)
			if end < 0 {
				t.Fatalf("open raw literal in %q", text)
			}
			for strings.HasPrefix(text[i+3+end+1:], `"""`) {
				end++ // a raw literal may end in quotes of its own
			}
			out = append(out, text[i+3:i+3+end])
			i += 6 + end
		case text[i] == '"':
			var b strings.Builder
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] != '\\' {
					if text[i] == '\n' || text[i] == '\r' {
						t.Fatalf("a line ends inside a literal of %q", text)
					}
					b.WriteByte(text[i])
					continue
				}
				i++
				c, ok := map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', '"': '"', '\\': '\\'}[text[i]]
				if !ok {
					t.Fatalf("escape \\%c in %q", text[i], text)
				}
				b.WriteByte(c)
			}
			if i >= len(text) {
				t.Fatalf("open literal in %q", text)
			}
			out = append(out, b.String())
			i++
		default:
			i++
		}
	}
	return out
}

var hostile = []string{"a", `"`, `\`, `\"`, `\\"`, `"""`, `a"""b`, `""`, "'", "`", "a\nb", "a\rb", "a\tb", "a\x00b", "%", "*", "?", `\*`, "$x$", "{x}", "| LIMIT 1", "// x", "/* x", "é", "😀", `C:\Windows\`, "a.b+c(d)[e]{f}|g^h$", "#", "&", "@", "~", "<1-5>"}

func TestEqualLiteralsComeBackWhole(t *testing.T) {
	for _, s := range hostile {
		got := literals(t, condition(t, match(ir.Equal, ir.Exact, s)))
		if len(got) != 1 || got[0] != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

// TestExactTermPatternDecidesAsKQL runs the pattern that decides over texts with Go's engine, which reads these patterns as Java does.
func TestExactTermPatternDecidesAsKQL(t *testing.T) {
	for _, c := range []struct {
		needle, text string
		want         bool
	}{
		{"github", "www.GitHub.com", true}, {"github", "xgithubx", false}, {"github", "github2", false}, {"github", "my_github_repo", true},
		{"github", "égithub", false}, {"github", "github\n", true}, {"office.net", "a.office.net", true}, {"office.net", "officexnet", false},
		{"-", "a-b", true}, {"a-b", "x a-b y", true}, {"a-b", "xa-b", false}, {"é", "é", true}, {"a|b", "a|b", true}, {"a|b", "a", false},
	} {
		lits := literals(t, condition(t, match(ir.Term, ir.Fold, c.needle)))
		var pattern string
		for _, l := range lits {
			if strings.HasPrefix(l, "(?is)") {
				pattern = l
			}
		}
		if got := regexp.MustCompile(pattern).ReplaceAllString(c.text, "") == ""; got != c.want {
			t.Errorf("%q in %q: got %v from %s", c.needle, c.text, got, pattern)
		}
	}
}

// TestFoldWritesBothCasesWhereLowerCasingIsNotASCII: TO_LOWER turns the Kelvin sign into k.
func TestFoldWritesBothCasesWhereLowerCasingIsNotASCII(t *testing.T) {
	for needle, want := range map[string]string{
		"Zip":  `TO_LOWER(x) == "zip"`,
		"Kit":  `x RLIKE "[kK][iI][tT]"`,
		"Über": `x RLIKE "Ü[bB][eE][rR]"`,
	} {
		if got := condition(t, match(ir.Equal, ir.Fold, needle)); got != want {
			t.Errorf("%s: got %s, want %s", needle, got, want)
		}
	}
	if got, want := condition(t, match(ir.Contains, ir.Fold, "ab*c")), `TO_LOWER(x) LIKE """*ab\*c*"""`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBinsCountFromYearOne(t *testing.T) {
	at := &ir.Field{Name: "@timestamp", T: ir.Datetime, Info: &ir.FieldInfo{Type: "date", Time: true}}
	for width, want := range map[int64]string{
		5 * ir.Minute: "BUCKET(@timestamp, 5 minutes)", ir.Hour: "BUCKET(@timestamp, 1 hour)", ir.Day: "BUCKET(@timestamp, 1 day)",
		7 * ir.Day:    "BUCKET(@timestamp, 7 days)",
		7 * ir.Minute: "TO_DATETIME((TO_LONG(@timestamp) + 62135596800000) / 420000 * 420000 - 62135596800000)",
		36 * ir.Hour:  "TO_DATETIME((TO_LONG(@timestamp) + 62135596800000) / 129600000 * 129600000 - 62135596800000)",
		3 * ir.Day:    "TO_DATETIME((TO_LONG(@timestamp) + 62135596800000) / 259200000 * 259200000 - 62135596800000)",
	} {
		out, rep := emitQuery("8.19", &ir.Aggregate{Keys: []ir.Named{{Name: "x", X: &ir.Bin{X: at, Width: ir.Value{Type: ir.Timespan, V: width}}}}, Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}})
		if out == nil {
			t.Fatal(rep.Diags)
		}
		if !strings.Contains(out.Text, "x = "+want+"\n") {
			t.Errorf("%s: got %s", ir.DurationText(width), out.Text)
		}
	}
}

func TestFlattenedFieldsNeed95(t *testing.T) {
	f := &ir.Field{Name: "a.raw.K", T: ir.Dynamic, Info: &ir.FieldInfo{Source: "Raw.K", Type: "flattened", Container: "a.raw", Key: "K"}}
	m := &ir.Match{Kind: ir.Equal, Case: ir.Exact, X: f, Needles: []ir.Expr{ir.StringLit("v", diag.Span{})}}
	if out, rep := emitQuery("8.19", &ir.Filter{Pred: m}); out != nil || rep.Diags[0].Code != "ESQL-FLATTENED" || !strings.Contains(rep.Diags[0].Hint, "esql@9.5") {
		t.Errorf("8.19: %v %v", out, rep.Diags)
	}
	if out, _ := emitQuery("9.5", &ir.Filter{Pred: m}); out == nil || !strings.Contains(out.Text, `FIELD_EXTRACT(a.raw, "K") == "v"`) {
		t.Errorf("9.5: %v", out)
	}
}

func TestExtendSeesTheRowBeforeTheOperator(t *testing.T) {
	out, _ := emitQuery("8.19", &ir.Extend{Cols: []ir.Named{{Name: "x", X: &ir.Col{Name: "y", T: ir.String}}, {Name: "y", X: &ir.Col{Name: "x", T: ir.String}}}})
	if out == nil || !strings.Contains(out.Text, "| EVAL huntc_1 = x\n| EVAL x = y,\n    y = huntc_1\n") {
		t.Errorf("got %v", out)
	}
}
