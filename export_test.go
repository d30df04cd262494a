package huntc

import "github.com/huntc/huntc/ir"

// Prepared exposes what a backend other than kql receives, for tests that run it.
func (c *Compiler) Prepared(h *Hunt, t Target) *ir.Query {
	in, _ := c.prepare(h, t, Options{}, &Result{Target: t})
	if in == nil {
		return nil
	}
	return in.Query
}
