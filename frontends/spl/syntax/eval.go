package syntax

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/diag"
)

// The eval grammar ("Boolean expressions with logical operators", "Types of expressions"): XOR, OR, AND, NOT, comparisons, then
// + - and . on one level, * / %, and the sign. No page says how . and + bind to each other; groups stay in the tree so that a
// later pass can ask for parentheses.

// Levels of binding, from the loosest.
const (
	levelXor = iota + 1
	levelOr
	levelAnd
	levelNot
	levelCompare
	levelAdd
	levelMul
	levelSign
)

// operator is a binary operator of eval.
type operator struct {
	text  string // as written
	op    string // as kept
	level int
	word  bool
}

// operators are tried in order, longer ones first. Read-only.
var operators = []operator{
	{"==", "==", levelCompare, false}, {"!=", "!=", levelCompare, false}, {"<=", "<=", levelCompare, false}, {">=", ">=", levelCompare, false},
	{"=", "==", levelCompare, false}, {"<", "<", levelCompare, false}, {">", ">", levelCompare, false},
	{"+", "+", levelAdd, false}, {"-", "-", levelAdd, false}, {".", ".", levelAdd, false},
	{"*", "*", levelMul, false}, {"/", "/", levelMul, false}, {"%", "%", levelMul, false},
	{"AND", "AND", levelAnd, true}, {"OR", "OR", levelOr, true}, {"XOR", "XOR", levelXor, true}, {"LIKE", "LIKE", levelCompare, true},
	{"IN", "IN", levelCompare, true},
}

// expression reads an expression; there must be one.
func (p *parser) expression() Expr { return p.binary(levelXor) }

func (p *parser) badExpr(from int) Expr { return &BadExpr{exprNode{p.place(from, p.off)}} }

func (p *parser) binary(level int) Expr {
	if level == levelNot {
		return p.not()
	}
	if level == levelSign {
		return p.sign()
	}
	x := p.binary(level + 1)
	for !p.failed {
		from := p.off
		op, ok := p.operator(level)
		if !ok {
			p.off = from
			return x
		}
		opAt := p.span(p.off-len(op.text), p.off)
		if op.op == "IN" {
			x = p.inExpr(x)
			continue
		}
		y := p.binary(level + 1)
		x = &Binary{exprNode{at{x.Span().To(y.Span())}}, op.op, opAt, x, y}
		if level == levelCompare {
			if again, ok := p.operator(level); ok && again.op != "IN" {
				p.errorAt(CodeSyntax, p.off-len(again.text), p.off, "comparisons do not chain: write a<b AND b<c")
				p.failed = true
			} else if ok {
				p.off -= len(again.text)
			}
		}
	}
	return x
}

// operator reads an operator of the level. Words are taken in any case, because eval does; other than capitals get a warning.
func (p *parser) operator(level int) (operator, bool) {
	if p.atEnd() {
		return operator{}, false
	}
	c := p.text[p.off]
	for _, o := range operators {
		if o.word != isLetter(c) || o.level != level {
			continue
		}
		if !o.word && strings.HasPrefix(p.rest(), o.text) {
			if longer := p.longerOperator(o.text); longer {
				continue
			}
			p.off += len(o.text)
			return o, true
		}
		if o.word && p.operatorWord(o.text) {
			return o, true
		}
	}
	return operator{}, false
}

// longerOperator reports whether the text continues o to an operator of another level: - in ->, < in <<.
func (p *parser) longerOperator(o string) bool {
	return o == "<" && strings.HasPrefix(p.rest(), "<<")
}

func (p *parser) operatorWord(word string) bool {
	n := len(word)
	if p.off+n > p.stop || !strings.EqualFold(p.text[p.off:p.off+n], word) {
		return false
	}
	if c := p.peek(n); c == '_' || isLetter(c) || isDigit(c) {
		return false
	}
	if written := p.text[p.off : p.off+n]; written != word {
		p.add(CodeSyntax, diag.Warning, p.span(p.off, p.off+n), "operators are written in capitals: "+word)
	}
	p.off += n
	return true
}

func (p *parser) not() Expr {
	p.blank()
	from := p.off
	if p.peek(0) == '!' && p.peek(1) != '=' {
		p.off++
	} else if !p.operatorWord("NOT") {
		return p.binary(levelCompare)
	}
	if !p.enter(from) {
		return p.badExpr(from)
	}
	defer p.leave()
	x := p.not()
	return &Unary{exprNode{p.place(from, p.end())}, "NOT", x}
}

func (p *parser) sign() Expr {
	p.blank()
	from := p.off
	c := p.peek(0)
	if c != '-' && c != '+' {
		return p.operand()
	}
	if !p.enter(from) {
		return p.badExpr(from)
	}
	defer p.leave()
	p.off++
	x := p.sign()
	return &Unary{exprNode{p.place(from, p.end())}, string(rune(c)), x}
}

