package eval

import (
	"context"
	"fmt"
	"regexp"

	"github.com/huntc/huntc/ir"
)

// Table is rows with named, typed columns.
type Table struct {
	Columns []ir.Column
	Rows    [][]ir.Value
}

// Env is what a query runs against.
type Env struct {
	Tables map[string]*Table
	Now    int64 // ticks since 0001-01-01; 0 means unknown, and using it is an error
	Params map[string]ir.Value
	Strict bool // the target engines' null rules instead of KQL's
}

// Error is a failure at a place of the query.
type Error struct {
	At  ir.At
	Msg string
}

func (e *Error) Error() string { return e.Msg }

func errorAt(at ir.At, format string, args ...any) error {
	return &Error{at, fmt.Sprintf(format, args...)}
}

// maxRows bounds every intermediate table, so that a join or mv-expand that explodes is an error and not an exhausted machine.
const maxRows = 5_000_000

// Run evaluates the query.
func Run(ctx context.Context, q *ir.Query, env *Env) (*Table, error) {
	r := &runner{ctx: ctx, env: env, bindings: map[string]*binding{}, patterns: map[string]*regexp.Regexp{}}
	for _, b := range q.Bindings {
		r.bindings[b.Name] = &binding{pipe: b.Pipe}
	}
	out, err := r.pipeline(q.Root)
	if err != nil {
		return nil, err
	}
	if len(q.Columns) > 0 && !q.Open {
		return out.pick(q.Columns)
	}
	return &Table{Columns: out.cols, Rows: out.rows}, nil
}

type runner struct {
	ctx      context.Context
	env      *Env
	bindings map[string]*binding
	patterns map[string]*regexp.Regexp
	steps    int
}

// binding is a named pipeline, run at most once.
type binding struct {
	pipe    *ir.Pipeline
	running bool
	result  *rel
}

// tick is called once per row of work; it notices a cancelled context.
func (r *runner) tick() error {
	r.steps++
	if r.steps%1024 == 1 {
		return r.ctx.Err()
	}
	return nil
}

// null is the absent value of a type under the current null rules.
func (r *runner) null(t ir.Type) ir.Value {
	if r.env.Strict {
		return ir.Value{Type: t}
	}
	return ir.Null(t)
}

// settle applies KQL's rule that a string is never null.
func (r *runner) settle(v ir.Value) ir.Value {
	if v.V == nil && v.Type == ir.String && !r.env.Strict {
		return ir.Null(ir.String)
	}
	return v
}

// rel is a table in work. Rows are never changed in place, because tables share them.
type rel struct {
	cols  []ir.Column
	index map[string]int
	rows  [][]ir.Value
	open  bool // a column that is not there reads as null
}

func newRel(cols []ir.Column) *rel {
	t := &rel{cols: cols, index: make(map[string]int, len(cols))}
	for i, c := range cols {
		t.index[c.Name] = i
	}
	return t
}

func (t *rel) add(row []ir.Value) error {
	if len(t.rows) >= maxRows {
		return fmt.Errorf("more than %d rows in an intermediate result", maxRows)
	}
	t.rows = append(t.rows, row)
	return nil
}

func (t *rel) pick(cols []ir.Column) (*Table, error) {
	out := &Table{Columns: cols}
	at := make([]int, len(cols))
	for i, c := range cols {
		j, ok := t.index[c.Name]
		if !ok {
			return nil, fmt.Errorf("the query promises a column %q that its pipeline does not make", c.Name)
		}
		at[i] = j
	}
	for _, row := range t.rows {
		n := make([]ir.Value, len(cols))
		for i, j := range at {
			n[i] = row[j]
		}
		out.Rows = append(out.Rows, n)
	}
	return out, nil
}

func (r *runner) pipeline(p *ir.Pipeline) (*rel, error) {
	t, err := r.source(p.From)
	if err != nil {
		return nil, err
	}
	return r.ops(t, p.Ops)
}

