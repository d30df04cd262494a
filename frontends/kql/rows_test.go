package kql_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/backends/emit"
	bkql "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// rowCase is a query and the rows that it must give: a header of name:type, then a line of cells per row. "" is an empty text and ∅ null.
type rowCase struct {
	name, kql string
	want      []string
}

// rowSchemas are the tables whose columns are known; Loose and every other table with data is open.
func rowSchemas() kql.Schemas {
	col := func(n string, t ir.Type) ir.Column { return ir.Column{Name: n, Type: t} }
	return kql.Schemas{
		"LogA":    {Columns: []ir.Column{col("id", ir.Long), col("msg", ir.String)}},
		"LogB":    {Columns: []ir.Column{col("id", ir.String), col("msg", ir.String), col("ip", ir.String)}},
		"Missing": {Columns: []ir.Column{col("id", ir.Long)}},
	}
}

func rowTables(t *testing.T) map[string]*eval.Table {
	t.Helper()
	schemas := rowSchemas()
	out := map[string]*eval.Table{}
	for name, text := range map[string]string{
		"LogA":                      `{"id":1,"msg":"alpha beta"}` + "\n" + `{"id":2,"msg":"gamma"}`,
		"LogB":                      `{"id":"x","msg":"alphabet","ip":"10.0.0.1"}` + "\n" + `{"id":"beta","msg":"","ip":""}`,
		"Loose":                     `{"b":"two","a":1,"c":{"k":[1,2]}}` + "\n" + `{"b":"","a":5}`,
		"http://127.0.0.1/list.csv": `{"v":"one"}`,
		`workspace("w").LogA`:       `{"id":9}`,
	} {
		s, known := schemas[name]
		tab, err := eval.ReadNDJSON(strings.NewReader(text), name, s.Columns, !known)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = tab
	}
	return out
}

func cell(v ir.Value) string {
	switch {
	case v.V == nil:
		return "∅"
	case v.V == "" && v.Type == ir.String:
		return `""`
	case v.Type == ir.String:
		return v.V.(string)
	case v.Type == ir.Dynamic:
		return ir.JSONText(v.V)
	default:
		return v.String()
	}
}

func lines(t *eval.Table) string {
	var out []string
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Name + ":" + c.Type.String()
	}
	out = append(out, strings.Join(head, " "))
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = cell(v)
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return strings.Join(out, "\n")
}

func lowerRows(text string) (*ir.Query, diag.List) {
	return kql.Lower(&diag.Source{Name: "test.kql", Text: text}, kql.Options{Schemas: rowSchemas(), Time: "Timestamp"})
}

func evalRows(q *ir.Query, tables map[string]*eval.Table) (*eval.Table, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return eval.Run(ctx, q, &eval.Env{Tables: tables, Now: ir.TicksOf(time.Date(2026, 5, 15, 0, 0, 0, 0, time.UTC))})
}

// runRows checks the rows of each query, and that the KQL written from its IR reads back as the same IR with the same rows.
func runRows(t *testing.T, cases []rowCase) {
	t.Helper()
	runEach(t, cases, true)
}

// runUnwritten checks the rows of queries that no KQL text says without the lets that they came from: writing them is refused.
func runUnwritten(t *testing.T, cases []rowCase) {
	t.Helper()
	runEach(t, cases, false)
}

func runEach(t *testing.T, cases []rowCase, written bool) {
	t.Helper()
	tables := rowTables(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			q, diags := lowerRows(c.kql)
			if diags.Max() > diag.Note {
				t.Fatalf("unexpected diagnostics:\n%s", diag.Render(diags))
			}
			out, err := evalRows(q, tables)
			if err != nil {
				t.Fatal(err)
			}
			got, want := lines(out), strings.Join(c.want, "\n")
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			text, ok := emitRows(q)
			if ok != written {
				t.Fatalf("written: %v, want %v", ok, written)
			}
			if !ok {
				return
			}
			back, diags := lowerRows(text)
			if back == nil || diags.Max() > diag.Note {
				t.Fatalf("what was written cannot be read:\n%s\n%s", text, diag.Render(diags))
			}
			if back.String() != q.String() {
				t.Errorf("another meaning\nbefore\n%s\nafter\n%s", q, back)
			}
			again, err := evalRows(back, tables)
			if err != nil {
				t.Fatal(err)
			}
			if again := lines(again); again != got {
				t.Errorf("the written query\n%s\ngives\n%s\nnot\n%s", text, again, got)
			}
		})
	}
}

func emitRows(q *ir.Query) (text string, ok bool) {
	out, _ := bkql.Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: &diag.Source{}})
	if out == nil {
		return "", false
	}
	return out.Text, true
}

// refusal is a query, the severity of its one message and the text under it; with no severity the query fails when it runs, with run
// in its message.
type refusal struct {
	name, kql string
	sev       diag.Severity
	at, run   string
}

func runRefusals(t *testing.T, cases []refusal) {
	t.Helper()
	tables := rowTables(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			q, diags := lowerRows(c.kql)
			if c.run != "" {
				if diags.Max() > diag.Note {
					t.Fatalf("unexpected diagnostics:\n%s", diag.Render(diags))
				}
				_, err := evalRows(q, tables)
				if err == nil || !strings.Contains(err.Error(), c.run) {
					t.Errorf("got %v, want an error about %q", err, c.run)
				}
				return
			}
			var worst []diag.Diagnostic
			for _, d := range diags {
				if d.Severity >= diag.Refused {
					worst = append(worst, d)
				}
			}
			if len(worst) != 1 {
				t.Fatalf("%d messages, want 1:\n%s", len(worst), diag.Render(diags))
			}
			d := worst[0]
			if at := c.kql[d.Span.Pos-1 : d.Span.End-1]; d.Severity != c.sev || at != c.at {
				t.Errorf("got %s at %q, want %s at %q", d.Severity, at, c.sev, c.at)
			}
		})
	}
}
