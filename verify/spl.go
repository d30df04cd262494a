package verify

import (
	"context"
	"errors"
	"slices"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
)

// splEngine is the name of the SPL interpreter in reports: its verdict is a reading of Splunk's documentation, not Splunk's.
const splEngine = "our SPL interpreter"

// interpretSPL runs an SPL translation over the documents of a set, in the interpreter or on Splunk; got is nil where Splunk cannot hold
// the set. The documents stand in the index, and have the
// fields, by which their mapping finds them.
func (v *Verifier) interpretSPL(ctx context.Context, h *huntc.Hunt, s *subject, m *material, cols []ir.Column) (got *eval.Table, warned string, err error) {
	o := v.o.Translate
	o.Now, o.Params = m.now, m.params
	r, err := v.c.Translate(ctx, h, s.target, o)
	if err != nil {
		return nil, "", err
	}
	if r.Output == nil {
		return nil, "", &remote.Refused{Reason: firstRefusal(r)}
	}
	data := interpret.Data{Events: map[string][]ir.Bag{}, Now: m.now}
	for _, table := range sortedKeys(m.docs) {
		index, fields := selection(s, table)
		data.Events[index] = append(data.Events[index], documents(m.docs[table], fields)...)
		if !slices.Contains(data.Default, index) {
			data.Default = append(data.Default, index)
		}
	}
	if v.o.Splunk != nil {
		return v.searchSplunk(ctx, s, r.Output.Text, data, cols)
	}
	got, err = interpret.Run(ctx, &diag.Source{Name: h.Name + ".spl", Text: r.Output.Text}, data)
	var refused *interpret.Refused
	if errors.As(err, &refused) {
		return nil, "", &remote.Refused{Reason: refused.Error()}
	}
	if err != nil {
		return nil, "", err
	}
	got, err = interpret.Typed(got, cols)
	return got, "", err
}

// selection is where a mapping finds a table's events: the index, and the fields that its search compares (sourcetype="…").
func selection(s *subject, table string) (index string, fields ir.Bag) {
	index = "main"
	_, info := s.prepared.Mapping.Table(table)
	pipe, _ := syntax.Parse(&diag.Source{Text: info.Search}, syntax.Options{})
	if len(pipe.Commands) == 0 {
		return index, nil
	}
	search, ok := pipe.Commands[0].(*syntax.Search)
	if !ok {
		return index, nil
	}
	terms := []syntax.Term{search.Expr}
	if all, ok := search.Expr.(*syntax.AllOf); ok {
		terms = all.Terms
	}
	for _, t := range terms {
		c, ok := t.(*syntax.Compare)
		switch {
		case !ok || c.Op != "=" || c.Value == nil:
		case c.Field.Text == "index":
			index = c.Value.Text
		default:
			fields = append(fields, ir.Member{Key: c.Field.Text, Value: c.Value.Text})
		}
	}
	return index, fields
}

// documents are the events with their text in _raw and with the fields that select them, unless they have others of that name: an event
// of another table.
func documents(docs []ir.Bag, fields ir.Bag) []ir.Bag {
	out := make([]ir.Bag, len(docs))
	for i, d := range docs {
		out[i] = append(slices.Clone(d), ir.Member{Key: "_raw", Value: ir.JSONText(d)})
		for _, f := range fields {
			if _, ok := d.Get(f.Key); !ok {
				out[i] = append(out[i], f)
			}
		}
	}
	return out
}
