package huntc

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
	"github.com/huntc/huntc/mapping"
)

// Options of one translation. The zero value writes windows relative to run time.
type Options struct {
	Params     map[string]ir.Value // literal values for the hunt's parameters
	Now        time.Time           // zero: relative to the target's run time
	Lookback   time.Duration       // for a hunt without a bound on time; 0 adds none
	KeepParams bool                // parameters become the target's own
	Env        Environment
}

// Environment is one user's data: per source table what replaces the mapping's index or base search.
type Environment struct {
	Tables    map[string]EnvTable
	Retention time.Duration // how long the target keeps events; 0 for unknown
}

// EnvTable replaces where a table's events are found.
type EnvTable struct {
	Index     string        // Elastic: index pattern
	Search    string        // Splunk: base search
	Retention time.Duration // how long the target keeps the events; 0 for Environment.Retention
}

// Result is one hunt for one target.
type Result struct {
	Target      Target
	Grade       emit.Grade
	Notes       []emit.Note
	Evidence    emit.Evidence
	Facts       []*emit.Fact // what the translation rests on
	Output      *emit.Output // nil when refused
	Assumptions []string
	Elided      []string // columns that nobody named and the target does not have, with the reason
	Diagnostics diag.List
}

// Translate writes the hunt for a target. The error is for a cancelled context or misuse; everything about the user's text is in
// Result.Diagnostics, and a refused translation has no Output.
func (c *Compiler) Translate(ctx context.Context, h *Hunt, t Target, o Options) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if h.IR == nil {
		return nil, fmt.Errorf("%s: the hunt could not be read", h.File)
	}
	i := slices.IndexFunc(backends, func(b emit.Backend) bool { return b.Language() == t.Language })
	if i < 0 {
		return nil, fmt.Errorf("unknown language %q", t.Language)
	}
	r := &Result{Target: t}
	in, leaves := c.prepare(h, t, o, r)
	if in == nil {
		r.Grade = emit.Refused
		return r, nil
	}
	out, rep := backends[i].Emit(in)
	r.Diagnostics = append(r.Diagnostics, rep.Diags...)
	r.Evidence, r.Facts = max(r.Evidence, rep.Evidence), rep.Used
	r.Notes = append(leaves, rep.Notes()...)
	if out != nil && len(out.Text) > c.limits.OutputBytes {
		r.Diagnostics.Add(diag.Diagnostic{Code: "OUTPUT-LIMIT", Severity: diag.Refused, Source: h.Query, Target: t.String(),
			Message: fmt.Sprintf("the output would have %d bytes; the limit is %d", len(out.Text), c.limits.OutputBytes)})
	}
	r.finish(out, h)
	return r, nil
}

// finish sets grade and output from what was said.
func (r *Result) finish(out *emit.Output, h *Hunt) {
	for _, n := range r.Notes {
		r.Diagnostics.Add(diag.Diagnostic{Code: n.Code, Severity: diag.Drift, Source: h.Query, Span: n.Span,
			Target: r.Target.String(), Message: noteText(n), Why: n.Why})
	}
	r.Diagnostics.Sort()
	switch {
	case out == nil || r.Diagnostics.Max() >= diag.Refused:
		r.Grade = emit.Refused
		return
	case len(r.Notes) > 0:
		r.Grade = emit.Approximate
	default:
		r.Grade = emit.Exact
	}
	r.Output = out
}

func noteText(n emit.Note) string {
	s := n.Message + ": " + n.Effect.String()
	if n.Bound != "" {
		s += ", exact while " + n.Bound
	}
	return s
}

