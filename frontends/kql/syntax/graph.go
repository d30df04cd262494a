package syntax

// Graph operators. https://learn.microsoft.com/kusto/query/graph-operators

// parseMakeGraph reads what follows make-graph.
// https://learn.microsoft.com/kusto/query/make-graph-operator
func (p *parser) parseMakeGraph() Operator {
	op := &MakeGraph{Source: p.parseName()}
	if !p.acceptArrow("-", "-", ">") {
		p.fail("-->")
	}
	op.Target = p.parseName()
	switch {
	case p.word("with_node_id") && isPunct(p.at(1), "="):
		p.i += 2
		op.NodeID = p.parseName()
	case p.acceptWord("with"):
		for {
			start := p.i
			n := &GraphNodes{Table: p.parseTable()}
			p.expectWord("on")
			n.ID = p.parseName()
			n.at = p.here(start)
			op.Nodes = append(op.Nodes, n)
			if !p.accept(",") {
				break
			}
		}
	}
	if name, n := p.operatorName(); !p.failed && name == "partitioned-by" {
		p.i += n
		op.Partition = p.parseName()
		op.Sub = p.parseSub("(")
	}
	return op
}

// acceptArrow takes punctuation that touches: the lexer does not know arrows, since a --b is arithmetic.
func (p *parser) acceptArrow(parts ...string) bool {
	for i, text := range parts {
		t := p.at(i)
		if p.failed || !isPunct(t, text) || i > 0 && t.off != p.at(i-1).end {
			return false
		}
	}
	p.i += len(parts)
	return true
}

// parseGraphMatch reads patterns, a condition and columns.
// https://learn.microsoft.com/kusto/query/graph-match-operator https://learn.microsoft.com/kusto/query/graph-shortest-paths-operator
func (p *parser) parseGraphMatch(shortest bool) Operator {
	op := &GraphMatch{Shortest: shortest, Params: p.parseParamsOf("cycles", "output")}
	for {
		op.Patterns = append(op.Patterns, p.parseGraphPattern())
		if !p.accept(",") {
			break
		}
	}
	if p.acceptWord("where") {
		op.Where = p.parseExpr()
	}
	if p.acceptWord("project") {
		op.Project = p.parseSomeNamed()
	}
	return op
}

func (p *parser) parseGraphPattern() *GraphPattern {
	start := p.i
	g := &GraphPattern{}
	for {
		g.Parts = append(g.Parts, p.parseGraphNode())
		if !p.is("-") && !p.is("<") || p.failed {
			break
		}
		g.Parts = append(g.Parts, p.parseGraphEdge())
	}
	g.at = p.here(start)
	return g
}

func (p *parser) parseGraphNode() *GraphPart {
	start := p.i
	n := &GraphPart{}
	k := p.open("(")
	if !p.is(")") && !p.failed {
		n.Name = p.parseName()
	}
	p.close(k, ")")
	n.at = p.here(start)
	return n
}

// parseGraphEdge reads -->, <--, --, or one with a name and lengths in brackets: -[e*1..5]->.
func (p *parser) parseGraphEdge() *GraphPart {
	start := p.i
	e := &GraphPart{Edge: true, Arrow: ArrowEither}
	if p.accept("<") {
		e.Arrow = ArrowLeft
	}
	p.expect("-")
	if k := p.i; p.accept("[") {
		if p.cur().kind == tokIdent {
			e.Name = p.parseName()
		}
		if p.accept("*") {
			p.parseGraphLengths(e)
		}
		p.close(k, "* or ]")
	}
	p.expect("-")
	if e.Arrow == ArrowEither && p.accept(">") {
		e.Arrow = ArrowRight
	}
	e.at = p.here(start)
	return e
}

func (p *parser) parseGraphLengths(e *GraphPart) {
	e.Min = p.parseUnary()
	e.Max = e.Min
	if p.accept("..") {
		e.Max = p.parseUnary()
	}
}

// parseGraphToTable reads nodes as A, edges as B with their options.
// https://learn.microsoft.com/kusto/query/graph-to-table-operator
func (p *parser) parseGraphToTable() Operator {
	op := &GraphToTable{}
	for {
		start := p.i
		out := &GraphOutput{What: p.cur().text}
		if !p.acceptWord("nodes") && !p.acceptWord("edges") {
			p.fail("nodes or edges")
		}
		if p.acceptWord("as") {
			out.Name = p.parseName()
		}
		out.Params = p.parseParamsOf("with_node_id", "with_source_id", "with_target_id")
		out.at = p.here(start)
		op.Outputs = append(op.Outputs, out)
		if !p.accept(",") {
			return op
		}
	}
}
