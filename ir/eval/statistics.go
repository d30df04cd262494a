package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// moments keeps what a variance or a covariance needs, by Welford's updates. Null is ignored; without two values the sample
// statistics are 0, as recorded of an empty input.
type moments struct {
	root, population bool
	n                int
	meanX, meanY, c  float64
}

func (m *moments) add(a []ir.Value, _ payload) error {
	x, y := scalar(a[0]), scalar(a[len(a)-1])
	if x.IsNull() || y.IsNull() {
		return nil
	}
	for _, v := range []ir.Value{x, y} {
		if !v.Type.Numeric() && v.Type != ir.Timespan {
			return fmt.Errorf("of a %s is not defined", v.Type)
		}
	}
	m.n++
	dx := float(x) - m.meanX
	m.meanX += dx / float64(m.n)
	m.meanY += (float(y) - m.meanY) / float64(m.n)
	m.c += dx * (float(y) - m.meanY)
	return nil
}

func (m *moments) value() (ir.Value, error) {
	n := float64(m.n)
	if !m.population {
		n--
	}
	v := 0.0
	if n > 0 {
		v = m.c / n
	}
	if m.root {
		v = math.Sqrt(v)
	}
	return ir.Value{Type: ir.Real, V: v}, nil
}

// ranked keeps all values that are not null, with their weights, and takes the nearest rank:
// learn.microsoft.com/kusto/query/percentiles-aggregation-function.
type ranked struct {
	typ   ir.Type
	list  bool
	ranks []ir.Expr
	held  []weighted
	total int64
}

type weighted struct {
	v ir.Value
	w int64
}

func (p *ranked) add(a []ir.Value, _ payload) error {
	v, w := scalar(a[0]), int64(1)
	if len(a) > 1 {
		w, _ = scalar(a[1]).V.(int64)
	}
	if v.IsNull() || w <= 0 {
		return nil
	}
	if len(p.held) >= maxRows {
		return fmt.Errorf("of more than %d values", maxRows)
	}
	p.held = append(p.held, weighted{v, w})
	p.total += w
	return nil
}

func (p *ranked) value() (ir.Value, error) {
	slices.SortStableFunc(p.held, func(a, b weighted) int {
		if c, ok := order(a.v, b.v); ok {
			return c
		}
		return strings.Compare(groupKey(a.v), groupKey(b.v))
	})
	out := make([]any, len(p.ranks))
	for i, r := range p.ranks {
		lit, ok := r.(*ir.Lit)
		if !ok {
			return ir.Value{}, fmt.Errorf("with a percentage that is not a constant")
		}
		v := p.rank(float(lit.Value))
		if !p.list {
			if v.Type == p.typ || p.typ == ir.Dynamic || p.typ == ir.TypeUnset {
				return ir.Value{Type: p.typ, V: v.V}, nil
			}
			return cast(v, p.typ)
		}
		out[i] = plain(v)
	}
	if len(p.held) == 0 {
		return ir.Value{Type: ir.Dynamic}, nil
	}
	return array(out), nil
}

// rank is the first value at or below which p per cent of the weight lie.
func (p *ranked) rank(percent float64) ir.Value {
	want := int64(math.Ceil(percent / 100 * float64(p.total)))
	sum := int64(0)
	for _, h := range p.held {
		if sum += h.w; sum >= want {
			return h.v
		}
	}
	return ir.Value{Type: p.typ}
}

// bitwise combines whole numbers bit by bit; null is ignored, and of nothing the result is null.
type bitwise struct {
	typ   ir.Type
	op    func(a, b int64) int64
	total int64
	seen  bool
}

func (b *bitwise) add(a []ir.Value, _ payload) error {
	v := scalar(a[0])
	n, ok := v.V.(int64)
	switch {
	case v.IsNull():
		return nil
	case !ok || !v.Type.Numeric():
		return fmt.Errorf("of a %s is not defined", v.Type)
	case b.seen:
		n = b.op(b.total, n)
	}
	b.total, b.seen = n, true
	return nil
}

func (b *bitwise) value() (ir.Value, error) {
	if !b.seen {
		return ir.Value{Type: b.typ}, nil
	}
	return ir.Value{Type: b.typ, V: b.total}, nil
}

// firstValue is the value on the first row, whatever it is, so that several come from one row.
type firstValue struct {
	v    ir.Value
	seen bool
}

func (f *firstValue) add(_ []ir.Value, payload payload) error {
	if f.seen {
		return nil
	}
	v, err := payload()
	f.v, f.seen = v, true
	return err
}

func (f *firstValue) value() (ir.Value, error) { return f.v, nil }

// bestRow keeps the whole row where its argument is best, by the rules of argBest; without a sign the first row.
type bestRow struct {
	sign int
	by   ir.Value
	row  []ir.Value
}

func (b *bestRow) addRow(a, row []ir.Value) {
	if b.row != nil {
		if b.sign == 0 || a[0].IsNull() {
			return
		}
		if !b.by.IsNull() {
			if c, ok := order(scalar(a[0]), scalar(b.by)); !ok || c*b.sign <= 0 {
				return
			}
		}
	}
	if b.sign != 0 {
		b.by = a[0]
	}
	b.row = row
}

// columns picks columns of the kept row, nulls when no row came.
func (b *bestRow) columns(r *runner, t *rel, at []int) []ir.Value {
	out := make([]ir.Value, len(at))
	for i, j := range at {
		out[i] = r.null(t.cols[j].Type)
		if b.row != nil {
			out[i] = b.row[j]
		}
	}
	return out
}

func (b *bestRow) add([]ir.Value, payload) error { return fmt.Errorf("needs the whole row") }

func (b *bestRow) value() (ir.Value, error) { return ir.Value{}, fmt.Errorf("has no single value") }
