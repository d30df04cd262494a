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
	p.toks = lex(src, func(off, end int, message string) {
		p.add(CodeSyntax, diag.Span{Pos: diag.Pos(off + 1), End: diag.Pos(end + 1)}, message)
	})
	p.match = matchBrackets(p.toks)
	script := &Script{Stmts: p.parseStmts(false)}
	p.diags.Sort()
	return script, p.diags
}

type parser struct {
	src   *diag.Source
	toks  []token
	match []int // index of the closing bracket for an opening one, -1 otherwise
	i     int
	depth int
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
				match[open[k]] = i
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
	if t.kind == tokIllegal {
		return // the lexer has said it
	}
	p.add(CodeSyntax, t.span(), "expected "+expected+", found "+describe(t))
	if expected == endExpected && p.onNewLine() && len(p.diags) <= maxDiags {
		p.diags[len(p.diags)-1].Hint = "end a statement with ; before the next one begins: a blank line does not end it"
	}
}

// endExpected is what may stand behind a complete operator or statement.
const endExpected = "| or ;"

func (p *parser) onNewLine() bool {
	return p.i > 0 && strings.Contains(p.src.Text[p.toks[p.i-1].end:p.cur().off], "\n")
}

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

func (p *parser) parseStmts(inBody bool) []Stmt {
	var stmts []Stmt
	for {
		for p.accept(";") {
		}
		if p.cur().kind == tokEOF || inBody && p.is("}") {
			return stmts
		}
		before := p.i
		stmts = append(stmts, p.parseStmt())
		p.endStmt(inBody)
		if p.stopped {
			return stmts
		}
		if p.i == before {
			p.advance()
		}
	}
}

// endStmt brings the parser to the semicolon or the end, whatever stands before it.
func (p *parser) endStmt(inBody bool) {
	atEnd := func() bool { return p.is(";") || p.cur().kind == tokEOF || inBody && p.is("}") }
	if !atEnd() {
		p.fail(endExpected)
	}
	for !p.stopped && !atEnd() {
		p.skipOne()
	}
	p.failed = p.stopped
}

func (p *parser) parseStmt() Stmt {
	start := p.i
	next := p.at(1)
	named := next.kind == tokIdent || isPunct(next, "[")
	switch {
	case p.word("let") && (named || isPunct(next, "=")):
		return p.parseLet(start)
	case p.word("set") && next.kind == tokIdent && !isBinaryWord(next):
		return p.parseSet(start)
	case p.word("declare") && isWord(next, "query_parameters"):
		p.i += 2
		params := p.parseParams()
		return &Declare{stmtNode{p.here(start)}, params}
	case p.word("alias") && next.kind == tokIdent, p.word("declare") && next.kind == tokIdent, p.word("restrict") && isWord(next, "access"):
		keyword := p.advance().text
		for !p.is(";") && p.cur().kind != tokEOF {
			p.skipOne()
		}
		return &OtherStmt{stmtNode{p.here(start)}, keyword}
	}
	x := p.parsePipe(true)
	return &Query{stmtNode{p.here(start)}, x}
}

func (p *parser) parseLet(start int) Stmt {
	p.advance()
	name := p.parseName()
	p.expect("=")
	body := p.parseLetBody()
	return &Let{stmtNode{p.here(start)}, name, body}
}

func (p *parser) parseLetBody() Expr {
	if p.atFunction() {
		return p.parseFunction()
	}
	return p.parsePipe(true)
}

// atFunction looks for (…) { and view (…) {.
func (p *parser) atFunction() bool {
	k := p.i
	if p.word("view") {
		k++
	}
	if k >= len(p.toks) || !isPunct(p.toks[k], "(") || p.match[k] < 0 {
		return false
	}
	return isPunct(p.toks[p.match[k]+1], "{")
}

func (p *parser) parseFunction() Expr {
	start := p.i
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	f := &Function{View: p.acceptWord("view")}
	f.Params = p.parseParams()
	k := p.open("{")
	if k >= 0 {
		f.Body = p.parseStmts(true)
	}
	p.close(k, "}")
	f.exprNode = p.ex(start)
	return f
}

