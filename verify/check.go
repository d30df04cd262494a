package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/compare"
	"github.com/huntc/huntc/verify/generate"
	"github.com/huntc/huntc/verify/mutate"
)

// maxContradictions bounds how many contradictions of one hunt and target are shrunk and shown.
const maxContradictions = 5

// verify makes the events once for all subjects, which share a mapping, and checks each.
func (v *Verifier) verify(ctx context.Context, h *huntc.Hunt, subjects []*subject, given []Given) (err error) {
	var large []int
	if v.o.Large && v.o.Engine != nil {
		large = sizes(subjects)
	}
	ms, loose, err := v.materials(ctx, h, subjects[0].prepared, instant, v.o.Sets, large)
	var none *generate.Underivable
	if errors.As(err, &none) {
		for _, s := range subjects {
			s.report.Skipped = none.Why
		}
		return nil
	}
	if err != nil {
		return err
	}
	more, err := v.given(ctx, h, subjects[0].prepared, given)
	if err != nil {
		return err
	}
	ms = append(more, ms...)
	for i, m := range ms {
		m.set.ID = i
		if err := v.keep(h, subjects[0], m); err != nil {
			return err
		}
	}
	var st *store
	if v.o.Engine != nil {
		if st, err = v.load(ctx, subjects, ms); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, st.close(ctx)) }()
	}
	for _, s := range subjects {
		s.report.Loose = loose
		v.o.Progress(fmt.Sprintf("%s for %s", h.Name, s.target))
		if err := v.check(ctx, h, s, ms, st); err != nil {
			return err
		}
	}
	return nil
}

// sizes are the sizes of groups beyond the limits of the estimates that the translations declare.
func sizes(subjects []*subject) []int {
	beyond := map[string]int{"ESQL-DCOUNT": 12_000, "ESAGG-CARDINALITY": 60_000, "ESAGG-SET": 1100, "ESAGG-TERMS": 1100, "SPL-SET-CAP": 140}
	var out []int
	for _, s := range subjects {
		for _, n := range s.backend {
			if size := beyond[string(n.Code)]; size > 0 && !slices.Contains(out, size) {
				out = append(out, size)
			}
		}
	}
	slices.Sort(out)
	return out
}

// check verifies one subject over all sets.
func (v *Verifier) check(ctx context.Context, h *huntc.Hunt, s *subject, ms []*material, st *store) error {
	models := make([]*eval.Table, len(ms))
	for i, m := range ms {
		var err error
		if models[i], err = v.model(ctx, s.prepared.Query, m, m.stored(s.prepared)); err != nil {
			return fmt.Errorf("%s for %s: the prepared query does not run: %w", h.File, s.target, err)
		}
		s.report.Sets++
		s.report.Events += m.events()
		if len(m.want.Rows) > 0 {
			s.report.Yielding++
		}
		out, err := v.examine(ctx, h, s, m, models[i], st)
		var refused *remote.Refused
		if errors.As(err, &refused) {
			s.report.Refused = refused.Reason
			return nil
		}
		if err != nil {
			return err
		}
		if len(out.contradictions) == 0 {
			continue
		}
		if len(s.report.Contradictions) < maxContradictions {
			c, err := v.shrink(ctx, h, s, m, st)
			if err != nil {
				return err
			}
			s.report.Contradictions = append(s.report.Contradictions, c)
		}
	}
	if err := v.unchanged(ctx, h, s); err != nil {
		return err
	}
	s.undemonstrated(h, v.o.Known)
	return v.mutants(ctx, h, s, ms, models)
}

// examination is what one set shows.
type examination struct {
	between        string
	contradictions []compare.Difference
}

