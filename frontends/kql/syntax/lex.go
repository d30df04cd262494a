package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/huntc/huntc/diag"
)

type tokenKind int

const (
	tokEOF     tokenKind = iota
	tokIdent             // a word; also $left
	tokString            // val holds the decoded text
	tokNumber            // long or real
	tokSpan              // 1d
	tokTyped             // datetime(...): val holds what stands between the parentheses
	tokPunct             // operators and brackets, also !word
	tokIllegal           // already reported
)

type token struct {
	kind     tokenKind
	text     string
	val      string
	off, end int
	// badEscape is the offset of an escape that a string does not allow, -1 if none: JSON allows more than KQL does.
	badEscape int
}

func (t token) span() diag.Span { return diag.Span{Pos: diag.Pos(t.off + 1), End: diag.Pos(t.end + 1)} }

// typedLiterals are the words that make a literal of raw text when a parenthesis follows. Read-only.
var typedLiterals = map[string]Kind{
	"datetime": KindDatetime, "date": KindDatetime, "timespan": KindTimespan, "time": KindTimespan, "guid": KindGUID,
	"uuid": KindGUID, "uniqueid": KindGUID, "decimal": KindDecimal, "long": KindLong, "int64": KindLong, "int": KindInt,
	"int32": KindInt, "real": KindReal, "double": KindReal, "bool": KindBool, "boolean": KindBool,
}

// puncts are tried in order, so that a longer one comes before its prefix. Read-only.
var puncts = []string{"==", "=~", "=>", "!=", "!~", "<=", ">=", "<>", "..", "<", ">", "=", "+", "-", "*", "/", "%", "|", ";", ",", ".", ":",
	"(", ")", "[", "]", "{", "}"}

type lexer struct {
	src  *diag.Source
	text string
	off  int
	toks []token
	errs func(off, end int, message string)
}

// lex cuts the whole text into tokens; the last one is tokEOF and stands right behind the text's last token.
func lex(src *diag.Source, report func(off, end int, message string)) []token {
	l := &lexer{src: src, text: src.Text, errs: report}
	for {
		l.skipBlank()
		if l.off >= len(l.text) {
			break
		}
		l.next()
	}
	end := 0
	if n := len(l.toks); n > 0 {
		end = l.toks[n-1].end
	}
	return append(l.toks, token{kind: tokEOF, off: end, end: end, badEscape: -1})
}

func (l *lexer) emit(kind tokenKind, start int, val string) {
	l.toks = append(l.toks, token{kind: kind, text: l.text[start:l.off], val: val, off: start, end: l.off, badEscape: -1})
}

func (l *lexer) skipBlank() {
	for l.off < len(l.text) {
		if strings.HasPrefix(l.text[l.off:], "//") {
			l.skipLine()
			continue
		}
		r, n := utf8.DecodeRuneInString(l.text[l.off:])
		if !isBlank(r) {
			return
		}
		l.off += n
	}
}

func (l *lexer) skipLine() {
	if i := strings.IndexAny(l.text[l.off:], "\n\r\u2028\u2029"); i >= 0 {
		l.off += i
		return
	}
	l.off = len(l.text)
}

// isBlank also takes what text copied from a web page carries: no-break and zero-width spaces, direction and byte-order marks.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x200b && r <= 0x200f || r == 0x180e || r == 0x2060 || r == 0xfeff
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) peek(n int) byte {
	if l.off+n < len(l.text) {
		return l.text[l.off+n]
	}
	return 0
}

