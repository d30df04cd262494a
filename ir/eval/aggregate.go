package eval

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// groupKey identifies a value among group keys and in sets: null differs from "", 1 equals 1.0.
func groupKey(v ir.Value) string {
	var b strings.Builder
	writeKey(&b, scalar(v))
	return b.String()
}

func writeKey(b *strings.Builder, v ir.Value) {
	part := func(kind byte, s string) {
		b.WriteByte(kind)
		b.WriteString(strconv.Itoa(len(s)))
		b.WriteByte(':')
		b.WriteString(s)
	}
	switch x := v.V.(type) {
	case nil:
		part('0', "")
	case string:
		if v.Type == ir.Decimal {
			if q := rational(v); q != nil {
				part('n', decimalText(q))
				return
			}
		}
		part('s', x)
	case bool:
		part('b', strconv.FormatBool(x))
	case int64:
		part('n', strconv.FormatInt(x, 10))
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<62 {
			part('n', strconv.FormatInt(int64(x), 10))
			return
		}
		part('n', strconv.FormatFloat(x, 'g', -1, 64))
	default:
		part('j', ir.JSONText(x))
	}
}

// group is the rows of one combination of keys.
type group struct {
	keys []ir.Value
	rows [][]ir.Value
}

// aggregate collects the rows of each group and computes every aggregate from them.
func (r *runner) aggregate(t *rel, o *ir.Aggregate) (*rel, error) {
	groups, err := r.groups(t, o.Keys)
	if err != nil {
		return nil, err
	}
	cols := make([]ir.Column, 0, len(o.Keys)+len(o.Aggs))
	for _, k := range o.Keys {
		cols = append(cols, ir.Column{Name: k.Name, Type: typeOf(t, k.X)})
	}
	for _, a := range o.Aggs {
		cols = append(cols, ir.Column{Name: a.Name, Type: aggType(t, a)})
	}
	out := newRel(cols)
	for _, g := range groups {
		row := append([]ir.Value(nil), g.keys...)
		for i, a := range o.Aggs {
			v, err := r.agg(t, g.rows, a, cols[len(o.Keys)+i].Type)
			if err != nil {
				return nil, err
			}
			row = append(row, r.settle(v))
		}
		if err := out.add(row); err != nil {
			return nil, errorAt(o.At, "%v", err)
		}
	}
	return out, nil
}

func (r *runner) groups(t *rel, keys []ir.Named) ([]*group, error) {
	if len(keys) == 0 {
		// One row, also on no input.
		return []*group{{rows: t.rows}}, nil
	}
	var groups []*group
	byKey := map[string]*group{}
	for _, row := range t.rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
		vs := make([]ir.Value, len(keys))
		var b strings.Builder
		for i, k := range keys {
			v, err := r.eval(t, row, k.X)
			if err != nil {
				return nil, err
			}
			vs[i] = v
			writeKey(&b, scalar(v))
		}
		g := byKey[b.String()]
		if g == nil {
			g = &group{keys: vs}
			byKey[b.String()] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, row)
	}
	return groups, nil
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

// defaultCap is the largest collection that KQL makes.
const defaultCap = 1_048_576

func (r *runner) agg(t *rel, rows [][]ir.Value, a ir.Agg, typ ir.Type) (ir.Value, error) {
	rows, err := r.only(t, rows, a.If)
	if err != nil {
		return ir.Value{}, err
	}
	if a.Func == ir.Count {
		return long(int64(len(rows))), nil
	}
	if len(a.Args) == 0 {
		return ir.Value{}, errorAt(a.At, "%s without an argument", a.Func)
	}
	first, err := r.columnOf(t, rows, a.Args[0])
	if err != nil {
		return ir.Value{}, err
	}
	limit := int64(defaultCap)
	if a.Cap > 0 {
		limit = a.Cap
	}
	var v ir.Value
	switch a.Func {
	case ir.DCount:
		v = dcount(first)
	case ir.Min:
		v = extreme(first, typ, -1)
	case ir.Max:
		v = extreme(first, typ, 1)
	case ir.Sum:
		v, err = sum(first, typ)
	case ir.Avg:
		v, err = average(first, typ)
	case ir.MakeSet:
		v = makeSet(first, limit)
	case ir.MakeList:
		v = makeList(first, limit)
	case ir.MakeBag:
		v = makeBag(first, limit)
	case ir.TakeAny:
		v = takeAny(first, typ)
	case ir.ArgMax:
		return r.argBest(t, rows, first, a, typ, 1)
	case ir.ArgMin:
		return r.argBest(t, rows, first, a, typ, -1)
	default:
		return v, errorAt(a.At, "the evaluator does not know the aggregate %q", a.Func)
	}
	if err != nil {
		return v, errorAt(a.At, "%s: %v", a.Func, err)
	}
	return v, nil
}

func (r *runner) only(t *rel, rows [][]ir.Value, pred ir.Expr) ([][]ir.Value, error) {
	if pred == nil {
		return rows, nil
	}
	var out [][]ir.Value
	for _, row := range rows {
		keep, err := r.isTrue(t, row, pred)
		if err != nil {
			return nil, err
		}
		if keep {
			out = append(out, row)
		}
	}
	return out, nil
}

