package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// joins writes the steps up to the last join. Until then the rows of right sides stand among those of the query, which the steps leave
// alone. It returns the steps that remain.
func (e *emitter) joins(ops []ir.Op, sides []*rightSide) []ir.Op {
	if len(sides) == 0 {
		return ops
	}
	if slices.ContainsFunc(sides, (*rightSide).numbered) {
		e.numberRows(sides)
	}
	for _, s := range sides {
		if s.agg != nil {
			e.rightGroups(s)
		}
	}
	var left []ir.Op
	for i, o := range ops {
		if len(sides) == 0 {
			return ops[i:]
		}
		e.forget()
		e.last, e.rest = false, nil
		switch o := o.(type) {
		case *ir.Filter:
			e.whereOn(1, o.Pred)
		case *ir.Extend:
			e.decodeUsed(o)
			e.assign(o, o.Cols, ops[i+1:])
		case *ir.Project:
			e.decodeUsed(o)
			e.assign(o, o.Cols, nil)
		case *ir.Aggregate:
			e.groupsBeside(o, sides)
		case *ir.Threshold:
			e.groupsBeside(o.Agg, sides)
			e.decodeIn(o.Pred)
			e.useOp(e.f.threshold, o)
			e.whereOn(1, o.Pred)
		case *ir.Join:
			e.joinStep(sides[0], sides[1:], left, ops[i+1:])
			sides = sides[1:]
		}
		left = append(left, o)
	}
	return nil
}

