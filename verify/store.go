package verify

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/compare"
	"github.com/huntc/huntc/verify/render"
)

// Fields that tell the sets of one index apart; a filtered alias shows one set. No translation names them.
const (
	fieldSet = "huntc_verify_set"
	fieldRow = "huntc_verify_row"
)

// store is the indices of one hunt and mapping.
type store struct {
	e     Engine
	index map[string]string // by source table
	made  []string
}

// closeTime bounds the removal of the indices, also after Ctrl-C.
const closeTime = 30 * time.Second

func randomName() (string, error) {
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return "huntc-verify-" + hex.EncodeToString(b[:]), nil
}

// load writes all sets into an index per table, and makes an alias for each set.
func (v *Verifier) load(ctx context.Context, subjects []*subject, ms []*material) (*store, error) {
	name, err := randomName()
	if err != nil {
		return nil, err
	}
	st := &store{e: v.o.Engine, index: map[string]string{}}
	for table := range ms[0].docs {
		index := name + "-" + strings.ToLower(fileName(table))
		st.index[table] = index
		if err := st.fill(ctx, index, table, subjects, ms); err != nil {
			return nil, errors.Join(err, st.close(ctx))
		}
	}
	return st, nil
}

func (st *store) fill(ctx context.Context, index, table string, subjects []*subject, ms []*material) error {
	if err := st.create(ctx, index, table, subjects); err != nil {
		return err
	}
	var docs [][]byte
	filters := map[string]json.RawMessage{}
	for _, m := range ms {
		for row, d := range m.docs[table] {
			d = append(slices.Clone(d), ir.Member{Key: fieldSet, Value: int64(m.set.ID)}, ir.Member{Key: fieldRow, Value: int64(row)})
			docs = append(docs, []byte(ir.JSONText(d)))
		}
		filters[st.alias(table, m)] = filter(m.set.ID, nil)
	}
	if err := st.e.Bulk(ctx, index, docs); err != nil {
		return err
	}
	return st.e.Alias(ctx, index, filters)
}

// create makes an index that must not exist yet.
func (st *store) create(ctx context.Context, index, table string, subjects []*subject) error {
	taken, err := st.e.Exists(ctx, index)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("the index %s exists; nothing is written to it", index)
	}
	fields := []render.Field{{Name: fieldSet, Type: "integer"}, {Name: fieldRow, Type: "integer"}}
	for _, s := range subjects {
		fields = append(fields, render.Fields(s.prepared.Query)...)
	}
	_, info := subjects[0].prepared.Mapping.Table(table)
	body := ir.JSONText(render.Mappings(fields, info.TimeField, st.e.Product()))
	err = st.e.CreateIndex(ctx, index, []byte(body))
	var refused *remote.Refused
	if err == nil || !errors.As(err, &refused) { // a cut connection may have made it
		st.made = append(st.made, index)
	}
	return err
}

// filter shows one set, or with rows those of its events.
func filter(set int, rows []int) json.RawMessage {
	terms := ir.Bag{{Key: "term", Value: ir.Bag{{Key: fieldSet, Value: int64(set)}}}}
	if rows == nil {
		return json.RawMessage(ir.JSONText(terms))
	}
	list := make([]any, len(rows))
	for i, r := range rows {
		list[i] = int64(r)
	}
	both := []any{terms, ir.Bag{{Key: "terms", Value: ir.Bag{{Key: fieldRow, Value: list}}}}}
	return json.RawMessage(ir.JSONText(ir.Bag{{Key: "bool", Value: ir.Bag{{Key: "filter", Value: both}}}}))
}

func (st *store) alias(table string, m *material) string {
	return fmt.Sprintf("%s-%d", st.index[table], m.set.ID)
}

// narrow shows only some rows of a set.
func (st *store) narrow(ctx context.Context, m *material, rows map[string][]int) error {
	for table, index := range st.index {
		list := rows[table]
		if list == nil {
			list = []int{}
		}
		if err := st.e.Alias(ctx, index, map[string]json.RawMessage{st.alias(table, m): filter(m.set.ID, list)}); err != nil {
			return err
		}
	}
	return nil
}

