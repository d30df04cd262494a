package eval

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// scanner is a Scan as it runs: learn.microsoft.com/kusto/query/scan-operator#matching-logic.
type scanner struct {
	*runner
	o        *ir.Scan
	ext      *rel      // the input's columns, the declared ones, then one per reference to a step
	refs     []stepRef // what the last columns of ext hold
	width    int       // number of columns before them
	defaults []ir.Value
	conds    []ir.Expr
	assigns  [][]ir.Named
	out      *rel
}

// stepRef is a column of a step's state: indices of step and column.
type stepRef struct{ step, col int }

// sequence is a match that has reached a step: the last row of every step on its way (nil for a step that was passed over), and
// the row that waits to come out where only the last one of a series does.
type sequence struct {
	id      int64
	rows    [][]ir.Value
	pending []ir.Value
}

func (r *runner) scanSteps(t *rel, o *ir.Scan) (*rel, error) {
	s := &scanner{runner: r, o: o}
	cols := slices.Clone(t.cols)
	for _, d := range o.Declare {
		v := ir.Value{Type: d.T}
		if d.Default != nil {
			var err error
			if v, err = r.eval(newRel(nil), nil, d.Default); err == nil {
				v, err = cast(v, d.T)
			}
			if err != nil {
				return nil, located(o.At, err)
			}
		}
		s.defaults = append(s.defaults, r.settle(v))
		cols = append(cols, ir.Column{Name: d.Name, Type: d.T})
	}
	s.width = len(cols)
	result := slices.Clone(cols)
	if o.MatchID != "" {
		result = append(result, ir.Column{Name: o.MatchID, Type: ir.Long})
	}
	s.out = newRel(result)
	s.out.open = t.open
	if err := s.resolve(cols, t.open); err != nil {
		return nil, err
	}
	s.out.rows = func(yield func([]ir.Value, error) bool) { s.run(t, yield) }
	return s.out, nil
}

// resolve makes every reference to a step a column of ext.
func (s *scanner) resolve(cols []ir.Column, open bool) error {
	steps := map[string]int{}
	for i, st := range s.o.Steps {
		steps[st.Name] = i
	}
	base := newRel(slices.Clone(cols))
	names := map[stepRef]string{}
	var failed error
	local := func(x ir.Expr) ir.Expr {
		return ir.MapExpr(x, func(x ir.Expr) ir.Expr {
			c, ok := x.(*ir.StepCol)
			if !ok {
				return x
			}
			step, known := steps[c.Step]
			col, has := base.index[c.Name]
			if !known || !has && !open {
				failed = errorAt(c.At, "no column %s.%s", c.Step, c.Name)
				return x
			}
			if !has {
				return &ir.Lit{At: c.At, Value: ir.Value{Type: c.T}}
			}
			ref := stepRef{step, col}
			if names[ref] == "" {
				names[ref] = fmt.Sprintf("\x00step%d", len(s.refs))
				s.refs = append(s.refs, ref)
				cols = append(cols, ir.Column{Name: names[ref], Type: base.cols[col].Type})
			}
			return &ir.Col{At: c.At, Name: names[ref], T: base.cols[col].Type}
		})
	}
	for _, st := range s.o.Steps {
		s.conds = append(s.conds, local(st.Cond))
		var to []ir.Named
		for _, n := range st.Assigns {
			to = append(to, ir.Named{Name: n.Name, X: local(n.X)})
		}
		s.assigns = append(s.assigns, to)
	}
	s.ext = newRel(cols)
	s.ext.open = open
	return failed
}

// run evaluates each row against the steps from the last to the first.
func (s *scanner) run(t *rel, yield func([]ir.Value, error) bool) {
	states := make([]*sequence, len(s.o.Steps))
	next := int64(0)
	stopped := false
	emit := func(m *sequence, row []ir.Value) bool {
		if s.o.MatchID != "" {
			row = append(slices.Clip(row), long(m.id))
		}
		stopped = stopped || !yield(row, nil)
		return !stopped
	}
	flush := func(m *sequence) bool {
		if m == nil || m.pending == nil {
			return true
		}
		row := m.pending
		m.pending = nil
		return emit(m, row)
	}
	for row, err := range t.rows {
		if err == nil {
			err = s.tick()
		}
		for k := len(states) - 1; err == nil && k >= 0; k-- {
			var hit bool
			hit, err = s.step(row, k, states, &next, flush)
			if !hit || err != nil {
				continue
			}
			m := states[k]
			switch s.o.Steps[k].Output {
			case ir.ScanAll:
				if !emit(m, m.rows[k]) {
					return
				}
			case ir.ScanLast:
				m.pending = m.rows[k]
			}
			if stopped {
				return
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
	}
	for _, m := range states {
		if !flush(m) {
			return
		}
	}
}

// step tries a row on step k: a sequence that waits at the step before moves on, else the one at this step goes on, else the first
// step begins a new one.
func (s *scanner) step(row []ir.Value, k int, states []*sequence, next *int64, flush func(*sequence) bool) (bool, error) {
	from := k - 1
	for from >= 0 && states[from] == nil && s.o.Steps[from].Optional {
		from--
	}
	if from >= 0 && states[from] != nil {
		ok, err := s.holds(row, k, states[from])
		if err != nil {
			return false, err
		}
		if ok {
			m := states[from]
			if !flush(states[k]) || !flush(m) {
				return false, nil
			}
			states[from], states[k] = nil, &sequence{id: m.id, rows: slices.Clone(m.rows)}
			return true, s.extend(row, k, states[k])
		}
	}
	m := states[k]
	if m == nil {
		if from >= 0 {
			return false, nil
		}
		m = &sequence{id: *next, rows: make([][]ir.Value, len(states))}
	}
	ok, err := s.holds(row, k, m)
	if !ok || err != nil {
		return false, err
	}
	if states[k] == nil {
		*next++
	}
	states[k] = m
	return true, s.extend(row, k, m)
}

// full is a row with the declared defaults and the referenced values of a match.
func (s *scanner) full(row []ir.Value, m *sequence) []ir.Value {
	out := make([]ir.Value, 0, len(s.ext.cols))
	out = append(append(out, row...), s.defaults...)
	for _, ref := range s.refs {
		v := s.null(s.ext.cols[ref.col].Type)
		if past := m.rows[ref.step]; past != nil {
			v = past[ref.col]
		} else if d := ref.col - (s.width - len(s.defaults)); d >= 0 {
			v = s.defaults[d]
		}
		out = append(out, v)
	}
	return out
}

func (s *scanner) holds(row []ir.Value, k int, m *sequence) (bool, error) {
	return s.isTrue(s.ext, s.full(row, m), s.conds[k])
}

// extend assigns the step's columns and makes the row the state of the step.
func (s *scanner) extend(row []ir.Value, k int, m *sequence) error {
	full := s.full(row, m)
	out := slices.Clone(full[:s.width])
	for _, n := range s.assigns[k] {
		at, ok := s.ext.index[n.Name]
		if !ok {
			return errorAt(s.o.At, "step %s assigns %s, which is not declared", s.o.Steps[k].Name, n.Name)
		}
		v, err := s.eval(s.ext, full, n.X)
		if err == nil && v.Type != s.ext.cols[at].Type {
			v, err = cast(v, s.ext.cols[at].Type)
		}
		if err != nil {
			return located(s.o.At, err)
		}
		out[at] = s.settle(v)
	}
	m.rows[k] = out
	return nil
}
