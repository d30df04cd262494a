package kql

import (
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// partition lowers both forms: operators that read the rows of one value of the key, and a query of its own that may ask for the
// value. learn.microsoft.com/kusto/query/partition-operator
func (l *lowerer) partition(o *syntax.Partition, r *relation, env *scope) {
	n, ok := o.By.(*syntax.Name)
	if !ok {
		l.refuse(o.By.Span(), "a partition by an expression", "", "extend a column first")
		l.badOp(o, r)
		return
	}
	key, ok := l.name(n, &ctx{row: r.row}).(*ir.Col)
	if !ok {
		l.badOp(o, r)
		return
	}
	op := &ir.Partition{At: at(o), Key: key.Name, KeyT: key.T}
	switch text, p := option(o.Params, "hint.strategy"); text {
	case "native", "shuffle":
		op.Strategy = text
	case "", "legacy":
	default:
		l.fail(CodeArguments, p.Span(), "there is no strategy %s of partition", text)
		l.badOp(o, r)
		return
	}
	if sub, ok := o.Sub.(*syntax.Pipe); ok && sub.Source == nil {
		ops, row, ok := l.onRows(sub, r.row, env, "partition")
		if !ok {
			l.badOp(o, r)
			return
		}
		op.Ops, r.row = ops, row
		r.add(op)
		return
	}
	inner := &scope{parent: env, name: key.Name, def: &def{name: key.Name, param: true, row: &schema{},
		memo: &ir.KeyOf{At: at(o.By), Name: key.Name, T: key.T}, size: 1}}
	sub := l.table(o.Sub, inner)
	op.Sub, r.row = sub.pipe, sub.row
	r.add(op)
}

// onRows lowers operators that read the rows around them; where names the operator that holds them.
func (l *lowerer) onRows(sub *syntax.Pipe, row *schema, env *scope, where string) ([]ir.Op, *schema, bool) {
	from := &ir.Rows{At: at(sub), Columns: row.cols}
	inner := l.unordered(&relation{pipe: &ir.Pipeline{From: from}, row: row})
	for _, o := range sub.Ops {
		if !l.grow(1, o.Span()) {
			return nil, nil, false
		}
		l.operator(o, inner, env)
		if inner.pipe.From != ir.Source(from) {
			l.refuse(firstWord(l.src, o), operatorName(o)+" inside "+where, "it needs a table of its own", "")
			return nil, nil, false
		}
	}
	return inner.pipe.Ops, inner.row, true
}
