package eval

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

// pivot aggregates per keys and value, then turns the values into columns in order of first occurrence; a cell without rows is the
// aggregate of no rows. https://learn.microsoft.com/en-us/kusto/query/pivot-plugin
func (r *runner) pivot(t *rel, o *ir.Pivot) (*rel, error) {
	agg := o.Agg
	agg.Name = "\x00value"
	g := &ir.Aggregate{At: o.At, Aggs: []ir.Agg{agg}}
	for _, name := range pivotKeys(t, o) {
		g.Keys = append(g.Keys, ir.Named{Name: name, X: &ir.Col{At: o.At, Name: name}})
	}
	keys := len(g.Keys)
	g.Keys = append(g.Keys, ir.Named{Name: "\x00column", X: &ir.Col{At: o.At, Name: o.Col}})
	grouped, err := r.aggregate(t, g)
	if err != nil {
		return nil, err
	}
	empty, err := r.aggregate(t.with(slice(nil)), &ir.Aggregate{At: o.At, Aggs: g.Aggs})
	if err != nil {
		return nil, err
	}
	none, err := r.hold(empty, o.At)
	if err != nil {
		return nil, err
	}
	type line struct {
		keys  []ir.Value
		cells map[string]ir.Value
	}
	var lines []*line
	byKey := map[string]*line{}
	var names []string
	err = r.each(grouped, func(row []ir.Value) error {
		var key []byte
		for _, v := range row[:keys] {
			key = appendKey(key, scalar(v))
		}
		l := byKey[string(key)]
		if l == nil {
			l = &line{row[:keys], map[string]ir.Value{}}
			byKey[string(key)], lines = l, append(lines, l)
		}
		name := asText(scalar(row[keys]))
		if name == "" {
			return errorAt(o.At, "pivot: a value of %s is empty, its column would have no name", o.Col)
		}
		if !slices.Contains(names, name) {
			if names = append(names, name); len(names) > maxColumns {
				return errorAt(o.At, "pivot makes more than %d columns", maxColumns)
			}
		}
		l.cells[name] = row[keys+1]
		return nil
	})
	if err != nil {
		return nil, err
	}
	cols := slices.Clone(grouped.cols[:keys])
	for _, n := range names {
		if slices.ContainsFunc(cols, func(c ir.Column) bool { return c.Name == n }) {
			return nil, errorAt(o.At, "pivot: a value of %s has the name of the column %s", o.Col, n)
		}
		cols = append(cols, ir.Column{Name: n, Type: grouped.cols[keys+1].Type})
	}
	out := newRel(cols)
	held := make([][]ir.Value, len(lines))
	for i, l := range lines {
		row := slices.Clone(l.keys)
		for _, n := range names {
			v, ok := l.cells[n]
			if !ok {
				v = none[0][0]
			}
			row = append(row, v)
		}
		held[i] = row
	}
	out.rows = slice(held)
	return r.declared(out, o.Schema, o.At)
}

// pivotKeys are the columns to group by: the named ones, or all but the pivoted and the aggregated.
func pivotKeys(t *rel, o *ir.Pivot) []string {
	if o.Keys != nil {
		return o.Keys
	}
	skip := map[string]bool{o.Col: true}
	for _, x := range o.Agg.Args {
		ir.Uses(x, skip)
	}
	var out []string
	for _, c := range t.cols {
		if !skip[c.Name] {
			out = append(out, c.Name)
		}
	}
	return out
}

// declared checks a plugin's result against its declared schema: "an error is raised if the run-time schema doesn't match".
func (r *runner) declared(t *rel, s *ir.RowSchema, at ir.At) (*rel, error) {
	if s == nil {
		return t, nil
	}
	for _, c := range s.Columns {
		i, ok := t.index[c.Name]
		if !ok {
			return nil, errorAt(at, "the declared column %s is not in the result", c.Name)
		}
		if t.cols[i].Type != c.Type {
			return nil, errorAt(at, "the declared column %s is %s, not %s", c.Name, t.cols[i].Type, c.Type)
		}
	}
	if !s.Star && len(s.Columns) != len(t.cols) {
		return nil, errorAt(at, "the result has %d columns, %d are declared", len(t.cols), len(s.Columns))
	}
	cols := slices.Clone(s.Columns)
	if s.Star {
		cols = t.cols
	}
	return r.pick(t, cols)
}

// narrow makes a row of every cell. https://learn.microsoft.com/en-us/azure/data-explorer/kusto/query/narrowplugin
func (r *runner) narrow(t *rel) *rel {
	out := newRel([]ir.Column{{Name: "Row", Type: ir.Long}, {Name: "Column", Type: ir.String}, {Name: "Value", Type: ir.String}})
	out.rows = func(yield func([]ir.Value, error) bool) {
		number := int64(-1)
		r.through(t, func(row []ir.Value, pass func([]ir.Value) bool) (bool, error) {
			number++
			for i, v := range row {
				s, err := cast(v, ir.String)
				if err != nil {
					return false, err
				}
				if !pass([]ir.Value{long(number), text(t.cols[i].Name), r.settle(s)}) {
					return false, nil
				}
			}
			return true, nil
		})(yield)
	}
	return out
}
