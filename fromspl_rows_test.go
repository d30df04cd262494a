package huntc_test

import (
	"strings"
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
)

// detections are searches of the kinds that detections are made of, and the languages that refuse them.
var detections = []struct {
	search  string
	without []string
}{
	// eval
	{`eval u=lower(user) | table u`, nil},
	{`eval u=upper(user).":".lower(user) | table u`, nil},
	{`eval u=user."-".tries | table u`, nil},
	{`eval n=len(user) | table user n`, nil},
	{`eval n=tries+1, m=n*2-level | table tries n m`, nil},
	{`eval n=tries/level | table tries level n`, nil},
	{`eval n=100/(tries-5) | table tries n`, nil},
	{`eval n=level+level | stats count by n`, nil},
	{`eval x=if(user="ann","a","b") | table user x`, nil},
	{`eval x=if(user!="ann",1,0) | stats sum(x) AS n by user`, nil},
	{`eval x=case(tries>9,"high",tries>5,"mid",true(),"low") | stats count by x`, nil},
	{`eval x=case(tries>9,"high",tries>5,"mid") | stats count by x`, nil},
	{`eval x=case(tries>9,"high",tries>5,"mid") | where isnull(x) | table user`, nil},
	{`eval x=coalesce(user,"none") | stats count by x`, nil},
	{`eval x=coalesce(tries,level) | table user x`, nil},
	{`eval x=coalesce(user,tries) | table x`, nil},
	{`eval x=tostring(tries) | where x="5" | table user`, nil},
	{`eval x=if(isnull(tries),-1,tries) | table user x`, nil},
	{`eval x=nullif(user,"ann") | where isnotnull(x) | table x`, nil},
	{`eval x=substr(user,1,2) | table x`, nil},
	{`eval x=replace(user,"o+","0") | table x`, nil},
	{`eval x=round(score) | table user x`, nil},
	{`eval x=abs(score), y=floor(score), z=ceiling(score) | table x y z`, nil},
	{`eval x=sqrt(score) | table x`, nil},
	{`eval user="x", app=user | table user app`, nil},
	{`eval x=score+level | where x>5 | table x`, nil},

	// where
	{`where isnull(user) | table tries`, nil},
	{`where isnotnull(tries) AND NOT isnull(level) | table user`, nil},
	{`where like(app,"%vpn%") | table app`, nil},
	{`where like(app,"v_n") OR app LIKE "a%c" | table app`, nil},
	{`where like(user,"%") | table user`, nil},
	{`where match(app,"^v.n$") | table app`, nil},
	{`where match(user,"^\d+$") | table user`, nil},
	{`where match(user,"(?i)^A") | table user`, nil},
	{`where user IN ("ann","root") | table user`, nil},
	{`where in(tries,5,9) | table user`, nil},
	{`where tries>level | table user`, nil},
	{`where tries!=level | table user`, nil},
	{`where tries=level+2 | table user`, nil},
	{`where 5<tries | table user`, nil},
	{`where tries="5" | table user`, nil},
	{`where tries>="10" | table user`, nil},
	{`where lower(user)="ann" | table user`, nil},
	{`where lower(user)=lower("ANN") | table user`, nil},
	{`where NOT (1=2) AND true() | table user`, nil},
	{`where len(user)>3 | table user`, nil},
	{`where len(user)<4 | table user`, nil},
	{`regex user="^[a-z]+$" | table user`, nil},
	{`search NOT app="10.0.0.0/8" | table user app`, []string{"esql"}},
	{`where cidrmatch("10.0.0.0/8",user) OR user="ann" | table user`, []string{"esql"}},
	{`search app="10.0.0.0/8" OR user=ann | table user app`, []string{"esql"}},

	// time
	{`bin _time span=1h | stats count by _time`, nil},
	{`bucket _time span=5m | stats dc(user) AS n values(user) AS who by _time | where n>0 | table n who`, nil},
	{`bin span=7h _time | stats count by _time`, nil},
	{`bin _time span=4h AS slot | stats count by slot user`, nil},
	{`where _time>=relative_time(now(),"-24h") | table user`, nil},
	{`where _time>now()-3600*5 | table user`, nil},
	{`where now()-_time<7200 | table user`, nil},
	{`where _time>1778800000 | table user`, nil},
	{`stats min(_time) AS first max(_time) AS last by user | where first>relative_time(now(),"-24h") | table user first last`, nil},
	{`stats earliest(_time) AS first count by user | where first>=relative_time(now(),"-6h") | table user count`, nil},
	{`stats min(_time) AS first max(_time) AS last by user | eval span=last-first | where span>3600 | table user span`, nil},
	{`eval recent=if(_time>=relative_time(now(),"-6h"),1,0) | stats sum(recent) AS n count by user | where n=count | table user`, nil},

	// stats
	{`stats sum(tries) AS s avg(tries) AS a by user`, nil},
	{`stats sum(score) AS s`, nil},
	{`search user=nobody | stats sum(score) AS s avg(score) AS a min(score) AS m dc(user) AS d count`, nil},
	{`stats sum(tries) AS s count AS s_of range(score) AS r min(score) AS r_max by user | table user s s_of r r_max`, nil},
	{`stats dc(user) AS n`, nil},
	{`stats count by user | stats sum(count) AS s`, nil},
	{`stats dc(tries) AS n by user`, nil},
	{`stats values(user) AS who count by level`, nil},
	{`stats values(tries) AS t by user`, nil},
	{`stats values(user) AS who by level | where mvcount(who)>0 | table level`, nil},
	{`stats values(level) AS ls by user | where isnull(ls) | table user`, nil},
	{`stats values(level) AS ls by user | where mvcount(ls)<2 OR mvcount(ls)=2 | table user`, nil},
	{`stats values(level) AS ls by user | table user ls | where mvcount(ls)>1`, nil},
	{`stats values(level) AS ls count AS ls_count by user | rename ls AS x | eval n=mvcount(x) | where n!=5 | fields user n ls_count`, nil},
	{`eval x=mvindex(split(app,"n"),0), y=mvindex(split(app,"."),-1) | table x y`, []string{"esql@8.19"}},
	{`eval x=mvindex(split(user,"o"),1) | table x`, []string{"esql@8.19"}},
	{`stats max(tries) AS m by user`, nil},
	{`stats count AS a dc(tries) AS b by user | eval hi=max(a,b,2), lo=min(a,b) | where hi>lo | table user hi lo`, nil},
	{`eval x=max(coalesce(score,0),coalesce(tries,1)) | table user x`, nil},
	{`eval x=validate(isnotnull(tries),"no tries",isnotnull(level),"no level") | table tries level x`, nil},
	{`eval d=(tries+1)-tries | table d`, nil},
	{`where match(user,"^$|^a") | table user`, nil},
	{`table tries | sort 1 tries d`, nil},
	{`table user | sort 14 str(user)`, nil},
	{`eventstats count AS n by user | where isnull(n) | table tries`, []string{"esql@8.19"}},
	{`stats range(score) AS r by user`, nil},
	{`stats stdev(score) AS s avg(score) AS a by user`, []string{"esql@8.19"}},
	{`stats latest(tries) AS t by user`, nil},
	{`stats earliest(user) AS u`, nil},
	{`stats first(tries) AS t last(level) AS l by user`, []string{"spl"}},
	{`stats count(eval(tries>5)) AS many count by user`, nil},
	{`stats count(eval(app="vpn")) AS a count(eval(user="root")) AS b | where a>0 AND b>0`, nil},
	{`stats dc(eval(if(tries>5,user,null()))) AS n`, nil},
	{`stats sum(eval(if(tries>5,1,0))) AS n by user`, nil},
	{`stats count | where count>3`, nil},
	{`stats count AS n by user | stats max(n) AS top dc(user) AS users`, nil},
	{`stats count(eval(_time<relative_time(now(),"-6h"))) AS base count(eval(_time>=relative_time(now(),"-6h"))) AS cur by user | where base=0 AND cur>0 | table user cur`, nil},

	// eventstats
	{`stats count by user | eventstats sum(count) AS total | where count/total>0.2 | table user count`, []string{"spl", "esql@8.19"}},
	{`stats count by user level | eventstats max(count) AS top dc(level) AS levels by user | where count=top | table user level levels`, []string{"spl", "esql@8.19"}},
	{`eventstats count AS n by user | table user n tries`, []string{"esql@8.19"}},
	{`eventstats avg(tries) AS a by user | where tries>a | table user tries a`, []string{"spl", "esql@8.19"}},

	// fields and order
	{`rename user AS u | stats count by u`, nil},
	{`rename user AS u, app AS user | table u user`, nil},
	{`rename user AS app | eval user="x" | table app user`, nil},
	{`stats count by user | rename user AS "the user", count AS n | where n>1`, nil},
	{`stats count AS l_a max(level) AS l_b by user | rename l_* AS x_* | table x_a x_b`, nil},
	{`stats count max(level) AS m by user | fields user m`, nil},
	{`stats count max(level) AS m by user | fields - m`, nil},
	{`fields user tries | table user tries`, nil},
	{`fillnull value=none user | stats count by user`, nil},
	{`fillnull tries | stats count by tries`, nil},
	{`fillnull value="?" tries | stats count by tries`, nil},
	{`stats max(level) AS m by user | fillnull`, nil},
	{`stats count by user | sort - count, str(user) | head 2 | table count`, nil},
	{`table user tries | sort 3 - tries`, nil},
	{`table user tries | sort 0 tries | head 2`, nil},
	{`head 3 | table user`, nil},
	{`head | table user`, nil},
	{`dedup user | table user tries`, nil},
	{`stats count by user | table user | dedup user`, nil},
	{`table user level | dedup user level`, nil},
	{`rex field=user "^(?<first>\w)(?<rest>\w+)" | table user first rest`, nil},
	{`rex field=app "(?<v>vpn)" | stats count by v`, nil},
	{`rex field=user "(?<user>^r\w)" | table user`, nil},
}

