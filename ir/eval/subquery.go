package eval

import (
	"errors"

	"github.com/huntc/huntc/ir"
)

// scalarQuery computes a toscalar once and keeps its value.
func (r *runner) scalarQuery(e *ir.Scalar) (ir.Value, error) {
	if v, ok := r.scalars[e.Pipe]; ok {
		return v, nil
	}
	t, err := r.pipeline(e.Pipe)
	if err != nil {
		return ir.Value{}, err
	}
	if len(t.cols) == 0 {
		return ir.Value{}, errorAt(e.At, "the table of toscalar has no column")
	}
	v := ir.Value{Type: t.cols[0].Type}
	err = r.each(r.limit(t, 1), func(row []ir.Value) error {
		v = row[0]
		return nil
	})
	if err == nil && e.T != ir.TypeUnset && v.Type != e.T {
		v, err = cast(v, e.T)
	}
	if err != nil {
		return v, located(e.At, err)
	}
	r.scalars[e.Pipe] = v
	return v, nil
}

// located gives an error the place of a node unless it has one.
func located(at ir.At, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return errorAt(at, "%v", err)
}

// maxMembers is how many distinct values a test looks at: learn.microsoft.com/kusto/query/in-cs-operator.
const maxMembers = 1_000_000

// members are the values of a table's first column: as keys for whole values, as texts for terms.
type members struct {
	keys  map[string]bool
	texts []string
}

// membersOf collects the members of a table once.
func (r *runner) membersOf(e *ir.InTable) (*members, error) {
	key := memberSource{e.Pipe, e.Kind, e.Case} // one table may be tested in several ways
	if m, ok := r.members[key]; ok {
		return m, nil
	}
	sub, err := r.pipeline(e.Pipe)
	if err != nil {
		return nil, err
	}
	if len(sub.cols) == 0 {
		return nil, errorAt(e.At, "the table has no column")
	}
	m := &members{keys: map[string]bool{}}
	if err := r.each(sub, func(row []ir.Value) error { return m.put(e, row[0]) }); err != nil {
		return nil, err
	}
	r.members[key] = m
	return m, nil
}

// memberSource identifies the members of a table as one kind of test sees them.
type memberSource struct {
	pipe *ir.Pipeline
	kind ir.MatchKind
	cas  ir.Case
}

// put adds a value; a list is flattened: learn.microsoft.com/kusto/query/in-operator.
func (m *members) put(e *ir.InTable, v ir.Value) error {
	if list, ok := v.V.([]any); ok {
		for _, x := range list {
			if err := m.put(e, ir.Value{Type: ir.Dynamic, V: x}); err != nil {
				return err
			}
		}
		return nil
	}
	if v.IsNull() {
		return nil
	}
	k := memberKey(v, e.Case)
	if m.keys[k] {
		return nil
	}
	if len(m.keys) >= maxMembers {
		return errorAt(e.At, "a test against a table considers at most %d values", maxMembers)
	}
	m.keys[k] = true
	if e.Kind == ir.Term {
		m.texts = append(m.texts, asText(v))
	}
	return nil
}

func memberKey(v ir.Value, c ir.Case) string {
	v = scalar(v)
	if s, ok := v.V.(string); ok {
		v.V = folded(s, c)
	}
	return groupKey(v)
}

func (r *runner) inTable(t *rel, row []ir.Value, e *ir.InTable) (ir.Value, error) {
	x, err := r.eval(t, row, e.X)
	if err != nil {
		return x, err
	}
	m, err := r.membersOf(e)
	if err != nil {
		return x, err
	}
	switch e.Kind {
	case ir.Equal:
		return boolean(!x.IsNull() && m.keys[memberKey(x, e.Case)]), nil
	case ir.Term:
		text := asText(x)
		if e.Case == ir.Fold {
			text = ir.FoldASCII(text)
		}
		for _, needle := range m.texts {
			if e.Case == ir.Fold {
				needle = ir.FoldASCII(needle)
			}
			if hasTerm(text, needle, true, true) != e.All {
				return boolean(!e.All), nil
			}
		}
		return boolean(e.All), nil
	default:
		return ir.Value{}, errorAt(e.At, "the evaluator does not know a test of kind %v against a table", e.Kind)
	}
}

// distinct keeps the first of equal rows and holds their keys.
func (r *runner) distinct(t *rel, o *ir.Distinct) *rel {
	return t.with(func(yield func([]ir.Value, error) bool) {
		seen := map[string]bool{}
		for row, err := range r.through(t, func(row []ir.Value, pass func([]ir.Value) bool) (bool, error) {
			var key []byte
			for _, v := range row {
				key = appendKey(key, scalar(v))
			}
			if seen[string(key)] {
				return true, nil
			}
			if len(seen) >= maxRows {
				return false, errorAt(o.At, "more than %d distinct rows", maxRows)
			}
			seen[string(key)] = true
			return pass(row), nil
		}) {
			if !yield(row, err) || err != nil {
				return
			}
		}
	})
}

// sample is exact only where nothing is left out: which rows an engine takes is random.
func (r *runner) sample(t *rel, o *ir.Sample) (*rel, error) {
	held, err := r.hold(r.limit(t, o.N+1), o.At)
	if err != nil {
		return nil, err
	}
	if int64(len(held)) > o.N {
		return nil, errorAt(o.At, "sample takes %d of more rows at random: its result cannot be told before it runs", o.N)
	}
	return t.with(slice(held)), nil
}

// ranged makes the rows of range.
func (r *runner) ranged(s *ir.Range) (*rel, error) {
	empty := newRel(nil)
	ends, err := r.all(empty, nil, s.From, s.To, s.Step)
	if err != nil {
		return nil, err
	}
	for i, v := range ends {
		v = scalar(v)
		if want := s.T; v.Type != want && !(i == 2 && want == ir.Datetime) {
			if v, err = cast(v, want); err != nil {
				return nil, located(s.At, err)
			}
		}
		ends[i] = v
	}
	out := newRel([]ir.Column{{Name: s.Name, Type: s.T}})
	for _, v := range ends {
		if v.IsNull() {
			return out, nil
		}
	}
	step := float(ends[2])
	if step == 0 {
		return nil, errorAt(s.At, "the step of range is 0")
	}
	out.rows = func(yield func([]ir.Value, error) bool) {
		for i := int64(0); ; i++ {
			v, more := along(ends, step, i)
			if err := r.tick(); err != nil {
				yield(nil, err)
				return
			}
			if !more || !yield([]ir.Value{v}, nil) {
				return
			}
		}
	}
	return out, nil
}

// along is value number i between two ends, and whether it still lies between them.
func along(ends []ir.Value, step float64, i int64) (ir.Value, bool) {
	from, to := ends[0], ends[1]
	if a, ok := from.V.(int64); ok {
		by, _ := ends[2].V.(int64)
		v := a + i*by
		last, _ := to.V.(int64)
		wrapped := by > 0 && v < a || by < 0 && v > a
		return ir.Value{Type: from.Type, V: v}, !wrapped && (by > 0 && v <= last || by < 0 && v >= last)
	}
	v := float(from) + float64(i)*step
	out, err := cast(ir.Value{Type: ir.Real, V: v}, from.Type)
	return out, err == nil && (step > 0 && v <= float(to) || step < 0 && v >= float(to))
}
