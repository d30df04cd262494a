package huntc_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir"
)

// lookups are kept by searches over the events.
const lookups = `
lookups:
  seen: index=logins | stats min(_time) AS firstTimeSeen max(_time) AS lastTimeSeen count AS times BY user
  seen_late: index=logins earliest=-9h | stats min(_time) AS first BY user
  seen_vpn: index=logins app=*vpn* | stats min(_time) AS first BY user
  seen_levels: index=logins | stats min(_time) AS first BY level
  seen_pairs: index=logins | stats earliest(_time) AS first BY user level
  renamed: index=logins | stats min(_time) AS first count BY user | rename user AS account, first AS since | fields - count
  often: index=logins | stats min(_time) AS first count BY user | where count>1
  kept: |
    index=logins | stats min(_time) AS first max(_time) AS last BY user
  itself: "index=logins | stats min(_time) AS first BY user | inputlookup append=t itself | stats min(first) AS first BY user"
  unmatched: index=logins | table user tries
  sparse: index=logins | stats max(level) AS most BY user
  wrong: index=logins | stats count BY usr
  staff:
    csv: |
      name,role,level
      ann,admin,3
      root,"system, all",4
      bob,admin,7
      Bob,guest,7
      007,agent,7
  nocase: {csv: "name,known\nANN,yes\nbob,yes\nhuge,no\n", case_sensitive_match: false}
  levels: {csv: "level,word\n3,three\n7,seven\n07,zero seven\n"}
  twice: {csv: "name,known\nann,yes\nann,no\n"}
  twice_fold: {csv: "name,known\nann,yes\nAnn,no\n", case_sensitive_match: false}
  holes: {csv: "name,known\nann,\n"}
`

