package verify_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/huntc/huntc/verify"
)

var sample = verify.Report{Hunts: []verify.HuntReport{
	{ID: "a", Name: "fine", Target: "esql@8.19/same-names", Engine: "eval", Sets: 10, Yielding: 10, Killed: 19, Mutants: 20,
		Contradictions: []verify.Contradiction{}, Undemonstrated: []verify.Undemonstrated{}},
	{ID: "b", Name: "wrong", Target: "esql@8.19/same-names", Engine: "eval", Sets: 10, Yielding: 10, Killed: 20, Mutants: 20,
		Contradictions: []verify.Contradiction{{Set: "set 1", Differences: []string{"lost row: \x1b[31m"}, Events: map[string][]string{"T": {`{"a":1}`}}}},
		Undemonstrated: []verify.Undemonstrated{}},
	{ID: "c", Name: "skipped", Target: "kql@sentinel", Engine: "eval", Skipped: "why", Contradictions: []verify.Contradiction{}, Undemonstrated: []verify.Undemonstrated{}},
}}

func TestReportJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sample.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Hunts []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "target", "engine", "sets", "killed", "mutants", "contradictions", "undemonstrated"} {
		if _, ok := got.Hunts[0][key]; !ok {
			t.Errorf("the report has no %s", key)
		}
	}
	if list, ok := got.Hunts[0]["contradictions"].([]any); !ok || len(list) != 0 {
		t.Errorf("no contradictions are %v, not an empty list", got.Hunts[0]["contradictions"])
	}
}

func TestReportJUnitIsXMLWithoutControlCharacters(t *testing.T) {
	var b bytes.Buffer
	if err := sample.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var s struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	if err := xml.Unmarshal(b.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if s.Tests != 3 || s.Failures != 1 || s.Skipped != 1 {
		t.Errorf("%+v", s)
	}
}

func TestReportTextKeepsControlCharactersFromTheTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := sample.Text(&b); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(b.String(), '\x1b') {
		t.Error("an event's escape sequence reaches the terminal")
	}
}

func TestWhatIsAFinding(t *testing.T) {
	tests := []struct {
		name string
		r    verify.HuntReport
		want bool
	}{
		{"all well", verify.HuntReport{Sets: 10, Yielding: 5, Killed: 95, Mutants: 100}, false},
		{"a contradiction", verify.HuntReport{Sets: 10, Yielding: 5, Killed: 95, Mutants: 100, Contradictions: make([]verify.Contradiction, 1)}, true},
		{"weak events", verify.HuntReport{Sets: 10, Yielding: 5, Killed: 94, Mutants: 100}, true},
		{"an equivalent mutant does not count", verify.HuntReport{Sets: 10, Yielding: 5, Killed: 94, Mutants: 100, Survivors: []verify.Survivor{{Mutant: "m", Reason: "equal"}, {Mutant: "n", Reason: "equal"}}}, false},
		{"sets that find nothing", verify.HuntReport{Sets: 10, Yielding: 4, Killed: 1, Mutants: 1}, true},
		{"a drift without events", verify.HuntReport{Undemonstrated: []verify.Undemonstrated{{Code: "X"}}}, true},
		{"a drift that is listed", verify.HuntReport{Undemonstrated: []verify.Undemonstrated{{Code: "X", Reason: "because"}}}, false},
	}
	for _, tt := range tests {
		if got := tt.r.Failed(); got != tt.want {
			t.Errorf("%s: Failed = %v", tt.name, got)
		}
	}
}

func TestKnownList(t *testing.T) {
	if _, err := verify.ParseKnown("mutant | a | b | c"); err == nil {
		t.Error("an entry without a reason is taken")
	}
	if _, err := verify.ParseKnown("other | a | b | c | d"); err == nil {
		t.Error("an entry of an unknown kind is taken")
	}
	k, err := verify.ParseKnown("# comment\n\nmutant | * | *same-names | c | d\n")
	if err != nil {
		t.Fatal(err)
	}
	if unmet := k.Unmet(); len(unmet) != 1 {
		t.Errorf("unmet: %v", unmet)
	}
}
