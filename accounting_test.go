package huntc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// TestEveryLeafAndOpIsInTheOutput: nothing of the prepared query is dropped. A constant that changes, a field or column with another
// name, an op that is taken away, each changes the text of every output (or makes it refused), or lies inside what a note declares to
// be approximate, or inside what the output lists as left out.
func TestEveryLeafAndOpIsInTheOutput(t *testing.T) {
	c := newCompiler(t)
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range files {
		for _, s := range mustArchive(t, f).Files {
			if s.Name != "hunt.yaml" && s.Name != "hunt.kql" {
				continue
			}
			for _, target := range huntc.KnownTargets() {
				h := c.Parse(s.Name, s.Data, huntc.ParseOptions{})
				if h.IR == nil {
					continue
				}
				in := c.PreparedInput(h, target)
				if in == nil {
					continue
				}
				out, rep := huntc.Emit(in)
				if out == nil {
					continue
				}
				a := &accountant{t: t, in: in, text: text(out), excused: excused(rep), elided: elided(out), name: filepath.Base(f) + " " + target.String()}
				a.query()
				checked += a.checked
			}
		}
	}
	if checked < 2000 {
		t.Errorf("only %d leaves and ops were checked", checked)
	}
}

func mustArchive(t *testing.T, f string) *txtar.Archive {
	t.Helper()
	b, err := os.ReadFile(f)
	if err != nil {
		t.Fatal(err)
	}
	return txtar.Parse(b)
}

// text is all that an output says: how its columns are decoded belongs to it.
func text(out *emit.Output) string { return fmt.Sprint(out.Text, out.Columns) }

// elided lists the columns that the output says it leaves out.
func elided(out *emit.Output) map[string]bool {
	names := map[string]bool{}
	for _, e := range out.Elided {
		name, _, _ := strings.Cut(e, ":")
		names[name] = true
	}
	return names
}

// excused lists the spans in which an approximation is declared.
func excused(rep *emit.Report) []diag.Span {
	var out []diag.Span
	for _, n := range rep.Notes() {
		out = append(out, n.Span)
	}
	return out
}

type accountant struct {
	t       *testing.T
	in      *emit.Input
	text    string
	name    string
	excused []diag.Span
	elided  map[string]bool // columns left out, or read only by an aggregate that is declared to come out differently
	checked int
}

// same reports whether the output is still the same text.
func (a *accountant) same() bool {
	out, _ := huntc.Emit(a.in)
	return out != nil && text(out) == a.text
}

func (a *accountant) declared(s diag.Span) bool {
	return slices.ContainsFunc(a.excused, func(e diag.Span) bool { return !s.IsZero() && e.Pos <= s.Pos && s.End <= e.End })
}

func (a *accountant) report(what string, s diag.Span) {
	if !a.declared(s) {
		a.t.Errorf("%s: %s is not in the output", a.name, what)
	}
}

func (a *accountant) query() {
	a.in.Query.EachPipeline(func(p *ir.Pipeline) { a.unread(p.Ops) })
	a.in.Query.EachPipeline(func(p *ir.Pipeline) { a.ops(p.Ops) })
}

// unread finds the columns that only an aggregate reads which is declared to come out differently.
func (a *accountant) unread(ops []ir.Op) {
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Aggregate:
			for _, g := range o.Aggs {
				for _, x := range g.Args {
					if c, ok := x.(*ir.Col); ok && (a.declared(g.S) || a.elided[g.Name]) {
						a.elided[c.Name] = true
					}
				}
			}
		case *ir.Baseline:
			a.unread(o.RecentOps)
		}
	}
}

// final reports whether the op only lists the result's columns, which the query says once more beside its ops.
func (a *accountant) final(o ir.Op) bool {
	p, ok := o.(*ir.Project)
	if !ok || len(p.Cols) != len(a.in.Query.Columns) {
		return false
	}
	for i, n := range p.Cols {
		if c, plain := n.X.(*ir.Col); !plain || c.Name != n.Name || n.Name != a.in.Query.Columns[i].Name {
			return false
		}
	}
	return true
}

