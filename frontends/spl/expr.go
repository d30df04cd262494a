package spl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// kind is what is known of a value.
type kind int

const (
	anyKind  kind = iota // text, number, array or null
	numKind              // a number or null
	textKind             // text or null
	boolKind
)

// val is an expression and what is known of its value.
type val struct {
	x ir.Expr
	k kind
	// lit is set for a string literal.
	lit *string
	// json says that the text is what a JSON function returned.
	json bool
}

func lit(t ir.Type, v any, a ir.At) *ir.Lit { return &ir.Lit{At: a, Value: ir.Value{Type: t, V: v}} }

func null(a ir.At) *ir.Lit { return lit(ir.Dynamic, nil, a) }

func str(s string, a ir.At) *ir.Lit { return lit(ir.String, s, a) }

// col reads a field; one that no row has is null.
func (l *lowerer) col(r *rows, name string, n syntax.Node) val {
	l.seen.field(name)
	if !r.open && !r.has(name) {
		return val{x: null(at(n))}
	}
	return val{x: &ir.Col{At: at(n), Name: name, T: ir.Dynamic}}
}

// num is the value as a number, null when it is none.
func (l *lowerer) num(v val) ir.Expr {
	if v.k == numKind {
		return v.x
	}
	if n, ok := v.x.(*ir.Lit); ok && v.lit != nil {
		if f, err := strconv.ParseFloat(*v.lit, 64); err == nil {
			return lit(ir.Real, f, n.At)
		}
	}
	return &ir.Cast{At: ir.At{S: v.x.Span()}, To: ir.Real, X: v.x}
}

// text is the value as text; a whole number has no point.
func (l *lowerer) text(v val) ir.Expr {
	a := ir.At{S: v.x.Span()}
	switch v.k {
	case textKind:
		return v.x
	case numKind:
		return &ir.Call{At: a, Func: "replace_regex", T: ir.String, Args: []ir.Expr{&ir.Cast{At: a, To: ir.String, X: v.x}, str(`\.0$`, a), str("", a)}}
	default:
		return &ir.Cast{At: a, To: ir.String, X: v.x}
	}
}

// stored is the value as a field holds it: whole numbers without a fraction, so that their text has no point.
func (l *lowerer) stored(v val) ir.Expr {
	if v.k != numKind {
		return v.x
	}
	return &ir.Call{At: ir.At{S: v.x.Span()}, Func: "parse_json", T: ir.Dynamic, Args: []ir.Expr{l.text(v)}}
}

func isNumber(v val, l *lowerer) ir.Expr { return not(isNull(l.num(v))) }

func isNull(x ir.Expr) ir.Expr { return &ir.IsNull{At: ir.At{S: x.Span()}, X: x} }

func not(x ir.Expr) ir.Expr { return &ir.Not{At: ir.At{S: x.Span()}, X: x} }

func and(xs ...ir.Expr) ir.Expr {
	switch len(xs) {
	case 0:
		return &ir.Lit{Value: ir.Value{Type: ir.Bool, V: true}}
	case 1:
		return xs[0]
	}
	return &ir.And{At: ir.At{S: xs[0].Span()}, Xs: xs}
}

func or(xs ...ir.Expr) ir.Expr {
	switch len(xs) {
	case 0:
		return &ir.Lit{Value: ir.Value{Type: ir.Bool, V: false}}
	case 1:
		return xs[0]
	}
	return &ir.Or{At: ir.At{S: xs[0].Span()}, Xs: xs}
}

// choose is the first branch whose condition is true, else null.
func choose(t ir.Type, otherwise ir.Expr, branches ...ir.Branch) ir.Expr {
	a := ir.At{S: otherwise.Span()}
	return &ir.Cond{At: a, Branches: branches, Else: otherwise, T: t}
}

// bool lowers a condition.
func (l *lowerer) bool(r *rows, x syntax.Expr) ir.Expr { return l.expr(r, x).x }

