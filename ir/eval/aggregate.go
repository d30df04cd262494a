package eval

import "github.com/huntc/huntc/ir"

// group is one combination of keys and the state of its aggregates.
type group struct {
	keys []ir.Value
	accs []accumulator
}

// aggregate holds one group per combination of keys and no rows, save those that an aggregate itself keeps.
func (r *runner) aggregate(t *rel, o *ir.Aggregate) (*rel, error) {
	cols := make([]ir.Column, 0, len(o.Keys)+len(o.Aggs))
	for _, k := range o.Keys {
		cols = append(cols, ir.Column{Name: k.Name, Type: typeOf(t, k.X)})
	}
	for _, a := range o.Aggs {
		cols = append(cols, ir.Column{Name: a.Name, Type: aggType(t, a)})
	}
	groups, err := r.groups(t, o, cols[len(o.Keys):])
	if err != nil {
		return nil, err
	}
	out := newRel(cols)
	out.rows = func(yield func([]ir.Value, error) bool) {
		for _, g := range groups {
			row, err := r.groupRow(o, g)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
	return out, nil
}

func (r *runner) groupRow(o *ir.Aggregate, g *group) ([]ir.Value, error) {
	row := make([]ir.Value, 0, len(g.keys)+len(g.accs))
	row = append(row, g.keys...)
	for j, acc := range g.accs {
		v, err := acc.value()
		if err != nil {
			return nil, errorAt(o.Aggs[j].At, "%s: %v", o.Aggs[j].Func, err)
		}
		row = append(row, r.settle(v))
	}
	return row, nil
}

// groups runs the rows into their groups, in order of first occurrence. Without keys there is one group, also on no input.
func (r *runner) groups(t *rel, o *ir.Aggregate, cols []ir.Column) ([]*group, error) {
	var groups []*group
	byKey := map[string]*group{}
	texts := map[string]any{} // groups share the texts of their keys
	if len(o.Keys) == 0 {
		g, err := newGroup(o, nil, cols)
		if err != nil {
			return nil, err
		}
		groups, byKey[""] = append(groups, g), g
	}
	err := r.each(t, func(row []ir.Value) error {
		vs := make([]ir.Value, len(o.Keys))
		var key []byte
		for i, k := range o.Keys {
			v, err := r.eval(t, row, k.X)
			if err != nil {
				return err
			}
			vs[i] = v
			key = appendKey(key, scalar(v))
		}
		g := byKey[string(key)]
		if g == nil {
			if len(groups) >= maxRows {
				return errorAt(o.At, "more than %d groups", maxRows)
			}
			var err error
			share(vs, texts)
			if g, err = newGroup(o, vs, cols); err != nil {
				return err
			}
			byKey[string(key)] = g
			groups = append(groups, g)
		}
		return r.feed(t, row, o.Aggs, g)
	})
	return groups, err
}

// share replaces texts by equal ones that other groups hold already.
func share(vs []ir.Value, texts map[string]any) {
	for i, v := range vs {
		s, ok := v.V.(string)
		if !ok {
			continue
		}
		if _, known := texts[s]; !known {
			texts[s] = v.V
		}
		vs[i].V = texts[s]
	}
}

func newGroup(o *ir.Aggregate, keys []ir.Value, cols []ir.Column) (*group, error) {
	g := &group{keys: keys, accs: make([]accumulator, len(o.Aggs))}
	for i, a := range o.Aggs {
		fact, ok := aggregates[a.Func]
		if !ok {
			return nil, errorAt(a.At, "the evaluator does not know the aggregate %q", a.Func)
		}
		if len(a.Args) < fact.args {
			return nil, errorAt(a.At, "%s without an argument", a.Func)
		}
		g.accs[i] = fact.make(a, cols[i].Type)
	}
	return g, nil
}

// feed gives one row to every aggregate of its group.
func (r *runner) feed(t *rel, row []ir.Value, aggs []ir.Agg, g *group) error {
	for i := range aggs {
		a := &aggs[i]
		if a.If != nil {
			keep, err := r.isTrue(t, row, a.If)
			if err != nil {
				return err
			}
			if !keep {
				continue
			}
		}
		args := a.Args[:min(len(a.Args), aggregates[a.Func].args)]
		vs, err := r.all(t, row, args...)
		if err != nil {
			return err
		}
		payload := func() (ir.Value, error) { return r.eval(t, row, a.Args[len(a.Args)-1]) }
		if err := g.accs[i].add(vs, payload); err != nil {
			return errorAt(a.At, "%s: %v", a.Func, err)
		}
	}
	return nil
}

func aggType(t *rel, a ir.Agg) ir.Type {
	if a.T != ir.TypeUnset {
		return a.T
	}
	switch a.Func {
	case ir.Count, ir.DCount:
		return ir.Long
	case ir.MakeSet, ir.MakeList, ir.MakeBag:
		return ir.Dynamic
	}
	if len(a.Args) == 0 {
		return ir.Dynamic
	}
	return typeOf(t, a.Args[len(a.Args)-1])
}
