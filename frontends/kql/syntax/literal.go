package syntax

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Ticks of 100 ns per unit of time.
const (
	ticksPerSecond = 10_000_000
	ticksPerMinute = 60 * ticksPerSecond
	ticksPerHour   = 60 * ticksPerMinute
	ticksPerDay    = 24 * ticksPerHour
	nanosPerTick   = 100
)

// timeUnits are the suffixes of a timespan literal, in nanoseconds. Read-only.
var timeUnits = map[string]int64{
	"d": ticksPerDay * nanosPerTick, "day": ticksPerDay * nanosPerTick, "days": ticksPerDay * nanosPerTick,
	"h": ticksPerHour * nanosPerTick, "hr": ticksPerHour * nanosPerTick, "hrs": ticksPerHour * nanosPerTick,
	"hour": ticksPerHour * nanosPerTick, "hours": ticksPerHour * nanosPerTick,
	"m": ticksPerMinute * nanosPerTick, "min": ticksPerMinute * nanosPerTick, "minute": ticksPerMinute * nanosPerTick, "minutes": ticksPerMinute * nanosPerTick,
	"s": 1e9, "sec": 1e9, "second": 1e9, "seconds": 1e9,
	"ms": 1e6, "milli": 1e6, "millis": 1e6, "millisec": 1e6, "millisecond": 1e6, "milliseconds": 1e6,
	"micro": 1e3, "micros": 1e3, "microsec": 1e3, "microsecond": 1e3, "microseconds": 1e3,
	"nano": 1, "nanos": 1, "nanosec": 1, "nanosecond": 1, "nanoseconds": 1,
	"tick": nanosPerTick, "ticks": nanosPerTick,
}

func isTimeUnit(unit string) bool { return timeUnits[unit] > 0 }

// spanTicks decodes 1.5h; exact arithmetic, so that 0.1s is a million ticks and not one less.
func spanTicks(s string) (int64, bool) {
	i := 0
	for i < len(s) && (isDigit(s[i]) || s[i] == '.') {
		i++
	}
	unit := timeUnits[strings.TrimSpace(s[i:])]
	return scaled(s[:i], big.NewRat(unit, nanosPerTick))
}

// scaled multiplies a decimal number by a unit and drops what is smaller than a tick.
func scaled(number string, unit *big.Rat) (int64, bool) {
	r, ok := new(big.Rat).SetString(number)
	if !ok || unit.Sign() == 0 {
		return 0, false
	}
	r.Mul(r, unit)
	q := new(big.Int).Quo(r.Num(), r.Denom())
	return q.Int64(), q.IsInt64()
}

// timespanTicks decodes what timespan(...) may hold: 2d, 3 (days), 1.02:03:04.5, 00:05:00.
func timespanTicks(s string) (int64, bool) {
	sign := int64(1)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s, sign = rest, -1
	}
	if len(s) == 0 || !isDigit(s[0]) || len(s) > 40 {
		return 0, false
	}
	if !strings.Contains(s, ":") {
		if strings.Trim(s, "0123456789.") == "" {
			t, ok := scaled(s, big.NewRat(ticksPerDay, 1))
			return sign * t, ok
		}
		t, ok := spanTicks(s)
		return sign * t, ok
	}
	t, ok := clockTicks(s)
	return sign * t, ok
}

func clockTicks(s string) (int64, bool) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	days := "0"
	if d, h, ok := strings.Cut(parts[0], "."); ok {
		days, parts[0] = d, h
	}
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	total := int64(0)
	for i, unit := range []int64{ticksPerDay, ticksPerHour, ticksPerMinute, ticksPerSecond} {
		text := days
		if i > 0 {
			text = parts[i-1]
		}
		t, ok := scaled(text, big.NewRat(unit, 1))
		if !ok || t < 0 || total > math.MaxInt64-t {
			return 0, false
		}
		total += t
	}
	return total, true
}

