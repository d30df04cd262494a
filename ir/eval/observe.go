package eval

import "github.com/huntc/huntc/ir"

// Observation collects, while a query runs, how many rows leave each stage and what its predicates were. Put an empty one into
// Env.Observe; it may be used for several runs, whose truths add up and whose counts are those of the last.
type Observation struct {
	Stages []*Stage
	Leaves []*Leaf
	stages map[any]*Stage
	leaves map[ir.Expr]*Leaf
}

// Stage is a source or an op.
type Stage struct {
	Source ir.Source // nil for an op
	Op     ir.Op     // nil for a source
	Rows   int64     // rows that left it, in its last full run
	Drops  []Drop    // of a filter: one per conjunct
}

// Drop says how many rows a conjunct of a filter dropped first, in the order of the conjuncts.
type Drop struct {
	Pred ir.Expr
	Rows int64
}

// Leaf is a test without and and or inside, perhaps negated, and how often it was what.
type Leaf struct {
	Pred              ir.Expr
	True, False, Null int64
}

func (o *Observation) stage(key any) *Stage {
	if o.stages == nil {
		o.stages = map[any]*Stage{}
	}
	s := o.stages[key]
	if s == nil {
		s = &Stage{}
		o.stages[key] = s
		o.Stages = append(o.Stages, s)
	}
	return s
}

// counted counts the rows of t into s, from zero for every pass over them.
func (s *Stage) counted(t *rel) *rel {
	rows := t.rows
	return t.with(func(yield func([]ir.Value, error) bool) {
		n := int64(0)
		defer func() { s.Rows = n }()
		for row, err := range rows {
			if err == nil {
				n++
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	})
}

// watchSource and watchOp count what leaves a stage; without an observation they do nothing.
func (r *runner) watchSource(t *rel, from ir.Source) *rel {
	if r.env.Observe == nil {
		return t
	}
	s := r.env.Observe.stage(from)
	s.Source = from
	return s.counted(t)
}

func (r *runner) watchOp(t *rel, o ir.Op) *rel {
	if r.env.Observe == nil {
		return t
	}
	s := r.env.Observe.stage(o)
	s.Op = o
	return s.counted(t)
}

// watchedFilter is filter that asks one conjunct after the other which of them drops a row.
func (r *runner) watchedFilter(t *rel, o ir.Op, pred ir.Expr) *rel {
	s := r.env.Observe.stage(o)
	conjuncts := ir.Conjuncts(pred)
	leaves := r.env.Observe.find(pred)
	return t.with(func(yield func([]ir.Value, error) bool) {
		drops := make([]Drop, len(conjuncts))
		for i, c := range conjuncts {
			drops[i].Pred = c
		}
		defer func() { s.Drops = drops }()
		step := r.through(t, func(row []ir.Value, pass func([]ir.Value) bool) (bool, error) {
			r.truths(t, row, leaves)
			for i, c := range conjuncts {
				keep, err := r.isTrue(t, row, c)
				if err != nil {
					return false, err
				}
				if !keep {
					drops[i].Rows++
					return true, nil
				}
			}
			return pass(row), nil
		})
		step(yield)
	})
}

// find lists the leaves of a predicate, each once.
func (o *Observation) find(pred ir.Expr) []*Leaf {
	var out []*Leaf
	ir.Inspect(pred, func(e ir.Expr) bool {
		switch e := e.(type) {
		case *ir.And, *ir.Or:
			return true
		case *ir.Not:
			switch e.X.(type) {
			case *ir.And, *ir.Or, *ir.Not:
				return true
			} // otherwise x !has y and isnotempty(x) are tests of their own
		}
		l := o.leaves[e]
		if l == nil {
			l = &Leaf{Pred: e}
			if o.leaves == nil {
				o.leaves = map[ir.Expr]*Leaf{}
			}
			o.leaves[e] = l
			o.Leaves = append(o.Leaves, l)
		}
		out = append(out, l)
		return false
	})
	return out
}

// truths asks every leaf, also those that the row's fate does not depend on; one that fails here is reported where it counts.
func (r *runner) truths(t *rel, row []ir.Value, leaves []*Leaf) {
	for _, l := range leaves {
		v, err := r.eval(t, row, l.Pred)
		if err != nil {
			continue
		}
		switch scalar(v).V {
		case true:
			l.True++
		case false:
			l.False++
		default:
			l.Null++
		}
	}
}