// numberRows tells rows of a right side apart that are equal.
func (e *emitter) numberRows(sides []*rightSide) {
	id := e.temp("n")
	e.line("streamstats count AS %s", id)
	var parts []string
	for _, s := range sides {
		if s.numbered() {
			parts = append(parts, s.pack+"="+s.pack+`."|".`+id)
		}
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
}

// whereOn filters the rows of one side.
func (e *emitter) whereOn(number int, x ir.Expr) {
	e.decodeIn(x)
	e.keepOn(sideField+"!="+strconv.Itoa(number), x)
}

// keepOn keeps the rows of which one of two conditions holds.
func (e *emitter) keepOn(other string, x ir.Expr) {
	t := e.join(ir.Conjuncts(x), " AND ", precAnd, "1==1", e.pred)
	if t.prec != precAtom && t.prec != precCompare {
		t = atom("(" + t.s + ")")
	}
	e.line("where %s OR %s", other, t.s)
}

// groupsBeside aggregates the rows of the query; those that wait for a join are groups of their own, told by what the join reads of them.
func (e *emitter) groupsBeside(a *ir.Aggregate, sides []*rightSide) {
	if len(a.Keys) == 0 {
		e.useOp(e.f.join, a)
		return
	}
	var extra []statsCall
	for _, s := range sides {
		for _, c := range s.whole() {
			f := e.rightName(s, c.from)
			extra = append(extra, statsCall{c.taken() + "(" + e.listName(f, a) + ")", f})
		}
	}
	e.beside = append([]string{sideField}, pending(sides)...)
	e.aggregate(a, "", extra...)
	e.beside = nil
}

// whole are the columns of a right side that has one row for each key: they come over as they are.
func (s *rightSide) whole() []carried {
	if !s.unique {
		return nil
	}
	return s.cols
}

// taken is the function that takes the value which all rows of a group have.
func (c carried) taken() string {
	if c.set {
		return "values"
	}
	return "first"
}

// keepOtherSides gives rows of other sides keys, and the query's rows the fields of the others.
func (e *emitter) keepOtherSides(a *ir.Aggregate) {
	var parts []string
	for _, k := range a.Keys {
		n := e.target(k.Name, a)
		parts = append(parts, n+"=if("+sideIs(1)+","+n+`,"-")`)
	}
	for _, f := range e.beside[1:] {
		parts = append(parts, f+"=coalesce("+f+`,"-")`)
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
}

// rightGroups writes the aggregation of a right side with eventstats: every row gets the columns of its group.
func (e *emitter) rightGroups(s *rightSide) {
	elements, sets, splits := e.elements, e.sets, e.splits
	renamed := func(x ir.Expr) ir.Expr {
		return ir.MapExpr(x, func(x ir.Expr) ir.Expr {
			if c, ok := x.(*ir.Col); ok {
				return &ir.Col{At: c.At, Name: e.rightName(s, c.Name), T: c.T}
			}
			return x
		})
	}
	a := *s.agg
	a.Keys, a.Aggs = slices.Clone(a.Keys), slices.Clone(a.Aggs)
	for i := range a.Keys {
		a.Keys[i].Name = e.rightName(s, a.Keys[i].Name)
	}
	for i := range a.Aggs {
		a.Aggs[i].Name = e.rightName(s, a.Aggs[i].Name)
	}
	e.grouping, e.beside = "eventstats", []string{sideField}
	var extra []statsCall
	other := sideField + "!=" + strconv.Itoa(s.number)
	if s.checked() {
		n := ""
		for _, g := range a.Aggs {
			if g.Func == ir.Count && g.If == nil {
				n = e.target(g.Name, s.join)
			}
		}
		if n == "" { // stats takes no call twice
			n = e.temp("n")
			extra = append(extra, statsCall{"count", n})
		}
		other += " OR isnull(" + n + ")"
		defer e.eval(s.failed(), "if("+sideIs(s.number)+",if(isnull("+n+"),1,0),null())")
	}
	e.aggregate(&a, "", extra...)
	e.grouping, e.beside = "stats", nil
	e.decodeAll()
	if s.pred != nil {
		e.keepOn(other, renamed(s.pred))
	}
	for _, o := range s.after {
		e.forget()
		if f, ok := o.(*ir.Filter); ok {
			e.keepOn(other, renamed(f.Pred))
			continue
		}
		cols := slices.Clone(namedOf(o))
		for i := range cols {
			cols[i] = ir.Named{Name: e.rightName(s, cols[i].Name), X: renamed(cols[i].X)}
		}
		e.assign(o, cols, nil)
	}
	e.forget()
	e.offer(s, sideIs(s.number))
	e.elements, e.sets, e.splits = elements, sets, splits
}

// checked reports whether a row without partners stays: then it matters whether eventstats has given the right side its columns.
func (s *rightSide) checked() bool {
	return s.agg != nil && (s.join.Kind == ir.LeftAnti || s.join.Kind == ir.LeftOuter)
}

// failed is the field that is 1 on rows of a right side to which eventstats has added nothing.
func (s *rightSide) failed() string { return "huntc_f" + strconv.Itoa(s.number) }

// joinStep writes a join: what rows of the right side have the keys of a row, then a row for each of them.
func (e *emitter) joinStep(s *rightSide, rest []*rightSide, before, later []ir.Op) {
	j := s.join
	var parts []string
	for i, k := range j.On {
		x := &ir.Col{At: j.At, Name: k.Left, T: ir.TypeOf(s.read[k.Right])}
		e.decodeIn(x)
		parts = append(parts, s.keys[i]+"=if("+sideIs(1)+","+keyText(e.value(x).s, x.T)+","+s.keys[i]+")")
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
	if j.Kind == ir.InnerUnique {
		e.oneOfEach(s, before, later)
	}
	n, row := e.temp("n"), e.temp("r")
	calls := []string{"count(eval(" + sideIs(s.number) + ")) AS " + n}
	failures := ""
	if s.checked() {
		failures = e.temp("n")
		calls = append(calls, "count(eval("+s.failed()+"==1)) AS "+failures)
	}
	of := func(call, v, as string) {
		calls = append(calls, call+"(eval(if("+sideIs(s.number)+","+v+",null()))) AS "+as)
	}
	if s.packs() {
		of("values", s.pack, row)
	}
	for _, c := range s.whole() {
		f := e.rightName(s, c.from)
		of(c.taken(), e.target(f, j), e.listName(f, j))
	}
	e.line("eventstats %s BY %s", strings.Join(calls, " "), strings.Join(s.keys, " "))
	found := map[ir.JoinKind]string{ir.LeftAnti: n + "==0", ir.LeftOuter: "isnotnull(" + n + ")"}[j.Kind]
	if found == "" {
		found = n + ">0"
	}
	if s.checked() {
		found += " AND " + failures + "==0"
	}
	if len(rest) == 0 {
		e.line("where %s AND %s", sideIs(1), found)
	} else {
		e.line("where (%s AND %s) OR %s>%d", sideIs(1), found, sideField, s.number)
	}
	if s.packs() {
		e.eachRow(s, rest, row)
	}
	e.columns(s, row)
}

// oneOfEach keeps one row of each combination of keys on the left. Which one is open in KQL, but it is one of those that pass the filters
// behind the join which read the left side only.
func (e *emitter) oneOfEach(s *rightSide, before, later []ir.Op) {
	left := columnsOf(before, map[string]ir.Expr{})
	for _, o := range later {
		f, ok := o.(*ir.Filter)
		if !ok {
			break
		}
		for _, c := range ir.Conjuncts(f.Pred) {
			read, only := map[string]bool{}, true
			ir.Uses(c, read)
			for n := range read {
				only = only && left[n] != nil
			}
			if only && len(read) > 0 {
				e.whereOn(1, c)
			}
		}
	}
	u := e.temp("n")
	e.line("streamstats count AS %s BY %s %s", u, sideField, strings.Join(s.keys, " "))
	e.line("where %s!=1 OR %s==1", sideField, u)
}

// eachRow makes a row for each row of the right side. mvexpand drops rows without a value.
func (e *emitter) eachRow(s *rightSide, rest []*rightSide, row string) {
	e.useOp(e.f.expand, s.join)
	switch {
	case s.join.Kind == ir.LeftOuter:
		e.eval(row, "coalesce("+row+`,"-")`)
	case len(rest) > 0:
		e.eval(row, "if("+sideIs(1)+","+row+`,"-")`)
	}
	e.line("mvexpand %s", row)
}

// columns gives the query's rows the columns of the right side.
func (e *emitter) columns(s *rightSide, row string) {
	var parts []string
	for i, c := range s.cols {
		v := e.unpack(row, i, c)
		if s.unique {
			v = e.target(e.rightName(s, c.from), s.join)
		}
		parts = append(parts, e.target(c.to, s.join)+"="+v)
		delete(e.encoded, c.to)
		delete(e.splits, c.to)
		delete(e.elements, c.to)
		delete(e.sets, c.to)
		if c.set {
			e.sets[c.to] = true
		}
	}
	if len(parts) > 0 {
		e.line("eval %s", strings.Join(parts, ",\n    "))
	}
	e.forget()
}
