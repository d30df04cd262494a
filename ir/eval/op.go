package eval

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

func (r *runner) op(t *rel, o ir.Op) (*rel, error) {
	if ir.WindowedOp(o) {
		return r.windowed(t, o)
	}
	switch o := o.(type) {
	case *ir.Filter:
		return r.filterOp(t, o, o.Pred)
	case *ir.Extend:
		return r.extend(t, o.Cols)
	case *ir.Project:
		return r.project(t, o.Cols)
	case *ir.Aggregate:
		return r.aggregate(t, o)
	case *ir.Threshold:
		g, err := r.aggregate(t, o.Agg)
		if err != nil {
			return nil, err
		}
		return r.filterOp(g, o, o.Pred)
	case *ir.Sort:
		return r.sort(t, o)
	case *ir.Limit:
		return r.limit(t, o.N), nil
	case *ir.Join:
		right, err := r.pipeline(o.Right)
		if err != nil {
			return nil, err
		}
		return r.join(t, right, o)
	case *ir.Expand:
		return r.expand(t, o)
	case *ir.Append:
		return r.union(t, o.Inputs)
	case *ir.Baseline:
		return r.baseline(t, o)
	case *ir.Distinct:
		return r.distinct(t, o), nil
	case *ir.Sample:
		return r.sample(t, o)
	case *ir.MakeSeries:
		return r.makeSeries(t, o)
	case *ir.TopNested:
		return r.topNested(t, o)
	case *ir.Partition:
		return r.partition(t, o)
	case *ir.Scan:
		return r.scanSteps(t, o)
	case *ir.ExpandMany:
		return r.expandMany(t, o)
	case *ir.Apply:
		return r.apply(t, o)
	case *ir.Parse:
		return r.parse(t, o)
	case *ir.ParseKV:
		return r.parseKV(t, o)
	case *ir.Unpack:
		return r.unpack(t, o)
	case *ir.Pivot:
		return r.pivot(t, o)
	case *ir.Narrow:
		return r.narrow(t), nil
	case *ir.Columns:
		return r.columns(t, o)
	case *ir.IPLookup:
		return r.ipLookup(t, o)
	default:
		return nil, errorAt(ir.At{S: o.Span()}, "the evaluator does not know the op %T", o)
	}
}

// filterOp is the filter of an op, which an observation may watch.
func (r *runner) filterOp(t *rel, o ir.Op, pred ir.Expr) (*rel, error) {
	if r.env.Observe != nil {
		return r.watchedFilter(t, o, pred), nil
	}
	return r.filter(t, pred)
}

func (r *runner) filter(t *rel, pred ir.Expr) (*rel, error) {
	return t.with(r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		keep, err := r.isTrue(t, row, pred)
		if err != nil {
			return false, err
		}
		return !keep || yield(row), nil
	})), nil
}

func (r *runner) limit(t *rel, n int64) *rel {
	return t.with(func(yield func([]ir.Value, error) bool) {
		if n <= 0 {
			return
		}
		left := n
		for row, err := range t.rows {
			left--
			if !yield(row, err) || err != nil || left == 0 {
				return
			}
		}
	})
}

func (r *runner) isTrue(t *rel, row []ir.Value, pred ir.Expr) (bool, error) {
	v, err := r.eval(t, row, pred)
	if err != nil {
		return false, err
	}
	b, _ := scalar(v).V.(bool)
	return b, nil
}

// typeOf is the column type of an expression; a column of an open table takes the type of the data.
func typeOf(t *rel, x ir.Expr) ir.Type {
	if c, ok := x.(*ir.Col); ok {
		if i, ok := t.index[c.Name]; ok {
			return t.cols[i].Type
		}
	}
	if e, ok := x.(*ir.IfExists); ok {
		if i, ok := t.index[e.Name]; ok {
			return t.cols[i].Type
		}
		return typeOf(t, e.Else)
	}
	if ty := ir.TypeOf(x); ty != ir.TypeUnset {
		return ty
	}
	return ir.Dynamic
}

func (r *runner) extend(t *rel, named []ir.Named) (*rel, error) {
	cols := slices.Clone(t.cols)
	at := make([]int, len(named))
	for i, n := range named {
		at[i] = place(&cols, ir.Column{Name: n.Name, Type: typeOf(t, n.X)})
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := make([]ir.Value, len(cols))
		copy(n, row)
		for i, c := range named {
			v, err := r.eval(t, row, c.X)
			if err != nil {
				return false, err
			}
			n[at[i]] = v
		}
		return yield(n), nil
	})
	return out, nil
}

// place replaces the column of that name or adds it, and returns its index.
func place(cols *[]ir.Column, c ir.Column) int {
	if i := slices.IndexFunc(*cols, func(o ir.Column) bool { return o.Name == c.Name }); i >= 0 {
		(*cols)[i] = c
		return i
	}
	*cols = append(*cols, c)
	return len(*cols) - 1
}

func (r *runner) project(t *rel, named []ir.Named) (*rel, error) {
	cols := make([]ir.Column, len(named))
	for i, n := range named {
		cols[i] = ir.Column{Name: n.Name, Type: typeOf(t, n.X)}
	}
	out := newRel(cols)
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := make([]ir.Value, len(cols))
		for i, c := range named {
			v, err := r.eval(t, row, c.X)
			if err != nil {
				return false, err
			}
			n[i] = v
		}
		return yield(n), nil
	})
	return out, nil
}

