package kql

import (
	"fmt"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

func (l *lowerer) call(x *syntax.Call, c *ctx) ir.Expr {
	if x.Recv != nil {
		return l.refuse(x.Span(), "the call of "+x.Func.Name+" on a value", "", "")
	}
	if d := c.env.find(x.Func.Name); d != nil {
		f, ok := d.body.(*syntax.Function)
		if !ok {
			return l.fail(CodeFunction, x.Func.Span(), "%s is not a function", x.Func.Name)
		}
		return l.inline(f, d, x.Args, x, c)
	}
	if f, ok := rowFacts[x.Func.Name]; ok {
		return l.rowCall(f, x, c)
	}
	f, ok := findFunction(x.Func.Name)
	if !ok {
		return l.unknownFunction(x, c)
	}
	if n := len(x.Args); n < f.min || n > f.max {
		return l.fail(CodeArguments, x.Span(), "%s takes %s, found %d", x.Func.Name, arity(f.min, f.max), n)
	}
	return l.build(f, x, c)
}

func arity(lo, hi int) string {
	switch {
	case lo == hi && lo == 1:
		return "1 argument"
	case lo == hi:
		return fmt.Sprintf("%d arguments", lo)
	case hi == many:
		return fmt.Sprintf("at least %d arguments", lo)
	}
	return fmt.Sprintf("%d to %d arguments", lo, hi)
}

func (l *lowerer) unknownFunction(x *syntax.Call, c *ctx) ir.Expr {
	name := x.Func.Name
	if f, ok := findAggregate(name); ok {
		if c.agg != nil {
			return c.agg(f, x)
		}
		return l.fail(CodeFunction, x.Func.Span(), "the aggregate %s stands only in summarize", name)
	}
	if l.calls[name] > 0 {
		return l.callsItself(x)
	}
	if near := nearestFunction(name); near != "" {
		l.report(diag.Error, CodeFunction, x.Func.Span(), "there is no function "+name, "", "did you mean "+near+"?")
		return &ir.Bad{At: at(x)}
	}
	return l.refuse(x.Func.Span(), "the function "+name, whyRefused[name], "")
}

// callsItself reports a function inside its own body, where its name is not defined.
func (l *lowerer) callsItself(x *syntax.Call) *ir.Bad {
	l.report(diag.Error, CodeFunction, x.Func.Span(), "the function "+x.Func.Name+" calls itself", "a definition sees only what stands before it", "")
	return &ir.Bad{At: at(x)}
}

// inline puts the body of a scalar function in place of its call.
func (l *lowerer) inline(f *syntax.Function, d *def, args []syntax.Expr, n syntax.Node, c *ctx) ir.Expr {
	env, ok := l.bind(f, d, args, n, c)
	if !ok {
		return &ir.Bad{At: at(n)}
	}
	l.calls[d.name]++
	defer func() { l.calls[d.name]-- }()
	env, last := l.statements(f.Body, env)
	if last == nil {
		return l.fail(CodeArguments, n.Span(), "the function %s has no result", d.name)
	}
	if l.isTabular(last, env) {
		return l.refuse(n.Span(), "the table of "+d.name+" as a value", "a value per row is expected here", "")
	}
	return l.expr(last, &ctx{row: &schema{}, env: env})
}

// bind ties arguments to parameters. An argument is read where the call stands: its own definitions and row.
func (l *lowerer) bind(f *syntax.Function, d *def, args []syntax.Expr, n syntax.Node, c *ctx) (*scope, bool) {
	env := d.env
	given := map[string]syntax.Expr{}
	inOrder := true
	for i, a := range args {
		if named, ok := a.(*syntax.Named); ok {
			given[named.Name.Name] = named.X
			inOrder = inOrder && i < len(f.Params) && f.Params[i].Name.Name == named.Name.Name
			continue
		}
		if i >= len(f.Params) {
			l.fail(CodeArguments, n.Span(), "%s takes %s, found %d", d.name, arity(len(f.Params), len(f.Params)), len(args))
			return nil, false
		}
		if !inOrder {
			l.fail(CodeArguments, a.Span(), "an argument without a name stands behind one that is named out of order")
			return nil, false
		}
		given[f.Params[i].Name.Name] = a
	}
	for _, p := range f.Params {
		name := p.Name.Name
		arg := &def{name: name, env: c.env, row: c.row, level: l.level, agg: c.agg, steps: c.steps, body: given[name], param: true, table: p.Table}
		if arg.body == nil {
			if p.Default == nil {
				l.fail(CodeArguments, n.Span(), "%s needs a value for %s", d.name, name)
				return nil, false
			}
			arg.body, arg.env, arg.row = p.Default, d.env, &schema{}
		}
		env = &scope{parent: env, name: name, def: arg}
	}
	return env, true
}
