package remote

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Splunk runs searches that make their own events over Splunk's REST API. It writes nothing. It is safe for concurrent use.
// https://help.splunk.com/en/splunk-enterprise/leverage-rest-apis/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
type Splunk struct {
	opt     Options
	http    *http.Client
	base    string
	version string
}

// SplunkCredentialsFrom reads a token, or user and password, from the environment.
func SplunkCredentialsFrom(getenv func(string) string) (Credentials, error) {
	c := Credentials{SplunkToken: getenv(EnvSplunk), User: getenv(EnvUser), Password: getenv(EnvPassword)}
	switch {
	case c.SplunkToken != "" && c.User != "":
		return c, fmt.Errorf("%s and %s are both set; use one", EnvSplunk, EnvUser)
	case (c.User == "") != (c.Password == ""):
		return c, fmt.Errorf("%s and %s go together; one of them is not set", EnvUser, EnvPassword)
	}
	return c, nil
}

// OpenSplunk connects to a management port, such as https://host:8089, and asks for the version.
func OpenSplunk(ctx context.Context, address string, o Options) (*Splunk, error) {
	o = o.withDefaults()
	u, err := checkURL(address, o)
	if err != nil {
		return nil, err
	}
	round, err := newTransport(o)
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
	if err := s.do(ctx, http.MethodGet, "/services/server/info?output_mode=json", nil, &info); err != nil {
		return nil, err
	}
	if len(info.Entry) == 0 || info.Entry[0].Content.Version == "" {
		return nil, errors.New("the server is no Splunk")
	}
	s.version = info.Entry[0].Content.Version
	return s, nil
}

// Version is Splunk's version, such as 10.0.1.
func (s *Splunk) Version() string { return s.version }

func splunkReads(method, path string) bool {
	switch method {
	case http.MethodGet:
		return true
	case http.MethodPost:
		return strings.HasSuffix(path, "/services/search/v2/jobs") || strings.HasSuffix(path, "/services/search/v2/parser") ||
			strings.Contains(path, "/services/search/v2/jobs/huntc_") && strings.HasSuffix(path, "/control") // our own job
	}
	return false
}

// Parse asks Splunk's parser whether a search is valid; *Refused says what is wrong.
func (s *Splunk) Parse(ctx context.Context, search string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opt.Timeout, errTimeout)
	defer cancel()
	form := url.Values{"q": {search}, "parse_only": {"true"}, "output_mode": {"json"}}
	var a struct{ Messages []splunkMessage }
	if err := s.do(ctx, http.MethodPost, "/services/search/v2/parser", form, &a); err != nil {
		return err
	}
	for _, m := range a.Messages {
		if m.severity() == Partial {
			return &Refused{http.StatusBadRequest, m.Text}
		}
	}
	return nil
}

// splunkMessage is a remark of Splunk: DEBUG, INFO, WARN, ERROR or FATAL.
type splunkMessage struct{ Type, Text string }

func (m splunkMessage) severity() Severity {
	switch strings.ToUpper(m.Type) {
	case "DEBUG", "INFO":
		return Benign
	case "ERROR", "FATAL":
		return Partial
	}
	return Unexpected
}

// Search runs a search to its end and returns its rows: text, or a list of texts. A field that no row has has no column. Warnings that
// mean that rows may be missing or wrong are an *IncompleteError beside the rows. When ctx ends first, the job is cancelled.
func (s *Splunk) Search(ctx context.Context, search string) (*eval.Table, []Warning, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opt.Timeout, fmt.Errorf("%w (%s)", errTimeout, s.opt.Timeout))
	defer cancel()
	id, err := jobName()
	if err != nil {
		return nil, nil, err
	}
	form := url.Values{"search": {search}, "id": {id}, "exec_mode": {"oneshot"}, "output_mode": {"json"}, "count": {"0"},
		"earliest_time": {"0"}, "latest_time": {""}, "max_count": {strconv.Itoa(s.opt.Rows + 1)}}
	var a splunkRows
	if err := s.do(ctx, http.MethodPost, "/services/search/v2/jobs", form, &a); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(err, s.cancel(ctx, id))
		}
		return nil, nil, err
	}
	if a.Results == nil {
		return nil, nil, errors.New("the answer holds no results")
	}
	return s.rows(a)
}