// expr lowers an eval expression.
func (l *lowerer) expr(r *rows, x syntax.Expr) val {
	if l.nodes++; l.nodes > maxNodes {
		return val{x: &ir.Bad{At: at(x)}}
	}
	switch x := x.(type) {
	case *syntax.FieldRef:
		return l.fieldRef(r, x)
	case *syntax.Str:
		return l.stringLiteral(r, x)
	case *syntax.Num:
		f, err := strconv.ParseFloat(x.Text, 64)
		if err != nil {
			l.unsupported(x, "the number "+x.Text)
		}
		return val{x: lit(ir.Real, f, at(x)), k: numKind}
	case *syntax.Group:
		return l.expr(r, x.X)
	case *syntax.Unary:
		return l.unary(r, x)
	case *syntax.Binary:
		return l.binary(r, x)
	case *syntax.InExpr:
		list := make([]val, len(x.List))
		for i, y := range x.List {
			list[i] = l.once(r, l.expr(r, y))
		}
		return l.in(l.once(r, l.expr(r, x.X)), list, x)
	case *syntax.Call:
		return l.call(r, x)
	case *syntax.Macro:
		l.refuse(x, CodeUnsupported, "the macro "+x.Name+" has no definition", "what it stands for is not in the text")
	case *syntax.Token:
		l.unconfirmed(x, "$"+x.Name+"$")
	default:
		l.unsupported(x, "this expression")
	}
	return val{x: &ir.Bad{At: at(x)}}
}

func (l *lowerer) fieldRef(r *rows, x *syntax.FieldRef) val {
	switch {
	case x.IsBool() && !r.has(x.Name):
		return val{x: lit(ir.Bool, x.Name == "true", at(x)), k: boolKind}
	case x.Quoted && l.wrong("single-quotes-are-text"):
		return val{x: str(x.Name, at(x)), k: textKind, lit: &x.Name}
	case l.wrong("braces-are-an-index") && strings.HasSuffix(x.Name, "{}"):
		return val{x: &ir.Access{At: at(x), X: l.col(r, x.Name, x).x, Steps: []ir.Step{{Index: 0, IsIndex: true}}}}
	}
	return l.col(r, x.Name, x)
}

