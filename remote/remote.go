// Package remote runs translations on Elasticsearch and OpenSearch and reads their rows back under the source's column names and types.
// Nothing is written unless Options.Write allows it, and nothing partial is passed off as a result.
package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/eval"
)

// Cluster is what proving a translation needs of an engine.
type Cluster interface {
	// CreateIndex makes an index with the given body of "mappings"; it fails if the index exists.
	CreateIndex(ctx context.Context, name string, mappings []byte) error
	// Bulk adds documents and makes them visible to searches.
	Bulk(ctx context.Context, name string, docs [][]byte) error
	// DeleteIndex removes an index; one that does not exist is no error.
	DeleteIndex(ctx context.Context, name string) error
	// Run runs the translation's bytes as they are. A search is sent to index, or to the translation's own where none is given.
	// Warnings are what the engine said besides; those that are errors are returned as one, too.
	Run(ctx context.Context, out *emit.Output, index ...string) (*eval.Table, []Warning, error)
}

// Severity of a warning.
type Severity int

const (
	// Benign warnings do not touch the rows, such as a deprecated setting.
	Benign Severity = iota
	// Expected warnings name values that become null on purpose, such as text that is no number.
	Expected
	// Unexpected warnings say that rows may be missing or wrong.
	Unexpected
	// Partial says that the answer is cut or incomplete.
	Partial
)

func (s Severity) String() string {
	return [...]string{"benign", "expected", "unexpected", "partial"}[s]
}

// Warning is something that an engine said about an answer.
type Warning struct {
	Severity Severity
	Text     string
}

// IncompleteError says that the answer cannot be taken as the hunt's rows. The rows that came are returned beside it.
type IncompleteError struct{ Warnings []Warning }

func (e *IncompleteError) Error() string {
	first := e.Warnings[0]
	s := first.Text
	if n := len(e.Warnings); n > 1 {
		s += fmt.Sprintf(" (and %d more)", n-1)
	}
	if first.Severity == Partial {
		return "the answer is not complete: " + s
	}
	return "the engine warns: " + s
}

// Refused is an error answer of a cluster: its status and reason.
type Refused struct {
	Status int
	Reason string
}

func (e *Refused) Error() string {
	return fmt.Sprintf("the cluster answers %d: %s", e.Status, e.Reason)
}

// Progress says how far a long query is.
type Progress struct {
	Elapsed time.Duration
	Text    string
}

// Options of a connection. The zero value reads at most 10,000 rows within five minutes, without credentials.
type Options struct {
	Credentials Credentials
	CA          []byte        // PEM of certificate authorities that are trusted instead of the system's
	Rows        int           // most rows of a result; more is an error; default 10,000
	Timeout     time.Duration // of one run, default 5 minutes
	// AllowPartial returns incomplete results with their warnings instead of an error.
	AllowPartial bool
	// Write permits CreateIndex, Bulk and DeleteIndex. Without it no request that could change the cluster leaves the process.
	Write bool
	// Progress, if set, is called now and then while a query runs.
	Progress func(Progress)
	// Async runs ES|QL as an asynchronous query, which survives proxies' time limits, reports progress and can be cancelled.
	Async bool

	backoff func(attempt int) time.Duration // tests wait less
	poll    time.Duration                   // how long one request waits for an asynchronous query
}

func (o Options) withDefaults() Options {
	if o.Rows == 0 {
		o.Rows = 10_000
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Minute
	}
	if o.backoff == nil {
		o.backoff = exponential
	}
	if o.poll == 0 {
		o.poll = 2 * time.Second
	}
	return o
}

// exponential waits 0.5, 1, 2, 4, 8 seconds.
func exponential(attempt int) time.Duration { return time.Second / 4 << min(attempt, 5) }

// Credentials of a cluster; at most one kind is set.
type Credentials struct {
	APIKey         string // base64 of id:key, as Elasticsearch shows it
	User, Password string
	SplunkToken    string // an authentication token of Splunk; only a connection to Splunk uses it
	SplunkSession  string // a session key of Splunk; as above
}

// Environment variables that hold credentials. They are read from nowhere else.
const (
	EnvAPIKey   = "HUNTC_API_KEY"
	EnvUser     = "HUNTC_USER"
	EnvPassword = "HUNTC_PASSWORD"
	EnvSplunk   = "HUNTC_SPLUNK_TOKEN"
)

// CredentialsFrom reads credentials from the environment.
func CredentialsFrom(getenv func(string) string) (Credentials, error) {
	c := Credentials{APIKey: getenv(EnvAPIKey), User: getenv(EnvUser), Password: getenv(EnvPassword)}
	switch {
	case c.APIKey != "" && c.User != "":
		return c, fmt.Errorf("%s and %s are both set; use one", EnvAPIKey, EnvUser)
	case (c.User == "") != (c.Password == ""):
		return c, fmt.Errorf("%s and %s go together; one of them is not set", EnvUser, EnvPassword)
	}
	return c, nil
}

func (c Credentials) none() bool { return c == Credentials{} }

var errWrite = errors.New("the connection is read-only")
