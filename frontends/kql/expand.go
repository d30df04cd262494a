package kql

import (
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// expansion lowers what mv-expand and mv-apply share; row is the row with the expanded columns.
func (l *lowerer) expansion(params []*syntax.Param, items []*syntax.ExpandItem, limit syntax.Expr, r *relation, c *ctx) (e ir.Expansion, row *schema, ok bool) {
	e.Limit = ir.NoLimit
	for _, p := range params {
		text, _ := option([]*syntax.Param{p}, p.Name)
		switch p.Name {
		case "with_itemindex":
			e.Index = text
		case "kind", "bagexpansion":
			switch text {
			case "bag":
			case "array":
				e.Pairs = true
			default:
				l.fail(CodeArguments, p.Span(), "%s is bag or array, found %s", p.Name, text)
				return e, nil, false
			}
		}
	}
	if limit != nil {
		if e.Limit, ok = l.count(limit, c.env); !ok {
			return e, nil, false
		}
	}
	row = r.row
	used := newNameSet()
	for _, it := range items {
		col, ok := l.expandItem(it, c)
		if !ok {
			return e, nil, false
		}
		if col.Name == "" {
			col.Name = columnName(column{}, used)
		} else if !used.take(col.Name) {
			l.fail(CodeArguments, it.Span(), "the column %s is expanded twice", col.Name)
			return e, nil, false
		}
		e.Cols = append(e.Cols, col)
		row = row.with(ir.Column{Name: col.Name, Type: orDynamic(col.To)})
	}
	if e.Index != "" {
		row = row.with(ir.Column{Name: e.Index, Type: ir.Long})
	}
	return e, row, true
}

func orDynamic(t ir.Type) ir.Type {
	if t == ir.TypeUnset {
		return ir.Dynamic
	}
	return t
}

func (l *lowerer) expandItem(it *syntax.ExpandItem, c *ctx) (ir.ExpandCol, bool) {
	col, ok := l.item(it.X, c)
	if !ok || isBad(col.lifted) {
		return ir.ExpandCol{}, false
	}
	if t := ir.TypeOf(col.lifted); t != ir.Dynamic && t != ir.TypeUnset {
		l.fail(CodeType, it.X.Span(), "an expansion needs a dynamic value, found %s", t)
		return ir.ExpandCol{}, false
	}
	out := ir.ExpandCol{Name: col.name, X: col.lifted}
	if it.To != nil {
		t, known := ir.ParseType(it.To.Type)
		if !known {
			l.fail(CodeType, it.To.Span(), "%s is not a type", it.To.Type)
			return out, false
		}
		out.To = t
	}
	return out, true
}

// expand lowers mv-expand: one column without options is an Expand, which every target knows.
func (l *lowerer) expand(o *syntax.MvExpand, r *relation, c *ctx) {
	e, row, ok := l.expansion(o.Params, o.Items, o.Limit, r, c)
	if !ok {
		l.badOp(o, r)
		return
	}
	if len(e.Cols) == 1 && e.Index == "" && !e.Pairs && e.Limit == ir.NoLimit {
		r.add(&ir.Expand{At: at(o), Name: e.Cols[0].Name, X: e.Cols[0].X, To: e.Cols[0].To})
	} else {
		r.add(&ir.ExpandMany{At: at(o), Expansion: e})
	}
	r.row = row
}

// apply lowers mv-apply: the operators of its subquery run on the rows that one row expands to.
func (l *lowerer) apply(o *syntax.MvApply, r *relation, c *ctx) {
	e, row, ok := l.expansion(o.Params, o.Items, o.Limit, r, c)
	sub, isPipe := o.Sub.(*syntax.Pipe)
	if ok && (!isPipe || sub.Source != nil) {
		l.refuse(o.Sub.Span(), "a subquery of mv-apply that reads a table of its own", "", "begin it with an operator")
		ok = false
	}
	if !ok {
		l.badOp(o, r)
		return
	}
	ops, innerRow, ok := l.onRows(sub, row, c.env, "mv-apply")
	if !ok {
		l.badOp(o, r)
		return
	}
	out, ok := l.appliedRow(o, &e, r.row, innerRow, ops)
	if !ok {
		l.badOp(o, r)
		return
	}
	r.add(&ir.Apply{At: at(o), Expansion: e, Ops: ops})
	r.row = out
}

// appliedRow is the row's columns that are not expanded, then those of the subquery that it does not have.
func (l *lowerer) appliedRow(o *syntax.MvApply, e *ir.Expansion, outer, inner *schema, ops []ir.Op) (*schema, bool) {
	out := &schema{open: outer.open}
	expanded := map[string]bool{e.Index: true}
	for _, c := range e.Cols {
		expanded[c.Name] = true
	}
	for _, c := range outer.cols {
		if !expanded[c.Name] {
			out.cols = append(out.cols, c)
		}
	}
	kept := len(out.cols)
	for _, c := range inner.cols {
		if i := indexColumn(out.cols[:kept], c.Name); i >= 0 {
			if ir.Remakes(ops, c.Name) {
				l.report(diag.Refused, CodeUnsupported, o.Sub.Span(), "a column "+c.Name+" of the subquery, which the row has already, is not supported",
					"which of the two the result has is not documented", "give it another name")
				return nil, false
			}
			continue
		}
		out.cols = append(out.cols, c)
	}
	return out, true
}

func indexColumn(cols []ir.Column, name string) int {
	for i, c := range cols {
		if c.Name == name {
			return i
		}
	}
	return -1
}
