package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/diag"
)

// span turns offsets of the read text into a place in the source. Text that comes from a macro stands where the macro does.
func (p *parser) span(from, to int) diag.Span {
	if p.origins == nil {
		return diag.Span{Pos: diag.Pos(from + 1), End: diag.Pos(max(from, to) + 1)}
	}
	a, b := p.origins.source(from, true), p.origins.source(max(from, to), false)
	return diag.Span{Pos: diag.Pos(a + 1), End: diag.Pos(max(a, b) + 1)}
}

func (p *parser) place(from, to int) at { return at{p.span(from, to)} }

func (p *parser) peek(n int) byte {
	if p.off+n < p.stop {
		return p.text[p.off+n]
	}
	return 0
}

func (p *parser) rest() string { return p.text[p.off:p.stop] }

// blank skips white space and comments, which stand between three backticks (search manual, "Add comments to searches").
func (p *parser) blank() {
	for p.off < p.stop {
		c := p.text[p.off]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p.off++
		case c == '`' && strings.HasPrefix(p.rest(), "```"):
			n := strings.Index(p.text[p.off+3:p.stop], "```")
			if n < 0 {
				p.errorAt(CodeSyntax, p.off, p.off+3, "this comment is not closed, expected ```")
				p.off = p.stop
				return
			}
			p.off += 3 + n + 3
		case c >= utf8.RuneSelf:
			// A no-break space comes with text that is copied from a page.
			if strings.HasPrefix(p.rest(), "\u00a0") {
				p.off += len("\u00a0")
				continue
			}
			return
		default:
			return
		}
	}
}

// atEnd reports whether the command ends here: at a bar, at the bracket that closes the subsearch, or at the end of the text.
func (p *parser) atEnd() bool {
	p.blank()
	if p.off >= p.stop || p.failed {
		return true
	}
	c := p.text[p.off]
	return c == '|' || c == ']'
}

// end is the offset of the end of what was read, without the blanks behind it.
func (p *parser) end() int {
	n := p.off
	for n > 0 && (p.text[n-1] == ' ' || p.text[n-1] == '\t' || p.text[n-1] == '\n' || p.text[n-1] == '\r') {
		n--
	}
	return n
}

// escapes says what a backslash does in a string.
type escapes int

const (
	// searchEscapes: \" and \\ and \| lose their backslash, the others stay (search command, "Quotes and escaping characters").
	searchEscapes escapes = iota
	// evalEscapes: \t and \n and \r are expanded too ("Types of expressions"); an escape that eval does not know stays.
	evalEscapes
	// regexEscapes: \" and \\ lose their backslash, the regular expression sees the rest ("SPL and regular expressions").
	regexEscapes
)

// quoted reads the string at the cursor.
func (p *parser) quoted(esc escapes) *Value {
	from := p.off
	quote := p.text[from]
	p.off++
	plain := p.off
	for p.off < p.stop {
		c := p.text[p.off]
		if c == quote {
			v := &Value{at: p.place(from, p.off+1), Text: p.text[plain:p.off], Quoted: true}
			p.off++
			return v
		}
		if c == '\\' && quote == '"' {
			return p.escaped(from, plain, esc)
		}
		p.off++
	}
	p.unclosed(from, quote)
	return &Value{at: p.place(from, p.stop), Text: p.text[plain:p.stop], Quoted: true}
}

func (p *parser) unclosed(from int, quote byte) {
	p.errorAt(CodeSyntax, from, p.stop, "this string is not closed, expected "+string(quote))
	p.failed = true
}

// escaped reads the rest of a string that holds a backslash.
func (p *parser) escaped(from, plain int, esc escapes) *Value {
	var b strings.Builder
	b.WriteString(p.text[plain:p.off])
	one := false
	for p.off < p.stop {
		c := p.text[p.off]
		switch {
		case c == '"':
			p.off++
			return &Value{at: p.place(from, p.off), Text: b.String(), Quoted: true, OneBackslash: one}
		case c == '\\' && p.off+1 < p.stop:
			one = one || p.text[p.off+1] == '*'
			b.WriteString(unescape(p.text[p.off+1], esc))
			p.off += 2
		default:
			b.WriteByte(c)
			p.off++
		}
	}
	p.unclosed(from, '"')
	return &Value{at: p.place(from, p.stop), Text: b.String(), Quoted: true}
}

