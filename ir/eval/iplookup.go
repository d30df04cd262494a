package eval

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// ipLookup joins rows with the networks that hold their address. https://learn.microsoft.com/en-us/kusto/query/ipv4-lookup-plugin and
// https://learn.microsoft.com/en-us/kusto/query/ipv6-lookup-plugin, whose result has the lookup table's columns first.
func (r *runner) ipLookup(t *rel, o *ir.IPLookup) (*rel, error) {
	right, err := r.pipeline(o.Right)
	if err != nil {
		return nil, err
	}
	held, err := r.hold(right, o.At)
	if err != nil {
		return nil, err
	}
	addr, ok := t.index[o.Addr]
	net, ok2 := right.index[o.Net]
	if !ok || !ok2 {
		return nil, errorAt(o.At, "the lookup of an address needs the columns %s and %s", o.Addr, o.Net)
	}
	nets := make([]netip.Prefix, len(held))
	for i, row := range held {
		nets[i] = network(asText(scalar(row[net])), o.V6)
	}
	extra := func(l, rr []ir.Value) bool {
		for _, n := range o.Extra {
			i, iok := t.index[n]
			j, jok := right.index[n]
			if !iok || !jok || groupKey(l[i]) != groupKey(rr[j]) {
				return false
			}
		}
		return true
	}
	var keep []int // the columns of the right side
	rightCols := []ir.Column{}
	for j, c := range right.cols {
		if slices.Contains(o.Extra, c.Name) {
			continue
		}
		if _, clash := t.index[c.Name]; clash {
			return nil, errorAt(o.At, "both sides of the lookup have a column %s", c.Name)
		}
		keep, rightCols = append(keep, j), append(rightCols, c)
	}
	cols := append(slices.Clone(t.cols), rightCols...)
	if o.V6 {
		cols = append(slices.Clone(rightCols), t.cols...)
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		make1 := func(other []ir.Value) []ir.Value {
			if o.V6 {
				return append(slices.Clone(other), row...)
			}
			return append(slices.Clone(row), other...)
		}
		a := network(asText(scalar(row[addr])), o.V6)
		hit := false
		for i, rr := range held {
			if !a.IsValid() || !nets[i].IsValid() || nets[i].Bits() > a.Bits() || !nets[i].Contains(a.Addr()) || !extra(row, rr) {
				continue
			}
			hit = true
			other := make([]ir.Value, len(keep))
			for k, j := range keep {
				other[k] = rr[j]
			}
			if !yield(make1(other)) {
				return false, nil
			}
		}
		if !hit && o.Unmatched {
			return yield(make1(r.nulls(rightCols))), nil
		}
		return true, nil
	})
	return out, nil
}

// network reads an address with or without a prefix; the zero Prefix stands for what is neither. For v6 an IPv4 address is its mapped form.
func network(s string, v6 bool) netip.Prefix {
	s = strings.TrimSpace(s)
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	switch {
	case v6 && p.Addr().Is4():
		return netip.PrefixFrom(netip.AddrFrom16(p.Addr().As16()), p.Bits()+96)
	case !v6 && !p.Addr().Is4():
		return netip.Prefix{}
	}
	return p
}
