package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

func (r *runner) op(t *rel, o ir.Op) (*rel, error) {
	switch o := o.(type) {
	case *ir.Filter:
		return r.filter(t, o.Pred)
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
		return r.filter(g, o.Pred)
	case *ir.Sort:
		return r.sort(t, o.Keys)
	case *ir.Limit:
		out := *t
		out.rows = t.rows[:max(0, min(int64(len(t.rows)), o.N))]
		return &out, nil
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
	default:
		return nil, errorAt(ir.At{S: o.Span()}, "the evaluator does not know the op %T", o)
	}
}

func (r *runner) filter(t *rel, pred ir.Expr) (*rel, error) {
	out := *t
	out.rows = nil
	for _, row := range t.rows {
		keep, err := r.isTrue(t, row, pred)
		if err != nil {
			return nil, err
		}
		if keep {
			out.rows = append(out.rows, row)
		}
	}
	return &out, nil
}

func (r *runner) isTrue(t *rel, row []ir.Value, pred ir.Expr) (bool, error) {
	if err := r.tick(); err != nil {
		return false, err
	}
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
	for _, row := range t.rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
		n := make([]ir.Value, len(cols))
		copy(n, row)
		for i, c := range named {
			v, err := r.eval(t, row, c.X)
			if err != nil {
				return nil, err
			}
			n[at[i]] = v
		}
		out.rows = append(out.rows, n)
	}
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
	for _, row := range t.rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
		n := make([]ir.Value, len(cols))
		for i, c := range named {
			v, err := r.eval(t, row, c.X)
			if err != nil {
				return nil, err
			}
			n[i] = v
		}
		out.rows = append(out.rows, n)
	}
	return out, nil
}

func (r *runner) sort(t *rel, keys []ir.SortKey) (*rel, error) {
	type keyed struct{ key, row []ir.Value }
	rows := make([]keyed, len(t.rows))
	for i, row := range t.rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
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
	out := *t
	out.rows = make([][]ir.Value, len(rows))
	for i, k := range rows {
		out.rows[i] = k.row
	}
	return &out, nil
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
	for _, row := range t.rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
		elems, err := r.elements(t, row, o)
		if err != nil {
			return nil, err
		}
		for _, e := range elems {
			v, err := castElement(e, typ)
			if err != nil {
				return nil, errorAt(o.At, "mv-expand of %s: %v", o.Name, err)
			}
			n := make([]ir.Value, len(cols))
			copy(n, row)
			n[at] = r.settle(v)
			if err := out.add(n); err != nil {
				return nil, errorAt(o.At, "%v", err)
			}
		}
	}
	return out, nil
}

