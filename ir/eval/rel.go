package eval

import (
	"fmt"
	"iter"
	"slices"

	"github.com/huntc/huntc/ir"
)

// rowSeq is the rows of a relation, in order. Ranging again gives them again from the start; the first error ends them. A row is
// never changed in place, because relations share them.
type rowSeq = iter.Seq2[[]ir.Value, error]

// rel is a relation: named, typed columns and the rows to come.
type rel struct {
	cols  []ir.Column
	index map[string]int
	rows  rowSeq
	open  bool // a column that is not there reads as null
}

func newRel(cols []ir.Column) *rel {
	t := &rel{cols: cols, index: make(map[string]int, len(cols)), rows: slice(nil)}
	for i, c := range cols {
		t.index[c.Name] = i
	}
	return t
}

// with is the same relation with other rows.
func (t *rel) with(rows rowSeq) *rel {
	out := *t
	out.rows = rows
	return &out
}

// slice gives rows that are held.
func slice(held [][]ir.Value) rowSeq {
	return func(yield func([]ir.Value, error) bool) {
		for _, row := range held {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// chain gives the rows of several relations, one after the other.
func chain(all ...rowSeq) rowSeq {
	return func(yield func([]ir.Value, error) bool) {
		for _, part := range all {
			for row, err := range part {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// through passes every row of t through step, which yields any number of rows for it and says whether to go on.
func (r *runner) through(t *rel, step func(row []ir.Value, yield func([]ir.Value) bool) (bool, error)) rowSeq {
	return func(yield func([]ir.Value, error) bool) {
		pass := func(row []ir.Value) bool { return yield(row, nil) }
		for row, err := range t.rows {
			if err == nil {
				err = r.tick()
			}
			more := false
			if err == nil {
				more, err = step(row, pass)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// each calls f for every row.
func (r *runner) each(t *rel, f func(row []ir.Value) error) error {
	for row, err := range t.rows {
		if err != nil {
			return err
		}
		if err := r.tick(); err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// hold collects the rows, up to maxRows, for the node at.
func (r *runner) hold(t *rel, at ir.At) ([][]ir.Value, error) {
	var held [][]ir.Value
	err := r.each(t, func(row []ir.Value) error {
		if len(held) >= maxRows {
			return errorAt(at, "more than %d rows in an intermediate result", maxRows)
		}
		held = append(held, row)
		return nil
	})
	return held, err
}

// pick keeps the columns of a query's result, in their order.
func (r *runner) pick(t *rel, cols []ir.Column) (*rel, error) {
	at := make([]int, len(cols))
	cols = slices.Clone(cols)
	for i, c := range cols {
		j, ok := t.index[c.Name]
		if !ok {
			return nil, fmt.Errorf("the query promises a column %q that its pipeline does not make", c.Name)
		}
		if at[i] = j; c.Type == ir.TypeUnset {
			cols[i].Type = t.cols[j].Type
		}
	}
	out := newRel(cols)
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := make([]ir.Value, len(cols))
		for i, j := range at {
			n[i] = row[j]
		}
		return yield(n), nil
	})
	return out, nil
}
