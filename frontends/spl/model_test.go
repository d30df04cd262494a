package spl

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

func modelOptions(t *testing.T, more string) Options {
	t.Helper()
	defs, err := ReadDefinitions("d.yaml", []byte(endpointModel+more))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Definitions: defs, Indexes: map[string][]string{"main": {"_time", "host_name", "Image", "user", "action"}}}
}

// What the definitions or the documentation do not settle is refused at its place, with the nearest name.
func TestTstatsOverADataModelIsRefused(t *testing.T) {
	for search, want := range map[string]string{
		"| tstats count FROM datamodel=Endpont.Processes":                                                                                                                         "Endpont.Processes: there is no definition of the data model Endpont, did you mean Endpoint?",
		"| tstats count FROM datamodel=Endpoint.Proceses":                                                                                                                         "Endpoint.Proceses: there is no dataset Endpoint.Proceses, did you mean Processes?",
		"| tstats count FROM datamodel=Endpoint":                                                                                                                                  "Endpoint: Endpoint has several root datasets: Processes, Registry",
		"| tstats count FROM datamodel=Authentication.Failed_Authentication":                                                                                                      "Authentication.Failed_Authentication: Failed_Authentication is a child dataset, which FROM does not select",
		"| tstats count FROM datamodel=Authentication WHERE nodename=Failed_Authentication":                                                                                       "nodename=Failed_Authentication: Failed_Authentication is not the path of a dataset, did you mean Authentication.Failed_Authentication?",
		"| tstats count FROM datamodel=Authentication WHERE nodename=Authentication.Failed_Authenticaton":                                                                         "nodename=Authentication.Failed_Authenticaton: there is no dataset Authentication.Failed_Authenticaton in Authentication, did you mean Authentication.Failed_Authentication?",
		"| tstats count FROM datamodel=Endpoint.Registry WHERE nodename=Processes":                                                                                                "nodename=Processes: Processes is not below Registry",
		"| tstats count FROM datamodel=Authentication WHERE (nodename=Authentication OR Authentication.user=x)":                                                                   "nodename: nodename is not evaluated at this place",
		"| tstats count FROM datamodel=Endpoint.Processes BY Processes.proces_name":                                                                                               "Processes.proces_name: there is no field Processes.proces_name in Endpoint.Processes, did you mean Processes.process_name?",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE user=x":                                                                                                           "user: there is no field user in Endpoint.Processes, did you mean Processes.user?",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE NOT (Processes.dest=a OR Procesess.user IN (x))":                                                                  "Procesess.user: there is no field",
		"| tstats values(Processes.*) AS * FROM datamodel=Endpoint.Processes":                                                                                                     "Processes.*: a pattern of fields is not evaluated in tstats",
		"| tstats count FROM datamodel=Endpoint.Processes BY Processes.*":                                                                                                         "Processes.*: ",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE cmd.exe":                                                                                                          "cmd.exe: a word without a field is not evaluated",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE [| inputlookup users]":                                                                                            "[| inputlookup users]: this term is not evaluated",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE `more`":                                                                                                           "`more`: the macro more has no definition",
		"| tstats `switch` count FROM datamodel=Endpoint.Processes":                                                                                                               "`switch`: the macro switch has no definition",
		"| tstats count(eval(Processes.user=\"x\")) AS n FROM datamodel=Endpoint.Processes":                                                                                       "count(eval(Processes.user=\"x\")) AS n: an eval expression is not evaluated in tstats",
		"| tstats count FROM datamodel=Endpoint.Processes BY _time":                                                                                                               "tstats count FROM datamodel=Endpoint.Processes BY _time: BY _time without a span",
		"| tstats count FROM datamodel=Endpoint.Processes BY Processes.dest _time span=auto":                                                                                      "tstats count FROM datamodel=Endpoint.Processes BY Processes.dest _time span=auto: BY _time without a span",
		"| tstats count FROM datamodel=Endpoint.Processes BY Processes.dest span=1h":                                                                                              "1h: span= without BY _time",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE Processes.dest=10.0.0.0/8":                                                                                        "10.0.0.0/8: a range of addresses in WHERE of tstats",
		"| tstats count FROM datamodel=Endpoint.Processes WHERE Processes.user=x (earliest=-1d OR earliest=-2d)":                                                                  "earliest: there is no field earliest",
		"| tstats count FROM datamodel=Tagged":                                                                                                                                    "Tagged: in the definition of Tagged: tag= at this place is not evaluated",
		"| tstats count FROM datamodel=Tagged WHERE nodename=T.Elsewhere":                                                                                                         "Tagged: the constraint of Elsewhere has an index or a range of time",
		"| tstats count FROM datamodel=Tagged WHERE nodename=T.Hidden":                                                                                                            "Tagged: in the definition of Tagged: tag= at this place is not evaluated",
		"| tstats count FROM namespace":                                                                                                                                           "namespace: tstats FROM a namespace or a job",
		"| tstats count FROM sid=1234":                                                                                                                                            "1234: tstats FROM a namespace or a job",
		"| tstats prestats=t count FROM datamodel=Endpoint.Processes":                                                                                                             "tstats prestats=t count FROM datamodel=Endpoint.Processes: the results of prestats=t are not evaluated on their own",
		"| tstats prestats=t count FROM datamodel=Endpoint.Processes | where count>1":                                                                                             "where: where is not evaluated behind prestats=t",
		"| tstats prestats=t count FROM datamodel=Endpoint.Processes | stats sum(count)":                                                                                          "stats: stats is not evaluated behind prestats=t",
		"| tstats prestats=t count FROM datamodel=Endpoint.Processes | stats count BY Processes.dest":                                                                             "stats: stats is not evaluated behind prestats=t",
		"| tstats prestats=t count FROM datamodel=Endpoint.Processes | timechart span=1h count":                                                                                   "timechart: timechart is not evaluated behind prestats=t",
		"| tstats prestats=t count FROM datamodel=Endpoint.Processes BY _time span=1h | timechart span=90m count":                                                                 "timechart span=90m count: timechart with this span",
		"| tstats append=t count FROM datamodel=Endpoint.Processes":                                                                                                               "t: append=t without prestats=t",
		"index=main | stats count | tstats prestats=t append=t count WHERE index=main | stats count":                                                                              "tstats prestats=t append=t count WHERE index=main: append=t is not evaluated here",
		"| tstats prestats=t count WHERE index=main | tstats prestats=t append=t min(_time) WHERE index=main | stats count":                                                       "tstats prestats=t append=t min(_time) WHERE index=main: append=t is not evaluated here",
		"| tstats prestats=t count WHERE index=main earliest=-1d BY _time span=1h | tstats prestats=t append=t count WHERE index=main BY _time span=1h | timechart span=1h count": "timechart span=1h count: timechart of appended searches",
		"| tstats local=t count WHERE index=main":                                                                                                                                 "t: local=t is not evaluated",
		"index=main [| tstats count FROM datamodel=Endpoint.Nothing BY Endpoint.Nothing.x | table Endpoint.Nothing.x]":                                                            "Endpoint.Nothing: there is no dataset",
	} {
		opts := modelOptions(t, "  Tagged:\n    datasets:\n      T: {constraint: index=main tag=process}\n      Elsewhere: {parent: T, constraint: index=other}\n      Hidden: {parent: T, constraint: '`hidden`'}\n")
		src := &diag.Source{Name: "q", Text: search}
		q, diags := Lower(src, opts)
		var got string
		for _, d := range diags {
			if d.Severity >= diag.Refused && got == "" {
				got = search[d.Span.Pos-1:d.Span.End-1] + ": " + d.Message
			}
		}
		if q != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s\n got %s\nwant %s", search, got, want)
		}
	}
}

