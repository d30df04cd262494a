package kql

import (
	"net/netip"
	"strings"

	"github.com/huntc/huntc/ir"
)

// inRanges tests an address against ranges. ipv4_is_in_range takes an address with a suffix too, which is none to the IR.
// https://learn.microsoft.com/kusto/query/ipv4-is-in-range-function
func (e *emitter) inRanges(m *ir.Match, neg bool) (string, int) {
	x := e.expr(m.X, precAdd)
	var parts []string
	for _, n := range m.Needles {
		s, ok := ir.ConstString(n)
		p, err := netip.ParsePrefix(s)
		if !ok || err != nil || !p.Addr().Is4() {
			e.r.Use(factRefused, m, m.S, "an address range that is no IPv4 constant")
			return "", precPrimary
		}
		parts = append(parts, "ipv4_is_in_range("+x+", "+e.expr(n, precOr)+")")
	}
	e.r.Use(factExpr, m, m.S, "ipv4_is_in_range")
	glue := " or "
	if m.All {
		glue = " and "
	}
	text := strings.Join(parts, glue)
	if len(parts) > 1 {
		text = "(" + text + ")"
	}
	text += " and not(" + x + ` contains "/")`
	if neg {
		return "not(" + text + ")", precPrimary
	}
	return text, precAnd
}
