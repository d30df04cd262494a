// Package hunt reads a search as a hunt: it gives the IR the typed columns and the null rules that the compiler's mapping and backends
// expect (KQL's: an empty text and an absent one are the same). The lowering of package spl is another one, for Splunk's own rules and
// values without types; it is never fed to a backend.
//
// Only what means the same under both rules is translated. Where an empty text or the guess between number and text would decide, the
// declared types of the fields settle it, or the search is refused at that place.
package hunt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// Field is a field of an index: its type, and whether an event that has it never has it with an empty text.
type Field struct {
	ir.Column
	Nonempty bool
}

// Options say what surrounds a search.
type Options struct {
	// Indexes are the fields of the events of each index. The index is the source table of the hunt.
	Indexes map[string][]Field
}

// Lower gives a search its meaning as a hunt. The query is nil after an error or a refusal.
func Lower(src *diag.Source, o Options) (*ir.Query, diag.List) {
	pipe, diags := syntax.Parse(src, syntax.Options{})
	if diags.HasErrors() {
		return nil, diags
	}
	l := &lowerer{src: src, opt: o, diags: diags}
	q := l.query(pipe)
	l.diags.Sort()
	if l.diags.Max() >= diag.Refused {
		return nil, l.diags
	}
	return q, l.diags
}

type lowerer struct {
	src    *diag.Source
	opt    Options
	diags  diag.List
	fields []Field // of the rows at this point
	time   string  // the time column of the events
	events bool    // the rows are still events: they have more fields than those that are known
	ops    []ir.Op
}

func at(n syntax.Node) ir.At { return ir.At{S: n.Span()} }

func (l *lowerer) refuse(n syntax.Node, code diag.Code, what, why string) ir.Expr {
	l.diags.Add(diag.Diagnostic{Code: code, Severity: diag.Refused, Source: l.src, Span: n.Span(), Message: what, Why: why})
	return &ir.Bad{At: at(n)}
}

func (l *lowerer) unsupported(n syntax.Node, what string) ir.Expr {
	return l.refuse(n, spl.CodeUnsupported, what+" is not translated", "its meaning is not carried over to other languages yet")
}

func (l *lowerer) query(p *syntax.Pipeline) *ir.Query {
	first, ok := p.Commands[0].(*syntax.Search)
	if !ok {
		l.unsupported(p.Commands[0], "a search that begins with a command")
		return nil
	}
	table := l.source(first)
	if table == nil {
		return nil
	}
	for _, c := range p.Commands[1:] {
		l.command(c)
	}
	if l.events {
		l.refuse(first, spl.CodeOpenFields, "the result is whole events, with fields that are not known here", "end the search with table and the names, or stats")
	}
	q := &ir.Query{Root: &ir.Pipeline{From: table, Ops: l.ops}}
	for _, f := range l.fields {
		q.Columns = append(q.Columns, f.Column)
	}
	return q
}

// source reads the first search: one index, the range of time, conditions.
func (l *lowerer) source(s *syntax.Search) *ir.Table {
	var index *syntax.Compare
	var times []*syntax.Compare
	var rest []syntax.Term
	for _, t := range terms(s.Expr) {
		c, _ := t.(*syntax.Compare)
		switch {
		case c != nil && c.Field.Text == "index" && c.Op == "=" && c.Value != nil && index == nil:
			index = c
		case c != nil && c.IsTimeModifier():
			times = append(times, c)
		default:
			rest = append(rest, t)
		}
	}
	if index == nil {
		l.refuse(s, spl.CodeUnsupported, "the search names no index", "which indexes are searched by default is a setting of the role: write index=…")
		return nil
	}
	fields, ok := l.opt.Indexes[index.Value.Text]
	if !ok {
		l.refuse(index, spl.CodeOpenFields, fmt.Sprintf("the fields of index %s and their types are not known", index.Value.Text),
			"whether a comparison is one of numbers or of texts depends on them: declare them with --fields")
		return nil
	}
	l.fields, l.events = fields, true
	table := &ir.Table{At: at(index), Name: index.Value.Text}
	for _, f := range fields {
		table.Columns = append(table.Columns, f.Column)
		if f.Type == ir.Datetime && (f.Name == "TimeGenerated" || f.Name == "Timestamp") {
			l.time, table.Time = f.Name, f.Name
		}
	}
	l.timeRange(times)
	l.filter(rest)
	return table
}

