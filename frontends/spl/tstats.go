package spl

import (
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// tstats is stats over events: over the dataset of a data model, or over those of indexes, where its fields are indexed ones; events
// without a BY field are left out (searchbnf.conf [tstats-command]).
func (l *lowerer) tstats(r *rows, c *syntax.Tstats, first bool) *rows {
	l.onlyOptions(c.Options, "prestats", "append", "local", "include_reduced_buckets", "use_summary_index_values", "chunk_size",
		"summariesonly", "allow_old_summaries", "fillnull_value")
	l.diags = append(l.diags, TstatsRules(l.src, c)...)
	var events *rows
	switch c.Source {
	case "datamodel":
		events = l.modelRows(c)
	case "":
		events = l.indexedRows(c)
	default:
		l.unsupported(c.From, "tstats FROM a namespace or a job")
	}
	if events == nil {
		return &rows{from: &ir.Rows{}}
	}
	by := l.tstatsKeys(events, c)
	if isTrue(c.Options.Get("prestats"), false) && !l.wrong("prestats-are-results") {
		return l.prestats(r, events, c, by, first)
	}
	if l.wrong("tstats-by-keeps-absent") {
		l.opts.misread = "stats-by-keeps-absent"
	}
	return l.named(l.stats(events, c.Aggs, by, c, true), c, c.By)
}

// modelRows are the events of a dataset with its fields.
func (l *lowerer) modelRows(c *syntax.Tstats) *rows {
	m, diags := readModel(l.src, l.opts.Definitions, c, l.wrong)
	l.diags = append(l.diags, diags...)
	if m == nil || l.wrong("summariesonly-gives-nothing") && isTrue(c.Options.Get("summariesonly"), false) {
		return nil
	}
	before := len(l.diags)
	r := l.events(m.Events, true)
	if l.wrong("model-default-fields-are-absent") {
		l.drop(r, c, "host", "source", "sourcetype")
	}
	l.eval(r, m.Fields)
	InDefinition(l.diags[before:], c)
	if m.Where != nil {
		l.filter(r, m.Where.Expr)
	}
	l.dropTemps(r, c)
	return r
}

// InDefinition names the definitions in messages about them, which have the place of the data model's name.
func InDefinition(diags diag.List, c *syntax.Tstats) {
	for i := range diags {
		if diags[i].Span == c.From.Span() {
			diags[i].Message = "in the definition of " + c.From.Text + ": " + diags[i].Message
		}
	}
}

// drop makes fields absent.
func (l *lowerer) drop(r *rows, n syntax.Node, names ...string) {
	e := &ir.Extend{At: at(n)}
	for _, f := range names {
		e.Cols = append(e.Cols, ir.Named{Name: f, X: null(at(n))})
	}
	r.add(e)
}

// indexedRows are events of indexes, as search selects them.
func (l *lowerer) indexedRows(c *syntax.Tstats) *rows {
	names := slices.Clone(c.By)
	for _, g := range c.Aggs {
		if g.Arg != nil {
			names = append(names, g.Arg)
		}
	}
	for _, n := range names {
		if !l.indexed(n.Text) {
			l.refuse(n, CodeOpenFields, n.Text+" is not known as an indexed field", "tstats reads indexed fields only; which they are is not in the text")
		}
	}
	search := &syntax.Search{Expr: c.Where}
	search.At = c.At
	return l.events(search, true)
}

// tstatsKeys are the columns of BY: that of _time holds the starts of the bins, and fillnull_value= stands for absent ones. The events
// keep their times: the span says how they are grouped.
func (l *lowerer) tstatsKeys(events *rows, c *syntax.Tstats) []*syntax.Name {
	by := slices.Clone(c.By)
	for i, k := range by {
		if k.Text != "_time" || c.BySpan == nil || l.wrong("tstats-span-is-ignored") {
			continue
		}
		span := &syntax.Option{Name: &syntax.Name{Text: "span"}, Value: c.BySpan}
		bin := &syntax.Bin{Options: syntax.OptionList{span}, Field: &syntax.Name{Text: "_time"}}
		bin.At = c.BySpan.At
		if !l.wrong("tstats-span-bins-the-times") {
			bin.As = &syntax.Name{Text: l.helper()}
			bin.As.At = k.At
			by[i] = bin.As
		}
		l.bin(events, bin)
	}
	v := c.Options.Get("fillnull_value")
	if v == nil || l.wrong("fillnull-value-is-ignored") || len(by) == 0 {
		return by
	}
	e := &ir.Extend{At: at(c)}
	for _, k := range by {
		e.Cols = append(e.Cols, ir.Named{Name: k.Text, X: firstOf(l.col(events, k.Text, k).x, str(v.Text, at(v)))})
	}
	events.add(e)
	events.know(namesOf(by)...)
	return by
}

// named gives the columns of groups the names of BY: that of the bins is _time.
func (l *lowerer) named(groups *rows, c syntax.Command, by []*syntax.Name) *rows {
	names := append(namesOf(by), groups.cols[len(by):]...)
	if slices.Equal(names, groups.cols) {
		return groups
	}
	p := &ir.Project{At: at(c)}
	for i, f := range groups.cols {
		p.Cols = append(p.Cols, ir.Named{Name: names[i], X: &ir.Col{At: at(c), Name: f, T: ir.Dynamic}})
	}
	groups.add(p)
	groups.cols = names
	return groups
}

// indexed reports whether a field is an indexed one: the default fields are, others by declaration.
func (l *lowerer) indexed(field string) bool {
	switch field {
	case "index", "host", "source", "sourcetype", "_time":
		return true
	}
	return slices.Contains(l.opts.Indexed, field)
}
