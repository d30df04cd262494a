package spl

import (
	"regexp"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
)

// Splunk has PCRE, the evaluator RE2. RE2 has no look-around, but at the edges of a pattern it can be said without: a look-behind at
// the beginning is "the start of the text, or a character that is allowed", and a look-ahead at the end likewise. The match then is
// a character longer on that side, which does not matter to whether there is one, nor to what its groups hold; it does to
// replacing, so replace and sed do not use this.

// pattern is a literal regular expression for finding, in RE2; false after a refusal.
func (l *lowerer) pattern(s string, n syntax.Node) (*regexp.Regexp, bool) {
	if l.wrong("look-ahead-is-dropped") {
		s = regexp.MustCompile(`\(\?[!=][^)]*\)`).ReplaceAllString(s, "")
	}
	re, err := regexp.Compile(s)
	if err == nil {
		return re, true
	}
	if edged, ok := withoutLookaround(s); ok {
		if re, edgedErr := regexp.Compile(edged); edgedErr == nil {
			return re, true
		}
	}
	l.refusePattern(n, err)
	return nil, false
}

// exactPattern is a pattern for replacing.
func (l *lowerer) exactPattern(s string, n syntax.Node) (*regexp.Regexp, bool) {
	re, err := regexp.Compile(s)
	if err != nil {
		l.refusePattern(n, err)
	}
	return re, err == nil
}

func (l *lowerer) refusePattern(n syntax.Node, err error) {
	l.refuse(n, CodeUnsupported, "the regular expression is not evaluated", "the evaluator has RE2, which refuses it: "+err.Error())
}

var (
	leadingFlags = regexp.MustCompile(`^\(\?[a-z]+\)`)
	// One character: a class, an escape of a class, a letter or digit.
	oneChar    = `(\[\^?(?:\\.|\[:[a-z^]+:\]|[^\]\\])+\]|\\[wWdDsS]|\\p\{\w+\}|[A-Za-z0-9_ ])`
	lookBehind = regexp.MustCompile(`^\(\?<([!=])` + oneChar + `\)`)
	lookAhead  = regexp.MustCompile(`\(\?([!=])` + oneChar + `\)$`)
	// notText is a negative look-ahead of plain letters at the end: foo(?!bar).
	notText = regexp.MustCompile(`\(\?!([A-Za-z0-9_ ]{2,40})\)$`)
)

// withoutLookaround rewrites look-around at the edges of a pattern; false when there is none, or when an alternation outside of
// groups would put it into one branch only.
func withoutLookaround(s string) (string, bool) {
	flags := leadingFlags.FindString(s)
	body := s[len(flags):]
	before, after := "", ""
	if m := lookBehind.FindStringSubmatch(body); m != nil {
		before = edge(m[1], m[2], `\A`)
		body = body[len(m[0]):]
	}
	if m := lookAhead.FindStringSubmatch(body); m != nil {
		after = edge(m[1], m[2], `\z`)
		body = strings.TrimSuffix(body, m[0])
	} else if m := notText.FindStringSubmatch(body); m != nil {
		after = notFollowedBy(m[1])
		body = strings.TrimSuffix(body, m[0])
	}
	if before == "" && after == "" || topLevelBar(body) {
		return "", false
	}
	return flags + before + body + after, true
}

// edge is a look-around of one character as a character that is matched.
func edge(sign, class, end string) string {
	if sign == "=" {
		return "(?:" + class + ")"
	}
	negated := ""
	switch {
	case strings.HasPrefix(class, "[^"):
		negated = "[" + class[2:]
	case strings.HasPrefix(class, "["):
		negated = "[^" + class[1:]
	default:
		negated = "[^" + class + "]"
	}
	return "(?:" + end + "|" + negated + ")"
}

// notFollowedBy is the text behind a match that is not this one: it ends, or differs at some character.
func notFollowedBy(text string) string {
	var alternatives []string
	for i := range len(text) {
		alternatives = append(alternatives, text[:i]+`(?:\z|[^`+text[i:i+1]+`])`)
	}
	return "(?:" + strings.Join(alternatives, "|") + ")"
}

// topLevelBar reports whether a pattern has an alternation outside of every group.
func topLevelBar(s string) bool {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			for i++; i < len(s) && s[i] != ']'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}
