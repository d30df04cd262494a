package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/huntc/huntc/ir"
)

// maxSeries is the longest array that make-series makes: learn.microsoft.com/kusto/query/make-series-operator.
const maxSeries = 1_048_576

// axis counts steps from a base: step i begins at base + i·step.
type axis struct {
	typ        ir.Type
	whole      bool // base and step are whole numbers: ticks or longs
	base, step int64
	fbase      float64
	fstep      float64
	from, to   ir.Value // null when not given
	closed     bool
}

func (r *runner) axis(t *rel, o *ir.MakeSeries) (*axis, error) {
	opt := func(x ir.Expr) (ir.Value, error) {
		if x == nil {
			return ir.Value{}, nil
		}
		v, err := r.eval(newRel(nil), nil, x)
		return scalar(v), err
	}
	step, err := opt(o.Step)
	if err != nil {
		return nil, err
	}
	a := &axis{typ: typeOf(t, o.Axis.X), closed: o.Closed}
	if a.from, err = opt(o.From); err != nil {
		return nil, err
	}
	if a.to, err = opt(o.To); err != nil {
		return nil, err
	}
	if a.typ == ir.Dynamic || a.typ == ir.TypeUnset {
		// A column without a type takes that of its range, and time where the step is one.
		switch {
		case !a.from.IsNull():
			a.typ = a.from.Type
		case !a.to.IsNull():
			a.typ = a.to.Type
		case step.Type == ir.Timespan:
			a.typ = ir.Datetime
		default:
			a.typ = step.Type
		}
	}
	if !(float(step) > 0) {
		return nil, errorAt(o.At, "the step of make-series is %s, not a positive number or timespan", step)
	}
	_, whole := step.V.(int64)
	a.whole = whole && (a.typ == ir.Long || a.typ == ir.Int || a.typ == ir.Datetime || a.typ == ir.Timespan)
	a.fstep, a.fbase = float(step), 0
	a.step, _ = step.V.(int64)
	if !a.from.IsNull() && !o.Closed {
		a.fbase = float(a.from)
		n, ok := a.from.V.(int64)
		a.base, a.whole = n, a.whole && ok
	}
	return a, nil
}

// index is the step that a value belongs to; ok is false outside the range. In range() counts steps from zero, so that an end may
// lie inside a step; whether the rows of that step beyond the end count is said nowhere, and such a row is an error.
func (a *axis) index(v ir.Value) (i int64, ok bool, err error) {
	if v.IsNull() {
		return 0, false, nil
	}
	before, after := false, false
	if c, ordered := order(v, a.from); !a.from.IsNull() {
		before = !ordered || c < 0
	}
	if c, ordered := order(v, a.to); !a.to.IsNull() {
		after = !ordered || c > 0 || c == 0 && !a.closed
	}
	if (before || after) && !a.closed {
		return 0, false, nil
	}
	if i, ok = a.step0(v); !ok || i < a.first() || i > a.last() {
		return i, ok && !a.closed, nil
	}
	if before || after {
		return 0, false, fmt.Errorf("%s lies outside the range but in one of its steps: whether it counts is not documented; begin and end the range at whole steps, or filter before", v)
	}
	return i, true, nil
}

// step0 is the number of the step that holds a value.
func (a *axis) step0(v ir.Value) (int64, bool) {
	if n, isInt := v.V.(int64); isInt && a.whole {
		d := n - a.base
		return floorDiv(d, a.step), (d < n) == (a.base > 0) || a.base == 0
	}
	f := math.Floor((float(v) - a.fbase) / a.fstep)
	return int64(f), math.Abs(f) < 1<<53
}

// first is the first step of the range, the smallest number without one.
func (a *axis) first() int64 {
	if a.from.IsNull() {
		return math.MinInt64
	}
	i, _ := a.step0(a.from)
	return i
}

