package spl

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

func diagCode(s string) diag.Code { return diag.Code(s) }

const (
	// mark stands before every text of a group key or a counted value while stats runs.
	mark = "="
	// emptyWord stands for the null of a key that is no text, and so never this word, while stats runs.
	emptyWord = "huntc:empty"
)

var (
	plainName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	listName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	indexed    = regexp.MustCompile(`\{[0-9]+\}`)
	safeSearch = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ._@:-]*$`)
	numberLike = regexp.MustCompile(`^\s*[-+.]?[0-9]`)
)

// reserved are words that commands and eval read as their own.
func reserved(name string) bool {
	switch strings.ToLower(name) {
	case "and", "or", "not", "xor", "in", "like", "by", "as", "where", "true", "false", "null", "output", "over", "case", "term", "if":
		return true
	}
	return false
}

// evalName quotes a field name for eval and where. Names with a quote, a macro's backtick, a token's dollar or a control have no
// documented form.
func evalName(name string) (string, bool) {
	if plainName.MatchString(name) && !reserved(name) {
		return name, true
	}
	return "'" + name + "'", nameOK(name)
}

// listFieldName quotes a field name for stats, eventstats, table, sort and the left side of a search comparison.
func listFieldName(name string) (string, bool) {
	if listName.MatchString(name) && !reserved(name) {
		return name, true
	}
	return `"` + name + `"`, nameOK(name)
}

func nameOK(name string) bool {
	if name == "" || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if strings.ContainsRune("\"'`$\\|*", r) || unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// evalString writes a string constant as an eval expression. A backtick would start a macro, $…$ is a token in dashboards, and
// controls have no documented escape: these three go through urldecode.
func evalString(s string) (string, bool) {
	if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		return "", false
	}
	var parts []string
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			parts = append(parts, `"`+run.String()+`"`)
			run.Reset()
		}
	}
	for _, r := range s {
		switch {
		case r == '\\' || r == '"':
			run.WriteByte('\\')
			run.WriteRune(r)
		case r == '\n':
			run.WriteString(`\n`)
		case r == '\t':
			run.WriteString(`\t`)
		case unsafeRune(r):
			flush()
			parts = append(parts, `urldecode("`+percent(r)+`")`)
		default:
			run.WriteRune(r)
		}
	}
	flush()
	switch len(parts) {
	case 0:
		return `""`, true
	case 1:
		return parts[0], true
	}
	return "(" + strings.Join(parts, " . ") + ")", true
}

func percent(r rune) string {
	var b strings.Builder
	for _, c := range []byte(string(r)) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// unsafeRune reports whether r cannot stand in a quoted SPL string.
func unsafeRune(r rune) bool {
	return r == '`' || r == '$' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// plainString reports whether evalString needs nothing but quotes for s, and the text cannot be taken for a number.
func plainString(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unsafeRune) && !numberLike.MatchString(s)
}

// regexString writes a finished PCRE pattern as an eval string: eval reads \\ as one backslash. Patterns come from quoteRegex and
// regexOf, which leave no quote, backtick, dollar of the user or control in them.
func regexString(pattern string) string {
	return `"` + strings.ReplaceAll(pattern, `\`, `\\`) + `"`
}

// quoteRegex makes a pattern that matches exactly s, byte for byte under ASCII folding when fold is set.
func quoteRegex(s string, fold bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			i++
			continue
		}
		i += n
		switch {
		case fold && isASCIILetter(r):
			lo, up := unicode.ToLower(r), unicode.ToUpper(r)
			b.WriteByte('[')
			b.WriteRune(up)
			b.WriteRune(lo)
			b.WriteByte(']')
		default:
			b.WriteString(quoteRune(r))
		}
	}
	return b.String()
}

