package ir

import "slices"

// firstSeen rewrites two ways of asking what was not seen before into anti-joins and single groupings, from which baselines are raised:
// the time at which each key was first seen, joined to the rows and compared; and the first times of two windows, put together and
// grouped again. Bindings must be inlined.
func firstSeen(q *Query) *Pipeline {
	p := regroup(q.Root)
	if q.Open {
		return p
	}
	for i := range p.Ops {
		if j, ok := p.Ops[i].(*Join); ok && j.Kind == LeftOuter {
			if ops, ok := joinedFirst(p.Ops, i, j, q.Columns); ok {
				return firstSeen(&Query{Root: &Pipeline{From: p.From, Ops: ops}, Columns: q.Columns})
			}
		}
	}
	return p
}

// joinedFirst rewrites `join kind=leftouter (… | summarize first = min(time) by keys)` with `where isnull(first) or first >= cut` behind
// it, where nothing else reads what the join adds: a row stays exactly when no row of the right has its keys and a time before cut. The
// keys of the join are all those of the grouping, so that a row has one match at most.
func joinedFirst(ops []Op, at int, j *Join, cols []Column) ([]Op, bool) {
	names, agg, head := firstTimes(j)
	if agg == nil {
		return nil, false
	}
	for i := at + 1; i < len(ops); i++ {
		switch o := ops[i].(type) {
		case *Filter:
			xs := Conjuncts(o.Pred)
			for n, x := range xs {
				before, ok := unseen(x, names)
				if !ok || added(ops, at, i, n, names, cols) {
					continue
				}
				anti := &Join{At: j.At, Kind: LeftAnti, Right: &Pipeline{From: j.Right.From, Ops: append(head, before.filter(agg, j), keysOnly(agg, j))}}
				for _, k := range j.On {
					anti.On = append(anti.On, JoinKey{k.Left, k.Left})
				}
				out := append(slices.Clone(ops[:at]), anti)
				out = append(out, ops[at+1:i]...)
				if rest := slices.Delete(slices.Clone(xs), n, n+1); len(rest) > 0 {
					out = append(out, &Filter{o.At, AndOf(rest)})
				}
				return append(out, ops[i+1:]...), true
			}
		case *Extend:
		default:
			return nil, false
		}
		if WindowedOp(ops[i]) {
			return nil, false
		}
	}
	return nil, false
}

// firstColumn is a column of the right that holds the least time of each group.
type firstColumn struct{ time Expr }

// firstTimes reads the right of a join: head, the rows before the grouping; the grouping; and names, the columns that the join adds, those
// that are first times with what they are the least of. agg is nil where the right has another form.
func firstTimes(j *Join) (names map[string]*firstColumn, agg *Aggregate, head []Op) {
	head, agg, held := grouped(j.Right.Ops)
	if agg == nil || len(agg.Keys) == 0 || !keysCovered(j, agg, held) {
		return nil, nil, nil
	}
	names = map[string]*firstColumn{}
	for right, col := range held {
		if j.Lookup && slices.ContainsFunc(j.On, func(k JoinKey) bool { return k.Right == right }) {
			continue
		}
		out := right
		if renamed := j.RightNames[right]; renamed != "" {
			out = renamed
		}
		names[out] = nil
		if a := aggNamed(agg, col); a != nil && a.Func == Min && a.T == Datetime && a.If == nil && len(a.Args) == 1 {
			names[out] = &firstColumn{a.Args[0]}
		}
	}
	return names, agg, head
}

// grouped splits ops that end in a grouping whose columns are at most renamed: head, what is before it; and held, the column of the
// grouping under each name. agg is nil where they end otherwise.
func grouped(ops []Op) (head []Op, agg *Aggregate, held map[string]string) {
	at := len(ops) - 1
	for at >= 0 {
		if _, ok := ops[at].(*Project); !ok {
			break
		}
		at--
	}
	if at < 0 {
		return nil, nil, nil
	}
	agg, ok := ops[at].(*Aggregate)
	if !ok {
		return nil, nil, nil
	}
	held = map[string]string{}
	for _, n := range agg.Names() {
		held[n] = n
	}
	for _, o := range ops[at+1:] {
		now := map[string]string{}
		for _, n := range o.(*Project).Cols {
			c, ok := n.X.(*Col)
			if !ok || held[c.Name] == "" {
				return nil, nil, nil
			}
			now[n.Name] = held[c.Name]
		}
		held = now
	}
	return slices.Clone(ops[:at]), agg, held
}