// close removes the indices, and the aliases with them.
func (st *store) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	var errs []error
	for _, name := range st.made {
		if err := st.e.DeleteIndex(ctx, name); err != nil {
			errs = append(errs, fmt.Errorf("the index %s could not be removed: %w", name, err))
		}
	}
	st.made = nil
	return errors.Join(errs...)
}

// unchanged runs the output's own bytes, as they are shipped, over events that are placed relative to the real clock. That is possible
// where nothing else fits the output's index pattern.
func (v *Verifier) unchanged(ctx context.Context, h *huntc.Hunt, s *subject) (err error) {
	if v.o.Engine == nil {
		return nil
	}
	if len(s.report.Contradictions) > 0 {
		s.report.Unchanged = "not run: it has been contradicted"
		return nil
	}
	now := time.Now().UTC()
	ms, _, err := v.materials(ctx, h, s.prepared, now, 20, nil)
	if err != nil {
		return err
	}
	var chosen *material // the smallest that finds rows
	for _, m := range ms {
		if m.set.Plain && len(m.want.Rows) > 0 && (chosen == nil || m.events() < chosen.events()) {
			chosen = m
		}
	}
	if chosen == nil {
		s.report.Unchanged = "not run: every set stands on an edge of time"
		return nil
	}
	o := v.o.Translate
	o.Now = time.Time{}
	r, err := v.c.Translate(ctx, h, s.target, o)
	if err != nil {
		return err
	}
	st := &store{e: v.o.Engine}
	defer func() { err = errors.Join(err, st.close(ctx)) }()
	for table, docs := range chosen.docs {
		why, err := v.place(ctx, st, s, table, docs)
		if err != nil || why != "" {
			s.report.Unchanged = why
			return err
		}
	}
	got, _, err := v.execute(ctx, r)
	var refused *remote.Refused
	if errors.As(err, &refused) {
		s.report.Unchanged = "refused: " + refused.Reason
		return nil
	}
	if err != nil {
		return err
	}
	return v.judgeUnchanged(s, chosen, got)
}

func (v *Verifier) judgeUnchanged(s *subject, m *material, got *eval.Table) error {
	o := s.options
	o.Declared = join(slices.Concat(outside(s, s.mapping, m), outside(s, s.backend, m)))
	if bad := compare.Contradicts(compare.Rows(s.without(m.want), got, o)); len(bad) > 0 {
		s.report.Unchanged = "other rows"
		s.report.Contradictions = append(s.report.Contradictions, contradiction(m, "the hunt and the output's own bytes on "+v.engineName(), bad))
		return nil
	}
	s.report.Unchanged = "equal"
	return nil
}

// place writes events into an index that the output itself reads; why says where that cannot be.
func (v *Verifier) place(ctx context.Context, st *store, s *subject, table string, docs []ir.Bag) (why string, err error) {
	pattern := ""
	if info := s.prepared.Tables[table]; info != nil {
		pattern = info.Index
	}
	if pattern == "" || strings.Contains(pattern, ",") {
		return fmt.Sprintf("not run: %s has no index of its own", table), nil
	}
	taken, err := st.e.Exists(ctx, pattern)
	if err != nil {
		return "", err
	}
	if taken {
		return fmt.Sprintf("not run: %s exists", pattern), nil
	}
	name, err := randomName()
	if err != nil {
		return "", err
	}
	index := strings.ReplaceAll(pattern, "*", name)
	if err := st.create(ctx, index, table, []*subject{s}); err != nil {
		var refused *remote.Refused
		if errors.As(err, &refused) {
			return "not run: " + refused.Reason, nil
		}
		return "", err
	}
	var lines [][]byte
	for _, d := range docs {
		lines = append(lines, []byte(ir.JSONText(d)))
	}
	return "", st.e.Bulk(ctx, index, lines)
}