func (a *accountant) ops(ops []ir.Op) {
	for i := range ops {
		if a.final(ops[i]) {
			continue
		}
		for _, x := range a.exprs(ops[i]) {
			a.leaves(x)
		}
		if b, ok := ops[i].(*ir.Baseline); ok {
			a.ops(b.RecentOps)
			a.ops(b.HistoryOps)
		}
	}
	a.without(ops)
}

// exprs lists the expressions of an op that the output must show: not the arguments of an aggregate that is declared to come out
// differently, and of an array whose elements are named one by one only these.
func (a *accountant) exprs(o ir.Op) []ir.Expr {
	switch o := o.(type) {
	case *ir.Expand:
		if o.Elements == nil {
			return ir.OpExprs(o)
		}
		var out []ir.Expr
		for _, e := range o.Elements {
			for _, x := range e {
				out = append(out, x)
			}
		}
		return out
	case *ir.Extend:
		var out []ir.Expr
		for _, n := range o.Cols {
			if !a.elided[n.Name] {
				out = append(out, n.X)
			}
		}
		return out
	case *ir.Project:
		var out []ir.Expr
		for _, n := range o.Cols {
			if !a.elided[n.Name] {
				out = append(out, n.X)
			}
		}
		return out
	case *ir.Threshold:
		return append(a.exprs(o.Agg), o.Pred)
	case *ir.Aggregate:
		c := *o
		c.Keys = slices.DeleteFunc(slices.Clone(o.Keys), func(k ir.Named) bool { return a.elided[k.Name] })
		c.Aggs = slices.DeleteFunc(slices.Clone(o.Aggs), func(g ir.Agg) bool { return a.declared(g.S) || a.elided[g.Name] })
		return ir.OpExprs(&c)
	default:
		return ir.OpExprs(o)
	}
}

// without takes one op after the other away.
func (a *accountant) without(ops []ir.Op) {
	// The query's own pipeline is looked up by its first op, because a slice cannot be shortened in place.
	a.in.Query.EachPipeline(func(p *ir.Pipeline) {
		if len(p.Ops) == 0 || len(ops) == 0 || p.Ops[0] != ops[0] {
			return
		}
		all := p.Ops
		for i, o := range all {
			if ext, ok := o.(*ir.Extend); a.final(o) || ok && len(a.exprs(ext)) == 0 {
				continue
			}
			p.Ops = slices.Delete(slices.Clone(all), i, i+1)
			a.checked++
			if a.same() {
				a.report("the op "+ir.OpText(o), o.Span())
			}
		}
		p.Ops = all
	})
}

// leaves changes one leaf after the other and puts it back.
func (a *accountant) leaves(x ir.Expr) {
	ir.Inspect(x, func(e ir.Expr) bool {
		switch e := e.(type) {
		case *ir.Lit:
			old := e.Value
			e.Value = another(old)
			a.leaf(e, old.String())
			e.Value = old
		case *ir.Field:
			old := *e
			e.Name += "_other"
			if e.Info != nil {
				info := *e.Info
				info.Time = false
				if info.Key != "" {
					info.Key += "_other"
				}
				if info.Source != "" {
					info.Source += "_other"
				}
				e.Info = &info
			}
			a.leaf(e, "the field "+old.Name)
			*e = old
		case *ir.Col:
			old := e.Name
			e.Name += "_other"
			a.leaf(e, "the column "+old)
			e.Name = old
		case *ir.Bin:
			old := e.Width
			e.Width = another(old)
			a.leaf(e, "the width "+old.String())
			e.Width = old
		}
		return true
	})
}

func (a *accountant) leaf(e ir.Expr, what string) {
	a.checked++
	if a.same() {
		a.report(fmt.Sprintf("%s (in %s)", what, strings.TrimSpace(ir.Text(e))), e.Span())
	}
}

// another is a different constant of the same type.
func another(v ir.Value) ir.Value {
	switch x := v.V.(type) {
	case string:
		v.V = x + "q"
	case int64:
		v.V = x*2 + 1
	case float64:
		v.V = x*2 + 1
	case bool:
		v.V = !x
	case nil:
		if v.Type == ir.String {
			v.V = "q"
		}
	}
	return v
}
