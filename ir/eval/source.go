package eval

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

func (r *runner) source(s ir.Source) (*rel, error) {
	switch s := s.(type) {
	case *ir.Table:
		return r.scan(s)
	case *ir.Ref:
		return r.ref(s)
	case *ir.Rows:
		t := newRel(s.Columns)
		held := make([][]ir.Value, len(s.Values))
		for i, row := range s.Values {
			if len(row) != len(s.Columns) {
				return nil, errorAt(s.At, "a row has %d values for %d columns", len(row), len(s.Columns))
			}
			held[i] = make([]ir.Value, len(row))
			for j, v := range row {
				held[i][j] = r.settle(v)
			}
		}
		t.rows = slice(held)
		return t, nil
	case *ir.Union:
		return r.union(nil, s.Inputs)
	case *ir.Range:
		return r.ranged(s)
	default:
		return r.rowSource(s)
	}
}

func (r *runner) ref(s *ir.Ref) (*rel, error) {
	b, ok := r.bindings[s.Name]
	if !ok {
		return nil, errorAt(s.At, "no pipeline is called %q", s.Name)
	}
	if b.running {
		return nil, errorAt(s.At, "%q refers to itself", s.Name)
	}
	if b.result != nil {
		return b.result, nil
	}
	b.running = true
	defer func() { b.running = false }()
	t, err := r.pipeline(b.pipe)
	if err != nil {
		return nil, err
	}
	held, err := r.hold(t, s.At)
	if err != nil {
		return nil, err
	}
	b.result = t.with(slice(held))
	return b.result, nil
}

// scan reads a source table: the columns of its schema, then, where the schema is open or the query reads the target's fields, the
// data's other columns.
func (r *runner) scan(s *ir.Table) (*rel, error) {
	data, ok := r.env.source(s.Name)
	if !ok && s.Fuzzy && !s.Open {
		return newRel(s.Columns), nil
	}
	if !ok {
		return nil, errorAt(s.At, "there is no data for table %s", s.Name)
	}
	have := newRel(data.Schema())
	declared := newRel(s.Columns)
	cols := slices.Clone(s.Columns)
	for _, c := range have.cols {
		if _, known := declared.index[c.Name]; !known && (s.Open || r.env.Strict) {
			cols = append(cols, c)
		}
	}
	t := newRel(cols)
	t.open = s.Open || r.env.Strict
	from := make([]int, len(cols)) // where a column is in the data, -1 for nowhere
	for i, c := range cols {
		from[i] = -1
		if j, ok := have.index[c.Name]; ok {
			from[i] = j
		}
	}
	have.rows = data.Scan(r.ctx)
	t.rows = r.through(have, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := make([]ir.Value, len(cols))
		for i, c := range cols {
			n[i] = r.null(c.Type)
			if from[i] < 0 {
				continue
			}
			v := row[from[i]]
			if v.Type != c.Type && c.Type != ir.TypeUnset {
				var err error
				if v, err = cast(v, c.Type); err != nil {
					return false, errorAt(s.At, "column %s of table %s: %v", c.Name, s.Name, err)
				}
			}
			n[i] = r.settle(v)
		}
		return yield(n), nil
	})
	return t, nil
}

// union appends tables, matching columns by name and type. Names with several types become one column per type, name_type.
func (r *runner) union(first *rel, inputs []*ir.Pipeline) (*rel, error) {
	var parts []*rel
	if first != nil {
		parts = append(parts, first)
	}
	for _, in := range r.branches(inputs) {
		t, err := r.pipeline(in)
		if err != nil {
			return nil, err
		}
		parts = append(parts, t)
	}
	if parts == nil && len(inputs) > 0 {
		return nil, errorAt(ir.At{S: inputs[0].From.Span()}, "there is no data for any table of the union")
	}
	rows := make([][]ir.Column, len(parts))
	for i, p := range parts {
		rows[i] = p.cols
	}
	names := ir.SplitColumns(rows...)
	var cols []ir.Column
	seen := map[string]bool{}
	open := false
	for _, p := range parts {
		open = open || p.open
		for _, c := range p.cols {
			if n := names[c]; !seen[n] {
				seen[n] = true
				cols = append(cols, ir.Column{Name: n, Type: c.Type})
			}
		}
	}
	t := newRel(cols)
	t.open = open
	all := make([]rowSeq, len(parts))
	for i, p := range parts {
		to := make([]int, len(p.cols))
		for j, c := range p.cols {
			to[j] = t.index[names[c]]
		}
		all[i] = r.through(p, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
			n := r.nulls(cols)
			for j, at := range to {
				n[at] = row[j]
			}
			return yield(n), nil
		})
	}
	t.rows = chain(all...)
	return t, nil
}

func (r *runner) nulls(cols []ir.Column) []ir.Value {
	n := make([]ir.Value, len(cols))
	for i, c := range cols {
		n[i] = r.null(c.Type)
	}
	return n
}
