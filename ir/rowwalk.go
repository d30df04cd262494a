package ir

// rowExprs returns the expressions of the ops of this file, not those of nested ops and pipelines.
func rowExprs(o Op) []Expr {
	var xs []Expr
	expansion := func(e Expansion) {
		for _, c := range e.Cols {
			xs = append(xs, c.X)
		}
	}
	switch o := o.(type) {
	case *ExpandMany:
		expansion(o.Expansion)
	case *Apply:
		expansion(o.Expansion)
	case *Parse:
		xs = append(xs, o.X)
	case *ParseKV:
		xs = append(xs, o.X)
	case *Pivot:
		xs = append(xs, o.Agg.Args...)
	}
	return xs
}

// mapRowOp is MapOp for the ops of this file.
func mapRowOp(o Op, f func(Expr) Expr) Op {
	expansion := func(e Expansion) Expansion {
		cols := make([]ExpandCol, len(e.Cols))
		for i, c := range e.Cols {
			c.X = f(c.X)
			cols[i] = c
		}
		e.Cols = cols
		return e
	}
	switch o := o.(type) {
	case *ExpandMany:
		return &ExpandMany{o.At, expansion(o.Expansion)}
	case *Apply:
		return &Apply{o.At, expansion(o.Expansion), MapOps(o.Ops, f)}
	case *Parse:
		c := *o
		c.X = f(o.X)
		return &c
	case *ParseKV:
		c := *o
		c.X = f(o.X)
		return &c
	case *Pivot:
		c := *o
		c.Agg.Args = mapExprs(o.Agg.Args, f)
		return &c
	default:
		return o
	}
}

// MapNested copies an op that only KQL knows with f applied to the pipelines inside it; ops reports ops that hold ops of their own.
func MapNested(o Op, f func(*Pipeline) *Pipeline, ops func([]Op) []Op) Op {
	switch o := o.(type) {
	case *IPLookup:
		c := *o
		c.Right = f(o.Right)
		return &c
	case *Apply:
		c := *o
		c.Ops = ops(o.Ops)
		return &c
	case *Partition:
		return mapSetPipes(o, f, ops)
	default:
		return o
	}
}

// Remakes reports whether ops give a column called name another value than it has before them. An op that is not known does.
func Remakes(ops []Op, name string) bool {
	changed := func(ns []Named) bool {
		for _, n := range ns {
			if c, ok := n.X.(*Col); n.Name == name && !(ok && c.Name == name) {
				return true
			}
		}
		return false
	}
	for _, o := range ops {
		hit := false
		switch o := o.(type) {
		case *Filter, *Sort, *Limit, *Distinct, *Sample:
		case *Extend:
			hit = changed(o.Cols)
		case *Project:
			hit = changed(o.Cols)
		case *Aggregate:
			hit = changed(o.Keys)
			for _, a := range o.Aggs {
				hit = hit || a.Name == name
			}
		case *Expand:
			hit = o.Name == name
		case *ExpandMany:
			hit = o.makes(name)
		case *Apply:
			hit = o.makes(name) || Remakes(o.Ops, name)
		case *Parse:
			for _, p := range o.Parts {
				hit = hit || p.Name == name
			}
		case *ParseKV:
			for _, c := range o.Cols {
				hit = hit || c.Name == name
			}
		case *Columns:
			for _, it := range o.Items {
				hit = hit || o.Kind == ColumnsRename && (it.To == name || it.Name == name)
			}
		default:
			hit = true
		}
		if hit {
			return true
		}
	}
	return false
}

func (e *Expansion) makes(name string) bool {
	if e.Index == name {
		return true
	}
	for _, c := range e.Cols {
		if c.Name == name {
			return true
		}
	}
	return false
}

// tidies reports whether ops read only the columns that they name, so that Tidy may move and drop the others. Where the row as a whole
// counts, or an op is not known here, it changes nothing.
func tidies(ops []Op) bool {
	for _, o := range ops {
		switch o := o.(type) {
		case *Filter, *Extend, *Project, *Aggregate, *Threshold, *Sort, *Limit, *Join, *Expand, *Append, *BadOp:
		case *Baseline:
			if !tidies(o.RecentOps) || !tidies(o.HistoryOps) {
				return false
			}
		default:
			return false
		}
		for _, x := range OpExprs(o) {
			if readsRow(x) {
				return false
			}
		}
	}
	return true
}

// readsRow reports whether an expression reads columns that it does not name.
func readsRow(e Expr) bool {
	found := false
	Inspect(e, func(x Expr) bool {
		switch x.(type) {
		case *AnyColumn, *PackAll, *IfExists:
			found = true
		}
		return !found
	})
	return found
}
