package huntc

import (
	"encoding/json"
	"slices"

	"github.com/huntc/huntc/backends/emit"
)

// Manifest lists what a run wrote: manifest.json. Its JSON Schema is manifest.schema.json.
type Manifest struct {
	Outputs []ManifestOutput `json:"outputs"`
}

// ManifestOutput is one hunt for one target.
type ManifestOutput struct {
	Hunt        string           `json:"hunt"`
	Name        string           `json:"name"`
	Source      string           `json:"source"`
	SourceHash  string           `json:"sourceHash"` // sha256 of the source file
	Target      string           `json:"target"`
	File        string           `json:"file,omitempty"` // absent when refused
	Grade       string           `json:"grade"`
	Drift       []ManifestDrift  `json:"drift"`
	Evidence    string           `json:"evidence,omitempty"`
	Assumptions []string         `json:"assumptions"`
	Columns     []emit.OutColumn `json:"columns"`
	Paging      string           `json:"paging,omitempty"`
	Needs       []emit.Artifact  `json:"needs"`
	Caps        []emit.Cap       `json:"caps"`
	Elided      []string         `json:"elided"`
	Diagnostics []ManifestDiag   `json:"diagnostics"`
}

// ManifestDrift is one declared drift.
type ManifestDrift struct {
	Code   string   `json:"code"`
	Kinds  []string `json:"kinds"`
	Values []string `json:"values,omitempty"`
	Bound  string   `json:"bound,omitempty"`
	What   string   `json:"what"`
	Why    string   `json:"why"`
	Line   int      `json:"line,omitempty"`
	Column int      `json:"column,omitempty"`
}

// ManifestDiag is one message.
type ManifestDiag struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Hint     string `json:"hint,omitempty"`
}

// Describe makes the manifest entry of a result; file is where the text was written, "" when it was refused.
func Describe(h *Hunt, r *Result, file string) ManifestOutput {
	m := ManifestOutput{Hunt: h.ID, Name: h.Name, Source: h.File, SourceHash: h.Hash, Target: r.Target.String(), File: file,
		Grade: r.Grade.String(), Drift: []ManifestDrift{}, Assumptions: []string{}, Columns: []emit.OutColumn{},
		Needs: []emit.Artifact{}, Caps: []emit.Cap{}, Elided: []string{}, Diagnostics: []ManifestDiag{}}
	if r.Evidence != emit.EvidenceUnset {
		m.Evidence = r.Evidence.String()
	}
	m.Assumptions = append(m.Assumptions, r.Assumptions...)
	for _, n := range r.Notes {
		d := ManifestDrift{Code: string(n.Code), Bound: n.Bound, What: n.Message, Why: n.Why, Values: n.Effect.Columns()}
		d.Kinds = kinds(n)
		d.Line, d.Column = h.Query.Position(n.Span.Pos)
		m.Drift = append(m.Drift, d)
	}
	m.Elided = append(m.Elided, r.Elided...)
	if o := r.Output; o != nil {
		m.Columns = append(m.Columns, o.Columns...)
		m.Needs = append(m.Needs, o.Needs...)
		m.Caps = append(m.Caps, o.Caps...)
		m.Elided = append(m.Elided, o.Elided...)
		m.Paging = o.Paging
	}
	for _, d := range slices.Concat(h.Diags, r.Diagnostics) {
		line, col := d.Source.Position(d.Span.Pos)
		m.Diagnostics = append(m.Diagnostics, ManifestDiag{string(d.Code), d.Severity.String(), d.Message, line, col, d.Hint})
	}
	return m
}

func kinds(n emit.Note) []string {
	out := []string{}
	for _, k := range []struct {
		is   bool
		name string
	}{{n.Effect.Extra, Extra}, {n.Effect.Lost, Lost}, {len(n.Effect.Values) > 0, Values}, {n.Effect.Order, Order}} {
		if k.is {
			out = append(out, k.name)
		}
	}
	return out
}

// JSON writes the manifest with stable order and two spaces of indent.
func (m *Manifest) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}