func lookupDefinitions(t *testing.T) *spl.Definitions {
	t.Helper()
	d, err := spl.ReadDefinitions("splunk.yaml", []byte(lookups))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// filledLookups are the rows that the interpreter gives the searches of declared lookups.
func filledLookups(t *testing.T, data interpret.Data) map[string][]ir.Bag {
	t.Helper()
	if data.Definitions == nil {
		return nil
	}
	out := map[string][]ir.Bag{}
	for _, name := range slices.Sorted(maps.Keys(data.Definitions.Lookups)) {
		found, err := interpret.Run(t.Context(), &diag.Source{Name: name, Text: data.Definitions.Lookups[name].Search}, data)
		if err != nil {
			continue // a table, or one of those that are declared wrong
		}
		for _, row := range found.Rows {
			var bag ir.Bag
			for i, v := range row {
				if v.V != nil {
					bag = append(bag, ir.Member{Key: found.Columns[i].Name, Value: v.V})
				}
			}
			out[name] = append(out[name], bag)
		}
	}
	return out
}

// searchCase is a search over what is declared around it, and the languages that refuse it.
type searchCase struct {
	search  string
	without []string
}

// firstSeen are searches of what the events fill.
var firstSeen = []searchCase{
	{`index=logins earliest=-8h | stats count max(tries) AS m by user | lookup seen user OUTPUT firstTimeSeen | where isnull(firstTimeSeen) OR firstTimeSeen>=relative_time(now(),"-8h") | table user count m`, nil},
	{`index=logins earliest=-8h | stats count by user | lookup seen user OUTPUTNEW firstTimeSeen AS since | where since>relative_time(now(),"-8h@m") OR isnull(since) | table user count`, nil},
	{`index=logins earliest=-8h | stats count by user | lookup seen_vpn user | where isnull(first) OR first>=relative_time(now(),"-2h") | table user count`, nil},
	{`index=logins earliest=-8h | stats count by user | lookup seen_late user OUTPUT first | where relative_time(now(),"-8h")<=first OR isnull(first) | table user`, nil},
	{`index=logins earliest=-8h | stats count by user | lookup renamed account AS user OUTPUT since | where isnull(since) OR since>=relative_time(now(),"-8h") | table user count`, nil},
	{`index=logins earliest=-8h | stats count by level | lookup seen_levels level OUTPUT first | where isnull(first) OR first>=relative_time(now(),"-8h") | table level count`, nil},
	{`index=logins earliest=-8h | stats count by user level | lookup seen_pairs level user OUTPUT first | where isnull(first) OR first>=relative_time(now(),"-8h") | table user level`, nil},
	{`index=logins earliest=-40h | stats count by user | lookup seen_vpn user OUTPUT first | where isnull(first) | table user count`, []string{"esql@8.19"}},
	{`index=logins earliest=-8h | stats count by user | lookup often user OUTPUT first | where isnull(first) OR first>=relative_time(now(),"-8h") | table user`, []string{"esql@8.19"}},
	{`index=logins earliest=-8h | stats min(_time) AS firstTimeSeen max(_time) AS lastTimeSeen by user | inputlookup append=t seen | stats min(firstTimeSeen) AS firstTimeSeen max(lastTimeSeen) AS lastTimeSeen by user | where firstTimeSeen>=relative_time(now(),"-8h") | table user firstTimeSeen`, nil},
	{`index=logins earliest=-12h | stats min(_time) AS first by user | inputlookup append=t seen_late | stats min(first) AS first by user`, nil},
	{`index=logins earliest=-30h latest=-20h | stats min(_time) AS first by user | inputlookup append=true seen_late | stats min(first) AS first by user`, nil},
	{`index=logins earliest=-30h | stats count by user | lookup seen user OUTPUT firstTimeSeen | where isnull(firstTimeSeen) OR firstTimeSeen>relative_time(now(),"-24h") | table user count`, nil},
	{`index=logins earliest=-30h | stats count by user | lookup seen user OUTPUT firstTimeSeen | where isnull(firstTimeSeen) OR firstTimeSeen>=relative_time(now(),"-24h") | table user count`, nil},
	{`index=logins earliest=-30h | stats count by user | lookup seen user OUTPUT firstTimeSeen | eval new=if(isnull(firstTimeSeen) OR firstTimeSeen>=relative_time(now(),"-24h"),1,0) | where new=1 | table user count`, nil},
	{`index=logins earliest=-30h | stats count by user | lookup seen user OUTPUT firstTimeSeen | eval status=if(isnull(firstTimeSeen) OR firstTimeSeen>=relative_time(now(),"-24h"),"new","seen") | search status=new | table user`, nil},
	{`index=logins earliest=-30h | stats count by user | eval few=if(count<2,1,0) | where few=1 | eval few=2 | where few=2 | table user few`, nil},
	{`index=logins earliest=-30h | stats count by user | eval few=if(count<2,1,0), count=5 | where few=1 | table user count`, nil},
	{`index=logins | eval vpn=if(app="vpn",1,0) | where vpn=1 | stats sum(vpn) AS n by user`, nil},
	{`index=logins | eval late=if(tries>5,"x","y") | where late="y" | table user`, nil},
	{`| inputlookup seen | where firstTimeSeen>=relative_time(now(),"-8h") | table user times`, nil},
	{`| inputlookup seen where user=b* | table user`, nil},
	{`| inputlookup seen | stats dc(user) AS n`, nil},

	// What the lookup adds is used: no baseline, but a join.
	{`index=logins earliest=-8h | stats count by user | lookup seen user OUTPUT firstTimeSeen times | where isnull(firstTimeSeen) OR firstTimeSeen>=relative_time(now(),"-8h") | table user count times`, []string{"esql@8.19"}},
	{`index=logins earliest=-8h | stats count by user | lookup seen user OUTPUT times | where times>count | table user`, []string{"esql@8.19"}},
	{`index=logins earliest=-8h | lookup seen user OUTPUT firstTimeSeen | where firstTimeSeen<relative_time(now(),"-8h") | stats count by user`, []string{"esql@8.19"}},
	{`index=logins earliest=-8h | stats count by user | inputlookup append=t seen_vpn | stats sum(count) AS n min(first) AS f by user`, []string{"spl", "esql@8.19"}},
}

// givenTables are searches of lookups whose rows are declared.
var givenTables = []searchCase{
	{`index=logins | lookup staff name AS user OUTPUT role | where isnull(role) | table user tries`, nil},
	{`index=logins | lookup staff name AS user OUTPUTNEW role AS r | where r="admin" | stats count by user r`, nil},
	{`index=logins | rename level AS n | lookup staff name AS user | stats count by role level`, nil},
	{`index=logins | lookup staff name AS user, level OUTPUT role | where isnotnull(role) | table user level role`, nil},
	{`index=logins | lookup nocase name AS user OUTPUT known | search known=yes | table user`, nil},
	{`index=logins | lookup nocase name AS user OUTPUT known | search NOT known=yes | table user tries`, nil},
	{`index=logins | lookup levels level OUTPUT word | table level word`, nil},
	{`index=logins | stats count by user | lookup local=t staff name AS user OUTPUT role | fillnull value=none role | stats sum(count) AS n by role`, nil},
	{`| inputlookup staff | where role="admin" | table name`, []string{"esql"}},
	{`| inputlookup nocase | stats dc(name) AS n by known`, []string{"esql"}},
	{`index=logins | stats count by user | rename user AS name | inputlookup append=t staff | stats count by name`, []string{"spl", "esql"}},
}

// A lookup of keys with the time at which each was first seen is a baseline.
func TestFirstSeenLookupsKeepTheirRows(t *testing.T) {
	keepRows(t, firstSeen, lookupDefinitions(t))
}

// The rows of a given table decide a value.
func TestGivenLookupsKeepTheirRows(t *testing.T) {
	keepRows(t, givenTables, lookupDefinitions(t))
}

// The shape is kept: one pass over the events, without a join.
func TestFirstSeenLookupsBecomeBaselines(t *testing.T) {
	c := newCompiler(t)
	for search, want := range map[string]string{
		`index=logins earliest=-8h | stats count by user | lookup seen user OUTPUT firstTimeSeen | where isnull(firstTimeSeen) OR firstTimeSeen>=relative_time(now(),"-8h") | table user count`:              "BY user\n| WHERE huntc_1 == 0 AND huntc_2 > 0",
		`index=logins earliest=-8h | stats min(_time) AS first by user | inputlookup append=t seen_vpn | stats min(first) AS first by user | where first>now()-3600`:                                         "FROM (FROM logins",
		`index=logins app=*vpn* earliest=-8h | stats min(_time) AS first by user | inputlookup append=t seen_vpn | stats min(first) AS first by user | where first>=relative_time(now(),"-8h") | table user`: "`first` = MIN(",
	} {
		h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: loginFields(t), Definitions: lookupDefinitions(t)})
		if h.IR == nil {
			t.Fatal(diag.Render(h.Diags))
		}
		r, err := c.Translate(t.Context(), h, esqlSame, huntc.Options{})
		switch {
		case err != nil:
			t.Fatal(err)
		case (r.Output != nil) != (want != ""):
			t.Errorf("%s\n%v\n%s", search, r.Output, diag.Render(r.Diagnostics))
		case want != "" && (!strings.Contains(r.Output.Text, want) || strings.Contains(r.Output.Text, "JOIN")):
			t.Errorf("%s\n%s\nwant %s", search, r.Output.Text, want)
		}
	}
}

