package syntax

import (
	"strings"
)

// stringOps are the tests of text that bind tighter than arithmetic, with their canonical spelling. Read-only.
var stringOps = map[string]Op{
	"=~": "=~", "!~": "!~", "has": "has", "!has": "!has", "has_cs": "has_cs", "!has_cs": "!has_cs",
	"hasprefix": "hasprefix", "!hasprefix": "!hasprefix", "hasprefix_cs": "hasprefix_cs", "!hasprefix_cs": "!hasprefix_cs",
	"hassuffix": "hassuffix", "!hassuffix": "!hassuffix", "hassuffix_cs": "hassuffix_cs", "!hassuffix_cs": "!hassuffix_cs",
	"contains": "contains", "!contains": "!contains", "contains_cs": "contains_cs", "!contains_cs": "!contains_cs",
	"containscs": "contains_cs", "notcontains": "!contains", "notcontainscs": "!contains_cs",
	"startswith": "startswith", "!startswith": "!startswith", "startswith_cs": "startswith_cs", "!startswith_cs": "!startswith_cs",
	"endswith": "endswith", "!endswith": "!endswith", "endswith_cs": "endswith_cs", "!endswith_cs": "!endswith_cs",
	"like": "like", "notlike": "!like", "likecs": "like_cs", "notlikecs": "!like_cs", "matches": "matches regex",
}

// listOps take a list in parentheses. Read-only.
var listOps = map[string]Op{"in": "in", "!in": "!in", "in~": "in~", "!in~": "!in~", "has_any": "has_any", "has_all": "has_all"}

var equalOps = map[string]Op{"==": "==", "!=": "!=", "<>": "!="}

var relationOps = map[string]Op{"<": "<", ">": ">", "<=": "<=", ">=": ">="}

var addOps = map[string]Op{"+": "+", "-": "-"}

var mulOps = map[string]Op{"*": "*", "/": "/", "%": "%"}

func opIn(t token, ops map[string]Op) (Op, bool) {
	if t.kind != tokPunct && t.kind != tokIdent {
		return "", false
	}
	op, ok := ops[t.text]
	return op, ok
}

func isBinaryWord(t token) bool {
	if t.kind != tokIdent {
		return false
	}
	_, text := stringOps[t.text]
	_, list := listOps[t.text]
	return text || list || t.text == "and" || t.text == "or" || t.text == "between"
}

func (p *parser) parseExpr() Expr {
	start := p.i
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	return p.parseOr()
}

func (p *parser) parseOr() Expr {
	x := p.parseAnd()
	for !p.failed && p.word("or") {
		x = p.binary(x, "or", 1, p.parseAnd)
	}
	return x
}

func (p *parser) binary(x Expr, op Op, words int, right func() Expr) Expr {
	opStart := p.i
	p.i += words
	opAt := p.spanFrom(opStart)
	y := right()
	return &Binary{p.since(x), op, opAt, x, y}
}

func (p *parser) parseAnd() Expr {
	x := p.parseEquality()
	for !p.failed && p.word("and") {
		x = p.binary(x, "and", 1, p.parseEquality)
	}
	return x
}

// parseEquality reads ==, lists and between, which do not chain: a == b == c is an error in the language, too.
func (p *parser) parseEquality() Expr {
	x := p.parseRelation()
	if p.failed {
		return x
	}
	if op, ok := opIn(p.cur(), equalOps); ok {
		return p.binary(x, op, 1, p.parseRelation)
	}
	if op, ok := opIn(p.cur(), listOps); ok && !(p.noIn && op == "in") {
		return p.parseIn(x, op)
	}
	if p.word("between") || p.is("!between") {
		return p.parseBetween(x)
	}
	return x
}

