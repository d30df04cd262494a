package spl

import (
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// structured are the functions that make and change JSON texts ("JSON functions"; the list of functions in "Evaluation functions").
func (l *lowerer) structured(r *rows, c *syntax.Call, vs []val) (val, bool) {
	a := at(c)
	switch c.Func.Text {
	case "json_object":
		return l.jsonObject(c, vs), true
	case "json_array":
		list := &ir.List{At: a}
		for i, v := range vs {
			list.Elems = append(list.Elems, l.jsonValue(v, c.Args[i]))
		}
		return jsonText(list), true
	case "json_valid":
		valid := onlyIf(call("json_valid", ir.Bool, a, l.text(vs[0])), l.notScalar(vs[0]), scalarJSON)
		if l.wrong("json-valid-of-text-is-true") {
			return boolVal(not(isNull(vs[0].x)))
		}
		return boolVal(valid)
	case "json":
		valid := onlyIf(call("json_valid", ir.Bool, a, l.text(vs[0])), l.notScalar(vs[0]), scalarJSON)
		if l.wrong("json-keeps-any-text") {
			return vs[0], true
		}
		return val{x: choose(ir.String, lit(ir.String, nil, a), ir.Branch{If: valid, Then: l.text(vs[0])}), k: textKind, json: true}, true
	case "json_keys":
		keys := jsonText(call("bag_keys", ir.Dynamic, a, l.jsonDocument(vs[0])))
		if l.wrong("json-keys-is-multivalue") {
			keys.x = call("bag_keys", ir.Dynamic, a, l.jsonDocument(vs[0]))
		}
		return keys, true
	case "json_entries":
		return l.jsonEntries(r, c, vs[0]), true
	case "json_has_key_exact":
		return l.jsonKey(c, vs, "json_has_key", ir.Bool, boolKind), true
	case "json_delete":
		return l.jsonDelete(c, vs), true
	case "json_extract_exact":
		return l.jsonExtractExact(r, c, vs), true
	case "json_set", "json_set_exact", "json_append", "json_extend":
		return l.jsonChange(c, vs), true
	case "isarray", "isobject":
		return l.jsonKind(c, vs[0]), true
	}
	return val{}, false
}

const scalarJSON = "a JSON text that is neither an object nor an array cannot be judged: no page tells whether it is one"

// notScalar reports whether a text begins as an object or an array does, or is no JSON at all.
func (l *lowerer) notScalar(v val) ir.Expr {
	a := ir.At{S: v.x.Span()}
	return or(isNull(v.x), l.looksStructured(v), not(call("json_valid", ir.Bool, a, l.text(v))))
}

func (l *lowerer) looksStructured(v val) ir.Expr {
	a := ir.At{S: v.x.Span()}
	return known(&ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(`^\s*[\[{]`, a)}})
}

// jsonText is a structured value as the text that a field holds.
func jsonText(x ir.Expr) val {
	return val{x: &ir.Cast{At: ir.At{S: x.Span()}, To: ir.String, X: x}, k: textKind, json: true}
}

// jsonValue is a value as a member of a JSON text: text, number, boolean, null, or an array of the values of a multivalue field. What the
// value of a field is when it looks like a number, a boolean or JSON, no page tells: it ends the evaluation.
func (l *lowerer) jsonValue(v val, n syntax.Node) ir.Expr {
	a := at(n)
	switch {
	case v.json && !l.wrong("json-is-put-in-as-text"):
		return call("parse_json", ir.Dynamic, a, v.x)
	case v.k == numKind && !l.wrong("json-numbers-are-text"):
		return l.stored(v)
	case v.k == boolKind:
		return v.x
	case v.k == numKind || v.k == textKind:
		return l.text(v)
	}
	plain := or(isNull(v.x), isArray(v.x), not(or(isNumber(v, l), l.looksStructured(v), l.looksBoolean(v))))
	return onlyIf(v.x, plain, "a field that looks like a number, a boolean or JSON cannot become a member of a JSON text: no page tells of which type; use tostring() or tonumber()")
}

