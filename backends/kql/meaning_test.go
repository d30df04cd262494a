package kql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	backend "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/diag"
	frontend "github.com/huntc/huntc/frontends/kql"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// meaning is a query and the rows that it must give: cells are divided by |, rows by line ends, columns stand in the first row.
type meaning struct{ name, kql, want string }

// people is a table that the query may read by an unknown schema.
var people = &eval.Table{
	Columns: []ir.Column{{Name: "name", Type: ir.String}, {Name: "city", Type: ir.String}, {Name: "age", Type: ir.Long}},
	Rows: [][]ir.Value{
		{{Type: ir.String, V: "ann"}, {Type: ir.String, V: "rome"}, {Type: ir.Long, V: int64(30)}},
		{{Type: ir.String, V: "bob"}, {Type: ir.String, V: "rome"}, {Type: ir.Long, V: int64(40)}},
		{{Type: ir.String, V: "cy"}, {Type: ir.String, V: "oslo"}, {Type: ir.Long, V: int64(20)}},
	},
}

func lowered(t *testing.T, text string) *ir.Query {
	t.Helper()
	q, diags := frontend.Lower(&diag.Source{Name: "q.kql", Text: text}, frontend.Options{})
	if q == nil || diags.Max() > diag.Note {
		t.Fatalf("%s\n%s", text, diag.Render(diags))
	}
	return q
}

func rows(t *testing.T, q *ir.Query) string {
	t.Helper()
	got, err := eval.Run(context.Background(), q, &eval.Env{Tables: map[string]*eval.Table{"People": people}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	line := func(n int, cell func(i int) string) {
		for i := range n {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(cell(i))
		}
		b.WriteByte('\n')
	}
	line(len(got.Columns), func(i int) string { return got.Columns[i].Name })
	for _, row := range got.Rows {
		line(len(row), func(i int) string { return cell(row[i]) })
	}
	return strings.TrimSpace(b.String())
}

func cell(v ir.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Type == ir.String:
		return fmt.Sprintf("%q", v.V)
	case v.Type == ir.Dynamic:
		return ir.JSONText(v.V)
	case v.Type == ir.Datetime:
		return strings.TrimSuffix(ir.FormatDatetime(v.V.(int64)), "T00:00:00Z")
	case v.Type == ir.Timespan:
		return ir.FormatTimespan(v.V.(int64))
	}
	return fmt.Sprint(v.V)
}

// trim removes the indent of a literal.
func trim(s string) string {
	var out []string
	for _, l := range strings.Split(strings.TrimSpace(s), "\n") {
		out = append(out, strings.TrimSpace(l))
	}
	return strings.Join(out, "\n")
}

// check runs each query, writes it as KQL, reads that back and runs it again: the same IR, the same rows.
func check(t *testing.T, tests []meaning) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := lowered(t, tt.kql)
			if got, want := rows(t, q), trim(tt.want); got != want {
				t.Errorf("rows\n%s\nwant\n%s\n%s", got, want, q)
			}
			out, rep := backend.Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: &diag.Source{}})
			if out == nil {
				t.Fatalf("not written: %v", rep.Diags)
			}
			back := lowered(t, out.Text)
			if q.String() != back.String() {
				t.Errorf("read back as\n%s\nwas\n%s\nfrom\n%s", back, q, out.Text)
			}
			if got := rows(t, back); got != trim(tt.want) {
				t.Errorf("after writing, the rows are\n%s\nfrom\n%s", got, out.Text)
			}
		})
	}
}
