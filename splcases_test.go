package huntc_test

import (
	"testing"
	"time"

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
	now, err := time.Parse(time.RFC3339, caseNow)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for name, sec := range cases(t) {
		if _, ok := sec["want"]; !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			h := caseHunt(t, c, sec)
			tables, options := caseTables(t, c, h, sec), huntc.Options{Now: now}
			options.Env.Tables = map[string]huntc.EnvTable{}
			for name := range tables {
				options.Env.Tables[name] = huntc.EnvTable{Search: `index="` + name + `"`}
			}
			r, err := c.Translate(t.Context(), h, parseTarget(t, splTarget), options)
			if err != nil {
				t.Fatal(err)
			}
			if r.Output == nil {
				t.Skip("refused for SPL")
			}
			prepared, _, err := c.Prepare(t.Context(), h, parseTarget(t, splTarget), options)
			if err != nil || prepared == nil {
				t.Fatalf("translated, but not prepared: %v", err)
			}
			data := interpret.Data{Events: map[string][]ir.Bag{}, Now: now}
			for name, tab := range tables {
				docs, err := render.Documents(prepared.Mapping, name, tab)
				if err != nil {
					t.Fatal(err)
				}
				for i, d := range docs {
					docs[i] = append(d, ir.Member{Key: "_raw", Value: ir.JSONText(d)})
				}
				data.Events[name] = docs
			}
			rows, err := interpret.Run(t.Context(), &diag.Source{Name: name + ".spl", Text: r.Output.Text}, data)
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
			want, err := c.Rows(t.Context(), h, huntc.RowsOptions{Tables: tables, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			sameRows(t, r, "the hunt", got, want)
			ran++
		})
	}
	if ran < 20 {
		t.Errorf("only %d cases ran", ran)
	}
}
