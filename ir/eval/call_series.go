package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/huntc/huntc/ir"
)

// seriesFunctions are the functions on arrays of numbers.
func seriesFunctions() map[string]function {
	table := map[string]function{
		"series_abs":                 {1, 1, false, total(func(a []ir.Value) ir.Value { return each(a[0], absItem) })},
		"series_floor":               seriesOf(everywhere(math.Floor)),
		"series_ceiling":             seriesOf(everywhere(math.Ceil)),
		"series_sign":                seriesOf(everywhere(signOf)),
		"series_sum":                 {1, 1, false, total(arraySum)},
		"series_product":             {1, 1, false, total(seriesProduct)},
		"series_magnitude":           {1, 1, false, total(seriesMagnitude)},
		"series_dot_product":         {2, 2, false, total(dotProduct)},
		"series_cosine_similarity":   {2, 4, false, total(cosineSimilarity)},
		"series_pearson_correlation": {2, 2, false, total(pearson)},
		"series_stats_dynamic":       {1, 2, false, plainly(seriesStats)},
		"series_fit_line_dynamic":    {1, 1, false, plainly(fitLine)},
		"series_fill_const":          {2, 3, true, total(fillConst)},
		"series_fill_forward":        {1, 2, true, total(func(a []ir.Value) ir.Value { return fillFrom(a, false) })},
		"series_fill_backward":       {1, 2, true, total(func(a []ir.Value) ir.Value { return fillFrom(a, true) })},
		"series_fill_linear":         {1, 4, true, total(fillLinear)},
		"series_fir":                 {2, 4, false, plainly(seriesFIR)},
		"series_iir":                 {3, 3, false, plainly(seriesIIR)},
	}
	for _, name := range []string{"acos", "asin", "atan", "cos", "sin", "tan", "exp", "log"} {
		table["series_"+name] = seriesOf(realFunctions[name])
	}
	for name, op := range map[string]string{"add": "+", "subtract": "-", "multiply": "*", "divide": "/"} {
		table["series_"+name] = pairwise(func(x, y ir.Value) any {
			if op == "/" {
				x = real64(float(x))
			}
			v, err := numbers(op, x, y)
			if err != nil {
				return nil
			}
			return v.V
		})
	}
	table["series_pow"] = pairwise(func(x, y ir.Value) any { return math.Pow(float(x), float(y)) })
	for name, holds := range map[string]func(c int) bool{
		"less": func(c int) bool { return c < 0 }, "less_equals": func(c int) bool { return c <= 0 },
		"greater": func(c int) bool { return c > 0 }, "greater_equals": func(c int) bool { return c >= 0 },
		"equals": func(c int) bool { return c == 0 }, "not_equals": func(c int) bool { return c != 0 },
	} {
		table["series_"+name] = pairwise(func(x, y ir.Value) any {
			c, ok := order(x, y)
			if !ok {
				return name == "not_equals"
			}
			return holds(c)
		})
	}
	return table
}

// realItems takes the numbers out of an array; ok is false when it is no array or another value is among them.
func realItems(v ir.Value) (xs []float64, ok bool) {
	list, ok := items(v)
	if !ok {
		return nil, false
	}
	xs = make([]float64, len(list))
	for i, x := range list {
		if !isNumber(x) {
			return nil, false
		}
		xs[i] = float(scalar(dynamic(x)))
	}
	return xs, true
}

func isNumber(x any) bool {
	switch x.(type) {
	case int64, float64:
		return true
	}
	return false
}

func anys(xs []float64) []any {
	out := make([]any, len(xs))
	for i, x := range xs {
		out[i] = x
	}
	return out
}

