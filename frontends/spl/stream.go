package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// maxStreamWindow is max_stream_window (limits.conf [streamstats]): the events that a window of time holds at most.
const maxStreamWindow = 10_000

// running is the part of streamstats that every aggregate shares.
type running struct {
	spec          ir.Running
	time          ir.Expr   // seconds, null without a window of time
	before, after ir.Expr   // conditions under which the aggregates begin anew
	keys          []ir.Expr // null: the row is in no group
	row           ir.Expr   // the number of the row
	cols          []ir.Named
}

// streamstats adds to each row statistics over the rows before it and itself: one accumulator per group, or a window
// (searchbnf.conf [streamstats-command]). Rows without a BY field are ignored and get no value.
func (l *lowerer) streamstats(r *rows, c *syntax.Stats) *rows {
	l.onlyOptions(c.Options, "current", "window", "time_window", "global", "reset_on_change", "allnum=f")
	if l.wrong("streamstats-sees-all-rows") {
		return l.eventstats(r, c)
	}
	a := at(c)
	l.inOrder(r, c)
	w := &statsWork{lowerer: l, base: r, n: c, agg: &ir.Aggregate{At: a}, run: l.runningOf(r, c)}
	for _, g := range l.spread(r, c.Aggs, c.By, c) {
		w.add(g)
	}
	if len(w.run.cols) > 0 {
		r.add(&ir.Extend{At: a, Cols: w.run.cols})
	}
	for _, col := range w.run.cols {
		r.temps = append(r.temps, col.Name)
	}
	if len(c.By) > 0 {
		w.inGroupsOnly()
	}
	r.add(&ir.Extend{At: a, Cols: w.after})
	for _, g := range w.after {
		r.know(g.Name)
	}
	r.sorted = true
	return r
}

// inGroupsOnly removes the results of rows that are in no group.
func (w *statsWork) inGroupsOnly() {
	var present []ir.Expr
	for _, k := range w.run.keys {
		present = append(present, not(isNull(k)))
	}
	for i, g := range w.after {
		w.after[i].X = choose(ir.Dynamic, null(at(w.n)), ir.Branch{If: and(present...), Then: g.X})
	}
}

// runningOf reads the options of streamstats.
func (l *lowerer) runningOf(r *rows, c *syntax.Stats) *running {
	a := at(c)
	id := l.numbered(r, c)
	r.temps = append(r.temps, id)
	run := &running{time: lit(ir.Real, nil, a), row: &ir.Col{At: a, Name: id, T: ir.Long}}
	run.spec.Current = isTrue(c.Options.Get("current"), true) || l.wrong("streamstats-ignores-current")
	run.spec.OnChange = isTrue(c.Options.Get("reset_on_change"), false) && !l.wrong("reset-on-change-is-ignored")
	if !l.wrong("streamstats-ignores-window") {
		run.spec.Window = number(c.Options.Get("window"), 0)
	}
	run.spec.PerGroup = !isTrue(c.Options.Get("global"), true) && !l.wrong("streamstats-ignores-global") || l.wrong("streamstats-windows-are-per-group")
	if v := c.Options.Get("time_window"); v != nil && !l.wrong("streamstats-ignores-time-window") {
		l.timeWindow(r, run, v)
	}
	run.before, run.after = l.resets(r, c)
	for _, k := range c.By {
		key := l.text(l.col(r, k.Text, k))
		if l.wrong("streamstats-by-keeps-absent") {
			key = &ir.Fill{At: a, X: key, With: ir.Value{Type: ir.String, V: ""}}
		}
		run.keys = append(run.keys, l.once(r, val{x: key, k: textKind}).x)
	}
	return run
}

// timeWindow reads time_window: rows less than a span away, at most maxStreamWindow of them or as many as window says.
func (l *lowerer) timeWindow(r *rows, run *running, v *syntax.Value) {
	n, unit, ok := syntax.ParseSpan(v.Text)
	seconds := spanSeconds[unit]
	if !ok || seconds == 0 {
		l.unsupported(v, "the span "+v.Text)
	}
	run.spec.Span = float64(int64(n) * seconds)
	run.time = l.num(l.col(r, "_time", v))
	if run.spec.Window == 0 || run.spec.Window > maxStreamWindow {
		run.spec.Window = maxStreamWindow
	}
}