// cancel ends a job on the server, also after Ctrl-C. A job that is not there has ended.
func (s *Splunk) cancel(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	err := s.do(ctx, http.MethodPost, "/services/search/v2/jobs/"+id+"/control", url.Values{"action": {"cancel"}, "output_mode": {"json"}}, nil)
	var refused *Refused
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the search %s could not be cancelled: %w", id, err)
	}
	return nil
}

func jobName() (string, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return "huntc_" + hex.EncodeToString(b[:]), nil
}

// splunkRows is the answer of output_mode=json.
type splunkRows struct {
	Preview  bool
	Messages []splunkMessage
	Results  []map[string]any
}

func (s *Splunk) rows(a splunkRows) (*eval.Table, []Warning, error) {
	out := answer{table: &eval.Table{}}
	for _, m := range a.Messages {
		out.warn(m.severity(), m.Type+": "+clip(m.Text, 2000))
	}
	if a.Preview {
		out.warn(Partial, "the rows are a preview")
	}
	if len(a.Results) > s.opt.Rows {
		a.Results = a.Results[:s.opt.Rows]
		out.warn(Partial, fmt.Sprintf("more than %d rows", s.opt.Rows))
	}
	at := map[string]int{}
	for _, r := range a.Results {
		for k := range r {
			if _, ok := at[k]; !ok {
				at[k] = len(out.table.Columns)
				out.table.Columns = append(out.table.Columns, ir.Column{Name: k, Type: ir.Dynamic})
			}
		}
	}
	for _, r := range a.Results {
		row := make([]ir.Value, len(out.table.Columns))
		for i, c := range out.table.Columns {
			v, err := splunkValue(c.Name, r[c.Name])
			if err != nil {
				return nil, out.warnings, err
			}
			row[i] = ir.Value{Type: ir.Dynamic, V: v}
		}
		out.table.Rows = append(out.table.Rows, row)
	}
	c := Client{opt: s.opt}
	return out.table, out.warnings, c.judge(out.warnings)
}

// splunkValue reads text or a list of texts. _time is shown as a date; elsewhere it is seconds.
func splunkValue(field string, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if t, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", v); err == nil && field == "_time" {
			return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', -1, 64), nil
		}
		return v, nil
	case json.Number:
		return v.String(), nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			x, err := splunkValue("", e)
			if err != nil {
				return nil, err
			}
			list[i] = x
		}
		return list, nil
	}
	return nil, fmt.Errorf("the field %s of the answer is neither text nor a list", field)
}

// maxRetries bounds how often a busy server is asked again.
const maxRetries = 5

func (s *Splunk) do(ctx context.Context, method, path string, form url.Values, into any) error {
	for attempt := 1; ; attempt++ {
		status, body, err := s.once(ctx, method, path, form)
		switch {
		case err != nil:
			return err
		case (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && attempt <= maxRetries:
			t := time.NewTimer(s.opt.backoff(attempt))
			select {
			case <-ctx.Done():
				t.Stop()
				return context.Cause(ctx)
			case <-t.C:
			}
			continue
		case status >= 300:
			return &Refused{status, splunkReason(body)}
		case into == nil:
			return nil
		}
		if err := decodeJSON(body, into); err != nil {
			return fmt.Errorf("the answer is no JSON of this form: %w", err)
		}
		return nil
	}
}

func (s *Splunk) once(ctx context.Context, method, path string, form url.Values) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", "huntc")
	switch c := s.opt.Credentials; {
	case c.SplunkToken != "":
		r.Header.Set("Authorization", "Bearer "+c.SplunkToken)
	case c.User != "":
		r.SetBasicAuth(c.User, c.Password)
	}
	res, err := s.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
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

// splunkReason finds the sentences in an error answer.
func splunkReason(body []byte) string {
	var a struct{ Messages []splunkMessage }
	if json.Unmarshal(body, &a) != nil || len(a.Messages) == 0 {
		return clip(strings.TrimSpace(string(body)), 300)
	}
	var out []string
	for _, m := range a.Messages {
		out = append(out, m.Type+": "+m.Text)
	}
	return clip(strings.Join(out, "; "), 2000)
}
