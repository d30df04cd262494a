package kql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// rangeSource writes range.
func (e *emitter) rangeSource(f *ir.Range) string {
	e.r.Use(factTabular, f, f.S, "range")
	return fmt.Sprintf("range %s from %s to %s step %s", name(f.Name), e.expr(f.From, precOr), e.expr(f.To, precOr), e.expr(f.Step, precOr))
}

// setOp writes an op over sets of rows.
func (e *emitter) setOp(o ir.Op, in string) string {
	switch o := o.(type) {
	case *ir.Distinct:
		return "distinct *"
	case *ir.Sample:
		return "sample " + strconv.FormatInt(o.N, 10)
	case *ir.MakeSeries:
		return e.makeSeries(o)
	case *ir.TopNested:
		return e.topNested(o)
	case *ir.Partition:
		return e.partition(o, in)
	case *ir.Scan:
		return e.scan(o, in)
	default:
		e.r.Use(factRefused, o, o.Span(), ir.OpName(o))
		return ""
	}
}

// makeSeries writes each column with its aggregates in the place of their names.
func (e *emitter) makeSeries(o *ir.MakeSeries) string {
	outer := e.inPlace
	e.inPlace = map[string]string{}
	for i := range o.Aggs {
		e.inPlace[o.Aggs[i].Name] = e.agg(&o.Aggs[i])
	}
	cols := make([]string, len(o.Cols))
	for i, c := range o.Cols {
		cols[i] = name(c.Name) + " = " + e.expr(c.X, precOr)
	}
	e.inPlace = outer
	for i, c := range o.Cols {
		if c.Default != nil {
			cols[i] += " default = " + e.expr(c.Default, precOr)
		}
	}
	var b strings.Builder
	b.WriteString("make-series ")
	if o.NonEmpty {
		b.WriteString("kind=nonempty ")
	}
	b.WriteString(strings.Join(cols, ", ") + " on " + e.keys([]ir.Named{o.Axis}))
	if o.Closed {
		fmt.Fprintf(&b, " in range(%s, %s, %s)", e.expr(o.From, precOr), e.expr(o.To, precOr), e.expr(o.Step, precOr))
	} else {
		if o.From != nil {
			b.WriteString(" from " + e.expr(o.From, precAdd))
		}
		if o.To != nil {
			b.WriteString(" to " + e.expr(o.To, precAdd))
		}
		b.WriteString(" step " + e.expr(o.Step, precAdd))
	}
	if len(o.Keys) > 0 {
		b.WriteString(" by " + e.keys(o.Keys))
	}
	return b.String()
}

func (e *emitter) topNested(o *ir.TopNested) string {
	parts := make([]string, len(o.Levels))
	for i := range o.Levels {
		l := &o.Levels[i]
		s := "top-nested "
		if l.N >= 0 {
			s += strconv.FormatInt(l.N, 10) + " "
		}
		s += "of " + e.oneNamed(l.Of)
		if l.Others != nil {
			s += " with others = " + e.expr(l.Others, precOr)
		}
		s += " by " + name(l.By.Name) + " = " + e.agg(&l.By)
		if l.Asc {
			s += " asc"
		}
		parts[i] = s
	}
	return strings.Join(parts, ", ")
}

// partition writes its ops without a source of their own, or the whole query for each value of the key.
func (e *emitter) partition(o *ir.Partition, in string) string {
	deeper := in + "    "
	head := "partition by " + name(o.Key)
	if o.Strategy != "" {
		head = "partition hint.strategy=" + o.Strategy + " by " + name(o.Key)
	}
	if o.Sub != nil {
		return fmt.Sprintf("%s {\n%s%s}", head, deeper, e.pipeline(o.Sub, deeper))
	}
	return head + " (\n" + deeper + strings.Join(e.ops(o.Ops, deeper), "\n"+deeper+"| ") + ")"
}

func (e *emitter) scan(o *ir.Scan, in string) string {
	var b strings.Builder
	b.WriteString("scan ")
	if o.MatchID != "" {
		b.WriteString("with_match_id=" + name(o.MatchID) + " ")
	}
	if len(o.Declare) > 0 {
		cols := make([]string, len(o.Declare))
		for i, d := range o.Declare {
			cols[i] = name(d.Name) + ": " + d.T.String()
			if d.Default != nil {
				cols[i] += " = " + e.expr(d.Default, precOr)
			}
		}
		b.WriteString("declare (" + strings.Join(cols, ", ") + ") ")
	}
	b.WriteString("with (")
	for _, s := range o.Steps {
		b.WriteString("\n" + in + "    step " + name(s.Name))
		if s.Optional {
			b.WriteString(" optional")
		}
		if s.Output != ir.ScanAll {
			b.WriteString(" output=" + s.Output.String())
		}
		b.WriteString(": " + e.expr(s.Cond, precOr))
		if len(s.Assigns) > 0 {
			parts := make([]string, len(s.Assigns))
			for i, a := range s.Assigns {
				parts[i] = name(a.Name) + " = " + e.expr(a.X, precOr)
			}
			b.WriteString(" => " + strings.Join(parts, ", "))
		}
		b.WriteString(";")
	}
	b.WriteString("\n" + in + ")")
	return b.String()
}

// inTable writes a test against a table.
func (e *emitter) inTable(x *ir.InTable, neg bool) (string, int) {
	var ops matchNames
	if x.Kind == ir.Equal || x.Kind == ir.Term {
		ops = matchOps[x.Kind][x.Case]
	}
	op := ops.any
	if x.All {
		op = ops.all
	}
	if op == "" {
		e.r.Use(factRefused, x, x.S, "this test against a table")
		return "", precPrimary
	}
	e.r.Use(factMatch, x, x.S, op)
	list := e.nested(x.Pipe)
	_, ref := x.Pipe.From.(*ir.Ref)
	_, table := x.Pipe.From.(*ir.Table)
	if len(x.Pipe.Ops) > 0 || !ref && !table {
		list = "(" + list + ")" // learn.microsoft.com/kusto/query/in-cs-operator: an inline query has parentheses of its own
	}
	if neg && (x.All || ops.notAny == "") {
		return "not(" + e.expr(x.X, precAdd) + " " + op + " (" + list + "))", precPrimary
	}
	if neg {
		op = ops.notAny
	}
	return e.expr(x.X, precAdd) + " " + op + " (" + list + ")", precCompare
}

// nested writes a pipeline inside an expression.
func (e *emitter) nested(p *ir.Pipeline) string {
	outer := e.inPlace
	e.inPlace = nil
	defer func() { e.inPlace = outer }()
	if len(p.Ops) == 0 {
		return e.pipeline(p, "    ")
	}
	return "\n        " + e.pipeline(p, "        ")
}
