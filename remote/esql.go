package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// esqlAnswer is the part of an ES|QL answer that is read.
// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-esql-async-query
type esqlAnswer struct {
	ID        string
	IsRunning bool `json:"is_running"`
	IsPartial bool `json:"is_partial"`
	Columns   []struct{ Name, Type string }
	Values    [][]any
	Documents json.Number `json:"documents_found"`
	Clusters  *struct {
		Failed, Partial, Skipped int
		Details                  map[string]struct {
			Failures []struct {
				Reason struct{ Type, Reason string }
			}
		}
	} `json:"_clusters"`
}

func (c *Client) runESQL(ctx context.Context, out *emit.Output) (answer, error) {
	var r esqlAnswer
	var head http.Header
	var err error
	if c.opt.Async {
		head, err = c.async(ctx, out.Text, &r)
	} else {
		head, err = c.sync(ctx, out.Text, &r)
	}
	if err != nil {
		return answer{}, err
	}
	var a answer
	for _, w := range head.Values("Warning") {
		a.warn(classify(warnText(w)))
	}
	a.warnings = withoutDetails(a.warnings)
	if r.IsPartial {
		a.warn(Partial, "a part of the data was not read"+r.failure())
	}
	if a.table, err = readESQL(&r, out.Columns); err != nil {
		return a, err
	}
	a.cut(out.Caps)
	return a, nil
}

func (r *esqlAnswer) failure() string {
	if r.Clusters == nil {
		return ""
	}
	for name, d := range r.Clusters.Details {
		for _, f := range d.Failures {
			return fmt.Sprintf(" (%s %s: %s)", strings.TrimSpace("cluster "+name), f.Reason.Type, clip(f.Reason.Reason, 300))
		}
	}
	return ""
}

func (c *Client) sync(ctx context.Context, query string, r *esqlAnswer) (http.Header, error) {
	body, err := json.Marshal(map[string]any{"query": query})
	if err != nil {
		return nil, err
	}
	// Without this an Elasticsearch that answers a part does so with status 200.
	return c.do(ctx, &esapi.EsqlQueryRequest{Body: strings.NewReader(string(body)), AllowPartialResults: &c.opt.AllowPartial}, r)
}

// async starts the query, waits for it in steps and reports progress. When ctx ends, the query ends on the server too.
func (c *Client) async(ctx context.Context, query string, r *esqlAnswer) (http.Header, error) {
	body, err := json.Marshal(map[string]any{"query": query, "wait_for_completion_timeout": millis(c.opt.poll), "keep_alive": "1h"})
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	// The start is not given up when ctx ends: its answer holds the id without which the query cannot be cancelled.
	start, stop := context.WithTimeout(context.WithoutCancel(ctx), c.opt.poll+30*time.Second)
	defer stop()
	head, err := c.do(start, &esapi.EsqlAsyncQueryRequest{Body: strings.NewReader(string(body)), AllowPartialResults: &c.opt.AllowPartial}, r)
	if err != nil {
		return nil, err
	}
	id := r.ID
	for r.IsRunning {
		if id == "" {
			return nil, errors.New("the query runs on without an id to ask for it")
		}
		if ctx.Err() != nil {
			return c.giveUp(ctx, id, r)
		}
		if c.opt.Progress != nil {
			c.opt.Progress(Progress{time.Since(begin).Round(time.Second), "the query runs" + r.seen()})
		}
		*r = esqlAnswer{}
		head, err = c.do(ctx, &esapi.EsqlAsyncQueryGetRequest{DocumentID: id, WaitForCompletionTimeout: c.opt.poll}, r)
		if err != nil {
			if ctx.Err() != nil {
				return c.giveUp(ctx, id, r)
			}
			return nil, errors.Join(err, c.cancel(ctx, id))
		}
	}
	if id != "" {
		// The stored answer is of no more use; that it stays for an hour otherwise is no reason to fail.
		_ = c.cancel(ctx, id)
	}
	return head, nil
}

func (r *esqlAnswer) seen() string {
	if n := r.Documents.String(); n != "" && n != "0" {
		return ", " + n + " documents found so far"
	}
	return ""
}

// giveUp ends a query whose time is over: with partial results allowed it is stopped and its rows are taken, otherwise cancelled.
func (c *Client) giveUp(ctx context.Context, id string, r *esqlAnswer) (http.Header, error) {
	if c.opt.AllowPartial && errors.Is(context.Cause(ctx), errTimeout) {
		stopping, done := context.WithTimeout(context.WithoutCancel(ctx), 6*cancelTime)
		defer done()
		*r = esqlAnswer{}
		head, err := c.do(stopping, &esapi.EsqlAsyncQueryStopRequest{DocumentID: id}, r)
		r.IsPartial = true
		return head, err
	}
	return nil, errors.Join(context.Cause(ctx), c.cancel(ctx, id))
}

// cancel ends the query on the server and deletes what it stored, also after ctx has ended.
func (c *Client) cancel(ctx context.Context, id string) error {
	ending, done := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer done()
	if _, err := c.do(ending, &esapi.EsqlAsyncQueryDeleteRequest{DocumentID: id}, nil); err != nil {
		return fmt.Errorf("the query could not be cancelled on the server: %w", err)
	}
	return nil
}

func millis(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// readESQL gives the columns their source's names and types.
func readESQL(r *esqlAnswer, cols []emit.OutColumn) (*eval.Table, error) {
	at := map[string]int{}
	for i, c := range r.Columns {
		at[c.Name] = i
	}
	t := &eval.Table{}
	index := make([]int, len(cols))
	for i, c := range cols {
		j, ok := at[c.Path]
		if !ok {
			return nil, fmt.Errorf("the answer has no column %s", c.Path)
		}
		index[i] = j
		t.Columns = append(t.Columns, ir.Column{Name: c.Name, Type: c.Type})
	}
	for n, values := range r.Values {
		row := make([]ir.Value, len(cols))
		for i, c := range cols {
			if index[i] >= len(values) {
				return nil, fmt.Errorf("row %d of the answer is short", n+1)
			}
			v, err := decode(values[index[i]], c)
			if err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", n+1, c.Name, err)
			}
			row[i] = v
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}
