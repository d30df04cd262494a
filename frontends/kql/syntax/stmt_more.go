package syntax

import (
	"slices"
	"strings"
)

// parseAlias reads `alias database Name = cluster("c").database("d")`.
// https://learn.microsoft.com/kusto/query/alias-statement
func (p *parser) parseAlias(start int) Stmt {
	p.i += 2
	name := p.parseName()
	p.expect("=")
	x := p.parseExpr()
	return &OtherStmt{stmtNode{p.here(start)}, "alias database", []Expr{name, x}, nil}
}

// parseRestrict reads `restrict access to (T, database("d").*)`.
// https://learn.microsoft.com/kusto/query/restrict-statement
func (p *parser) parseRestrict(start int) Stmt {
	p.i += 2
	p.expectWord("to")
	k := p.open("(")
	parts := p.parseTables()
	p.close(k, ", or )")
	return &OtherStmt{stmtNode{p.here(start)}, "restrict access", parts, nil}
}

// parseDeclarePattern reads `declare pattern P` and `declare pattern P = (a:string)[b:string] { ("x").["y"] = { T }; }`.
// https://learn.microsoft.com/kusto/query/pattern-statement
func (p *parser) parseDeclarePattern(start int) Stmt {
	p.i += 2
	st := &OtherStmt{Keyword: "declare pattern", Parts: []Expr{p.parseName()}}
	if p.accept("=") {
		p.parseParams()
		if k := p.i; p.accept("[") {
			p.parseParamDecl()
			p.close(k, "]")
		}
		k := p.open("{")
		for !p.failed && p.is("(") {
			p.parsePatternCase(st)
			if !p.accept(";") {
				p.fail(";")
			}
		}
		p.close(k, "( or }")
	}
	st.stmtNode = stmtNode{p.here(start)}
	return st
}

func (p *parser) parsePatternCase(st *OtherStmt) {
	st.Parts = append(st.Parts, p.parseArgs()...)
	if p.accept(".") {
		k := p.open("[")
		st.Parts = append(st.Parts, p.parseExpr())
		p.close(k, "]")
	}
	p.expect("=")
	k := p.open("{")
	if k >= 0 && p.enter() {
		st.Body = append(st.Body, p.parseStmts("}")...)
		p.leave()
	}
	p.close(k, "}")
}

// parseCommand reads `.create function` and its like; of any other management command only the name is read.
// https://learn.microsoft.com/kusto/management/create-function
func (p *parser) parseCommand(start int) Stmt {
	p.advance()
	verb, n := p.operatorName()
	p.i += n
	switch verb {
	case "create", "create-or-alter", "alter":
		if p.acceptWord("function") {
			return p.parseCreateFunction(start, verb)
		}
	}
	p.i = len(p.toks) - 1 // a command takes all that follows
	return &Command{stmtNode{p.here(start)}, verb}
}

func (p *parser) parseCreateFunction(start int, verb string) Stmt {
	st := &CreateFunction{Verb: verb, IfAbsent: p.acceptWord("ifnotexists")}
	if p.word("with") && isPunct(p.at(1), "(") {
		p.advance()
		st.Props = p.parseProps()
	}
	st.Name = p.parseName()
	st.Func, _ = p.parseFunction().(*Function)
	if st.Func != nil && !slices.ContainsFunc(st.Func.Params, func(d *ParamDecl) bool { return d.Default == nil }) {
		st.Call = &Call{exprNode: st.Name.exprNode, Func: st.Name}
	}
	st.stmtNode = stmtNode{p.here(start)}
	return st
}

// readDirectives takes the lines that begin with # before the query.
func (l *lexer) readDirectives() []*Directive {
	var out []*Directive
	for {
		l.skipBlank()
		if l.peek(0) != '#' {
			return out
		}
		start := l.off
		l.skipLine()
		t := token{off: start, end: start + len(strings.TrimRight(l.text[start:l.off], " \t"))}
		out = append(out, &Directive{at{t.span()}, l.text[t.off:t.end]})
	}
}
