package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify"
)

// splunkStub answers as Splunk's REST API does (the forms are those of remote/testdata/splunk.txtar), with the rows of our own interpreter.
type splunkStub struct {
	drop   bool                     // leave the last row out, except of the probe
	change func(row map[string]any) // what becomes of a row, also of the probe's
	say    string                   // a message of type WARN beside the rows, except of the probe's
	refuse bool                     // every search is wrong
	reject bool                     // the parser takes nothing
	mu     sync.Mutex
	jobs   map[string][]any
	runs   int
	probes int
	sent   []string
}

func (s *splunkStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := strings.Split(r.URL.Path, "/")
	switch {
	case strings.HasSuffix(r.URL.Path, "/server/info"):
		fmt.Fprint(w, `{"entry":[{"name":"server-info","content":{"version":"10.0.1"}}],"messages":[]}`)
	case strings.HasSuffix(r.URL.Path, "/parser"):
		if s.reject {
			s.fatal(w, "Error in 'bin' command: no such option.")
			return
		}
		_, diags := syntax.Parse(&diag.Source{Text: r.Form.Get("q")}, syntax.Options{})
		for _, d := range diags {
			if d.Severity >= diag.Error {
				s.fatal(w, d.Message)
				return
			}
		}
		fmt.Fprint(w, `{"remoteSearch":"","commands":[{"command":"search"}]}`)
	case r.URL.Path == "/services/search/jobs":
		s.create(w, r)
	case strings.HasSuffix(r.URL.Path, "/results"):
		rows := s.jobs[parts[5]]
		offset, _ := strconv.Atoi(r.Form.Get("offset"))
		count, _ := strconv.Atoi(r.Form.Get("count"))
		a := map[string]any{"preview": false, "init_offset": offset, "messages": []any{}, "results": rows[offset:min(offset+count, len(rows))]}
		if s.say != "" && s.probes < s.runs {
			a["messages"] = []any{map[string]any{"type": "WARN", "text": s.say}}
		}
		_ = json.NewEncoder(w).Encode(a)
	case strings.HasSuffix(r.URL.Path, "/control"):
		delete(s.jobs, parts[4])
		fmt.Fprint(w, `{"messages":[{"type":"INFO","text":"Search job cancelled."}]}`)
	default:
		fmt.Fprintf(w, `{"entry":[{"content":{"sid":%q,"dispatchState":"DONE","isDone":true,"isFailed":false,"resultCount":%d,"messages":[]}}]}`, parts[4], len(s.jobs[parts[4]]))
	}
}

func (s *splunkStub) fatal(w http.ResponseWriter, text string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": []any{map[string]any{"type": "FATAL", "text": text}}})
}

