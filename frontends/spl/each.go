package spl

import (
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// each computes body for every value of an array and returns the array of the results that are not null. The rows get a number,
// their values become rows of their own, and the results come back by the number.
func (l *lowerer) each(r *rows, array ir.Expr, n syntax.Node, body func(sub *rows, elem val) val) ir.Expr {
	a := at(n)
	list := l.helper()
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: list, X: asArray(array)}}})
	id := l.numbered(r, n)
	sub := &rows{from: &ir.Ref{Name: l.bind(r)}, cols: r.cols, open: r.open}
	elem, out, key, result := l.helper(), l.helper(), l.helper(), l.helper()
	sub.add(&ir.Expand{At: a, Name: elem, X: &ir.Col{At: a, Name: list, T: ir.Dynamic}})
	v := body(sub, val{x: &ir.Col{At: a, Name: elem, T: ir.Dynamic}})
	sub.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: out, X: l.stored(v)}}})
	oc := &ir.Col{At: a, Name: out, T: ir.Dynamic}
	sub.add(&ir.Aggregate{At: a, Keys: []ir.Named{{Name: key, X: &ir.Col{At: a, Name: id, T: ir.Long}}},
		Aggs: []ir.Agg{{At: a, Name: result, Func: ir.MakeList, Args: []ir.Expr{oc}, If: not(isNull(oc)), T: ir.Dynamic}}})
	r.add(&ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true, Right: sub.pipe(), On: []ir.JoinKey{{Left: id, Right: key}}})
	r.temps = append(r.temps, list, id, result)
	return &ir.Col{At: a, Name: result, T: ir.Dynamic}
}

// numbered gives the rows a number in a helper column, in the order in which they come.
func (l *lowerer) numbered(r *rows, n syntax.Node) string {
	id := l.helper()
	r.add(&ir.Extend{At: at(n), Cols: []ir.Named{{Name: id, X: &ir.RowCall{At: at(n), Func: "row_number", T: ir.Long}}}})
	return id
}

// perValue are the functions of each value of a multivalue field.
func (l *lowerer) perValue(r *rows, c *syntax.Call) (val, bool) {
	a := at(c)
	list := func(x ir.Expr) (val, bool) { return val{x: oneOrMany(l.once(r, val{x: x}).x)}, true }
	switch c.Func.Text {
	case "mvfilter":
		return list(l.overField(r, c, c.Args[0], c.Args[0], func(sub *rows, elem val, body syntax.Expr) val {
			cond := l.bool(sub, body)
			if l.wrong("mvfilter-keeps-the-others") {
				cond = not(cond)
			}
			return val{x: choose(ir.Dynamic, null(a), ir.Branch{If: cond, Then: elem.x})}
		}))
	case "mvmap":
		if l.wrong("mvmap-evaluates-the-first") {
			first := l.once(r, val{x: &ir.Access{At: a, X: asArray(l.expr(r, c.Args[0]).x), Steps: []ir.Step{{IsIndex: true}}}})
			return list(l.overField(r, c, c.Args[0], c.Args[1], func(sub *rows, elem val, body syntax.Expr) val {
				return val{x: choose(ir.Dynamic, null(a), ir.Branch{If: l.compare(ir.Eq, elem, first), Then: l.stored(l.expr(sub, body))})}
			}))
		}
		return list(l.overField(r, c, c.Args[0], c.Args[1], func(sub *rows, _ val, body syntax.Expr) val { return l.expr(sub, body) }))
	case "mvfind":
		return l.mvfind(r, c), true
	case "mvsort":
		v := l.once(r, l.expr(r, c.Args[0]))
		number := l.wrong("mvsort-sorts-numbers")
		texts := l.each(r, v.x, c, func(_ *rows, elem val) val {
			if number {
				return val{x: l.num(elem), k: numKind}
			}
			return val{x: l.text(elem), k: textKind}
		})
		return list(call("array_sort_asc", ir.Dynamic, a, texts))
	case "mv_to_json_array":
		if len(c.Args) > 1 {
			return val{}, false // the elements' types are to be guessed, which no page describes
		}
		v := l.once(r, l.expr(r, c.Args[0]))
		values := l.each(r, v.x, c, func(_ *rows, elem val) val {
			if l.wrong("mv-to-json-array-keeps-numbers") {
				return elem
			}
			return val{x: l.text(elem), k: textKind}
		})
		text := &ir.Cast{At: a, To: ir.String, X: values}
		return val{x: choose(ir.String, null(a), ir.Branch{If: not(isNull(v.x)), Then: text}), k: textKind}, true
	case "mvdedup":
		v := l.once(r, l.expr(r, c.Args[0]))
		if l.wrong("mvdedup-keeps-repeats") {
			return v, true
		}
		return list(call("set_union", ir.Dynamic, a, asArray(v.x)))
	case "mvreverse":
		v := l.once(r, l.expr(r, c.Args[0]))
		return list(call("array_reverse", ir.Dynamic, a, asArray(v.x)))
	case "mvzip":
		return l.mvzip(r, c)
	}
	return val{}, false
}

