package generate

import (
	"math/rand/v2"
	"slices"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

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
