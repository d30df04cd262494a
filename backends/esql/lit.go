package esql

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/huntc/huntc/ir"
)

// quote writes a string literal; a raw one only where nothing in s could end it.
func quote(s string) string {
	if strings.Contains(s, `\`) && !strings.ContainsAny(s, "\"\n\r\t\x00") {
		return `"""` + s + `"""`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

var plainSegment = regexp.MustCompile(`^[A-Za-z_@][A-Za-z0-9_]*$`)

const keywords = " and or not in is like rlike null true false by asc desc where first last nulls with on metadata "

// segment quotes one part of a path where the lexer would not read it as a name.
func segment(s string) string {
	if plainSegment.MatchString(s) && !strings.Contains(keywords, " "+strings.ToLower(s)+" ") {
		return s
	}
	return "`" + strings.ReplaceAll(s, "`", "``") + "`"
}

// path quotes a field path segment by segment.
func ident(s string) string {
	parts := strings.Split(s, ".")
	for i, p := range parts {
		parts[i] = segment(p)
	}
	return strings.Join(parts, ".")
}

// javaQuote escapes s for a Java regular expression.
func javaQuote(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && !isAlnum(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isAlnum(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// likeQuote escapes s for LIKE.
func likeQuote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}

// span writes a duration; ok is false below a millisecond.
func span(ticks int64) (text string, ok bool) {
	for _, u := range []struct {
		t int64
		n string
	}{{ir.Day, "day"}, {ir.Hour, "hour"}, {ir.Minute, "minute"}, {ir.Second, "second"}, {ir.Millisecond, "millisecond"}} {
		if ticks%u.t != 0 {
			continue
		}
		n := ticks / u.t
		if n == 1 {
			return "1 " + u.n, true
		}
		return fmt.Sprintf("%d %ss", n, u.n), true
	}
	return "", false
}
