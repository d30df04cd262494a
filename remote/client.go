package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/eval"
)

// Client talks to one cluster. It is safe for concurrent use.
type Client struct {
	opt       Options
	transport esapi.Transport
	product   string
	version   string
}

// Products that a Client can talk to.
const (
	Elasticsearch = "elasticsearch"
	OpenSearch    = "opensearch"
)

// Open connects to a cluster and asks which product it is.
func Open(ctx context.Context, address string, o Options) (*Client, error) {
	o = o.withDefaults()
	u, round, err := o.endpoint(address, fmt.Sprintf("%s, or %s and %s", EnvAPIKey, EnvUser, EnvPassword))
	if err != nil {
		return nil, err
	}
	t, err := elastictransport.New(elastictransport.Config{
		URLs: []*url.URL{u}, Transport: round, UserAgent: "huntc",
		APIKey: o.Credentials.APIKey, Username: o.Credentials.User, Password: o.Credentials.Password,
		RetryOnStatus: []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}, MaxRetries: 5, RetryBackoff: o.backoff,
		// A broken connection may have left a query running: starting it again is the user's decision.
		RetryOnError: func(*http.Request, error) bool { return false },
	})
	if err != nil {
		return nil, err
	}
	c := &Client{opt: o, transport: t}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if err := c.identify(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// endpoint checks an address and makes what carries requests to it. variables name where credentials belong.
func (o Options) endpoint(address, variables string) (*url.URL, *guard, error) {
	u, err := checkURL(address, o, variables)
	if err != nil {
		return nil, nil, err
	}
	t, err := newTransport(o)
	return u, t, err
}

func checkURL(address string, o Options, variables string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // without the address, which may hold a password
		}
		return nil, fmt.Errorf("the address is no URL: %w", err)
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("credentials do not belong in the URL; set %s", variables)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("the address is no URL like https://host:9200")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address has more than host and path")
	case u.Scheme == "http" && !o.Credentials.none() && !IsLoopback(u):
		return nil, errors.New("credentials are not sent over plain http to another machine; use https")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

// IsLoopback reports whether a URL names this machine.
func IsLoopback(u *url.URL) bool {
	h := u.Hostname()
	if h == "localhost" {
		return true
	}
	ip := net.ParseIP(h)
	return ip != nil && ip.IsLoopback()
}

func newTransport(o Options) (*guard, error) {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("net/http has another default transport")
	}
	t := base.Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if len(o.CA) > 0 {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("the CA file holds no PEM certificate")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return &guard{next: t, write: o.Write, reads: readOnly}, nil
}

// guard is the last stop before the network: it lets nothing out that could change a read-only cluster, and speaks plain JSON, which
// OpenSearch wants and Elasticsearch takes.
type guard struct {
	next  http.RoundTripper
	write bool
	reads func(method, path string) bool
}

func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.write && !g.reads(r.Method, r.URL.Path) {
		return nil, fmt.Errorf("%w: %s %s", errWrite, r.Method, r.URL.Path)
	}
	r = r.Clone(r.Context())
	for _, h := range []string{"Content-Type", "Accept"} {
		if v := r.Header.Get(h); strings.Contains(v, "vnd.elasticsearch+") {
			v, _, _ = strings.Cut(v, ";")
			r.Header.Set(h, strings.Replace(v, "vnd.elasticsearch+", "", 1))
		}
	}
	return g.next.RoundTrip(r)
}

func readOnly(method, path string) bool {
	switch {
	case method == http.MethodGet || method == http.MethodHead:
		return true
	case method == http.MethodPost:
		return strings.HasSuffix(path, "/_search") || strings.HasSuffix(path, "/_query") || strings.HasSuffix(path, "/_query/async") ||
			strings.Contains(path, "/_query/async/") && strings.HasSuffix(path, "/stop")
	case method == http.MethodDelete:
		return strings.Contains(path, "/_query/async/") // the query's own stored answer
	}
	return false
}

// identify tells the product: Elasticsearch by its header, OpenSearch by its distribution.
func (c *Client) identify(ctx context.Context) error {
	var info struct {
		Version struct{ Number, Distribution string }
	}
	res, err := c.do(ctx, &esapi.InfoRequest{}, &info)
	if err != nil {
		return err
	}
	c.version = info.Version.Number
	switch {
	case info.Version.Distribution == "opensearch":
		c.product = OpenSearch
	case res.Get("X-Elastic-Product") == "Elasticsearch":
		c.product = Elasticsearch
	default:
		return errors.New("the server is neither Elasticsearch nor OpenSearch")
	}
	return nil
}

