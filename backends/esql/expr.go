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
		return e.bin(x, false), precPrimary
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
			// Durations are no values in ES|QL: only a sum with a time takes one.
			// https://www.elastic.co/docs/reference/query-languages/esql/esql-time-spans
			return e.refuse(l.S, "a duration as a value"), precPrimary
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
	case ir.Int, ir.Long:
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

// operand writes one side of an arithmetic operation. A duration must be a literal beside a time.
func (e *emitter) operand(sum *ir.Arith, x ir.Expr, prec int) string {
	if ir.TypeOf(x) != ir.Timespan || ir.TypeOf(sum) != ir.Datetime {
		return e.expr(x, prec)
	}
	if l, ok := x.(*ir.Lit); ok {
		if ticks, ok := l.Value.V.(int64); ok {
			if s, ok := span(ticks); ok {
				return s
			}
		}
	}
	return e.refuse(x.Span(), "this duration")
}

func (e *emitter) arith(x *ir.Arith) (string, int) {
	if x.T == ir.Dynamic {
		return e.refuse(x.S, "arithmetic on two dynamic values"), precPrimary
	}
	if ir.TypeOf(x.L) == ir.Datetime && ir.TypeOf(x.R) == ir.Datetime {
		e.r.Use(factTimeDiff, x, x.S, "the difference of two times")
		return "null", precPrimary
	}
	prec := precAdd
	switch x.Op {
	case "+", "-":
		e.r.Use(factArith, x, x.S, x.Op)
	case "*":
		e.r.Use(factArith, x, x.S, x.Op)
		prec = precMul
	case "/":
		if x.T == ir.Real && !e.known.Nonzero[x] {
			e.r.Use(factDivideReal, x, x.S, x.Op)
		} else {
			e.r.Use(factDivide, x, x.S, x.Op)
		}
		prec = precMul
	default:
		e.r.Use(factModulo, x, x.S, x.Op)
	}
	return e.operand(x, x.L, prec) + " " + x.Op + " " + e.operand(x, x.R, prec+1), prec
}

// stringField reports whether the target stores the value as text, whatever the source's type is.
func stringField(x ir.Expr) bool {
	f, ok := x.(*ir.Field)
	return ok && (f.Info.Type == "keyword" || f.Info.Type == "text" || f.Info.Type == "string" || f.Info.Type == "flattened")
}

func (e *emitter) cast(c *ir.Cast) (string, int) {
	from := ir.TypeOf(c.X)
	if stringField(c.X) && from != ir.Bool {
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
	if since, err := emit.ParseVersion(factJSONFirst.Since); err == nil && !e.r.Version().Less(since) {
		e.r.Use(factJSONFirst, a, a.S, "the first element")
		return "JSON_EXTRACT(" + s + `, "[0]")`
	}
	e.r.Use(factJSON819, a, a.S, "the first element")
	return "REPLACE(" + s + ", " + quote(firstPattern) + `, "$1$2")`
}

// simpleCalls differ from KQL's functions in their names only.
var simpleCalls = map[string]string{"tolower": "TO_LOWER", "toupper": "TO_UPPER", "strlen": "LENGTH", "coalesce": "COALESCE", "abs": "ABS"}

func (e *emitter) call(c *ir.Call) string {
	args := make([]string, len(c.Args))
	for i, x := range c.Args {
		args[i] = e.expr(x, precOr)
	}
	if name, ok := simpleCalls[c.Func]; ok {
		e.r.Use(factCall, c, c.S, c.Func+"()")
		return name + "(" + strings.Join(args, ", ") + ")"
	}
	switch c.Func {
	case "array_length":
		if col, ok := c.Args[0].(*ir.Col); ok && e.sets[col.Name] && !e.nulls[col.Name] {
			e.r.Use(factSetLength, c, c.S, "array_length()")
			return "COALESCE(MV_COUNT(" + args[0] + "), 0)"
		}
	case "hourofday", "dayofmonth", "dayofyear", "monthofyear", "getmonth", "getyear", "datetime_part":
		if part, t, ok := timePart(c); ok {
			e.r.Use(factTimePart, c, c.S, c.Func+"()")
			return "DATE_EXTRACT(" + quote(part) + ", " + e.expr(t, precOr) + ")"
		}
	case "strcat":
		for i, x := range c.Args {
			if t := ir.TypeOf(x); t == ir.Long || t == ir.Int {
				args[i] = "TO_STRING(" + args[i] + ")"
			} else if t != ir.String && !stringField(x) {
				return e.refuse(c.S, "strcat() of a "+t.String())
			}
		}
		e.r.Use(factCall, c, c.S, "strcat()")
		return "CONCAT(" + strings.Join(args, ", ") + ")"
	case "startofday":
		if len(args) == 1 {
			e.r.Use(factTrunc, c, c.S, "startofday()")
			return "DATE_TRUNC(1 day, " + args[0] + ")"
		}
	case "replace_string":
		from, ok1 := ir.ConstString(c.Args[1])
		to, ok2 := ir.ConstString(c.Args[2])
		if ok1 && ok2 && from != "" {
			e.r.Use(factCall, c, c.S, "replace_string()")
			return "REPLACE(" + args[0] + ", " + quote(javaQuote(from)) + ", " + quote(strings.NewReplacer(`\`, `\\`, "$", `\$`).Replace(to)) + ")"
		}
	case "substring":
		if l, ok := c.Args[1].(*ir.Lit); ok {
			if start, ok := l.Value.V.(int64); ok && start >= 0 {
				e.r.Use(factCall, c, c.S, "substring()")
				args[1] = strconv.FormatInt(start+1, 10)
				return "SUBSTRING(" + strings.Join(args, ", ") + ")"
			}
		}
	}
	return e.refuse(c.S, c.Func+"()")
}

// yearOne is 0001-01-01 in milliseconds before 1970: KQL's bins count from there.
const yearOne = 62_135_596_800_000

func (e *emitter) bin(b *ir.Bin, inBy bool) string {
	x := e.expr(b.X, precOr)
	if ir.TypeOf(b.X) != ir.Datetime {
		w := ir.Value{Type: b.Width.Type, V: b.Width.V}
		if n, ok := w.V.(int64); ok && n > 0 && w.Type != ir.Timespan && w.Type != ir.Datetime {
			e.r.Use(factBinNumber, b, b.S, "bin")
			return fmt.Sprintf("FLOOR(%s / %d.0) * %d", e.expr(b.X, precMul), n, n)
		}
		return e.refuse(b.S, "bin of a "+ir.TypeOf(b.X).String())
	}
	w, ok := b.Width.V.(int64)
	if !ok || w <= 0 || w%ir.Millisecond != 0 {
		e.r.Use(factBinNo, b, b.S, "bin")
		return "null"
	}
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
