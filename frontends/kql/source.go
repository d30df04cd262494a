package kql

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// isTabular says whether an expression of a statement or let stands for rows. A name that is not defined is a table there.
func (l *lowerer) isTabular(x syntax.Expr, env *scope) bool {
	switch x := x.(type) {
	case *syntax.Pipe, *syntax.Print, *syntax.Range, *syntax.Datatable, *syntax.ExternalData, *syntax.Wildcard,
		*syntax.PathWildcard, *syntax.MacroExpand:
		return true
	case *syntax.Name:
		d := env.find(x.Name)
		if d == nil {
			return true
		}
		return l.isTabularDef(d)
	case *syntax.Call:
		return l.isTabularCall(x, env)
	case *syntax.Path:
		// database("x").T
		c, ok := x.X.(*syntax.Call)
		return ok && l.isTabularCall(c, env)
	default:
		return false
	}
}

func (l *lowerer) isTabularDef(d *def) bool {
	switch {
	case d.rel != nil || d.ref != "":
		return true
	case d.memo != nil:
		return false
	case d.param:
		return d.table
	}
	if f, ok := d.body.(*syntax.Function); ok {
		return l.isTabularFunction(f, d.env)
	}
	return l.isTabular(d.body, d.env)
}

func (l *lowerer) isTabularFunction(f *syntax.Function, env *scope) bool {
	for _, p := range f.Params {
		env = &scope{parent: env, name: p.Name.Name, def: &def{name: p.Name.Name, param: true, table: p.Table}}
	}
	var last syntax.Expr
	for _, st := range f.Body {
		switch st := st.(type) {
		case *syntax.Let:
			env = &scope{parent: env, name: st.Name.Name, def: &def{name: st.Name.Name, body: st.Body, env: env, row: &schema{}}}
		case *syntax.Query:
			last = st.X
		}
	}
	return last != nil && l.isTabular(last, env)
}

// tabularCalls are functions of the language whose result is rows. Read-only.
var tabularCalls = map[string]bool{
	"materialize": true, "table": true, "database": true, "cluster": true, "workspace": true, "app": true, "resource": true,
	"_GetWatchlist": true, "externaldata": true, "view": true, "adx": true, "arg": true,
}

func (l *lowerer) isTabularCall(x *syntax.Call, env *scope) bool {
	if x.Recv != nil {
		c, ok := x.Recv.(*syntax.Call)
		return ok && l.isTabularCall(c, env)
	}
	if d := env.find(x.Func.Name); d != nil {
		f, ok := d.body.(*syntax.Function)
		return ok && l.isTabularFunction(f, d.env)
	}
	if _, ok := findFunction(x.Func.Name); ok {
		return false
	}
	if tabularCalls[x.Func.Name] {
		return true
	}
	// An unknown function at the place of a table is a saved function of the workspace; anywhere else the caller reports it.
	return false
}

// isTabularIn says whether an item of an in list is a table: a column of the row comes first.
func (l *lowerer) isTabularIn(x syntax.Expr, c *ctx) bool {
	if n, ok := x.(*syntax.Name); ok {
		if _, found := c.row.find(n.Name); found {
			return false
		}
		if d := c.env.find(n.Name); d != nil {
			return l.isTabularDef(d)
		}
		// Neither column nor definition: only a known table is one.
		_, known := l.opt.Schemas[n.Name]
		return known
	}
	return l.isTabular(x, c.env)
}

// badTable stands for rows that could not be lowered; its open schema keeps later steps quiet.
func badTable(n syntax.Node) *relation {
	return &relation{&ir.Pipeline{From: &ir.Table{At: at(n), Open: true}, Ops: []ir.Op{&ir.BadOp{At: at(n)}}}, &schema{open: true}, ""}
}

// table lowers an expression that stands for rows. The result belongs to the caller, who may append ops.
func (l *lowerer) table(x syntax.Expr, env *scope) *relation {
	if !l.grow(1, x.Span()) {
		return badTable(x)
	}
	switch x := x.(type) {
	case *syntax.Pipe:
		return l.pipe(x, env)
	case *syntax.Name:
		return l.namedTable(x, env)
	case *syntax.Call:
		return l.tableCall(x, env)
	case *syntax.Datatable:
		return l.datatable(x, env)
	case *syntax.Print:
		return l.print(x, env)
	case *syntax.Range:
		return l.rangeSource(x, env)
	case *syntax.ExternalData:
		return l.external(x, env)
	case *syntax.Wildcard:
		l.refuse(x.Span(), "the table pattern "+x.Pattern, "which tables it means depends on the workspace", "name the tables")
	case *syntax.PathWildcard:
		l.refuse(x.Span(), "the table pattern "+x.Pattern+" of another database", "", "")
	case *syntax.MacroExpand:
		l.refuse(x.Span(), "macro-expand", "which databases it means depends on the cluster", "write the query once per database, with union")
	case *syntax.Path:
		return l.remote(x, env)
	case *syntax.Named:
		return l.table(x.X, env)
	case *syntax.Bad:
	default:
		l.fail(CodeNoTabular, x.Span(), "a table is expected here")
	}
	return badTable(x)
}

