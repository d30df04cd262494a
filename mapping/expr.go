package mapping

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

// ref is what an expression stands for: a source value, or with elem a value below an expanded array's element.
type ref struct {
	route
	asString bool
	elem     *expansion
	col      string // with elem: the expanded column's name
	below    []ir.Step
}

func (r ref) text() string {
	if r.elem != nil {
		return r.col + stepsText(r.below, func(i int) string { return fmt.Sprintf("[%d]", i) })
	}
	return r.route.String()
}

func (r ref) step(steps ...ir.Step) ref {
	if r.elem != nil {
		r.below = append(append([]ir.Step{}, r.below...), steps...)
	}
	r.route = r.route.below(steps...)
	return r
}

// expr maps an expression.
func (w *walker) expr(e ir.Expr, s *scope) ir.Expr {
	if w.m.Keep {
		return w.keep(e, s)
	}
	if s.table == nil && len(s.lacks) == 0 {
		return ir.MapExprPipes(e, func(p *ir.Pipeline) *ir.Pipeline { return w.nested(p, s) })
	}
	if x, ok := w.special(e, s); ok {
		return x
	}
	return ir.MapChildren(e, func(k ir.Expr) ir.Expr { return w.expr(k, s) })
}

// keep renames the time column where it still is the table's own.
func (w *walker) keep(e ir.Expr, s *scope) ir.Expr {
	e = ir.MapExprPipes(e, func(p *ir.Pipeline) *ir.Pipeline { return w.nested(p, s) })
	return ir.MapExpr(e, func(x ir.Expr) ir.Expr {
		switch x := x.(type) {
		case *ir.Col:
			if to := s.kept(x.Name); to != x.Name {
				return &ir.Col{At: x.At, Name: to, T: x.T}
			}
		case *ir.StepCol:
			c := *x
			c.Name = s.kept(x.Name)
			return &c
		case *ir.KeyOf:
			c := *x
			c.Name = s.kept(x.Name)
			return &c
		case *ir.PackAll, *ir.AnyColumn, *ir.IfExists:
			if w.renames(s) {
				return w.refuse(CodeValue, x.Span(), "this expression reads columns that the query does not list",
					"The time column has another name in this product, so its value would differ.", "")
			}
		}
		return x
	})
}

// kept is what the target's product calls a column: only the time of a table has another name.
func (s *scope) kept(name string) string {
	if s.table == nil || s.schema == nil || !renamable(s.schema.Time) || s.schema.Time == s.table.Time || name != s.schema.Time {
		return name
	}
	if _, own := s.source(&ir.Col{Name: name}); !own {
		return name
	}
	return s.table.Time
}

// keepSetOp maps an op over sets of rows for another KQL product.
func (w *walker) keepSetOp(o ir.Op, s *scope) ir.Op {
	switch o := o.(type) {
	case *ir.Partition:
		c := *o
		c.Key = s.kept(o.Key)
		if o.Sub != nil {
			c.Sub = ir.MapPipeline(o.Sub, func(x ir.Expr) ir.Expr {
				if k, ok := x.(*ir.KeyOf); ok && k.Name == o.Key {
					return &ir.KeyOf{At: k.At, Name: c.Key, T: k.T}
				}
				return x
			})
			c.Sub = w.nested(c.Sub, s)
			s.close()
			return &c
		}
		c.Ops = w.ops(o.Ops, s)
		return &c
	case *ir.MakeSeries, *ir.TopNested:
		c := ir.MapOp(o, func(e ir.Expr) ir.Expr { return w.expr(e, s) })
		s.close()
		return c
	default:
		return ir.MapOp(o, func(e ir.Expr) ir.Expr { return w.expr(e, s) })
	}
}