func (l *lowerer) looksBoolean(v val) ir.Expr {
	a := ir.At{S: v.x.Span()}
	return known(&ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(`(?i)^(true|false|null)$`, a)}})
}

// jsonDocument is a JSON text as a structured value; other text ends the evaluation.
func (l *lowerer) jsonDocument(v val) ir.Expr {
	a := ir.At{S: v.x.Span()}
	ok := or(isNull(v.x), and(l.looksStructured(v), call("json_valid", ir.Bool, a, l.text(v))))
	return onlyIf(call("parse_json", ir.Dynamic, a, l.text(v)), ok, "a text that is no JSON object or array cannot be changed: no page tells what comes of it")
}

// literal is the text of an argument that has to be one.
func (l *lowerer) literal(v val, c *syntax.Call, i int, what string) (string, bool) {
	if v.lit == nil {
		l.unsupported(c.Args[i], c.Func.Text+" with "+what+" that is not a literal")
		return "", false
	}
	return *v.lit, true
}

func (l *lowerer) jsonObject(c *syntax.Call, vs []val) val {
	p := &ir.Pack{At: at(c)}
	for i := 0; i+1 < len(vs); i += 2 {
		key, ok := l.literal(vs[i], c, i, "a key")
		if !ok {
			return val{x: &ir.Bad{At: at(c)}}
		}
		p.Keys = append(p.Keys, key)
		p.Vals = append(p.Vals, l.jsonValue(vs[i+1], c.Args[i+1]))
	}
	return jsonText(p)
}

// jsonEntries is an array of objects with a key and a value each.
func (l *lowerer) jsonEntries(r *rows, c *syntax.Call, v val) val {
	a := at(c)
	doc := l.once(r, val{x: l.jsonDocument(v)})
	names := []string{"key", "value"}
	if l.wrong("json-entries-are-called-name-and-value") {
		names[0] = "name"
	}
	keys := call("bag_keys", ir.Dynamic, a, doc.x)
	entries := l.each(r, keys, c, func(sub *rows, key val) val {
		found := call("json_values_at", ir.Dynamic, a, doc.x, &ir.List{At: a, Elems: []ir.Expr{key.x}})
		one := &ir.Access{At: a, X: found, Steps: []ir.Step{{IsIndex: true}}}
		return val{x: &ir.Pack{At: a, Keys: names, Vals: []ir.Expr{l.text(key), one}}}
	})
	return jsonText(choose(ir.Dynamic, lit(ir.Dynamic, nil, a), ir.Branch{If: not(isNull(doc.x)), Then: entries}))
}

// jsonKey calls a function of an object and a key that is written as it stands.
func (l *lowerer) jsonKey(c *syntax.Call, vs []val, f string, t ir.Type, k kind) val {
	key, ok := l.literal(vs[1], c, 1, "a key")
	if !ok {
		return val{x: &ir.Bad{At: at(c)}, k: k}
	}
	if l.wrong("json-exact-keys-are-paths") {
		key = key[strings.LastIndexByte(key, '.')+1:]
	}
	return val{x: call(f, t, at(c), l.jsonDocument(vs[0]), str(key, at(c))), k: k}
}

// jsonDelete removes keys of the object itself; a key with a dot or a bracket may be a path, which no page tells.
func (l *lowerer) jsonDelete(c *syntax.Call, vs []val) val {
	x := l.jsonDocument(vs[0])
	for i := range vs[1:] {
		key, ok := l.literal(vs[i+1], c, i+1, "a key")
		if !ok {
			return val{x: &ir.Bad{At: at(c)}}
		}
		if strings.ContainsAny(key, ".{}") {
			l.unconfirmed(c.Args[i+1], "json_delete with a key that may be a path")
		}
		if !l.wrong("json-delete-takes-one-key") || i == 0 {
			x = call("json_remove_key", ir.Dynamic, at(c), x, str(key, at(c)))
		}
	}
	return jsonText(x)
}

