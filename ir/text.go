package ir

import (
	"fmt"
	"slices"
	"strings"
)

// Text writes an expression in the IR's text form, without positions: two expressions with the same text mean the same.
func Text(e Expr) string {
	switch e := e.(type) {
	case nil:
		return "∅"
	case *Col:
		return e.Name
	case *Field:
		return "field(" + e.Name + ")"
	case *Lit:
		return e.Value.String()
	case *Param:
		return "param(" + e.Name + ")"
	case *Now:
		return "now"
	case *Access:
		var b strings.Builder
		b.WriteString(Text(e.X))
		for _, s := range e.Steps {
			if s.IsIndex {
				fmt.Fprintf(&b, "[%d]", s.Index)
			} else {
				fmt.Fprintf(&b, ".%s", s.Key)
			}
		}
		return b.String()
	case *Match:
		quant := "any"
		if e.All && len(e.Needles) != 1 {
			quant = "all"
		}
		return fmt.Sprintf("match(%s %s, %s, %s %s)", e.Kind, e.Case, Text(e.X), quant, textList(e.Needles))
	case *Compare:
		return fmt.Sprintf("(%s %s %s)", Text(e.L), e.Op, Text(e.R))
	case *Between:
		return fmt.Sprintf("between(%s, %s, %s)", Text(e.X), Text(e.Lo), Text(e.Hi))
	case *And:
		return "and" + textList(Conjuncts(e))
	case *Or:
		return "or" + textList(disjuncts(e))
	case *Not:
		return "not(" + Text(e.X) + ")"
	case *Arith:
		return fmt.Sprintf("(%s %s %s)", Text(e.L), e.Op, Text(e.R))
	case *Neg:
		return "neg(" + Text(e.X) + ")"
	case *Call:
		return e.Func + textList(e.Args)
	case *Cast:
		return fmt.Sprintf("to_%s(%s)", e.To, Text(e.X))
	case *Bin:
		return fmt.Sprintf("bin(%s, %s)", Text(e.X), e.Width)
	case *Cond:
		var b strings.Builder
		b.WriteString("cond(")
		for _, br := range e.Branches {
			fmt.Fprintf(&b, "%s: %s, ", Text(br.If), Text(br.Then))
		}
		return b.String() + "else " + Text(e.Else) + ")"
	case *IsNull:
		return "isnull(" + Text(e.X) + ")"
	case *IsEmpty:
		return "isempty(" + Text(e.X) + ")"
	case *Absent:
		return "absent(" + Text(e.X) + ")"
	case *Fill:
		return fmt.Sprintf("fill(%s, %s)", Text(e.X), e.With)
	case *List:
		return "list" + textList(e.Elems)
	case *Pack:
		var b strings.Builder
		for i, k := range e.Keys {
			fmt.Fprintf(&b, "%q: %s, ", k, Text(e.Vals[i]))
		}
		return "pack(" + strings.TrimSuffix(b.String(), ", ") + ")"
	case *Scalar, *InTable, *RowCall, *StepCol, *KeyOf:
		return subText(e)
	case *AnyColumn:
		quant := "any"
		if e.All && len(e.Needles) != 1 {
			quant = "all"
		}
		except := ""
		if e.Except != "" {
			except = " except " + e.Except
		}
		return fmt.Sprintf("anycolumn(%s %s, %s %s%s)", e.Kind, e.Case, quant, textList(e.Needles), except)
	case *PackAll:
		return fmt.Sprintf("packall(skip empty %v)", e.SkipEmpty)
	case *IfExists:
		return "ifexists(" + e.Name + ", " + Text(e.Else) + ")"
	case *Bad:
		return "bad"
	default:
		return fmt.Sprintf("unknown(%T)", e)
	}
}

// disjuncts splits a condition at its top-level ors.
func disjuncts(e Expr) []Expr {
	o, ok := e.(*Or)
	if !ok {
		return []Expr{e}
	}
	var out []Expr
	for _, x := range o.Xs {
		out = append(out, disjuncts(x)...)
	}
	return out
}

func textList(xs []Expr) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = Text(x)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func textNamed(ns []Named) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		parts[i] = n.Name + " = " + Text(n.X)
	}
	return strings.Join(parts, ", ")
}

// OpText writes an op in the IR's text form, nested pipelines indented.
func OpText(o Op) string {
	var b strings.Builder
	writeOp(&b, o, "")
	return strings.TrimSuffix(b.String(), "\n")
}

// String writes the query in the IR's text form: what people read in tests and in `huntc explain --ir`.
func (q *Query) String() string {
	var b strings.Builder
	for _, bind := range q.Bindings {
		fmt.Fprintf(&b, "let %s\n", bind.Name)
		writePipeline(&b, bind.Pipe, "  ")
	}
	writePipeline(&b, q.Root, "")
	return b.String()
}