// examine compares the tables of one set, and notes which drifts it demonstrates.
func (v *Verifier) examine(ctx context.Context, h *huntc.Hunt, s *subject, m *material, model *eval.Table, st *store) (examination, error) {
	var e examination
	mapping, backend := outside(s, s.mapping, m), outside(s, s.backend, m)
	stage := func(between string, want, got *eval.Table, notes, all []emit.Note) {
		o := s.options
		o.Declared = join(notes)
		if got == model {
			o.Cap = 0
		}
		ds := compare.Rows(s.without(want), got, o)
		s.note(m, want, ds, notes, all)
		if bad := compare.Contradicts(ds); len(bad) > 0 && e.contradictions == nil {
			e.between, e.contradictions = between, bad
		}
	}
	stage("the hunt and its prepared form over the target's documents", m.want, model, mapping, s.mapping)
	var got *eval.Table
	var warned string
	var err error
	switch {
	case v.o.SPL:
		got, warned, err = v.interpretSPL(ctx, h, s, m, model.Columns)
	case st == nil:
		return e, nil
	default:
		got, warned, err = v.run(ctx, h, s, m, st)
	}
	if err != nil {
		return e, err
	}
	if got == nil {
		return e, nil
	}
	if warned != "" && len(backend) == 0 && e.contradictions == nil {
		e.between = "the output and " + v.engineName()
		e.contradictions = []compare.Difference{{Kind: compare.Warned, Want: "no warning", Got: warned}}
	}
	if !exceeds(s, mapping) {
		stage("the prepared form and "+v.engineName(), model, got, backend, s.backend)
	}
	if e.contradictions == nil {
		stage("the hunt and "+v.engineName(), m.want, got, slices.Concat(mapping, backend), nil)
	}
	return e, nil
}

// run runs the translation over one set. warned is what the engine said that may have changed the rows.
func (v *Verifier) run(ctx context.Context, h *huntc.Hunt, s *subject, m *material, st *store) (got *eval.Table, warned string, err error) {
	o := v.o.Translate
	o.Now, o.Params = m.now, m.params
	o.Env.Tables = maps.Clone(o.Env.Tables)
	if o.Env.Tables == nil {
		o.Env.Tables = map[string]huntc.EnvTable{}
	}
	for table := range m.docs {
		e := o.Env.Tables[table]
		e.Index = st.alias(table, m)
		o.Env.Tables[table] = e
	}
	r, err := v.c.Translate(ctx, h, s.target, o)
	if err != nil {
		return nil, "", err
	}
	if r.Output == nil {
		return nil, "", fmt.Errorf("%s for %s: %s", h.File, s.target, firstRefusal(r))
	}
	return v.execute(ctx, r)
}

func (v *Verifier) execute(ctx context.Context, r *huntc.Result) (got *eval.Table, warned string, err error) {
	got, warnings, err := v.o.Engine.Run(ctx, r.Output)
	var incomplete *remote.IncompleteError
	if errors.As(err, &incomplete) && got != nil {
		err = nil
	}
	for _, w := range warnings {
		if w.Severity >= remote.Unexpected {
			warned = w.Text
		}
	}
	return got, warned, err
}

// mutants counts the mutants of the prepared query that the sets tell from it.
func (v *Verifier) mutants(ctx context.Context, h *huntc.Hunt, s *subject, ms []*material, models []*eval.Table) error {
	stored := make([]map[string]*eval.Table, len(ms))
	for i, m := range ms {
		stored[i] = m.stored(s.prepared)
	}
	o := s.options
	o.Cap = 0
	for _, mu := range mutate.All(s.prepared.Query) {
		s.report.Mutants++
		killed := false
		for i := 0; i < len(ms) && !killed; i++ {
			if ms[i].events() > maxMutantEvents {
				continue
			}
			rows, err := v.model(ctx, mu.Query, ms[i], stored[i])
			if ctx.Err() != nil {
				return ctx.Err()
			}
			killed = err != nil || len(compare.Rows(models[i], rows, o)) > 0
		}
		if killed {
			s.report.Killed++
			continue
		}
		s.report.Survivors = append(s.report.Survivors, Survivor{mu.Name, v.o.Known.reason(v.o.Known.mutants, huntID(h), s.target.String(), mu.Name)})
	}
	return nil
}