// resets are the conditions of reset_before and reset_after. The second may read what the command itself writes; that is refused.
func (l *lowerer) resets(r *rows, c *syntax.Stats) (before, after ir.Expr) {
	before, after = lit(ir.Bool, false, at(c)), lit(ir.Bool, false, at(c))
	if x := c.Reset["reset_before"]; x != nil && !l.wrong("reset-before-is-ignored") {
		before = known(l.bool(r, x))
	}
	x := c.Reset["reset_after"]
	if x == nil || l.wrong("reset-after-is-ignored") {
		return before, after
	}
	syntax.Inspect(x, func(x syntax.Expr) {
		f, ok := x.(*syntax.FieldRef)
		if ok && slices.ContainsFunc(c.Aggs, func(g *syntax.Agg) bool { return g.Column() == f.Name }) {
			l.unsupported(x, "reset_after with a field that the command writes")
		}
	})
	after = known(l.bool(r, x))
	if l.wrong("reset-after-is-before") {
		before, after = after, before
	}
	return before, after
}

// runningColumn adds a running aggregate under a helper name and returns it as an expression.
func (w *statsWork) runningColumn(f ir.AggFunc, t ir.Type, cond ir.Expr, limit int64, each bool, args ...ir.Expr) ir.Expr {
	a := at(w.n)
	spec := w.run.spec
	spec.Agg, spec.Values, spec.Cap, spec.Each = f, len(args), limit, each
	if cond == nil {
		cond = lit(ir.Bool, true, a)
	}
	all := append(slices.Clone(args), cond, w.run.time, w.run.before, w.run.after)
	name := w.helper()
	w.run.cols = append(w.run.cols, ir.Named{Name: name, X: &ir.RowCall{At: a, Func: ir.RunningCall, T: t, Running: &spec, Args: append(all, w.run.keys...)}})
	return &ir.Col{At: a, Name: name, T: t}
}

// runningValues are values, list and dc of streamstats.
func (w *statsWork) runningValues(f string, v val) ir.Expr {
	a := at(w.n)
	x := w.lowerer.stored(v)
	present := not(isNull(v.x))
	switch f {
	case "list":
		return oneOrMany(w.runningColumn(ir.MakeList, ir.Dynamic, present, listCap, true, x))
	case "values":
		return oneOrMany(call("array_sort_asc", ir.Dynamic, a, w.runningColumn(ir.MakeSet, ir.Dynamic, present, 0, true, x)))
	default:
		return w.runningColumn(ir.DCount, ir.Long, present, 0, true, x)
	}
}

// runningDeviation is stdev and var of streamstats: null for too few numbers.
func (w *statsWork) runningDeviation(f string, v val) ir.Expr {
	a := at(w.n)
	is := isNumber(v, w.lowerer)
	fn := map[string]ir.AggFunc{"stdev": ir.Stdev, "stdevp": ir.StdevP, "var": ir.Variance, "varp": ir.VarianceP}[f]
	least := int64(2)
	if strings.HasSuffix(f, "p") {
		least = 1
	}
	n := w.column(ir.Count, ir.Long, is, 0)
	few := &ir.Compare{At: a, Op: ir.Lt, L: n, R: lit(ir.Long, least, a)}
	return choose(ir.Dynamic, w.stored(w.column(fn, ir.Real, is, 0, w.num(v))), ir.Branch{If: few, Then: null(a)})
}

// runningCount adds a helper column that counts the rows of each group as they come, from 1; null for a row with a null key. With
// onChange it begins anew where the group changes.
func (l *lowerer) runningCount(r *rows, n syntax.Node, keys []ir.Expr, onChange bool) string {
	a := at(n)
	no := lit(ir.Bool, false, a)
	args := append([]ir.Expr{lit(ir.Bool, true, a), lit(ir.Real, nil, a), no, no}, keys...)
	name := l.helper()
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: name, X: &ir.RowCall{At: a, Func: ir.RunningCall, T: ir.Long, Args: args,
		Running: &ir.Running{Agg: ir.Count, Current: true, OnChange: onChange}}}}})
	r.temps = append(r.temps, name)
	return name
}

// failures adds a helper column that counts the rows up to each one for which a condition does not hold.
func (l *lowerer) failures(r *rows, n syntax.Node, holds ir.Expr, current bool) ir.Expr {
	a := at(n)
	no := lit(ir.Bool, false, a)
	name := l.helper()
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: name, X: &ir.RowCall{At: a, Func: ir.RunningCall, T: ir.Long,
		Args: []ir.Expr{not(holds), lit(ir.Real, nil, a), no, no}, Running: &ir.Running{Agg: ir.Count, Current: current}}}}})
	r.temps = append(r.temps, name)
	return &ir.Col{At: a, Name: name, T: ir.Long}
}
