package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// join writes the joins that ES|QL can say: whether a key occurs on the other side, as a test against a query, and the columns of a side that
// has one row for each key, which are spread over the rows of the other.
// https://www.elastic.co/docs/reference/query-languages/esql/esql-in-subquery
func (e *emitter) join(o *ir.Join) {
	j := &joined{o: o, left: &ir.Pipeline{From: e.pipe.From, Ops: e.done}, right: o.Right, live: e.read()}
	for _, k := range o.On {
		j.lk, j.rk = append(j.lk, k.Left), append(j.rk, k.Right)
	}
	what := "join kind=" + o.Kind.String()
	if !j.typed() {
		e.r.Use(factJoin, o, o.S, what)
		return
	}
	switch {
	case o.Kind == ir.LeftSemi || o.Kind == ir.LeftAnti:
		if e.r.Use(factInQuery, o, o.S, what) {
			e.keyTest(j.lk, j.leftTypes, j.right, j.rk, o.Kind == ir.LeftSemi)
		}
	case o.Kind == ir.RightSemi || o.Kind == ir.RightAnti:
		if e.r.Use(factInQuery, o, o.S, what) {
			e.swap(j)
		}
	case o.Kind == ir.Inner && j.rightOnlyKeys(), o.Kind == ir.InnerUnique && j.rightOnlyKeys() && unique(j.left, j.lk):
		if e.r.Use(factInQuery, o, o.S, what) {
			e.keyTest(j.lk, j.leftTypes, j.right, j.rk, true)
			e.keyCopies(j)
		}
	case j.spreads():
		if e.r.Use(factJoinOne, o, o.S, what) {
			e.spreadJoin(j)
		}
	default:
		e.r.Use(factJoin, o, o.S, what)
	}
}

// joined is a join with what is known of its sides.
type joined struct {
	o                   *ir.Join
	left, right         *ir.Pipeline
	lk, rk              []string
	leftTypes           []ir.Type // of the keys, which are those of the right side
	leftCols, rightCols []ir.Column
	live                map[string]bool // columns that are read behind the join
}

// typed finds the columns of both sides; without them, or with keys of different types, nothing is written.
func (j *joined) typed() bool {
	var ok1, ok2 bool
	j.leftCols, ok1 = yields(j.left)
	j.rightCols, ok2 = yields(j.right)
	if !ok1 || !ok2 {
		return false
	}
	for i := range j.lk {
		l, ok1 := typeIn(j.leftCols, j.lk[i])
		r, ok2 := typeIn(j.rightCols, j.rk[i])
		if !ok1 || !ok2 || l != r || l == ir.Dynamic || l == ir.TypeUnset {
			return false
		}
		j.leftTypes = append(j.leftTypes, l)
	}
	return true
}

func typeIn(cols []ir.Column, name string) (ir.Type, bool) {
	for _, c := range cols {
		if c.Name == name {
			return c.Type, true
		}
	}
	return ir.TypeUnset, false
}

// resultName is how a column of the right side is called behind the join, "" where it is dropped.
func (j *joined) resultName(name string) string {
	if j.o.Lookup && slices.Contains(j.rk, name) {
		return ""
	}
	if n, ok := j.o.RightNames[name]; ok {
		return n
	}
	return name
}

// clash reports whether a column of the right side keeps a name that the left side has: then the result's name is not known here.
func (j *joined) clash() bool {
	return slices.ContainsFunc(j.rightCols, func(c ir.Column) bool {
		name := j.resultName(c.Name)
		_, taken := typeIn(j.leftCols, name)
		return name != "" && taken
	})
}

// rightOnlyKeys reports whether each key occurs once on the right side, of which nothing else is read.
func (j *joined) rightOnlyKeys() bool {
	return unique(j.right, j.rk) && !j.clash() && !slices.ContainsFunc(j.rightCols, func(c ir.Column) bool {
		return !slices.Contains(j.rk, c.Name) && j.live[j.resultName(c.Name)]
	})
}

// spreads reports whether the right side has one row for each key, so that its columns can be spread over the left side's rows.
func (j *joined) spreads() bool {
	kind := j.o.Kind == ir.Inner || j.o.Kind == ir.LeftOuter || j.o.Kind == ir.InnerUnique && unique(j.left, j.lk)
	return kind && unique(j.right, j.rk) && !j.clash() && !branches(j.left) && !branches(j.right) && len(j.left.Ops) > 0
}

