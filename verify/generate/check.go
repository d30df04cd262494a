package generate

import (
	"context"
	"fmt"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// checker evaluates expressions over worlds with the evaluator, so that nothing here has an opinion of its own on what a query means.
type checker struct {
	ctx    context.Context
	now    int64
	params map[string]ir.Value
}

// values evaluates expressions on each world: one row of values per world.
func (c *checker) values(f *flow, xs []ir.Expr, ws []world) ([][]ir.Value, error) {
	cols := columnsOf(f, xs)
	t := &eval.Table{Columns: cols}
	for _, w := range ws {
		row := make([]ir.Value, len(cols))
		for i, col := range cols {
			row[i] = ir.Value{Type: col.Type, V: w.get(col.Name)}
		}
		t.Rows = append(t.Rows, row)
	}
	ext := &ir.Project{}
	var out []ir.Column
	for i, x := range xs {
		name := fmt.Sprintf("x%d", i)
		ext.Cols = append(ext.Cols, ir.Named{Name: name, X: x})
		out = append(out, ir.Column{Name: name, Type: ir.TypeOf(x)})
	}
	q := &ir.Query{Columns: out, Root: &ir.Pipeline{From: &ir.Table{Name: "events", Columns: cols}, Ops: []ir.Op{ext}}}
	res, err := eval.Run(c.ctx, q, &eval.Env{Tables: map[string]*eval.Table{"events": t}, Now: c.now, Params: c.params})
	if err != nil {
		return nil, err
	}
	return res.Rows, nil
}

// one evaluates an expression on one world.
func (c *checker) one(f *flow, x ir.Expr, w world) (ir.Value, bool) {
	rows, err := c.values(f, []ir.Expr{x}, []world{w})
	if err != nil || len(rows) != 1 {
		return ir.Value{}, false
	}
	return rows[0][0], true
}

// holds reports for each condition whether the world meets it.
func (c *checker) holds(f *flow, conds []ir.Expr, w world) ([]bool, error) {
	rows, err := c.values(f, conds, []world{w})
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(conds))
	for i, v := range rows[0] {
		out[i] = v.V == true
	}
	return out, nil
}

// meets reports whether a world meets all conditions of its flow.
func (c *checker) meets(f *flow, w world) bool {
	ok, err := c.holds(f, f.conds, w)
	if err != nil {
		return false
	}
	for _, b := range ok {
		if !b {
			return false
		}
	}
	return true
}

// columnsOf lists the source columns that expressions read, with their types.
func columnsOf(f *flow, xs []ir.Expr) []ir.Column {
	var out []ir.Column
	seen := map[string]bool{}
	for _, x := range xs {
		ir.Inspect(x, func(e ir.Expr) bool {
			c, ok := e.(*ir.Col)
			if ok && !seen[c.Name] {
				seen[c.Name] = true
				t := c.T
				if t == ir.TypeUnset {
					t = ir.Dynamic
				}
				out = append(out, ir.Column{Name: c.Name, Type: t})
			}
			return true
		})
	}
	return out
}

// constant reports whether an expression reads no column.
func constant(e ir.Expr) bool {
	is := true
	ir.Inspect(e, func(x ir.Expr) bool {
		switch x.(type) {
		case *ir.Col, *ir.Field:
			is = false
		}
		return is
	})
	return is
}