func (r *runner) columnOf(t *rel, rows [][]ir.Value, x ir.Expr) ([]ir.Value, error) {
	out := make([]ir.Value, len(rows))
	for i, row := range rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
		v, err := r.eval(t, row, x)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// dcount is exact. "" counts, null does not.
func dcount(vs []ir.Value) ir.Value {
	seen := map[string]bool{}
	for _, v := range vs {
		if !v.IsNull() {
			seen[groupKey(v)] = true
		}
	}
	return long(int64(len(seen)))
}

func extreme(vs []ir.Value, typ ir.Type, sign int) ir.Value {
	best := ir.Value{Type: typ}
	for _, v := range vs {
		if v.IsNull() {
			continue
		}
		if best.IsNull() {
			best = v
			continue
		}
		if c, ok := order(scalar(v), scalar(best)); ok && c*sign > 0 {
			best = v
		}
	}
	return best
}

// sum ignores null; the sum of nothing is 0.
func sum(vs []ir.Value, typ ir.Type) (ir.Value, error) {
	total := ir.Value{Type: ir.Long, V: int64(0)}
	if typ == ir.Timespan {
		total.Type = typ
	}
	for _, v := range vs {
		if v = scalar(v); v.IsNull() {
			continue
		}
		if !v.Type.Numeric() && v.Type != ir.Timespan {
			return total, fmt.Errorf("of a %s is not defined", v.Type)
		}
		var err error
		if total, err = arithTyped("+", total, v); err != nil {
			return total, err
		}
	}
	if typ == ir.Dynamic || typ == total.Type {
		return ir.Value{Type: typ, V: total.V}, nil
	}
	return cast(total, typ)
}

// average ignores null; the average of no numbers is NaN, of no times null.
func average(vs []ir.Value, typ ir.Type) (ir.Value, error) {
	total, n := 0.0, 0
	for _, v := range vs {
		if v = scalar(v); v.IsNull() {
			continue
		}
		if !v.Type.Numeric() && v.Type != ir.Timespan && v.Type != ir.Datetime {
			return v, fmt.Errorf("of a %s is not defined", v.Type)
		}
		if v.Type == ir.Timespan || v.Type == ir.Datetime {
			typ = v.Type
		}
		total += float(v)
		n++
	}
	mean := total / float64(n)
	if typ == ir.Timespan || typ == ir.Datetime {
		return ticks(typ, mean), nil
	}
	return ir.Value{Type: ir.Real, V: mean}, nil
}

// makeSet keeps distinct values in the order in which they come; arrays are flattened.
func makeSet(vs []ir.Value, limit int64) ir.Value {
	set := []any{}
	seen := map[string]bool{}
	add := func(x any) {
		k := groupKey(ir.Value{Type: ir.Dynamic, V: x})
		if x == nil || seen[k] || int64(len(set)) >= limit {
			return
		}
		seen[k] = true
		set = append(set, x)
	}
	for _, v := range vs {
		if list, ok := v.V.([]any); ok {
			for _, x := range list {
				add(x)
			}
			continue
		}
		add(plain(v))
	}
	return ir.Value{Type: ir.Dynamic, V: set}
}

func makeList(vs []ir.Value, limit int64) ir.Value {
	list := []any{}
	for _, v := range vs {
		if !v.IsNull() && int64(len(list)) < limit {
			list = append(list, plain(v))
		}
	}
	return ir.Value{Type: ir.Dynamic, V: list}
}

// makeBag merges bags and skips everything else. Which value of a repeated key stays is open in KQL; here it is the last.
func makeBag(vs []ir.Value, limit int64) ir.Value {
	bag := ir.Bag{}
	at := map[string]int{}
	for _, v := range vs {
		b, _ := v.V.(ir.Bag)
		for _, m := range b {
			if i, ok := at[m.Key]; ok {
				bag[i].Value = m.Value
			} else if int64(len(bag)) < limit {
				at[m.Key] = len(bag)
				bag = append(bag, m)
			}
		}
	}
	return ir.Value{Type: ir.Dynamic, V: bag}
}

func takeAny(vs []ir.Value, typ ir.Type) ir.Value {
	for _, v := range vs {
		if !v.IsNull() && v.V != "" {
			return v
		}
	}
	if len(vs) > 0 {
		return vs[0]
	}
	return ir.Value{Type: typ}
}

// argBest returns the last argument on the row where the first is best. Rows where that is null lose; if all do, the first row
// answers.
func (r *runner) argBest(t *rel, rows [][]ir.Value, by []ir.Value, a ir.Agg, typ ir.Type, sign int) (ir.Value, error) {
	if len(rows) == 0 {
		return ir.Value{Type: typ}, nil
	}
	best := 0
	for i, v := range by {
		if v.IsNull() {
			continue
		}
		if by[best].IsNull() {
			best = i
			continue
		}
		if c, ok := order(scalar(v), scalar(by[best])); ok && c*sign > 0 {
			best = i
		}
	}
	return r.eval(t, rows[best], a.Args[len(a.Args)-1])
}
