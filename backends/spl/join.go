package spl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// rightSide is the right side of a join. Its events come out of the multisearch beside those of the query; eventstats tells the rows of the
// query what rows of the other side have their keys, and these are no longer needed then.
type rightSide struct {
	*joinShape
	number   int
	searches []string
	keys     []string // fields with the values of the join's columns, never null
	pack     string   // field with the columns of a row in one text
	cols     []carried
	read     map[string]ir.Expr // the columns of its rows
}

// joinShape is a join whose right side is streamed steps, then at most one aggregation and streamed steps.
type joinShape struct {
	join     *ir.Join
	rows     []ir.Op
	agg      *ir.Aggregate
	pred     ir.Expr
	after    []ir.Op
	distinct bool // equal rows are one
	unique   bool // one row for each combination of the join's columns
}

// carried is a column of the right side that the query's rows get under a name.
type carried struct {
	from, to string
	typ      ir.Type
	set      bool
}

// shapeOf takes a join apart; false when its right side has other steps.
func shapeOf(j *ir.Join) (*joinShape, bool) {
	s := &joinShape{join: j}
	switch j.Kind {
	case ir.Inner, ir.InnerUnique, ir.LeftOuter, ir.LeftSemi, ir.LeftAnti:
	default:
		return nil, false
	}
	if len(j.On) == 0 || !tables(j.Right.From) {
		return nil, false
	}
	for i, o := range j.Right.Ops {
		var a *ir.Aggregate
		switch o := o.(type) {
		case *ir.Aggregate:
			a = o
		case *ir.Threshold:
			a, s.pred = o.Agg, o.Pred
		case *ir.Expand:
			if s.agg != nil {
				return nil, false
			}
		case *ir.Filter, *ir.Extend, *ir.Project:
		default:
			return nil, false
		}
		switch {
		case a == nil && s.agg == nil:
			s.rows = append(s.rows, o)
		case a == nil:
			s.after = append(s.after, o)
		case len(a.Aggs) == 0 && len(a.Keys) > 0: // a distinct: equal rows are one
			s.distinct = true
			p := &ir.Project{At: a.At, Cols: a.Keys}
			if s.agg == nil {
				s.rows = append(s.rows, p)
			} else {
				s.after = append(s.after, p)
			}
			if t, ok := o.(*ir.Threshold); ok {
				f := &ir.Filter{At: t.At, Pred: t.Pred}
				if s.agg == nil {
					s.rows, s.pred = append(s.rows, f), nil
				} else {
					return nil, false
				}
			}
		case s.agg != nil || s.distinct || len(a.Keys) == 0 || i > 0 && !streamed(j.Right.Ops[i-1]):
			return nil, false
		default:
			s.agg = a
		}
	}
	return s, true
}

// tables reports whether a source is a table, or tables with streamed steps behind each.
func tables(s ir.Source) bool {
	switch s := s.(type) {
	case *ir.Table:
		return true
	case *ir.Union:
		return len(s.Inputs) > 0 && !slices.ContainsFunc(inputsOf(s), func(p *ir.Pipeline) bool { return !tables(p.From) || streams(p.Ops) < len(p.Ops) })
	}
	return false
}

// sidesOf finds the joins among the steps of a query, as far as they can be written together.
func (e *emitter) sidesOf(ops []ir.Op) ([]*rightSide, bool) {
	var sides []*rightSide
	for i, o := range ops {
		j, ok := o.(*ir.Join)
		if !ok {
			switch o.(type) {
			case *ir.Filter, *ir.Extend, *ir.Project, *ir.Aggregate, *ir.Threshold:
				continue
			case *ir.Expand:
				if i < streams(ops) {
					continue
				}
			}
			return sides, true // a join behind this step is refused where it stands
		}
		shape, ok := shapeOf(j)
		if !ok {
			e.useOp(e.f.join, j)
			return nil, false
		}
		s := &rightSide{joinShape: shape, number: len(sides) + 2}
		if !e.rightSearch(s, ops[:i], ops[i+1:]) {
			return nil, false
		}
		sides = append(sides, s)
	}
	return sides, true
}

// rightSearch writes the search of a right side.
func (e *emitter) rightSearch(s *rightSide, before, later []ir.Op) bool {
	j := s.join
	e.useOp(e.f.joined, j)
	made := columnsOf(s.rows, s.united())
	s.read = columnsOf(j.Right.Ops, s.united())
	if !e.carry(s, before, later) {
		return false
	}
	n := strconv.Itoa(s.number)
	for i := range j.On {
		s.keys = append(s.keys, "huntc_k"+n+"_"+strconv.Itoa(i+1))
	}
	s.pack = "huntc_p" + n
	need := map[string]ir.Expr{}
	read := map[string]bool{}
	for _, k := range j.On {
		read[k.Right] = true
	}
	for _, c := range s.cols {
		read[c.from] = true
	}
	ops := s.after
	if s.agg != nil {
		ops = append([]ir.Op{&ir.Threshold{Agg: s.agg, Pred: ir.AndOf([]ir.Expr{pred(s.pred)})}}, s.after...)
	}
	for _, o := range ops {
		for _, x := range ir.OpExprs(o) {
			ir.Uses(x, read)
		}
	}
	for name, x := range made {
		if read[name] {
			need[name] = x
		}
	}
	for _, in := range s.inputs() {
		b := e.branch(in, need, append(ops, s.shows(later)...))
		b.eval(sideField, n)
		if s.agg == nil {
			b.offer(s, "")
			e.temps = b.temps
		}
		s.searches = append(s.searches, b.search())
	}
	return true
}

