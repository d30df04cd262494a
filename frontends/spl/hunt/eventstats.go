package hunt

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// eventstats adds the result of each row's group to the row: the rows are joined with their own groups. A row without a BY field gets
// nothing, as the interpreter reads it.
func (l *lowerer) eventstats(c *syntax.Stats) {
	l.groups = nil // their columns are fixed where others read the rows
	name := fmt.Sprintf("rows%d", len(l.bindings)+1)
	one := ""
	if len(c.By) == 0 {
		one = l.free("all")
		l.ops = append(l.ops, &ir.Extend{At: at(c), Cols: []ir.Named{{Name: one, X: litOf(at(c), ir.Long, int64(1))}}})
		l.hold(one)
	}
	l.bindings = append(l.bindings, ir.Binding{Name: name, Pipe: &ir.Pipeline{From: l.from, Ops: l.ops}})
	l.from, l.ops = &ir.Ref{At: at(c), Name: name}, nil

	g := l.group(c)
	join := &ir.Join{At: at(c), Kind: ir.LeftOuter, Lookup: true}
	p := &ir.Project{At: at(c)}
	pair := func(left string, t ir.Type, right string) {
		h := l.free("key_" + left)
		join.On = append(join.On, ir.JoinKey{Left: left, Right: h})
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: at(c), Name: right, T: t}})
	}
	if one != "" {
		g.agg.Keys = append(g.agg.Keys, ir.Named{Name: one, X: &ir.Col{At: at(c), Name: one, T: ir.Long}})
		pair(one, ir.Long, one)
	}
	always := true
	for i, n := range c.By {
		if i >= len(g.out) {
			return // a refusal stands
		}
		v := l.field(n.Text, n)
		left, ok := v.x.(*ir.Col)
		if v.bad() || !ok {
			return
		}
		always = always && v.always
		pair(left.Name, v.t, n.Text)
	}
	for i, f := range g.out[len(c.By):] {
		if f.set && !always {
			l.unsupported(c, "values of groups in which not every row is")
			return
		}
		h := l.free(fmt.Sprintf("%s_%d", name, i+1))
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: at(c), Name: f.name, T: f.t}})
		g.out[len(c.By)+i].x = &ir.Col{At: at(c), Name: h, T: f.t}
	}
	right := &ir.Pipeline{From: &ir.Ref{At: at(c), Name: name}, Ops: append(slices.Clone(l.ops), g.agg)}
	if len(g.after) > 0 {
		right.Ops = append(right.Ops, &ir.Extend{At: at(c), Cols: g.after})
	}
	right.Ops = append(right.Ops, p)
	join.Right = right
	l.ops = []ir.Op{join}
	for _, f := range g.out[len(c.By):] {
		f.always = f.always && always
		h := f.x.(*ir.Col).Name
		l.hold(h)
		l.define(f.name, h, f.val, c)
	}
}

// free is a column name that the rows do not have.
func (l *lowerer) free(name string) string {
	for slices.Contains(l.held, name) {
		name += "_"
	}
	return name
}
