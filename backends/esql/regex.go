package esql

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/huntc/huntc/ir"
)

// regex writes KQL's unanchored RE2 test: the whole value is replaced by nothing when the pattern occurs in it.
func (e *emitter) regex(m *ir.Match, x, pattern string) (string, int) {
	p, ok := javaPattern(pattern)
	if !ok {
		e.r.Use(factRegexNo, m, m.S, "the pattern "+pattern)
		return "null", precPrimary
	}
	fact := factRegex
	if perlClass(pattern) {
		fact = factRegexClass
	}
	e.r.Use(fact, m, m.S, "matches regex")
	test := "REPLACE(" + x + ", " + quote("(?sd)^.*?(?:"+p.text+").*$") + `, "") == ""`
	if matchesEmpty(pattern) {
		return test, precCompare
	}
	return x + ` != "" AND ` + test, precAnd
}

// useRegex records that a function of a pattern was used.
func (e *emitter) useRegex(c *ir.Call, pattern, what string) {
	fact := factRegexCall
	if perlClass(pattern) {
		fact = factRegexCallClass
	}
	e.r.Use(fact, c, c.S, what)
}

// java is a pattern for Java, where (?sd) stands before it: without d the dot stops at a carriage return too.
type java struct {
	text   string
	groups int
}

// javaPattern writes an RE2 pattern for Java; ok is false where it has no equivalent. Groups are numbered, because Java writes names
// otherwise. https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html
func javaPattern(pattern string) (p java, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || !translatable(re) {
		return java{}, false
	}
	return java{verticalTab(re.String()), re.MaxCap()}, true
}

// verticalTab writes out the one escape that Java reads as a class.
func verticalTab(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if i++; s[i] == 'v' {
			b.WriteString(`\x0B`)
			continue
		}
		b.WriteString(s[i-1 : i+1])
	}
	return b.String()
}

// translatable clears what Java reads otherwise and reports whether the rest means the same there. Java folds ASCII letters only; its
// ^ of lines does not match behind a last newline; what it keeps in a group that is repeated around nothing differs.
func translatable(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEndText:
		re.Flags &^= syntax.WasDollar // printed as \z: Java's $ also matches before a last newline
	case syntax.OpBeginLine:
		return false
	case syntax.OpCapture:
		re.Name = ""
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 && (r >= 0x80 || r == 'k' || r == 'K' || r == 's' || r == 'S') {
				return false
			}
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if re.Sub[0].MaxCap() > 0 && canBeEmpty(re.Sub[0]) {
			return false
		}
	}
	for _, sub := range re.Sub {
		if !translatable(sub) {
			return false
		}
	}
	return true
}

// canBeEmpty reports whether a part of a pattern may match nothing.
func canBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return len(re.Rune) == 0 && re.Op == syntax.OpLiteral
	case syntax.OpPlus, syntax.OpCapture:
		return canBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || canBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !canBeEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if canBeEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true
}

// perlClass reports whether a pattern holds a class or boundary that some engines extend beyond ASCII.
func perlClass(pattern string) bool {
	for i := 0; i+1 < len(pattern); i++ {
		if pattern[i] != '\\' {
			continue
		}
		if i++; strings.IndexByte("bBdDsSwW", pattern[i]) >= 0 {
			return true
		}
	}
	return false
}

func matchesEmpty(pattern string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString("")
}
