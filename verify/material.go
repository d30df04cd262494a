package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/verify/generate"
	"github.com/huntc/huntc/verify/render"
)

// material is one set of events: what the hunt finds in them, and how the target holds them.
type material struct {
	set  generate.Set
	name string
	want *eval.Table
	docs map[string][]ir.Bag // by source table

	now    time.Time
	params map[string]ir.Value

	foreigners map[string]ir.Bag // the last of docs, which belong to another table
}

// resolution is the finest difference of time that the target keeps, in ticks.
func resolution(p *huntc.Prepared) int64 {
	return max(1, render.Resolution(p.Mapping.Types["datetime"]))
}

// materials makes the sets for a mapping.
func (v *Verifier) materials(ctx context.Context, h *huntc.Hunt, p *huntc.Prepared, now time.Time, n int, large []int) ([]*material, []string, error) {
	q, err := v.c.Meaning(h, v.o.Translate)
	if err != nil {
		return nil, nil, err
	}
	o := generate.Options{Seed: v.o.Seed, N: n, Now: ir.TicksOf(now), Tick: resolution(p), Schema: map[string][]ir.Column{},
		Params: v.o.Translate.Params, Also: map[string][]generate.Path{}, Large: large}
	for _, table := range q.Tables() {
		name := table.Name
		if cols, ok := v.c.TableColumns(h, name); ok {
			o.Schema[name] = cols
		}
		o.Also[name] = alsoRead(p, name)
	}
	res, err := generate.Sets(ctx, q, o)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", h.File, err)
	}
	out := make([]*material, 0, len(res.Sets))
	for i, s := range res.Sets {
		addresses(p, s.Tables)
		m, err := v.material(ctx, h, p, s, now, v.o.Translate.Params)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: set %d: %w", h.File, i, err)
		}
		if i%6 == 1 && i < n {
			if m, err = v.withForeign(ctx, h, p, m, i/6); err != nil {
				return nil, nil, err
			}
		}
		m.name = fmt.Sprintf("set %d", i)
		out = append(out, m)
	}
	return out, res.Loose, nil
}

// given makes materials of events that are not generated. Events between two times that the target can tell are left to the evaluator.
func (v *Verifier) given(ctx context.Context, h *huntc.Hunt, p *huntc.Prepared, list []Given) ([]*material, error) {
	q, err := v.c.Meaning(h, v.o.Translate)
	if err != nil {
		return nil, err
	}
	var out []*material
	for _, g := range list {
		set := generate.Set{Aspects: []generate.Aspect{{Name: "given events"}}, Tables: map[string]*eval.Table{}}
		fine := false
		for _, t := range q.Tables() {
			rows := g.Tables[t.Name]
			if rows == nil {
				cols, ok := v.c.TableColumns(h, t.Name)
				if !ok {
					cols = t.Columns
				}
				rows = &eval.Table{Columns: cols}
			}
			set.Tables[t.Name] = rows
			fine = fine || finer(rows, t.Time, resolution(p))
		}
		if fine {
			continue
		}
		now, params := g.Now, g.Params
		if now.IsZero() {
			now = instant
		}
		if params == nil {
			params = v.o.Translate.Params
		}
		m, err := v.material(ctx, h, p, set, now, params)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", h.File, g.Name, err)
		}
		m.name = g.Name
		out = append(out, m)
	}
	return out, nil
}

// finer reports whether an event's time lies between two that the target can tell.
func finer(t *eval.Table, column string, resolution int64) bool {
	i := slices.IndexFunc(t.Columns, func(c ir.Column) bool { return c.Name == column })
	return i >= 0 && slices.ContainsFunc(t.Rows, func(r []ir.Value) bool {
		ticks, ok := r[i].V.(int64)
		return ok && ticks%resolution != 0
	})
}

