package ir

// Children returns the direct sub-expressions of e in the order of its fields.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *Col, *Field, *Lit, *Now, *Bad:
		return nil
	case *Param:
		if e.Default == nil {
			return nil
		}
		return []Expr{e.Default}
	case *Access:
		return []Expr{e.X}
	case *Match:
		return append([]Expr{e.X}, e.Needles...)
	case *Compare:
		return []Expr{e.L, e.R}
	case *Between:
		return []Expr{e.X, e.Lo, e.Hi}
	case *And:
		return e.Xs
	case *Or:
		return e.Xs
	case *Not:
		return []Expr{e.X}
	case *Arith:
		return []Expr{e.L, e.R}
	case *Neg:
		return []Expr{e.X}
	case *Call:
		return e.Args
	case *Cast:
		return []Expr{e.X}
	case *Bin:
		return []Expr{e.X}
	case *Cond:
		var xs []Expr
		for _, b := range e.Branches {
			xs = append(xs, b.If, b.Then)
		}
		return append(xs, e.Else)
	case *IsNull:
		return []Expr{e.X}
	case *IsEmpty:
		return []Expr{e.X}
	case *Absent:
		return []Expr{e.X}
	case *Fill:
		return []Expr{e.X}
	case *List:
		return e.Elems
	case *Pack:
		return e.Vals
	case *InTable:
		return []Expr{e.X}
	case *RowCall:
		return e.Args
	case *AnyColumn:
		return e.Needles
	case *IfExists:
		return []Expr{e.Else}
	default:
		return nil
	}
}

// MapExpr rebuilds e bottom-up: children first, then f on the node. A node whose children did not change is passed to f as it
// is; f returns its argument to keep it.
func MapExpr(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	return f(MapChildren(e, func(k Expr) Expr { return MapExpr(k, f) }))
}

// MapChildren rebuilds e with f of each of its direct sub-expressions, in their order. It returns e itself where none of them changes.
func MapChildren(e Expr, f func(Expr) Expr) Expr {
	old := Children(e)
	changed := false
	kids := make([]Expr, len(old))
	for i, k := range old {
		kids[i] = f(k)
		changed = changed || kids[i] != k
	}
	if !changed {
		return e
	}
	return withChildren(e, kids)
}

// withChildren copies e with new children, in the order of Children.
func withChildren(e Expr, k []Expr) Expr {
	switch e := e.(type) {
	case *Param:
		return altered(e, func(c *Param) { c.Default = k[0] })
	case *Access:
		return altered(e, func(c *Access) { c.X = k[0] })
	case *Match:
		return altered(e, func(c *Match) { c.X, c.Needles = k[0], k[1:] })
	case *Compare:
		return altered(e, func(c *Compare) { c.L, c.R = k[0], k[1] })
	case *Between:
		return altered(e, func(c *Between) { c.X, c.Lo, c.Hi = k[0], k[1], k[2] })
	case *And:
		return altered(e, func(c *And) { c.Xs = k })
	case *Or:
		return altered(e, func(c *Or) { c.Xs = k })
	case *Not:
		return altered(e, func(c *Not) { c.X = k[0] })
	case *Arith:
		return altered(e, func(c *Arith) { c.L, c.R = k[0], k[1] })
	case *Neg:
		return altered(e, func(c *Neg) { c.X = k[0] })
	case *Call:
		return altered(e, func(c *Call) { c.Args = k })
	case *Cast:
		return altered(e, func(c *Cast) { c.X = k[0] })
	case *Bin:
		return altered(e, func(c *Bin) { c.X = k[0] })
	case *Cond:
		c := *e
		c.Branches = make([]Branch, len(e.Branches))
		for i := range e.Branches {
			c.Branches[i] = Branch{k[2*i], k[2*i+1]}
		}
		c.Else = k[len(k)-1]
		return &c
	case *IsNull:
		return altered(e, func(c *IsNull) { c.X = k[0] })
	case *IsEmpty:
		return altered(e, func(c *IsEmpty) { c.X = k[0] })
	case *Absent:
		return altered(e, func(c *Absent) { c.X = k[0] })
	case *Fill:
		return altered(e, func(c *Fill) { c.X = k[0] })
	case *List:
		return altered(e, func(c *List) { c.Elems = k })
	case *Pack:
		return altered(e, func(c *Pack) { c.Vals = k })
	case *InTable:
		return altered(e, func(c *InTable) { c.X = k[0] })
	case *RowCall:
		return altered(e, func(c *RowCall) { c.Args = k })
	case *AnyColumn:
		return altered(e, func(c *AnyColumn) { c.Needles = k })
	case *IfExists:
		return altered(e, func(c *IfExists) { c.Else = k[0] })
	default:
		return e
	}
}

