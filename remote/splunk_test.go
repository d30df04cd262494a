package remote

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// splunkShapes are the answers of testdata/splunk.txtar by name.
func splunkShapes(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/splunk.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range txtar.Parse(text).Files {
		out[f.Name] = string(f.Data)
	}
	return out
}

// told is an answer: a shape by its name, or text.
type told struct {
	status int
	body   string
}

// splunkServer answers each kind of request with the answers for it, one after the other; the last is repeated.
type splunkServer struct {
	t      *testing.T
	shapes map[string]string
	mu     sync.Mutex
	by     map[string][]told // info, parse, create, state, results, cancel
	seen   []string          // kind and parameters
	paths  []string          // method and path
	auth   string
	echo   bool          // answers repeat the request's credentials
	hang   string        // the kind that is not answered
	hung   chan struct{} // closed when it arrives
	sid    func(string) string
}

func newSplunk(t *testing.T) *splunkServer {
	s := &splunkServer{t: t, shapes: splunkShapes(t), by: map[string][]told{}, hung: make(chan struct{}), sid: func(s string) string { return s }}
	return s.on("info", 200, "info").on("parse", 200, "parsed").on("create", 201, "created").on("state", 200, "done").
		on("results", 200, "rows").on("cancel", 200, "cancelled")
}

// on sets the answers of a kind of request anew, then adds to them.
func (s *splunkServer) on(kind string, status int, body string) *splunkServer {
	s.by[kind] = []told{{status, body}}
	return s
}

func (s *splunkServer) then(kind string, status int, body string) *splunkServer {
	s.by[kind] = append(s.by[kind], told{status, body})
	return s
}

func kindOf(r *http.Request) string {
	p := r.URL.Path
	switch {
	case strings.HasSuffix(p, "/server/info"):
		return "info"
	case strings.HasSuffix(p, "/parser"):
		return "parse"
	case strings.HasSuffix(p, "/control"):
		return "cancel"
	case strings.HasSuffix(p, "/results"):
		return "results"
	case p == "/services/search/jobs" && r.Method == http.MethodPost:
		return "create"
	case strings.HasPrefix(p, "/services/search/jobs/") && r.Method == http.MethodGet:
		return "state"
	}
	return "unknown"
}

func (s *splunkServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	kind := kindOf(r)
	s.mu.Lock()
	s.auth = r.Header.Get("Authorization")
	s.seen = append(s.seen, kind+" "+r.Form.Encode())
	s.paths = append(s.paths, r.Method+" "+r.URL.Path)
	answers := s.by[kind]
	hang := kind == s.hang
	s.mu.Unlock()
	if hang {
		close(s.hung)
		<-r.Context().Done()
		return
	}
	if len(answers) == 0 || kind != "info" && r.Form.Get("output_mode") != "json" {
		s.t.Errorf("unexpected request %s %s %s", r.Method, r.URL.Path, r.Form.Encode())
		w.WriteHeader(http.StatusTeapot)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := answers[0]
	if len(answers) > 1 {
		s.by[kind] = answers[1:]
	}
	body, ok := s.shapes[a.body]
	if !ok {
		body = a.body
	}
	name := r.Form.Get("id")
	if parts := strings.Split(r.URL.Path, "/"); name == "" && len(parts) > 4 {
		name = parts[4]
	}
	body = strings.ReplaceAll(body, "$SID", s.sid(name))
	if s.echo {
		body = strings.ReplaceAll(body, "$AUTH", r.Header.Get("Authorization"))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(body))
}

// form are the parameters of the last request of a kind.
func (s *splunkServer) form(kind string) url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.seen) - 1; i >= 0; i-- {
		if k, text, _ := strings.Cut(s.seen[i], " "); k == kind {
			form, err := url.ParseQuery(text)
			if err != nil {
				s.t.Error(err)
			}
			return form
		}
	}
	return nil
}

func (s *splunkServer) count(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, x := range s.seen {
		if strings.HasPrefix(x, kind+" ") {
			n++
		}
	}
	return n
}