func writePipeline(b *strings.Builder, p *Pipeline, in string) {
	switch f := p.From.(type) {
	case *Table:
		open := ""
		if f.Open {
			open = " open"
		}
		if f.Fuzzy {
			open += " fuzzy"
		}
		fmt.Fprintf(b, "%sfrom %s%s\n", in, f.Name, open)
	case *Ref:
		fmt.Fprintf(b, "%sfrom ref %s\n", in, f.Name)
	case *Rows:
		fmt.Fprintf(b, "%sfrom %d rows\n", in, len(f.Values))
	case *Range:
		fmt.Fprintf(b, "%sfrom range %s:%s from %s to %s step %s\n", in, f.Name, f.T, Text(f.From), Text(f.To), Text(f.Step))
	case *Union:
		fmt.Fprintf(b, "%sfrom union\n", in)
		for _, p := range f.Inputs {
			writePipeline(b, p, in+"  | ")
		}
	default:
		fmt.Fprintf(b, "%sfrom %s\n", in, rowSourceText(f))
	}
	for _, o := range p.Ops {
		writeOp(b, o, in)
	}
}

func writeOp(b *strings.Builder, o Op, in string) {
	switch o := o.(type) {
	case *Filter:
		fmt.Fprintf(b, "%sfilter %s\n", in, Text(o.Pred))
	case *Extend:
		fmt.Fprintf(b, "%sextend %s\n", in, textNamed(o.Cols))
	case *Project:
		fmt.Fprintf(b, "%sproject %s\n", in, textNamed(o.Cols))
	case *Aggregate:
		fmt.Fprintf(b, "%saggregate %s\n", in, aggregateText(o))
	case *Threshold:
		fmt.Fprintf(b, "%sthreshold %s where %s\n", in, aggregateText(o.Agg), Text(o.Pred))
	case *Sort:
		parts := make([]string, len(o.Keys))
		for i, k := range o.Keys {
			parts[i] = Text(k.X) + map[bool]string{true: " desc", false: " asc"}[k.Desc] + map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
		}
		fmt.Fprintf(b, "%ssort %s\n", in, strings.Join(parts, ", "))
	case *Limit:
		fmt.Fprintf(b, "%slimit %d\n", in, o.N)
	case *Join:
		parts := make([]string, len(o.On))
		for i, k := range o.On {
			parts[i] = k.Left + " = " + k.Right
		}
		fmt.Fprintf(b, "%sjoin %s on %s\n", in, o.Kind, strings.Join(parts, ", "))
		writePipeline(b, o.Right, in+"  | ")
	case *Expand:
		to := ""
		if o.To != TypeUnset {
			to = " to " + o.To.String()
		}
		fmt.Fprintf(b, "%sexpand %s = %s%s%s\n", in, o.Name, Text(o.X), to, elementsText(o))
	case *Append:
		fmt.Fprintf(b, "%sappend\n", in)
		for _, p := range o.Inputs {
			writePipeline(b, p, in+"  | ")
		}
	case *Baseline:
		writeBaseline(b, o, in)
	case *Distinct, *Sample, *MakeSeries, *TopNested, *Partition, *Scan:
		writeSetOp(b, o, in)
	case *BadOp:
		fmt.Fprintf(b, "%sbad\n", in)
	default:
		if !writeRowOp(b, o, in) {
			fmt.Fprintf(b, "%sunknown(%T)\n", in, o)
		}
	}
}

func elementsText(o *Expand) string {
	if len(o.Elements) == 0 {
		return ""
	}
	keys := make([]string, 0, len(o.Elements[0]))
	for k := range o.Elements[0] {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return fmt.Sprintf(" from %d elements of %s", len(o.Elements), strings.Join(keys, ", "))
}

func writeBaseline(b *strings.Builder, o *Baseline, in string) {
	parts := make([]string, len(o.On))
	for i, k := range o.On {
		parts[i] = k.Left
		if k.Right != k.Left {
			parts[i] += " = " + k.Right
		}
	}
	fmt.Fprintf(b, "%sbaseline absent on %s\n", in, strings.Join(parts, ", "))
	fmt.Fprintf(b, "%s  recent %s in %s\n", in, o.Time, o.Recent)
	for _, op := range o.RecentOps {
		writeOp(b, op, in+"    ")
	}
	fmt.Fprintf(b, "%s  history %s in %s\n", in, o.Time, o.History)
	for _, op := range o.HistoryOps {
		writeOp(b, op, in+"    ")
	}
}

// String writes a window as an interval.
func (w Window) String() string {
	l, r, from, to := "(", ")", "-∞", "∞"
	if w.From != nil {
		from = Text(w.From)
	}
	if w.To != nil {
		to = Text(w.To)
	}
	if w.FromClosed {
		l = "["
	}
	if w.ToClosed {
		r = "]"
	}
	return l + from + ", " + to + r
}

func aggregateText(a *Aggregate) string {
	parts := make([]string, len(a.Aggs))
	for i, g := range a.Aggs {
		parts[i] = aggText(g)
	}
	return strings.TrimSpace(strings.Join(parts, ", ") + " by " + textNamed(a.Keys))
}

func aggText(g Agg) string {
	s := fmt.Sprintf("%s = %s%s", g.Name, g.Func, textList(g.Args))
	if g.AllColumns() {
		s = fmt.Sprintf("%s%s but %s", g.Func, textList(g.Args), strings.Join(g.Except, ", "))
	}
	if g.Exact {
		s += " exact"
	}
	if g.Accuracy != "" {
		s += " accuracy " + g.Accuracy
	}
	if g.Cap != 0 {
		s += fmt.Sprintf(" cap %d", g.Cap)
	}
	if g.If != nil {
		s += " if " + Text(g.If)
	}
	return s
}