// jsonExtractExact is the value of a key that is written as it stands: text or number.
func (l *lowerer) jsonExtractExact(r *rows, c *syntax.Call, vs []val) val {
	if len(vs) != 2 {
		l.unsupported(c, "json_extract_exact without exactly one key")
		return val{x: &ir.Bad{At: at(c)}}
	}
	key, ok := l.literal(vs[1], c, 1, "a key")
	if !ok {
		return val{x: &ir.Bad{At: at(c)}}
	}
	steps := []ir.Step{{Key: key}}
	if l.wrong("json-exact-keys-are-paths") {
		steps = nil
		for _, part := range strings.Split(key, ".") {
			steps = append(steps, ir.Step{Key: part})
		}
	}
	x := l.once(r, val{x: &ir.Access{At: at(c), X: l.jsonDocument(vs[0]), Steps: steps}})
	plain := or(isNull(x.x), isNumber(x, l), not(or(isArray(x.x), l.looksStructured(x), l.looksBoolean(x))))
	return val{x: onlyIf(x.x, plain, "a member that is an object, an array or a boolean cannot be extracted: no page tells how a field holds it")}
}

// jsonChange sets, appends or extends at pairs of a path and a value. What holds the path has to be there.
func (l *lowerer) jsonChange(c *syntax.Call, vs []val) val {
	a := at(c)
	f := c.Func.Text
	if len(vs)%2 == 0 {
		l.unsupported(c, f+" with a path without a value")
		return val{x: &ir.Bad{At: a}}
	}
	x := l.jsonDocument(vs[0])
	for i := 1; i+1 < len(vs); i += 2 {
		place, ok := l.jsonPlace(c, vs[i], i)
		if !ok {
			return val{x: &ir.Bad{At: a}}
		}
		value := ir.Expr(&ir.List{At: a, Elems: []ir.Expr{l.jsonValue(vs[i+1], c.Args[i+1])}})
		name := "json_set_at"
		switch {
		case f == "json_set" && l.wrong("json-set-keeps-what-is-there"):
			continue
		case f == "json_extend" && !l.wrong("json-extend-appends-the-array"):
			name = "json_append_at"
			list := l.jsonValue(vs[i+1], c.Args[i+1])
			value = onlyIf(list, known(isArray(list)), "json_extend by a value that is no array: no page tells what comes of it")
		case f == "json_append" && !l.wrong("json-append-overwrites"), f == "json_extend":
			name = "json_append_at"
		}
		x = call(name, ir.Dynamic, a, x, lit(ir.Dynamic, place, a), value)
	}
	return jsonText(x)
}

// jsonPlace is a path as a list of keys and indexes; json_set_exact takes it as one key.
func (l *lowerer) jsonPlace(c *syntax.Call, v val, i int) ([]any, bool) {
	path, ok := l.literal(v, c, i, "a path")
	if !ok {
		return nil, false
	}
	if c.Func.Text == "json_set_exact" && !l.wrong("json-exact-keys-are-paths") {
		return []any{path}, true
	}
	if strings.Contains(path, "{}") {
		l.unsupported(c.Args[i], c.Func.Text+" at every element of an array")
		return nil, false
	}
	steps, ok := l.pathSteps(path, c.Args[i])
	var place []any
	for _, s := range steps {
		if s.IsIndex {
			place = append(place, int64(s.Index))
		} else {
			place = append(place, s.Key)
		}
	}
	return place, ok
}

// jsonKind is isarray and isobject: of the JSON text that a value is.
func (l *lowerer) jsonKind(c *syntax.Call, v val) val {
	a := at(c)
	v = val{x: onlyIf(v.x, not(known(isArray(v.x))), c.Func.Text+" of a multivalue field cannot be evaluated: no page tells what it is"), k: v.k, lit: v.lit}
	first := map[string]string{"isarray": `\[`, "isobject": `\{`}[c.Func.Text]
	if l.wrong("isarray-of-any-json") {
		first = `[\[{]`
	}
	begins := &ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(`^\s*`+first, a)}}
	return val{x: known(and(begins, call("json_valid", ir.Bool, a, l.text(v)))), k: boolKind}
}
