package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// reversed turns the order of the rows around (reverse command).
func (l *lowerer) reversed(r *rows, n syntax.Node) {
	l.inOrder(r, n)
	id := l.numbered(r, n)
	r.temps = append(r.temps, id)
	r.add(&ir.Sort{At: at(n), Keys: []ir.SortKey{{X: &ir.Col{At: at(n), Name: id, T: ir.Long}, Desc: true}}})
	r.sorted = true
}

func (l *lowerer) reverse(r *rows, c *syntax.Reverse) {
	if l.wrong("reverse-keeps-the-order") {
		l.inOrder(r, c)
		return
	}
	l.reversed(r, c)
}

// tail keeps the last rows, 10 without a number, from the end of the rows backward (tail command).
func (l *lowerer) tail(r *rows, c *syntax.Tail) {
	n := number(c.N, 10)
	if l.wrong("tail-ignores-its-count") {
		n = 1 << 40
	}
	switch {
	case l.wrong("tail-is-head"):
		l.inOrder(r, c)
		r.add(&ir.Limit{At: at(c), N: n})
		return
	case l.wrong("tail-keeps-the-order"):
		defer l.reversed(r, c)
	}
	l.reversed(r, c)
	r.add(&ir.Limit{At: at(c), N: n})
}

// uniq drops a row that is the same as the one before it in every field (uniq command).
func (l *lowerer) uniq(r *rows, c *syntax.Uniq) {
	if !l.known(r, c) {
		return
	}
	l.inOrder(r, c)
	a := at(c)
	all := &ir.Pack{At: a}
	for _, f := range r.cols {
		x := l.col(r, f, c).x
		all.Keys = append(all.Keys, f)
		all.Vals = append(all.Vals, choose(ir.Dynamic, x, ir.Branch{If: not(isArray(x)), Then: l.text(val{x: x})}))
	}
	whole := l.once(r, val{x: &ir.Cast{At: a, To: ir.String, X: all}, k: textKind})
	n := &ir.Col{At: a, Name: l.runningCount(r, c, []ir.Expr{whole.x}, !l.wrong("uniq-drops-every-repeat")), T: ir.Long}
	r.add(&ir.Filter{At: a, Pred: &ir.Compare{At: a, Op: ir.Eq, L: n, R: lit(ir.Long, int64(1), a)}})
	r.sorted = true
}

// filldown replaces absent values by the last one above that is not ([filldown-command]). Without a list it fills every field but the
// internal ones, which commands on all fields leave alone.
func (l *lowerer) filldown(r *rows, c *syntax.Filldown) {
	names := l.matching(r, c.Names, c)
	if len(c.Names) == 0 {
		if !l.known(r, c) {
			return
		}
		names = slices.DeleteFunc(slices.Clone(r.cols), internal)
	}
	l.inOrder(r, c)
	a := at(c)
	id := l.numbered(r, c)
	r.temps = append(r.temps, id)
	e := &ir.Extend{At: a}
	for _, f := range names {
		x := l.col(r, f, c).x
		spec := ir.Running{Agg: ir.ArgMax, Current: true}
		if l.wrong("filldown-takes-the-first-value") {
			spec.Agg = ir.ArgMin
		}
		last := l.runningOver(r, c, spec, ir.Dynamic, not(isNull(x)), &ir.Col{At: a, Name: id, T: ir.Long}, x)
		e.Cols = append(e.Cols, ir.Named{Name: f, X: firstOf(x, last)})
		if l.wrong("filldown-overwrites") {
			e.Cols[len(e.Cols)-1].X = l.runningOver(r, c, ir.Running{Agg: ir.ArgMin, Current: true}, ir.Dynamic, not(isNull(x)), &ir.Col{At: a, Name: id, T: ir.Long}, x)
		}
	}
	if len(e.Cols) > 0 {
		r.add(e)
	}
	r.know(names...)
	r.sorted = true
}

func internal(field string) bool { return strings.HasPrefix(field, "_") }

// accum is the running total of the numbers of a field, on the rows where it is one ([accum-command]).
func (l *lowerer) accum(r *rows, c *syntax.Accum) {
	l.inOrder(r, c)
	v := l.once(r, l.col(r, c.Field.Text, c))
	is := isNumber(v, l)
	total := ir.Expr(l.runningOver(r, c, ir.Running{Agg: ir.Sum, Current: true}, ir.Real, is, l.num(v)))
	if l.wrong("accum-is-the-value") {
		total = l.num(v)
	}
	l.onNumbers(r, c, is, total, nameOr(c.As, c.Field.Text))
	r.sorted = true
}