func (w *walker) special(e ir.Expr, s *scope) (ir.Expr, bool) {
	switch e := e.(type) {
	case *ir.Col:
		_, made := s.defs[e.Name]
		if l, ok := s.lacks[e.Name]; ok && !made {
			return w.value(l.p, e.S, l.p.typ(), l.table), true
		}
		return w.read(e, e, e.T, s)
	case *ir.Access:
		return w.read(e, e, ir.Dynamic, s)
	case *ir.Call:
		if e.Func == "parse_json" {
			return w.read(e, e, ir.Dynamic, s)
		}
	case *ir.Cast:
		if e.To == ir.String {
			return w.castString(e, s)
		}
	case *ir.Scalar:
		c := *e
		c.Pipe = w.nested(e.Pipe, s)
		return &c, true
	case *ir.InTable:
		c := *e
		c.X, c.Pipe = w.expr(e.X, s), w.nested(e.Pipe, s)
		return &c, true
	case *ir.Match:
		return w.match(e, s)
	case *ir.IsNull:
		return w.isNull(e, s)
	case *ir.Compare:
		return w.compare(e, s)
	case *ir.Between:
		if r, ok := w.resolve(e.X, s); ok && r.elem == nil {
			if row, _ := s.table.find(r.route); row != nil && row.Value == "string" {
				return w.noOrder(r.route, e.S), true
			}
		}
	}
	return nil, false
}

// read maps x, which at stands for, when it is a source value.
func (w *walker) read(x, at ir.Expr, t ir.Type, s *scope) (ir.Expr, bool) {
	r, ok := w.resolve(x, s)
	switch {
	case !ok:
		return nil, false
	case r.elem != nil:
		return w.element(r, x.Span()), true
	case r.asString:
		t = ir.String
	}
	return w.value(r.route, at.Span(), t, s.table), true
}

// castString maps tostring(x): of a value that is stored as text it is the value itself.
func (w *walker) castString(e *ir.Cast, s *scope) (ir.Expr, bool) {
	r, ok := w.resolve(e.X, s)
	switch {
	case !ok:
		return nil, false
	case r.elem != nil:
		c := *e
		c.X = w.element(r, e.X.Span())
		return &c, true
	}
	return w.value(r.route, e.X.Span(), ir.String, s.table), true
}

// isNull maps isnull(x): of a dynamic value "" is a value, which a target that drops empty texts does not have.
// learn.microsoft.com/kusto/query/isnull-function
func (w *walker) isNull(e *ir.IsNull, s *scope) (ir.Expr, bool) {
	r, ok := w.resolve(e.X, s)
	if !ok || r.elem != nil || r.asString || r.route.typ() != ir.Dynamic {
		return nil, false
	}
	row, _ := s.table.find(r.route)
	if row == nil || row.Empty != "dropped" {
		return nil, false
	}
	c := *e
	c.X = w.expr(e.X, s)
	w.leaf(Leaf{Leaf: drift.Leaf{Node: &c, Kind: drift.MayBeTrue}, Code: CodeEmpty, Span: e.S, Short: "no \"\"",
		Bound: "no value is the empty text", Text: fmt.Sprintf("isnull() of %s is true of \"\" too", r.route),
		Why: "The target does not keep empty texts, which isnull() tells from a value that is not there.", Hint: "isempty() asks for both"})
	return &c, true
}

// resolve finds the source value that an expression only reads.
func (w *walker) resolve(e ir.Expr, s *scope) (ref, bool) {
	if s.table == nil {
		return ref{}, false
	}
	switch e := e.(type) {
	case *ir.Col:
		if r, ok := s.source(e); ok {
			return ref{route: r}, true
		}
		d, ok := s.defs[e.Name]
		switch {
		case !ok:
			return ref{}, false
		case d.alias != nil:
			return ref{route: *d.alias, asString: d.asString}, true
		case d.elem != nil:
			return ref{route: d.elem.base.below(ir.Step{IsIndex: true}), elem: d.elem, col: e.Name}, true
		}
	case *ir.Access:
		if r, ok := w.jsonOf(e.X, e.Steps, s); ok {
			return r.step(e.Steps...), true
		}
		if r, ok := w.resolve(e.X, s); ok && !r.asString {
			return r.step(e.Steps...), true
		}
	case *ir.Call:
		return w.jsonOf(e, nil, s)
	}
	return ref{}, false
}

