package syntax

// parseSub reads a sub-query in brackets: operators that run over the rows of its surroundings.
func (p *parser) parseSub(bracket string) Expr {
	start := p.i
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	defer p.suspend()()
	k := p.open(bracket)
	bodyStart := p.i
	ops := []Operator{p.parseOperator()}
	p.endOp()
	ops = append(ops, p.parseOps(false)...)
	x := &Pipe{p.ex(bodyStart), nil, ops}
	if k >= 0 {
		p.close(k, "| or "+closerOf(bracket))
	}
	return x
}

func (p *parser) parseEvaluate() Operator {
	op := &Evaluate{Params: p.parseParamsOf()}
	op.Plugin = p.parseCallOf(p.parsePrimary)
	if p.accept(":") {
		op.Columns, op.AnyCols = p.parseSchema()
	}
	return op
}

// parseCallOf reads a call where nothing else may stand.
func (p *parser) parseCallOf(first func() Expr) Expr {
	x := p.parsePostfix(first())
	if _, ok := x.(*Call); !ok {
		p.fail("(")
	}
	return x
}

func (p *parser) parseAs() Operator {
	op := &As{Params: p.parseParamsOf()}
	op.Name = p.parseName()
	return op
}

// parsePartition reads partition by Column (operators), and the older forms by Column { query } and by Column in (column) { query }.
// https://learn.microsoft.com/kusto/query/partition-operator
func (p *parser) parsePartition() Operator {
	op := &Partition{Params: p.parseParamsOf("kind")}
	p.expectWord("by")
	op.By = p.parseName()
	for p.is(".") && !p.failed {
		p.advance()
		op.By = &Path{p.since(op.By), op.By, p.parseName()}
	}
	if p.is("{") {
		op.Sub = p.parseQueryIn("{")
		return op
	}
	op.Sub = p.parseSub("(")
	return op
}

// parseQueryIn reads a whole query in brackets, which may also begin with an operator.
func (p *parser) parseQueryIn(bracket string) Expr {
	name, _ := p.operatorNameAt(1)
	if operatorReader(name) != nil && !isSourceWord(name) {
		return p.parseSub(bracket)
	}
	start := p.i
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	defer p.suspend()()
	k := p.open(bracket)
	x := p.parsePipe(false)
	if k >= 0 {
		p.close(k, "| or "+closerOf(bracket))
	}
	return x
}

func (p *parser) parseScan() Operator {
	op := &Scan{Params: p.parseParamsOf("with_match_id", "kind")}
	if p.acceptWord("order") {
		p.expectWord("by")
		op.OrderBy = p.parseOrderedList()
	}
	if p.acceptWord("partition") {
		p.expectWord("by")
		op.PartitionBy = p.parseConditions()
	}
	if p.acceptWord("declare") {
		op.Declare = p.parseParams()
	}
	p.expectWord("with")
	k := p.open("(")
	for !p.failed && p.word("step") {
		op.Steps = append(op.Steps, p.parseScanStep())
		if !p.accept(";") {
			break
		}
	}
	p.close(k, "step, ; or )")
	return op
}

func (p *parser) parseScanStep() *ScanStep {
	start := p.i
	p.advance()
	s := &ScanStep{Name: p.parseName()}
	s.Optional = p.acceptWord("optional")
	if p.acceptWord("output") {
		p.expect("=")
		s.Output = p.parseName().Name
	}
	p.expect(":")
	s.Cond = p.parseExpr()
	if p.accept("=>") {
		s.Assigns = p.parseSomeNamed()
	}
	s.at = p.here(start)
	return s
}

func (p *parser) parseSearch() Operator {
	op := &Search{Params: p.parseParamsOf("kind")}
	op.In = p.parseInTables()
	p.colon = true
	op.Pred = p.parseExpr()
	p.colon = false
	return op
}

// parseInTables reads `in (T1, T2)`; it is optional.
func (p *parser) parseInTables() []Expr {
	if !p.word("in") || !isPunct(p.at(1), "(") || p.failed {
		return nil
	}
	p.advance()
	k := p.open("(")
	tables := p.parseTables()
	p.close(k, ", or )")
	return tables
}

func (p *parser) parseFind() Operator {
	op := &Find{Params: p.parseParamsOf("withsource", "datascope")}
	op.In = p.parseInTables()
	op.Params = append(op.Params, p.parseParamsOf("withsource")...)
	p.acceptWord("where")
	p.colon = true
	op.Pred = p.parseExpr()
	p.colon = false
	for !p.failed {
		name, n := p.operatorName()
		switch name {
		case "project":
			p.i += n
			op.Project = p.parseFindColumns()
		case "project-away":
			p.i += n
			op.Away = p.parsePatterns()
		case "project-smart":
			p.i += n
			op.Smart = true
		default:
			return op
		}
	}
	return op
}

// parseFindColumns reads names, name:type and pack(*); the type is dropped, because the column's own type rules.
func (p *parser) parseFindColumns() []Expr {
	var list []Expr
	for {
		list = append(list, p.parseNamed())
		if p.accept(":") {
			p.parseTypeName()
		}
		if !p.accept(",") {
			return list
		}
	}
}

func (p *parser) parseFacet() Operator {
	op := &Facet{}
	p.expectWord("by")
	op.By = p.parseConditions()
	if p.acceptWord("with") {
		op.With = p.parseSub("(")
	}
	return op
}

func (p *parser) parseReduce() Operator {
	op := &Reduce{Params: p.parseParamsOf("kind")}
	p.expectWord("by")
	op.By = p.parseExpr()
	if p.acceptWord("with") {
		for !p.failed && !p.atBoundary() {
			op.With = append(op.With, p.parseParam())
			if !p.accept(",") {
				break
			}
		}
	}
	return op
}

func (p *parser) parseFork() Operator {
	op := &Fork{}
	for !p.failed && !p.atBoundary() {
		start := p.i
		if p.is("(") {
			op.Branches = append(op.Branches, p.parseSub("("))
			continue
		}
		if !isPunct(p.at(1), "=") {
			break
		}
		name := p.parseName()
		p.expect("=")
		sub := p.parseSub("(")
		op.Branches = append(op.Branches, &Named{p.ex(start), name, sub})
	}
	if len(op.Branches) == 0 {
		p.fail("(")
	}
	return op
}
