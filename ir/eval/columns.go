package eval

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

// columns chooses, renames or orders the columns that the rows have. https://learn.microsoft.com/en-us/kusto/query/project-away-operator
func (r *runner) columns(t *rel, o *ir.Columns) (*rel, error) {
	meant := func(c ir.Column) bool {
		return slices.ContainsFunc(o.Items, func(i ir.ColumnItem) bool { return i.Matches(c.Name) })
	}
	var from []int
	cols := slices.Clone(t.cols)
	switch o.Kind {
	case ir.ColumnsAway, ir.ColumnsKeep:
		for i, c := range t.cols {
			if meant(c) == (o.Kind == ir.ColumnsKeep) {
				from = append(from, i)
			}
		}
	case ir.ColumnsRename:
		for i := range t.cols {
			from = append(from, i)
		}
		for _, it := range o.Items {
			if i, ok := t.index[it.Name]; ok {
				cols[i].Name = it.To
			} else {
				// An absent column reads as null under its new name too.
				cols = append(cols, ir.Column{Name: it.To, Type: ir.Dynamic})
				from = append(from, -1)
			}
		}
	case ir.ColumnsReorder:
		from = reordered(t, o.Items)
	default:
		return nil, errorAt(o.At, "an op on columns that does not say what it does")
	}
	picked := make([]ir.Column, len(from))
	seen := map[string]bool{}
	for i, j := range from {
		picked[i] = cols[i]
		if j >= 0 {
			picked[i] = cols[j]
		}
		if seen[picked[i].Name] {
			return nil, errorAt(o.At, "the column %s would exist twice", picked[i].Name)
		}
		seen[picked[i].Name] = true
	}
	out := newRel(picked)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := make([]ir.Value, len(from))
		for i, j := range from {
			n[i] = r.null(picked[i].Type)
			if j >= 0 {
				n[i] = row[j]
			}
		}
		return yield(n), nil
	})
	return out, nil
}

// reordered puts the named columns first, in the order of the items.
func reordered(t *rel, items []ir.ColumnItem) []int {
	var from []int
	done := map[int]bool{}
	for _, it := range items {
		var hits []int
		for i, c := range t.cols {
			if it.Matches(c.Name) && !done[i] {
				hits = append(hits, i)
				done[i] = true
			}
		}
		slices.SortStableFunc(hits, func(a, b int) int { return ir.OrderNames(it.Order, t.cols[a].Name, t.cols[b].Name) })
		from = append(from, hits...)
	}
	for i := range t.cols {
		if !done[i] {
			from = append(from, i)
		}
	}
	return from
}

// anyColumn tests the text of every column, in the order of the columns.
func (r *runner) anyColumn(t *rel, row []ir.Value, e *ir.AnyColumn) (ir.Value, error) {
	for i, c := range t.cols {
		if c.Name == e.Except {
			continue
		}
		s, err := cast(row[i], ir.String)
		if err != nil {
			return s, errorAt(e.At, "%v", err)
		}
		hit, err := r.match(t, row, &ir.Match{At: e.At, Kind: e.Kind, Case: e.Case, X: &ir.Lit{At: e.At, Value: r.settle(s)}, Needles: e.Needles, All: e.All})
		if err != nil || hit.V == true {
			return hit, err
		}
	}
	return boolean(false), nil
}

// packAll is a bag of the row. https://learn.microsoft.com/en-us/kusto/query/pack-all-function
func (r *runner) packAll(t *rel, row []ir.Value, e *ir.PackAll) ir.Value {
	bag := ir.Bag{}
	for i, c := range t.cols {
		if e.SkipEmpty && (row[i].IsNull() || row[i].V == "") {
			continue
		}
		bag = append(bag, ir.Member{Key: c.Name, Value: plain(row[i])})
	}
	return ir.Value{Type: ir.Dynamic, V: bag}
}

// ifExists is a column of the row, or what stands in for it. https://learn.microsoft.com/en-us/kusto/query/column-ifexists-function
func (r *runner) ifExists(t *rel, row []ir.Value, e *ir.IfExists) (ir.Value, error) {
	if i, ok := t.index[e.Name]; ok {
		return row[i], nil
	}
	return r.eval(t, row, e.Else)
}