// jsonOf recognises parse_json(tostring(x)) of an object or array x: it is x. Below a value that may be either, a key asked for
// next says that it is an object; an index says that it is JSON text, which stays to be parsed.
func (w *walker) jsonOf(e ir.Expr, next []ir.Step, s *scope) (ref, bool) {
	c, ok := e.(*ir.Call)
	if !ok || c.Func != "parse_json" || len(c.Args) != 1 {
		return ref{}, false
	}
	arg := c.Args[0]
	if t, ok := arg.(*ir.Cast); ok && t.To == ir.String {
		arg = t.X
	}
	r, ok := w.resolve(arg, s)
	if !ok || r.typ() != ir.Dynamic {
		return ref{}, false
	}
	t := s.table
	if r.elem != nil {
		t = r.elem.table
	}
	_, k := t.find(r.route)
	r.asString = false
	switch {
	case k == container:
	case k == wild && len(next) > 0 && !next[0].IsIndex:
	case k == wild && len(next) > 0:
		w.assume(r.pattern() + " holds JSON text")
		return ref{}, false
	default:
		return ref{}, false
	}
	w.assume(r.pattern() + " is stored as an object")
	return r, true
}

// element reads below the element of an expanded array: the expression stays, and the op learns the field of each element.
func (w *walker) element(r ref, at diag.Span) ir.Expr {
	x := r.elem
	key := strings.TrimPrefix(stepsText(r.below, func(i int) string { return fmt.Sprintf("[%d]", i) }), ".")
	for i := range x.op.Elements {
		if _, ok := x.op.Elements[i][key]; ok {
			continue
		}
		p := x.base.below(ir.Step{IsIndex: true, Index: i}).below(r.below...)
		f := w.value(p, at, ir.String, x.table)
		if bad, ok := f.(*ir.Bad); ok {
			return bad
		}
		x.op.Elements[i][key] = f
	}
	col := &ir.Col{At: ir.At{S: at}, Name: r.col, T: ir.Dynamic}
	if len(r.below) == 0 {
		return col
	}
	return &ir.Access{At: ir.At{S: at}, X: col, Steps: r.below}
}

// lost: the query looks into an array whose order or pairing the target does not keep.
func (w *walker) lost(p route, at diag.Span) ir.Expr {
	return w.refuse(CodeArray, at, fmt.Sprintf("elements of %s cannot be told apart in the target", p),
		"The target stores the array's values sorted and without duplicates, so an index or a pair of keys has no meaning there.", "")
}

// value is the target's field for a source value, read as type t.
func (w *walker) value(p route, at diag.Span, t ir.Type, tab *Table) ir.Expr {
	r, k := tab.find(p)
	switch {
	case p.negative():
		return w.refuse(CodeArray, at, fmt.Sprintf("%s counts from the end", p), "The target can only name elements from the start.", "")
	case k == container:
		return w.refuse(CodeWhole, at, fmt.Sprintf("%s as a whole has no field in the target", p),
			"The target stores its parts as separate fields.", "read the parts that you need, e.g. "+p.String()+".…")
	case k == unknown:
		return w.unmapped(p, at, tab)
	case k == wild && r.Array == "lost" && hasIndex(p.steps):
		return w.lost(p, at)
	}
	w.note(r, p)
	r = w.m.timeRow(tab, r, p)
	drifting := r.Drift != nil || r.MaxLength > 0 || r.Absent == "always" || r.Value == "lower" || r.Value == "lower-dash"
	id := p.String() + ":" + t.String()
	if x, ok := w.shared[id]; ok && drifting {
		return x
	}
	x := w.build(r, p, at, t, tab)
	if drifting {
		w.shared[id] = x
	}
	return x
}

// timeRow is the row of a route: in a mapping by rule the table's entry names the time field.
func (m *Mapping) timeRow(t *Table, r *Row, p route) *Row {
	if r.Source != "*" || len(p.steps) > 0 || !renamable(p.col) || p.t != ir.Datetime {
		return r
	}
	c := *r
	c.Field, c.Time, c.Absent, c.Type = t.Time, true, "never", or(m.Types["datetime"], r.Type)
	return &c
}

func (w *walker) unmapped(p route, at diag.Span, tab *Table) ir.Expr {
	var names []string
	for _, r := range tab.Columns {
		names = append(names, strings.TrimSuffix(r.Source, ".*"))
	}
	hint := "add a row to the mapping, or leave the column out"
	if n := diag.Nearest(p.pattern(), names); n != "" {
		hint = "the nearest mapped name is " + n + "; " + hint
	}
	return w.refuse(CodeUnmapped, at, fmt.Sprintf("mapping %s has no field for %s", w.m.Name, p),
		"Where the target keeps this value is not known, and a guess would match nothing without a word.", hint)
}

