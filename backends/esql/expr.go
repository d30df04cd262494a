package esql

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// expr writes x so that it stands where binding strength want is needed.
func (e *emitter) expr(x ir.Expr, want int) string {
	text, have := e.bare(x)
	return emit.Parens(text, have, want)
}

func (e *emitter) bare(x ir.Expr) (string, int) {
	switch x := x.(type) {
	case *ir.Col:
		if e.nulls[x.Name] {
			return "null", precPrimary
		}
		return ident(x.Name), precPrimary
	case *ir.Field:
		if x.T == ir.Timespan {
			return e.refuse(x.S, "a duration that is stored as text"), precPrimary
		}
		if isAddress(x) {
			e.r.Use(factAddress, x, x.S, "the text of an address")
			return "TO_STRING(" + e.field(x) + ")", precPrimary
		}
		return e.field(x), precPrimary
	case *ir.Lit:
		return e.literal(x)
	case *ir.Param:
		return e.param(x)
	case *ir.Now:
		e.r.Use(factNow, x, x.S, "now()")
		if !e.in.Now.IsZero() {
			return datetime(ir.TicksOf(e.in.Now)), precPrimary
		}
		return "NOW()", precPrimary
	case *ir.Access:
		return e.access(x), precPrimary
	case *ir.Match:
		return e.match(x)
	case *ir.InTable:
		return e.inTable(x)
	case *ir.Compare:
		e.r.Use(factCompare, x, x.S, x.Op.String())
		return e.expr(x.L, precAdd) + " " + x.Op.String() + " " + e.expr(x.R, precAdd), precCompare
	case *ir.Between:
		e.r.Use(factBetween, x, x.S, "between")
		v := e.expr(x.X, precAdd)
		return v + " >= " + e.expr(x.Lo, precAdd) + " AND " + v + " <= " + e.expr(x.Hi, precAdd), precAnd
	case *ir.And:
		e.r.Use(factLogic, x, x.S, "and")
		return e.infix(x.Xs, " AND ", precAnd, "true")
	case *ir.Or:
		e.r.Use(factLogic, x, x.S, "or")
		return e.infix(x.Xs, " OR ", precOr, "false")
	case *ir.Not:
		e.r.Use(factLogic, x, x.S, "not")
		return e.not(x)
	case *ir.Arith:
		return e.arith(x)
	case *ir.Neg:
		return "-1 * " + e.expr(x.X, precMul+1), precMul
	case *ir.Call:
		return e.call(x), precPrimary
	case *ir.Cast:
		return e.cast(x)
	case *ir.Bin:
		return e.bin(x, false)
	case *ir.Cond:
		return e.cond(x), precPrimary
	case *ir.Absent:
		e.r.Use(factAbsent, x, x.S, "absent")
		return e.stored(x.X) + " IS NULL", precCompare
	case *ir.Fill:
		e.r.Use(factFill, x, x.S, "fill")
		w, _ := e.literal(&ir.Lit{At: x.At, Value: x.With})
		return "COALESCE(" + e.expr(x.X, precOr) + ", " + w + ")", precPrimary
	case *ir.Bad:
		e.r.Refuse(x.S, "ESQL-NONE", "this expression was not understood", "", "")
		return "null", precPrimary
	default:
		return e.refuse(x.Span(), "this expression"), precPrimary
	}
}

// isAddress reports whether the target keeps a text as an address, which no function of texts takes.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/ip-functions
func isAddress(x ir.Expr) bool {
	f, ok := x.(*ir.Field)
	return ok && f.T == ir.String && f.Info.Type == "ip"
}

// stored writes a value as the target holds it, for tests that take an address too.
func (e *emitter) stored(x ir.Expr) string {
	if isAddress(x) {
		return e.field(x.(*ir.Field))
	}
	return e.expr(x, precAdd)
}

func (e *emitter) field(f *ir.Field) string {
	if f.Info.Container == "" {
		return ident(f.Name)
	}
	e.r.Use(factFlattened, f, f.S, f.Info.Source)
	return "FIELD_EXTRACT(" + ident(f.Info.Container) + ", " + quote(f.Info.Key) + ")"
}

func datetime(ticks int64) string {
	return `"` + ir.TimeOf(ticks).Format("2006-01-02T15:04:05.000Z") + `"::datetime`
}

