package eval

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/huntc/huntc/ir"
)

// arrayFunctions are the functions on arrays and on arrays taken as sets. What is no array gives null.
func arrayFunctions() map[string]function {
	return map[string]function{
		"array_length":       {1, 1, false, total(arrayLength)},
		"array_concat":       {1, -1, false, total(arrayConcat)},
		"array_iff":          {3, 3, true, total(arrayIff)},
		"array_index_of":     {2, 5, true, total(arrayIndexOf)},
		"array_reverse":      {1, 1, false, total(arrayReverse)},
		"array_rotate_left":  {2, 2, false, total(func(a []ir.Value) ir.Value { return rotate(a, number(a, 1, 0)) })},
		"array_rotate_right": {2, 2, false, total(func(a []ir.Value) ir.Value { return rotate(a, -number(a, 1, 0)) })},
		"array_shift_left":   {2, 3, true, total(func(a []ir.Value) ir.Value { return shiftItems(a, number(a, 1, 0)) })},
		"array_shift_right":  {2, 3, true, total(func(a []ir.Value) ir.Value { return shiftItems(a, -number(a, 1, 0)) })},
		"array_slice":        {3, 3, false, total(arraySlice)},
		"array_sort_asc":     {1, -1, true, plainly(func(a []ir.Value) (ir.Value, error) { return arraySort(a, 1) })},
		"array_sort_desc":    {1, -1, true, plainly(func(a []ir.Value) (ir.Value, error) { return arraySort(a, -1) })},
		"array_split":        {2, 2, false, plainly(arraySplit)},
		"array_sum":          {1, 1, false, total(arraySum)},
		"strcat_array":       {2, 2, false, plainly(strcatArray)},
		"repeat":             {2, 2, true, plainly(repeat)},
		"zip":                {2, -1, false, total(zip)},

		"set_has_element": {2, 2, true, total(setHas)},
		"set_union":       {1, -1, false, total(setUnion)},
		"set_intersect":   {1, -1, false, total(func(a []ir.Value) ir.Value { return setFilter(a, true) })},
		"set_difference":  {2, -1, false, total(func(a []ir.Value) ir.Value { return setFilter(a, false) })},
		"set_equals":      {2, 2, false, total(setEquals)},
		"jaccard_index":   {2, 2, false, total(jaccard)},
	}
}

func arrayLength(a []ir.Value) ir.Value {
	if list, ok := items(a[0]); ok {
		return long(int64(len(list)))
	}
	return none(ir.Long)
}

func arrayConcat(a []ir.Value) ir.Value {
	out := []any{}
	for _, v := range a {
		list, ok := items(v)
		if !ok {
			return none(ir.Dynamic)
		}
		out = append(out, list...)
	}
	return dynamic(out)
}

// arrayIff chooses per condition, which is true when it is a number other than 0; any other value that is no bool gives null. An array
// that is too short counts as null behind its end, and a scalar stands for every place. learn.microsoft.com/kusto/query/array-iff-function
func arrayIff(a []ir.Value) ir.Value {
	conditions, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	pick := func(v ir.Value, i int) any {
		list, ok := items(v)
		switch {
		case !ok:
			return plain(v)
		case i < len(list):
			return list[i]
		}
		return nil
	}
	out := make([]any, len(conditions))
	for i, c := range conditions {
		var yes bool
		switch c := c.(type) {
		case bool:
			yes = c
		case int64:
			yes = c != 0
		case float64:
			yes = c != 0
		default:
			continue
		}
		if yes {
			out[i] = pick(a[1], i)
		} else {
			out[i] = pick(a[2], i)
		}
	}
	return dynamic(out)
}

func itemKey(x any) string { return groupKey(dynamic(x)) }

func arrayIndexOf(a []ir.Value) ir.Value {
	list, ok := items(a[0])
	if !ok {
		return none(ir.Long)
	}
	want := itemKey(plain(a[1]))
	return find(a, len(list), func(from, end int) int {
		if i := slices.IndexFunc(list[from:end], func(x any) bool { return itemKey(x) == want }); i >= 0 {
			return from + i
		}
		return -1
	})
}

