package syntax

import (
	"reflect"
	"testing"

	"github.com/huntc/huntc/diag"
)

// checkTree walks everything reachable and holds every node to the source: it has a place inside the text, and a clean parse
// has no Bad nodes.
func checkTree(t *testing.T, src *diag.Source, script *Script, clean bool) {
	t.Helper()
	walk(reflect.ValueOf(script), func(n Node) {
		s := n.Span()
		if s.Pos < 1 || s.End < s.Pos || int(s.End) > len(src.Text)+1 {
			t.Errorf("%s: %T has span %v in a text of %d bytes", src.Name, n, s, len(src.Text))
		}
		switch n.(type) {
		case *Bad, *BadOp:
			if clean {
				t.Errorf("%s: %T at %v without a diagnostic", src.Name, n, s)
			}
		}
	})
}

func walk(v reflect.Value, visit func(Node)) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(Node); ok {
			visit(n)
		}
		walk(v.Elem(), visit)
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), visit)
			}
		}
	}
}
