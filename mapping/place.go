package mapping

import (
	"strings"

	"github.com/huntc/huntc/ir"
)

// PlaceKind says what a mapping does with a source value.
type PlaceKind int

const (
	NoPlace   PlaceKind = iota // the target does not carry it
	Whole                      // a row of its own
	Below                      // below a .* row, or a column that keeps its name
	Container                  // rows lie below it, it has none itself
)

// Place is where a source value is in the target.
type Place struct {
	Kind  PlaceKind
	Row   *Row   // nil for NoPlace and Container
	Field string // full path in the target; for Container, "" means that its parts have rows of their own
}

// Table returns the entry of a source table and where its events are; nil when the mapping does not know it.
func (m *Mapping) Table(name string) (*Table, TableInfo) {
	t := m.Tables[name]
	if t == nil {
		t = m.Tables["*"]
	}
	if t == nil {
		return nil, TableInfo{}
	}
	return t, t.info(name)
}

// info fills the table's name in.
func (t *Table) info(name string) TableInfo {
	in := t.named(name)
	info := TableInfo{Index: in(t.Index), Search: in(t.Search), TimeField: t.Time, Assumption: in(t.Assumption)}
	if t.Macro != nil {
		info.MacroName, info.MacroDefinition = in(t.Macro.Name), in(t.Macro.Definition)
	}
	return info
}

// named returns a function that puts the table's name into a text.
func (t *Table) named(name string) func(string) string {
	return strings.NewReplacer("{table|lower}", strings.ToLower(name), "{table}", name).Replace
}

// FilterOf is the field and value that select the table's events in an index that holds several; ok is false without one.
func (t *Table) FilterOf(name string) (field, value string, ok bool) {
	if t.Filter == nil {
		return "", "", false
	}
	return t.Filter.Field, t.named(name)(t.Filter.Value), true
}

// Place says where the value below steps of a column is.
func (m *Mapping) Place(t *Table, col ir.Column, steps []ir.Step) Place {
	p := route{col: col.Name, t: col.Type, steps: steps}
	row, k := t.find(p)
	switch {
	case k == container:
		return Place{Kind: Container}
	case k == unknown || row.Absent == "always" || row.Const != nil:
		return Place{}
	case m.timeRow(t, row, p) != row:
		row = m.timeRow(t, row, p)
		return Place{Kind: Whole, Row: row, Field: row.Field}
	case k == leaf:
		return Place{Kind: Whole, Row: row, Field: m.fieldName(t, row, p)}
	default:
		return Place{Kind: Below, Row: row, Field: m.fieldName(t, row, p)}
	}
}

// FieldType is the target's type of a value at a place.
func (m *Mapping) FieldType(p Place, source ir.Type) string {
	return or(p.Row.Type, m.Types[source.String()])
}

// KeepsText reports whether a dynamic column is a field that holds its JSON text, in a mapping by rule.
func (m *Mapping) KeepsText(c ir.Column) bool {
	t := m.Tables["*"]
	if t == nil || len(t.Columns) == 0 {
		return false
	}
	row, _ := t.find(route{col: c.Name, t: c.Type, steps: []ir.Step{{Key: "x"}}})
	return row != nil && row.Container == "*"
}