// maxMutantEvents leaves the largest sets to the estimates that they are for.
const maxMutantEvents = 1000

// demonstration is what sets have shown of a drift.
type demonstration struct{ inside, shows bool }

// id is what a drift is demonstrated as: one that is declared for several words of a hunt is one.
func id(n emit.Note) string { return string(n.Code) + "|" + n.Bound }

// note records what a set shows: equal rows inside all bounds, or a difference that one drift alone explains.
func (s *subject) note(m *material, want *eval.Table, ds []compare.Difference, out, all []emit.Note) {
	for _, n := range all {
		d := s.shown[id(n)]
		isOut := slices.ContainsFunc(out, func(o emit.Note) bool { return id(o) == id(n) })
		if !isOut && len(want.Rows) > 0 && !slices.ContainsFunc(ds, func(x compare.Difference) bool { return !x.Allowed }) {
			d.inside = true
		}
		if isOut && s.explains(n, out, ds) {
			d.shows = true
		}
		s.shown[id(n)] = d
	}
	_ = m
}

// explains reports whether a difference needs the drift: the others that the set is outside of do not allow it.
func (s *subject) explains(n emit.Note, out []emit.Note, ds []compare.Difference) bool {
	others := join(slices.DeleteFunc(slices.Clone(out), func(o emit.Note) bool { return id(o) == id(n) }))
	alone := join([]emit.Note{n})
	return slices.ContainsFunc(ds, func(d compare.Difference) bool {
		switch d.Kind {
		case compare.Extra:
			return alone.Extra && !others.Extra
		case compare.Lost:
			return alone.Lost && !others.Lost
		case compare.Order:
			return alone.Order && !others.Order
		case compare.Value:
			return d.Direction&^alone.Values[d.Column] == 0 && d.Direction&^others.Values[d.Column] != 0
		}
		return false
	})
}

// undemonstrated lists the drifts that no set has shown, or has shown to be exact inside their bound.
func (s *subject) undemonstrated(h *huntc.Hunt, k *Known) {
	checked := bounds()
	notes := s.mapping
	if s.report.Engine != "eval" {
		notes = slices.Concat(notes, s.backend)
	}
	done := map[string]bool{}
	for _, n := range notes {
		if done[id(n)] {
			continue
		}
		done[id(n)] = true
		d := s.shown[id(n)]
		_, canTell := checked[n.Code]
		if n.Bound != "" && !canTell {
			s.report.Unchecked = append(s.report.Unchecked, string(n.Code))
		}
		if d.shows && (d.inside || n.Bound == "" || !canTell) {
			s.report.Demonstrated = append(s.report.Demonstrated, string(n.Code))
			continue
		}
		u := Undemonstrated{Code: string(n.Code), What: n.Message + ": " + n.Effect.String(), Bound: n.Bound,
			Reason: k.reason(k.drifts, huntID(h), s.target.String(), string(n.Code))}
		if d.shows {
			u.What += " (shown, but not that it is exact inside the bound)"
		}
		s.report.Undemonstrated = append(s.report.Undemonstrated, u)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// without leaves out the result columns that nobody named and the target does not have: the output lists them as left out.
func (s *subject) without(t *eval.Table) *eval.Table {
	keep := make([]int, 0, len(t.Columns))
	for i, c := range t.Columns {
		if !slices.Contains(s.result.Elided, c.Name) {
			keep = append(keep, i)
		}
	}
	if len(keep) == len(t.Columns) {
		return t
	}
	out := &eval.Table{}
	for _, i := range keep {
		out.Columns = append(out.Columns, t.Columns[i])
	}
	for _, row := range t.Rows {
		short := make([]ir.Value, len(keep))
		for j, i := range keep {
			short[j] = row[i]
		}
		out.Rows = append(out.Rows, short)
	}
	return out
}
