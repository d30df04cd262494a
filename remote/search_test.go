package remote

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

const search = "POST /logs-*/_search"

func TestPagesGoOnUntilThereIsNoAfterKey(t *testing.T) {
	s := newStub(t,
		step{want: search, answer: `{"aggregations":{"rows":{"after_key":{"u":"b"},"buckets":[{"key":{"u":"a","t":1778457600000},"doc_count":2,"m":{"value":3.0}}]}}}`},
		step{want: search, has: `"after":{"u":"b"}`, answer: `{"aggregations":{"rows":{"after_key":{"u":"c"},"buckets":[]}}}`}, // emptied by a selector
		step{want: search, has: `"after":{"u":"c"}`, answer: `{"aggregations":{"rows":{"after_key":{"u":9007199254740993},"buckets":[{"key":{"u":null,"t":null},"doc_count":9007199254740993,"m":{"value":null}}]}}}`},
		step{want: search, has: `"after":{"u":9007199254740993}`, answer: `{"aggregations":{"rows":{"buckets":[]}}}`})
	s.os = true
	var seen []string
	c := s.open(t, Options{Progress: func(p Progress) { seen = append(seen, p.Text) }})
	if c.Product() != OpenSearch || c.Version() != "2.19.6" {
		t.Errorf("%s %s", c.Product(), c.Version())
	}
	got, _, err := c.Run(context.Background(), aggOutput(emit.OutColumn{Name: "User", Type: ir.String, Path: "key.u"},
		emit.OutColumn{Name: "At", Type: ir.Datetime, Path: "key.t", Decode: decodeMillis},
		emit.OutColumn{Name: "N", Type: ir.Long, Path: "doc_count"}, emit.OutColumn{Name: "M", Type: ir.Long, Path: "m.value"},
		emit.OutColumn{Name: "Left", Type: ir.Dynamic}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"a" 2026-05-11T00:00:00Z 2 3 null` + "\n" + `"" null 9007199254740993 null null`; rowsText(t, got.Rows) != want {
		t.Errorf("got\n%s\nwant\n%s", rowsText(t, got.Rows), want)
	}
	if len(seen) != 3 || seen[2] != "3 pages, 2 rows" {
		t.Errorf("progress %q", seen)
	}
}

func TestNestedBucketsAreRowsAndSetsAreNot(t *testing.T) {
	answer := `{"aggregations":{"rows":{"buckets":[{"key":{"u":"a"},"recent":{"doc_count":3,"r":{"sum_other_doc_count":0,"buckets":[
		{"key":"r1","s":{"sum_other_doc_count":0,"buckets":[{"key":"x"},{"key":"y"}]}},
		{"key":"r2","s":{"sum_other_doc_count":4,"buckets":[]}}]}}}]}}}`
	out := aggOutput(emit.OutColumn{Name: "U", Type: ir.String, Path: "key.u"}, emit.OutColumn{Name: "R", Type: ir.String, Path: "recent.r.buckets[].key"},
		emit.OutColumn{Name: "S", Type: ir.Dynamic, Path: "recent.r.buckets[].s.buckets[].key", Decode: decodeBuckets})
	got, _, err := newStub(t, step{want: search, answer: answer}).open(t, Options{}).Run(context.Background(), out)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"a" "r1" ["x","y"]` + "\n" + `"a" "r2" []`; rowsText(t, got.Rows) != want {
		t.Errorf("got\n%s\nwant\n%s", rowsText(t, got.Rows), want)
	}
	out.Caps = []emit.Cap{{What: "values of a set", N: 2, Column: "S"}}
	_, _, err = newStub(t, step{want: search, answer: answer}).open(t, Options{}).Run(context.Background(), out)
	if err == nil || !strings.Contains(err.Error(), "a set of S has more than 2 values") {
		t.Errorf("got %v", err)
	}
	cut := strings.Replace(answer, `"sum_other_doc_count":0`, `"sum_other_doc_count":9`, 1)
	_, _, err = newStub(t, step{want: search, answer: cut}).open(t, Options{}).Run(context.Background(), out)
	if err == nil || !strings.Contains(err.Error(), "more buckets than were asked for") {
		t.Errorf("got %v", err)
	}
}

func TestHitsAreRows(t *testing.T) {
	out := &emit.Output{Text: `{"size":2}`, Ext: "json", Caps: []emit.Cap{{What: "hits", N: 2}}, Needs: []emit.Artifact{{Kind: "index", Name: "a,b"}},
		Columns: []emit.OutColumn{{Name: "U", Type: ir.String, Path: "fields.user.name", Decode: decodeHits}, {Name: "N", Type: ir.Int, Path: "fields.n", Decode: decodeHits}}}
	one := step{want: "POST /a,b/_search", answer: `{"hits":{"hits":[{"fields":{"user.name":["x"],"n":["7"]}}]}}`}
	got, _, err := newStub(t, one).open(t, Options{}).Run(context.Background(), out)
	if err != nil || rowsText(t, got.Rows) != `"x" 7` {
		t.Errorf("got %v, %v", got, err)
	}
	two := step{want: "POST /a,b/_search", answer: `{"hits":{"hits":[{"fields":{}},{"fields":{}}]}}`}
	if _, _, err = newStub(t, two).open(t, Options{}).Run(context.Background(), out); err == nil || !strings.Contains(err.Error(), "exactly 2 rows") {
		t.Errorf("got %v", err)
	}
	several := step{want: "POST /a,b/_search", answer: `{"hits":{"hits":[{"fields":{"user.name":["x","y"]}}]}}`}
	if _, _, err = newStub(t, several).open(t, Options{}).Run(context.Background(), out); err == nil || !strings.Contains(err.Error(), "is no string") {
		t.Errorf("several values passed for one: %v", err)
	}
}

func TestIncompleteSearchesAreErrors(t *testing.T) {
	const rows = `"aggregations":{"rows":{"buckets":[]}}`
	for name, tc := range map[string]struct{ answer, err string }{
		"time":     {`{"timed_out":true,` + rows + `}`, "timed out on the server"},
		"ended":    {`{"terminated_early":true,` + rows + `}`, "ended early"},
		"shards":   {`{"_shards":{"failed":2,"failures":[{"reason":{"type":"query_shard_exception","reason":"no such field"}}]},` + rows + `}`, "2 shards failed (query_shard_exception: no such field)"},
		"clusters": {`{"_clusters":{"skipped":1},` + rows + `}`, "not all clusters answered"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := newStub(t, step{want: search, answer: tc.answer}).open(t, Options{}).Run(context.Background(), aggOutput())
			var inc *IncompleteError
			if !errors.As(err, &inc) || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("got %v", err)
			}
			_, ws, err := newStub(t, step{want: search, answer: tc.answer}).open(t, Options{AllowPartial: true}).Run(context.Background(), aggOutput())
			if err != nil || len(ws) != 1 {
				t.Errorf("allowed: %v, %v", ws, err)
			}
		})
	}
}

