package kql

import (
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// rangeSource lowers range x from a to b step c.
func (l *lowerer) rangeSource(x *syntax.Range, env *scope) *relation {
	c := &ctx{row: &schema{}, env: env}
	op := &ir.Range{At: at(x), Name: x.Name.Name}
	bad := false
	for _, end := range []struct {
		x  syntax.Expr
		to *ir.Expr
	}{{x.From, &op.From}, {x.To, &op.To}, {x.Step, &op.Step}} {
		*end.to = fold(l.expr(end.x, c))
		bad = bad || isBad(*end.to)
	}
	if bad {
		return badTable(x)
	}
	from, to, step := ir.TypeOf(op.From), ir.TypeOf(op.To), ir.TypeOf(op.Step)
	op.T = from
	switch {
	case from == ir.Datetime && to == ir.Datetime && step == ir.Timespan, from == ir.Timespan && to == from && step == from:
	case from.Numeric() && to.Numeric() && step.Numeric():
		op.T = wider(wider(from, to), step)
		if op.T == ir.Int {
			op.T = ir.Long
		}
	default:
		l.fail(CodeType, x.Span(), "range from %s to %s step %s", from, to, step)
		return badTable(x)
	}
	if lit, ok := op.Step.(*ir.Lit); ok && (lit.Value.V == int64(0) || lit.Value.V == 0.0) {
		l.fail(CodeType, x.Step.Span(), "the step of range is 0")
		return badTable(x)
	}
	return &relation{pipe: &ir.Pipeline{From: op}, row: &schema{cols: []ir.Column{{Name: op.Name, Type: op.T}}}}
}

// systemTypes are the names that getschema gives the types, beside their own. Read-only.
var systemTypes = map[ir.Type]string{
	ir.Bool: "System.SByte", ir.Int: "System.Int32", ir.Long: "System.Int64", ir.Real: "System.Double",
	ir.Decimal: "System.Data.SqlTypes.SqlDecimal", ir.String: "System.String", ir.Datetime: "System.DateTime",
	ir.Timespan: "System.TimeSpan", ir.GUID: "System.Guid", ir.Dynamic: "System.Object",
}

// getSchema lowers to the rows themselves: the columns are known here or nowhere.
func (l *lowerer) getSchema(o *syntax.GetSchema, r *relation) {
	if hasBadOp(r.pipe) {
		return
	}
	out := &ir.Rows{At: at(o), Columns: []ir.Column{{Name: "ColumnName", Type: ir.String}, {Name: "ColumnOrdinal", Type: ir.Int},
		{Name: "DataType", Type: ir.String}, {Name: "ColumnType", Type: ir.String}}}
	known := !r.row.open
	for i, c := range r.row.cols {
		name, ok := systemTypes[c.Type]
		known = known && ok
		out.Values = append(out.Values, []ir.Value{{Type: ir.String, V: c.Name}, {Type: ir.Int, V: int64(i)}, {Type: ir.String, V: name},
			{Type: ir.String, V: c.Type.String()}})
	}
	if !known {
		l.refuse(firstWord(l.src, o), "getschema on a table without a schema", "its columns and their types are not known", "give the table's schema")
		l.badOp(o, r)
		return
	}
	*r = relation{pipe: &ir.Pipeline{From: out}, row: &schema{cols: out.Columns}}
}

// sampleDistinct takes any of the distinct values.
func (l *lowerer) sampleDistinct(o *syntax.SampleDistinct, r *relation, c *ctx) {
	n, ok := l.count(o.N, c.env)
	of, good := l.item(o.Of, c)
	if !ok || !good || isBad(of.lifted) {
		l.badOp(o, r)
		return
	}
	key := ir.Named{Name: columnName(of, newNameSet()), X: of.lifted}
	r.add(&ir.Aggregate{At: at(o), Keys: []ir.Named{key}}, &ir.Sample{At: at(o), N: n})
	r.row = rowOf([]ir.Named{key})
}

// distinctRows is distinct * where the columns are not known.
func distinctRows(items []syntax.Expr, open bool) (diag.Span, bool) {
	if len(items) != 1 || !open {
		return diag.Span{}, false
	}
	s, ok := items[0].(*syntax.Star)
	if !ok {
		return diag.Span{}, false
	}
	return s.Span(), true
}
