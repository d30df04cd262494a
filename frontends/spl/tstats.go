package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// tstats is stats over events: over the dataset of a data model, or over those of indexes, where its fields are indexed ones; events
// without a BY field are left out (searchbnf.conf [tstats-command]).
func (l *lowerer) tstats(r *rows, c *syntax.Tstats, first bool) *rows {
	l.onlyOptions(c.Options, "prestats", "append", "local", "include_reduced_buckets", "use_summary_index_values", "chunk_size",
		"summariesonly", "allow_old_summaries", "fillnull_value")
	l.tstatsArguments(c)
	l.tstatsAssumptions(c)
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

// tstatsArguments refuses what tstats does not do, or what no page settles.
func (l *lowerer) tstatsArguments(c *syntax.Tstats) {
	for _, m := range c.Macros {
		l.refuse(m, CodeUnsupported, "the macro "+m.Name+" has no definition", "what it stands for is not in the text")
	}
	for _, g := range c.Aggs {
		if g.Eval != nil {
			l.refuse(g, CodeUnsupported, "an eval expression is not evaluated in tstats", "tstats does not support it ("+pageTstats+")")
		}
	}
	for _, t := range termsBelow(c.Where) {
		for _, v := range valuesOf(t) {
			if isRange(v.Text) {
				l.refuse(v, CodeUnsupported, "a range of addresses in WHERE of tstats is not evaluated", "it also finds values that are no addresses ("+pageTstats+"): put | where cidrmatch(…) behind")
			}
		}
	}
	if v := c.Options.Get("local"); isTrue(v, false) {
		l.refuse(v, CodeUnsupported, "local=t is not evaluated", "it reads what is kept on the search head only, and where that is less it finds less ("+pageTstats+")")
	}
	if v := c.Options.Get("append"); isTrue(v, false) && !isTrue(c.Options.Get("prestats"), false) {
		l.refuse(v, CodeUnsupported, "append=t without prestats=t is not evaluated", "it is only valid with it ("+pageTstats+")")
	}
	time := slices.ContainsFunc(c.By, func(n *syntax.Name) bool { return n.Text == "_time" })
	switch {
	case time && (c.BySpan == nil || strings.EqualFold(c.BySpan.Text, "auto")):
		l.refuse(c, CodeUnsupported, "BY _time without a span is not evaluated", "Splunk then chooses a span by the number of results ("+pageTstats+"): write span=1h or the like")
	case c.BySpan != nil && !time:
		l.refuse(c.BySpan, CodeUnsupported, "span= without BY _time is not evaluated", "it is the span of the bins of _time ("+pageTstats+")")
	}
}

// tstatsAssumptions says what is taken for granted of the buckets: with these options the rows depend on how they are kept
// ([tstats-command]).
func (l *lowerer) tstatsAssumptions(c *syntax.Tstats) {
	for _, x := range []struct{ option, taken, why string }{
		{"include_reduced_buckets", "no bucket is taken to be reduced", "the option only matters where TSIDX reduction is on, and then the page calls the results incorrect"},
		{"use_summary_index_values", "no event is taken to hold partial results", "the option only matters for summary indexes with fields of prestats"},
	} {
		if v := c.Options.Get(x.option); isTrue(v, false) {
			l.diags.Add(diag.Diagnostic{Code: CodeSummary, Severity: diag.Warning, Source: l.src, Span: v.Span(), Message: x.option + "=t: " + x.taken, Why: x.why})
		}
	}
}

// termsBelow are the terms of a condition that are no combination of others.
func termsBelow(t syntax.Term) []syntax.Term {
	var below []syntax.Term
	switch t := t.(type) {
	case nil:
		return nil
	case *syntax.AllOf:
		below = t.Terms
	case *syntax.AnyOf:
		below = t.Terms
	case *syntax.NotTerm:
		below = []syntax.Term{t.X}
	default:
		return []syntax.Term{t}
	}
	var out []syntax.Term
	for _, t := range below {
		out = append(out, termsBelow(t)...)
	}
	return out
}

// valuesOf are the values that a term compares with.
func valuesOf(t syntax.Term) []*syntax.Value {
	switch t := t.(type) {
	case *syntax.Compare:
		if t.Value != nil {
			return []*syntax.Value{t.Value}
		}
	case *syntax.InList:
		return t.Values
	}
	return nil
}

// modelRows are the events of a dataset with its fields.
func (l *lowerer) modelRows(c *syntax.Tstats) *rows {
	commands, diags := modelEvents(l.src, l.opts.Definitions, c, l.wrong)
	l.diags = append(l.diags, diags...)
	if len(commands) == 0 || l.wrong("summariesonly-gives-nothing") && isTrue(c.Options.Get("summariesonly"), false) {
		return nil
	}
	before := len(l.diags)
	r := l.events(commands[0].(*syntax.Search), true)
	l.inConstraint(before, c)
	if l.wrong("model-default-fields-are-absent") {
		l.drop(r, c, "host", "source", "sourcetype")
	}
	for _, x := range commands[1:] {
		before := len(l.diags)
		r = l.command(r, x, false)
		l.dropTemps(r, x)
		l.inConstraint(before, c)
	}
	return r
}

// inConstraint names the definitions in messages about them, which have the place of the data model's name.
func (l *lowerer) inConstraint(from int, c *syntax.Tstats) {
	for i := range l.diags[from:] {
		if d := &l.diags[from+i]; d.Span == c.From.Span() {
			d.Message = "in the definition of " + c.From.Text + ": " + d.Message
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
