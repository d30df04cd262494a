package kql

import (
	"fmt"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// scan lowers its steps over the row and the declared columns.
func (l *lowerer) scan(o *syntax.Scan, r *relation, env *scope) {
	if len(o.OrderBy) > 0 || len(o.PartitionBy) > 0 {
		l.refuse(firstWord(l.src, o), "scan with an order or partition of its own", "", "use sort and partition before it")
		l.badOp(o, r)
		return
	}
	l.needsOrder(firstWord(l.src, o), "scan")
	op := &ir.Scan{At: at(o)}
	row := r.row
	for _, p := range o.Params {
		if p.Name != "with_match_id" {
			continue
		}
		n, ok := p.Value.(*syntax.Name)
		if !ok {
			l.fail(CodeArguments, p.Span(), "expected the name of a column")
			l.badOp(o, r)
			return
		}
		op.MatchID = n.Name
	}
	for _, d := range o.Declare {
		col, ok := l.declared(d, row, env)
		if !ok {
			l.badOp(o, r)
			return
		}
		op.Declare = append(op.Declare, col)
		row = row.with(ir.Column{Name: col.Name, Type: col.T})
	}
	c := &ctx{row: row, env: env, steps: map[string]bool{}}
	for _, st := range o.Steps {
		if c.steps[st.Name.Name] {
			l.fail(CodeArguments, st.Name.Span(), "there are two steps named %s", st.Name.Name)
			l.badOp(o, r)
			return
		}
		c.steps[st.Name.Name] = true
	}
	for _, st := range o.Steps {
		step, ok := l.scanStep(st, op, c)
		if !ok {
			l.badOp(o, r)
			return
		}
		op.Steps = append(op.Steps, step)
	}
	if op.MatchID != "" {
		if _, taken := row.find(op.MatchID); taken {
			l.fail(CodeArguments, firstWord(l.src, o), "the column %s exists already", op.MatchID)
			l.badOp(o, r)
			return
		}
		row = row.with(ir.Column{Name: op.MatchID, Type: ir.Long})
	}
	r.add(op)
	r.row = row
}

func (l *lowerer) declared(d *syntax.ParamDecl, row *schema, env *scope) (ir.ScanCol, bool) {
	t, ok := ir.ParseType(d.Type)
	if !ok || d.Table {
		l.fail(CodeType, d.Span(), "%q is not a type", d.Type)
		return ir.ScanCol{}, false
	}
	if _, taken := row.find(d.Name.Name); taken {
		l.fail(CodeArguments, d.Name.Span(), "the column %s exists already", d.Name.Name)
		return ir.ScanCol{}, false
	}
	col := ir.ScanCol{Name: d.Name.Name, T: t}
	if d.Default != nil {
		col.Default = l.expr(d.Default, &ctx{row: &schema{}, env: env})
	}
	return col, !isBad(col.Default)
}

func (l *lowerer) scanStep(st *syntax.ScanStep, op *ir.Scan, c *ctx) (ir.ScanStep, bool) {
	out := ir.ScanStep{Name: st.Name.Name, Optional: st.Optional, Cond: l.predicate(st.Cond, c)}
	switch st.Output {
	case "", "all":
	case "last":
		out.Output = ir.ScanLast
	case "none":
		out.Output = ir.ScanNone
	default:
		l.fail(CodeArguments, st.Span(), "the output of a step is all, last or none, found %s", st.Output)
		return out, false
	}
	if isBad(out.Cond) {
		return out, false
	}
	for _, a := range st.Assigns {
		n, ok := a.(*syntax.Named)
		if !ok {
			l.fail(CodeArguments, a.Span(), "expected column = value")
			return out, false
		}
		if !declares(op, n.Name.Name) {
			l.undeclared(n.Name, op)
			return out, false
		}
		v := l.expr(n.X, c)
		if isBad(v) {
			return out, false
		}
		out.Assigns = append(out.Assigns, ir.Named{Name: n.Name.Name, X: v})
	}
	return out, true
}

func declares(op *ir.Scan, name string) bool {
	for _, d := range op.Declare {
		if d.Name == name {
			return true
		}
	}
	return false
}

func (l *lowerer) undeclared(n *syntax.Name, op *ir.Scan) {
	var names []string
	for _, d := range op.Declare {
		names = append(names, d.Name)
	}
	hint := "declare it before with"
	if near := nearestSorted(n.Name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	l.report(diag.Error, CodeColumn, n.Span(), fmt.Sprintf("a step assigns %s, which is not declared", n.Name), "", hint)
}

// stepColumn reads step.column and step.["column"] inside a scan.
func (l *lowerer) stepColumn(x syntax.Expr, c *ctx) (ir.Expr, bool) {
	if len(c.steps) == 0 {
		return nil, false
	}
	var base syntax.Expr
	var name string
	switch x := x.(type) {
	case *syntax.Path:
		base, name = x.X, x.Name.Name
	case *syntax.Index:
		lit, ok := x.I.(*syntax.Literal)
		if !ok || lit.Kind != syntax.KindString {
			return nil, false
		}
		base, name = x.X, lit.Str
	}
	n, ok := base.(*syntax.Name)
	if !ok || !c.steps[n.Name] {
		return nil, false
	}
	col, known := c.row.find(name)
	if !known && !c.row.open {
		hint := ""
		if near := diag.Nearest(name, c.row.names()); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.report(diag.Error, CodeColumn, x.Span(), "there is no column named "+name+" in the state of a step", "", hint)
		return &ir.Bad{At: at(x)}, true
	}
	return &ir.StepCol{At: at(x), Step: n.Name, Name: name, T: col.Type}, true
}