func signOf(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

func absItem(x any) any {
	switch x := x.(type) {
	case int64:
		return max(x, -x)
	case float64:
		return math.Abs(x)
	}
	return nil
}

// seriesOf applies a function to every number; anything else becomes null, and so does a number outside the function's domain.
func seriesOf(f func(float64) (float64, bool)) function {
	return function{1, 1, false, total(func(a []ir.Value) ir.Value {
		return each(a[0], func(x any) any {
			if !isNumber(x) {
				return nil
			}
			if y, ok := f(float(scalar(dynamic(x)))); ok {
				return y
			}
			return nil
		})
	})}
}

// pairwise applies an operation place by place; a scalar stands for every place. Where one side has no number the result is null,
// which goes on to the end of the longer array. learn.microsoft.com/kusto/query/series-add-function
func pairwise(f func(x, y ir.Value) any) function {
	return function{2, 2, false, total(func(a []ir.Value) ir.Value {
		xs, xok := items(a[0])
		ys, yok := items(a[1])
		n := max(len(xs), len(ys))
		if !xok && !yok || !xok && !scalar(a[0]).Type.Numeric() || !yok && !scalar(a[1]).Type.Numeric() {
			return none(ir.Dynamic)
		}
		at := func(list []any, isList bool, v ir.Value, i int) ir.Value {
			if !isList {
				return scalar(v)
			}
			if i < len(list) && isNumber(list[i]) {
				return scalar(dynamic(list[i]))
			}
			return none(ir.Real)
		}
		out := make([]any, n)
		for i := range out {
			x, y := at(xs, xok, a[0], i), at(ys, yok, a[1], i)
			if !x.IsNull() && !y.IsNull() {
				out[i] = f(x, y)
			}
		}
		return dynamic(out)
	})}
}

func seriesProduct(a []ir.Value) ir.Value {
	xs, ok := realItems(a[0])
	if !ok {
		return none(ir.Real)
	}
	p := 1.0
	for _, x := range xs {
		p *= x
	}
	return real64(p)
}

func dot(xs, ys []float64) float64 {
	sum := 0.0
	for i := range xs {
		sum += xs[i] * ys[i]
	}
	return sum
}

func seriesMagnitude(a []ir.Value) ir.Value {
	xs, ok := realItems(a[0])
	if !ok {
		return none(ir.Real)
	}
	return real64(math.Sqrt(dot(xs, xs)))
}

// pair takes two arrays of numbers of one length; a number stands for an array of it.
func pair(a []ir.Value) (xs, ys []float64, ok bool) {
	xs, xok := realItems(a[0])
	ys, yok := realItems(a[1])
	fill := func(v ir.Value, n int) ([]float64, bool) {
		v = scalar(v)
		return slices.Repeat([]float64{float(v)}, n), v.Type.Numeric()
	}
	if !xok && yok {
		xs, xok = fill(a[0], len(ys))
	}
	if xok && !yok {
		ys, yok = fill(a[1], len(xs))
	}
	return xs, ys, xok && yok && len(xs) == len(ys)
}

func dotProduct(a []ir.Value) ir.Value {
	xs, ys, ok := pair(a)
	if !ok {
		return none(ir.Real)
	}
	return real64(dot(xs, ys))
}

// cosineSimilarity takes the magnitudes as arguments when they are known. learn.microsoft.com/kusto/query/series-cosine-similarity-function
func cosineSimilarity(a []ir.Value) ir.Value {
	xs, ys, ok := pair(a)
	if !ok {
		return none(ir.Real)
	}
	m, n := math.Sqrt(dot(xs, xs)), math.Sqrt(dot(ys, ys))
	if len(a) > 2 {
		m = float(scalar(a[2]))
	}
	if len(a) > 3 {
		n = float(scalar(a[3]))
	}
	return real64(dot(xs, ys) / (m * n))
}

func average(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

func pearson(a []ir.Value) ir.Value {
	xs, ys, ok := pair(a)
	if !ok {
		return none(ir.Real)
	}
	mx, my := average(xs), average(ys)
	var xy, xx, yy float64
	for i := range xs {
		dx, dy := xs[i]-mx, ys[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	return real64(xy / math.Sqrt(xx*yy))
}

// seriesStats is a bag of statistics; a value that is no finite number makes them null, unless those are to be passed over.
// learn.microsoft.com/kusto/query/series-stats-dynamic-function
func seriesStats(a []ir.Value) (ir.Value, error) {
	all, ok := items(a[0])
	if !ok {
		return none(ir.Dynamic), nil
	}
	var xs []float64
	var at []int
	for i, x := range all {
		f := math.NaN()
		if isNumber(x) {
			f = float(scalar(dynamic(x)))
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			if !flag(a, 1, false) {
				return none(ir.Dynamic), nil
			}
			continue
		}
		xs, at = append(xs, f), append(at, i)
	}
	if len(xs) < 2 {
		return none(ir.Dynamic), fmt.Errorf("the statistics of fewer than two numbers are not evaluated")
	}
	lo, hi, sum := 0, 0, 0.0
	for i, x := range xs {
		sum += x
		if x < xs[lo] {
			lo = i
		}
		if x > xs[hi] {
			hi = i
		}
	}
	avg, squares := sum/float64(len(xs)), 0.0
	for _, x := range xs {
		squares += (x - avg) * (x - avg)
	}
	variance := squares / float64(len(xs)-1)
	return dynamic(ir.Bag{{Key: "min", Value: xs[lo]}, {Key: "min_idx", Value: int64(at[lo])}, {Key: "max", Value: xs[hi]},
		{Key: "max_idx", Value: int64(at[hi])}, {Key: "avg", Value: avg}, {Key: "stdev", Value: math.Sqrt(variance)},
		{Key: "variance", Value: variance}, {Key: "sum", Value: sum}, {Key: "len", Value: int64(len(xs))}}), nil
}

// fitLine is the least-squares line through the numbers at 0, 1, 2, … learn.microsoft.com/kusto/query/series-fit-line-function
func fitLine(a []ir.Value) (ir.Value, error) {
	ys, ok := realItems(a[0])
	if !ok || len(ys) < 3 {
		return none(ir.Dynamic), fmt.Errorf("a line through fewer than three numbers, or through other values, is not evaluated")
	}
	n := float64(len(ys))
	mx, my := (n-1)/2, average(ys)
	var xy, xx, yy float64
	for i, y := range ys {
		dx, dy := float64(i)-mx, y-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	slope := xy / xx
	intercept := my - slope*mx
	line := make([]float64, len(ys))
	residual := 0.0
	for i, y := range ys {
		line[i] = slope*float64(i) + intercept
		residual += (y - line[i]) * (y - line[i])
	}
	rsquare := 1.0
	if yy > 0 {
		rsquare = 1 - residual/yy
	}
	return dynamic(ir.Bag{{Key: "rsquare", Value: rsquare}, {Key: "slope", Value: slope}, {Key: "variance", Value: yy / (n - 1)},
		{Key: "rvariance", Value: residual / (n - 1)}, {Key: "interception", Value: intercept}, {Key: "line_fit", Value: anys(line)}}), nil
}
