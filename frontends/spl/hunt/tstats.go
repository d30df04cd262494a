package hunt

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// tstats reads tstats over a data model whose definition says which declared events it holds: it is stats over those events. It is
// false after a refusal.
func (l *lowerer) tstats(c *syntax.Tstats) bool {
	if c.Source != "datamodel" {
		l.refuse(c, spl.CodeUnsupported, "tstats without a data model is not translated", "which fields are indexed is not in the text: write the search, and stats")
		return false
	}
	before := len(l.diags)
	l.tstatsOptions(c)
	m, found := spl.ReadModel(l.src, l.opt.Definitions, c)
	for _, d := range append(spl.TstatsRules(l.src, c), found...) {
		if d.Code != spl.CodeSummary { // an assumption of the hunt
			l.diags.Add(d)
		}
	}
	if m == nil || len(l.diags) > before {
		return false
	}
	l.assume("the data model " + c.From.Text + " holds the events and fields that its definition says")
	if !l.modelEvents(m, c) {
		return false
	}
	if m.Where != nil {
		l.filter(syntax.Terms(m.Where.Expr))
	}
	l.tstatsGroups(c)
	return true
}

// tstatsOptions refuses the options that are not carried over.
func (l *lowerer) tstatsOptions(c *syntax.Tstats) {
	for _, o := range c.Options {
		if o.Name.Text == "chunk_size" || o.Name.Text == "fillnull_value" || slices.Contains([]string{"f", "false", "0"}, strings.ToLower(o.Value.Text)) {
			continue
		}
		switch o.Name.Text {
		case "summariesonly", "allow_old_summaries":
			l.assume("the summaries of " + c.From.Text + " hold every event of it, as it is defined now (" + o.Name.Text + "=t)")
		case "include_reduced_buckets":
			l.assume("no bucket of " + c.From.Text + " is reduced (include_reduced_buckets=t)")
		case "use_summary_index_values":
			l.assume("no event of " + c.From.Text + " holds partial results (use_summary_index_values=t)")
		default:
			l.unsupported(o, "the option "+o.Name.Text)
		}
	}
}

// modelEvents reads the events of the definition, under the names of the data model's fields.
func (l *lowerer) modelEvents(m *spl.ModelSearch, c *syntax.Tstats) bool {
	before := len(l.diags)
	defer func() { spl.InDefinition(l.diags[before:], c) }()
	outer := l.lookupText
	l.lookupText = m.Constraint
	ok := l.source(m.Events)
	l.lookupText = outer
	if !ok {
		return false
	}
	for _, a := range m.Fields.Assigns {
		ref, plain := a.X.(*syntax.FieldRef)
		if !plain {
			l.eval(&syntax.Eval{Assigns: []*syntax.Assign{a}})
			continue
		}
		v := l.field(ref.Name, ref)
		if i := l.index(a.Field.Text); i >= 0 {
			l.fields[i].val = v
			continue
		}
		l.fields = append(l.fields, column{a.Field.Text, v})
	}
	return true
}

// tstatsGroups is stats by the fields of BY: _time is the start of its bin, while the events keep their times.
func (l *lowerer) tstatsGroups(c *syntax.Tstats) {
	by := slices.Clone(c.By)
	bins := "_time"
	if readsTime(c.Aggs) {
		for bins = "_time_bin"; l.index(bins) >= 0; bins += "_" {
			continue
		}
	}
	for i, k := range by {
		if k.Text != "_time" {
			continue
		}
		span := &syntax.Option{Name: &syntax.Name{Text: "span"}, Value: c.BySpan}
		bin := &syntax.Bin{Options: syntax.OptionList{span}, Field: k}
		bin.At, bin.Name = c.BySpan.At, k
		if bins != "_time" {
			bin.As = &syntax.Name{Text: bins}
			bin.As.At = k.At
			by[i] = bin.As
		}
		l.bin(bin)
	}
	if v := c.Options.Get("fillnull_value"); v != nil && len(by) > 0 {
		fill := &syntax.Fillnull{Names: by, Value: v}
		fill.At = v.At
		l.fillnull(fill)
	}
	stats := &syntax.Stats{Aggs: c.Aggs, By: by}
	stats.At, stats.Name = c.At, &syntax.Name{Text: "stats"}
	stats.Name.At = c.Name.At
	l.statsCommand(stats)
	if i := l.index(bins); i >= 0 {
		l.fields[i].name = "_time"
	}
}

// readsTime reports whether a function reads the times of events.
func readsTime(aggs []*syntax.Agg) bool {
	return slices.ContainsFunc(aggs, func(g *syntax.Agg) bool {
		if g.Arg != nil && g.Arg.Text == "_time" || g.Func == nil {
			return true
		}
		switch strings.ToLower(g.Func.Text) {
		case "count", "c", "dc", "distinct_count", "values", "sum", "avg", "mean", "min", "max", "range", "stdev", "stdevp", "var", "varp":
			return false
		}
		return true
	})
}
