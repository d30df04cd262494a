package ir

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Type is the type of a column or expression. KQL strings are never null; every other type can be.
type Type int

const (
	TypeUnset Type = iota
	Bool
	Int
	Long
	Real
	Decimal
	String
	Datetime
	Timespan
	GUID
	Dynamic
)

var typeNames = [...]string{"unset", "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"}

func (t Type) String() string { return typeNames[t] }

// ParseType reads a KQL type name and its aliases; ok is false for an unknown one.
func ParseType(name string) (t Type, ok bool) {
	switch strings.ToLower(name) {
	case "boolean":
		return Bool, true
	case "date":
		return Datetime, true
	case "double":
		return Real, true
	case "time":
		return Timespan, true
	case "uuid", "uniqueid":
		return GUID, true
	}
	for i, n := range typeNames {
		if i > 0 && n == strings.ToLower(name) {
			return Type(i), true
		}
	}
	return TypeUnset, false
}

// Numeric reports whether arithmetic and ordering by number apply.
func (t Type) Numeric() bool { return t == Int || t == Long || t == Real || t == Decimal }

// Value is a constant or a cell. V is nil for null and otherwise: bool; int64 for int and long; float64 for real; string for
// string, guid and decimal; int64 ticks of 100 ns for timespan, and since 0001-01-01 UTC for datetime; for dynamic nil, bool,
// int64, float64, string, []any or Bag.
type Value struct {
	Type Type
	V    any
}

// Bag is a JSON object that keeps the order of its keys.
type Bag []Member

// Member is one key of a Bag.
type Member struct {
	Key   string
	Value any
}

// Get returns the value of key.
func (b Bag) Get(key string) (any, bool) {
	for _, m := range b {
		if m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// Null is the null of a type; for String it is "", because KQL strings are never null.
func Null(t Type) Value {
	if t == String {
		return Value{String, ""}
	}
	return Value{t, nil}
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.V == nil }

// Tick units: 100 ns, as KQL counts.
const (
	Tick        int64 = 1
	Millisecond       = 10_000 * Tick
	Second            = 1000 * Millisecond
	Minute            = 60 * Second
	Hour              = 60 * Minute
	Day               = 24 * Hour
)

// unixEpoch is 1970-01-01 in ticks since 0001-01-01.
const unixEpoch int64 = 621_355_968_000_000_000

// TicksOf converts a time to ticks since 0001-01-01 UTC; finer than 100 ns is cut.
func TicksOf(t time.Time) int64 {
	return unixEpoch + t.Unix()*Second + int64(t.Nanosecond())/100
}

// TimeOf converts ticks since 0001-01-01 UTC to a time.
func TimeOf(ticks int64) time.Time {
	d := ticks - unixEpoch
	sec := d / Second
	rest := d % Second
	return time.Unix(sec, rest*100).UTC()
}

// FormatTimespan writes ticks as KQL does: [-][d.]hh:mm:ss[.fffffff].
func FormatTimespan(ticks int64) string {
	neg := ticks < 0
	u := uint64(ticks)
	if neg {
		u = -u
	}
	d, r := u/uint64(Day), u%uint64(Day)
	s := fmt.Sprintf("%02d:%02d:%02d", r/uint64(Hour), r/uint64(Minute)%60, r/uint64(Second)%60)
	if f := r % uint64(Second); f != 0 {
		s += fmt.Sprintf(".%07d", f)
	}
	if d > 0 {
		s = fmt.Sprintf("%d.%s", d, s)
	}
	if neg {
		s = "-" + s
	}
	return s
}

// FormatDatetime writes ticks as ISO 8601 in UTC with 7 fraction digits when there is a fraction.
func FormatDatetime(ticks int64) string {
	t := TimeOf(ticks)
	if ticks%Second == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.0000000Z")
}

// DurationText writes a timespan as KQL would, in the largest unit that is exact: 5m, 14d, 36h.
func DurationText(ticks int64) string {
	for _, u := range []struct {
		t int64
		n string
	}{{Day, "d"}, {Hour, "h"}, {Minute, "m"}, {Second, "s"}, {Millisecond, "ms"}} {
		if ticks != 0 && ticks%u.t == 0 {
			return strconv.FormatInt(ticks/u.t, 10) + u.n
		}
	}
	if ticks == 0 {
		return "0s"
	}
	return strconv.FormatInt(ticks, 10) + "tick"
}

// String writes the value in the IR's text form (KQL's literal forms).
func (v Value) String() string {
	if v.V == nil {
		return v.Type.String() + "(null)"
	}
	switch v.Type {
	case String:
		return strconv.Quote(v.V.(string))
	case Datetime:
		return "datetime(" + FormatDatetime(v.V.(int64)) + ")"
	case Timespan:
		return DurationText(v.V.(int64))
	case Dynamic:
		return "dynamic(" + JSONText(v.V) + ")"
	case Real:
		return literalReal(v.V.(float64))
	case Bool, Int, Long, Decimal, GUID:
		return fmt.Sprint(v.V)
	default:
		return fmt.Sprintf("invalid(%v)", v.V)
	}
}

// literalReal writes a real as the IR's text form.
func literalReal(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Sprintf("real(%v)", f)
	}
	return RealText(f)
}

// RealText writes a real as KQL's tostring does: always with a point or an exponent.
func RealText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e15) {
		format = 'e'
	}
	s := strconv.FormatFloat(f, format, -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// JSONText writes a dynamic value as compact JSON, keys in their order, as KQL's tostring does.
func JSONText(v any) string {
	var b strings.Builder
	writeJSON(&b, v)
	return b.String()
}

func writeJSON(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case string:
		b.WriteString(quoteJSON(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b.WriteString(quoteJSON(RealText(v)))
			return
		}
		b.WriteString(RealText(v))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, e)
		}
		b.WriteByte(']')
	case Bag:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteJSON(m.Key) + ":")
			writeJSON(b, m.Value)
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v)
	}
}

func quoteJSON(s string) string { return Quote(s, func(r rune) bool { return r < 0x20 }) }

// Quote writes a text between quotes with the escapes that JSON and KQL share. escape says which runes become \uxxxx; the quote, the
// backslash and the common control characters have escapes of their own whatever it says. Every rune that it holds for lies below 0x10000.
func Quote(s string, escape func(rune) bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case escape(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
