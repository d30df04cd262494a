package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// searchAnswer is the part of a search's answer that is read.
type searchAnswer struct {
	TimedOut        bool `json:"timed_out"`
	TerminatedEarly bool `json:"terminated_early"`
	Shards          struct {
		Failed   int
		Failures []struct {
			Reason struct{ Type, Reason string }
		}
	} `json:"_shards"`
	Clusters *struct{ Skipped, Partial, Failed int } `json:"_clusters"`
	Hits     struct {
		Hits  []map[string]any
		Total *struct {
			Value    int64
			Relation string
		}
	}
	Aggregations map[string]any
}

// runSearch sends the body, page after page while a composite has an after_key: a selector may empty a page, so that only the key's
// absence ends it.
func (c *Client) runSearch(ctx context.Context, out *emit.Output, index []string) (answer, error) {
	var a answer
	indices, err := indicesOf(out, index)
	if err != nil {
		return a, err
	}
	body := map[string]any{}
	if err := decodeJSON([]byte(out.Text), &body); err != nil {
		return a, fmt.Errorf("the translation is no search body: %w", err)
	}
	rows := newRowReader(out)
	a.table = rows.table
	begin, pages := time.Now(), 0
	for {
		var r searchAnswer
		if err := c.search(ctx, indices, body, &r); err != nil {
			return a, err
		}
		pages++
		r.judge(&a)
		if err := rows.read(&r, &a); err != nil {
			return a, err
		}
		if out.Paging == "" || len(rows.table.Rows) > c.opt.Rows {
			break
		}
		group, _ := r.Aggregations[out.Paging].(map[string]any)
		after, more := group["after_key"]
		if !more {
			break
		}
		if err := setAfter(body, out.Paging, after); err != nil {
			return a, err
		}
		if c.opt.Progress != nil {
			c.opt.Progress(Progress{time.Since(begin).Round(time.Second), fmt.Sprintf("%d pages, %d rows", pages, len(rows.table.Rows))})
		}
	}
	a.cut(out.Caps)
	return a, nil
}

// indicesOf is where the search is sent.
func indicesOf(out *emit.Output, index []string) ([]string, error) {
	if len(index) == 0 {
		for _, n := range out.Needs {
			if n.Kind == "index" {
				index = append(index, strings.Split(n.Name, ",")...)
			}
		}
	}
	if len(index) == 0 {
		return nil, errors.New("the translation names no index")
	}
	for _, name := range index {
		// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create: what a name cannot hold; a
		// pattern may have wildcards and a cluster.
		if name == "" || strings.ContainsAny(name, `/\?"<>| #%`) {
			return nil, fmt.Errorf("%q is no index name", name)
		}
	}
	return index, nil
}

func (c *Client) search(ctx context.Context, indices []string, body map[string]any, r *searchAnswer) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	// A search ends on the server when its connection does, which ending ctx brings about.
	// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search
	_, err = c.do(ctx, &esapi.SearchRequest{Index: indices, Body: strings.NewReader(string(text)), AllowPartialSearchResults: &c.opt.AllowPartial}, r)
	return err
}

// judge notes what makes an answer incomplete.
func (r *searchAnswer) judge(a *answer) {
	if r.TimedOut {
		a.warn(Partial, "the search timed out on the server")
	}
	if r.TerminatedEarly {
		a.warn(Partial, "the search was ended early on the server")
	}
	if r.Shards.Failed > 0 {
		text := fmt.Sprintf("%d shards failed", r.Shards.Failed)
		if len(r.Shards.Failures) > 0 {
			f := r.Shards.Failures[0].Reason
			text += fmt.Sprintf(" (%s: %s)", f.Type, clip(f.Reason, 300))
		}
		a.warn(Partial, text)
	}
	if r.Clusters != nil && r.Clusters.Skipped+r.Clusters.Partial+r.Clusters.Failed > 0 {
		a.warn(Partial, "not all clusters answered")
	}
}

// setAfter asks for the composite's next page.
func setAfter(body map[string]any, name string, after any) error {
	aggs, _ := body["aggs"].(map[string]any)
	agg, _ := aggs[name].(map[string]any)
	composite, ok := agg["composite"].(map[string]any)
	if !ok {
		return fmt.Errorf("the translation has no composite %s to page", name)
	}
	composite["after"] = after
	return nil
}

// rowReader makes rows of buckets or hits.
type rowReader struct {
	cols  []emit.OutColumn
	table *eval.Table
	fan   []string         // path from the row's bucket to the nested buckets of which each is a row
	caps  map[string]int64 // columns whose sets are cut
}

