package syntax

import "slices"

// operatorReader returns the reader of an operator, nil for a name that is none.
func operatorReader(name string) func(*parser) Operator {
	switch name {
	case "where", "filter":
		return (*parser).parseWhere
	case "extend":
		return (*parser).parseExtend
	case "project", "project-away", "project-keep", "project-rename":
		return func(p *parser) Operator { return p.parseProject(name) }
	case "project-reorder":
		return (*parser).parseReorder
	case "summarize":
		return (*parser).parseSummarize
	case "sort", "order":
		return (*parser).parseSort
	case "take", "limit":
		return func(p *parser) Operator { return &Take{N: p.parseExpr()} }
	case "top":
		return (*parser).parseTop
	case "top-nested":
		return (*parser).parseTopNested
	case "top-hitters":
		return (*parser).parseTopHitters
	case "distinct":
		return (*parser).parseDistinct
	case "join":
		return (*parser).parseJoin
	case "lookup":
		return (*parser).parseLookup
	case "union":
		return (*parser).parseUnion
	case "mv-expand", "mvexpand":
		return (*parser).parseMvExpand
	case "mv-apply", "mvapply":
		return (*parser).parseMvApply
	case "parse", "parse-where":
		return func(p *parser) Operator { return p.parseParse(name == "parse-where") }
	case "parse-kv":
		return (*parser).parseParseKV
	case "count":
		return func(*parser) Operator { return &Count{} }
	case "render":
		return (*parser).parseRender
	case "sample":
		return func(p *parser) Operator { return &Sample{N: p.parseExpr()} }
	case "sample-distinct":
		return (*parser).parseSampleDistinct
	case "serialize":
		return (*parser).parseSerialize
	case "make-series":
		return (*parser).parseMakeSeries
	case "evaluate":
		return (*parser).parseEvaluate
	case "invoke":
		return func(p *parser) Operator { return &Invoke{Func: p.parsePostfix(p.parsePrimary())} }
	case "as":
		return (*parser).parseAs
	case "partition":
		return (*parser).parsePartition
	case "scan":
		return (*parser).parseScan
	case "search":
		return (*parser).parseSearch
	case "find":
		return (*parser).parseFind
	case "facet":
		return (*parser).parseFacet
	case "reduce":
		return (*parser).parseReduce
	case "fork":
		return (*parser).parseFork
	case "getschema":
		return func(*parser) Operator { return &GetSchema{} }
	case "consume":
		return func(p *parser) Operator { return &Consume{Params: p.parseParamsOf("decodeblocks")} }
	}
	return nil
}

// operatorName returns the name that begins at the current token and how many tokens it has: mv-expand is three that touch.
func (p *parser) operatorName() (string, int) {
	if p.cur().kind != tokIdent {
		return "", 0
	}
	n, end := 1, p.cur().end
	for isPunct(p.at(n), "-") && p.at(n).off == end && p.at(n+1).kind == tokIdent && p.at(n+1).off == end+1 {
		end = p.at(n + 1).end
		n += 2
	}
	return p.src.Text[p.cur().off:end], n
}

func (p *parser) parseOperator() Operator {
	start := p.i
	if p.failed {
		return &BadOp{opNode{p.here(start)}}
	}
	name, n := p.operatorName()
	if n == 0 {
		p.fail("an operator")
		return &BadOp{opNode{p.here(start)}}
	}
	p.i += n
	read := operatorReader(name)
	if read == nil {
		for !p.atBoundary() {
			p.skipOne()
		}
		return &Unknown{opNode{p.here(start)}, name}
	}
	op := read(p)
	setSpan(op, p.here(start))
	return op
}

// setSpan gives an operator the place of all its text, which only the caller knows.
func setSpan(op Operator, a at) {
	if s, ok := op.(interface{ place(at) }); ok {
		s.place(a)
	}
}

func (n *opNode) place(a at) { n.at = a }

func (p *parser) parseWhere() Operator { return &Where{Pred: p.parseNamed()} }

