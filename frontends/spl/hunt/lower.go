// Package hunt reads a search as a hunt: it gives the IR the typed columns and the null rules that the compiler's mapping and backends
// expect (KQL's: an empty text and an absent one are the same). The lowering of package spl is another one, for Splunk's own rules and
// values without types; it is never fed to a backend.
//
// Only what means the same under both rules is translated. Where an empty text or the guess between number and text would decide, the
// declared types of the fields settle it, or the search is refused at that place.
package hunt

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// Options say what surrounds a search.
type Options struct {
	Sources []Source
	// Definitions are macros, commands and lookups of the installation, nil for none.
	Definitions *spl.Definitions
	// UTC says that searches run in this time zone: days and @ then mean the same for everyone.
	UTC bool
}

// Lowered is a search as a hunt. Query is nil after an error or a refusal.
type Lowered struct {
	Query *ir.Query
	// Assumptions are what is declared of the events and decides the meaning, in words and in order.
	Assumptions []string
	Diags       diag.List
}

// Lower gives a search its meaning as a hunt.
func Lower(src *diag.Source, o Options) Lowered {
	l := &lowerer{src: src, opt: o, assumptions: map[string]bool{}, sizes: map[ir.Expr]int{}}
	pipe, diags := syntax.Parse(src, l.parsing())
	if diags.HasErrors() {
		return Lowered{Diags: diags}
	}
	l.diags = diags
	q := l.query(pipe)
	l.diags.Sort()
	out := Lowered{Diags: l.diags}
	if l.diags.Max() >= diag.Refused {
		return out
	}
	out.Query = q
	for text := range l.assumptions {
		out.Assumptions = append(out.Assumptions, text)
	}
	slices.Sort(out.Assumptions)
	return out
}

// order is what is known of the order of the rows.
type order int

const (
	unordered   order = iota
	newestFirst       // as a search returns events
	sorted            // by a command
)

type lowerer struct {
	src   *diag.Source
	opt   Options
	diags diag.List
	// lookupText is the search that fills a lookup or a data model, while it is read; reading are the lookups that are.
	lookupText string
	reading    []string

	base   string // the source in words
	from   ir.Source
	fields []column // of the rows at this point
	held   []string // the columns of the hunt's rows, which fields name
	time   string   // the column of the events' time
	events bool     // the rows are still events: they have more fields than those that are known
	order  order
	groups *grouping // the stats whose columns the rows still have
	ops    []ir.Op

	bindings    []ir.Binding
	assumptions map[string]bool
	sizes       map[ir.Expr]int // of expressions, in nodes
}

func at(n syntax.Node) ir.At { return ir.At{S: n.Span()} }

// parsing says what the installation adds to the language.
func (l *lowerer) parsing() syntax.Options {
	if l.opt.Definitions == nil {
		return syntax.Options{}
	}
	return syntax.Options{Macros: l.opt.Definitions.Macros, Commands: l.opt.Definitions.Commands}
}

func (l *lowerer) refuse(n syntax.Node, code diag.Code, what, why string) ir.Expr {
	l.diags.Add(diag.Diagnostic{Code: code, Severity: diag.Refused, Source: l.src, Span: n.Span(), Message: what, Why: why})
	return &ir.Bad{At: at(n)}
}

func (l *lowerer) unsupported(n syntax.Node, what string) ir.Expr {
	return l.refuse(n, spl.CodeUnsupported, what+" is not translated", "its meaning is not carried over to other languages yet")
}

func (l *lowerer) query(p *syntax.Pipeline) *ir.Query {
	if !l.pipeline(p) {
		return nil
	}
	q := &ir.Query{Bindings: l.bindings, Root: &ir.Pipeline{From: l.from, Ops: l.ops}}
	for _, f := range l.fields {
		q.Columns = append(q.Columns, ir.Column{Name: f.name, Type: f.t})
	}
	return q
}