// overField evaluates body for each value of the field that an argument names: within, the field is that value.
func (l *lowerer) overField(r *rows, c *syntax.Call, arg, body syntax.Expr, f func(sub *rows, elem val, body syntax.Expr) val) ir.Expr {
	field := ""
	syntax.Inspect(arg, func(x syntax.Expr) {
		if ref, ok := x.(*syntax.FieldRef); ok && field == "" {
			field = ref.Name
		}
	})
	array := l.col(r, field, arg)
	if c.Func.Text == "mvmap" {
		array = l.once(r, l.expr(r, arg))
		if len(c.Args) == 3 {
			if s, ok := c.Args[2].(*syntax.Str); ok {
				field = s.Text
			}
		}
	}
	if field == "" {
		l.unsupported(arg, c.Func.Text+" without a field")
		return &ir.Bad{At: at(c)}
	}
	return l.each(r, array.x, c, func(sub *rows, elem val) val {
		sub.add(&ir.Extend{At: at(c), Cols: []ir.Named{{Name: field, X: elem.x}}})
		sub.know(field)
		return f(sub, elem, body)
	})
}

// mvfind is the index of the first value that matches, null if none does.
func (l *lowerer) mvfind(r *rows, c *syntax.Call) val {
	a := at(c)
	p, ok := c.Args[1].(*syntax.Str)
	if !ok {
		l.unsupported(c.Args[1], "mvfind with an expression that is not a literal")
		return val{x: &ir.Bad{At: a}, k: numKind}
	}
	re, ok := l.pattern(p.Text, p)
	if !ok {
		return val{x: &ir.Bad{At: a}, k: numKind}
	}
	v := l.once(r, l.expr(r, c.Args[0]))
	hits := l.each(r, v.x, c, func(_ *rows, elem val) val {
		m := known(&ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(elem), Needles: []ir.Expr{str(re.String(), a)}})
		return val{x: &ir.Cast{At: a, To: ir.Long, X: m}, k: anyKind}
	})
	index := l.once(r, val{x: call("array_index_of", ir.Long, a, hits, lit(ir.Long, int64(1), a)), k: numKind})
	if l.wrong("mvfind-of-none-is-minus-one") {
		return index
	}
	none := &ir.Compare{At: a, Op: ir.Lt, L: index.x, R: lit(ir.Long, int64(0), a)}
	return val{x: choose(ir.Long, index.x, ir.Branch{If: none, Then: lit(ir.Long, nil, a)}), k: numKind}
}

// mvzip pairs values by position. No page says what it does with the longer field's rest.
func (l *lowerer) mvzip(r *rows, c *syntax.Call) (val, bool) {
	a := at(c)
	delim := ","
	if len(c.Args) == 3 {
		s, ok := c.Args[2].(*syntax.Str)
		if !ok {
			l.unsupported(c.Args[2], "mvzip with a delimiter that is not a literal")
			return val{x: &ir.Bad{At: a}}, true
		}
		delim = s.Text
	}
	x, y := l.once(r, l.expr(r, c.Args[0])), l.once(r, l.expr(r, c.Args[1]))
	item := func(pair val, i int) ir.Expr {
		return &ir.Cast{At: a, To: ir.String, X: &ir.Access{At: a, X: pair.x, Steps: []ir.Step{{Index: i, IsIndex: true}}}}
	}
	if l.wrong("mvzip-crosses-all") {
		crossed := l.each(r, x.x, c, func(sub *rows, left val) val {
			return val{x: l.each(sub, y.x, c, func(_ *rows, right val) val {
				return val{x: call("strcat", ir.String, a, l.text(left), str(delim, a), l.text(right)), k: textKind}
			})}
		})
		return val{x: crossed}, true
	}
	pairs := call("zip", ir.Dynamic, a, asArray(x.x), asArray(y.x))
	joined := l.each(r, pairs, c, func(_ *rows, pair val) val {
		return val{x: call("strcat", ir.String, a, item(pair, 0), str(delim, a), item(pair, 1)), k: textKind}
	})
	return val{x: oneOrMany(joined)}, true
}

// belowEach reads the rest of a JSON path in each element of an array: a{}.b.
func (l *lowerer) belowEach(r *rows, array ir.Expr, rest []string, n syntax.Node) ir.Expr {
	if l.wrong("spath-braces-take-the-first") {
		array = &ir.Access{At: at(n), X: array, Steps: []ir.Step{{IsIndex: true}}}
	}
	found := l.each(r, array, n, func(_ *rows, elem val) val {
		steps, ok := l.pathSteps(strings.Join(rest, "."), n)
		if !ok {
			return val{x: &ir.Bad{At: at(n)}}
		}
		return val{x: &ir.Access{At: at(n), X: elem.x, Steps: steps}}
	})
	return oneOrMany(found)
}

// belowEvery is what stands at a path with {} more than once: a{}.b{}.c. The values of all elements stand in one list.
func (l *lowerer) belowEvery(r *rows, x ir.Expr, path string, n syntax.Node) ir.Expr {
	var place []any
	for _, part := range strings.Split(path, ".") {
		steps, ok := l.pathSteps(part, n)
		if !ok {
			return &ir.Bad{At: at(n)}
		}
		for _, s := range steps {
			if s.IsIndex {
				place = append(place, int64(s.Index))
			} else {
				place = append(place, s.Key)
			}
		}
		if strings.HasSuffix(part, "{}") && !l.wrong("spath-expands-one-array") {
			place = append(place, []any{})
		}
	}
	found := call("json_values_at", ir.Dynamic, at(n), x, lit(ir.Dynamic, place, at(n)))
	return oneOrMany(l.once(r, val{x: found}).x)
}
