package hunt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// given are the rows of a table that a definition holds.
func (l *lowerer) given(n *syntax.Name, def spl.Lookup) *lowerer {
	src := &ir.Rows{At: at(n)}
	in := &lowerer{src: l.src, opt: l.opt, from: src, assumptions: l.assumptions, sizes: l.sizes, bindings: l.bindings}
	for _, f := range def.Fields {
		src.Columns = append(src.Columns, ir.Column{Name: f, Type: ir.String})
		in.held = append(in.held, f)
		in.fields = append(in.fields, column{f, val{x: &ir.Col{At: at(n), Name: f, T: ir.String}, t: ir.String, always: true, nonempty: true}})
	}
	for _, record := range def.Rows {
		row := make([]ir.Value, len(record))
		for i, v := range record {
			if v == "" {
				l.emptyCell(n, def.Fields[i])
				return nil
			}
			row[i] = ir.Value{Type: ir.String, V: v}
		}
		src.Values = append(src.Values, row)
	}
	return in
}

func (l *lowerer) emptyCell(n *syntax.Name, field string) {
	l.refuse(n, spl.CodeUnsupported, "the lookup "+n.Text+" has an empty cell of "+field, "no page of Splunk says what an empty cell becomes: leave its row out")
}

// chooseRow adds the fields of the row of a given table whose keys are the event's: which row it is decides the values, so that no table
// is needed elsewhere. Letter case counts unless the definition says otherwise (transforms.conf, case_sensitive_match).
func (l *lowerer) chooseRow(c *syntax.Lookup, def spl.Lookup) {
	for _, o := range c.Options {
		if name := strings.ToLower(o.Name.Text); name != "local" && name != "update" {
			l.unsupported(o.Name, "the option "+o.Name.Text)
			return
		}
	}
	when := l.rowConditions(c, def)
	if when == nil {
		l.unknown(c.Out)
		return
	}
	for _, o := range l.givenOutputs(c, def) {
		name := eventField(o)
		i := slices.Index(def.Fields, o.From.Text)
		if i < 0 {
			l.refuse(o.From, spl.CodeOpenFields, "the lookup "+c.Table.Text+" has no field "+o.From.Text, "it has "+listed(def.Fields))
			continue
		}
		if !l.isNew(name.Text, name) {
			continue
		}
		x := l.choice(c, def, i, when)
		if x == nil {
			return
		}
		l.assign(name.Text, val{x: x, t: ir.String, nonempty: true}, o)
	}
	whole := "letter case counting"
	if def.FoldCase {
		whole = "regardless of letter case"
	}
	l.assume(fmt.Sprintf("the lookup %s holds %d rows and compares whole texts, %s (as declared)", c.Table.Text, len(def.Rows), whole))
}

// givenOutputs are the fields that a given table adds: without OUTPUT all that are not compared.
func (l *lowerer) givenOutputs(c *syntax.Lookup, def spl.Lookup) []*syntax.Pair {
	table := &lowerer{}
	for _, f := range def.Fields {
		table.fields = append(table.fields, column{name: f})
	}
	return l.outputs(c, table)
}

// rowConditions are the conditions under which an event has the keys of each row; nil after a refusal. Rows of which none can be tested
// apart, because a number of the event is never spelled like the key, have no condition.
func (l *lowerer) rowConditions(c *syntax.Lookup, def spl.Lookup) []ir.Expr {
	conditions := make([][]ir.Expr, len(def.Rows))
	never := make([]bool, len(def.Rows))
	seen := map[string]bool{}
	keys := make([]string, len(def.Rows))
	for _, k := range c.In {
		i, n := slices.Index(def.Fields, k.From.Text), eventField(k)
		if i < 0 {
			l.refuse(k.From, spl.CodeOpenFields, "the lookup "+c.Table.Text+" has no field "+k.From.Text, "it has "+listed(def.Fields))
			return nil
		}
		v := l.key(n)
		if !v.bad() && !whole(v.t) {
			v = l.asText(v, n)
		}
		if v.bad() {
			return nil
		}
		for r, row := range def.Rows {
			if row[i] == "" {
				l.emptyCell(c.Table, def.Fields[i])
				return nil
			}
			x := l.isKey(v, row[i], def.FoldCase, k)
			never[r] = never[r] || x == nil
			conditions[r] = append(conditions[r], x)
			keys[r] += strconv.Quote(inCase(row[i], def.FoldCase))
		}
	}
	out := make([]ir.Expr, len(def.Rows))
	for r := range out {
		switch {
		case seen[keys[r]]:
			l.refuse(c.Table, spl.CodeUnsupported, "the lookup "+c.Table.Text+" has several rows of "+keys[r], "the fields of all would be added: leave one")
			return nil
		case never[r]:
		default:
			out[r] = and(c, conditions[r]...)
		}
		seen[keys[r]] = true
	}
	return out
}

// inCase is a key as it is compared.
func inCase(s string, fold bool) string {
	if fold {
		return strings.ToLower(s)
	}
	return s
}

// isKey tests one field against one cell; nil where a whole number is never spelled like it.
func (l *lowerer) isKey(v val, cell string, fold bool, n syntax.Node) ir.Expr {
	if whole(v.t) {
		i, err := strconv.ParseInt(cell, 10, 64)
		if err != nil || strconv.FormatInt(i, 10) != cell {
			return nil
		}
		return &ir.Compare{At: at(n), Op: ir.Eq, L: v.x, R: litOf(at(n), ir.Long, i)}
	}
	m := &ir.Match{At: at(n), Kind: ir.Equal, Case: ir.Exact, X: v.x, Needles: []ir.Expr{litOf(at(n), ir.String, cell)}}
	if fold {
		m.Case = ir.Fold
	}
	return m
}

// choice is the value that an event gets from column i: rows of one value are tested together. It is absent without a row.
func (l *lowerer) choice(c *syntax.Lookup, def spl.Lookup, i int, when []ir.Expr) ir.Expr {
	at := at(c)
	x := &ir.Cond{At: at, Else: litOf(at, ir.String, ""), T: ir.String}
	byValue := map[string]int{}
	var alternatives [][]ir.Expr
	for r, row := range def.Rows {
		if row[i] == "" {
			l.emptyCell(c.Table, def.Fields[i])
			return nil
		}
		if when[r] == nil {
			continue
		}
		n, ok := byValue[row[i]]
		if !ok {
			n = len(alternatives)
			byValue[row[i]] = n
			alternatives = append(alternatives, nil)
			x.Branches = append(x.Branches, ir.Branch{Then: litOf(at, ir.String, row[i])})
		}
		alternatives[n] = append(alternatives[n], when[r])
	}
	for n, xs := range alternatives {
		x.Branches[n].If = anyOf(xs, c)
	}
	if l.size(x) > maxNodes {
		l.unsupported(c.Table, "a lookup of this size")
		return nil
	}
	if len(x.Branches) == 0 {
		return x.Else
	}
	return x
}

// anyOf joins alternatives; equalities of one text become one test of several values.
func anyOf(xs []ir.Expr, n syntax.Node) ir.Expr {
	first, ok := xs[0].(*ir.Match)
	if !ok {
		return or(n, xs...)
	}
	all := *first
	all.Needles = nil
	for _, x := range xs {
		m, ok := x.(*ir.Match)
		if !ok || ir.Text(m.X) != ir.Text(first.X) {
			return or(n, xs...)
		}
		all.Needles = append(all.Needles, m.Needles...)
	}
	return &all
}