func (s *splunkStub) create(w http.ResponseWriter, r *http.Request) {
	search := r.Form.Get("search")
	s.runs++
	s.sent = append(s.sent, search)
	isProbe := strings.Contains(search, "huntc_more")
	if isProbe {
		s.probes++
	}
	if s.refuse {
		s.fatal(w, "Unknown search command 'mvexpand'.")
		return
	}
	t, err := interpret.Run(r.Context(), &diag.Source{Text: search}, interpret.Data{Now: time.Now()})
	if err != nil {
		s.fatal(w, err.Error())
		return
	}
	if s.jobs == nil {
		s.jobs = map[string][]any{}
	}
	rows := s.results(t)
	if s.drop && !isProbe && len(rows) > 0 {
		rows = rows[:len(rows)-1]
	}
	s.jobs[r.Form.Get("id")] = rows
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"sid":%q}`, r.Form.Get("id"))
}

// results are rows as output_mode=json shows them: all values are text, absent fields are left out, a list of one may be a list.
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
					list[i] = shown(e)
				}
				m[c.Name] = list
			default:
				m[c.Name] = shown(v)
			}
		}
		if s.change != nil {
			s.change(m)
		}
		out = append(out, m)
	}
	return out
}

func shown(x any) string {
	if f, ok := x.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(x)
}

func onStub(t *testing.T, s *splunkStub, sets int) ([]verify.HuntReport, error) {
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
			return out, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// Events that stand in the search give the rows that events in an index give.
func TestHuntsOnAStubOfSplunk(t *testing.T) {
	s := &splunkStub{}
	reports, err := onStub(t, s, 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if r.Engine != "splunk 10.0.1" || r.Refused != "" || r.Skipped != "" || r.NotRun == r.Sets {
			t.Errorf("%s on %s: refused %q, skipped %q, %d of %d not run: %s", r.Name, r.Engine, r.Refused, r.Skipped, r.NotRun, r.Sets, r.NotRunWhy)
		}
		if len(r.Contradictions) > 0 {
			t.Errorf("%s: %v", r.Name, r.Contradictions[0].Differences)
		}
	}
	if s.runs < 20 || s.probes != 1 || len(s.jobs) != 0 {
		t.Errorf("%d searches, %d probes, %d jobs left", s.runs, s.probes, len(s.jobs))
	}
	for _, search := range s.sent {
		if len(search) > len(s.sent[0]) {
			t.Errorf("a search of %d bytes, and the probe has %d", len(search), len(s.sent[0]))
		}
		if clock.MatchString(search) {
			t.Errorf("the search reads the clock: %s", search)
		}
	}
}

var clock = regexp.MustCompile(`now\(|earliest|latest`)

func TestRowsThatSplunkLosesAreContradictions(t *testing.T) {
	reports, err := onStub(t, &splunkStub{drop: true}, 12)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, r := range reports {
		found += len(r.Contradictions)
	}
	if found == 0 {
		t.Error("a lost row is not seen")
	}
}

func TestWhatSplunkRemarksIsAContradiction(t *testing.T) {
	reports, err := onStub(t, &splunkStub{say: "the limit of mvexpand was reached"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(reports[0].Contradictions) == 0 || !strings.Contains(fmt.Sprint(reports[0].Contradictions[0].Differences), "the limit of mvexpand") {
		t.Errorf("%+v", reports[0])
	}
}

// What Splunk's parser rejects is told of the hunt, and is not run.
func TestWhatSplunksParserRejectsIsRefused(t *testing.T) {
	s := &splunkStub{reject: true}
	reports, err := onStub(t, s, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if !strings.Contains(r.Refused, "Error in 'bin' command") || len(r.Contradictions) > 0 {
			t.Errorf("%+v", r)
		}
	}
	if s.runs != 1 || !(&verify.Report{Hunts: reports}).Refused() {
		t.Errorf("%d searches", s.runs)
	}
}

// A Splunk that does not hold events as they are sent verifies nothing, and charges no hunt with it.
func TestASplunkThatChangesEventsIsNotVerifiedOn(t *testing.T) {
	for want, change := range map[string]func(map[string]any){
		`field a.b: "\"q\" 'q'`:             func(m map[string]any) { unquote(m, "a.b") },
		`field empty: "" was sent, nothing`: func(m map[string]any) { delete(m, "empty") },
		`field letters: `:                   func(m map[string]any) { replaceIn(m, "letters", "ł", "l") },
		`field big: `:                       func(m map[string]any) { replaceIn(m, "big", "12345678901234567890", "12345678901234567000") },
		`field zeros: "007" was sent, "7"`:  func(m map[string]any) { replaceIn(m, "zeros", "007", "7") },
		`field _time: `:                     func(m map[string]any) { replaceIn(m, "_time", ".789", "") },
		`field long: `:                      func(m map[string]any) { cut(m, "long", 1000) },
		`field l{}: `:                       func(m map[string]any) { firstOnly(m, "l{}") },
		`field huntc_more: "more" was sent`: func(m map[string]any) { replaceIn(m, "huntc_more", "more", "less") },
		`has a field host, "sh1"`:           func(m map[string]any) { m["host"] = "sh1" },
	} {
		s := &splunkStub{change: change}
		reports, err := onStub(t, s, 2)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "10.0.1") || s.runs != 1 {
			t.Errorf("%s: %v, %d searches", want, err, s.runs)
		}
		for _, r := range reports {
			if r.Refused != "" || len(r.Contradictions) > 0 {
				t.Errorf("%s: %+v", want, r)
			}
		}
	}
	if _, err := onStub(t, &splunkStub{refuse: true}, 2); err == nil || !strings.Contains(err.Error(), "Unknown search command 'mvexpand'") {
		t.Error(err)
	}
}

func unquote(m map[string]any, k string) { replaceIn(m, k, `\`, "") }

func replaceIn(m map[string]any, k, old, new string) {
	if s, ok := m[k].(string); ok {
		m[k] = strings.ReplaceAll(s, old, new)
	}
}

func firstOnly(m map[string]any, k string) {
	if l, ok := m[k].([]any); ok {
		m[k] = l[0]
	}
}

func cut(m map[string]any, k string, n int) {
	if s, ok := m[k].(string); ok && len(s) > n {
		m[k] = s[:n]
	}
}
