package spl

import (
	"slices"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// streamstats computes statistics for each row over the rows up to it: every row is paired with the rows that it sees, and the pairs
// are grouped by the row. The pairs grow with the square of the rows; this is for judging, not for much data.
func (l *lowerer) streamstats(r *rows, c *syntax.Stats) *rows {
	l.onlyOptions(c.Options, "current", "window", "time_window")
	if len(c.Reset) > 0 || !l.known(r, c) {
		l.unsupported(c.Name, "streamstats with reset_before or reset_after, or on unknown fields,")
		return r
	}
	a := at(c)
	l.inOrder(r, c)
	fields := slices.Clone(r.cols)
	id := l.numbered(r, c)
	name := l.bind(r)
	seen := l.seenRows(r, c, name, id)
	seen.cols = append(slices.Clone(fields), id)
	groups := l.stats(seen, c.Aggs, []*syntax.Name{{Text: id}}, c, false)
	p, e := &ir.Project{At: a}, &ir.Extend{At: a}
	key := l.helper()
	p.Cols = append(p.Cols, ir.Named{Name: key, X: &ir.Cast{At: a, To: ir.Long, X: &ir.Col{At: a, Name: id, T: ir.String}}})
	for _, g := range groups.cols[1:] {
		h := l.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: &ir.Col{At: a, Name: g, T: ir.Dynamic}})
		e.Cols = append(e.Cols, ir.Named{Name: g, X: &ir.Col{At: a, Name: h, T: ir.Dynamic}})
	}
	groups.add(p)
	r.add(&ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true, Right: groups.pipe(), On: []ir.JoinKey{{Left: id, Right: key}}},
		e, &ir.Sort{At: a, Keys: []ir.SortKey{{X: &ir.Col{At: a, Name: id, T: ir.Long}}}})
	r.cols = fields
	for _, g := range e.Cols {
		r.know(g.Name)
	}
	l.keep(r, a)
	r.sorted = true
	return r
}

// seenRows are pairs of a row's number, in the column id, and a row that it sees. Rows without a BY field see nothing and are not
// seen (searchbnf.conf [streamstats-command]).
func (l *lowerer) seenRows(r *rows, c *syntax.Stats, name, id string) *rows {
	a := at(c)
	seer, one, other, time := l.helper(), l.helper(), l.helper(), l.helper()
	left := &ir.Project{At: a, Cols: []ir.Named{{Name: seer, X: &ir.Col{At: a, Name: id, T: ir.Long}}, {Name: one, X: lit(ir.Long, int64(1), a)},
		{Name: time, X: l.num(l.col(r, "_time", c))}}}
	right := &rows{from: &ir.Ref{Name: name}, cols: r.cols}
	right.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: other, X: lit(ir.Long, int64(1), a)}}})
	join := &ir.Join{At: a, Kind: ir.Inner, Lookup: true, On: []ir.JoinKey{{Left: one, Right: other}}}
	var present []ir.Expr
	for _, k := range c.By {
		lk, rk := l.helper(), l.helper()
		key := l.text(l.col(r, k.Text, k))
		if l.wrong("streamstats-by-keeps-absent") {
			key = &ir.Fill{At: a, X: key, With: ir.Value{Type: ir.String, V: ""}}
		}
		left.Cols = append(left.Cols, ir.Named{Name: lk, X: key})
		right.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: rk, X: key}}})
		join.On = append(join.On, ir.JoinKey{Left: lk, Right: rk})
		present = append(present, not(isNull(&ir.Col{At: a, Name: lk, T: ir.String})))
	}
	join.Right = right.pipe()
	seen := &rows{from: &ir.Ref{Name: name}, ops: []ir.Op{left}, sorted: true}
	sc, oc := ir.Expr(&ir.Col{At: a, Name: seer, T: ir.Long}), ir.Expr(&ir.Col{At: a, Name: id, T: ir.Long})
	if len(present) > 0 {
		seen.add(&ir.Filter{At: a, Pred: and(present...)})
	}
	seen.add(join)
	seen.add(&ir.Filter{At: a, Pred: and(l.sees(r, c, sc, oc, &ir.Col{At: a, Name: time, T: ir.Real})...)})
	// The number of the seeing row takes the place of the seen one's.
	seen.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: id, X: sc}}})
	return seen
}

// sees are the conditions under which the row with the number sc sees the one with the number oc.
func (l *lowerer) sees(r *rows, c *syntax.Stats, sc, oc ir.Expr, time ir.Expr) []ir.Expr {
	a := at(c)
	op := ir.Ge
	if !isTrue(c.Options.Get("current"), true) && !l.wrong("streamstats-ignores-current") {
		op = ir.Gt
	}
	conds := []ir.Expr{&ir.Compare{At: a, Op: op, L: sc, R: oc}}
	if l.wrong("streamstats-sees-all-rows") {
		conds = nil
	}
	if n := number(c.Options.Get("window"), 0); n > 0 && !l.wrong("streamstats-ignores-window") {
		if op == ir.Gt {
			n++
		}
		distance := &ir.Arith{At: a, Op: "-", L: sc, R: oc, T: ir.Long}
		conds = append(conds, &ir.Compare{At: a, Op: ir.Lt, L: distance, R: lit(ir.Long, n, a)})
		if len(c.By) > 0 {
			l.unconfirmed(c.Options.Get("window"), "a window of streamstats with BY")
		}
	}
	if v := c.Options.Get("time_window"); v != nil && !l.wrong("streamstats-ignores-time-window") {
		n, unit, ok := syntax.ParseSpan(v.Text)
		seconds := spanSeconds[unit]
		if !ok || seconds == 0 {
			l.unsupported(v, "the span "+v.Text)
		}
		ago := call("abs", ir.Real, a, &ir.Arith{At: a, Op: "-", L: time, R: l.num(l.col(r, "_time", c)), T: ir.Real})
		conds = append(conds, &ir.Compare{At: a, Op: ir.Lt, L: ago, R: lit(ir.Real, float64(int64(n)*seconds), a)})
	}
	return conds
}

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

// tstats without a data model is stats over events, where its fields are indexed ones; events without a BY field are left out
// (searchbnf.conf [tstats-command]).
func (l *lowerer) tstats(r *rows, c *syntax.Tstats) *rows {
	l.onlyOptions(c.Options)
	if c.From != nil || len(c.Macros) > 0 || c.Where == nil || c.BySpan != nil {
		l.refuse(c.Word(), CodeUnsupported, "tstats over a data model, or with a span, is not evaluated", "what a data model holds is not in the text")
		return r
	}
	for _, k := range c.By {
		if !l.indexed(k.Text) {
			l.refuse(k, CodeOpenFields, k.Text+" is not known as an indexed field", "tstats reads indexed fields only; which they are is not in the text")
		}
	}
	for _, g := range c.Aggs {
		if g.Arg != nil && !l.indexed(g.Arg.Text) {
			l.refuse(g.Arg, CodeOpenFields, g.Arg.Text+" is not known as an indexed field", "tstats reads indexed fields only; which they are is not in the text")
		}
	}
	events := l.events(&syntax.Search{Expr: c.Where}, true)
	if l.wrong("tstats-by-keeps-absent") {
		l.opts.misread = "stats-by-keeps-absent"
	}
	return l.stats(events, c.Aggs, c.By, c, true)
}

// indexed reports whether a field is an indexed one: the default fields are, others by declaration.
func (l *lowerer) indexed(field string) bool {
	switch field {
	case "index", "host", "source", "sourcetype", "_time":
		return true
	}
	return slices.Contains(l.opts.Indexed, field)
}
