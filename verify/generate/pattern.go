package generate

import (
	"regexp/syntax"
	"strings"
)

// regexSample makes a text that a pattern matches: the shortest way through it. "" when the pattern cannot be read.
func regexSample(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeSample(&b, re, -1, "")
	return b.String()
}

// extractSample makes a text in which the pattern's first group is value.
func extractSample(pattern, value string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return value
	}
	var b strings.Builder
	writeSample(&b, re, 1, value)
	return b.String()
}

const maxRepeat = 64

func writeSample(b *strings.Builder, re *syntax.Regexp, group int, value string) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			b.WriteRune(pick(re.Rune))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpCapture:
		if re.Cap == group {
			b.WriteString(value)
			return
		}
		writeSample(b, re.Sub[0], group, value)
	case syntax.OpPlus:
		writeSample(b, re.Sub[0], group, value)
	case syntax.OpRepeat:
		for range min(re.Min, maxRepeat) {
			writeSample(b, re.Sub[0], group, value)
		}
	case syntax.OpConcat:
		for _, s := range re.Sub {
			writeSample(b, s, group, value)
		}
	case syntax.OpAlternate:
		writeSample(b, re.Sub[0], group, value)
	case syntax.OpWordBoundary, syntax.OpStar, syntax.OpQuest, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine,
		syntax.OpBeginText, syntax.OpEndText, syntax.OpNoWordBoundary, syntax.OpNoMatch:
	}
}

// pick prefers a letter or digit of the class, then anything that can be printed.
func pick(ranges []rune) rune {
	in := func(r rune) bool {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	for _, r := range "a0A -_./\\:" {
		if in(r) {
			return r
		}
	}
	return ranges[0]
}
