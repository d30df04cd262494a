package spl

import "github.com/huntc/huntc/ir"

// function writes a function whose name or arguments differ in SPL; ok is false where it has no form.
func (e *emitter) function(x *ir.Call) (text, bool) {
	for _, f := range []func(*ir.Call) (text, bool){e.textFunction, e.numberFunction, e.timeFunction, e.addressFunction} {
		if t, ok := f(x); ok {
			return t, true
		}
	}
	return text{}, false
}

// longText is the length from which a value that a form needs more than once gets a field of its own.
const longText = 80

// once returns a value that may be written several times.
func (e *emitter) once(v text) text {
	if len(v.s) < longText {
		return v
	}
	return atom(e.fieldOf("x", v.s))
}

// fieldOf gives a text a field of its own, the same one within a step.
func (e *emitter) fieldOf(kind, v string) string {
	t, ok := e.made[v]
	if !ok {
		t = e.temp(kind)
		e.eval(t, v)
		e.made[v] = t
	}
	return t
}

// constant is a text that is known when the search is written.
func (e *emitter) constant(x ir.Expr) (string, bool) {
	if p, ok := x.(*ir.Param); ok && p.Default != nil && !e.in.KeepParams {
		x = p.Default
	}
	return ir.ConstString(x)
}

// whole is a whole number that is known when the search is written.
func (e *emitter) whole(x ir.Expr) (int64, bool) {
	switch x := x.(type) {
	case *ir.Param:
		if x.Default != nil && !e.in.KeepParams {
			return e.whole(x.Default)
		}
	case *ir.Neg:
		n, ok := e.whole(x.X)
		return -n, ok
	case *ir.Lit:
		if x.Value.Type == ir.Int || x.Value.Type == ir.Long {
			n, ok := x.Value.V.(int64)
			return n, ok
		}
	}
	return 0, false
}
