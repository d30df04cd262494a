// Package render writes source events as the documents that a target would hold: a mapping applied the other way.
//
// Values take the mapping's conventions (lower case, numbers as text, another unit), empty strings are dropped where the target drops
// them, arrays become objects keyed by index, and what the target never carries is left out.
package render

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/mapping"
)

// Documents renders the rows of one source table, in their order.
func Documents(m *mapping.Mapping, table string, rows *eval.Table) ([]ir.Bag, error) {
	t, _ := m.Table(table)
	if t == nil {
		return nil, fmt.Errorf("mapping %s has no table %s", m.Name, table)
	}
	docs := make([]ir.Bag, 0, len(rows.Rows))
	for _, row := range rows.Rows {
		w := &writer{m: m, t: t, taken: map[string]bool{}}
		if field, value, ok := t.FilterOf(table); ok {
			w.put(field, value)
		}
		w.before(rows, row)
		for i, c := range rows.Columns {
			if row[i].V != nil {
				w.column(c, row[i])
			}
		}
		docs = append(docs, w.doc)
	}
	return docs, nil
}

// writer builds one document.
type writer struct {
	m     *mapping.Mapping
	t     *mapping.Table
	doc   ir.Bag
	taken map[string]bool // fields that hold another source's value
}

func (w *writer) column(c ir.Column, v ir.Value) {
	if c.Type != ir.Dynamic {
		p := w.m.Place(w.t, c, nil)
		if p.Kind == mapping.Whole || p.Kind == mapping.Below {
			w.leaf(p, v)
		}
		return
	}
	if w.m.KeepsText(c) {
		w.put(c.Name, ir.JSONText(v.V))
		return
	}
	w.dynamic(c, nil, v.V)
}

// dynamic places a value inside a dynamic column: as a whole where a row says so, otherwise its parts.
func (w *writer) dynamic(c ir.Column, steps []ir.Step, v any) {
	p := w.m.Place(w.t, c, steps)
	switch {
	case p.Kind == mapping.NoPlace && len(steps) == 0, p.Kind == mapping.Container:
		w.parts(c, steps, v)
	case p.Kind == mapping.Whole || p.Kind == mapping.Below:
		w.leaf(p, ir.Value{Type: ir.Dynamic, V: v})
	}
}

func (w *writer) parts(c ir.Column, steps []ir.Step, v any) {
	below := func(s ir.Step) []ir.Step { return append(slices.Clone(steps), s) }
	switch v := v.(type) {
	case ir.Bag:
		for _, m := range v {
			w.dynamic(c, below(ir.Step{Key: m.Key}), m.Value)
		}
	case []any:
		if w.t != nil && w.m.Place(w.t, c, below(ir.Step{IsIndex: true})).Kind == mapping.Below && !slices.ContainsFunc(v, isObject) {
			w.put(c.Name, w.stored(v, false)) // an array of plain values below a column that keeps its name
			return
		}
		for i, e := range v {
			w.dynamic(c, below(ir.Step{IsIndex: true, Index: i}), e)
		}
	default:
		if p := w.m.Place(w.t, c, below(ir.Step{Key: "x"})); p.Kind == mapping.Below && p.Row.Source == "*" {
			w.put(c.Name, v)
		}
	}
}

func isObject(v any) bool { _, ok := v.(ir.Bag); return ok }

// leaf writes a value at its place in the target's form.
func (w *writer) leaf(p mapping.Place, v ir.Value) {
	drop := p.Row.Empty == "dropped"
	x := w.form(p, v)
	if drop {
		x = withoutEmpty(x)
	}
	if x == nil || drop && x == "" {
		return
	}
	field := p.Field
	if s, ok := x.(string); ok && len(p.Row.Only) > 0 {
		if !slices.Contains(p.Row.Only, Lower(s)) {
			field = p.Row.Else
			x, _ = v.V.(string)
		}
	}
	if !w.taken[field] {
		w.put(field, x)
	}
}

// before writes the fields that hold another source's value in the place of their own, where the event has one.
func (w *writer) before(rows *eval.Table, row []ir.Value) {
	for _, r := range w.t.Columns {
		for _, source := range r.First {
			if x := textAt(rows, row, strings.Split(source, ".")); x != "" && !w.taken[r.Field] {
				w.taken[r.Field] = true
				w.put(r.Field, x)
			}
		}
	}
}

// textAt is the text at a path whose first part is a column; "" when there is none.
func textAt(t *eval.Table, row []ir.Value, path []string) string {
	i := slices.IndexFunc(t.Columns, func(c ir.Column) bool { return c.Name == path[0] })
	if i < 0 {
		return ""
	}
	v := row[i].V
	for _, key := range path[1:] {
		bag, _ := v.(ir.Bag)
		v, _ = bag.Get(key)
	}
	s, _ := v.(string)
	return s
}

