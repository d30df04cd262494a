package esagg

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

func field(name, typ string) *ir.Field {
	return &ir.Field{Name: name, T: ir.String, Info: &ir.FieldInfo{Type: typ, MaybeAbsent: true, KeepsEmpty: true}}
}

func match(x ir.Expr, k ir.MatchKind, c ir.Case, needles ...string) *ir.Match {
	m := &ir.Match{Kind: k, Case: c, X: x}
	for _, n := range needles {
		m.Needles = append(m.Needles, ir.StringLit(n, diag.Span{}))
	}
	return m
}

func emitOn(product string, ops ...ir.Op) (*emit.Output, *emit.Report) {
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "T"}, Ops: ops}, Columns: []ir.Column{{Name: "n", Type: ir.Long}}}
	return Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "esagg", Product: product, Version: "2.19"},
		Tables: map[string]*emit.TableInfo{"T": {Index: "t", TimeField: "@timestamp"}}, Source: &diag.Source{}})
}

func count() *ir.Aggregate {
	return &ir.Aggregate{Keys: []ir.Named{{Name: "k", X: field("k", "keyword")}}, Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}}
}

// clause returns the first query clause of a body, compact.
func clause(t *testing.T, e ir.Expr) string {
	t.Helper()
	out, rep := emitOn("elasticsearch", &ir.Filter{Pred: e}, count())
	if out == nil {
		t.Fatalf("refused: %v", rep.Diags)
	}
	var body struct {
		Query struct {
			Bool struct{ Filter []json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(out.Text), &body); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(body.Query.Bool.Filter[0], &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNegationKeepsOrDropsAbsentAsTheQuerySays(t *testing.T) {
	f := field("x", "keyword")
	eq := match(f, ir.Equal, ir.Exact, "a")
	for _, c := range []struct {
		name string
		e    ir.Expr
		want string
	}{
		{"absent or not", &ir.Or{Xs: []ir.Expr{&ir.Absent{X: f}, &ir.Not{X: eq}}}, `{"bool":{"must_not":[{"term":{"x":{"value":"a"}}}]}}`},
		{"not drops absent", &ir.Not{X: eq}, `{"bool":{"filter":[{"exists":{"field":"x"}}],"must_not":[{"term":{"x":{"value":"a"}}}]}}`},
		{"absent", &ir.Absent{X: f}, `{"bool":{"must_not":[{"exists":{"field":"x"}}]}}`},
		{"fold", match(f, ir.Equal, ir.Fold, "Zip"), `{"term":{"x":{"case_insensitive":true,"value":"Zip"}}}`},
		{"list", match(f, ir.Equal, ir.Exact, "a", "b"), `{"terms":{"x":["a","b"]}}`},
	} {
		if got := clause(t, c.e); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestScriptLiteralsNeverEndTheirString reads the literal back by painless' rules: only the quote and the backslash are escaped.
func TestScriptLiteralsNeverEndTheirString(t *testing.T) {
	for _, s := range []string{"a", "'", `\`, `\'`, `"`, "a\nb", "a\x00b", "$x", "*", "'); return true; //", "é", "😀", "`", `"""`} {
		lit := str(s)
		var b strings.Builder
		i := 1
		for ; i < len(lit) && lit[i] != '\''; i++ {
			if lit[i] == '\\' {
				i++
			}
			b.WriteByte(lit[i])
		}
		if i != len(lit)-1 || b.String() != s {
			t.Errorf("%q is written %s", s, lit)
		}
		out, rep := emitOn("elasticsearch", &ir.Filter{Pred: match(field("x", "flattened"), ir.Term, ir.Fold, "t"+s)}, count())
		if out == nil || !json.Valid([]byte(out.Text)) {
			t.Errorf("%q: %v", s, rep.Diags)
		}
	}
}

func TestFlattenedIsRefusedOnOpenSearch(t *testing.T) {
	f := &ir.Field{Name: "a.raw.K", T: ir.Dynamic, Info: &ir.FieldInfo{Source: "Raw.K", Type: "flattened", Container: "a.raw", Key: "K"}}
	if out, rep := emitOn("opensearch", &ir.Filter{Pred: match(f, ir.Equal, ir.Exact, "v")}, count()); out != nil || rep.Diags[0].Code != "ESAGG-FLATTENED" {
		t.Errorf("got %v %v", out, rep.Diags)
	}
	if got := clause(t, match(f, ir.Equal, ir.Exact, "v")); got != `{"term":{"a.raw.K":{"value":"v"}}}` {
		t.Errorf("got %s", got)
	}
}

func TestBinsCountFromYearOne(t *testing.T) {
	at := &ir.Field{Name: "@timestamp", T: ir.Datetime, Info: &ir.FieldInfo{Type: "date", Time: true}}
	for width, want := range map[int64][2]string{
		5 * ir.Minute: {`"fixed_interval": "5m"`, ""}, 7 * ir.Day: {`"fixed_interval": "7d"`, `"offset": "+345600000ms"`},
		36 * ir.Hour: {`"fixed_interval": "36h"`, `"offset": "+86400000ms"`}, 3 * ir.Day: {`"fixed_interval": "3d"`, `"offset": "+86400000ms"`},
	} {
		out, rep := emitOn("opensearch", &ir.Aggregate{Keys: []ir.Named{{Name: "k", X: &ir.Bin{X: at, Width: ir.Value{Type: ir.Timespan, V: width}}}}, Aggs: []ir.Agg{{Name: "n", Func: ir.Count}}})
		if out == nil {
			t.Fatal(rep.Diags)
		}
		if !strings.Contains(out.Text, want[0]) || !strings.Contains(out.Text, want[1]) || want[1] == "" && strings.Contains(out.Text, "offset") {
			t.Errorf("%s: got %s", ir.DurationText(width), out.Text)
		}
	}
}

func TestNestedTestsDoNotExplode(t *testing.T) {
	nested := func(otherwise ir.Expr) (*emit.Output, *emit.Report) {
		var x ir.Expr = field("x", "keyword")
		for range 60 {
			x = &ir.Cond{Branches: []ir.Branch{{If: match(x, ir.Equal, ir.Exact, "a"), Then: ir.StringLit("b", diag.Span{})}}, Else: otherwise, T: ir.String}
		}
		return emitOn("opensearch", &ir.Filter{Pred: match(x, ir.Equal, ir.Exact, "a")}, count())
	}
	if out, rep := nested(field("y", "keyword")); out != nil || !rep.Refused() {
		t.Error("a doubling expression was written")
	}
	if out, _ := nested(ir.StringLit("a", diag.Span{})); out == nil || len(out.Text) > 20_000 {
		t.Error("a choice of constants is tested for being absent")
	}
}
