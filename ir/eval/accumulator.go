package eval

import (
	"fmt"

	"github.com/huntc/huntc/ir"
)

// accumulator is the state of one aggregate over one group. payload gives the last argument on the row, for those that need it on
// few rows only.
type accumulator interface {
	add(args []ir.Value, payload func() (ir.Value, error)) error
	value() (ir.Value, error)
}

// aggregateFact says how many arguments are computed on every row, and makes the state for a result of type typ.
type aggregateFact struct {
	args int
	make func(a ir.Agg, typ ir.Type) accumulator
}

// aggregates is the table of aggregate functions; nothing changes it.
var aggregates = map[ir.AggFunc]aggregateFact{
	ir.Count:    {0, func(ir.Agg, ir.Type) accumulator { return &counter{} }},
	ir.DCount:   {1, func(ir.Agg, ir.Type) accumulator { return &distinct{seen: map[string]bool{}} }},
	ir.Min:      {1, func(_ ir.Agg, typ ir.Type) accumulator { return &extremum{best: ir.Value{Type: typ}, sign: -1} }},
	ir.Max:      {1, func(_ ir.Agg, typ ir.Type) accumulator { return &extremum{best: ir.Value{Type: typ}, sign: 1} }},
	ir.Sum:      {1, func(_ ir.Agg, typ ir.Type) accumulator { return newSum(typ) }},
	ir.Avg:      {1, func(_ ir.Agg, typ ir.Type) accumulator { return &mean{typ: typ} }},
	ir.MakeSet:  {1, func(a ir.Agg, _ ir.Type) accumulator { return &set{limit: limitOf(a), seen: map[string]bool{}} }},
	ir.MakeList: {1, func(a ir.Agg, _ ir.Type) accumulator { return &list{limit: limitOf(a)} }},
	ir.MakeBag:  {1, func(a ir.Agg, _ ir.Type) accumulator { return &bag{limit: limitOf(a), at: map[string]int{}} }},
	ir.TakeAny:  {1, func(_ ir.Agg, typ ir.Type) accumulator { return &anyValue{v: ir.Value{Type: typ}} }},
	ir.ArgMax:   {1, func(_ ir.Agg, typ ir.Type) accumulator { return &argBest{v: ir.Value{Type: typ}, sign: 1} }},
	ir.ArgMin:   {1, func(_ ir.Agg, typ ir.Type) accumulator { return &argBest{v: ir.Value{Type: typ}, sign: -1} }},
	ir.AnyRow:   {0, func(_ ir.Agg, typ ir.Type) accumulator { return &firstValue{v: ir.Value{Type: typ}} }},

	ir.ArgMaxAll: {1, func(ir.Agg, ir.Type) accumulator { return &bestRow{sign: 1} }},
	ir.ArgMinAll: {1, func(ir.Agg, ir.Type) accumulator { return &bestRow{sign: -1} }},
	ir.AnyAll:    {0, func(ir.Agg, ir.Type) accumulator { return &bestRow{} }},

	ir.MakeListNulls: {1, func(a ir.Agg, _ ir.Type) accumulator { return &list{limit: limitOf(a), nulls: true} }},
	ir.BuildSchema:   {1, func(ir.Agg, ir.Type) accumulator { return &schemaOf{} }},
	ir.BinaryAllAnd: {1, func(_ ir.Agg, typ ir.Type) accumulator {
		return &bitwise{typ: typ, op: func(a, b int64) int64 { return a & b }}
	}},
	ir.BinaryAllOr: {1, func(_ ir.Agg, typ ir.Type) accumulator {
		return &bitwise{typ: typ, op: func(a, b int64) int64 { return a | b }}
	}},
	ir.BinaryAllXor: {1, func(_ ir.Agg, typ ir.Type) accumulator {
		return &bitwise{typ: typ, op: func(a, b int64) int64 { return a ^ b }}
	}},

	ir.Variance:    {1, func(ir.Agg, ir.Type) accumulator { return &moments{} }},
	ir.VarianceP:   {1, func(ir.Agg, ir.Type) accumulator { return &moments{population: true} }},
	ir.Stdev:       {1, func(ir.Agg, ir.Type) accumulator { return &moments{root: true} }},
	ir.StdevP:      {1, func(ir.Agg, ir.Type) accumulator { return &moments{root: true, population: true} }},
	ir.Covariance:  {2, func(ir.Agg, ir.Type) accumulator { return &moments{} }},
	ir.CovarianceP: {2, func(ir.Agg, ir.Type) accumulator { return &moments{population: true} }},

	ir.Percentile:       {1, func(a ir.Agg, typ ir.Type) accumulator { return &ranked{typ: typ, ranks: a.Args[1:]} }},
	ir.PercentileW:      {2, func(a ir.Agg, typ ir.Type) accumulator { return &ranked{typ: typ, ranks: a.Args[2:]} }},
	ir.PercentilesArray: {1, func(a ir.Agg, _ ir.Type) accumulator { return &ranked{list: true, ranks: a.Args[1:]} }},
	ir.PercentilesWArr:  {2, func(a ir.Agg, _ ir.Type) accumulator { return &ranked{list: true, ranks: a.Args[2:]} }},
}

