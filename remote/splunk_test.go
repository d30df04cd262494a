package remote

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Answer shapes: https://help.splunk.com/en/splunk-enterprise/leverage-rest-apis/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
// and https://help.splunk.com/en/splunk-enterprise/leverage-rest-apis/rest-api-tutorials/9.0/rest-api-tutorials/creating-searches-using-the-rest-api
const (
	splunkInfo = `{"entry":[{"name":"server-info","content":{"version":"10.0.1"}}],"messages":[]}`
	splunkGood = `{"preview":false,"init_offset":0,"messages":[],"fields":[{"name":"user"},{"name":"_time"}],` +
		`"results":[{"user":"ann","_time":"2026-05-15T12:34:56.500+00:00"},{"user":["bo","cy"]}],"highlighted":{}}`
	splunkBad = `{"messages":[{"type":"FATAL","text":"Unknown search command 'foo'."}]}`
)

// splunkServer answers requests for a job or the parser one after the other; the last answer is repeated.
type splunkServer struct {
	mu      sync.Mutex
	answers []struct {
		status int
		body   string
	}
	seen []string // method, path and form
	auth string
	hang chan struct{} // closed when a job arrives, which then is not answered
}

func (s *splunkServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.auth = r.Header.Get("Authorization")
	s.seen = append(s.seen, r.Method+" "+r.URL.Path+" "+r.PostForm.Encode())
	status, body := 200, splunkInfo
	if r.Method == http.MethodPost {
		body = `{"messages":[{"type":"INFO","text":"Search job cancelled."}]}`
	}
	job := r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/control")
	if job && len(s.answers) > 0 {
		status, body = s.answers[0].status, s.answers[0].body
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
	}
	hang := s.hang
	s.mu.Unlock()
	if job && hang != nil {
		close(hang)
		<-r.Context().Done()
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func (s *splunkServer) then(status int, body string) *splunkServer {
	s.answers = append(s.answers, struct {
		status int
		body   string
	}{status, body})
	return s
}

func (s *splunkServer) open(t *testing.T, o Options) *Splunk {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o.backoff = func(int) time.Duration { return time.Microsecond }
	c, err := OpenSplunk(context.Background(), server.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSplunkRowsAreReadWithTimesAndLists(t *testing.T) {
	s := new(splunkServer).then(503, splunkBad).then(429, splunkBad).then(200, splunkGood)
	c := s.open(t, Options{Credentials: Credentials{SplunkToken: "tok"}})
	got, warnings, err := c.Search(context.Background(), "| makeresults")
	if err != nil || len(warnings) > 0 || len(got.Rows) != 2 || c.Version() != "10.0.1" {
		t.Fatalf("%v %v %v", got, warnings, err)
	}
	text := rowsText(t, got.Rows)
	for _, want := range []string{`"ann"`, `"1778848496.5"`, `["bo","cy"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
	if s.auth != "Bearer tok" || len(s.seen) != 4 {
		t.Errorf("%q %q", s.auth, s.seen)
	}
	form, err := url.ParseQuery(strings.SplitN(s.seen[3], " ", 3)[2])
	if err != nil || form.Get("search") != "| makeresults" || form.Get("exec_mode") != "oneshot" || form.Get("count") != "0" || form.Get("max_count") != "10001" {
		t.Errorf("%v %v", form, err)
	}
}

func TestWhatSplunkSaysIsNotSwallowed(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		rows   int
		want   string
	}{
		"a warning":       {200, `{"preview":false,"messages":[{"type":"WARN","text":"limit reached"}],"results":[]}`, 5, "limit reached"},
		"an error":        {200, `{"preview":false,"messages":[{"type":"ERROR","text":"peer down"}],"results":[]}`, 5, "not complete: ERROR: peer down"},
		"a fatal error":   {400, splunkBad, 5, "400: FATAL: Unknown search command"},
		"no permission":   {403, `{"messages":[{"type":"ERROR","text":"insufficient permission"}]}`, 5, "403: ERROR: insufficient"},
		"no login":        {401, `{"messages":[{"type":"WARN","text":"call not properly authenticated"}]}`, 5, "401: WARN: call not"},
		"busy for good":   {503, `{"messages":[{"type":"ERROR","text":"quota"}]}`, 5, "503: ERROR: quota"},
		"a preview":       {200, `{"preview":true,"messages":[],"results":[]}`, 5, "preview"},
		"too many rows":   {200, splunkGood, 1, "more than 1 rows"},
		"another answer":  {200, `{}`, 5, "no results"},
		"an object value": {200, `{"preview":false,"results":[{"a":{"b":1}}]}`, 5, "neither text nor a list"},
		"a redirection":   {302, "", 5, "302"},
	} {
		client := new(splunkServer).then(c.status, c.body).open(t, Options{Rows: c.rows, Credentials: Credentials{User: "u", Password: "secret"}})
		_, _, err := client.Search(context.Background(), "| makeresults")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSplunksParserJudgesSyntax(t *testing.T) {
	s := new(splunkServer).then(400, splunkBad).then(200, `{"remoteSearch":"","commands":[]}`)
	c := s.open(t, Options{})
	var refused *Refused
	if err := c.Parse(context.Background(), "| foo"); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "'foo'") {
		t.Error(err)
	}
	if err := c.Parse(context.Background(), "| makeresults"); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.seen[1], "/services/search/v2/parser") || !strings.Contains(s.seen[1], "parse_only=true") {
		t.Error(s.seen[1])
	}
}

func TestACancelledSearchEndsOnSplunk(t *testing.T) {
	s := &splunkServer{hang: make(chan struct{})}
	c := s.open(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-s.hang; cancel() }()
	if _, _, err := c.Search(ctx, "| makeresults"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.seen[len(s.seen)-1]
	form, _ := url.ParseQuery(strings.SplitN(s.seen[1], " ", 3)[2])
	if !strings.Contains(last, "/jobs/"+form.Get("id")+"/control") || !strings.Contains(last, "action=cancel") {
		t.Error(s.seen)
	}
}

func TestASplunkConnectionChangesNothing(t *testing.T) {
	for _, r := range [][2]string{{"POST", "/services/search/v2/jobs/other/control"}, {"POST", "/services/data/indexes"}, {"DELETE", "/services/search/v2/jobs/huntc_1"}, {"POST", "/services/receivers/simple"}} {
		if splunkReads(r[0], r[1]) {
			t.Error(r)
		}
	}
	if _, err := SplunkCredentialsFrom(func(k string) string { return map[string]string{EnvSplunk: "a", EnvUser: "b", EnvPassword: "c"}[k] }); err == nil {
		t.Error("two kinds of credentials")
	}
}
