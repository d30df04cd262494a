package spl

import (
	"math"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// CodeAbsent notes that rows are left out because a field that they need is absent, where no page says what Splunk does.
const CodeAbsent diag.Code = "SPLIN-ABSENT"

func (l *lowerer) note(n syntax.Node, message string) {
	l.diags.Add(diag.Diagnostic{Code: CodeAbsent, Severity: diag.Warning, Source: l.src, Span: n.Span(), Message: message})
}

// call lowers a function of eval (SPL search reference, "Evaluation functions"; searchbnf.conf [eval-function]).
func (l *lowerer) call(r *rows, c *syntax.Call) val {
	args := c.Args
	switch c.Func.Text {
	case "mvrange":
		return l.mvrange(c)
	case "relative_time":
		return l.relativeTime(l.once(r, l.expr(r, args[0])), args[1], c)
	case "strftime":
		return l.strftime(l.once(r, l.expr(r, args[0])), args[1], c)
	case "strptime":
		return l.strptime(l.once(r, l.expr(r, args[0])), args[1], c)
	}
	if v, ok := l.perValue(r, c); ok {
		return v
	}
	vs := make([]val, len(args))
	for i, a := range args {
		if vs[i] = l.expr(r, a); readsTwice[c.Func.Text] {
			vs[i] = l.once(r, vs[i])
		}
	}
	for _, f := range []func(*rows, *syntax.Call, []val) (val, bool){l.conditional, l.textual, l.numeric, l.multivalue, l.mathematical, l.structured, l.informational, l.bitwise} {
		if v, ok := f(r, c, vs); ok {
			return v
		}
	}
	l.refuse(c.Func, CodeUnsupported, "the function "+c.Func.Text+" is not evaluated", unevaluatedFunctions[c.Func.Text])
	return val{x: &ir.Bad{At: at(c)}}
}

// readsTwice are the functions whose form reads an argument more than once. Read-only.
var readsTwice = map[string]bool{"coalesce": true, "sum": true, "ifnull": true, "nullif": true, "in": true, "max": true, "min": true, "isint": true,
	"isstr": true, "mvcount": true, "mvindex": true, "mvjoin": true, "mvappend": true, "split": true, "strftime": true, "json_array_to_mv": true,
	"avg": true, "json_object": true, "json_array": true, "json_valid": true, "json": true, "json_keys": true, "json_set": true, "json_set_exact": true,
	"json_append": true, "json_extend": true, "json_delete": true, "json_has_key_exact": true, "json_extract_exact": true, "json_entries": true,
	"isarray": true, "isobject": true, "typeof": true, "ipmask": true, "bit_and": true, "bit_or": true, "bit_xor": true, "bit_shift_left": true,
	"bit_shift_right": true, "substr": true}

func boolVal(x ir.Expr) (val, bool) { return val{x: x, k: boolKind}, true }

// conditional are the comparison and conditional functions.
func (l *lowerer) conditional(r *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	switch c.Func.Text {
	case "true", "false":
		return boolVal(lit(ir.Bool, c.Func.Text == "true" && !l.wrong("true-never-holds"), a))
	case "null":
		return val{x: null(a)}, true
	case "isnull":
		if f, ok := c.Args[0].(*syntax.FieldRef); ok && l.wrong("isnull-false-for-an-unknown-field") && !r.has(f.Name) {
			return boolVal(lit(ir.Bool, false, a))
		}
		return boolVal(isNull(vs[0].x))
	case "isnotnull":
		if l.wrong("isnotnull-always-true") {
			return boolVal(lit(ir.Bool, true, a))
		}
		return boolVal(not(isNull(vs[0].x)))
	case "isnum":
		return boolVal(isNumber(vs[0], l))
	case "isstr":
		return boolVal(and(not(isNull(vs[0].x)), not(isNumber(vs[0], l))))
	case "isint":
		n := l.num(vs[0])
		whole := &ir.Cast{At: a, To: ir.Real, X: &ir.Cast{At: a, To: ir.Long, X: n}}
		return boolVal(and(isNumber(vs[0], l), &ir.Compare{At: a, Op: ir.Eq, L: n, R: whole}))
	case "if":
		if l.wrong("if-with-null-is-null") {
			return val{x: choose(ir.Dynamic, null(a), ir.Branch{If: vs[0].x, Then: l.stored(vs[1])}, ir.Branch{If: not(vs[0].x), Then: l.stored(vs[2])})}, true
		}
		return val{x: choose(ir.Dynamic, l.stored(vs[2]), ir.Branch{If: vs[0].x, Then: l.stored(vs[1])})}, true
	case "case":
		var branches []ir.Branch
		for i := 0; i+1 < len(vs); i += 2 {
			branches = append(branches, ir.Branch{If: vs[i].x, Then: l.stored(vs[i+1])})
		}
		if l.wrong("case-default-is-empty") {
			return val{x: choose(ir.Dynamic, str("", a), branches...)}, true
		}
		return val{x: choose(ir.Dynamic, null(a), branches...)}, true
	case "validate":
		var branches []ir.Branch
		for i := 0; i+1 < len(vs); i += 2 {
			cond := not(vs[i].x)
			if l.wrong("validate-returns-the-first-true") {
				cond = vs[i].x
			}
			branches = append(branches, ir.Branch{If: cond, Then: l.stored(vs[i+1])})
		}
		return val{x: choose(ir.Dynamic, null(a), branches...)}, true
	case "coalesce", "ifnull":
		xs := make([]ir.Expr, len(vs))
		for i, v := range vs {
			xs[i] = l.stored(v)
		}
		if l.wrong("coalesce-stops-at-absent") {
			return val{x: xs[0]}, true
		}
		return val{x: firstOf(xs...)}, true
	case "nullif":
		same := l.compare(ir.Eq, vs[0], vs[1])
		if l.wrong("nullif-returns-the-second") {
			return val{x: choose(ir.Dynamic, l.stored(vs[1]), ir.Branch{If: same, Then: null(a)})}, true
		}
		return val{x: choose(ir.Dynamic, l.stored(vs[0]), ir.Branch{If: same, Then: null(a)})}, true
	case "in":
		return l.in(vs[0], vs[1:], c), true
	case "like":
		return l.like(vs[0], vs[1], c), true
	case "match":
		return l.match(vs, c), true
	case "cidrmatch":
		x, rng := vs[1], vs[0]
		if l.wrong("cidrmatch-arguments-swapped") {
			x, rng = rng, x
		}
		return boolVal(&ir.Match{At: a, Kind: ir.CIDR, Case: ir.Exact, X: l.text(x), Needles: []ir.Expr{l.text(rng)}})
	}
	return val{}, false
}

// match finds the expression anywhere in the value.
func (l *lowerer) match(vs []val, c *syntax.Call) val {
	if vs[1].lit == nil {
		l.unsupported(c.Args[1], "match with an expression that is not a literal")
		return val{x: &ir.Bad{At: at(c)}, k: boolKind}
	}
	p := *vs[1].lit
	if l.wrong("match-is-anchored") {
		p = "^(?:" + p + ")$"
	}
	cs := ir.Exact
	if l.wrong("match-folds-case") {
		cs = ir.Fold
	}
	re, ok := l.pattern(p, c.Args[1])
	if !ok {
		return val{x: &ir.Bad{At: at(c)}, k: boolKind}
	}
	return val{x: &ir.Match{At: at(c), Kind: ir.Regex, Case: cs, X: l.text(vs[0]), Needles: []ir.Expr{str(re.String(), at(c))}}, k: boolKind}
}

// numeric are the mathematical and statistical functions.
func (l *lowerer) numeric(r *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	real := func(x ir.Expr) (val, bool) { return val{x: x, k: numKind}, true }
	f := func(name string, args ...ir.Expr) (val, bool) { return real(call(name, ir.Real, a, args...)) }
	switch c.Func.Text {
	case "abs", "sqrt", "exp":
		return f(c.Func.Text, l.num(vs[0]))
	case "ln":
		return f("log", l.num(vs[0]))
	case "ceiling", "ceil":
		if l.wrong("ceiling-is-floor") {
			return real(floor(l.num(vs[0])))
		}
		return f("ceiling", l.num(vs[0]))
	case "floor":
		return real(floor(l.num(vs[0])))
	case "exact":
		return real(l.num(vs[0]))
	case "pi":
		return real(lit(ir.Real, 3.1415926535898, a)) // to 11 digits: searchbnf.conf [eval-function]
	case "round":
		if l.wrong("round-truncates") {
			return real(floor(l.num(vs[0])))
		}
		if len(vs) == 1 {
			return f("round", l.num(vs[0]), lit(ir.Long, int64(0), a))
		}
		n, ok := syntax.WholeNumber(c.Args[1])
		if !ok || n < 0 || n > 15 {
			l.unsupported(c.Args[1], "round with digits that are not a literal from 0 to 15")
		}
		return f("round", l.num(vs[0]), lit(ir.Long, n, a))
	case "now":
		seconds := val{x: epochSeconds(&ir.Now{At: a}, a), k: numKind}
		if l.wrong("now-is-in-milliseconds") {
			return real(&ir.Arith{At: a, Op: "*", L: seconds.x, R: lit(ir.Real, 1000.0, a), T: ir.Real})
		}
		return seconds, true
	case "max", "min":
		if len(vs) > 3 {
			l.unsupported(c, c.Func.Text+" of more than three values")
			return val{x: &ir.Bad{At: a}}, true
		}
		v := vs[0]
		for _, w := range vs[1:] {
			v = l.extreme(c, v, w)
		}
		return v, true
	}
	return val{}, false
}

// extreme is the greater (or smaller) of two values; text is greater than a number.
func (l *lowerer) extreme(c *syntax.Call, v, w val) val {
	a := at(c)
	op := ir.Ge
	if c.Func.Text == "min" {
		op = ir.Le
	}
	numbers := choose(ir.Dynamic, l.stored(w), ir.Branch{If: &ir.Compare{At: a, Op: op, L: l.num(v), R: l.num(w)}, Then: l.stored(v)})
	if v.k == numKind && w.k == numKind {
		return val{x: numbers}
	}
	onlyV, onlyW := l.stored(w), l.stored(v) // what wins when only v, or only w, is a number
	if c.Func.Text == "min" || l.wrong("max-prefers-the-number") {
		onlyV, onlyW = onlyW, onlyV
	}
	texts := choose(ir.Dynamic, l.text(w), ir.Branch{If: &ir.Compare{At: a, Op: op, L: l.text(v), R: l.text(w)}, Then: l.text(v)})
	return val{x: choose(ir.Dynamic, texts, ir.Branch{If: and(isNumber(v, l), isNumber(w, l)), Then: numbers},
		ir.Branch{If: isNumber(v, l), Then: onlyV}, ir.Branch{If: isNumber(w, l), Then: onlyW})}
}

// floor rounds down: the IR has only ceiling.
func floor(x ir.Expr) ir.Expr {
	a := ir.At{S: x.Span()}
	return &ir.Neg{At: a, X: call("ceiling", ir.Real, a, &ir.Neg{At: a, X: x})}
}

// multivalue are the functions of multivalue fields, which are arrays.
func (l *lowerer) multivalue(r *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	switch c.Func.Text {
	case "mvcount":
		n := choose(ir.Long, lit(ir.Long, int64(1), a), ir.Branch{If: isNull(vs[0].x), Then: lit(ir.Long, nil, a)},
			ir.Branch{If: isArray(vs[0].x), Then: call("array_length", ir.Long, a, vs[0].x)})
		if l.wrong("mvcount-of-absent-is-zero") {
			n = &ir.Fill{At: a, X: n, With: ir.Value{Type: ir.Long, V: int64(0)}}
		}
		return val{x: n, k: numKind}, true
	case "mvindex":
		return l.mvindex(r, c, vs), true
	case "mvjoin":
		if vs[1].lit == nil {
			return val{}, false
		}
		by := *vs[1].lit
		if l.wrong("mvjoin-without-delimiter") {
			by = ""
		}
		return val{x: call("strcat_array", ir.String, a, asArray(vs[0].x), str(by, a)), k: textKind}, true
	case "mvappend":
		arrays := make([]ir.Expr, len(vs))
		for i, v := range vs {
			arrays[i] = asArray(l.stored(v))
		}
		if l.wrong("mvappend-nests") {
			return val{x: &ir.List{At: a, Elems: arrays}}, true
		}
		return val{x: call("array_concat", ir.Dynamic, a, arrays...)}, true
	}
	return val{}, false
}

// isArray reports whether a value is multivalue.
func isArray(x ir.Expr) ir.Expr {
	a := ir.At{S: x.Span()}
	return &ir.Compare{At: a, Op: ir.Eq, L: call("gettype", ir.String, a, x), R: str("array", a)}
}

// asArray is the values of a field as an array: none for an absent field.
func asArray(x ir.Expr) ir.Expr {
	a := ir.At{S: x.Span()}
	return choose(ir.Dynamic, &ir.List{At: a, Elems: []ir.Expr{x}}, ir.Branch{If: isNull(x), Then: lit(ir.Dynamic, []any{}, a)},
		ir.Branch{If: isArray(x), Then: x})
}

// mvindex with one index is that value.
func (l *lowerer) mvindex(r *rows, c *syntax.Call, vs []val) val {
	a := at(c)
	i, ok := syntax.WholeNumber(c.Args[1])
	if len(vs) == 3 {
		return l.mvslice(r, c, vs[0])
	}
	if !ok || i > math.MaxInt32 || i < math.MinInt32 {
		l.refuse(c, CodeUnsupported, "mvindex with an index that is not a literal is not evaluated", "the IR reads an array at a constant index")
		return val{x: &ir.Bad{At: a}}
	}
	switch {
	case l.wrong("mvindex-counts-from-one"):
		i--
	case i < 0 && l.wrong("mvindex-negative-is-null"):
		return val{x: null(a)}
	}
	x := ir.Expr(&ir.Access{At: a, X: asArray(vs[0].x), Steps: []ir.Step{{Index: int(i), IsIndex: true}}})
	if l.wrong("mvindex-returns-a-list") {
		x = choose(ir.Dynamic, &ir.List{At: a, Elems: []ir.Expr{x}}, ir.Branch{If: isNull(x), Then: null(a)})
	}
	return val{x: x}
}

// mvslice is mvindex with a range, both ends included.
func (l *lowerer) mvslice(r *rows, c *syntax.Call, v val) val {
	a := at(c)
	from, ok := syntax.WholeNumber(c.Args[1])
	to, literal := syntax.WholeNumber(c.Args[2])
	if l.wrong("mvindex-excludes-its-end") {
		to--
	}
	if !ok || !literal {
		l.unsupported(c, "mvindex with an index that is not a literal")
		return val{x: &ir.Bad{At: a}}
	}
	part := call("array_slice", ir.Dynamic, a, asArray(v.x), lit(ir.Long, from, a), lit(ir.Long, to, a))
	return val{x: oneOrMany(l.once(r, val{x: part}).x)}
}

// mvrange with literal ends is a literal array; its end is excluded.
func (l *lowerer) mvrange(c *syntax.Call) val {
	var n [3]int64
	n[2] = 1
	for i, x := range c.Args {
		v, ok := syntax.WholeNumber(x)
		if !ok {
			l.unsupported(x, "mvrange with an end that is not a whole number")
			return val{x: &ir.Bad{At: at(c)}}
		}
		n[i] = v
	}
	if l.wrong("mvrange-includes-its-end") {
		n[1]++
	}
	if n[2] <= 0 || (n[1]-n[0])/n[2] > maxNodes {
		l.unsupported(c, "mvrange of this size")
		return val{x: &ir.Bad{At: at(c)}}
	}
	list := []any{}
	for i := n[0]; i < n[1]; i += n[2] {
		list = append(list, i)
	}
	return val{x: lit(ir.Dynamic, list, at(c))}
}
