package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Outcome is what became of a case.
type Outcome int

const (
	Refused Outcome = iota // a message in place of an answer
	Pass
	Wrong
)

func (o Outcome) String() string { return [...]string{"refused", "pass", "wrong"}[o] }

// now is the clock of every run, so that a query which reads it gives the same rows each time.
var now = ir.TicksOf(time.Date(2026, 5, 15, 0, 0, 0, 0, time.UTC))

// maxTime bounds one case.
const maxTime = 20 * time.Second

// Run lowers and evaluates a case. detail says why it was refused or what is wrong. An error means that the case cannot be read.
func Run(c *Case, fixtures map[string]*eval.Table) (o Outcome, detail string, err error) {
	tables, err := inputs(c, fixtures)
	if err != nil {
		return Refused, "", err
	}
	opt := kql.Options{Schemas: map[string]kql.Table{}, Time: "TimeGenerated"}
	for name, t := range tables {
		opt.Schemas[name] = kql.Table{Columns: t.Columns}
	}
	q, diags := kql.Lower(&diag.Source{Name: c.ID, Text: c.Query}, opt)
	for _, d := range diags {
		if d.Severity == diag.Error || d.Severity == diag.Refused {
			return Refused, d.Message, nil
		}
	}
	if q == nil {
		return Refused, "no query", nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	got, err := eval.Run(ctx, q, &eval.Env{Tables: tables, Now: now})
	if errors.Is(err, context.DeadlineExceeded) {
		return Wrong, fmt.Sprintf("no answer in %v", maxTime), nil
	}
	if err != nil {
		return Refused, err.Error(), nil
	}
	if !q.Open {
		// The schema is known before the query runs.
		if d := diffColumns(q.Columns, got.Columns); d != "" {
			return Wrong, "lowered " + d, nil
		}
	}
	d, err := Diff(c, got)
	if err != nil || d != "" {
		return Wrong, d, err
	}
	return Pass, "", nil
}

// inputs gathers the tables that a case may read.
func inputs(c *Case, fixtures map[string]*eval.Table) (map[string]*eval.Table, error) {
	out := map[string]*eval.Table{}
	for _, n := range c.Needs {
		if t, ok := fixtures[n]; ok {
			out[n] = t
		}
	}
	for name, in := range c.Tables {
		cols, err := columns(in.Columns)
		if err != nil {
			return nil, err
		}
		t := &eval.Table{Columns: cols}
		for _, row := range in.Rows {
			cells := make([]ir.Value, len(cols))
			if len(row) != len(cols) {
				return nil, fmt.Errorf("table %s: a row with %d cells", name, len(row))
			}
			for i, raw := range row {
				if cells[i], err = value(raw, cols[i].Type); err != nil {
					return nil, fmt.Errorf("table %s: %w", name, err)
				}
			}
			t.Rows = append(t.Rows, cells)
		}
		out[name] = t
	}
	return out, nil
}
