package eval

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// DecodeJSON reads one JSON value and nothing after it, as a dynamic value: nil, bool, int64, float64, string, []any or ir.Bag. Keys
// keep their order, whole numbers stay int64.
func DecodeJSON(text []byte) (any, error) { return decodeJSON(text) }

// Fit converts a dynamic value to a column type. It is strict: a number in a string column is a mistake in the data, not a string.
// nil is null for every type.
func Fit(x any, t ir.Type) (ir.Value, bool) { return fit(x, t) }

// FitText converts a cell of a text format (CSV) to a column type. An empty cell is null, and "" for a string.
func FitText(s string, t ir.Type) (ir.Value, bool) {
	if t == ir.String {
		return ir.Value{Type: t, V: s}, true
	}
	if s == "" {
		return ir.Value{Type: t}, true
	}
	if t == ir.Dynamic {
		return parseJSON(text(s)), true
	}
	v, err := cast(text(strings.TrimSpace(s)), t)
	return v, err == nil && !v.IsNull()
}

// NaturalType is the column type that a dynamic value has by itself, TypeUnset for null.
func NaturalType(x any) ir.Type { return naturalType(x) }

// NaturalTextType is the same for a cell of a text format.
func NaturalTextType(s string) ir.Type {
	if s == "" {
		return ir.TypeUnset
	}
	for _, t := range []ir.Type{ir.Bool, ir.Long, ir.Real} {
		if t == ir.Bool && !slices.Contains([]string{"true", "false", "True", "False"}, s) {
			continue
		}
		if v, ok := FitText(s, t); ok && !v.IsNull() {
			return t
		}
	}
	return naturalType(s)
}

// WidenType is the narrowest column type that holds values of both types.
func WidenType(a, b ir.Type) ir.Type { return widen(a, b) }

// HasZone reports whether the text of a datetime names its zone; without one it is read as UTC.
func HasZone(s string) bool {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, "Z") || strings.HasSuffix(s, "z") || strings.HasSuffix(s, "GMT") || strings.HasSuffix(s, "UTC") {
		return true
	}
	i := strings.LastIndexAny(s, "+-")
	return i > len("2006-01-02") && strings.Contains(s[:i], ":")
}
