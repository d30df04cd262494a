package generate

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/huntc/huntc/ir"
)

// cases lists the trials of a flow.
func (g *generator) cases(f *flow, n int) ([]*trial, []string, error) {
	rng := rand.New(rand.NewPCG(g.o.Seed, uint64(n)))
	s, base, ok, err := g.base(f, rng)
	if err != nil {
		return nil, nil, err
	}
	loose := slices.Clone(f.loose)
	if !ok {
		holds, err := g.chk.holds(f, f.conds, base)
		if err != nil {
			return nil, nil, err
		}
		for i, h := range holds {
			if !h {
				loose = append(loose, "no event meets "+ir.Text(f.conds[i]))
			}
		}
	}
	b := newBuilder(g, s, base)
	out := []*trial{b.trial("all conditions hold", 9, true, func(u int) []event { return b.group(u, f.need) })}
	out = append(out, b.counts()...)
	out = append(out, b.probed()...)
	out = append(out, b.keys()...)
	out = append(out, b.arguments()...)
	out = append(out, b.limits()...)
	for i := range f.known {
		more, moreLoose, err := b.partners(i)
		if err != nil {
			return nil, nil, err
		}
		out, loose = append(out, more...), append(loose, moreLoose...)
	}
	out = append(out, b.also()...)
	out = append(out, b.larger()...)
	return out, loose, nil
}

// counts puts groups on both sides of every threshold.
func (b *builder) counts() []*trial {
	f := b.s.f
	if len(f.edges) == 0 {
		return nil
	}
	var out []*trial
	seen := map[int]bool{}
	for _, e := range f.edges {
		for _, n := range []int{e - 1, e, e + 1} {
			if n < 1 || n > maxNeed || seen[n] {
				continue
			}
			seen[n] = true
			out = append(out, b.trial(fmt.Sprintf("%d rows", n), 9, false, func(u int) []event { return b.group(u, n) }))
		}
	}
	if len(f.vary) > 0 {
		out = append(out, b.trial("a duplicate does not count", 8, false, func(u int) []event {
			rows := b.group(u, max(f.need-1, 1))
			return append(rows, rows[0], rows[0])
		}))
		for _, x := range f.vary {
			for _, pair := range [][2]any{{"n1", "N1"}, {"", absent{}}, {"\u212a", "k"}, {"n1", "n1 "}} {
				out = append(out, b.trial("values that nearly equal", 6, false, func(u int) []event { return b.nearly(u, x, pair) }))
			}
		}
	}
	return out
}

// nearly is a group one short of the threshold in which two values of x nearly equal.
func (b *builder) nearly(uniq int, x ir.Expr, pair [2]any) []event {
	rows := b.group(uniq, max(b.s.f.need, 2))
	for i, v := range pair {
		c := rows[len(rows)-1-i].w.clone()
		if b.s.put(c, x, v) {
			rows[len(rows)-1-i].w = c
		}
	}
	return rows
}

// probed puts each probe where it decides: with one row less than the threshold asks for.
func (b *builder) probed() []*trial {
	var out []*trial
	for _, p := range b.g.probes(b.s, b.full) {
		if !p.apply(b.s, b.full.clone()) {
			continue
		}
		t := b.trial(p.aspect, p.weight, false, func(u int) []event { return b.withProbe(u, p) })
		t.aspect.At = p.at
		t.edge = b.moves(p)
		if !p.bin && b.regroups(p) { // one event alone would be a group of its own
			t.make = func(u int) []event { return b.allProbed(u, p) }
		}
		out = append(out, t)
	}
	return out
}

// moves reports whether a probe changes an event's time.
func (b *builder) moves(p probe) bool {
	w := b.full.clone()
	p.apply(b.s, w)
	for i, t := range b.s.f.parts {
		if w[i][t.Time] != b.full[i][t.Time] {
			return true
		}
	}
	return false
}

func (b *builder) withProbe(uniq int, p probe) []event {
	rows := b.group(uniq, b.s.f.need)
	last := b.distinct(rows[len(rows)-1].w)
	p.apply(b.s, last)
	rows[len(rows)-1].w = last
	return rows
}

