package irtest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/ir/irtest"
)

// model is what an approximate fact does to the node that it is about.
type model struct {
	name string
	kind drift.Kind
	cond bool // for a condition, otherwise for a value
	make func(node, other ir.Expr) ir.Expr
}

func or(node, other ir.Expr) ir.Expr  { return &ir.Or{Xs: []ir.Expr{node, other}} }
func and(node, other ir.Expr) ir.Expr { return &ir.And{Xs: []ir.Expr{node, other}} }

// models has one per kind of drift that a fact can declare for an expression.
var models = []model{
	{"may be true", drift.MayBeTrue, true, or},
	{"may be false", drift.MayBeFalse, true, and},
	{"may be either", drift.TruthAny, true, func(_, other ir.Expr) ir.Expr { return other }},
	{"a larger value", drift.ValueUp, false, func(n, other ir.Expr) ir.Expr { return shifted(n, other, "+") }},
	{"a smaller value", drift.ValueDown, false, func(n, other ir.Expr) ir.Expr { return shifted(n, other, "-") }},
	{"another value", drift.ValueAny, false, func(n, other ir.Expr) ir.Expr {
		return &ir.Cond{Branches: []ir.Branch{{If: other, Then: shifted(n, other, "-")}}, Else: shifted(n, other, "+"), T: ir.Long}
	}},
}

// shifted moves a number on the rows where other is true.
func shifted(n, other ir.Expr, op string) ir.Expr {
	two := &ir.Lit{Value: ir.Value{Type: ir.Long, V: int64(2)}}
	return &ir.Cond{Branches: []ir.Branch{{If: other, Then: &ir.Arith{Op: op, L: n, R: two, T: ir.Long}}}, Else: n, T: ir.Long}
}

// slots lists the places of a query's conditions and of its computed numbers, in a fixed order.
func slots(q *ir.Query, cond bool) []*ir.Expr {
	var out []*ir.Expr
	var leaves func(x *ir.Expr)
	leaves = func(x *ir.Expr) {
		switch e := (*x).(type) {
		case *ir.And:
			for i := range e.Xs {
				leaves(&e.Xs[i])
			}
		case *ir.Or:
			for i := range e.Xs {
				leaves(&e.Xs[i])
			}
		case *ir.Not:
			leaves(&e.X)
		default:
			out = append(out, x)
		}
	}
	q.EachPipeline(func(p *ir.Pipeline) {
		for _, o := range p.Ops {
			switch o := o.(type) {
			case *ir.Filter:
				if cond {
					leaves(&o.Pred)
				}
			case *ir.Extend:
				for i := range o.Cols {
					if !cond && ir.TypeOf(o.Cols[i].X) == ir.Long {
						out = append(out, &o.Cols[i].X)
					}
				}
			}
		}
	})
	return out
}

// source is a test that reads only columns of the tables, so that it can stand anywhere before they are grouped away.
func source(n uint64) ir.Expr {
	switch n % 3 {
	case 0:
		return &ir.Match{Kind: ir.Contains, Case: ir.Fold, X: &ir.Col{Name: "Who", T: ir.String}, Needles: []ir.Expr{ir.StringLit("a", ir.At{}.S)}}
	case 1:
		return &ir.IsNull{X: &ir.Col{Name: "N", T: ir.Long}}
	}
	return &ir.Compare{Op: ir.Gt, L: &ir.Col{Name: "Id", T: ir.Long}, R: &ir.Lit{Value: ir.Value{Type: ir.Long, V: int64(15)}}}
}

// The rows of a query in which one node is approximate differ from the source's only as Propagate declares: semantics.md 2.
func TestDeclaredDriftBoundsWhatRowsDo(t *testing.T) {
	for _, m := range models {
		t.Run(m.name, func(t *testing.T) {
			shown := 0
			for seed := *first; seed < *first+*seeds; seed++ {
				exact, loose := irtest.Gen(seed, irtest.Options{}), irtest.Gen(seed, irtest.Options{})
				places, others := slots(exact.Query, m.cond), slots(loose.Query, m.cond)
				if len(places) == 0 {
					continue
				}
				i := int(seed) % len(places)
				effect := drift.Propagate(exact.Query, drift.Leaf{Node: *places[i], Kind: m.kind})
				*others[i] = m.make(*others[i], source(seed))
				want, err := eval.Run(context.Background(), exact.Query, env(exact))
				if err != nil {
					t.Fatal(err)
				}
				got, err := eval.Run(context.Background(), loose.Query, env(loose))
				if err != nil {
					continue // the test reads a column that is grouped away here
				}
				differ, problem := within(effect, want, got)
				if problem != "" {
					t.Fatalf("-seed %d -seeds 1\n%s\nleaf %s becomes %s\ndeclared: %s\n%s", seed, exact.Query, ir.Text(*places[i]), ir.Text(*others[i]), effect, problem)
				}
				if differ {
					shown++
				}
			}
			if *seeds > 100 && shown < 20 {
				t.Errorf("only %d queries show a difference", shown)
			}
		})
	}
}