func (p *parser) parseIn(x Expr, op Op) Expr {
	start := p.i
	p.advance()
	in := &In{Op: op, OpAt: p.spanFrom(start), X: x}
	if p.is("(") && isPunct(p.at(1), ")") {
		p.advance()
		p.fail("an expression")
		p.close(p.i-1, ")")
		in.exprNode = p.since(x)
		return in
	}
	in.List = p.parseListOf(p.parseItem)
	in.exprNode = p.since(x)
	return in
}

func (p *parser) parseBetween(x Expr) Expr {
	start := p.i
	b := &Between{X: x, Not: p.is("!between")}
	p.advance()
	b.OpAt = p.spanFrom(start)
	k := p.open("(")
	b.Lo = p.parseExpr()
	p.expect("..")
	b.Hi = p.parseExpr()
	p.close(k, ")")
	b.exprNode = p.since(x)
	return b
}

func (p *parser) parseRelation() Expr {
	x := p.parseAdd()
	if op, ok := opIn(p.cur(), relationOps); ok && !p.failed {
		return p.binary(x, op, 1, p.parseAdd)
	}
	return x
}

func (p *parser) parseAdd() Expr {
	x := p.parseMul()
	for !p.failed {
		op, ok := opIn(p.cur(), addOps)
		if !ok {
			break
		}
		x = p.binary(x, op, 1, p.parseMul)
	}
	return x
}

func (p *parser) parseMul() Expr {
	x := p.parseStringTest()
	for !p.failed {
		op, ok := opIn(p.cur(), mulOps)
		if !ok {
			break
		}
		x = p.binary(x, op, 1, p.parseStringTest)
	}
	return x
}

// parseStringTest reads has and its like. The published grammar binds them tighter than arithmetic: a has "x" + "y" is
// (a has "x") + "y".
func (p *parser) parseStringTest() Expr {
	x := p.parseUnary()
	for !p.failed {
		if p.colon && p.is(":") {
			x = p.binary(x, "has", 1, p.parseUnary)
			continue
		}
		op, ok := opIn(p.cur(), stringOps)
		if !ok {
			break
		}
		words := 1
		if op == "matches regex" {
			if !isWord(p.at(1), "regex") {
				p.advance()
				p.fail("regex")
				break
			}
			words = 2
		}
		x = p.binary(x, op, words, p.parseUnary)
	}
	return x
}

func (p *parser) parseUnary() Expr {
	start := p.i
	if !p.failed && (p.is("-") || p.is("+")) {
		if !p.enter() {
			return &Bad{p.ex(start)}
		}
		defer p.leave()
		op := Op(p.advance().text)
		x := p.parseUnary()
		return &Unary{p.ex(start), op, x}
	}
	return p.parsePostfix(p.parsePrimary())
}

func (p *parser) parsePostfix(x Expr) Expr {
	for !p.failed {
		switch {
		case p.is(".") && isPunct(p.at(1), "[") && !p.bracketNameAt(1):
			p.advance()
			x = p.parseIndex(x, true)
		case p.is("."):
			p.advance()
			x = p.parseMember(x)
		case p.is("["):
			x = p.parseIndex(x, false)
		default:
			return x
		}
	}
	return x
}

func (p *parser) bracketNameAt(n int) bool {
	return isPunct(p.at(n), "[") && p.at(n+1).kind == tokString && isPunct(p.at(n+2), "]")
}

func (p *parser) parseMember(x Expr) Expr {
	if k := p.patternEnd(true); k > p.i && databaseCall(x) {
		start := p.i
		p.i = k
		return &PathWildcard{p.since(x), x, p.src.Text[p.toks[start].off:p.toks[k-1].end]}
	}
	name := p.parseName()
	if p.failed || !p.is("(") {
		return &Path{p.since(x), x, name}
	}
	args := p.parseArgs()
	return &Call{exprNode: p.since(x), Recv: x, Func: name, Args: args}
}

func (p *parser) parseIndex(x Expr, dotted bool) Expr {
	k := p.open("[")
	i := p.parseExpr()
	p.close(k, "]")
	return &Index{p.since(x), x, i, dotted}
}

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