// regroups reports whether a probe changes the value of a key.
func (b *builder) regroups(p probe) bool {
	if len(b.s.f.keys) == 0 {
		return false
	}
	var xs []ir.Expr
	for _, k := range b.s.f.keys {
		xs = append(xs, k.x)
	}
	w := b.full.clone()
	p.apply(b.s, w)
	rows, err := b.s.values(b.s.f, xs, []world{b.full, w})
	return err == nil && len(rows) == 2 && !slices.EqualFunc(rows[0], rows[1], func(x, y ir.Value) bool { return x.String() == y.String() })
}

func (b *builder) allProbed(uniq int, p probe) []event {
	rows := b.group(uniq, b.s.f.need)
	for i := range rows {
		w := b.distinct(rows[i].w)
		p.apply(b.s, w)
		rows[i].w = w
	}
	return rows
}

// distinct is an event whose aggregated texts no other event has, so that an aggregate shows whether it was seen.
func (b *builder) distinct(w world) world {
	out := w.clone()
	for i, a := range b.s.f.args {
		if t := ir.TypeOf(a); t != ir.String && t != ir.Dynamic || constant(a) || b.keyed(a) {
			continue
		}
		c := out.clone()
		if b.s.put(c, a, fmt.Sprintf("seen%d", i)) && b.s.meets(b.s.f, c) {
			out = c
		}
	}
	return out
}

// maxLimit bounds the rows that are made to exceed a limit.
const maxLimit = 500

// limits makes more rows than a limit lets through. They differ in what they are sorted by, so that it is clear which ones come first;
// the set holds nothing else for that reason.
func (b *builder) limits() []*trial {
	f := b.s.f
	if f.limit < 1 || f.limit > maxLimit || len(f.order) == 0 {
		return nil
	}
	t := b.trial("more rows than the limit", 9, false, func(u int) []event {
		var out []event
		n := int(f.limit) + 2
		for i := range n {
			rows := b.group(i+1, f.need)
			for r := range rows {
				for j, x := range f.order {
					c := rows[r].w.clone()
					at := (i*7 + j*i*3) % n // not in the order of the events, nor in that of another key
					if j == len(f.order)-1 {
						at = i
					}
					if ir.TypeOf(x) == ir.Datetime {
						if b.s.put(c, x, b.g.before(x, at)) {
							rows[r].w = c
						}
						continue
					}
					if b.s.put(c, x, fmt.Sprintf("s%03d", at)) || b.s.put(c, x, int64(at)) {
						rows[r].w = c
					}
				}
			}
			out = append(out, rows...)
		}
		return out
	})
	t.large = true
	return []*trial{t}
}

// arguments puts values of what is aggregated side by side: the same twice, one absent, one empty.
func (b *builder) arguments() []*trial {
	if len(b.s.f.args) == 0 {
		return nil
	}
	out := []*trial{b.trial("the same event twice", 7, false, func(u int) []event {
		rows := b.group(u, b.s.f.need)
		return append(rows, rows[0])
	})}
	for _, a := range b.s.f.args {
		if constant(a) || ofTime(b.s.f, a) {
			continue
		}
		first, others := aggregated(ir.TypeOf(a))
		for _, cond := range append([]ir.Expr{nil}, b.s.f.ifs...) {
			for _, v := range others {
				t := b.trial("one value of what is aggregated is absent, empty or another", 6, false, func(u int) []event {
					rows := b.group(u, b.s.f.need)
					for _, x := range []any{first, v, v} {
						c := rows[0].w.clone()
						if cond != nil {
							b.s.want(c, cond, true, 0)
						}
						b.s.put(c, a, x)
						rows = append(rows, event{b.s.f, c})
					}
					return rows
				})
				t.aspect.At = a.Span()
				out = append(out, t)
			}
		}
	}
	return out
}

