package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/huntc/huntc/ir"
)

// missing says which items a fill replaces: null, or those equal to the placeholder in place of it.
func missing(a []ir.Value, i int) func(x any) bool {
	if i >= len(a) || a[i].IsNull() {
		return func(x any) bool { return x == nil }
	}
	want := itemKey(plain(a[i]))
	return func(x any) bool { return itemKey(x) == want }
}

// fillConst: learn.microsoft.com/kusto/query/series-fill-const-function
func fillConst(a []ir.Value) ir.Value {
	gap := missing(a, 2)
	return each(a[0], func(x any) any {
		if gap(x) {
			return plain(a[1])
		}
		return x
	})
}

// fillFrom takes the last value before a gap, or the first behind it; gaps at the edge stay.
// learn.microsoft.com/kusto/query/series-fill-forward-function
func fillFrom(a []ir.Value, backward bool) ir.Value {
	all, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	gap := missing(a, 1)
	out := slices.Clone(all)
	for n := 1; n < len(out); n++ {
		i, from := n, n-1
		if backward {
			i, from = len(out)-1-n, len(out)-n
		}
		if gap(out[i]) {
			out[i] = out[from]
		}
	}
	return dynamic(out)
}

// fillLinear draws a line across a gap; between whole numbers the values are cut to whole ones, as recorded. Gaps at an edge take the
// nearest value unless they are to stay, and an array that is nothing but gaps becomes the constant.
// learn.microsoft.com/kusto/query/series-fill-linear-function
func fillLinear(a []ir.Value) ir.Value {
	all, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	gap := missing(a, 1)
	edges := flag(a, 2, true)
	out := slices.Clone(all)
	var known []int
	ints := true
	for i, x := range all {
		if !gap(x) {
			known = append(known, i)
			_, isInt := x.(int64)
			ints = ints && isInt
		}
	}
	if len(known) == 0 {
		var c any = 0.0
		if len(a) > 3 {
			c = plain(a[3])
		}
		for i := range out {
			out[i] = c
		}
		return dynamic(out)
	}
	for k := range known[1:] {
		i, j := known[k], known[k+1]
		if !isNumber(all[i]) || !isNumber(all[j]) {
			continue
		}
		x, y := float(scalar(dynamic(all[i]))), float(scalar(dynamic(all[j])))
		for p := i + 1; p < j; p++ {
			v := x + (y-x)*float64(p-i)/float64(j-i)
			out[p] = v
			if ints {
				out[p] = int64(v)
			}
		}
	}
	if edges {
		first, last := known[0], known[len(known)-1]
		for i := range out {
			switch {
			case i < first:
				out[i] = all[first]
			case i > last:
				out[i] = all[last]
			}
		}
	}
	return dynamic(out)
}

// maxFilter bounds the coefficients of a filter, because each is applied to each value.
const maxFilter = 1024

// seriesFIR weighs every value and those before it, or around it when centered; places outside the array count as 0. Whole numbers
// stay whole where nothing is divided. learn.microsoft.com/kusto/query/series-fir-function
func seriesFIR(a []ir.Value) (ir.Value, error) {
	xs, ok := realItems(a[0])
	filter, ok2 := realItems(a[1])
	if !ok || !ok2 {
		return none(ir.Dynamic), nil
	}
	negative := slices.ContainsFunc(filter, func(f float64) bool { return f < 0 })
	normalize, center := flag(a, 2, !negative), flag(a, 3, false)
	switch {
	case normalize && negative:
		return none(ir.Dynamic), nil
	case len(filter) == 0 || len(filter) > maxFilter:
		return none(ir.Dynamic), fmt.Errorf("a filter of 1 to %d numbers is needed, not of %d", maxFilter, len(filter))
	case center && len(filter)%2 == 0:
		return none(ir.Dynamic), fmt.Errorf("where a centered filter of an even length stands is not documented")
	}
	ahead, sum := 0, 0.0
	if center {
		ahead = len(filter) / 2
	}
	for _, f := range filter {
		sum += f
	}
	whole := !normalize && !hasReal(a[0]) && !hasReal(a[1])
	out := make([]any, len(xs))
	for i := range xs {
		y := 0.0
		for k, f := range filter {
			if j := i + ahead - k; j >= 0 && j < len(xs) {
				y += f * xs[j]
			}
		}
		if normalize {
			y /= sum
		}
		out[i] = y
		if whole && math.Abs(y) < 1<<53 {
			out[i] = int64(y)
		}
	}
	return dynamic(out), nil
}

func hasReal(v ir.Value) bool {
	all, _ := items(v)
	return slices.ContainsFunc(all, func(x any) bool { _, ok := x.(float64); return ok })
}

// seriesIIR follows the recursive formula of learn.microsoft.com/kusto/query/series-iir-function.
func seriesIIR(a []ir.Value) (ir.Value, error) {
	xs, ok := realItems(a[0])
	b, ok2 := realItems(a[1])
	d, ok3 := realItems(a[2])
	if !ok || !ok2 || !ok3 {
		return none(ir.Dynamic), nil
	}
	if len(d) == 0 || d[0] == 0 || len(b) > maxFilter || len(d) > maxFilter {
		return none(ir.Dynamic), fmt.Errorf("the first denominator is 0, or there are more than %d coefficients", maxFilter)
	}
	ys := make([]float64, len(xs))
	for i := range xs {
		sum := 0.0
		for k := 0; k < len(b) && k <= i; k++ {
			sum += b[k] * xs[i-k]
		}
		for k := 1; k < len(d) && k <= i; k++ {
			sum -= d[k] * ys[i-k]
		}
		ys[i] = sum / d[0]
	}
	return dynamic(anys(ys)), nil
}
