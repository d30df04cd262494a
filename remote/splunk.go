package remote

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Splunk runs searches that make their own events over Splunk's REST API. It writes nothing. It is safe for concurrent use.
//
// It was never run on a Splunk. What it sends is what the reference documents: search/jobs, search/jobs/{sid}, …/control, …/results and
// search/parser. It reads the answers in the forms that others recorded (testdata/splunk.txtar says where); an answer of another form is an
// error, never an empty result.
// https://help.splunk.com/en/splunk-enterprise/leverage-rest-apis/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
type Splunk struct {
	opt     Options
	http    *http.Client
	base    string
	version string
	v2      bool // results and parser have a v2, and only that
}

// EnvSplunkSession holds a session key, as services/auth/login gives it.
const EnvSplunkSession = "HUNTC_SPLUNK_SESSION"

// SplunkCredentialsFrom reads a token, a session key, or user and password, from the environment.
func SplunkCredentialsFrom(getenv func(string) string) (Credentials, error) {
	c := Credentials{SplunkToken: getenv(EnvSplunk), SplunkSession: getenv(EnvSplunkSession), User: getenv(EnvUser), Password: getenv(EnvPassword)}
	var set []string
	for _, v := range [][2]string{{c.SplunkToken, EnvSplunk}, {c.SplunkSession, EnvSplunkSession}, {c.User, EnvUser}} {
		if v[0] != "" {
			set = append(set, v[1])
		}
	}
	switch {
	case len(set) > 1:
		return c, fmt.Errorf("%s are both set; use one", strings.Join(set, " and "))
	case (c.User == "") != (c.Password == ""):
		return c, fmt.Errorf("%s and %s go together; one of them is not set", EnvUser, EnvPassword)
	}
	return c, nil
}

// OpenSplunk connects to a management port, such as https://host:8089, and asks for the version.
func OpenSplunk(ctx context.Context, address string, o Options) (*Splunk, error) {
	o = o.withDefaults()
	u, round, err := o.endpoint(address, fmt.Sprintf("%s, %s, or %s and %s", EnvSplunk, EnvSplunkSession, EnvUser, EnvPassword))
	if err != nil {
		return nil, err
	}
	round.reads, round.write = splunkReads, false
	s := &Splunk{opt: o, base: u.String(), http: &http.Client{Transport: round,
		// A redirection could carry the credentials to another machine.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	var info struct {
		Entry []struct{ Content struct{ Version string } }
	}
	if err := s.do(ctx, http.MethodGet, "/services/server/info", jsonMode(), &info); err != nil {
		return nil, explained(err)
	}
	if len(info.Entry) == 0 || info.Entry[0].Content.Version == "" {
		return nil, errors.New("the server is no Splunk; the management port (8089) is wanted, not that of the web pages")
	}
	s.version = info.Entry[0].Content.Version
	s.v2 = !olderThan(s.version, 9, 0, 1)
	return s, nil
}

// olderThan compares versions number by number; a version that cannot be read is not older.
func olderThan(version string, than ...int) bool {
	parts := strings.Split(version, ".")
	for i, want := range than {
		n := 0
		if i < len(parts) {
			var err error
			if n, err = strconv.Atoi(parts[i]); err != nil {
				return false
			}
		}
		if n != want {
			return n < want
		}
	}
	return false
}

// Version is Splunk's version, such as 10.0.1.
func (s *Splunk) Version() string { return s.version }

const jobsPath = "/services/search/jobs"

// splunkReads lets out what cannot change a Splunk: a search job of our own, its end, and the parser.
func splunkReads(method, path string) bool {
	switch method {
	case http.MethodGet:
		return true
	case http.MethodPost:
		return strings.HasSuffix(path, jobsPath) || strings.HasSuffix(path, "/services/search/v2/parser") ||
			strings.Contains(path, jobsPath+"/"+jobPrefix) && strings.HasSuffix(path, "/control")
	}
	return false
}

func jsonMode() url.Values { return url.Values{"output_mode": {"json"}} }

// Parse asks Splunk's parser whether a search is valid; *Refused says what is wrong. parse_only keeps it from running subsearches.
//
// From 9.0.1 on the parser is POST search/v2/parser, before it GET search/parser. A valid search answers 200 with an object of its
// commands (splunk-sdk-javascript, tests/service_tests/parser.js), an invalid one 400 with a message; text that begins neither with a pipe
// nor with a command counts as invalid.
func (s *Splunk) Parse(ctx context.Context, search string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opt.Timeout, errTimeout)
	defer cancel()
	form := jsonMode()
	form.Set("q", search)
	form.Set("parse_only", "true")
	method, path := http.MethodPost, "/services/search/v2/parser"
	if !s.v2 {
		method, path = http.MethodGet, "/services/search/parser"
	}
	var a struct {
		Commands []json.RawMessage
		Messages splunkMessages
	}
	if err := s.do(ctx, method, path, form, &a); err != nil {
		return explained(err)
	}
	if bad := a.Messages.failures(); bad != "" {
		return &Refused{http.StatusBadRequest, bad}
	}
	if len(a.Commands) == 0 {
		return errors.New("the parser's answer names no commands")
	}
	return nil
}