// What is taken for granted of summaries is said, unless it is declared.
func TestSummariesAreAssumedAloud(t *testing.T) {
	for search, want := range map[string]string{
		"| tstats summariesonly=t count FROM datamodel=Endpoint.Processes":                            "summariesonly=t: the summaries of Endpoint are taken to hold every event of it",
		"| tstats allow_old_summaries=true count FROM datamodel=Endpoint.Processes":                   "allow_old_summaries=t: the summaries of Endpoint are taken to follow its present definition",
		"| tstats summariesonly=f allow_old_summaries=f count FROM datamodel=Endpoint.Processes":      "",
		"| tstats summariesonly=t allow_old_summaries=t count FROM datamodel=Authentication":          "",
		"| tstats summariesonly=t count FROM datamodel=Endpoint.Processes WHERE Processes.user=\"*\"": "summariesonly=t: the summaries",
	} {
		q, diags := Lower(&diag.Source{Name: "q", Text: search}, modelOptions(t, ""))
		var got string
		for _, d := range diags {
			if d.Code == CodeSummary && d.Severity == diag.Warning && !d.Span.IsZero() {
				got += d.Message
			}
		}
		if q == nil || !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s\n got %q\nwant %q\n%s", search, got, want, diag.Render(diags))
		}
	}
}
