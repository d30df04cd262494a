package spl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// Codes of this package's diagnostics, besides those of the parser.
const (
	CodeUnsupported diag.Code = "SPLIN-UNSUPPORTED" // parsed, but the IR has no form for it, or no page says what it means
	CodeOpenFields  diag.Code = "SPLIN-FIELDS"      // needs the fields of the events, which are not known here
)

// Options say what surrounds a search.
type Options struct {
	Definitions *Definitions
	// Indexes are the fields of the events of each index; an index that is not named here has unknown fields.
	Indexes map[string][]string
	// DefaultIndexes are searched by a search that names no index; without them it is refused.
	DefaultIndexes []string
	// Indexed are the indexed fields besides index, host, source, sourcetype and _time: those that tstats can read.
	Indexed []string
	// Lookups are the fields of each lookup.
	Lookups map[string][]string
	// Earliest and Latest are the range of the dispatch, as time modifiers; "" for none. A range in the text overrides it.
	Earliest, Latest string
	// Lenient takes unknown names as warnings.
	Lenient bool

	// misread makes the lowering read one thing wrongly, by the name of the reading: tests prove that a case notices.
	misread string
}

// LookupTable is the name under which the evaluator finds the rows of a lookup; an index stands under its own name.
func LookupTable(name string) string { return "lookup:" + name }

// Lower parses a search and gives it SPL's meaning in the IR, to be run under strict null rules: a field that an event does not have
// is null, and so is one that a command removes. Values stay dynamic, as in Splunk: text or number, or an array for a multivalue
// field. What has no form in the IR is refused with a location. The query is nil after an error.
func Lower(src *diag.Source, opts Options) (*ir.Query, diag.List) {
	return (&lowerer{src: src, opts: opts}).lower()
}

func (l *lowerer) lower() (*ir.Query, diag.List) {
	pipe, diags := syntax.Parse(l.src, l.parsing())
	l.diags = diags
	if diags.HasErrors() {
		return nil, diags
	}
	r := l.pipeline(pipe, true)
	l.diags.Sort()
	if l.diags.Max() >= diag.Refused {
		return nil, l.diags
	}
	q := &ir.Query{Bindings: l.bindings, Root: r.pipe(), Open: r.open}
	for _, c := range r.cols {
		q.Columns = append(q.Columns, ir.Column{Name: c, Type: ir.Dynamic})
	}
	return q, l.diags
}

type lowerer struct {
	src       *diag.Source
	opts      Options
	diags     diag.List
	bindings  []ir.Binding
	helpers   int
	nodes     int      // expressions made, against texts that multiply
	searched  bounds   // the range of the search whose commands are being lowered
	templates int      // how often a template of foreach was read
	reading   []string // the lookups whose searches are being lowered
	seen      *seen    // what the search names, nil when nobody asks
}

// parsing says how a text is read here.
func (l *lowerer) parsing() syntax.Options {
	parse := syntax.Options{Lenient: l.opts.Lenient}
	if l.opts.Definitions != nil {
		parse.Macros, parse.Commands = l.opts.Definitions.Macros, l.opts.Definitions.Commands
	}
	return parse
}

// maxNodes bounds the expressions that one search may become.
const maxNodes = 200_000

// rows are a pipeline in work and what is known of its rows.
type rows struct {
	from ir.Source
	ops  []ir.Op
	cols []string // the fields; more are possible when open
	open bool
	// newestFirst says that the rows stand in the order in which a search returns them; sorted that a command has set their order.
	newestFirst, sorted bool
	// temps are helper columns that a command's expressions use more than once; they go at the end of the command.
	temps []string
	// pre is set for results in the prestats format.
	pre *prestats
}

func (r *rows) pipe() *ir.Pipeline { return &ir.Pipeline{From: r.from, Ops: r.ops} }

func (r *rows) add(ops ...ir.Op) { r.ops = append(r.ops, ops...) }

func (r *rows) has(name string) bool { return slices.Contains(r.cols, name) }

func (r *rows) know(names ...string) {
	for _, n := range names {
		if !r.has(n) {
			r.cols = append(r.cols, n)
		}
	}
}

// wrong reports whether the lowering shall follow the wrong reading of this name.
func (l *lowerer) wrong(reading string) bool { return l.opts.misread == reading }

func (l *lowerer) refuse(at syntax.Node, code diag.Code, message, why string) {
	l.diags.Add(diag.Diagnostic{Code: code, Severity: diag.Refused, Source: l.src, Span: at.Span(), Message: message, Why: why})
}

func (l *lowerer) unsupported(at syntax.Node, what string) {
	l.refuse(at, CodeUnsupported, what+" is not evaluated", "")
}

