// Package kql gives a Kusto query its exact meaning: it resolves names against table schemas, types expressions, and lowers the
// syntax tree to the IR. It never simplifies for a target, and what it has no exact form for it refuses, with a place.
package kql

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// Codes of this package's diagnostics.
const (
	CodeNoTabular   diag.Code = "KQL-NOTABULAR"
	CodeColumn      diag.Code = "KQL-COLUMN"
	CodeTable       diag.Code = "KQL-TABLE"
	CodeUnsupported diag.Code = "KQL-UNSUPPORTED"
	CodeFunction    diag.Code = "KQL-FUNCTION"
	CodeArguments   diag.Code = "KQL-ARGUMENTS"
	CodeType        diag.Code = "KQL-TYPE"
	CodeLimit       diag.Code = "KQL-LIMIT"
	CodeRender      diag.Code = "KQL-RENDER"
	CodeStatement   diag.Code = "KQL-STATEMENT"
	CodeOrder       diag.Code = "KQL-ORDER"
)

// Schemas are the known tables by name.
type Schemas map[string]Table

// Table is what is known of a source table; Open says that it may have more columns.
type Table struct {
	Columns []ir.Column
	Open    bool
}

// Options say what the query may refer to.
type Options struct {
	Schemas  map[string]Table
	Time     string // the time column of tables without a schema: TimeGenerated or Timestamp
	MaxNodes int    // largest number of expression nodes after inlining, 0 for the default
}

const defaultMaxNodes = 200_000

// Lower parses, binds and lowers a query. The query is nil when the text has syntax errors or no tabular statement; otherwise it
// holds Bad nodes where a diagnostic says why. Diagnostics of severity Refused mean that the query is legal but has no IR form.
func Lower(src *diag.Source, opt Options) (*ir.Query, diag.List) {
	script, diags := syntax.Parse(src)
	if diags.HasErrors() {
		return nil, diags
	}
	if opt.MaxNodes <= 0 {
		opt.MaxNodes = defaultMaxNodes
	}
	l := &lowerer{src: src, opt: opt, diags: diags, used: map[string]bool{}, next: map[string]int{}, noted: map[string]bool{}, shuffled: map[*ir.Pipeline]bool{}, calls: map[string]int{}}
	q := l.script(script)
	l.diags.Sort()
	return q, l.diags
}

type lowerer struct {
	src      *diag.Source
	opt      Options
	diags    diag.List
	bindings []ir.Binding
	used     map[string]bool       // names of bindings
	next     map[string]int        // where the search for a free name goes on
	noted    map[string]bool       // tables already reported as unknown
	nodes    int64                 // size of everything built so far, as a tree
	over     bool                  // the limit was hit and reported
	shuffled map[*ir.Pipeline]bool // whose rows come in an order that is not defined
	anyOrder bool                  // those of the operator that is being lowered do
	calls    map[string]int        // functions whose bodies are being lowered
	level    int                   // how many queries inside expressions stand around
}

func (l *lowerer) report(sev diag.Severity, code diag.Code, at diag.Span, msg, why, hint string) {
	l.diags.Add(diag.Diagnostic{Code: code, Severity: sev, Source: l.src, Span: at, Message: msg, Why: why, Hint: hint})
}

func (l *lowerer) fail(code diag.Code, at diag.Span, format string, args ...any) *ir.Bad {
	l.report(diag.Error, code, at, fmt.Sprintf(format, args...), "", "")
	return &ir.Bad{At: ir.At{S: at}}
}

// refuse says that a legal construct has no form in the IR.
func (l *lowerer) refuse(at diag.Span, what, why, hint string) *ir.Bad {
	l.report(diag.Refused, CodeUnsupported, at, what+" is not supported", why, hint)
	return &ir.Bad{At: ir.At{S: at}}
}

// grow counts nodes of the result as a tree, so that lets which use lets twice are stopped before a later pass walks them.
func (l *lowerer) grow(n int64, at diag.Span) bool {
	if l.over {
		return false
	}
	l.nodes += n
	if l.nodes > int64(l.opt.MaxNodes) {
		l.over = true
		l.report(diag.Error, CodeLimit, at, fmt.Sprintf("the query has more than %d expression nodes after its lets are put in place", l.opt.MaxNodes), "", "use fewer nested lets")
		return false
	}
	return true
}

func (l *lowerer) script(s *syntax.Script) *ir.Query {
	l.directives(s.Directives)
	if l.isCommand(s) {
		return nil
	}
	env, last := l.statements(s.Stmts, nil)
	if last == nil || !l.isTabular(last, env) && !unknownCall(last, env) {
		at := diag.Span{Pos: 1, End: 2}
		if last != nil {
			at = last.Span()
		}
		l.fail(CodeNoTabular, at, "the query has no tabular statement, only definitions or values")
		return nil
	}
	r := l.table(last, env)
	q := &ir.Query{Bindings: l.bindings, Root: r.pipe, Open: r.row.open}
	if !q.Open {
		q.Columns = r.row.cols
	}
	return q
}