func unescape(c byte, esc escapes) string {
	switch {
	case c == '"':
		return `"`
	case c == '\\':
		return `\`
	case c == '|' && esc == searchEscapes:
		return "|"
	case c == 't' && esc == evalEscapes:
		return "\t"
	case c == 'n' && esc == evalEscapes:
		return "\n"
	case c == 'r' && esc == evalEscapes:
		return "\r"
	case c >= utf8.RuneSelf:
		return `\` + string([]byte{c})
	default:
		return `\` + string(rune(c))
	}
}

// Stops of words: the bytes, besides white space, that end one.
const (
	stopArg    = "|[],()=\"`<>"  // arguments of commands
	stopValue  = "|[],()\"`"     // the value behind name=
	stopTerm   = "|[]()=\"`<>"   // terms of search; a ! counts when = follows
	stopSearch = "|[]()\"`"      // values of search
	stopList   = "|[](),\"`"     // values of IN
	stopBy     = "|[],()=\"`<>+" // lists of fields
)

// bare reads the word at the cursor up to white space or a byte of stops; empty when there is none. A backslash keeps the next
// byte in the word.
func (p *parser) bare(stops string) (from, to int) {
	from = p.off
	for p.off < p.stop {
		c := p.text[p.off]
		if c <= ' ' || strings.IndexByte(stops, c) >= 0 {
			break
		}
		if c == '!' && p.peek(1) == '=' && strings.IndexByte(stops, '=') >= 0 {
			break
		}
		if c == '\\' && p.off+1 < p.stop && p.text[p.off+1] > ' ' {
			p.off++
		}
		if c == ':' && p.peek(1) == ':' && stops == stopTerm && p.off > from {
			break
		}
		p.off++
	}
	return from, p.off
}

// searchWord is an unquoted word of a search as a value, decoded.
func (p *parser) searchWord(place at, text string) *Value {
	v := &Value{at: place, Text: unescapeWord(text)}
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '\\' {
			v.OneBackslash = v.OneBackslash || text[i+1] == '*'
			i++
		}
	}
	return v
}

// unescapeWord decodes the escapes of an unquoted word of a search.
func unescapeWord(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			b.WriteString(unescape(s[i+1], searchEscapes))
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// accept reads the punctuation if it stands here.
func (p *parser) accept(s string) bool {
	p.blank()
	if p.failed || !strings.HasPrefix(p.rest(), s) {
		return false
	}
	p.off += len(s)
	return true
}

// keyword reads the word if it stands here on its own, in any case: by, as, where.
func (p *parser) keyword(word string) bool {
	if p.failed || !p.atKeyword(word) {
		return false
	}
	p.off += len(word)
	return true
}

func (p *parser) atKeyword(word string) bool {
	p.blank()
	n := len(word)
	if p.off+n > p.stop || !strings.EqualFold(p.text[p.off:p.off+n], word) {
		return false
	}
	return p.off+n == p.stop || !isNameByte(p.text[p.off+n]) && p.text[p.off+n] != '='
}

func isNameByte(c byte) bool {
	return c == '_' || c == '.' || c == '*' || c == '{' || c == ':' || c == '-' || c == '@' || isLetter(c) || isDigit(c) || c >= utf8.RuneSelf
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// describe names what stands at the cursor for a message.
func (p *parser) describe() string {
	p.blank()
	if p.off >= p.stop {
		return "the end"
	}
	from := p.off
	switch c := p.text[from]; {
	case c == '"' || c == '\'' || c == '`':
		if n := strings.IndexByte(p.text[from+1:p.stop], c); n >= 0 && n < 40 {
			return p.text[from : from+n+2]
		}
		return string(rune(c))
	case strings.IndexByte(stopArg, c) >= 0:
		return string(rune(c))
	}
	save := p.off
	a, b := p.bare(stopArg)
	p.off = save
	if a == b {
		_, n := utf8.DecodeRuneInString(p.rest())
		b = a + n
	}
	return p.text[a:min(b, a+60)]
}

// found is the place of what stands at the cursor: the word, or an empty place at the end of what was read.
func (p *parser) found() (from, to int) {
	p.blank()
	if p.off >= p.stop || p.text[p.off] == '|' || p.text[p.off] == ']' {
		return p.end(), p.end()
	}
	save := p.off
	a, b := p.bare(stopArg)
	p.off = save
	if a == b {
		_, n := utf8.DecodeRuneInString(p.rest())
		b = a + n
	}
	return a, b
}
