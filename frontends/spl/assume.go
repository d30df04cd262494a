package spl

import (
	"maps"
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// LowerAssumed is Lower for a search whose events are not at hand: indexes and lookups that opts do not describe have the fields that
// the search names. It tells whether a search has a meaning once there is data, which always has fields; the query is not to be run,
// because fields that only a pattern or "all fields" reach are not in it.
func LowerAssumed(src *diag.Source, opts Options) (*ir.Query, diag.List) {
	seen := &seen{fields: map[string]bool{"_time": true, "_raw": true}, indexes: map[string]bool{}, lookups: map[string]bool{}}
	l := &lowerer{src: src, opts: opts, seen: seen}
	q, diags := l.lower()
	if q != nil || !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == CodeOpenFields }) {
		return q, diags
	}
	fields := slices.Sorted(maps.Keys(seen.fields))
	opts.Indexes, opts.Lookups = maps.Clone(opts.Indexes), maps.Clone(opts.Lookups)
	describe(&opts.Indexes, seen.indexes, fields)
	describe(&opts.Lookups, seen.lookups, fields)
	return Lower(src, opts)
}

func describe(m *map[string][]string, names map[string]bool, fields []string) {
	if *m == nil {
		*m = map[string][]string{}
	}
	for n := range names {
		if _, ok := (*m)[n]; !ok {
			(*m)[n] = fields
		}
	}
}

// seen collects what a search names while it is lowered; nil collects nothing.
type seen struct{ fields, indexes, lookups map[string]bool }

func (s *seen) field(name string) {
	if s != nil {
		s.fields[name] = true
	}
}

func (s *seen) index(name string) {
	if s != nil {
		s.indexes[name] = true
	}
}

func (s *seen) table(name string) {
	if s != nil {
		s.lookups[name] = true
	}
}

func (s *seen) lookup(c *syntax.Lookup) {
	if s == nil {
		return
	}
	for _, p := range slices.Concat(c.In, c.Out) {
		s.field(p.From.Text)
		s.field(eventField(p))
	}
}
