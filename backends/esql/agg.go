package esql

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/ir"
)

// agg writes one aggregate; extra is a condition that the caller adds. ok is false when the column can only be null.
func (e *emitter) agg(g *ir.Agg, extra string, limit ir.Value, metric string) (string, bool) {
	cond := extra
	if g.If != nil {
		c := e.expr(g.If, precAnd)
		if cond != "" {
			c = e.expr(g.If, precAnd+1) + " AND " + cond
		}
		cond = c
	}
	where := ""
	if cond != "" {
		where = " WHERE " + cond
	}
	if len(g.Args) > 0 && g.Func != ir.Count && (e.isNull(g.Args[0]) || g.Func == ir.MakeBag) {
		e.r.Use(factNoBag, g, g.S, g.Name+" = "+string(g.Func))
		e.nulls[g.Name] = true
		return "", false
	}
	delete(e.nulls, g.Name)
	delete(e.splits, g.Name)
	e.sets[g.Name] = g.Func == ir.MakeSet
	arg := func(i int) string { return e.expr(g.Args[i], precOr) }
	switch g.Func {
	case ir.Count:
		e.r.Use(factCount, g, g.S, "count()")
		return "COUNT(*)" + where, true
	case ir.DCount:
		if e.estimate(g, limit, metric) {
			return "COUNT_DISTINCT(" + arg(0) + ")" + where, true
		}
		e.r.Use(factDCountExact, g, g.S, "dcount")
		return "COALESCE(MV_COUNT(VALUES(" + only(cond, arg(0)) + ")), 0)", true
	case ir.Sum:
		e.r.Use(factAggPlain, g, g.S, "sum")
		return "COALESCE(SUM(" + only(cond, arg(0)) + "), 0)", true // KQL's sum of nothing is 0
	case ir.Min, ir.Max, ir.Avg:
		if g.Func == ir.Avg && ir.TypeOf(g.Args[0]) == ir.Timespan {
			return e.refuse(g.S, "an average of durations"), true
		}
		if g.Func == ir.Avg && !e.known.Present[g] {
			e.r.Use(factAvg, g, g.S, "avg")
		} else {
			e.r.Use(factAggPlain, g, g.S, string(g.Func))
		}
		return strings.ToUpper(string(g.Func)) + "(" + arg(0) + ")" + where, true
	case ir.TakeAny:
		e.r.Use(factTakeAny, g, g.S, string(g.Func))
		return "MAX(" + arg(0) + ")" + where, true
	case ir.MakeSet:
		if g.Cap > 0 {
			e.r.Use(factSetCap, g, g.S, "make_set with a cap")
			return fmt.Sprintf("MV_SLICE(VALUES(%s), 0, %d)", only(cond, arg(0)), g.Cap-1), true
		}
		e.r.Use(factSet, g, g.S, "make_set")
		return "VALUES(" + arg(0) + ")" + where, true
	case ir.ArgMax, ir.ArgMin:
		if ir.Text(g.Args[0]) == ir.Text(g.Args[1]) {
			return map[ir.AggFunc]string{ir.ArgMax: "MAX(", ir.ArgMin: "MIN("}[g.Func] + arg(0) + ")" + where, true
		}
		if !e.since(factArg) {
			if text, ok := e.packedExtreme(g, cond); ok {
				return text, true
			}
		}
		e.r.Use(factArg, g, g.S, string(g.Func))
		return map[ir.AggFunc]string{ir.ArgMax: "LAST(", ir.ArgMin: "FIRST("}[g.Func] + arg(1) + ", " + arg(0) + ")" + where, true
	case ir.Stdev, ir.StdevP, ir.Variance, ir.VarianceP:
		if whole(ir.TypeOf(g.Args[0])) || ir.TypeOf(g.Args[0]) == ir.Real {
			e.r.Use(factSpreadOf, g, g.S, string(g.Func))
			return deviation(g.Func, only(cond, arg(0))), true
		}
	}
	e.r.Use(factNone, g, g.S, string(g.Func))
	return "", true
}

// deviation writes the statistics of a sample: STD_DEV is that of a whole population. Of less than two values they are 0.
// learn.microsoft.com/kusto/query/stdev-aggregation-function
func deviation(f ir.AggFunc, x string) string {
	whole := "STD_DEV(" + x + ")"
	switch f {
	case ir.StdevP:
		return "COALESCE(" + whole + ", 0.0)"
	case ir.VarianceP:
		return "COALESCE(POW(" + whole + ", 2), 0.0)"
	}
	n := "COUNT(" + x + ")"
	sample := fmt.Sprintf("%s / (%s - 1.0)", n, n)
	if f == ir.Stdev {
		return fmt.Sprintf("CASE(%s > 1, %s * SQRT(%s), 0.0)", n, whole, sample)
	}
	return fmt.Sprintf("CASE(%s > 1, POW(%s, 2) * %s, 0.0)", n, whole, sample)
}

// isoLength is the length of a time as text, which sorts as the time does.
const isoLength = 24

// packedExtreme writes arg_max and arg_min of a time before FIRST and LAST: the extreme of the time's text with the value behind it.
func (e *emitter) packedExtreme(g *ir.Agg, cond string) (string, bool) {
	t := ir.TypeOf(g.Args[1])
	convert, ok := map[ir.Type]string{ir.String: "", ir.Long: "TO_LONG", ir.Int: "TO_LONG", ir.Real: "TO_DOUBLE", ir.Bool: "TO_BOOLEAN", ir.Datetime: "TO_DATETIME"}[t]
	if ir.TypeOf(g.Args[0]) != ir.Datetime || !ok {
		return "", false
	}
	e.r.Use(factArgPacked, g, g.S, string(g.Func))
	value := e.expr(g.Args[1], precOr)
	if t != ir.String && !stringField(g.Args[1]) {
		value = "TO_STRING(" + value + ")"
	}
	if _, filled := g.Args[1].(*ir.Fill); !filled {
		value = "COALESCE(" + value + `, "")`
	}
	name := map[ir.AggFunc]string{ir.ArgMax: "MAX", ir.ArgMin: "MIN"}[g.Func]
	best := fmt.Sprintf(`%s(%s)`, name, only(cond, fmt.Sprintf(`CONCAT(TO_STRING(%s), %s)`, e.expr(g.Args[0], precOr), value)))
	if convert == "" {
		return fmt.Sprintf("SUBSTRING(%s, %d)", best, isoLength+1), true
	}
	return fmt.Sprintf("%s(CASE(LENGTH(%s) > %d, SUBSTRING(%s, %d), null))", convert, best, isoLength, best, isoLength+1), true
}

// only keeps a value where a condition holds: inside a function of an aggregate the WHERE of STATS cannot stand.
func only(cond, x string) string {
	if cond == "" {
		return x
	}
	return "CASE(" + cond + ", " + x + ", null)"
}

// estimate decides how to count distinct values. Compared with a small literal the estimate gives the right rows and is what an
// expert writes: only the column itself may differ, on large groups. Otherwise the values are collected and counted.
func (e *emitter) estimate(g *ir.Agg, limit ir.Value, metric string) bool {
	n, isLong := limit.V.(int64)
	if metric != g.Name || !isLong || n > 500 {
		return false
	}
	node := e.in.Leaving(g.Name)
	if node == nil {
		return false
	}
	e.r.Use(factDCount, node, g.S, "dcount")
	return true
}
