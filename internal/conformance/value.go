package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/ir"
)

// value reads a recorded cell of a column type.
func value(raw json.RawMessage, t ir.Type) (ir.Value, error) {
	x, err := decode(raw)
	if err != nil {
		return ir.Value{}, err
	}
	if t == ir.Dynamic {
		return ir.Value{Type: t, V: x}, nil
	}
	if x == nil {
		return ir.Null(t), nil
	}
	v := ir.Value{Type: t, V: x}
	ok := false
	switch t {
	case ir.Bool:
		_, ok = x.(bool)
	case ir.String, ir.GUID, ir.Decimal:
		_, ok = x.(string)
	case ir.Int, ir.Long:
		_, ok = x.(int64)
	case ir.Real:
		v.V, ok = realCell(x)
	case ir.Datetime:
		v.V, ok = timeCell(x)
	case ir.Timespan:
		v.V, ok = spanCell(x)
	}
	if !ok {
		return v, fmt.Errorf("%s is no %s", raw, t)
	}
	return v, nil
}

func realCell(x any) (any, bool) {
	switch x := x.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case string:
		switch x {
		case "NaN", "Infinity", "-Infinity":
			f, err := strconv.ParseFloat(x, 64)
			return f, err == nil
		}
	}
	return nil, false
}

func timeCell(x any) (any, bool) {
	s, _ := x.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	return ir.TicksOf(t), err == nil
}

var spanForm = regexp.MustCompile(`^(-)?(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?$`)

func spanCell(x any) (any, bool) {
	s, _ := x.(string)
	m := spanForm.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	var ticks int64
	for i, unit := range []int64{ir.Day, ir.Hour, ir.Minute, ir.Second} {
		n, _ := strconv.ParseInt("0"+m[i+2], 10, 64)
		ticks += n * unit
	}
	frac, _ := strconv.ParseInt((m[6] + "0000000")[:7], 10, 64)
	ticks += frac
	if m[1] != "" {
		ticks = -ticks
	}
	return ticks, true
}

// decode reads JSON as the evaluator holds it: whole numbers are int64, objects keep the order of their keys.
func decode(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	x, err := next(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value in %s", raw)
	}
	return x, nil
}

func next(d *json.Decoder) (any, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch tok := tok.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(tok.String(), 10, 64); err == nil {
			return n, nil
		}
		return tok.Float64()
	case json.Delim:
		list, bag := []any{}, ir.Bag{}
		for d.More() {
			key := ""
			if tok == '{' {
				k, err := d.Token()
				if err != nil {
					return nil, err
				}
				key, _ = k.(string)
			}
			x, err := next(d)
			if err != nil {
				return nil, err
			}
			list, bag = append(list, x), append(bag, ir.Member{Key: key, Value: x})
		}
		if _, err := d.Token(); err != nil {
			return nil, err
		}
		if tok == '{' {
			return bag, nil
		}
		return list, nil
	default:
		return tok, nil
	}
}

// rules says how exactly two values must agree.
type rules struct {
	near float64 // largest relative distance of two reals
	sets bool    // arrays compare as multisets
}

// exactly allows only what summing in another order does to the last digits of a real.
var exactly = rules{near: 1e-12}

// same compares two cells of the same column.
func (r rules) same(a, b ir.Value) bool {
	if a.Type != b.Type || a.IsNull() != b.IsNull() {
		return false
	}
	switch a.Type {
	case ir.Real:
		return a.IsNull() || r.sameNumber(a.V, b.V)
	case ir.Dynamic:
		return r.sameJSON(a.V, b.V)
	case ir.Decimal:
		x, y := decimal(a.V), decimal(b.V)
		return a.IsNull() || x != "" && x == y
	case ir.Bool, ir.Int, ir.Long, ir.String, ir.Datetime, ir.Timespan, ir.GUID:
		return a.V == b.V
	default:
		return false
	}
}

// decimal drops the zeros that say nothing.
func decimal(v any) string {
	s, _ := v.(string)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// sameNumber compares numbers of any Go type; whole ones exactly.
func (r rules) sameNumber(a, b any) bool {
	m, mok := a.(int64)
	n, nok := b.(int64)
	if mok && nok {
		return m == n
	}
	x, xok := float(a)
	y, yok := float(b)
	if !xok || !yok {
		return false
	}
	if x == y || math.IsNaN(x) && math.IsNaN(y) {
		return true
	}
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return false
	}
	return math.Abs(x-y) <= r.near*math.Max(math.Abs(x), math.Abs(y))
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// sameJSON compares dynamic values: numbers by value, bags by key, arrays in order.
func (r rules) sameJSON(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case bool, string:
		return a == b
	case int64, float64:
		return r.sameNumber(a, b)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		if r.sets {
			return matched(len(x), func(i, j int) bool { return r.sameJSON(x[i], y[j]) })
		}
		for i := range x {
			if !r.sameJSON(x[i], y[i]) {
				return false
			}
		}
		return true
	case ir.Bag:
		y, ok := b.(ir.Bag)
		if !ok || len(x) != len(y) {
			return false
		}
		for _, m := range x {
			v, has := y.Get(m.Key)
			if !has || !r.sameJSON(m.Value, v) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// matched reports whether n things on one side can be paired with n on the other. Sameness is close to an equivalence, so the
// first free partner will do.
func matched(n int, same func(i, j int) bool) bool {
	used := make([]bool, n)
	for i := range n {
		found := false
		for j := 0; j < n && !found; j++ {
			if !used[j] && same(i, j) {
				used[j], found = true, true
			}
		}
		if !found {
			return false
		}
	}
	return true
}
