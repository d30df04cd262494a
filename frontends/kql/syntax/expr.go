package syntax

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
