// Package compare says how the rows of a target differ from the rows that a hunt means, and whether a declared drift allows it:
// semantics 7.
//
// Rows are matched by identity (the group keys below an aggregation, otherwise the whole row) and then column by column. Null equals ""
// for text, sets have no order, a set of one may be a scalar, floats are equal within a tolerance, and times within the target's
// resolution.
package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
	"github.com/huntc/huntc/ir/eval"
)

// Kind is one way to differ.
type Kind string

const (
	Extra     Kind = "extra"     // a row that the hunt does not find
	Lost      Kind = "lost"      // a row that the hunt finds and the target does not
	Value     Kind = "values"    // a column of a row that both have
	Order     Kind = "order"     // rows in another order
	Truncated Kind = "truncated" // exactly as many rows as the target gives at most
	Columns   Kind = "columns"   // other columns, or in another order
	Warned    Kind = "warning"   // the engine says that rows may be missing or wrong; not found by Rows
)

// Difference is one difference. Column is set for Value; Want and Got are texts for people.
type Difference struct {
	Kind      Kind
	Column    string
	Direction drift.Dir // of a Value: Up, Down, or Any where neither is larger
	Want, Got string
	Allowed   bool // a declared drift says that this may be
}

func (d Difference) String() string {
	switch d.Kind {
	case Extra:
		return "extra row: " + d.Got
	case Lost:
		return "lost row: " + d.Want
	case Value:
		return fmt.Sprintf("%s is %s, want %s", d.Column, d.Got, d.Want)
	default:
		return fmt.Sprintf("%s: %s, want %s", d.Kind, d.Got, d.Want)
	}
}

// SortColumn is a column by which rows are ordered.
type SortColumn struct {
	Name             string
	Desc, NullsFirst bool
}

// Options say what may differ and how rows are read.
type Options struct {
	Declared   drift.Effect
	Keys       []string        // the columns that identify a row; empty: all that Declared.Values does not name
	Sort       []SortColumn    // the order that the hunt promises; empty: none
	Resolution int64           // of times, in ticks of 100 ns; 0: exact
	Cap        int64           // rows that the target gives at most; 0: no limit
	Capped     map[string]int  // columns that are sets of at most so many values: which ones, the hunt does not say
	Any        map[string]bool // columns that hold any value of their group: which one, the hunt does not say
}

// Rows lists the differences of got from want, in a fixed order. None means equal.
func Rows(want, got *eval.Table, o Options) []Difference {
	if o.Cap > 0 && int64(len(got.Rows)) >= o.Cap {
		return []Difference{{Kind: Truncated, Want: fmt.Sprintf("fewer than %d rows", o.Cap), Got: fmt.Sprintf("%d rows", len(got.Rows))}}
	}
	if w, g := names(want), names(got); w != g {
		return []Difference{{Kind: Columns, Want: w, Got: g}}
	}
	c := &comparer{o: o, cols: want.Columns}
	w, g := c.table(want), c.table(got)
	out := c.match(w, g)
	if d, ok := c.order(g); ok {
		out = append(out, d)
	}
	return out
}

// Equal reports whether two tables hold the same rows, whatever their order.
func Equal(a, b *eval.Table, resolution int64) bool {
	return len(Rows(a, b, Options{Resolution: resolution})) == 0
}

// Contradicts returns the differences that nothing allows.
func Contradicts(ds []Difference) []Difference {
	return slices.DeleteFunc(slices.Clone(ds), func(d Difference) bool { return d.Allowed })
}

func names(t *eval.Table) string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return strings.Join(out, ", ")
}

type comparer struct {
	o    Options
	cols []ir.Column
}

// row is a row in canonical form.
type row struct {
	cells []cell
	taken bool
}

func (c *comparer) table(t *eval.Table) []*row {
	out := make([]*row, len(t.Rows))
	for i, r := range t.Rows {
		cells := make([]cell, len(c.cols))
		for j, col := range c.cols {
			cells[j] = c.cell(r[j], col.Type)
		}
		out[i] = &row{cells: cells}
	}
	return out
}

// identity is the text of the columns by which rows are matched; floats are left to the comparison.
func (c *comparer) identity(r *row) string {
	var b strings.Builder
	for i, col := range c.cols {
		if c.identifies(col.Name) && !r.cells[i].float && c.o.Capped[col.Name] == 0 && !c.o.Any[col.Name] {
			fmt.Fprintf(&b, "%q,", r.cells[i].text)
		}
	}
	return b.String()
}

