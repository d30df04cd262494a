package eval

import (
	"fmt"
	"testing"

	"github.com/huntc/huntc/ir"
)

// Structured values are changed at a place that exists, and nowhere else.
func TestStructuredValuesAreChangedAtAPlace(t *testing.T) {
	parse := func(s string) ir.Value { return parseJSON(text(s)) }
	tests := []struct{ f, x, place, value, want string }{
		{"json_set_at", `{"a":{"b":1},"c":[1,2]}`, `["a","b"]`, `[5]`, `{"a":{"b":5},"c":[1,2]}`},
		{"json_set_at", `{"a":{"b":1},"c":[1,2]}`, `["c",1]`, `["x"]`, `{"a":{"b":1},"c":[1,"x"]}`},
		{"json_set_at", `{"a":1}`, `["n"]`, `[null]`, `{"a":1,"n":null}`},
		{"json_set_at", `{"a":1}`, `["n","m"]`, `[1]`, `error: there is no key n`},
		{"json_set_at", `{"a":[1]}`, `["a",1]`, `[1]`, `error: there is no element 1`},
		{"json_append_at", `{"a":[1]}`, `["a"]`, `[2,3]`, `{"a":[1,2,3]}`},
		{"json_append_at", `{"a":1}`, `["a"]`, `[2]`, `error: there is no array at [a]`},
		{"json_values_at", `{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"d":1},{"c":3}]},{}]}`, `["a",[],"b",[],"c"]`, ``, `[1,2,3]`},
		{"json_values_at", `{"a":[1,2]}`, `["a",1]`, ``, `[2]`},
		{"json_remove_key", `{"a.b":1,"c":2}`, `a.b`, ``, `{"c":2}`},
		{"json_has_key", `{"a.b":1}`, `a.b`, ``, `true`},
		{"json_has_key", `{"a":{"b":1}}`, `a.b`, ``, `false`},
	}
	for _, tt := range tests {
		args := []ir.Value{parse(tt.x), parse(tt.place)}
		if tt.value != "" {
			args = append(args, parse(tt.value))
		}
		before := ir.JSONText(args[0].V)
		v, err := jsonEditFunctions()[tt.f].f(nil, args)
		got := ir.JSONText(v.V)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s(%s, %s, %s) = %s, want %s", tt.f, tt.x, tt.place, tt.value, got, tt.want)
		}
		if after := ir.JSONText(args[0].V); after != before {
			t.Errorf("%s changed its argument to %s", tt.f, after)
		}
	}
	for s, want := range map[string]bool{`{"a":1}`: true, `[1`: false, `x`: false, `{"a":1} 2`: false} {
		if got := jsonValid([]ir.Value{text(s)}); fmt.Sprint(got.V) != fmt.Sprint(want) {
			t.Errorf("json_valid(%s) = %v", s, got.V)
		}
	}
}