func arrayReverse(a []ir.Value) ir.Value {
	list, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	list = slices.Clone(list)
	slices.Reverse(list)
	return dynamic(list)
}

// rotate moves every item n places to the left.
func rotate(a []ir.Value, n int64) ir.Value {
	list, ok := items(a[0])
	if !ok || len(list) == 0 {
		return ir.Value{Type: ir.Dynamic, V: a[0].V}
	}
	n %= int64(len(list))
	if n < 0 {
		n += int64(len(list))
	}
	return dynamic(append(slices.Clone(list[n:]), list[:n]...))
}

// shiftItems moves every item n places to the left and fills up with the default value: without one, "" in an array of texts and null
// in any other. learn.microsoft.com/kusto/query/array-shift-left-function
func shiftItems(a []ir.Value, n int64) ir.Value {
	list, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	var fill any
	if len(a) == 3 {
		fill = plain(a[2])
	} else if len(list) > 0 && !slices.ContainsFunc(list, func(x any) bool { _, ok := x.(string); return !ok }) {
		fill = ""
	}
	out := make([]any, len(list))
	for i := range out {
		out[i] = fill
		if from := int64(i) + n; from >= 0 && from < int64(len(list)) {
			out[i] = list[from]
		}
	}
	return dynamic(out)
}

// arraySlice(array, start, end) includes the end; indexes below 0 count from the end of the array and those outside it are ignored.
// learn.microsoft.com/kusto/query/array-slice-function
func arraySlice(a []ir.Value) ir.Value {
	list, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	n := int64(len(list))
	start, end := number(a, 1, 0), number(a, 2, 0)
	if start < 0 {
		start += n
	}
	if end < 0 {
		end += n
	}
	start, end = max(start, 0), min(end, n-1)
	if start > end {
		return dynamic([]any{})
	}
	return dynamic(slices.Clone(list[start : end+1]))
}

// sortClass orders items of different types: numbers, texts, and then the rest, which keeps its order.
func sortClass(x any) int {
	switch x.(type) {
	case int64, float64:
		return 0
	case string:
		return 1
	default:
		return 2
	}
}

// arraySort sorts the first array and brings the others into the same order. One array gives itself sorted, several give an array of
// them, in which one that has another length than the first is null. Null goes last, unless the last argument says otherwise.
// learn.microsoft.com/kusto/query/array-sort-asc-function
func arraySort(a []ir.Value, direction int) (ir.Value, error) {
	nullsLast := true
	if n := len(a) - 1; n > 0 {
		if b, ok := scalar(a[n]).V.(bool); ok {
			nullsLast, a = b, a[:n]
		}
	}
	keys, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic), nil
	}
	index := make([]int, len(keys))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(i, j int) int {
		x, y := keys[i], keys[j]
		if x == nil || y == nil {
			c := cmp.Compare(nullRank(x), nullRank(y))
			if !nullsLast {
				c = -c
			}
			return c
		}
		if c := cmp.Compare(sortClass(x), sortClass(y)); c != 0 || sortClass(x) == 2 {
			return c
		}
		c, _ := order(scalar(dynamic(x)), scalar(dynamic(y)))
		return c * direction
	})
	out := make([]any, len(a))
	for k, v := range a {
		list, ok := items(v)
		if !ok || len(list) != len(keys) {
			continue
		}
		sorted := make([]any, len(index))
		for to, from := range index {
			sorted[to] = list[from]
		}
		out[k] = sorted
	}
	if len(a) == 1 {
		return dynamic(out[0]), nil
	}
	return dynamic(out), nil
}

func nullRank(x any) int {
	if x == nil {
		return 1
	}
	return 0
}

// arraySplit cuts in front of every index; one below 0 counts from the end. learn.microsoft.com/kusto/query/array-split-function
func arraySplit(a []ir.Value) (ir.Value, error) {
	list, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic), nil
	}
	at, ok := items(a[1])
	if !ok {
		at = []any{plain(a[1])}
	}
	out := []any{}
	from := int64(0)
	for _, x := range at {
		i, ok := x.(int64)
		if !ok {
			return none(ir.Dynamic), fmt.Errorf("an index is needed, not %s", ir.JSONText(x))
		}
		i = max(from, position(i, len(list)))
		out = append(out, slices.Clone(list[from:i]))
		from = i
	}
	return dynamic(append(out, slices.Clone(list[from:]))), nil
}

