package spl

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
)

// agoUnits are the older modifiers that begin the range of a search some units ago ([startdaysago], [daysago] and their like).
// Read-only.
var agoUnits = map[string]string{"daysago": "d", "hoursago": "h", "minutesago": "m", "monthsago": "mon"}

// startAgo is an older modifier as the time modifier that means the same, "" for any other term.
func startAgo(c *syntax.Compare) string {
	unit := agoUnits[strings.TrimPrefix(c.Field.Text, "start")]
	if unit == "" || c.Op != "=" || c.Value == nil {
		return ""
	}
	n, err := strconv.Atoi(c.Value.Text)
	if err != nil || n < 1 {
		return ""
	}
	return "-" + strconv.Itoa(n) + unit
}
