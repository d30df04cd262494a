package eval

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

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
	types := make([]ir.Type, len(o.Aggs))
	wide := make([][]int, len(o.Aggs)) // the columns of the input that an aggregate returns
	for i, a := range o.Aggs {
		if a.AllColumns() {
			wide[i] = rest(t, a.Except, &cols)
			continue
		}
		types[i] = aggType(t, a)
		cols = append(cols, ir.Column{Name: a.Name, Type: types[i]})
	}
	groups, err := r.groups(t, o, types)
	if err != nil {
		return nil, err
	}
	out := newRel(cols)
	for i := range wide {
		out.open = out.open || wide[i] != nil && t.open
	}
	out.rows = func(yield func([]ir.Value, error) bool) {
		for _, g := range groups {
			row, err := r.groupRow(t, o, g, wide)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
	return out, nil
}

func (r *runner) groupRow(t *rel, o *ir.Aggregate, g *group, wide [][]int) ([]ir.Value, error) {
	row := make([]ir.Value, 0, len(g.keys)+len(g.accs))
	row = append(row, g.keys...)
	for j, acc := range g.accs {
		if best, ok := acc.(*bestRow); ok {
			row = append(row, best.columns(r, t, wide[j])...)
			continue
		}
		v, err := acc.value()
		if err != nil {
			return nil, errorAt(o.Aggs[j].At, "%s: %v", o.Aggs[j].Func, err)
		}
		row = append(row, r.settle(v))
	}
	return row, nil
}

// rest lists the columns of t that are not excepted and adds them to cols, with a number behind a name that is taken.
func rest(t *rel, except []string, cols *[]ir.Column) []int {
	taken := map[string]bool{}
	for _, c := range *cols {
		taken[c.Name] = true
	}
	at := []int{}
	for i, c := range t.cols {
		if slices.Contains(except, c.Name) {
			continue
		}
		name := c.Name
		for n := 1; taken[name]; n++ {
			name = fmt.Sprintf("%s%d", c.Name, n)
		}
		taken[name] = true
		at = append(at, i)
		*cols = append(*cols, ir.Column{Name: name, Type: c.Type})
	}
	return at
}

// groups runs the rows into their groups, in order of first occurrence. Without keys there is one group, also on no input.
func (r *runner) groups(t *rel, o *ir.Aggregate, types []ir.Type) ([]*group, error) {
	var groups []*group
	byKey := map[string]*group{}
	texts := map[string]any{} // groups share the texts of their keys
	if len(o.Keys) == 0 {
		g, err := newGroup(o, nil, types)
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
			if g, err = newGroup(o, vs, types); err != nil {
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

func newGroup(o *ir.Aggregate, keys []ir.Value, types []ir.Type) (*group, error) {
	g := &group{keys: keys, accs: make([]accumulator, len(o.Aggs))}
	for i, a := range o.Aggs {
		fact, ok := aggregates[a.Func]
		if !ok {
			return nil, errorAt(a.At, "the evaluator does not know the aggregate %q", a.Func)
		}
		if len(a.Args) < fact.args {
			return nil, errorAt(a.At, "%s without an argument", a.Func)
		}
		g.accs[i] = fact.make(a, types[i])
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
		if best, ok := g.accs[i].(*bestRow); ok {
			best.addRow(vs, row)
			continue
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
	case ir.MakeSet, ir.MakeList, ir.MakeBag, ir.MakeListNulls, ir.BuildSchema, ir.PercentilesArray, ir.PercentilesWArr:
		return ir.Dynamic
	}
	if len(a.Args) == 0 {
		return ir.Dynamic
	}
	switch a.Func {
	case ir.Percentile, ir.PercentileW:
		switch typ := typeOf(t, a.Args[0]); typ {
		case ir.Int:
			return ir.Long
		case ir.Decimal:
			return ir.Real
		default:
			return typ
		}
	case ir.Sum:
		if typeOf(t, a.Args[0]) == ir.Int {
			return ir.Long
		}
	}
	return typeOf(t, a.Args[len(a.Args)-1])
}
