package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// rowSource reads the sources whose data is found by more than a table's name.
func (r *runner) rowSource(s ir.Source) (*rel, error) {
	switch s := s.(type) {
	case *ir.Tables:
		return r.tables(s)
	case *ir.External:
		return r.external(s)
	case *ir.Remote:
		if _, ok := r.env.source(s.Name()); !ok {
			return nil, errorAt(s.At, "there is no data for the table %s of another place: give it under that name", s.Name())
		}
		return r.scan(&ir.Table{At: s.At, Name: s.Name(), Open: true})
	default:
		return nil, fmt.Errorf("the evaluator does not know the source %T", s)
	}
}

// tables is the union of the tables with data whose name matches, in the order of their names.
func (r *runner) tables(s *ir.Tables) (*rel, error) {
	inputs := r.matching(s)
	if inputs == nil {
		return nil, errorAt(s.At, "there is no data for any table called %s", s.Pattern)
	}
	out, err := r.union(nil, inputs)
	if err != nil {
		return nil, err
	}
	out.open = true
	return out, nil
}

// matching lists the tables of a pattern, each with its name where the source wants it.
func (r *runner) matching(s *ir.Tables) []*ir.Pipeline {
	var inputs []*ir.Pipeline
	for _, name := range r.env.names() {
		if !ir.MatchWild(s.Pattern, name) {
			continue
		}
		t := &ir.Table{At: s.At, Name: name, Open: true}
		if i := slices.IndexFunc(s.Known, func(k *ir.Table) bool { return k.Name == name }); i >= 0 {
			t = s.Known[i]
		}
		p := &ir.Pipeline{From: t}
		if s.NameTo != "" {
			p.Ops = []ir.Op{&ir.Extend{At: s.At, Cols: []ir.Named{{Name: s.NameTo, X: ir.StringLit(name, s.S)}}},
				&ir.Columns{At: s.At, Kind: ir.ColumnsReorder, Items: []ir.ColumnItem{{Name: s.NameTo}}}}
		}
		inputs = append(inputs, p)
	}
	return inputs
}

// branches lists the inputs of a union without those whose table may be missing and is. The tables of a pattern are branches of their
// own, so that columns of several types are split over all.
func (r *runner) branches(inputs []*ir.Pipeline) []*ir.Pipeline {
	var out []*ir.Pipeline
	for _, in := range inputs {
		switch f := in.From.(type) {
		case *ir.Table:
			if _, have := r.env.source(f.Name); !have && f.Fuzzy && f.Open {
				continue
			}
		case *ir.Tables:
			if slices.ContainsFunc(in.Ops, func(o ir.Op) bool { _, filter := o.(*ir.Filter); return !filter }) {
				break // only filters are the same on each table as on all
			}
			for _, p := range r.matching(f) {
				out = append(out, &ir.Pipeline{From: p.From, Ops: slices.Concat(p.Ops, in.Ops)})
			}
			continue
		}
		out = append(out, in)
	}
	return out
}

// names lists the tables with data, without the files and the tables of other places, which no pattern means.
func (e *Env) names() []string {
	all := map[string]bool{}
	add := func(n string) {
		if !strings.Contains(n, "://") && !strings.Contains(n, ").") {
			all[n] = true
		}
	}
	for n := range e.Sources {
		add(n)
	}
	for n := range e.Tables {
		add(n)
	}
	return slices.Sorted(maps.Keys(all))
}

// external reads the data that was given for the file's address; a file is never fetched.
func (r *runner) external(s *ir.External) (*rel, error) {
	for _, uri := range s.URIs {
		data, ok := r.env.source(uri)
		if !ok {
			return nil, errorAt(s.At, "externaldata is never fetched: give the file's rows as data under the name %s", uri)
		}
		declared := func(c ir.Column) bool {
			return slices.ContainsFunc(s.Columns, func(d ir.Column) bool { return d.Name == c.Name })
		}
		if have := data.Schema(); len(have) > 0 && !slices.ContainsFunc(have, declared) {
			return nil, errorAt(s.At, "the data for %s has none of the declared columns", uri)
		}
	}
	var parts []*rel
	for _, uri := range s.URIs {
		t, err := r.scan(&ir.Table{At: s.At, Name: uri, Columns: s.Columns})
		if err != nil {
			return nil, err
		}
		parts = append(parts, t)
	}
	if len(parts) == 0 {
		return nil, errorAt(s.At, "externaldata names no file")
	}
	all := make([]rowSeq, len(parts))
	for i, p := range parts {
		all[i] = p.rows
	}
	return parts[0].with(chain(all...)), nil
}
