package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/internal/engines/enginetest"
	"github.com/huntc/huntc/ir"
)

var pool enginetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// filled opens a real engine that holds n documents: user u0 to u9 in turn, n counting up.
func filled(t *testing.T, kind engines.Kind, n int, o Options) *Client {
	t.Helper()
	ctx := context.Background()
	o.Write = true
	c, err := Open(ctx, pool.Node(t, kind).URL, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteIndex(ctx, "numbers"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateIndex(ctx, "numbers", []byte(`{"properties":{"user":{"type":"keyword"},"n":{"type":"long"}}}`)); err != nil {
		t.Fatal(err)
	}
	var docs [][]byte
	for i := range n {
		docs = append(docs, []byte(fmt.Sprintf(`{"user":"u%d","n":%d}`, i%10, i)))
	}
	if err := c.Bulk(ctx, "numbers", docs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.DeleteIndex(ctx, "numbers"); err != nil {
			t.Error(err)
		}
	})
	return c
}

// slow is a query that runs long enough to be met at work: 64 million rows of one document.
func slow() *emit.Output {
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", 400), ",") + "]"
	return &emit.Output{Ext: "esql", Text: "ROW a = " + list + ", b = " + list + ", c = " + list +
		" | MV_EXPAND a | MV_EXPAND b | MV_EXPAND c | STATS n = COUNT(*) BY user = \"x\" | LIMIT 3",
		Columns: []emit.OutColumn{{Name: "N", Type: ir.Long, Path: "n"}}}
}

func TestAsyncQueryOnElasticsearch(t *testing.T) {
	var seen int
	c := filled(t, engines.Elasticsearch, 100, Options{Async: true, poll: time.Millisecond, Progress: func(Progress) { seen++ }})
	out := esqlOutput()
	out.Text, out.Caps = "FROM numbers | STATS n = MAX(n) BY user | SORT user | LIMIT 3", nil
	got, ws, err := c.Run(context.Background(), out)
	if err != nil || rowsText(t, got.Rows) != "\"u0\" 90\n\"u1\" 91\n\"u2\" 92" || len(ws) > 0 {
		t.Errorf("got %v, %v, %v", got, ws, err)
	}
}

func TestInterruptEndsTheQueryOnElasticsearch(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	c := filled(t, engines.Elasticsearch, 1, Options{Async: true, poll: time.Millisecond, Progress: func(Progress) { stop() }})
	if _, _, err := c.Run(ctx, slow()); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "could not be cancelled") {
		t.Fatalf("got %v", err)
	}
	var tasks struct {
		Nodes map[string]struct {
			Tasks map[string]struct{ Action string }
		}
	}
	deadline, done := context.WithTimeout(context.Background(), time.Minute)
	defer done()
	for {
		if _, err := c.do(deadline, &esapi.TasksListRequest{Actions: []string{"*esql*"}}, &tasks); err != nil {
			t.Fatalf("the query still runs: %v", err)
		}
		if len(tasks.Nodes) == 0 {
			return
		}
		tasks.Nodes = nil
	}
}

func TestTimeLimitOnElasticsearch(t *testing.T) {
	c := filled(t, engines.Elasticsearch, 1, Options{Async: true, poll: time.Millisecond})
	c.opt.Timeout = time.Millisecond
	if _, _, err := c.Run(context.Background(), slow()); !errors.Is(err, errTimeout) {
		t.Errorf("got %v", err)
	}
}

func TestWarningsOfElasticsearch(t *testing.T) {
	c := filled(t, engines.Elasticsearch, 1, Options{})
	run := func(text string) ([]Warning, error) {
		_, ws, err := c.Run(context.Background(), &emit.Output{Ext: "esql", Text: text, Columns: []emit.OutColumn{{Name: "Y", Type: ir.Long, Path: "y"}}})
		return ws, err
	}
	for _, text := range []string{`ROW x = "a" | EVAL y = TO_LONG(x) | KEEP y | LIMIT 1`, `ROW x = 0 | EVAL y = 1 / x | KEEP y | LIMIT 1`,
		`ROW x = "a" | EVAL y = DATE_DIFF("day", TO_DATETIME(x), NOW()) | KEEP y | LIMIT 1`} {
		ws, err := run(text)
		if err != nil || len(ws) == 0 || ws[0].Severity != Expected {
			t.Errorf("%s: %v, %v", text, ws, err)
		}
	}
	ws, err := run(`ROW x = [1, 2] | EVAL y = x + 1 | KEEP y | LIMIT 1`)
	var incomplete *IncompleteError
	if !errors.As(err, &incomplete) || ws[0].Severity != Unexpected {
		t.Errorf("several values: %v, %v", ws, err)
	}
}

// TestPagesOnRealEngines pages a composite of 2,500 buckets, of which a filter aggregation leaves the counts.
func TestPagesOnRealEngines(t *testing.T) {
	for _, kind := range []engines.Kind{engines.Elasticsearch, engines.OpenSearch} {
		t.Run(string(kind), func(t *testing.T) {
			c := filled(t, kind, 2500, Options{})
			out := &emit.Output{Ext: "json", Paging: "rows", Needs: []emit.Artifact{{Kind: "index", Name: "numbers"}},
				Text:    `{"size":0,"aggs":{"rows":{"composite":{"size":1000,"sources":[{"K":{"terms":{"field":"n"}}}]},"aggs":{"m":{"max":{"field":"n"}}}}}}`,
				Columns: []emit.OutColumn{{Name: "K", Type: ir.Long, Path: "key.K"}, {Name: "M", Type: ir.Long, Path: "m.value"}}}
			got, _, err := c.Run(context.Background(), out)
			if err != nil || len(got.Rows) != 2500 || got.Rows[2499][1].V != int64(2499) {
				t.Fatalf("%v, %v", err, got)
			}
			c.opt.Rows = 1500
			if _, _, err := c.Run(context.Background(), out); err == nil || !strings.Contains(err.Error(), "more than 1500 rows") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestErrorsOfRealEngines(t *testing.T) {
	c := filled(t, engines.Elasticsearch, 1, Options{})
	out := esqlOutput()
	out.Text = "FROM numbers | WHERE nosuch == 1 | LIMIT 1"
	_, _, err := c.Run(context.Background(), out)
	var r *Refused
	if !errors.As(err, &r) || r.Status != http.StatusBadRequest || !strings.Contains(err.Error(), "Unknown column [nosuch]") {
		t.Errorf("got %v", err)
	}
	if err := c.CreateIndex(context.Background(), "numbers", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("got %v", err)
	}
}
