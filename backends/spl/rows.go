package spl

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// maxLiteralRows bounds the rows that are written into a search.
const maxLiteralRows = 100

// literalRows makes given rows: makeresults makes as many, and a case by their number gives them their values (makeresults command).
func (e *emitter) literalRows(r *ir.Rows) {
	n := len(r.Values)
	if n > maxLiteralRows {
		e.rep.Use(e.f.rows, r, r.Span(), e.what(r))
		return
	}
	e.rep.Use(e.f.made, r, r.Span(), e.what(r))
	e.timeField = "_time"
	number := e.temp("r")
	switch {
	case n == 1 && len(r.Columns) == 0: // print: its columns follow
		e.lines = append(e.lines, "| makeresults")
		return
	case n == 0:
		e.lines = append(e.lines, "| makeresults", "| where 1==0")
	default:
		e.lines = append(e.lines, "| makeresults count="+strconv.Itoa(n), "| streamstats count AS "+number)
	}
	var parts []string
	for i, c := range r.Columns {
		var arms []string
		for k, row := range r.Values {
			if v := row[i]; !v.IsNull() {
				arms = append(arms, number+"=="+strconv.Itoa(k+1)+","+e.literal(&ir.Lit{At: r.At, Value: v}, v).s)
			}
		}
		v := "null()"
		if len(arms) > 0 {
			v = "case(" + strings.Join(arms, ", ") + ")"
		}
		parts = append(parts, e.target(c.Name, r)+"="+v)
	}
	if len(parts) == 0 {
		return
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
}