// unconfirmed refuses what no page of the documentation settles.
func (l *lowerer) unconfirmed(at syntax.Node, what string) {
	l.refuse(at, CodeUnsupported, what+" is not evaluated", "no page of the documentation says what it means; see testdata/spl/refused.txt")
}

func (l *lowerer) pipeline(p *syntax.Pipeline, top bool) *rows {
	r := &rows{from: &ir.Rows{}}
	defer func(outer bounds) { l.searched = outer }(l.searched)
	l.searched = bounds{}
	for i, c := range p.Commands {
		if l.nodes > maxNodes {
			l.unsupported(c, "a search of this size")
			return r
		}
		if s, ok := c.(*syntax.Search); ok && i == 0 {
			r = l.events(s, top)
			continue
		}
		r = l.command(r, c, i == 0)
		l.dropTemps(r, c)
	}
	if r.pre != nil {
		l.refuse(r.pre.c, CodeUnsupported, "the results of prestats=t are not evaluated on their own", "they are an internal format for stats, chart and timechart ("+pageTstats+")")
	}
	return r
}

// once computes a value in a column of its own, so that an expression that reads it several times does not compute it as often:
// nested, that would grow with the power of the depth.
func (l *lowerer) once(r *rows, v val) val {
	switch v.x.(type) {
	case *ir.Col, *ir.Lit, *ir.Now, *ir.Bad:
		return v
	}
	if v.k == boolKind {
		return v
	}
	a := ir.At{S: v.x.Span()}
	name := l.helper()
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: name, X: v.x}}})
	r.temps = append(r.temps, name)
	return val{x: &ir.Col{At: a, Name: name, T: ir.TypeOf(v.x)}, k: v.k, lit: v.lit, json: v.json}
}

// dropTemps removes the helper columns of a command.
func (l *lowerer) dropTemps(r *rows, c syntax.Command) {
	if len(r.temps) == 0 {
		return
	}
	if !r.open {
		l.keep(r, at(c))
	} else {
		e := &ir.Extend{At: at(c)}
		for _, t := range r.temps {
			e.Cols = append(e.Cols, ir.Named{Name: t, X: null(at(c))})
		}
		r.add(e)
	}
	r.temps = nil
}

func (l *lowerer) command(r *rows, c syntax.Command, first bool) *rows {
	if r.pre != nil {
		return l.consume(r, c)
	}
	switch c := c.(type) {
	case *syntax.Search:
		l.filter(r, c.Expr)
	case *syntax.Where:
		r.add(&ir.Filter{At: at(c), Pred: l.bool(r, c.Pred)})
	case *syntax.Eval:
		l.eval(r, c)
	case *syntax.Stats:
		return l.statsCommand(r, c)
	case *syntax.Bin:
		l.bin(r, c)
	case *syntax.Rex:
		l.rex(r, c)
	case *syntax.Regex:
		l.regex(r, c)
	case *syntax.Rename:
		l.rename(r, c)
	case *syntax.Fields:
		l.fields(r, c)
	case *syntax.Table:
		l.table(r, c)
	case *syntax.Fillnull:
		l.fillnull(r, c)
	case *syntax.Lookup:
		l.lookup(r, c)
	case *syntax.InputLookup:
		return l.inputLookup(r, c, first)
	case *syntax.Join:
		l.join(r, c)
	case *syntax.Append:
		l.appendRows(r, c)
	case *syntax.MvExpand:
		l.mvexpand(r, c)
	case *syntax.Dedup:
		l.dedup(r, c)
	case *syntax.Sort:
		l.sort(r, c)
	case *syntax.Head:
		l.head(r, c)
	case *syntax.Top:
		return l.top(r, c)
	case *syntax.Spath:
		l.spath(r, c)
	case *syntax.Convert:
		l.convert(r, c)
	case *syntax.MakeResults:
		return l.makeResults(c)
	case *syntax.Tstats:
		return l.tstats(r, c, first)
	case *syntax.Timechart:
		return l.timechart(r, c)
	case *syntax.Other:
		if first && strings.EqualFold(nameOf(c).Text, "multisearch") {
			return l.multisearch(c)
		}
		l.refuse(nameOf(c), CodeUnsupported, "the command "+nameOf(c).Text+" is not evaluated", unevaluatedCommands[strings.ToLower(nameOf(c).Text)])
	case *syntax.MacroCommand:
		l.refuse(c, CodeUnsupported, "the macro "+c.Macro.Name+" has no definition", "what it stands for is not in the text")
	default:
		return l.lessUsualCommand(r, c)
	}
	return r
}

