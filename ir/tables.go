package ir

// Tables lists the source tables that a query reads, each name once, in order of first occurrence.
func (q *Query) Tables() []*Table {
	var out []*Table
	seen := map[string]bool{}
	q.EachPipeline(func(p *Pipeline) {
		if t, ok := p.From.(*Table); ok && !seen[t.Name] {
			seen[t.Name] = true
			out = append(out, t)
		}
	})
	return out
}

// EachPipeline visits every pipeline of a query: bindings, the root, and those inside sources and ops, a pipeline before what it holds.
func (q *Query) EachPipeline(f func(*Pipeline)) {
	for _, b := range q.Bindings {
		eachPipeline(b.Pipe, f)
	}
	eachPipeline(q.Root, f)
}

func eachPipeline(p *Pipeline, f func(*Pipeline)) {
	f(p)
	if u, ok := p.From.(*Union); ok {
		for _, in := range u.Inputs {
			eachPipeline(in, f)
		}
	}
	for _, o := range p.Ops {
		for _, sub := range SubPipelines(o) {
			eachPipeline(sub, f)
		}
	}
}

// EachOp visits the ops of every pipeline that EachPipeline visits, and those of both sides of a Baseline.
func (q *Query) EachOp(f func(Op)) {
	q.EachPipeline(func(p *Pipeline) { eachOp(p.Ops, f) })
}

func eachOp(ops []Op, f func(Op)) {
	for _, o := range ops {
		f(o)
		if b, ok := o.(*Baseline); ok {
			eachOp(b.RecentOps, f)
			eachOp(b.HistoryOps, f)
		}
	}
}

// SubPipelines lists the pipelines that an op holds.
func SubPipelines(o Op) []*Pipeline {
	switch o := o.(type) {
	case *Join:
		return []*Pipeline{o.Right}
	case *Append:
		return o.Inputs
	default:
		return nil
	}
}