func (l *lexer) next() {
	c := l.text[l.off]
	switch {
	case l.stringStart() > 0:
		l.lexString(l.stringStart() - 1)
	case isDigit(c):
		l.lexNumber()
	case isWordByte(c):
		l.lexWord()
	case c == '$' && isWordByte(l.peek(1)):
		l.off++
		l.lexWordFrom(l.off - 1)
	case c == '!' && isWordByte(l.peek(1)) && !isDigit(l.peek(1)):
		l.lexNegated()
	default:
		l.lexPunct()
	}
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
	if c == '"' || c == '\'' || l.fenceAt(n) != "" && (n == 0 || l.peek(n-1) != '@') {
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
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits > 0 {
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

// lexNumber takes a long, a real, a timespan such as 1.5h, or a name that begins with digits.
func (l *lexer) lexNumber() {
	start := l.off
	if l.text[start] == '0' && (l.peek(1) == 'x' || l.peek(1) == 'X') {
		l.lexWordEnd()
		l.emit(tokNumber, start, "")
		return
	}
	l.digits()
	fraction := false
	// "1..5" is a range of longs, not a real.
	if l.peek(0) == '.' && isDigit(l.peek(1)) {
		fraction = true
		l.off++
		l.digits()
	}
	mark := l.off
	l.lexWordEnd()
	unit := l.text[mark:l.off]
	switch {
	case unit == "":
		l.emit(tokNumber, start, "")
	case isTimeUnit(unit):
		l.emit(tokSpan, start, "")
	case unit[0] == 'e' || unit[0] == 'E':
		l.lexExponent(start, mark, fraction)
	case !fraction:
		l.lexWordFrom(start)
	default:
		l.emit(tokIllegal, start, "")
		l.errs(start, l.off, "expected a unit of time behind "+l.text[start:mark]+", found "+unit)
	}
}

func (l *lexer) lexExponent(start, mark int, fraction bool) {
	l.off = mark + 1
	if c := l.peek(0); c == '-' || c == '+' {
		l.off++
	}
	first := l.off
	l.digits()
	if l.off > first && !isWordByte(l.peek(0)) {
		l.emit(tokNumber, start, "")
		return
	}
	l.off = mark
	if fraction {
		l.emit(tokNumber, start, "")
		return
	}
	l.lexWordFrom(start)
}

func (l *lexer) digits() {
	for isDigit(l.peek(0)) {
		l.off++
	}
}

func (l *lexer) lexWordEnd() {
	for isWordByte(l.peek(0)) {
		l.off++
	}
}

func (l *lexer) lexWord() { l.lexWordFrom(l.off) }

func (l *lexer) lexWordFrom(start int) {
	l.lexWordEnd()
	word := l.text[start:l.off]
	if word == "in" && l.peek(0) == '~' && l.fenceAt(0) == "" {
		l.off++
	}
	if _, ok := typedLiterals[word]; ok && !l.afterDot() && l.lexTyped(start) {
		return
	}
	l.emit(tokIdent, start, "")
}

func (l *lexer) afterDot() bool {
	n := len(l.toks)
	return n > 0 && l.toks[n-1].text == "."
}

// lexTyped takes the raw text of datetime(2020-01-01) and its like. A call inside is left to the parser to report.
func (l *lexer) lexTyped(start int) bool {
	i := l.off
	for i < len(l.text) && (l.text[i] == ' ' || l.text[i] == '\t') {
		i++
	}
	if i >= len(l.text) || l.text[i] != '(' {
		return false
	}
	n := strings.IndexAny(l.text[i+1:], "()\n")
	if n < 0 || l.text[i+1+n] != ')' {
		return false
	}
	l.off = i + 1 + n + 1
	l.emit(tokTyped, start, strings.TrimSpace(strings.Map(plainBlank, l.text[i+1:i+1+n])))
	l.toks[len(l.toks)-1].text = l.text[start : start+wordLen(l.text[start:])]
	return true
}

// plainBlank makes a plain space of every character that the language takes for a blank.
func plainBlank(r rune) rune {
	if isBlank(r) {
		return ' '
	}
	return r
}

func wordLen(s string) int {
	n := 0
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return n
}

func (l *lexer) lexNegated() {
	start := l.off
	l.off++
	l.lexWordEnd()
	if l.text[start:l.off] == "!in" && l.peek(0) == '~' {
		l.off++
	}
	l.emit(tokPunct, start, "")
}

func (l *lexer) lexPunct() {
	start := l.off
	for _, p := range puncts {
		if strings.HasPrefix(l.text[start:], p) {
			l.off += len(p)
			l.emit(tokPunct, start, "")
			return
		}
	}
	r, n := utf8.DecodeRuneInString(l.text[start:])
	l.off += n
	if strings.ContainsRune("\u201c\u201d\u2018\u2019", r) {
		l.lexCurly(start, r)
		return
	}
	// A run of foreign characters is one mistake, not one per letter.
	for l.off < len(l.text) && l.text[l.off] >= utf8.RuneSelf {
		next, m := utf8.DecodeRuneInString(l.text[l.off:])
		if isBlank(next) {
			break
		}
		l.off += m
	}
	l.emit(tokIllegal, start, "")
	l.errs(start, l.off, "expected a name, a value or an operator, found "+l.text[start:l.off])
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
