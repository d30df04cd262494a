package eval

import (
	"fmt"

	"github.com/huntc/huntc/ir"
)

// runningState is the state of one running aggregate: without a window one accumulator per group, with one the rows in it.
type runningState struct {
	spec   ir.Running
	agg    ir.Agg
	typ    ir.Type
	groups map[string]accumulator
	window map[string][]runningRow // by group, or all under ""
	last   string                  // the group of the row before
	begun  bool
}

// runningRow is what a row contributes.
type runningRow struct {
	group  string
	values []ir.Value
	counts bool
	time   float64
}

// running makes the state of a running aggregate. The work per row does not grow with the rows before it, unless the aggregate's own
// result does or a window has to be counted anew.
func running(e *ir.RowCall, typ ir.Type) func([]ir.Value) (ir.Value, error) {
	if e.Running == nil || len(e.Args) < e.Running.Values+4 || aggregates[e.Running.Agg].make == nil {
		return func([]ir.Value) (ir.Value, error) {
			return ir.Value{}, fmt.Errorf("without a description, or of an aggregate that is not known")
		}
	}
	s := &runningState{spec: *e.Running, typ: typ}
	s.agg = ir.Agg{At: e.At, Func: s.spec.Agg, Args: e.Args[:s.spec.Values], Cap: s.spec.Cap, T: typ}
	s.reset()
	return s.row
}

func (s *runningState) reset() {
	s.groups, s.window = map[string]accumulator{}, map[string][]runningRow{}
}

func (s *runningState) windowed() bool { return s.spec.Window > 0 || s.spec.Span > 0 }

// row takes a row in and returns its value.
func (s *runningState) row(a []ir.Value) (ir.Value, error) {
	values, rest := a[:s.spec.Values], a[s.spec.Values:]
	r := runningRow{values: values, counts: isTrue(rest[0])}
	if !scalar(rest[1]).IsNull() {
		r.time = float(scalar(rest[1]))
	}
	var key []byte
	for _, k := range rest[4:] {
		if k.IsNull() {
			return ir.Value{Type: s.typ}, nil
		}
		key = appendKey(key, scalar(k))
	}
	r.group = string(key)
	if isTrue(rest[2]) || s.spec.OnChange && s.begun && r.group != s.last {
		s.reset()
	}
	s.last, s.begun = r.group, true
	if s.spec.Current {
		if err := s.add(r); err != nil {
			return ir.Value{}, err
		}
	}
	v, err := s.value(r)
	if err == nil && !s.spec.Current {
		err = s.add(r)
	}
	if isTrue(rest[3]) {
		s.reset()
	}
	return v, err
}

func isTrue(v ir.Value) bool {
	b, _ := scalar(v).V.(bool)
	return b
}

func (s *runningState) windowOf(r runningRow) string {
	if s.spec.PerGroup {
		return r.group
	}
	return ""
}

func (s *runningState) add(r runningRow) error {
	if s.windowed() {
		w := s.windowOf(r)
		s.window[w] = append(s.window[w], r)
		return nil
	}
	acc := s.groups[r.group]
	if acc == nil {
		if len(s.groups) >= maxRows {
			return fmt.Errorf("has more than %d groups", maxRows)
		}
		acc = aggregates[s.spec.Agg].make(s.agg, s.typ)
		s.groups[r.group] = acc
	}
	return s.put(acc, r)
}

// put adds what a row contributes to an accumulator.
func (s *runningState) put(acc accumulator, r runningRow) error {
	if !r.counts {
		return nil
	}
	n := aggregates[s.spec.Agg].args
	last := func() (ir.Value, error) { return r.values[len(r.values)-1], nil }
	if !s.spec.Each {
		return acc.add(r.values[:n], last)
	}
	elems := []any{plain(r.values[0])}
	if list, ok := r.values[0].V.([]any); ok {
		elems = list
	}
	for _, x := range elems {
		v, err := cast(ir.Value{Type: ir.Dynamic, V: x}, ir.String)
		if err == nil && !v.IsNull() {
			err = acc.add([]ir.Value{v}, last)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// value is the aggregate over the rows that the row sees.
func (s *runningState) value(r runningRow) (ir.Value, error) {
	fact := aggregates[s.spec.Agg]
	if !s.windowed() {
		if acc := s.groups[r.group]; acc != nil {
			return acc.value()
		}
		return fact.make(s.agg, s.typ).value()
	}
	w := s.windowOf(r)
	s.window[w] = s.trimmed(s.window[w], r)
	acc := fact.make(s.agg, s.typ)
	for _, other := range s.window[w] {
		if other.group != r.group {
			continue
		}
		if err := s.put(acc, other); err != nil {
			return ir.Value{}, err
		}
	}
	return acc.value()
}

// trimmed drops the rows that have left the window of a row.
func (s *runningState) trimmed(rows []runningRow, now runningRow) []runningRow {
	from := 0
	if n := int64(len(rows)); s.spec.Window > 0 && n > s.spec.Window {
		from = int(n - s.spec.Window)
	}
	for s.spec.Span > 0 && from < len(rows) {
		if d := rows[from].time - now.time; d < s.spec.Span && -d < s.spec.Span {
			break
		}
		from++
	}
	return rows[from:]
}
