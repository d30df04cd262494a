package syntax

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
)

// seeds are searches in the shapes that published detections have: data models with macros, raw searches with thresholds, bins,
// baselines over subsearches, lookups, JSON and regular expressions.
var seeds = []string{
	"| tstats `security_content_summariesonly` count min(_time) as firstTime max(_time) as lastTime from datamodel=Endpoint.Processes where `process_cmd` (Processes.parent_process_name IN (\"winword.exe\",\"excel.exe\") OR Processes.process=\"*\\\\Temp\\\\*\") Processes.process_path=*\\\\windows\\\\system32\\\\x.exe by Processes.dest Processes.user Processes.parent_process Processes.process_name Processes.process Processes.process_id _time span=1h\n| `drop_dm_object_name(Processes)`\n| `security_content_ctime(firstTime)`\n| `security_content_ctime(lastTime)` | `detection_filter`",
	"`cloudtrail` eventName=CreatePolicy eventSource = iam.amazonaws.com errorCode = success | spath input=requestParameters.policyDocument output=statements path=Statement{} | mvexpand statements | spath input=statements output=action path=Action | search action = \"*\" | stats count min(_time) as firstTime max(_time) as lastTime values(statements) as policy by eventName eventSource aws_account_id userAgent awsRegion userIdentity.principalId user_arn | `security_content_ctime(firstTime)`|`x_filter`",
	"index=wineventlog EventCode=4625 date_hour>=20 OR date_hour<8 NOT user IN (\"*$\", \"svc_*\") earliest=-1d@d latest=@d\n| bucket span=5m _time\n| stats dc(TargetUserName) AS n values(TargetUserName) as users by _time, Computer\n| eventstats avg(n) as a stdev(n) as s by Computer\n| eval ub=a+3*s, is_outlier=if(n >= ub AND n>10, 1, 0)\n| where is_outlier=1 AND match(Computer, \"^(?!srv)\\w+\\.corp\") | sort 0 -n\n| table _time Computer n users \"Upper bound\"",
	"index=proxy sourcetype=access_combined (status=4* OR status=5*) url=\"*/admin?x=1*\" [search index=ti type=domain | fields domain | rename domain AS dest_host | format]\n| rex field=url \"https?://(?<host>[^/:]+)(?::(?<port>\\d+))?/\"\n| eval host=lower(coalesce(host, dest_host)), kb=round(bytes/1024,2), day=strftime(_time,\"%Y-%m-%d\")\n| lookup users.csv user OUTPUTNEW dept manager AS boss\n| fillnull value=unknown dept\n| join type=left max=0 host [| inputlookup assets where critical=1 | fields host owner]\n| stats sum(kb) AS kb dc(host) AS hosts count(eval(status>=500)) AS errors earliest(_time) AS first BY user dept\n| where kb>100 OR errors>5 | head 100",
	"index=o365 Operation=FileDownloaded | eval cut=relative_time(now(),\"-1d@d\") | stats count(eval(_time<cut)) AS base count(eval(_time>=cut)) AS cur values(eval(if(_time>=cut,ClientIP,null()))) AS ips by UserId ClientApp | where base=0 AND cur>0 ```new``` | append [search index=o365 Operation=Login* | stats count by UserId] | dedup UserId sortby -_time | rename UserId as user, ClientApp as \"Client App\" | fields - base",
	"index=dns | timechart span=1h limit=5 useother=f count by query | regex query!=\"^[a-z]+\\.(com|net)$\" | streamstats current=f window=24 avg(count) as prev by host | top limit=20 query by host showperc=f | transaction host maxspan=5m startswith=eval(x=1) endswith=\"end\"",
	"| makeresults count=3 | eval x=mvappend(\"a\",\"b\"), y=case(x=\"a\",\"it's\",1=1,'field name'), z=mvfilter(match(x,\"^a\")) | where NOT isnull(y) AND like(y,\"a%\") XOR cidrmatch(\"10.0.0.0/8\",ip)",
}

// The seeds are valid, and so is every part up to a bar.
func TestSeedsParse(t *testing.T) {
	for _, s := range seeds {
		if _, diags, _ := parse(s, Options{}); len(diags) > 0 {
			t.Errorf("%s\n%s", s, diag.Render(diags))
		}
	}
}

// Truncated and damaged seeds end with located messages, whatever is cut.
func TestDamagedSeeds(t *testing.T) {
	for _, s := range seeds {
		for i := range len(s) {
			checkPlaces(t, s[:i])
			checkPlaces(t, s[:i]+s[min(i+3, len(s)):])
		}
	}
}

func checkPlaces(t *testing.T, text string) {
	t.Helper()
	pipe, diags, _ := parse(text, Options{})
	if pipe == nil {
		t.Fatalf("%q: no pipeline", text)
	}
	for _, d := range diags {
		if d.Span.Pos < 1 || d.Span.End < d.Span.Pos || int(d.Span.End) > len(text)+1 {
			t.Fatalf("%q: %s at %v", text, d.Message, d.Span)
		}
	}
}

// FuzzParse: no text makes the parser panic, lose its place or take long.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	for _, l := range lines(f, "invalid.txt", 5) {
		f.Add(l[4])
	}
	macros := map[string]MacroDef{"m": {Text: "index=a | `n(1)`"}, "n(1)": {Args: []string{"x"}, Text: "stats count by $x$"}}
	f.Fuzz(func(t *testing.T, text string) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			checkPlaces(t, text)
			parse(text, Options{Macros: macros, Lenient: true})
		}()
		select {
		case <-done:
		case <-ctx.Done():
			t.Fatalf("%d bytes take more than 5 s: %.100q", len(text), text)
		}
	})
}

// Hostile repetition is read in linear time.
func TestHostileTextsAreFast(t *testing.T) {
	start := time.Now()
	for _, part := range []string{"[", "(", "\"", "`", "```", "\\", "|", "a=", "OR ", "NOT ", "| eval a=b+", "| stats count by ", "| where a AND ", "`m` "} {
		text := "x " + strings.Repeat(part, 100_000/len(part))
		parse(text, Options{Macros: map[string]MacroDef{"m": {Text: "y"}}})
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("14 texts of 100 kB take %v", d)
	}
}

// BenchmarkParse reads typical detections; the project promises 20,000 a second and core.
func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	bytes := 0
	for i := 0; b.Loop(); i++ {
		s := seeds[i%len(seeds)]
		bytes += len(s)
		parse(s, Options{})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "detections/s")
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/detection")
}