// castElement types an element. mv-expand casts and does not parse: a number in quotes is no number.
func castElement(x any, to ir.Type) (ir.Value, error) {
	if _, quoted := x.(string); quoted && (to.Numeric() || to == ir.Bool) {
		return ir.Value{Type: to}, nil
	}
	if _, is := x.(bool); to == ir.Bool && !is {
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
	switch x := v.V.(type) {
	case []any:
		return x, nil
	case ir.Bag:
		out := make([]any, len(x))
		for i, m := range x {
			out[i] = ir.Bag{m}
		}
		return out, nil
	default:
		return []any{plain(v)}, nil
	}
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
	out := *t
	out.rows = nil
	for _, row := range t.rows {
		in, err := r.inWindow(t, row, row[at], w)
		if err != nil {
			return nil, err
		}
		if in {
			out.rows = append(out.rows, row)
		}
	}
	return &out, nil
}

func (r *runner) inWindow(t *rel, row []ir.Value, time ir.Value, w ir.Window) (bool, error) {
	if err := r.tick(); err != nil {
		return false, err
	}
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

// join pairs rows by key. Nothing of KQL's documentation says how null keys join; here they are equal to each other and, under
// KQL's rules, to "", as they are one group in summarize.
func (r *runner) join(left, right *rel, o *ir.Join) (*rel, error) {
	if len(o.On) == 0 {
		return nil, errorAt(o.At, "a join without keys")
	}
	lk := make([]int, len(o.On))
	rk := make([]int, len(o.On))
	for i, k := range o.On {
		var lok, rok bool
		lk[i], lok = left.index[k.Left]
		rk[i], rok = right.index[k.Right]
		if !lok || !rok {
			return nil, errorAt(o.At, "join key %s = %s is not a column of both sides", k.Left, k.Right)
		}
	}
	j := &joiner{runner: r, o: o, left: left, right: right, lk: lk, rk: rk}
	return j.run()
}

type joiner struct {
	*runner
	o           *ir.Join
	left, right *rel
	lk, rk      []int
	take        []int // the columns of the right side that the result has
	out         *rel
}

func (j *joiner) run() (*rel, error) {
	switch j.o.Kind {
	case ir.LeftSemi, ir.LeftAnti:
		return j.half(j.left, j.lk, j.right, j.rk, j.o.Kind == ir.LeftSemi)
	case ir.RightSemi, ir.RightAnti:
		return j.half(j.right, j.rk, j.left, j.lk, j.o.Kind == ir.RightSemi)
	case ir.InnerUnique, ir.Inner, ir.LeftOuter, ir.RightOuter, ir.FullOuter:
		return j.full()
	default:
		return nil, errorAt(j.o.At, "the evaluator does not know the join kind %v", j.o.Kind)
	}
}

// half keeps the rows of one side that have a partner, or have none.
func (j *joiner) half(keep *rel, keepKeys []int, other *rel, otherKeys []int, wanted bool) (*rel, error) {
	known := map[string]bool{}
	for _, row := range other.rows {
		known[j.key(row, otherKeys)] = true
	}
	out := *keep
	out.rows = nil
	for _, row := range keep.rows {
		if err := j.tick(); err != nil {
			return nil, err
		}
		if known[j.key(row, keepKeys)] == wanted {
			out.rows = append(out.rows, row)
		}
	}
	return &out, nil
}

func (j *joiner) full() (*rel, error) {
	j.columns()
	partners := map[string][]int{}
	for i, row := range j.right.rows {
		k := j.key(row, j.rk)
		partners[k] = append(partners[k], i)
	}
	kind := j.o.Kind
	used := make([]bool, len(j.right.rows))
	seen := map[string]bool{}
	for _, row := range j.left.rows {
		if err := j.tick(); err != nil {
			return nil, err
		}
		k := j.key(row, j.lk)
		if kind == ir.InnerUnique && seen[k] {
			continue
		}
		seen[k] = true
		for _, i := range partners[k] {
			used[i] = true
			if err := j.emit(row, j.right.rows[i]); err != nil {
				return nil, err
			}
		}
		if len(partners[k]) == 0 && (kind == ir.LeftOuter || kind == ir.FullOuter) {
			if err := j.emit(row, j.nulls(j.right.cols)); err != nil {
				return nil, err
			}
		}
	}
	if kind == ir.RightOuter || kind == ir.FullOuter {
		for i, row := range j.right.rows {
			if !used[i] {
				if err := j.emit(j.nulls(j.left.cols), row); err != nil {
					return nil, err
				}
			}
		}
	}
	return j.out, nil
}

func (j *joiner) emit(l, r []ir.Value) error {
	if err := j.tick(); err != nil {
		return err
	}
	n := make([]ir.Value, 0, len(j.out.cols))
	n = append(n, l...)
	for _, i := range j.take {
		n = append(n, r[i])
	}
	if err := j.out.add(n); err != nil {
		return errorAt(j.o.At, "%v", err)
	}
	return nil
}

// columns names the result's columns: the left's, then the right's, with a number behind a name that is taken.
func (j *joiner) columns() {
	cols := slices.Clone(j.left.cols)
	taken := map[string]bool{}
	for _, c := range cols {
		taken[c.Name] = true
	}
	for i, c := range j.right.cols {
		if j.o.Lookup && slices.Contains(j.rk, i) {
			continue
		}
		name := c.Name
		if n, ok := j.o.RightNames[c.Name]; ok {
			name = n
		}
		base := name
		for n := 1; taken[name]; n++ {
			name = fmt.Sprintf("%s%d", base, n)
		}
		taken[name] = true
		j.take = append(j.take, i)
		cols = append(cols, ir.Column{Name: name, Type: c.Type})
	}
	j.out = newRel(cols)
	j.out.open = j.left.open || j.right.open
}

func (j *joiner) key(row []ir.Value, at []int) string {
	var b strings.Builder
	for _, i := range at {
		v := scalar(row[i])
		if v.V == "" && !j.env.Strict {
			v = ir.Value{Type: v.Type}
		}
		writeKey(&b, v)
	}
	return b.String()
}
