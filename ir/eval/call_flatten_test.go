package eval

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
)

func TestFlattenJSON(t *testing.T) {
	text := func(s string) []ir.Value {
		return []ir.Value{{Type: ir.String, V: s}, {Type: ir.Long, V: int64(5000)}}
	}
	v, err := flattenJSON(text(`{"a":{"b":1},"l":[{"x":"p"},{"x":"q"}],"m":[true],"n":[[1,2]]}`))
	if got := asText(v); err != nil || got != `{"a.b":1,"l{}.x":["p","q"],"m{}":"true","n{}{}":[1,2]}` {
		t.Errorf("%s %v", got, err)
	}
	for _, s := range []string{"plain", `"x"`, "{"} {
		if v, err := flattenJSON(text(s)); err != nil || len(v.V.(ir.Bag)) > 0 {
			t.Errorf("%q: %v %v", s, v, err)
		}
	}
	for _, s := range []string{`{"a":null}`, `{"a":"` + strings.Repeat("x", 5000) + `"}`, strings.Repeat("[", 300) + "1" + strings.Repeat("]", 300)} {
		if _, err := flattenJSON(text(s)); err == nil {
			t.Errorf("%.20q has an answer", s)
		}
	}
}