// inputs are the pipelines of the right side's rows.
func (s *rightSide) inputs() []*ir.Pipeline {
	u, ok := s.join.Right.From.(*ir.Union)
	if !ok {
		return []*ir.Pipeline{{From: s.join.Right.From, Ops: s.rows}}
	}
	var out []*ir.Pipeline
	for _, in := range inputsOf(u) {
		out = append(out, &ir.Pipeline{From: in.From, Ops: append(missing(in, s.united()), s.rows...)})
	}
	return out
}

// united are the columns of the tables that a right side reads as one.
func (s *rightSide) united() map[string]ir.Expr {
	all := map[string]ir.Expr{}
	if u, ok := s.join.Right.From.(*ir.Union); ok {
		for _, in := range inputsOf(u) {
			for n, x := range columnsOf(in.Ops, map[string]ir.Expr{}) {
				all[n] = x
			}
		}
	}
	return all
}

// shows are the steps that follow a join, by the names that its right side has for their columns.
func (s *rightSide) shows(later []ir.Op) []ir.Op {
	names := map[string]string{}
	for _, c := range s.cols {
		names[c.to] = c.from
	}
	out := []ir.Op{&ir.Filter{Pred: &ir.List{Elems: s.rightKeys()}}}
	for _, o := range later {
		for _, c := range namedOf(o) {
			if col, ok := c.X.(*ir.Col); ok && col.Name != c.Name && names[col.Name] != "" {
				out = append(out, &ir.Filter{Pred: &ir.Absent{X: &ir.Col{Name: names[col.Name]}}})
			}
		}
		for _, x := range ir.OpExprs(o) {
			read := map[string]bool{}
			if _, handed := x.(*ir.Col); !handed || namedOf(o) == nil {
				ir.Uses(x, read)
			}
			for n := range read {
				if from, ok := names[n]; ok {
					out = append(out, &ir.Filter{Pred: &ir.Absent{X: &ir.Col{Name: from}}})
				}
			}
		}
	}
	return out
}

func (s *rightSide) rightKeys() []ir.Expr {
	var out []ir.Expr
	for _, k := range s.join.On {
		out = append(out, &ir.Col{Name: k.Right})
	}
	return out
}

func pred(x ir.Expr) ir.Expr {
	if x == nil {
		return &ir.Lit{Value: ir.Value{Type: ir.Bool, V: true}}
	}
	return x
}

// carry finds the columns that the query reads of a right side, and their names behind the join; false after a refusal.
func (e *emitter) carry(s *rightSide, before, later []ir.Op) bool {
	j := s.join
	if j.Kind == ir.LeftSemi || j.Kind == ir.LeftAnti {
		return true
	}
	s.unique = s.agg != nil && len(s.agg.Keys) == len(j.On)
	for _, k := range j.On {
		s.unique = s.unique && keyNamed(s.agg.Keys, k.Right) != nil && !assigns(s.after, k.Right)
	}
	left, read := columnsOf(before, map[string]ir.Expr{}), e.readBy(later)
	isKey := map[string]bool{}
	for _, k := range j.On {
		isKey[k.Right] = true
	}
	for _, name := range sortedNames(s.read) {
		to := name
		if n, ok := j.RightNames[name]; ok {
			to = n
		}
		if j.Lookup && isKey[name] || !read[to] {
			continue
		}
		if left[to] != nil {
			if _, renamed := j.RightNames[name]; !renamed {
				continue // the name is the left side's
			}
			e.useOp(e.f.join, j)
			return false
		}
		c := carried{name, to, ir.TypeOf(s.read[name]), madeBy(s.agg, name) == ir.MakeSet}
		if f, ok := s.read[name].(*ir.Field); ok && storedTime(f) {
			c.typ = ir.String // as the event holds it
			e.shown[to] = true
		}
		if !s.unique && !asText(c.typ, s.read[name]) || madeBy(s.agg, name) == ir.MakeList {
			e.useOp(e.f.joinColumn, j)
			return false
		}
		s.cols = append(s.cols, c)
	}
	return true
}

// madeBy is the function of an aggregate's column.
func madeBy(a *ir.Aggregate, name string) ir.AggFunc {
	if a == nil {
		return ""
	}
	for i := range a.Aggs {
		if a.Aggs[i].Name == name {
			return a.Aggs[i].Func
		}
	}
	return ""
}

