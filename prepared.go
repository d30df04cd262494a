package huntc

import (
	"context"
	"fmt"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/mapping"
)

// Prepared is a hunt in the form that a target's backend receives: mapped, with strict nulls. It is what `huntc verify` runs beside the
// target itself, to tell what the mapping does from what the language does.
type Prepared struct {
	Query   *ir.Query
	Mapping *mapping.Mapping
	Tables  map[string]*emit.TableInfo
	Notes   []emit.Note // the drifts that the mapping causes
}

// Prepare maps the hunt for a target other than KQL. Prepared is nil when the mapping refuses; the list says why.
func (c *Compiler) Prepare(ctx context.Context, h *Hunt, t Target, o Options) (*Prepared, diag.List, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if h.IR == nil {
		return nil, nil, fmt.Errorf("%s: the hunt could not be read", h.File)
	}
	r := &Result{Target: t}
	in, notes := c.prepare(h, t, o, r)
	if in == nil {
		return nil, r.Diagnostics, nil
	}
	m, err := c.mappings.Get(t.Language + mappingKey(t))
	if err != nil {
		return nil, nil, err
	}
	return &Prepared{in.Query, m, in.Tables, notes}, r.Diagnostics, nil
}

// Meaning is the hunt's query with its lets inlined, its thresholds and baselines recognised, and with the types that a translation takes
// for columns without one: the form from which events for a test are derived.
func (c *Compiler) Meaning(h *Hunt, o Options) (*ir.Query, error) {
	if h.IR == nil {
		return nil, fmt.Errorf("%s: the hunt could not be read", h.File)
	}
	q, ok := ir.Inline(bindParams(h.IR, o), c.limits.Ops)
	if !ok {
		return nil, fmt.Errorf("%s: the lets expand to more than %d operators", h.File, c.limits.Ops)
	}
	q, _ = ir.TypeColumns(ir.Raise(q))
	return q, nil
}