// onNumbers writes a number to a field of the rows that meet a condition; the others keep what they have.
func (l *lowerer) onNumbers(r *rows, n syntax.Node, where, x ir.Expr, to string) {
	value := choose(ir.Dynamic, l.col(r, to, n).x, ir.Branch{If: where, Then: l.stored(val{x: x, k: numKind})})
	r.add(&ir.Extend{At: at(n), Cols: []ir.Named{{Name: to, X: value}}})
	r.know(to)
}

func nameOr(n *syntax.Name, otherwise string) string {
	if n == nil {
		return otherwise
	}
	return n.Text
}

// maxBack bounds how far back delta and autoregress look.
const maxBack = 1000

// delta is the difference from the value of the row that stands p rows above ([delta-command]). Where one of these rows has no number
// the evaluation ends: the page says "a previous event's value", which may be that of the row or the last one that exists.
func (l *lowerer) delta(r *rows, c *syntax.Delta) {
	l.onlyOptions(c.Options, "p")
	p := number(c.Options.Get("p"), 1)
	if p < 1 || p > maxBack {
		l.unsupported(c.Options[0], "delta with p below 1 or above "+strconv.Itoa(maxBack))
		return
	}
	if l.wrong("delta-ignores-p") {
		p = 1
	}
	l.inOrder(r, c)
	a := at(c)
	v := l.once(r, l.col(r, c.Field.Text, c))
	is := isNumber(v, l)
	id := &ir.Col{At: a, Name: l.numbered(r, c), T: ir.Long}
	r.temps = append(r.temps, id.Name)
	above := ir.Running{Window: p}
	size, numbers, first := above, above, above
	size.Agg, numbers.Agg, first.Agg = ir.Count, ir.Count, ir.ArgMin
	rowsAbove := l.runningOver(r, c, size, ir.Long, nil)
	numbersAbove := l.runningOver(r, c, numbers, ir.Long, is)
	before := l.runningOver(r, c, first, ir.Real, is, id, l.num(v))
	difference := &ir.Arith{At: a, Op: "-", L: l.num(v), R: before, T: ir.Real}
	if l.wrong("delta-is-the-sum") {
		difference.Op = "+"
	}
	full := func(n ir.Expr) ir.Expr { return &ir.Compare{At: a, Op: ir.Eq, L: n, R: lit(ir.Long, p, a)} }
	x := onlyIf(difference, full(numbersAbove), "delta over a row that has no number in "+c.Field.Text+": no page tells which value is the previous one")
	out := choose(ir.Real, lit(ir.Real, nil, a), ir.Branch{If: full(rowsAbove), Then: x})
	l.onNumbers(r, c, and(is, full(rowsAbove)), out, nameOr(c.As, "delta("+c.Field.Text+")"))
	r.sorted = true
}

// autoregress copies the values of rows above: p rows, or each of a range ([autoregress-command]).
func (l *lowerer) autoregress(r *rows, c *syntax.Autoregress) {
	l.onlyOptions(c.Options, "p")
	from, to, ok := backRange(c.Options.Get("p"))
	switch {
	case !ok:
		l.unsupported(c.Options[0], "autoregress with this p")
		return
	case c.As != nil && from != to:
		l.unsupported(c.As, "autoregress of a range with AS")
		return
	}
	l.inOrder(r, c)
	a := at(c)
	id := &ir.Col{At: a, Name: l.numbered(r, c), T: ir.Long}
	r.temps = append(r.temps, id.Name)
	x := l.col(r, c.Field.Text, c).x
	e := &ir.Extend{At: a}
	for p := from; p <= to; p++ {
		size := l.runningOver(r, c, ir.Running{Agg: ir.Count, Window: p}, ir.Long, nil)
		above := l.runningOver(r, c, ir.Running{Agg: ir.ArgMin, Window: p}, ir.Dynamic, nil, id, x)
		full := &ir.Compare{At: a, Op: ir.Eq, L: size, R: lit(ir.Long, p, a)}
		value := choose(ir.Dynamic, null(a), ir.Branch{If: full, Then: above})
		if l.wrong("autoregress-copies-the-row") {
			value = x
		}
		e.Cols = append(e.Cols, ir.Named{Name: nameOr(c.As, c.Field.Text+"_p"+strconv.FormatInt(p, 10)), X: value})
	}
	r.add(e)
	for _, f := range e.Cols {
		r.know(f.Name)
	}
	r.sorted = true
}

// backRange reads p of autoregress: a number, or a range of at most 100 numbers; 1 when it is not written.
func backRange(v *syntax.Value) (from, to int64, ok bool) {
	if v == nil {
		return 1, 1, true
	}
	first, last, isRange := strings.Cut(v.Text, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	if to = from; isRange {
		if to, err = strconv.ParseInt(last, 10, 64); err != nil {
			return 0, 0, false
		}
	}
	return from, to, from >= 1 && to >= from && to <= maxBack && to-from < 100
}