// quoteRune writes one literal character; the ones that a string layer could take for its own become \xHH.
func quoteRune(r rune) string {
	switch {
	case r == '"' || r == '\\' || r == '`' || r == '$' || r < 0x20 || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case strings.ContainsRune(`.*+?()[]{}|^`, r):
		return `\` + string(r)
	}
	return string(r)
}

// foldsPlainly reports whether (?i) folds s as the source does, whichever mode the engine compiles in: in UTF-8 mode k and s have
// partners outside ASCII (the Kelvin sign, the long s).
func foldsPlainly(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf || strings.ContainsRune("kKsS", r) {
			return false
		}
	}
	return true
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// literalPattern is a pattern for s: (?i:…) around what it folds exactly, one class per letter for k and s.
func literalPattern(s string, c ir.Case) string {
	if c == ir.Exact {
		return quoteRegex(s, false)
	}
	var b strings.Builder
	for len(s) > 0 {
		n := 0
		for n < len(s) && foldsPlainly(s[n:n+1]) {
			n++
		}
		if run := s[:n]; strings.ContainsFunc(run, isASCIILetter) {
			b.WriteString("(?i:" + quoteRegex(run, false) + ")")
		} else {
			b.WriteString(quoteRegex(run, false))
		}
		s = s[n:]
		_, n = utf8.DecodeRuneInString(s)
		b.WriteString(quoteRegex(s[:n], true))
		s = s[n:]
	}
	return b.String()
}

// regexOf turns an RE2 pattern into PCRE. Both agree on what remains after RE2's own parser has normalised it, except that $ must
// become \z (PCRE's also matches before a last newline).
func regexOf(pattern string, fold bool) (string, bool) {
	flags := syntax.Perl
	if fold {
		flags |= syntax.FoldCase
	}
	re, err := syntax.Parse(pattern, flags)
	if err != nil {
		return "", false
	}
	ok := true
	var walk func(*syntax.Regexp)
	walk = func(r *syntax.Regexp) {
		if r.Op == syntax.OpEndText {
			r.Flags &^= syntax.WasDollar
		}
		if r.Op == syntax.OpNoMatch {
			ok = false
		}
		for _, s := range r.Sub {
			walk(s)
		}
	}
	walk(re)
	text := re.String()
	if !ok || !utf8.ValidString(text) {
		return "", false
	}
	return escapePattern(text)
}

// escapePattern replaces the characters that the string layers would read, outside of and inside classes alike.
func escapePattern(text string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			next := text[i+1]
			switch next {
			case '"', '\\', '`', '$':
				fmt.Fprintf(&b, `\x%02x`, next)
			case 'x':
				if strings.HasPrefix(text[i:], `\x{`) { // above U+00FF PCRE needs UTF-8 mode, which no page promises
					return "", false
				}
				b.WriteString(`\x`)
			default:
				b.WriteByte(c)
				b.WriteByte(next)
			}
			i++
		case c == '"' || c == '`' || c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c == '$': // only (?m:$) is left, and one inside a class
			if strings.HasSuffix(text[:i], "(?m:") {
				b.WriteByte(c)
			} else {
				b.WriteString(`\x24`)
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// seconds writes ticks as decimal seconds without loss.
func seconds(ticks int64) string {
	neg := ticks < 0
	u := uint64(ticks)
	if neg {
		u = -u
	}
	s := strconv.FormatUint(u/uint64(ir.Second), 10)
	if f := u % uint64(ir.Second); f != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%07d", f), "0")
	}
	if neg {
		s = "-" + s
	}
	return s
}

// epochTicks counts from 1970 instead of 0001.
func epochTicks(ticks int64) int64 { return ticks - 621_355_968_000_000_000 }

// termEdges reports whether the first and the last character of a needle are term characters.
func termEdges(n string) (first, last bool) {
	f, _ := utf8.DecodeRuneInString(n)
	l, _ := utf8.DecodeLastRuneInString(n)
	term := func(r rune) bool { return n != "" && (unicode.IsLetter(r) || unicode.IsNumber(r)) }
	return term(f), term(l)
}
