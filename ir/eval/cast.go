package eval

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

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
	case ir.Int, ir.Long:
		out.V, ok = castLong(v)
		if n, is := out.V.(int64); is && to == ir.Int && (n < math.MinInt32 || n > math.MaxInt32) {
			out.V = nil
		}
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
		return realText(x)
	case []any, ir.Bag:
		return ir.JSONText(x)
	default:
		return fmt.Sprint(x)
	}
}

// realText writes a real as KQL does: always with a point or an exponent.
func realText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e15) {
		format = 'e'
	}
	s := strconv.FormatFloat(f, format, -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func castBool(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case int64:
		return x != 0, v.Type.Numeric()
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
		x = strings.TrimSpace(x)
		base := 10
		if h, ok := strings.CutPrefix(strings.ToLower(x), "0x"); ok {
			x, base = h, 16
		}
		n, err := strconv.ParseInt(x, base, 64)
		if err != nil {
			return nil, true
		}
		return n, true
	}
	return nil, false
}

func castReal(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case bool:
		if x {
			return 1.0, true
		}
		return 0.0, true
	case int64:
		return float64(x), v.Type.Numeric()
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

func castDatetime(v ir.Value) (any, bool) {
	switch x := v.V.(type) {
	case int64:
		return x, v.Type == ir.Long || v.Type == ir.Int
	case string:
		if t, ok := parseTime(x); ok {
			return t, v.Type == ir.String
		}
		return nil, v.Type == ir.String
	}
	return nil, false
}

var timeLayouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02",
	"2006-01", "2006", "20060102", "1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006", "01-02-2006", "01.02.2006", "2006/01/02", "2 Jan 2006", "Mon, 02 Jan 2006 15:04:05 MST",
}

// parseTime reads the forms that KQL accepts; without a zone they are UTC.
func parseTime(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return ir.TicksOf(t), true
		}
	}
	return 0, false
}

func castTimespan(v ir.Value) (any, bool) {
	s, ok := v.V.(string)
	if !ok || v.Type != ir.String {
		return nil, false
	}
	if t, ok := parseTimespan(strings.TrimSpace(s)); ok {
		return t, true
	}
	return nil, true
}

var (
	clockForm = regexp.MustCompile(`^(-)?(?:([0-9]{1,8})\.)?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,7}))?)?$`)
	unitForm  = regexp.MustCompile(`^(-?[0-9]{1,15}(?:\.[0-9]{1,9})?)(d|h|m|s|ms|tick|microsecond)$`)
)

func parseTimespan(s string) (int64, bool) {
	if m := clockForm.FindStringSubmatch(s); m != nil {
		n := func(i int) int64 { x, _ := strconv.ParseInt(m[i], 10, 64); return x }
		if n(3) > 23 || n(4) > 59 || n(5) > 59 {
			return 0, false
		}
		frac, _ := strconv.ParseInt((m[6] + "0000000")[:7], 10, 64)
		t := n(2)*ir.Day + n(3)*ir.Hour + n(4)*ir.Minute + n(5)*ir.Second + frac
		if m[1] != "" {
			t = -t
		}
		return t, true
	}
	if m := unitForm.FindStringSubmatch(s); m != nil {
		units := map[string]int64{"d": ir.Day, "h": ir.Hour, "m": ir.Minute, "s": ir.Second, "ms": ir.Millisecond, "tick": 1, "microsecond": 10}
		f, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, false
		}
		t, ok := ticks(ir.Timespan, f*float64(units[m[2]])).V.(int64)
		return t, ok
	}
	return 0, false
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
