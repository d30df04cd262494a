package spl

import (
	"slices"

	"github.com/huntc/huntc/frontends/spl/syntax"
)

// tstats without a data model is stats over events, where its fields are indexed ones; events without a BY field are left out
// (searchbnf.conf [tstats-command]).
func (l *lowerer) tstats(r *rows, c *syntax.Tstats) *rows {
	l.onlyOptions(c.Options)
	if c.From != nil || len(c.Macros) > 0 || c.Where == nil || c.BySpan != nil {
		l.refuse(c.Word(), CodeUnsupported, "tstats over a data model, or with a span, is not evaluated", "what a data model holds is not in the text")
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
	events := l.events(&syntax.Search{Expr: c.Where}, true)
	if l.wrong("tstats-by-keeps-absent") {
		l.opts.misread = "stats-by-keeps-absent"
	}
	return l.stats(events, c.Aggs, c.By, c, true)
}

// indexed reports whether a field is an indexed one: the default fields are, others by declaration.
func (l *lowerer) indexed(field string) bool {
	switch field {
	case "index", "host", "source", "sourcetype", "_time":
		return true
	}
	return slices.Contains(l.opts.Indexed, field)
}
