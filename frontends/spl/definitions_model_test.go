package spl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const endpointModel = `
datamodels:
  Endpoint:
    datasets:
      Processes:
        constraint: index=main sourcetype=xml
        fields:
          dest: host_name
          user:
          process_name: {eval: lower(Image)}
      Registry: {constraint: index=main sourcetype=reg, fields: {dest: }}
  Authentication:
    summaries: complete
    datasets:
      Authentication: {constraint: index=main, fields: {user: , action: }}
      Failed_Authentication: {parent: Authentication, constraint: action=failure, fields: {reason: }}
      Odd: {parent: Failed_Authentication}
`

func TestReadDataModels(t *testing.T) {
	d, err := ReadDefinitions("d.yaml", []byte(endpointModel))
	if err != nil {
		t.Fatal(err)
	}
	p := d.Models["Endpoint"].Datasets["Processes"]
	if p.Fields["dest"].Event != "host_name" || p.Fields["user"].Event != "user" || p.Fields["process_name"].Eval != "lower(Image)" {
		t.Errorf("%+v", p)
	}
	a := d.Models["Authentication"]
	line := a.lineage("Odd")
	if got := pathOf(line); got != "Authentication.Failed_Authentication.Odd" || !a.Complete {
		t.Errorf("%s %v", got, a.Complete)
	}
	want := "[Authentication.Failed_Authentication.reason Authentication.action Authentication.user]"
	if got := fmt.Sprint(slices.Sorted(maps.Keys(fieldsOf(line)))); got != want {
		t.Errorf("fields %s, want %s", got, want)
	}
	other := &Definitions{Models: map[string]*DataModel{"Endpoint": {}, "Web": {}}}
	d.Add(other)
	if d.Models["Web"] == nil || len(d.Models["Endpoint"].Datasets) != 2 {
		t.Error("the models of another file are added, and do not replace")
	}
}

func TestDataModelErrors(t *testing.T) {
	set := func(s string) string { return "datamodels:\n  M:\n    datasets:\n      " + s }
	for text, want := range map[string]string{
		"datamodels:\n  M: {}": "datamodels.M",
		"datamodels:\n  M: {summaries: all, datasets: {A: {constraint: a=1}}}": `"all", expected complete`,
		"datamodels:\n  M:\n    sets: {}":                                      "line 3: field sets not found",
		set("A: {constraint: a=1, tags: x}"):                                   "field tags not found",
		set("A: {fields: {}}"):                                                 "expected constraint",
		set("A.B: {constraint: a=1}"):                                          `"A.B": expected a name`,
		set("A: {constraint: 'a=1 | stats count'}"):                            "d.yaml:4: the constraint of A: expected the terms of a search",
		set("A: {constraint: 'a=('}"):                                          "d.yaml:4: the constraint of A: ",
		set("A: {constraint: a=1, fields: {x: lower(y)}}"):                     "d.yaml:4: the field x of A: \"lower(y)\" is no name of a field: write {eval: …}",
		set("A: {constraint: a=1, fields: {x: {eval: 'lower('}}}"):             "the field x of A: ",
		set("A: {constraint: a=1, fields: {x: {eval: '1, y=2'}}}"):             "expected one eval expression",
		set("A: {constraint: a=1, fields: {x: {eval: '1 | delete'}}}"):         "expected one eval expression",
		set("A: {constraint: a=1, fields: {x: {evil: y}}}"):                    "line 4: expected the name of a field, or eval:",
		set("A: {constraint: a=1, fields: {'x y': z}}"):                        "without white space",
		set("A: {constraint: a=1, fields: {_time: t}}"):                        "every dataset has it",
		set("A: {constraint: a=1}\n      B: {parent: AA}"):                     "d.yaml:5: the parent of B: there is no dataset AA, did you mean A?",
		set("A: {parent: B}\n      B: {parent: A}"):                            "the parents of A are a circle",
		set("A: {parent: A}"):                                                  "the parents of A are a circle",
	} {
		if _, err := ReadDefinitions("d.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n  %v\n  want %s", text, err, want)
		}
	}
}
