package interpret

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

func run(t *testing.T, search string) (*eval.Table, error) {
	t.Helper()
	events := []ir.Bag{
		{{Key: "_time", Value: "2026-05-12T11:59:00.5Z"}, {Key: "user", Value: "a"}, {Key: "o", Value: ir.Bag{{Key: "n", Value: int64(1)}}},
			{Key: "l", Value: []any{"x", "y"}}, {Key: "ok", Value: true}},
		{{Key: "_time", Value: "2026-05-12T10:00:00Z"}, {Key: "user", Value: "b"}, {Key: "l", Value: []any{ir.Bag{{Key: "k", Value: "z"}}}}},
	}
	return Run(t.Context(), &diag.Source{Name: "s.spl", Text: search}, Data{Events: map[string][]ir.Bag{"main": events}, Default: []string{"main"},
		Lookups: map[string][]ir.Bag{"users": {{{Key: "user", Value: "a"}, {Key: "dept", Value: "it"}}}}, Now: time.Date(2026, 5, 12, 12, 0, 0, 0, time.UTC)})
}

func TestRun(t *testing.T) {
	for search, want := range map[string]string{
		`earliest=-1h | table user _time`:                                "user,_time\na,1778587140.5\n",
		`user=b | eval z='l{}.k', w='o.n' | table z w`:                   "z,w\nz,\n",
		`ok=true | lookup users user OUTPUT dept | table user dept o.n`:  "user,dept,o.n\na,it,1\n",
		`index=main | mvexpand l{} | stats count by l{} | sort 0 -count`: "l{},count\nx,1\ny,1\n",
	} {
		got, err := run(t, search)
		if err != nil {
			t.Errorf("%s: %v", search, err)
			continue
		}
		var b strings.Builder
		if err := eval.WriteTable(&b, got, "csv"); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%s\n got %q\nwant %q", search, b.String(), want)
		}
	}
}

func TestRefusals(t *testing.T) {
	var r *Refused
	if _, err := run(t, `index=main | transaction user`); !errors.As(err, &r) || !strings.Contains(err.Error(), "s.spl:1:14: refused: the command transaction") {
		t.Errorf("%v", err)
	}
}

func TestTyped(t *testing.T) {
	in := &eval.Table{Columns: []ir.Column{{Name: "n", Type: ir.Dynamic}, {Name: "t", Type: ir.Dynamic}, {Name: "s", Type: ir.Dynamic}},
		Rows: [][]ir.Value{{{Type: ir.Dynamic, V: "12"}, {Type: ir.Dynamic, V: 1778587140.5}, {Type: ir.Dynamic, V: int64(7)}}, {{}, {}, {}}}}
	cols := []ir.Column{{Name: "s", Type: ir.String}, {Name: "n", Type: ir.Long}, {Name: "t", Type: ir.Datetime}, {Name: "none", Type: ir.Real}}
	got, err := Typed(in, cols)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := eval.WriteTable(&b, got, "csv"); err != nil {
		t.Fatal(err)
	}
	if want := "s,n,t,none\n7,12,2026-05-12T11:59:00.5000000Z,\n,,,\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
	in.Rows[0][0].V = "twelve"
	if _, err := Typed(in, cols); err == nil || !strings.Contains(err.Error(), "column n") {
		t.Errorf("%v", err)
	}
}
