package compare_test

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/verify/compare"
)

func table(t *testing.T, cols, rows string) *eval.Table {
	t.Helper()
	var cs []ir.Column
	for _, c := range strings.Fields(cols) {
		name, typ, _ := strings.Cut(c, ":")
		parsed, ok := ir.ParseType(typ)
		if !ok {
			t.Fatalf("type %q", typ)
		}
		cs = append(cs, ir.Column{Name: name, Type: parsed})
	}
	tab, err := eval.ReadNDJSON(strings.NewReader(rows), "rows", cs, false)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

const cols = "k:string n:long s:dynamic t:datetime"

var base = `{"k":"a","n":3,"s":["x","y"],"t":"2026-01-01T00:00:01Z"}
{"k":"b","n":5,"s":["z"],"t":"2026-01-01T00:00:02Z"}`

// Each kind of difference under each grade: what a grade allows and what it does not.
func TestGrades(t *testing.T) {
	grades := map[string]drift.Effect{
		"exact":      {},
		"extra":      {Extra: true},
		"lost":       {Lost: true},
		"values up":  {Values: map[string]drift.Dir{"n": drift.Up, "s": drift.Up}},
		"values any": {Values: map[string]drift.Dir{"n": drift.Any, "s": drift.Any}},
		"order":      {Order: true},
	}
	violations := []struct {
		name, got string
		kind      compare.Kind
		allowed   string // the grades that allow it
	}{
		{"an extra row", base + "\n" + `{"k":"c","n":1,"s":["q"],"t":"2026-01-01T00:00:03Z"}`, compare.Extra, "extra"},
		{"a duplicate row", base + "\n" + `{"k":"b","n":5,"s":["z"],"t":"2026-01-01T00:00:02Z"}`, compare.Extra, "extra"},
		{"a row that is not there", `{"k":"a","n":3,"s":["x","y"],"t":"2026-01-01T00:00:01Z"}`, compare.Lost, "lost"},
		{"a larger number", strings.Replace(base, `"n":5`, `"n":6`, 1), compare.Value, "values up,values any"},
		{"a smaller number", strings.Replace(base, `"n":5`, `"n":4`, 1), compare.Value, "values any"},
		{"a larger set", strings.Replace(base, `["z"]`, `["z","w"]`, 1), compare.Value, "values up,values any"},
		{"a smaller set", strings.Replace(base, `["x","y"]`, `["x"]`, 1), compare.Value, "values any"},
		{"another set", strings.Replace(base, `["z"]`, `["w"]`, 1), compare.Value, "values any"},
		{"a column that is not named", strings.Replace(base, `01:02`, `00:02`, 1), compare.Value, ""},
		{"another time", strings.Replace(base, `00:00:02`, `00:00:03`, 1), compare.Value, ""},
		{"the other order", strings.Join(reverse(strings.Split(base, "\n")), "\n"), compare.Order, "order"},
	}
	want := table(t, cols, base)
	for name, effect := range grades {
		for _, v := range violations {
			t.Run(name+"/"+v.name, func(t *testing.T) {
				got := table(t, cols, v.got)
				o := compare.Options{Declared: effect, Keys: []string{"k"}, Sort: []compare.SortColumn{{Name: "t"}}}
				ds := compare.Rows(want, got, o)
				if v.got == base {
					return
				}
				if len(ds) != 1 || ds[0].Kind != v.kind {
					t.Fatalf("got %v, want one difference of kind %s", ds, v.kind)
				}
				if allowed := contains(v.allowed, name); ds[0].Allowed != allowed {
					t.Errorf("%v: allowed = %v, want %v", ds[0], ds[0].Allowed, allowed)
				}
			})
		}
	}
}

func contains(list, name string) bool {
	for _, s := range strings.Split(list, ",") {
		if s == name {
			return true
		}
	}
	return false
}

func reverse(s []string) []string {
	out := make([]string, 0, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		out = append(out, s[i])
	}
	return out
}

// What counts as equal, and what does not.
func TestEquality(t *testing.T) {
	tests := []struct {
		name, cols, want, got string
		res                   int64
		equal                 bool
	}{
		{"null is empty text", "k:string", `{"k":""}`, `{}`, 0, true},
		{"null is not text", "k:string", `{"k":"x"}`, `{}`, 0, false},
		{"null is not 0", "n:long", `{"n":0}`, `{}`, 0, false},
		{"sets have no order", "s:dynamic", `{"s":["a","b"]}`, `{"s":["b","a"]}`, 0, true},
		{"arrays come back without duplicates", "s:dynamic", `{"s":["a","b","a"]}`, `{"s":["a","b"]}`, 0, true},
		{"a set of one is a scalar", "s:dynamic", `{"s":["a"]}`, `{"s":"a"}`, 0, true},
		{"an empty set is null", "s:dynamic", `{"s":[]}`, `{}`, 0, true},
		{"a set with an empty text is not the set without", "s:dynamic", `{"s":["","a"]}`, `{"s":["a"]}`, 0, false},
		{"floats by tolerance", "r:real", `{"r":0.3}`, `{"r":0.30000000000000004}`, 0, true},
		{"floats beyond it", "r:real", `{"r":0.3}`, `{"r":0.300001}`, 0, false},
		{"letter case", "k:string", `{"k":"a"}`, `{"k":"A"}`, 0, false},
		{"times within the resolution", "t:datetime", `{"t":"2026-01-01T00:00:00.0010001Z"}`, `{"t":"2026-01-01T00:00:00.001Z"}`, ir.Millisecond, true},
		{"times without one", "t:datetime", `{"t":"2026-01-01T00:00:00.0010001Z"}`, `{"t":"2026-01-01T00:00:00.001Z"}`, 0, false},
		{"duplicates count", "k:string", "{\"k\":\"a\"}\n{\"k\":\"a\"}", `{"k":"a"}`, 0, false},
		{"rows have no order without a sort", "k:string", "{\"k\":\"a\"}\n{\"k\":\"b\"}", "{\"k\":\"b\"}\n{\"k\":\"a\"}", 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, g := table(t, tt.cols, tt.want), table(t, tt.cols, tt.got)
			if got := compare.Equal(w, g, tt.res); got != tt.equal {
				t.Errorf("Equal = %v, want %v", got, tt.equal)
			}
			if got := compare.Equal(g, w, tt.res); got != tt.equal {
				t.Errorf("the other way: Equal = %v, want %v", got, tt.equal)
			}
		})
	}
}

