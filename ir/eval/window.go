package eval

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// hiddenPrefix begins the names of columns that hold the values of row functions while their op runs: no query can write it.
const hiddenPrefix = "\x00row"

// windowed runs an op whose expressions look at other rows: each row function becomes a column first, the innermost before the
// others, and these columns leave again behind the op.
func (r *runner) windowed(t *rel, o ir.Op) (*rel, error) {
	var failed error
	o = ir.MapOp(o, func(x ir.Expr) ir.Expr {
		return ir.MapExpr(x, func(x ir.Expr) ir.Expr {
			call, ok := x.(*ir.RowCall)
			if !ok || failed != nil {
				return x
			}
			name := fmt.Sprintf("%s%d", hiddenPrefix, len(t.cols))
			if t, failed = r.rowColumn(t, name, call); failed != nil {
				return x
			}
			return &ir.Col{At: call.At, Name: name, T: t.cols[len(t.cols)-1].Type}
		})
	})
	if failed != nil {
		return nil, failed
	}
	if ir.WindowedOp(o) {
		return nil, errorAt(ir.At{S: o.Span()}, "the evaluator does not know row functions in the op %T", o)
	}
	out, err := r.op(t, o)
	if err != nil {
		return nil, err
	}
	return r.without(out, hiddenPrefix), nil
}

// without drops the columns whose names begin with a prefix.
func (r *runner) without(t *rel, prefix string) *rel {
	var cols []ir.Column
	var keep []int
	for i, c := range t.cols {
		if len(c.Name) < len(prefix) || c.Name[:len(prefix)] != prefix {
			cols, keep = append(cols, c), append(keep, i)
		}
	}
	if len(cols) == len(t.cols) {
		return t
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		n := make([]ir.Value, len(keep))
		for i, j := range keep {
			n[i] = row[j]
		}
		return yield(n), nil
	})
	return out
}

// rowFunction makes the state of a row function, which gives a value for each row in turn.
type rowFunction func(e *ir.RowCall, typ ir.Type) func(a []ir.Value) (ir.Value, error)

// rowFunctions are those that look back. Read-only.
var rowFunctions = map[string]rowFunction{
	"prev":               prevValue,
	"row_number":         rowNumber,
	"row_cumsum":         rowCumsum,
	"row_rank_dense":     rowRank(true),
	"row_rank_min":       rowRank(false),
	"row_window_session": rowSession,
	ir.RunningCall:       running,
}

// rowColumn adds a column with the values of a row function.
func (r *runner) rowColumn(t *rel, name string, e *ir.RowCall) (*rel, error) {
	typ := e.T
	if typ == ir.TypeUnset && len(e.Args) > 0 {
		typ = typeOf(t, e.Args[0])
	}
	out := newRel(append(slices.Clone(t.cols), ir.Column{Name: name, Type: typ}))
	out.open = t.open
	add := func(row []ir.Value, v ir.Value) []ir.Value {
		return append(slices.Clone(row), r.settle(ir.Value{Type: typ, V: v.V}))
	}
	if e.Func == "next" {
		out.rows = r.ahead(t, e, add)
		return out, nil
	}
	make, ok := rowFunctions[e.Func]
	if !ok {
		return nil, errorAt(e.At, "the evaluator does not know the row function %s", e.Func)
	}
	out.rows = func(yield func([]ir.Value, error) bool) {
		state := make(e, typ)
		r.through(t, func(row []ir.Value, pass func([]ir.Value) bool) (bool, error) {
			vs, err := r.all(t, row, e.Args...)
			if err != nil {
				return false, err
			}
			v, err := state(vs)
			if err != nil {
				return false, errorAt(e.At, "%s: %v", e.Func, err)
			}
			return pass(add(row, v)), nil
		})(yield)
	}
	return out, nil
}

// distance is the distance of prev and next, at least 1.
func distance(a []ir.Value) (int, error) {
	n := number(a, 1, 1)
	if n < 1 || n > maxRows {
		return 0, fmt.Errorf("the offset %d is not from 1 to %d", n, maxRows)
	}
	return int(n), nil
}

// otherwise is the default of prev and next in the type of their column.
func otherwise(a []ir.Value, typ ir.Type) (ir.Value, error) {
	if len(a) < 3 || a[2].IsNull() {
		return ir.Value{Type: typ}, nil
	}
	return cast(a[2], typ)
}

