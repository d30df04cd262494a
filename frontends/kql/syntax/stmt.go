package syntax

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/diag"
)

// parseStmts reads statements up to the closing bracket of a body, "" for the whole text.
func (p *parser) parseStmts(closer string) []Stmt {
	var stmts []Stmt
	for {
		for p.accept(";") {
		}
		if p.atEnd(closer) {
			return stmts
		}
		if n := len(stmts); n > 0 && closer == "}" && isQuery(stmts[n-1]) {
			p.add(CodeSyntax, p.cur().span(), "expected }, found "+describe(p.cur())+": the query of a function is its last statement")
		}
		before := p.i
		stmts = append(stmts, p.parseStmt())
		p.endStmt(closer)
		if p.stopped {
			return stmts
		}
		if p.i == before {
			p.advance()
		}
	}
}

func isQuery(s Stmt) bool { _, ok := s.(*Query); return ok }

func (p *parser) atEnd(closer string) bool {
	return p.cur().kind == tokEOF || closer != "" && p.is(closer)
}

// endStmt brings the parser to the semicolon, the end, or the next statement where only its semicolon is missing.
func (p *parser) endStmt(closer string) {
	if !p.failed && !p.is(";") && !p.atEnd(closer) {
		if p.atNextStmt() {
			p.missingSemicolon()
			return
		}
		p.fail(endExpected)
	}
	for !p.stopped && !p.is(";") && !p.atEnd(closer) && !p.atNextStmt() {
		p.skipOne()
	}
	p.failed = p.stopped
}

// atNextStmt says whether a statement seems to begin here, on a line of its own: a keyword of statements, a name from which a pipe
// goes on, or a source behind a blank line or comment.
func (p *parser) atNextStmt() bool {
	t := p.cur()
	if t.kind != tokIdent || !p.onNewLine() {
		return false
	}
	next := p.at(1)
	switch t.text {
	case "let", "set", "alias":
		return next.kind == tokIdent || isPunct(next, "[")
	case "declare":
		return isWord(next, "query_parameters") || isWord(next, "pattern")
	}
	name, n := p.operatorName()
	if operatorReader(name) != nil && !isSourceWord(name) {
		return false
	}
	return isPunct(p.at(n), "|") || p.onNewParagraph() && (isSourceWord(name) && p.startsHead(next) || p.at(n).kind == tokEOF)
}

// isSourceWord tells the operators that may begin a query.
func isSourceWord(name string) bool {
	switch name {
	case "union", "search", "find", "evaluate":
		return true
	}
	return false
}

// missingSemicolon reports at the end of the statement before, where the semicolon goes.
func (p *parser) missingSemicolon() {
	last := p.toks[p.i-1]
	if len(p.diags) > maxDiags {
		return // counting lines for messages that nobody sees takes long
	}
	line, _ := p.src.Position(p.cur().span().Pos)
	p.add(CodeSyntax, token{off: last.end, end: last.end}.span(),
		fmt.Sprintf("expected ; here, another statement begins on line %d", line))
	p.hint("end a statement with ; before the next one begins: a blank line does not end it")
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
	case p.word("declare") && isWord(next, "pattern"):
		return p.parseDeclarePattern(start)
	case p.word("alias") && isWord(next, "database"):
		return p.parseAlias(start)
	case p.word("restrict") && isWord(next, "access"):
		return p.parseRestrict(start)
	case p.is(".") && next.kind == tokIdent && next.off == p.cur().end:
		return p.parseCommand(start)
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

// atFunction looks for (…) { and view (…) {, and for a parameter where the bracket behind it is missing.
func (p *parser) atFunction() bool {
	k := p.i
	if p.word("view") {
		k++
	}
	if k >= len(p.toks) || !isPunct(p.toks[k], "(") {
		return false
	}
	if p.match[k] < 0 {
		return !p.colon && p.at(k+1-p.i).kind == tokIdent && isPunct(p.at(k+2-p.i), ":")
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
		f.Body = p.parseStmts("}")
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

// typeNames are the types that a column or parameter may have. Read-only.
// https://learn.microsoft.com/kusto/query/scalar-data-types/
var typeNames = []string{"bool", "boolean", "date", "datetime", "decimal", "double", "dynamic", "guid", "int", "int8", "int64", "long", "real",
	"string", "time", "timespan", "uniqueid"}

// oldTypeNames are taken by typeof only. Read-only.
var oldTypeNames = []string{"float", "int16", "int32", "object", "single", "sqldecimal", "text", "timestamp", "type", "uint", "uint8", "uint16",
	"uint32", "uint64", "ulong", "uuid"}

func (p *parser) parseTypeName() string { return p.parseTypeOfNames(typeNames) }

// parseTypeOfNames reads a type; a word that is none is reported and then taken as if it were.
func (p *parser) parseTypeOfNames(names []string) string {
	if p.failed || p.cur().kind != tokIdent {
		p.fail("a type")
		return ""
	}
	t := p.advance()
	if !slices.Contains(names, t.text) {
		p.add(CodeSyntax, t.span(), "expected a type, found "+describe(t))
		if n := diag.Nearest(t.text, typeNames); n != "" {
			p.hint("did you mean " + n + "?")
		}
	}
	return t.text
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
