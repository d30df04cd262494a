package kql

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// Backend writes KQL.
type Backend struct{}

// Language is "kql".
func (Backend) Language() string { return "kql" }

// Binding strength, weakest first.
const (
	precOr = iota + 1
	precAnd
	precCompare
	precAdd
	precMul
	precPrimary
)

type emitter struct {
	in     *emit.Input
	r      *emit.Report
	params map[string]*ir.Param
	// inPlace, inside make-series, is what stands for the name of an aggregate.
	inPlace map[string]string
}

// Emit writes the query.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	e := &emitter{in: in, r: emit.NewReport(in), params: map[string]*ir.Param{}}
	q := ir.Desugar(in.Query)
	var body strings.Builder
	for _, b := range q.Bindings {
		fmt.Fprintf(&body, "let %s = %s;\n", name(b.Name), e.pipeline(b.Pipe, ""))
	}
	body.WriteString(e.pipeline(q.Root, ""))
	text := e.paramLets() + body.String() + "\n"
	if e.r.Refused() {
		return nil, e.r
	}
	out := &emit.Output{Text: text, Ext: "kql"}
	for _, c := range q.Columns {
		out.Columns = append(out.Columns, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: c.Name})
	}
	return out, e.r
}

// paramLets defines the hunt's parameters once, at the top.
func (e *emitter) paramLets() string {
	var b strings.Builder
	for _, n := range slices.Sorted(maps.Keys(e.params)) {
		p := e.params[n]
		value := ""
		switch {
		case e.in.KeepParams && p.T == ir.Datetime:
			value = "todatetime('{{" + n + "}}')"
		case e.in.KeepParams && p.T == ir.Timespan:
			value = "totimespan('{{" + n + "}}')"
		case e.in.KeepParams:
			value = "'{{" + n + "}}'"
		case p.Default == nil:
			e.r.Refuse(p.S, "KQL-PARAM", "the parameter "+n+" has no value", "", "--param "+n+"=…, or --keep-params")
			continue
		default:
			value = e.expr(p.Default, precOr)
		}
		fmt.Fprintf(&b, "let %s = %s;\n", name(n), value)
	}
	return b.String()
}

func (e *emitter) pipeline(p *ir.Pipeline, in string) string {
	var b strings.Builder
	ops := p.Ops
	if text, ok := e.print(p); ok {
		b.WriteString(text)
		ops = ops[1:]
	} else if text, ok := e.searchOver(p); ok {
		b.WriteString(text)
		ops = ops[1:]
	} else if text, used, ok := e.namedUnion(p, in); ok {
		b.WriteString(text)
		ops = ops[used:]
	} else {
		b.WriteString(e.source(p.From, in))
	}
	for _, text := range e.ops(ops, in) {
		b.WriteString("\n" + in + "| " + text)
	}
	return b.String()
}

// ops writes each op. One that looks at other rows needs rows whose order is declared to count.
func (e *emitter) ops(ops []ir.Op, in string) []string {
	var out []string
	for i, o := range ops {
		_, scan := o.(*ir.Scan)
		if scan || ir.WindowedOp(o) {
			sorted := false
			if i > 0 {
				_, sorted = ops[i-1].(*ir.Sort)
			}
			if !sorted {
				out = append(out, "serialize")
			}
		}
		out = append(out, e.op(o, in))
	}
	return out
}

// print writes one row without columns that is extended at once: KQL has no table without columns.
func (e *emitter) print(p *ir.Pipeline) (string, bool) {
	r, ok := p.From.(*ir.Rows)
	if !ok || len(r.Columns) > 0 || len(r.Values) != 1 || len(p.Ops) == 0 {
		return "", false
	}
	switch o := p.Ops[0].(type) {
	case *ir.Extend:
		return "print " + e.named(o.Cols), true
	case *ir.Project:
		return "print " + e.named(o.Cols), true
	}
	return "", false
}

func (e *emitter) source(f ir.Source, in string) string {
	switch f := f.(type) {
	case *ir.Table:
		e.r.Use(factTabular, f, f.S, f.Name)
		return name(f.Name)
	case *ir.Ref:
		return name(f.Name)
	case *ir.Union:
		return "union " + fuzzy(f.Inputs) + e.inputs(f.Inputs, in)
	case *ir.Range:
		return e.rangeSource(f)
	case *ir.Rows:
		return e.datatable(f)
	default:
		if text, ok := e.rowSource(f); ok {
			return text
		}
		e.r.Use(factRefused, f, f.Span(), "this source")
		return ""
	}
}