func (s *splunkServer) open(o Options) *Splunk {
	s.t.Helper()
	server := httptest.NewServer(s)
	s.t.Cleanup(server.Close)
	o.backoff, o.poll = func(int) time.Duration { return time.Microsecond }, time.Microsecond
	c, err := OpenSplunk(context.Background(), server.URL, o)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func TestSplunkRowsAreReadWithTimesAndLists(t *testing.T) {
	s := newSplunk(t).on("create", 503, "busy").then("create", 429, "busy").then("create", 201, "created").
		on("state", 204, "").then("state", 200, "parsing").then("state", 200, "done")
	c := s.open(Options{Credentials: Credentials{SplunkToken: "tok"}})
	got, warnings, err := c.Search(context.Background(), "| makeresults")
	if err != nil || len(warnings) != 1 || warnings[0].Severity != Benign || c.Version() != "10.0.1" {
		t.Fatalf("%v %v %v", got, warnings, err)
	}
	var names []string
	for _, col := range got.Columns {
		names = append(names, col.Name)
	}
	if text := strings.Join(names, " ") + "\n" + rowsText(t, got.Rows); text !=
		"_time user n host\n"+`"1778848496.5" "ann" "2123633747" "sh1"`+"\n"+`"1778848497" ["bo","cy"] null null`+"\n"+`null "" null null` {
		t.Error(text)
	}
	if s.auth != "Bearer tok" || s.count("create") != 3 || s.count("state") != 3 {
		t.Errorf("%q %q", s.auth, s.seen)
	}
	f := s.form("create")
	if f.Get("search") != "| makeresults" || f.Get("exec_mode") != "normal" || f.Get("max_count") != "10001" || f.Has("earliest_time") || f.Has("latest_time") {
		t.Errorf("%v", f)
	}
	if last := s.paths[len(s.paths)-1]; last != "POST /services/search/jobs/"+f.Get("id")+"/control" || s.form("cancel").Get("action") != "cancel" {
		t.Errorf("the job is left behind: %s", last)
	}
}

func TestSplunkAnswersOfOtherVersions(t *testing.T) {
	s := newSplunk(t).on("info", 200, "info-8").on("state", 200, "done-xml").on("results", 200, "rows-5")
	c := s.open(Options{})
	got, _, err := c.Search(context.Background(), "| makeresults")
	if err != nil || rowsText(t, got.Rows) != `"14.5" "ann"`+"\n"+`null "bo"`+"\n"+`null "cy"` {
		t.Fatalf("%v %v", got, err)
	}
	if err := c.Parse(context.Background(), "search x"); err != nil {
		t.Error(err)
	}
	all := strings.Join(s.paths, "\n")
	if strings.Contains(all, "/v2/") || !strings.Contains(all, "GET /services/search/parser") {
		t.Error(all)
	}
	for version, want := range map[string]bool{"9.0.0": true, "9.0.1": false, "9.3.2408.107": false, "10.0": false, "9": true, "8.2.12": true, "dev": false} {
		if got := olderThan(version, 9, 0, 1); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestAnEmptySplunkAnswerIsNoRows(t *testing.T) {
	s := newSplunk(t).on("state", 200, strings.Replace(splunkShapes(t)["done"], `"resultCount":3`, `"resultCount":0`, 1)).on("results", 200, "no-rows")
	got, _, err := s.open(Options{}).Search(context.Background(), "| makeresults")
	if err != nil || len(got.Rows) != 0 {
		t.Error(got, err)
	}
}

func TestLongSplunkResultsAreReadInPages(t *testing.T) {
	page := func(from, n int) string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"n":"%d"}`, from+i))
		}
		return `{"preview":false,"messages":[],"fields":[{"name":"n"}],"results":[` + strings.Join(rows, ",") + `]}`
	}
	done := strings.Replace(splunkShapes(t)["done"], `"resultCount":3`, `"resultCount":25000`, 1)
	s := newSplunk(t).on("state", 200, done).on("results", 200, page(0, 10_000)).then("results", 200, page(10_000, 8000)).then("results", 200, page(18_000, 7000))
	got, _, err := s.open(Options{Rows: 30_000}).Search(context.Background(), "| makeresults")
	if err != nil || len(got.Rows) != 25_000 || got.Rows[24_999][0].V != "24999" {
		t.Fatal(err)
	}
	if f := s.form("results"); f.Get("offset") != "18000" || f.Get("count") != "7000" {
		t.Error(f)
	}
}

func TestWhatSplunkSaysIsNotSwallowed(t *testing.T) {
	shape := splunkShapes(t)
	done := func(old, new string) string { return strings.Replace(shape["done"], old, new, 1) }
	message := func(kind string) string {
		return strings.Replace(shape["rows"], `"messages":[]`, `"messages":[{"type":"`+kind+`","text":"peer down"}]`, 1)
	}
	for name, c := range map[string]struct {
		kind   string
		status int
		body   string
		rows   int
		want   string
	}{
		"a warning":                       {"results", 200, message("WARN"), 5, "WARN: peer down"},
		"an error beside rows":            {"results", 200, message("ERROR"), 5, "not complete: ERROR: peer down"},
		"a fatal error beside rows":       {"results", 200, message("FATAL"), 5, "not complete: FATAL: peer down"},
		"a message of an unknown type":    {"results", 200, message("SEVERE"), 5, "SEVERE: peer down"},
		"a fatal error in place of rows":  {"results", 200, "unknown-command", 5, "400: FATAL: Unknown search command"},
		"a refused job":                   {"create", 400, "unknown-command", 5, "400: FATAL: Unknown search command"},
		"a failed job":                    {"state", 200, "failed", 5, "The 'nosuch' function"},
		"a warning of the job":            {"state", 200, done("INFO", "WARN"), 5, "WARN: Your timerange"},
		"a job that was ended":            {"state", 200, done(`"DONE"`, `"USER_CANCEL"`), 5, "USER_CANCEL"},
		"a job that was finalized":        {"state", 200, done(`"isFinalized":false`, `"isFinalized":true`), 5, "not complete: the search was finalized"},
		"a process that died":             {"state", 200, done(`"isZombie":false`, `"isZombie":true`), 5, "did not come to its end"},
		"a job that is gone":              {"state", 404, "unknown-sid", 5, "is gone: FATAL: Unknown sid"},
		"a job without a count":           {"state", 200, done(`"resultCount":3,`, ""), 5, "how many rows"},
		"a job without a state":           {"state", 200, `{"entry":[]}`, 5, "does not hold its state"},
		"a truth value of another form":   {"state", 200, done(`"isDone":true`, `"isDone":"yes"`), 5, "no truth value"},
		"no search id":                    {"create", 201, `{}`, 5, "not huntc_"},
		"another search id":               {"create", 201, `{"sid":"1700000000.1"}`, 5, `called "1700000000.1"`},
		"a remark in place of a job":      {"create", 200, "busy", 5, "Search not executed"},
		"no permission":                   {"create", 403, "forbidden", 5, "capability: search"},
		"no login":                        {"create", 401, "unauthorized", 5, "HUNTC_SPLUNK_TOKEN"},
		"no login, told in XML":           {"create", 401, "unauthorized-xml", 5, "401: WARN: call not properly authenticated"},
		"busy for good":                   {"create", 503, "busy", 5, "503: FATAL: Search not executed"},
		"a preview":                       {"results", 200, strings.Replace(shape["rows"], `"preview":false`, `"preview":true`, 1), 5, "preview"},
		"too many rows":                   {"results", 200, strings.Replace(shape["rows"], `,{"user":""}`, "", 1), 2, "more than 2 rows"},
		"fewer rows than the job has":     {"results", 200, "no-rows", 5, "0 of 3 rows came"},
		"more rows than the job has":      {"results", 200, "rows", 2, "3 rows came of 3"},
		"rows that are not there":         {"results", 204, "", 5, "has no results"},
		"an answer of another form":       {"results", 200, `{}`, 5, "no results"},
		"an answer that is no JSON":       {"results", 200, `<results/>`, 5, "no JSON"},
		"an object value":                 {"results", 200, strings.Replace(shape["rows"], `"sh1"`, `{"b":1}`, 1), 5, "neither text nor a list"},
		"a list of objects":               {"results", 200, strings.Replace(shape["rows"], `["ann"]`, `[{"b":1}]`, 1), 5, "other things than text"},
		"a redirection":                   {"create", 302, "", 5, "302"},
		"an error that repeats the login": {"create", 400, `{"messages":[{"type":"ERROR","text":"bad header $AUTH, secret"}]}`, 5, "bad header Basic …, …"},
	} {
		s := newSplunk(t).on(c.kind, c.status, c.body)
		s.echo = true
		client := s.open(Options{Rows: c.rows, Credentials: Credentials{User: "u", Password: "secret"}})
		_, _, err := client.Search(context.Background(), "| makeresults")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "dTpzZWNyZXQ") {
			t.Errorf("%s: %v", name, err)
		}
		if c.kind != "create" && s.count("cancel") != 1 {
			t.Errorf("%s: the job is left behind: %q", name, s.paths)
		}
	}
}

func TestOnlyAWrongSearchIsARefusal(t *testing.T) {
	for _, c := range []struct {
		status  int
		body    string
		refusal bool
	}{{400, "unknown-command", true}, {401, "unauthorized", false}, {403, "forbidden", false}, {404, "unknown-sid", false}, {503, "busy", false}} {
		s := newSplunk(t).on("create", c.status, c.body).on("parse", c.status, c.body)
		client := s.open(Options{})
		_, _, err := client.Search(context.Background(), "| makeresults")
		var refused *Refused
		if errors.As(err, &refused) != c.refusal {
			t.Errorf("search, %d: %v", c.status, err)
		}
		if err := client.Parse(context.Background(), "search x"); errors.As(err, &refused) != c.refusal || err == nil {
			t.Errorf("parse, %d: %v", c.status, err)
		}
	}
}

func TestSplunksParserJudgesSyntax(t *testing.T) {
	s := newSplunk(t).on("parse", 400, "unknown-command").then("parse", 200, "parsed").then("parse", 200, "unknown-command").then("parse", 200, `{"messages":[]}`)
	c := s.open(Options{})
	var refused *Refused
	if err := c.Parse(context.Background(), "| foo"); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "'foo'") {
		t.Error(err)
	}
	if f := s.form("parse"); f.Get("q") != "| foo" || f.Get("parse_only") != "true" || s.paths[1] != "POST /services/search/v2/parser" {
		t.Error(f, s.paths)
	}
	if err := c.Parse(context.Background(), "search index=main | stats count"); err != nil {
		t.Error(err)
	}
	if err := c.Parse(context.Background(), "| foo"); !errors.As(err, &refused) {
		t.Error("a fatal message with status 200 is taken for a valid search")
	}
	if err := c.Parse(context.Background(), "| foo"); err == nil || !strings.Contains(err.Error(), "names no commands") {
		t.Error("an answer of another form is taken for a valid search")
	}
}

// Whatever the process waits for when it is interrupted, the job ends on Splunk.
func TestACancelledSearchEndsOnSplunk(t *testing.T) {
	for _, kind := range []string{"create", "state", "results"} {
		s := newSplunk(t)
		s.hang = kind
		c := s.open(Options{})
		ctx, cancel := context.WithCancel(context.Background())
		go func() { <-s.hung; cancel() }()
		if _, _, err := c.Search(ctx, "| makeresults"); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if last := s.paths[len(s.paths)-1]; last != "POST /services/search/jobs/"+s.form("create").Get("id")+"/control" || s.form("cancel").Get("action") != "cancel" {
			t.Errorf("while waiting for %s: %q", kind, s.paths)
		}
	}
}

func TestASearchThatTakesTooLongIsEnded(t *testing.T) {
	s := newSplunk(t).on("state", 200, "parsing")
	_, _, err := s.open(Options{Timeout: 50 * time.Millisecond}).Search(context.Background(), "| makeresults")
	if err == nil || !strings.Contains(err.Error(), "the time limit is over") || s.count("cancel") != 1 {
		t.Error(err, s.count("cancel"))
	}
}

func TestAJobThatCannotBeEndedIsTold(t *testing.T) {
	s := newSplunk(t).on("cancel", 500, "oh")
	_, warnings, err := s.open(Options{}).Search(context.Background(), "| makeresults")
	if err != nil || len(warnings) != 2 || !strings.Contains(warnings[1].Text, "could not be cancelled") {
		t.Error(warnings, err)
	}
}

// A cluster of search heads may add to the name.
func TestAJobWithALongerNameIsOurs(t *testing.T) {
	s := newSplunk(t)
	s.sid = func(name string) string {
		if strings.HasSuffix(name, "_sh2") {
			return name
		}
		return name + "_sh2"
	}
	if _, _, err := s.open(Options{}).Search(context.Background(), "| makeresults"); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.paths[2:] {
		if !strings.Contains(p, "_sh2") {
			t.Error(p)
		}
	}
}

func TestASplunkConnectionChangesNothing(t *testing.T) {
	for _, r := range [][2]string{{"POST", "/services/search/jobs/other/control"}, {"POST", "/services/data/indexes"}, {"POST", "/services/search/jobs/export"},
		{"DELETE", "/services/search/jobs/huntc_1"}, {"POST", "/services/receivers/simple"}, {"POST", "/services/saved/searches"}} {
		if splunkReads(r[0], r[1]) {
			t.Error(r)
		}
	}
	s := newSplunk(t)
	c := s.open(Options{})
	for _, search := range []string{"| makeresults | outputlookup x", "index=a |collect index=b", "search x | append [| makeresults | delete]", "| script x"} {
		var refused *Refused
		if _, _, err := c.Search(context.Background(), search); !errors.As(err, &refused) || s.count("create") > 0 {
			t.Errorf("%s: %v", search, err)
		}
	}
}

func TestSplunkCredentials(t *testing.T) {
	env := func(kv ...string) func(string) string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return func(k string) string { return m[k] }
	}
	for _, bad := range []func(string) string{env(EnvSplunk, "a", EnvUser, "b", EnvPassword, "c"), env(EnvSplunk, "a", EnvSplunkSession, "b"), env(EnvUser, "a"), env(EnvPassword, "a")} {
		if _, err := SplunkCredentialsFrom(bad); err == nil {
			t.Error("credentials that contradict or lack something")
		}
	}
	for want, e := range map[string]func(string) string{"Bearer a": env(EnvSplunk, "a"), "Splunk k": env(EnvSplunkSession, "k"), "Basic dTpw": env(EnvUser, "u", EnvPassword, "p"), "": env()} {
		cred, err := SplunkCredentialsFrom(e)
		if err != nil {
			t.Fatal(err)
		}
		s := newSplunk(t)
		s.open(Options{Credentials: cred})
		if s.auth != want {
			t.Errorf("%q, not %q", s.auth, want)
		}
	}
	_, err := OpenSplunk(context.Background(), "https://u:hush@splunk.example:8089", Options{})
	if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), EnvSplunk) {
		t.Error(err)
	}
	if _, err := OpenSplunk(context.Background(), "http://splunk.example:8089", Options{Credentials: Credentials{SplunkSession: "k"}}); err == nil || !strings.Contains(err.Error(), "plain http") {
		t.Error(err)
	}
}

// The certificate is checked, against the system's authorities or those that are given.
func TestSplunksCertificateIsChecked(t *testing.T) {
	server := httptest.NewUnstartedServer(newSplunk(t))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake
	server.StartTLS()
	defer server.Close()
	if _, err := OpenSplunk(context.Background(), server.URL, Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: %v", err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if _, err := OpenSplunk(context.Background(), server.URL, Options{CA: ca}); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoSplunkIsToldSo(t *testing.T) {
	for body, want := range map[string]string{`{"entry":[]}`: "no Splunk", `<html>`: "no JSON", `{}`: "8089"} {
		server := httptest.NewServer(newSplunk(t).on("info", 200, body))
		if _, err := OpenSplunk(context.Background(), server.URL, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
		server.Close()
	}
}
