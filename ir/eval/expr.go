package eval

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/ir"
)

// eval computes an expression on one row.
func (r *runner) eval(t *rel, row []ir.Value, e ir.Expr) (ir.Value, error) {
	v, err := r.node(t, row, e)
	return r.settle(v), err
}

func (r *runner) node(t *rel, row []ir.Value, e ir.Expr) (ir.Value, error) {
	sub := func(x ir.Expr) (ir.Value, error) { return r.eval(t, row, x) }
	switch e := e.(type) {
	case *ir.Col:
		return r.column(t, row, e)
	case *ir.Field:
		return r.field(t, row, e)
	case *ir.Lit:
		return e.Value, nil
	case *ir.Param:
		return r.param(t, row, e)
	case *ir.Now:
		if r.env.Now == 0 {
			return ir.Value{}, errorAt(e.At, "the query uses the current time, and none was given")
		}
		return ir.Value{Type: ir.Datetime, V: r.env.Now}, nil
	case *ir.Access:
		v, err := sub(e.X)
		if err != nil {
			return v, err
		}
		return ir.Value{Type: ir.Dynamic, V: r.walk(v.V, e.Steps)}, nil
	case *ir.Match:
		return r.match(t, row, e)
	case *ir.Compare:
		vs, err := r.all(t, row, e.L, e.R)
		if err != nil {
			return ir.Value{}, err
		}
		return r.compare(e.Op, vs[0], vs[1]), nil
	case *ir.Between:
		vs, err := r.all(t, row, e.X, e.Lo, e.Hi)
		if err != nil {
			return ir.Value{}, err
		}
		return and3(r.compare(ir.Ge, vs[0], vs[1]), r.compare(ir.Le, vs[0], vs[2])), nil
	case *ir.And:
		return r.fold(t, row, e.Xs, false)
	case *ir.Or:
		return r.fold(t, row, e.Xs, true)
	case *ir.Not:
		v, err := sub(e.X)
		if err != nil {
			return v, err
		}
		if b, ok := scalar(v).V.(bool); ok {
			return boolean(!b), nil
		}
		if !v.IsNull() {
			return v, errorAt(e.At, "not of a %s is not defined", v.Type)
		}
		return ir.Value{Type: ir.Bool}, nil
	case *ir.Arith:
		vs, err := r.all(t, row, e.L, e.R)
		if err != nil {
			return ir.Value{}, err
		}
		return arith(e, scalar(vs[0]), scalar(vs[1]))
	case *ir.Neg:
		v, err := sub(e.X)
		if err != nil {
			return v, err
		}
		if v.Type == ir.Dynamic {
			return negateDynamic(v), nil
		}
		return negate(e, v)
	case *ir.Call:
		if f, ok := nodeCalls[e.Func]; ok {
			vs, err := r.all(t, row, e.Args...)
			if err != nil {
				return ir.Value{}, err
			}
			return f(r, e, vs)
		}
		return r.call(t, row, e)
	case *ir.Cast:
		v, err := sub(e.X)
		if err != nil {
			return v, err
		}
		if e.To == ir.Dynamic && v.Type == ir.String {
			return parseJSON(v), nil
		}
		out, err := cast(v, e.To)
		if err != nil {
			return out, errorAt(e.At, "%v", err)
		}
		return out, nil
	case *ir.Bin:
		v, err := sub(e.X)
		if err != nil {
			return v, err
		}
		out, err := binValue(scalar(v), e.Width)
		if err != nil {
			return out, errorAt(e.At, "%v", err)
		}
		return out, nil
	case *ir.Cond:
		return r.cond(t, row, e)
	case *ir.IsNull:
		v, err := sub(e.X)
		return boolean(v.IsNull()), err
	case *ir.IsEmpty:
		v, err := sub(e.X)
		return boolean(v.IsNull() || v.V == ""), err
	case *ir.Absent:
		v, err := sub(e.X)
		return boolean(v.IsNull()), err
	case *ir.Fill:
		v, err := sub(e.X)
		if err == nil && v.IsNull() {
			v = e.With
		}
		return v, err
	case *ir.List:
		vs, err := r.all(t, row, e.Elems...)
		if err != nil {
			return ir.Value{}, err
		}
		list := make([]any, len(vs))
		for i, v := range vs {
			list[i] = plain(v)
		}
		return ir.Value{Type: ir.Dynamic, V: list}, nil
	case *ir.Pack:
		if len(e.Keys) != len(e.Vals) {
			return ir.Value{}, errorAt(e.At, "a bag with %d keys and %d values", len(e.Keys), len(e.Vals))
		}
		vs, err := r.all(t, row, e.Vals...)
		if err != nil {
			return ir.Value{}, err
		}
		bag := ir.Bag{}
		for i, v := range vs {
			bag = put(bag, e.Keys[i], plain(v))
		}
		return ir.Value{Type: ir.Dynamic, V: bag}, nil
	case *ir.Scalar:
		return r.scalarQuery(e)
	case *ir.InTable:
		return r.inTable(t, row, e)
	case *ir.AnyColumn:
		return r.anyColumn(t, row, e)
	case *ir.PackAll:
		return r.packAll(t, row, e), nil
	case *ir.IfExists:
		return r.ifExists(t, row, e)
	default:
		return ir.Value{}, fmt.Errorf("the evaluator does not know the expression %T", e)
	}
}