func (e *emitter) inputs(ps []*ir.Pipeline, in string) string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = "(\n" + in + "    " + e.pipeline(p, in+"    ") + ")"
		if f, pattern := p.From.(*ir.Tables); pattern {
			if parts[i] = f.Pattern; len(p.Ops) > 0 || f.NameTo != "" {
				e.r.Use(factRefused, f, f.S, "a table pattern with steps of its own among other tables")
			}
		} else if len(p.Ops) == 0 {
			parts[i] = e.pipeline(p, in)
		}
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) datatable(r *ir.Rows) string {
	cols := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		cols[i] = name(c.Name) + ":" + c.Type.String()
	}
	var cells []string
	for _, row := range r.Values {
		for _, v := range row {
			cells = append(cells, literal(v))
		}
	}
	return "datatable(" + strings.Join(cols, ", ") + ")[" + strings.Join(cells, ", ") + "]"
}

func (e *emitter) op(o ir.Op, in string) string {
	e.r.Use(factTabular, o, o.Span(), "this operator")
	switch o := o.(type) {
	case *ir.Filter:
		return "where " + e.expr(o.Pred, precOr)
	case *ir.Extend:
		return "extend " + e.named(o.Cols)
	case *ir.Project:
		return "project " + e.named(o.Cols)
	case *ir.Aggregate:
		return e.aggregate(o)
	case *ir.Sort:
		return "sort by " + e.sortKeys(o.Keys)
	case *ir.Limit:
		return "take " + strconv.FormatInt(o.N, 10)
	case *ir.Join:
		return e.join(o, in)
	case *ir.Expand:
		return e.expand(o)
	case *ir.Append:
		return "union " + fuzzy(o.Inputs) + e.inputs(o.Inputs, in)
	case *ir.Distinct, *ir.Sample, *ir.MakeSeries, *ir.TopNested, *ir.Partition, *ir.Scan:
		return e.setOp(o, in)
	case *ir.BadOp:
		e.r.Refuse(o.S, "KQL-EMIT", "this operator was not understood", "", "")
		return ""
	default:
		if text, ok := e.rowOp(o, in); ok {
			return text
		}
		e.r.Use(factRefused, o, o.Span(), ir.OpName(o))
		return ""
	}
}

func (e *emitter) named(ns []ir.Named) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		parts[i] = e.oneNamed(n)
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) oneNamed(n ir.Named) string {
	if c, ok := n.X.(*ir.Col); ok && c.Name == n.Name {
		return name(n.Name)
	}
	return name(n.Name) + " = " + e.expr(n.X, precOr)
}

// keys writes group keys; bin(t, 5m) keeps the name of its column by itself.
func (e *emitter) keys(ns []ir.Named) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		if b, ok := n.X.(*ir.Bin); ok {
			if c, ok := b.X.(*ir.Col); ok && c.Name == n.Name {
				parts[i] = e.expr(b, precOr)
				continue
			}
		}
		parts[i] = e.oneNamed(n)
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) sortKeys(keys []ir.SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		s := e.expr(k.X, precOr) + map[bool]string{true: " desc", false: " asc"}[k.Desc]
		if k.NullsFirst == k.Desc { // not the default of the direction
			s += map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
		}
		parts[i] = s
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) join(j *ir.Join, in string) string {
	on := make([]string, len(j.On))
	for i, k := range j.On {
		on[i] = name(k.Left)
		if k.Left != k.Right {
			on[i] = fmt.Sprintf("$left.%s == $right.%s", name(k.Left), name(k.Right))
		}
	}
	op := "join"
	if j.Lookup {
		op = "lookup"
	}
	return fmt.Sprintf("%s kind=%s (\n%s    %s) on %s", op, j.Kind, in, e.pipeline(j.Right, in+"    "), strings.Join(on, ", "))
}

func (e *emitter) expand(o *ir.Expand) string {
	s := "mv-expand " + e.oneNamed(ir.Named{Name: o.Name, X: o.X})
	if o.To != ir.TypeUnset {
		s += " to typeof(" + o.To.String() + ")"
	}
	return s
}
