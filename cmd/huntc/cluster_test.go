package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/internal/engines/enginetest"
	"github.com/huntc/huntc/remote"
)

var pool enginetest.Pool

// execute runs the command in this process.
func execute(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	err = root.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

// cluster answers as Elasticsearch of a version does; answer makes the reply to an ES|QL query.
func cluster(t *testing.T, version string, answer func(query string) string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		if r.URL.Path == "/" {
			fmt.Fprintf(w, `{"version":{"number":%q}}`, version)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, answer(string(body)))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const (
	massDownloads = "../../rules/hunts/mass-downloads.yaml"
	answered      = `"columns":[{"name":"AccountDisplayName"},{"name":"AccountObjectId"},{"name":"DownloadCount"}],"values":[["Ada","a-1",51]]}`
)

func TestRunOnAClusterPrintsTheSourcesColumns(t *testing.T) {
	for version, want := range map[string]string{"8.19.21": "FROM logs-m365_defender", "9.5.3": "FROM logs-m365_defender", "9.1.0": "FROM logs-m365_defender"} {
		var seen string
		url := cluster(t, version, func(q string) string { seen = q; return `{` + answered })
		out, errs, err := execute(context.Background(), "run", massDownloads, "--on", url, "--format", "csv")
		if err != nil {
			t.Fatalf("%v\n%s", err, errs)
		}
		if out != "AccountDisplayName,AccountObjectId,DownloadCount\nAda,a-1,51\n" || !strings.Contains(seen, want) {
			t.Errorf("%s: got %q after %s", version, out, seen)
		}
	}
}

func TestRunOnAClusterFailsLoudly(t *testing.T) {
	good := func(string) string { return `{` + answered }
	partial := func(string) string { return `{"is_partial":true,` + answered }
	for name, tc := range map[string]struct {
		version string
		answer  func(string) string
		args    []string
		status  int
		err     string
	}{
		"partial":               {"8.19.21", partial, nil, exitFailed, "--allow-partial prints what came"},
		"too old":               {"8.10.0", good, nil, exitFailed, "older than every target"},
		"another product's":     {"8.19.21", good, []string{"--to", "esagg@opensearch-2.19"}, exitUsage, "does not run on elasticsearch 8.19.21"},
		"a flag of files":       {"8.19.21", good, []string{"--data", "x.ndjson"}, exitUsage, "does not go with --on"},
		"no rows":               {"8.19.21", good, []string{"--rows", "0"}, exitUsage, "more than 0"},
		"no such authority":     {"8.19.21", good, []string{"--ca", "nowhere.pem"}, exitFailed, "nowhere.pem"},
		"an answer of no query": {"8.19.21", func(string) string { return `{"error":1}` }, nil, exitFailed, "no column"},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := execute(context.Background(), append([]string{"run", massDownloads, "--on", cluster(t, tc.version, tc.answer)}, tc.args...)...)
			ee, ok := err.(exitError)
			if !ok || ee.status != tc.status || !strings.Contains(err.Error(), tc.err) || out != "" {
				t.Errorf("got %v, output %q", err, out)
			}
		})
	}
	out, errs, err := execute(context.Background(), "run", massDownloads, "--on", cluster(t, "8.19.21", partial), "--allow-partial", "--quiet", "--format", "csv")
	if err != nil || !strings.Contains(out, "Ada") || !strings.Contains(errs, "warning: a part of the data was not read") {
		t.Errorf("allowed: %v\n%s\n%s", err, out, errs)
	}
	if _, _, err := execute(context.Background(), "run", massDownloads, "--on", "local:elastic"); err == nil || !strings.Contains(err.Error(), "starts empty") {
		t.Errorf("got %v", err)
	}
	if _, _, err := execute(context.Background(), "run", massDownloads, "--on", "local:elastik", "--data", "x.ndjson"); err == nil || !strings.Contains(err.Error(), "local:elastic") {
		t.Errorf("got %v", err)
	}
	if _, _, err := execute(context.Background(), "run", massDownloads, "--timeout", "1m"); err == nil || !strings.Contains(err.Error(), "wants --on") {
		t.Errorf("got %v", err)
	}
}

func TestCredentialsAreNeverPrinted(t *testing.T) {
	t.Setenv(remote.EnvUser, "hunter")
	t.Setenv(remote.EnvPassword, "s3cr3t")
	for _, url := range []string{cluster(t, "8.19.21", func(string) string { return `<html>` }), "https://hunter:s3cr3t@search.example", "http://search.example:9200", "https://search.example/?password=s3cr3t"} {
		out, errs, err := execute(context.Background(), "run", massDownloads, "--on", url)
		if err == nil || strings.Contains(out+errs+err.Error(), "s3cr3t") {
			t.Errorf("%s: %v\n%s", url, err, errs)
		}
	}
}

// TestRunOnRealEngines runs a hunt on events in Elasticsearch and OpenSearch.
func TestRunOnRealEngines(t *testing.T) {
	mapping := `{"properties":{"@timestamp":{"type":"date"},"ActionType":{"type":"keyword"},"AccountDisplayName":{"type":"keyword"},"AccountObjectId":{"type":"keyword"}}}`
	var docs [][]byte
	for i := range 51 {
		docs = append(docs, []byte(fmt.Sprintf(`{"@timestamp":"2026-05-14T10:00:%02dZ","ActionType":"FileDownloaded","AccountDisplayName":"Ada","AccountObjectId":"a-1"}`, i)))
	}
	for kind, target := range map[engines.Kind]string{engines.Elasticsearch: "esql@8.19/same-names", engines.OpenSearch: "esagg@opensearch-2.19/same-names"} {
		t.Run(string(kind), func(t *testing.T) {
			ctx := context.Background()
			url := pool.Node(t, kind).URL
			c, err := remote.Open(ctx, url, remote.Options{Write: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.CreateIndex(ctx, "cloudappevents", []byte(mapping)); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := c.DeleteIndex(ctx, "cloudappevents"); err != nil {
					t.Error(err)
				}
			}()
			if err := c.Bulk(ctx, "cloudappevents", docs); err != nil {
				t.Fatal(err)
			}
			out, errs, err := execute(ctx, "run", massDownloads, "--on", url, "--to", target, "--now", "2026-05-15T00:00:00Z", "--format", "csv")
			if err != nil || out != "AccountDisplayName,AccountObjectId,DownloadCount\nAda,a-1,51\n" {
				t.Errorf("got %q, %v\n%s", out, err, errs)
			}
			_, _, err = execute(ctx, "run", "-q", "NoSuchTable | where Timestamp > ago(1d) | count", "--on", url, "--to", target)
			if err == nil || !strings.Contains(err.Error(), "nosuchtable") {
				t.Errorf("an absent index: %v", err)
			}
		})
	}
}

// TestRunOnALocalEngine starts engines by itself and fills them from a file.
func TestRunOnALocalEngine(t *testing.T) {
	targets := map[string]string{"local:elastic": "esql@8.19/same-names", "local:opensearch": "esagg@opensearch-2.19/same-names"}
	for on, kind := range localEngines {
		t.Run(on, func(t *testing.T) {
			pool.Node(t, kind) // skips where it is not prepared
			out, errs, err := execute(context.Background(), "run", massDownloads, "--on", on, "--data", "CloudAppEvents=../../testdata/mass-downloads.ndjson",
				"--to", targets[on], "--now", "2026-05-15T12:00:00Z", "--format", "csv")
			if err != nil || out != "AccountDisplayName,AccountObjectId,DownloadCount\nAda,a-1,51\n" {
				t.Errorf("got %q, %v\n%s", out, err, errs)
			}
		})
	}
}