// A lookup that the results are written into is one that the hunt reads from the events; what comes out is the same.
func TestOutputLookupIsAnAssumption(t *testing.T) {
	c := newCompiler(t)
	var texts []string
	for _, write := range []string{"", "| outputlookup append=t seen "} {
		search := `index=logins | stats min(_time) AS firstTimeSeen by user ` + write + `| where firstTimeSeen>=relative_time(now(),"-8h")`
		h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: loginFields(t), Definitions: lookupDefinitions(t)})
		if h.IR == nil {
			t.Fatal(diag.Render(h.Diags))
		}
		texts = append(texts, translated(t, c, h, esqlSame))
		r, err := c.Translate(t.Context(), h, esqlSame, huntc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(r.Assumptions, "the lookup seen is not written: the hunt reads the events that it is filled from"); got != (write != "") {
			t.Errorf("%s assumes %q", search, r.Assumptions)
		}
	}
	if texts[0] != texts[1] {
		t.Errorf("%s\nwant\n%s", texts[1], texts[0])
	}
}

// What a lookup holds is declared, and decides the meaning: it is among the assumptions.
func TestLookupsAreAssumed(t *testing.T) {
	c := newCompiler(t)
	h := c.ParseSPL("q.spl", []byte(`index=logins earliest=-8h | lookup kept user OUTPUT first | where isnull(first) OR first>now()-28800 | table user`),
		huntc.SPLOptions{Fields: loginFields(t), Definitions: lookupDefinitions(t)})
	if h.IR == nil {
		t.Fatal(diag.Render(h.Diags))
	}
	r, err := c.Translate(t.Context(), h, huntc.Target{Language: "kql", Product: "sentinel"}, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"no event of index logins has the field first by itself (it is not declared)",
		"no event of index logins has the field user with an empty text (as declared)",
		"the lookup kept holds, whenever it is read, the rows of index=logins | stats min(_time) AS first max(_time) AS last BY user (as declared)"}
	if !slices.Equal(r.Assumptions, want) {
		t.Errorf("assumes %q\nwant %q", r.Assumptions, want)
	}
}