// altered copies a node and changes the copy.
func altered[T any](node *T, change func(c *T)) *T {
	c := *node
	change(&c)
	return &c
}

func mapExprs(xs []Expr, f func(Expr) Expr) []Expr {
	out := make([]Expr, len(xs))
	for i, x := range xs {
		out[i] = f(x)
	}
	return out
}

// Inspect calls f on e and everything below it, parents first, until f returns false for a node.
func Inspect(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, k := range Children(e) {
		Inspect(k, f)
	}
}

// OpExprs returns the expressions of an op, not those of nested pipelines.
func OpExprs(o Op) []Expr {
	var xs []Expr
	switch o := o.(type) {
	case *Filter:
		xs = append(xs, o.Pred)
	case *Extend:
		xs = appendNamed(xs, o.Cols)
	case *Project:
		xs = appendNamed(xs, o.Cols)
	case *Aggregate:
		xs = appendNamed(xs, o.Keys)
		for _, a := range o.Aggs {
			xs = append(xs, a.Args...)
			if a.If != nil {
				xs = append(xs, a.If)
			}
		}
	case *Sort:
		for _, k := range o.Keys {
			xs = append(xs, k.X)
		}
	case *Expand:
		xs = append(xs, o.X)
	case *Threshold:
		xs = append(OpExprs(o.Agg), o.Pred)
	case *Baseline:
		for _, e := range []Expr{o.Recent.From, o.Recent.To, o.History.From, o.History.To} {
			if e != nil {
				xs = append(xs, e)
			}
		}
	case *MakeSeries, *TopNested, *Scan:
		xs = setOpExprs(o)
	default:
		xs = rowExprs(o)
	}
	return xs
}

func appendNamed(xs []Expr, ns []Named) []Expr {
	for _, n := range ns {
		xs = append(xs, n.X)
	}
	return xs
}

// MapOp copies an op with f applied to each of its expressions, and the ops of nested lists (Baseline) with it.
func MapOp(o Op, f func(Expr) Expr) Op {
	named := func(ns []Named) []Named {
		out := make([]Named, len(ns))
		for i, n := range ns {
			out[i] = Named{n.Name, f(n.X)}
		}
		return out
	}
	opt := func(e Expr) Expr {
		if e == nil {
			return nil
		}
		return f(e)
	}
	switch o := o.(type) {
	case *Filter:
		return &Filter{o.At, f(o.Pred)}
	case *Extend:
		return &Extend{o.At, named(o.Cols)}
	case *Project:
		return &Project{o.At, named(o.Cols)}
	case *Aggregate:
		c := *o
		c.Keys = named(o.Keys)
		c.Aggs = make([]Agg, len(o.Aggs))
		for i, a := range o.Aggs {
			a.Args, a.If = mapExprs(a.Args, f), opt(a.If)
			c.Aggs[i] = a
		}
		return &c
	case *Sort:
		c := *o
		c.Keys = make([]SortKey, len(o.Keys))
		for i, k := range o.Keys {
			k.X = f(k.X)
			c.Keys[i] = k
		}
		return &c
	case *Expand:
		c := *o
		c.X = f(o.X)
		if o.Elements != nil {
			c.Elements = make([]map[string]Expr, len(o.Elements))
			for i, el := range o.Elements {
				m := make(map[string]Expr, len(el))
				for k, x := range el {
					m[k] = f(x)
				}
				c.Elements[i] = m
			}
		}
		return &c
	case *Threshold:
		c := *o
		c.Agg = MapOp(o.Agg, f).(*Aggregate)
		c.Pred = f(o.Pred)
		return &c
	case *Baseline:
		c := *o
		w := func(w Window) Window { w.From, w.To = opt(w.From), opt(w.To); return w }
		c.Recent, c.History = w(o.Recent), w(o.History)
		c.RecentOps, c.HistoryOps = MapOps(o.RecentOps, f), MapOps(o.HistoryOps, f)
		return &c
	case *Distinct, *Sample, *MakeSeries, *TopNested, *Partition, *Scan:
		return mapSetOp(o, f)
	default:
		return mapRowOp(o, f)
	}
}

// MapOps applies MapOp to a list.
func MapOps(ops []Op, f func(Expr) Expr) []Op {
	out := make([]Op, len(ops))
	for i, o := range ops {
		out[i] = MapOp(o, f)
	}
	return out
}