func (e *emitter) literal(l *ir.Lit) (string, int) {
	if l.Value.IsNull() {
		return typedNull(l.Value.Type), precPrimary
	}
	switch v := l.Value.V.(type) {
	case string:
		if l.Value.Type == ir.Decimal {
			return e.refuse(l.S, "a decimal"), precPrimary
		}
		return quote(v), precPrimary
	case bool:
		return strconv.FormatBool(v), precPrimary
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return e.refuse(l.S, "a real that is no number"), precPrimary
		}
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0" // without a point it is a whole number, and so is a division by it
		}
		return s, precPrimary
	case int64:
		switch l.Value.Type {
		case ir.Datetime:
			if v%ir.Millisecond != 0 {
				return e.refuse(l.S, "a time finer than a millisecond"), precPrimary
			}
			return datetime(v), precPrimary
		case ir.Timespan:
			return e.duration(l, v), precPrimary
		}
		return strconv.FormatInt(v, 10), precPrimary
	}
	return e.refuse(l.S, "a dynamic constant"), precPrimary
}

func (e *emitter) param(p *ir.Param) (string, int) {
	switch {
	case e.in.KeepParams && p.T == ir.Datetime:
		return "TO_DATETIME(?" + p.Name + ")", precPrimary // a parameter given as text is no time by itself
	case e.in.KeepParams:
		return "?" + p.Name, precPrimary
	case p.Default == nil:
		e.r.Use(factParam, p, p.S, "the parameter "+p.Name)
		return "null", precPrimary
	}
	return e.bare(p.Default)
}

func (e *emitter) infix(xs []ir.Expr, op string, prec int, empty string) (string, int) {
	switch len(xs) {
	case 0:
		return empty, precPrimary
	case 1:
		return e.bare(xs[0])
	}
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.expr(x, prec+1)
	}
	return strings.Join(parts, op), prec
}

func (e *emitter) not(n *ir.Not) (string, int) {
	switch x := n.X.(type) {
	case *ir.Absent:
		e.r.Use(factAbsent, x, x.S, "present")
		return e.stored(x.X) + " IS NOT NULL", precCompare
	case *ir.Match:
		if s, ok := ir.ConstString(firstNeedle(x)); ok && len(x.Needles) == 1 && x.Kind == ir.Equal && (x.Case == ir.Exact || plainFold(s)) {
			text, _ := e.match(x)
			return strings.Replace(text, " == ", " != ", 1), precCompare
		}
	}
	return "NOT " + e.expr(n.X, precPrimary), precNot
}

func firstNeedle(m *ir.Match) ir.Expr {
	if len(m.Needles) == 0 {
		return nil
	}
	return m.Needles[0]
}

// typedNull is the null of a type: a bare null compares with nothing but another.
func typedNull(t ir.Type) string {
	switch t {
	case ir.Bool:
		return "null::boolean"
	case ir.Int, ir.Long, ir.Timespan:
		return "null::long"
	case ir.Real:
		return "null::double"
	case ir.String, ir.GUID:
		return "null::keyword"
	case ir.Datetime:
		return "null::datetime"
	}
	return "null"
}

// stringField reports whether the target stores the value as text, whatever the source's type is.
func stringField(x ir.Expr) bool {
	f, ok := x.(*ir.Field)
	return ok && (f.Info.Type == "keyword" || f.Info.Type == "text" || f.Info.Type == "string" || f.Info.Type == "flattened")
}

