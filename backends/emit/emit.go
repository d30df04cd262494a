// Package emit is what backends share: targets, grades, facts, the report of drift, and the output contract.
//
// Emission is the check: a backend looks up the fact for each node, tells the Report, and writes its template. There is no second
// pass that could disagree.
package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
)

// Grade says how well a translation says what the source says. The zero value is invalid.
type Grade int

const (
	GradeUnset Grade = iota
	Exact
	Approximate
	Refused
)

func (g Grade) String() string { return [...]string{"unset", "exact", "approximate", "refused"}[g] }

// Evidence says how we know a fact, weakest last. The zero value is invalid.
type Evidence int

const (
	EvidenceUnset Evidence = iota
	Executed               // executed on a named engine and version
	Accepted               // accepted by the target's own parser, not executed
	Documented
	Inferred
)

func (e Evidence) String() string {
	return [...]string{"unset", "executed", "accepted", "documented", "inferred"}[e]
}

// Version is a product version such as 9.5; the zero Version is unset.
type Version struct{ Major, Minor int }

// ParseVersion reads "9.5", "10" or "".
func ParseVersion(s string) (Version, error) {
	var v Version
	if s == "" {
		return v, nil
	}
	major, minor, _ := strings.Cut(s, ".")
	var err error
	if v.Major, err = strconv.Atoi(major); err != nil {
		return v, fmt.Errorf("version %q is not a number like 9.5", s)
	}
	if minor != "" {
		if v.Minor, err = strconv.Atoi(minor); err != nil {
			return v, fmt.Errorf("version %q is not a number like 9.5", s)
		}
	}
	return v, nil
}

