package kql

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// operator appends one step to r.
func (l *lowerer) operator(o syntax.Operator, r *relation, env *scope) {
	before := l.anyOrder
	_, serialize := o.(*syntax.Serialize)
	l.anyOrder = l.shuffled[r.pipe] && !serialize
	defer func() {
		l.shuffled[r.pipe] = shuffles(o, l.anyOrder)
		l.anyOrder = before
	}()
	c := &ctx{row: r.row, env: env}
	switch o := o.(type) {
	case *syntax.Where:
		l.where(o, r, env)
	case *syntax.Extend:
		l.extend(o.Cols, at(o), r, c)
	case *syntax.Project:
		l.project(o, r, c)
	case *syntax.Summarize:
		l.summarize(o, r, c)
	case *syntax.Distinct:
		l.distinct(o, r, c)
	case *syntax.Sort:
		r.add(&ir.Sort{At: at(o), Keys: l.sortKeys(o.Keys, c)})
	case *syntax.Top:
		l.limit(o, o.N, []*syntax.Ordered{o.By}, r, c)
	case *syntax.Take:
		l.limit(o, o.N, nil, r, c)
	case *syntax.Count:
		r.add(&ir.Aggregate{At: at(o), Aggs: []ir.Agg{{At: at(o), Name: "Count", Func: ir.Count, T: ir.Long}}})
		r.row = &schema{cols: []ir.Column{{Name: "Count", Type: ir.Long}}}
	case *syntax.Join:
		l.join(o, r, env)
	case *syntax.Lookup:
		l.lookup(o, r, env)
	case *syntax.Union:
		*r = *l.union(o, r, env)
	case *syntax.MvExpand:
		l.expand(o, r, c)
	case *syntax.MvApply:
		l.apply(o, r, c)
	case *syntax.ParseOp:
		l.parseOp(o, r, c)
	case *syntax.ParseKV:
		l.parseKV(o, r, c)
	case *syntax.Evaluate:
		l.evaluate(o, r, c)
	case *syntax.Search:
		*r = *l.search(o, r, env)
	case *syntax.Fork, *syntax.Facet:
		l.refuse(firstWord(l.src, o), "the operator "+operatorName(o), "it has several results, a hunt has one", "write one query per result")
		l.badOp(o, r)
	case *syntax.Serialize:
		if len(o.Cols) > 0 {
			l.extend(o.Cols, at(o), r, c)
		}
	case *syntax.As, *syntax.Consume:
		// Names and hints change no row.
	case *syntax.Render:
		l.report(diag.Note, CodeRender, o.Span(), "render is left out", "it draws the rows and does not change them", "")
	case *syntax.Invoke:
		l.invoke(o, r, env)
	case *syntax.MakeSeries:
		l.makeSeries(o, r, c)
	case *syntax.TopNested:
		l.topNested(o, r, c)
	case *syntax.TopHitters:
		l.topHitters(o, r, c)
	case *syntax.Partition:
		l.partition(o, r, env)
	case *syntax.Scan:
		l.scan(o, r, env)
	case *syntax.GetSchema:
		l.getSchema(o, r)
	case *syntax.Sample:
		n, ok := l.count(o.N, env)
		if !ok {
			l.badOp(o, r)
			return
		}
		r.add(&ir.Sample{At: at(o), N: n})
	case *syntax.SampleDistinct:
		l.sampleDistinct(o, r, c)
	case *syntax.BadOp:
		l.badOp(o, r)
	default:
		l.refuse(firstWord(l.src, o), "the operator "+operatorName(o), "", "")
		l.badOp(o, r)
	}
}

// limit keeps the first n rows in the order of keys, without keys any n rows. The columns stay even where n is wrong.
func (l *lowerer) limit(o syntax.Operator, n syntax.Expr, keys []*syntax.Ordered, r *relation, c *ctx) {
	count, ok := l.count(n, c.env)
	if !ok {
		r.add(&ir.BadOp{At: at(o)})
		return
	}
	if len(keys) > 0 {
		r.add(&ir.Sort{At: at(o), Keys: l.sortKeys(keys, c)})
	}
	r.add(&ir.Limit{At: at(o), N: count})
}

// badOp keeps later steps quiet: nothing is known of the row any more.
func (l *lowerer) badOp(n syntax.Node, r *relation) {
	r.add(&ir.BadOp{At: at(n)})
	r.row = &schema{open: true}
}

// firstWord is the span of an operator's name: what a person would change.
func firstWord(src *diag.Source, n syntax.Node) diag.Span {
	s := n.Span()
	if s.IsZero() || int(s.End)-1 > len(src.Text) {
		return s
	}
	if i := strings.IndexAny(src.Text[s.Pos-1:s.End-1], " \t\r\n("); i > 0 {
		s.End = s.Pos + diag.Pos(i)
	}
	return s
}

