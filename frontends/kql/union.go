package kql

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// leg is one input of a union. tagged says that it has the column of withsource already.
type leg struct {
	*relation
	at     ir.At
	tagged bool
}

// union lowers union as a source (in is nil) or in the middle of a pipe. https://learn.microsoft.com/en-us/kusto/query/union-operator
func (l *lowerer) union(o *syntax.Union, in *relation, env *scope) *relation {
	inner := false
	switch text, p := option(o.Params, "kind"); text {
	case "", "outer":
	case "inner":
		inner = true
	default:
		l.fail(CodeArguments, p.Span(), "a union is inner or outer, found %s", text)
		return badTable(o)
	}
	source, p := option(o.Params, "withsource")
	if p == nil {
		source, _ = option(o.Params, "with_source")
	}
	fuzzy, _ := option(o.Params, "isfuzzy")
	legs := l.legs(o.Tables, source, env)
	if fuzzy == "true" {
		for _, g := range legs {
			if t, ok := g.pipe.From.(*ir.Table); ok {
				t.Fuzzy = true
			}
		}
	}
	return l.unite(o, in, legs, source, inner)
}

// legs lowers the tables of union, search and find; a pattern stands for the let views and the workspace's tables that it matches.
func (l *lowerer) legs(tables []syntax.Expr, source string, env *scope) []leg {
	var out []leg
	for _, t := range tables {
		if w, ok := t.(*syntax.Wildcard); ok {
			out = append(out, l.matchingTables(w.Pattern, at(t), source, env)...)
			continue
		}
		if _, ok := t.(*syntax.Star); ok {
			out = append(out, l.matchingTables("*", at(t), source, env)...)
			continue
		}
		out = append(out, leg{relation: l.table(t, env), at: at(t)})
	}
	return out
}

// matchingTables are the views in scope and the tables of the workspace with a name of the pattern.
func (l *lowerer) matchingTables(pattern string, pos ir.At, source string, env *scope) []leg {
	var out []leg
	seen := map[string]bool{}
	for s := env; s != nil; s = s.parent {
		f, ok := s.def.body.(*syntax.Function)
		if !ok || !f.View || len(f.Params) > 0 || seen[s.name] || !ir.MatchWild(pattern, s.name) {
			continue
		}
		seen[s.name] = true
		n := &syntax.Name{Name: s.name}
		n.At = pos.S
		r := l.tableFunction(f, s.def, nil, n, s.def.env, nil)
		r.name = s.name
		out = append(out, leg{relation: r, at: pos})
	}
	slices.Reverse(out)
	src := &ir.Tables{At: pos, Pattern: pattern, NameTo: source}
	names := make([]string, 0, len(l.opt.Schemas))
	for n := range l.opt.Schemas {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if ir.MatchWild(pattern, n) {
			cols := l.opt.Schemas[n].Columns
			src.Known = append(src.Known, &ir.Table{At: pos, Name: n, Time: l.timeOf(&schema{cols: cols}), Columns: cols})
		}
	}
	row := &schema{open: true}
	if source != "" {
		row = row.with(ir.Column{Name: source, Type: ir.String})
	}
	return append(out, leg{relation: l.unordered(&relation{pipe: &ir.Pipeline{From: src}, row: row}), at: pos, tagged: true})
}

// unite appends the legs, in front of them in when it is not nil.
func (l *lowerer) unite(n syntax.Node, in *relation, legs []leg, source string, inner bool) *relation {
	all := legs
	if in != nil {
		all = append([]leg{{relation: in, at: at(n)}}, legs...)
	}
	if len(all) == 1 {
		if _, ok := all[0].pipe.From.(*ir.Tables); ok && len(all[0].pipe.Ops) == 0 {
			return all[0].relation
		}
	}
	if source != "" && in != nil && slices.ContainsFunc(legs, func(g leg) bool { return g.tagged }) {
		l.refuse(n.Span(), "withsource over a table pattern in the middle of a pipe", "", "begin the query with union")
		return badTable(n)
	}
	if source != "" {
		for i, g := range all {
			if !g.tagged {
				l.tag(g, source, i)
			}
		}
	}
	if inner && !l.commonColumns(n, all) || !l.splitTypes(n, all) {
		return badTable(n)
	}
	row := unionRow(all)
	var pipes []*ir.Pipeline
	for _, g := range legs {
		pipes = append(pipes, g.pipe)
	}
	out := in
	if in == nil {
		out = l.unordered(&relation{pipe: &ir.Pipeline{From: &ir.Union{At: at(n), Inputs: pipes}}})
	} else {
		in.add(&ir.Append{At: at(n), Inputs: pipes})
	}
	out.row = row
	if source != "" {
		l.first(out, source, at(n))
	}
	return out
}