func (l *lowerer) pipe(x *syntax.Pipe, env *scope) *relation {
	ops := x.Ops
	var r *relation
	switch {
	case x.Source != nil:
		r = l.table(x.Source, env)
	case len(ops) > 0:
		switch o := ops[0].(type) {
		case *syntax.Union:
			r = l.union(o, nil, env)
		case *syntax.Search:
			r = l.search(o, nil, env)
		case *syntax.Find:
			r = l.find(o, env)
		default:
			l.refuse(ops[0].Span(), operatorName(ops[0])+" as a source", "", "begin with a table")
			return badTable(x)
		}
		ops = ops[1:]
	default:
		return badTable(x)
	}
	for _, o := range ops {
		if !l.grow(1, o.Span()) {
			break
		}
		l.operator(o, r, env)
		if as, ok := o.(*syntax.As); ok {
			env = l.asName(as, r, env)
		}
	}
	return r
}

// asName binds the rows so far to a name that the later operators of the pipe may use.
func (l *lowerer) asName(o *syntax.As, r *relation, env *scope) *scope {
	r.name = o.Name.Name
	r.pipe.Ops = slices.Clip(r.pipe.Ops)
	so := &relation{pipe: &ir.Pipeline{From: r.pipe.From, Ops: r.pipe.Ops}, row: r.row, name: r.name}
	l.shuffled[so.pipe] = l.shuffled[r.pipe]
	return &scope{parent: env, name: r.name, def: &def{name: r.name, rel: so, param: true, table: true}}
}

