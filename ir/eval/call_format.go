package eval

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/ir"
)

// formatMarks are the characters that may stand between the elements of a format. learn.microsoft.com/kusto/query/format-datetime-function
const formatMarks = " /-:,._[]"

// elements writes a format whose elements are runs of one letter. write gives the text of a run, ok is false for one that is unknown.
func elements(format string, write func(run string) (s string, ok bool)) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); {
		c := format[i]
		if strings.IndexByte(formatMarks, c) >= 0 {
			b.WriteByte(c)
			i++
			continue
		}
		n := i
		for n < len(format) && format[n] == c {
			n++
		}
		s, ok := write(format[i:n])
		if !ok {
			return "", fmt.Errorf("the format element %q is not supported", format[i:n])
		}
		b.WriteString(s)
		i = n
	}
	return b.String(), nil
}

// padded writes a number in one digit or more, or in two.
func padded(n int64, width int) (string, bool) {
	return fmt.Sprintf("%0*d", width, n), width <= 2
}

// fraction writes ticks of a second: f cuts behind the digits asked for, F leaves trailing zeros out too.
func fraction(ticks int64, run string) (string, bool) {
	if len(run) > 7 {
		return "", false
	}
	s := fmt.Sprintf("%07d", ticks)[:len(run)]
	if run[0] == 'F' {
		s = strings.TrimRight(s, "0")
	}
	return s, true
}

func formatDatetime(a []ir.Value) (ir.Value, error) {
	t, err := instant(a[0])
	if err != nil || t.IsNull() {
		return none(ir.String), err
	}
	at := t.V.(int64)
	s, err := elements(asText(a[1]), func(run string) (string, bool) { return datetimeElement(at, run) })
	return text(s), err
}

func datetimeElement(t int64, run string) (string, bool) {
	at := ir.TimeOf(t)
	hour := int64(at.Hour())
	switch run[0] {
	case 'y':
		if len(run) == 4 {
			return fmt.Sprintf("%04d", at.Year()), true
		}
		return padded(int64(at.Year()%100), len(run))
	case 'M':
		return padded(int64(at.Month()), len(run))
	case 'd':
		return padded(int64(at.Day()), len(run))
	case 'H':
		return padded(hour, len(run))
	case 'h':
		return padded((hour+11)%12+1, len(run))
	case 't':
		if hour < 12 {
			return "AM", len(run) == 2
		}
		return "PM", len(run) == 2
	case 'm':
		return padded(int64(at.Minute()), len(run))
	case 's':
		return padded(int64(at.Second()), len(run))
	case 'f', 'F':
		return fraction(t%ir.Second, run)
	default:
		return "", false
	}
}

// formatTimespan has no element for a sign, and its page says nothing of negative values.
// learn.microsoft.com/kusto/query/format-timespan-function
func formatTimespan(a []ir.Value) (ir.Value, error) {
	v, err := cast(a[0], ir.Timespan)
	if err != nil || v.IsNull() {
		return none(ir.String), err
	}
	t := v.V.(int64)
	if t < 0 {
		return none(ir.String), fmt.Errorf("the format of the negative timespan %s is not documented", ir.FormatTimespan(t))
	}
	s, err := elements(asText(a[1]), func(run string) (string, bool) { return timespanElement(t, run) })
	return text(s), err
}

func timespanElement(t int64, run string) (string, bool) {
	switch run[0] {
	case 'd':
		return fmt.Sprintf("%0*d", len(run), t/ir.Day), len(run) <= 8
	case 'H', 'h':
		return padded(t/ir.Hour%24, len(run))
	case 'm':
		return padded(t/ir.Minute%60, len(run))
	case 's':
		return padded(t/ir.Second%60, len(run))
	case 'f', 'F':
		return fraction(t%ir.Second, run)
	default:
		return "", false
	}
}
