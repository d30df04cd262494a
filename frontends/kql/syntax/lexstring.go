package syntax

import (
	"strings"
	"unicode/utf8"
)

func startsString(c byte) bool {
	switch c {
	case '"', '\'', '@', 'h', 'H', '`', '~':
		return true
	}
	return false
}

// stringStart returns one more than the length of the prefix (h, H, @) before a quote that begins here; 0 if none does.
func (l *lexer) stringStart() int {
	n := 0
	if c := l.peek(n); c == 'h' || c == 'H' {
		n++
	}
	if l.peek(n) == '@' {
		n++
	}
	c := l.peek(n)
	if c == '"' || c == '\'' || l.fenceAt(n) != "" {
		return n + 1
	}
	return 0
}

func (l *lexer) fenceAt(n int) string {
	for _, f := range []string{"```", "~~~"} {
		if strings.HasPrefix(l.text[min(l.off+n, len(l.text)):], f) {
			return f
		}
	}
	return ""
}

func (l *lexer) lexString(prefix int) {
	start := l.off
	if f := l.fenceAt(prefix); f != "" {
		l.lexFenced(start, prefix, f)
		return
	}
	verbatim := prefix > 0 && l.text[start+prefix-1] == '@'
	quote := l.text[start+prefix]
	l.off = start + prefix + 1
	if n := plainLength(l.text[l.off:], quote, verbatim); n >= 0 {
		body := l.off
		l.off += n + 1
		l.emit(tokString, start, l.text[body:body+n])
		return
	}
	var b strings.Builder
	bad := -1
	for {
		if l.off >= len(l.text) || l.text[l.off] == '\n' || l.text[l.off] == '\r' {
			l.errs(start, l.off, "this string is not closed, expected "+string(quote)+" before the end of the line")
			break
		}
		c := l.text[l.off]
		if c == quote && verbatim && l.peek(1) == quote {
			b.WriteByte(quote)
			l.off += 2
			continue
		}
		if c == quote {
			l.off++
			break
		}
		if c != '\\' || verbatim {
			b.WriteByte(c)
			l.off++
			continue
		}
		if !l.escape(&b) && bad < 0 {
			bad = l.off - 2
		}
	}
	l.emit(tokString, start, b.String())
	l.toks[len(l.toks)-1].badEscape = bad
}

// plainLength measures a string that stands in the text as it is meant, -1 for one with escapes, doubled quotes or no end.
func plainLength(text string, quote byte, verbatim bool) int {
	for i := range len(text) {
		switch c := text[i]; {
		case c == quote:
			if verbatim && i+1 < len(text) && text[i+1] == quote {
				return -1
			}
			return i
		case c == '\\' && !verbatim, c == '\n', c == '\r':
			return -1
		}
	}
	return -1
}

func (l *lexer) lexFenced(start, prefix int, fence string) {
	body := start + prefix + len(fence)
	i := strings.Index(l.text[body:], fence)
	if i < 0 {
		l.off = len(l.text)
		l.errs(start, body, "this string is not closed, expected "+fence)
		l.emit(tokString, start, l.text[body:])
		return
	}
	l.off = body + i + len(fence)
	l.emit(tokString, start, l.text[body:body+i])
}

// simpleEscapes maps the letter behind a backslash to its byte. Read-only.
var simpleEscapes = map[byte]byte{'\\': '\\', '"': '"', '\'': '\'', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '`': '`'}

// escape decodes the escape at l.off. It reports false for one that KQL does not have and then keeps the letter.
func (l *lexer) escape(b *strings.Builder) bool {
	c := l.peek(1)
	if v, ok := simpleEscapes[c]; ok {
		b.WriteByte(v)
		l.off += 2
		return true
	}
	if digits := codeDigits(c); digits > 0 {
		if r, ok := radix(l.text[min(l.off+2, len(l.text)):], digits, 16); ok {
			b.WriteRune(r)
			l.off += 2 + digits
			return true
		}
	}
	if c >= '0' && c <= '7' {
		return l.octal(b)
	}
	if c == 0 || c == '\n' || c == '\r' {
		l.off++
		return false
	}
	b.WriteByte(c)
	l.off += 2
	return false
}

// codeDigits is how many digits of a character's code follow the letter of an escape, 0 for a letter of another meaning.
func codeDigits(c byte) int {
	switch c {
	case 'x':
		return 2
	case 'u':
		return 4
	case 'U':
		return 8
	}
	return 0
}

func (l *lexer) octal(b *strings.Builder) bool {
	n := 1
	limit := 2
	if l.peek(1) <= '3' {
		limit = 3
	}
	for n < limit && l.peek(1+n) >= '0' && l.peek(1+n) <= '7' {
		n++
	}
	r, _ := radix(l.text[l.off+1:], n, 8)
	b.WriteRune(r)
	l.off += 1 + n
	return true
}

func radix(s string, n int, base rune) (rune, bool) {
	if len(s) < n {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[:n]) {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if isDigit(c) {
			d = int(c - '0')
		}
		if d < 0 || rune(d) >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + rune(d)
	}
	return r, r <= utf8.MaxRune
}

// lexCurly takes text between curly quotation marks as one mistake.
func (l *lexer) lexCurly(start int, open rune) {
	if n := strings.IndexAny(l.text[l.off:], "\u201c\u201d\u2018\u2019\n|;"); n >= 0 && l.text[l.off+n] >= utf8.RuneSelf {
		_, m := utf8.DecodeRuneInString(l.text[l.off+n:])
		l.off += n + m
	}
	l.emit(tokIllegal, start, "")
	l.errs(start, l.off, "expected a straight quotation mark, found "+string(open))
}
