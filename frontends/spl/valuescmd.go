package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// makemv splits a field at a delimiter, or takes the first group of each match of a regular expression; empty values stay out unless
// allowempty=t (makemv command).
func (l *lowerer) makemv(r *rows, c *syntax.Makemv) {
	l.onlyOptions(c.Options, "delim", "tokenizer", "allowempty", "setsv=f")
	a := at(c)
	v := l.once(r, single(l.col(r, c.Field.Text, c), "makemv"))
	x := l.text(v)
	var list ir.Expr
	if t := c.Options.Get("tokenizer"); t != nil && !l.wrong("makemv-ignores-the-tokenizer") {
		re, ok := l.exactPattern(t.Text, t)
		if !ok {
			return
		}
		if re.NumSubexp() == 0 {
			l.unconfirmed(t, "a tokenizer without a group")
			return
		}
		list = call("extract_all", ir.Dynamic, a, str(re.String(), a), lit(ir.Dynamic, []any{int64(1)}, a), x)
	} else {
		delim := " "
		if d := c.Options.Get("delim"); d != nil && !l.wrong("makemv-ignores-the-delimiter") {
			delim = d.Text
		}
		if delim == "" {
			l.unconfirmed(c.Field, "makemv with an empty delimiter")
			return
		}
		list = call("split", ir.Dynamic, a, x, str(delim, a))
	}
	if !isTrue(c.Options.Get("allowempty"), false) && !l.wrong("makemv-keeps-empty-values") || l.wrong("allowempty-is-ignored") {
		list = l.each(r, list, c, func(_ *rows, elem val) val {
			empty := &ir.Compare{At: a, Op: ir.Eq, L: l.text(elem), R: str("", a)}
			return val{x: choose(ir.Dynamic, l.text(elem), ir.Branch{If: empty, Then: null(a)})}
		})
	}
	out := oneOrMany(l.once(r, val{x: list}).x)
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: c.Field.Text, X: choose(ir.Dynamic, out, ir.Branch{If: isNull(v.x), Then: null(a)})}}})
	r.know(c.Field.Text)
}

// nomv makes one value of the values of a field, with line breaks between them (nomv command).
func (l *lowerer) nomv(r *rows, c *syntax.Nomv) {
	a := at(c)
	x := l.col(r, c.Field.Text, c).x
	joined := call("strcat_array", ir.String, a, x, str("\n", a))
	if l.wrong("nomv-keeps-the-values") {
		return
	}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: c.Field.Text, X: choose(ir.Dynamic, x, ir.Branch{If: isArray(x), Then: joined})}}})
	r.know(c.Field.Text)
}

// mvcombine makes one row of rows that are the same but for one field, whose values it gathers (mvcombine command).
func (l *lowerer) mvcombine(r *rows, c *syntax.Mvcombine) {
	if v := c.Options.Get("delim"); v != nil {
		l.unconfirmed(v, "mvcombine with delim")
	}
	if !l.known(r, c) {
		return
	}
	a := at(c)
	field := c.Field.Text
	l.inOrder(r, c)
	place := l.numbered(r, c)
	v := l.once(r, single(l.col(r, field, c), "mvcombine"))
	list, first := l.helper(), l.helper()
	g := &ir.Aggregate{At: a}
	for _, f := range r.cols {
		if f != field && (!l.wrong("mvcombine-ignores-other-fields") || internal(f)) {
			g.Keys = append(g.Keys, ir.Named{Name: f, X: l.col(r, f, c).x})
		}
	}
	g.Aggs = []ir.Agg{{At: a, Name: list, Func: ir.MakeList, Args: []ir.Expr{v.x}, If: not(isNull(v.x)), T: ir.Dynamic},
		{At: a, Name: first, Func: ir.Min, Args: []ir.Expr{&ir.Col{At: a, Name: place, T: ir.Long}}, T: ir.Long}}
	r.add(g, &ir.Sort{At: a, Keys: []ir.SortKey{{X: &ir.Col{At: a, Name: first, T: ir.Long}}}},
		&ir.Extend{At: a, Cols: []ir.Named{{Name: field, X: oneOrMany(&ir.Col{At: a, Name: list, T: ir.Dynamic})}}})
	if l.wrong("mvcombine-ignores-other-fields") {
		r.cols = slices.DeleteFunc(r.cols, func(f string) bool { return f != field && !internal(f) })
	}
	r.know(field)
	r.temps, r.sorted = nil, true
	l.keep(r, a)
}

// strcat puts fields and literals together; a field that a row does not have is empty text, unless allrequired=t ([strcat-command]).
func (l *lowerer) strcat(r *rows, c *syntax.Strcat) {
	l.onlyOptions(c.Options, "allrequired")
	a := at(c)
	all := isTrue(c.Options.Get("allrequired"), false) && !l.wrong("allrequired-is-ignored")
	var args, present []ir.Expr
	for _, p := range c.Parts {
		if p.Quoted && !l.wrong("strcat-quotes-name-a-field") {
			args = append(args, str(p.Text, a))
			continue
		}
		x := l.text(single(l.col(r, p.Text, p), "strcat"))
		present = append(present, not(isNull(x)))
		if !l.wrong("strcat-with-absent-is-null") {
			x = &ir.Fill{At: a, X: x, With: ir.Value{Type: ir.String, V: ""}}
		}
		args = append(args, x)
	}
	x := ir.Expr(call("strcat", ir.String, a, args...))
	if all {
		x = choose(ir.Dynamic, l.col(r, c.To.Text, c).x, ir.Branch{If: and(present...), Then: x})
	}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: c.To.Text, X: x}}})
	r.know(c.To.Text)
}