// tag adds the column of withsource: the name of the table, or what the engine calls an expression.
func (l *lowerer) tag(g leg, source string, i int) {
	name := g.name
	if name == "" {
		name = fmt.Sprintf("union_arg%d", i)
	}
	g.add(&ir.Extend{At: g.at, Cols: []ir.Named{{Name: source, X: ir.StringLit(name, g.at.S)}}})
	g.row = g.row.with(ir.Column{Name: source, Type: ir.String})
}

// first moves a column to the front.
func (l *lowerer) first(r *relation, name string, pos ir.At) {
	cols := slices.Clone(r.row.cols)
	i := indexColumn(cols, name)
	if i < 0 || i == 0 && !r.row.open {
		return
	}
	col := cols[i]
	cols = slices.Insert(slices.Delete(cols, i, i+1), 0, col)
	r.row = &schema{cols: cols, open: r.row.open}
	if r.row.open {
		r.add(&ir.Columns{At: pos, Kind: ir.ColumnsReorder, Items: []ir.ColumnItem{{Name: name}}})
		return
	}
	r.add(keep(pos, cols))
}

// commonColumns projects every leg to the columns that all have, for kind=inner.
func (l *lowerer) commonColumns(n syntax.Node, legs []leg) bool {
	var cols []ir.Column
	for i, g := range legs {
		if g.row.open {
			l.refuse(n.Span(), "union kind=inner with a table without a schema", "the columns that all tables have are not known", "give the table's schema")
			return false
		}
		if i == 0 {
			cols = slices.Clone(g.row.cols)
			continue
		}
		cols = slices.DeleteFunc(cols, func(c ir.Column) bool { return !slices.Contains(g.row.cols, c) })
	}
	for _, g := range legs {
		g.add(keep(g.at, cols))
		g.row = &schema{cols: cols}
	}
	return true
}

// splitTypes renames a column that has several types in each leg, as the language does.
func (l *lowerer) splitTypes(n syntax.Node, legs []leg) bool {
	var typed [][]ir.Column
	unset := map[string]bool{}
	for _, g := range legs {
		var cols []ir.Column
		for _, c := range g.row.cols {
			if c.Type == ir.TypeUnset {
				unset[c.Name] = true
				continue
			}
			cols = append(cols, c)
		}
		typed = append(typed, cols)
	}
	names := ir.SplitColumns(typed...)
	for i, g := range legs {
		to := map[string]string{}
		for _, c := range typed[i] {
			if names[c] == c.Name {
				continue
			}
			if unset[c.Name] {
				l.refuse(n.Span(), "a union whose column "+c.Name+" has several types, one of them not known", "the language splits such a column by type", "convert the column on every side")
				return false
			}
			to[c.Name] = names[c]
		}
		if len(to) > 0 {
			g.rename(to)
		}
	}
	return true
}

// rename gives columns other names.
func (g leg) rename(to map[string]string) {
	cols := slices.Clone(g.row.cols)
	p, open := keep(g.at, cols), &ir.Columns{At: g.at, Kind: ir.ColumnsRename}
	for i, c := range cols {
		if name, ok := to[c.Name]; ok {
			cols[i].Name, p.Cols[i].Name = name, name
			open.Items = append(open.Items, ir.ColumnItem{Name: c.Name, To: name})
		}
	}
	if g.row.open {
		g.add(open)
	} else {
		g.add(p)
	}
	g.relation.row = &schema{cols: cols, open: g.row.open}
}

// unionRow has the columns of all legs, in order of first occurrence.
func unionRow(legs []leg) *schema {
	out := &schema{}
	for _, g := range legs {
		out.open = out.open || g.row.open
		for _, c := range g.row.cols {
			if have, ok := out.find(c.Name); !ok || have.Type == ir.TypeUnset {
				out = out.with(c)
			}
		}
	}
	return out
}
