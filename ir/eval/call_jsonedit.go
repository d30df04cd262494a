package eval

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// jsonEditFunctions change structured values at a place, which is a list of keys (text) and indexes (numbers from 0).
func jsonEditFunctions() map[string]function {
	return map[string]function{
		"json_valid":      {1, 1, false, total(jsonValid)},
		"json_set_at":     {3, 3, false, plainly(jsonSetAt)},
		"json_append_at":  {3, 3, false, plainly(jsonAppendAt)},
		"json_values_at":  {2, 2, false, plainly(jsonValuesAt)},
		"json_remove_key": {2, 2, false, plainly(jsonRemoveKey)},
		"json_has_key":    {2, 2, false, plainly(jsonHasKey)},
	}
}

func jsonValid(a []ir.Value) ir.Value {
	_, err := decodeJSON([]byte(asText(a[0])))
	return boolean(err == nil)
}

// jsonSetAt(x, place, [v]) is x with v at the place. What holds the place has to be there: an object for a key, an element for an index.
func jsonSetAt(a []ir.Value) (ir.Value, error) {
	place, _ := items(a[1])
	value, _ := items(a[2])
	if len(value) != 1 {
		return none(ir.Dynamic), fmt.Errorf("one value is needed, not %d", len(value))
	}
	out, err := changedAt(a[0].V, place, func(any, bool) (any, error) { return value[0], nil })
	return dynamic(out), err
}

// jsonAppendAt(x, place, list) is x with the values of the list at the end of the array at the place.
func jsonAppendAt(a []ir.Value) (ir.Value, error) {
	place, _ := items(a[1])
	more, _ := items(a[2])
	out, err := changedAt(a[0].V, place, func(old any, has bool) (any, error) {
		list, ok := old.([]any)
		if !has || !ok {
			return nil, fmt.Errorf("there is no array at %v", place)
		}
		if len(list)+len(more) > maxItems {
			return nil, fmt.Errorf("the array would have more than %d elements", maxItems)
		}
		return append(slices.Clone(list), more...), nil
	})
	return dynamic(out), err
}

// changedAt is x with what stands at a place replaced; has says whether anything stands there.
func changedAt(x any, place []any, f func(old any, has bool) (any, error)) (any, error) {
	if len(place) == 0 {
		return f(x, true)
	}
	last := len(place) == 1
	switch at := place[0].(type) {
	case string:
		bag, ok := x.(ir.Bag)
		if !ok {
			return nil, fmt.Errorf("there is no object for the key %s", at)
		}
		old, has := bag.Get(at)
		if !has && !last {
			return nil, fmt.Errorf("there is no key %s", at)
		}
		v, err := old, error(nil)
		if last {
			v, err = f(old, has)
		} else {
			v, err = changedAt(old, place[1:], f)
		}
		if err != nil {
			return nil, err
		}
		return put(slices.Clone(bag), at, v), nil
	case int64:
		list, ok := x.([]any)
		if !ok || at < 0 || at >= int64(len(list)) {
			return nil, fmt.Errorf("there is no element %d", at)
		}
		v, err := changedAt(list[at], place[1:], f)
		if err != nil {
			return nil, err
		}
		list = slices.Clone(list)
		list[at] = v
		return list, nil
	default:
		return nil, fmt.Errorf("%v is neither a key nor an index", at)
	}
}

// jsonValuesAt(x, place) lists what stands at a place in which an empty array stands for every element of an array.
func jsonValuesAt(a []ir.Value) (ir.Value, error) {
	place, _ := items(a[1])
	found := []any{a[0].V}
	for _, step := range place {
		var next []any
		for _, x := range found {
			switch at := step.(type) {
			case string:
				if bag, ok := x.(ir.Bag); ok {
					if v, has := bag.Get(at); has {
						next = append(next, v)
					}
				}
			case int64:
				if list, ok := x.([]any); ok && at >= 0 && at < int64(len(list)) {
					next = append(next, list[at])
				}
			default:
				list, _ := x.([]any)
				next = append(next, list...)
			}
			if len(next) > maxItems {
				return none(ir.Dynamic), fmt.Errorf("there are more than %d values", maxItems)
			}
		}
		found = next
	}
	return dynamic(append([]any{}, found...)), nil
}

// jsonRemoveKey(x, key) is an object without a key that is written as it stands.
func jsonRemoveKey(a []ir.Value) (ir.Value, error) {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return none(ir.Dynamic), fmt.Errorf("of a %s is not defined", a[0].Type)
	}
	key := asText(a[1])
	return dynamic(slices.DeleteFunc(slices.Clone(bag), func(m ir.Member) bool { return m.Key == key })), nil
}

// jsonHasKey(x, key) says whether an object has a key that is written as it stands.
func jsonHasKey(a []ir.Value) (ir.Value, error) {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return none(ir.Bool), fmt.Errorf("of a %s is not defined", a[0].Type)
	}
	_, has := bag.Get(asText(a[1]))
	return boolean(has), nil
}