func (r *runner) all(t *rel, row []ir.Value, xs ...ir.Expr) ([]ir.Value, error) {
	out := make([]ir.Value, len(xs))
	for i, x := range xs {
		v, err := r.eval(t, row, x)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (r *runner) column(t *rel, row []ir.Value, e *ir.Col) (ir.Value, error) {
	if i, ok := t.index[e.Name]; ok {
		return row[i], nil
	}
	if t.open {
		return r.null(e.T), nil
	}
	return ir.Value{}, errorAt(e.At, "no column %q", e.Name)
}

// field reads a field of the target by its full name, or by the path below a column that holds objects.
func (r *runner) field(t *rel, row []ir.Value, e *ir.Field) (ir.Value, error) {
	v := ir.Value{Type: e.T}
	if i, ok := t.index[e.Name]; ok {
		v = row[i]
	} else {
		parts := strings.Split(e.Name, ".")
		for n := len(parts) - 1; n > 0; n-- {
			if i, ok := t.index[strings.Join(parts[:n], ".")]; ok {
				steps := make([]ir.Step, 0, len(parts)-n)
				for _, p := range parts[n:] {
					steps = append(steps, ir.Step{Key: p})
				}
				v = ir.Value{Type: ir.Dynamic, V: r.walk(row[i].V, steps)}
				break
			}
		}
	}
	if v.IsNull() {
		return r.null(e.T), nil
	}
	if e.T == ir.TypeUnset || v.Type == e.T {
		return v, nil
	}
	out, err := cast(v, e.T)
	if err != nil {
		return out, errorAt(e.At, "field %s: %v", e.Name, err)
	}
	return out, nil
}

func (r *runner) param(t *rel, row []ir.Value, e *ir.Param) (ir.Value, error) {
	v, ok := r.env.Params[e.Name]
	if !ok {
		if e.Default == nil {
			return v, errorAt(e.At, "parameter %s has no value", e.Name)
		}
		return r.eval(t, row, e.Default)
	}
	if v.Type == e.T || e.T == ir.TypeUnset {
		return v, nil
	}
	out, err := cast(v, e.T)
	if err == nil && out.IsNull() && !v.IsNull() {
		err = fmt.Errorf("%s is no %s", v, e.T)
	}
	if err != nil {
		return out, errorAt(e.At, "parameter %s: %v", e.Name, err)
	}
	return out, nil
}

// walk reads inside a dynamic value; what is not there is nil.
func (r *runner) walk(x any, steps []ir.Step) any {
	for i, s := range steps {
		if s.IsIndex {
			list, ok := x.([]any)
			n := s.Index
			if n < 0 {
				n += len(list)
			}
			if !ok || n < 0 || n >= len(list) {
				return nil
			}
			x = list[n]
			continue
		}
		bag, ok := x.(ir.Bag)
		if !ok {
			return nil
		}
		v, ok := bag.Get(s.Key)
		if !ok {
			if r.env.Strict {
				return r.walkDotted(bag, steps[i:])
			}
			return nil
		}
		x = v
	}
	return x
}

// walkDotted finds a path that a target stores as one key with dots, such as the members of an array kept as indexed objects.
func (r *runner) walkDotted(bag ir.Bag, steps []ir.Step) any {
	key := steps[0].Key
	for i, s := range steps[1:] {
		if s.IsIndex {
			return nil
		}
		key += "." + s.Key
		if v, ok := bag.Get(key); ok {
			return r.walk(v, steps[i+2:])
		}
	}
	return nil
}

// put sets a key of a bag; the last value of a key wins and the first place.
func put(b ir.Bag, key string, v any) ir.Bag {
	for i := range b {
		if b[i].Key == key {
			b[i].Value = v
			return b
		}
	}
	return append(b, ir.Member{Key: key, Value: v})
}

func boolean(b bool) ir.Value { return ir.Value{Type: ir.Bool, V: b} }

func long(n int64) ir.Value { return ir.Value{Type: ir.Long, V: n} }

func text(s string) ir.Value { return ir.Value{Type: ir.String, V: s} }

// fold is and (stop = false) and or (stop = true) of three-valued logic.
func (r *runner) fold(t *rel, row []ir.Value, xs []ir.Expr, stop bool) (ir.Value, error) {
	unknown := false
	for _, x := range xs {
		v, err := r.eval(t, row, x)
		if err != nil {
			return v, err
		}
		b, ok := scalar(v).V.(bool)
		if ok && b == stop {
			return boolean(stop), nil
		}
		unknown = unknown || !ok
	}
	if unknown {
		return ir.Value{Type: ir.Bool}, nil
	}
	return boolean(!stop), nil
}

func and3(a, b ir.Value) ir.Value {
	if a.IsNull() || b.IsNull() {
		return ir.Value{Type: ir.Bool}
	}
	return boolean(a.V.(bool) && b.V.(bool))
}

func (r *runner) cond(t *rel, row []ir.Value, e *ir.Cond) (ir.Value, error) {
	pick := e.Else
	for _, b := range e.Branches {
		ok, err := r.isTrue(t, row, b.If)
		if err != nil {
			return ir.Value{}, err
		}
		if ok {
			pick = b.Then
			break
		}
	}
	v, err := r.eval(t, row, pick)
	if err != nil || e.T == ir.TypeUnset || v.Type == e.T {
		return v, err
	}
	if e.T == ir.Dynamic {
		return ir.Value{Type: ir.Dynamic, V: plain(v)}, nil
	}
	out, err := cast(v, e.T)
	if err != nil {
		return out, errorAt(e.At, "%v", err)
	}
	return out, nil
}
