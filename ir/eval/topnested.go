package eval

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

// topNested holds all rows and divides them level by level: learn.microsoft.com/kusto/query/top-nested-operator.
func (r *runner) topNested(t *rel, o *ir.TopNested) (*rel, error) {
	held, err := r.hold(t, o.At)
	if err != nil {
		return nil, err
	}
	n := &nester{runner: r, t: t, o: o}
	var cols []ir.Column
	for _, l := range o.Levels {
		cols = append(cols, ir.Column{Name: l.Of.Name, Type: typeOf(t, l.Of.X)}, ir.Column{Name: l.By.Name, Type: aggType(t, l.By)})
	}
	n.cols = cols
	if err := n.level(0, held, nil); err != nil {
		return nil, err
	}
	out := newRel(cols)
	out.rows = slice(n.out)
	return out, nil
}

type nester struct {
	*runner
	t    *rel
	o    *ir.TopNested
	cols []ir.Column
	out  [][]ir.Value
}

// nest is one value of a level, its rows and its aggregate.
type nest struct {
	of, by ir.Value
	rows   [][]ir.Value
}

func (n *nester) level(i int, rows [][]ir.Value, prefix []ir.Value) error {
	if i == len(n.o.Levels) {
		n.out = append(n.out, prefix)
		return nil
	}
	l := &n.o.Levels[i]
	nests, err := n.nests(l, rows, n.cols[2*i+1].Type)
	if err != nil {
		return err
	}
	top := len(nests)
	if l.N >= 0 {
		top = int(min(int64(top), l.N))
	}
	for _, g := range nests[:top] {
		if err := n.level(i+1, g.rows, append(slices.Clip(prefix), g.of, g.by)); err != nil {
			return err
		}
	}
	hasOthers := func(l ir.NestedLevel) bool { return l.Others != nil }
	if top == len(nests) || !slices.ContainsFunc(n.o.Levels[i:], hasOthers) {
		return nil
	}
	var rest [][]ir.Value
	for _, g := range nests[top:] {
		rest = append(rest, g.rows...)
	}
	return n.others(i, rest, slices.Clip(prefix))
}

// others adds the one row for what is not at the top: levels are empty in it, save those with others of their own. A level without
// them has that row too where a deeper one has them, as the page's example shows.
func (n *nester) others(i int, rows [][]ir.Value, row []ir.Value) error {
	for j, l := range n.o.Levels[i:] {
		of, by := n.cols[2*(i+j)], n.cols[2*(i+j)+1]
		if l.Others == nil {
			row = append(row, n.null(of.Type), n.null(by.Type))
			continue
		}
		v, err := n.eval(newRel(nil), nil, l.Others)
		if err == nil && v.Type != of.Type && of.Type != ir.Dynamic {
			v, err = cast(v, of.Type)
		}
		if err != nil {
			return located(n.o.At, err)
		}
		total, err := n.by(&l, rows, by.Type)
		if err != nil {
			return err
		}
		row = append(row, v, total)
	}
	n.out = append(n.out, row)
	return nil
}

// nests groups rows by the level's value and puts the best first; null is the worst.
func (n *nester) nests(l *ir.NestedLevel, rows [][]ir.Value, typ ir.Type) ([]*nest, error) {
	var all []*nest
	byKey := map[string]*nest{}
	for _, row := range rows {
		if err := n.tick(); err != nil {
			return nil, err
		}
		v, err := n.eval(n.t, row, l.Of.X)
		if err != nil {
			return nil, err
		}
		k := groupKey(v)
		g := byKey[k]
		if g == nil {
			g = &nest{of: v}
			byKey[k] = g
			all = append(all, g)
		}
		g.rows = append(g.rows, row)
	}
	for _, g := range all {
		var err error
		if g.by, err = n.by(l, g.rows, typ); err != nil {
			return nil, err
		}
	}
	key := ir.SortKey{Desc: !l.Asc}
	slices.SortStableFunc(all, func(a, b *nest) int { return sortCompare(scalar(a.by), scalar(b.by), key) })
	return all, nil
}

// by aggregates rows.
func (n *nester) by(l *ir.NestedLevel, rows [][]ir.Value, typ ir.Type) (ir.Value, error) {
	aggs := []ir.Agg{l.By}
	g, err := newGroup(&ir.Aggregate{At: n.o.At, Aggs: aggs}, nil, []ir.Type{typ})
	if err != nil {
		return ir.Value{}, err
	}
	for _, row := range rows {
		if err := n.feed(n.t, row, aggs, g); err != nil {
			return ir.Value{}, err
		}
	}
	v, err := g.accs[0].value()
	if err != nil {
		return v, errorAt(l.By.At, "%s: %v", l.By.Func, err)
	}
	return n.settle(v), nil
}
