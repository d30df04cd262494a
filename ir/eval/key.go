package eval

import (
	"math"
	"strconv"

	"github.com/huntc/huntc/ir"
)

// groupKey identifies a value among group keys and in sets: null differs from "", 1 equals 1.0.
func groupKey(v ir.Value) string { return string(appendKey(nil, scalar(v))) }

// appendKey adds a scalar to a composite key; lengths keep neighbouring parts apart.
func appendKey(b []byte, v ir.Value) []byte {
	switch x := v.V.(type) {
	case nil:
		return append(b, '0')
	case string:
		if v.Type == ir.Decimal {
			if q := rational(v); q != nil {
				return appendPart(b, 'n', decimalText(q))
			}
		}
		return appendPart(b, 's', x)
	case bool:
		return appendPart(b, 'b', strconv.FormatBool(x))
	case int64:
		return appendPart(b, 'n', strconv.FormatInt(x, 10))
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<62 {
			return appendPart(b, 'n', strconv.FormatInt(int64(x), 10))
		}
		return appendPart(b, 'n', strconv.FormatFloat(x, 'g', -1, 64))
	default:
		return appendPart(b, 'j', ir.JSONText(x))
	}
}

func appendPart(b []byte, kind byte, s string) []byte {
	b = append(b, kind)
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	return append(b, s...)
}
