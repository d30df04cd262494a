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
	tokGUID              // a GUID that is written bare
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

// punctLength measures the operator or bracket at the start of text: 0 for a character that begins none.
func punctLength(text string) int {
	second := byte(0)
	if len(text) > 1 {
		second = text[1]
	}
	switch text[0] {
	case '=':
		return 1 + boolInt(second == '=' || second == '~' || second == '>')
	case '<':
		return 1 + boolInt(second == '=' || second == '>')
	case '>':
		return 1 + boolInt(second == '=')
	case '.':
		return 1 + boolInt(second == '.')
	case '!':
		return 2 * boolInt(second == '=' || second == '~')
	case '+', '-', '*', '/', '%', '|', ';', ',', ':', '(', ')', '[', ']', '{', '}':
		return 1
	}
	return 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

type lexer struct {
	src  *diag.Source
	text string
	off  int
	toks []token
	errs func(off, end int, message string)
}

// lex cuts the whole text into tokens; the last one is tokEOF and stands right behind the text's last token.
func lex(src *diag.Source, report func(off, end int, message string)) ([]token, []*Directive) {
	// A token of real queries has five bytes and more, with its blank.
	l := &lexer{src: src, text: src.Text, errs: report, toks: make([]token, 0, len(src.Text)/5+8)}
	directives := l.readDirectives()
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
	return append(l.toks, token{kind: tokEOF, off: end, end: end, badEscape: -1}), directives
}

func (l *lexer) emit(kind tokenKind, start int, val string) {
	l.toks = append(l.toks, token{kind: kind, text: l.text[start:l.off], val: val, off: start, end: l.off, badEscape: -1})
}

func (l *lexer) skipBlank() {
	for l.off < len(l.text) {
		switch c := l.text[l.off]; {
		case c == ' ', c == '\t', c == '\n', c == '\r':
			l.off++
			continue
		case c == '/' && l.peek(1) == '/':
			l.skipLine()
			continue
		case c > ' ' && c < utf8.RuneSelf:
			return
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
	case startsString(c) && l.stringStart() > 0:
		l.lexString(l.stringStart() - 1)
	case isWordByte(c) && isBareGUID(l.text[l.off:]):
		start := l.off
		l.off += guidLength
		l.emit(tokGUID, start, "")
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

const guidLength = 36

// isBareGUID tells 74be27de-1e4e-49d9-b579-fe0b331d3642 from the subtraction that its pieces could be.
func isBareGUID(text string) bool {
	if len(text) < guidLength || text[8] != '-' || len(text) > guidLength && isWordByte(text[guidLength]) {
		return false
	}
	for i := range guidLength {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (text[i] == '-') || !dash && !isHex(text[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

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
	if n := punctLength(l.text[start:]); n > 0 {
		l.off += n
		l.emit(tokPunct, start, "")
		return
	}
	r, n := utf8.DecodeRuneInString(l.text[start:])
	l.off += n
	if strings.ContainsRune("\u201c\u201d\u2018\u2019", r) {
		l.lexCurly(start, r)
		return
	}
	// A run of foreign characters is one mistake, not one per letter, and so is &&.
	for l.off < len(l.text) && r == '&' && l.text[l.off] == '&' {
		l.off++
	}
	for l.off < len(l.text) && l.text[l.off] >= utf8.RuneSelf {
		next, m := utf8.DecodeRuneInString(l.text[l.off:])
		if isBlank(next) {
			break
		}
		l.off += m
	}
	l.emit(tokIllegal, start, "")
	expected := "a name, a value or an operator"
	if r == '&' {
		expected = "and between two tests"
	}
	l.errs(start, l.off, "expected "+expected+", found "+l.text[start:l.off])
}
