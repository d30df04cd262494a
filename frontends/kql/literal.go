package kql

import (
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

func (l *lowerer) literal(x *syntax.Literal) ir.Expr {
	l.noteJoined(x.Dyn)
	v := literalValue(x)
	if s, ok := v.V.(string); ok && v.Type == ir.String {
		if name, ok := placeholder(s); ok {
			return &ir.Param{At: at(x), Name: name, T: ir.String}
		}
	}
	return &ir.Lit{At: at(x), Value: v}
}

// textLiteral reads the forms of a time that the documentation lists beside ISO 8601. A time of day is one of today.
func textLiteral(x *syntax.BadLiteral) (ir.Expr, bool) {
	text := strings.Trim(x.Text, `"' `)
	lit := func(t ir.Type, n int64) ir.Expr { return &ir.Lit{At: at(x), Value: ir.Value{Type: t, V: n}} }
	switch x.Kind {
	case syntax.KindDatetime:
		if n, ok := ir.ParseDatetime(text); ok {
			return lit(ir.Datetime, n), true
		}
		if n, ok := ir.ParseTimeOfDay(text); ok {
			today := &ir.Bin{At: at(x), X: &ir.Now{At: at(x)}, Width: ir.Value{Type: ir.Timespan, V: ir.Day}}
			return &ir.Arith{At: at(x), Op: "+", L: today, R: lit(ir.Timespan, n), T: ir.Datetime}, true
		}
	case syntax.KindTimespan:
		if n, ok := ir.ParseTimespan(text); ok {
			return lit(ir.Timespan, n), true
		}
	}
	return nil, false
}

// placeholder reads {{Name}}, which workbooks and hunting pages fill in.
func placeholder(s string) (string, bool) {
	name, ok := strings.CutPrefix(s, "{{")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, "}}")
	return name, ok && name != "" && !strings.ContainsAny(name, "{} ")
}

func literalValue(x *syntax.Literal) ir.Value {
	t, _ := ir.ParseType(x.Kind.String())
	if x.Null {
		return ir.Null(t)
	}
	switch x.Kind {
	case syntax.KindString, syntax.KindGUID, syntax.KindDecimal:
		return ir.Value{Type: t, V: x.Str}
	case syntax.KindInt, syntax.KindLong, syntax.KindTimespan:
		return ir.Value{Type: t, V: x.Int}
	case syntax.KindReal:
		return ir.Value{Type: t, V: x.Real}
	case syntax.KindBool:
		return ir.Value{Type: t, V: x.Bool}
	case syntax.KindDatetime:
		return ir.Value{Type: t, V: ir.TicksOf(x.Time)}
	case syntax.KindDynamic:
		return ir.Value{Type: t, V: dynamicValue(x.Dyn)}
	default:
		return ir.Value{Type: t}
	}
}

func dynamicValue(d *syntax.Dynamic) any {
	switch d.Kind {
	case syntax.DynArray:
		out := make([]any, len(d.Items))
		for i, it := range d.Items {
			out[i] = dynamicValue(it)
		}
		return out
	case syntax.DynBag:
		out := ir.Bag{}
		for _, f := range d.Fields {
			out = append(out, ir.Member{Key: f.Key, Value: dynamicValue(f.Value)})
		}
		return out
	case syntax.DynScalar:
		if d.Scalar == nil {
			return nil
		}
		v := literalValue(d.Scalar)
		// A time inside a dynamic literal is text with 7 digits, a span of time its ticks (recorded).
		if t, ok := v.V.(int64); ok && v.Type == ir.Datetime {
			return ir.TimeOf(t).Format("2006-01-02T15:04:05.0000000Z")
		}
		return v.V
	default:
		return nil
	}
}
