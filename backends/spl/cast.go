package spl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// cast writes a conversion.
func (e *emitter) cast(x *ir.Cast) text {
	if t, ok := e.constantCast(x); ok {
		return t
	}
	from := ir.TypeOf(x.X)
	use := func(f *emit.Fact) text {
		e.use(f, x)
		return e.value(x.X)
	}
	switch {
	case from == x.To:
		return e.value(x.X)
	case x.To == ir.String:
		return e.castString(x, from)
	case (x.To == ir.Long || x.To == ir.Int || x.To == ir.Real) && from == ir.Bool:
		v := use(e.f.cond).at(precAdd)
		return atom("case(" + v + `=="true",1,` + v + `=="false",0)`)
	case x.To == ir.Real && numberOrText(from), (x.To == ir.Long || x.To == ir.Int) && (from == ir.Int || from == ir.Long):
		return atom("tonumber(" + use(e.f.castNumber).s + ")")
	case x.To == ir.Long && from == ir.Real:
		v := e.once(use(e.f.truncate))
		return atom("if(" + v.at(precAdd) + "<0,ceiling(" + v.s + "),floor(" + v.s + "))")
	case (x.To == ir.Long || x.To == ir.Int) && (from == ir.String || from == ir.Dynamic):
		v := use(e.f.castLong).s
		return atom("if(match(" + v + ", " + regexString(`^-?[0-9]+\z`) + "),tonumber(" + v + "),null())")
	case x.To == ir.Bool && (from == ir.Int || from == ir.Long || from == ir.Real):
		v := e.once(use(e.f.cond))
		return atom("case(" + v.at(precAdd) + `!=0,"true",` + v.at(precAdd) + `==0,"false")`)
	case x.To == ir.Bool && (from == ir.String || from == ir.Dynamic):
		v := e.once(use(e.f.castBoolText))
		is := func(p string) string {
			return "match(" + v.s + ", " + regexString(`^[\t-\r ]*(?:`+p+`)[\t-\r ]*\z`) + ")"
		}
		return atom("case(" + is(`(?i:true)|[-+]?0*(?:[1-9][0-9]{0,17}|`+upTo("9223372036854775807")+`)|-0*9223372036854775808`) + `,"true",` + is(`[Ff][Aa][Ll][Ss][Ee]|[-+]?0+`) + `,"false")`)
	case x.To == ir.Dynamic, x.To == ir.GUID && from == ir.String:
		return use(e.f.castString)
	}
	return e.refuse(e.f.castRefused, x)
}

// upTo is a pattern of the numbers that have as many digits as a number and are not above it, without those that begin with 0.
func upTo(n string) string {
	var alternatives []string
	for i := range n {
		low := byte('0')
		if i == 0 {
			low = '1'
		}
		if n[i] > low {
			alternatives = append(alternatives, fmt.Sprintf("%s[%c-%c][0-9]{%d}", n[:i], low, n[i]-1, len(n)-1-i))
		}
	}
	return strings.Join(append(alternatives, n), "|")
}

// numberOrText are the types of which tonumber() makes a number as the source does: spans of time are seconds here, and ticks there.
func numberOrText(t ir.Type) bool {
	return t.Numeric() || t == ir.String || t == ir.Dynamic || t == ir.TypeUnset
}

// castString writes the text of a value.
func (e *emitter) castString(x *ir.Cast, from ir.Type) text {
	switch from {
	case ir.Bool:
		e.use(e.f.castBool, x)
		v := e.value(x.X).at(precAdd)
		return atom("case(" + v + `=="true","True",` + v + `=="false","False")`)
	case ir.Dynamic, ir.GUID, ir.Int, ir.Long, ir.TypeUnset:
		e.use(e.f.castString, x)
		if e.multi(x.X) {
			return atom("mv_to_json_array(" + e.value(x.X).s + ")")
		}
		return e.value(x.X)
	case ir.Datetime:
		e.use(e.f.fraction, x)
		w := &timeWriter{e: e, t: e.once(e.value(x.X))}
		var parts []string
		for _, run := range []string{"yyyy", "-", "MM", "-", "dd", "T", "HH", ":", "mm", ":", "ss", ".", "fffffff", "Z"} {
			parts = append(parts, w.element(run))
		}
		return text{strings.Join(parts, " . "), precAdd}
	}
	return e.refuse(e.f.castRefused, x)
}

// constantCast converts a constant text when the search is written.
func (e *emitter) constantCast(x *ir.Cast) (text, bool) {
	s, ok := e.constant(x.X)
	if !ok {
		return text{}, false
	}
	v := ir.Value{Type: x.To}
	switch x.To {
	case ir.Datetime:
		if n, ok := ir.ParseDatetime(s); ok {
			v.V = n
		}
	case ir.Timespan:
		if n, ok := ir.ParseTimespan(s); ok {
			v.V = n
		}
	case ir.Bool:
		switch s = strings.ToLower(strings.TrimSpace(s)); s {
		case "true", "false":
			v.V = s == "true"
		default:
			if n, err := strconv.ParseInt(s, 10, 64); err == nil {
				v.V = n != 0
			}
		}
	default:
		return text{}, false
	}
	return e.literal(x, v), true
}
