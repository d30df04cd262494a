package ir

import (
	"slices"
	"testing"
)

func TestMatchWild(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"a*", "abc", true}, {"a*", "ba", false}, {"*c", "abc", true}, {"a*c", "ac", true}, {"a*c", "a", false},
		{"aa*aa", "aaa", false}, {"*b*", "abc", true}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "acb", false}, {"abc", "abc", true}, {"ab", "abc", false},
		{"a[b]*", "a[b]c", true}, {"a?", "ab", false},
	} {
		if got := MatchWild(c.pattern, c.name); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.name, got)
		}
	}
}

func TestOrderNames(t *testing.T) {
	names := []string{"a20", "b", "a100", "a3", "A3", "a03b"}
	for order, want := range map[string][]string{
		"asc":         {"A3", "a03b", "a100", "a20", "a3", "b"},
		"desc":        {"b", "a3", "a20", "a100", "a03b", "A3"},
		"granny-asc":  {"A3", "a3", "a03b", "a20", "a100", "b"},
		"granny-desc": {"b", "a100", "a20", "a03b", "a3", "A3"},
		"":            names,
	} {
		got := slices.Clone(names)
		slices.SortStableFunc(got, func(a, b string) int { return OrderNames(order, a, b) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", order, got, want)
		}
	}
}

func TestSplitColumns(t *testing.T) {
	long, integer, text := Column{"x", Long}, Column{"x", Int}, Column{"x_long", Long}
	got := SplitColumns([]Column{long, {"y", String}}, []Column{integer}, []Column{text})
	for c, want := range map[Column]string{long: "x_long1", integer: "x_int", text: "x_long", {"y", String}: "y"} {
		if got[c] != want {
			t.Errorf("%v is called %s, want %s", c, got[c], want)
		}
	}
}

// TestTidyLeavesRowsThatCountAsAWhole holds that no column is dropped or renamed, and no filter moved, before a step that sees them all.
func TestTidyLeavesRowsThatCountAsAWhole(t *testing.T) {
	field := &Field{Name: "f", T: String, Info: &FieldInfo{}}
	extend := &Extend{Cols: []Named{{"a", field}, {"b", &Lit{Value: Value{Long, int64(1)}}}}}
	any := &AnyColumn{Kind: Contains, Case: Fold, Needles: []Expr{&Lit{Value: Value{String, "1"}}}}
	for name, ops := range map[string][]Op{
		"a test of every column": {extend, &Filter{Pred: any}},
		"a bag of the row":       {extend, &Extend{Cols: []Named{{"p", &PackAll{}}}}},
		"a column that may be":   {extend, &Extend{Cols: []Named{{"p", &IfExists{Name: "b", Else: field}}}}},
		"every cell":             {extend, &Narrow{}},
		"columns by pattern":     {extend, &Columns{Kind: ColumnsKeep, Items: []ColumnItem{{Name: "*", Wild: true}}}},
		"a subquery":             {extend, &Apply{Ops: []Op{&Filter{Pred: any}}}},
	} {
		q := &Query{Root: &Pipeline{From: &Table{Name: "T"}, Ops: ops}, Columns: []Column{{"p", Dynamic}}}
		if got := Tidy(q).String(); got != q.String() {
			t.Errorf("%s: became\n%s\nfrom\n%s", name, got, q)
		}
	}
}

func TestRemakes(t *testing.T) {
	x := &Col{Name: "x"}
	for name, c := range map[string]struct {
		op   Op
		want bool
	}{
		"a filter":              {&Filter{Pred: x}, false},
		"the column itself":     {&Project{Cols: []Named{{"x", x}}}, false},
		"another value":         {&Extend{Cols: []Named{{"x", &Col{Name: "y"}}}}, true},
		"an aggregate":          {&Aggregate{Aggs: []Agg{{Name: "x", Func: Count}}}, true},
		"a key":                 {&Aggregate{Keys: []Named{{"x", x}}}, false},
		"a parsed column":       {&Parse{Parts: []ParsePart{{Name: "x"}}}, true},
		"an index":              {&ExpandMany{Expansion: Expansion{Index: "x"}}, true},
		"an op that is unknown": {&Narrow{}, true},
		"inside a subquery":     {&Apply{Ops: []Op{&Extend{Cols: []Named{{"x", &Now{}}}}}}, true},
	} {
		if got := Remakes([]Op{c.op}, "x"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
