package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// function is one scalar function. A function is strict unless it takes nulls: a null argument makes its result null. Those that
// work on text take nulls, because the text of null is "".
type function struct {
	min, max int // number of arguments; max < 0 means any
	nulls    bool
	f        func(r *runner, a []ir.Value) (ir.Value, error)
}

// total wraps a function that cannot fail.
func total(f func(a []ir.Value) ir.Value) func(*runner, []ir.Value) (ir.Value, error) {
	return func(_ *runner, a []ir.Value) (ir.Value, error) { return f(a), nil }
}

// plainly wraps a function that needs nothing of the run.
func plainly(f func(a []ir.Value) (ir.Value, error)) func(*runner, []ir.Value) (ir.Value, error) {
	return func(_ *runner, a []ir.Value) (ir.Value, error) { return f(a) }
}

// absentAware functions look at null under the strict rules too.
var absentAware = map[string]bool{"coalesce": true, "isnotnull": true, "gettype": true}

// unevaluated lists functions that have an IR form and that no table of rows can answer, with the reason. Read-only.
var unevaluated = map[string]string{
	"ingestion_time":           "rows in files do not say when a service took them in",
	"geo_info_from_ip_address": "it needs the service's database of addresses",
	"parse_user_agent":         "it needs the service's database of browsers and devices",
}

// Evaluates reports whether the evaluator gives rows for a scalar function, named as in the IR; if not, why it cannot.
func Evaluates(name string) (ok bool, why string) {
	if _, ok := functions[name]; ok {
		return true, ""
	}
	return false, unevaluated[name]
}

func (r *runner) call(t *rel, row []ir.Value, e *ir.Call) (ir.Value, error) {
	fn, ok := functions[e.Func]
	if !ok {
		if why := unevaluated[e.Func]; why != "" {
			return ir.Value{}, errorAt(e.At, "%s cannot be evaluated: %s", e.Func, why)
		}
		return ir.Value{}, errorAt(e.At, "the evaluator does not know the function %s", e.Func)
	}
	if len(e.Args) < fn.min || fn.max >= 0 && len(e.Args) > fn.max {
		return ir.Value{}, errorAt(e.At, "%s does not take %d arguments", e.Func, len(e.Args))
	}
	args, err := r.all(t, row, e.Args...)
	if err != nil {
		return ir.Value{}, err
	}
	if !fn.nulls || r.env.Strict && !absentAware[e.Func] {
		if slices.ContainsFunc(args, ir.Value.IsNull) {
			return ir.Value{Type: e.T}, nil
		}
	}
	v, err := fn.f(r, args)
	if err == nil && e.T != ir.TypeUnset && v.Type != e.T {
		v, err = cast(v, e.T)
	}
	if err != nil {
		return v, errorAt(e.At, "%s: %v", e.Func, err)
	}
	return v, nil
}

// functions is the table of scalar functions by canonical KQL name; nothing changes it.
var functions = functionTable()

func functionTable() map[string]function {
	table := map[string]function{
		"assert":    {2, 2, true, plainly(assert)},
		"coalesce":  {1, -1, true, total(coalesce)},
		"isnotnull": {1, 1, true, total(func(a []ir.Value) ir.Value { return boolean(!a[0].IsNull()) })},
		"gettype":   {1, 1, true, total(getType)},
		"max_of":    {1, -1, true, total(func(a []ir.Value) ir.Value { return extreme(a, a[0].Type, 1) })},
		"min_of":    {1, -1, true, total(func(a []ir.Value) ir.Value { return extreme(a, a[0].Type, -1) })},
	}
	for _, part := range []map[string]function{textFunctions(), numberFunctions(), arrayFunctions(), bagFunctions(),
		addressFunctions(), jsonFunctions(), pathFunctions(), timeFunctions(), seriesFunctions(), hashFunctions(), encodeFunctions(), geoFunctions(), flattenFunctions(), jsonEditFunctions()} {
		for name, f := range part {
			table[name] = f
		}
	}
	return table
}

// none is the null of a type.
func none(t ir.Type) ir.Value { return ir.Value{Type: t} }