func (p *parser) operand() Expr {
	if p.atEnd() {
		p.expected("an expression")
		return p.badExpr(p.off)
	}
	from := p.off
	switch c := p.text[from]; {
	case c == '(':
		return p.groupExpr()
	case c == '"':
		v := p.quoted(evalEscapes)
		return &Str{exprNode{v.at}, v.Text}
	case c == '\'':
		v := p.quoted(evalEscapes)
		return &FieldRef{exprNode{v.at}, v.Text, true}
	case c == '`':
		return p.macro()
	case c == '[':
		if s := p.subsearch(); s != nil {
			return &SubExpr{exprNode{s.at}, s.Pipe}
		}
		return p.badExpr(from)
	case c == '$':
		return p.token()
	case isDigit(c) || c == '.' && isDigit(p.peek(1)):
		return p.number()
	case c == '_' || isLetter(c) || c == '<' && p.peek(1) == '<':
		return p.nameOrCall()
	}
	p.expected("an expression")
	return p.badExpr(from)
}

func (p *parser) groupExpr() Expr {
	from := p.off
	if !p.enter(from) {
		return p.badExpr(from)
	}
	defer p.leave()
	p.off++
	x := p.expression()
	if !p.failed && !p.accept(")") {
		p.notClosed(from)
	}
	return &Group{exprNode{p.place(from, p.off)}, x}
}

// notClosed reports a parenthesis whose group cannot go on here: the text ends, or something stands where an operator belongs.
func (p *parser) notClosed(open int) {
	if p.failed {
		return
	}
	if p.atEnd() {
		p.errorAt(CodeSyntax, open, open+1, "this ( is not closed, expected )")
		p.failed = true
		return
	}
	p.expected("an operator or )")
}

func (p *parser) token() Expr {
	from := p.off
	n := strings.IndexByte(p.text[from+1:p.stop], '$')
	if n <= 0 || strings.ContainsAny(p.text[from+1:from+1+n], " \t\n|") {
		p.expected("an expression")
		return p.badExpr(from)
	}
	p.off = from + n + 2
	return &Token{exprNode{p.place(from, p.off)}, p.text[from+1 : from+1+n]}
}

func (p *parser) number() Expr {
	from := p.off
	p.digits()
	if p.peek(0) == '.' && isDigit(p.peek(1)) {
		p.off++
		p.digits()
	}
	if c := p.peek(0) | 0x20; c == 'e' && (isDigit(p.peek(1)) || (p.peek(1) == '-' || p.peek(1) == '+') && isDigit(p.peek(2))) {
		p.off += 2
		p.digits()
	}
	if c := p.peek(0); c == '_' || isLetter(c) {
		for c := p.peek(0); c == '_' || isLetter(c) || isDigit(c); c = p.peek(0) {
			p.off++
		}
		p.errorAt(CodeSyntax, from, p.off, "a field name that begins with a digit stands in single quotes: '"+p.text[from:p.off]+"'")
		p.failed = true
	}
	return &Num{exprNode{p.place(from, p.off)}, p.text[from:p.off]}
}

func (p *parser) digits() {
	for isDigit(p.peek(0)) {
		p.off++
	}
}

// evalName reads a field name of eval: letters, digits and underscores, and the <<FIELD>> of foreach.
func (p *parser) evalName() (from, to int) {
	from = p.off
	for p.off < p.stop {
		c := p.text[p.off]
		if c == '<' && p.peek(1) == '<' {
			n := strings.Index(p.rest(), ">>")
			if n < 0 || strings.ContainsAny(p.text[p.off:p.off+n], " \n\t") {
				break
			}
			p.off += n + 2
			continue
		}
		if c != '_' && !isLetter(c) && !isDigit(c) {
			break
		}
		p.off++
	}
	return from, p.off
}

func (p *parser) nameOrCall() Expr {
	a, b := p.evalName()
	if a == b {
		p.expected("an expression")
		return p.badExpr(a)
	}
	name := &Name{p.place(a, b), p.text[a:b], false}
	if p.peek(0) == '{' || p.peek(0) == ':' && p.peek(1) == ':' {
		_, to := p.bare(stopArg)
		p.errorAt(CodeSyntax, a, to, "a field name with other characters than letters, digits and _ stands in single quotes: '"+p.text[a:to]+"'")
		p.failed = true
		return p.badExpr(a)
	}
	save := p.off
	p.blank()
	if p.peek(0) == '(' {
		return p.call(name, a)
	}
	p.off = save
	return &FieldRef{exprNode{name.at}, name.Text, false}
}

func (p *parser) call(name *Name, from int) Expr {
	open := p.off
	if !p.enter(open) {
		return p.badExpr(from)
	}
	defer p.leave()
	p.off++
	c := &Call{Func: name}
	c.Args = p.arguments(open)
	c.At = p.span(from, p.off)
	if !p.failed {
		p.checkCall(c)
	}
	return c
}

func (p *parser) arguments(open int) []Expr {
	var args []Expr
	if p.accept(")") {
		return nil
	}
	for !p.failed {
		p.blank()
		if c := p.peek(0); c == ')' || c == ',' {
			p.errorAt(CodeSyntax, p.off, p.off+1, "expected an argument, found "+string(rune(c)))
			p.failed = true
			break
		}
		if p.atEnd() {
			p.notClosed(open)
			break
		}
		args = append(args, p.expression())
		if p.failed || p.accept(")") {
			break
		}
		if !p.accept(",") {
			p.notClosed(open)
		}
	}
	return args
}

