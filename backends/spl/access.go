package spl

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// access reads inside JSON text; parse_path(x).Filename is a regular expression.
func (e *emitter) access(x *ir.Access) text {
	base, steps := x.X, x.Steps
	for {
		a, ok := base.(*ir.Access)
		if !ok {
			break
		}
		base, steps = a.X, append(append([]ir.Step{}, a.Steps...), steps...)
	}
	if c, ok := base.(*ir.Call); ok {
		switch {
		case c.Func == "parse_path" && len(c.Args) == 1 && len(steps) == 1 && steps[0].Key == "Filename":
			e.use(e.f.parsePath, x)
			return atom(`replace(replace(` + e.value(c.Args[0]).s + `, ` + regexString(`(?s)^.*[/\x5c]`) + `, ""), ` + regexString(`(?s):.*`) + `, "")`)
		case c.Func == "parse_json" && len(c.Args) == 1:
			return e.jsonText(x, e.value(c.Args[0]).s, steps)
		case c.Func == "split" && len(steps) == 1 && steps[0].IsIndex:
			if t, ok := e.splitAccess(x, c, steps[0].Index); ok {
				return t
			}
			return e.refuse(e.f.callRefused, c)
		default:
			return e.refuse(e.f.callRefused, c)
		}
	}
	if c, ok := base.(*ir.Col); ok {
		if t, ok := e.elementOf(x, c, steps); ok {
			return t
		}
	}
	path, ok := jsonPath(steps)
	if !ok {
		return e.refuse(e.f.jsonPath, x)
	}
	if c, ok := base.(*ir.Col); ok {
		if paths, ok := e.elements[c.Name]; ok {
			if !paths[path] {
				return e.refuse(e.f.exprRefused, x)
			}
			return e.name(x, elementName(c.Name, path))
		}
	}
	e.use(e.f.jsonAccess, x)
	return atom("json_extract(" + e.value(base).s + `,"` + path + `")`)
}

// jsonText reads inside a text that holds JSON. An index must not find the key "0" of an object.
func (e *emitter) jsonText(x ir.Expr, v string, steps []ir.Step) text {
	path, ok := jsonPath(steps)
	if !ok || len(steps) == 0 {
		return e.refuse(e.f.jsonPath, x)
	}
	if !steps[0].IsIndex {
		e.use(e.f.jsonAccess, x)
		return atom("json_extract(" + v + `,"` + path + `")`)
	}
	e.use(e.f.jsonArray, x)
	return atom("if(match(" + v + ", " + regexString(`^\s*\[`) + "),json_extract(" + v + `,"` + path + `"),null())`)
}

// jsonPath writes Splunk's path: a.b{0}.c, counting from 0.
func jsonPath(steps []ir.Step) (string, bool) {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.IsIndex && s.Index >= 0:
			b.WriteString("{" + strconv.Itoa(s.Index) + "}")
		case s.IsIndex, !pathKey(s.Key):
			return "", false
		case i > 0:
			b.WriteString("." + s.Key)
		default:
			b.WriteString(s.Key)
		}
	}
	return b.String(), true
}

func pathKey(k string) bool {
	for _, r := range k {
		if strings.ContainsRune(`."'{}\|`, r) || unsafeRune(r) {
			return false
		}
	}
	return k != ""
}
