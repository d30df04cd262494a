package syntax

func (p *parser) parseExpandItems() []*ExpandItem {
	var items []*ExpandItem
	for {
		start := p.i
		item := &ExpandItem{X: p.parseNamed()}
		if p.acceptWord("to") {
			if !p.word("typeof") || !isPunct(p.at(1), "(") {
				p.fail("typeof(…)")
			} else {
				item.To, _ = p.parseTypeOf().(*TypeOf)
			}
		}
		item.at = p.here(start)
		items = append(items, item)
		if !p.accept(",") {
			return items
		}
	}
}

func (p *parser) parseMvExpand() Operator {
	op := &MvExpand{Params: p.parseParamsOf("bagexpansion", "kind", "with_itemindex")}
	op.Items = p.parseExpandItems()
	if p.acceptWord("limit") {
		op.Limit = p.parseExpr()
	}
	return op
}

func (p *parser) parseMvApply() Operator {
	op := &MvApply{Params: p.parseParamsOf("with_itemindex", "bagexpansion", "kind")}
	op.Items = p.parseExpandItems()
	if p.acceptWord("limit") {
		op.Limit = p.parseExpr()
	}
	p.expectWord("on")
	op.Sub = p.parseSub("(")
	return op
}

func (p *parser) parseParse(where bool) Operator {
	op := &ParseOp{Where: where, Params: p.parseParamsOf("kind", "flags")}
	op.X = p.parseExpr()
	p.expectWord("with")
	for !p.failed && (len(op.Parts) == 0 || !p.atBoundary() && !(p.onNewLine() && p.atOperator())) {
		op.Parts = append(op.Parts, p.parsePart())
	}
	return op
}

func (p *parser) parsePart() PatternPart {
	start := p.i
	part := PatternPart{}
	switch {
	case p.accept("*"):
		part.Star = true
	case p.cur().kind == tokString:
		part.Text = p.parseString()
	case p.cur().kind == tokIdent || p.atBracketName():
		part.Name = p.parseName()
		if p.accept(":") {
			part.Type = p.parseTypeName()
		}
	default:
		p.fail("*, a string or a column name")
	}
	part.at = p.here(start)
	return part
}

func (p *parser) parseParseKV() Operator {
	op := &ParseKV{X: p.parseExpr()}
	p.expectWord("as")
	op.Columns, _ = p.parseSchema()
	if p.acceptWord("with") {
		op.Props = p.parseProps()
	}
	return op
}

func (p *parser) parseRender() Operator {
	op := &Render{Chart: p.parseName().Name}
	if p.acceptWord("with") {
		op.Props = p.parseProps()
		return op
	}
	// The older form has no parentheses, and commas at will.
	for !p.failed && p.cur().kind == tokIdent {
		if p.word("by") {
			op.Props = append(op.Props, p.parseRenderBy()...)
			continue
		}
		op.Props = append(op.Props, p.parseParam())
		p.accept(",")
	}
	return op
}

func (p *parser) parseRenderBy() []*Param {
	p.advance()
	var by []*Param
	for {
		start := p.i
		name := p.parseName()
		by = append(by, &Param{p.here(start), "by", name})
		if !p.accept(",") {
			return by
		}
	}
}

func (p *parser) parseSampleDistinct() Operator {
	op := &SampleDistinct{N: p.parseExpr()}
	p.expectWord("of")
	op.Of = p.parseExpr()
	return op
}

func (p *parser) parseSerialize() Operator {
	op := &Serialize{Params: p.parseParamsOf()}
	op.Cols = p.parseNamedList("")
	return op
}

func (p *parser) parseMakeSeries() Operator {
	op := &MakeSeries{Params: p.parseParamsOf("kind")}
	for {
		start := p.i
		agg := &SeriesAgg{X: p.parseNamed()}
		if p.acceptWord("default") {
			p.expect("=")
			agg.Default = p.parseExpr()
		}
		agg.at = p.here(start)
		op.Aggs = append(op.Aggs, agg)
		if !p.accept(",") {
			break
		}
	}
	p.expectWord("on")
	p.parseAxis(op)
	if p.acceptWord("by") {
		op.By = p.parseSomeNamed()
	}
	return op
}

func (p *parser) parseAxis(op *MakeSeries) {
	p.noIn = true
	op.On = p.parseNamed()
	p.noIn = false
	if p.acceptWord("in") {
		op.InRange = true
		p.expectWord("range")
		k := p.open("(")
		op.From = p.parseExpr()
		p.expect(",")
		op.To = p.parseExpr()
		p.expect(",")
		op.Step = p.parseExpr()
		p.close(k, ")")
		return
	}
	if p.acceptWord("from") {
		op.From = p.parseExpr()
	}
	if p.acceptWord("to") {
		op.To = p.parseExpr()
	}
	p.expectWord("step")
	op.Step = p.parseExpr()
}
