package content

import (
	"time"

	"github.com/huntc/huntc/diag"
)

// Rule is how Microsoft Sentinel runs an analytic rule and what it makes of the rows. Spans are places in Hunt.Source; what the
// file does not say is zero.
// https://learn.microsoft.com/azure/sentinel/sentinel-analytic-rules-creation
type Rule struct {
	Severity string // Informational, Low, Medium, High
	Status   string // such as Available
	// Frequency is how often the rule runs, Period how far back its query sees. Rules of kind NRT have neither.
	Frequency, Period Duration
	Suppression       Suppression
	// EventGrouping is SingleAlert (all rows make one alert) or AlertPerResult.
	EventGrouping string
	Incident      Incident
	CustomDetails []CustomDetail
	AlertDetails  AlertDetails
}

// Duration is a length of time with the text that says it.
type Duration struct {
	Value time.Duration
	Text  string
	Span  diag.Span
}

// Trigger is when a scheduled rule raises an alert: when the number of rows that its query finds compares so with Threshold.
type Trigger struct {
	Op        TriggerOp
	Threshold int64
	Span      diag.Span // of the operator in Hunt.Source
}

// TriggerOp is a comparison of the number of rows.
type TriggerOp string

// The comparisons, by their names in YAML.
const (
	GreaterThan TriggerOp = "gt"
	LessThan    TriggerOp = "lt"
	Equal       TriggerOp = "eq"
	NotEqual    TriggerOp = "ne"
)

// AnyRow says that the trigger asks for nothing but a row.
func (t *Trigger) AnyRow() bool {
	return t == nil || t.Threshold == 0 && (t.Op == GreaterThan || t.Op == NotEqual)
}

// Suppression stops a rule for a while after an alert.
type Suppression struct {
	Enabled  bool
	Duration Duration
}

// Incident says whether alerts make incidents and which alerts go into the same one.
type Incident struct {
	Create   bool
	Grouping Grouping
}

// Grouping puts alerts of a rule together.
type Grouping struct {
	Enabled, Reopen bool
	Lookback        Duration
	Method          string // AllEntities, AnyAlert, Selected
	Entities        []string
	AlertDetails    []string
	CustomDetails   []string
}

// CustomDetail shows a column of the result in the alert under the name Key.
type CustomDetail struct {
	Key, Column string
	Span        diag.Span // of the column's name in Hunt.Source
}

// AlertDetails override what alerts are called, with {{Column}} for a column's value, and which columns say the rest.
type AlertDetails struct {
	NameFormat, DescriptionFormat string
	TacticsColumn, SeverityColumn string
	Properties                    []AlertProperty
	Span                          diag.Span // of the details in Hunt.Source
}

// AlertProperty takes a property of an alert from a column.
type AlertProperty struct {
	Property, Column string
	Span             diag.Span // of the column's name in Hunt.Source
}

// A ColumnUse is a column of the result that a hunt's metadata names.
type ColumnUse struct {
	Column, For string // For says what the column is there for
	Span        diag.Span
}

// ColumnUses lists the columns of the result that the metadata names, in the order of the types here.
func (h *Hunt) ColumnUses() []ColumnUse {
	var out []ColumnUse
	add := func(column, purpose string, at diag.Span) {
		if column != "" {
			out = append(out, ColumnUse{column, purpose, at})
		}
	}
	for _, m := range h.EntityMappings {
		for _, f := range m.Fields {
			add(f.Column, "the "+f.Identifier+" of the entity "+m.Type, f.Span)
		}
	}
	if h.Rule == nil {
		return out
	}
	for _, d := range h.Rule.CustomDetails {
		add(d.Column, "the custom detail "+d.Key, d.Span)
	}
	a := h.Rule.AlertDetails
	add(a.TacticsColumn, "the alert's tactics", a.Span)
	add(a.SeverityColumn, "the alert's severity", a.Span)
	for _, text := range []string{a.NameFormat, a.DescriptionFormat} {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			add(m[1], "the text of the alert", a.Span)
		}
	}
	for _, p := range a.Properties {
		add(p.Column, "the alert's "+p.Property, p.Span)
	}
	return out
}

// What Microsoft Sentinel accepts, by its own validation of published rules: Azure/Azure-Sentinel,
// .script/tests/detectionTemplateSchemaValidation.
const (
	minSchedule     = 5 * time.Minute
	maxSchedule     = 14 * 24 * time.Hour
	longPeriod      = 2 * 24 * time.Hour // a period from here on needs minLongInterval
	minLongInterval = time.Hour
	maxThreshold    = 10_000
	maxDetails      = 20
)
