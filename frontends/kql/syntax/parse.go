package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
)

// Limits on what one text may ask of the parser.
const (
	MaxBytes = 1 << 20
	MaxDepth = 200
	maxDiags = 1000
)

// Codes of this package's diagnostics.
const (
	CodeSyntax diag.Code = "KQL-SYNTAX"
	CodeLimit  diag.Code = "KQL-LIMIT"
)

// Parse reads a whole text. It always returns a script; where the text is wrong the script holds Bad nodes and the list says
// what was expected, for every mistake of the text.
func Parse(src *diag.Source) (*Script, diag.List) {
	p := &parser{src: src}
	if len(src.Text) > MaxBytes {
		p.add(CodeLimit, diag.Span{Pos: 1, End: 2}, fmt.Sprintf("the query has %d bytes, expected at most %d", len(src.Text), MaxBytes))
		return &Script{}, p.diags
	}
	var directives []*Directive
	p.toks, directives = lex(src, func(off, end int, message string) {
		p.add(CodeSyntax, diag.Span{Pos: diag.Pos(off + 1), End: diag.Pos(end + 1)}, message)
	})
	p.match = matchBrackets(p.toks)
	script := &Script{Directives: directives, Stmts: p.parseStmts("")}
	p.diags.Sort()
	return script, p.diags
}

type parser struct {
	src   *diag.Source
	toks  []token
	match []int // index of the other bracket of a pair, -1 for a bracket without partner and for all else
	i     int
	depth int
	// reported is one more than the index of the token at which the last mistake was reported: that the token does not belong to
	// what stands before it is then no second one.
	reported int
	// failed is set by an error and cleared at the next place where reading can go on; while it is set, nothing is reported,
	// because what follows a mistake is a consequence of it.
	failed bool
	// stopped is set when the nesting limit is hit: the rest of the text is not read.
	stopped bool
	// noIn keeps `on x in range(...)` of make-series from being read as a list test; colon lets search read col:"x".
	noIn, colon bool
	diags       diag.List
}

// matchBrackets pairs brackets over the whole text, so that reading can go on behind a broken group.
func matchBrackets(toks []token) []int {
	match := make([]int, len(toks))
	var open []int
	for i, t := range toks {
		match[i] = -1
		if t.kind != tokPunct {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			// An unmatched opener inside is left without a partner rather than taking the outer one's.
			k := len(open) - 1
			for k >= 0 && closerOf(toks[open[k]].text) != t.text && len(open)-k <= MaxDepth {
				k--
			}
			if k >= 0 && closerOf(toks[open[k]].text) == t.text {
				match[open[k]], match[i] = i, open[k]
				open = open[:k]
			}
		}
	}
	return match
}

func closerOf(open string) string {
	switch open {
	case "(":
		return ")"
	case "[":
		return "]"
	}
	return "}"
}

func (p *parser) add(code diag.Code, span diag.Span, message string) {
	if len(p.diags) < maxDiags {
		p.diags.Add(diag.Diagnostic{Code: code, Severity: diag.Error, Source: p.src, Span: span, Message: message})
		return
	}
	if len(p.diags) == maxDiags {
		p.diags.Add(diag.Diagnostic{Code: CodeLimit, Severity: diag.Error, Source: p.src, Span: span, Message: "too many errors, the rest is not reported"})
	}
}

func (p *parser) cur() token { return p.toks[p.i] }

