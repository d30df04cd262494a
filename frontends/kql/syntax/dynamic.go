package syntax

import (
	"slices"
	"strings"
)

func (p *parser) parseTypeOf() Expr {
	start := p.i
	p.advance()
	t := &TypeOf{}
	k := p.open("(")
	switch {
	case p.is("*"):
		p.i = k
		t.Columns, t.AnyCols = p.parseSchema()
		t.exprNode = p.ex(start)
		return t
	case p.is("("):
		t.Columns, t.AnyCols = p.parseSchema()
	case isPunct(p.at(1), ":"):
		p.i = k
		t.Columns, t.AnyCols = p.parseSchema()
		t.exprNode = p.ex(start)
		return t
	default:
		t.Type = p.parseTypeOfNames(slices.Concat(typeNames, oldTypeNames))
	}
	p.close(k, ")")
	t.exprNode = p.ex(start)
	return t
}

func (p *parser) parseDynamic() Expr {
	start := p.i
	p.advance()
	k := p.open("(")
	d := p.parseDynamicValue()
	p.close(k, ")")
	return &Literal{exprNode: p.ex(start), Kind: KindDynamic, Null: d.Kind == DynNull, Dyn: d}
}

func (p *parser) parseDynamicValue() *Dynamic {
	start := p.i
	d := &Dynamic{}
	if !p.enter() {
		return d
	}
	defer p.leave()
	switch {
	case p.word("null"):
		p.advance()
		d.Kind = DynNull
	case p.word("dynamic") && isPunct(p.at(1), "("):
		p.advance()
		k := p.open("(")
		inner := p.parseDynamicValue()
		p.close(k, ")")
		inner.at = p.here(start)
		return inner
	case p.is("["):
		d.Kind = DynArray
		p.parseDynamicItems(d)
	case p.is("{"):
		d.Kind = DynBag
		p.parseDynamicFields(d)
	default:
		d.Scalar = p.parseDynamicScalar()
	}
	d.at = p.here(start)
	return d
}

func (p *parser) parseDynamicItems(d *Dynamic) {
	k := p.open("[")
	for !p.failed && !p.is("]") {
		d.Items = append(d.Items, p.parseDynamicValue())
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or ]")
}

func (p *parser) parseDynamicFields(d *Dynamic) {
	k := p.open("{")
	for !p.failed && !p.is("}") {
		if p.cur().kind != tokString {
			p.fail("a key in quotation marks")
			break
		}
		key := p.advance().val
		p.expect(":")
		d.Fields = append(d.Fields, DynField{key, p.parseDynamicValue()})
		if !p.accept(",") {
			break
		}
	}
	p.close(k, ", or }")
}

func (p *parser) parseDynamicScalar() *Literal {
	start := p.i
	t := p.cur()
	if b, ok := boolWord(t.text); ok && t.kind == tokIdent {
		p.advance()
		return &Literal{exprNode: p.ex(start), Kind: KindBool, Bool: b}
	}
	if t.kind == tokString {
		return p.parseDynamicString()
	}
	if t.kind == tokGUID {
		p.advance()
		return &Literal{exprNode: p.ex(start), Kind: KindGUID, Str: strings.ToLower(t.text)}
	}
	negative := p.is("-") && p.at(1).kind == tokNumber
	if negative {
		p.advance()
	}
	if k := p.cur().kind; k == tokNumber || k == tokSpan || k == tokTyped {
		switch x := p.parseConstant().(type) {
		case *Literal:
			x.exprNode = p.ex(start)
			if negative {
				x.Int, x.Real = -x.Int, -x.Real
			}
			return x
		case *BadLiteral:
			p.add(CodeSyntax, x.Span(), "expected a "+x.Kind.String()+" in "+t.text+"(…), found "+describe(token{kind: tokTyped, text: p.src.Text[t.off:t.end]}))
		}
		return &Literal{exprNode: p.ex(start)}
	}
	p.fail("a JSON value")
	return &Literal{exprNode: p.ex(start)}
}

// parseDynamicString joins strings that stand side by side, as everywhere: ["a" "b"] holds one string.
func (p *parser) parseDynamicString() *Literal {
	start := p.i
	l := &Literal{Kind: KindString}
	var b strings.Builder
	for p.cur().kind == tokString {
		t := p.advance()
		// JSON escapes a slash, which KQL does not.
		if t.badEscape >= 0 && p.src.Text[t.badEscape+1] != '/' {
			p.checkEscape(t)
		}
		b.WriteString(t.val)
	}
	l.Str = b.String()
	l.Joined = p.i-start > 1
	l.exprNode = p.ex(start)
	return l
}