func (l *lowerer) stringLiteral(r *rows, x *syntax.Str) val {
	s := x.Text
	switch {
	case l.wrong("double-quotes-name-a-field"):
		return l.col(r, s, x)
	case l.wrong("eval-string-keeps-backslash-t"):
		s = strings.ReplaceAll(s, "\t", `\t`)
	case l.wrong("eval-drops-unknown-backslashes"):
		s = strings.ReplaceAll(s, `\`, "")
	}
	return val{x: str(s, at(x)), k: textKind, lit: &s}
}

func (l *lowerer) unary(r *rows, x *syntax.Unary) val {
	v := l.expr(r, x.X)
	switch x.Op {
	case "NOT":
		l.notOnAbsent(x)
		return val{x: &ir.Not{At: at(x), X: v.x}, k: boolKind}
	case "-":
		return val{x: &ir.Neg{At: at(x), X: l.num(v)}, k: numKind}
	default:
		return val{x: l.num(v), k: numKind}
	}
}

// notOnAbsent notes that rows for which the operand is unknown are left out: no page says what NOT makes of them. Conditions that
// are never unknown need no note.
func (l *lowerer) notOnAbsent(x *syntax.Unary) {
	if c, ok := inner(x.X).(*syntax.Call); ok && (c.Func.Text == "isnull" || c.Func.Text == "isnotnull") {
		return
	}
	l.note(x, "rows for which the operand of NOT is unknown, because a field is absent, are left out")
}

func inner(x syntax.Expr) syntax.Expr {
	if g, ok := x.(*syntax.Group); ok {
		return inner(g.X)
	}
	return x
}

func (l *lowerer) binary(r *rows, x *syntax.Binary) val {
	if y := l.regroup(x); y != x {
		return l.binary(r, y)
	}
	a := at(x)
	v, w := l.expr(r, x.X), l.expr(r, x.Y)
	if x.Op != "." {
		v, w = l.once(r, v), l.once(r, w)
	}
	switch x.Op {
	case "AND":
		return val{x: &ir.And{At: a, Xs: []ir.Expr{v.x, w.x}}, k: boolKind}
	case "OR":
		return val{x: &ir.Or{At: a, Xs: []ir.Expr{v.x, w.x}}, k: boolKind}
	case "XOR":
		if _, nested := inner(x.X).(*syntax.Binary); nested && inner(x.X).(*syntax.Binary).Op == "XOR" {
			l.unsupported(x, "XOR of more than two conditions")
		}
		one := and(v.x, not(w.x))
		two := and(not(v.x), w.x)
		return val{x: or(one, two), k: boolKind}
	case "LIKE":
		if l.wrong("like-operator-is-equality") {
			return val{x: l.compare(ir.Eq, v, w), k: boolKind}
		}
		return l.like(v, w, x)
	case "+", "-", "*", "/", "%", ".":
		return l.arith(r, x, v, w)
	}
	return val{x: l.compareExprs(x, v, w), k: boolKind}
}

// compareOps are the comparisons by spelling. Read-only.
var compareOps = map[string]ir.CmpOp{"==": ir.Eq, "=": ir.Eq, "!=": ir.Ne, "<": ir.Lt, "<=": ir.Le, ">": ir.Gt, ">=": ir.Ge}

func (l *lowerer) compareExprs(x *syntax.Binary, v, w val) ir.Expr {
	op := compareOps[x.Op]
	if f, ok := x.Y.(*syntax.FieldRef); ok && l.wrong("where-right-side-is-text") {
		w = val{x: str(f.Name, at(f)), k: textKind, lit: &f.Name}
	}
	if w.lit != nil && l.wrong("star-is-a-wildcard-in-where") {
		return &ir.Match{At: at(x), Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(wildcard(*w.lit, ""), at(x))}}
	}
	if l.wrong("where-folds-case") {
		v, w = val{x: call("tolower", ir.String, at(x), l.text(v)), k: textKind}, val{x: call("tolower", ir.String, at(x), l.text(w)), k: textKind}
	}
	if l.wrong("constant-condition-is-false") && v.k == numKind && w.k == numKind {
		return lit(ir.Bool, false, at(x))
	}
	c := l.compare(op, v, w)
	if op == ir.Ne && l.wrong("where-not-equals-keeps-absent") {
		return or(c, isNull(v.x))
	}
	return c
}

// compare is numeric when both sides are numbers, lexicographic otherwise; with an absent side it is unknown.
func (l *lowerer) compare(op ir.CmpOp, v, w val) ir.Expr {
	a := ir.At{S: v.x.Span()}
	asText := &ir.Compare{At: a, Op: op, L: l.text(v), R: l.text(w)}
	if v.k == textKind && w.k == textKind || l.wrong("where-compares-numbers-as-text") {
		return asText
	}
	asNumber := &ir.Compare{At: a, Op: op, L: l.num(v), R: l.num(w)}
	if v.k == numKind && w.k == numKind {
		return asNumber
	}
	// A string literal is compared as text unless the order of numbers is asked for.
	if (v.lit != nil || w.lit != nil) && (op == ir.Eq || op == ir.Ne) {
		return asText
	}
	var numeric []ir.Expr
	for _, y := range []val{v, w} {
		if y.k != numKind {
			numeric = append(numeric, isNumber(y, l))
		}
	}
	return choose(ir.Bool, asText, ir.Branch{If: and(numeric...), Then: asNumber})
}

func call(name string, t ir.Type, a ir.At, args ...ir.Expr) *ir.Call {
	return &ir.Call{At: a, Func: name, Args: args, T: t}
}

func (l *lowerer) arith(r *rows, x *syntax.Binary, v, w val) val {
	a := at(x)
	switch x.Op {
	case ".":
		return l.concat(r, x, v, w)
	case "+":
		return l.plus(x, v, w)
	case "/":
		den := l.num(w)
		quotient := &ir.Arith{At: a, Op: "/", L: l.num(v), R: den, T: ir.Real}
		if l.wrong("division-by-zero-is-infinite") {
			return val{x: quotient, k: numKind}
		}
		zero := &ir.Compare{At: a, Op: ir.Eq, L: den, R: lit(ir.Real, 0.0, a)}
		return val{x: choose(ir.Real, quotient, ir.Branch{If: zero, Then: lit(ir.Real, nil, a)}), k: numKind}
	}
	op := x.Op
	if op == "%" && l.wrong("percent-is-division") {
		op = "/"
	}
	return val{x: &ir.Arith{At: a, Op: op, L: l.num(v), R: l.num(w), T: ir.Real}, k: numKind}
}

// concat is the operator ., which reads both sides as text. No page says how it binds next to + and -.
func (l *lowerer) concat(r *rows, x *syntax.Binary, v, w val) val {
	for _, side := range []syntax.Expr{x.X, x.Y} {
		if b, ok := side.(*syntax.Binary); ok && (b.Op == "+" || b.Op == "-") {
			l.unconfirmed(x, ". next to "+b.Op+" without parentheses")
		}
	}
	if f, ok := x.X.(*syntax.FieldRef); ok && l.wrong("dot-is-a-path") {
		if g, ok := x.Y.(*syntax.FieldRef); ok {
			return l.col(r, f.Name+"."+g.Name, x)
		}
	}
	if l.wrong("dot-adds-numbers") {
		return l.plus(x, v, w)
	}
	left, right := l.text(v), l.text(w)
	if l.wrong("absent-concatenates-as-empty") {
		fill := func(y ir.Expr) ir.Expr { return &ir.Fill{At: at(x), X: y, With: ir.Value{Type: ir.String, V: ""}} }
		left, right = fill(left), fill(right)
	}
	return val{x: call("strcat", ir.String, at(x), left, right), k: textKind}
}

// plus adds two numbers and concatenates two texts.
func (l *lowerer) plus(x *syntax.Binary, v, w val) val {
	if b, ok := x.X.(*syntax.Binary); ok && b.Op == "." {
		l.unconfirmed(x, "+ next to . without parentheses")
	}
	a := at(x)
	sum := val{x: &ir.Arith{At: a, Op: "+", L: l.num(v), R: l.num(w), T: ir.Real}, k: numKind}
	if v.k == numKind || w.k == numKind || l.wrong("plus-is-always-addition") {
		return sum
	}
	joined := call("strcat", ir.String, a, l.text(v), l.text(w))
	if v.k == textKind && w.k == textKind {
		return val{x: joined, k: textKind}
	}
	both := and(isNumber(v, l), isNumber(w, l))
	neither := and(not(isNumber(v, l)), not(isNumber(w, l)))
	return val{x: choose(ir.Dynamic, null(a), ir.Branch{If: both, Then: l.stored(sum)}, ir.Branch{If: neither, Then: joined})}
}

// regroup returns the tree as a wrong reading of the precedence has it; x itself otherwise.
func (l *lowerer) regroup(x *syntax.Binary) *syntax.Binary {
	rotate := func(outer, low string) *syntax.Binary {
		// (a low b) outer c as a low (b outer c)
		if y, ok := x.X.(*syntax.Binary); ok && x.Op == outer && y.Op == low {
			in := *x
			in.X = y.Y
			out := *y
			out.Y = &syntax.Group{X: &in}
			return &out
		}
		return x
	}
	switch l.opts.misread {
	case "or-before-and-in-where":
		return rotate("OR", "AND")
	case "xor-before-or":
		if y, ok := x.Y.(*syntax.Binary); ok && x.Op == "XOR" && y.Op == "OR" {
			in := *x
			in.Y = y.X
			out := *y
			out.X = &syntax.Group{X: &in}
			return &out
		}
	case "not-covers-the-and":
		if y, ok := x.X.(*syntax.Unary); ok && x.Op == "AND" && y.Op == "NOT" {
			in := *x
			in.X = y.X
			return &syntax.Binary{Op: "AND", X: &syntax.Group{X: &syntax.Unary{Op: "NOT", X: &in}}, Y: &syntax.Call{Func: &syntax.Name{Text: "true"}}}
		}
	case "arithmetic-is-left-to-right":
		if y, ok := x.Y.(*syntax.Binary); ok && x.Op == "+" && y.Op == "*" {
			in := *x
			in.Y = y.X
			return &syntax.Binary{Op: "*", X: &syntax.Group{X: &in}, Y: y.Y}
		}
	}
	return x
}

// in lowers in(x, list) and x IN (list): the comparison with each value.
func (l *lowerer) in(v val, list []val, n syntax.Node) val {
	var any []ir.Expr
	for _, w := range list {
		if w.lit != nil && l.wrong("in-function-takes-wildcards") {
			any = append(any, &ir.Match{At: at(n), Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(wildcard(*w.lit, ""), at(n))}})
			continue
		}
		any = append(any, l.compare(ir.Eq, v, w))
	}
	return val{x: or(any...), k: boolKind}
}

// like matches the whole value: % is any text, _ one character (searchbnf.conf: the pattern of SQLite). The pattern is a literal.
func (l *lowerer) like(v, w val, n syntax.Node) val {
	if w.lit == nil {
		l.unsupported(n, "like with a pattern that is not a literal")
		return val{x: &ir.Bad{At: at(n)}, k: boolKind}
	}
	var b strings.Builder
	for _, c := range *w.lit {
		switch {
		case c == '%':
			b.WriteString(".*")
		case c == '_' && !l.wrong("underscore-is-literal-in-like"):
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	pattern := "(?s)^" + b.String() + "$"
	if l.wrong("like-matches-anywhere") {
		pattern = "(?s)" + b.String()
	}
	return val{x: &ir.Match{At: at(n), Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(pattern, at(n))}}, k: boolKind}
}

// wildcard is a pattern with * as a regular expression over the whole value.
func wildcard(s, flags string) string {
	parts := strings.Split(s, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return "(?s" + flags + ")^" + strings.Join(parts, ".*") + "$"
}

// eval lowers the assignments from left to right.
func (l *lowerer) eval(r *rows, c *syntax.Eval) {
	if l.wrong("eval-sees-the-old-values") && len(c.Assigns) > 1 {
		l.evalAtOnce(r, c)
		return
	}
	for _, a := range c.Assigns {
		v := l.expr(r, a.X)
		x := l.stored(v)
		name := a.Field.Text
		switch {
		case l.wrong("failed-eval-keeps-the-old-value"):
			x = firstOf(x, l.col(r, name, a).x)
		case l.wrong("eval-keeps-an-existing-field"):
			x = firstOf(l.col(r, name, a).x, x)
		case l.wrong("null-writes-an-empty-string"):
			x = firstOf(x, str("", at(a)))
		}
		r.add(&ir.Extend{At: at(a), Cols: []ir.Named{{Name: name, X: x}}})
		r.know(name)
	}
}

func (l *lowerer) evalAtOnce(r *rows, c *syntax.Eval) {
	e := &ir.Extend{At: at(c)}
	for _, a := range c.Assigns {
		e.Cols = append(e.Cols, ir.Named{Name: a.Field.Text, X: l.stored(l.expr(r, a.X))})
	}
	r.add(e)
	for _, a := range c.Assigns {
		r.know(a.Field.Text)
	}
}

// firstOf is the first value that is not null.
func firstOf(xs ...ir.Expr) ir.Expr {
	var branches []ir.Branch
	for _, x := range xs[:len(xs)-1] {
		branches = append(branches, ir.Branch{If: not(isNull(x)), Then: x})
	}
	return choose(ir.Dynamic, xs[len(xs)-1], slices.Clip(branches)...)
}