func (p *parser) parseParams() []*ParamDecl {
	k := p.open("(")
	var params []*ParamDecl
	for !p.failed && !p.is(")") {
		params = append(params, p.parseParamDecl())
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or )")
	return params
}

func (p *parser) parseParamDecl() *ParamDecl {
	start := p.i
	d := &ParamDecl{Name: p.parseName()}
	p.expect(":")
	if p.is("(") {
		d.Table = true
		d.Columns, d.AnyCols = p.parseSchema()
	} else {
		d.Type = p.parseTypeName()
	}
	if p.accept("=") {
		d.Default = p.parseExpr()
	}
	d.at = p.here(start)
	return d
}

// parseSchema reads (*) or (a:string, b:long).
func (p *parser) parseSchema() (cols []*ColumnDecl, any bool) {
	k := p.open("(")
	for !p.failed && !p.is(")") {
		if p.accept("*") {
			any = true
		} else {
			cols = append(cols, p.parseColumnDecl())
		}
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or )")
	return cols, any
}

func (p *parser) parseColumnDecl() *ColumnDecl {
	start := p.i
	c := &ColumnDecl{Name: p.parseName()}
	p.expect(":")
	c.Type = p.parseTypeName()
	c.at = p.here(start)
	return c
}

func (p *parser) parseTypeName() string {
	if p.failed || p.cur().kind != tokIdent {
		p.fail("a type")
		return ""
	}
	return p.advance().text
}

