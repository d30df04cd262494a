package compare

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

// tolerance is how far floats may be apart, relative to the larger one.
const tolerance = 1e-9

// cell is a value in canonical form: null and "" are one, a set of one is its element, sets are sorted without duplicates.
type cell struct {
	text  string
	null  bool
	num   float64 // of numbers and times
	isNum bool
	float bool     // compared within the tolerance
	set   []string // of arrays with more than one element
}

func (c *comparer) cell(v ir.Value, t ir.Type) cell {
	if v.V == nil || v.V == "" {
		return cell{null: true}
	}
	switch x := v.V.(type) {
	case bool:
		if t == ir.Bool || t == ir.Dynamic {
			return cell{text: strconv.FormatBool(x)}
		}
	case int64:
		return c.whole(x, t)
	case float64:
		if t == ir.Bool || t == ir.Int || t == ir.Long || t == ir.Datetime || t == ir.Timespan {
			if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
				return c.whole(int64(x), t)
			}
		}
		if t == ir.Real || t == ir.Decimal || t.Numeric() {
			return cell{text: strconv.FormatFloat(x, 'g', -1, 64), num: x, isNum: true, float: true}
		}
		return cell{text: scalarText(x)}
	case []any:
		return array(x)
	}
	return cell{text: scalarText(v.V)}
}

func (c *comparer) whole(x int64, t ir.Type) cell {
	switch t {
	case ir.Bool: // a boolean key of a composite comes back as 0 or 1
		return cell{text: strconv.FormatBool(x != 0)}
	case ir.Datetime:
		if c.o.Resolution > 0 {
			x -= x % c.o.Resolution
		}
		return cell{text: ir.FormatDatetime(x), num: float64(x), isNum: true}
	case ir.Timespan:
		if r := c.o.Resolution; r > 0 { // a difference of two such times, which doubles round
			x = int64(math.Round(float64(x)/float64(r))) * r
		}
		return cell{text: ir.FormatTimespan(x), num: float64(x), isNum: true}
	case ir.Real, ir.Decimal:
		return cell{text: strconv.FormatInt(x, 10), num: float64(x), isNum: true, float: true}
	case ir.String, ir.GUID, ir.Dynamic:
		return cell{text: strconv.FormatInt(x, 10)}
	}
	return cell{text: strconv.FormatInt(x, 10), num: float64(x), isNum: true}
}

// array is a set: sorted, without duplicates.
func array(xs []any) cell {
	set := make([]string, 0, len(xs))
	for _, x := range xs {
		set = append(set, scalarText(x))
	}
	slices.Sort(set)
	set = slices.Compact(set)
	switch len(set) {
	case 0:
		return cell{null: true}
	case 1:
		return cell{text: set[0], null: set[0] == ""}
	}
	return cell{text: "[" + strings.Join(set, ", ") + "]", set: set}
}

func scalarText(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return strconv.FormatInt(int64(x), 10)
		}
		return strconv.FormatFloat(x, 'g', -1, 64)
	default:
		return ir.JSONText(x)
	}
}

func (a cell) equal(b cell) bool {
	if a.null || b.null {
		return a.null == b.null
	}
	if a.float || b.float {
		if !a.isNum || !b.isNum {
			return false
		}
		if math.IsNaN(a.num) || math.IsNaN(b.num) {
			return math.IsNaN(a.num) && math.IsNaN(b.num)
		}
		return a.num == b.num || math.Abs(a.num-b.num) <= tolerance*max(math.Abs(a.num), math.Abs(b.num))
	}
	return a.text == b.text && slices.Equal(a.set, b.set)
}

// direction says how b lies to a: Up where it is larger or holds more, Any where neither is.
func (a cell) direction(b cell) drift.Dir {
	switch {
	case a.equal(b):
		return drift.None
	case a.isNum && b.isNum && a.num < b.num:
		return drift.Up
	case a.isNum && b.isNum && a.num > b.num:
		return drift.Down
	case a.holds(b):
		return drift.Down
	case b.holds(a):
		return drift.Up
	}
	return drift.Any
}

// holds reports whether a is a set with all elements of b.
func (a cell) holds(b cell) bool {
	if a.set == nil {
		return false
	}
	if b.null {
		return true
	}
	have := func(s string) bool { _, ok := slices.BinarySearch(a.set, s); return ok }
	if b.set == nil {
		return have(b.text)
	}
	return !slices.ContainsFunc(b.set, func(s string) bool { return !have(s) })
}

func (a cell) compare(b cell) int {
	if a.isNum && b.isNum {
		switch {
		case a.num < b.num:
			return -1
		case a.num > b.num:
			return 1
		}
		return 0
	}
	return strings.Compare(a.text, b.text)
}