// unknownCall says that a statement calls a function that is not of the language: a saved function of the workspace, which is
// refused by its name.
func unknownCall(x syntax.Expr, env *scope) bool {
	c, ok := x.(*syntax.Call)
	if !ok || env.find(c.Func.Name) != nil {
		return false
	}
	_, known := findFunction(c.Func.Name)
	return !known
}

// statements collects the lets of a body; last is its last expression statement.
func (l *lowerer) statements(stmts []syntax.Stmt, env *scope) (_ *scope, last syntax.Expr) {
	var saved *syntax.CreateFunction
	for _, st := range stmts {
		switch st := st.(type) {
		case *syntax.Let:
			env = &scope{parent: env, name: st.Name.Name, def: &def{body: st.Body, env: env, name: st.Name.Name, row: &schema{}, level: l.level}}
		case *syntax.Query:
			if last != nil {
				l.report(diag.Warning, CodeStatement, last.Span(), "only the last query of the text counts, this one is left out", "", "put it into a file of its own")
			}
			last = st.X
		case *syntax.Set:
			// Request options steer the engine, not the rows.
		case *syntax.Declare:
			for _, p := range st.Params {
				env = l.declare(p, env)
			}
		case *syntax.CreateFunction:
			env = &scope{parent: env, name: st.Name.Name, def: &def{body: st.Func, env: env, name: st.Name.Name, row: &schema{}}}
			saved = st
		case *syntax.OtherStmt:
			l.refuse(st.Span(), "the statement "+st.Keyword, "", "")
		default:
			l.refuse(st.Span(), fmt.Sprintf("the statement %T", st), "", "")
		}
	}
	return env, queryOf(last, saved)
}

// declare binds a parameter of the script: to its default, else to a parameter of the hunt.
func (l *lowerer) declare(p *syntax.ParamDecl, env *scope) *scope {
	d := &def{name: p.Name.Name, env: env, row: &schema{}, param: true}
	t, _ := ir.ParseType(p.Type)
	param := &ir.Param{At: ir.At{S: p.Name.Span()}, Name: p.Name.Name, T: t}
	if p.Default != nil {
		param.Default = l.expr(p.Default, &ctx{row: &schema{}, env: env})
	}
	d.memo, d.size = param, 2
	return &scope{parent: env, name: d.name, def: d}
}

// scope is a chain of definitions, the latest first: a let sees what stands before it and nothing else.
type scope struct {
	parent *scope
	name   string
	def    *def
}

// def is a let or a parameter: an expression, a table or a function, lowered when it is first used.
type def struct {
	name  string
	body  syntax.Expr
	env   *scope
	row   *schema // the row that an argument may read
	level int     // that of the place where the definition stands
	// agg and steps are those of the ctx in which an argument stands.
	agg   func(aggFact, *syntax.Call) ir.Expr
	steps map[string]bool
	// param says that this is a parameter, and table then whether it stands for rows; for a let the body decides.
	param, table bool
	// memo and size hold a lowered expression.
	memo ir.Expr
	size int64
	// rel and ref hold a lowered table and the name of its binding.
	rel *relation
	ref string
}

func (s *scope) find(name string) *def {
	for ; s != nil; s = s.parent {
		if s.name == name {
			return s.def
		}
	}
	return nil
}

func (s *scope) names() []string {
	var out []string
	for ; s != nil; s = s.parent {
		out = append(out, s.name)
	}
	return out
}

// schema is the shape of a row. Open means that it may have more columns than cols.
type schema struct {
	cols []ir.Column
	open bool
}

func (s *schema) find(name string) (ir.Column, bool) {
	i := slices.IndexFunc(s.cols, func(c ir.Column) bool { return c.Name == name })
	if i < 0 {
		return ir.Column{}, false
	}
	return s.cols[i], true
}

func (s *schema) names() []string {
	out := make([]string, len(s.cols))
	for i, c := range s.cols {
		out[i] = c.Name
	}
	return out
}

// with returns the schema with a column replaced in its place or added at the end.
func (s *schema) with(c ir.Column) *schema {
	out := &schema{slices.Clone(s.cols), s.open}
	if i := slices.IndexFunc(out.cols, func(o ir.Column) bool { return o.Name == c.Name }); i >= 0 {
		out.cols[i] = c
	} else {
		out.cols = append(out.cols, c)
	}
	return out
}

// relation is a lowered tabular expression. name is what a union calls its rows: of a table or of as, "" once an op has changed them.
type relation struct {
	pipe *ir.Pipeline
	row  *schema
	name string
}

func (r *relation) add(ops ...ir.Op) {
	r.pipe.Ops = append(r.pipe.Ops, ops...)
	r.name = ""
}

// bindingName returns a free name for a binding. Functions may make many of the same name, so the search never starts over.
func (l *lowerer) bindingName(name string) string {
	for i := l.next[name]; ; i++ {
		out := name
		if i > 0 {
			out = fmt.Sprintf("%s_%d", name, i+1)
		}
		if !l.used[out] {
			l.used[out] = true
			l.next[name] = i + 1
			return out
		}
	}
}

// unique returns name, or name with the first number that makes it free, and takes it.
func unique(name string, used map[string]bool) string {
	out := name
	for i := 1; used[out]; i++ {
		out = fmt.Sprintf("%s%d", name, i)
	}
	used[out] = true
	return out
}