// prepare brings the hunt into the form that the target's backend expects, and returns the drifts that mapping causes.
func (c *Compiler) prepare(h *Hunt, t Target, o Options, r *Result) (*emit.Input, []emit.Note) {
	m, err := c.mappings.Get(t.Language + mappingKey(t))
	if err != nil {
		r.Diagnostics.Add(diag.Diagnostic{Code: "MAP-NONE", Severity: diag.Refused, Source: h.Query, Target: t.String(), Message: err.Error()})
		return nil, nil
	}
	q := bindParams(h.IR, o)
	checkRetention(h, q, o, r)
	if t.Language != "kql" {
		inlined, ok := ir.Inline(q, c.limits.Ops)
		if !ok {
			r.Diagnostics.Add(diag.Diagnostic{Code: "OUTPUT-LIMIT", Severity: diag.Refused, Source: h.Query, Target: t.String(),
				Message: fmt.Sprintf("the lets expand to more than %d operators", c.limits.Ops)})
			return nil, nil
		}
		var taken []ir.Column
		if q, taken = ir.TypeColumns(ir.Raise(inlined)); len(taken) > 0 {
			r.Assumptions = append(r.Assumptions, typesTaken(taken))
		}
	}
	mapped, diags := m.Apply(q, h.Query)
	for _, d := range diags {
		d.Target = t.String()
		r.Diagnostics.Add(d)
	}
	if mapped == nil || r.Diagnostics.Max() >= diag.Refused {
		return nil, nil
	}
	r.Assumptions, r.Elided = slices.Concat(h.assumptions, mapped.Assumptions, r.Assumptions), mapped.Elided
	notes := mappingNotes(mapped)
	in := &emit.Input{Name: h.Name, Query: mapped.Query, Target: t, Source: h.Query, Now: o.Now, KeepParams: o.KeepParams,
		Tables: tableInfo(mapped, o.Env)}
	for _, info := range in.Tables {
		if info.Assumption != "" && !slices.Contains(r.Assumptions, info.Assumption) {
			r.Assumptions = append(r.Assumptions, info.Assumption)
		}
	}
	if t.Language != "kql" {
		in.Query = ir.ExplicitAbsent(ir.Tidy(mapped.Query), ir.AbsentOptions{NullGroups: t.Language != "spl"})
	}
	return in, notes
}

// typesTaken states the types of columns that no schema tells.
func typesTaken(cols []ir.Column) string {
	by := map[string][]string{}
	for _, c := range cols {
		by[c.Type.String()] = append(by[c.Type.String()], c.Name)
	}
	var parts []string
	for _, t := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, strings.Join(by[t], ", ")+": "+t)
	}
	return "no schema tells the types of columns, their use does: " + strings.Join(parts, "; ")
}

// mappingKey names the mapping of a target: the KQL products are mappings of their own.
func mappingKey(t Target) string {
	if t.Mapping == "" {
		return "/" + t.Product
	}
	return "/" + t.Mapping
}

func mappingNotes(m *mapping.Result) []emit.Note {
	var notes []emit.Note
	for _, l := range m.Leaves {
		eff := drift.Propagate(m.Query, l.Leaf)
		if eff.Zero() {
			continue
		}
		n := emit.Note{Code: l.Code, Span: l.Span, Effect: eff, Bound: l.Bound, Short: l.Short, Message: l.Text, Why: l.Why}
		if i := slices.IndexFunc(notes, func(o emit.Note) bool { return o.Code == n.Code && o.Message == n.Message && o.Bound == n.Bound }); i >= 0 {
			notes[i].Effect = notes[i].Effect.Or(eff) // the elements of one array
			continue
		}
		notes = append(notes, n)
	}
	return notes
}

func tableInfo(m *mapping.Result, env Environment) map[string]*emit.TableInfo {
	out := map[string]*emit.TableInfo{}
	for name, t := range m.Tables {
		info := &emit.TableInfo{Index: t.Index, Search: t.Search, TimeField: t.TimeField, Assumption: t.Assumption}
		if t.MacroName != "" {
			info.Macro = &emit.Artifact{Kind: "macro", Name: t.MacroName, Definition: t.MacroDefinition}
		}
		if e, ok := env.Tables[name]; ok {
			if e.Index != "" {
				info.Index = e.Index
			}
			if e.Search != "" {
				info.Search, info.Macro = e.Search, nil
			}
		}
		out[name] = info
	}
	return out
}

