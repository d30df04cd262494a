package spl

import (
	"fmt"
	"strconv"

	"github.com/huntc/huntc/ir"
)

// maxDistance bounds how far prev and next look, below the window of streamstats.
const maxDistance = 1000

// rowCall writes a function of a row's place with streamstats, which works in the order of the rows: that is known behind a sort.
func (e *emitter) rowCall(x *ir.RowCall) text {
	if !e.inOrder || e.beside != nil || len(x.Args) == 0 && x.Func != "row_number" || len(x.Args) > 3 {
		return e.refuse(e.f.exprRefused, x)
	}
	switch x.Func {
	case "prev":
		return e.neighbour(x, func(stats string) { e.line("%s", stats) })
	case "next":
		return e.neighbour(x, func(stats string) {
			n := e.temp("n")
			e.line("streamstats count AS %s", n)
			e.line("sort 0 -num(%s)", n)
			e.line("%s", stats)
			e.line("sort 0 num(%s)", n)
		})
	case "row_number":
		start, ok := int64(1), true
		if len(x.Args) > 0 {
			start, ok = e.whole(x.Args[0])
		}
		if !ok || len(x.Args) > 1 {
			break
		}
		e.use(e.f.rowPlace, x)
		n := e.temp("n")
		e.line("streamstats count AS %s", n)
		if start == 1 {
			return atom(n)
		}
		return text{fmt.Sprintf("%s%+d", n, start-1), precAdd}
	}
	return e.refuse(e.f.exprRefused, x)
}

// neighbour takes a value of the row so many rows before. last() and first() pass over absent values, so that each has a mark.
func (e *emitter) neighbour(x *ir.RowCall, write func(stats string)) text {
	n, ok := int64(1), true
	if len(x.Args) > 1 {
		n, ok = e.whole(x.Args[1])
	}
	if !ok || n < 1 || n > maxDistance || e.multi(x.Args[0]) {
		return e.refuse(e.f.exprRefused, x)
	}
	isText := ir.TypeOf(x.Args[0]) == ir.String
	otherwise := "null()"
	if isText { // a text is never null for the source
		otherwise = `""`
	}
	if len(x.Args) > 2 {
		otherwise = e.value(x.Args[2]).s
	}
	e.use(e.f.rowPlace, x)
	v, p, have := e.temp("v"), e.temp("p"), e.temp("n")
	e.eval(v, keyText(e.value(x.Args[0]).s, ir.TypeOf(x.Args[0])))
	write("streamstats current=f window=" + strconv.FormatInt(n, 10) + " first(" + v + ") AS " + p + " count AS " + have)
	none := have + "<" + strconv.FormatInt(n, 10) + " OR isnull(" + have + ")"
	if isText {
		return atom("if(" + none + "," + otherwise + "," + decoded(p) + ")")
	}
	return atom("case(" + none + "," + otherwise + "," + p + `=="` + emptyWord + `",null(),1==1,` + p + ")")
}