// What a lookup makes of a row is not guessed.
func TestLookupsThatAreRefused(t *testing.T) {
	c := newCompiler(t)
	for search, want := range map[string]string{
		`index=logins | stats count by user | lookup sean user OUTPUT first`:                                     "did you mean seen?",
		`index=logins | stats count by user | lookup itself user OUTPUT first`:                                   "the lookup itself is filled from itself",
		`index=logins | stats count by user | lookup unmatched user OUTPUT tries`:                                "end its search with stats BY these fields",
		`index=logins | stats count by user | lookup seen_pairs user OUTPUT first`:                               "its search is grouped by level, user",
		`index=logins | stats count by user | lookup sparse user OUTPUT most`:                                    "most of the lookup may be empty",
		`index=logins | stats count by user | lookup wrong user`:                                                 "in the search of the lookup wrong: the field usr is not known at this place",
		`index=logins | stats count min(_time) AS first by user | lookup seen_vpn user OUTPUTNEW first`:          "the rows have the field first before the lookup",
		`index=logins | lookup seen user OUTPUT nothing | table user`:                                            "the field nothing is not known",
		`index=logins | inputlookup append=t seen | stats count by user`:                                         "rows behind whole events are not translated",
		`index=logins | stats count by user | inputlookup append=f seen`:                                         "must be the first command",
		`index=logins | stats count by user | inputlookup append=t max=5 seen`:                                   "the option max is not translated",
		`index=logins | stats count AS firstTimeSeen by user | inputlookup append=t seen`:                        "the field firstTimeSeen is a long in the rows and a time in the lookup",
		`index=logins | stats count by user | outputlookup other`:                                                "the command outputlookup is not translated",
		`index=logins | stats count by user | lookup seen user AS tries OUTPUT times`:                            "the field tries is not known",
		`index=logins | lookup twice name AS user OUTPUT known | table user`:                                     `the lookup twice has several rows of "ann"`,
		`index=logins | lookup twice_fold name AS user OUTPUT known | table user`:                                `has several rows of "ann"`,
		`index=logins | lookup holes name AS user OUTPUT known | table user`:                                     "the lookup holes has an empty cell of known",
		`index=logins | lookup staff nme AS user OUTPUT role | table user`:                                       "the lookup staff has no field nme",
		`index=logins | lookup staff name AS user OUTPUT rle | table user`:                                       "the lookup staff has no field rle",
		`index=logins | lookup staff name AS user | table user role`:                                             "the rows have the field level before the lookup",
		`index=logins | lookup levels level AS score OUTPUT word | table word`:                                   "groups of score are not translated",
		`| inputlookup holes | table name`:                                                                       "the lookup holes has an empty cell of known",
		`index=logins | stats count by user | lookup update=t event_time_field=x seen user OUTPUT firstTimeSeen`: "the option event_time_field is not translated",
	} {
		h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: loginFields(t), Definitions: lookupDefinitions(t)})
		if text := diag.Render(h.Diags); h.IR != nil || !strings.Contains(text, want) {
			t.Errorf("%s\n%s\nwant %s", search, text, want)
		}
	}
}