// bindParams writes literals for the parameters that the user fixed and adds the look-back that the user asked for.
func bindParams(q *ir.Query, o Options) *ir.Query {
	if len(o.Params) == 0 && o.Lookback == 0 {
		return q
	}
	set := func(e ir.Expr) ir.Expr {
		return ir.MapExpr(e, func(x ir.Expr) ir.Expr {
			if p, ok := x.(*ir.Param); ok {
				if v, ok := o.Params[p.Name]; ok {
					return &ir.Lit{At: p.At, Value: v}
				}
			}
			return x
		})
	}
	return mapQuery(q, set, o.Lookback)
}

func mapQuery(q *ir.Query, f func(ir.Expr) ir.Expr, lookback time.Duration) *ir.Query {
	c := *q
	c.Bindings = nil
	for _, b := range q.Bindings {
		c.Bindings = append(c.Bindings, ir.Binding{Name: b.Name, Pipe: mapPipeline(b.Pipe, f, lookback)})
	}
	c.Root = mapPipeline(q.Root, f, lookback)
	return &c
}

// mapPipeline applies f to every expression and bounds every table that is read to the look-back.
func mapPipeline(p *ir.Pipeline, f func(ir.Expr) ir.Expr, lookback time.Duration) *ir.Pipeline {
	nested := func(p *ir.Pipeline) *ir.Pipeline { return mapPipeline(p, f, lookback) }
	out := &ir.Pipeline{From: ir.MapSource(p.From, f, nested)}
	if t, ok := p.From.(*ir.Table); ok && lookback > 0 && t.Time != "" {
		since := &ir.Arith{At: t.At, Op: "-", L: &ir.Now{At: t.At}, T: ir.Datetime,
			R: &ir.Lit{At: t.At, Value: ir.Value{Type: ir.Timespan, V: int64(lookback / 100)}}}
		out.Ops = append(out.Ops, &ir.Filter{At: t.At, Pred: &ir.Compare{At: t.At, Op: ir.Gt,
			L: &ir.Col{At: t.At, Name: t.Time, T: ir.Datetime}, R: since}})
	}
	for _, o := range p.Ops {
		out.Ops = append(out.Ops, ir.MapInner(o, f, nested))
	}
	return out
}

// Kinds of drift as they are named everywhere.
const (
	Extra  = "extra"
	Lost   = "lost"
	Values = "values"
	Order  = "order"
)

// Drifts returns the kinds of drift of the result, each with the short bound inside which it does not occur, or "" where it is
// unbounded. An unbounded drift of a kind hides the bounded ones.
func (r *Result) Drifts() map[string]string {
	out := map[string]string{}
	add := func(is bool, kind string, n emit.Note) {
		if !is {
			return
		}
		old, seen := out[kind]
		switch {
		case n.Bound == "":
			out[kind] = ""
		case !seen && strings.HasPrefix(n.Short, "≤"):
			out[kind] = n.Short
		case !seen || old != "" && old != n.Short:
			out[kind] = "*"
		}
	}
	for _, n := range r.Notes {
		add(n.Effect.Extra, Extra, n)
		add(n.Effect.Lost, Lost, n)
		add(len(n.Effect.Values) > 0, Values, n)
		add(n.Effect.Order, Order, n)
	}
	return out
}

// Worthless reports a drift in both directions without a bound: it counts as a refusal wherever numbers are reported.
func (r *Result) Worthless() bool {
	d := r.Drifts()
	e, hasE := d[Extra]
	l, hasL := d[Lost]
	return hasE && hasL && e == "" && l == ""
}

// Cell is the result in a table: exact, refused, or the kinds of drift. "lost≤10" is exact within that number, "lost*" within a bound
// that the messages state; a question mark says that it rests on assumptions.
func (r *Result) Cell() string {
	if r.Grade == emit.Refused {
		return "refused"
	}
	var parts []string
	d := r.Drifts()
	for _, kind := range []string{Extra, Lost, Values, Order} {
		if bound, ok := d[kind]; ok {
			parts = append(parts, kind+bound)
		}
	}
	if len(parts) == 0 {
		parts = []string{"exact"}
	}
	if len(r.Assumptions) > 0 {
		parts = append(parts, "?")
	}
	return strings.Join(parts, " ")
}