// unique reports whether no two rows of a pipeline have the same keys: it ends in an aggregation by some of them.
func unique(p *ir.Pipeline, keys []string) bool {
	keys = slices.Clone(keys)
	for i := len(p.Ops) - 1; i >= 0; i-- {
		ok := true
		switch o := p.Ops[i].(type) {
		case *ir.Aggregate:
			return among(o.Keys, keys)
		case *ir.Threshold:
			return among(o.Agg.Keys, keys)
		case *ir.Filter, *ir.Sort, *ir.Limit:
		case *ir.Extend:
			ok = copied(o.Cols, keys)
		case *ir.Project:
			ok = copied(o.Cols, keys)
		default:
			return false
		}
		if !ok {
			return false
		}
	}
	return false
}

func among(cols []ir.Named, keys []string) bool {
	return !slices.ContainsFunc(cols, func(n ir.Named) bool { return !slices.Contains(keys, n.Name) })
}

// copied replaces keys by the columns that they are copies of, as they are or with their absent text filled; it is false where a key is made.
func copied(cols []ir.Named, keys []string) bool {
	for i, k := range keys {
		x := ir.FindNamed(cols, k)
		if f, ok := x.(*ir.Fill); ok {
			x = f.X
		}
		switch x := x.(type) {
		case nil:
		case *ir.Col:
			keys[i] = x.Name
		default:
			return false
		}
	}
	return true
}

// read collects the columns that are read behind the op that is written.
func (e *emitter) read() map[string]bool {
	used := map[string]bool{}
	for _, o := range e.pipe.Ops[len(e.done)+1:] {
		for _, x := range ir.OpExprs(o) {
			ir.Uses(x, used)
		}
		switch o := o.(type) {
		case *ir.Project, *ir.Aggregate, *ir.Threshold:
			return used
		case *ir.Join:
			for _, k := range o.On {
				used[k.Left] = true
			}
		case *ir.Baseline, *ir.Append:
			return everything(e.pipe)
		}
	}
	for _, c := range e.in.Query.Columns {
		used[c.Name] = true
	}
	if e.pipe != e.in.Query.Root {
		return everything(e.pipe)
	}
	return used
}

// everything names all columns that a pipeline ever has.
func everything(p *ir.Pipeline) map[string]bool {
	used := map[string]bool{}
	q := &ir.Query{Root: p}
	q.EachOp(func(o ir.Op) {
		if j, ok := o.(*ir.Join); ok {
			if cols, ok := yields(j.Right); ok {
				for _, c := range cols {
					used[c.Name] = true
				}
			}
			for _, n := range j.RightNames {
				used[n] = true
			}
		}
	})
	return used
}