// Over events with absent fields, empty texts, numbers as text and letters of both cases the hunts find what Splunk's rules find.
func TestDetectionsKeepTheirRows(t *testing.T) {
	for _, c := range detections {
		t.Run(c.search, func(t *testing.T) { keepsRows(t, "index=logins | "+c.search, rowsCase{without: c.without}) })
	}
}

// What is declared around a search changes what it means, or what the meaning rests on.
func TestSearchesWithDeclarations(t *testing.T) {
	macros, err := spl.ReadMacrosConf("macros.conf", "[failed(1)]\nargs = n\ndefinition = (index=logins tries>=$n$)\n[filter]\ndefinition = search *\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, search := range []string{
		"index=logins earliest=-1d@d latest=@h | stats count",
		"index=logins earliest=-1w | bin _time span=1d | stats count by _time",
		`index=logins | where _time<relative_time(now(),"@d-1h") | table user`,
		`index=logins | stats min(_time) AS first by user | where first>=relative_time(now(),"-1d@d")`,
		`index=logins | where _time>relative_time(now(),"@mon") | stats count`,
		`index=logins | eval t=strftime(_time,"%Y-%m-%dT%H:%M:%S") | table user t`,
		`index=logins | stats min(_time) AS t by user | eval day=strftime(t,"%F"), t=strftime(t,"%H h") | table user day t`,
		"`failed(5)` | stats count by user | `filter`",
	} {
		t.Run(search, func(t *testing.T) {
			rc := rowsCase{options: huntc.SPLOptions{UTC: true, Definitions: macros}}
			keepsRows(t, search, rc)
		})
	}
}