func (r *runner) ops(t *rel, ops []ir.Op) (*rel, error) {
	for _, o := range ops {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if t, err = r.op(t, o); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (r *runner) source(s ir.Source) (*rel, error) {
	switch s := s.(type) {
	case *ir.Table:
		return r.scan(s)
	case *ir.Ref:
		return r.ref(s)
	case *ir.Rows:
		t := newRel(s.Columns)
		t.rows = make([][]ir.Value, len(s.Values))
		for i, row := range s.Values {
			if len(row) != len(s.Columns) {
				return nil, errorAt(s.At, "a row has %d values for %d columns", len(row), len(s.Columns))
			}
			t.rows[i] = make([]ir.Value, len(row))
			for j, v := range row {
				t.rows[i][j] = r.settle(v)
			}
		}
		return t, nil
	case *ir.Union:
		return r.union(nil, s.Inputs)
	default:
		return nil, fmt.Errorf("the evaluator does not know the source %T", s)
	}
}

func (r *runner) ref(s *ir.Ref) (*rel, error) {
	b, ok := r.bindings[s.Name]
	if !ok {
		return nil, errorAt(s.At, "no pipeline is called %q", s.Name)
	}
	if b.running {
		return nil, errorAt(s.At, "%q refers to itself", s.Name)
	}
	if b.result != nil {
		return b.result, nil
	}
	b.running = true
	defer func() { b.running = false }()
	t, err := r.pipeline(b.pipe)
	b.result = t
	return t, err
}

// scan reads a source table: the columns of its schema, then, where the schema is open or the query reads the target's fields, the
// data's other columns.
func (r *runner) scan(s *ir.Table) (*rel, error) {
	data, ok := r.env.Tables[s.Name]
	if !ok {
		return nil, errorAt(s.At, "there is no data for table %s", s.Name)
	}
	have := newRel(data.Columns)
	cols := append([]ir.Column(nil), s.Columns...)
	declared := newRel(s.Columns)
	for _, c := range data.Columns {
		if _, known := declared.index[c.Name]; !known && (s.Open || r.env.Strict) {
			cols = append(cols, c)
		}
	}
	t := newRel(cols)
	t.open = s.Open || r.env.Strict
	for _, row := range data.Rows {
		if err := r.tick(); err != nil {
			return nil, err
		}
		n := make([]ir.Value, len(cols))
		for i, c := range cols {
			n[i] = r.null(c.Type)
			if j, ok := have.index[c.Name]; ok {
				v := row[j]
				if v.Type != c.Type && c.Type != ir.TypeUnset {
					var err error
					if v, err = cast(v, c.Type); err != nil {
						return nil, errorAt(s.At, "column %s of table %s: %v", c.Name, s.Name, err)
					}
				}
				n[i] = r.settle(v)
			}
		}
		if err := t.add(n); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// union appends tables, matching columns by name and type. Names with several types become one column per type, name_type.
func (r *runner) union(first *rel, inputs []*ir.Pipeline) (*rel, error) {
	var parts []*rel
	if first != nil {
		parts = append(parts, first)
	}
	for _, in := range inputs {
		t, err := r.pipeline(in)
		if err != nil {
			return nil, err
		}
		parts = append(parts, t)
	}
	types := map[string]map[ir.Type]bool{}
	for _, p := range parts {
		for _, c := range p.cols {
			if types[c.Name] == nil {
				types[c.Name] = map[ir.Type]bool{}
			}
			types[c.Name][c.Type] = true
		}
	}
	outName := func(c ir.Column) string {
		if len(types[c.Name]) > 1 {
			return c.Name + "_" + c.Type.String()
		}
		return c.Name
	}
	var cols []ir.Column
	seen := map[string]bool{}
	open := false
	for _, p := range parts {
		open = open || p.open
		for _, c := range p.cols {
			if n := outName(c); !seen[n] {
				seen[n] = true
				cols = append(cols, ir.Column{Name: n, Type: c.Type})
			}
		}
	}
	t := newRel(cols)
	t.open = open
	for _, p := range parts {
		for _, row := range p.rows {
			n := r.nulls(cols)
			for i, c := range p.cols {
				n[t.index[outName(c)]] = row[i]
			}
			if err := t.add(n); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

func (r *runner) nulls(cols []ir.Column) []ir.Value {
	n := make([]ir.Value, len(cols))
	for i, c := range cols {
		n[i] = r.null(c.Type)
	}
	return n
}
