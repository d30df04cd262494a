package eval

import "github.com/huntc/huntc/ir"

// choose narrows the left side of an innerunique join before the join keeps one row per key. Which row it keeps is not defined
// (learn.microsoft.com/kusto/query/join-innerunique): Kusto's engine applies the filters that follow and read only the left side first,
// so that it chooses among the rows that pass them. rest are the ops after the join; its filters run again there, to no effect.
func (r *runner) choose(left *rel, join *ir.Join, rest []ir.Op) (*rel, error) {
	if join.Kind != ir.InnerUnique {
		return left, nil
	}
	for _, o := range rest {
		f, ok := o.(*ir.Filter)
		if !ok || ir.Windowed(f.Pred) {
			break
		}
		for _, pred := range conjuncts(f.Pred) {
			if !readsOnly(pred, left) {
				continue
			}
			var err error
			if left, err = r.filter(left, pred); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}

func conjuncts(x ir.Expr) []ir.Expr {
	if and, ok := x.(*ir.And); ok {
		return and.Xs
	}
	return []ir.Expr{x}
}

// readsOnly reports whether an expression reads columns of the table and nothing else.
func readsOnly(x ir.Expr, t *rel) bool {
	reads, other := false, false
	ir.Inspect(x, func(x ir.Expr) bool {
		switch x := x.(type) {
		case *ir.Col:
			_, has := t.index[x.Name]
			reads, other = true, other || !has
		case *ir.Field:
			other = true
		}
		return !other
	})
	return reads && !other
}
