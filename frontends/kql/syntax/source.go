package syntax

import (
	"slices"
	"strings"
)

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
	if top && p.is("|") {
		p.noTable()
	}
	src, ops := p.parseHead(first)
	if top {
		p.endOp()
	}
	ops = append(ops, p.parseOps(top)...)
	for top && p.strayBracket() {
		p.fail(endExpected)
		p.advance()
		p.sync()
		ops = append(ops, p.parseOps(top)...)
	}
	if len(ops) == 0 && src != nil {
		return src
	}
	return &Pipe{p.ex(start), src, ops}
}

// noTable reports a statement that begins with a bar.
func (p *parser) noTable() {
	p.fail("a table")
	if p.i > 0 && isPunct(p.toks[p.i-1], ";") {
		p.hint("remove the ; before it if the query goes on")
	}
}

// strayBracket says whether a closing bracket that nothing has opened stands here.
func (p *parser) strayBracket() bool {
	return !p.stopped && (p.is(")") || p.is("]") || p.is("}")) && p.match[p.i] < 0
}

// suspend clears the flags that an enclosing operator has set for its own expressions.
func (p *parser) suspend() func() {
	noIn, colon := p.noIn, p.colon
	p.noIn, p.colon = false, false
	return func() { p.noIn, p.colon = noIn, colon }
}

// parseOps reads the operators of a pipe. A bar that was forgotten before an operator is reported, and the operator read.
func (p *parser) parseOps(top bool) []Operator {
	var ops []Operator
	for !p.stopped && !p.failed && (p.accept("|") || p.missingBar(top)) {
		ops = append(ops, p.parseOperator())
		p.endOp()
	}
	return ops
}

// missingBar reports an operator that stands where only a bar can: anywhere in a statement, on a line of its own in brackets.
func (p *parser) missingBar(top bool) bool {
	if !p.atOperator() || !top && !p.onNewLine() {
		return false
	}
	if p.reported != p.i+1 {
		p.reported = p.i + 1
		p.add(CodeSyntax, p.cur().span(), "expected |, found "+describe(p.cur()))
	}
	return true
}

// atOperator says whether the words here name an operator that no statement can begin with.
func (p *parser) atOperator() bool {
	name, n := p.operatorName()
	return n > 0 && operatorReader(name) != nil && !isPunct(p.at(n), "=") && !p.atNextStmt()
}

// endOp reports what stands behind an operator and does not belong to it, and goes on at the next bar.
func (p *parser) endOp() {
	if !p.failed && (p.atBoundary() || p.is(",") || p.is("]") || p.atNextStmt() || p.atOperator()) {
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
		if p.word("datatable") && (isPunct(next, "(") || isWord(next, "hint") && isPunct(p.at(2), ".")) {
			return p.parseDatatable(), nil
		}
	case "externaldata", "external_data":
		if p.cur().kind == tokIdent && isPunct(next, "(") {
			return p.parseExternalData(), nil
		}
	case "macro":
		if name, n := p.operatorName(); name == "macro-expand" {
			p.i += n
			return p.parseMacroExpand(start), nil
		}
	case "print":
		if p.word("print") && (p.startsHead(next) || next.kind == tokEOF || isPunct(next, "}") || isPunct(next, ";")) {
			p.advance()
			cols := p.parseSomeNamed()
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

// parseMacroExpand reads what follows the operator's name.
// https://learn.microsoft.com/kusto/query/macro-expand-operator
func (p *parser) parseMacroExpand(start int) Expr {
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	m := &MacroExpand{Params: p.parseParamsOf("isfuzzy", "kind", "withsource", "with_source")}
	m.Group = p.parsePostfix(p.parsePrimary())
	p.expectWord("as")
	m.Name = p.parseName()
	k := p.open("(")
	if k >= 0 {
		m.Body = p.parseStmts(")")
	}
	p.close(k, "| or )")
	m.exprNode = p.ex(start)
	return m
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
	p.parseParamsOf() // hints for the engine
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
			value := p.parsePropValue()
			props = append(props, &Param{p.here(start), name, value})
		} else {
			props = append(props, p.parseParamWith(p.parsePropValue))
		}
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or )")
	return props
}

// parseParam reads name = value, where the name may have dots.
func (p *parser) parseParam() *Param { return p.parseParamWith(p.parseParamValue) }

func (p *parser) parseParamWith(value func() Expr) *Param {
	start := p.i
	name := p.parseName().Name
	for p.accept(".") {
		name += "." + p.parseName().Name
	}
	p.expect("=")
	x := value()
	return &Param{p.here(start), name, x}
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

// parsePropValue reads a value of with (name = value), where nothing but a comma can follow.
func (p *parser) parsePropValue() Expr {
	if p.cur().kind == tokIdent && isPunct(p.at(1), "(") {
		return p.parseUnary()
	}
	return p.parseParamValue()
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
