package spl

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// A column that is split(text, by) and of which nothing but parts and their number is read keeps the text: what split() makes of empty
// parts is not documented. Where the column itself is read it is a multivalue field, with that as its drift.

// splitOf takes a split with a constant separator apart.
func (e *emitter) splitOf(x ir.Expr) (c *ir.Call, by string, ok bool) {
	c, ok = x.(*ir.Call)
	if !ok || c.Func != "split" || len(c.Args) != 2 {
		return nil, "", false
	}
	by, ok = e.constant(c.Args[1])
	return c, by, ok && by != ""
}

// splitOrColumn is the value of a column, and the separator where it is the text of a split.
func (e *emitter) splitOrColumn(c ir.Named) (v, by string) {
	call, by, ok := e.splitOf(c.X)
	if !ok || e.rest == nil || !onlyParts(c.Name, e.rest) || slices.ContainsFunc(e.in.Query.Columns, func(r ir.Column) bool { return r.Name == c.Name }) {
		return e.column(c), ""
	}
	return e.value(call.Args[0]).s, by
}

// nowSplit notes which columns hold texts to be split, or the values that split() made.
func (e *emitter) nowSplit(cols []ir.Named, by map[string]string) {
	for _, c := range cols {
		delete(e.splits, c.Name)
		if by[c.Name] != "" {
			e.splits[c.Name] = by[c.Name]
		} else if _, _, ok := e.splitOf(c.X); ok {
			e.sets[c.Name] = true
		}
	}
}

// onlyParts reports whether ops read a column by its parts and their number alone.
func onlyParts(name string, ops []ir.Op) bool {
	reads, parts := 0, 0
	count := func(x ir.Expr) bool {
		switch x := x.(type) {
		case *ir.Col:
			if x.Name == name {
				reads++
			}
		case *ir.Access:
			if c, ok := x.X.(*ir.Col); ok && c.Name == name && len(x.Steps) == 1 && x.Steps[0].IsIndex {
				parts++
			}
		case *ir.Call:
			if len(x.Args) == 1 && x.Func == "array_length" {
				if c, ok := x.Args[0].(*ir.Col); ok && c.Name == name {
					parts++
				}
			}
		}
		return true
	}
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Expand:
			if o.Name == name {
				return false
			}
		case *ir.Filter, *ir.Extend, *ir.Project, *ir.Aggregate, *ir.Threshold, *ir.Sort, *ir.Limit:
		default:
			return false
		}
		for _, x := range ir.OpExprs(o) {
			ir.Inspect(x, count)
		}
	}
	return reads == parts
}

// splitBy is the separator of a column that holds a text to be split.
func (e *emitter) splitBy(x ir.Expr) string {
	c, ok := x.(*ir.Col)
	if !ok {
		return ""
	}
	return e.splits[c.Name]
}

// elementOf reads one element of a column that is a text to be split, or a multivalue field.
func (e *emitter) elementOf(at ir.Expr, c *ir.Col, steps []ir.Step) (text, bool) {
	by := e.splits[c.Name]
	if by == "" && !e.sets[c.Name] {
		return text{}, false
	}
	if len(steps) != 1 || !steps[0].IsIndex || steps[0].Index > maxPart || steps[0].Index < -maxPart {
		return e.refuse(e.f.jsonPath, at), true
	}
	if by == "" {
		e.use(e.f.call, at)
		return atom("mvindex(" + e.name(c, c.Name).s + "," + strconv.Itoa(steps[0].Index) + ")"), true
	}
	if t, ok := e.partOf(at, e.name(c, c.Name), by, steps[0].Index); ok {
		return t, true
	}
	return e.refuse(e.f.jsonPath, at), true
}

// partCount is one more than the separators.
func (e *emitter) partCount(x *ir.Call) text {
	e.use(e.f.contains, x)
	v, by := e.value(x.Args[0]), e.splitBy(x.Args[0])
	n := "len(" + v.s + ")-len(replace(" + v.s + ", " + regexString(quoteRegex(by, false)) + `, ""))`
	if size := utf8.RuneCountInString(by); size > 1 {
		n = "(" + n + ")/" + strconv.Itoa(size)
	}
	return text{n + "+1", precAdd}
}

// splitValue makes a multivalue field.
func (e *emitter) splitValue(x *ir.Call) (text, bool) {
	c, by, ok := e.splitOf(x)
	lit, ok2 := evalString(by)
	if !ok || !ok2 {
		return text{}, false
	}
	e.use(e.f.splitColumn, x)
	return atom("split(" + e.value(c.Args[0]).s + "," + lit + ")"), true
}
