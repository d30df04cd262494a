package generate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
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

func (b *builder) setThin(thin bool) {
	b.thin = thin
	for _, o := range b.others {
		o.thin = thin
	}
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

// event is a world of a flow: one source event per part.
type event struct {
	f *flow
	w world
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

func (b *builder) base() world {
	if b.thin {
		return b.sparse
	}
	return b.full
}

func (b *builder) trial(name string, weight int, anchor bool, make func(uniq int) []event) *trial {
	return &trial{flow: b.s.f, b: b, aspect: Aspect{Name: name}, weight: weight, anchor: anchor, make: make}
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
