package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify"
)

// splunkStub answers as Splunk's REST API does, with the rows of our own interpreter. drop leaves the last row out.
type splunkStub struct {
	drop bool
	runs atomic.Int64
}

func (s *splunkStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	switch {
	case strings.HasSuffix(r.URL.Path, "/server/info"):
		fmt.Fprint(w, `{"entry":[{"content":{"version":"10.0.1"}}]}`)
	case strings.HasSuffix(r.URL.Path, "/parser"):
		fmt.Fprint(w, `{"commands":[]}`)
	default:
		s.runs.Add(1)
		t, err := interpret.Run(r.Context(), &diag.Source{Text: r.PostForm.Get("search")}, interpret.Data{Now: time.Now()})
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"messages": []any{map[string]any{"type": "FATAL", "text": err.Error()}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"preview": false, "messages": []any{}, "results": s.results(t)})
	}
}

// results are rows as output_mode=json shows them: all values are text, absent fields are left out.
func (s *splunkStub) results(t *eval.Table) []any {
	out := []any{}
	for _, row := range t.Rows {
		m := map[string]any{}
		for i, c := range t.Columns {
			switch v := row[i].V.(type) {
			case nil:
			case []any:
				list := make([]any, len(v))
				for i, e := range v {
					list[i] = fmt.Sprint(e)
				}
				m[c.Name] = list
			case float64:
				m[c.Name] = strconv.FormatFloat(v, 'f', -1, 64)
			default:
				m[c.Name] = fmt.Sprint(v)
			}
		}
		out = append(out, m)
	}
	if s.drop && len(out) > 0 {
		out = out[:len(out)-1]
	}
	return out
}

func onStub(t *testing.T, s *splunkStub, sets int) []verify.HuntReport {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	client, err := remote.OpenSplunk(context.Background(), server.URL, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := compiler(t)
	v, err := verify.New(c, verify.Options{SPL: true, Splunk: client, Sets: sets})
	if err != nil {
		t.Fatal(err)
	}
	var out []verify.HuntReport
	for _, h := range hunts(t, c) {
		list, err := v.Hunt(context.Background(), h, targets(t, "spl@10/splunk"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list...)
	}
	return out
}

// Events that stand in the search give the rows that events in an index give.
func TestHuntsOnAStubOfSplunk(t *testing.T) {
	s := &splunkStub{}
	for _, r := range onStub(t, s, 20) {
		if r.Engine != "splunk 10.0.1" || r.Refused != "" || r.Skipped != "" || r.NotRun == r.Sets {
			t.Errorf("%s on %s: refused %q, skipped %q, %d of %d not run: %s", r.Name, r.Engine, r.Refused, r.Skipped, r.NotRun, r.Sets, r.NotRunWhy)
		}
		if len(r.Contradictions) > 0 {
			t.Errorf("%s: %v", r.Name, r.Contradictions[0].Differences)
		}
	}
	if s.runs.Load() == 0 {
		t.Error("nothing was run")
	}
}

func TestRowsThatSplunkLosesAreContradictions(t *testing.T) {
	found := 0
	for _, r := range onStub(t, &splunkStub{drop: true}, 12) {
		found += len(r.Contradictions)
	}
	if found == 0 {
		t.Error("a lost row is not seen")
	}
}
