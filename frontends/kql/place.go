package kql

import (
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// places are the functions that name where a table is. Read-only.
var places = map[string]bool{"cluster": true, "database": true, "workspace": true, "app": true, "resource": true, "adx": true, "arg": true}

// remote lowers workspace("x").T and its like: the table of another place, which is not the table of that name here.
func (l *lowerer) remote(x *syntax.Path, env *scope) *relation {
	scope, ok := l.place(x.X, env)
	if !ok {
		return badTable(x)
	}
	return l.unordered(&relation{pipe: &ir.Pipeline{From: &ir.Remote{At: at(x), Scope: scope, Table: x.Name.Name}}, row: &schema{open: true}, name: x.Name.Name})
}

// remoteCall is remote for database("x").table("T").
func (l *lowerer) remoteCall(x *syntax.Call, env *scope) *relation {
	scope, ok := l.place(x.Recv, env)
	if !ok {
		return badTable(x)
	}
	if len(x.Args) == 1 && x.Func.Name == "table" {
		if name, ok := ir.ConstString(l.expr(x.Args[0], &ctx{row: &schema{}, env: env})); ok {
			return l.unordered(&relation{pipe: &ir.Pipeline{From: &ir.Remote{At: at(x), Scope: scope, Table: name}}, row: &schema{open: true}, name: name})
		}
	}
	l.refuse(x.Span(), "this function of another place", "", "")
	return badTable(x)
}

// place spells where a table is in the language's own form.
func (l *lowerer) place(x syntax.Expr, env *scope) (string, bool) {
	call, ok := x.(*syntax.Call)
	if !ok || !places[call.Func.Name] || len(call.Args) > 1 {
		l.refuse(x.Span(), "this place of a table", "", "write workspace(\"…\") or cluster(\"…\").database(\"…\")")
		return "", false
	}
	text := call.Func.Name + "()"
	if len(call.Args) == 1 {
		name, ok := ir.ConstString(l.expr(call.Args[0], &ctx{row: &schema{}, env: env}))
		if !ok {
			l.refuse(call.Args[0].Span(), "the name of a place that is not a constant", "", "")
			return "", false
		}
		text = call.Func.Name + "(" + ir.Value{Type: ir.String, V: name}.String() + ")"
	}
	if call.Recv == nil {
		return text, true
	}
	outer, ok := l.place(call.Recv, env)
	return outer + "." + text, ok
}

// external lowers externaldata: its rows are those of files, which are never fetched here.
func (l *lowerer) external(x *syntax.ExternalData, env *scope) *relation {
	cols, ok := l.columns(x.Columns)
	if !ok {
		return badTable(x)
	}
	src := &ir.External{At: at(x), Columns: cols}
	c := &ctx{row: &schema{}, env: env}
	for _, u := range x.URIs {
		uri, ok := ir.ConstString(l.expr(u, c))
		if !ok {
			l.refuse(u.Span(), "the address of a file that is not a constant", "", "")
			return badTable(x)
		}
		src.URIs = append(src.URIs, uri)
	}
	for _, p := range x.Props {
		v, ok := l.propValue(p, c)
		if !ok {
			return badTable(x)
		}
		src.Props = append(src.Props, ir.Prop{Name: p.Name, Value: v})
	}
	return l.unordered(&relation{pipe: &ir.Pipeline{From: src}, row: &schema{cols: cols}})
}

// propValue reads the value of a property: a constant, or a bare word that stands for its text.
func (l *lowerer) propValue(p *syntax.Param, c *ctx) (ir.Value, bool) {
	if n, ok := p.Value.(*syntax.Name); ok && c.env.find(n.Name) == nil {
		return ir.Value{Type: ir.String, V: n.Name}, true
	}
	lit, ok := l.expr(p.Value, c).(*ir.Lit)
	if !ok {
		l.refuse(p.Span(), "a property that is not a constant", "", "")
		return ir.Value{}, false
	}
	return lit.Value, true
}