// assigns reports whether steps give a column a new value; a projection that keeps it does not.
func assigns(ops []ir.Op, name string) bool {
	for _, o := range ops {
		for _, c := range namedOf(o) {
			if col, ok := c.X.(*ir.Col); c.Name == name && (!ok || col.Name != name) {
				return true
			}
		}
	}
	return false
}

// asText reports whether a value is the same after it was text: numbers with a fraction may lose digits unless they are as the event
// holds them.
func asText(t ir.Type, x ir.Expr) bool {
	switch t {
	case ir.String, ir.Int, ir.Long, ir.Bool, ir.GUID, ir.Datetime:
		return true
	case ir.Real, ir.Dynamic:
		_, stored := x.(*ir.Field)
		return stored
	}
	return false
}

// keyText is a value of a join's column that is never null, so that eventstats keeps it apart.
func keyText(v string, t ir.Type) string {
	if t == ir.String {
		return `"` + mark + `".coalesce(` + v + `,"")`
	}
	return `coalesce(` + v + `,"` + emptyWord + `")`
}

// offer makes the fields of a right side that its join reads; cond says on which rows, "" for all.
func (e *emitter) offer(s *rightSide, cond string) {
	only := func(v string) string {
		if cond == "" {
			return v
		}
		return "if(" + cond + "," + v + ",null())"
	}
	var parts []string
	for i, k := range s.join.On {
		x := &ir.Col{At: s.join.At, Name: e.rightName(s, k.Right), T: ir.TypeOf(s.read[k.Right])}
		parts = append(parts, s.keys[i]+"="+only(keyText(e.value(x).s, x.T)))
	}
	if s.packs() {
		parts = append(parts, s.pack+"="+only(e.packed(s)))
	}
	e.line("eval %s", strings.Join(parts, ",\n    "))
}

// rightName is the field of a right side's column: behind an aggregation it has a name that no column of the query has.
func (e *emitter) rightName(s *rightSide, name string) string {
	if s.agg == nil {
		return name
	}
	return "huntc_" + strconv.Itoa(s.number) + "_" + name
}

// packs reports whether a row of the query may find several rows of a right side, whose columns then come over as one text for each.
func (s *rightSide) packs() bool {
	return s.join.Kind != ir.LeftSemi && s.join.Kind != ir.LeftAnti && !s.unique
}

// numbered reports whether equal rows of a right side are to be told apart.
func (s *rightSide) numbered() bool { return s.packs() && s.agg == nil && !s.distinct }

// packed is a text with the columns of a row: a mark before each, the separator of the parts written otherwise in them, and what tells
// groups apart that are equal in these columns.
func (e *emitter) packed(s *rightSide) string {
	var parts []string
	for _, c := range s.cols {
		x := &ir.Col{At: s.join.At, Name: e.rightName(s, c.from), T: c.typ}
		v := e.value(x).s
		if c.typ == ir.Datetime {
			us := e.microseconds(atom(v))
			parts = append(parts, "if(isnull("+v+`),"-","`+mark+`".floor(`+v+`).".".substr("00000".`+us+",-6))")
			continue
		}
		v = "replace(replace(" + v + `, "%", "%25"), "\\|", "%7C")`
		if c.typ == ir.String {
			parts = append(parts, `"`+mark+`".coalesce(`+v+`,"")`)
			continue
		}
		parts = append(parts, `coalesce("`+mark+`".`+v+`,"-")`)
	}
	if s.agg != nil && !s.distinct {
		for _, k := range s.agg.Keys {
			parts = append(parts, "replace(coalesce("+e.target(e.rightName(s, k.Name), s.join)+`,"-"), "\\|", "%7C")`)
		}
	}
	if len(parts) == 0 {
		return `"` + mark + `"`
	}
	return strings.Join(parts, `."|".`)
}

// unpack reads a column back from the text of a row.
func (e *emitter) unpack(from string, i int, c carried) string {
	v := "mvindex(split(" + from + `,"|"),` + strconv.Itoa(i) + ")"
	plain := "replace(replace(substr(" + v + `,2), "%7C", "|"), "%25", "%")`
	switch c.typ {
	case ir.String:
		return plain
	case ir.Datetime, ir.Int, ir.Long, ir.Real:
		plain = "tonumber(substr(" + v + ",2))"
	}
	return "if(" + v + `=="-",null(),` + plain + ")"
}

// joinsAhead reports whether a join stands where the rows are still those of the table, or groups of them.
func joinsAhead(ops []ir.Op) bool {
	for _, o := range ops {
		switch o.(type) {
		case *ir.Join:
			return true
		case *ir.Filter, *ir.Extend, *ir.Project, *ir.Expand, *ir.Aggregate, *ir.Threshold:
		default:
			return false
		}
	}
	return false
}
