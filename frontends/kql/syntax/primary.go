package syntax

import (
	"strings"
)

func (p *parser) parsePrimary() Expr {
	start := p.i
	if p.failed {
		return &Bad{p.ex(start)}
	}
	switch t := p.cur(); t.kind {
	case tokString:
		return p.parseString()
	case tokNumber, tokSpan, tokTyped:
		return p.parseConstant()
	case tokGUID:
		p.advance()
		p.add(CodeSyntax, t.span(), "expected guid("+t.text+"), found the bare GUID")
		return &Literal{exprNode: p.ex(start), Kind: KindGUID, Str: strings.ToLower(t.text)}
	case tokIdent:
		if !p.misplacedWord() {
			return p.parseWord()
		}
	case tokPunct:
		switch t.text {
		case "(":
			return p.parseGroup()
		case "*":
			p.advance()
			return &Star{p.ex(start)}
		case "[":
			if p.atBracketName() {
				return p.parseNameOrCall()
			}
		}
	}
	p.fail("an expression")
	return &Bad{p.ex(start)}
}

// misplacedWord tells a word that joins expressions and stands where an expression must begin: what should stand before it, or all
// of it, was forgotten. Some of these words may be names; then nothing that an operand could begin with follows.
func (p *parser) misplacedWord() bool {
	t, next := p.cur(), p.at(1)
	switch t.text {
	case "and", "or", "asc", "desc":
		return true
	case "by", "where", "matches":
		return next.kind == tokIdent || next.kind == tokString || isPunct(next, "[")
	}
	return isBinaryWord(t) && (isPunct(next, "(") || next.kind == tokString || next.kind == tokNumber)
}

func (p *parser) parseGroup() Expr {
	if p.atFunction() {
		return p.parseFunction()
	}
	k := p.open("(")
	x := p.parsePipe(false)
	p.close(k, ")")
	return x
}

// parseString joins literals that stand side by side, as the language does.
func (p *parser) parseString() *Literal {
	start := p.i
	t := p.advance()
	p.checkEscape(t)
	if p.cur().kind != tokString {
		return &Literal{exprNode: p.ex(start), Kind: KindString, Str: t.val}
	}
	var b strings.Builder
	b.WriteString(t.val)
	for p.cur().kind == tokString {
		t = p.advance()
		p.checkEscape(t)
		b.WriteString(t.val)
	}
	return &Literal{exprNode: p.ex(start), Kind: KindString, Str: b.String(), Joined: true}
}

func (p *parser) checkEscape(t token) {
	if t.badEscape < 0 {
		return
	}
	esc := token{off: t.badEscape, end: min(t.badEscape+2, t.end)}
	p.add(CodeSyntax, esc.span(), `expected a known escape or \\ for a backslash, found `+p.src.Text[esc.off:esc.end])
}

func (p *parser) parseConstant() Expr {
	start := p.i
	t := p.advance()
	l := &Literal{exprNode: p.ex(start)}
	ok := false
	expected := "a number of 64 bits"
	switch t.kind {
	case tokNumber:
		ok = decodeNumber(l, t.text)
	case tokSpan:
		l.Kind = KindTimespan
		l.Int, ok = spanTicks(t.text)
		expected = "a span of time of 64 bits in ticks"
	default:
		l.Kind = typedLiterals[t.text]
		if !decodeTyped(l, t.val) {
			return &BadLiteral{l.exprNode, l.Kind, t.val}
		}
		return l
	}
	if !ok {
		p.add(CodeSyntax, t.span(), "expected "+expected+", found "+describe(t))
		return &Bad{l.exprNode}
	}
	return l
}

func (p *parser) parseWord() Expr {
	start := p.i
	t := p.cur()
	next := p.at(1)
	if b, ok := boolWord(t.text); ok && !isPunct(next, "(") {
		p.advance()
		return &Literal{exprNode: p.ex(start), Kind: KindBool, Bool: b}
	}
	if t.text == "entity_group" && isPunct(next, "[") && p.at(2).kind != tokString {
		return p.parseEntityGroup()
	}
	if isPunct(next, "(") {
		switch t.text {
		case "dynamic":
			return p.parseDynamic()
		case "typeof":
			return p.parseTypeOf()
		case "view":
			if p.atFunction() {
				return p.parseFunction()
			}
		case "datatable":
			return p.parseDatatable()
		case "externaldata", "external_data":
			return p.parseExternalData()
		}
		if _, ok := typedLiterals[t.text]; ok {
			return p.badTyped()
		}
	}
	return p.parseNameOrCall()
}

// badTyped reports datetime( and its like without a literal and its closing bracket on the same line.
func (p *parser) badTyped() Expr {
	start := p.i
	p.i += 2
	if p.match[start+1] < 0 {
		p.add(CodeSyntax, p.spanFrom(start), "this "+p.toks[start].text+"(…) is not closed, expected ) before the end of the line")
		p.failed, p.reported = true, p.i+1
		return &Bad{p.ex(start)}
	}
	p.fail("a literal in " + p.toks[start].text + "(…)")
	p.close(start+1, ")")
	return &Bad{p.ex(start)}
}