func prevValue(_ *ir.RowCall, typ ir.Type) func([]ir.Value) (ir.Value, error) {
	var past []ir.Value
	return func(a []ir.Value) (ir.Value, error) {
		n, err := distance(a)
		if err != nil {
			return ir.Value{}, err
		}
		v := ir.Value{}
		if len(past) >= n {
			v = past[len(past)-n]
		} else if v, err = otherwise(a, typ); err != nil {
			return v, err
		}
		if past = append(past, a[0]); len(past) > n {
			past = past[1:]
		}
		return v, nil
	}
}

// ahead is next: rows wait until the one that they look at has come.
func (r *runner) ahead(t *rel, e *ir.RowCall, add func(row []ir.Value, v ir.Value) []ir.Value) rowSeq {
	type waiting struct{ row, args []ir.Value }
	return func(yield func([]ir.Value, error) bool) {
		var queue []waiting
		fail := func(err error) { yield(nil, errorAt(e.At, "next: %v", err)) }
		for row, err := range t.rows {
			var args []ir.Value
			if err == nil {
				err = r.tick()
			}
			if err == nil {
				args, err = r.all(t, row, e.Args...)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			n, err := distance(args)
			if err != nil {
				fail(err)
				return
			}
			queue = append(queue, waiting{row, args})
			if len(queue) > n {
				if !yield(add(queue[0].row, args[0]), nil) {
					return
				}
				queue = queue[1:]
			}
		}
		for _, w := range queue {
			v, err := otherwise(w.args, typeOf(t, e.Args[0]))
			if err != nil {
				fail(err)
				return
			}
			if !yield(add(w.row, v), nil) {
				return
			}
		}
	}
}

// restart reads the optional argument that begins anew.
func restart(a []ir.Value, i int) bool {
	if i >= len(a) {
		return false
	}
	b, _ := scalar(a[i]).V.(bool)
	return b
}

func rowNumber(*ir.RowCall, ir.Type) func([]ir.Value) (ir.Value, error) {
	n, begun := int64(0), false
	return func(a []ir.Value) (ir.Value, error) {
		if !begun || restart(a, 1) {
			n, begun = number(a, 0, 1), true
		} else {
			n++
		}
		return long(n), nil
	}
}

// rowCumsum adds up; null counts as nothing.
func rowCumsum(_ *ir.RowCall, typ ir.Type) func([]ir.Value) (ir.Value, error) {
	s := newSum(typ)
	return func(a []ir.Value) (ir.Value, error) {
		if restart(a, 1) {
			s = newSum(typ)
		}
		if err := s.add(a, nil); err != nil {
			return ir.Value{}, err
		}
		return s.value()
	}
}

// rowRank counts the changes of its term: dense numbers have no gaps, the others are the number of the first row with the term.
func rowRank(dense bool) rowFunction {
	return func(*ir.RowCall, ir.Type) func([]ir.Value) (ir.Value, error) {
		var rank, row int64
		var last string
		return func(a []ir.Value) (ir.Value, error) {
			key := groupKey(a[0])
			if restart(a, 1) {
				rank, row = 0, 0
			}
			row++
			switch {
			case row > 1 && key == last:
			case dense:
				rank++
			default:
				rank = row
			}
			last = key
			return long(rank), nil
		}
	}
}

// rowSession gives the first value of the session that a row belongs to: row_window_session(value, distance from the first, distance
// from the one before, restart). A value that reaches a distance begins a new session, and so does the one behind a null.
// learn.microsoft.com/kusto/query/row-window-session-function
func rowSession(_ *ir.RowCall, typ ir.Type) func([]ir.Value) (ir.Value, error) {
	start, last := ir.Value{Type: typ}, ir.Value{Type: typ}
	reaches := func(from, v, most ir.Value) (bool, error) {
		d, err := arithTyped("-", scalar(v), scalar(from))
		if err != nil {
			return false, err
		}
		c, ok := order(d, scalar(most))
		return ok && c >= 0, nil
	}
	return func(a []ir.Value) (ir.Value, error) {
		v := a[0]
		if v.IsNull() {
			start = ir.Value{Type: typ}
			return start, nil
		}
		fresh := start.IsNull() || restart(a, 3)
		if !fresh {
			far, err := reaches(start, v, a[1])
			if err != nil {
				return v, err
			}
			gap, err := reaches(last, v, a[2])
			if err != nil {
				return v, err
			}
			fresh = far || gap
		}
		if fresh {
			start = v
		}
		last = v
		return start, nil
	}
}