// operatorName spells an operator as the language does.
func operatorName(o syntax.Operator) string {
	switch o := o.(type) {
	case *syntax.Unknown:
		return o.Name
	case *syntax.MakeGraph:
		return "make-graph"
	case *syntax.GraphMatch:
		if o.Shortest {
			return "graph-shortest-paths"
		}
		return "graph-match"
	case *syntax.GraphToTable:
		return "graph-to-table"
	case *syntax.GraphMarkComponents:
		return "graph-mark-components"
	case *syntax.GraphWhere:
		if o.Edges {
			return "graph-where-edges"
		}
		return "graph-where-nodes"
	case *syntax.ProjectByNames:
		return "project-by-names"
	case *syntax.AssertSchema:
		return "assert-schema"
	case *syntax.ExecuteAndCache:
		return "execute-and-cache"
	case *syntax.SchemaAs:
		return "getschema kind=…"
	case *syntax.CountAs:
		return "count as …"
	case *syntax.MvApply:
		return "mv-apply"
	case *syntax.TopNested:
		return "top-nested"
	case *syntax.TopHitters:
		return "top-hitters"
	case *syntax.ParseKV:
		return "parse-kv"
	case *syntax.SampleDistinct:
		return "sample-distinct"
	case *syntax.MakeSeries:
		return "make-series"
	case *syntax.ParseOp:
		if o.Where {
			return "parse-where"
		}
		return "parse"
	default:
		return strings.ToLower(reflect.TypeOf(o).Elem().Name())
	}
}

// keep projects columns as they are.
func keep(pos ir.At, cols []ir.Column) *ir.Project {
	p := &ir.Project{At: pos}
	for _, c := range cols {
		p.Cols = append(p.Cols, ir.Named{Name: c.Name, X: &ir.Col{At: pos, Name: c.Name, T: c.Type}})
	}
	return p
}

func (l *lowerer) extend(items []syntax.Expr, pos ir.At, r *relation, c *ctx) {
	op := &ir.Extend{At: pos}
	row := r.row
	cols, ok := l.items(items, c)
	if !ok {
		r.add(&ir.BadOp{At: pos})
		r.row = &schema{open: true}
		return
	}
	for i, name := range extendNames(cols, r.row) {
		op.Cols = append(op.Cols, ir.Named{Name: name, X: cols[i].lifted})
		row = row.with(ir.Column{Name: name, Type: ir.TypeOf(cols[i].lifted)})
	}
	r.add(op)
	r.row = row
}

func (l *lowerer) project(o *syntax.Project, r *relation, c *ctx) {
	if o.Kind == syntax.ProjectPlain {
		l.projectPlain(o, r, c)
		return
	}
	if r.row.open {
		if !l.projectOpen(o, r) {
			l.badOp(o, r)
		}
		return
	}
	var cols []ir.Named
	ok := false
	switch o.Kind {
	case syntax.ProjectAway:
		cols, ok = l.choose(o.Cols, r.row, false)
	case syntax.ProjectKeep:
		cols, ok = l.choose(o.Cols, r.row, true)
	case syntax.ProjectRename:
		cols, ok = l.rename(o.Cols, r.row)
	case syntax.ProjectReorder:
		cols, ok = l.reorder(o.Reorder, r.row)
	}
	if !ok {
		l.badOp(o, r)
		return
	}
	r.add(&ir.Project{At: at(o), Cols: cols})
	r.row = rowOf(cols)
}

func rowOf(cols []ir.Named) *schema {
	out := &schema{}
	for _, c := range cols {
		out.cols = append(out.cols, ir.Column{Name: c.Name, Type: ir.TypeOf(c.X)})
	}
	return out
}

func (l *lowerer) projectPlain(o *syntax.Project, r *relation, c *ctx) {
	items, ok := l.items(o.Cols, c)
	if !ok {
		l.badOp(o, r)
		return
	}
	var cols []ir.Named
	for i, name := range columnNames(items, newNameSet()) {
		cols = append(cols, ir.Named{Name: name, X: items[i].lifted})
	}
	r.add(&ir.Project{At: at(o), Cols: cols})
	r.row = rowOf(cols)
}

// matching finds the columns that a name or pattern means.
func (l *lowerer) matching(x syntax.Expr, row *schema) ([]ir.Column, bool) {
	switch x := x.(type) {
	case *syntax.Name:
		if c, ok := row.find(x.Name); ok {
			return []ir.Column{c}, true
		}
		l.name(x, &ctx{row: row}) // reports it
		return nil, false
	case *syntax.Star:
		return row.cols, true
	case *syntax.Wildcard:
		var out []ir.Column
		for _, c := range row.cols {
			// A name has no slash and a pattern no bracket, so shell matching is the language's.
			if ok, err := path.Match(x.Pattern, c.Name); ok && err == nil {
				out = append(out, c)
			}
		}
		return out, true
	}
	l.fail(CodeArguments, x.Span(), "expected the name of a column")
	return nil, false
}

