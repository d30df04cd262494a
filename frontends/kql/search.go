package kql

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// tableColumn is the column with the table's name that search adds.
const tableColumn = "$table"

// search lowers search over tables (in is nil) or over rows. https://learn.microsoft.com/en-us/kusto/query/search-operator
func (l *lowerer) search(o *syntax.Search, in *relation, env *scope) *relation {
	fold := ir.Fold
	switch text, p := option(o.Params, "kind"); text {
	case "", "default", "case_insensitive":
	case "case_sensitive":
		fold = ir.Exact
	default:
		l.fail(CodeArguments, p.Span(), "there is no kind of search %s: default, case_insensitive or case_sensitive", text)
		return badTable(o)
	}
	var legs []leg
	switch {
	case in != nil:
		legs = []leg{{relation: in, at: at(o)}}
	case o.In == nil:
		legs = l.matchingTables("*", at(o), tableColumn, env)
	default:
		legs = l.legs(o.In, tableColumn, env)
	}
	row, mixed := looseRow(legs)
	pred := l.searchPred(o.Pred, &ctx{row: row, env: env}, fold)
	if isBad(pred) || !l.notMixed(pred, mixed) {
		return badTable(o)
	}
	names := make([]string, len(legs)) // a filter keeps a table's name
	for i, g := range legs {
		names[i] = g.name
	}
	for i, g := range legs {
		g.add(&ir.Filter{At: at(o), Pred: adapt(pred, g)})
		g.name = names[i]
	}
	if in != nil {
		l.tag(legs[0], tableColumn, 0)
		l.first(in, tableColumn, at(o))
		return in
	}
	if len(legs) == 1 && legs[0].tagged {
		return legs[0].relation
	}
	return l.unite(o, nil, legs, tableColumn, false)
}

// looseRow is the row of all legs for a predicate that is tested on each; mixed are the columns with several types.
func looseRow(legs []leg) (row *schema, mixed map[string]bool) {
	row, mixed = &schema{}, map[string]bool{}
	for _, g := range legs {
		row.open = row.open || g.row.open
		for _, c := range g.row.cols {
			have, ok := row.find(c.Name)
			if ok && have.Type != c.Type {
				mixed[c.Name] = true
				c.Type = ir.TypeUnset
			}
			row = row.with(c)
		}
	}
	return row, mixed
}

// notMixed refuses a predicate on a column that has several types.
func (l *lowerer) notMixed(pred ir.Expr, mixed map[string]bool) bool {
	ok := true
	ir.Inspect(pred, func(e ir.Expr) bool {
		if c, isCol := e.(*ir.Col); isCol && mixed[c.Name] && ok {
			l.refuse(c.S, "a test of the column "+c.Name+", which has several types", "which of them is tested is not documented", "use union with a conversion")
			ok = false
		}
		return ok
	})
	return ok
}

// adapt fits a predicate over all legs to one of them: a column that it does not have is null there, and its column of names is not
// searched.
func adapt(pred ir.Expr, g leg) ir.Expr {
	return ir.MapExpr(pred, func(x ir.Expr) ir.Expr {
		switch x := x.(type) {
		case *ir.Col:
			c, known := g.row.find(x.Name)
			if !known && !g.row.open {
				return &ir.Lit{At: x.At, Value: ir.Null(orDynamic(x.T))}
			}
			if known && x.T == ir.TypeUnset {
				return &ir.Col{At: x.At, Name: x.Name, T: c.Type}
			}
		case *ir.AnyColumn:
			if g.tagged {
				c := *x
				c.Except = tableColumn
				return &c
			}
		}
		return x
	})
}

// searchPred lowers a search predicate: a text alone looks into every column, with * at its ends for a part of a term.
func (l *lowerer) searchPred(x syntax.Expr, c *ctx, fold ir.Case) ir.Expr {
	switch x := x.(type) {
	case *syntax.Star:
		return &ir.Lit{At: at(x), Value: ir.Value{Type: ir.Bool, V: true}}
	case *syntax.Literal:
		if x.Kind == syntax.KindString {
			return l.searchTerm(x, fold)
		}
	case *syntax.Name:
		if _, known := c.row.find(x.Name); !known && c.env.find(x.Name) != nil {
			if text, ok := ir.ConstString(l.expr(x, c)); ok {
				return l.searchTerm(&syntax.Literal{Kind: syntax.KindString, Str: text}, fold)
			}
		}
	case *syntax.Binary:
		if x.Op == "and" || x.Op == "or" {
			var xs []ir.Expr
			for _, part := range chain(x, x.Op) {
				e := l.searchPred(part, c, fold)
				if isBad(e) {
					return e
				}
				xs = append(xs, e)
			}
			if x.Op == "and" {
				return &ir.And{At: at(x), Xs: xs}
			}
			return &ir.Or{At: at(x), Xs: xs}
		}
	case *syntax.Call:
		if x.Recv == nil && x.Func.Name == "not" && len(x.Args) == 1 {
			e := l.searchPred(x.Args[0], c, fold)
			if isBad(e) {
				return e
			}
			return &ir.Not{At: at(x), X: e}
		}
	}
	e := l.predicate(x, c)
	if fold == ir.Fold {
		return e
	}
	return ir.MapExpr(e, func(e ir.Expr) ir.Expr {
		switch e := e.(type) {
		case *ir.Match:
			m := *e
			m.Case = ir.Exact
			return &m
		case *ir.AnyColumn:
			m := *e
			m.Case = ir.Exact
			return &m
		}
		return e
	})
}

