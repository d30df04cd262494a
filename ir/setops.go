package ir

import (
	"fmt"
	"strings"
)

// Range makes rows of one column: From, From+Step, … up to To, both ends included; a negative Step counts down.
type Range struct {
	At
	Name           string
	From, To, Step Expr
	T              Type
}

func (*Range) source() {}

// Distinct keeps one of each set of equal rows. It stands where the columns are not known; where they are, it is an Aggregate.
type Distinct struct{ At }

// Sample keeps any N rows, all when there are not more.
type Sample struct {
	At
	N int64
}

// MakeSeries groups rows by Keys and, within, by steps of an axis, and makes an array per column with an element for every step of
// the range: the aggregate of the step's rows, or the column's default for a step without rows. With From the steps count from it,
// else, and in a Closed range, from the axis' own zero. Without From a series begins at its first step with rows, without To it ends at its last. Rows
// outside the range do not count.
type MakeSeries struct {
	At
	Keys           []Named
	Aggs           []Agg
	Cols           []SeriesCol
	Axis           Named
	AxisType       Type
	From, To, Step Expr // From and To may be nil
	Closed         bool // in range(): To belongs to the range
	NonEmpty       bool // without rows and keys there is one row of defaults
}

// SeriesCol is one array: X reads the names of Aggs. Default nil is 0.
type SeriesCol struct {
	Name       string
	X, Default Expr
	T          Type // of an element
}

// TopNested groups level by level: the top N values of a level, by an aggregate over the rows that have them, each divided by the
// next level. Its columns are Of and By of every level.
type TopNested struct {
	At
	Levels []NestedLevel
}

// NestedLevel is one level of TopNested. N < 0 keeps all values. Others, when not nil, is the value of one more group, for the rows
// that are not at the top of this level or of one above it.
type NestedLevel struct {
	N      int64
	Of     Named
	Others Expr
	By     Agg
	Asc    bool
}

// Partition runs Ops on the rows of each value of a column by themselves, or, when Sub is not nil, Sub once per value, and
// collects the results.
type Partition struct {
	At
	Key      string
	KeyT     Type
	Strategy string // native, shuffle, or "" for the default, which fails on more than 64 values
	Ops      []Op
	Sub      *Pipeline
}

// Scan matches sequences of rows, step by step: learn.microsoft.com/kusto/query/scan-operator. Its columns are those of the row, the
// declared ones, and MatchID.
type Scan struct {
	At
	MatchID string // "" for none
	Declare []ScanCol
	Steps   []ScanStep
}

// ScanCol is a declared column. Default may be nil.
type ScanCol struct {
	Name    string
	T       Type
	Default Expr
}

// ScanOutput says which rows of a step come out.
type ScanOutput int

const (
	ScanAll  ScanOutput = iota
	ScanLast            // the last one of a series of matches
	ScanNone
)

func (o ScanOutput) String() string { return [...]string{"all", "last", "none"}[o] }

// ScanStep is a step of a Scan.
type ScanStep struct {
	Name     string
	Optional bool
	Output   ScanOutput
	Cond     Expr
	Assigns  []Named
}

func (*Distinct) op()   {}
func (*Sample) op()     {}
func (*MakeSeries) op() {}
func (*TopNested) op()  {}
func (*Partition) op()  {}
func (*Scan) op()       {}

// exprs calls f with a pointer to every expression of a set op, in a fixed order, those that are nil left out. The op is changed
// through the pointers, so that copying it first makes a mapped copy.
func setExprs(o Op, f func(*Expr)) {
	opt := func(e *Expr) {
		if *e != nil {
			f(e)
		}
	}
	named := func(ns []Named) {
		for i := range ns {
			f(&ns[i].X)
		}
	}
	agg := func(a *Agg) {
		for i := range a.Args {
			f(&a.Args[i])
		}
		opt(&a.If)
	}
	switch o := o.(type) {
	case *MakeSeries:
		named(o.Keys)
		for i := range o.Aggs {
			agg(&o.Aggs[i])
		}
		f(&o.Axis.X)
		opt(&o.From)
		opt(&o.To)
		f(&o.Step)
		for i := range o.Cols {
			opt(&o.Cols[i].Default)
		}
	case *TopNested:
		for i := range o.Levels {
			l := &o.Levels[i]
			f(&l.Of.X)
			opt(&l.Others)
			agg(&l.By)
		}
	case *Scan:
		for i := range o.Declare {
			opt(&o.Declare[i].Default)
		}
		for i := range o.Steps {
			f(&o.Steps[i].Cond)
			named(o.Steps[i].Assigns)
		}
	}
}

