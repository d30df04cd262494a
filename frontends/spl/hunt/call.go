package hunt

import (
	"regexp"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// call lowers a function of eval that makes a value (SPL search reference, "Evaluation functions").
func (l *lowerer) call(c *syntax.Call) val {
	switch c.Func.Text {
	case "null":
		return val{null: true, t: ir.String, x: litOf(at(c), ir.String, ""), nonempty: true}
	case "if", "case", "validate":
		return l.branches(c)
	case "coalesce", "ifnull":
		return l.coalesce(c)
	case "nullif":
		return l.nullif(c)
	case "lower", "upper", "urldecode", "sha256":
		return l.textCall(c)
	case "len":
		v, ok := l.textArg(c.Args[0])
		if !ok {
			return bad(c)
		}
		return l.onlyWhere(v, c.Args[0], val{x: &ir.Call{At: at(c), Func: "strlen", Args: []ir.Expr{v.x}, T: ir.Long}, t: ir.Long, max: 1 << 31}, c)
	case "substr":
		return l.substr(c)
	case "replace":
		return l.replace(c)
	case "trim", "ltrim", "rtrim":
		return l.trim(c)
	case "tostring":
		if len(c.Args) == 1 {
			return l.tostring(c)
		}
	case "tonumber":
		if len(c.Args) == 1 {
			return l.tonumber(c)
		}
	case "abs", "sqrt", "exp", "ln", "ceiling", "ceil", "floor", "round", "exact":
		return l.numberCall(c)
	case "max", "min":
		return l.greatest(c)
	case "now":
		return val{x: &ir.Now{At: at(c)}, t: ir.Datetime, always: true}
	case "strftime":
		return l.strftime(c)
	case "relative_time":
		return l.relativeTime(c)
	case "mvindex":
		if len(c.Args) == 2 {
			return l.part(c)
		}
	case "mvcount":
		return l.mvcount(c)
	case "true", "false", "isnull", "isnotnull", "isnum", "isstr", "isint", "in", "like", "match", "cidrmatch", "searchmatch":
		l.refuse(c, spl.CodeUnsupported, "the condition "+c.Func.Text+" as a value is not translated", "eval cannot store a boolean: wrap it in if()")
		return bad(c)
	}
	l.unsupported(c.Func, "the function "+c.Func.Text)
	return bad(c)
}

// onlyWhere gives a value only where another is present.
func (l *lowerer) onlyWhere(on val, onNode syntax.Node, v val, n syntax.Node) val {
	v.always = on.always
	p := l.present(on, onNode)
	if b, ok := isBool(p); ok && b {
		return v
	}
	none := litOf(at(n), v.t, ir.Null(v.t).V)
	v.x = &ir.Cond{At: at(n), Branches: []ir.Branch{{If: p, Then: v.x}}, Else: none, T: v.t}
	return v
}

// branches is if, case and validate: the first whose condition is true; an unknown one is not.
func (l *lowerer) branches(c *syntax.Call) val {
	var conds []ir.Expr
	var vs []val
	var nodes []syntax.Node
	isIf := c.Func.Text == "if"
	for i := 0; i+1 < len(c.Args); i += 2 {
		k := l.where(c.Args[i])
		if c.Func.Text == "validate" {
			if !k.total {
				l.unsupported(c.Args[i], "validate with a condition on fields that may be absent")
				return bad(c)
			}
			k.x = negated(k.x)
		}
		conds, vs, nodes = append(conds, k.x), append(vs, l.value(c.Args[i+1])), append(nodes, c.Args[i+1])
		if b, ok := isBool(k.x); ok && b {
			break // nothing behind true() is reached
		}
	}
	otherwise := val{null: true}
	last := syntax.Node(c)
	if isIf {
		last, otherwise = c.Args[2], l.value(c.Args[2])
	}
	b, ok := isBool(conds[len(conds)-1])
	if ok && b && !isIf {
		otherwise, last = vs[len(vs)-1], nodes[len(nodes)-1]
		conds, vs, nodes = conds[:len(conds)-1], vs[:len(vs)-1], nodes[:len(nodes)-1]
	}
	all, t := l.unified(append(vs, otherwise), append(nodes, last), c)
	if all == nil {
		return bad(c)
	}
	out := merged(all, t)
	cond := &ir.Cond{At: at(c), Else: all[len(all)-1].x, T: t}
	for i, k := range conds {
		cond.Branches = append(cond.Branches, ir.Branch{If: k, Then: all[i].x})
	}
	if out.x = cond; len(conds) == 0 {
		out.x = cond.Else
	}
	return out
}

// coalesce is the first value that is present.
func (l *lowerer) coalesce(c *syntax.Call) val {
	var vs []val
	var nodes []syntax.Node
	for _, a := range c.Args {
		v := l.value(a)
		vs, nodes = append(vs, v), append(nodes, a)
		if v.always {
			break
		}
	}
	all, t := l.unified(vs, nodes, c)
	if all == nil {
		return bad(c)
	}
	out := merged(all, t)
	last := len(all) - 1
	out.always = all[last].always
	cond := &ir.Cond{At: at(c), Else: all[last].x, T: t}
	for i, v := range all[:last] {
		if vs[i].null {
			continue
		}
		cond.Branches = append(cond.Branches, ir.Branch{If: l.present(vs[i], nodes[i]), Then: v.x})
	}
	if out.x = cond; len(cond.Branches) == 0 {
		out.x = cond.Else
	}
	return out
}

func (l *lowerer) nullif(c *syntax.Call) val {
	v := l.value(c.Args[0])
	same := l.compareValues(c, ir.Eq, v, l.value(c.Args[1]), c.Args[0], c.Args[1])
	if v.bad() || v.set {
		return bad(c)
	}
	if v.t == ir.String && !v.nonempty {
		l.present(v, c.Args[0])
	}
	out := val{t: v.t, nonempty: v.nonempty, text: v.text, max: v.max, full: v.full, digits: v.digits}
	out.x = &ir.Cond{At: at(c), Branches: []ir.Branch{{If: same.x, Then: litOf(at(c), v.t, ir.Null(v.t).V)}}, Else: v.x, T: v.t}
	return out
}

// textCalls are functions of one text by KQL's name; full says that they make no empty text of one that is not empty. Read-only.
var textCalls = map[string]struct {
	name string
	full bool
}{"lower": {"tolower", true}, "upper": {"toupper", true}, "urldecode": {"url_decode", true}, "sha256": {"hash_sha256", true}}

func (l *lowerer) textCall(c *syntax.Call) val {
	v, ok := l.textArg(c.Args[0])
	if !ok {
		return bad(c)
	}
	f := textCalls[c.Func.Text]
	out := val{x: &ir.Call{At: at(c), Func: f.name, Args: []ir.Expr{v.x}, T: ir.String}, t: ir.String, nonempty: v.nonempty && f.full, full: v.full, text: true, always: v.always}
	if f.name == "hash_sha256" {
		out.nonempty, out.full = true, nil
		return l.onlyWhere(v, c.Args[0], out, c)
	}
	return out
}

// mayEmpty is a text made of another that may come out empty: where the other is absent, so is it.
func (l *lowerer) mayEmpty(on val, x ir.Expr) val {
	return val{x: x, t: ir.String, always: on.always, text: true}
}

// literalInt is a whole number that an int of KQL holds.
func literalInt(x syntax.Expr) (int64, bool) {
	n, ok := syntax.WholeNumber(x)
	return n, ok && n < 1<<31 && n > -1<<31
}

// substr counts from 1.
func (l *lowerer) substr(c *syntax.Call) val {
	v, ok := l.textArg(c.Args[0])
	start, isInt := literalInt(c.Args[1])
	if !ok || !isInt || start < 1 {
		if ok {
			l.unsupported(c, "substr with a start that is not a literal from 1")
		}
		return bad(c)
	}
	args := []ir.Expr{v.x, litOf(at(c), ir.Long, start-1)}
	if len(c.Args) == 3 {
		n, isInt := literalInt(c.Args[2])
		if !isInt || n < 0 {
			l.unsupported(c, "substr with a length that is not a literal")
			return bad(c)
		}
		args = append(args, litOf(at(c), ir.Long, n))
	}
	out := l.mayEmpty(v, &ir.Call{At: at(c), Func: "substring", Args: args, T: ir.String})
	out.full, out.nonempty = v.full, v.nonempty && start == 1 && (len(args) == 2 || args[2].(*ir.Lit).Value.V.(int64) > 0)
	return out
}

// replace replaces every match; \1 in the replacement is a group.
func (l *lowerer) replace(c *syntax.Call) val {
	v, ok := l.textArg(c.Args[0])
	p, isLit := l.literalArg(c.Args[1], "replace with an expression")
	with, isText := l.literalArg(c.Args[2], "replace with a replacement")
	if !ok || !isLit || !isText {
		return bad(c)
	}
	re := l.regex(p, c.Args[1])
	if re == nil {
		return bad(c)
	}
	if re.MatchString("") {
		l.unsupported(c.Args[1], "replace of an expression that matches the empty text")
		return bad(c)
	}
	return l.mayEmpty(v, &ir.Call{At: at(c), Func: "replace_regex", T: ir.String, Args: []ir.Expr{v.x, litOf(at(c), ir.String, p), litOf(at(c), ir.String, with)}})
}

func (l *lowerer) trim(c *syntax.Call) val {
	v, ok := l.textArg(c.Args[0])
	chars := " \t"
	if len(c.Args) == 2 {
		s, isLit := l.literalArg(c.Args[1], "trim with characters")
		ok, chars = ok && isLit && s != "", s
	}
	if !ok {
		return bad(c)
	}
	var class strings.Builder
	for _, ch := range chars {
		class.WriteString(regexp.QuoteMeta(string(ch)))
	}
	pattern := "[" + strings.NewReplacer("-", `\-`).Replace(class.String()) + "]+"
	name := map[string]string{"trim": "trim", "ltrim": "trim_start", "rtrim": "trim_end"}[c.Func.Text]
	return l.mayEmpty(v, &ir.Call{At: at(c), Func: name, T: ir.String, Args: []ir.Expr{litOf(at(c), ir.String, pattern), v.x}})
}

// tostring of a condition is True or False, which the interpreter has no case for: only values are read.
func (l *lowerer) tostring(c *syntax.Call) val {
	v, ok := l.textArg(c.Args[0])
	if !ok {
		return bad(c)
	}
	v.text, v.digits = true, nil
	return v
}

// tonumber of a text guesses; of a number it is the number.
func (l *lowerer) tonumber(c *syntax.Call) val {
	v := l.value(c.Args[0])
	if v.bad() || number(v.t) {
		v.digits = nil
		return v
	}
	l.refuse(c, spl.CodeUnsupported, "tonumber of "+noun(c.Args[0])+" is not translated",
		"languages differ in what a text that is spelled like a number may look like: declare the field as int, long or real with --fields")
	return bad(c)
}

func (l *lowerer) numberCall(c *syntax.Call) val {
	v := l.asNumber(l.value(c.Args[0]), c.Args[0])
	if v.bad() {
		return v
	}
	x := real(v, c.Args[0])
	f := func(name string, args ...ir.Expr) val {
		return val{x: &ir.Call{At: at(c), Func: name, Args: args, T: ir.Real}, t: ir.Real, always: v.always}
	}
	switch c.Func.Text {
	case "exact":
		return v
	case "abs", "exp":
		return f(c.Func.Text, x)
	case "ceiling", "ceil":
		return f("ceiling", x)
	case "floor": // the IR has only ceiling
		up := f("ceiling", &ir.Neg{At: at(c), X: x})
		up.x = &ir.Neg{At: at(c), X: up.x}
		return up
	case "round":
		if whole(v.t) {
			return v
		}
		n := int64(0)
		if len(c.Args) == 2 {
			var ok bool
			if n, ok = literalInt(c.Args[1]); !ok || n < 0 || n > 15 {
				l.unsupported(c.Args[1], "round with digits that are not a literal from 0 to 15")
				return bad(c)
			}
		}
		return f("round", x, litOf(at(c), ir.Long, n))
	}
	// sqrt and ln have no value below zero, and ln none at zero.
	name, op := "sqrt", ir.Ge
	if c.Func.Text == "ln" {
		name, op = "log", ir.Gt
	}
	in := &ir.Compare{At: at(c), Op: op, L: x, R: litOf(at(c), ir.Real, 0.0)}
	out := f(name, x)
	out.always = false
	out.x = &ir.Cond{At: at(c), Branches: []ir.Branch{{If: in, Then: out.x}}, Else: litOf(at(c), ir.Real, nil), T: ir.Real}
	return out
}

// part is mvindex of split: the part of a text at a constant index.
func (l *lowerer) part(c *syntax.Call) val {
	split, ok := c.Args[0].(*syntax.Call)
	i, isInt := literalInt(c.Args[1])
	if !ok || split.Func.Text != "split" || !isInt {
		l.refuse(c, spl.CodeUnsupported, "mvindex in this form is not translated", "mvindex(split(field,\"…\"),index) with a constant index is")
		return bad(c)
	}
	v, isText := l.textArg(split.Args[0])
	by, isLit := l.literalArg(split.Args[1], "split at a delimiter")
	if !isText || !isLit || by == "" {
		return bad(c)
	}
	parts := &ir.Call{At: at(split), Func: "split", T: ir.Dynamic, Args: []ir.Expr{v.x, litOf(at(c), ir.String, by)}}
	x := &ir.Access{At: at(c), X: parts, Steps: []ir.Step{{Index: int(i), IsIndex: true}}}
	out := l.mayEmpty(v, &ir.Cast{At: at(c), To: ir.String, X: x})
	out.always = v.always && (i == 0 || i == -1)
	return out
}

// greatest is max and min of numbers that every row has; no page says what they make of an absent one.
func (l *lowerer) greatest(c *syntax.Call) val {
	op := map[string]ir.CmpOp{"max": ir.Ge, "min": ir.Le}[c.Func.Text]
	var out val
	for i, x := range c.Args {
		v := l.value(x)
		switch {
		case v.bad():
			return v
		case !number(v.t) || !v.always:
			l.refuse(x, spl.CodeUnsupported, c.Func.Text+" of "+noun(x)+" is not translated", "it is translated of numbers that are never absent: coalesce(…,0) makes one")
			return bad(c)
		case i == 0:
			out = v
			continue
		}
		both, t := l.unified([]val{out, v}, []syntax.Node{c, x}, c)
		if both == nil {
			return bad(c)
		}
		first := &ir.Compare{At: at(c), Op: op, L: both[0].x, R: both[1].x}
		out = merged(both, t)
		out.digits = nil
		out.x = &ir.Cond{At: at(c), Branches: []ir.Branch{{If: first, Then: both[0].x}}, Else: both[1].x, T: t}
	}
	return out
}

// mvcount counts the values of a set; of none it is absent.
func (l *lowerer) mvcount(c *syntax.Call) val {
	v := l.value(c.Args[0])
	switch {
	case v.bad():
		return v
	case v.set:
		n := val{x: size(v, c), t: ir.Long, max: maxCount}
		n.orZero = n.x
		return l.onlyWhere(v, c.Args[0], n, c)
	}
	return l.onlyWhere(v, c.Args[0], val{x: litOf(at(c), ir.Long, int64(1)), t: ir.Long, max: 1}, c)
}
