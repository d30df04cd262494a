package generate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// trial is a group of events that probes one aspect. make builds them; uniq keeps the groups of a set apart.
type trial struct {
	flow   *flow
	b      *builder
	aspect Aspect
	weight int
	anchor bool // the group is found by the hunt
	large  bool // too many events to stand beside others
	edge   bool // an event stands on an edge of time
	make   func(uniq int) []event
}

// event is a world of a flow: one source event per part.
type event struct {
	f *flow
	w world
}

// base is an event that meets all conditions, with neutral values elsewhere.
func (g *generator) base(f *flow, rng *rand.Rand) (*solver, world, bool, error) {
	s := &solver{checker: g.chk, f: f, rng: rng}
	w := newWorld(len(f.parts))
	for _, l := range leavesOf(f) {
		s.put(w, l, neutral(l))
	}
	for i, t := range f.parts {
		g.fixed(w, i, t)
	}
	out, ok, err := s.satisfy(w)
	return s, out, ok, err
}

// fixed sets what every event of a table has: its time, and its table's name in Type.
func (g *generator) fixed(w world, part int, t *ir.Table) {
	if t.Time != "" {
		w[part][t.Time] = g.quiet()
	}
	for _, c := range t.Columns {
		if c.Name == "Type" && c.Type == ir.String {
			w[part]["Type"] = t.Name
		}
	}
}

// quiet is an instant well inside most windows and away from bin edges: 40 minutes and some before now.
func (g *generator) quiet() int64 {
	t := g.o.Now - 40*ir.Minute
	t -= t % (5 * ir.Minute)
	t += 2*ir.Minute + 7*ir.Second
	return t
}

func neutral(e ir.Expr) any {
	switch t := ir.TypeOf(e); t {
	case ir.String, ir.Dynamic:
		name := ir.Text(e)
		if i := slices.Index([]byte(name), ':'); i >= 0 {
			name = name[i+1:]
		}
		return "v-" + name
	default:
		return plain(t)[0]
	}
}

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

// builder makes groups around a base event.
type builder struct {
	g      *generator
	s      *solver
	full   world // every column that is read has a value
	sparse world // only what the conditions ask for has one
	thin   bool  // use sparse
	others []*builder
}

func newBuilder(g *generator, s *solver, base world) *builder {
	b := &builder{g: g, s: s, full: base, sparse: base.clone()}
	if !s.meets(s.f, base) {
		return b
	}
	for _, l := range leavesOf(s.f) {
		c := b.sparse.clone()
		if !isTimeOf(s.f, l) && !isTypeOf(l) && s.put(c, l, absent{}) && s.meets(s.f, c) {
			b.sparse = c
		}
	}
	return b
}

// isTypeOf: the column Type names the table.
func isTypeOf(e ir.Expr) bool {
	c, ok := e.(*ir.Col)
	return ok && strings.HasSuffix(c.Name, ":Type")
}

func (b *builder) base() world {
	if b.thin {
		return b.sparse
	}
	return b.full
}

func (b *builder) setThin(thin bool) {
	b.thin = thin
	for _, o := range b.others {
		o.thin = thin
	}
}

func (b *builder) trial(name string, weight int, anchor bool, make func(uniq int) []event) *trial {
	return &trial{flow: b.s.f, b: b, aspect: Aspect{Name: name}, weight: weight, anchor: anchor, make: make}
}

// apart gives an event the keys of its own group, where a key can be chosen freely.
func (b *builder) apart(w world, uniq int) world {
	out := w.clone()
	for _, k := range b.s.f.keys {
		if _, isBin := k.x.(*ir.Bin); isBin || constant(k.x) {
			continue
		}
		if t := ir.TypeOf(k.x); t != ir.String && t != ir.Dynamic || isTypeOf(k.x) {
			continue
		}
		c := out.clone()
		if b.s.put(c, k.x, fmt.Sprintf("k%d-%s", uniq, k.name)) && b.s.meets(b.s.f, c) {
			out = c
			if b.thin {
				return out // one key is enough
			}
		}
	}
	return out
}

// group makes n events of one group that differ in what a threshold counts, and a little in time.
func (b *builder) group(uniq, n int) []event {
	w := b.apart(b.base(), uniq)
	out := make([]event, 0, n)
	for i := range n {
		c := w
		if i > 0 {
			c = b.vary(w, i)
		}
		out = append(out, event{b.s.f, c})
	}
	return out
}

// vary is the i-th event of a group.
func (b *builder) vary(w world, i int) world {
	out := w.clone()
	for _, x := range b.s.f.vary {
		c := out.clone()
		if ir.TypeOf(x) == ir.Datetime {
			if b.s.put(c, x, b.g.before(x, i)) && b.s.meets(b.s.f, c) {
				out = c
			}
			continue
		}
		if b.s.put(c, x, fmt.Sprintf("n%d", i)) && b.s.meets(b.s.f, c) || b.s.put(c, x, int64(i)) && b.s.meets(b.s.f, c) {
			out = c
		}
	}
	for p, t := range b.s.f.parts {
		if ticks, ok := out[p][t.Time].(int64); ok && i > 0 {
			c := out.clone()
			c[p][t.Time] = ticks + int64(i%1000)*10*ir.Millisecond
			if b.s.meets(b.s.f, c) {
				out = c
			}
		}
	}
	return out
}