// cloneSetOp copies a set op deep enough that its expressions can be replaced.
func cloneSetOp(o Op) Op {
	aggs := func(as []Agg) []Agg {
		out := make([]Agg, len(as))
		for i, a := range as {
			a.Args = append([]Expr(nil), a.Args...)
			out[i] = a
		}
		return out
	}
	switch o := o.(type) {
	case *MakeSeries:
		c := *o
		c.Keys, c.Aggs, c.Cols = append([]Named(nil), o.Keys...), aggs(o.Aggs), append([]SeriesCol(nil), o.Cols...)
		return &c
	case *TopNested:
		c := *o
		c.Levels = append([]NestedLevel(nil), o.Levels...)
		for i, l := range c.Levels {
			c.Levels[i].By = aggs([]Agg{l.By})[0]
		}
		return &c
	case *Scan:
		c := *o
		c.Declare, c.Steps = append([]ScanCol(nil), o.Declare...), append([]ScanStep(nil), o.Steps...)
		for i, s := range c.Steps {
			c.Steps[i].Assigns = append([]Named(nil), s.Assigns...)
		}
		return &c
	}
	return o
}

// mapSetOp is MapOp of the ops of this file. A Partition's ops read the rows around it and are mapped with it; its Sub does not.
func mapSetOp(o Op, f func(Expr) Expr) Op {
	if p, ok := o.(*Partition); ok {
		c := *p
		c.Ops = MapOps(p.Ops, f)
		return &c
	}
	c := cloneSetOp(o)
	setExprs(c, func(e *Expr) { *e = f(*e) })
	return c
}

// setOpExprs lists the expressions of an op of this file.
func setOpExprs(o Op) []Expr {
	var out []Expr
	setExprs(cloneSetOp(o), func(e *Expr) { out = append(out, *e) })
	return out
}

// mapSetPipes replaces the pipelines and nested ops of an op of this file.
func mapSetPipes(o Op, pipe func(*Pipeline) *Pipeline, ops func([]Op) []Op) Op {
	p, ok := o.(*Partition)
	if !ok {
		return o
	}
	c := *p
	c.Ops = ops(p.Ops)
	if p.Sub != nil {
		c.Sub = pipe(p.Sub)
	}
	return &c
}

// writeSetOp writes an op of this file.
func writeSetOp(b *strings.Builder, o Op, in string) {
	switch o := o.(type) {
	case *Distinct:
		fmt.Fprintf(b, "%sdistinct rows\n", in)
	case *Sample:
		fmt.Fprintf(b, "%ssample %d\n", in, o.N)
	case *MakeSeries:
		writeSeries(b, o, in)
	case *TopNested:
		for i, l := range o.Levels {
			n, others, dir := "all", "", " desc"
			if l.N >= 0 {
				n = fmt.Sprint(l.N)
			}
			if l.Others != nil {
				others = " others " + Text(l.Others)
			}
			if l.Asc {
				dir = " asc"
			}
			fmt.Fprintf(b, "%s%s %s of %s = %s%s by %s%s\n", in, map[bool]string{true: "topnested", false: "  then"}[i == 0], n, l.Of.Name,
				Text(l.Of.X), others, aggText(l.By), dir)
		}
	case *Partition:
		fmt.Fprintf(b, "%spartition%s by %s\n", in, strings.TrimRight(" "+o.Strategy, " "), o.Key)
		for _, op := range o.Ops {
			writeOp(b, op, in+"  | ")
		}
		if o.Sub != nil {
			writePipeline(b, o.Sub, in+"  | ")
		}
	case *Scan:
		fmt.Fprintf(b, "%sscan match id %q\n", in, o.MatchID)
		for _, d := range o.Declare {
			fmt.Fprintf(b, "%s  declare %s:%s = %s\n", in, d.Name, d.T, Text(d.Default))
		}
		for _, s := range o.Steps {
			optional := ""
			if s.Optional {
				optional = " optional"
			}
			fmt.Fprintf(b, "%s  step %s%s output %s: %s => %s\n", in, s.Name, optional, s.Output, Text(s.Cond), textNamed(s.Assigns))
		}
	}
}

func writeSeries(b *strings.Builder, o *MakeSeries, in string) {
	kind, end := "", ")"
	if o.NonEmpty {
		kind = " nonempty"
	}
	if o.Closed {
		end = "]"
	}
	fmt.Fprintf(b, "%smakeseries%s %s = %s in [%s, %s%s step %s by %s\n", in, kind, o.Axis.Name, Text(o.Axis.X), Text(o.From), Text(o.To), end,
		Text(o.Step), textNamed(o.Keys))
	for _, a := range o.Aggs {
		fmt.Fprintf(b, "%s  aggregate %s\n", in, aggText(a))
	}
	for _, c := range o.Cols {
		fmt.Fprintf(b, "%s  series %s = %s default %s\n", in, c.Name, Text(c.X), Text(c.Default))
	}
}
