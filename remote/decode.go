package remote

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// The decodings that backends write into the manifest.
const (
	decodeMillis  = "epoch milliseconds"
	decodeBuckets = "one value per bucket"
	decodeHits    = "a list of values; absent is null"
	decodeSpan    = "milliseconds"
	decodeList    = "a list; one element comes as a scalar, none as null"
)

// decode gives a JSON value the source column's type. Absent strings are "", because KQL has no others.
func decode(x any, c emit.OutColumn) (ir.Value, error) {
	list, isList := x.([]any)
	switch {
	case c.Decode == decodeHits && len(list) == 0:
		x = nil
	case c.Decode == decodeHits && len(list) == 1:
		x = list[0]
	case c.Decode == decodeList && x == nil:
		x = []any{}
	case c.Decode == decodeList && !isList:
		x = []any{x}
	}
	if x == nil {
		return ir.Null(c.Type), nil
	}
	v := ir.Value{Type: c.Type}
	var ok bool
	switch c.Type {
	case ir.String:
		v.V, ok = text(x)
	case ir.Bool:
		v.V, ok = boolean(x)
	case ir.Int, ir.Long:
		v.V, ok = whole(x)
	case ir.Real:
		v.V, ok = real(x)
	case ir.Decimal, ir.GUID:
		v.V, ok = text(x)
	case ir.Datetime:
		v.V, ok = instant(x, c.Decode)
	case ir.Timespan:
		v.V, ok = timespan(x, c.Decode)
	case ir.Dynamic, ir.TypeUnset: // a column of a table without a schema has the type of its values
		v.V, ok = dynamic(x), true
	}
	if !ok {
		return v, fmt.Errorf("%s is no %s", clip(fmt.Sprint(x), 60), c.Type)
	}
	return v, nil
}

func text(x any) (string, bool) {
	switch x := x.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	return "", false
}

// boolean reads true and false; aggregations give 1 and 0 for keys.
func boolean(x any) (bool, bool) {
	switch x := x.(type) {
	case bool:
		return x, true
	case json.Number:
		f, err := x.Float64()
		return f != 0, err == nil
	case string:
		b, err := strconv.ParseBool(x)
		return b, err == nil
	}
	return false, false
}

// whole reads whole numbers; metrics of aggregations are doubles, and keyword fields hold numbers as text.
func whole(x any) (int64, bool) {
	s, ok := text(x)
	if !ok {
		return 0, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<63-1024 {
		return 0, false
	}
	return int64(f), true
}

func real(x any) (float64, bool) {
	s, ok := text(x)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// timespan reads ticks, or milliseconds where a target has no value for a duration.
func timespan(x any, how string) (int64, bool) {
	n, ok := whole(x)
	if how == decodeSpan && ok {
		return n * ir.Millisecond, max(n, -n) <= math.MaxInt64/ir.Millisecond
	}
	return n, ok
}

// instant reads a time: ISO 8601 text, or milliseconds since 1970 from aggregations.
func instant(x any, how string) (int64, bool) {
	if _, isNumber := x.(json.Number); isNumber || how == decodeMillis {
		ms, ok := whole(x)
		return ir.TicksOf(time.UnixMilli(ms)), ok
	}
	s, _ := x.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	return ir.TicksOf(t), err == nil
}

// dynamic keeps JSON as it is; keys come sorted, because the answer's order is lost.
func dynamic(x any) any {
	switch x := x.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(x.String(), 10, 64); err == nil {
			return n
		}
		f, _ := x.Float64()
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 && !strings.ContainsAny(x.String(), ".eE") {
			return int64(f)
		}
		return f
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = dynamic(e)
		}
		return out
	case map[string]any:
		out := make(ir.Bag, 0, len(x))
		for k, e := range x {
			out = append(out, ir.Member{Key: k, Value: dynamic(e)})
		}
		slices.SortFunc(out, func(a, b ir.Member) int { return strings.Compare(a.Key, b.Key) })
		return out
	default:
		return x
	}
}
