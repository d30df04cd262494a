package generate

import (
	"fmt"
	"slices"

	"github.com/huntc/huntc/ir"
)

// flow is one way in which source events become rows of the result. Its expressions read source columns of its parts under qualified
// names: everything that the query computes on the way has been substituted.
type flow struct {
	parts []*ir.Table
	env   map[string]ir.Expr // the current row's columns
	conds []ir.Expr          // what the events must meet
	free  []ir.Expr          // conditions and values that only change what a row holds
	keys  []key              // of the last aggregation
	inner []key              // of earlier ones, where the last one does not keep them
	need  int                // rows of one group that its thresholds ask for; at least 1
	edges []int              // numbers of rows at which a threshold turns
	vary  []ir.Expr          // what must differ between the rows of a group
	args  []ir.Expr          // what is aggregated
	ifs   []ir.Expr          // conditions of single aggregates
	order []ir.Expr          // what rows are sorted by
	limit int64              // rows that a limit lets through; 0: all
	lists []ir.Expr          // arrays that mv-expand takes apart
	bins  []*ir.Bin
	aggs  map[string]counter // columns that count
	known []partner          // events whose presence removes the row: anti-joins and baselines
	loose []string           // what could not be followed, for people
}

// key is a grouping key.
type key struct {
	name string
	x    ir.Expr
}

// counter is a column that counts rows, or with distinct what differs in x.
type counter struct {
	distinct bool
	x        ir.Expr
	sum      bool
	cond     ir.Expr // what a row must meet to count; nil: nothing
}

// partner is a flow of other events, and the pairs of expressions by which they are matched.
type partner struct {
	flow *flow
	on   [][2]ir.Expr // left over the main flow, right over the partner
}

func (f *flow) fork() *flow {
	c := *f
	c.env = make(map[string]ir.Expr, len(f.env))
	for k, v := range f.env {
		c.env[k] = v
	}
	c.aggs = make(map[string]counter, len(f.aggs))
	for k, v := range f.aggs {
		c.aggs[k] = v
	}
	for _, s := range []*[]ir.Expr{&c.conds, &c.free, &c.vary, &c.args, &c.lists, &c.ifs, &c.order} {
		*s = slices.Clone(*s)
	}
	c.parts, c.keys, c.edges = slices.Clone(f.parts), slices.Clone(f.keys), slices.Clone(f.edges)
	c.bins, c.known, c.loose, c.inner = slices.Clone(f.bins), slices.Clone(f.known), slices.Clone(f.loose), slices.Clone(f.inner)
	return &c
}

// Underivable says that no events can be derived from a hunt.
type Underivable struct{ Why string }

func (e *Underivable) Error() string { return e.Why }

func underivable(format string, args ...any) error { return &Underivable{fmt.Sprintf(format, args...)} }

// maxFlows bounds the flows of one query: unions of unions multiply.
const maxFlows = 16