// An op that may lack rows: some of what leaves it is dropped.
func TestRowsLostByAnOpAreDeclared(t *testing.T) {
	shown := 0
	for seed := *first; seed < *first+*seeds; seed++ {
		exact, loose := irtest.Gen(seed, irtest.Options{}), irtest.Gen(seed, irtest.Options{})
		var pipes, others []*ir.Pipeline
		exact.Query.EachPipeline(func(p *ir.Pipeline) { pipes = append(pipes, p) })
		loose.Query.EachPipeline(func(p *ir.Pipeline) { others = append(others, p) })
		k := int(seed) % len(pipes)
		if len(pipes[k].Ops) == 0 {
			continue
		}
		i := int(seed/7) % len(pipes[k].Ops)
		effect := drift.Propagate(exact.Query, drift.Leaf{Node: pipes[k].Ops[i], Kind: drift.LostRows})
		others[k].Ops = slices.Insert(others[k].Ops, i+1, ir.Op(&ir.Filter{Pred: source(seed)}))
		want, err := eval.Run(context.Background(), exact.Query, env(exact))
		if err != nil {
			t.Fatal(err)
		}
		got, err := eval.Run(context.Background(), loose.Query, env(loose))
		if err != nil {
			continue // the test reads a column that is grouped away here
		}
		differ, problem := within(effect, want, got)
		if problem != "" {
			t.Fatalf("-seed %d -seeds 1\n%s\nrows lost after %s\ndeclared: %s\n%s", seed, exact.Query, ir.OpText(pipes[k].Ops[i]), effect, problem)
		}
		if differ {
			shown++
		}
	}
	if *seeds > 100 && shown < 50 {
		t.Errorf("only %d queries show a difference", shown)
	}
}

// within compares rows under a declared effect: rows are identified by the columns that it does not name.
func within(e drift.Effect, want, got *eval.Table) (differ bool, problem string) {
	fixed := []int{}
	for i, c := range want.Columns {
		if e.Values[c.Name] == drift.None && e.Values["*"] == drift.None {
			fixed = append(fixed, i)
		}
	}
	w, g := identities(want, fixed), identities(got, fixed)
	extra, lost := irtest.Lacking(w, g), irtest.Lacking(g, w)
	switch {
	case len(extra) > 0 && !e.Extra:
		return true, fmt.Sprintf("rows that the source does not find: %q", extra)
	case len(lost) > 0 && !e.Lost:
		return true, fmt.Sprintf("rows that only the source finds: %q", lost)
	}
	for i, c := range want.Columns {
		if dir := e.Values[c.Name]; dir == drift.Up || dir == drift.Down {
			if p := moves(want, got, w, g, i, dir); p != "" {
				return true, p
			}
		}
	}
	return len(extra)+len(lost) > 0 || !slices.Equal(identities(want, nil), identities(got, nil)), ""
}

// identities are the rows as text over some columns, nil for all.
func identities(t *eval.Table, cols []int) []string {
	var out []string
	for _, row := range t.Rows {
		var b strings.Builder
		for i, v := range row {
			if cols == nil || slices.Contains(cols, i) {
				fmt.Fprintf(&b, "%s=%s  ", t.Columns[i].Name, v)
			}
		}
		out = append(out, b.String())
	}
	return out
}

// moves checks that a column moves in the declared direction on rows whose identity is unique on both sides.
func moves(want, got *eval.Table, w, g []string, col int, dir drift.Dir) string {
	at := map[string]int{}
	for i, id := range w {
		if _, twice := at[id]; twice {
			i = -1
		}
		at[id] = i
	}
	for j, id := range g {
		i, ok := at[id]
		if !ok || i < 0 || slices.Index(g, id) != j || slices.Contains(g[j+1:], id) {
			continue
		}
		a, okA := want.Rows[i][col].V.(int64)
		b, okB := got.Rows[j][col].V.(int64)
		if okA && okB && (dir == drift.Up && b < a || dir == drift.Down && b > a) {
			return fmt.Sprintf("%s goes from %d to %d on %s", want.Columns[col].Name, a, b, id)
		}
	}
	return ""
}
