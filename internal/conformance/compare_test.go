package conformance

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

func cell(t ir.Type, v any) ir.Value { return ir.Value{Type: t, V: v} }

// one compares a table of one column with a recorded one.
func one(t *testing.T, typ string, want string, got ...ir.Value) string {
	t.Helper()
	c := &Case{Columns: []Column{{"x", typ}}}
	if err := json.Unmarshal([]byte(want), &c.Rows); err != nil {
		t.Fatal(err)
	}
	return diff(t, c, typ, got...)
}

func diff(t *testing.T, c *Case, typ string, got ...ir.Value) string {
	t.Helper()
	ty, _ := ir.ParseType(typ)
	tab := &eval.Table{Columns: []ir.Column{{Name: "x", Type: ty}}}
	for _, v := range got {
		tab.Rows = append(tab.Rows, []ir.Value{v})
	}
	d, err := Diff(c, tab)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestValuesCompareByType(t *testing.T) {
	noon := ir.Value{Type: ir.Datetime, V: int64(0)}
	for _, c := range []struct {
		name, typ, want string
		got             ir.Value
		same            bool
	}{
		{"long", "long", `[[5]]`, cell(ir.Long, int64(5)), true},
		{"long beyond 2^53", "long", `[[9007199254740993]]`, cell(ir.Long, int64(9007199254740992)), false},
		{"a long in an int column", "int", `[[5]]`, cell(ir.Long, int64(5)), false},
		{"null is no zero", "long", `[[null]]`, cell(ir.Long, int64(0)), false},
		{"null", "long", `[[null]]`, cell(ir.Long, nil), true},
		{"bool", "bool", `[[true]]`, cell(ir.Bool, false), false},
		{"real of a whole number", "real", `[[5]]`, cell(ir.Real, 5.0), true},
		{"real, last digit", "real", `[[0.3]]`, cell(ir.Real, 0.1+0.2), true},
		{"real, sixth digit", "real", `[[0.3]]`, cell(ir.Real, 0.3000001), false},
		{"NaN", "real", `[["NaN"]]`, cell(ir.Real, math.NaN()), true},
		{"NaN is not null", "real", `[["NaN"]]`, cell(ir.Real, nil), false},
		{"infinity", "real", `[["-Infinity"]]`, cell(ir.Real, math.Inf(-1)), true},
		{"the sign of infinity", "real", `[["Infinity"]]`, cell(ir.Real, math.Inf(-1)), false},
		{"datetime", "datetime", `[["0001-01-01T00:00:00Z"]]`, noon, true},
		{"datetime, one tick", "datetime", `[["0001-01-01T00:00:00.0000001Z"]]`, noon, false},
		{"timespan", "timespan", `[["-1.02:03:04.5"]]`, cell(ir.Timespan, -(ir.Day + 2*ir.Hour + 3*ir.Minute + 4*ir.Second + 500*ir.Millisecond)), true},
		{"timespan, its sign", "timespan", `[["00:00:01"]]`, cell(ir.Timespan, -ir.Second), false},
		{"string, its case", "string", `[["a"]]`, cell(ir.String, "A"), false},
		{"decimal, zeros", "decimal", `[["1.50"]]`, cell(ir.Decimal, "1.5"), true},
		{"decimal, a hundred", "decimal", `[["100"]]`, cell(ir.Decimal, "1"), false},
		{"dynamic number", "dynamic", `[[{"a":1}]]`, cell(ir.Dynamic, ir.Bag{{Key: "a", Value: 1.0}}), true},
		{"dynamic number and text", "dynamic", `[[[1]]]`, cell(ir.Dynamic, []any{"1"}), false},
		{"dynamic bool and number", "dynamic", `[[[true]]]`, cell(ir.Dynamic, []any{int64(1)}), false},
		{"order of keys", "dynamic", `[[{"a":1,"b":2}]]`, cell(ir.Dynamic, ir.Bag{{Key: "b", Value: int64(2)}, {Key: "a", Value: int64(1)}}), true},
		{"a key less", "dynamic", `[[{"a":1,"b":null}]]`, cell(ir.Dynamic, ir.Bag{{Key: "a", Value: int64(1)}}), false},
		{"order of elements", "dynamic", `[[[1,2]]]`, cell(ir.Dynamic, []any{int64(2), int64(1)}), false},
		{"null inside", "dynamic", `[[[null]]]`, cell(ir.Dynamic, []any{""}), false},
		{"an empty array is not null", "dynamic", `[[null]]`, cell(ir.Dynamic, []any{}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := one(t, c.typ, c.want, c.got); (d == "") != c.same {
				t.Errorf("same is %v, expected %v: %s", d == "", c.same, d)
			}
		})
	}
}

func TestRowsCompareAsMultisetUnlessOrdered(t *testing.T) {
	long := func(ns ...int64) (out []ir.Value) {
		for _, n := range ns {
			out = append(out, cell(ir.Long, n))
		}
		return out
	}
	if d := one(t, "long", `[[1],[2],[2]]`, long(2, 1, 2)...); d != "" {
		t.Error(d)
	}
	if d := one(t, "long", `[[1],[2],[2]]`, long(1, 1, 2)...); d == "" {
		t.Error("how often a row occurs counts")
	}
	if d := one(t, "long", `[[1]]`, long(1, 1)...); !strings.Contains(d, "want 1 rows, got 2") {
		t.Error(d)
	}
	c := &Case{Columns: []Column{{"x", "long"}}, Ordered: true, SortKeys: []string{"x"}}
	if err := json.Unmarshal([]byte(`[[1],[2]]`), &c.Rows); err != nil {
		t.Fatal(err)
	}
	if d := diff(t, c, "long", long(2, 1)...); d == "" {
		t.Error("a sorted result has an order")
	}
}

func TestRowsWithEqualSortKeysMaySwap(t *testing.T) {
	c := &Case{Columns: []Column{{"k", "long"}, {"v", "string"}}, Ordered: true, SortKeys: []string{"k"}}
	if err := json.Unmarshal([]byte(`[[1,"a"],[1,"b"],[2,"c"]]`), &c.Rows); err != nil {
		t.Fatal(err)
	}
	row := func(k int64, v string) []ir.Value { return []ir.Value{cell(ir.Long, k), cell(ir.String, v)} }
	tab := &eval.Table{Columns: []ir.Column{{Name: "k", Type: ir.Long}, {Name: "v", Type: ir.String}}}
	tab.Rows = [][]ir.Value{row(1, "b"), row(1, "a"), row(2, "c")}
	if d, err := Diff(c, tab); d != "" || err != nil {
		t.Error(d, err)
	}
	tab.Rows = [][]ir.Value{row(1, "b"), row(2, "c"), row(1, "a")}
	if d, _ := Diff(c, tab); d == "" {
		t.Error("rows with different keys swapped")
	}
}

func TestSoftExpectations(t *testing.T) {
	set := &Case{Columns: []Column{{"x", "dynamic"}}, Soft: []string{"set-order"}, Rows: [][]json.RawMessage{{json.RawMessage(`[1,2,2]`)}}}
	if d := diff(t, set, "dynamic", cell(ir.Dynamic, []any{int64(2), int64(1), int64(2)})); d != "" {
		t.Error(d)
	}
	if d := diff(t, set, "dynamic", cell(ir.Dynamic, []any{int64(2), int64(1), int64(1)})); d == "" {
		t.Error("a set with other elements")
	}
	near := &Case{Columns: []Column{{"x", "real"}}, Soft: []string{"approx"}, Rows: [][]json.RawMessage{{json.RawMessage(`100`)}}}
	if d := diff(t, near, "real", cell(ir.Real, 100.5)); d != "" {
		t.Error(d)
	}
	if d := diff(t, near, "real", cell(ir.Real, 103.0)); d == "" {
		t.Error("too far for an estimate")
	}
}

func TestColumnsCompareByNameTypeAndOrder(t *testing.T) {
	c := &Case{Columns: []Column{{"a", "long"}, {"b", "string"}}}
	for _, cols := range [][]ir.Column{
		{{Name: "b", Type: ir.String}, {Name: "a", Type: ir.Long}},
		{{Name: "a", Type: ir.Int}, {Name: "b", Type: ir.String}},
		{{Name: "a", Type: ir.Long}, {Name: "B", Type: ir.String}},
		{{Name: "a", Type: ir.Long}},
	} {
		if d, err := Diff(c, &eval.Table{Columns: cols}); d == "" || err != nil {
			t.Errorf("%v: no difference, %v", cols, err)
		}
	}
}

func TestACaseThatCannotBeReadIsAnError(t *testing.T) {
	for _, want := range []string{`[["five"]]`, `[[1,2]]`, `[[1.5]]`} {
		c := &Case{Columns: []Column{{"x", "long"}}}
		if err := json.Unmarshal([]byte(want), &c.Rows); err != nil {
			t.Fatal(err)
		}
		if _, err := Diff(c, &eval.Table{Columns: []ir.Column{{Name: "x", Type: ir.Long}}}); err == nil {
			t.Errorf("%s: no error", want)
		}
	}
}

func TestRunTellsRefusedFromWrong(t *testing.T) {
	c := &Case{ID: "x", Columns: []Column{{"x", "long"}}, Rows: [][]json.RawMessage{{json.RawMessage(`1`)}}}
	for query, want := range map[string]Outcome{
		`print x = 1`:                     Pass,
		`print x = 2`:                     Wrong,
		`print x = 1.0`:                   Wrong,
		`print y = 1`:                     Wrong,
		`print x = no_such_function_at()`: Refused,
		`print x = `:                      Refused,
	} {
		c.Query = query
		got, detail, err := Run(c, nil)
		if got != want || err != nil {
			t.Errorf("%s: %v (%s, %v), expected %v", query, got, detail, err, want)
		}
	}
}
