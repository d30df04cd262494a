package spl

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// elementName is the field that holds one path of an expanded element.
func elementName(col, path string) string {
	if path == "" {
		return col
	}
	return col + "." + path
}

// expand makes one row per element. Elements laid out by index are told apart by their index.
func (e *emitter) expand(o *ir.Expand) {
	if len(o.Elements) > 0 {
		e.expandIndexed(o)
		return
	}
	e.useOp(e.f.expand, o)
	name := e.target(o.Name, o)
	v := e.value(o.X).s
	_, _, parts := e.splitOf(o.X)
	if parts || e.multi(o.X) {
		// Values already; without one there is no row here and in the source.
		if v != name {
			e.eval(name, v)
		}
		e.line("mvexpand %s", e.listName(o.Name, o))
	} else {
		// The JSON null stands for "no array": mvexpand drops rows without a value, and the source keeps them with null.
		e.eval(name, "if(isnull("+v+`),"null",json_array_to_mv(`+v+"))")
		e.line("mvexpand %s", e.listName(o.Name, o))
		e.eval(name, "if("+name+`=="null",null(),`+name+")")
	}
	delete(e.sets, o.Name)
	delete(e.elements, o.Name)
	delete(e.splits, o.Name)
	e.forget()
	if element := (&ir.Cast{At: o.At, X: &ir.Col{At: o.At, Name: o.Name, T: ir.Dynamic}, To: o.To}); o.To != ir.TypeUnset && o.To != ir.Dynamic {
		if converted := e.value(element).s; converted != name {
			e.eval(name, converted)
		}
	}
}

func (e *emitter) expandIndexed(o *ir.Expand) {
	e.useOp(e.f.expandIndexed, o)
	if container, path, ok := jsonElements(o.Elements); ok {
		e.expandJSON(o, container, path)
		return
	}
	index := e.temp("i")
	paths := map[string]bool{}
	var present []string
	for i, el := range o.Elements {
		var tests []string
		for _, p := range slices.Sorted(maps.Keys(el)) {
			paths[p] = true
			tests = append(tests, "isnotnull("+e.value(el[p]).s+")")
		}
		if len(tests) > 0 {
			present = append(present, "if("+strings.Join(tests, " OR ")+`,"`+strconv.Itoa(i)+`",null())`)
		}
	}
	e.eval(index, "mvappend("+strings.Join(present, ",\n    ")+")")
	e.line("mvexpand %s", index)
	var parts []string
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		var arms []string
		for i, el := range o.Elements {
			if x, ok := el[p]; ok {
				arms = append(arms, index+`=="`+strconv.Itoa(i)+`",`+e.value(x).s)
			}
		}
		parts = append(parts, e.target(elementName(o.Name, p), o)+"=case("+strings.Join(arms, ", ")+")")
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
	e.elements[o.Name] = paths
}

// jsonElements recognises elements that are indices into one JSON array, which need not be named one by one.
func jsonElements(els []map[string]ir.Expr) (container, path string, ok bool) {
	for i, el := range els {
		for p, x := range el {
			f, isField := x.(*ir.Field)
			if !isField || f.Info == nil || f.Info.Container == "" {
				return "", "", false
			}
			tail := "{" + strconv.Itoa(i) + "}"
			if p != "" {
				tail += "." + p
			}
			head, cut := strings.CutSuffix(f.Info.Key, tail)
			if !cut || container != "" && (head != path || f.Info.Container != container) {
				return "", "", false
			}
			container, path = f.Info.Container, head
		}
	}
	return container, path, container != ""
}

// expandJSON takes the array apart as it stands and reads each element's keys. It sees every element, also those beyond the
// mapping's bound.
func (e *emitter) expandJSON(o *ir.Expand, container, path string) {
	name, from := e.target(o.Name, o), e.target(container, o)
	if path != "" {
		p, ok := evalString(path)
		if !ok {
			e.useOp(e.f.columnBad, o)
			return
		}
		from = "json_extract(" + from + "," + p + ")"
	}
	paths := map[string]bool{}
	var parts []string
	for _, el := range o.Elements {
		for p := range el {
			paths[p] = true
		}
	}
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if p != "" {
			q, _ := evalString(p)
			parts = append(parts, e.target(elementName(o.Name, p), o)+"=json_extract("+name+","+q+")")
		}
	}
	e.eval(name, "json_array_to_mv("+from+")")
	e.line("mvexpand %s", e.listName(o.Name, o))
	if len(parts) > 0 {
		e.line("eval %s", strings.Join(parts, ",\n    "))
	}
	e.elements[o.Name] = paths
}