func (c *comparer) identifies(name string) bool {
	if len(c.o.Keys) > 0 {
		return slices.Contains(c.o.Keys, name)
	}
	_, drifts := c.o.Declared.Values[name]
	return !drifts
}

// match pairs equal rows first, then rows of one identity, the closest first; what is left is extra or lost.
func (c *comparer) match(want, got []*row) []Difference {
	byID := map[string][]*row{}
	for _, g := range got {
		id := c.identity(g)
		byID[id] = append(byID[id], g)
	}
	for _, w := range want {
		for _, g := range byID[c.identity(w)] {
			if !g.taken && len(c.unequal(w, g)) == 0 {
				w.taken, g.taken = true, true
				break
			}
		}
	}
	var out []Difference
	for _, w := range want {
		if w.taken {
			continue
		}
		if g := c.closest(w, byID[c.identity(w)]); g != nil {
			w.taken, g.taken = true, true
			out = append(out, c.values(w, g)...)
		}
	}
	for _, w := range want {
		if !w.taken {
			out = append(out, Difference{Kind: Lost, Want: c.rowText(w), Allowed: c.o.Declared.Lost})
		}
	}
	for _, g := range got {
		if !g.taken {
			out = append(out, Difference{Kind: Extra, Got: c.rowText(g), Allowed: c.o.Declared.Extra})
		}
	}
	return out
}

func (c *comparer) closest(w *row, rows []*row) *row {
	var best *row
	fewest := len(c.cols) + 1
	for _, g := range rows {
		if g.taken {
			continue
		}
		diff := c.unequal(w, g)
		if slices.ContainsFunc(diff, func(i int) bool { return c.identifies(c.cols[i].Name) }) {
			continue // the floats of the identity differ
		}
		if len(diff) < fewest {
			best, fewest = g, len(diff)
		}
	}
	return best
}

func (c *comparer) unequal(w, g *row) []int {
	var out []int
	for i := range c.cols {
		if c.o.Any[c.cols[i].Name] {
			continue
		}
		if n := c.o.Capped[c.cols[i].Name]; n > 0 && len(w.cells[i].set) == n && len(g.cells[i].set) == n {
			continue
		}
		if !w.cells[i].equal(g.cells[i]) {
			out = append(out, i)
		}
	}
	return out
}

func (c *comparer) values(w, g *row) []Difference {
	var out []Difference
	for _, i := range c.unequal(w, g) {
		name := c.cols[i].Name
		dir := w.cells[i].direction(g.cells[i])
		may := c.o.Declared.Values[name]
		out = append(out, Difference{Kind: Value, Column: name, Direction: dir, Want: w.cells[i].text, Got: g.cells[i].text,
			Allowed: dir != drift.None && dir&^may == 0})
	}
	return out
}

func (c *comparer) rowText(r *row) string {
	parts := make([]string, len(c.cols))
	for i, col := range c.cols {
		parts[i] = fmt.Sprintf("%s=%q", col.Name, r.cells[i].text)
	}
	return strings.Join(parts, " ")
}

// order checks that the rows follow the promised order; ties may stand either way.
func (c *comparer) order(got []*row) (Difference, bool) {
	var at []int
	for _, s := range c.o.Sort {
		i := slices.IndexFunc(c.cols, func(col ir.Column) bool { return col.Name == s.Name })
		if i < 0 {
			break // a key that the result does not have orders ties only where it comes last
		}
		at = append(at, i)
	}
	for n := 1; n < len(got); n++ {
		if c.less(got[n], got[n-1], at) {
			return Difference{Kind: Order, Want: "the order of the hunt's sort", Got: fmt.Sprintf("row %d before row %d", n, n+1),
				Allowed: c.o.Declared.Order}, true
		}
	}
	return Difference{}, false
}

func (c *comparer) less(a, b *row, at []int) bool {
	for k, i := range at {
		s := c.o.Sort[k]
		x, y := a.cells[i], b.cells[i]
		if x.null != y.null {
			return x.null == s.NullsFirst
		}
		if d := x.compare(y); d != 0 {
			return (d < 0) != s.Desc
		}
	}
	return false
}
