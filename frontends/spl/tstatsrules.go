package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// TstatsRules refuses what tstats does not do, or what no page settles, and says what is taken for granted of the buckets.
func TstatsRules(src *diag.Source, c *syntax.Tstats) diag.List {
	r := &tstatsReader{src: src, c: c}
	r.macrosAndFunctions()
	r.options()
	r.times()
	return r.diags
}

// tstatsReader is one tstats in work.
type tstatsReader struct {
	src   *diag.Source
	c     *syntax.Tstats
	diags diag.List
}

func (r *tstatsReader) refuse(at syntax.Node, message, why string) {
	r.diags.Add(diag.Diagnostic{Code: CodeUnsupported, Severity: diag.Refused, Source: r.src, Span: at.Span(), Message: message, Why: why})
}

// macrosAndFunctions refuses macros that are not known, eval, and ranges of addresses.
func (r *tstatsReader) macrosAndFunctions() {
	c := r.c
	for _, m := range c.Macros {
		r.refuse(m, "the macro "+m.Name+" has no definition", "what it stands for is not in the text")
	}
	for _, g := range c.Aggs {
		if g.Eval != nil {
			r.refuse(g, "an eval expression is not evaluated in tstats", "tstats does not support it ("+pageTstats+")")
		}
	}
	for _, t := range termsBelow(c.Where) {
		for _, v := range valuesOf(t) {
			if isRange(v.Text) {
				r.refuse(v, "a range of addresses in WHERE of tstats is not evaluated", "it also finds values that are no addresses ("+pageTstats+"): put | where cidrmatch(…) behind")
			}
		}
	}
}

// options refuses options that depend on the installation, and says what others take for granted: with them the rows depend on how
// buckets are kept ([tstats-command]).
func (r *tstatsReader) options() {
	c := r.c
	if v := c.Options.Get("local"); isTrue(v, false) {
		r.refuse(v, "local=t is not evaluated", "it reads what is kept on the search head only, and where that is less it finds less ("+pageTstats+")")
	}
	if v := c.Options.Get("append"); isTrue(v, false) && !isTrue(c.Options.Get("prestats"), false) {
		r.refuse(v, "append=t without prestats=t is not evaluated", "it is only valid with it ("+pageTstats+")")
	}
	for _, x := range []struct{ option, taken, why string }{
		{"include_reduced_buckets", "no bucket is taken to be reduced", "the option only matters where TSIDX reduction is on, and then the page calls the results incorrect"},
		{"use_summary_index_values", "no event is taken to hold partial results", "the option only matters for summary indexes with fields of prestats"},
	} {
		if v := c.Options.Get(x.option); isTrue(v, false) {
			r.diags.Add(diag.Diagnostic{Code: CodeSummary, Severity: diag.Warning, Source: r.src, Span: v.Span(), Message: x.option + "=t: " + x.taken, Why: x.why})
		}
	}
}

// times refuses bins whose width is not written.
func (r *tstatsReader) times() {
	c := r.c
	time := slices.ContainsFunc(c.By, func(n *syntax.Name) bool { return n.Text == "_time" })
	switch {
	case time && (c.BySpan == nil || strings.EqualFold(c.BySpan.Text, "auto")):
		r.refuse(c, "BY _time without a span is not evaluated", "Splunk then chooses a span by the number of results ("+pageTstats+"): write span=1h or the like")
	case c.BySpan != nil && !time:
		r.refuse(c.BySpan, "span= without BY _time is not evaluated", "it is the span of the bins of _time ("+pageTstats+")")
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
