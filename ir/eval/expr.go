package eval

import (
	"fmt"
	"math"
	"math/big"
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

// compare applies an operator with the null rules: one null makes == false and != true, everything else with null is null.
// Strict null rules make it null always.
func (r *runner) compare(op ir.CmpOp, a, b ir.Value) ir.Value {
	a, b = scalar(a), scalar(b)
	unknown := ir.Value{Type: ir.Bool}
	if a.IsNull() || b.IsNull() {
		if a.IsNull() && b.IsNull() || r.env.Strict {
			return unknown
		}
		switch op {
		case ir.Eq:
			return boolean(false)
		case ir.Ne:
			return boolean(true)
		default:
			return unknown
		}
	}
	c, ok := order(a, b)
	switch op {
	case ir.Eq:
		return boolean(ok && c == 0)
	case ir.Ne:
		return boolean(!ok || c != 0)
	}
	if !ok {
		if isNaN(a) || isNaN(b) {
			return boolean(false)
		}
		return unknown
	}
	switch op {
	case ir.Lt:
		return boolean(c < 0)
	case ir.Le:
		return boolean(c <= 0)
	case ir.Gt:
		return boolean(c > 0)
	case ir.Ge:
		return boolean(c >= 0)
	default:
		return unknown
	}
}

func isNaN(v ir.Value) bool {
	f, ok := v.V.(float64)
	return ok && math.IsNaN(f)
}

// order compares two values that are not null; ok is false when they have no order.
func order(a, b ir.Value) (c int, ok bool) {
	if a.Type.Numeric() && b.Type.Numeric() {
		return orderNumbers(a, b)
	}
	if a.Type != b.Type {
		// A dynamic leaf meets a typed value: dates and ids are text in JSON; with a number, the texts are compared (1 in ("1")).
		switch {
		case a.Type == ir.String:
			return orderText(a, b)
		case b.Type == ir.String:
			c, ok = orderText(b, a)
			return -c, ok
		}
		return 0, false
	}
	switch x := a.V.(type) {
	case string:
		return strings.Compare(x, b.V.(string)), true
	case int64:
		return compareInt(x, b.V.(int64)), true
	case bool:
		if x == b.V.(bool) {
			return 0, true
		}
		if x {
			return 1, true
		}
		return -1, true
	case []any, ir.Bag:
		if ir.JSONText(a.V) == ir.JSONText(b.V) {
			return 0, true
		}
		return 0, false
	default:
		return 0, false
	}
}

func orderText(s, other ir.Value) (int, bool) {
	switch other.Type {
	case ir.Datetime, ir.Timespan, ir.GUID:
		v, err := cast(s, other.Type)
		if err != nil || v.IsNull() {
			return 0, false
		}
		return order(v, other)
	default:
		v, err := cast(other, ir.String)
		if err != nil {
			return 0, false
		}
		return order(s, v)
	}
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func orderNumbers(a, b ir.Value) (int, bool) {
	x, xok := a.V.(int64)
	y, yok := b.V.(int64)
	if xok && yok {
		return compareInt(x, y), true
	}
	p, q := rational(a), rational(b)
	if p != nil && q != nil {
		return p.Cmp(q), true
	}
	// Infinities and NaN have no rational.
	f, g := float(a), float(b)
	switch {
	case f < g:
		return -1, true
	case f > g:
		return 1, true
	case f == g:
		return 0, true
	}
	return 0, false
}

func rational(v ir.Value) *big.Rat {
	switch x := v.V.(type) {
	case int64:
		return new(big.Rat).SetInt64(x)
	case float64:
		return new(big.Rat).SetFloat64(x)
	case string:
		if q, ok := new(big.Rat).SetString(x); ok {
			return q
		}
	}
	return nil
}

func float(v ir.Value) float64 {
	switch x := v.V.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	}
	if q := rational(v); q != nil {
		f, _ := q.Float64()
		return f
	}
	return math.NaN()
}

// scalar takes a leaf out of a dynamic value; arrays and bags stay dynamic.
func scalar(v ir.Value) ir.Value {
	if v.Type != ir.Dynamic {
		return v
	}
	switch v.V.(type) {
	case bool:
		return ir.Value{Type: ir.Bool, V: v.V}
	case int64:
		return ir.Value{Type: ir.Long, V: v.V}
	case float64:
		return ir.Value{Type: ir.Real, V: v.V}
	case string:
		return ir.Value{Type: ir.String, V: v.V}
	default:
		return v
	}
}

// plain is the value as it stands inside a dynamic. JSON has no dates, so they become text with 7 digits as in KQL.
func plain(v ir.Value) any {
	switch v.Type {
	case ir.Datetime, ir.Timespan:
		s, err := cast(v, ir.String)
		if err != nil || v.IsNull() {
			return nil
		}
		return s.V
	case ir.Decimal:
		if q := rational(v); q != nil {
			f, _ := q.Float64()
			return f
		}
		return nil
	default:
		return v.V
	}
}

func arith(e *ir.Arith, a, b ir.Value) (ir.Value, error) {
	if a.IsNull() || b.IsNull() {
		return ir.Value{Type: e.T}, nil
	}
	v, err := arithTyped(e.Op, a, b)
	if err != nil {
		return v, errorAt(e.At, "%v", err)
	}
	if n, ok := v.V.(int64); ok && v.Type == ir.Datetime && !ir.InDatetimeRange(n) {
		v.V = nil
	}
	if e.T != ir.TypeUnset && v.Type != e.T {
		if v, err = cast(v, e.T); err != nil {
			return v, errorAt(e.At, "%v", err)
		}
	}
	return v, nil
}

func arithTyped(op string, a, b ir.Value) (ir.Value, error) {
	bad := fmt.Errorf("%s %s %s is not defined", a.Type, op, b.Type)
	at, bt := a.Type, b.Type
	switch {
	case at == ir.Datetime && bt == ir.Datetime && op == "-":
		return ir.Value{Type: ir.Timespan, V: a.V.(int64) - b.V.(int64)}, nil
	case at == ir.Datetime && bt == ir.Timespan && op == "+", at == ir.Timespan && bt == ir.Datetime && op == "+":
		return ir.Value{Type: ir.Datetime, V: a.V.(int64) + b.V.(int64)}, nil
	case at == ir.Datetime && bt == ir.Timespan && op == "-":
		return ir.Value{Type: ir.Datetime, V: a.V.(int64) - b.V.(int64)}, nil
	case at == ir.Datetime && bt == ir.Timespan && op == "/":
		return reals(op, float(a), float(b))
	case at == ir.Datetime && bt == ir.Timespan && op == "%":
		return integers(op, ir.Timespan, a.V.(int64), b.V.(int64))
	case at == ir.Timespan && bt == ir.Timespan:
		if op == "/" {
			return ir.Value{Type: ir.Real, V: float(a) / float(b)}, nil
		}
		if op == "*" {
			return ir.Value{}, bad
		}
		return integers(op, ir.Timespan, a.V.(int64), b.V.(int64))
	case at == ir.Timespan && bt.Numeric() && (op == "*" || op == "/"):
		return scale(op, a, b)
	case at.Numeric() && bt == ir.Timespan && op == "*":
		return scale(op, b, a)
	case at.Numeric() && bt.Numeric():
		return numbers(op, a, b)
	}
	if at == ir.Dynamic || bt == ir.Dynamic || at == ir.String || bt == ir.String {
		// An array, bag or text that came out of a dynamic value has no number in it.
		return ir.Value{Type: ir.Real}, nil
	}
	return ir.Value{}, bad
}

func scale(op string, span, by ir.Value) (ir.Value, error) {
	t, f := span.V.(int64), float(by)
	if n, ok := by.V.(int64); ok && op == "*" {
		p := t * n
		if t != 0 && (p/t != n || t == -1 && n == math.MinInt64) {
			return ir.Value{Type: ir.Timespan}, nil
		}
		return ir.Value{Type: ir.Timespan, V: p}, nil
	}
	if op == "/" {
		f = float64(t) / f
	} else {
		f = float64(t) * f
	}
	return ticks(ir.Timespan, f), nil
}

func ticks(t ir.Type, f float64) ir.Value {
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return ir.Value{Type: t}
	}
	return ir.Value{Type: t, V: int64(f)}
}