// before is a time i bins, or seconds where there are none, before the usual one.
func (g *generator) before(x ir.Expr, i int) int64 {
	step := int64(ir.Second)
	if b, ok := x.(*ir.Bin); ok {
		if w, ok := b.Width.V.(int64); ok && w > 0 {
			step = w
		}
	}
	if _, ok := x.(*ir.Call); ok {
		step = ir.Day // startofday and its like
	}
	return g.quiet() - int64(i)*step
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

// pack puts trials into sets: beside a group that is found, a few that probe.
func (g *generator) pack(trials []*trial, fs []*flow) []Set {
	var anchors, probes, large []*trial
	for _, t := range trials {
		switch {
		case t.anchor:
			anchors = append(anchors, t)
		case t.large:
			large = append(large, t)
		default:
			probes = append(probes, t)
		}
	}
	rng := rand.New(rand.NewPCG(g.o.Seed, 1<<32))
	rng.Shuffle(len(probes), func(i, j int) { probes[i], probes[j] = probes[j], probes[i] })
	slices.SortStableFunc(probes, func(a, b *trial) int { return b.weight - a.weight })
	n := max(g.o.N-len(large), 1)
	// Events with all columns and events with as few as possible take turns; what matters most is seen with both.
	var queues [2][]*trial
	for i, t := range probes {
		for thin := range queues {
			if i%2 == thin || t.weight >= 4 {
				queues[thin] = append(queues[thin], t)
			}
		}
	}
	per := min(max((2*max(len(queues[0]), len(queues[1]))+n-1)/n, 2), g.perSet(fs))
	var out []Set
	var next [2]int
	for i := range n {
		b := &setBuilder{g: g, fs: fs, set: Set{Plain: true}}
		thin := i % 2
		if i%10 < 8 {
			for _, a := range anchors {
				a.b.setThin(thin == 1)
				b.add(a, 0)
			}
		}
		for j := range min(per, len(queues[thin])) {
			t := queues[thin][next[thin]%len(queues[thin])]
			t.b.setThin(thin == 1)
			b.add(t, j+1)
			next[thin]++
		}
		out = append(out, b.finish())
	}
	for _, t := range large {
		b := &setBuilder{g: g, fs: fs, set: Set{}}
		b.add(t, 0)
		out = append(out, b.finish())
	}
	return out
}

// perSet bounds the groups of one set, so that hunts with large thresholds still have sets that a person can read.
func (g *generator) perSet(fs []*flow) int {
	need := 1
	for _, f := range fs {
		need = max(need, f.need)
	}
	switch {
	case need > 200:
		return 2
	case need > 20:
		return 5
	}
	return 8
}

type setBuilder struct {
	g      *generator
	fs     []*flow
	set    Set
	events []event
}

func (b *setBuilder) add(t *trial, uniq int) {
	b.set.Aspects = append(b.set.Aspects, t.aspect)
	b.set.Plain = b.set.Plain && !t.edge
	b.events = append(b.events, t.make(uniq)...)
}

// finish makes the tables. An event that several parts share the table of is one row each.
func (b *setBuilder) finish() Set {
	b.set.Tables = map[string]*eval.Table{}
	var visit func(f *flow)
	visit = func(f *flow) {
		for _, t := range f.parts {
			if b.set.Tables[t.Name] == nil {
				b.set.Tables[t.Name] = &eval.Table{Columns: b.g.columns(t)}
			}
		}
		for _, p := range f.known {
			visit(p.flow)
		}
	}
	for _, f := range b.fs {
		visit(f)
	}
	for _, e := range b.events {
		for part, t := range e.f.parts {
			tab := b.set.Tables[t.Name]
			row := make([]ir.Value, len(tab.Columns))
			for i, c := range tab.Columns {
				row[i] = ir.Value{Type: c.Type, V: e.w[part][c.Name]}
			}
			tab.Rows = append(tab.Rows, row)
		}
	}
	return b.set
}

// columns are a table's: its schema, or what the query reads of it where the schema is open.
func (g *generator) columns(t *ir.Table) []ir.Column {
	if cols := g.o.Schema[t.Name]; len(cols) > 0 {
		return cols
	}
	cols := slices.Clone(t.Columns)
	if !slices.ContainsFunc(cols, func(c ir.Column) bool { return c.Name == t.Time }) && t.Time != "" {
		cols = append(cols, ir.Column{Name: t.Time, Type: ir.Datetime})
	}
	return append(cols, g.open[t.Name]...)
}
