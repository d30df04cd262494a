package esql

import "github.com/huntc/huntc/ir"

// timeParts are the names of a time's parts in DATE_EXTRACT. Read-only.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/date-time-functions/date_extract
var timeParts = map[string]string{"year": "year", "month": "month_of_year", "day": "day_of_month", "hour": "hour_of_day", "minute": "minute_of_hour",
	"second": "second_of_minute", "dayofyear": "day_of_year"}

// partCalls are the functions that take a part of a time. Read-only.
var partCalls = map[string]string{"hourofday": "hour", "dayofmonth": "day", "dayofyear": "dayofyear", "monthofyear": "month", "getmonth": "month", "getyear": "year"}

// timePart names the part of a time that a call takes, in DATE_EXTRACT's words, and the time.
func timePart(c *ir.Call) (part string, t ir.Expr, ok bool) {
	name, t := partCalls[c.Func], c.Args[len(c.Args)-1]
	if c.Func == "datetime_part" && len(c.Args) == 2 {
		name, _ = ir.ConstString(c.Args[0])
		name = ir.FoldASCII(name)
	}
	part, ok = timeParts[name]
	return part, t, ok && ir.TypeOf(t) == ir.Datetime
}