// arraySum is null when an item is no number. learn.microsoft.com/kusto/query/array-sum-function
func arraySum(a []ir.Value) ir.Value {
	sum := 0.0
	xs, ok := realItems(a[0])
	if !ok {
		return none(ir.Real)
	}
	for _, x := range xs {
		sum += x
	}
	return real64(sum)
}

func strcatArray(a []ir.Value) (ir.Value, error) {
	list, ok := items(a[0])
	if !ok {
		// A value that is no array stands for itself (recorded).
		return text(asText(a[0])), nil
	}
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = asText(dynamic(x))
	}
	return join(parts, asText(a[1]))
}

// repeat is null for a count below 0. learn.microsoft.com/kusto/query/repeat-function
func repeat(a []ir.Value) (ir.Value, error) {
	n := number(a, 1, -1)
	if n < 0 {
		return none(ir.Dynamic), nil
	}
	if n > maxItems {
		return none(ir.Dynamic), fmt.Errorf("the result would have more than %d items", maxItems)
	}
	out := make([]any, n)
	for i := range out {
		out[i] = plain(a[0])
	}
	return dynamic(out), nil
}

// zip fills the shorter arrays up with null. learn.microsoft.com/kusto/query/zip-function
func zip(a []ir.Value) ir.Value {
	longest := 0
	for _, v := range a {
		list, ok := items(v)
		if !ok {
			return none(ir.Dynamic)
		}
		longest = max(longest, len(list))
	}
	out := make([]any, longest)
	for i := range out {
		row := make([]any, len(a))
		for j, v := range a {
			if list, _ := items(v); i < len(list) {
				row[j] = list[i]
			}
		}
		out[i] = row
	}
	return dynamic(out)
}

func setHas(a []ir.Value) ir.Value {
	list, ok := items(a[0])
	if !ok {
		return none(ir.Bool)
	}
	want := itemKey(plain(a[1]))
	return boolean(slices.ContainsFunc(list, func(x any) bool { return itemKey(x) == want }))
}

// setOf is the distinct items of an array, in the order in which they come first.
func setOf(v ir.Value) (list []any, has map[string]bool, ok bool) {
	all, ok := items(v)
	has = map[string]bool{}
	list = []any{}
	for _, x := range all {
		if k := itemKey(x); !has[k] {
			has[k] = true
			list = append(list, x)
		}
	}
	return list, has, ok
}

func setUnion(a []ir.Value) ir.Value {
	all := arrayConcat(a)
	if all.IsNull() {
		return all
	}
	list, _, _ := setOf(all)
	return dynamic(list)
}

// setFilter keeps the items of the first set that are in all of the others, or in none of them.
func setFilter(a []ir.Value, in bool) ir.Value {
	list, _, ok := setOf(a[0])
	for _, v := range a[1:] {
		_, has, isArray := setOf(v)
		ok = ok && isArray
		list = slices.DeleteFunc(list, func(x any) bool { return has[itemKey(x)] != in })
	}
	if !ok {
		return none(ir.Dynamic)
	}
	return dynamic(list)
}

func setEquals(a []ir.Value) ir.Value {
	x, _, ok := setOf(a[0])
	y, has, ok2 := setOf(a[1])
	if !ok || !ok2 {
		return none(ir.Bool)
	}
	return boolean(len(x) == len(y) && !slices.ContainsFunc(x, func(e any) bool { return !has[itemKey(e)] }))
}

// jaccard is the size of the intersection over that of the union. learn.microsoft.com/kusto/query/jaccard-index-function
func jaccard(a []ir.Value) ir.Value {
	x, _, ok := setOf(a[0])
	y, has, ok2 := setOf(a[1])
	if !ok || !ok2 {
		return none(ir.Real)
	}
	both := 0
	for _, e := range x {
		if has[itemKey(e)] {
			both++
		}
	}
	all := len(x) + len(y) - both
	if all == 0 {
		return real64(math.NaN())
	}
	return real64(float64(both) / float64(all))
}
