package rules

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestShippedSchemas(t *testing.T) {
	for _, c := range []struct {
		product, table, column, want string // want "" means that the column is not there
	}{
		{"sentinel", "CloudAppEvents", "TimeGenerated", "datetime"},
		{"sentinel", "CloudAppEvents", "Timestamp", ""},
		{"defender", "CloudAppEvents", "Timestamp", "datetime"},
		{"defender", "CloudAppEvents", "TimeGenerated", ""},
		{"defender", "CloudAppEvents", "RawEventData", "dynamic"},
		{"sentinel", "AuditLogs", "InitiatedBy", "dynamic"},
		{"sentinel", "AuditLogs", "initiatedby", ""},
		{"sentinel", "SigninLogs", "TimeGenerated", "datetime"},
		{"defender", "DeviceProcessEvents", "Timestamp", "datetime"},
	} {
		t.Run(c.product+"/"+c.table+"."+c.column, func(t *testing.T) {
			schema, err := LoadSchemas(FS, c.product)
			if err != nil {
				t.Fatal(err)
			}
			table, ok := schema[c.table]
			if !ok || table.Name != c.table {
				t.Fatalf("no table %s", c.table)
			}
			if col, _ := table.Column(c.column); col.Type != c.want {
				t.Errorf("type %q, want %q", col.Type, c.want)
			}
		})
	}
}

func TestBadSchemaNamesTheLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"two cells":    {"table\tcolumn\ttype\nT\tA\n", "schemas/sentinel.tsv:2: want table"},
		"no column":    {"T\t\tint\n", "schemas/sentinel.tsv:1: want table"},
		"unknown type": {"T\tA\tint\nT\tB\tnumber\n", `schemas/sentinel.tsv:2: unknown type "number" of T.B`},
		"twice":        {"T\tA\tint\nT\tA\tlong\n", "schemas/sentinel.tsv:2: column T.A is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadSchemas(fstest.MapFS{"schemas/sentinel.tsv": {Data: []byte(c.text)}}, "sentinel")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestUnknownProductIsAnError(t *testing.T) {
	for _, p := range []string{"", "splunk", "../schemas/sentinel"} {
		if _, err := LoadSchemas(FS, p); err == nil || !strings.Contains(err.Error(), "unknown product") {
			t.Errorf("product %q: error %v", p, err)
		}
	}
}

func TestEveryFolderIsEmbedded(t *testing.T) {
	for _, name := range []string{
		"hunts/code-repo-exfiltration.yaml", "hunts/mass-downloads.yaml", "hunts/rare-audit-activity-by-app.yaml",
		"hunts/LICENSE-Azure-Sentinel.txt", "mappings/README.md", "schemas/README.md",
	} {
		if _, err := fs.Stat(FS, name); err != nil {
			t.Error(err)
		}
	}
}
