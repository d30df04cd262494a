package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/ir"
)

// oddValues are what functions get that nobody meant for them.
func oddValues(tb testing.TB) []ir.Value {
	tb.Helper()
	out := []ir.Value{
		none(ir.Long), none(ir.Dynamic), none(ir.Datetime), none(ir.Bool), none(ir.GUID), text(""), text("a"), text("é\xff\x00"), text("["), text(`{"a":[1,{"b":null}]}`),
		text("windows"), text("day"), text("$.a[0]"), text("10.0.0.1/8"), text("::1"), text("<a>x</a>"), text("xn--a-"), text("UTC"), text("yyyy"), text("(a)"),
		text(strings.Repeat("ab", 600)), text("H4sIAAAAAAAA/w=="),
		long(0), long(1), long(-1), long(math.MaxInt64), long(math.MinInt64), long(1 << 40), {Type: ir.Int, V: int64(-5)},
		real64(0.5), real64(math.NaN()), real64(math.Inf(-1)), real64(1e300), boolean(true), boolean(false),
		{Type: ir.Decimal, V: "-1.5"}, {Type: ir.GUID, V: "ae3133f2-6e22-49ae-b06a-16e6a9b212eb"},
		{Type: ir.Datetime, V: int64(0)}, {Type: ir.Datetime, V: maxTime}, {Type: ir.Timespan, V: int64(math.MinInt64)}, {Type: ir.Timespan, V: int64(1)},
	}
	for _, j := range []string{`[]`, `{}`, `[1,2.5,null,"a",true,[1],{"a":1}]`, `[3,1,2]`, `["b","a"]`, `{"a":{"b":[1]},"c":null}`, `[-1,9223372036854775807]`, `"x"`, `7`} {
		x, err := decodeJSON([]byte(j))
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, dynamic(x))
	}
	return out
}

// TestFunctionsTakeAnything calls every function with values of all kinds: the answer is a value or an error, and soon.
func TestFunctionsTakeAnything(t *testing.T) {
	values := oddValues(t)
	rng := rand.New(rand.NewPCG(1, 2))
	names := make([]string, 0, len(functions))
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fn := functions[name]
		most := fn.max
		if most < 0 {
			most = fn.min + 3
		}
		start := time.Now()
		for range 400 {
			n := fn.min + rng.IntN(most-fn.min+1)
			args := make([]ir.Expr, n)
			for i := range args {
				args[i] = &ir.Lit{Value: values[rng.IntN(len(values))]}
			}
			call := &ir.Call{Func: name, Args: args}
			func() {
				defer func() {
					if e := recover(); e != nil {
						t.Fatalf("%s panics: %v", ir.Text(call), e)
					}
				}()
				for _, strict := range []bool{false, true} {
					r := &runner{ctx: context.Background(), env: &Env{Strict: strict}, patterns: map[string]*regexp.Regexp{}}
					v, err := r.eval(newRel(nil), nil, call)
					if err == nil && v.V != nil && !wellFormed(v) {
						t.Errorf("%s gives %#v", ir.Text(call), v)
					}
				}
			}()
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("%s took %v for 800 calls", name, d)
		}
	}
}

// wellFormed checks a value against the description of ir.Value.
func wellFormed(v ir.Value) bool {
	switch v.Type {
	case ir.Bool:
		_, ok := v.V.(bool)
		return ok
	case ir.Int, ir.Long, ir.Timespan:
		_, ok := v.V.(int64)
		return ok
	case ir.Datetime:
		_, ok := v.V.(int64)
		return ok
	case ir.Real:
		_, ok := v.V.(float64)
		return ok
	case ir.String, ir.Decimal, ir.GUID:
		_, ok := v.V.(string)
		return ok
	case ir.Dynamic:
		switch v.V.(type) {
		case bool, int64, float64, string, []any, ir.Bag:
			return true
		}
	}
	return false
}