// lessUsualCommand lowers the commands that published detections use less.
func (l *lowerer) lessUsualCommand(r *rows, c syntax.Command) *rows {
	switch c := c.(type) {
	case *syntax.Accum:
		l.accum(r, c)
	case *syntax.Addtotals:
		l.addtotals(r, c)
	case *syntax.AppendCols:
		l.appendCols(r, c)
	case *syntax.AppendPipe:
		l.appendPipe(r, c)
	case *syntax.Autoregress:
		l.autoregress(r, c)
	case *syntax.Delta:
		l.delta(r, c)
	case *syntax.Fieldformat:
		l.fieldformat(r, c)
	case *syntax.Filldown:
		l.filldown(r, c)
	case *syntax.Foreach:
		return l.foreach(r, c)
	case *syntax.Makemv:
		l.makemv(r, c)
	case *syntax.Mvcombine:
		l.mvcombine(r, c)
	case *syntax.Nomv:
		l.nomv(r, c)
	case *syntax.Rangemap:
		l.rangemap(r, c)
	case *syntax.Replace:
		l.replaceValues(r, c)
	case *syntax.Reverse:
		l.reverse(r, c)
	case *syntax.Strcat:
		l.strcat(r, c)
	case *syntax.Tail:
		l.tail(r, c)
	case *syntax.Uniq:
		l.uniq(r, c)
	default:
		l.refuse(nameOf(c), CodeUnsupported, "the command "+nameOf(c).Text+" is not evaluated", unevaluatedCommands[strings.ToLower(nameOf(c).Text)])
	}
	return r
}

func nameOf(c syntax.Command) *syntax.Name {
	if n := c.Word(); n != nil {
		return n
	}
	return &syntax.Name{}
}

func at(n syntax.Node) ir.At { return ir.At{S: n.Span()} }

// onlyOptions refuses every option that is not one of those that the lowering gives a meaning, or that do not change the rows.
// name=f and name=t are options that may only be written with this value, their default.
func (l *lowerer) onlyOptions(opts syntax.OptionList, known ...string) {
	for _, o := range opts {
		switch {
		case slices.Contains(known, o.Name.Text), slices.Contains(known, o.Name.Text+"=f") && !isTrue(o.Value, false):
		case slices.Contains(known, o.Name.Text+"=t") && isTrue(o.Value, false):
		case slices.Contains(known, o.Name.Text+"=f"), slices.Contains(known, o.Name.Text+"=t"):
			l.refuse(o, CodeUnsupported, "the option "+o.Name.Text+" with another value than its default is not evaluated", unevaluatedOptions[o.Name.Text])
		default:
			l.refuse(o.Name, CodeUnsupported, "the option "+o.Name.Text+" is not evaluated", unevaluatedOptions[o.Name.Text])
		}
	}
}

func isTrue(v *syntax.Value, otherwise bool) bool {
	if v == nil {
		return otherwise
	}
	switch strings.ToLower(v.Text) {
	case "t", "true", "1", "yes", "y":
		return true
	}
	return false
}

func number(v *syntax.Value, otherwise int64) int64 {
	if v == nil {
		return otherwise
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// helper returns a column name that no field has.
func (l *lowerer) helper() string {
	l.helpers++
	return fmt.Sprintf("\x00%d", l.helpers)
}

// bind makes the rows so far a binding that several pipelines can read, and returns a pipeline source for it.
func (l *lowerer) bind(r *rows) string {
	name := fmt.Sprintf("rows%d", len(l.bindings)+1)
	l.bindings = append(l.bindings, ir.Binding{Name: name, Pipe: r.pipe()})
	r.from, r.ops = &ir.Ref{Name: name}, nil
	return name
}

// keep makes rows of exactly the known fields: helper columns go.
func (l *lowerer) keep(r *rows, a ir.At) {
	p := &ir.Project{At: a}
	for _, c := range r.cols {
		p.Cols = append(p.Cols, ir.Named{Name: c, X: &ir.Col{At: a, Name: c, T: ir.Dynamic}})
	}
	r.add(p)
}

// known refuses a command that needs to know every field of its rows.
func (l *lowerer) known(r *rows, c syntax.Command) bool {
	if !r.open {
		return true
	}
	l.refuse(nameOf(c), CodeOpenFields, nameOf(c).Text+" needs the fields of its rows, which are not known here",
		"put table or fields with the names before it, or declare the fields of the index")
	return false
}

// inOrder gives rows the order in which a search returns them, before a command that depends on it: newest first (search manual).
func (l *lowerer) inOrder(r *rows, n syntax.Node) {
	switch {
	case r.sorted:
	case r.newestFirst && (r.has("_time") || r.open):
		r.add(&ir.Sort{At: at(n), Keys: []ir.SortKey{{X: l.num(l.col(r, "_time", n)), Desc: true}}})
		r.sorted = true
	}
}
