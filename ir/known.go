package ir

import "maps"

// Known is what the ops of a query prove of numbers, for targets that have no value for an infinity or for no number.
type Known struct {
	Nonzero map[*Arith]bool // divisions whose divisor is never 0
	Present map[*Agg]bool   // aggregates of which every group has a value
}

// Prove finds what a prepared query proves.
func Prove(q *Query) *Known {
	k := &Known{map[*Arith]bool{}, map[*Agg]bool{}}
	k.ops(q.Root.Ops, proofs{map[string]bool{}, map[string]bool{}})
	return k
}

// proofs are what is known of a row, by the text of the expression.
type proofs struct{ nonzero, present map[string]bool }

func (p proofs) and(conds ...Expr) proofs {
	out := proofs{maps.Clone(p.nonzero), maps.Clone(p.present)}
	for _, cond := range conds {
		for _, c := range Conjuncts(cond) {
			out.learn(c)
		}
	}
	return out
}

// learn takes a condition that holds.
func (p proofs) learn(c Expr) {
	if n, ok := c.(*Not); ok {
		if a, ok := n.X.(*Absent); ok {
			p.present[Text(a.X)] = true
		}
		return
	}
	e, ok := c.(*Compare)
	if !ok {
		return
	}
	n, ok := litNumber(e.R)
	if !ok {
		return
	}
	x := Text(e.L)
	p.present[x] = true
	switch {
	case e.Op == Gt && n >= 0, e.Op == Ge && n > 0, e.Op == Lt && n <= 0, e.Op == Le && n < 0, e.Op == Ne && n == 0, e.Op == Eq && n != 0:
		p.nonzero[x] = true
	}
}

// unless is what is known where a condition is not true, and its value not null.
func (p proofs) unless(cond Expr) proofs {
	if e, ok := cond.(*Compare); ok && e.Op == Eq {
		if n, ok := litNumber(e.R); ok && n == 0 {
			out := proofs{maps.Clone(p.nonzero), p.present}
			out.nonzero[Text(e.L)] = true
			return out
		}
	}
	return p
}

func litNumber(e Expr) (float64, bool) {
	l, ok := e.(*Lit)
	if !ok || !l.Value.Type.Numeric() {
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

func (p proofs) isNonzero(e Expr) bool {
	if n, ok := litNumber(e); ok {
		return n != 0
	}
	if c, ok := e.(*Cast); ok && c.To == Real && TypeOf(c.X).Numeric() {
		return p.isNonzero(c.X)
	}
	return p.nonzero[Text(e)]
}

func (p proofs) isPresent(e Expr) bool {
	if c, ok := e.(*Cast); ok && TypeOf(c.X).Numeric() {
		return p.isPresent(c.X)
	}
	f, isField := e.(*Field)
	_, isNumber := litNumber(e)
	return isNumber || isField && f.Info != nil && !f.Info.MaybeAbsent || p.present[Text(e)]
}

func (k *Known) ops(ops []Op, p proofs) proofs {
	for _, o := range ops {
		p = k.op(o, p)
	}
	return p
}

func (k *Known) op(o Op, p proofs) proofs {
	switch o := o.(type) {
	case *Filter:
		p = p.and(o.Pred)
		k.expr(o.Pred, p)
	case *Extend:
		return k.define(o.Cols, p, p)
	case *Project:
		return k.define(o.Cols, p, proofs{map[string]bool{}, map[string]bool{}})
	case *Aggregate:
		return k.aggregate(o, p)
	case *Threshold:
		p = k.aggregate(o.Agg, p).and(o.Pred)
		k.expr(o.Pred, p)
	case *Sort:
		for _, key := range o.Keys {
			k.expr(key.X, p)
		}
	case *Limit:
	case *Baseline:
		k.ops(o.HistoryOps, p)
		return k.ops(o.RecentOps, p)
	default:
		for _, x := range OpExprs(o) {
			k.expr(x, p)
		}
		return proofs{map[string]bool{}, map[string]bool{}}
	}
	return p
}

func (k *Known) define(cols []Named, p, into proofs) proofs {
	out := proofs{maps.Clone(into.nonzero), maps.Clone(into.present)}
	for _, n := range cols {
		k.expr(n.X, p)
		name := Text(&Col{Name: n.Name})
		out.nonzero[name], out.present[name] = p.isNonzero(n.X), p.isPresent(n.X)
	}
	return out
}

func (k *Known) aggregate(o *Aggregate, p proofs) proofs {
	out := proofs{map[string]bool{}, map[string]bool{}}
	for _, n := range o.Keys {
		k.expr(n.X, p)
	}
	for i := range o.Aggs {
		g := &o.Aggs[i]
		within := p
		if g.If != nil {
			k.expr(g.If, p)
			within = p.and(g.If)
		}
		for _, x := range g.Args {
			k.expr(x, within)
		}
		name := Text(&Col{Name: g.Name})
		all := len(o.Keys) > 0 && g.If == nil // a group has a row, and all its rows count
		out.nonzero[name] = g.Func == Count && all
		out.present[name] = g.Func == Count || g.Func == DCount || g.Func == Sum
		if len(g.Args) == 1 && all && p.isPresent(g.Args[0]) {
			k.Present[g] = true
		}
	}
	return out
}

// expr visits the divisions of an expression.
func (k *Known) expr(e Expr, p proofs) {
	switch e := e.(type) {
	case *Arith:
		if (e.Op == "/" || e.Op == "%") && p.isNonzero(e.R) {
			k.Nonzero[e] = true
		}
	case *Cond:
		for _, b := range e.Branches {
			k.expr(b.If, p)
			k.expr(b.Then, p.and(b.If))
			p = p.unless(b.If)
		}
		k.expr(e.Else, p)
		return
	}
	for _, x := range Children(e) {
		k.expr(x, p)
	}
}
