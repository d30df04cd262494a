package spl

import (
	"fmt"
	"math/rand"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// lexed is what an independent reader finds in a search: the text outside of strings, and the strings as they are written.
type lexed struct {
	outside string
	strings []string
}

// lexSPL reads a search as Splunk's documents describe it: "…" with backslash escapes, '…' without.
func lexSPL(s string) (lexed, error) {
	var l lexed
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			start := i + 1
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if i >= len(s) {
				return l, fmt.Errorf("a string does not end")
			}
			l.strings = append(l.strings, s[start:i])
			out.WriteByte('"')
		case '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return l, fmt.Errorf("a name does not end")
			}
			i += end + 1
			out.WriteByte('\'')
		default:
			out.WriteByte(s[i])
		}
	}
	l.outside = out.String()
	return l, nil
}

// decodeString undoes the escapes of an eval string.
func decodeString(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '"', '\\':
			b.WriteByte(s[i])
		default:
			b.WriteString(`\` + s[i:i+1])
		}
	}
	return b.String()
}

var hostile = []string{
	"", `"`, `\`, `\\`, `\"`, `"\`, `a" OR 1==1 | delete `, "`macro`", "```x```", "$token$", "$", "*", "a*b", "?", "%", "%22", "_", "'", "''",
	"a\nb", "\r\n", "\t", "\x01", "\x1b", "\u0085", "\u2028", "é", "日本", "K", "ſ", "İ", "|", "[search x]", "]", `\t`, `\n`, `C:\new\temp`,
	`"""`, "a\"b\\", "(?i)x", ".", ".*", "^$", "a{2}", "[[:alpha:]]", `\Q\E`, "+", "1", "01", "-1.0", "10.0.0.0/8", "NOT", "a,b", "huntc", " ", "#", "/",
}

func hostileStrings() []string {
	r := rand.New(rand.NewSource(1))
	out := append([]string{}, hostile...)
	for range 2000 {
		var b strings.Builder
		for range 1 + r.Intn(6) {
			b.WriteString(hostile[r.Intn(len(hostile))])
		}
		out = append(out, b.String())
	}
	return out
}

func TestLiteralsDecodeToThemselvesAndNeverEndEarly(t *testing.T) {
	for _, s := range hostileStrings() {
		text, ok := evalString(s)
		if !ok {
			t.Fatalf("%q refused", s)
		}
		l, err := lexSPL("| eval x=" + text + ", y=1")
		if err != nil {
			t.Fatalf("%q: %v in %s", s, err, text)
		}
		plain := strings.NewReplacer(" . ", "", "(", "", ")", "", `urldecode`, "", `"`, "").Replace(strings.TrimSuffix(strings.TrimPrefix(l.outside, "| eval x="), ", y=1"))
		if plain != "" {
			t.Fatalf("%q leaks %q in %s", s, plain, text)
		}
		if strings.ContainsAny(text, "`$\n\r\x01\x1b") {
			t.Fatalf("%q: %q holds a character that Splunk or a terminal reads", s, text)
		}
		var got strings.Builder
		rest := text
		for _, part := range l.strings {
			v := decodeString(part)
			before, after, _ := strings.Cut(rest, `"`+part+`"`)
			rest = after
			if strings.HasSuffix(before, "urldecode(") {
				if v, err = url.PathUnescape(v); err != nil {
					t.Fatal(err)
				}
			}
			got.WriteString(v)
		}
		if got.String() != s {
			t.Fatalf("%q decodes to %q from %s", s, got.String(), text)
		}
	}
}

func TestPatternsMatchTheirTextOnly(t *testing.T) {
	for _, s := range hostileStrings() {
		for _, c := range []ir.Case{ir.Exact, ir.Fold} {
			text := regexString("^" + alternatives([]string{s}, c) + `\z`)
			l, err := lexSPL(text)
			if err != nil || len(l.strings) != 1 || l.outside != `"` {
				t.Fatalf("%q: not one string: %s", s, text)
			}
			if strings.ContainsAny(text[1:len(text)-1], "`\"\n\r\x01\x1b$") {
				t.Fatalf("%q: %q holds a character that Splunk or a terminal reads", s, text)
			}
			re, err := regexp.Compile(decodeString(l.strings[0]))
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if !re.MatchString(s) || re.MatchString(s+"x") || re.MatchString("x"+s) || re.MatchString(s+"\n") {
				t.Fatalf("%q: %s matches wrongly", s, text)
			}
			upper := strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' {
					return r - 32
				}
				return r
			}, s)
			if want := c == ir.Fold || upper == s; re.MatchString(upper) != want {
				t.Fatalf("%q %s: %q should match: %v", s, c, upper, want)
			}
		}
	}
}

