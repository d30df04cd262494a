// Package generate makes events that tell a right translation from a wrong one. It derives them from a hunt's own predicates: events that
// meet them all, and events that differ in one aspect each, placed in groups so that each of them alone decides whether the group is
// found. semantics 7.
package generate

import (
	"context"
	"errors"
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Set is one set of events: a table of rows per source table.
type Set struct {
	ID      int // for the caller
	Aspects []Aspect
	Tables  map[string]*eval.Table
	Plain   bool // no event stands on an edge of time, so that the set may be moved to another instant
}

// Aspect is what a set probes, and the words of the hunt that it is about.
type Aspect struct {
	Name string
	At   diag.Span
}

// Path is a source column and keys below it that the hunt does not read, but the target's data depends on.
type Path struct {
	Column string
	Keys   []string
}

// Options of Sets.
type Options struct {
	Seed   uint64
	N      int                    // sets wanted
	Now    int64                  // the instant at which the hunt runs, in ticks
	Tick   int64                  // the smallest difference of time that the target keeps, in ticks; at least 1
	Schema map[string][]ir.Column // columns of each table
	Params map[string]ir.Value
	Also   map[string][]Path // by table
	Large  []int             // sizes of groups beyond the limits of the target's approximations
}

// Result is the sets, and what the generator could not do.
type Result struct {
	Sets  []Set
	Loose []string // conditions that it did not follow or could not meet
}

type generator struct {
	o    Options
	chk  *checker
	open map[string][]ir.Column // of tables without a schema: the columns that the query reads
}

// note collects the columns that a flow reads of tables without a schema.
func (g *generator) note(f *flow) {
	for _, x := range leavesOf(f) {
		for _, c := range columnsOf(f, []ir.Expr{x}) {
			part, col, ok := split(c.Name)
			if !ok || part >= len(f.parts) {
				continue
			}
			t := f.parts[part]
			name := t.Name
			if col == t.Time || slices.ContainsFunc(t.Columns, func(o ir.Column) bool { return o.Name == col }) {
				continue
			}
			if !slices.ContainsFunc(g.open[name], func(o ir.Column) bool { return o.Name == col }) {
				g.open[name] = append(g.open[name], ir.Column{Name: col, Type: c.Type})
			}
		}
	}
	for _, p := range f.known {
		g.note(p.flow)
	}
}

// Sets makes sets for a query with its bindings inlined. The same options give the same sets.
func Sets(ctx context.Context, q *ir.Query, o Options) (*Result, error) {
	if len(q.Bindings) > 0 {
		return nil, errors.New("the query still has bindings")
	}
	if o.Tick < 1 {
		o.Tick = 1
	}
	fs, err := flows(q.Root)
	if err != nil {
		return nil, err
	}
	g := &generator{o: o, chk: &checker{ctx: ctx, now: o.Now, params: o.Params}, open: map[string][]ir.Column{}}
	for _, f := range fs {
		g.note(f)
	}
	res := &Result{}
	var cases []*trial
	for i, f := range fs {
		list, loose, err := g.cases(f, i)
		if err != nil {
			return nil, err
		}
		res.Loose = append(res.Loose, loose...)
		cases = append(cases, list...)
	}
	if len(cases) == 0 {
		return nil, underivable("the hunt reads no events")
	}
	res.Sets = g.pack(cases, fs)
	return res, nil
}
