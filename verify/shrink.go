package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/verify/compare"
	"github.com/huntc/huntc/verify/generate"
	"github.com/huntc/huntc/verify/render"
)

// maxTries bounds the runs that shrinking one contradiction takes.
const maxTries = 400

// place in a set: a table and a row of it.
type position struct {
	table string
	row   int
}

// shrink finds a small part of a set that still shows a contradiction, by delta debugging: Zeller and Hildebrandt, Simplifying and
// Isolating Failure-Inducing Input.
func (v *Verifier) shrink(ctx context.Context, h *huntc.Hunt, s *subject, m *material, st *store) (Contradiction, error) {
	var all []position
	for _, t := range sortedKeys(m.set.Tables) {
		for i := range m.set.Tables[t].Rows {
			all = append(all, position{t, i})
		}
	}
	tries, limit := 0, maxTries
	switch {
	case len(all) > maxMutantEvents:
		limit = 1 // an estimate needs its events
	case len(all) > 300:
		limit = 60
	}
	var last Contradiction
	shows := func(part []position) (bool, error) {
		if tries++; tries > limit {
			return false, nil
		}
		small, rows, err := v.part(ctx, h, s, m, part)
		if err != nil {
			return false, err
		}
		if st != nil {
			if err := st.narrow(ctx, m, rows); err != nil {
				return false, err
			}
		}
		model, err := v.model(ctx, s.prepared.Query, small, small.stored(s.prepared))
		if err != nil {
			return false, err
		}
		quiet := *s // what a part of a set demonstrates has been noted
		quiet.shown = map[string]demonstration{}
		e, err := v.examine(ctx, h, &quiet, small, model, st)
		if err != nil || len(e.contradictions) == 0 {
			return false, err
		}
		last = contradiction(small, e.between, e.contradictions)
		return true, nil
	}
	// Aliases take a moment to reach every node, and a set may be unstable: see it once more as a whole.
	if ok, err := shows(all); err != nil || !ok {
		if err == nil && !ok {
			last = Contradiction{Set: m.name, Aspects: aspects(m), Between: "two runs over the same events", Differences: []string{"the difference did not come again"}, Events: events(m)}
		}
		return last, err
	}
	return last, minimise(all, shows)
}

// minimise calls shows with smaller and smaller parts until none that is smaller shows the same.
func minimise(all []position, shows func([]position) (bool, error)) error {
	part := all
	for n := 2; len(part) > 1; {
		size := (len(part) + n - 1) / n
		found := false
		for from := 0; from < len(part) && !found; from += size {
			rest := slices.Concat(part[:from], part[min(from+size, len(part)):])
			ok, err := shows(rest)
			if err != nil {
				return err
			}
			if ok {
				part, n, found = rest, max(n-1, 2), true
			}
		}
		if !found {
			if n >= len(part) {
				return nil
			}
			n = min(2*n, len(part))
		}
	}
	return nil
}

// part is a material of some rows of another.
func (v *Verifier) part(ctx context.Context, h *huntc.Hunt, s *subject, m *material, part []position) (*material, map[string][]int, error) {
	set := generate.Set{ID: m.set.ID, Aspects: m.set.Aspects, Tables: map[string]*eval.Table{}}
	rows := map[string][]int{}
	for name, t := range m.set.Tables {
		set.Tables[name] = &eval.Table{Columns: t.Columns}
		rows[name] = []int{}
	}
	for _, p := range part {
		t := set.Tables[p.table]
		t.Rows = append(t.Rows, m.set.Tables[p.table].Rows[p.row])
		rows[p.table] = append(rows[p.table], p.row)
	}
	small, err := v.material(ctx, h, s.prepared, set, m.now, m.params)
	if err != nil {
		return nil, nil, err
	}
	small.name, small.foreigners = m.name, m.foreigners
	for name, d := range m.foreigners {
		small.docs[name] = append(small.docs[name], d)
		rows[name] = append(rows[name], len(m.docs[name])-1)
	}
	return small, rows, nil
}

func contradiction(m *material, between string, ds []compare.Difference) Contradiction {
	c := Contradiction{Set: m.name, Aspects: aspects(m), Between: between, Events: events(m)}
	for i, d := range ds {
		if i == 10 {
			c.Differences = append(c.Differences, fmt.Sprintf("… %d more", len(ds)-i))
			break
		}
		c.Differences = append(c.Differences, d.String())
	}
	return c
}

func aspects(m *material) []string {
	var out []string
	for _, a := range m.set.Aspects {
		out = append(out, a.Name)
	}
	return out
}

// maxShown bounds the events that are written out.
const maxShown = 20

func events(m *material) map[string][]string {
	out := map[string][]string{}
	for name, t := range m.set.Tables {
		for i, row := range t.Rows {
			if i == maxShown {
				out[name] = append(out[name], fmt.Sprintf("… %d more", len(t.Rows)-i))
				break
			}
			out[name] = append(out[name], eventText(t, row))
		}
	}
	return out
}

// eventText writes a source event as JSON without its absent values.
func eventText(t *eval.Table, row []ir.Value) string {
	var b ir.Bag
	for i, c := range t.Columns {
		v := row[i].V
		if v == nil {
			continue
		}
		if ticks, ok := v.(int64); ok {
			v = render.Number(c.Type, ticks)
		}
		b = append(b, ir.Member{Key: c.Name, Value: v})
	}
	return ir.JSONText(b)
}
