package syntax

import (
	"slices"

	"github.com/huntc/huntc/diag"
)

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
		return (*parser).parseCount
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
		return func(p *parser) Operator { return &Invoke{Func: p.parseCallOf(p.parsePrimary)} }
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
		return (*parser).parseGetSchema
	case "project-by-names":
		return func(p *parser) Operator { return &ProjectByNames{Cols: p.parseNameArgs()} }
	case "assert-schema":
		return (*parser).parseAssertSchema
	case "execute-and-cache":
		return func(*parser) Operator { return &ExecuteAndCache{} }
	case "make-graph":
		return (*parser).parseMakeGraph
	case "graph-match", "graph-shortest-paths":
		return func(p *parser) Operator { return p.parseGraphMatch(name == "graph-shortest-paths") }
	case "graph-to-table":
		return (*parser).parseGraphToTable
	case "graph-mark-components":
		return func(p *parser) Operator {
			return &GraphMarkComponents{Params: p.parseParamsOf("kind", "with_component_id")}
		}
	case "graph-where-nodes", "graph-where-edges":
		return func(p *parser) Operator { return &GraphWhere{Edges: name == "graph-where-edges", Pred: p.parseExpr()} }
	case "consume":
		return func(p *parser) Operator { return &Consume{Params: p.parseParamsOf("decodeblocks")} }
	}
	return nil
}

// operatorName returns the name that begins at the current token and how many tokens it has: mv-expand is three that touch.
func (p *parser) operatorName() (string, int) { return p.operatorNameAt(0) }

func (p *parser) operatorNameAt(ahead int) (string, int) {
	first := p.at(ahead)
	if first.kind != tokIdent {
		return "", 0
	}
	n, end := 1, first.end
	for isPunct(p.at(ahead+n), "-") && p.at(ahead+n).off == end && p.at(ahead+n+1).kind == tokIdent && p.at(ahead+n+1).off == end+1 {
		end = p.at(ahead + n + 1).end
		n += 2
	}
	return p.src.Text[first.off:end], n
}

func (p *parser) parseOperator() Operator {
	start := p.i
	if p.failed {
		return &BadOp{opNode{p.here(start)}}
	}
	name, n := p.operatorName()
	if n == 0 {
		p.noOperator()
		return &BadOp{opNode{p.here(start)}}
	}
	read := operatorReader(name)
	if read == nil {
		p.unknownOperator(name, n)
		return &Unknown{opNode{p.here(start)}, name}
	}
	p.i += n
	op := read(p)
	setSpan(op, p.here(start))
	return op
}

// noOperator reports what stands behind a bar instead of an operator. Of a || b the second bar is skipped, too.
func (p *parser) noOperator() {
	double := p.is("|") && p.i > 0 && isPunct(p.toks[p.i-1], "|") && p.toks[p.i-1].end == p.cur().off
	p.fail("an operator")
	if double {
		p.hint("write or between two tests")
		p.advance()
	}
}

// unknownOperator reports a name that no operator has, and skips what it might take.
func (p *parser) unknownOperator(name string, n int) {
	at := p.toks[p.i].span().To(p.toks[p.i+n-1].span())
	p.add(CodeSyntax, at, "expected an operator, found "+describe(token{kind: tokIdent, text: name}))
	if best := diag.Nearest(name, operatorNames); best != "" {
		p.hint("did you mean " + best + "?")
	}
	for !p.stopped && !p.atBoundary() {
		p.skipOne()
	}
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

// parsePattern reads the name or the name pattern of columns.
func (p *parser) parsePattern() Expr {
	if w := p.parseWildcard(true); w != nil {
		return w
	}
	return p.parseName()
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
		if start := p.i; p.word("bin") && isPunct(p.at(1), "=") {
			p.i += 2
			x := p.parseExpr()
			op.By = append(op.By, &LegacyBin{p.ex(start), x})
		}
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
	if p.word("by") && p.at(1).kind == tokIdent {
		p.fail("a number of rows")
	}
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
	if w := p.parseWildcard(false); w != nil {
		p.i--
		p.fail("a column name")
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
	if len(op.On) == 0 {
		p.fail("on")
	}
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

func (p *parser) parseCount() Operator {
	if p.acceptWord("as") {
		return &CountAs{Name: p.parseName()}
	}
	return &Count{}
}

func (p *parser) parseGetSchema() Operator {
	if p.word("kind") && isPunct(p.at(1), "=") {
		p.i += 2
		return &SchemaAs{Kind: p.parseName()}
	}
	return &GetSchema{}
}

// parseNameArgs reads what project-by-names takes: strings, names of columns, arrays and calls that give names.
// https://learn.microsoft.com/kusto/query/project-by-names-operator
func (p *parser) parseNameArgs() []Expr {
	var list []Expr
	for {
		list = append(list, p.parseExpr())
		if !p.accept(",") {
			return list
		}
	}
}

// parseAssertSchema reads assert-schema (a:string, b:long).
// https://learn.microsoft.com/kusto/query/assert-schema-operator
func (p *parser) parseAssertSchema() Operator {
	op := &AssertSchema{}
	op.Columns, op.AnyCols = p.parseSchema()
	return op
}

// operatorNames are the operators' names, for hints. Read-only.
var operatorNames = []string{
	"as", "assert-schema", "consume", "count", "distinct", "evaluate", "execute-and-cache", "extend", "facet", "filter", "find", "fork",
	"getschema", "graph-mark-components", "graph-match", "graph-shortest-paths", "graph-to-table", "graph-where-edges", "graph-where-nodes",
	"invoke", "join", "limit", "lookup", "make-graph", "make-series", "mv-apply", "mv-expand", "order", "parse", "parse-kv", "parse-where",
	"partition", "project", "project-away", "project-by-names", "project-keep", "project-rename", "project-reorder", "reduce", "render",
	"sample", "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take", "top", "top-hitters", "top-nested", "union", "where",
}