// build makes the expression of a row.
func (w *walker) build(r *Row, p route, at diag.Span, t ir.Type, tab *Table) ir.Expr {
	if r.Const != nil {
		return ir.StringLit(*r.Const, at)
	}
	if r.Absent == "always" {
		x := &ir.Lit{At: ir.At{S: at}, Value: ir.Null(t)}
		w.leaf(Leaf{Leaf: drift.Leaf{Node: x, Kind: drift.ValueAny}, Code: CodeAbsent, Span: at, Bound: "events without " + p.String(),
			Short: "absent", Text: p.String() + " is never in the target and reads as empty", Why: r.Why})
		return x
	}
	name, info := w.m.info(tab, r, p)
	if r.Time {
		name = r.Field
	}
	f := &ir.Field{At: ir.At{S: at}, Name: name, T: p.typ(), Info: info}
	if l, ok := w.drifts(r, p, at); ok {
		l.Leaf.Node = f
		w.leaf(l)
	}
	if r.MaxLength > 0 {
		w.leaf(Leaf{Leaf: drift.Leaf{Node: f, Kind: drift.ValueAny}, Code: CodeLength, Span: at, Short: fmt.Sprintf("≤%d", r.MaxLength),
			Bound: fmt.Sprintf("texts of at most %d characters", r.MaxLength), Why: "The integration's field keeps longer texts in the event, but does not index them (ignore_above).",
			Text: fmt.Sprintf("%s reads as absent where it has more than %d characters", p.pattern(), r.MaxLength)})
	}
	return retype(f, r, t)
}

// drifts says how the row's value differs from the source's when it is used as a value.
func (w *walker) drifts(r *Row, p route, at diag.Span) (Leaf, bool) {
	l := Leaf{Leaf: drift.Leaf{Kind: drift.ValueAny}, Code: CodeChanged, Span: at}
	switch {
	case r.Drift != nil:
		l.Bound, l.Short, l.Why = r.Drift.Bound, r.Drift.Short, r.Drift.Why
		l.Text = fmt.Sprintf("%s is not always what %s holds", p, r.Field)
	case r.Value == "lower":
		l.Text, l.Why = p.String()+" comes out in lower case", "The target stores the value lower-cased."
		if len(r.Only) > 0 {
			l.Why = fmt.Sprintf("The target stores %s lower-cased in %s and every other value in %s.", strings.Join(r.Only, " and "), r.Field, r.Else)
		}
	case r.Value == "lower-dash":
		l.Text = p.String() + " comes out in lower case with dashes for spaces"
		l.Why = "The target stores the value lower-cased, with each space replaced by a dash."
	default:
		return Leaf{}, false
	}
	l.Hint = settingHint(r)
	return l, true
}

func settingHint(r *Row) string {
	if r.Setting == nil {
		return ""
	}
	return fmt.Sprintf("with the integration's setting %s the value is in %s: override this row", r.Setting.Name, r.Setting.Field)
}

// retype gives a field the type in which the source reads it.
func retype(f *ir.Field, r *Row, t ir.Type) ir.Expr {
	source := f.T
	at := f.At
	switch {
	case r.Scale > 1:
		f.T = ir.Long
		x := ir.Expr(&ir.Arith{At: at, Op: "/", L: f, R: &ir.Lit{At: at, Value: ir.Value{Type: ir.Long, V: r.Scale}}, T: ir.Long})
		if t == ir.String {
			return &ir.Cast{At: at, To: ir.String, X: x}
		}
		return x
	case r.Value == "string":
		f.T = ir.String
		if t != ir.String && source != ir.String {
			return &ir.Cast{At: at, To: source, X: f}
		}
		return f
	case t == ir.String && source != ir.String:
		if textual(f.Info.Type) && source != ir.Bool { // a stored true is True in KQL's text
			f.T = ir.String
			return f
		}
		return &ir.Cast{At: at, To: ir.String, X: f}
	}
	return f
}

// textual reports whether a target type holds text as it is.
func textual(t string) bool {
	switch t {
	case "keyword", "text", "flattened", "string", "wildcard", "constant_keyword", "match_only_text":
		return true
	}
	return false
}
