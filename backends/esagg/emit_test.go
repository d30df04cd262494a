package esagg

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

func fld(n, typ string, t ir.Type) *ir.Field {
	return &ir.Field{Name: n, T: t, Info: &ir.FieldInfo{Type: typ}}
}

func downloads(needle string) *emit.Input {
	ts := fld("@timestamp", "date", ir.Datetime)
	week := &ir.Arith{Op: "-", L: &ir.Now{}, R: &ir.Lit{Value: ir.Value{Type: ir.Timespan, V: 7 * ir.Day}}, T: ir.Datetime}
	eq := &ir.Match{Kind: ir.Equal, Case: ir.Exact, X: fld("ActionType", "keyword", ir.String), Needles: []ir.Expr{&ir.Lit{Value: ir.Value{Type: ir.String, V: needle}}}}
	agg := &ir.Aggregate{Keys: []ir.Named{{Name: "Id", X: &ir.Fill{X: fld("Id", "keyword", ir.String), With: ir.Value{Type: ir.String, V: ""}}},
		{Name: "Timestamp", X: &ir.Bin{X: ts, Width: ir.Value{Type: ir.Timespan, V: 5 * ir.Minute}}}}, Aggs: []ir.Agg{{Name: "N", Func: ir.Count, T: ir.Long}}}
	lim := ir.Value{Type: ir.Long, V: int64(50)}
	th := &ir.Threshold{Agg: agg, Pred: &ir.Compare{Op: ir.Gt, L: &ir.Col{Name: "N", T: ir.Long}, R: &ir.Lit{Value: lim}}}
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: []ir.Op{
		&ir.Filter{Pred: &ir.And{Xs: []ir.Expr{&ir.Compare{Op: ir.Gt, L: ts, R: week}, eq}}}, th}},
		Columns: []ir.Column{{Name: "Id", Type: ir.String}, {Name: "N", Type: ir.Long}}}
	return &emit.Input{Query: q, Target: emit.Target{Language: "esagg", Product: "elasticsearch", Version: "8.19"}}
}

func TestThresholdIsComposite(t *testing.T) {
	out, r := Backend{}.Emit(downloads("FileDownloaded"))
	if out == nil {
		t.Fatal(r.Diags)
	}
	for _, want := range []string{`"gt": "now-7d"`, `"fixed_interval": "300000ms"`, `"m": "_count"`, `"params.m > params.limit"`} {
		if !strings.Contains(out.Text, want) {
			t.Errorf("no %s in\n%s", want, out.Text)
		}
	}
}

func TestHostileTextStaysData(t *testing.T) {
	for _, s := range []string{"\"}]", `\`, "'''\"\"\"", "\x00\n", "*?%$`", "\u2028é"} {
		out, r := Backend{}.Emit(downloads(s))
		if out == nil {
			t.Fatal(r.Diags)
		}
		var v any
		if err := json.Unmarshal([]byte(out.Text), &v); err != nil {
			t.Fatal(err)
		}
		got := v.(map[string]any)["query"].(map[string]any)["bool"].(map[string]any)["filter"].([]any)[0].(map[string]any)["bool"].(map[string]any)["filter"].([]any)[1].(map[string]any)["terms"].(map[string]any)["ActionType"].([]any)[0]
		if got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestFlattenedIsRefusedOnOpenSearch(t *testing.T) {
	in := downloads("x")
	in.Target.Product = "opensearch"
	in.Query.Root.Ops[0] = &ir.Filter{Pred: &ir.Absent{X: &ir.Field{Name: "a.b", Info: &ir.FieldInfo{Type: "flattened", Container: "a", Key: "b"}}}}
	if out, _ := (Backend{}).Emit(in); out != nil {
		t.Error("not refused")
	}
}
