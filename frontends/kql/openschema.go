package kql

import (
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// projectOpen lowers project-away, -keep, -rename and -reorder of a row whose columns are known only when the query runs.
func (l *lowerer) projectOpen(o *syntax.Project, r *relation) bool {
	op := &ir.Columns{At: at(o)}
	row := r.row
	add := func(x syntax.Expr, order string) bool {
		it, ok := l.columnItem(x)
		it.Order = order
		op.Items = append(op.Items, it)
		return ok
	}
	switch o.Kind {
	case syntax.ProjectAway, syntax.ProjectKeep:
		op.Kind = ir.ColumnsAway
		if o.Kind == syntax.ProjectKeep {
			op.Kind = ir.ColumnsKeep
		}
		for _, x := range o.Cols {
			if !add(x, "") {
				return false
			}
		}
		row = chosenRow(op, r.row)
	case syntax.ProjectRename:
		op.Kind = ir.ColumnsRename
		for _, x := range o.Cols {
			if !l.renameItem(op, x) {
				return false
			}
		}
		row = renamedRow(op, r.row)
	case syntax.ProjectReorder:
		op.Kind = ir.ColumnsReorder
		for _, k := range o.Reorder {
			if !add(k.X, k.Order) {
				return false
			}
		}
	}
	r.add(op)
	r.row = row
	return true
}

func (l *lowerer) columnItem(x syntax.Expr) (ir.ColumnItem, bool) {
	switch x := x.(type) {
	case *syntax.Name:
		return ir.ColumnItem{Name: x.Name}, true
	case *syntax.Star:
		return ir.ColumnItem{Name: "*", Wild: true}, true
	case *syntax.Wildcard:
		return ir.ColumnItem{Name: x.Pattern, Wild: true}, true
	}
	l.fail(CodeArguments, x.Span(), "expected the name of a column")
	return ir.ColumnItem{}, false
}

func (l *lowerer) renameItem(op *ir.Columns, x syntax.Expr) bool {
	n, ok := x.(*syntax.Named)
	if !ok {
		l.fail(CodeArguments, x.Span(), "expected new = old")
		return false
	}
	old, ok := n.X.(*syntax.Name)
	if !ok {
		l.fail(CodeArguments, n.X.Span(), "expected the name of a column")
		return false
	}
	op.Items = append(op.Items, ir.ColumnItem{Name: old.Name, To: n.Name.Name})
	return true
}

// chosenRow is what is known of the row after away or keep; keep by names alone says all columns.
func chosenRow(op *ir.Columns, row *schema) *schema {
	keep := op.Kind == ir.ColumnsKeep
	out := &schema{open: !keep}
	for _, c := range row.cols {
		hit := false
		for _, it := range op.Items {
			hit = hit || it.Matches(c.Name)
		}
		if hit == keep {
			out.cols = append(out.cols, c)
		}
	}
	if !keep {
		return out
	}
	// Which columns are kept, and in which order, shows only when the query runs; those named can be read.
	out.open = true
	for _, it := range op.Items {
		if _, known := out.find(it.Name); !it.Wild && !known {
			out.cols = append(out.cols, ir.Column{Name: it.Name})
		}
	}
	return out
}

func renamedRow(op *ir.Columns, row *schema) *schema {
	out := &schema{open: true}
	for _, c := range row.cols {
		for _, it := range op.Items {
			if it.Name == c.Name {
				c.Name = it.To
				break
			}
		}
		out.cols = append(out.cols, c)
	}
	for _, it := range op.Items {
		if _, known := out.find(it.To); !known {
			out.cols = append(out.cols, ir.Column{Name: it.To})
		}
	}
	return out
}

// packAll packs the columns of the row: by name where they are known.
func (l *lowerer) packAll(x *syntax.Call, c *ctx) ir.Expr {
	skip := false
	if len(x.Args) == 1 {
		lit, ok := l.expr(x.Args[0], c).(*ir.Lit)
		if ok {
			skip, ok = lit.Value.V.(bool)
		}
		if !ok {
			return l.refuse(x.Args[0].Span(), "an argument of pack_all that is not true or false", "", "")
		}
	}
	if c.row.open || skip {
		return &ir.PackAll{At: at(x), SkipEmpty: skip}
	}
	p := &ir.Pack{At: at(x)}
	for _, col := range c.row.cols {
		p.Keys = append(p.Keys, col.Name)
		p.Vals = append(p.Vals, &ir.Col{At: at(x), Name: col.Name, T: col.Type})
	}
	return p
}

// ifExists reads a column when the row has it, else the second argument.
func (l *lowerer) ifExists(x *syntax.Call, c *ctx) ir.Expr {
	name, ok := ir.ConstString(l.expr(x.Args[0], c))
	if !ok {
		return l.refuse(x.Args[0].Span(), "the name of a column that is not a constant", "", "")
	}
	if col, ok := c.row.find(name); ok && (col.Type != ir.TypeUnset || !c.row.open) {
		return &ir.Col{At: at(x), Name: col.Name, T: col.Type}
	}
	other := l.expr(x.Args[1], c)
	if c.row.open && !isBad(other) {
		return &ir.IfExists{At: at(x), Name: name, Else: other}
	}
	return other
}

// anyColumn lowers `* has "x"`: a test of every column's text. https://learn.microsoft.com/en-us/kusto/query/where-operator
func (l *lowerer) anyColumn(x *syntax.Binary, c *ctx) ir.Expr {
	name, negated := strings.CutPrefix(string(x.Op), "!")
	t, ok := textTests[name]
	if !ok {
		switch x.Op {
		case "==", "!=":
			t, negated, ok = test{ir.Equal, ir.Exact}, x.Op == "!=", true
		case "=~", "!~":
			t, negated, ok = test{ir.Equal, ir.Fold}, x.Op == "!~", true
		}
	}
	if !ok || negated {
		return l.refuse(x.OpAt, "the operator "+string(x.Op)+" on every column", "", "use has, contains or the like, under not() to negate it")
	}
	needle := l.expr(x.Y, c)
	if isBad(needle) {
		return needle
	}
	if !textual(ir.TypeOf(needle)) {
		return l.refuse(x.Y.Span(), "a test of every column against a value of type "+ir.TypeOf(needle).String(), "", "write it as a string")
	}
	return &ir.AnyColumn{At: at(x), Kind: t.kind, Case: t.cas, Needles: []ir.Expr{needle}}
}

// anyColumnIn lowers `* has_any ("x", "y")` and its like.
func (l *lowerer) anyColumnIn(x *syntax.In, c *ctx) ir.Expr {
	var items []ir.Expr
	for _, it := range x.List {
		items = append(items, l.expr(it, c))
	}
	needles, ok := l.needles(items)
	if !ok {
		return &ir.Bad{At: at(x)}
	}
	out := &ir.AnyColumn{At: at(x), Needles: textNeedles(needles)}
	switch x.Op {
	case "has_any", "has_all":
		out.Kind, out.Case, out.All = ir.Term, ir.Fold, x.Op == "has_all"
	case "in":
		out.Kind, out.Case = ir.Equal, ir.Exact
	case "in~":
		out.Kind, out.Case = ir.Equal, ir.Fold
	default:
		return l.refuse(x.OpAt, "the operator "+string(x.Op)+" on every column", "", "use it under not()")
	}
	return out
}
