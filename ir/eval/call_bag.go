package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// bagFunctions are the functions on property bags. What is no bag gives null.
func bagFunctions() map[string]function {
	return map[string]function{
		"bag_keys":        {1, 1, false, total(bagKeys)},
		"bag_has_key":     {2, 2, false, plainly(bagHasKey)},
		"bag_merge":       {1, -1, true, total(bagMerge)},
		"bag_remove_keys": {2, 2, false, plainly(bagRemoveKeys)},
		"bag_set_key":     {3, 3, true, plainly(bagSetKey)},
		"bag_zip":         {2, 2, true, total(bagZip)},
		"treepath":        {1, 1, false, plainly(treePath)},
	}
}

func bagKeys(a []ir.Value) ir.Value {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return none(ir.Dynamic)
	}
	keys := []any{}
	for _, m := range bag {
		keys = append(keys, m.Key)
	}
	return dynamic(keys)
}

// keyPath reads a key, or a JSON path to one, as the functions on bags take it: they do not go into arrays.
// learn.microsoft.com/kusto/query/bag-has-key-function
func keyPath(s string) ([]string, error) {
	if !strings.HasPrefix(s, "$") {
		return []string{s}, nil
	}
	steps, err := jsonPath(s)
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("the path %s names no key", s)
	}
	keys := make([]string, len(steps))
	for i, step := range steps {
		if step.IsIndex {
			return nil, fmt.Errorf("the path %s goes into an array, which is not supported here", s)
		}
		keys[i] = step.Key
	}
	return keys, nil
}

func bagHasKey(a []ir.Value) (ir.Value, error) {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return none(ir.Bool), nil
	}
	keys, err := keyPath(asText(a[1]))
	if err != nil {
		return none(ir.Bool), err
	}
	var x any = bag
	for _, k := range keys {
		in, isBag := x.(ir.Bag)
		if !isBag {
			return boolean(false), nil
		}
		if x, ok = in.Get(k); !ok {
			return boolean(false), nil
		}
	}
	return boolean(true), nil
}

// bagMerge keeps the first value of a key and passes over what is no bag. learn.microsoft.com/kusto/query/bag-merge-function
func bagMerge(a []ir.Value) ir.Value {
	out := ir.Bag{}
	seen := map[string]bool{}
	any := false
	for _, v := range a {
		bag, ok := v.V.(ir.Bag)
		any = any || ok
		for _, m := range bag {
			if !seen[m.Key] {
				seen[m.Key] = true
				out = append(out, m)
			}
		}
	}
	if !any {
		return none(ir.Dynamic)
	}
	return dynamic(out)
}

// without is a bag without what a path names; bags on the way are copied.
func without(bag ir.Bag, keys []string) ir.Bag {
	i := slices.IndexFunc(bag, func(m ir.Member) bool { return m.Key == keys[0] })
	if i < 0 {
		return bag
	}
	out := slices.Clone(bag)
	if len(keys) == 1 {
		return slices.Delete(out, i, i+1)
	}
	if inner, ok := out[i].Value.(ir.Bag); ok {
		out[i].Value = without(inner, keys[1:])
	}
	return out
}

// bagRemoveKeys takes keys and JSON paths; an item that is no text is passed over. learn.microsoft.com/kusto/query/bag-remove-keys-function
func bagRemoveKeys(a []ir.Value) (ir.Value, error) {
	bag, ok := a[0].V.(ir.Bag)
	names, ok2 := items(a[1])
	if !ok || !ok2 {
		return none(ir.Dynamic), nil
	}
	for _, x := range names {
		name, ok := x.(string)
		if !ok {
			continue
		}
		keys, err := keyPath(name)
		if err != nil {
			return none(ir.Dynamic), err
		}
		bag = without(bag, keys)
	}
	return dynamic(bag), nil
}

// bagSetKey puts the key last, also where the bag has it already, as recorded. Bags that a path needs are made.
// learn.microsoft.com/kusto/query/bag-set-key-function
func bagSetKey(a []ir.Value) (ir.Value, error) {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return none(ir.Dynamic), nil
	}
	keys, err := keyPath(asText(a[1]))
	if err != nil {
		return none(ir.Dynamic), err
	}
	return dynamic(with(bag, keys, plain(a[2]))), nil
}

func with(bag ir.Bag, keys []string, v any) ir.Bag {
	old, has := bag.Get(keys[0])
	if len(keys) == 1 {
		return append(slices.Clone(without(bag, keys)), ir.Member{Key: keys[0], Value: v})
	}
	inner, _ := old.(ir.Bag)
	inner = with(inner, keys[1:], v)
	if !has {
		return append(slices.Clone(bag), ir.Member{Key: keys[0], Value: inner})
	}
	return put(slices.Clone(bag), keys[0], inner)
}

// bagZip passes over keys that are no text; values that are missing, or no array, are null. learn.microsoft.com/kusto/query/bag-zip
func bagZip(a []ir.Value) ir.Value {
	keys, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	values, _ := items(a[1])
	out := ir.Bag{}
	for i, k := range keys {
		name, ok := k.(string)
		if !ok {
			continue
		}
		var v any
		if i < len(values) {
			v = values[i]
		}
		out = put(out, name, v)
	}
	return dynamic(out)
}

// treePath lists the paths below the root; [0] stands for every item of an array. learn.microsoft.com/kusto/query/treepath-function
func treePath(a []ir.Value) (ir.Value, error) {
	out := []any{}
	seen := map[string]bool{}
	size := 0
	var walk func(x any, path string)
	add := func(x any, path string) {
		// Deep values have long paths, so that their sum is bounded and not their number.
		if size += len(path); size > maxText {
			return
		}
		if !seen[path] {
			seen[path] = true
			out = append(out, path)
		}
		walk(x, path)
	}
	walk = func(x any, path string) {
		switch x := x.(type) {
		case ir.Bag:
			for _, m := range x {
				add(m.Value, path+"['"+m.Key+"']")
			}
		case []any:
			for _, e := range x {
				add(e, path+"[0]")
			}
		}
	}
	switch a[0].V.(type) {
	case ir.Bag, []any:
		walk(a[0].V, "")
		return dynamic(out), tooLong(size)
	default:
		return none(ir.Dynamic), nil
	}
}