// timeLayouts are the forms that datetime(...) takes here: those that the language lists, and numbers with slashes, month first. All
// are read as UTC unless they carry an offset. Read-only.
// https://learn.microsoft.com/kusto/query/scalar-data-types/datetime#supported-formats
var timeLayouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999 Z07:00",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999 Z07:00",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15", "2006-01-02 15", "2006-1-2", "2006-01", "2006",
	"2006-1-2 15:04:05.999999999", "2006-1-2 15:04",
	"2006/1/2", "2006/1/2 15:04:05.999999999", "2006/1/2 15:04",
	"1/2/2006", "1/2/2006 15:04:05.999999999", "1/2/2006 15:04", "1/2/2006 3:04:05 PM", "1/2/2006 3:04:05.999999999 PM",
	"Mon, 2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04", "2 Jan 2006", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "Jan 2, 2006", "2006-01-02 3:04:05 PM",
	"Mon, 2 Jan 06 15:04:05", "Mon, 2 Jan 06 15:04", "2 Jan 06 15:04:05", "2 Jan 06 15:04",
	"Monday, 02-Jan-06 15:04:05", "Monday, 02-Jan-06 15:04", "02-Jan-06 15:04:05", "02-Jan-06 15:04",
}

// parseTime reads a datetime. Of the names of zones only GMT is one; the library would take any other for an offset of zero. A year
// of two digits from 30 to 68 is in another century for every reader, so that none is taken.
func parseTime(s string) (time.Time, bool) {
	text, gmt := strings.CutSuffix(s, " GMT")
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, text)
		switch {
		case err != nil, gmt && strings.Contains(layout, "Z07:00"):
			continue
		case strings.Contains(layout, " 06 ") || strings.Contains(layout, "-06 "):
			return t.UTC(), t.Year() < 2030
		}
		return t.UTC(), true
	}
	return time.Time{}, false
}

// decodeTyped fills the literal for datetime(text) and its like; it reports false when the text does not fit.
func decodeTyped(l *Literal, text string) bool {
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		text = text[1 : n-1]
	}
	if text == "null" {
		l.Null = true
		return true
	}
	var err error
	ok := true
	switch l.Kind {
	case KindDatetime:
		l.Time, ok = parseTime(text)
	case KindTimespan:
		l.Int, ok = timespanTicks(text)
	case KindInt:
		l.Int, err = parseInt(text, 32)
	case KindLong:
		l.Int, err = parseInt(text, 64)
	case KindReal:
		l.Real, err = strconv.ParseFloat(text, 64)
	case KindDecimal:
		_, ok = new(big.Float).SetString(text)
		l.Str = text
	case KindGUID:
		l.Str = strings.ToLower(text)
		ok = isGUID(l.Str)
	case KindBool:
		l.Bool, ok = decodeBool(text)
	default:
		ok = false
	}
	return ok && err == nil
}

// parseInt reads decimal and 0x digits; a leading zero does not mean octal, as Go's base 0 would have it.
func parseInt(s string, bits int) (int64, error) {
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		return strconv.ParseInt(hex, 16, bits)
	}
	return strconv.ParseInt(s, 10, bits)
}

func decodeBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

func isGUID(s string) bool {
	n := 0
	for _, c := range []byte(s) {
		switch {
		case isDigit(c) || c >= 'a' && c <= 'f':
			n++
		case c != '-':
			return false
		}
	}
	return n == 32
}

// decodeNumber fills a long or a real.
func decodeNumber(l *Literal, text string) bool {
	l.Kind = KindLong
	var err error
	switch {
	case strings.HasPrefix(text, "0x"), strings.HasPrefix(text, "0X"):
		l.Int, err = strconv.ParseInt(text[2:], 16, 64)
	case strings.ContainsAny(text, ".eE"):
		l.Kind = KindReal
		l.Real, err = strconv.ParseFloat(text, 64)
	default:
		l.Int, err = strconv.ParseInt(text, 10, 64)
	}
	return err == nil
}
