package huntc_test

import (
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/verify/render"
)

// splTarget is the target whose translations of all cases our reading of SPL judges.
const splTarget = "spl@10/same-names"

// TestCasesOnTheSPLInterpreter runs the SPL of every case with rows in our own interpreter, made from Splunk's documentation, over the
// events as Splunk would hold them: the rows are the hunt's. Splunk itself is never run.
func TestCasesOnTheSPLInterpreter(t *testing.T) {
	c := newCompiler(t)
	target := parseTarget(t, splTarget)
	list, _ := runnableCases(t, c, target)
	for _, cs := range list {
		t.Run(cs.name, func(t *testing.T) {
			h, r, now := cs.hunt, cs.result, cs.options.Now
			prepared, _, err := c.Prepare(t.Context(), h, target, cs.options)
			if err != nil || prepared == nil {
				t.Fatalf("translated, but not prepared: %v", err)
			}
			data := interpret.Data{Events: map[string][]ir.Bag{}, Now: now}
			for name, tab := range cs.tables {
				docs, err := render.Documents(prepared.Mapping, name, tab)
				if err != nil {
					t.Fatal(err)
				}
				for i, d := range docs {
					docs[i] = append(d, ir.Member{Key: "_raw", Value: ir.JSONText(d)})
				}
				data.Events[name] = docs
			}
			rows, err := interpret.Run(t.Context(), &diag.Source{Name: cs.name + ".spl", Text: r.Output.Text}, data)
			if err != nil {
				t.Fatalf("%v\n%s", err, r.Output.Text)
			}
			var cols []ir.Column
			for _, col := range r.Output.Columns {
				cols = append(cols, ir.Column{Name: col.Name, Type: col.Type})
			}
			got, err := interpret.Typed(rows, cols)
			if err != nil {
				t.Fatal(err)
			}
			want, err := c.Rows(t.Context(), h, huntc.RowsOptions{Tables: cs.tables, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			sameRows(t, r, "the hunt", got, want)
		})
	}
	if len(list) < 20 {
		t.Errorf("only %d cases ran", len(list))
	}
}
