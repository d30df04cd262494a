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
// row_rank_min, row_window_session, and running, which Running describes.
type RowCall struct {
	At
	Func    string
	Args    []Expr
	T       Type
	Running *Running
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
	pipe := func(p *Pipeline) *Pipeline { return MapPipeline(p, f) }
	out := &Pipeline{From: MapSource(p.From, f, pipe)}
	for _, o := range p.Ops {
		out.Ops = append(out.Ops, MapInner(o, f, pipe))
	}
	return out
}

// MapSource copies a source with f applied to its expressions and pipe to its pipelines.
func MapSource(s Source, f func(Expr) Expr, pipe func(*Pipeline) *Pipeline) Source {
	deep := func(x Expr) Expr { return f(MapExprPipes(x, pipe)) }
	switch s := s.(type) {
	case *Union:
		return &Union{s.At, mapAll(s.Inputs, pipe)}
	case *Range:
		c := *s
		c.From, c.To, c.Step = deep(s.From), deep(s.To), deep(s.Step)
		return &c
	}
	return s
}

// MapInner copies an op with f applied to its expressions and pipe, once, to every pipeline inside it: those that it reads beside its
// rows, those of its expressions, and those of the ops that it holds, whose own source is no rows.
func MapInner(o Op, f func(Expr) Expr, pipe func(*Pipeline) *Pipeline) Op {
	deep := func(x Expr) Expr { return f(MapExprPipes(x, pipe)) }
	ops := func(list []Op) []Op { return pipe(&Pipeline{From: &Rows{}, Ops: list}).Ops }
	switch o := o.(type) {
	case *Join:
		c := *o
		c.Right = pipe(o.Right)
		return &c
	case *Append:
		return &Append{o.At, mapAll(o.Inputs, pipe)}
	case *Apply:
		c := *o
		c.Ops = nil
		out := MapOp(&c, deep).(*Apply)
		out.Ops = ops(o.Ops)
		return out
	case *IPLookup, *Partition:
		return MapNested(o, pipe, ops)
	}
	return MapOp(o, deep)
}

func mapAll(ps []*Pipeline, pipe func(*Pipeline) *Pipeline) []*Pipeline {
	out := make([]*Pipeline, len(ps))
	for i, p := range ps {
		out[i] = pipe(p)
	}
	return out
}