// convert is written in the published detections in place of strftime.
func TestConvertIsStrftime(t *testing.T) {
	c := newCompiler(t)
	kql := func(search string) string {
		h := c.ParseSPL("q.spl", []byte("index=logins | stats min(_time) AS first max(_time) AS last by user | "+search), huntc.SPLOptions{Fields: loginFields(t), UTC: true})
		if h.IR == nil {
			t.Fatal(diag.Render(h.Diags))
		}
		return translated(t, c, h, huntc.Target{Language: "kql", Product: "sentinel"})
	}
	for convert, eval := range map[string]string{
		`convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(first)`: `eval first=strftime(first,"%Y-%m-%dT%H:%M:%S")`,
		`convert ctime(first) ctime(last)`:                    `eval first=strftime(first,"%m/%d/%Y %H:%M:%S"), last=strftime(last,"%m/%d/%Y %H:%M:%S")`,
	} {
		if got, want := kql(convert), kql(eval); got != want {
			t.Errorf("%s\n%s\nwant\n%s", convert, got, want)
		}
	}
}

// The source of a search is the one whose terms it has, the most of them; terms that are not declared as fields only select it.
func TestBaseTermsSelectTheSource(t *testing.T) {
	fields, err := huntc.ReadSPLFields("f.yaml", []byte(`
win: {user: string nonempty, TimeGenerated: datetime, host: string}
"index=win sourcetype=\"XmlWinEventLog: Security\" AS SecurityEvent": {user: string nonempty, EventID: int, TimeGenerated: datetime}
"eventtype=wineventlog_security": {user: string, Timestamp: datetime}
`))
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(t)
	for _, x := range []struct{ search, table, ops, assumed string }{
		{`index=win user=a | stats count`, "win", "user", ""},
		{`index=WIN host=dc1 | stats count`, "win", "host", ""},
		{`index=win source="x:y" | stats count`, "win", "", `table win holds the events of index win source="x:y" and no others`},
		{`index=win sourcetype="xmlwineventlog: security" EventID=1 | stats count`, "SecurityEvent", "EventID",
			"events of index=win sourcetype=XmlWinEventLog: Security have whole numbers in the field EventID as digits only: 1000, not 1e3 or 01000 (as declared)|" +
				"table SecurityEvent holds the events of index=win sourcetype=XmlWinEventLog: Security and no others"},
		{`(eventtype=wineventlog_security (sourcetype=a OR source=b)) user=x | stats count`, "wineventlog_security", "user",
			"table wineventlog_security holds the events of eventtype=wineventlog_security sourcetype=a OR source=b and no others"},
		{`eventtype=wineventlog_security OR Channel=security OR source="XmlWinEventLog:Security" user=x | stats count`, "wineventlog_security", "user",
			`table wineventlog_security holds the events of eventtype=wineventlog_security OR Channel=security OR source="XmlWinEventLog:Security" and no others`},
		{`index=win sourcetype=other user=* | stats count`, "win", "user",
			"no event of index win has the field user with an empty text (as declared)|table win holds the events of index win sourcetype=other and no others"},
	} {
		h := c.ParseSPL("q.spl", []byte(x.search), huntc.SPLOptions{Fields: fields})
		if h.IR == nil {
			t.Errorf("%s\n%s", x.search, diag.Render(h.Diags))
			continue
		}
		kql := translated(t, c, h, huntc.Target{Language: "kql", Product: "sentinel"})
		if !strings.HasPrefix(kql, x.table+"\n") || strings.Contains(kql, "where") != (x.ops != "") || !strings.Contains(kql, x.ops) {
			t.Errorf("%s\n%s", x.search, kql)
		}
		r, err := c.Translate(t.Context(), h, huntc.Target{Language: "kql", Product: "sentinel"}, huntc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.Assumptions, "|"); got != x.assumed {
			t.Errorf("%s assumes\n%s\nwant\n%s", x.search, got, x.assumed)
		}
	}
}

func TestFieldsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: {x: text}":           `f.yaml:1: a.x has the type "text"`,
		"a: {x: long nonempty}":  `a.x has the type "long nonempty"`,
		"a: {x: dynamic}":        `a.x has the type "dynamic"`,
		"a: [x]":                 "f.yaml:1: a wants fields and their types",
		"[a]":                    "f.yaml:1: expected sources",
		"\"index=a b=c\": {}":    `"b=c" is no base term`,
		"\"source=\\\"x\": {}":   "a quote is not closed",
		"a: {}\n\"index=a\": {}": "f.yaml:2: index=a is declared twice",
		"a: {x: long, x: int}":   "a.x is declared twice",
	} {
		if _, err := huntc.ReadSPLFields("f.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if f, err := huntc.ReadSPLFields("f.yaml", nil); err != nil || len(f) != 0 {
		t.Error(f, err)
	}
}

// The values of CASE are of one type: the engine refuses an integer beside a long.
func TestNumbersOfCaseAreOfOneType(t *testing.T) {
	c := newCompiler(t)
	for search, want := range map[string]string{
		`eval x=if(isnull(tries),-1,tries) | table x`:  "CASE(tries IS NULL, TO_LONG(-1), tries)",
		`eval x=if(tries>5,1,0) | table x`:             "CASE(tries IS NOT NULL\n    AND tries > 5, 1, 0)",
		`eval x=if(isnull(score),1,score) | table x`:   "CASE(score IS NULL, 1.0, score)",
		`eval x=if(tries>5,len(user),tries) | table x`: ", TO_LONG(CASE(user != \"\", TO_LONG(LENGTH(COALESCE(user, \"\"))), null::long)), tries)",
	} {
		h := c.ParseSPL("q.spl", []byte("index=logins | "+search), huntc.SPLOptions{Fields: loginFields(t)})
		if text := translated(t, c, h, esqlSame); !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%s\n%s\nwant %s", search, text, want)
		}
	}
}