// keyText writes keys as one value that is the same for the same keys only: a text alone, or texts with their lengths before them. The
// absent-value pass has filled the texts; another absent key is the text "", as which no other key is written.
func keyText(keys []string, types []ir.Type) string {
	if len(keys) == 1 && types[0] == ir.String {
		return ident(keys[0])
	}
	var parts []string
	for i, k := range keys {
		text := ident(k)
		if types[i] != ir.String {
			text = "COALESCE(TO_STRING(" + text + `), "")`
		}
		if i < len(keys)-1 {
			parts = append(parts, "TO_STRING(LENGTH("+text+"))", `":"`)
		}
		parts = append(parts, text)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "CONCAT(" + strings.Join(parts, ", ") + ")"
}

// keyTest keeps the rows whose keys occur among those of another pipeline, or do not.
func (e *emitter) keyTest(keys []string, types []ir.Type, other *ir.Pipeline, otherKeys []string, wanted bool) {
	column := keys[0]
	if text := keyText(keys, types); text != ident(column) {
		column = e.temp()
		e.line("EVAL " + column + " = " + text)
	}
	not := map[bool]string{false: "NOT "}[wanted]
	e.line(fmt.Sprintf("WHERE %s %sIN %s", ident(column), not, e.keyQuery(other, otherKeys, types)))
}

// keyQuery writes the keys of a pipeline as a query of one column without null.
func (e *emitter) keyQuery(p *ir.Pipeline, keys []string, types []ir.Type) string {
	s := newEmitter(e.in, e.r, e.temps)
	s.known = e.known
	s.write(p)
	e.needs = append(e.needs, s.needs...)
	column := ident(keys[0])
	if text := keyText(keys, types); text != column {
		column = e.temp()
		s.line("EVAL " + column + " = " + text)
	}
	s.line("WHERE " + column + " IS NOT NULL")
	s.line("KEEP " + column)
	return brackets(s.lines)
}

// swap goes on with the rows of the right side.
func (e *emitter) swap(j *joined) {
	s := newEmitter(e.in, e.r, e.temps)
	s.known = e.known
	s.write(j.right)
	s.keyTest(j.rk, j.leftTypes, j.left, j.lk, j.o.Kind == ir.RightSemi)
	s.pipe, s.done, s.early, s.moved = e.pipe, e.done, e.early, e.moved
	s.needs = append(e.needs, s.needs...)
	*e = *s
}

// keyCopies gives the keys of the right side their names.
func (e *emitter) keyCopies(j *joined) {
	var evals []string
	for i, k := range j.rk {
		if name := j.resultName(k); name != "" && name != j.lk[i] && j.live[name] {
			evals = append(evals, ident(name)+" = "+ident(j.lk[i]))
		}
	}
	if len(evals) > 0 {
		e.line("EVAL " + strings.Join(evals, ", "))
	}
}

// spreadJoin puts the rows of both sides into one FROM and gives those of the left side the columns that the right side has for their key.
// https://www.elastic.co/docs/reference/query-languages/esql/commands/inlinestats-by
func (e *emitter) spreadJoin(j *joined) {
	key, side, found := e.temp(), e.temp(), e.temp()
	left := j.side(e, j.left, j.lk, key, side, 1, nil)
	// On the right side every column gets a name of its own, so that none meets one of the left side.
	names := map[string]string{}
	for _, c := range j.rightCols {
		if name := j.resultName(c.Name); name != "" && !slices.Contains(j.rk, c.Name) && j.live[name] {
			names[c.Name] = name
		}
	}
	right := j.side(e, j.right, j.rk, key, side, 2, names)
	e.lines = nil
	e.line("FROM " + left.text + ",\n    " + right.text)
	aggs := []string{fmt.Sprintf("%s = COUNT(*) WHERE %s == 2", found, side)}
	for _, c := range j.rightCols {
		name, ok := names[c.Name]
		switch {
		case !ok:
		case right.nulls[c.Name]:
			e.nulls[name] = true
		case c.Type == ir.Dynamic:
			aggs = append(aggs, fmt.Sprintf("%s = VALUES(%s)", ident(name), ident(name)))
		default:
			aggs = append(aggs, fmt.Sprintf("%s = MAX(%s)", ident(name), ident(name)))
		}
	}
	e.line("INLINE STATS " + strings.Join(aggs, ",\n    ") + "\n    BY " + key)
	if j.o.Kind == ir.LeftOuter {
		e.line("WHERE " + side + " == 1")
	} else {
		e.line(fmt.Sprintf("WHERE %s == 1 AND %s > 0", side, found))
	}
	e.rightKeys(j, found)
}

// rightKeys gives the keys of the right side their names; where nothing was found they are null.
func (e *emitter) rightKeys(j *joined, found string) {
	if j.o.Kind != ir.LeftOuter {
		e.keyCopies(j)
		return
	}
	var evals []string
	for i, k := range j.rk {
		if name := j.resultName(k); name != "" && j.live[name] {
			evals = append(evals, fmt.Sprintf("%s = CASE(%s > 0, %s, null)", ident(name), found, ident(j.lk[i])))
		}
	}
	if len(evals) > 0 {
		e.line("EVAL " + strings.Join(evals, ", "))
	}
}

// part is one side of a join as a query.
type part struct {
	text  string
	nulls map[string]bool
}

// side writes one side with its key and its number; with names only the columns in it are kept, under these names.
func (j *joined) side(e *emitter, p *ir.Pipeline, keys []string, key, side string, n int, names map[string]string) part {
	s := newEmitter(e.in, e.r, e.temps)
	s.known = e.known
	s.write(p)
	e.needs = append(e.needs, s.needs...)
	s.line(fmt.Sprintf("EVAL %s = %s, %s = %d", key, keyText(keys, j.leftTypes), side, n))
	keep := []string{key, side}
	cols := j.leftCols
	if names != nil {
		cols = j.rightCols
		var renamed []string
		for _, c := range cols {
			if to := names[c.Name]; to != "" && to != c.Name && !s.nulls[c.Name] {
				renamed = append(renamed, ident(c.Name)+" AS "+ident(to))
			}
		}
		if len(renamed) > 0 {
			s.line("RENAME " + strings.Join(renamed, ", "))
		}
	}
	for _, c := range cols {
		name := c.Name
		if names != nil {
			name = names[c.Name]
		}
		if name != "" && !s.nulls[c.Name] {
			keep = append(keep, ident(name))
		}
	}
	if names == nil {
		e.nulls, e.sets, e.elems = s.nulls, s.sets, map[string]map[string]string{}
	}
	s.line("KEEP " + strings.Join(keep, ", "))
	return part{brackets(s.lines), s.nulls}
}

// brackets makes a query of lines that stands inside another.
func brackets(lines []string) string {
	return "(" + strings.ReplaceAll(strings.Join(lines, "\n| "), "\n", "\n    ") + ")"
}