// aggregated lists values that aggregates tell apart: one, and others beside it. No double holds the last whole number.
func aggregated(t ir.Type) (first any, others []any) {
	switch t {
	case ir.Int:
		return int64(3), []any{absent{}, int64(0), int64(-5), int64(1<<31 - 1)}
	case ir.Long:
		return int64(3), []any{absent{}, int64(0), int64(-5), int64(1<<53 + 1)}
	case ir.Real:
		return 3.0, []any{absent{}, 0.0, -2.5}
	}
	return "first", []any{absent{}, "", "seen"}
}

// keys splits groups: one row has a key that differs, by case, by being absent, or altogether.
func (b *builder) keys() []*trial {
	var out []*trial
	add := func(k key, name string, weight int, first, last any) {
		t := b.trial("key "+k.name+": "+name, weight, false, func(u int) []event {
			rows := b.group(u, b.s.f.need)
			if len(rows) == 1 {
				rows = b.group(u, 2)
			}
			for i := range rows {
				v := first
				if i == len(rows)-1 {
					v = last
				}
				c := rows[i].w.clone()
				if b.s.put(c, k.x, v) {
					rows[i].w = c
				}
			}
			return rows
		})
		t.aspect.At = k.x.Span()
		out = append(out, t)
	}
	for _, k := range slices.Concat(b.s.f.keys, b.s.f.inner) {
		if isTypeOf(k.x) {
			continue
		}
		t := ir.TypeOf(k.x)
		if _, isBin := k.x.(*ir.Bin); isBin || constant(k.x) || t != ir.String && t != ir.Dynamic {
			if t == ir.Int || t == ir.Long {
				add(k, "another", 6, int64(1), int64(2))
				add(k, "absent", 6, absent{}, absent{})
			}
			continue
		}
		add(k, "another", 8, "One", "Two")
		out = append(out, b.apartInAll(k, "One", "Two"), b.apartInAll(k, "", absent{}))
		add(k, "letter case", 8, "Key", "kEY")
		add(k, "absent and empty", 8, "", absent{})
		add(k, "absent and present", 6, "Key", absent{})
		add(k, "absent", 6, absent{}, absent{})
		add(k, "empty", 6, "", "")
		for i, h := range hostile() {
			w := 2
			if i%3 == 0 {
				w = 3
			}
			add(k, "hostile text", w, h, h)
		}
		add(k, "padded", 3, "Key", "Key ")
	}
	return out
}

// apartInAll is a group whose last row differs in a key and in all else that may differ: what is aggregated, and the time.
func (b *builder) apartInAll(k key, values ...any) *trial {
	t := b.trial("key "+k.name+": another, and other values", 7, false, func(u int) []event {
		rows := b.group(u, max(b.s.f.need, 2))
		for i, v := range values {
			at := len(rows) - 1 - i
			c := rows[at].w.clone()
			b.s.put(c, k.x, v)
			for _, a := range slices.Concat(b.s.f.args, b.s.f.free) {
				for _, l := range leavesOf(&flow{conds: []ir.Expr{a}}) {
					d := c.clone()
					if i == 1 && !isTimeOf(b.s.f, l) && !isTypeOf(l) && !b.keyed(l) && b.s.put(d, l, "second") && b.s.meets(b.s.f, d) {
						c = d
					}
				}
			}
			b.s.put(c, k.x, v)
			for p, tab := range b.s.f.parts {
				if ticks, ok := c[p][tab.Time].(int64); ok && i == 1 {
					d := c.clone()
					d[p][tab.Time] = ticks + 20*ir.Second
					if b.s.meets(b.s.f, d) {
						c = d
					}
				}
			}
			rows[at].w = c
		}
		return rows
	})
	t.aspect.At = k.x.Span()
	return t
}

// keyed reports whether a key reads a leaf.
func (b *builder) keyed(l ir.Expr) bool {
	text := ir.Text(l)
	return slices.ContainsFunc(slices.Concat(b.s.f.keys, b.s.f.inner), func(k key) bool {
		return slices.ContainsFunc(leavesOf(&flow{conds: []ir.Expr{k.x}}), func(x ir.Expr) bool { return ir.Text(x) == text })
	})
}
