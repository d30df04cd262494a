package kql

import (
	"math"
	"math/big"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// build makes the node of a function whose number of arguments is right.
func (l *lowerer) build(f fact, x *syntax.Call, c *ctx) ir.Expr {
	switch f.form {
	case formToscalar:
		return l.toscalar(x, c)
	case formExtract:
		return l.extract(f, x, c)
	case formPackAll:
		return l.packAll(x, c)
	case formIfExists:
		return l.ifExists(x, c)
	}
	args := make([]ir.Expr, len(x.Args))
	bad := false
	for i := range x.Args {
		args[i] = l.argument(x, i, c)
		bad = bad || isBad(args[i])
	}
	if bad {
		return &ir.Bad{At: at(x)}
	}
	return l.form(f, x, args)
}

func (l *lowerer) form(f fact, x *syntax.Call, args []ir.Expr) ir.Expr {
	pos := at(x)
	switch f.form {
	case formCall:
		t, ok := f.result(args)
		if !ok {
			return l.fail(CodeType, x.Span(), "the arguments of %s have different types", f.name)
		}
		return &ir.Call{At: pos, Func: f.name, Args: args, T: t}
	case formReplace:
		return &ir.Call{At: pos, Func: "replace_regex", Args: []ir.Expr{args[2], args[0], args[1]}, T: f.t}
	case formPackColumns:
		return l.packColumns(x, args)
	case formCast:
		return l.cast(f.t, pos, args[0])
	case formNow:
		if len(args) == 0 {
			return &ir.Now{At: pos}
		}
		return &ir.Arith{At: pos, Op: "+", L: &ir.Now{At: pos}, R: args[0], T: ir.Datetime}
	case formAgo:
		if t := ir.TypeOf(args[0]); t != ir.Timespan && t != ir.TypeUnset {
			return l.fail(CodeType, args[0].Span(), "ago needs a timespan, found %s", t)
		}
		return &ir.Arith{At: pos, Op: "-", L: &ir.Now{At: pos}, R: args[0], T: ir.Datetime}
	case formBin:
		return l.bin(x, args[0], args[1])
	case formCond:
		return l.cond(x, args)
	case formNot:
		// Unlike != this keeps null null, so == under not() is never turned into !=.
		return &ir.Not{At: pos, X: args[0]}
	case formIsNull:
		return &ir.IsNull{At: pos, X: args[0]}
	case formNotNull:
		return &ir.Not{At: pos, X: &ir.IsNull{At: pos, X: args[0]}}
	case formIsEmpty:
		return &ir.IsEmpty{At: pos, X: args[0]}
	case formNotEmpty:
		return &ir.Not{At: pos, X: &ir.IsEmpty{At: pos, X: args[0]}}
	case formPack:
		return l.pack(x, args)
	case formList:
		return &ir.List{At: pos, Elems: args}
	default:
		return l.refuse(x.Func.Span(), "the function "+f.name, "", "")
	}
}

// cast converts; a placeholder takes the type itself, with a default for the two times that hunting pages fill in.
func (l *lowerer) cast(t ir.Type, pos ir.At, x ir.Expr) ir.Expr {
	p, ok := x.(*ir.Param)
	if !ok || p.T != ir.String || p.Default != nil {
		return &ir.Cast{At: pos, To: t, X: x}
	}
	out := &ir.Param{At: pos, Name: p.Name, T: t}
	if t == ir.Datetime {
		switch p.Name {
		case "StartTimeISO":
			day := &ir.Lit{At: pos, Value: ir.Value{Type: ir.Timespan, V: ir.Day}}
			out.Default = &ir.Arith{At: pos, Op: "-", L: &ir.Now{At: pos}, R: day, T: ir.Datetime}
		case "EndTimeISO":
			out.Default = &ir.Now{At: pos}
		}
	}
	return out
}

func (l *lowerer) bin(x *syntax.Call, v, width ir.Expr) ir.Expr {
	w, constant := fold(width).(*ir.Lit)
	t, wt := ir.TypeOf(v), ir.TypeOf(width)
	if t == ir.Dynamic {
		return l.refuse(x.Span(), "bin of a dynamic value", "", "convert it first")
	}
	if t.Numeric() && wt > t && (wt == ir.Real || wt == ir.Decimal) {
		v, t = &ir.Cast{At: ir.At{S: v.Span()}, To: wt, X: v}, wt
	}
	switch {
	case (t == ir.Datetime || t == ir.Timespan) && wt != ir.Timespan, t.Numeric() && !wt.Numeric():
		return l.fail(CodeType, width.Span(), "cannot bin %s by %s", t, wt)
	case t != ir.TypeUnset && t != ir.Datetime && t != ir.Timespan && !t.Numeric():
		return l.fail(CodeType, x.Span(), "cannot bin a value of type %s", t)
	case !constant || w.Value.IsNull():
		return &ir.Call{At: at(x), Func: "bin", Args: []ir.Expr{v, width}, T: ir.TypeOf(&ir.Bin{X: v})}
	case !positive(w.Value):
		return l.fail(CodeType, width.Span(), "the width of a bin must be positive")
	}
	return &ir.Bin{At: at(x), X: v, Width: w.Value}
}

func positive(v ir.Value) bool {
	switch n := v.V.(type) {
	case int64:
		return n > 0
	case float64:
		return n > 0
	case string:
		q, ok := new(big.Rat).SetString(n)
		return ok && q.Sign() > 0 && v.Type == ir.Decimal
	}
	return false
}

func (l *lowerer) cond(x *syntax.Call, args []ir.Expr) ir.Expr {
	if len(args)%2 == 0 {
		return l.fail(CodeArguments, x.Span(), "case takes pairs and one value for the rest, found %d arguments", len(args))
	}
	out := &ir.Cond{At: at(x), Else: args[len(args)-1]}
	values := []ir.Expr{}
	for i := 0; i+1 < len(args); i += 2 {
		if t := ir.TypeOf(args[i]); t != ir.Bool && t != ir.TypeUnset && t != ir.Dynamic {
			return l.fail(CodeType, args[i].Span(), "the condition is %s, expected bool", t)
		}
		out.Branches = append(out.Branches, ir.Branch{If: args[i], Then: args[i+1]})
		values = append(values, args[i+1])
	}
	t, ok := commonType(append(values, out.Else))
	if !ok {
		return l.fail(CodeType, x.Span(), "the values of %s have different types", x.Func.Name)
	}
	out.T = t
	return out
}

// packColumns packs columns under their own names.
func (l *lowerer) packColumns(x *syntax.Call, args []ir.Expr) ir.Expr {
	p := &ir.Pack{At: at(x), Vals: args}
	for i, a := range x.Args {
		if _, ok := args[i].(*ir.Col); !ok {
			return l.refuse(a.Span(), "an argument of bag_pack_columns that is no column", "", "use bag_pack and name the key")
		}
		p.Keys = append(p.Keys, l.resultName(a))
	}
	return p
}

// commonType is the type that all values share, or the widest number; ok is false when there is none.
func commonType(xs []ir.Expr) (t ir.Type, ok bool) {
	for _, x := range xs {
		u := ir.TypeOf(x)
		switch {
		case t == ir.TypeUnset:
			t = u
		case t == u || u == ir.TypeUnset:
		case t.Numeric() && u.Numeric():
			t = wider(t, u)
		case t == ir.Dynamic || u == ir.Dynamic:
			t = ir.Dynamic
		default:
			return t, false
		}
	}
	return t, true
}

func (l *lowerer) pack(x *syntax.Call, args []ir.Expr) ir.Expr {
	if len(args)%2 != 0 {
		return l.fail(CodeArguments, x.Span(), "%s takes pairs of key and value, found %d arguments", x.Func.Name, len(args))
	}
	p := &ir.Pack{At: at(x)}
	for i := 0; i < len(args); i += 2 {
		if t := ir.TypeOf(args[i]); !textual(t) {
			return l.fail(CodeType, args[i].Span(), "a key is %s, expected string", t)
		}
		k, ok := ir.ConstString(args[i])
		if !ok {
			return &ir.Call{At: at(x), Func: "bag_pack", Args: args, T: ir.Dynamic}
		}
		p.Keys, p.Vals = append(p.Keys, k), append(p.Vals, args[i+1])
	}
	return p
}

// extract lowers the functions that take the type of their result as last argument.
func (l *lowerer) extract(f fact, x *syntax.Call, c *ctx) ir.Expr {
	t := f.t
	var args []ir.Expr
	for i, a := range x.Args {
		if to, ok := a.(*syntax.TypeOf); ok {
			typ, known := ir.ParseType(to.Type)
			if !known {
				return l.fail(CodeType, to.Span(), "%s is not a type", to.Type)
			}
			t = typ
			continue
		}
		e := l.argument(x, i, c)
		if isBad(e) {
			return &ir.Bad{At: at(x)}
		}
		args = append(args, e)
	}
	var out ir.Expr = &ir.Call{At: at(x), Func: f.name, Args: args, T: ir.String}
	if t != ir.String {
		out = &ir.Cast{At: at(x), To: t, X: out}
	}
	return out
}

// fold computes an operation on constants of whole numbers, times and spans of time; where the result does not fit it is left.
func fold(e ir.Expr) ir.Expr {
	switch e := e.(type) {
	case *ir.Neg:
		if lit, ok := e.X.(*ir.Lit); ok {
			switch v := lit.Value.V.(type) {
			case int64:
				if v != math.MinInt64 {
					return &ir.Lit{At: e.At, Value: ir.Value{Type: lit.Value.Type, V: -v}}
				}
			case float64:
				return &ir.Lit{At: e.At, Value: ir.Value{Type: lit.Value.Type, V: -v}}
			}
		}
	case *ir.Arith:
		a, aok := whole(e.L)
		b, bok := whole(e.R)
		if !aok || !bok || e.T == ir.Real || e.T == ir.Decimal || e.T == ir.TypeUnset {
			return e
		}
		if v, ok := compute(e.Op, a, b); ok && (e.T != ir.Int || v == int64(int32(v))) && (e.T != ir.Datetime || ir.InDatetimeRange(v)) {
			return &ir.Lit{At: e.At, Value: ir.Value{Type: e.T, V: v}}
		}
	}
	return e
}

func whole(e ir.Expr) (int64, bool) {
	lit, ok := e.(*ir.Lit)
	if !ok {
		return 0, false
	}
	v, ok := lit.Value.V.(int64)
	return v, ok && lit.Value.Type != ir.Dynamic
}

func compute(op string, a, b int64) (int64, bool) {
	switch op {
	case "+":
		s := a + b
		return s, (s > a) == (b > 0)
	case "-":
		s := a - b
		return s, (s < a) == (b > 0)
	case "*":
		if a == 0 || b == 0 {
			return 0, true
		}
		p := a * b
		return p, p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
	case "/":
		if b == 0 || b == -1 {
			return 0, false
		}
		return a / b, true
	default:
		return 0, false
	}
}

// count reads a constant number of rows.
func (l *lowerer) count(x syntax.Expr, env *scope) (int64, bool) {
	e := fold(l.expr(x, &ctx{row: &schema{}, env: env}))
	if isBad(e) {
		return 0, false
	}
	if lit, ok := e.(*ir.Lit); ok && (lit.Value.Type == ir.Long || lit.Value.Type == ir.Int) {
		if n, ok := lit.Value.V.(int64); ok && n >= 0 {
			return n, true
		}
	}
	l.refuse(x.Span(), "a number of rows that is not a constant", "", "")
	return 0, false
}
