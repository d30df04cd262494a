package huntc

import (
	"slices"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// PreparedInput exposes what a backend receives, for tests that run or change it; nil when the mapping refuses.
func (c *Compiler) PreparedInput(h *Hunt, t Target) *emit.Input {
	in, _ := c.prepare(h, t, Options{}, &Result{Target: t})
	return in
}

// Prepared is the query of PreparedInput.
func (c *Compiler) Prepared(h *Hunt, t Target) *ir.Query {
	in := c.PreparedInput(h, t)
	if in == nil {
		return nil
	}
	return in.Query
}

// Emit exposes the backend of a language.
func Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	i := slices.IndexFunc(backends, func(b emit.Backend) bool { return b.Language() == in.Target.Language })
	return backends[i].Emit(in)
}