func (p *parser) parseSet(start int) Stmt {
	p.advance()
	s := &Set{Name: p.parseName()}
	if p.accept("=") {
		s.Value = p.parseExpr()
	}
	s.stmtNode = stmtNode{p.here(start)}
	return s
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

// parsePipe reads a source and its operators. top says that a statement ends behind it, so that a stray token there is
// skipped up to the next bar and the operators behind it are still checked.
func (p *parser) parsePipe(top bool) Expr { return p.parsePipeFrom(top, p.parseOr) }

// parsePipeFrom is parsePipe with the reader of the source: an argument may be name = value, which a group may not.
func (p *parser) parsePipeFrom(top bool, first func() Expr) Expr {
	start := p.i
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	defer p.suspend()()
	src, ops := p.parseHead(first)
	if top {
		p.endOp()
	}
	ops = append(ops, p.parseOps()...)
	if len(ops) == 0 && src != nil {
		return src
	}
	return &Pipe{p.ex(start), src, ops}
}

// suspend clears the flags that an enclosing operator has set for its own expressions.
func (p *parser) suspend() func() {
	noIn, colon := p.noIn, p.colon
	p.noIn, p.colon = false, false
	return func() { p.noIn, p.colon = noIn, colon }
}

func (p *parser) parseOps() []Operator {
	var ops []Operator
	for p.is("|") && !p.stopped && !p.failed {
		p.advance()
		ops = append(ops, p.parseOperator())
		p.endOp()
	}
	return ops
}

// endOp reports what stands behind an operator and does not belong to it, and goes on at the next bar.
func (p *parser) endOp() {
	if !p.failed && (p.atBoundary() || p.is(",") || p.is("]")) {
		return
	}
	p.fail(endExpected)
	p.sync()
}

// parseHead reads what a pipe begins with: a source, or an operator that reads tables by itself.
func (p *parser) parseHead(first func() Expr) (Expr, []Operator) {
	start := p.i
	next := p.at(1)
	switch p.cur().text {
	case "range":
		if p.word("range") && (next.kind == tokIdent && isWord(p.at(2), "from") || isPunct(next, "[")) {
			return p.parseRange(), nil
		}
	case "datatable":
		if p.word("datatable") && isPunct(next, "(") {
			return p.parseDatatable(), nil
		}
	case "externaldata", "external_data":
		if p.cur().kind == tokIdent && isPunct(next, "(") {
			return p.parseExternalData(), nil
		}
	case "print":
		if p.word("print") && p.startsHead(next) {
			p.advance()
			cols := p.parseNamedList("")
			return &Print{p.ex(start), cols}, nil
		}
	case "union", "search", "find", "evaluate":
		if p.cur().kind == tokIdent && p.startsHead(next) {
			return nil, []Operator{p.parseOperator()}
		}
	}
	return first(), nil
}

// startsHead says whether the token behind a word such as union makes the word an operator rather than a column's name.
func (p *parser) startsHead(next token) bool {
	switch next.kind {
	case tokIdent:
		return !isBinaryWord(next) || isPunct(p.at(2), "=") || next.text == "in" && !p.word("print")
	case tokString, tokNumber, tokSpan, tokTyped:
		return true
	case tokPunct:
		return next.text == "(" || next.text == "*" || next.text == "[" && p.at(2).kind == tokString || next.text == "-" && p.word("print")
	}
	return false
}

func (p *parser) parseRange() Expr {
	start := p.i
	p.advance()
	r := &Range{Name: p.parseName()}
	p.expectWord("from")
	r.From = p.parseExpr()
	p.expectWord("to")
	r.To = p.parseExpr()
	p.expectWord("step")
	r.Step = p.parseExpr()
	r.exprNode = p.ex(start)
	return r
}

func (p *parser) parseDatatable() Expr {
	start := p.i
	p.advance()
	d := &Datatable{}
	d.Columns, _ = p.parseSchema()
	d.Values = p.parseBracketList()
	d.exprNode = p.ex(start)
	return d
}

// parseBracketList reads [a, b, ]; a comma may stand behind the last value.
func (p *parser) parseBracketList() []Expr {
	k := p.open("[")
	var list []Expr
	for !p.failed && !p.is("]") {
		list = append(list, p.parseExpr())
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or ]")
	return list
}

func (p *parser) parseExternalData() Expr {
	start := p.i
	p.advance()
	d := &ExternalData{}
	d.Columns, _ = p.parseSchema()
	d.URIs = p.parseBracketList()
	if p.acceptWord("with") {
		d.Props = p.parseProps()
	}
	d.exprNode = p.ex(start)
	return d
}

// parseProps reads (name = value, ...). A further value, as in ycolumns=a, b, becomes a property of the same name.
func (p *parser) parseProps() []*Param {
	k := p.open("(")
	var props []*Param
	for !p.failed && !p.is(")") {
		start := p.i
		if n := len(props); n > 0 && !isPunct(p.at(1), "=") && !isPunct(p.at(1), ".") {
			name := props[n-1].Name
			value := p.parseParamValue()
			props = append(props, &Param{p.here(start), name, value})
		} else {
			props = append(props, p.parseParam())
		}
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or )")
	return props
}

// parseParam reads name = value, where the name may have dots.
func (p *parser) parseParam() *Param {
	start := p.i
	name := p.parseName().Name
	for p.accept(".") {
		name += "." + p.parseName().Name
	}
	p.expect("=")
	value := p.parseParamValue()
	return &Param{p.here(start), name, value}
}

// parseParamValue does not look behind a word: in `kind=inner (T)` the parenthesis is not a call.
func (p *parser) parseParamValue() Expr {
	if p.cur().kind == tokIdent && p.at(1).text != "." {
		if b, ok := boolWord(p.cur().text); ok {
			start := p.i
			p.advance()
			return &Literal{exprNode: p.ex(start), Kind: KindBool, Bool: b}
		}
		return p.parseName()
	}
	return p.parseUnary()
}

func boolWord(s string) (value, ok bool) {
	switch s {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// parseParamsOf reads the options before an operator's operands: those named, and any hint.
func (p *parser) parseParamsOf(names ...string) []*Param {
	var params []*Param
	for !p.failed && p.cur().kind == tokIdent {
		hint := strings.HasPrefix(p.cur().text, "hint") && isPunct(p.at(1), ".")
		if !hint && !(isPunct(p.at(1), "=") && slices.Contains(names, p.cur().text)) {
			break
		}
		params = append(params, p.parseParam())
	}
	return params
}
