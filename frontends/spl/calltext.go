package spl

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// textual are the functions of text and of conversion.
func (l *lowerer) textual(r *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	textOf := func(name string, args ...ir.Expr) (val, bool) {
		return val{x: call(name, ir.String, a, args...), k: textKind}, true
	}
	switch c.Func.Text {
	case "lower":
		if l.wrong("lower-keeps-case") {
			return val{x: l.text(vs[0]), k: textKind}, true
		}
		return textOf("tolower", l.text(vs[0]))
	case "upper":
		return textOf("toupper", l.text(vs[0]))
	case "urldecode":
		if l.wrong("urldecode-changes-nothing") {
			return val{x: l.text(vs[0]), k: textKind}, true
		}
		return textOf("url_decode", l.text(vs[0]))
	case "sha256":
		return textOf("hash_sha256", l.text(vs[0]))
	case "len":
		n := call("strlen", ir.Long, a, l.text(vs[0]))
		if l.wrong("len-counts-bytes") {
			twoBytes := call("replace_regex", ir.String, a, l.text(vs[0]), str(`[^\x00-\x7f]`, a), str("xx", a))
			n = call("strlen", ir.Long, a, twoBytes)
		}
		return val{x: n, k: numKind}, true
	case "substr":
		return l.substr(c, vs), true
	case "replace":
		return l.replace(c, vs), true
	case "trim", "ltrim", "rtrim":
		return l.trim(c, vs), true
	case "tonumber":
		if len(vs) > 1 {
			return val{}, false
		}
		n := l.num(vs[0])
		if l.wrong("tonumber-of-text-is-zero") {
			n = &ir.Fill{At: a, X: n, With: ir.Value{Type: ir.Real, V: 0.0}}
		}
		return val{x: n, k: numKind}, true
	case "tostring":
		if len(vs) > 1 {
			return l.formatted(c, vs), true
		}
		if l.wrong("tostring-of-boolean-is-one") && vs[0].k == boolKind {
			return val{x: &ir.Cast{At: a, To: ir.String, X: &ir.Cast{At: a, To: ir.Long, X: vs[0].x}}, k: textKind}, true
		}
		return val{x: l.text(vs[0]), k: textKind}, true
	case "split":
		return l.split(c, vs), true
	case "json_array_to_mv":
		if len(vs) > 1 {
			return val{}, false
		}
		list := call("parse_json", ir.Dynamic, a, l.text(vs[0]))
		return val{x: choose(ir.Dynamic, null(a), ir.Branch{If: isArray(list), Then: oneOrMany(list)})}, true
	case "spath", "json_extract":
		if len(vs) != 2 || vs[1].lit == nil {
			l.unsupported(c, c.Func.Text+" with a path that is not a literal")
			return val{x: &ir.Bad{At: a}}, true
		}
		x := l.jsonPath(r, vs[0], *vs[1].lit, c)
		if l.wrong("spath-function-returns-a-list") {
			x = &ir.List{At: a, Elems: []ir.Expr{x}}
		}
		return val{x: x}, true
	}
	return val{}, false
}

// substr counts from 1; a negative start counts from the end.
func (l *lowerer) substr(c *syntax.Call, vs []val) val {
	a := at(c)
	from := l.substrStart(c, vs)
	args := []ir.Expr{l.text(vs[0]), from}
	if len(vs) == 3 {
		args = append(args, &ir.Cast{At: a, To: ir.Long, X: l.num(vs[2])})
	}
	return val{x: call("substring", ir.String, a, args...), k: textKind}
}

// substrStart is the start of substr counted from 0; null, as the start of no text, for a computed start of 0, which no page explains.
func (l *lowerer) substrStart(c *syntax.Call, vs []val) ir.Expr {
	a := at(c)
	start, ok := syntax.WholeNumber(c.Args[1])
	if !ok {
		n := &ir.Cast{At: a, To: ir.Long, X: l.num(vs[1])}
		is := func(op ir.CmpOp) ir.Expr { return &ir.Compare{At: a, Op: op, L: n, R: lit(ir.Long, int64(0), a)} }
		one := lit(ir.Long, int64(1), a)
		if l.wrong("substr-counts-from-zero") {
			one = lit(ir.Long, int64(0), a)
		}
		return choose(ir.Long, lit(ir.Long, nil, a), ir.Branch{If: is(ir.Gt), Then: &ir.Arith{At: a, Op: "-", L: n, R: one, T: ir.Long}},
			ir.Branch{If: is(ir.Lt), Then: n})
	}
	switch {
	case start < 0 && l.wrong("substr-negative-is-null"):
		return lit(ir.Long, nil, a)
	case start > 0 && !l.wrong("substr-counts-from-zero"):
		start--
	}
	return lit(ir.Long, start, a)
}

