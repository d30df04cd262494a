package spl

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

// rearranged writes a query's joins in the kinds that are written: a join with given rows is a condition, and one that keeps the rows of
// its right side is read from that side.
func rearranged(p *ir.Pipeline) *ir.Pipeline {
	for i, o := range p.Ops {
		j, ok := o.(*ir.Join)
		if !ok {
			continue
		}
		if f, ok := givenKeys(j); ok {
			return rearranged(&ir.Pipeline{From: p.From, Ops: slices.Concat(p.Ops[:i], []ir.Op{f}, p.Ops[i+1:])})
		}
		if q, ok := swapped(p, i, j); ok {
			return rearranged(q)
		}
	}
	return p
}

// givenKeys is the condition that a semijoin or antijoin with given rows amounts to.
func givenKeys(j *ir.Join) (*ir.Filter, bool) {
	rows, ok := j.Right.From.(*ir.Rows)
	if !ok || len(j.On) != 1 || j.Kind != ir.LeftSemi && j.Kind != ir.LeftAnti {
		return nil, false
	}
	name, ok := givenColumn(j.Right.Ops, j.On[0].Right)
	at := slices.IndexFunc(rows.Columns, func(c ir.Column) bool { return c.Name == name })
	if !ok || at < 0 {
		return nil, false
	}
	t := rows.Columns[at].Type
	x := &ir.Col{At: j.At, Name: j.On[0].Left, T: t}
	in, null := &ir.Or{At: j.At}, false
	match := &ir.Match{At: j.At, Kind: ir.Equal, Case: ir.Exact, X: x}
	for _, row := range rows.Values {
		v := row[at]
		switch {
		case t == ir.String:
			if v.IsNull() {
				v.V = ""
			}
			match.Needles = append(match.Needles, &ir.Lit{At: j.At, Value: v})
		case v.IsNull():
			null = true
		case t == ir.Int || t == ir.Long || t == ir.Datetime:
			in.Xs = append(in.Xs, &ir.Compare{At: j.At, Op: ir.Eq, L: x, R: &ir.Lit{At: j.At, Value: v}})
		default:
			return nil, false
		}
	}
	if t == ir.String {
		if j.Kind == ir.LeftAnti {
			return &ir.Filter{At: j.At, Pred: &ir.Not{At: j.At, X: match}}, true
		}
		return &ir.Filter{At: j.At, Pred: match}, true
	}
	if j.Kind == ir.LeftSemi {
		if null {
			in.Xs = append(in.Xs, &ir.Absent{At: j.At, X: x})
		}
		return &ir.Filter{At: j.At, Pred: in}, true
	}
	absent, not := &ir.Absent{At: j.At, X: x}, &ir.Not{At: j.At, X: in}
	if null {
		return &ir.Filter{At: j.At, Pred: ir.AndOf([]ir.Expr{&ir.Not{At: j.At, X: absent}, not})}, true
	}
	return &ir.Filter{At: j.At, Pred: &ir.Or{At: j.At, Xs: []ir.Expr{absent, not}}}, true
}

// givenColumn traces a column back through steps that hand columns on; false when another step makes or drops rows.
func givenColumn(ops []ir.Op, name string) (string, bool) {
	for i := len(ops) - 1; i >= 0; i-- {
		cols := namedOf(ops[i])
		if a, ok := ops[i].(*ir.Aggregate); ok && len(a.Aggs) == 0 {
			cols = a.Keys
		} else if cols == nil {
			return "", false
		}
		c := keyNamed(cols, name)
		if c == nil {
			if _, adds := ops[i].(*ir.Extend); !adds {
				return "", false
			}
			continue
		}
		x := unfilled(c.X)
		col, ok := x.(*ir.Col)
		if !ok {
			return "", false
		}
		name = col.Name
	}
	return name, true
}

// swapped reads the query from the right side of the join at i, where the join keeps the rows of that side and the left side has the
// shape of a right one.
func swapped(p *ir.Pipeline, i int, j *ir.Join) (*ir.Pipeline, bool) {
	kind := map[ir.JoinKind]ir.JoinKind{ir.RightSemi: ir.LeftSemi, ir.RightAnti: ir.LeftAnti, ir.RightOuter: ir.LeftOuter}[j.Kind]
	if kind == ir.JoinUnset {
		return nil, false
	}
	back := &ir.Join{At: j.At, Kind: kind, Right: &ir.Pipeline{From: p.From, Ops: p.Ops[:i]}}
	ops := slices.Clone(j.Right.Ops)
	name := func(right string) string { return right }
	if j.Kind == ir.RightOuter {
		left, right := columnsOf(p.Ops[:i], map[string]ir.Expr{}), columnsOf(j.Right.Ops, map[string]ir.Expr{})
		name = func(right string) string {
			if n, ok := j.RightNames[right]; ok {
				return n
			}
			return right
		}
		out := &ir.Project{At: j.At}
		for _, n := range sortedNames(right) {
			if _, renamed := j.RightNames[n]; left[n] != nil && !renamed || left[name(n)] != nil {
				return nil, false
			}
			out.Cols = append(out.Cols, ir.Named{Name: name(n), X: &ir.Col{At: j.At, Name: n, T: ir.TypeOf(right[n])}})
		}
		ops = append(ops, out)
	}
	for _, k := range j.On {
		back.On = append(back.On, ir.JoinKey{Left: name(k.Right), Right: k.Left})
	}
	if _, ok := shapeOf(back); !ok {
		return nil, false
	}
	return &ir.Pipeline{From: j.Right.From, Ops: slices.Concat(ops, []ir.Op{back}, p.Ops[i+1:])}, true
}