// pipeline reads a whole search. It is false where the search has no rows to go on with.
func (l *lowerer) pipeline(p *syntax.Pipeline) bool {
	first := p.Commands[0]
	if s, ok := first.(*syntax.Search); ok {
		if !l.source(s) {
			return false
		}
	} else if !l.firstCommand(first) {
		return false
	}
	for _, c := range p.Commands[1:] {
		l.command(c)
	}
	if l.events && l.diags.Max() < diag.Refused { // what was refused before may have ended the events
		l.refuse(first, spl.CodeOpenFields, "the result is whole events, with fields that are not known here", "end the search with table and the names, or stats")
	}
	l.settle(p)
	return true
}

// firstCommand reads a search that does not begin with events: the table of a lookup. Others are refused, and it is false.
func (l *lowerer) firstCommand(c syntax.Command) bool {
	switch c := c.(type) {
	case *syntax.InputLookup:
		return l.inputLookup(c, true)
	case *syntax.MacroCommand:
		l.macro(c, c.Macro.Name)
	case *syntax.Tstats:
		return l.tstats(c)
	default:
		l.unsupported(c, "a search that begins with a command")
	}
	return false
}

// settle makes rows of the fields under their names, in their order.
func (l *lowerer) settle(n syntax.Node) {
	var names []string
	same := len(l.held) == len(l.fields)
	for i, f := range l.fields {
		c, ok := f.x.(*ir.Col)
		same = same && ok && c.Name == f.name && l.held[i] == f.name
		names = append(names, f.name)
	}
	if same || l.events {
		return
	}
	p := &ir.Project{At: at(n)}
	for i, f := range l.fields {
		p.Cols = append(p.Cols, ir.Named{Name: f.name, X: placed(f.x, n)})
		l.fields[i].x = &ir.Col{At: at(n), Name: f.name, T: f.t}
	}
	l.ops = append(l.ops, p)
	l.held, l.groups = names, nil
}

func (l *lowerer) command(c syntax.Command) {
	switch c := c.(type) {
	case *syntax.Search:
		l.filter(syntax.Terms(c.Expr))
	case *syntax.Where:
		if x := l.where(c.Pred).x; !isTrue(x) {
			l.ops = append(l.ops, &ir.Filter{At: at(c), Pred: x})
		}
	case *syntax.Stats:
		l.statsCommand(c)
	case *syntax.Table:
		l.table(c, c.Names)
	case *syntax.Fields:
		l.fieldsCommand(c)
	case *syntax.Eval:
		l.eval(c)
	case *syntax.Bin:
		l.bin(c)
	case *syntax.Rename:
		l.rename(c)
	case *syntax.Fillnull:
		l.fillnull(c)
	case *syntax.Sort:
		l.sort(c)
	case *syntax.Head:
		l.head(c)
	case *syntax.Dedup:
		l.dedup(c)
	case *syntax.Rex:
		l.rex(c)
	case *syntax.Regex:
		l.regexCommand(c)
	case *syntax.Convert:
		l.convert(c)
	case *syntax.MacroCommand:
		l.macro(c, c.Macro.Name)
	case *syntax.Lookup:
		l.lookup(c)
	case *syntax.InputLookup:
		l.inputLookup(c, false)
	case *syntax.Join, *syntax.Append:
		l.refuse(c.Word(), spl.CodeUnsupported, "the command "+c.Word().Text+" is not translated",
			"its subsearch is cut at a number of rows and at 60 seconds: read both in one search, (A) OR (B), and combine them with stats by the key")
	case *syntax.Other:
		if strings.EqualFold(c.Word().Text, "outputlookup") {
			l.outputLookup(c)
			return
		}
		l.unsupported(c.Word(), "the command "+c.Word().Text)
	default:
		if w := c.Word(); w != nil && w.Text != "" {
			l.unsupported(w, "the command "+w.Text)
			return
		}
		l.unsupported(c, "this command")
	}
}

func (l *lowerer) filter(ts []syntax.Term) {
	for _, t := range ts {
		if x := l.term(t, false); !isTrue(x) {
			l.ops = append(l.ops, &ir.Filter{At: at(t), Pred: x})
		}
	}
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