func numbers(op string, a, b ir.Value) (ir.Value, error) {
	x, xok := a.V.(int64)
	y, yok := b.V.(int64)
	switch {
	case xok && yok:
		return integers(op, ir.Long, x, y)
	case a.Type == ir.Decimal || b.Type == ir.Decimal:
		return decimals(op, rational(a), rational(b))
	default:
		return reals(op, float(a), float(b))
	}
}

func integers(op string, t ir.Type, x, y int64) (ir.Value, error) {
	out := ir.Value{Type: t}
	switch op {
	case "+":
		out.V = x + y
	case "-":
		out.V = x - y
	case "*":
		out.V = x * y
	case "/":
		if y != 0 {
			out.V = x / y
		}
	case "%":
		if y != 0 {
			m := x % y
			if m < 0 {
				m += max(y, -y)
			}
			out.V = m
		}
	default:
		return out, fmt.Errorf("operator %q is unknown", op)
	}
	return out, nil
}

func reals(op string, x, y float64) (ir.Value, error) {
	out := ir.Value{Type: ir.Real}
	switch op {
	case "+":
		out.V = x + y
	case "-":
		out.V = x - y
	case "*":
		out.V = x * y
	case "/":
		out.V = x / y
	case "%":
		m := math.Mod(x, y)
		if m < 0 {
			m += math.Abs(y)
		}
		out.V = m
	default:
		return out, fmt.Errorf("operator %q is unknown", op)
	}
	return out, nil
}

func decimals(op string, x, y *big.Rat) (ir.Value, error) {
	out := ir.Value{Type: ir.Decimal}
	if x == nil || y == nil {
		return out, nil
	}
	z := new(big.Rat)
	switch op {
	case "+":
		z.Add(x, y)
	case "-":
		z.Sub(x, y)
	case "*":
		z.Mul(x, y)
	case "/":
		if y.Sign() == 0 {
			return out, nil
		}
		z.Quo(x, y)
	case "%":
		if y.Sign() == 0 {
			return out, nil
		}
		z.Sub(x, floorTo(x, new(big.Rat).Abs(y)))
	default:
		return out, fmt.Errorf("operator %q on decimals is unknown", op)
	}
	out.V = decimalText(z)
	return out, nil
}

// decimalText writes a decimal with up to 28 digits behind the point.
func decimalText(q *big.Rat) string {
	s := q.FloatString(28)
	s = strings.TrimRight(s, "0")
	return strings.TrimSuffix(s, ".")
}

func negate(e *ir.Neg, v ir.Value) (ir.Value, error) {
	switch x := v.V.(type) {
	case nil:
		return v, nil
	case int64:
		if v.Type == ir.Datetime {
			break
		}
		return ir.Value{Type: v.Type, V: -x}, nil
	case float64:
		return ir.Value{Type: v.Type, V: -x}, nil
	case string:
		if v.Type == ir.Decimal {
			if q := rational(v); q != nil {
				return ir.Value{Type: v.Type, V: decimalText(q.Neg(q))}, nil
			}
		}
	}
	return v, errorAt(e.At, "minus %s is not defined", v.Type)
}
