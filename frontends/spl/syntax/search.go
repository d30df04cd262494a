package syntax

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/diag"
)

// The search grammar (search command, "Boolean expressions with logical operators"): parentheses, NOT, OR, then AND, which is
// implied between terms. The operators are written in capitals; the same words in small letters are terms.

// searchExpr reads terms up to the end of the command or the parenthesis that closes the group; nil when there is none.
func (p *parser) searchExpr() Term {
	p.blank()
	from := p.off
	var terms []Term
	for !p.searchEnd() {
		if p.exact("AND") {
			p.misplaced("AND", len(terms) == 0)
			continue
		}
		terms = append(terms, p.orTerm())
	}
	switch len(terms) {
	case 0:
		return nil
	case 1:
		return terms[0]
	}
	return &AllOf{termNode{p.place(from, p.end())}, terms}
}

// misplaced reports an operator just read that has nothing before it or behind it.
func (p *parser) misplaced(op string, nothingBefore bool) {
	from := p.off - len(op)
	if nothingBefore {
		p.errorAt(CodeSyntax, from, p.off, "expected a term before "+op)
		p.failed = true
		return
	}
	if p.searchEnd() {
		p.errorAt(CodeSyntax, from, from+len(op), "expected a term behind "+op)
		p.failed = true
	}
}

func (p *parser) searchEnd() bool {
	return p.atEnd() || p.text[p.off] == ')' || p.stopBy && (p.atKeyword("by") || p.atKeyword("groupby"))
}

// exact reads an operator word in capitals.
func (p *parser) exact(word string) bool {
	p.blank()
	if p.failed || !strings.HasPrefix(p.rest(), word) {
		return false
	}
	if c := p.peek(len(word)); c > ' ' && strings.IndexByte("()[]\"`|", c) < 0 {
		return false
	}
	p.off += len(word)
	return true
}