// flows follows a pipeline.
func flows(p *ir.Pipeline) ([]*flow, error) {
	var list []*flow
	switch from := p.From.(type) {
	case *ir.Table:
		list = []*flow{tableFlow(from)}
	case *ir.Union:
		for _, in := range from.Inputs {
			more, err := flows(in)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
	case *ir.Rows:
		return nil, nil // literal rows need no events
	default:
		return nil, underivable("events cannot be derived from a source of kind %T", from)
	}
	for _, o := range p.Ops {
		var next []*flow
		for _, f := range list {
			out, err := f.op(o)
			if err != nil {
				return nil, err
			}
			next = append(next, out...)
		}
		if a, ok := o.(*ir.Append); ok {
			for _, in := range a.Inputs {
				more, err := flows(in)
				if err != nil {
					return nil, err
				}
				next = append(next, more...)
			}
		}
		list = next[:min(len(next), maxFlows)]
	}
	return list, nil
}

func tableFlow(t *ir.Table) *flow {
	f := &flow{parts: []*ir.Table{t}, env: map[string]ir.Expr{}, aggs: map[string]counter{}, need: 1}
	for _, c := range t.Columns {
		f.env[c.Name] = &ir.Col{At: t.At, Name: qualified(0, c.Name), T: c.Type}
	}
	return f
}

// over rewrites an expression over the current row into one over source columns.
func (f *flow) over(e ir.Expr) ir.Expr {
	return ir.MapExpr(e, func(x ir.Expr) ir.Expr {
		switch x := x.(type) {
		case *ir.Col:
			if to, ok := f.env[x.Name]; ok {
				return to
			}
			if _, counts := f.aggs[x.Name]; counts {
				return x
			}
			return &ir.Col{At: x.At, Name: qualified(0, x.Name), T: x.T} // an open schema
		case *ir.Access:
			if in, ok := x.X.(*ir.Access); ok {
				return &ir.Access{At: x.At, X: in.X, Steps: append(slices.Clone(in.Steps), x.Steps...)}
			}
		}
		return x
	})
}

func (f *flow) op(o ir.Op) ([]*flow, error) {
	switch o := o.(type) {
	case *ir.Filter:
		f.filter(o.Pred)
	case *ir.Extend:
		f.define(o.Cols, false)
	case *ir.Project:
		f.define(o.Cols, true)
	case *ir.Expand:
		x := f.over(o.X)
		f.lists = append(f.lists, x)
		var el ir.Expr = &ir.Access{At: o.At, X: x, Steps: []ir.Step{{IsIndex: true}}}
		if in, ok := x.(*ir.Access); ok {
			el = &ir.Access{At: o.At, X: in.X, Steps: append(slices.Clone(in.Steps), ir.Step{IsIndex: true})}
		}
		if o.To != ir.TypeUnset && o.To != ir.Dynamic {
			el = &ir.Cast{At: o.At, To: o.To, X: el}
		}
		f.env[o.Name] = el
	case *ir.Aggregate:
		f.aggregate(o)
	case *ir.Threshold:
		f.aggregate(o.Agg)
		f.filter(o.Pred)
	case *ir.Sort:
		f.order = nil
		for _, k := range o.Keys {
			f.order = append(f.order, f.over(k.X))
		}
	case *ir.Limit:
		if f.limit == 0 || o.N < f.limit {
			f.limit = o.N
		}
	case *ir.Append:
	case *ir.Join:
		return f.join(o)
	case *ir.Baseline:
		return f.baseline(o)
	default:
		return nil, underivable("events cannot be derived through an operator of kind %T", o)
	}
	return []*flow{f}, nil
}

func (f *flow) define(cols []ir.Named, only bool) {
	defs := map[string]ir.Expr{}
	counts := map[string]counter{}
	for _, n := range cols {
		if c, ok := n.X.(*ir.Col); ok {
			if a, is := f.aggs[c.Name]; is {
				counts[n.Name] = a
				continue
			}
		}
		x := f.over(n.X)
		defs[n.Name] = x
		if !trivial(x) {
			f.free = append(f.free, x)
		}
	}
	if only {
		f.env, f.aggs = map[string]ir.Expr{}, map[string]counter{}
	}
	for n, x := range defs {
		f.env[n] = x
		delete(f.aggs, n)
	}
	for n, a := range counts {
		f.aggs[n] = a
	}
}

func trivial(e ir.Expr) bool {
	switch e.(type) {
	case *ir.Col, *ir.Lit:
		return true
	}
	return false
}

// filter takes the conditions on a row; those on a count say how many rows a group needs.
func (f *flow) filter(p ir.Expr) {
	for _, c := range ir.Conjuncts(p) {
		if !f.threshold(c) {
			f.conds = append(f.conds, f.over(c))
		}
	}
}

// maxNeed bounds the rows of one group.
const maxNeed = 2000

// threshold reads a condition on a counting column.
func (f *flow) threshold(e ir.Expr) bool {
	uses := map[string]bool{}
	ir.Uses(e, uses)
	counts := false
	for n := range uses {
		_, is := f.aggs[n]
		counts = counts || is
	}
	if !counts {
		return false
	}
	c, ok := e.(*ir.Compare)
	if !ok {
		f.loose = append(f.loose, ir.Text(e))
		return true
	}
	l, r, op := c.L, c.R, c.Op
	if _, isLit := l.(*ir.Lit); isLit {
		l, r, op = r, l, op.Mirrored()
	}
	col, okCol := l.(*ir.Col)
	limit, okLimit := number(r)
	if !okCol || !okLimit {
		f.loose = append(f.loose, ir.Text(e))
		return true
	}
	a, ok := f.aggs[col.Name]
	if !ok {
		f.loose = append(f.loose, ir.Text(e))
		return true
	}
	if a.cond != nil {
		f.conds = append(f.conds, a.cond)
	}
	if a.sum {
		f.conds = append(f.conds, &ir.Compare{At: c.At, Op: op, L: a.x, R: r})
		return true
	}
	n := int(min(max(limit, -1), maxNeed))
	f.edges = append(f.edges, n, n+1)
	switch op {
	case ir.Gt:
		f.need = max(f.need, n+1)
	case ir.Ge, ir.Eq:
		f.need = max(f.need, n)
	}
	if a.distinct {
		f.vary = append(f.vary, a.x)
	}
	return true
}

func number(e ir.Expr) (float64, bool) {
	l, ok := e.(*ir.Lit)
	if !ok {
		return 0, false
	}
	switch v := l.Value.V.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func (f *flow) aggregate(a *ir.Aggregate) {
	old := f.keys
	env, aggs := map[string]ir.Expr{}, map[string]counter{}
	f.keys = nil
	for _, k := range a.Keys {
		x := f.over(k.X)
		env[k.Name] = x
		f.keys = append(f.keys, key{k.Name, x})
		if b, ok := x.(*ir.Bin); ok {
			f.bins = append(f.bins, b)
		}
	}
	for _, g := range a.Aggs {
		var cond ir.Expr
		if g.If != nil {
			cond = f.over(g.If)
			f.free, f.ifs = append(f.free, cond), append(f.ifs, cond)
		}
		var xs []ir.Expr
		for _, x := range g.Args {
			xs = append(xs, f.over(x))
		}
		f.args = append(f.args, xs...)
		switch {
		case g.Func == ir.Count:
			aggs[g.Name] = counter{cond: cond}
			if len(old) > 0 { // counting groups: they differ in the keys that are gone
				aggs[g.Name] = counter{distinct: true, x: f.gone(old)}
			}
		case g.Func == ir.DCount && len(xs) > 0:
			aggs[g.Name] = counter{distinct: true, x: xs[0], cond: cond}
		case g.Func == ir.Sum && len(xs) > 0:
			aggs[g.Name] = counter{sum: true, x: xs[0], cond: cond}
		case (g.Func == ir.MakeSet || g.Func == ir.MakeList) && len(xs) > 0:
			env[g.Name] = &ir.List{At: g.At, Elems: xs[:1]}
		case (g.Func == ir.ArgMax || g.Func == ir.ArgMin) && len(xs) > 1:
			env[g.Name] = xs[1]
		case len(xs) > 0:
			env[g.Name] = xs[0]
		}
	}
	f.env, f.aggs = env, aggs
	for _, k := range old {
		if !slices.ContainsFunc(slices.Concat(f.keys, f.inner), func(n key) bool { return ir.Text(n.x) == ir.Text(k.x) }) {
			f.inner = append(f.inner, k)
		}
	}
}

// gone is a key of an earlier aggregation that this one does not keep.
func (f *flow) gone(old []key) ir.Expr {
	for _, k := range old {
		if !slices.ContainsFunc(f.keys, func(n key) bool { return ir.Text(n.x) == ir.Text(k.x) }) {
			return k.x
		}
	}
	return old[len(old)-1].x
}

// shifted renames the parts of a flow so that they come after n others.
func (f *flow) shifted(n int) *flow {
	move := func(e ir.Expr) ir.Expr {
		return ir.MapExpr(e, func(x ir.Expr) ir.Expr {
			if c, ok := x.(*ir.Col); ok {
				if part, col, ok := split(c.Name); ok {
					return &ir.Col{At: c.At, Name: qualified(part+n, col), T: c.T}
				}
			}
			return x
		})
	}
	c := f.fork()
	for k, x := range c.env {
		c.env[k] = move(x)
	}
	for _, s := range []*[]ir.Expr{&c.conds, &c.free, &c.vary, &c.args, &c.lists, &c.ifs, &c.order} {
		for i, x := range *s {
			(*s)[i] = move(x)
		}
	}
	for i := range c.keys {
		c.keys[i].x = move(c.keys[i].x)
	}
	for i := range c.inner {
		c.inner[i].x = move(c.inner[i].x)
	}
	for i, p := range c.known {
		moved := partner{flow: p.flow}
		for _, on := range p.on {
			moved.on = append(moved.on, [2]ir.Expr{move(on[0]), on[1]})
		}
		c.known[i] = moved
	}
	return c
}

func (f *flow) join(j *ir.Join) ([]*flow, error) {
	rights, err := flows(j.Right)
	if err != nil {
		return nil, err
	}
	var out []*flow
	for _, r := range rights {
		switch j.Kind {
		case ir.LeftAnti:
			c := f.fork()
			c.known = append(c.known, pair(f, r, j.On))
			out = append(out, c)
		case ir.RightAnti:
			c := r.fork()
			var on []ir.JoinKey
			for _, k := range j.On {
				on = append(on, ir.JoinKey{Left: k.Right, Right: k.Left})
			}
			c.known = append(c.known, pair(r, f, on))
			out = append(out, c)
		default:
			out = append(out, f.product(r, j))
		}
	}
	if len(rights) == 0 {
		out = []*flow{f}
	}
	return out, nil
}

func pair(l, r *flow, on []ir.JoinKey) partner {
	p := partner{flow: r}
	for _, k := range on {
		p.on = append(p.on, [2]ir.Expr{l.column(k.Left), r.column(k.Right)})
	}
	return p
}

func (f *flow) column(name string) ir.Expr { return f.over(&ir.Col{Name: name, T: ir.String}) }

// product puts the events of both sides into one world, matched by the keys.
func (f *flow) product(r *flow, j *ir.Join) *flow {
	c, moved := f.fork(), r.shifted(len(f.parts))
	c.parts = append(c.parts, moved.parts...)
	c.conds = append(c.conds, moved.conds...)
	c.free = append(c.free, moved.free...)
	c.args = append(c.args, moved.args...)
	c.lists = append(c.lists, moved.lists...)
	c.known = append(c.known, moved.known...)
	c.loose = append(c.loose, moved.loose...)
	for _, k := range j.On {
		l, x := c.column(k.Left), moved.column(k.Right)
		c.conds = append(c.conds, &ir.Compare{At: j.At, Op: ir.Eq, L: x, R: l})
		c.keys = append(c.keys, key{k.Left, l})
	}
	if j.Kind == ir.LeftSemi {
		return c
	}
	if j.Kind == ir.RightSemi {
		c.env = map[string]ir.Expr{}
	}
	for n, x := range moved.env {
		if to, ok := j.RightNames[n]; ok {
			n = to
		} else if _, taken := c.env[n]; taken {
			n += "1"
		}
		c.env[n] = x
	}
	return c
}

func (f *flow) baseline(b *ir.Baseline) ([]*flow, error) {
	recent, history := f.fork(), f.fork()
	recent.window(b, b.Recent)
	history.window(b, b.History)
	for _, side := range []struct {
		f   **flow
		ops []ir.Op
	}{{&recent, b.RecentOps}, {&history, b.HistoryOps}} {
		for _, o := range side.ops {
			out, err := (*side.f).op(o)
			if err != nil {
				return nil, err
			}
			if len(out) != 1 {
				return nil, underivable("events cannot be derived through a side of a baseline that branches")
			}
			*side.f = out[0]
		}
	}
	recent.known = append(recent.known, pair(recent, history, b.On))
	return []*flow{recent}, nil
}

func (f *flow) window(b *ir.Baseline, w ir.Window) {
	t := f.over(&ir.Col{At: b.At, Name: b.Time, T: ir.Datetime})
	ops := map[bool][2]ir.CmpOp{true: {ir.Ge, ir.Le}, false: {ir.Gt, ir.Lt}}
	if w.From != nil {
		f.conds = append(f.conds, &ir.Compare{At: ir.At{S: w.From.Span()}, Op: ops[w.FromClosed][0], L: t, R: f.over(w.From)})
	}
	if w.To != nil {
		f.conds = append(f.conds, &ir.Compare{At: ir.At{S: w.To.Span()}, Op: ops[w.ToClosed][1], L: t, R: f.over(w.To)})
	}
}
