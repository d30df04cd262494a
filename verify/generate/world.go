package generate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// absent stands for "no value here" among values that are set: it removes the key.
type absent struct{}

// world holds one event per part of a flow, by source column; a column that is not there is absent. A world is not changed once it is
// shared: set copies what it touches.
type world []map[string]any

func newWorld(parts int) world {
	w := make(world, parts)
	for i := range w {
		w[i] = map[string]any{}
	}
	return w
}

func (w world) clone() world {
	out := make(world, len(w))
	for i, m := range w {
		out[i] = make(map[string]any, len(m))
		for k, v := range m {
			out[i][k] = v // values below are replaced, never changed
		}
	}
	return out
}

// qualified names a source column of a part; split takes it apart again.
func qualified(part int, column string) string { return strconv.Itoa(part) + ":" + column }

func split(name string) (part int, column string, ok bool) {
	n, column, found := strings.Cut(name, ":")
	part, err := strconv.Atoi(n)
	return part, column, found && err == nil && part >= 0
}

func (w world) get(name string) any {
	part, col, ok := split(name)
	if !ok || part >= len(w) {
		return nil
	}
	return w[part][col]
}

func (w world) set(name string, v any) bool {
	part, col, ok := split(name)
	if !ok || part >= len(w) {
		return false
	}
	if _, gone := v.(absent); gone {
		delete(w[part], col)
	} else {
		w[part][col] = v
	}
	return true
}

// withPath returns v with x at the steps below it; what is in the way is replaced. ok is false for an index that counts from the end or
// is too large to make.
func withPath(v any, steps []ir.Step, x any) (out any, ok bool) {
	if len(steps) == 0 {
		if _, gone := x.(absent); gone {
			return nil, true
		}
		return x, true
	}
	s, rest := steps[0], steps[1:]
	if s.IsIndex {
		return withIndex(v, s.Index, rest, x)
	}
	bag, _ := v.(ir.Bag)
	bag = slices.Clone(bag)
	i := slices.IndexFunc(bag, func(m ir.Member) bool { return m.Key == s.Key })
	if _, gone := x.(absent); gone && len(rest) == 0 {
		if i >= 0 {
			bag = slices.Delete(bag, i, i+1)
		}
		return bag, true
	}
	if i < 0 {
		bag = append(bag, ir.Member{Key: s.Key})
		i = len(bag) - 1
	}
	bag[i].Value, ok = withPath(bag[i].Value, rest, x)
	return bag, ok
}

const maxIndex = 64

func withIndex(v any, index int, rest []ir.Step, x any) (any, bool) {
	if index < 0 || index > maxIndex {
		return v, false
	}
	list, _ := v.([]any)
	list = slices.Clone(list)
	if _, gone := x.(absent); gone && len(rest) == 0 {
		if index < len(list) {
			list = list[:index]
		}
		return list, true
	}
	for len(list) <= index {
		list = append(list, nil)
	}
	var ok bool
	list[index], ok = withPath(list[index], rest, x)
	return list, ok
}