type payload = func() (ir.Value, error)

// defaultCap is the largest collection that KQL makes.
const defaultCap = 1_048_576

func limitOf(a ir.Agg) int64 {
	if a.Cap > 0 {
		return a.Cap
	}
	return defaultCap
}

type counter struct{ n int64 }

func (c *counter) add([]ir.Value, payload) error { c.n++; return nil }
func (c *counter) value() (ir.Value, error)      { return long(c.n), nil }

// distinct is exact. "" counts, null does not.
type distinct struct{ seen map[string]bool }

func (d *distinct) add(a []ir.Value, _ payload) error {
	if !a[0].IsNull() {
		d.seen[groupKey(a[0])] = true
	}
	return nil
}

func (d *distinct) value() (ir.Value, error) { return long(int64(len(d.seen))), nil }

type extremum struct {
	best ir.Value
	sign int
}

func (e *extremum) add(a []ir.Value, _ payload) error {
	e.best = better(e.best, a[0], e.sign)
	return nil
}

func (e *extremum) value() (ir.Value, error) { return e.best, nil }

// better is the larger of two values, or the smaller with a negative sign; null loses.
func better(best, v ir.Value, sign int) ir.Value {
	if v.IsNull() {
		return best
	}
	if best.IsNull() {
		return v
	}
	if c, ok := order(scalar(v), scalar(best)); ok && c*sign > 0 {
		return v
	}
	return best
}

// extreme is the best of several values.
func extreme(vs []ir.Value, typ ir.Type, sign int) ir.Value {
	best := ir.Value{Type: typ}
	for _, v := range vs {
		best = better(best, v, sign)
	}
	return best
}

// summing ignores null; the sum of nothing is 0.
type summing struct {
	total ir.Value
	typ   ir.Type
}

func newSum(typ ir.Type) *summing {
	s := &summing{ir.Value{Type: ir.Long, V: int64(0)}, typ}
	if typ == ir.Timespan {
		s.total.Type = typ
	}
	return s
}

func (s *summing) add(a []ir.Value, _ payload) error {
	v := scalar(a[0])
	if v.IsNull() {
		return nil
	}
	if !v.Type.Numeric() && v.Type != ir.Timespan {
		return fmt.Errorf("of a %s is not defined", v.Type)
	}
	var err error
	s.total, err = arithTyped("+", s.total, v)
	return err
}

func (s *summing) value() (ir.Value, error) {
	if s.typ == ir.Dynamic || s.typ == s.total.Type {
		return ir.Value{Type: s.typ, V: s.total.V}, nil
	}
	return cast(s.total, s.typ)
}

// mean ignores null; the average of no numbers is NaN, of no times null.
type mean struct {
	typ   ir.Type
	total float64
	n     int
}

