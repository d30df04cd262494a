package hunt

import (
	"regexp"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// cond is a condition of eval: x is true exactly on the rows for which Splunk's condition is true. Where it is not, Splunk's may be
// unknown, because a value is absent; total says that it never is, so that its negation is that of x.
type cond struct {
	x     ir.Expr
	total bool
}

func badCond(n syntax.Node) cond { return cond{&ir.Bad{At: at(n)}, true} }

// where lowers a condition. An unknown one is not true: AND and OR keep it out of the result as false does.
func (l *lowerer) where(x syntax.Expr) cond {
	c := l.anyCond(x)
	if l.size(c.x) > maxNodes {
		l.unsupported(x, "a condition of this size")
		return badCond(x)
	}
	return c
}

func (l *lowerer) anyCond(x syntax.Expr) cond {
	switch x := x.(type) {
	case *syntax.Group:
		return l.where(x.X)
	case *syntax.Unary:
		if x.Op == "NOT" {
			return l.notWhere(x)
		}
	case *syntax.Binary:
		switch x.Op {
		case "AND":
			a, b := l.where(x.X), l.where(x.Y)
			return cond{and(x, a.x, b.x), a.total && b.total}
		case "OR":
			a, b := l.where(x.X), l.where(x.Y)
			return cond{or(x, a.x, b.x), a.total && b.total}
		case "XOR":
			l.unsupported(x, "XOR")
			return badCond(x)
		case "LIKE":
			return l.like(x.X, x.Y, x)
		}
		if op := ops[x.Op]; op != ir.CmpUnset {
			return l.compare(x, op, x.X, x.Y)
		}
	case *syntax.InExpr:
		return l.in(x, x.X, x.List)
	case *syntax.FieldRef:
		if x.IsBool() {
			return cond{litOf(at(x), ir.Bool, x.Name == "true"), true}
		}
	case *syntax.Call:
		return l.condCall(x)
	case *syntax.Macro:
		return cond{l.macro(x, x.Name), true}
	}
	l.unsupported(x, "this condition")
	return badCond(x)
}

// notWhere negates a condition that is never unknown. No page says what where makes of NOT and an absent value.
func (l *lowerer) notWhere(x *syntax.Unary) cond {
	c := l.where(x.X)
	if !c.total {
		l.refuse(x, spl.CodeUnsupported, "NOT of a condition on fields that may be absent is not translated",
			"no page of Splunk says whether where keeps such rows: write isnull(f) OR … to keep them, isnotnull(f) AND … or != to leave them out")
		return badCond(x)
	}
	return cond{negated(c.x), true}
}

// condCall are the functions that make a condition ("Comparison and Conditional functions").
func (l *lowerer) condCall(c *syntax.Call) cond {
	switch c.Func.Text {
	case "true", "false":
		return cond{litOf(at(c), ir.Bool, c.Func.Text == "true"), true}
	case "isnull":
		return cond{negated(l.presentArg(c)), true}
	case "isnotnull":
		return cond{l.presentArg(c), true}
	case "isnum":
		v := l.value(c.Args[0])
		if number(v.t) || v.t == ir.Datetime {
			return cond{l.present(v, c.Args[0]), true}
		}
		l.refuse(c, spl.CodeUnsupported, "isnum of a text is not translated", "Splunk looks whether it is spelled like a number")
	case "in":
		return l.in(c, c.Args[0], c.Args[1:])
	case "like":
		return l.like(c.Args[0], c.Args[1], c)
	case "match":
		return l.match(c)
	case "cidrmatch":
		return l.cidr(c)
	default:
		l.unsupported(c.Func, "the condition "+c.Func.Text)
	}
	return badCond(c)
}

func (l *lowerer) presentArg(c *syntax.Call) ir.Expr {
	v := l.value(c.Args[0])
	if v.null {
		return litOf(at(c), ir.Bool, false)
	}
	if v.bad() {
		return v.x
	}
	return l.present(v, c.Args[0])
}

// compare lowers a comparison: of numbers where both sides are numbers, of texts otherwise (where command). Which of them a text that
// is spelled like a number is, types must settle.
func (l *lowerer) compare(n syntax.Node, op ir.CmpOp, x, y syntax.Expr) cond {
	return l.compareValues(n, op, l.value(x), l.value(y), x, y)
}

func (l *lowerer) compareValues(n syntax.Node, op ir.CmpOp, v, w val, x, y syntax.Expr) cond {
	if isConstant(v) && !isConstant(w) {
		v, w, x, y, op = w, v, y, x, mirrored[op]
	}
	switch {
	case v.bad() || w.bad():
		return badCond(n)
	case v.null || w.null:
		return cond{litOf(at(n), ir.Bool, false), false}
	case v.set || w.set:
		l.refuse(n, spl.CodeUnsupported, "a comparison with several values is not translated", "no page says what it means for a multivalue field: use mvcount(), or compare before stats")
	case v.t == ir.Datetime || w.t == ir.Datetime:
		return l.compareTimes(n, op, v, w)
	case number(v.t) && w.lit != nil:
		if op == ir.Eq || op == ir.Ne {
			return cond{l.numberTerm(v, n, op, *w.lit, true, false), v.always}
		}
		if f := l.asNumber(w, y); !f.bad() {
			return l.compareNumbers(n, op, v, f)
		}
	case numeric(v) && numeric(w):
		return l.compareNumbers(n, op, v, w)
	case v.t == ir.String && w.t == ir.String:
		return l.compareTexts(n, op, v, w, x, y)
	case numeric(v) || numeric(w):
		side, other := x, v
		if numeric(v) {
			side, other = y, w
		}
		l.refuse(n, spl.CodeUnsupported, "the comparison of "+noun(side)+" with a number is not translated",
			"it is a "+kindOf(other)+": Splunk compares it as a number where it looks like one")
	default:
		l.unsupported(n, "this comparison")
	}
	return badCond(n)
}

// mirrored are the comparisons with their sides exchanged. Read-only.
var mirrored = map[ir.CmpOp]ir.CmpOp{ir.Eq: ir.Eq, ir.Ne: ir.Ne, ir.Lt: ir.Gt, ir.Gt: ir.Lt, ir.Le: ir.Ge, ir.Ge: ir.Le}

func numeric(v val) bool { return number(v.t) || v.t == ir.Timespan }

func isConstant(v val) bool {
	_, ok := v.x.(*ir.Lit)
	return ok
}

// compareNumbers compares doubles. A whole number without a known bound is compared as one with a literal, which says the same.
func (l *lowerer) compareNumbers(n syntax.Node, op ir.CmpOp, v, w val) cond {
	a, b := v.x, w.x
	lit, isLit := w.x.(*ir.Lit)
	switch {
	case v.t == ir.Timespan && w.t == ir.Timespan:
	case v.t == ir.Timespan && isLit:
		if s, ok := seconds(lit); ok && v.from != nil { // from - to op s, as from op to + s: not every language has a difference of times
			a, b = v.from, &ir.Arith{At: at(n), Op: "+", L: v.to, R: litOf(at(n), ir.Timespan, s), T: ir.Datetime}
			break
		}
		a, b = real(v, n), real(w, n)
	case whole(v.t) && whole(w.t) && (isLit || v.max > 0 && w.max > 0):
	case v.t == ir.Real && w.t == ir.Real:
	case whole(v.t) && isLit && w.t == ir.Real:
	default:
		a, b = real(v, n), real(w, n)
	}
	if limit, ok := wholeLit(w); ok && v.orZero != nil && !holds(op, 0, limit) {
		return cond{&ir.Compare{At: at(n), Op: op, L: v.orZero, R: b}, v.always}
	}
	var xs []ir.Expr
	if op == ir.Eq || op == ir.Ne || isLit {
		xs = []ir.Expr{l.present(v, n), l.present(w, n)} // KQL's == and != of an absent value are not unknown
	}
	return cond{and(n, append(xs, &ir.Compare{At: at(n), Op: op, L: a, R: b})...), v.always && w.always}
}

// holds compares two numbers.
func holds(op ir.CmpOp, a, b float64) bool {
	switch op {
	case ir.Eq:
		return a == b
	case ir.Ne:
		return a != b
	case ir.Lt:
		return a < b
	case ir.Le:
		return a <= b
	case ir.Gt:
		return a > b
	default:
		return a >= b
	}
}

// seconds is a number of seconds as a length of time, if ticks hold it.
func seconds(lit *ir.Lit) (int64, bool) {
	switch v := lit.Value.V.(type) {
	case int64:
		return v * ir.Second, v > -1e11 && v < 1e11
	case float64:
		ticks := v * float64(ir.Second)
		return int64(ticks), ticks == float64(int64(ticks)) && ticks > -exactWhole && ticks < exactWhole
	default:
		return 0, false
	}
}

// compareTimes compares times, which are seconds since 1970 to Splunk.
func (l *lowerer) compareTimes(n syntax.Node, op ir.CmpOp, v, w val) cond {
	v, w = timeOf(v), timeOf(w)
	if v.t != ir.Datetime || w.t != ir.Datetime {
		l.refuse(n, spl.CodeUnsupported, "this comparison with a time is not translated", "a time is compared with another, with now(), relative_time() or a number of seconds since 1970")
		return badCond(n)
	}
	xs := []ir.Expr{}
	if op == ir.Eq || op == ir.Ne {
		xs = []ir.Expr{l.present(v, n), l.present(w, n)}
	}
	return cond{and(n, append(xs, &ir.Compare{At: at(n), Op: op, L: v.x, R: w.x})...), v.always && w.always}
}

// compareTexts compares two texts. Splunk compares two fields as numbers if both look like numbers.
func (l *lowerer) compareTexts(n syntax.Node, op ir.CmpOp, v, w val, x, y syntax.Expr) cond {
	equality := op == ir.Eq || op == ir.Ne
	known := v.text && w.text || equality && (v.lit != nil || w.lit != nil)
	switch {
	case !known && equality:
		l.refuse(n, spl.CodeUnsupported, "the comparison of "+noun(x)+" with "+noun(y)+" is not translated",
			"where both are spelled like numbers, Splunk compares numbers: 1 and 1.0 are equal. lower(…) on both sides makes it a comparison of texts")
		return badCond(n)
	case !known || !equality:
		l.refuse(n, spl.CodeUnsupported, "the order of "+noun(x)+" is not translated",
			"it is a text: Splunk compares it as a number where it looks like one. Declare it as long or real with --fields if it is one")
		return badCond(n)
	case w.lit != nil && *w.lit == "":
		return l.compareEmpty(n, op, v, x)
	}
	m := &ir.Match{At: at(n), Kind: ir.Equal, Case: ir.Exact, X: v.x, Needles: []ir.Expr{w.x}}
	total := v.always && w.always
	if op == ir.Ne {
		return cond{and(n, l.present(v, x), l.present(w, y), not(m)), total}
	}
	if w.lit != nil {
		return cond{m, total} // an absent text is none of the texts that are not empty
	}
	return cond{and(n, l.present(v, x), l.present(w, y), m), total}
}

// compareEmpty compares a text with the empty text.
func (l *lowerer) compareEmpty(n syntax.Node, op ir.CmpOp, v val, x syntax.Expr) cond {
	p := l.present(v, x) // refuses where the two cannot be told apart
	switch {
	case v.nonempty && op == ir.Eq:
		return cond{litOf(at(n), ir.Bool, false), v.always}
	case v.nonempty:
		return cond{p, v.always}
	}
	empty := &ir.IsEmpty{At: at(n), X: v.x}
	if op == ir.Ne {
		return cond{not(empty), true}
	}
	return cond{empty, true}
}

// in is the comparison with each value; wildcards are literal.
func (l *lowerer) in(n syntax.Node, x syntax.Expr, list []syntax.Expr) cond {
	out := cond{total: true}
	var any []ir.Expr
	v := l.value(x)
	for _, y := range list {
		c := l.compareValues(n, ir.Eq, v, l.value(y), x, y)
		any, out.total = append(any, c.x), out.total && c.total
	}
	out.x = or(n, any...)
	return out
}

// textArg is an argument as text. ok is false after a refusal.
func (l *lowerer) textArg(x syntax.Expr) (val, bool) {
	v := l.asText(l.value(x), x)
	return v, !v.bad()
}

// literalArg is an argument that must be a string literal.
func (l *lowerer) literalArg(x syntax.Expr, what string) (string, bool) {
	if s, ok := x.(*syntax.Str); ok {
		return s.Text, true
	}
	l.unsupported(x, what+" that is not a literal text")
	return "", false
}

// like matches the whole value: % is any text, _ one character.
func (l *lowerer) like(x, pattern syntax.Expr, n syntax.Node) cond {
	v, ok := l.textArg(x)
	p, isLit := l.literalArg(pattern, "like with a pattern")
	if !ok || !isLit {
		return badCond(n)
	}
	core := strings.Trim(p, "%")
	m := &ir.Match{At: at(n), Case: ir.Exact, X: v.x, Needles: []ir.Expr{litOf(at(pattern), ir.String, core)}}
	switch first, last := strings.HasPrefix(p, "%"), strings.HasSuffix(p, "%"); {
	case core == "" || strings.ContainsAny(core, "%_"):
		var b strings.Builder
		for _, c := range p {
			switch c {
			case '%':
				b.WriteString(".*")
			case '_':
				b.WriteString(".")
			default:
				b.WriteString(regexp.QuoteMeta(string(c)))
			}
		}
		return l.matching(v, "(?s)^"+b.String()+"$", x, n)
	case first && last:
		m.Kind = ir.Contains
	case first:
		m.Kind = ir.Suffix
	case last:
		m.Kind = ir.Prefix
	default:
		m.Kind = ir.Equal
	}
	return cond{m, v.always}
}

// match finds a regular expression anywhere in the value.
func (l *lowerer) match(c *syntax.Call) cond {
	v, ok := l.textArg(c.Args[0])
	p, isLit := l.literalArg(c.Args[1], "match with an expression")
	if !ok || !isLit || l.regex(p, c.Args[1]) == nil {
		return badCond(c)
	}
	return l.matching(v, p, c.Args[0], c)
}

// matching is a match of a regular expression, which an absent value does not have.
func (l *lowerer) matching(v val, p string, x, n syntax.Node) cond {
	m := &ir.Match{At: at(n), Kind: ir.Regex, Case: ir.Exact, X: v.x, Needles: []ir.Expr{litOf(at(n), ir.String, p)}}
	re, err := regexp.Compile(p)
	if err == nil && re.MatchString("") {
		return cond{and(n, l.present(v, x), m), v.always}
	}
	return cond{m, v.always}
}

// regex reads a regular expression. Splunk has PCRE; what RE2 cannot say is refused.
func (l *lowerer) regex(p string, n syntax.Node) *regexp.Regexp {
	re, err := regexp.Compile(p)
	if err != nil {
		l.refuse(n, spl.CodeUnsupported, "this regular expression is not translated", "Splunk has PCRE, other languages RE2, which refuses it: "+err.Error())
		return nil
	}
	return re
}

func (l *lowerer) cidr(c *syntax.Call) cond {
	s, isLit := l.literalArg(c.Args[0], "cidrmatch with a range")
	v, ok := l.textArg(c.Args[1])
	switch {
	case !ok || !isLit:
		return badCond(c)
	case !isRange.MatchString(s):
		l.unsupported(c.Args[0], "cidrmatch with what is not a range")
		return badCond(c)
	}
	return cond{&ir.Match{At: at(c), Kind: ir.CIDR, Case: ir.Exact, X: v.x, Needles: []ir.Expr{litOf(at(c), ir.String, s)}}, v.always}
}