// form converts a value to what the target stores.
func (w *writer) form(p mapping.Place, v ir.Value) any {
	typ := w.m.FieldType(p, v.Type)
	switch x := v.V.(type) {
	case string:
		switch p.Row.Value {
		case "lower":
			x = Lower(x)
		case "lower-dash":
			x = strings.ReplaceAll(Lower(x), " ", "-")
		}
		if typ == "ip" {
			if _, err := netip.ParseAddr(x); err != nil {
				return nil
			}
		}
		return x
	case int64:
		switch {
		case v.Type == ir.Datetime:
			return timeText(x, typ)
		case p.Row.Scale > 0:
			return x * p.Row.Scale
		case p.Row.Value == "string" || typ == "keyword" && v.Type.Numeric():
			return strconv.FormatInt(x, 10)
		}
		return x
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		return x
	case bool:
		return x
	default:
		return w.stored(x, p.Row.Array == "lost")
	}
}

// Resolution is the target's resolution of a time field in ticks of 100 ns.
func Resolution(typ string) int64 {
	switch typ {
	case "date":
		return ir.Millisecond
	case "time": // Splunk's _time
		return 10
	}
	return ir.Tick
}

func timeText(ticks int64, typ string) string {
	ticks -= ticks % Resolution(typ)
	return ir.FormatDatetime(ticks)
}

// stored is a value of a dynamic column as it lies in the document: an array of objects is an object keyed by index, unless the field
// keeps the JSON as it is.
func (w *writer) stored(v any, asIs bool) any {
	switch v := v.(type) {
	case ir.Bag:
		out := make(ir.Bag, 0, len(v))
		for _, m := range v {
			out = append(out, ir.Member{Key: m.Key, Value: w.stored(m.Value, asIs)})
		}
		return out
	case []any:
		keyed := !asIs && w.m.IndexForm == "dot" && slices.ContainsFunc(v, isObject)
		var bag ir.Bag
		list := make([]any, 0, len(v))
		for i, e := range v {
			e = w.stored(e, asIs)
			bag = append(bag, ir.Member{Key: strconv.Itoa(i), Value: e})
			list = append(list, e)
		}
		if keyed {
			return bag
		}
		return list
	default:
		return v
	}
}

// withoutEmpty drops "", null, empty lists and empty objects at every depth.
func withoutEmpty(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
	case ir.Bag:
		var out ir.Bag
		for _, m := range v {
			if x := withoutEmpty(m.Value); x != nil {
				out = append(out, ir.Member{Key: m.Key, Value: x})
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, e := range v {
			if x := withoutEmpty(e); x != nil {
				out = append(out, x)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

// put sets a dotted path; an object that is already there is merged.
func (w *writer) put(path string, v any) { w.doc = put(w.doc, strings.Split(path, "."), v) }

// Set returns a document with another value at a path; the document itself does not change.
func Set(d ir.Bag, path string, v any) ir.Bag { return set(d, strings.Split(path, "."), v) }

func set(d ir.Bag, path []string, v any) ir.Bag {
	out := slices.Clone(d)
	i := slices.IndexFunc(out, func(m ir.Member) bool { return m.Key == path[0] })
	if i < 0 {
		out = append(out, ir.Member{Key: path[0]})
		i = len(out) - 1
	}
	if len(path) > 1 {
		inner, _ := out[i].Value.(ir.Bag)
		v = set(inner, path[1:], v)
	}
	out[i].Value = v
	return out
}

// element splits a{0} into a and 0: an element of an array that stays one.
func element(part string) (name string, index int, ok bool) {
	name, rest, ok := strings.Cut(part, "{")
	if !ok {
		return part, 0, false
	}
	index, err := strconv.Atoi(strings.TrimSuffix(rest, "}"))
	return name, index, err == nil && index >= 0
}

func put(b ir.Bag, path []string, v any) ir.Bag {
	key, index, isElement := element(path[0])
	i := slices.IndexFunc(b, func(m ir.Member) bool { return m.Key == key })
	if i < 0 {
		b = append(b, ir.Member{Key: key})
		i = len(b) - 1
	}
	if isElement {
		list, _ := b[i].Value.([]any)
		for len(list) <= index {
			list = append(list, nil)
		}
		list[index] = within(list[index], path[1:], v)
		b[i].Value = list
		return b
	}
	b[i].Value = within(b[i].Value, path[1:], v)
	return b
}

// within sets what lies below a value; an object is merged into an object.
func within(old any, path []string, v any) any {
	inner, isBag := old.(ir.Bag)
	if len(path) > 0 {
		return put(inner, path, v)
	}
	more, ok := v.(ir.Bag)
	if !isBag || !ok {
		return v
	}
	for _, m := range more {
		inner = put(inner, []string{m.Key}, m.Value)
	}
	return inner
}

// Number is a whole number as JSON has it: times and spans of time as text.
func Number(t ir.Type, n int64) any {
	switch t {
	case ir.Datetime:
		return ir.FormatDatetime(n)
	case ir.Timespan:
		return ir.FormatTimespan(n)
	}
	return n
}

// Lower is how an ingest pipeline writes a text in lower case: Java's full mapping, in which the dotted capital I keeps its dot.
func Lower(s string) string { return strings.ToLower(strings.ReplaceAll(s, "\u0130", "i\u0307")) }