func newRowReader(out *emit.Output) *rowReader {
	r := &rowReader{cols: out.Columns, table: &eval.Table{}, caps: map[string]int64{}}
	for _, c := range out.Columns {
		r.table.Columns = append(r.table.Columns, ir.Column{Name: c.Name, Type: c.Type})
		if fan := fanOf(c); len(fan) > len(r.fan) {
			r.fan = fan
		}
	}
	for _, limit := range out.Caps {
		if limit.Column != "" {
			r.caps[limit.Column] = limit.N
		}
	}
	return r
}

// many marks a path through every bucket of a list.
const many = "buckets[]"

// fanOf splits the part of a column's path that goes through one row per bucket; the values of a set are no rows of their own.
func fanOf(c emit.OutColumn) []string {
	path := c.Path
	if c.Decode == decodeBuckets {
		path = strings.TrimSuffix(path, "."+many+".key")
	}
	var fan []string
	for {
		before, rest, ok := strings.Cut(path, "."+many+".")
		if !ok {
			return fan
		}
		fan, path = append(fan, before), rest
	}
}

func (r *rowReader) read(s *searchAnswer, a *answer) error {
	if s.Aggregations == nil {
		for _, h := range s.Hits.Hits {
			if err := r.add([]any{h}, a); err != nil {
				return err
			}
		}
		return nil
	}
	for name, g := range s.Aggregations {
		group, ok := g.(map[string]any)
		if !ok || len(s.Aggregations) > 1 {
			return fmt.Errorf("the answer has other aggregations than the translation (%s)", name)
		}
		list, paged := group["buckets"].([]any)
		if !paged {
			list = []any{group} // one bucket over everything
		}
		for _, b := range list {
			if err := r.spread([]any{b}, r.fan, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// spread goes down to the buckets that are rows; levels holds the buckets on the way.
func (r *rowReader) spread(levels []any, fan []string, a *answer) error {
	if len(fan) == 0 {
		return r.add(levels, a)
	}
	at := lookup(levels[len(levels)-1], fan[0])
	group, _ := at.(map[string]any)
	buckets, ok := group["buckets"].([]any)
	if !ok {
		return fmt.Errorf("the answer has no buckets at %s", fan[0])
	}
	if others(group) {
		a.warn(Partial, fmt.Sprintf("%s has more buckets than were asked for", fan[0]))
	}
	for _, b := range buckets {
		if err := r.spread(append(levels[:len(levels):len(levels)], b), fan[1:], a); err != nil {
			return err
		}
	}
	return nil
}

func (r *rowReader) add(levels []any, a *answer) error {
	row := make([]ir.Value, len(r.cols))
	for i, c := range r.cols {
		cell, cut := r.cell(levels, c)
		if n, limited := r.caps[c.Name]; limited && cut {
			a.warn(Partial, fmt.Sprintf("a set of %s has more than %d values", c.Name, n))
		}
		v, err := decode(cell, c)
		if err != nil {
			return fmt.Errorf("row %d, column %s: %w", len(r.table.Rows)+1, c.Name, err)
		}
		row[i] = v
	}
	r.table.Rows = append(r.table.Rows, row)
	return nil
}

// cell finds a column's value in the bucket of its level, and whether a set has more values than came.
func (r *rowReader) cell(levels []any, c emit.OutColumn) (x any, cut bool) {
	if c.Path == "" {
		return nil, false // left out of the translation
	}
	path := c.Path
	n := len(fanOf(c))
	for range n {
		_, path, _ = strings.Cut(path, "."+many+".")
	}
	if c.Decode == decodeBuckets {
		return keysOf(lookup(levels[n], strings.TrimSuffix(path, "."+many+".key")))
	}
	return lookup(levels[n], path), false
}

func keysOf(agg any) (keys []any, cut bool) {
	group, _ := agg.(map[string]any)
	buckets, _ := group["buckets"].([]any)
	keys = []any{}
	for _, b := range buckets {
		if m, ok := b.(map[string]any); ok {
			keys = append(keys, m["key"])
		}
	}
	return keys, others(group)
}

// others reports whether a terms aggregation has more buckets than came.
func others(group map[string]any) bool {
	n, _ := group["sum_other_doc_count"].(json.Number)
	return n != "" && n != "0"
}

// lookup follows a dotted path; a key may itself have dots, and the longest one is taken.
func lookup(v any, path string) any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	if x, ok := m[path]; ok {
		return x
	}
	for i := len(path) - 1; i > 0; i-- {
		if path[i] != '.' {
			continue
		}
		if x, ok := m[path[:i]]; ok {
			return lookup(x, path[i+1:])
		}
	}
	return nil
}
