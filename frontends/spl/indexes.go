package spl

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// events lowers the first search: which indexes, which range of time, which terms.
func (l *lowerer) events(s *syntax.Search, top bool) *rows {
	scope, others := scopeOf(flat(syntax.Terms(s.Expr)))
	var rest []syntax.Term
	var earliest, latest, ago *syntax.Compare
	for _, t := range others {
		c, _ := t.(*syntax.Compare)
		switch {
		case c != nil && c.IsTimeModifier() && c.Field.Text == "earliest":
			earliest = c
		case c != nil && c.IsTimeModifier() && c.Field.Text == "latest":
			latest = c
		case c != nil && ago == nil && startAgo(c) != "":
			ago = c
		default:
			rest = append(rest, t)
		}
	}
	if ago != nil && earliest != nil {
		l.unconfirmed(ago, ago.Field.Text+" beside earliest")
	} else if ago != nil && !l.wrong("startdaysago-is-ignored") {
		earliest = &syntax.Compare{Field: ago.Field, Op: "=", Value: &syntax.Value{Text: startAgo(ago)}}
	}
	r := l.source(s, scope)
	l.timeRange(r, s, earliest, latest, top)
	l.filterTerms(r, rest)
	return r
}

// flat are the terms that all hold: parentheses around some of them change nothing.
func flat(terms []syntax.Term) []syntax.Term {
	var out []syntax.Term
	for _, t := range terms {
		if all, ok := t.(*syntax.AllOf); ok {
			out = append(out, flat(all.Terms)...)
			continue
		}
		out = append(out, t)
	}
	return out
}

// scopeOf returns the names and patterns of the indexes that are searched, and the terms besides. A term that only names indexes is
// the scope; without one it is an OR of which each side names some, and then the OR stays a condition.
func scopeOf(terms []syntax.Term) (names []string, rest []syntax.Term) {
	for i, t := range terms {
		if isIndex(t) {
			return indexNames(t), slices.Delete(slices.Clone(terms), i, i+1)
		}
	}
	for _, t := range terms {
		if any, ok := t.(*syntax.AnyOf); ok && everySideNames(any) {
			return indexNames(t), terms
		}
	}
	return nil, terms
}

func everySideNames(any *syntax.AnyOf) bool {
	return !slices.ContainsFunc(any.Terms, func(t syntax.Term) bool {
		switch t := t.(type) {
		case *syntax.AllOf:
			return !slices.ContainsFunc(t.Terms, isIndex)
		case *syntax.AnyOf:
			return !everySideNames(t)
		}
		return !isIndex(t)
	})
}

// isIndex reports whether a term only says which indexes are searched.
func isIndex(t syntax.Term) bool {
	switch t := t.(type) {
	case *syntax.Compare:
		return t.Field.Text == "index" && t.Op == "=" && t.Value != nil
	case *syntax.InList:
		return t.Field.Text == "index"
	case *syntax.AnyOf:
		return !slices.ContainsFunc(t.Terms, func(x syntax.Term) bool { return !isIndex(x) })
	default:
		return false
	}
}

// indexNames are the names that the index terms of a term say.
func indexNames(t syntax.Term) []string {
	var out []string
	switch t := t.(type) {
	case *syntax.Compare:
		if isIndex(t) {
			out = append(out, t.Value.Text)
		}
	case *syntax.InList:
		if !isIndex(t) {
			break
		}
		for _, v := range t.Values {
			out = append(out, v.Text)
		}
	case *syntax.AnyOf:
		for _, x := range t.Terms {
			out = append(out, indexNames(x)...)
		}
	case *syntax.AllOf:
		for _, x := range t.Terms {
			out = append(out, indexNames(x)...)
		}
	}
	return out
}

// indexesOf are the indexes that names and patterns mean: "SPL uses the asterisk as a wildcard character" (search manual,
// "Backslashes"). Whether a pattern means the internal indexes, whose names begin with an underscore, no page says.
func (l *lowerer) indexesOf(s *syntax.Search, patterns []string) []string {
	known := slices.Concat(l.opts.DefaultIndexes, slices.Sorted(maps.Keys(l.opts.Indexes)))
	var out []string
	for _, p := range patterns {
		found := []string{p}
		if strings.Contains(p, "*") {
			re := regexp.MustCompile(wildcard(p, ""))
			if l.wrong("index-star-is-a-name") {
				re = regexp.MustCompile("^" + regexp.QuoteMeta(p) + "$")
			}
			found = slices.DeleteFunc(slices.Clone(known), func(n string) bool { return !re.MatchString(n) })
		}
		for _, n := range found {
			if strings.HasPrefix(n, "_") && strings.HasPrefix(p, "*") {
				l.unconfirmed(s, "index="+p+" where there is the internal index "+n)
			}
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// source is the events of the indexes.
func (l *lowerer) source(s *syntax.Search, patterns []string) *rows {
	if l.wrong("index-is-ignored") {
		patterns = []string{"*"}
	}
	if len(patterns) == 0 {
		patterns = l.opts.DefaultIndexes
	}
	if len(patterns) == 0 {
		l.refuse(s, CodeUnsupported, "the search names no index", "which indexes are searched by default is a setting of the role: write index=…")
	}
	r := &rows{newestFirst: true}
	var inputs []*ir.Pipeline
	for _, n := range l.indexesOf(s, patterns) {
		l.seen.index(n)
		fields, known := l.opts.Indexes[n]
		t := &ir.Table{At: at(s), Name: n, Time: "_time", Open: !known}
		for _, f := range fields {
			t.Columns = append(t.Columns, ir.Column{Name: f, Type: ir.Dynamic})
		}
		r.open = r.open || !known
		r.know(fields...)
		in := &ir.Pipeline{From: t}
		if !l.wrong("events-have-no-index") {
			in.Ops = append(in.Ops, &ir.Extend{At: at(s), Cols: []ir.Named{{Name: "index", X: str(n, at(s))}}})
		}
		inputs = append(inputs, in)
	}
	r.know("index")
	if len(inputs) == 1 {
		r.from, r.ops = inputs[0].From, inputs[0].Ops
		return r
	}
	r.from = &ir.Union{At: at(s), Inputs: inputs}
	return r
}
