package spl

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

func (e *emitter) name(x ir.Expr, name string) text {
	if e.timeColumn[name] {
		name = e.timeField
	}
	s, ok := evalName(name)
	if !ok {
		return e.refuse(e.f.columnBad, x)
	}
	e.use(e.f.column, x)
	return atom(s)
}

func (e *emitter) field(x *ir.Field) text {
	info := x.Info
	if info == nil {
		info = &ir.FieldInfo{}
	}
	switch {
	case info.Time:
		return e.name(x, e.timeField)
	case info.Container != "":
		return e.jsonField(x, info.Container, info.Key)
	case indexed.MatchString(x.Name):
		// Splunk extracts a{}.b for all elements at once; one element is read from the event itself.
		return e.jsonField(x, "_raw", x.Name)
	case x.T == ir.Datetime && !numericStore(info.Type):
		return e.refuse(e.f.datetimeField, x)
	}
	return e.name(x, x.Name)
}

// storedTime reports whether a field is a time that Splunk keeps as text.
func storedTime(x *ir.Field) bool {
	return x.T == ir.Datetime && x.Info != nil && !x.Info.Time && x.Info.Container == "" && !indexed.MatchString(x.Name) && !numericStore(x.Info.Type)
}

func numericStore(t string) bool {
	switch t {
	case "epoch", "number", "long", "double":
		return true
	}
	return false
}

func (e *emitter) jsonField(x *ir.Field, container, path string) text {
	c, ok := evalName(container)
	p, ok2 := evalString(path)
	if !ok || !ok2 {
		return e.refuse(e.f.columnBad, x)
	}
	e.use(e.f.jsonAccess, x)
	return atom("json_extract(" + c + "," + p + ")")
}

func (e *emitter) literal(at ir.Expr, v ir.Value) text {
	if v.IsNull() {
		e.use(e.f.literal, at)
		return atom("null()")
	}
	switch v.Type {
	case ir.Datetime, ir.Timespan, ir.Int, ir.Long:
		n, ok := v.V.(int64)
		if !ok {
			break
		}
		e.use(e.f.literal, at)
		s := strconv.FormatInt(n, 10)
		switch v.Type {
		case ir.Datetime:
			s = seconds(epochTicks(n))
		case ir.Timespan:
			s = seconds(n)
		}
		if strings.HasPrefix(s, "-") {
			return text{s, precMul}
		}
		return atom(s)
	case ir.Real, ir.Decimal:
		if s := v.String(); numberLike.MatchString(s) {
			e.use(e.f.literal, at)
			if strings.HasPrefix(s, "-") {
				return text{s, precMul}
			}
			return atom(s)
		}
	case ir.Bool, ir.String, ir.GUID, ir.Dynamic:
		var s string
		switch d := v.V.(type) {
		case string:
			s = d
		case bool:
			s = strconv.FormatBool(d)
		default:
			s = ir.JSONText(d)
		}
		if lit, ok := evalString(s); ok {
			e.use(e.f.literal, at)
			return atom(lit)
		}
	}
	return e.refuse(e.f.literalBad, at)
}