func (m *mean) add(a []ir.Value, _ payload) error {
	v := scalar(a[0])
	if v.IsNull() {
		return nil
	}
	if !v.Type.Numeric() && v.Type != ir.Timespan && v.Type != ir.Datetime {
		return fmt.Errorf("of a %s is not defined", v.Type)
	}
	if v.Type == ir.Timespan || v.Type == ir.Datetime {
		m.typ = v.Type
	}
	m.total += float(v)
	m.n++
	return nil
}

func (m *mean) value() (ir.Value, error) {
	v := m.total / float64(m.n)
	if m.typ == ir.Timespan || m.typ == ir.Datetime {
		return ticks(m.typ, v), nil
	}
	return ir.Value{Type: ir.Real, V: v}, nil
}

// set keeps distinct values in the order in which they come; arrays are flattened.
type set struct {
	limit int64
	elems []any
	seen  map[string]bool
}

func (s *set) add(a []ir.Value, _ payload) error {
	if list, ok := a[0].V.([]any); ok {
		for _, x := range list {
			s.put(x)
		}
		return nil
	}
	s.put(plain(a[0]))
	return nil
}

func (s *set) put(x any) {
	if x == nil || int64(len(s.elems)) >= s.limit {
		return
	}
	k := groupKey(ir.Value{Type: ir.Dynamic, V: x})
	if !s.seen[k] {
		s.seen[k] = true
		s.elems = append(s.elems, x)
	}
}

func (s *set) value() (ir.Value, error) { return array(s.elems), nil }

// array is a dynamic array, empty instead of null.
func array(elems []any) ir.Value {
	if elems == nil {
		elems = []any{}
	}
	return ir.Value{Type: ir.Dynamic, V: elems}
}

type list struct {
	limit int64
	nulls bool // null is an element too
	elems []any
}

func (l *list) add(a []ir.Value, _ payload) error {
	if (l.nulls || !a[0].IsNull()) && int64(len(l.elems)) < l.limit {
		l.elems = append(l.elems, plain(a[0]))
	}
	return nil
}

func (l *list) value() (ir.Value, error) { return array(l.elems), nil }

// bag merges bags and skips everything else. Which value of a repeated key stays is open in KQL; here it is the last.
type bag struct {
	limit   int64
	members ir.Bag
	at      map[string]int
}

func (b *bag) add(a []ir.Value, _ payload) error {
	x, _ := a[0].V.(ir.Bag)
	for _, m := range x {
		if i, ok := b.at[m.Key]; ok {
			b.members[i].Value = m.Value
		} else if int64(len(b.members)) < b.limit {
			b.at[m.Key] = len(b.members)
			b.members = append(b.members, m)
		}
	}
	return nil
}

func (b *bag) value() (ir.Value, error) {
	if b.members == nil {
		b.members = ir.Bag{}
	}
	return ir.Value{Type: ir.Dynamic, V: b.members}, nil
}

// anyValue keeps the first value that is neither null nor "", else the first.
type anyValue struct {
	v     ir.Value
	seen  bool
	taken bool
}

func (t *anyValue) add(a []ir.Value, _ payload) error {
	full := !a[0].IsNull() && a[0].V != ""
	if !t.seen || full && !t.taken {
		t.v, t.seen, t.taken = a[0], true, full
	}
	return nil
}

func (t *anyValue) value() (ir.Value, error) { return t.v, nil }

// argBest keeps the last argument on the row where the first is best. Rows where that is null lose; if all do, the first row
// answers.
type argBest struct {
	by, v ir.Value
	sign  int
	seen  bool
}

func (b *argBest) add(a []ir.Value, payload payload) error {
	if b.seen {
		if a[0].IsNull() {
			return nil
		}
		if !b.by.IsNull() {
			if c, ok := order(scalar(a[0]), scalar(b.by)); !ok || c*b.sign <= 0 {
				return nil
			}
		}
	}
	v, err := payload()
	b.by, b.v, b.seen = a[0], v, true
	return err
}

func (b *argBest) value() (ir.Value, error) { return b.v, nil }