func (e *emitter) cast(c *ir.Cast) (string, int) {
	from := ir.TypeOf(c.X)
	if stringField(c.X) && from != ir.Bool || e.textPart(c.X) {
		from = ir.String
	}
	x := func() string { return e.expr(c.X, precOr) }
	a, isAccess := c.X.(*ir.Access)
	switch {
	case c.To == ir.String && isAccess:
		return e.access(a), precPrimary
	case from == c.To:
		return e.bare(c.X)
	case c.To == ir.String && from == ir.Bool && !stringField(c.X):
		e.r.Use(factCastBool, c, c.S, "tostring of a bool")
		b := e.expr(c.X, precAdd)
		return "CASE(" + b + ` == true, "True", ` + b + ` == false, "False")`, precPrimary
	case c.To == ir.String && (from == ir.Long || from == ir.Int):
		e.r.Use(factCast, c, c.S, "tostring")
		return "TO_STRING(" + x() + ")", precPrimary
	case (c.To == ir.Long || c.To == ir.Int) && (from == ir.Int || from == ir.Long):
		return "TO_LONG(" + x() + ")", precPrimary
	case (c.To == ir.Long || c.To == ir.Int) && (from == ir.String || from == ir.Real):
		e.r.Use(factToNumber, c, c.S, "to"+c.To.String())
		return "TO_LONG(" + x() + ")", precPrimary
	case from == ir.Bool && (c.To == ir.Long || c.To == ir.Int || c.To == ir.Real) && !stringField(c.X):
		e.r.Use(factBoolNumber, c, c.S, "to"+c.To.String())
		return numberTypes[c.To] + "(" + x() + ")", precPrimary
	case c.To == ir.Bool && from.Numeric() && from != ir.Decimal:
		e.r.Use(factToBool, c, c.S, "tobool")
		return e.expr(c.X, precAdd) + " != 0", precCompare
	case c.To == ir.Bool && from == ir.String && ir.TypeOf(c.X) == ir.String:
		return e.boolOfText(c), precPrimary
	case c.To == ir.Long && from == ir.Timespan:
		e.r.Use(factDuration, c, c.S, "tolong")
		return e.expr(c.X, precMul) + " * 10000", precMul
	case c.To == ir.Real && (from == ir.String || from.Numeric()):
		if from == ir.String {
			e.r.Use(factToRealText, c, c.S, "toreal")
		} else {
			e.r.Use(factToReal, c, c.S, "toreal")
		}
		return "TO_DOUBLE(" + x() + ")", precPrimary
	case c.To == ir.Datetime && from == ir.String:
		e.r.Use(factToTime, c, c.S, "todatetime")
		return "TO_DATETIME(" + x() + ")", precPrimary
	}
	return e.refuse(c.S, fmt.Sprintf("a conversion from %s to %s", from, c.To)), precPrimary
}

// boolOfText reads true and false in any case, and whole numbers, between blanks; other texts are null in KQL, false to TO_BOOLEAN.
// learn.microsoft.com/kusto/query/tobool-function
func (e *emitter) boolOfText(c *ir.Cast) string {
	e.r.Use(factBoolText, c, c.S, "tobool")
	x := cutBlanks(e.expr(c.X, precOr))
	return fmt.Sprintf(`CASE(TO_LOWER(%s) == "true", true, TO_LOWER(%s) == "false", false, %s RLIKE "(-|[+])?[0-9]+", TO_LONG(%s) != 0, null)`, x, x, x, x)
}

// access writes the shapes of access inside a value that ES|QL can say: a field of an expanded element, a file name, the first
// element of a JSON array.
func (e *emitter) access(a *ir.Access) string {
	if c, ok := a.X.(*ir.Col); ok {
		var keys []string
		for _, s := range a.Steps {
			if s.IsIndex {
				keys = append(keys, strconv.Itoa(s.Index))
			} else {
				keys = append(keys, s.Key)
			}
		}
		if col, ok := e.elems[c.Name][strings.Join(keys, ".")]; ok {
			return ident(col)
		}
		if e.splits[c.Name] && len(a.Steps) == 1 && a.Steps[0].IsIndex {
			e.r.Use(factSplit, a, a.S, "a part of a split text")
			return fmt.Sprintf("MV_SLICE(%s, %d)", ident(c.Name), a.Steps[0].Index)
		}
	}
	if call, ok := splitCall(a.X); ok && len(a.Steps) == 1 && a.Steps[0].IsIndex {
		e.r.Use(factSplit, a, a.S, "a part of a split text")
		return fmt.Sprintf("MV_SLICE(%s, %d)", e.split(call), a.Steps[0].Index)
	}
	c, ok := a.X.(*ir.Call)
	if !ok || len(a.Steps) != 1 || len(c.Args) != 1 {
		return e.refuse(a.S, "access inside a value")
	}
	s := a.Steps[0]
	switch {
	case c.Func == "parse_path" && s.Key == "Filename":
		e.r.Use(factPathName, a, a.S, "parse_path().Filename")
		return "REPLACE(" + e.expr(c.Args[0], precOr) + `, """(?s)^.*[\\/]|:.*""", "")`
	case c.Func == "parse_json" && s.IsIndex && s.Index == 0:
		s := e.expr(c.Args[0], precOr)
		if e.ofElement(c.Args[0]) {
			return e.firstOfElement(a, s)
		}
		return e.firstElement(a, s)
	}
	return e.refuse(a.S, "access inside "+c.Func+"()")
}

