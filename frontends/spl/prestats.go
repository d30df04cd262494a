package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// prestats are the results of tstats prestats=t: a format for the next stats or timechart, which name the results ("prestats" of the
// tstats page). The rows are the events of the groups, so that the command behind computes what it would have been given.
type prestats struct {
	c    *syntax.Tstats
	keys []*syntax.Name // the columns of BY, in its order
	// ranged says that searches with ranges of their own were appended: how far a chart of them reaches is not told.
	ranged bool
}

// prestats makes the groups of tstats rows for the command behind. Events without a BY field are in no group.
func (l *lowerer) prestats(r, events *rows, c *syntax.Tstats, by []*syntax.Name, first bool) *rows {
	for i, k := range by {
		x := l.col(events, k.Text, c.By[i]).x
		events.add(&ir.Expand{At: at(c.By[i]), Name: k.Text, X: x})
		events.know(k.Text)
		events.add(&ir.Filter{At: at(c.By[i]), Pred: not(isNull(l.col(events, k.Text, c.By[i]).x))})
	}
	events.pre = &prestats{c: c, keys: by}
	if !isTrue(c.Options.Get("append"), false) || first || l.wrong("tstats-append-replaces") {
		return events
	}
	if r.pre == nil || !sameNames(namesOf(r.pre.c.By), namesOf(c.By)) || !sameNames(computed(r.pre.c.Aggs), computed(c.Aggs)) || !sameSpan(r.pre.c.BySpan, c.BySpan) {
		l.refuse(c, CodeUnsupported, "append=t is not evaluated here", "what is appended must be results in the prestats format with the same functions, BY fields and span ("+pageTstats+")")
		return events
	}
	e := &ir.Extend{At: at(c)}
	for i, k := range r.pre.c.By {
		j := slices.IndexFunc(c.By, func(n *syntax.Name) bool { return n.Text == k.Text })
		e.Cols = append(e.Cols, ir.Named{Name: r.pre.keys[i].Text, X: l.col(events, by[j].Text, k).x})
	}
	events.add(e)
	events.know(namesOf(r.pre.keys)...)
	ranged := r.pre.ranged || hasRange(c) || hasRange(r.pre.c)
	l.addRows(r, events, c)
	r.pre = &prestats{c: r.pre.c, keys: r.pre.keys, ranged: ranged}
	return r
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func sameSpan(a, b *syntax.Value) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Text == b.Text
}

func hasRange(c *syntax.Tstats) bool {
	return slices.ContainsFunc(syntax.Terms(c.Where), func(t syntax.Term) bool {
		x, ok := t.(*syntax.Compare)
		return ok && x.IsTimeModifier()
	})
}

// sameFunctions are other names of functions. Read-only.
var sameFunctions = map[string]string{"c": "count", "distinct_count": "dc", "mean": "avg"}

// computed are the aggregations without their names.
func computed(aggs []*syntax.Agg) []string {
	var out []string
	for _, g := range aggs {
		f := ""
		if g.Func != nil {
			f = strings.ToLower(g.Func.Text)
		}
		if same := sameFunctions[f]; same != "" {
			f = same
		}
		if g.Arg != nil {
			f += "(" + g.Arg.Text + ")"
		}
		out = append(out, f)
	}
	return out
}

// consume lowers the command behind prestats=t.
func (l *lowerer) consume(r *rows, c syntax.Command) *rows {
	pre := r.pre
	if _, more := c.(*syntax.Tstats); !more {
		r.pre = nil
	}
	switch c := c.(type) {
	case *syntax.Tstats:
		return l.tstats(r, c, false)
	case *syntax.Stats:
		if strings.EqualFold(c.Name.Text, "stats") && l.given(pre, c.Aggs, c.By) {
			return l.statsOfGroups(r, pre, c)
		}
	case *syntax.Timechart:
		by := []*syntax.Name{{Text: "_time"}}
		if c.By != nil {
			by = append(by, c.By)
		}
		switch {
		case pre.ranged:
			l.refuse(c, CodeUnsupported, "timechart of appended searches with ranges of their own is not evaluated", "no page tells how far the chart reaches")
			return r
		case pre.c.BySpan != nil && !nested(pre.c.BySpan.Text, c):
			l.refuse(c, CodeUnsupported, "timechart with this span behind tstats span="+pre.c.BySpan.Text+" is not evaluated", "its span must be made of whole spans of tstats, else results are unpredictable ("+pageTstats+")")
			return r
		case l.given(pre, c.Aggs, by):
			return l.timechart(r, c)
		}
	}
	l.refuse(nameOf(c), CodeUnsupported, nameOf(c).Text+" is not evaluated behind prestats=t", "the format is for stats, chart and timechart with the functions and BY fields of tstats ("+pageTstats+")")
	return r
}

// given reports whether the results hold what a command computes.
func (l *lowerer) given(pre *prestats, aggs []*syntax.Agg, by []*syntax.Name) bool {
	have := computed(pre.c.Aggs)
	for _, g := range computed(aggs) {
		if !slices.Contains(have, g) {
			return false
		}
	}
	for _, k := range by {
		if !slices.Contains(namesOf(pre.c.By), k.Text) {
			return false
		}
	}
	return true
}

// nested reports whether the bins of a chart are made of whole spans of tstats.
func nested(span string, c *syntax.Timechart) bool {
	outer := c.Options.Get("span")
	if outer == nil || c.Options.Get("aligntime") != nil {
		return false
	}
	n, unit, ok := syntax.ParseSpan(span)
	m, outerUnit, okOuter := syntax.ParseSpan(outer.Text)
	small, large := int64(n)*spanSeconds[unit], int64(m)*spanSeconds[outerUnit]
	return ok && okOuter && small > 0 && large%small == 0
}

// statsOfGroups is stats by the columns of tstats BY: _time is the start of the bin.
func (l *lowerer) statsOfGroups(r *rows, pre *prestats, c *syntax.Stats) *rows {
	l.onlyOptions(c.Options, "partitions", "allnum=f", "dedup_splitvals=f")
	by := make([]*syntax.Name, len(c.By))
	for i, k := range c.By {
		by[i] = pre.keys[slices.Index(namesOf(pre.c.By), k.Text)]
	}
	return l.named(l.stats(r, c.Aggs, by, c, true), c, c.By)
}