// Folding is ASCII only: the Kelvin sign is no k, the long s no s, Ü no ü.
func TestFoldedPatternsKeepOtherLettersApart(t *testing.T) {
	for needle, other := range map[string]string{"bulk": "bul\u212a", "user": "uſer", "über": "Über"} {
		re := regexp.MustCompile("^" + literalPattern(needle, ir.Fold) + `\z`)
		if re.MatchString(other) || !re.MatchString(needle) {
			t.Errorf("%s: %s", needle, re)
		}
	}
}

func TestWholeQueriesStayWellFormedAroundHostileText(t *testing.T) {
	a := fld("a", ir.String)
	for _, s := range hostileStrings() {
		for _, k := range []ir.MatchKind{ir.Equal, ir.Contains, ir.Prefix, ir.Suffix, ir.Term, ir.TermPrefix, ir.TermSuffix} {
			search, where := one(t, &ir.Or{Xs: []ir.Expr{match(k, ir.Fold, a, s, "other"), &ir.Not{X: match(k, ir.Exact, a, s)}}})
			l, err := lexSPL(where)
			if err != nil {
				t.Fatalf("%s %q: %v", k, s, err)
			}
			if strings.Contains(search, "a=") || strings.Count(l.outside, "|") != 1 || strings.ContainsAny(where, "`$\r\x01\x1b") || !utf8.ValidString(where) {
				t.Fatalf("%s %q:\n%s\n%s", k, s, search, where)
			}
		}
		search, _ := one(t, match(ir.Equal, ir.Fold, a, s))
		l, err := lexSPL(search)
		if err != nil || strings.Count(search, "`") != 2 || strings.ContainsAny(strings.Join(l.strings, ""), `*\/`) {
			t.Fatalf("%q: %s", s, search)
		}
	}
}

// Go has no look-around, so the boundaries are replaced by ones that consume a character before the pattern is tried.
func TestTermsNeedABoundaryOnlyAtTermCharacters(t *testing.T) {
	emulate := strings.NewReplacer(`(?<![\p{L}\p{N}])`, `(?:\A|[^\p{L}\p{N}])`, `(?![\p{L}\p{N}])`, `(?:\z|[^\p{L}\p{N}])`)
	for _, c := range []struct {
		kind   ir.MatchKind
		c      ir.Case
		needle string
		text   string
		want   bool
	}{
		{ir.Term, ir.Fold, "github", "https://GitHub.com", true},
		{ir.Term, ir.Fold, "github", "xgithubx.com", false},
		{ir.Term, ir.Fold, "github", "github2.com", false},
		{ir.Term, ir.Fold, "a", "éa", false},
		{ir.Term, ir.Fold, "a", "a_b", true},
		{ir.Term, ir.Fold, "office.net", "my.office.net", true},
		{ir.Term, ir.Fold, "office.net", "officexnet", false},
		{ir.Term, ir.Exact, "GitHub", "github.com", false},
		{ir.Term, ir.Fold, ".exe", "cmd.exe", true},
		{ir.Term, ir.Fold, ".exe", "cmd.exes", false},
		{ir.Term, ir.Fold, "", "anything", true},
		{ir.TermPrefix, ir.Fold, "git", "github.com", true},
		{ir.TermPrefix, ir.Fold, "hub", "github.com", false},
		{ir.TermSuffix, ir.Fold, "hub", "github.com", true},
		{ir.TermSuffix, ir.Fold, "git", "github.com", false},
	} {
		p := emulate.Replace(termPattern(c.kind, c.c, []string{c.needle}))
		if got := regexp.MustCompile(p).MatchString(c.text); got != c.want {
			t.Errorf("%s %s %q on %q: %v (%s)", c.kind, c.c, c.needle, c.text, got, p)
		}
	}
}

func TestFileNameOfAPath(t *testing.T) {
	name := func(s string) string {
		return regexp.MustCompile(`(?s):.*`).ReplaceAllString(regexp.MustCompile(`(?s)^.*[/\x5c]`).ReplaceAllString(s, ""), "")
	}
	for path, want := range map[string]string{`C:\a\b.zip`: "b.zip", "https://x/y/z.zip": "z.zip", "plain": "plain", `d\file.txt:some.exe`: "file.txt", "a\nb/c.zip": "c.zip", "": ""} {
		if got := name(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	if got, _ := emitText(t, codeRepo()); !strings.Contains(got, `"(?s)^.*[/\\x5c]", ""), "(?s):.*", ""`) {
		t.Error("the text uses other patterns than this test")
	}
}
