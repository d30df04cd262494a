package verify

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// fewElements: no array has more elements than the query looks at; where the bound asks for elements, every event has one at least, and
// each holds a value.
func fewElements(s *subject, n emit.Note, m *material) bool {
	most := 0
	for _, t := range m.set.Tables {
		for _, row := range t.Rows {
			for _, v := range row {
				most = max(most, longest(v.V))
			}
		}
	}
	if most > s.prepared.Mapping.Bound {
		return false
	}
	return !strings.HasPrefix(n.Bound, "1 to ") || !slices.ContainsFunc(expansions(s.prepared.Query.Root.Ops), func(o *ir.Expand) bool {
		return !wholeElements(o, m)
	})
}

func longest(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		n = len(v)
		for _, e := range v {
			n = max(n, longest(e))
		}
	case ir.Bag:
		for _, m := range v {
			n = max(n, longest(m.Value))
		}
	}
	return n
}

// expansions lists the arrays of a pipeline that the target stores as objects keyed by index.
func expansions(ops []ir.Op) []*ir.Expand {
	var out []*ir.Expand
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Expand:
			if len(o.Elements) > 0 {
				out = append(out, o)
			}
		case *ir.Baseline:
			out = append(out, slices.Concat(expansions(o.RecentOps), expansions(o.HistoryOps))...)
		}
	}
	return out
}

// wholeElements reports whether the array of an expansion has an element in every event, and each element a value that is not empty in
// one of the fields that are read.
func wholeElements(o *ir.Expand, m *material) bool {
	f, ok := o.X.(*ir.Field)
	if !ok || f.Info == nil || f.Info.Source == "" {
		return false
	}
	path := pathSteps(f.Info.Source)
	for _, t := range m.set.Tables {
		if !slices.ContainsFunc(t.Columns, func(c ir.Column) bool { return c.Name == path[0] }) {
			continue // a table that the expansion does not read
		}
		for _, row := range t.Rows {
			list, _ := valueAt(t, row, path).([]any)
			if len(list) == 0 || slices.ContainsFunc(list, func(e any) bool { return !holdsOne(e, o.Elements[0]) }) {
				return false
			}
		}
	}
	return true
}

// holdsOne reports whether an element has a value that is not empty under one of the paths.
func holdsOne(element any, paths map[string]ir.Expr) bool {
	for p := range paths {
		if below(element, pathSteps(p)) != nil {
			return true
		}
	}
	return false
}

var pathStep = regexp.MustCompile(`[^.\[\]]+|\[\d+\]`)

// pathSteps cuts a path such as A[0].b into its steps.
func pathSteps(path string) []string { return pathStep.FindAllString(path, -1) }

// below is the value at a path below another; nil where there is none, or an empty text.
func below(v any, path []string) any {
	for _, step := range path {
		switch x := v.(type) {
		case ir.Bag:
			v, _ = x.Get(step)
		case []any:
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(step, "["), "]"))
			if err != nil || step[0] != '[' || n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	if v == "" {
		return nil
	}
	return v
}