// replace replaces every match; \1 in the replacement is a group.
func (l *lowerer) replace(c *syntax.Call, vs []val) val {
	a := at(c)
	if vs[1].lit == nil || vs[2].lit == nil {
		l.unsupported(c, "replace with an expression that is not a literal")
		return val{x: &ir.Bad{At: a}}
	}
	re, ok := l.exactPattern(*vs[1].lit, c.Args[1])
	if !ok {
		return val{x: &ir.Bad{At: a}}
	}
	p, with := re.String(), *vs[2].lit
	switch {
	case l.wrong("replace-keeps-backslash-one"):
		with = strings.ReplaceAll(with, `\`, `\\`)
	case l.wrong("replace-replaces-the-first"):
		p, with = "(?s)^(.*?)(?:"+p+")", `\1`+with
	}
	return val{x: call("replace_regex", ir.String, a, l.text(vs[0]), str(p, a), str(with, a)), k: textKind}
}

func (l *lowerer) trim(c *syntax.Call, vs []val) val {
	a := at(c)
	chars := " \t"
	if len(vs) == 2 {
		if vs[1].lit == nil {
			l.unsupported(c.Args[1], "trim with characters that are not a literal")
			return val{x: &ir.Bad{At: a}}
		}
		if !l.wrong("trim-ignores-its-characters") {
			chars = *vs[1].lit
		}
	}
	name := map[string]string{"trim": "trim", "ltrim": "trim_start", "rtrim": "trim_end"}[c.Func.Text]
	var class strings.Builder
	for _, ch := range chars {
		class.WriteString(`\x{` + strconv.FormatInt(int64(ch), 16) + `}`)
	}
	return val{x: call(name, ir.String, a, str("["+class.String()+"]+", a), l.text(vs[0])), k: textKind}
}

// step is a part of a JSON path: name, name{3} or name{}.
var pathStep = regexp.MustCompile(`^([^{}]*)(\{([0-9]*)\})?$`)

// jsonPath reads the value at a path of a JSON text (spath command). {} stands for all elements of an array.
func (l *lowerer) jsonPath(r *rows, v val, path string, n syntax.Node) ir.Expr {
	a := at(n)
	if l.wrong("spath-reads-nothing") {
		return null(a)
	}
	parts := strings.Split(path, ".")
	x := ir.Expr(call("parse_json", ir.Dynamic, a, l.text(v)))
	for i, part := range parts {
		if !strings.HasSuffix(part, "{}") || i == len(parts)-1 {
			continue
		}
		if strings.Contains(strings.Join(parts[i+1:], "."), "{}") {
			return l.belowEvery(r, x, path, n)
		}
		steps, ok := l.pathSteps(strings.Join(parts[:i+1], "."), n)
		if !ok {
			return &ir.Bad{At: a}
		}
		return l.belowEach(r, &ir.Access{At: a, X: x, Steps: steps}, parts[i+1:], n)
	}
	steps, ok := l.pathSteps(path, n)
	if !ok {
		return &ir.Bad{At: a}
	}
	return &ir.Access{At: a, X: x, Steps: steps}
}

// pathSteps are the steps of a path; an index counts from 0, and {} at the end is the array itself.
func (l *lowerer) pathSteps(path string, n syntax.Node) ([]ir.Step, bool) {
	var steps []ir.Step
	for _, part := range strings.Split(path, ".") {
		m := pathStep.FindStringSubmatch(part)
		if m == nil {
			l.unsupported(n, "the path "+path)
			return nil, false
		}
		if m[1] != "" {
			steps = append(steps, ir.Step{Key: m[1]})
		}
		if m[3] != "" {
			index, err := strconv.Atoi(m[3])
			if err != nil || index > 1<<20 {
				l.unsupported(n, "the path "+path)
				return nil, false
			}
			if l.wrong("spath-index-counts-from-one") {
				index--
			}
			steps = append(steps, ir.Step{Index: index, IsIndex: true})
		}
	}
	return steps, true
}

// formatted is tostring with a format: hex of a whole number.
func (l *lowerer) formatted(c *syntax.Call, vs []val) val {
	a := at(c)
	if vs[1].lit == nil || *vs[1].lit != "hex" {
		l.unsupported(c.Args[1], "tostring with this format")
		return val{x: &ir.Bad{At: a}}
	}
	if l.wrong("tostring-ignores-its-format") {
		return val{x: l.text(vs[0]), k: textKind}
	}
	digits := call("tohex", ir.String, a, &ir.Cast{At: a, To: ir.Long, X: l.num(vs[0])})
	return val{x: call("strcat", ir.String, a, str("0x", a), call("toupper", ir.String, a, digits)), k: textKind}
}

// split makes a multivalue field; one value stays one value.
func (l *lowerer) split(c *syntax.Call, vs []val) val {
	a := at(c)
	if l.wrong("split-keeps-one-value") {
		return val{x: l.text(vs[0])}
	}
	if vs[1].lit == nil || *vs[1].lit == "" {
		l.unsupported(c.Args[1], "split at a delimiter that is not a literal text")
		return val{x: &ir.Bad{At: a}}
	}
	list := call("split", ir.Dynamic, a, l.text(vs[0]), str(*vs[1].lit, a))
	found := &ir.Match{At: a, Kind: ir.Contains, Case: ir.Exact, X: l.text(vs[0]), Needles: []ir.Expr{str(*vs[1].lit, a)}}
	return val{x: choose(ir.Dynamic, l.text(vs[0]), ir.Branch{If: found, Then: list})}
}