func (p *parser) parseExtend() Operator { return &Extend{Cols: p.parseSomeNamed()} }

// parseSomeNamed reads a list of columns with at least one.
func (p *parser) parseSomeNamed() []Expr {
	if p.atBoundary() {
		p.fail("an expression")
	}
	return p.parseNamedList("")
}

func (p *parser) parseProject(name string) Operator {
	op := &Project{}
	switch name {
	case "project-away":
		op.Kind, op.Cols = ProjectAway, p.parsePatterns()
	case "project-keep":
		op.Kind, op.Cols = ProjectKeep, p.parsePatterns()
	case "project-rename":
		op.Kind, op.Cols = ProjectRename, p.parseSomeNamed()
	default:
		op.Cols = p.parseNamedList("")
	}
	return op
}

func (p *parser) parsePattern() Expr {
	if w := p.parseWildcard(true); w != nil {
		return w
	}
	return p.parsePostfix(p.parsePrimary())
}

func (p *parser) parsePatterns() []Expr {
	var list []Expr
	for {
		list = append(list, p.parsePattern())
		if !p.accept(",") {
			return list
		}
	}
}

func (p *parser) parseReorder() Operator {
	op := &Project{Kind: ProjectReorder}
	for {
		start := p.i
		k := &ReorderKey{X: p.parsePattern()}
		if name, n := p.operatorName(); !p.failed && slices.Contains([]string{"asc", "desc", "granny-asc", "granny-desc"}, name) {
			k.Order = name
			p.i += n
		}
		k.at = p.here(start)
		op.Reorder = append(op.Reorder, k)
		if !p.accept(",") {
			return op
		}
	}
}

func (p *parser) parseSummarize() Operator {
	op := &Summarize{Params: p.parseParamsOf()}
	op.Aggs = p.parseNamedList("by")
	if p.acceptWord("by") {
		op.By = p.parseSomeNamed()
	}
	return op
}

func (p *parser) parseSort() Operator {
	op := &Sort{Params: p.parseParamsOf()}
	p.expectWord("by")
	op.Keys = p.parseOrderedList()
	return op
}

func (p *parser) parseOrderedList() []*Ordered {
	var keys []*Ordered
	for {
		keys = append(keys, p.parseOrdered())
		if !p.accept(",") {
			return keys
		}
	}
}

func (p *parser) parseOrdered() *Ordered {
	start := p.i
	o := &Ordered{X: p.parseNamed()}
	switch {
	case p.acceptWord("asc"):
		o.Asc, o.Explicit = true, true
	case p.acceptWord("desc"):
		o.Explicit = true
	}
	o.NullsFirst = o.Asc
	if p.acceptWord("nulls") {
		switch {
		case p.acceptWord("first"):
			o.NullsFirst = true
		case p.acceptWord("last"):
			o.NullsFirst = false
		default:
			p.fail("first or last")
		}
	}
	o.at = p.here(start)
	return o
}

func (p *parser) parseTop() Operator {
	op := &Top{Params: p.parseParamsOf()}
	op.N = p.parseExpr()
	p.expectWord("by")
	op.By = p.parseOrdered()
	return op
}

func (p *parser) parseTopNested() Operator {
	op := &TopNested{}
	for {
		op.Levels = append(op.Levels, p.parseNestedLevel())
		if !p.accept(",") {
			return op
		}
		if name, n := p.operatorName(); name == "top-nested" {
			p.i += n
		} else {
			p.fail("top-nested")
		}
	}
}

func (p *parser) parseNestedLevel() *NestedLevel {
	start := p.i
	l := &NestedLevel{}
	if !p.word("of") {
		l.N = p.parseExpr()
	}
	p.expectWord("of")
	l.Of = p.parseNamed()
	if p.acceptWord("with") {
		p.expectWord("others")
		p.expect("=")
		l.Others = p.parseExpr()
	}
	p.expectWord("by")
	l.By = p.parseOrdered()
	l.at = p.here(start)
	return l
}

