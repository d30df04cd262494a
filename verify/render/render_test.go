package render_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/mapping"
	"github.com/huntc/huntc/rules"
	"github.com/huntc/huntc/verify/render"
)

func load(t *testing.T, key string) *mapping.Mapping {
	t.Helper()
	sub, err := fs.Sub(rules.FS, "mappings")
	if err != nil {
		t.Fatal(err)
	}
	set, err := mapping.Load(sub)
	if err != nil {
		t.Fatal(err)
	}
	m, err := set.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rows(t *testing.T, table, text string) *eval.Table {
	t.Helper()
	var cols []ir.Column
	for _, product := range []string{"sentinel", "defender"} {
		tables, err := rules.LoadSchemas(rules.FS, product)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range tables[table].Columns {
			typ, _ := ir.ParseType(c.Type)
			cols = append(cols, ir.Column{Name: c.Name, Type: typ})
		}
		if cols != nil {
			break
		}
	}
	tab, err := eval.ReadNDJSON(strings.NewReader(text), "rows", cols, false)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestDocuments(t *testing.T) {
	tests := []struct{ name, mapping, table, row, want string }{
		{"lower case, dashes, numbers as text, dropped empty text", "esql/elastic", "CloudAppEvents",
			`{"TimeGenerated":"2026-01-01T00:00:00.0019999Z","ActionType":"Mail Items Accessed","ApplicationId":5,"City":"","AccountDisplayName":"Ann"}`,
			`{"m365_defender":{"event":{"category":"AdvancedHunting-CloudAppEvents","application_id":"5"}},"@timestamp":"2026-01-01T00:00:00.0010000Z","event":{"action":"mail-items-accessed"},"user":{"name":"Ann"}}`},
		{"another source's value in the place of a column's", "esql/elastic", "CloudAppEvents",
			`{"AccountDisplayName":"Ann","RawEventData":{"UserId":"ann@x"}}`,
			`{"m365_defender":{"event":{"category":"AdvancedHunting-CloudAppEvents","raw_event_data":{"UserId":"ann@x"}}},"user":{"name":"ann@x"}}`},
		{"a flattened field keeps its object and drops empty parts", "esql/elastic", "CloudAppEvents",
			`{"RawEventData":{"a":{"b":"","c":"x"},"l":["",{}]}}`,
			`{"m365_defender":{"event":{"category":"AdvancedHunting-CloudAppEvents","raw_event_data":{"a":{"c":"x"}}}}}`},
		{"arrays keyed by index, keys that the integration copies", "esql/elastic", "AuditLogs",
			`{"TargetResources":[{"displayName":"R","other":"o","modifiedProperties":[{"displayName":"","newValue":"[\"a\"]"},{"newValue":"x"}]}]}`,
			`{"azure":{"auditlogs":{"properties":{"target_resources":{"0":{"display_name":"R","modified_properties":{"0":{"display_name":"","new_value":"[\"a\"]"},"1":{"new_value":"x"}}}}}}}}`},
		{"what the product never carries is left out", "esql/elastic", "AuditLogs",
			`{"InitiatedBy":{"app":{"displayName":"A","ipAddress":"1.2.3.4"}},"Type":"AuditLogs"}`,
			`{"azure":{"auditlogs":{"properties":{"initiated_by":{"app":{"displayName":"A"}}}}}}`},
		{"values that a field cannot hold go elsewhere", "esql/elastic", "AuditLogs",
			`{"Result":"Success"}`, `{"event":{"outcome":"success"}}`},
		{"other values", "esql/elastic", "AuditLogs", `{"Result":"Timeout"}`, `{"azure":{"auditlogs":{"properties":{"result":"Timeout"}}}}`},
		{"the source's names", "esql/same-names", "AuditLogs",
			`{"TimeGenerated":"2026-01-01T00:00:00Z","OperationName":"","TargetResources":[{"displayName":"R","tags":["a","b"]}]}`,
			`{"@timestamp":"2026-01-01T00:00:00Z","OperationName":"","TargetResources":{"0":{"displayName":"R","tags":["a","b"]}}}`},
		{"Splunk keeps arrays", "spl/splunk", "AuditLogs",
			`{"TimeGenerated":"2026-01-01T00:00:00.1234567Z","TargetResources":[{"displayName":"R"},{"displayName":"S"}]}`,
			`{"category":"AuditLogs","_time":"2026-01-01T00:00:00.1234560Z","properties":{"targetResources":[{"displayName":"R"},{"displayName":"S"}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := render.Documents(load(t, tt.mapping), tt.table, rows(t, tt.table, tt.row))
			if err != nil {
				t.Fatal(err)
			}
			if got := canonical(t, ir.JSONText(docs[0])); got != canonical(t, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// canonical is JSON with its keys in order.
func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestUnknownTable(t *testing.T) {
	if _, err := render.Documents(load(t, "esql/elastic"), "Nope", &eval.Table{}); err == nil {
		t.Error("a table that the mapping does not have was rendered")
	}
}
