package eval

import (
	"maps"
	"slices"

	"github.com/huntc/huntc/ir"
)

// unpack makes a column of every key of the bags. Without a declared schema it holds the rows until it has seen all keys.
// https://learn.microsoft.com/en-us/kusto/query/bag-unpack-plugin
func (r *runner) unpack(t *rel, o *ir.Unpack) (*rel, error) {
	at, ok := t.index[o.Col]
	if !ok {
		return nil, errorAt(o.At, "bag_unpack: no column %q", o.Col)
	}
	if o.Schema != nil {
		return r.unpackDeclared(t, o, at)
	}
	held, err := r.hold(t, o.At)
	if err != nil {
		return nil, err
	}
	t = t.with(slice(held))
	found, err := r.slots(t, o, at)
	if err != nil {
		return nil, err
	}
	var cols []ir.Column
	from := map[string]int{} // columns of the row that stay
	for i, c := range t.cols {
		if i != at {
			from[c.Name] = i
			cols = append(cols, c)
		}
	}
	for _, c := range found {
		if _, clash := from[c.Name]; clash {
			switch o.Conflict {
			case ir.ConflictKeep:
				continue
			case ir.ConflictReplace:
				delete(from, c.Name)
			default:
				return nil, errorAt(o.At, "bag_unpack: the row has a column %s already; columnsConflict says which one to keep", c.Name)
			}
		}
		place(&cols, c)
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := r.nulls(cols)
		for name, i := range from {
			n[out.index[name]] = row[i]
		}
		r.fill(n, out, from, o, row[at])
		return yield(n), nil
	})
	return out, nil
}

// slots lists the keys of the bags with the type that all their values have, in the order of their names.
func (r *runner) slots(t *rel, o *ir.Unpack, at int) ([]ir.Column, error) {
	types := map[string]ir.Type{}
	err := r.each(t, func(row []ir.Value) error {
		bag, _ := row[at].V.(ir.Bag)
		for _, m := range bag {
			if slices.Contains(o.Ignore, m.Key) {
				continue
			}
			name := o.Prefix + m.Key
			have, known := types[name]
			own := leafType(m.Value)
			switch {
			case !known || have == ir.TypeUnset:
				types[name] = own
			case own != ir.TypeUnset && own != have:
				types[name] = ir.Dynamic
			}
			if len(types) > maxColumns {
				return errorAt(o.At, "bag_unpack makes more than %d columns", maxColumns)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	cols := make([]ir.Column, 0, len(types))
	for _, name := range slices.Sorted(maps.Keys(types)) {
		cols = append(cols, ir.Column{Name: name, Type: elementType(types[name])})
	}
	return cols, nil
}

// maxColumns bounds the columns that data can make.
const maxColumns = 10_000

// leafType is the type of a value inside a bag, TypeUnset for null.
func leafType(x any) ir.Type {
	switch x.(type) {
	case nil:
		return ir.TypeUnset
	case bool:
		return ir.Bool
	case int64:
		return ir.Long
	case float64:
		return ir.Real
	case string:
		return ir.String
	default:
		return ir.Dynamic
	}
}

// fill puts the members of a bag into the row n; columns in keep hold a value of the row already.
func (r *runner) fill(n []ir.Value, out *rel, keep map[string]int, o *ir.Unpack, v ir.Value) {
	bag, _ := v.V.(ir.Bag)
	for _, m := range bag {
		i, ok := out.index[o.Prefix+m.Key]
		if _, kept := keep[o.Prefix+m.Key]; !ok || kept || slices.Contains(o.Ignore, m.Key) {
			continue
		}
		n[i] = r.leaf(m.Value, out.cols[i].Type)
	}
}

// leaf gives a value inside a bag the type of its column; a value of another type is null there, as no conversion is declared.
func (r *runner) leaf(x any, t ir.Type) ir.Value {
	if t == ir.Dynamic {
		return ir.Value{Type: t, V: x}
	}
	if x == nil {
		return r.null(t)
	}
	v, err := cast(ir.Value{Type: ir.Dynamic, V: x}, t)
	if err != nil {
		return r.null(t)
	}
	return r.settle(v)
}

// unpackDeclared gives the declared columns, from the bag or the row; a star puts the row's other columns in front.
func (r *runner) unpackDeclared(t *rel, o *ir.Unpack, at int) (*rel, error) {
	var cols []ir.Column
	from := map[string]int{}
	if o.Schema.Star {
		for i, c := range t.cols {
			if i != at {
				from[c.Name] = i
				cols = append(cols, c)
			}
		}
	}
	for _, c := range o.Schema.Columns {
		i, inRow := t.index[c.Name]
		if inRow && i != at && o.Conflict != ir.ConflictReplace {
			if t.cols[i].Type != c.Type {
				return nil, errorAt(o.At, "bag_unpack: the column %s is %s, not the declared %s", c.Name, t.cols[i].Type, c.Type)
			}
			from[c.Name] = i
		} else {
			delete(from, c.Name)
		}
		place(&cols, c)
	}
	out := newRel(cols)
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := r.nulls(cols)
		for name, i := range from {
			n[out.index[name]] = row[i]
		}
		r.fill(n, out, from, o, row[at])
		return yield(n), nil
	})
	return out, nil
}
