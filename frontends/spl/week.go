package spl

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// weekStart is the day on which the weeks of a span such as 1w@w1 begin, 0 for Sunday ([snap-to-time]).
func weekStart(span string) (int, bool) {
	length, day, ok := strings.Cut(span, "@w")
	if !ok || length != "w" && length != "1w" && length != "1week" {
		return 0, false
	}
	if day == "" {
		return 0, false // the page shows the day
	}
	n, err := strconv.Atoi(day)
	return n % 7, err == nil && n >= 0 && n <= 7
}

// weekOf is the start of the week of a time in seconds; 1970 began on a Thursday.
func (l *lowerer) weekOf(t ir.Expr, day int, a ir.At) ir.Expr {
	if l.wrong("weeks-start-on-thursday") {
		day = 4
	}
	start := float64((day - 4) * 86400)
	return roundDown(t, lit(ir.Real, start, a), lit(ir.Real, 7*86400.0, a))
}