func terms(t syntax.Term) []syntax.Term {
	switch t := t.(type) {
	case nil:
		return nil
	case *syntax.AllOf:
		return t.Terms
	default:
		return []syntax.Term{t}
	}
}

// fixed are the units of an offset whose length does not depend on a calendar. A day of Splunk is one of the searcher's time zone.
// Read-only.
var fixed = map[string]int64{"s": ir.Second, "m": ir.Minute, "h": 60 * ir.Minute}

// timeRange bounds the time column: earliest is inclusive, latest is not ("Time modifiers").
func (l *lowerer) timeRange(times []*syntax.Compare) {
	seen := map[string]bool{}
	for _, c := range times {
		name := c.Field.Text
		op, known := map[string]ir.CmpOp{"earliest": ir.Ge, "latest": ir.Lt}[name]
		if !known || c.Op != "=" || c.Value == nil || seen[name] || l.time == "" {
			l.unsupported(c, "this range of time")
			continue
		}
		seen[name] = true
		value := ir.Expr(&ir.Now{At: at(c)})
		if c.Value.Text != "now" {
			steps, ok := syntax.ParseRelative(c.Value.Text)
			if !ok || len(steps) != 1 || steps[0].Snap || fixed[steps[0].Unit] == 0 || steps[0].N > 0 || steps[0].N < -1_000_000 {
				l.refuse(c, spl.CodeUnsupported, "the time "+c.Value.Text+" is not translated",
					"days, longer units and @ depend on the searcher's time zone: write hours, such as -24h")
				continue
			}
			width := -int64(steps[0].N) * fixed[steps[0].Unit]
			value = &ir.Arith{At: at(c), Op: "-", L: value, R: &ir.Lit{At: at(c), Value: ir.Value{Type: ir.Timespan, V: width}}, T: ir.Datetime}
		}
		l.ops = append(l.ops, &ir.Filter{At: at(c), Pred: &ir.Compare{At: at(c), Op: op,
			L: &ir.Col{At: at(c), Name: l.time, T: ir.Datetime}, R: value}})
	}
}

func (l *lowerer) filter(ts []syntax.Term) {
	for _, t := range ts {
		l.ops = append(l.ops, &ir.Filter{At: at(t), Pred: l.term(t, false)})
	}
}

func (l *lowerer) command(c syntax.Command) {
	switch c := c.(type) {
	case *syntax.Search:
		l.filter(terms(c.Expr))
	case *syntax.Where:
		l.ops = append(l.ops, &ir.Filter{At: at(c), Pred: l.where(c.Pred)})
	case *syntax.Stats:
		l.stats(c)
	case *syntax.Table:
		l.table(c, c.Names)
	case *syntax.Fields:
		l.fieldsCommand(c)
	default:
		if w := c.Word(); w != nil && w.Text != "" {
			l.unsupported(w, "the command "+w.Text)
			return
		}
		l.unsupported(c, "this command")
	}
}

// field finds a field by its name, in the letter case of the event. It reports one that is not known.
func (l *lowerer) field(name string, n syntax.Node) (Field, bool) {
	if i := slices.IndexFunc(l.fields, func(f Field) bool { return f.Name == name }); i >= 0 {
		return l.fields[i], true
	}
	var names []string
	for _, f := range l.fields {
		names = append(names, f.Name)
	}
	why := "its type would decide what the search means: declare it with --fields"
	if near := diag.Nearest(name, names); near != "" {
		why = "did you mean " + near + "?"
	}
	l.refuse(n, spl.CodeOpenFields, "the field "+name+" is not known at this place", why)
	return Field{}, false
}

// table keeps fields, in the order in which they are written. Events come newest first ("search", order of results).
func (l *lowerer) table(c syntax.Node, names []*syntax.Name) {
	if l.events && l.time != "" {
		l.ops = append(l.ops, &ir.Sort{At: at(c), Keys: []ir.SortKey{{X: &ir.Col{At: at(c), Name: l.time, T: ir.Datetime}, Desc: true}}})
	}
	p := &ir.Project{At: at(c)}
	var kept []Field
	for _, n := range names {
		if n.Wild() {
			l.unsupported(n, "a pattern of field names")
			continue
		}
		f, ok := l.field(n.Text, n)
		if !ok {
			continue
		}
		if slices.ContainsFunc(kept, func(k Field) bool { return k.Name == f.Name }) {
			l.unsupported(n, "a field that is named twice")
			continue
		}
		kept = append(kept, f)
		p.Cols = append(p.Cols, ir.Named{Name: f.Name, X: col(f, n)})
	}
	l.ops = append(l.ops, p)
	l.fields, l.events = kept, false
}

