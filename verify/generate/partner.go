package generate

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// also sets what the hunt does not read and the target's data depends on.
func (b *builder) also() []*trial {
	var out []*trial
	for part, t := range b.s.f.parts {
		for _, p := range b.g.o.Also[t.Name] {
			col := &ir.Col{Name: qualified(part, p.Column), T: columnType(b.g.o.Schema[t.Name], p.Column)}
			var x ir.Expr = col
			if len(p.Keys) > 0 {
				acc := &ir.Access{X: col}
				for _, k := range p.Keys {
					acc.Steps = append(acc.Steps, ir.Step{Key: k})
				}
				x = acc
			}
			tr := b.trial("another source of a field", 9, false, func(u int) []event {
				rows := b.group(u, b.s.f.need)
				for i := range rows {
					c := rows[i].w.clone()
					b.s.put(c, x, "someone@else")
					rows[i].w = c
				}
				return rows
			})
			out = append(out, tr)
		}
	}
	return out
}

func columnType(cols []ir.Column, name string) ir.Type {
	for _, c := range cols {
		if c.Name == name {
			return c.Type
		}
	}
	return ir.String
}

// larger makes groups beyond the limits of approximations, each in a set of its own.
func (b *builder) larger() []*trial {
	var out []*trial
	f := b.s.f
	var differ []ir.Expr
	for _, x := range slices.Concat(f.vary, f.args) {
		if t := ir.TypeOf(x); !constant(x) && (t == ir.String || t == ir.Dynamic) && !slices.ContainsFunc(differ, func(o ir.Expr) bool { return ir.Text(o) == ir.Text(x) }) {
			differ = append(differ, x)
		}
	}
	for _, k := range f.keys { // many groups too
		if t := ir.TypeOf(k.x); t == ir.String && !constant(k.x) {
			differ = append(differ, k.x)
		}
	}
	for _, n := range b.g.o.Large {
		for _, x := range differ {
			if n > maxNeed && !slices.ContainsFunc(f.vary, func(o ir.Expr) bool { return ir.Text(o) == ir.Text(x) }) {
				continue // so many are for estimates of distinct values
			}
			t := b.trial(fmt.Sprintf("%d values of %s", n, ir.Text(x)), 9, false, func(u int) []event {
				w := b.apart(b.base(), u)
				rows := make([]event, 0, n)
				for i := range n {
					c := w.clone()
					b.s.put(c, x, fmt.Sprintf("many%d", i))
					rows = append(rows, event{f, c})
				}
				return rows
			})
			t.aspect.At, t.large = x.Span(), true
			out = append(out, t)
		}
	}
	return out
}

// partners makes events of a side whose presence takes a row away: with the same keys, nearly the same, and with each of its own
// conditions on and beyond its boundary.
func (b *builder) partners(i int) (out []*trial, loose []string, err error) {
	p := b.s.f.known[i]
	ps, base, ok, err := b.g.base(p.flow, b.s.rng)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		loose = append(loose, "no event of the other side meets all of its conditions")
	}
	other := newBuilder(b.g, ps, base)
	b.others = append(b.others, other)
	match := func(w, main world, skip int, v any) world {
		out := w.clone()
		for j, on := range p.on {
			x, ok := b.s.one(b.s.f, on[0], main)
			if !ok {
				continue
			}
			value := x.V
			if j == skip {
				if fn, is := v.(func(any) any); is {
					value = fn(value)
				} else {
					value = v
				}
			}
			if value == nil {
				value = absent{}
			}
			c := out.clone()
			if ps.put(c, on[1], value) && (ps.meets(p.flow, c) || j == skip) {
				out = c
			}
		}
		return out
	}
	with := func(name string, weight int, change func(w world, main world) world) *trial {
		return b.trial(name, weight, false, func(u int) []event {
			rows := b.group(u, b.s.f.need)
			w := change(other.base(), rows[0].w)
			return append(rows, event{p.flow, w})
		})
	}
	out = append(out, with("known before", 9, func(w, main world) world { return match(w, main, -1, nil) }))
	for j := range p.on {
		for _, first := range []bool{true, false} {
			out = append(out, b.trial(fmt.Sprintf("known among others, key %d", j+1), 8, false, func(u int) []event {
				rows := b.group(u, b.s.f.need)
				same := event{p.flow, match(other.base(), rows[0].w, -1, nil)}
				differs := event{p.flow, match(other.base(), rows[0].w, j, "another")}
				if first {
					return append(rows, same, differs)
				}
				return append(rows, differs, same)
			}))
		}
	}
	for j, on := range p.on {
		for _, alt := range []struct {
			name string
			v    any
		}{{"another", "another"}, {"letter case", func(v any) any { s, _ := v.(string); return flip(s) }}, {"absent", absent{}}, {"empty", ""}} {
			t := with(fmt.Sprintf("known with %s key %d", alt.name, j+1), 7, func(w, main world) world { return match(w, main, j, alt.v) })
			t.aspect.At = on[1].Span()
			out = append(out, t)
		}
		for _, alt := range [][2]any{{"", absent{}}, {absent{}, ""}, {absent{}, absent{}}} {
			t := b.trial(fmt.Sprintf("known, key %d absent or empty", j+1), 7, false, func(u int) []event {
				rows := b.group(u, b.s.f.need)
				for k := range rows {
					c := rows[k].w.clone()
					if b.s.put(c, on[0], alt[0]) {
						rows[k].w = c
					}
				}
				w := match(other.base(), rows[0].w, j, alt[1])
				return append(rows, event{p.flow, w})
			})
			out = append(out, t)
		}
	}
	for _, pr := range b.g.probes(ps, base) {
		if !pr.apply(ps, base.clone()) {
			continue
		}
		t := with("known side: "+pr.aspect, pr.weight, func(w, main world) world {
			c := match(w, main, -1, nil)
			pr.apply(ps, c)
			return c
		})
		t.aspect.At, t.edge = pr.at, other.moves(pr)
		out = append(out, t)
	}
	return out, loose, nil
}
