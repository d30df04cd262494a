package eval

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// join pairs rows by key. Nothing of KQL's documentation says how null keys join; here they are equal to each other and, under
// KQL's rules, to "", as they are one group in summarize.
func (r *runner) join(left, right *rel, o *ir.Join) (*rel, error) {
	if len(o.On) == 0 {
		return nil, errorAt(o.At, "a join without keys")
	}
	lk := make([]int, len(o.On))
	rk := make([]int, len(o.On))
	for i, k := range o.On {
		var lok, rok bool
		lk[i], lok = left.index[k.Left]
		rk[i], rok = right.index[k.Right]
		if !lok || !rok {
			return nil, errorAt(o.At, "join key %s = %s is not a column of both sides", k.Left, k.Right)
		}
	}
	j := &joiner{runner: r, o: o, left: left, right: right, lk: lk, rk: rk}
	return j.run()
}

type joiner struct {
	*runner
	o           *ir.Join
	left, right *rel
	lk, rk      []int
	take        []int // the columns of the right side that the result has
	out         *rel
}

func (j *joiner) run() (*rel, error) {
	switch j.o.Kind {
	case ir.LeftSemi, ir.LeftAnti:
		return j.half(j.left, j.lk, j.right, j.rk, j.o.Kind == ir.LeftSemi)
	case ir.RightSemi, ir.RightAnti:
		return j.half(j.right, j.rk, j.left, j.lk, j.o.Kind == ir.RightSemi)
	case ir.InnerUnique, ir.Inner, ir.LeftOuter, ir.RightOuter, ir.FullOuter:
		return j.full()
	default:
		return nil, errorAt(j.o.At, "the evaluator does not know the join kind %v", j.o.Kind)
	}
}

// half keeps the rows of one side that have a partner, or have none.
func (j *joiner) half(keep *rel, keepKeys []int, other *rel, otherKeys []int, wanted bool) (*rel, error) {
	known := map[string]bool{}
	err := j.each(other, func(row []ir.Value) error {
		known[j.key(row, otherKeys)] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	return keep.with(j.through(keep, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		return known[j.key(row, keepKeys)] != wanted || yield(row), nil
	})), nil
}

// full holds the right side and passes the left through.
func (j *joiner) full() (*rel, error) {
	j.columns()
	held, err := j.hold(j.right, j.o.At)
	if err != nil {
		return nil, err
	}
	partners := map[string][]int{}
	for i, row := range held {
		k := j.key(row, j.rk)
		partners[k] = append(partners[k], i)
	}
	j.out.rows = func(yield func([]ir.Value, error) bool) { j.pairs(held, partners, yield) }
	return j.out, nil
}

func (j *joiner) pairs(held [][]ir.Value, partners map[string][]int, yield func([]ir.Value, error) bool) {
	kind := j.o.Kind
	used := make([]bool, len(held))
	seen := map[string]bool{}
	done := false
	left := j.through(j.left, func(row []ir.Value, pass func([]ir.Value) bool) (bool, error) {
		k := j.key(row, j.lk)
		if kind == ir.InnerUnique {
			if seen[k] {
				return true, nil
			}
			seen[k] = true
		}
		for _, i := range partners[k] {
			used[i] = true
			if err := j.tick(); err != nil {
				return false, err
			}
			if !pass(j.pair(row, held[i])) {
				return false, nil
			}
		}
		if len(partners[k]) == 0 && (kind == ir.LeftOuter || kind == ir.FullOuter) {
			return pass(j.pair(row, j.nulls(j.right.cols))), nil
		}
		return true, nil
	})
	for row, err := range left {
		if !yield(row, err) || err != nil {
			done = true
			break
		}
	}
	if done || kind != ir.RightOuter && kind != ir.FullOuter {
		return
	}
	for i, row := range held {
		if !used[i] && !yield(j.pair(j.nulls(j.left.cols), row), nil) {
			return
		}
	}
}

func (j *joiner) pair(l, r []ir.Value) []ir.Value {
	n := make([]ir.Value, 0, len(j.out.cols))
	n = append(n, l...)
	for _, i := range j.take {
		n = append(n, r[i])
	}
	return n
}

// columns names the result's columns: the left's, then the right's, with a number behind a name that is taken.
func (j *joiner) columns() {
	cols := slices.Clone(j.left.cols)
	taken := map[string]bool{}
	for _, c := range cols {
		taken[c.Name] = true
	}
	for i, c := range j.right.cols {
		if j.o.Lookup && slices.Contains(j.rk, i) {
			continue
		}
		name := c.Name
		if n, ok := j.o.RightNames[c.Name]; ok {
			name = n
		}
		base := name
		for n := 1; taken[name]; n++ {
			name = fmt.Sprintf("%s%d", base, n)
		}
		taken[name] = true
		j.take = append(j.take, i)
		cols = append(cols, ir.Column{Name: name, Type: c.Type})
	}
	j.out = newRel(cols)
	j.out.open = j.left.open || j.right.open
}

func (j *joiner) key(row []ir.Value, at []int) string {
	var b []byte
	for _, i := range at {
		v := scalar(row[i])
		if v.V == "" && !j.env.Strict {
			v = ir.Value{Type: v.Type}
		}
		b = appendKey(b, v)
	}
	return string(b)
}
