package mapping

import (
	"maps"
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// materialise makes real columns of the source columns in used, for an op that combines rows.
func (w *walker) materialise(s *scope, at diag.Span, used map[string]bool) []ir.Op {
	ext := &ir.Extend{At: ir.At{S: at}}
	for _, c := range w.pending(s) {
		if !used[c.Name] {
			continue
		}
		d, made := s.defs[c.Name]
		if x, ok := w.quiet(c, s, at); ok {
			if made && d.elem != nil {
				continue // real already
			}
			ext.Cols = append(ext.Cols, ir.Named{Name: c.Name, X: x})
			continue
		}
		p := route{col: c.Name, t: c.Type}
		switch {
		case made && d.elem != nil:
			p = d.elem.base.below(ir.Step{IsIndex: true})
		case made:
			p = *d.alias
		}
		s.lack(map[string]lacking{c.Name: {p, s.table}})
	}
	if len(ext.Cols) == 0 {
		return nil
	}
	return []ir.Op{ext}
}

// pending lists the columns of the row that are not real yet: the table's own, and objects that have not been made.
func (w *walker) pending(s *scope) []ir.Column {
	var out []ir.Column
	if s.table != nil && !s.closed && s.schema != nil && !w.m.Keep {
		for _, c := range s.schema.Columns {
			if _, made := s.defs[c.Name]; !made {
				out = append(out, c)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.defs)) {
		d := s.defs[name]
		if d.elem != nil {
			out = append(out, ir.Column{Name: name, Type: ir.Dynamic})
		}
		if d.alias != nil {
			if _, k := s.table.find(*d.alias); k == container {
				out = append(out, ir.Column{Name: name, Type: ir.Dynamic})
			}
		}
	}
	return out
}

// quiet maps a column that the query does not name at this place; ok is false, without a message, when the target lacks it.
func (w *walker) quiet(c ir.Column, s *scope, at diag.Span) (ir.Expr, bool) {
	n, evidence := len(w.diags), w.res.Evidence
	x := w.expr(&ir.Col{At: ir.At{S: at}, Name: c.Name, T: c.Type}, s)
	if len(w.diags) > n {
		w.diags, w.res.Evidence = w.diags[:n], evidence
		return nil, false
	}
	return x, true
}

// finish makes the result's columns that are still the table's own; those that the target lacks leave the result and are listed.
func (w *walker) finish(root *ir.Pipeline, s *scope, q *ir.Query) {
	if w.m.Keep {
		w.finishKeep(root, s, q)
		return
	}
	ext := &ir.Extend{At: ir.At{S: root.From.Span()}}
	pending := w.pending(s)
	var cols []ir.Column
	for _, c := range q.Columns {
		i := slices.IndexFunc(pending, func(p ir.Column) bool { return p.Name == c.Name })
		if _, made := s.defs[c.Name]; !made && i < 0 {
			if _, lacks := s.lacks[c.Name]; lacks {
				w.res.Elided = append(w.res.Elided, c.Name)
				continue
			}
		}
		if i < 0 {
			cols = append(cols, c)
			continue
		}
		d, made := s.defs[c.Name]
		if made && d.alias != nil { // the user made it: silence would be wrong
			w.value(*d.alias, d.at, d.alias.typ(), s.table)
			cols = append(cols, c)
			continue
		}
		x, ok := w.quiet(c, s, ext.S)
		if !ok {
			w.res.Elided = append(w.res.Elided, c.Name)
			continue
		}
		cols = append(cols, c)
		if !made {
			ext.Cols = append(ext.Cols, ir.Named{Name: c.Name, X: x})
		}
	}
	q.Columns = cols
	if len(ext.Cols) > 0 {
		root.Ops = append(root.Ops, ext)
	}
}

// finishKeep: the result keeps the source's name of the time column.
func (w *walker) finishKeep(root *ir.Pipeline, s *scope, q *ir.Query) {
	if s.table == nil || s.closed || s.schema == nil || !renamable(s.schema.Time) || s.schema.Time == s.table.Time {
		return
	}
	for _, c := range q.Columns {
		if _, made := s.defs[c.Name]; c.Name == s.schema.Time && !made {
			at := ir.At{S: root.From.Span()}
			root.Ops = append(root.Ops, &ir.Extend{At: at, Cols: []ir.Named{{Name: c.Name, X: &ir.Col{At: at, Name: s.table.Time, T: ir.Datetime}}}})
		}
	}
}
