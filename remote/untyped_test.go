package remote

import (
	"testing"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// A table without a schema has columns without a type: they read as what their values are.
func TestColumnWithoutATypeReadsAsItsValue(t *testing.T) {
	for _, x := range []any{"b", true, []any{"a", "b"}} {
		v, err := decode(x, emit.OutColumn{Name: "a"})
		if err != nil || ir.JSONText(v.V) != ir.JSONText(x) {
			t.Errorf("%v: %v %v", x, v, err)
		}
	}
	if v, err := decode(nil, emit.OutColumn{Name: "a"}); err != nil || v.V != nil {
		t.Errorf("%v %v", v, err)
	}
}
