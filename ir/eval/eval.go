package eval

import (
	"context"
	"fmt"
	"iter"
	"regexp"

	"github.com/huntc/huntc/ir"
)

// Source is a table's data. Scan gives every row from the start each time it is called; a row has a value per column, in their order.
type Source interface {
	Schema() []ir.Column
	Scan(ctx context.Context) iter.Seq2[[]ir.Value, error]
}

// Table is rows with named, typed columns. It is a Source.
type Table struct {
	Columns []ir.Column
	Rows    [][]ir.Value
}

// Schema returns the table's columns.
func (t *Table) Schema() []ir.Column { return t.Columns }

// Scan gives the table's rows; it never fails.
func (t *Table) Scan(context.Context) iter.Seq2[[]ir.Value, error] { return slice(t.Rows) }

// Env is what a query runs against. A table is looked up in Sources, then in Tables.
type Env struct {
	Sources map[string]Source
	Tables  map[string]*Table
	Now     int64 // ticks since 0001-01-01; 0 means unknown, and using it is an error
	Params  map[string]ir.Value
	Strict  bool         // the target engines' null rules instead of KQL's
	Observe *Observation // collects counts per stage; nil for none
}

func (e *Env) source(name string) (Source, bool) {
	if s, ok := e.Sources[name]; ok {
		return s, true
	}
	t, ok := e.Tables[name]
	return t, ok
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

// maxRows bounds the rows that one op may hold, so that a sort or join that explodes is an error and not an exhausted machine.
const maxRows = 5_000_000

// Run evaluates the query. Row-wise ops pass rows on as they come; the others hold what they need when they are built.
func Run(ctx context.Context, q *ir.Query, env *Env) (*Table, error) {
	r := &runner{ctx: ctx, env: env, bindings: map[string]*binding{}, patterns: map[string]*regexp.Regexp{},
		scalars: map[*ir.Pipeline]ir.Value{}, texts: map[*ir.Match]map[string]bool{}, members: map[memberSource]*members{}}
	for _, b := range q.Bindings {
		r.bindings[b.Name] = &binding{pipe: b.Pipe}
	}
	out, err := r.pipeline(q.Root)
	if err != nil {
		return nil, err
	}
	if len(q.Columns) > 0 && !q.Open {
		if out, err = r.pick(out, q.Columns); err != nil {
			return nil, err
		}
	}
	held, err := r.hold(out, ir.At{})
	if err != nil {
		return nil, err
	}
	return &Table{Columns: out.cols, Rows: held}, nil
}

type runner struct {
	ctx      context.Context
	env      *Env
	bindings map[string]*binding
	patterns map[string]*regexp.Regexp
	scalars  map[*ir.Pipeline]ir.Value
	texts    map[*ir.Match]map[string]bool
	members  map[memberSource]*members
	steps    int
}

// binding is a named pipeline, run at most once: its rows are held.
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

func (r *runner) pipeline(p *ir.Pipeline) (*rel, error) {
	t, err := r.source(p.From)
	if err != nil {
		return nil, err
	}
	return r.ops(r.watchSource(t, p.From), p.Ops)
}

func (r *runner) ops(t *rel, ops []ir.Op) (*rel, error) {
	for i, o := range ops {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if join, ok := o.(*ir.Join); ok {
			if t, err = r.choose(t, join, ops[i+1:]); err != nil {
				return nil, err
			}
		}
		if t, err = r.op(t, o); err != nil {
			return nil, err
		}
		t = r.watchOp(t, o)
	}
	return t, nil
}
