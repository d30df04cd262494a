package ir

import "github.com/huntc/huntc/diag"

// take moves a conjunct into the window when it bounds the time column by something that reads no column. ok is false when the
// window has that end already.
func (w *Window) take(e Expr, time string) (taken, ok bool) {
	if b, isB := e.(*Between); isB && isCol(b.X, time) && constant(b.Lo) && constant(b.Hi) {
		if w.From != nil || w.To != nil {
			return false, false
		}
		*w = Window{b.Lo, b.Hi, true, true}
		return true, true
	}
	c, isC := e.(*Compare)
	if !isC {
		return false, true
	}
	op, bound := c.Op, c.R
	if !isCol(c.L, time) {
		if !isCol(c.R, time) {
			return false, true
		}
		op, bound = c.Op.Mirrored(), c.L
	}
	if !constant(bound) {
		return false, true
	}
	switch op {
	case Gt, Ge:
		if w.From != nil {
			return false, false
		}
		w.From, w.FromClosed = bound, op == Ge
	case Lt, Le:
		if w.To != nil {
			return false, false
		}
		w.To, w.ToClosed = bound, op == Le
	default:
		return false, true
	}
	return true, true
}

// filter writes the window as a condition on the baseline's time column.
func (w Window) filter(b *Baseline) []Op {
	xs := w.conditions(b.Time, b.TimeType)
	if len(xs) == 0 {
		return nil
	}
	return []Op{&Filter{b.At, AndOf(xs)}}
}

// conditions are the bounds of the window on a column of time.
func (w Window) conditions(time string, t Type) []Expr {
	col := func(at diag.Span) Expr { return &Col{At{at}, time, t} }
	var xs []Expr
	if w.From != nil {
		op := Gt
		if w.FromClosed {
			op = Ge
		}
		xs = append(xs, &Compare{At{w.From.Span()}, op, col(w.From.Span()), w.From})
	}
	if w.To != nil {
		op := Lt
		if w.ToClosed {
			op = Le
		}
		xs = append(xs, &Compare{At{w.To.Span()}, op, col(w.To.Span()), w.To})
	}
	return xs
}

// or keeps the rows of either window. A window within the other adds nothing.
func (w Window) or(v Window, t *Table, at At) []Op {
	switch {
	case w.within(v):
		w = v
	case v.within(w):
	default:
		either := &Or{At: at}
		for _, x := range []Window{w, v} {
			either.Xs = append(either.Xs, AndOf(x.conditions(t.Time, Datetime)))
		}
		return []Op{&Filter{at, either}}
	}
	if xs := w.conditions(t.Time, Datetime); len(xs) > 0 {
		return []Op{&Filter{at, AndOf(xs)}}
	}
	return nil
}

// within reports whether every time of w is known to be one of v.
func (w Window) within(v Window) bool {
	from := v.From == nil || w.From != nil && (Text(v.From) == Text(w.From) && (v.FromClosed || !w.FromClosed) || surelyBefore(v.From, w.From))
	to := v.To == nil || w.To != nil && (Text(v.To) == Text(w.To) && (v.ToClosed || !w.ToClosed) || surelyBefore(w.To, v.To))
	return from && to
}

// Covers reports whether every time is known to be in w or in v: one of them has no end and begins before the other, which has no beginning,
// is over.
func (w Window) Covers(v Window) bool { return w.meets(v) || v.meets(w) }

func (w Window) meets(v Window) bool {
	switch {
	case w.From == nil && w.To == nil:
		return true
	case w.From != nil || v.To != nil:
		return false
	case v.From == nil:
		return true
	}
	return Text(w.To) == Text(v.From) && (w.ToClosed || v.FromClosed) || surelyBefore(v.From, w.To)
}

// surelyBefore compares times that count from now.
func surelyBefore(a, b Expr) bool {
	_, hi, aok := sinceNow(a)
	lo, _, bok := sinceNow(b)
	return aok && bok && hi < lo
}

// sinceNow bounds a time by its distance from now, in ticks.
func sinceNow(e Expr) (lo, hi int64, ok bool) {
	switch e := e.(type) {
	case *Now:
		return 0, 0, true
	case *Arith:
		lit, isLit := e.R.(*Lit)
		lo, hi, ok := sinceNow(e.L)
		if !isLit || !ok || lit.Value.Type != Timespan {
			return 0, 0, false
		}
		by, isTicks := lit.Value.V.(int64)
		switch {
		case !isTicks:
			return 0, 0, false
		case e.Op == "+":
			return lo + by, hi + by, true
		case e.Op == "-":
			return lo - by, hi - by, true
		}
	case *Bin:
		width, isTicks := e.Width.V.(int64)
		lo, hi, ok := sinceNow(e.X)
		return lo - width, hi, ok && isTicks && e.Width.Type == Timespan
	}
	return 0, 0, false
}
