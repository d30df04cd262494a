package huntc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
)

// loginModel is a data model over the events of these tests, and the macros that published detections use around it.
const loginModel = `
macros:
  summaries: summariesonly=true allow_old_summaries=true fillnull_value=null
  drop_dm_object_name(1): {args: [object], definition: 'rename "$object$.*" AS "*"'}
datamodels:
  Logins:
    datasets:
      Access:
        constraint: index=logins (level=* OR tries=*)
        fields:
          user:
          account: user
          service: {eval: lower(app)}
          tries:
          level:
      Vpn: {parent: Access, constraint: app=vpn, fields: {points: score}}
      Many: {parent: Vpn, constraint: tries>5 OR user=root}
  Other:
    datasets:
      Tagged: {constraint: index=logins tag=x, fields: {user: }}
      Undeclared: {constraint: index=logins, fields: {dest: Computer}}
      Elsewhere: {constraint: index=elsewhere, fields: {user: }}
`

func loginModels(t *testing.T) *spl.Definitions {
	t.Helper()
	d, err := spl.ReadDefinitions("splunk.yaml", []byte(loginModel))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tstatsSearches are searches over the data model, and the languages that refuse them.
var tstatsSearches = []searchCase{
	{"| tstats count FROM datamodel=Logins", nil},
	{"| tstats count AS n FROM datamodel=Logins.Access BY Access.user | where n>1", nil},
	{"| tstats count dc(Access.user) AS users FROM datamodel=Logins.Access BY Access.level", nil},
	{"| tstats count min(_time) AS firstTime max(_time) AS lastTime FROM datamodel=Logins.Access WHERE Access.user IN (ann, \"ro*\") BY Access.user Access.account", nil},
	{"| tstats count values(Access.level) AS levels FROM datamodel=Logins.Access WHERE NOT Access.service=vpn earliest=-30h BY Access.user | `drop_dm_object_name(Access)`", nil},
	{"| tstats fillnull_value=null count FROM datamodel=Logins BY Access.level Access.user", nil},
	{"| tstats fillnull_value=0 count FROM datamodel=Logins BY Access.tries", nil},
	{"| tstats count FROM datamodel=Logins.Access WHERE Access.user!=root Access.level>1 BY _time span=2h Access.user | `drop_dm_object_name(Access)` | table _time user count", nil},
	{"| tstats count min(_time) AS firstTime FROM datamodel=Logins.Access BY _time Access.user span=6h | where firstTime>_time | table _time Access.user firstTime", nil},
	{"| tstats count latest(Access.user) AS last FROM datamodel=Logins.Access BY _time span=12h", nil},
	{"| tstats `summaries` count FROM datamodel=Logins.Access BY Access.user | `drop_dm_object_name(Access)` | table user count", nil},
	{"| tstats max(Access.Vpn.points) AS most FROM datamodel=Logins WHERE nodename=Access.Vpn BY Access.user", nil},
	{"| tstats count sum(Access.tries) AS tries FROM datamodel=Logins.Access WHERE nodename=Access.Vpn.Many (Access.user=ann OR Access.level=*) BY Access.user", nil},
}

// tstats over a data model whose definition names declared events is stats over those events.
func TestTstatsOverADataModelKeepsItsRows(t *testing.T) {
	keepRows(t, tstatsSearches, loginModels(t))
}

// What the hunt rests on is said: the definition of the data model, the state of its summaries.
func TestTstatsSaysWhatItAssumes(t *testing.T) {
	c := newCompiler(t)
	h := c.ParseSPL("q.spl", []byte("| tstats `summaries` include_reduced_buckets=t use_summary_index_values=t count FROM datamodel=Logins.Access BY Access.user"),
		huntc.SPLOptions{Fields: loginFields(t), Definitions: loginModels(t)})
	if h.IR == nil {
		t.Fatal(diag.Render(h.Diags))
	}
	r, err := c.Translate(t.Context(), h, huntc.Target{Language: "kql", Product: "sentinel"}, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"the data model Logins.Access holds the events and fields that its definition says",
		"the summaries of Logins.Access hold every event of it, as it is defined now (summariesonly=t)",
		"the summaries of Logins.Access hold every event of it, as it is defined now (allow_old_summaries=t)",
		"no bucket of Logins.Access is reduced (include_reduced_buckets=t)",
		"no event of Logins.Access holds partial results (use_summary_index_values=t)",
	} {
		if !slices.Contains(r.Assumptions, want) {
			t.Errorf("%q is not among\n%s", want, strings.Join(r.Assumptions, "\n"))
		}
	}
}

// A tstats that is not read is refused at the place that a person could change, with the name of the definition where it is the reason.
func TestTstatsThatIsNotRead(t *testing.T) {
	c := newCompiler(t)
	for search, want := range map[string]string{
		"| tstats count FROM datamodel=Login":                               "Login: there is no definition of the data model Login, did you mean Logins?",
		"| tstats count FROM datamodel=Logins.Vpn":                          "Logins.Vpn: Vpn is a child dataset",
		"| tstats count FROM datamodel=Logins BY Access.usr":                "Access.usr: there is no field Access.usr in Logins.Access, did you mean Access.user?",
		"| tstats count FROM datamodel=Other.Tagged BY Tagged.user":         "Other.Tagged: in the definition of Other.Tagged: ",
		"| tstats count FROM datamodel=Other.Undeclared BY Undeclared.dest": "Other.Undeclared: in the definition of Other.Undeclared: the field Computer",
		"| tstats count FROM datamodel=Other.Elsewhere BY Elsewhere.user":   "Other.Elsewhere: in the definition of Other.Elsewhere: the fields of index elsewhere",
		"| tstats prestats=t count FROM datamodel=Logins | stats count":     "prestats=t: the option prestats is not translated",
		"| tstats local=t count FROM datamodel=Logins":                      "local=t: the option local is not translated",
		"| tstats count FROM datamodel=Logins BY _time":                     "tstats count FROM datamodel=Logins BY _time: BY _time without a span",
		"| tstats count FROM datamodel=Logins BY _time span=1d":             "1d: the span 1d is not translated",
		"| tstats count FROM datamodel=Logins WHERE `more`":                 "`more`: ",
		"| tstats count WHERE index=logins BY host":                         "tstats count WHERE index=logins BY host: tstats without a data model is not translated",
	} {
		h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: loginFields(t), Definitions: loginModels(t)})
		got := ""
		for _, d := range h.Diags {
			if d.Severity >= diag.Refused && got == "" {
				got = search[d.Span.Pos-1:d.Span.End-1] + ": " + d.Message
			}
		}
		if h.IR != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s\n got %s\nwant %s", search, got, want)
		}
	}
}
