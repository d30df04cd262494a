package kql

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// values is how many arguments stand before the percentages.
func (f aggFact) values() int {
	if f.form == aggWeighted || f.form == aggWeightedArray {
		return 2
	}
	return 1
}

// percentiles lowers percentile and its kin: one Agg per percentage, or one array.
func (s *summary) percentiles(f aggFact, call *syntax.Call, names []string, pos ir.At) bool {
	n := f.values()
	if len(call.Args) <= n {
		s.l.fail(CodeArguments, call.Span(), "%s takes %s, found %d", f.name, arity(n+1, many), len(call.Args))
		return false
	}
	var args []ir.Expr
	for i, x := range call.Args[:n] {
		v := s.l.expr(x, s.c)
		if isBad(v) {
			return false
		}
		if t := ir.TypeOf(v); i == 1 && t != ir.Long && t != ir.Int && t != ir.TypeUnset {
			s.l.fail(CodeType, x.Span(), "a weight is a whole number, found %s", t)
			return false
		}
		args = append(args, v)
	}
	ranks, ok := s.ranks(f, call.Args[n:])
	if !ok {
		return false
	}
	base := s.l.resultName(call.Args[0])
	a := ir.Agg{At: pos, Func: f.fn, T: f.t}
	if f.form == aggPercentArray || f.form == aggWeightedArray {
		a.Args = append(args, ranks...)
		return s.add(a, names, f.prefix+"_"+base)
	}
	a.T = ir.TypeOf(args[0])
	switch a.T {
	case ir.Int:
		a.T = ir.Long
	case ir.Decimal:
		a.T = ir.Real
	}
	g := &giver{s, names}
	for _, p := range ranks {
		a.Args = append(args[:len(args):len(args)], p)
		if !g.add(a, f.prefix+"_"+base+"_"+nameFragment(p.(*ir.Lit).Value)) {
			return false
		}
	}
	return true
}

// ranks reads the percentages, which are constants: numbers, or for an array one list of numbers.
func (s *summary) ranks(f aggFact, xs []syntax.Expr) ([]ir.Expr, bool) {
	var items []ir.Expr
	for _, x := range xs {
		v := fold(s.l.expr(x, s.c))
		if isBad(v) {
			return nil, false
		}
		if lit, ok := v.(*ir.Lit); ok && (f.form == aggPercentArray || f.form == aggWeightedArray) && len(xs) == 1 {
			if list, ok := lit.Value.V.([]any); ok {
				for _, e := range list {
					items = append(items, &ir.Lit{At: lit.At, Value: element(e)})
				}
				continue
			}
		}
		items = append(items, v)
	}
	for _, v := range items {
		lit, ok := v.(*ir.Lit)
		if !ok {
			s.l.refuse(v.Span(), "a percentage that is not a constant", "", "")
			return nil, false
		}
		p, ok := percentage(lit.Value)
		if !ok || p < 0 || p > 100 {
			s.l.fail(CodeType, v.Span(), "a percentage is a number from 0 to 100")
			return nil, false
		}
	}
	return items, true
}

func percentage(v ir.Value) (float64, bool) {
	switch x := v.V.(type) {
	case int64:
		return float64(x), v.Type.Numeric()
	case float64:
		return x, true
	}
	return 0, false
}

// nameFragment writes a constant as a part of a column's name: 99.9 is 99_9.
func nameFragment(v ir.Value) string {
	text := fmt.Sprint(v.V)
	if f, ok := v.V.(float64); ok {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, text)
}