// explained says what to do about an error answer. Only 400, and a job that failed, mean that the search is wrong: they stay *Refused.
func explained(err error) error {
	var refused *Refused
	if !errors.As(err, &refused) || refused.Status == http.StatusBadRequest {
		return err
	}
	hint := ""
	switch refused.Status {
	case http.StatusUnauthorized:
		hint = fmt.Sprintf("; set %s to a token, %s to a session key, or %s and %s", EnvSplunk, EnvSplunkSession, EnvUser, EnvPassword)
	case http.StatusForbidden:
		hint = "; the user's role lacks a capability that searches need"
	case http.StatusNotFound:
		hint = "; the management port (8089) is wanted, not that of the web pages"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		hint = "; Splunk is busy, try again later"
	}
	return fmt.Errorf("Splunk answers %d: %s%s", refused.Status, refused.Reason, hint)
}

// maxRetries bounds how often a busy server is asked again.
const maxRetries = 5

// do sends a request: parameters of a GET stand in the URL, those of a POST in its form. into is nil where the answer does not matter.
func (s *Splunk) do(ctx context.Context, method, path string, form url.Values, into any) error {
	for attempt := 1; ; attempt++ {
		status, body, err := s.once(ctx, method, path, form)
		switch {
		case err != nil:
			return err
		case (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && attempt <= maxRetries:
			if err := pause(ctx, s.opt.backoff(attempt)); err != nil {
				return err
			}
			continue
		case status >= 300:
			return &Refused{status, s.scrub(splunkReason(body))}
		case status == http.StatusNoContent:
			return errNoContent
		case into == nil:
			return nil
		}
		if err := decodeJSON(body, into); err != nil {
			return fmt.Errorf("the answer is no JSON of this form: %w", err)
		}
		return nil
	}
}

// errNoContent is the answer about a job that is not ready (splunk-sdk-python, splunklib/client.py, Job.is_ready).
var errNoContent = errors.New("the answer is empty")

// pause waits, or returns why the context ended.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

func (s *Splunk) once(ctx context.Context, method, path string, form url.Values) (int, []byte, error) {
	target, content := s.base+path, form.Encode()
	if method == http.MethodGet {
		target, content = target+"?"+content, ""
	}
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(content))
	if err != nil {
		return 0, nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", "huntc")
	s.authorize(r)
	res, err := s.http.Do(r)
	if err != nil {
		var ue *url.Error
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case errors.As(err, &ue):
			err = fmt.Errorf("%s: %w", path, ue.Err) // without the parameters
		}
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, nil, context.Cause(ctx)
	case err != nil:
		return 0, nil, err
	case len(body) > maxBody:
		return 0, nil, fmt.Errorf("the answer is longer than %d bytes", maxBody)
	}
	return res.StatusCode, body, nil
}

// authorize adds the credentials: tokens as Bearer, session keys as Splunk, names and passwords as Basic.
// https://help.splunk.com/splunk-enterprise/administer/manage-users-and-security/9.0/authenticate-into-the-splunk-platform-with-tokens/use-authentication-tokens
// https://docs.splunk.com/Documentation/Splunk/latest/RESTUM/RESTusing
func (s *Splunk) authorize(r *http.Request) {
	switch c := s.opt.Credentials; {
	case c.SplunkToken != "":
		r.Header.Set("Authorization", "Bearer "+c.SplunkToken)
	case c.SplunkSession != "":
		r.Header.Set("Authorization", "Splunk "+c.SplunkSession)
	case c.User != "":
		r.SetBasicAuth(c.User, c.Password)
	}
}

// scrub takes secrets out of what a server said, in case it repeats the request.
func (s *Splunk) scrub(text string) string {
	r, err := http.NewRequest(http.MethodGet, s.base, nil)
	if err != nil {
		return ""
	}
	s.authorize(r)
	_, header, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c := s.opt.Credentials
	for _, secret := range []string{header, c.SplunkToken, c.SplunkSession, c.Password} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}

// splunkReason finds the sentences in an error answer. It is XML where Splunk refused before it read output_mode
// (splunk-sdk-python, splunklib/binding.py, HTTPError).
func splunkReason(body []byte) string {
	var a struct{ Messages splunkMessages }
	if json.Unmarshal(body, &a) == nil && len(a.Messages) > 0 {
		return a.Messages.text()
	}
	var x struct {
		Messages []struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"messages>msg"`
	}
	if xml.Unmarshal(body, &x) == nil && len(x.Messages) > 0 {
		var list splunkMessages
		for _, m := range x.Messages {
			list = append(list, splunkMessage{m.Type, strings.TrimSpace(m.Text)})
		}
		return list.text()
	}
	return clip(strings.TrimSpace(string(body)), 300)
}