func (l *lowerer) choose(items []syntax.Expr, row *schema, want bool) ([]ir.Named, bool) {
	chosen := map[string]diag.Span{}
	for _, it := range items {
		cols, ok := l.matching(it, row)
		if !ok {
			return nil, false
		}
		for _, c := range cols {
			chosen[c.Name] = it.Span()
		}
	}
	var out []ir.Named
	for _, c := range row.cols {
		if s, in := chosen[c.Name]; in == want {
			out = append(out, ir.Named{Name: c.Name, X: &ir.Col{At: ir.At{S: s}, Name: c.Name, T: c.Type}})
		}
	}
	return out, true
}

func (l *lowerer) rename(items []syntax.Expr, row *schema) ([]ir.Named, bool) {
	to := map[string]string{}
	spans := map[string]diag.Span{}
	for _, it := range items {
		n, ok := it.(*syntax.Named)
		if !ok {
			l.fail(CodeArguments, it.Span(), "expected new = old")
			return nil, false
		}
		old, ok := n.X.(*syntax.Name)
		if !ok {
			l.fail(CodeArguments, n.X.Span(), "expected the name of a column")
			return nil, false
		}
		if _, ok := l.matching(old, row); !ok {
			return nil, false
		}
		to[old.Name], spans[old.Name] = n.Name.Name, n.Span()
	}
	var out []ir.Named
	seen := map[string]bool{}
	for _, c := range row.cols {
		name := c.Name
		if n, ok := to[name]; ok {
			name = n
		}
		if seen[name] {
			l.fail(CodeArguments, items[0].Span(), "the column %s would exist twice", name)
			return nil, false
		}
		seen[name] = true
		out = append(out, ir.Named{Name: name, X: &ir.Col{At: ir.At{S: spans[c.Name]}, Name: c.Name, T: c.Type}})
	}
	return out, true
}

func (l *lowerer) reorder(keys []*syntax.ReorderKey, row *schema) ([]ir.Named, bool) {
	var out []ir.Named
	done := map[string]bool{}
	add := func(cols []ir.Column, s diag.Span) {
		for _, c := range cols {
			if !done[c.Name] {
				done[c.Name] = true
				out = append(out, ir.Named{Name: c.Name, X: &ir.Col{At: ir.At{S: s}, Name: c.Name, T: c.Type}})
			}
		}
	}
	for _, k := range keys {
		cols, ok := l.matching(k.X, row)
		if !ok {
			return nil, false
		}
		cols = slices.Clone(cols)
		slices.SortStableFunc(cols, func(a, b ir.Column) int { return ir.OrderNames(k.Order, a.Name, b.Name) })
		add(cols, k.Span())
	}
	add(row.cols, diag.Span{})
	return out, true
}

func (l *lowerer) distinct(o *syntax.Distinct, r *relation, c *ctx) {
	if s, ok := distinctRows(o.Cols, r.row.open); ok {
		r.add(&ir.Distinct{At: ir.At{S: s}})
		return
	}
	op := &ir.Aggregate{At: at(o)}
	used := newNameSet()
	for _, it := range o.Cols {
		switch it.(type) {
		case *syntax.Star, *syntax.Wildcard:
			if r.row.open {
				l.refuse(it.Span(), "distinct on a pattern without a schema", "the columns are not known", "name the columns")
				l.badOp(o, r)
				return
			}
			cols, _ := l.matching(it, r.row)
			for _, k := range cols {
				op.Keys = append(op.Keys, ir.Named{Name: columnName(column{name: k.Name}, used), X: &ir.Col{At: at(it), Name: k.Name, T: k.Type}})
			}
			continue
		}
		col, ok := l.item(it, c)
		if !ok {
			l.badOp(o, r)
			return
		}
		op.Keys = append(op.Keys, ir.Named{Name: columnName(col, used), X: col.lifted})
	}
	r.add(op)
	r.row = rowOf(op.Keys)
}

func (l *lowerer) sortKeys(keys []*syntax.Ordered, c *ctx) []ir.SortKey {
	out := make([]ir.SortKey, 0, len(keys))
	for _, k := range keys {
		out = append(out, ir.SortKey{X: l.expr(k.X, c), Desc: !k.Asc, NullsFirst: k.NullsFirst})
	}
	return out
}

func (l *lowerer) invoke(o *syntax.Invoke, r *relation, env *scope) {
	call, ok := o.Func.(*syntax.Call)
	if ok {
		if d := env.find(call.Func.Name); d != nil {
			if f, isFunc := d.body.(*syntax.Function); isFunc {
				first := &relation{pipe: &ir.Pipeline{From: r.pipe.From, Ops: r.pipe.Ops}, row: r.row}
				*r = *l.tableFunction(f, d, call.Args, o, env, first)
				return
			}
		}
	}
	why, hint := "its body is in the workspace", "put the function into the query, with let"
	if ok && call.Func.Name == "FileProfile" {
		why, hint = "its columns come from a service of Defender", "leave it out and look the files up afterwards"
	}
	l.refuse(o.Span(), "invoke of a function that is not defined here", why, hint)
	l.badOp(o, r)
}

// nearestSorted makes the choice among equally near names independent of their order.
func nearestSorted(name string, names []string) string {
	slices.Sort(names)
	return diag.Nearest(name, names)
}