// TestInterruptEndsASearch: a search ends on the server when its connection closes.
func TestInterruptEndsASearch(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	hungUp := false
	s := newStub(t, step{want: search, before: func(r *http.Request) { stop(); <-r.Context().Done(); hungUp = true }})
	_, _, err := s.open(t, Options{}).Run(ctx, aggOutput())
	s.mu.Lock()
	defer s.mu.Unlock()
	if !errors.Is(err, context.Canceled) || !hungUp {
		t.Errorf("got %v, hung up: %v", err, hungUp)
	}
}

func TestSearchTimeLimit(t *testing.T) {
	s := newStub(t, step{want: search, before: func(r *http.Request) { <-r.Context().Done() }})
	c := s.open(t, Options{})
	c.opt.Timeout = 50 * time.Millisecond
	_, _, err := c.Run(context.Background(), aggOutput())
	if err == nil || !strings.Contains(err.Error(), "the time limit is over (50ms)") {
		t.Errorf("got %v", err)
	}
}

func TestIndexNamesAreNotPaths(t *testing.T) {
	for _, name := range []string{"", "a/_doc/1?x=", "a b", "<x>", "a#b"} {
		out := aggOutput()
		out.Needs[0].Name = name
		if _, _, err := newStub(t).open(t, Options{}).Run(context.Background(), out); err == nil || !strings.Contains(err.Error(), "is no index name") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