// alsoRead lists the sources that the target keeps in the place of others.
func alsoRead(p *huntc.Prepared, table string) []generate.Path {
	t, _ := p.Mapping.Table(table)
	if t == nil {
		return nil
	}
	var out []generate.Path
	for _, r := range t.Columns {
		for _, f := range r.First {
			parts := strings.Split(f, ".")
			out = append(out, generate.Path{Column: parts[0], Keys: parts[1:]})
		}
	}
	return out
}

func (v *Verifier) material(ctx context.Context, h *huntc.Hunt, p *huntc.Prepared, s generate.Set, now time.Time, params map[string]ir.Value) (*material, error) {
	m := &material{set: s, docs: map[string][]ir.Bag{}, now: now, params: params}
	var err error
	if m.want, err = v.c.Rows(ctx, h, huntc.RowsOptions{Tables: s.Tables, Now: now, Params: params}); err != nil {
		return nil, err
	}
	for name, rows := range s.Tables {
		if m.docs[name], err = render.Documents(p.Mapping, name, rows); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (v *Verifier) withForeign(ctx context.Context, h *huntc.Hunt, p *huntc.Prepared, m *material, n int) (*material, error) {
	set, docs := m.foreign(p, n)
	if len(docs) == 0 {
		return m, nil
	}
	out, err := v.material(ctx, h, p, set, m.now, m.params)
	if err != nil {
		return nil, err
	}
	out.foreigners = docs
	for name, d := range docs {
		out.docs[name] = append(out.docs[name], d)
	}
	return out, nil
}

// foreign gives away one event of a set to another table of the same index, or to one that is named nearly like this: the hunt does not
// see it, and the translation has to leave it out.
func (m *material) foreign(p *huntc.Prepared, n int) (set generate.Set, docs map[string]ir.Bag) {
	set, docs = m.set, map[string]ir.Bag{}
	set.Tables = map[string]*eval.Table{}
	for name, rows := range m.set.Tables {
		set.Tables[name] = rows
		t, _ := p.Mapping.Table(name)
		field, value, ok := t.FilterOf(name)
		if !ok || len(rows.Rows) == 0 {
			continue
		}
		other := []string{value + "2", "2" + value, strings.ToLower(value), "other"}[n%4]
		docs[name] = render.Set(m.docs[name][0], field, other)
		set.Tables[name] = &eval.Table{Columns: rows.Columns, Rows: rows.Rows[1:]}
	}
	return set, docs
}

// stored makes the documents tables that a query with strict nulls reads.
func (m *material) stored(p *huntc.Prepared) map[string]*eval.Table {
	out := map[string]*eval.Table{}
	for name, docs := range m.docs {
		_, info := p.Mapping.Table(name)
		out[name] = render.AsTable(p.Mapping, docs, info.TimeField, m.set.Tables[name].Columns)
	}
	return out
}

// events counts source events.
func (m *material) events() int {
	n := 0
	for _, t := range m.set.Tables {
		n += len(t.Rows)
	}
	return n
}

// model runs a prepared query over the target's documents with strict nulls.
func (v *Verifier) model(ctx context.Context, q *ir.Query, m *material, stored map[string]*eval.Table) (*eval.Table, error) {
	return eval.Run(ctx, q, &eval.Env{Tables: stored, Now: ir.TicksOf(m.now), Params: m.params, Strict: true})
}

// keep leaves the bulk file of a set, one per table.
func (v *Verifier) keep(h *huntc.Hunt, s *subject, m *material) error {
	if v.o.Keep == "" {
		return nil
	}
	dir := filepath.Join(v.o.Keep, fileName(huntID(h)), fileName(s.target.Language+"-"+s.prepared.Mapping.Name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for table, docs := range m.docs {
		name := filepath.Join(dir, fileName(m.name+"-"+table)+".ndjson")
		text := render.Bulk(docs)
		if s.target.Language == "spl" {
			text = render.Lines(docs)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fileName keeps letters, digits, dot and dash of a name: ids come from content files.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, s)
	if s = strings.Trim(s, ".-"); s == "" {
		return "unnamed"
	}
	return s
}