func aggNamed(a *Aggregate, name string) *Agg {
	if i := slices.IndexFunc(a.Aggs, func(g Agg) bool { return g.Name == name }); i >= 0 {
		return &a.Aggs[i]
	}
	return nil
}

// keysCovered reports whether a join compares each key of the grouping once.
func keysCovered(j *Join, agg *Aggregate, held map[string]string) bool {
	var on []string
	for _, k := range j.On {
		on = append(on, held[k.Right])
	}
	slices.Sort(on)
	var keys []string
	for _, k := range agg.Keys {
		keys = append(keys, k.Name)
	}
	slices.Sort(keys)
	return slices.Equal(on, keys)
}

// earlier is the condition of a row of the right that makes its key seen: a time before cut, at it too if closed; any time without cut.
type earlier struct {
	time, cut Expr
	closed    bool
}

// unseen reads `isnull(first) or first >= cut` and `isnull(first)` of a column that the join adds.
func unseen(x Expr, names map[string]*firstColumn) (earlier, bool) {
	first := func(e Expr) *firstColumn {
		c, ok := e.(*Col)
		if !ok {
			return nil
		}
		return names[c.Name]
	}
	if n, ok := x.(*IsNull); ok && first(n.X) != nil {
		return earlier{time: first(n.X).time}, true
	}
	or, ok := x.(*Or)
	if !ok || len(or.Xs) != 2 {
		return earlier{}, false
	}
	null, isNull := or.Xs[0].(*IsNull)
	cmp, isCmp := or.Xs[1].(*Compare)
	if !isNull || !isCmp {
		null, isNull = or.Xs[1].(*IsNull)
		cmp, isCmp = or.Xs[0].(*Compare)
	}
	if !isNull || !isCmp {
		return earlier{}, false
	}
	op, l, r := cmp.Op, cmp.L, cmp.R
	if first(r) != nil {
		op, l, r = op.Mirrored(), r, l
	}
	col, isCol := null.X.(*Col)
	if !isCol || first(l) == nil || !constant(r) || l.(*Col).Name != col.Name || op != Ge && op != Gt {
		return earlier{}, false
	}
	return earlier{first(l).time, r, op == Gt}, true
}

func (e earlier) filter(agg *Aggregate, j *Join) Op {
	if e.cut == nil {
		return &Filter{agg.At, &Not{At: At{e.time.Span()}, X: &IsNull{At{e.time.Span()}, e.time}}}
	}
	op := Lt
	if e.closed {
		op = Le
	}
	return &Filter{agg.At, &Compare{At{e.cut.Span()}, op, e.time, e.cut}}
}

// keysOnly is the grouping without its aggregates, its keys named as the columns of the left that they are compared with.
func keysOnly(agg *Aggregate, j *Join) Op {
	c := *agg
	c.Aggs, c.Keys = nil, nil
	_, _, held := grouped(j.Right.Ops)
	for _, k := range j.On {
		c.Keys = append(c.Keys, Named{k.Left, agg.Keys[indexNamed(agg.Keys, held[k.Right])].X})
	}
	return &c
}

// added reports whether a column that the join adds is read anywhere but in conjunct n of the filter ops[i], or comes out of the hunt.
func added(ops []Op, at, i, n int, names map[string]*firstColumn, cols []Column) bool {
	open := map[string]bool{}
	for name := range names {
		open[name] = true
	}
	reads := func(x Expr) bool {
		uses := map[string]bool{}
		Uses(x, uses)
		for name := range uses {
			if open[name] {
				return true
			}
		}
		return false
	}
	for k := at + 1; k < len(ops); k++ {
		xs := OpExprs(ops[k])
		if k == i {
			xs = slices.Delete(Conjuncts(ops[k].(*Filter).Pred), n, n+1)
		}
		if slices.ContainsFunc(xs, reads) {
			return true
		}
		switch o := ops[k].(type) {
		case *Filter, *Sort, *Limit:
		case *Extend:
			for _, c := range o.Cols {
				delete(open, c.Name)
			}
		case *Project:
			return false
		case *Aggregate:
			return slices.ContainsFunc(o.Aggs, Agg.AllColumns)
		default:
			return true
		}
	}
	return slices.ContainsFunc(cols, func(c Column) bool { return open[c.Name] })
}
