package ir

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// maxDatetime is the last tick of the year 9999.
const maxDatetime = 3_155_378_975_999_999_999

// InDatetimeRange reports whether ticks stand for a datetime: the years 1 to 9999.
func InDatetimeRange(ticks int64) bool { return 0 <= ticks && ticks <= maxDatetime }

// ParseDatetime reads the text of a datetime: the ISO 8601, RFC 822, RFC 850 and sortable forms of
// learn.microsoft.com/kusto/query/scalar-data-types/datetime, and the date forms that Kusto's engine takes besides. Without a zone
// it is UTC.
func ParseDatetime(s string) (ticks int64, ok bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return inRange(t)
	}
	m := datetimeForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	date, clock, zone := m[1], m[2], m[3]
	for _, d := range dateLayouts {
		day, err := time.Parse(d, date)
		if err != nil {
			continue
		}
		at, ok := parseClock(clock)
		if !ok {
			return 0, false
		}
		off, ok := parseZone(zone)
		if !ok {
			return 0, false
		}
		return inRange(day.Add(at - off))
	}
	return 0, false
}

func inRange(t time.Time) (int64, bool) {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return 0, false
	}
	return TicksOf(t), true
}

// datetimeForm splits an optional day of the week, the date, the time and the zone.
var datetimeForm = regexp.MustCompile(`^(?:(?i:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?i:day)?, ?)?` +
	`([0-9]{1,4}[-/. ][0-9A-Za-z]{1,9}[-/. ][0-9]{1,4}|[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}|[0-9]{4}-[0-9]{2}|[0-9]{8}|[0-9]{4})` +
	`(?:[T ] *([0-9]{1,2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?(?: ?[AaPp][Mm])?))? ?(Z|GMT|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?$`)

// dateLayouts are the forms of the date in Go's notation, where month/day and day month year cannot be taken for one another.
var dateLayouts = []string{"2006-1-2", "2006/1/2", "2006.1.2", "1/2/2006", "1-2-2006", "1.2.2006", "2 Jan 06", "2 Jan 2006", "2 January 2006",
	"2-Jan-06", "2-Jan-2006", "Jan 2, 2006", "January 2, 2006", "20060102", "2006-01", "2006"}

var clockLayouts = []string{"15:04:05", "15:04", "15", "3:04:05 PM", "3:04 PM", "3 PM", "3:04:05PM", "3:04PM"}

// ParseTimeOfDay reads a time of day, such as 15:04 or 3:04:05 PM, as ticks since midnight.
func ParseTimeOfDay(s string) (ticks int64, ok bool) {
	if !strings.Contains(s, ":") {
		return 0, false
	}
	d, ok := parseClock(strings.TrimSpace(s))
	return d.Nanoseconds() / 100, ok
}

func parseClock(s string) (time.Duration, bool) {
	if s == "" {
		return 0, true
	}
	midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, l := range clockLayouts {
		// Seconds may have a fraction whether the layout says so or not.
		if t, err := time.Parse(l, strings.ToUpper(s)); err == nil {
			return t.Sub(midnight), true
		}
	}
	return 0, false
}

func parseZone(s string) (time.Duration, bool) {
	switch s {
	case "", "Z", "GMT", "UTC":
		return 0, true
	}
	for _, l := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(l, s); err == nil {
			_, off := t.Zone()
			return time.Duration(off) * time.Second, true
		}
	}
	return 0, false
}

var (
	clockForm = regexp.MustCompile(`^(-)?(?:([0-9]{1,8})\.)?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]{1,7}))?)?$`)
	unitForm  = regexp.MustCompile(`^(-)?([0-9]{1,15}(?:\.[0-9]{1,9})?) *([a-z]*)$`)
)

// timeUnits are the units of a timespan's text in ticks; none means days.
var timeUnits = map[string]int64{
	"": Day, "d": Day, "day": Day, "days": Day, "h": Hour, "hr": Hour, "hrs": Hour, "hour": Hour, "hours": Hour,
	"m": Minute, "min": Minute, "minute": Minute, "minutes": Minute, "s": Second, "sec": Second, "second": Second, "seconds": Second,
	"ms": Millisecond, "milli": Millisecond, "millis": Millisecond, "millisecond": Millisecond, "milliseconds": Millisecond,
	"micro": 10, "micros": 10, "microsecond": 10, "microseconds": 10, "tick": 1, "ticks": 1,
}

// ParseTimespan reads the text of a timespan: [-][d.]hh:mm[:ss[.fffffff]], a number with a unit, or a number of days
// (learn.microsoft.com/kusto/query/scalar-data-types/timespan).
func ParseTimespan(s string) (ticks int64, ok bool) {
	s = strings.TrimSpace(s)
	if m := clockForm.FindStringSubmatch(s); m != nil {
		n := func(i int) int64 { return digits(m[i]) }
		if n(3) > 23 || n(4) > 59 || n(5) > 59 || n(2) > math.MaxInt64/Day-1 {
			return 0, false
		}
		ticks = n(2)*Day + n(3)*Hour + n(4)*Minute + n(5)*Second + digits((m[6] + "0000000")[:7])
		return signed(ticks, m[1]), true
	}
	m := unitForm.FindStringSubmatch(s)
	if m == nil || timeUnits[m[3]] == 0 {
		return 0, false
	}
	// Exact, so that 0.1s is a million ticks and not one less.
	r, ok := new(big.Rat).SetString(m[2])
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt64(timeUnits[m[3]]))
	q := new(big.Int).Quo(r.Num(), r.Denom())
	return signed(q.Int64(), m[1]), q.IsInt64()
}

func digits(s string) int64 {
	n := int64(0)
	for _, c := range []byte(s) {
		n = n*10 + int64(c-'0')
	}
	return n
}

func signed(n int64, sign string) int64 {
	if sign == "-" {
		return -n
	}
	return n
}