// ofElement reports whether an expression is a value of an expanded element, which nothing assigns.
func (e *emitter) ofElement(x ir.Expr) bool {
	for {
		c, ok := x.(*ir.Cast)
		if !ok {
			break
		}
		x = c.X
	}
	a, ok := x.(*ir.Access)
	if !ok {
		return false
	}
	c, ok := a.X.(*ir.Col)
	return ok && e.elems[c.Name] != nil
}

// firstOfElement makes the first element of a JSON array in an expanded element a column, once for all that ask for it: evaluated anew
// in each condition it costs more than all the rest.
func (e *emitter) firstOfElement(a *ir.Access, s string) string {
	if name, ok := e.firsts[s]; ok {
		return name
	}
	text := e.firstElement(a, s)
	name := e.temp()
	e.line("EVAL " + name + " = " + text)
	e.firsts[s] = name
	return name
}

// firstPattern matches any text, and leaves the first element of a JSON array in one of its two groups: a string without its quotes, or
// what stands before the first comma. It is one pattern because CASE is evaluated row by row.
const firstPattern = `(?s)^\s*\[\s*+(?:(?>"(.*?)(?<!\\)").*|null\s*(?:,.*)?|([^,]*?)\s*(?:,.*)?)\]\s*$|^.*$`

func (e *emitter) firstElement(a *ir.Access, s string) string {
	if e.since(factJSONFirst) {
		e.r.Use(factJSONFirst, a, a.S, "the first element")
		return "JSON_EXTRACT(" + s + `, "[0]")`
	}
	e.r.Use(factJSON819, a, a.S, "the first element")
	return "REPLACE(" + s + ", " + quote(firstPattern) + `, "$1$2")`
}

// yearOne is 0001-01-01 in milliseconds before 1970: KQL's bins count from there.
const yearOne = 62_135_596_800_000

// bin writes bin() and its binding strength; inBy allows what stands in a group key only.
func (e *emitter) bin(b *ir.Bin, inBy bool) (string, int) {
	w, whole := b.Width.V.(int64)
	switch t := ir.TypeOf(b.X); {
	case !whole || w <= 0:
		return e.binReal(b)
	case t == ir.Datetime || t == ir.Timespan:
		if w%ir.Millisecond != 0 {
			e.r.Use(factBinNo, b, b.S, "bin")
			return "null", precPrimary
		}
		if t == ir.Timespan {
			return e.binWhole(b, w/ir.Millisecond)
		}
		return e.binTime(b, w, inBy), precPrimary
	case t == ir.Int || t == ir.Long:
		return e.binWhole(b, w)
	}
	return e.binReal(b)
}

// binWhole takes the remainder away, which for numbers below 0 is brought above 0 first: a division by a real would round large numbers.
func (e *emitter) binWhole(b *ir.Bin, w int64) (string, int) {
	e.r.Use(factBinWhole, b, b.S, "bin")
	x := e.expr(b.X, precMul)
	return fmt.Sprintf("%s - (%s %% %d + %d) %% %d", x, x, w, w, w), precAdd
}

func (e *emitter) binReal(b *ir.Bin) (string, int) {
	w, ok := litFloat(b.Width)
	if !ok || w <= 0 || !ir.TypeOf(b.X).Numeric() || ir.TypeOf(b.X) == ir.Decimal {
		return e.refuse(b.S, fmt.Sprintf("bin of a %s by this width", ir.TypeOf(b.X))), precPrimary
	}
	e.r.Use(factBinNumber, b, b.S, "bin")
	n := realText(w)
	return "FLOOR(" + e.expr(b.X, precMul) + " / " + n + ") * " + n, precMul
}

// binTime counts from the year 1, as KQL does. BUCKET and DATE_TRUNC count from 1970, and weeks from a Monday, as 0001-01-01 was one.
func (e *emitter) binTime(b *ir.Bin, w int64, inBy bool) string {
	x := e.expr(b.X, precOr)
	ms := w / ir.Millisecond
	width, _ := span(w)
	switch {
	case (yearOne%ms == 0 && w <= ir.Day || w == 7*ir.Day) && inBy:
		e.r.Use(factBucket, b, b.S, "bin")
		return "BUCKET(" + x + ", " + width + ")"
	case yearOne%ms == 0 && w <= ir.Day || w == 7*ir.Day:
		e.r.Use(factTrunc, b, b.S, "bin")
		return "DATE_TRUNC(" + width + ", " + x + ")"
	}
	e.r.Use(factBinTicks, b, b.S, "bin")
	return fmt.Sprintf("TO_DATETIME((TO_LONG(%s) + %d) / %d * %d - %d)", x, yearOne, ms, ms, yearOne)
}