func floorDiv(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

// last is the last step of the range, the largest number without one.
func (a *axis) last() int64 {
	if a.to.IsNull() {
		return math.MaxInt64
	}
	i, ok := a.step0(a.to)
	if !ok {
		return math.MaxInt64
	}
	if c, same := order(a.at(i), a.to); same && c == 0 && !a.closed {
		i--
	}
	return i
}

func (a *axis) at(i int64) ir.Value {
	if a.whole {
		return ir.Value{Type: a.typ, V: a.base + i*a.step}
	}
	f := a.fbase + float64(i)*a.fstep
	switch a.typ {
	case ir.Datetime, ir.Timespan:
		return ticks(a.typ, f)
	}
	return ir.Value{Type: ir.Real, V: f}
}

// series is one combination of keys: the groups of its steps.
type series struct {
	keys  []ir.Value
	steps map[int64]*group
}

// makeSeries holds one group per key and step.
func (r *runner) makeSeries(t *rel, o *ir.MakeSeries) (*rel, error) {
	a, err := r.axis(t, o)
	if err != nil {
		return nil, err
	}
	agg := &ir.Aggregate{At: o.At, Aggs: o.Aggs}
	aggs := make([]ir.Column, len(o.Aggs))
	types := make([]ir.Type, len(o.Aggs))
	for i, g := range o.Aggs {
		types[i] = aggType(t, g)
		aggs[i] = ir.Column{Name: g.Name, Type: types[i]}
	}
	all, err := r.seriesOf(t, o, a, agg, types)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && len(o.Keys) == 0 && o.NonEmpty {
		all = []*series{{steps: map[int64]*group{}}}
	}
	var cols []ir.Column
	for _, k := range o.Keys {
		cols = append(cols, ir.Column{Name: k.Name, Type: typeOf(t, k.X)})
	}
	for _, c := range o.Cols {
		cols = append(cols, ir.Column{Name: c.Name, Type: ir.Dynamic})
	}
	out := newRel(append(cols, ir.Column{Name: o.Axis.Name, Type: ir.Dynamic}))
	held := make([][]ir.Value, len(all))
	left := int64(maxRows)
	for i, s := range all {
		if held[i], err = r.arrays(o, a, s, newRel(aggs), &left); err != nil {
			return nil, err
		}
	}
	out.rows = slice(held)
	return out, nil
}

// seriesOf runs the rows into their series and steps.
func (r *runner) seriesOf(t *rel, o *ir.MakeSeries, a *axis, agg *ir.Aggregate, types []ir.Type) ([]*series, error) {
	var all []*series
	byKey := map[string]*series{}
	groups := 0
	err := r.each(t, func(row []ir.Value) error {
		v, err := r.eval(t, row, o.Axis.X)
		if err != nil {
			return err
		}
		if v = scalar(v); v.Type != a.typ && !v.IsNull() {
			if v, err = cast(v, a.typ); err != nil {
				return located(o.At, err)
			}
		}
		i, in, err := a.index(v)
		if err != nil {
			return located(o.At, err)
		}
		if !in {
			return nil
		}
		keys := make([]ir.Value, len(o.Keys))
		var key []byte
		for j, k := range o.Keys {
			if keys[j], err = r.eval(t, row, k.X); err != nil {
				return err
			}
			key = appendKey(key, scalar(keys[j]))
		}
		s := byKey[string(key)]
		if s == nil {
			s = &series{keys: keys, steps: map[int64]*group{}}
			byKey[string(key)] = s
			all = append(all, s)
		}
		g := s.steps[i]
		if g == nil {
			if groups++; groups > maxRows {
				return errorAt(o.At, "more than %d groups", maxRows)
			}
			if g, err = newGroup(agg, nil, types); err != nil {
				return err
			}
			s.steps[i] = g
		}
		return r.feed(t, row, o.Aggs, g)
	})
	return all, err
}

// arrays makes the row of one series; left is how many elements the result may still have.
func (r *runner) arrays(o *ir.MakeSeries, a *axis, s *series, aggs *rel, left *int64) ([]ir.Value, error) {
	first, last := int64(0), int64(-1)
	if len(s.steps) > 0 {
		first, last = math.MaxInt64, math.MinInt64
		for i := range s.steps {
			first, last = min(first, i), max(last, i)
		}
	}
	if !a.from.IsNull() {
		first = a.first()
	}
	if !a.to.IsNull() {
		last = a.last()
	}
	n := int64(0)
	if last >= first {
		n = last - first + 1
	}
	if n < 0 || n > maxSeries {
		return nil, errorAt(o.At, "a series of %d steps is longer than %d", n, maxSeries)
	}
	if *left -= n * int64(len(o.Cols)+1); *left < 0 {
		return nil, errorAt(o.At, "more than %d elements in all series", maxRows)
	}
	rows := make([][]ir.Value, n)
	for i := range rows {
		g := s.steps[first+int64(i)]
		if g == nil {
			continue
		}
		for j, acc := range g.accs {
			v, err := acc.value()
			if err != nil {
				return nil, errorAt(o.Aggs[j].At, "%s: %v", o.Aggs[j].Func, err)
			}
			rows[i] = append(rows[i], r.settle(v))
		}
		if rows[i] == nil {
			rows[i] = []ir.Value{}
		}
	}
	out := slices.Clone(s.keys)
	for _, c := range o.Cols {
		list, err := r.elementsOf(c, aggs, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, list)
	}
	times := make([]any, n)
	for i := range times {
		times[i] = plain(a.at(first + int64(i)))
	}
	return append(out, array(times)), nil
}

// elementsOf is one array; a step without rows (nil) has the default.
func (r *runner) elementsOf(c ir.SeriesCol, aggs *rel, rows [][]ir.Value) (ir.Value, error) {
	typ := c.T
	if typ == ir.TypeUnset {
		typ = typeOf(aggs, c.X)
	}
	gap, err := r.gap(c, typ)
	if err != nil {
		return gap, err
	}
	list := make([]any, len(rows))
	for i, row := range rows {
		v := gap
		if row != nil {
			if v, err = r.eval(aggs, row, c.X); err != nil {
				return v, err
			}
		}
		list[i] = plain(v)
	}
	return array(list), nil
}

// gap is the value of a step without rows: the column's default in its type, else 0.
func (r *runner) gap(c ir.SeriesCol, typ ir.Type) (ir.Value, error) {
	v := long(0)
	if c.Default != nil {
		var err error
		if v, err = r.eval(newRel(nil), nil, c.Default); err != nil {
			return v, err
		}
	} else if !typ.Numeric() && typ != ir.Timespan && typ != ir.Dynamic {
		return ir.Value{Type: typ}, nil
	}
	if typ == ir.Dynamic || v.IsNull() {
		return v, nil
	}
	if v.Type == ir.Real && (typ == ir.Long || typ == ir.Int) {
		return v, nil // 1.5 stays what it is in an array of whole numbers
	}
	out, err := cast(v, typ)
	if err != nil {
		return v, fmt.Errorf("the default of %s: %w", c.Name, err)
	}
	return out, nil
}