func TestTiesMaySwap(t *testing.T) {
	want := table(t, "k:string n:long", "{\"k\":\"a\",\"n\":1}\n{\"k\":\"b\",\"n\":1}\n{\"k\":\"c\",\"n\":2}")
	o := compare.Options{Sort: []compare.SortColumn{{Name: "n"}}}
	swapped := table(t, "k:string n:long", "{\"k\":\"b\",\"n\":1}\n{\"k\":\"a\",\"n\":1}\n{\"k\":\"c\",\"n\":2}")
	if ds := compare.Rows(want, swapped, o); len(ds) != 0 {
		t.Errorf("a swapped tie: %v", ds)
	}
	wrong := table(t, "k:string n:long", "{\"k\":\"c\",\"n\":2}\n{\"k\":\"a\",\"n\":1}\n{\"k\":\"b\",\"n\":1}")
	if ds := compare.Rows(want, wrong, o); len(ds) != 1 || ds[0].Kind != compare.Order {
		t.Errorf("a wrong order: %v", ds)
	}
}

func TestTruncatedIsNeverAllowed(t *testing.T) {
	rows := table(t, "k:string", "{\"k\":\"a\"}\n{\"k\":\"b\"}")
	ds := compare.Rows(rows, rows, compare.Options{Cap: 2, Declared: drift.Effect{Extra: true, Lost: true}})
	if len(compare.Contradicts(ds)) != 1 || ds[0].Kind != compare.Truncated {
		t.Errorf("got %v", ds)
	}
	if ds := compare.Rows(rows, rows, compare.Options{Cap: 3}); len(ds) != 0 {
		t.Errorf("below the limit: %v", ds)
	}
}

func TestOtherColumns(t *testing.T) {
	a, b := table(t, "k:string n:long", `{}`), table(t, "n:long k:string", `{}`)
	if ds := compare.Rows(a, b, compare.Options{}); len(ds) != 1 || ds[0].Kind != compare.Columns {
		t.Errorf("got %v", ds)
	}
}

// Which values a capped set keeps is not said; how many, it is.
func TestCappedSets(t *testing.T) {
	o := compare.Options{Capped: map[string]int{"s": 2}}
	want := table(t, "k:string s:dynamic", `{"k":"a","s":["x","y"]}`)
	if ds := compare.Rows(want, table(t, "k:string s:dynamic", `{"k":"a","s":["y","z"]}`), o); len(ds) != 0 {
		t.Errorf("other values of a full set: %v", ds)
	}
	if ds := compare.Rows(want, table(t, "k:string s:dynamic", `{"k":"a","s":["y"]}`), o); len(ds) == 0 {
		t.Error("a set with fewer values is equal")
	}
}