// Less orders versions.
func (v Version) Less(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

func (v Version) String() string {
	if v.Minor == 0 {
		return strconv.Itoa(v.Major)
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// Target names what is written: language[@product-version][/mapping].
type Target struct{ Language, Product, Version, Mapping string }

func (t Target) String() string {
	s := t.Language
	switch {
	case t.Product != "" && t.Version != "":
		s += "@" + t.Product + "-" + t.Version
	case t.Product != "":
		s += "@" + t.Product
	case t.Version != "":
		s += "@" + t.Version
	}
	if t.Mapping != "" {
		s += "/" + t.Mapping
	}
	return s
}

// Fact is one row of knowledge about a target language. Tmpl is the text with holes; Prec the binding strength of its result.
type Fact struct {
	Name  string // what it is about, unique in its table, e.g. "match term fold"
	Tmpl  string
	Prec  int
	Grade Grade
	Kind  drift.Kind // how the node drifts, if Approximate
	Bound string     // inside it the translation is exact, e.g. "text is ASCII"; "" = unbounded
	Short string     // the bound in a table cell, e.g. "≤10"
	Code  diag.Code  // if not Exact
	Why   string     // if not Exact: one sentence for the analyst
	Hint  string     // what to do instead, may be empty
	Since string     // first product version, "" = all supported
	Page  string     // documentation page
	// Evidence is Documented or Inferred; Proofs says what is known better than that. On names the documentation where Page is no address.
	Evidence Evidence
	On       string
}

// Note is one declared drift of an output.
type Note struct {
	Code    diag.Code
	Span    diag.Span
	Effect  drift.Effect
	Bound   string
	Short   string
	Message string
	Why     string
}

// Cap is a limit on the size of the result itself; when it is reached the caller can see it (exactly that many rows came back).
// Caps are listed, they do not lower the grade. With Column it limits the values of that column instead of the rows.
type Cap struct {
	What   string `json:"what"`
	N      int64  `json:"n"`
	Column string `json:"column,omitempty"`
}

// Assumption is something taken for true without a source.
type Assumption struct {
	Text string `json:"text"`
}

// OutColumn says where a result column of the source is found in the output's answer.
type OutColumn struct {
	Name   string  `json:"name"`
	Type   ir.Type `json:"-"`
	KQL    string  `json:"type"`             // KQL type name
	Path   string  `json:"path"`             // column name, or for aggregations the path below a bucket
	Decode string  `json:"decode,omitempty"` // how to read it, e.g. "epoch milliseconds"
}

// Artifact is something the output needs in the target, e.g. a macro with its definition.
type Artifact struct {
	Kind       string `json:"kind"` // macro, index, fields
	Name       string `json:"name"`
	Definition string `json:"definition,omitempty"`
}

// Output is one translation.
type Output struct {
	Text    string
	Ext     string // file extension without dot: kql, esql, json, spl
	Columns []OutColumn
	Paging  string // for aggregations: the name of the composite whose after_key is paged until absent
	Needs   []Artifact
	Caps    []Cap
	Elided  []string // what was left out, with the reason
}

// TableInfo is what a mapping says about one source table.
type TableInfo struct {
	Index string // ES|QL and aggregations: index pattern
	// Search is SPL's base search (a macro in backticks, or index=… sourcetype=…); Macro holds its definition when it is one.
	Search     string
	Macro      *Artifact
	TimeField  string // the target's time field: @timestamp, _time, TimeGenerated
	Assumption string // "" when the table's mapping has a published source
}

// Input is what a backend gets.
type Input struct {
	Name   string // the hunt's name
	Query  *ir.Query
	Target Target
	Tables map[string]*TableInfo
	Source *diag.Source
	// Now, when not zero, is written as a literal instead of the target's run time.
	Now time.Time
	// KeepParams writes the hunt's parameters as the target's own.
	KeepParams bool
}

// Leaving returns the node by which the column called name leaves the query, nil when it does not: a drift declared there reaches the
// column and nothing that compares it before.
func (in *Input) Leaving(name string) *ir.Col {
	for _, o := range in.Query.Root.Ops {
		p, ok := o.(*ir.Project)
		if !ok {
			continue
		}
		if c, ok := ir.FindNamed(p.Cols, name).(*ir.Col); ok && c.Name == name {
			return c
		}
	}
	return nil
}

// Report collects what a backend says while it emits.
type Report struct {
	in       *Input
	version  Version
	Leaves   []LeafNote
	Diags    diag.List
	Evidence Evidence
	Used     []*Fact
}

// LeafNote is an approximate node with its fact.
type LeafNote struct {
	Leaf drift.Leaf
	Fact *Fact
	Span diag.Span
	Text string
}

// NewReport makes a report for one emission.
func NewReport(in *Input) *Report {
	v, err := ParseVersion(in.Target.Version)
	r := &Report{in: in, version: v}
	if err != nil {
		r.Diags.Add(diag.Diagnostic{Code: "TARGET", Severity: diag.Error, Target: in.Target.String(), Message: err.Error()})
	}
	return r
}

// Version is the target's product version.
func (r *Report) Version() Version { return r.version }

// Use records that a fact was used for node (an ir.Expr, ir.Op, ir.Source or *ir.Agg), whose span is at, and reports whether the
// target can say it. what names the user's own text.
func (r *Report) Use(f *Fact, node any, at diag.Span, what string) bool {
	if f == nil || f.Grade == GradeUnset {
		r.Refuse(at, "EMIT-UNKNOWN", fmt.Sprintf("%s has no translation", what), "", "")
		return false
	}
	if f.Since != "" {
		if since, err := ParseVersion(f.Since); err != nil || r.version.Less(since) {
			r.Refuse(at, f.codeOr("EMIT-VERSION"), fmt.Sprintf("%s needs version %s or newer", what, f.Since), f.Why,
				firstOf(f.Hint, fmt.Sprintf("--to %s", Target{r.in.Target.Language, r.in.Target.Product, f.Since, r.in.Target.Mapping})))
			return false
		}
	}
	if !slices.Contains(r.Used, f) {
		r.Used = append(r.Used, f)
	}
	r.Evidence = max(r.Evidence, f.evidenceFor(r.in.Target))
	switch f.Grade {
	case Exact:
		return true
	case Approximate:
		r.Leaves = append(r.Leaves, LeafNote{drift.Leaf{Node: node, Kind: f.Kind}, f, at, what})
		return true
	default:
		r.Refuse(at, f.codeOr("EMIT-REFUSED"), what+" cannot be said", f.Why, f.Hint)
		return false
	}
}

func (f *Fact) codeOr(c diag.Code) diag.Code {
	if f.Code != "" {
		return f.Code
	}
	return c
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// Refuse records a refusal.
func (r *Report) Refuse(at diag.Span, code diag.Code, message, why, hint string) {
	r.Diags.Add(diag.Diagnostic{Code: code, Severity: diag.Refused, Source: r.in.Source, Span: at,
		Target: r.in.Target.String(), Message: message, Why: why, Hint: hint})
}

// Refused reports whether anything was refused.
func (r *Report) Refused() bool { return r.Diags.Max() >= diag.Refused }

// Notes runs the drift calculus for every approximate node and returns the declared drifts that reach the result, and the caveats
// that do not (their effect is zero) are left out.
func (r *Report) Notes() []Note {
	var notes []Note
	for _, l := range r.Leaves {
		eff := drift.Propagate(r.in.Query, l.Leaf)
		if eff.Zero() || !l.Span.IsZero() && slices.ContainsFunc(notes, func(n Note) bool {
			return n.Code == l.Fact.Code && n.Span == l.Span && n.Effect.String() == eff.String()
		}) {
			continue // the same words of the source, the same effect: said once
		}
		notes = append(notes, Note{Code: l.Fact.Code, Span: l.Span, Effect: eff, Bound: l.Fact.Bound, Short: l.Fact.Short,
			Message: l.Text, Why: l.Fact.Why})
	}
	return notes
}

// Backend writes one target language.
type Backend interface {
	// Language is the first part of a target: kql, esql, esagg, spl.
	Language() string
	// Facts lists every row of the language's tables, for SUPPORT.md and the tests over tables.
	Facts() []*Fact
	// Emit writes the query. A nil Output means refused; the reasons are in the Report.
	Emit(in *Input) (*Output, *Report)
}

// Parens wraps text of binding strength have where want is needed.
func Parens(text string, have, want int) string {
	if have < want {
		return "(" + text + ")"
	}
	return text
}
