package ir

import (
	"fmt"
	"strings"
)

// Scalar is toscalar: the first column of the first row of a pipeline that reads nothing of the row around it, null without rows.
// It is computed once.
type Scalar struct {
	At
	Pipe *Pipeline
	T    Type
}

// InTable tests X against the first column of a pipeline that reads nothing of the row around it; a list in that column stands for
// its elements. Equal compares whole values, Term looks for each of them as a term in the text of X: any of them, or all with All.
// Null is in no table, so the result is never null.
type InTable struct {
	At
	X    Expr
	Kind MatchKind
	Case Case
	All  bool
	Pipe *Pipeline
}

// RowCall is a function of a row's place among the rows as they come: prev, next, row_number, row_cumsum, row_rank_dense,
// row_rank_min, row_window_session.
type RowCall struct {
	At
	Func string
	Args []Expr
	T    Type
}

// StepCol is a column of a step's state inside a Scan: step.column.
type StepCol struct {
	At
	Step, Name string
	T          Type
}

// KeyOf is the value of a Partition's key inside its Sub.
type KeyOf struct {
	At
	Name string
	T    Type
}

// SubPipe is the pipeline that an expression node holds, nil for the others.
func SubPipe(e Expr) *Pipeline {
	switch e := e.(type) {
	case *Scalar:
		return e.Pipe
	case *InTable:
		return e.Pipe
	}
	return nil
}

// MapExprPipes replaces the pipelines inside an expression.
func MapExprPipes(e Expr, f func(*Pipeline) *Pipeline) Expr {
	return MapExpr(e, func(x Expr) Expr {
		switch x := x.(type) {
		case *Scalar:
			c := *x
			c.Pipe = f(x.Pipe)
			return &c
		case *InTable:
			c := *x
			c.Pipe = f(x.Pipe)
			return &c
		}
		return x
	})
}

// MapSubPipes copies an op with the pipelines replaced that its expressions hold; an op without such is itself.
func MapSubPipes(o Op, f func(*Pipeline) *Pipeline) Op {
	for _, e := range OpExprs(o) {
		if holds(e, func(x Expr) bool { return SubPipe(x) != nil }) {
			return MapOp(o, func(e Expr) Expr { return MapExprPipes(e, f) })
		}
	}
	return o
}

// holds reports whether a node of e satisfies f.
func holds(e Expr, f func(Expr) bool) bool {
	found := false
	Inspect(e, func(x Expr) bool {
		found = found || f(x)
		return !found
	})
	return found
}

// Windowed reports whether an expression looks at other rows, so that the rows before its op decide its value.
func Windowed(e Expr) bool {
	return holds(e, func(x Expr) bool { _, ok := x.(*RowCall); return ok })
}

// WindowedOp reports whether an expression of the op looks at other rows.
func WindowedOp(o Op) bool {
	for _, e := range OpExprs(o) {
		if Windowed(e) {
			return true
		}
	}
	return false
}

// subText writes the nodes of this file, "" for others.
func subText(e Expr) string {
	pipe := func(p *Pipeline) string {
		var b strings.Builder
		writePipeline(&b, p, "")
		return "{" + strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", "; ") + "}"
	}
	switch e := e.(type) {
	case *Scalar:
		return "scalar" + pipe(e.Pipe)
	case *InTable:
		quant := "any"
		if e.All {
			quant = "all"
		}
		return fmt.Sprintf("intable(%s %s, %s, %s %s)", e.Kind, e.Case, Text(e.X), quant, pipe(e.Pipe))
	case *RowCall:
		return "row:" + e.Func + textList(e.Args)
	case *StepCol:
		return e.Step + "." + e.Name
	case *KeyOf:
		return "key(" + e.Name + ")"
	}
	return ""
}

// MapPipeline copies a pipeline with f applied to every expression of its ops and sources, nested pipelines and those inside
// expressions included.
func MapPipeline(p *Pipeline, f func(Expr) Expr) *Pipeline {
	deep := func(x Expr) Expr {
		return f(MapExprPipes(x, func(p *Pipeline) *Pipeline { return MapPipeline(p, f) }))
	}
	all := func(ps []*Pipeline) []*Pipeline {
		out := make([]*Pipeline, len(ps))
		for i, p := range ps {
			out[i] = MapPipeline(p, f)
		}
		return out
	}
	out := &Pipeline{From: p.From}
	switch s := p.From.(type) {
	case *Union:
		out.From = &Union{s.At, all(s.Inputs)}
	case *Range:
		c := *s
		c.From, c.To, c.Step = deep(s.From), deep(s.To), deep(s.Step)
		out.From = &c
	}
	for _, o := range p.Ops {
		if part, ok := o.(*Partition); ok {
			c := *part
			c.Ops = MapPipeline(&Pipeline{From: &Rows{At: part.At}, Ops: part.Ops}, f).Ops
			if part.Sub != nil {
				c.Sub = MapPipeline(part.Sub, f)
			}
			out.Ops = append(out.Ops, &c)
			continue
		}
		switch o := MapOp(o, deep).(type) {
		case *Join:
			c := *o
			c.Right = MapPipeline(o.Right, f)
			out.Ops = append(out.Ops, &c)
		case *Append:
			out.Ops = append(out.Ops, &Append{o.At, all(o.Inputs)})
		default:
			out.Ops = append(out.Ops, o)
		}
	}
	return out
}
