package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// step is one recorded exchange.
type step struct {
	want   string // method and path
	has    string // text that the request's body must contain
	status int    // 0 means 200
	warn   []string
	answer string
	before func(*http.Request) // runs before the answer is written
}

// stub answers the steps in their order and fails the test for anything else.
type stub struct {
	t     *testing.T
	mu    sync.Mutex
	steps []step
	os    bool // OpenSearch
	auth  string
	url   string
}

func newStub(t *testing.T, steps ...step) *stub {
	s := &stub{t: t, steps: steps}
	server := httptest.NewServer(s)
	s.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if len(s.steps) > 0 {
			t.Errorf("the client did not send %s", s.steps[0].want)
		}
	})
	return s
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	if s.os && strings.Contains(r.Header.Get("Content-Type")+r.Header.Get("Accept"), "vnd.elasticsearch") {
		w.WriteHeader(http.StatusNotAcceptable) // as OpenSearch does
		return
	}
	if !s.os {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
	}
	w.Header().Set("Content-Type", "application/json")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auth = r.Header.Get("Authorization")
	if r.URL.Path == "/" {
		if s.os {
			fmt.Fprint(w, `{"version":{"distribution":"opensearch","number":"2.19.6"}}`)
			return
		}
		fmt.Fprint(w, `{"version":{"number":"8.19.21"}}`)
		return
	}
	got := r.Method + " " + r.URL.Path
	if len(s.steps) == 0 || s.steps[0].want != got || !strings.Contains(string(body), s.steps[0].has) {
		s.t.Errorf("unexpected request %s %s", got, body)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	st := s.steps[0]
	s.steps = s.steps[1:]
	if st.before != nil {
		st.before(r)
	}
	for _, text := range st.warn {
		w.Header().Add("Warning", `299 Elasticsearch-8.19.21-4fe44c2 "`+strings.ReplaceAll(text, `"`, `\"`)+`"`)
	}
	if st.status != 0 {
		w.WriteHeader(st.status)
	}
	fmt.Fprint(w, st.answer)
}

func (s *stub) open(t *testing.T, o Options) *Client {
	t.Helper()
	o.backoff = func(int) time.Duration { return time.Microsecond }
	c, err := Open(context.Background(), s.url, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func esqlOutput() *emit.Output {
	return &emit.Output{Text: "FROM x | KEEP user, n | LIMIT 3\n", Ext: "esql", Caps: []emit.Cap{{What: "result rows", N: 3}},
		Columns: []emit.OutColumn{{Name: "User", Type: ir.String, Path: "user"}, {Name: "N", Type: ir.Long, Path: "n"}}}
}

const cols = `"columns":[{"name":"n","type":"long"},{"name":"user","type":"keyword"}]`

// text shows rows in short.
func rowsText(t *testing.T, rows [][]ir.Value) string {
	t.Helper()
	var lines []string
	for _, r := range rows {
		var cells []string
		for _, v := range r {
			if v.Type == ir.Datetime && v.V != nil {
				cells = append(cells, ir.FormatDatetime(v.V.(int64)))
				continue
			}
			cells = append(cells, ir.JSONText(v.V))
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n")
}

func pageBody(after string) string {
	b, _ := json.Marshal(map[string]any{"size": 0, "aggs": map[string]any{"rows": map[string]any{"composite": map[string]any{"size": 2}}}})
	return strings.TrimSpace(string(b)) + after
}

func aggOutput(columns ...emit.OutColumn) *emit.Output {
	return &emit.Output{Text: pageBody(""), Ext: "json", Paging: "rows", Columns: columns,
		Needs: []emit.Artifact{{Kind: "index", Name: "logs-*"}}}
}
