package content

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/huntc/huntc/diag"
)

const scheduledRule = `id: 11b8daa5-fe15-4664-b332-8f26d3c0b3a7
name: N
kind: Scheduled
severity: medium
status: Available
queryFrequency: PT1H
queryPeriod: 14d
triggerOperator: gt
triggerThreshold: 5
suppressionEnabled: true
suppressionDuration: PT5H
eventGroupingSettings:
  aggregationKind: AlertPerResult
customDetails:
  Files: uploadedFiles
  Host: HostName
alertDetailsOverride:
  alertDisplayNameFormat: "{{Account}} downloads"
  alertDescriptionFormat: D
  alertTacticsColumnName: Tactics
  alertSeverityColumnName: Sev
  alertDynamicProperties:
  - alertProperty: AlertLink
    value: Link
incidentConfiguration:
  createIncident: true
  groupingConfiguration:
    enabled: true
    reopenClosedIncident: false
    lookbackDuration: P1DT2H
    matchingMethod: Selected
    groupByEntities: [Account, Host]
    groupByAlertDetails: [Severity]
    groupByCustomDetails: [Files]
query: T
`

func TestAnalyticRule(t *testing.T) {
	h, list := ReadYAML("r.yaml", []byte(scheduledRule))
	if len(list) != 0 {
		t.Fatal(brief(list))
	}
	want := &Rule{
		Severity: "Medium", Status: "Available",
		Frequency:     Duration{Value: time.Hour, Text: "PT1H"},
		Period:        Duration{Value: 14 * 24 * time.Hour, Text: "14d"},
		Suppression:   Suppression{true, Duration{Value: 5 * time.Hour, Text: "PT5H"}},
		EventGrouping: "AlertPerResult",
		Incident: Incident{Create: true, Grouping: Grouping{Enabled: true, Lookback: Duration{Value: 26 * time.Hour, Text: "P1DT2H"},
			Method: "Selected", Entities: []string{"Account", "Host"}, AlertDetails: []string{"Severity"}, CustomDetails: []string{"Files"}}},
		CustomDetails: []CustomDetail{{Key: "Files", Column: "uploadedFiles"}, {Key: "Host", Column: "HostName"}},
		AlertDetails: AlertDetails{NameFormat: "{{Account}} downloads", DescriptionFormat: "D", TacticsColumn: "Tactics", SeverityColumn: "Sev",
			Properties: []AlertProperty{{Property: "AlertLink", Column: "Link"}}},
	}
	if d := cmp.Diff(want, h.Rule, cmpopts.IgnoreTypes(diag.Span{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if tr := h.Trigger; tr == nil || tr.Op != GreaterThan || tr.Threshold != 5 || tr.AnyRow() {
		t.Errorf("trigger %+v", tr)
	}
	for _, at := range []struct {
		span diag.Span
		want string
	}{{h.Trigger.Span, "gt"}, {h.Rule.Period.Span, "14d"}, {h.Rule.CustomDetails[1].Span, "HostName"}} {
		if got := h.Source.Text[at.span.Pos-1 : at.span.End-1]; got != at.want {
			t.Errorf("span of %q holds %q", at.want, got)
		}
	}
}

func TestColumnsThatMetadataNames(t *testing.T) {
	h, _ := ReadYAML("r.yaml", []byte(scheduledRule+"entityMappings:\n- entityType: Host\n  fieldMappings:\n  - identifier: FullName\n    columnName: Computer\n"))
	var got []string
	for _, u := range h.ColumnUses() {
		got = append(got, u.Column+": "+u.For+" at "+h.Source.Text[u.Span.Pos-1:u.Span.End-1])
	}
	want := []string{"Computer: the FullName of the entity Host at Computer", "uploadedFiles: the custom detail Files at uploadedFiles",
		"HostName: the custom detail Host at HostName", "Tactics: the alert's tactics at alertDetailsOverride", "Sev: the alert's severity at alertDetailsOverride",
		"Account: the text of the alert at alertDetailsOverride", "Link: the alert's AlertLink at Link"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestHuntingQueryIsNoRule(t *testing.T) {
	h, list := ReadYAML("h.yaml", []byte("name: N\ntactics: [Impact]\nquery: T\n"))
	if h.Rule != nil || h.Trigger != nil || len(list) != 0 || !h.Trigger.AnyRow() {
		t.Errorf("%+v %+v %v", h.Rule, h.Trigger, brief(list))
	}
}

// TestRuleMistakes: half a trigger, or one that is not understood, is an error, because leaving it out changes when the rule alerts.
func TestRuleMistakes(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       []string
	}{
		{"operator alone", "triggerOperator: gt\n", []string{"1:1 error HUNT-TRIGGER the rule has a triggerOperator and no triggerThreshold"}},
		{"threshold alone", "triggerThreshold: 1\n", []string{"1:1 error HUNT-TRIGGER the rule has a triggerThreshold and no triggerOperator"}},
		{"unknown operator", "triggerOperator: above\ntriggerThreshold: 1\n", []string{"1:18 error HUNT-TRIGGER expected gt, lt, eq or ne, found above"}},
		{"no number", "triggerOperator: gt\ntriggerThreshold: few\n", []string{"2:19 error HUNT-TRIGGER expected a number of rows from 0 to 10000, found few"}},
		{"negative", "triggerOperator: gt\ntriggerThreshold: -1\n", []string{"2:19 error HUNT-TRIGGER expected a number of rows from 0 to 10000, found -1"}},
		{"operator of the API", "triggerOperator: GreaterThan\ntriggerThreshold: 0\n", nil},
		{"severity", "severity: Urgent\n", []string{"1:11 warning HUNT-META expected Informational, Low, Medium, High, found Urgent"}},
		{"no duration", "queryPeriod: a day\n", []string{"1:1 warning HUNT-META queryPeriod is not a length of time such as 5h, 1d or PT5H, but a day, and is left out"}},
		{"too short", "queryFrequency: 1m\n", []string{"1:17 warning HUNT-META 1m is not between 5 minutes and 14 days: Microsoft Sentinel does not import the rule"}},
		{"a gap", "queryFrequency: 1d\nqueryPeriod: 1h\n", []string{"2:14 warning HUNT-META the query sees 1h and runs every 1d: events between are never seen"}},
		{"too often", "queryFrequency: 5m\nqueryPeriod: 2d\n", []string{"1:17 warning HUNT-META a rule whose query sees 2d runs every hour at most, not every 5m"}},
		{"shapes", "customDetails: x\neventGroupingSettings: y\nsuppressionEnabled: perhaps\n", []string{
			"3:1 warning HUNT-META suppressionEnabled is neither true nor false and is left out",
			"2:1 warning HUNT-META eventGroupingSettings is not a mapping and is left out",
			"1:1 warning HUNT-META customDetails is not a mapping and is left out"}},
	} {
		_, list := ReadYAML("r.yaml", []byte(c.yaml+"query: T\n"))
		got := brief(list)
		if d := cmp.Diff(c.want, got, cmpopts.SortSlices(strings.Compare)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestDurations(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"5h": 5 * time.Hour, "1d": day, "30m": 30 * time.Minute, "45s": 45 * time.Second, "2w": 14 * day,
		"PT5H": 5 * time.Hour, "P1D": day, "P1DT2H30M": day + 150*time.Minute, "pt1h": time.Hour, "P2W": 14 * day, "PT90S": 90 * time.Second,
		"05:00:00": 5 * time.Hour, "1.02:03:04": day + 2*time.Hour + 3*time.Minute + 4*time.Second,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "5", "h", "-5h", "5x", "P", "PT", "P5H", "PTH", "PT5H1H", "PT5M1H", "1:2", "a:b:c", "99999999999d", "P99999999D", strings.Repeat("1", 50) + "h"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%s is %v", text, got)
		}
	}
}

func TestSeveralHuntsInOneFile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // name of the hunt, its number, where its query stands
	}{
		{"documents", "name: A\nquery: T\n---\nname: B\nquery: |\n  U\n---\n", []string{"A 1 2:8 T", "B 2 6:3 U"}},
		{"a list", "- name: A\n  query: T\n- query: U\n", []string{"A 1 2:10 T", "f (2) 2 3:10 U"}},
		{"one", "---\nquery: T\n...\n", []string{"f  2:8 T"}},
	} {
		var got []string
		for _, h := range Read("f.yaml", []byte(c.text)) {
			if h.Query == nil {
				t.Fatalf("%s: %v", c.name, brief(h.Diagnostics))
			}
			line, col := h.Query.Position(1)
			got = append(got, strings.TrimSpace(strings.Join([]string{h.Name, h.Part, strconv.Itoa(line) + ":" + strconv.Itoa(col), h.Query.Text}, " ")))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestABadDocumentDoesNotHideTheOthers(t *testing.T) {
	list := Read("f.yaml", []byte("name: A\n---\nname: B\nquery: T\n"))
	if len(list) != 2 || list[0].Query != nil || !list[0].Diagnostics.HasErrors() || list[1].Query == nil || len(list[1].Diagnostics) != 0 {
		t.Errorf("%d hunts", len(list))
	}
}
