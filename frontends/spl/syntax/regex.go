package syntax

import (
	"strings"

	"github.com/huntc/huntc/diag"
)

// checkRegex reports what no regular expression of PCRE can be: brackets that do not close. Full syntax is not checked here.
func (p *parser) checkRegex(at diag.Span, pattern string) {
	if what := regexError(pattern); what != "" {
		p.add(CodeSyntax, diag.Error, at, "the regular expression "+what)
	}
}

// regexError says what is wrong with the brackets of a pattern; "" if nothing is.
func regexError(pattern string) string {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if strings.HasPrefix(pattern[i:], `\Q`) {
				n := strings.Index(pattern[i:], `\E`)
				if n < 0 {
					return ""
				}
				i += n
			}
			if i++; i >= len(pattern) {
				return `ends with a backslash`
			}
		case '[':
			end := classEnd(pattern, i)
			if end < 0 {
				return "has a [ without ]"
			}
			i = end
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return "has a ) without ("
			}
		}
	}
	if depth > 0 {
		return "has a ( without )"
	}
	return ""
}

// classEnd returns the index of the ] that closes the character class at i, -1 if none does.
func classEnd(s string, i int) int {
	j := i + 1
	if j < len(s) && s[j] == '^' {
		j++
	}
	if j < len(s) && s[j] == ']' {
		j++ // a ] at the beginning is a member
	}
	for ; j < len(s); j++ {
		switch {
		case s[j] == '\\':
			j++
		case s[j] == '[' && j+1 < len(s) && s[j+1] == ':':
			if n := strings.Index(s[j:], ":]"); n > 0 {
				j += n + 1
			}
		case s[j] == ']':
			return j
		}
	}
	return -1
}

// groupNames returns the names of the groups of a pattern: (?<n>…), (?P<n>…) and (?'n'…).
func groupNames(pattern string) []string {
	var out []string
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			if end := classEnd(pattern, i); end > 0 {
				i = end
			}
		case '(':
			if n := groupName(pattern[i+1:]); n != "" {
				out = append(out, n)
			}
		}
	}
	return out
}

func groupName(s string) string {
	for _, m := range []struct{ open, close string }{{"?<", ">"}, {"?P<", ">"}, {"?'", "'"}} {
		rest, ok := strings.CutPrefix(s, m.open)
		if !ok || rest != "" && (rest[0] == '=' || rest[0] == '!') {
			continue
		}
		if n := strings.Index(rest, m.close); n > 0 {
			return rest[:n]
		}
	}
	return ""
}