func (l *lowerer) fieldsCommand(c *syntax.Fields) {
	if l.events {
		l.unsupported(c, "fields on events, which keeps _time and _raw")
		return
	}
	if !c.Remove {
		l.unsupported(c, "fields without a minus, which keeps the order of the columns")
		return
	}
	var names []*syntax.Name
	for _, n := range c.Names {
		if !n.Wild() {
			l.field(n.Text, n)
			continue
		}
		l.unsupported(n, "a pattern of field names")
	}
	for _, f := range l.fields {
		if !slices.ContainsFunc(c.Names, func(n *syntax.Name) bool { return n.Text == f.Name }) {
			n := &syntax.Name{Text: f.Name}
			n.At = c.At
			names = append(names, n)
		}
	}
	l.table(c, names)
}

func col(f Field, n syntax.Node) *ir.Col { return &ir.Col{At: at(n), Name: f.Name, T: f.Type} }

// stats groups by fields: rows that lack one are left out ("stats", BY clause).
func (l *lowerer) stats(c *syntax.Stats) {
	if strings.ToLower(c.Name.Text) != "stats" || len(c.Options) > 0 {
		l.unsupported(c, c.Name.Text+" in this form")
		return
	}
	agg := &ir.Aggregate{At: at(c)}
	var out []Field
	for _, n := range c.By {
		f, ok := l.field(n.Text, n)
		if !ok {
			continue
		}
		if f.Type == ir.Real {
			l.refuse(n, spl.CodeUnsupported, "groups of "+f.Name+" are not translated", "Splunk groups by the text of a number: 1 and 1.0 are two groups")
		}
		if p := l.present(f, n); p != nil {
			l.ops = append(l.ops, &ir.Filter{At: at(n), Pred: p})
		}
		agg.Keys = append(agg.Keys, ir.Named{Name: f.Name, X: col(f, n)})
		out = append(out, f)
	}
	for _, g := range c.Aggs {
		f, ok := l.aggregation(g, agg)
		if !ok {
			continue
		}
		if slices.ContainsFunc(out, func(k Field) bool { return k.Name == f.Name }) {
			l.unsupported(g, "a second column "+f.Name)
		}
		out = append(out, f)
	}
	l.ops = append(l.ops, agg)
	l.fields, l.events = out, false
}

// aggregation adds one: count, min and max. Sums are of floating-point numbers in Splunk, and absent without a number.
func (l *lowerer) aggregation(g *syntax.Agg, agg *ir.Aggregate) (Field, bool) {
	if g.Func == nil || g.Macro != nil || g.Spark || g.Prefix || g.Eval != nil {
		l.unsupported(g, "this aggregation")
		return Field{}, false
	}
	a := ir.Agg{At: at(g), Name: g.Column(), T: ir.Long, Func: ir.Count}
	fn := strings.ToLower(g.Func.Text)
	switch {
	case (fn == "count" || fn == "c") && g.Arg == nil:
		agg.Aggs = append(agg.Aggs, a)
		return Field{Column: ir.Column{Name: a.Name, Type: ir.Long}, Nonempty: true}, true
	case g.Arg == nil || g.Arg.Wild():
		l.unsupported(g, "this aggregation")
		return Field{}, false
	}
	f, ok := l.field(g.Arg.Text, g.Arg)
	if !ok {
		return f, false
	}
	switch fn {
	case "count", "c":
		a.If = l.present(f, g.Arg)
	case "min", "max":
		if f.Type != ir.Int && f.Type != ir.Real {
			l.refuse(g, spl.CodeUnsupported, fn+" of "+f.Name+", a "+f.Type.String()+", is not translated",
				"Splunk chooses numbers or texts by the values; only int and real settle it, which floating-point numbers hold exactly")
			return Field{}, false
		}
		a.Func, a.Args, a.T = ir.AggFunc(fn), []ir.Expr{col(f, g.Arg)}, f.Type
	default:
		l.unsupported(g.Func, "the aggregation "+g.Func.Text)
		return Field{}, false
	}
	agg.Aggs = append(agg.Aggs, a)
	return Field{Column: ir.Column{Name: a.Name, Type: a.T}}, true
}