func (r *runner) sort(t *rel, o *ir.Sort) (*rel, error) {
	keys := o.Keys
	type keyed struct{ key, row []ir.Value }
	held, err := r.hold(t, o.At)
	if err != nil {
		return nil, err
	}
	rows := make([]keyed, len(held))
	for i, row := range held {
		rows[i] = keyed{make([]ir.Value, len(keys)), row}
		for j, k := range keys {
			v, err := r.eval(t, row, k.X)
			if err != nil {
				return nil, err
			}
			rows[i].key[j] = scalar(v)
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		for j, k := range keys {
			if c := sortCompare(a.key[j], b.key[j], k); c != 0 {
				return c
			}
		}
		return 0
	})
	for i, k := range rows {
		held[i] = k.row
	}
	return t.with(slice(held)), nil
}

func sortCompare(a, b ir.Value, k ir.SortKey) int {
	an, bn := a.IsNull(), b.IsNull()
	switch {
	case an && bn:
		return 0
	case an != bn:
		if an == k.NullsFirst {
			return -1
		}
		return 1
	}
	c, ok := order(a, b)
	if !ok {
		// Values without an order of their own (a dynamic column of mixed types) sort by kind and text, so that the result is stable.
		c = strings.Compare(groupKey(a), groupKey(b))
	}
	if k.Desc {
		return -c
	}
	return c
}

func (r *runner) expand(t *rel, o *ir.Expand) (*rel, error) {
	typ := o.To
	if typ == ir.TypeUnset {
		typ = ir.Dynamic
	}
	cols := slices.Clone(t.cols)
	at := place(&cols, ir.Column{Name: o.Name, Type: typ})
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		elems, err := r.elements(t, row, o)
		if err != nil {
			return false, err
		}
		for _, e := range elems {
			v, err := castElement(e, typ)
			if err != nil {
				return false, errorAt(o.At, "mv-expand of %s: %v", o.Name, err)
			}
			n := make([]ir.Value, len(cols))
			copy(n, row)
			n[at] = r.settle(v)
			if !yield(n) {
				return false, nil
			}
		}
		return true, nil
	})
	return out, nil
}

// castElement types an element. mv-expand casts and does not parse: a number in quotes is no number.
func castElement(x any, to ir.Type) (ir.Value, error) {
	if _, quoted := x.(string); quoted && (to.Numeric() || to == ir.Bool) {
		return ir.Value{Type: to}, nil
	}
	if _, real := x.(float64); to == ir.Bool && real {
		return ir.Value{Type: to}, nil
	}
	return cast(ir.Value{Type: ir.Dynamic, V: x}, to)
}

func (r *runner) elements(t *rel, row []ir.Value, o *ir.Expand) ([]any, error) {
	if o.Elements != nil {
		return r.indexed(t, row, o.Elements)
	}
	v, err := r.eval(t, row, o.X)
	if err != nil {
		return nil, err
	}
	return elementsOf(v, false), nil
}

// indexed lists the elements of an array that the target stores as an object keyed by index.
func (r *runner) indexed(t *rel, row []ir.Value, elems []map[string]ir.Expr) ([]any, error) {
	var out []any
	for _, fields := range elems {
		paths := make([]string, 0, len(fields))
		for p := range fields {
			paths = append(paths, p)
		}
		slices.Sort(paths)
		var bag ir.Bag
		var self any
		for _, p := range paths {
			v, err := r.eval(t, row, fields[p])
			if err != nil {
				return nil, err
			}
			switch {
			case v.IsNull():
			case p == "":
				self = plain(v)
			default:
				bag = append(bag, ir.Member{Key: p, Value: plain(v)})
			}
		}
		if bag != nil {
			out = append(out, bag)
		} else if self != nil {
			out = append(out, self)
		}
	}
	return out, nil
}

// baseline keeps the rows of the recent window whose keys do not occur in the history window.
func (r *runner) baseline(t *rel, o *ir.Baseline) (*rel, error) {
	side := func(w ir.Window, ops []ir.Op) (*rel, error) {
		s, err := r.window(t, o, w)
		if err != nil {
			return nil, err
		}
		return r.ops(s, ops)
	}
	recent, err := side(o.Recent, o.RecentOps)
	if err != nil {
		return nil, err
	}
	history, err := side(o.History, o.HistoryOps)
	if err != nil {
		return nil, err
	}
	return r.join(recent, history, &ir.Join{At: o.At, Kind: ir.LeftAnti, On: o.On})
}

func (r *runner) window(t *rel, o *ir.Baseline, w ir.Window) (*rel, error) {
	at, ok := t.index[o.Time]
	if !ok {
		return nil, errorAt(o.At, "no column %q", o.Time)
	}
	return t.with(r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		in, err := r.inWindow(t, row, row[at], w)
		if err != nil {
			return false, err
		}
		return !in || yield(row), nil
	})), nil
}

func (r *runner) inWindow(t *rel, row []ir.Value, time ir.Value, w ir.Window) (bool, error) {
	in := true
	for _, end := range []struct {
		x            ir.Expr
		closed, open ir.CmpOp
		isClosed     bool
	}{{w.From, ir.Ge, ir.Gt, w.FromClosed}, {w.To, ir.Le, ir.Lt, w.ToClosed}} {
		if end.x == nil {
			continue
		}
		bound, err := r.eval(t, row, end.x)
		if err != nil {
			return false, err
		}
		op := end.open
		if end.isClosed {
			op = end.closed
		}
		v, _ := r.compare(op, time, bound).V.(bool)
		in = in && v
	}
	return in, nil
}
