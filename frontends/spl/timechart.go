package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// spanSeconds are the units of fixed length. Read-only.
var spanSeconds = map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

// timechart without BY is bin and stats by _time, with a row for every bin between the first and the last: count and dc are 0
// there, the others absent. With BY the fields are the values of the data, which no query can name in advance.
func (l *lowerer) timechart(r *rows, c *syntax.Timechart) *rows {
	l.onlyOptions(c.Options, "span")
	span := c.Options.Get("span")
	if c.By != nil || span == nil {
		l.refuse(c.Name, CodeUnsupported, "timechart with BY, or without span, is not evaluated", "its fields, or its bins, depend on the data")
		return r
	}
	n, unit, ok := syntax.ParseSpan(span.Text)
	seconds := spanSeconds[unit]
	if !ok || seconds == 0 || unit == "d" && n != 1 || unit == "w" {
		l.unsupported(span, "the span "+span.Text)
		return r
	}
	a := at(c)
	l.bin(r, &syntax.Bin{Options: c.Options, Field: &syntax.Name{Text: "_time"}})
	groups := l.stats(r, c.Aggs, []*syntax.Name{{Text: "_time"}}, c, false)
	if l.wrong("timechart-skips-empty-bins") {
		return groups
	}
	name := l.bind(groups)
	first, last, key := l.helper(), l.helper(), l.helper()
	t := l.num(l.col(groups, "_time", c))
	bins := &rows{from: &ir.Ref{Name: name}, cols: []string{"_time"}, sorted: true}
	long := func(name string) ir.Expr {
		return &ir.Cast{At: a, To: ir.Long, X: &ir.Col{At: a, Name: name, T: ir.Real}}
	}
	bins.add(&ir.Aggregate{At: a, Aggs: []ir.Agg{{At: a, Name: first, Func: ir.Min, Args: []ir.Expr{t}, T: ir.Real}, {At: a, Name: last, Func: ir.Max, Args: []ir.Expr{t}, T: ir.Real}}},
		&ir.Filter{At: a, Pred: not(isNull(&ir.Col{At: a, Name: first, T: ir.Real}))},
		&ir.Extend{At: a, Cols: []ir.Named{{Name: "_time", X: call("range", ir.Dynamic, a, long(first), long(last), lit(ir.Long, int64(n)*seconds, a))}}},
		&ir.Expand{At: a, Name: "_time", X: &ir.Col{At: a, Name: "_time", T: ir.Dynamic}},
		&ir.Project{At: a, Cols: []ir.Named{{Name: "_time", X: &ir.Cast{At: a, To: ir.String, X: &ir.Col{At: a, Name: "_time", T: ir.Dynamic}}}}})
	p, e := &ir.Project{At: a, Cols: []ir.Named{{Name: key, X: &ir.Col{At: a, Name: "_time", T: ir.String}}}}, &ir.Extend{At: a}
	for i, g := range groups.cols[1:] {
		h := l.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: a, Name: g, T: ir.Dynamic}})
		x := ir.Expr(&ir.Col{At: a, Name: h, T: ir.Dynamic})
		if f := c.Aggs[i].Func; f != nil && zeroWithoutRows[f.Text] {
			x = firstOf(x, lit(ir.Long, int64(0), a))
		}
		e.Cols = append(e.Cols, ir.Named{Name: g, X: x})
		bins.know(g)
	}
	groups.add(p)
	bins.add(&ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true, Right: groups.pipe(), On: []ir.JoinKey{{Left: "_time", Right: key}}}, e)
	l.keep(bins, a)
	return bins
}

// zeroWithoutRows are the functions that are 0 without rows. Read-only.
var zeroWithoutRows = map[string]bool{"count": true, "c": true, "dc": true, "distinct_count": true}
