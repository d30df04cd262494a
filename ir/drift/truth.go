package drift

import (
	"github.com/huntc/huntc/ir"
)

func valueKind(k Kind) Dir {
	d := None
	if k&ValueUp != 0 {
		d |= Up
	}
	if k&ValueDown != 0 {
		d |= Down
	}
	if k&TruthAny != 0 {
		d = Any
	}
	return d
}

// truth says how a condition may differ: MayBeTrue, MayBeFalse.
func (c *calculus) truth(e ir.Expr, s state) Kind {
	var t Kind
	switch e := e.(type) {
	case *ir.And:
		for _, x := range e.Xs {
			t |= c.truth(x, s)
		}
	case *ir.Or:
		for _, x := range e.Xs {
			t |= c.truth(x, s)
		}
	case *ir.Not:
		t = flip(c.truth(e.X, s))
	case *ir.Compare:
		t = compareTruth(e.Op, c.value(e.L, s), c.value(e.R, s))
	default:
		if c.value(e, s) != None && !c.is(e) {
			t = TruthAny
		}
	}
	if c.is(e) {
		t |= c.leaf.Kind & TruthAny
		if c.leaf.Kind&ValueAny != 0 {
			t = TruthAny
		}
	}
	return t
}

func flip(t Kind) Kind {
	var f Kind
	if t&MayBeTrue != 0 {
		f |= MayBeFalse
	}
	if t&MayBeFalse != 0 {
		f |= MayBeTrue
	}
	return f
}

func compareTruth(op ir.CmpOp, l, r Dir) Kind {
	if l == None && r == None {
		return 0
	}
	if r != None {
		return TruthAny
	}
	more := op == ir.Gt || op == ir.Ge
	less := op == ir.Lt || op == ir.Le
	switch {
	case more && l == Up, less && l == Down:
		return MayBeTrue
	case more && l == Down, less && l == Up:
		return MayBeFalse
	}
	return TruthAny
}

// value says how an expression's value may differ. A drifting part makes the whole drift in any direction, except where it is
// the whole.
func (c *calculus) value(e ir.Expr, s state) Dir {
	if e == nil {
		return None
	}
	d := None
	switch e := e.(type) {
	case *ir.Col:
		d = s.of(e.Name)
	case *ir.Scalar:
		if sub := c.pipeline(e.Pipe, state{}); sub.any() || sub.order {
			d = Any
		}
	case *ir.InTable:
		if c.value(e.X, s) != None || c.pipeline(e.Pipe, state{}).any() {
			d = Any
		}
	case *ir.AnyColumn, *ir.PackAll, *ir.IfExists:
		if s.hasValues() {
			d = Any // they read columns that they do not name
		}
	case *ir.And, *ir.Or, *ir.Not, *ir.Compare:
		if c.truth(e, s) != 0 {
			d = Any
		}
	default:
		for _, x := range ir.Children(e) {
			if c.value(x, s) != None {
				d = Any
			}
		}
	}
	if c.is(e) {
		d |= valueKind(c.leaf.Kind)
	}
	return d
}