func (p *parser) orTerm() Term {
	from := p.off
	if p.exact("OR") {
		p.misplaced("OR", true)
		return &BadTerm{termNode{p.place(from, p.off)}}
	}
	terms := []Term{p.notTerm()}
	for p.exact("OR") {
		p.misplaced("OR", false)
		if p.failed {
			break
		}
		terms = append(terms, p.notTerm())
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return &AnyOf{termNode{p.place(from, p.end())}, terms}
}

func (p *parser) notTerm() Term {
	p.blank()
	from := p.off
	if !p.exact("NOT") {
		return p.primary()
	}
	p.misplaced("NOT", false)
	if p.failed || !p.enter(from) {
		return &BadTerm{termNode{p.place(from, p.off)}}
	}
	defer p.leave()
	x := p.notTerm()
	return &NotTerm{termNode{p.place(from, p.end())}, x}
}

// enter counts nesting; it reports false, with an error, past the limit.
func (p *parser) enter(from int) bool {
	p.depth++
	if p.depth <= MaxDepth {
		return true
	}
	p.errorAt(CodeLimit, from, from+1, fmt.Sprintf("subsearches and parentheses are nested more than %d deep", MaxDepth))
	p.depth--
	p.failed, p.off = true, p.stop
	return false
}

func (p *parser) leave() { p.depth-- }

func (p *parser) primary() Term {
	p.blank()
	from := p.off
	switch p.peek(0) {
	case '(':
		return p.group()
	case '[':
		if s := p.subsearch(); s != nil {
			return s
		}
		return &BadTerm{termNode{p.place(from, p.off)}}
	case '`':
		return p.macro()
	case '"':
		v := p.quoted(searchEscapes)
		return p.comparison(&Name{v.at, v.Text, true}, v)
	}
	a, b := p.bare(stopTerm)
	if a == b {
		p.expected("a term")
		return &BadTerm{termNode{p.place(from, p.off)}}
	}
	word := p.text[a:b]
	if p.peek(0) == '(' && (word == "TERM" || word == "CASE") {
		return &Text{termNode{p.place(from, p.off)}, p.directive(), word}
	}
	if word == "XOR" || word == "IN" {
		p.errorAt(CodeSyntax, a, b, map[string]string{"XOR": "search has no XOR: use where", "IN": "expected a field before IN"}[word])
		p.failed = true
	}
	return p.comparison(&Name{p.place(a, b), word, false}, nil)
}

func (p *parser) group() Term {
	from := p.off
	if !p.enter(from) {
		return &BadTerm{termNode{p.place(from, from)}}
	}
	defer p.leave()
	p.off++
	stopBy := p.stopBy
	p.stopBy = false
	x := p.searchExpr()
	p.stopBy = stopBy
	if p.failed {
		return &BadTerm{termNode{p.place(from, p.off)}}
	}
	if p.peek(0) != ')' {
		p.errorAt(CodeSyntax, from, from+1, "this ( is not closed, expected )")
		p.failed = true
		return &BadTerm{termNode{p.place(from, p.off)}}
	}
	p.off++
	if x == nil {
		p.errorAt(CodeSyntax, from, p.off, "expected a term between the parentheses")
		return &BadTerm{termNode{p.place(from, p.off)}}
	}
	return x
}

// directive reads the parentheses of TERM(x) and CASE(x).
func (p *parser) directive() *Value {
	open := p.off
	p.off++
	p.blank()
	if p.peek(0) == '"' {
		v := p.quoted(searchEscapes)
		if !p.accept(")") {
			p.expected(")")
		}
		return v
	}
	from := p.off
	n := strings.IndexAny(p.text[from:p.stop], ")|\n")
	if n < 0 || p.text[from+n] != ')' {
		p.errorAt(CodeSyntax, open, open+1, "this ( is not closed, expected )")
		p.failed = true
		return &Value{at: p.place(from, from)}
	}
	text := strings.TrimSpace(p.text[from : from+n])
	p.off = from + n + 1
	v := p.searchWord(p.place(from, from+n), text)
	if text == "" {
		p.errorAt(CodeSyntax, open, p.off, "expected a term between the parentheses")
	}
	return v
}

// comparisons are the operators between a field and a value, longer ones first. Read-only.
var comparisons = []string{"!=", "<=", ">=", "==", "=", "<", ">", "::"}

// comparison reads what may follow a word: an operator and a value, or IN and a list. phrase is the word as a string.
func (p *parser) comparison(field *Name, phrase *Value) Term {
	if p.failed {
		return &BadTerm{termNode{field.at}}
	}
	behind := p.off
	p.blank()
	for _, op := range comparisons {
		if strings.HasPrefix(p.rest(), op) {
			return p.compare(field, op)
		}
	}
	in := p.off
	if p.exact("IN") {
		return p.inList(field, in)
	}
	p.off = behind
	if phrase == nil {
		phrase = p.searchWord(field.at, field.Text)
	}
	return &Text{termNode{field.at}, phrase, ""}
}

func (p *parser) compare(field *Name, op string) Term {
	from := p.off
	p.off += len(op)
	if op == "==" {
		severity := diag.Error
		if p.opts.Lenient {
			severity = diag.Warning
		}
		p.add(CodeSyntax, severity, p.span(from, p.off), "search compares with =, not ==")
		op = "="
	}
	c := &Compare{Field: field, Op: op}
	p.compareValue(c, from)
	c.At = field.At.To(p.span(from, p.off))
	if !p.failed && c.Value != nil {
		p.checkTimeModifier(c)
	}
	return c
}

func (p *parser) compareValue(c *Compare, opFrom int) {
	p.blank()
	if p.searchEnd() {
		p.errorAt(CodeSyntax, opFrom, opFrom+len(c.Op), "expected a value behind "+c.Op)
		p.failed = true
		return
	}
	switch p.peek(0) {
	case '[':
		c.Sub = p.subsearch()
		return
	case '`':
		c.Macro = p.macro()
		return
	case '"':
		c.Value = p.quoted(searchEscapes)
		return
	}
	a, b := p.bare(stopSearch)
	word := p.text[a:b]
	switch {
	case a == b:
		p.errorAt(CodeSyntax, opFrom, opFrom+len(c.Op), "expected a value behind "+c.Op+", found "+p.describe())
		p.failed = true
		return
	case p.peek(0) == '(' && (word == "CASE" || word == "TERM"):
		c.Directive, c.Value = word, p.directive()
		return
	case word == "AND" || word == "OR" || word == "NOT" || word == "IN":
		p.errorAt(CodeSyntax, a, b, `expected a value, found the operator `+word+`: a value that is an operator stands in quotation marks, "`+word+`"`)
		p.failed = true
		return
	case p.peek(0) == '(':
		// A call such as earliest=relative(x): the parenthesis belongs to no term. now() is the one that the time modifiers have.
		if word == "now" && p.peek(1) == ')' {
			p.off += 2
		}
	}
	c.Value = p.searchWord(p.place(a, b), word)
}

func (p *parser) inList(field *Name, in int) Term {
	x := &InList{Field: field}
	p.blank()
	open := p.off
	if p.peek(0) != '(' {
		p.errorAt(CodeSyntax, in, in+2, "expected ( and a list of values behind IN")
		p.failed = true
		return &BadTerm{termNode{field.at}}
	}
	p.off++
	for !p.failed && !p.accept(")") {
		p.listValue(x, open)
	}
	if len(x.Values) == 0 && !p.failed {
		p.errorAt(CodeSyntax, open, p.off, "expected a value in the list of IN")
		p.failed = true
	}
	x.At = field.At.To(p.span(open, p.off))
	return x
}

func (p *parser) listValue(x *InList, open int) {
	p.blank()
	switch c := p.peek(0); {
	case c == 0 || c == '|' || c == ']':
		p.errorAt(CodeSyntax, open, open+1, "this ( is not closed, expected )")
		p.failed = true
		return
	case c == '"':
		x.Values = append(x.Values, p.quoted(searchEscapes))
	case c == ',':
		p.expected("a value")
		return
	default:
		a, b := p.bare(stopList)
		if a == b {
			p.expected("a value")
			return
		}
		x.Values = append(x.Values, p.searchWord(p.place(a, b), p.text[a:b]))
	}
	p.blank()
	if p.peek(0) == ',' {
		p.off++
		p.blank()
		if p.peek(0) == ')' {
			p.expected("a value behind the comma")
		}
	}
}
