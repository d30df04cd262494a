// Package irtest makes well-typed queries and rows for property tests, the same ones for the same seed. Constants and rows come from
// the same small domains, so that predicates are true and false, keys meet, and every kind of absent value occurs.
package irtest

import (
	"fmt"
	"math/rand/v2"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Case is a query and the tables that it reads.
type Case struct {
	Query  *ir.Query
	Tables map[string]*eval.Table
	Now    int64 // ticks
}

// Columns is the schema of the tables T and U.
func Columns() []ir.Column {
	return []ir.Column{{Name: "TimeGenerated", Type: ir.Datetime}, {Name: "Id", Type: ir.Long}, {Name: "Who", Type: ir.String}, {Name: "Host", Type: ir.String},
		{Name: "N", Type: ir.Long}, {Name: "R", Type: ir.Real}, {Name: "Ok", Type: ir.Bool}, {Name: "Seen", Type: ir.Datetime}, {Name: "D", Type: ir.Dynamic}}
}

// Options leave out what a property is not about.
type Options struct {
	Rows    int  // rows of each table; default 40
	NoJSON  bool // no dynamic column
	NoJoins bool // no second table
	Short   bool // few ops
	Sets    bool // ops over sets of rows too, functions over rows, and conditions that ask another table
}

// day0 is 2026-05-14, in ticks.
const day0 = 639_143_424_000_000_000

// texts are what strings are: case, edges of terms, digits and letters that touch, hostile and empty ones.
var texts = []string{"", "", "a", "A", "abc", "ABC", "x abc y", "xabc", "abc2", "2", "10", "a_b", "github.com", "www.GitHub.com", "éabc", "ab\"c\\", "a*b?", "%a$`", "a\nb"}

// Gen makes the case of a seed.
func Gen(seed uint64, o Options) *Case {
	if o.Rows == 0 {
		o.Rows = 40
	}
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), opt: o}
	c := &Case{Tables: map[string]*eval.Table{"T": g.table(), "U": g.table()}, Now: day0 + ir.Day}
	g.cols = Columns()
	p := &ir.Pipeline{From: &ir.Table{Name: "T", Time: "TimeGenerated", Columns: Columns()}}
	n := 1 + g.IntN(5)
	if o.Short {
		n = 1 + g.IntN(2)
	}
	if !o.NoJoins && g.chance(20) {
		p.Ops = g.baseline()
	}
	if o.NoJSON {
		p.Ops = append(p.Ops, g.without(ir.Dynamic))
	}
	for range n {
		if o.Sets && g.chance(50) {
			p.Ops = append(p.Ops, g.setOp()...)
		}
		p.Ops = append(p.Ops, g.op()...)
	}
	c.Query = &ir.Query{Root: p, Columns: g.cols}
	return c
}

type generator struct {
	*rand.Rand
	opt   Options
	cols  []ir.Column
	names int
}

func pick[T any](g *generator, xs []T) T { return xs[g.IntN(len(xs))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) table() *eval.Table {
	t := &eval.Table{Columns: Columns()}
	for i := range g.opt.Rows {
		row := []ir.Value{{Type: ir.Datetime, V: g.time()}, {Type: ir.Long, V: int64(i)}, {Type: ir.String, V: pick(g, texts)}, {Type: ir.String, V: pick(g, texts)},
			g.maybe(ir.Value{Type: ir.Long, V: g.small()}), g.maybe(ir.Value{Type: ir.Real, V: float64(g.small()) / 2}), g.maybe(ir.Value{Type: ir.Bool, V: g.chance(50)}),
			g.maybe(ir.Value{Type: ir.Datetime, V: g.time()}), g.maybe(ir.Value{Type: ir.Dynamic, V: g.json()})}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (g *generator) maybe(v ir.Value) ir.Value {
	if g.chance(25) {
		v.V = nil
	}
	return v
}

func (g *generator) small() int64 { return int64(g.IntN(7)) - 2 }

// time is one of a few instants around the edges of hours and days.
func (g *generator) time() int64 {
	edge := day0 + int64(g.IntN(5)-2)*12*ir.Hour
	return edge + pick(g, []int64{-ir.Millisecond, 0, ir.Millisecond, ir.Hour, 5 * ir.Minute})
}

func (g *generator) json() any {
	leaf := func() any { return pick[any](g, []any{nil, "a", "abc", "", int64(1), int64(10), 1.5, true}) }
	bag := ir.Bag{}
	for _, k := range []string{"a", "b"} {
		if g.chance(70) {
			bag = append(bag, ir.Member{Key: k, Value: leaf()})
		}
	}
	if g.chance(50) {
		list := []any{}
		for range g.IntN(3) {
			list = append(list, leaf())
		}
		bag = append(bag, ir.Member{Key: "l", Value: list})
	}
	return bag
}

// fresh is a column name that nothing has.
func (g *generator) fresh() string {
	g.names++
	return fmt.Sprintf("c%d", g.names)
}

// columns lists the columns of a type.
func (g *generator) columns(t ir.Type) []ir.Expr {
	var out []ir.Expr
	for _, c := range g.cols {
		if c.Type == t {
			out = append(out, &ir.Col{Name: c.Name, T: c.Type})
		}
	}
	return out
}

// col is a column of a type, or a constant when there is none.
func (g *generator) col(t ir.Type) ir.Expr {
	if cs := g.columns(t); len(cs) > 0 {
		return pick(g, cs)
	}
	return g.lit(t)
}

func (g *generator) lit(t ir.Type) ir.Expr {
	v := ir.Value{Type: t}
	switch t {
	case ir.String:
		v.V = pick(g, texts)
	case ir.Long:
		v.V = g.small()
	case ir.Real:
		v.V = float64(g.small()) / 2
	case ir.Bool:
		v.V = g.chance(50)
	case ir.Datetime:
		v.V = g.time()
	case ir.Timespan:
		v.V = pick(g, []int64{ir.Millisecond, 5 * ir.Minute, ir.Hour, 36 * ir.Hour, 7 * ir.Day})
	}
	return &ir.Lit{Value: v}
}