// rangemap writes to the field range the names of the ranges in which a number lies, both ends included (rangemap command).
func (l *lowerer) rangemap(r *rows, c *syntax.Rangemap) {
	if c.Field == nil {
		return
	}
	a := at(c)
	if c.Default == nil {
		l.unconfirmed(nameOf(c), "rangemap without default=")
	}
	v := l.once(r, single(l.col(r, c.Field.Text, c), "rangemap"))
	n := l.once(r, val{x: onlyIf(l.num(v), isNumber(v, l), "rangemap of a value that is no number: the field must contain numbers"), k: numKind})
	found := &ir.List{At: a}
	for _, o := range c.Ranges {
		from, to, _ := syntax.Range(o.Value.Text)
		in := and(&ir.Compare{At: a, Op: ir.Ge, L: n.x, R: bound(from, a)}, &ir.Compare{At: a, Op: ir.Le, L: n.x, R: bound(to, a)})
		if l.wrong("rangemap-excludes-the-end") {
			in = and(&ir.Compare{At: a, Op: ir.Ge, L: n.x, R: bound(from, a)}, &ir.Compare{At: a, Op: ir.Lt, L: n.x, R: bound(to, a)})
		}
		found.Elems = append(found.Elems, choose(ir.Dynamic, null(a), ir.Branch{If: in, Then: str(o.Name.Text, a)}))
	}
	if l.wrong("rangemap-takes-the-first-range") {
		found.Elems = []ir.Expr{firstOf(found.Elems...)}
	}
	names := l.each(r, found, c, func(_ *rows, elem val) val { return elem })
	otherwise := null(a)
	if c.Default != nil && !l.wrong("rangemap-ignores-default") {
		otherwise = str(c.Default.Text, a)
	}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: "range", X: firstOf(oneOrMany(l.once(r, val{x: names}).x), otherwise)}}})
	r.know("range")
}

func bound(text string, a ir.At) ir.Expr {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return lit(ir.Real, nil, a)
	}
	return lit(ir.Real, f, a)
}

// replaceValues replaces whole values of fields; * stands for any text, which the new value may repeat ([replace-command]). Where no
// page tells what happens it is refused: without a list of fields, with wildcards that compete, and for values that differ in case.
func (l *lowerer) replaceValues(r *rows, c *syntax.Replace) {
	if len(c.Names) == 0 {
		l.refuse(nameOf(c), CodeUnsupported, "replace without IN is not evaluated", "name the fields: pages differ on which fields a replacement reaches")
		return
	}
	wild := slices.ContainsFunc(c.Pairs, func(w *syntax.Rewrite) bool { return strings.Contains(w.From.Text, "*") })
	if wild && len(c.Pairs) > 1 {
		l.unconfirmed(c.Pairs[0], "replace of several values with wildcards")
		return
	}
	a := at(c)
	e := &ir.Extend{At: a}
	names := l.matching(r, c.Names, c)
	for _, f := range names {
		v := l.once(r, single(l.col(r, f, c), "replace"))
		var branches []ir.Branch
		// Replacements that are written later take precedence.
		for _, w := range slices.Backward(c.Pairs) {
			branches = append(branches, ir.Branch{If: l.matchesWhole(v, w, ""), Then: l.rewritten(v, w)})
		}
		x := choose(ir.Dynamic, v.x, branches...)
		var folded, exact []ir.Expr
		for _, w := range c.Pairs {
			folded, exact = append(folded, l.matchesWhole(v, w, "i")), append(exact, l.matchesWhole(v, w, ""))
		}
		e.Cols = append(e.Cols, ir.Named{Name: f, X: onlyIf(x, or(not(or(folded...)), or(exact...)), "replace of a value in another case: no page tells whether case counts")})
	}
	if len(e.Cols) > 0 {
		r.add(e)
	}
}

// matchesWhole reports whether a value is what a replacement looks for.
func (l *lowerer) matchesWhole(v val, w *syntax.Rewrite, flags string) ir.Expr {
	pattern := wildcard(w.From.Text, flags)
	if l.wrong("replace-finds-a-part") {
		pattern = strings.TrimSuffix(strings.Replace(pattern, "^", "", 1), "$")
	}
	return known(&ir.Match{At: at(w), Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(pattern, at(w))}})
}

// rewritten is the new value: its wildcards are what those of the old one stand for.
func (l *lowerer) rewritten(v val, w *syntax.Rewrite) ir.Expr {
	a := at(w)
	if !strings.Contains(w.To.Text, "*") {
		return str(w.To.Text, a)
	}
	groups := "(?s)" + wildcardGroups(w.From.Text).String()
	var args []ir.Expr
	for i, part := range strings.Split(w.To.Text, "*") {
		if i > 0 {
			args = append(args, call("extract", ir.String, a, str(groups, a), lit(ir.Long, int64(i), a), l.text(v)))
		}
		args = append(args, str(part, a))
	}
	return call("strcat", ir.String, a, args...)
}

// fieldformat says how a field is shown; the value stays ([fieldformat-command]).
func (l *lowerer) fieldformat(r *rows, c *syntax.Fieldformat) {
	l.note(c, "the rows hold the value of "+c.Assign.Field.Text+", not how fieldformat shows it")
	if l.wrong("fieldformat-changes-the-value") {
		l.eval(r, &syntax.Eval{Assigns: []*syntax.Assign{c.Assign}})
	}
}