// Product is Elasticsearch or OpenSearch.
func (c *Client) Product() string { return c.product }

// Version is the product's version, such as 8.19.21.
func (c *Client) Version() string { return c.version }

// request is one of esapi's.
type request interface {
	Do(ctx context.Context, transport esapi.Transport) (*esapi.Response, error)
}

// maxBody bounds one answer.
const maxBody = 512 << 20

// do sends a request and decodes its answer; numbers stay text, so that whole numbers keep all their digits.
func (c *Client) do(ctx context.Context, r request, into any) (http.Header, error) {
	res, err := r.Do(ctx, c.transport)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxBody)
	case res.StatusCode >= 300:
		return nil, &Refused{res.StatusCode, reason(body)}
	case into == nil:
		return res.Header, nil
	}
	if err := decodeJSON(body, into); err != nil {
		return nil, fmt.Errorf("the answer is no JSON of this form: %w", err)
	}
	return res.Header, nil
}

func decodeJSON(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return d.Decode(into)
}

// reason finds the sentence in an error answer.
func reason(body []byte) string {
	var e struct {
		Error struct {
			Type, Reason string
			RootCause    []struct{ Type, Reason string } `json:"root_cause"`
			CausedBy     *struct{ Type, Reason string }  `json:"caused_by"`
			Failed       []struct {
				Reason struct {
					Reason   string
					CausedBy *struct{ Reason string } `json:"caused_by"`
				}
			} `json:"failed_shards"`
		}
	}
	if json.Unmarshal(body, &e) != nil || e.Error.Type == "" {
		return clip(strings.TrimSpace(string(body)), 300)
	}
	s := e.Error.Type + ": " + e.Error.Reason
	if len(e.Error.Failed) > 0 {
		first := e.Error.Failed[0].Reason
		if !strings.Contains(s, first.Reason) {
			s += "; " + first.Reason
		}
		if first.CausedBy != nil {
			s += "; " + first.CausedBy.Reason
		}
	}
	if e.Error.CausedBy != nil {
		s += "; " + e.Error.CausedBy.Reason
	}
	return clip(s, 2000)
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

var errTimeout = errors.New("the time limit is over")

// Run runs the translation's bytes as they are. See Cluster.
func (c *Client) Run(ctx context.Context, out *emit.Output, index ...string) (*eval.Table, []Warning, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opt.Timeout, fmt.Errorf("%w (%s)", errTimeout, c.opt.Timeout))
	defer cancel()
	var a answer
	var err error
	switch out.Ext {
	case "esql":
		if c.product != Elasticsearch {
			return nil, nil, fmt.Errorf("%s has no ES|QL", c.product)
		}
		a, err = c.runESQL(ctx, out)
	case "json":
		a, err = c.runSearch(ctx, out, index)
	default:
		return nil, nil, fmt.Errorf("a translation to %s does not run on %s", out.Ext, c.product)
	}
	if err != nil {
		return nil, a.warnings, err
	}
	if n := len(a.table.Rows); n > c.opt.Rows {
		a.table.Rows = a.table.Rows[:c.opt.Rows]
		a.warn(Partial, fmt.Sprintf("more than %d rows", c.opt.Rows))
	}
	return a.table, a.warnings, c.judge(a.warnings)
}

// judge makes an error of the warnings that mean that the rows cannot be trusted.
func (c *Client) judge(ws []Warning) error {
	if c.opt.AllowPartial {
		return nil
	}
	var bad []Warning
	for _, w := range ws {
		if w.Severity >= Unexpected {
			bad = append(bad, w)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &IncompleteError{bad}
}

// answer is a result in the making.
type answer struct {
	table    *eval.Table
	warnings []Warning
}

func (a *answer) warn(s Severity, text string) {
	for _, w := range a.warnings {
		if w.Text == text {
			return
		}
	}
	a.warnings = append(a.warnings, Warning{s, text})
}

// cut notes that exactly as many rows came as the translation's own limit lets through.
func (a *answer) cut(caps []emit.Cap) {
	for _, limit := range caps {
		if limit.Column == "" && int64(len(a.table.Rows)) == limit.N {
			a.warn(Partial, fmt.Sprintf("exactly %d rows came, the limit of %s: there may be more", limit.N, limit.What))
		}
	}
}

// cancelTime bounds the request that ends a query on the server.
const cancelTime = 5 * time.Second