func (p *parser) at(n int) token { return p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) advance() token {
	t := p.cur()
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

// is tests for punctuation, word for an identifier; text inside a string is neither.
func (p *parser) is(text string) bool { return isPunct(p.cur(), text) }

func (p *parser) word(text string) bool { return isWord(p.cur(), text) }

func isPunct(t token, text string) bool { return t.kind == tokPunct && t.text == text }

func isWord(t token, text string) bool { return t.kind == tokIdent && t.text == text }

func (p *parser) accept(text string) bool {
	if !p.failed && p.is(text) {
		p.i++
		return true
	}
	return false
}

func (p *parser) acceptWord(text string) bool {
	if !p.failed && p.word(text) {
		p.i++
		return true
	}
	return false
}

func (p *parser) fail(expected string) {
	if p.failed {
		return
	}
	p.failed = true
	t := p.cur()
	if t.kind == tokIllegal || expected == endExpected && p.reported == p.i+1 {
		return // it has been said
	}
	p.reported = p.i + 1
	p.add(CodeSyntax, t.span(), "expected "+expected+", found "+describe(t))
	switch low := strings.ToLower(t.text); {
	case t.kind == tokIdent && low != t.text && isKeyword(low):
		p.hint("the words of the language are lower case: " + low)
	case expected == endExpected && p.onNewLine():
		p.hint("end a statement with ; before the next one begins: a blank line does not end it")
	}
}

// isKeyword tells the words that join the parts of operators and expressions.
func isKeyword(word string) bool {
	switch word {
	case "and", "or", "not", "by", "asc", "desc", "on", "with", "of", "to", "from", "step", "nulls", "in", "between", "matches":
		return true
	}
	_, op := stringOps[word]
	return op
}

// hint says what to do about the mistake reported last.
func (p *parser) hint(text string) {
	if n := len(p.diags); n <= maxDiags {
		p.diags[n-1].Hint = text
	}
}

// endExpected is what may stand behind a complete operator or statement.
const endExpected = "| or ;"

// between is the text between the token before and this one: blanks and comments.
func (p *parser) between() string {
	if p.i == 0 {
		return ""
	}
	return p.src.Text[p.toks[p.i-1].end:p.cur().off]
}

func (p *parser) onNewLine() bool { return strings.ContainsAny(p.between(), "\n\r") }

// onNewParagraph says whether a blank line or a comment on lines of its own stands before the token.
func (p *parser) onNewParagraph() bool { return strings.Count(p.between(), "\n") > 1 }

func describe(t token) string {
	if t.kind == tokEOF {
		return "the end of the query"
	}
	const longest = 40
	if r := []rune(t.text); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return t.text
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail(text)
	}
}

func (p *parser) expectWord(text string) {
	if !p.acceptWord(text) {
		p.fail(text)
	}
}

// open takes an opening bracket and returns its index for close.
func (p *parser) open(text string) int {
	k := p.i
	if !p.accept(text) {
		p.fail(text)
		return -1
	}
	return k
}

// close takes the bracket that closes the one at k. After a mistake inside, reading goes on behind it.
func (p *parser) close(k int, expected string) {
	if k < 0 {
		return
	}
	closer := closerOf(p.toks[k].text)
	if p.accept(closer) {
		return
	}
	p.fail(expected)
	if m := p.match[k]; m >= p.i && !p.stopped {
		p.i = m + 1
		p.failed = false
	}
}

// spanFrom covers the tokens from index start up to the current one.
func (p *parser) spanFrom(start int) diag.Span {
	if p.i <= start {
		t := p.toks[start].span()
		return diag.Span{Pos: t.Pos, End: t.Pos}
	}
	return p.toks[start].span().To(p.toks[p.i-1].span())
}

func (p *parser) here(start int) at { return at{p.spanFrom(start)} }

func (p *parser) ex(start int) exprNode { return exprNode{p.here(start)} }

// since covers x and everything up to the current token.
func (p *parser) since(x Expr) exprNode {
	s := x.Span()
	if p.i > 0 {
		s = s.To(p.toks[p.i-1].span())
	}
	return exprNode{at{s}}
}

// enter counts nesting; past the limit the rest of the text is given up, since no part of it can be trusted.
func (p *parser) enter() bool {
	p.depth++
	if p.depth <= MaxDepth {
		return true
	}
	if !p.stopped {
		p.stopped = true
		p.add(CodeLimit, p.cur().span(), fmt.Sprintf("expected at most %d levels of nesting", MaxDepth))
	}
	p.failed = true
	p.i = len(p.toks) - 1
	return false
}

func (p *parser) leave() { p.depth-- }

// sync skips to the next bar, semicolon or closing bracket of this level.
func (p *parser) sync() {
	for !p.stopped && !p.atBoundary() {
		p.skipOne()
	}
	p.failed = p.stopped
}

func (p *parser) skipOne() {
	if m := p.match[p.i]; m > p.i {
		p.i = m
	}
	p.advance()
}

func (p *parser) atBoundary() bool {
	t := p.cur()
	return t.kind == tokEOF || t.kind == tokPunct && slices.Contains([]string{"|", ";", ")", "}"}, t.text)
}

// parseName reads an identifier or ['any text'].
func (p *parser) parseName() *Name {
	start := p.i
	if p.failed {
		return &Name{exprNode: p.ex(start)}
	}
	if p.cur().kind == tokIdent {
		text := p.advance().text
		return &Name{p.ex(start), text, false}
	}
	if p.atBracketName() {
		text := p.at(1).val
		p.i += 3
		return &Name{p.ex(start), text, true}
	}
	p.fail("a name")
	return &Name{exprNode: p.ex(start)}
}

func (p *parser) atBracketName() bool {
	return p.is("[") && p.at(1).kind == tokString && isPunct(p.at(2), "]")
}