// parseEntityGroup reads entity_group [cluster("c").database("d"), G].
// https://learn.microsoft.com/kusto/query/entity-groups
func (p *parser) parseEntityGroup() Expr {
	start := p.i
	p.advance()
	list := p.parseBracketList()
	return &EntityGroup{p.ex(start), list}
}

func (p *parser) parseNameOrCall() Expr {
	start := p.i
	name := p.parseName()
	var params []*Param
	if name.Name == "toscalar" && p.word("kind") && isPunct(p.at(1), "=") {
		params = p.parseParamsOf("kind")
	}
	if !p.is("(") || p.failed {
		if params != nil {
			p.fail("(")
		}
		return name
	}
	args := p.parseArgs()
	return &Call{exprNode: p.ex(start), Func: name, Params: params, Args: args}
}

// parseArgs reads (a, b): each may be a whole pipe, as in toscalar(T | count) and in (T | project a).
func (p *parser) parseArgs() []Expr { return p.parseListOf(p.parseArg) }

func (p *parser) parseListOf(item func() Expr) []Expr {
	k := p.open("(")
	var args []Expr
	for !p.failed && !p.is(")") {
		args = append(args, item())
		if !p.accept(",") {
			break
		}
		if p.is(")") {
			p.fail("an expression")
		}
	}
	p.close(k, ", or )")
	return args
}

func (p *parser) parseArg() Expr {
	if w := p.parseWildcard(false); w != nil {
		return w
	}
	if p.atFunction() {
		return p.parseFunction()
	}
	return p.parsePipeFrom(false, func() Expr { return p.parseNamedWith(p.parseOr) })
}

func (p *parser) parseItem() Expr { return p.parsePipe(false) }

// parseWildcard reads a name pattern such as Device* or *_id whose pieces touch. A lone star counts only with lone.
func (p *parser) parseWildcard(lone bool) Expr {
	k := p.patternEnd(lone)
	if k == p.i {
		return nil
	}
	start := p.i
	p.i = k
	return &Wildcard{p.ex(start), p.src.Text[p.toks[start].off:p.toks[k-1].end]}
}

// patternEnd is the index behind the name pattern that begins here, the current index for none.
func (p *parser) patternEnd(lone bool) int {
	k := p.i
	stars := 0
	for !p.failed && p.toks[k].kind != tokEOF && (k == p.i || p.toks[k].off == p.toks[k-1].end) {
		if isPunct(p.toks[k], "*") {
			stars++
		} else if p.toks[k].kind != tokIdent && p.toks[k].kind != tokNumber {
			break
		}
		k++
	}
	// Behind a pattern nothing may follow that makes the star a multiplication.
	if stars == 0 || k-p.i == 1 && !lone || !endsPattern(p.toks[k]) {
		return p.i
	}
	return k
}

// databaseCall says whether x names a database, whose tables a pattern may choose from.
func databaseCall(x Expr) bool {
	c, ok := x.(*Call)
	if !ok {
		return false
	}
	switch c.Func.Name {
	case "database", "workspace", "app", "cluster", "resource":
		return true
	}
	return false
}

func endsPattern(t token) bool {
	return t.kind == tokEOF || t.kind == tokIdent && !isBinaryWord(t) || t.kind == tokPunct && strings.Contains("|;,)}", t.text)
}

// parseNamed reads x, name = x or (a, b) = x.
func (p *parser) parseNamed() Expr { return p.parseNamedWith(p.parseExpr) }

func (p *parser) parseNamedWith(value func() Expr) Expr {
	start := p.i
	if p.failed {
		return &Bad{p.ex(start)}
	}
	if p.is("(") && p.match[p.i] >= 0 && isPunct(p.toks[p.match[p.i]+1], "=") {
		return p.parseTuple()
	}
	if p.cur().kind == tokIdent && isPunct(p.at(1), "=") || p.atBracketName() && isPunct(p.at(3), "=") {
		name := p.parseName()
		p.advance()
		x := value()
		return &Named{p.ex(start), name, x}
	}
	return value()
}

func (p *parser) parseTuple() Expr {
	start := p.i
	k := p.open("(")
	t := &Tuple{}
	for !p.failed {
		t.Names = append(t.Names, p.parseName())
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or )")
	p.expect("=")
	t.X = p.parseExpr()
	t.exprNode = p.ex(start)
	return t
}

// parseNamedList reads a list of columns; it may be empty where the word stop or the operator's end follows.
func (p *parser) parseNamedList(stop string) []Expr {
	var list []Expr
	for !p.failed {
		if len(list) == 0 && (p.atBoundary() || stop != "" && p.word(stop)) {
			break
		}
		if w := p.parseWildcard(false); w != nil {
			list = append(list, w)
		} else {
			list = append(list, p.parseNamed())
		}
		if !p.accept(",") {
			break
		}
		if stop != "" && p.word(stop) {
			p.fail("an expression")
		}
	}
	return list
}