// searchTerm: billg is a term, billg* its start, *billg its end, *billg* any part; a star inside is any text between the two halves.
func (l *lowerer) searchTerm(x *syntax.Literal, fold ir.Case) ir.Expr {
	text := x.Str
	out := &ir.AnyColumn{At: at(x), Kind: ir.Term, Case: fold}
	before, after := strings.HasPrefix(text, "*"), strings.HasSuffix(text, "*")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "*"), "*")
	switch {
	case strings.Contains(text, "*"):
		return l.refuse(x.Span(), "a search for a text with a star inside", "its exact form as a regular expression is not documented", "write matches regex")
	case text == "":
		return &ir.Lit{At: at(x), Value: ir.Value{Type: ir.Bool, V: true}}
	case before && after:
		out.Kind = ir.Contains
	case before:
		out.Kind = ir.TermSuffix
	case after:
		out.Kind = ir.TermPrefix
	}
	out.Needles = []ir.Expr{ir.StringLit(text, x.Span())}
	return out
}

// find lowers find: each table filtered, with the same columns, in one union. https://learn.microsoft.com/en-us/kusto/query/find-operator
func (l *lowerer) find(o *syntax.Find, env *scope) *relation {
	source, _ := option(o.Params, "withsource")
	if source == "" {
		source = "source_"
	}
	if o.In == nil || len(o.Away) > 0 {
		l.refuse(firstWord(l.src, o), "find without a list of tables, or with project-away", "its columns depend on the workspace", "name the tables and the columns")
		return badTable(o)
	}
	legs := l.legs(o.In, source, env)
	for _, g := range legs {
		if g.tagged {
			l.refuse(o.Span(), "find over a pattern of tables", "its columns depend on the workspace", "name the tables")
			return badTable(o)
		}
	}
	row, mixed := looseRow(legs)
	pred := l.searchPred(o.Pred, &ctx{row: row, env: env}, ir.Fold)
	if isBad(pred) || !l.notMixed(pred, mixed) {
		return badTable(o)
	}
	used := map[string]bool{}
	ir.Uses(pred, used)
	legs = slices.DeleteFunc(legs, func(g leg) bool { return !g.row.open && !anyOf(g.row, used) && len(used) > 0 })
	cols, packs, ok := l.findColumns(o, legs, row, pred)
	if !ok {
		return badTable(o)
	}
	for i, g := range legs {
		name := g.name
		g.add(&ir.Filter{At: at(o), Pred: adapt(pred, g)})
		g.name = name
		l.findProject(o, g, i, source, cols, packs)
	}
	return l.unite(o, nil, legs, "", false)
}

func anyOf(row *schema, names map[string]bool) bool {
	return slices.ContainsFunc(row.cols, func(c ir.Column) bool { return names[c.Name] })
}

// findColumns are the result's columns: the named ones, or those of the predicate and then those that all tables have, with a bag of
// the rest.
func (l *lowerer) findColumns(o *syntax.Find, legs []leg, row *schema, pred ir.Expr) (cols []ir.Column, packs, ok bool) {
	typed := func(c ir.Column) bool {
		if c.Type == ir.TypeUnset && !row.open {
			l.refuse(o.Span(), "a column "+c.Name+" of find that has several types", "the language splits it by type", "use union with a conversion")
			return false
		}
		return true
	}
	if len(o.Project) > 0 {
		for _, x := range o.Project {
			n, isName := x.(*syntax.Name)
			if !isName {
				l.refuse(x.Span(), "this column of find", "", "name columns only")
				return nil, false, false
			}
			e, isCol := l.name(n, &ctx{row: row}).(*ir.Col)
			if !isCol || !typed(ir.Column{Name: e.Name, Type: e.T}) {
				return nil, false, false
			}
			cols = append(cols, ir.Column{Name: e.Name, Type: e.T})
		}
		return cols, false, true
	}
	if row.open {
		l.refuse(firstWord(l.src, o), "find without project on a table without a schema", "its columns are not known", "add project and the columns")
		return nil, false, false
	}
	var names []string
	ir.Inspect(pred, func(e ir.Expr) bool {
		if c, isCol := e.(*ir.Col); isCol && !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
		return true
	})
	for _, c := range row.cols {
		common := !slices.ContainsFunc(legs, func(g leg) bool { _, has := g.row.find(c.Name); return !has })
		if common && !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	for _, n := range names {
		c, _ := row.find(n)
		if !typed(c) {
			return nil, false, false
		}
		cols = append(cols, c)
	}
	return cols, true, true
}

func (l *lowerer) findProject(o *syntax.Find, g leg, i int, source string, cols []ir.Column, packs bool) {
	l.tag(g, source, i)
	p := keep(at(o), []ir.Column{{Name: source, Type: ir.String}})
	out := &schema{cols: []ir.Column{{Name: source, Type: ir.String}}}
	rest := &ir.Pack{At: at(o)}
	for _, c := range cols {
		var x ir.Expr = &ir.Col{At: at(o), Name: c.Name, T: c.Type}
		if _, has := g.row.find(c.Name); !has && !g.row.open {
			x = &ir.Lit{At: at(o), Value: ir.Null(orDynamic(c.Type))}
		}
		p.Cols = append(p.Cols, ir.Named{Name: c.Name, X: x})
		out.cols = append(out.cols, c)
	}
	if packs {
		for _, c := range g.row.cols {
			if indexColumn(out.cols, c.Name) < 0 {
				rest.Keys = append(rest.Keys, c.Name)
				rest.Vals = append(rest.Vals, &ir.Col{At: at(o), Name: c.Name, T: c.Type})
			}
		}
		p.Cols = append(p.Cols, ir.Named{Name: "pack_", X: rest})
		out.cols = append(out.cols, ir.Column{Name: "pack_", Type: ir.Dynamic})
	}
	g.add(p)
	g.relation.row = out
}