func (p *parser) parseTopHitters() Operator {
	op := &TopHitters{N: p.parseExpr()}
	p.expectWord("of")
	op.Of = p.parseNamed()
	if p.acceptWord("by") {
		op.By = p.parseExpr()
	}
	return op
}

func (p *parser) parseDistinct() Operator {
	op := &Distinct{Params: p.parseParamsOf()}
	if p.is("*") && endsPattern(p.at(1)) {
		start := p.i
		p.advance()
		op.Cols = []Expr{&Star{p.ex(start)}}
		return op
	}
	op.Cols = p.parseSomeNamed()
	return op
}

func (p *parser) parseJoin() Operator {
	op := &Join{}
	op.Params, op.Right, op.On = p.parseJoinParts()
	return op
}

func (p *parser) parseLookup() Operator {
	op := &Lookup{}
	op.Params, op.Right, op.On = p.parseJoinParts()
	return op
}

func (p *parser) parseJoinParts() (params []*Param, right Expr, on []Expr) {
	params = p.parseParamsOf("kind")
	right = p.parseTable()
	if p.acceptWord("on") {
		on = p.parseConditions()
	} else if !p.failed && !p.atBoundary() {
		p.fail("on")
	}
	return params, right, on
}

func (p *parser) parseConditions() []Expr {
	var on []Expr
	for {
		on = append(on, p.parseExpr())
		if !p.accept(",") {
			return on
		}
	}
}

// parseTable reads one table: a name, a pattern, a call, a group or literal rows.
func (p *parser) parseTable() Expr {
	if w := p.parseWildcard(true); w != nil {
		return w
	}
	return p.parsePostfix(p.parsePrimary())
}

func (p *parser) parseTables() []Expr {
	var list []Expr
	for {
		list = append(list, p.parseTable())
		if !p.accept(",") {
			return list
		}
	}
}

func (p *parser) parseUnion() Operator {
	op := &Union{Params: p.parseParamsOf("kind", "withsource", "with_source", "isfuzzy")}
	op.Tables = p.parseTables()
	return op
}

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

// parseSub reads a sub-query in brackets. It may begin with an operator, which then reads the rows of its surroundings.
func (p *parser) parseSub(bracket string) Expr {
	start := p.i
	if !p.enter() {
		return &Bad{p.ex(start)}
	}
	defer p.leave()
	defer p.suspend()()
	k := p.open(bracket)
	bodyStart := p.i
	name, _ := p.operatorName()
	var x Expr
	if !p.failed && operatorReader(name) != nil && (name == "count" || !isPunct(p.at(1), "|")) {
		ops := []Operator{p.parseOperator()}
		p.endOp()
		ops = append(ops, p.parseOps()...)
		x = &Pipe{p.ex(bodyStart), nil, ops}
	} else {
		x = p.parsePipe(false)
	}
	if k >= 0 {
		p.close(k, "| or "+closerOf(bracket))
	}
	return x
}

func (p *parser) parseParse(where bool) Operator {
	op := &ParseOp{Where: where, Params: p.parseParamsOf("kind", "flags")}
	op.X = p.parseExpr()
	p.expectWord("with")
	for !p.failed && !p.atBoundary() {
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

func (p *parser) parseEvaluate() Operator {
	op := &Evaluate{Params: p.parseParamsOf()}
	op.Plugin = p.parsePostfix(p.parsePrimary())
	if p.accept(":") {
		op.Columns, op.AnyCols = p.parseSchema()
	}
	return op
}

func (p *parser) parseAs() Operator {
	op := &As{Params: p.parseParamsOf()}
	op.Name = p.parseName()
	return op
}

func (p *parser) parsePartition() Operator {
	op := &Partition{Params: p.parseParamsOf()}
	p.expectWord("by")
	op.By = p.parsePostfix(p.parseName())
	if p.acceptWord("in") || !p.is("{") {
		op.Sub = p.parseSub("(")
		return op
	}
	op.Sub = p.parseSub("{")
	return op
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
