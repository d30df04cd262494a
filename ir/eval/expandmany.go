package eval

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

// expanded is the shape of t after an expansion, and where its columns and its index (-1 for none) stand.
func expanded(t *rel, e *ir.Expansion) (out *rel, at []int, index int) {
	cols := slices.Clone(t.cols)
	for _, c := range e.Cols {
		at = append(at, place(&cols, ir.Column{Name: c.Name, Type: elementType(c.To)}))
	}
	index = -1
	if e.Index != "" {
		index = place(&cols, ir.Column{Name: e.Index, Type: ir.Long})
	}
	out = newRel(cols)
	out.open = t.open
	return out, at, index
}

func elementType(to ir.Type) ir.Type {
	if to == ir.TypeUnset {
		return ir.Dynamic
	}
	return to
}

// expandMany pulls rows: one row becomes as many as its longest column has elements.
func (r *runner) expandMany(t *rel, o *ir.ExpandMany) (*rel, error) {
	out, at, index := expanded(t, &o.Expansion)
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		return r.spread(t, row, o.At, &o.Expansion, out, at, index, yield)
	})
	return out, nil
}

// spread yields the rows of out that one row of t becomes.
// https://learn.microsoft.com/en-us/kusto/query/mv-expand-operator
func (r *runner) spread(t *rel, row []ir.Value, pos ir.At, e *ir.Expansion, out *rel, at []int, index int, yield func([]ir.Value) bool) (bool, error) {
	parts := make([][]any, len(e.Cols))
	rows := 0
	for i, c := range e.Cols {
		v, err := r.eval(t, row, c.X)
		if err != nil {
			return false, err
		}
		parts[i] = elementsOf(v, e.Pairs)
		rows = max(rows, len(parts[i]))
	}
	if e.Limit != ir.NoLimit && int64(rows) > e.Limit {
		rows = int(e.Limit)
	}
	for k := range rows {
		if err := r.tick(); err != nil {
			return false, err
		}
		n := make([]ir.Value, len(out.cols))
		copy(n, row)
		for i, c := range e.Cols {
			var x any
			if k < len(parts[i]) {
				x = parts[i][k]
			}
			v, err := castElement(x, elementType(c.To))
			if err != nil {
				return false, errorAt(pos, "the expansion of %s: %v", c.Name, err)
			}
			n[at[i]] = r.settle(v)
		}
		if index >= 0 {
			n[index] = long(int64(k))
		}
		if !yield(n) {
			return false, nil
		}
	}
	return true, nil
}

// elementsOf lists the elements of an array or bag. Null and every other value is one element.
func elementsOf(v ir.Value, pairs bool) []any {
	switch x := v.V.(type) {
	case []any:
		return x
	case ir.Bag:
		out := make([]any, len(x))
		for i, m := range x {
			if pairs {
				out[i] = []any{m.Key, m.Value}
			} else {
				out[i] = ir.Bag{m}
			}
		}
		return out
	default:
		return []any{plain(v)}
	}
}

// apply runs the ops on the rows that each row expands to. The result's columns must not depend on the row.
// https://learn.microsoft.com/en-us/kusto/query/mv-apply-operator
func (r *runner) apply(t *rel, o *ir.Apply) (*rel, error) {
	wide, at, index := expanded(t, &o.Expansion)
	shape, err := r.ops(wide.with(slice(nil)), o.Ops)
	if err != nil {
		return nil, err
	}
	inner := map[string]bool{o.Index: true}
	for _, c := range o.Cols {
		inner[c.Name] = true
	}
	var cols []ir.Column
	var outer, own []int // of the row, and of the ops' result
	kept := map[string]bool{}
	for i, c := range t.cols {
		if !inner[c.Name] {
			kept[c.Name] = true
			outer, cols = append(outer, i), append(cols, c)
		}
	}
	for i, c := range shape.cols {
		if kept[c.Name] {
			if ir.Remakes(o.Ops, c.Name) {
				return nil, errorAt(o.At, "the subquery of mv-apply makes a column %s, which the row has already", c.Name)
			}
			continue
		}
		own, cols = append(own, i), append(cols, c)
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		var held [][]ir.Value
		_, err := r.spread(t, row, o.At, &o.Expansion, wide, at, index, func(n []ir.Value) bool {
			held = append(held, n)
			return len(held) <= maxRows
		})
		if err != nil {
			return false, err
		}
		if len(held) > maxRows {
			return false, errorAt(o.At, "one row expands to more than %d", maxRows)
		}
		sub, err := r.ops(wide.with(slice(held)), o.Ops)
		if err != nil {
			return false, err
		}
		if !slices.Equal(sub.cols, shape.cols) {
			return false, errorAt(o.At, "the columns of the subquery of mv-apply depend on its rows")
		}
		for inner, err := range sub.rows {
			if err != nil {
				return false, err
			}
			n := make([]ir.Value, 0, len(cols))
			for _, i := range outer {
				n = append(n, row[i])
			}
			for _, i := range own {
				n = append(n, inner[i])
			}
			if !yield(n) {
				return false, nil
			}
		}
		return true, nil
	})
	return out, nil
}