func (p *parser) inExpr(x Expr) Expr {
	p.blank()
	open := p.off
	if p.peek(0) != '(' {
		p.expected("( and a list of values behind IN")
		return x
	}
	p.off++
	list := p.arguments(open)
	e := &InExpr{exprNode{at{x.Span().To(p.span(open, p.off))}}, x, list}
	if len(list) == 0 && !p.failed {
		p.errorAt(CodeSyntax, open, p.off, "expected a value in the list of IN")
		p.failed = true
	}
	return e
}

// kind is what an expression can hold.
type kind int

const (
	kindUnknown kind = iota
	kindBool
	kindValue
)

// kindOf tells booleans from values where the text shows it.
func (p *parser) kindOf(x Expr) kind {
	switch x := x.(type) {
	case *Str, *Num:
		return kindValue
	case *FieldRef:
		if x.IsBool() {
			return kindUnknown
		}
		return kindValue
	case *Unary:
		if x.Op == "NOT" {
			return kindBool
		}
		return kindValue
	case *Binary:
		switch x.Op {
		case "+", "-", "*", "/", "%", ".":
			return kindValue
		}
		return kindBool
	case *InExpr:
		return kindBool
	case *Group:
		return p.kindOf(x.X)
	case *Call:
		return callKind(x)
	default:
		return kindUnknown
	}
}

func callKind(x *Call) kind {
	f, ok := evalFuncs[x.Func.Text]
	switch {
	case !ok || f.result == kindUnknown:
		return kindUnknown
	default:
		return f.result
	}
}

// value checks that an expression can be assigned: booleans cannot (eval command).
func (p *parser) value(x Expr) {
	if p.kindOf(x) == kindBool {
		p.add(CodeType, diag.Error, unwrap(x).Span(), "the result of eval cannot be a boolean: wrap it in if(…, \"true\", \"false\") or tostring(…)")
	}
}

// condition checks that an expression is a boolean (where command).
func (p *parser) condition(x Expr, where string) {
	if p.kindOf(x) == kindValue {
		p.add(CodeType, diag.Error, unwrap(x).Span(), "expected a boolean in "+where+", found a value")
	}
}

func unwrap(x Expr) Expr {
	for {
		g, ok := x.(*Group)
		if !ok {
			return x
		}
		x = g.X
	}
}

// checkCall checks the name and the arguments of a function.
func (p *parser) checkCall(c *Call) {
	f, ok := evalFuncs[c.Func.Text]
	if small := strings.ToLower(c.Func.Text); !ok && p.opts.Lenient && small != c.Func.Text {
		if f, ok = evalFuncs[small]; ok {
			p.add(CodeSyntax, diag.Warning, c.Func.At, "functions are written in small letters: "+small)
			c.Func.Text = small
		}
	}
	if !ok {
		if p.aggs && isAggFunc(c.Func.Text) {
			return
		}
		p.unknown("function", c.Func, evalFuncNames())
		return
	}
	n := len(c.Args)
	switch {
	case n < f.min || f.max >= 0 && n > f.max:
		p.add(CodeArguments, diag.Error, c.At, fmt.Sprintf("%s takes %s, found %d", c.Func.Text, f.arity(), n))
		return
	case f.even && n%2 != 0:
		p.add(CodeArguments, diag.Error, c.At, fmt.Sprintf("%s takes an even number of arguments, found %d", c.Func.Text, n))
		return
	}
	for i, a := range c.Args {
		if f.condition(i) {
			p.condition(a, "argument "+fmt.Sprint(i+1)+" of "+c.Func.Text)
		}
	}
	if f.regex > 0 && f.regex <= n {
		if s, ok := c.Args[f.regex-1].(*Str); ok {
			p.checkRegex(s.At, s.Text)
		}
	}
	if c.Func.Text == "mvfilter" {
		p.checkMvfilter(c)
	}
}

// checkMvfilter: the condition refers to one field (multivalue eval functions).
func (p *parser) checkMvfilter(c *Call) {
	fields := map[string]bool{}
	Inspect(c.Args[0], func(x Expr) {
		if f, ok := x.(*FieldRef); ok {
			fields[f.Name] = true
		}
	})
	if len(fields) != 1 {
		p.add(CodeArguments, diag.Error, c.At, fmt.Sprintf("mvfilter refers to exactly one field, found %d", len(fields)))
	}
}

// Inspect calls f for an expression and every expression in it, in the order written.
func Inspect(x Expr, f func(Expr)) {
	f(x)
	switch x := x.(type) {
	case *Unary:
		Inspect(x.X, f)
	case *Binary:
		Inspect(x.X, f)
		Inspect(x.Y, f)
	case *Group:
		Inspect(x.X, f)
	case *InExpr:
		Inspect(x.X, f)
		for _, a := range x.List {
			Inspect(a, f)
		}
	case *Call:
		for _, a := range x.Args {
			Inspect(a, f)
		}
	}
}
