package eval

import "github.com/huntc/huntc/ir"

// partition runs its ops on the rows of each value of the key, in order of first occurrence, and holds all rows.
func (r *runner) partition(t *rel, o *ir.Partition) (*rel, error) {
	at, ok := t.index[o.Key]
	if !ok {
		return nil, errorAt(o.At, "no column %q", o.Key)
	}
	held, err := r.hold(t, o.At)
	if err != nil {
		return nil, err
	}
	parts := map[string][][]ir.Value{}
	var order []string
	for _, row := range held {
		k := groupKey(row[at])
		if parts[k] == nil {
			order = append(order, k)
		}
		parts[k] = append(parts[k], row)
	}
	const legacy = 64 // learn.microsoft.com/kusto/query/partition-operator#legacy-strategy
	if o.Strategy == "" && len(order) > legacy {
		return nil, errorAt(o.At, "partition by %s has %d values: the default strategy takes at most %d, use hint.strategy=native", o.Key, len(order), legacy)
	}
	run := func(rows [][]ir.Value, key ir.Value) (*rel, error) {
		if o.Sub != nil {
			return r.pipeline(withKey(o.Sub, o.Key, key))
		}
		return r.ops(t.with(slice(rows)), o.Ops)
	}
	// The columns come from a run on nothing, so that an empty input has them too.
	out, err := run(nil, r.null(t.cols[at].Type))
	if err != nil {
		return nil, err
	}
	all := make([]rowSeq, len(order))
	for i, k := range order {
		part, err := run(parts[k], parts[k][0][at])
		if err != nil {
			return nil, err
		}
		if len(part.cols) != len(out.cols) {
			return nil, errorAt(o.At, "the parts of a partition have different columns")
		}
		rows, err := r.hold(part, o.At)
		if err != nil {
			return nil, err
		}
		all[i] = slice(rows)
	}
	return out.with(chain(all...)), nil
}

// withKey puts the value of the key into a pipeline that stands for itself.
func withKey(p *ir.Pipeline, name string, v ir.Value) *ir.Pipeline {
	put := func(x ir.Expr) ir.Expr {
		if k, ok := x.(*ir.KeyOf); ok && k.Name == name {
			return &ir.Lit{At: k.At, Value: v}
		}
		return x
	}
	return ir.MapPipeline(p, func(x ir.Expr) ir.Expr { return ir.MapExpr(x, put) })
}