func (l *lowerer) namedTable(x *syntax.Name, env *scope) *relation {
	if d := env.find(x.Name); d != nil {
		return l.definedTable(d, x)
	}
	t, known := l.opt.Schemas[x.Name]
	if known {
		row := &schema{cols: t.Columns, open: t.Open}
		return l.unordered(&relation{&ir.Pipeline{From: &ir.Table{At: at(x), Name: x.Name, Time: l.timeOf(row), Columns: t.Columns, Open: t.Open}}, row, x.Name})
	}
	if !l.noted[x.Name] {
		l.noted[x.Name] = true
		names := make([]string, 0, len(l.opt.Schemas))
		for n := range l.opt.Schemas {
			names = append(names, n)
		}
		hint := ""
		if near := nearestSorted(x.Name, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.report(diag.Note, CodeTable, x.Span(), "no schema is known for the table "+x.Name, "its columns are not checked and have no types", hint)
	}
	row := &schema{cols: l.everyTable(), open: true}
	return l.unordered(&relation{&ir.Pipeline{From: &ir.Table{At: at(x), Name: x.Name, Time: l.opt.Time, Open: true}}, row, x.Name})
}

// everyTable are the columns that a table without a schema has: its time. "All tables in a Log Analytics workspace must have a column named
// TimeGenerated", also custom ones; in Defender the events have Timestamp.
// https://learn.microsoft.com/azure/azure-monitor/logs/create-custom-table
func (l *lowerer) everyTable() []ir.Column {
	if l.opt.Time == "" {
		return nil
	}
	return []ir.Column{{Name: l.opt.Time, Type: ir.Datetime}}
}

// timeOf returns the column that holds the event's time.
func (l *lowerer) timeOf(row *schema) string {
	for _, n := range []string{"TimeGenerated", "Timestamp"} {
		if c, ok := row.find(n); ok && c.Type == ir.Datetime {
			return n
		}
	}
	return ""
}

// definedTable refers to a let: its first use makes the binding.
func (l *lowerer) definedTable(d *def, x *syntax.Name) *relation {
	if f, ok := d.body.(*syntax.Function); ok {
		r := l.tableFunction(f, d, nil, x, d.env, nil)
		r.name = x.Name
		return r
	}
	if d.ref == "" {
		if d.rel == nil {
			if !l.isTabularDef(d) {
				l.fail(CodeNoTabular, x.Span(), "%s is a value, a table is expected here", x.Name)
				return badTable(x)
			}
			before := l.nodes
			d.rel = l.table(d.body, d.env)
			d.size = l.nodes - before
		}
		d.ref = l.bindingName(d.name)
		l.bindings = append(l.bindings, ir.Binding{Name: d.ref, Pipe: d.rel.pipe})
	} else if !l.grow(d.size, x.Span()) {
		// A later pass may put the binding in place of each reference.
		return badTable(x)
	}
	out := &relation{&ir.Pipeline{From: &ir.Ref{At: at(x), Name: d.ref}}, d.rel.row, x.Name}
	l.shuffled[out.pipe] = l.shuffled[d.rel.pipe]
	return out
}

func (l *lowerer) tableCall(x *syntax.Call, env *scope) *relation {
	if x.Recv == nil {
		if d := env.find(x.Func.Name); d != nil {
			if f, ok := d.body.(*syntax.Function); ok {
				return l.tableFunction(f, d, x.Args, x, env, nil)
			}
		}
		switch {
		case x.Func.Name == "materialize" && len(x.Args) == 1:
			return l.table(x.Args[0], env)
		case x.Func.Name == "table" && len(x.Args) == 1:
			if name, ok := ir.ConstString(l.expr(x.Args[0], &ctx{row: &schema{}, env: env})); ok {
				n := &syntax.Name{Name: name}
				n.At = x.Args[0].Span()
				return l.namedTable(n, nil)
			}
		}
	} else if call, ok := x.Recv.(*syntax.Call); ok && places[call.Func.Name] {
		return l.remoteCall(x, env)
	}
	if x.Recv == nil && l.calls[x.Func.Name] > 0 {
		l.callsItself(x)
		return badTable(x)
	}
	l.refuse(x.Span(), "the table function "+x.Func.Name, "", "")
	return badTable(x)
}

// tableFunction puts the body of a function in place of its call. first, when not nil, is the table that invoke passes.
func (l *lowerer) tableFunction(f *syntax.Function, d *def, args []syntax.Expr, n syntax.Node, env *scope, first *relation) *relation {
	if first != nil {
		if len(f.Params) == 0 || !f.Params[0].Table {
			l.fail(CodeArguments, n.Span(), "%s takes no table", d.name)
			return badTable(n)
		}
	}
	rest := f
	if first != nil {
		c := *f
		c.Params = f.Params[1:]
		rest = &c
	}
	inner, ok := l.bind(rest, d, args, n, &ctx{row: &schema{}, env: env})
	if !ok {
		return badTable(n)
	}
	if first != nil {
		name := f.Params[0].Name.Name
		inner = &scope{parent: inner, name: name, def: &def{name: name, rel: first, param: true, table: true}}
	}
	l.calls[d.name]++
	defer func() { l.calls[d.name]-- }()
	inner, last := l.statements(f.Body, inner)
	if last == nil {
		l.fail(CodeArguments, n.Span(), "the function %s has no result", d.name)
		return badTable(n)
	}
	return l.table(last, inner)
}

func (l *lowerer) columns(decls []*syntax.ColumnDecl) ([]ir.Column, bool) {
	var cols []ir.Column
	for _, c := range decls {
		t, ok := ir.ParseType(c.Type)
		if !ok {
			l.fail(CodeType, c.Span(), "%s is not a type", c.Type)
			return nil, false
		}
		cols = append(cols, ir.Column{Name: c.Name.Name, Type: t})
	}
	return cols, true
}

func (l *lowerer) datatable(x *syntax.Datatable, env *scope) *relation {
	cols, ok := l.columns(x.Columns)
	if !ok {
		return badTable(x)
	}
	if len(cols) == 0 || len(x.Values)%len(cols) != 0 {
		l.fail(CodeArguments, x.Span(), "the datatable has %d values for %d columns", len(x.Values), len(cols))
		return badTable(x)
	}
	rows := &ir.Rows{At: at(x), Columns: cols}
	for i, v := range x.Values {
		if i%len(cols) == 0 {
			rows.Values = append(rows.Values, make([]ir.Value, 0, len(cols)))
		}
		val, ok := l.cell(v, cols[i%len(cols)].Type, env)
		if !ok {
			return badTable(x)
		}
		last := len(rows.Values) - 1
		rows.Values[last] = append(rows.Values[last], val)
	}
	return &relation{pipe: &ir.Pipeline{From: rows}, row: &schema{cols: cols}}
}

// print is one row without columns, then its columns.
func (l *lowerer) print(x *syntax.Print, env *scope) *relation {
	r := &relation{pipe: &ir.Pipeline{From: &ir.Rows{At: at(x), Values: [][]ir.Value{{}}}}, row: &schema{}}
	p := &ir.Project{At: at(x)}
	out := &schema{}
	c := &ctx{row: &schema{}, env: env}
	used := map[string]bool{}
	for i, e := range x.Cols {
		cols, ok := l.several(e, c)
		if !ok {
			r.add(&ir.BadOp{At: at(e)})
			return r
		}
		for _, col := range cols {
			name := col.name
			if !col.given && len(cols) == 1 {
				name = fmt.Sprintf("print_%d", i)
			}
			name = unique(name, used)
			p.Cols = append(p.Cols, ir.Named{Name: name, X: col.lifted})
			out.cols = append(out.cols, ir.Column{Name: name, Type: ir.TypeOf(col.lifted)})
		}
	}
	r.add(p)
	r.row = out
	return r
}