func real64(f float64) ir.Value { return ir.Value{Type: ir.Real, V: f} }

func dynamic(x any) ir.Value { return ir.Value{Type: ir.Dynamic, V: x} }

// items is an array argument.
func items(v ir.Value) ([]any, bool) {
	list, ok := v.V.([]any)
	return list, ok
}

func texts(a []ir.Value) []string {
	out := make([]string, len(a))
	for i, v := range a {
		out[i] = asText(v)
	}
	return out
}

// number is an integer argument, or its default when it was not given.
func number(a []ir.Value, i int, otherwise int64) int64 {
	if i < len(a) {
		switch x := scalar(a[i]).V.(type) {
		case int64:
			return x
		case float64:
			if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
				return int64(x)
			}
		}
	}
	return otherwise
}

// flag is a boolean argument, or its default when it was not given.
func flag(a []ir.Value, i int, otherwise bool) bool {
	if i < len(a) {
		if b, ok := scalar(a[i]).V.(bool); ok {
			return b
		}
	}
	return otherwise
}

// word is a text argument, or its default when it was not given.
func word(a []ir.Value, i int, otherwise string) string {
	if i < len(a) {
		return asText(a[i])
	}
	return otherwise
}

// coalesce skips null and, among strings, "".
func coalesce(a []ir.Value) ir.Value {
	for _, v := range a {
		if !v.IsNull() && v.V != "" {
			return v
		}
	}
	return a[len(a)-1]
}

// assert stops the query with a message when its condition does not hold. learn.microsoft.com/kusto/query/assert-function
func assert(a []ir.Value) (ir.Value, error) {
	if !flag(a, 0, false) {
		return none(ir.Bool), fmt.Errorf("%s", asText(a[1]))
	}
	return boolean(true), nil
}

// getType names the type that a value has when the query runs. The page says int for a small number inside a dynamic value; the
// service's answer there is not recorded, and long is what its other functions over dynamic values say (buildschema).
// learn.microsoft.com/kusto/query/gettype-function
func getType(a []ir.Value) ir.Value {
	switch a[0].V.(type) {
	case []any:
		return text("array")
	case ir.Bag:
		return text("dictionary")
	}
	if a[0].Type == ir.Dynamic {
		if a[0].IsNull() {
			return text("null")
		}
		if _, ok := a[0].V.(float64); ok {
			return text("double")
		}
	}
	return text(scalar(a[0]).Type.String())
}

// position is where a search in n places starts: a negative start counts from the end.
func position(start int64, n int) int64 {
	if start < 0 {
		start += int64(n)
	}
	return min(max(0, start), int64(n))
}

// find is the search that indexof and array_index_of share among n places: next(from, end) is the first occurrence that lies between
// the two, or -1. The limit on the length counts anew behind every occurrence, as the page's example of a second one shows.
// learn.microsoft.com/kusto/query/indexof-function, array-index-of-function
func find(a []ir.Value, n int, next func(from, end int) int) ir.Value {
	start, length, left := position(number(a, 2, 0), n), number(a, 3, -1), number(a, 4, 1)
	if length < -1 || left < 0 {
		return none(ir.Long)
	}
	for ; start <= int64(n); start++ {
		end := int64(n)
		if length >= 0 && length < end-start {
			end = start + length
		}
		i := next(int(start), int(end))
		if left--; i < 0 || left <= 0 {
			return long(int64(i))
		}
		start = int64(i)
	}
	return long(-1)
}

// each maps the elements of an array; a value that is no array gives null.
func each(v ir.Value, f func(x any) any) ir.Value {
	list, ok := items(v)
	if !ok {
		return none(ir.Dynamic)
	}
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return dynamic(out)
}

// maxText bounds the text and maxItems the arrays that one call may build out of smaller ones.
const (
	maxText  = 16 << 20
	maxItems = 1 << 20
)

func tooLong(n int) error {
	if n > maxText || n < 0 {
		return fmt.Errorf("the result would have more than %d bytes", maxText)
	}
	return nil
}

func onText(f func(string) string) function {
	return function{1, 1, true, total(func(a []ir.Value) ir.Value { return text(f(asText(a[0]))) })}
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
