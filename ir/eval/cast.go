package eval

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// cast converts as KQL's to… functions do. What does not convert is null; a pair of types that has no conversion is an error.
func cast(v ir.Value, to ir.Type) (ir.Value, error) {
	out := ir.Value{Type: to}
	if to == ir.Dynamic {
		out.V = plain(v)
		return out, nil
	}
	if b, ok := v.V.(bool); ok && to == ir.String {
		// A bool reads True, one inside JSON true.
		out.V = strconv.FormatBool(b)
		if v.Type == ir.Bool {
			out.V = map[bool]string{true: "True", false: "False"}[b]
		}
		return out, nil
	}
	v = scalar(v)
	if v.V == nil {
		return out, nil
	}
	if v.Type == to {
		return v, nil
	}
	if v.Type == ir.Dynamic && to != ir.String {
		return out, nil // an array or bag
	}
	ok := true
	switch to {
	case ir.String:
		out.V = castString(v)
	case ir.Bool:
		out.V, ok = castBool(v)
	case ir.Int:
		out.V, ok = castInt(v)
	case ir.Long:
		out.V, ok = castLong(v)
	case ir.Real:
		out.V, ok = castReal(v)
	case ir.Decimal:
		out.V, ok = castDecimal(v)
	case ir.Datetime:
		out.V, ok = castDatetime(v)
	case ir.Timespan:
		out.V, ok = castTimespan(v)
	case ir.GUID:
		out.V, ok = castGUID(v)
	default:
		ok = false
	}
	if !ok {
		return out, fmt.Errorf("a conversion from %s to %s is not defined", v.Type, to)
	}
	return out, nil
}

func castString(v ir.Value) any {
	switch x := v.V.(type) {
	case int64:
		switch v.Type {
		case ir.Datetime:
			return ir.TimeOf(x).Format("2006-01-02T15:04:05.0000000Z")
		case ir.Timespan:
			return ir.FormatTimespan(x)
		}
		return strconv.FormatInt(x, 10)
	case float64:
		return ir.RealText(x)
	case []any, ir.Bag:
		return ir.JSONText(x)
	default:
		return fmt.Sprint(x)
	}
}

func castBool(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case int64:
		return x != 0, v.Type.Numeric() || v.Type == ir.Timespan
	case float64:
		return x != 0, true
	case string:
		if v.Type != ir.String {
			return nil, false
		}
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(x), 10, 64); err == nil {
			return n != 0, true
		}
		return nil, true
	}
	return nil, false
}

// castLong converts to a whole number: times and spans of time are their ticks, a fraction is cut.
func castLong(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case bool:
		if x {
			return int64(1), true
		}
		return int64(0), true
	case int64:
		return x, true
	case float64:
		return ticks(ir.Long, x).V, true
	case string:
		if v.Type == ir.Decimal {
			return ticks(ir.Long, float(v)).V, true
		}
		if v.Type != ir.String {
			return nil, false
		}
		return wholeText(x), true
	}
	return nil, false
}

// wholeText reads a whole number as text: decimal digits with a sign, or 0x and hexadecimal ones; nil when it is none.
func wholeText(s string) any {
	s = strings.TrimSpace(s)
	base := 10
	if h, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		s, base = h, 16
	}
	n, err := strconv.ParseInt(s, base, 64)
	if err != nil {
		return nil
	}
	return n
}

// castInt is castLong to 32 bits. A number keeps its lower half, a text that does not fit is null (recorded: toint(1d)).
func castInt(v ir.Value) (any, bool) {
	x, ok := castLong(v)
	n, is := x.(int64)
	if !ok || !is {
		return nil, ok
	}
	if n != int64(int32(n)) && v.Type == ir.String {
		return nil, true
	}
	return int64(int32(n)), true
}

func castReal(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case bool:
		if x {
			return 1.0, true
		}
		return 0.0, true
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case string:
		if v.Type == ir.Decimal {
			return float(v), true
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(x), 64)
		if err != nil || strings.ContainsAny(x, "xXpP_") {
			return nil, v.Type == ir.String
		}
		return f, v.Type == ir.String
	}
	return nil, false
}

var decimalForm = regexp.MustCompile(`^[+-]?[0-9]{1,40}(\.[0-9]{1,40})?$`)

func castDecimal(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case int64:
		return strconv.FormatInt(x, 10), v.Type.Numeric()
	case float64:
		q := new(big.Rat).SetFloat64(x)
		if q == nil {
			return nil, true
		}
		return strconv.FormatFloat(x, 'f', -1, 64), true
	case string:
		x = strings.TrimSpace(x)
		if !decimalForm.MatchString(x) {
			return nil, v.Type == ir.String
		}
		return x, v.Type == ir.String
	}
	return nil, false
}

// castDatetime reads text, and takes a number as ticks.
func castDatetime(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case int64:
		if !ir.InDatetimeRange(x) {
			return nil, v.Type.Numeric()
		}
		return x, v.Type.Numeric()
	case float64:
		n, ok := ticks(ir.Datetime, x).V.(int64)
		if !ok || !ir.InDatetimeRange(n) {
			return nil, true
		}
		return n, true
	case string:
		if t, ok := ir.ParseDatetime(x); ok {
			return t, v.Type == ir.String
		}
		return nil, v.Type == ir.String
	}
	return nil, false
}

// castTimespan reads text, and takes everything else as ticks.
func castTimespan(v ir.Value) (any, bool) {
	s, ok := v.V.(string)
	if !ok {
		return castLong(v)
	}
	if v.Type == ir.Decimal {
		return ticks(ir.Timespan, float(v)).V, true
	}
	if t, ok := ir.ParseTimespan(s); ok {
		return t, v.Type == ir.String
	}
	return nil, v.Type == ir.String
}

// castGUID reads 32 hexadecimal digits wherever the hyphens between them stand.
func castGUID(v ir.Value) (any, bool) {
	s, ok := v.V.(string)
	if !ok || v.Type != ir.String {
		return nil, false
	}
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		s = strings.TrimSuffix(inner, "}")
	}
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if len(s) != 32 || strings.Trim(s, "0123456789abcdef") != "" {
		return nil, true
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:], true
}

// parseJSON is parse_json: text that is no JSON becomes a dynamic string, an empty text null.
func parseJSON(v ir.Value) ir.Value {
	out := ir.Value{Type: ir.Dynamic}
	s, ok := v.V.(string)
	if !ok || v.Type != ir.String {
		out.V = plain(v)
		return out
	}
	if strings.TrimSpace(s) == "" {
		return out
	}
	x, err := decodeJSON([]byte(s))
	if err != nil {
		out.V = s
		return out
	}
	out.V = x
	return out
}
