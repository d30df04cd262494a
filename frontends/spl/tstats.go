package spl

import (
	"slices"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// tstats without a data model is stats over events, where its fields are indexed ones; events without a BY field are left out
// (searchbnf.conf [tstats-command]).
func (l *lowerer) tstats(r *rows, c *syntax.Tstats) *rows {
	l.onlyOptions(c.Options, "prestats=f", "append=f", "local=f", "include_reduced_buckets=f", "use_summary_index_values=f", "chunk_size",
		"summariesonly", "allow_old_summaries", "fillnull_value")
	if c.From != nil || len(c.Macros) > 0 {
		l.refuse(c.Word(), CodeUnsupported, "tstats over a data model is not evaluated", "what a data model holds is not in the text")
		return r
	}
	for _, k := range c.By {
		if !l.indexed(k.Text) {
			l.refuse(k, CodeOpenFields, k.Text+" is not known as an indexed field", "tstats reads indexed fields only; which they are is not in the text")
		}
	}
	for _, g := range c.Aggs {
		if g.Arg != nil && !l.indexed(g.Arg.Text) {
			l.refuse(g.Arg, CodeOpenFields, g.Arg.Text+" is not known as an indexed field", "tstats reads indexed fields only; which they are is not in the text")
		}
	}
	search := &syntax.Search{Expr: c.Where}
	search.At = c.At
	events := l.events(search, true)
	l.tstatsKeys(events, c)
	if l.wrong("tstats-by-keeps-absent") {
		l.opts.misread = "stats-by-keeps-absent"
	}
	return l.stats(events, c.Aggs, c.By, c, true)
}

// tstatsKeys bins _time by span= and fills absent keys by fillnull_value=.
func (l *lowerer) tstatsKeys(events *rows, c *syntax.Tstats) {
	if c.BySpan != nil && !l.wrong("tstats-span-is-ignored") {
		span := &syntax.Option{Name: &syntax.Name{Text: "span"}, Value: c.BySpan}
		bin := &syntax.Bin{Options: syntax.OptionList{span}, Field: &syntax.Name{Text: "_time"}}
		bin.At = c.BySpan.At
		l.bin(events, bin)
	}
	v := c.Options.Get("fillnull_value")
	if v == nil || l.wrong("fillnull-value-is-ignored") {
		return
	}
	e := &ir.Extend{At: at(c)}
	for _, k := range c.By {
		e.Cols = append(e.Cols, ir.Named{Name: k.Text, X: firstOf(l.col(events, k.Text, k).x, str(v.Text, at(v)))})
	}
	if len(e.Cols) > 0 {
		events.add(e)
	}
	events.know(namesOf(c.By)...)
}

// indexed reports whether a field is an indexed one: the default fields are, others by declaration.
func (l *lowerer) indexed(field string) bool {
	switch field {
	case "index", "host", "source", "sourcetype", "_time":
		return true
	}
	return slices.Contains(l.opts.Indexed, field)
}
