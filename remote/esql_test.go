package remote

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestESQLAnswers(t *testing.T) {
	const good = `{"is_partial":false,` + cols + `,"values":[[5,"ann"],[null,null]]}`
	for name, tc := range map[string]struct {
		answer  string
		status  int
		warn    []string
		rows    string
		err     string
		partial bool // --allow-partial takes it
	}{
		"rows under the source's names": {answer: good, rows: "\"ann\" 5\n\"\" null"},
		"benign warning":                {answer: good, warn: []string{"No limit defined, adding default limit of [1000]"}, rows: "\"ann\" 5\n\"\" null"},
		"text that is no number is null here as in KQL": {answer: good, rows: "\"ann\" 5\n\"\" null",
			warn: []string{"Line 1:20: evaluation of [TO_LONG(x)] failed, treating result as null. Only first 20 failures recorded.",
				"Line 1:20: org.elasticsearch.xpack.esql.core.InvalidArgumentException: Cannot parse number [a]"}},
		"several values where one is expected": {answer: good, err: "single-value function encountered multi-value", partial: true, rows: "\"ann\" 5\n\"\" null",
			warn: []string{"Line 2:9: evaluation of [user == \"a\"] failed, treating result as null. Only first 20 failures recorded.",
				"Line 2:9: java.lang.IllegalArgumentException: single-value function encountered multi-value"}},
		"a failed evaluation without its reason": {answer: good, err: "evaluation of", partial: true, rows: "\"ann\" 5\n\"\" null",
			warn: []string{"Line 2:9: evaluation of [F(x)] failed, treating result as null. Only first 20 failures recorded."}},
		"partial": {answer: `{"is_partial":true,` + cols + `,"values":[[1,"a"]],"_clusters":{"details":{"(local)":{"failures":[{"reason":{"type":"node_x","reason":"shard gone"}}]}}}}`,
			err: "not complete: a part of the data was not read (cluster (local) node_x: shard gone)", partial: true, rows: `"a" 1`},
		"exactly the limit": {answer: `{` + cols + `,"values":[[1,"a"],[2,"b"],[3,"c"]]}`, err: "exactly 3 rows came", partial: true, rows: "\"a\" 1\n\"b\" 2\n\"c\" 3"},
		"an error's reason": {status: 400, answer: `{"error":{"type":"verification_exception","reason":"Found 1 problem\nline 1:9: Unknown column [x]"},"status":400}`,
			err: "answers 400: verification_exception: Found 1 problem"},
		"a column is missing": {answer: `{"columns":[{"name":"n"}],"values":[]}`, err: "no column user"},
		"a short row":         {answer: `{` + cols + `,"values":[[1]]}`, err: "row 1 of the answer is short"},
		"a value of another type": {answer: `{` + cols + `,"values":[["many","a"]]}`,
			err: "row 1, column N: many is no long"},
		"no JSON": {answer: `<html>`, err: "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			st := step{want: "POST /_query", has: "KEEP user", status: tc.status, warn: tc.warn, answer: tc.answer}
			got, _, err := newStub(t, st).open(t, Options{}).Run(context.Background(), esqlOutput())
			if tc.err == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("got error %v, want %q", err, tc.err)
			}
			if tc.err == "" && rowsText(t, got.Rows) != tc.rows {
				t.Errorf("got %s, want %s", rowsText(t, got.Rows), tc.rows)
			}
			got, warnings, err := newStub(t, st).open(t, Options{AllowPartial: true}).Run(context.Background(), esqlOutput())
			if (err == nil) != (tc.err == "" || tc.partial) {
				t.Fatalf("with partial results allowed: %v", err)
			}
			if tc.partial && (len(warnings) == 0 || rowsText(t, got.Rows) != tc.rows) {
				t.Errorf("with partial results allowed: %v, %v", warnings, got)
			}
		})
	}
}

func TestMoreRowsThanAskedForIsAnError(t *testing.T) {
	st := step{want: "POST /_query", answer: `{` + cols + `,"values":[[1,"a"],[2,"b"]]}`}
	got, _, err := newStub(t, st).open(t, Options{Rows: 1}).Run(context.Background(), esqlOutput())
	if err == nil || !strings.Contains(err.Error(), "more than 1 rows") || len(got.Rows) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestBusyClusterIsAskedAgain(t *testing.T) {
	busy := func(status int) step { return step{want: "POST /_query", has: "KEEP user", status: status} }
	ok := step{want: "POST /_query", has: "KEEP user", answer: `{` + cols + `,"values":[]}`}
	if _, _, err := newStub(t, busy(429), busy(503), ok).open(t, Options{}).Run(context.Background(), esqlOutput()); err != nil {
		t.Error(err)
	}
	never := []step{busy(429), busy(429), busy(429), busy(429), busy(429), busy(429)}
	_, _, err := newStub(t, never...).open(t, Options{}).Run(context.Background(), esqlOutput())
	var r *Refused
	if !errors.As(err, &r) || r.Status != 429 {
		t.Errorf("got %v, want the cluster's 429", err)
	}
}

func TestBackoffGrowsToEightSeconds(t *testing.T) {
	if a, b, c := exponential(1), exponential(5), exponential(9); a != time.Second/2 || b != 8*time.Second || c != 8*time.Second {
		t.Errorf("got %v, %v, %v", a, b, c)
	}
}

const running = `{"id":"abc","is_running":true,"is_partial":false,"documents_found":7,"columns":[],"values":[]}`

func TestLongQueryReportsProgressAndIsRemoved(t *testing.T) {
	s := newStub(t,
		step{want: "POST /_query/async", has: `"wait_for_completion_timeout":"2000ms"`, answer: running},
		step{want: "GET /_query/async/abc", answer: running},
		step{want: "GET /_query/async/abc", answer: `{"id":"abc","is_running":false,"is_partial":false,` + cols + `,"values":[[1,"a"]]}`},
		step{want: "DELETE /_query/async/abc", answer: `{"acknowledged":true}`})
	var seen []string
	c := s.open(t, Options{Async: true, Progress: func(p Progress) { seen = append(seen, p.Text) }})
	got, _, err := c.Run(context.Background(), esqlOutput())
	if err != nil || rowsText(t, got.Rows) != `"a" 1` {
		t.Errorf("got %v, %v", got, err)
	}
	if len(seen) != 2 || !strings.Contains(seen[0], "7 documents") {
		t.Errorf("progress %q", seen)
	}
}

func TestInterruptCancelsOnTheServer(t *testing.T) {
	for name, at := range map[string]int{"while it starts": 0, "while it runs": 1} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(context.Background())
			steps := []step{{want: "POST /_query/async", answer: running}, {want: "GET /_query/async/abc", answer: running}}[:at+1]
			steps[at].before = func(r *http.Request) {
				stop()
				if at == 1 {
					<-r.Context().Done() // the client hangs up
				}
			}
			s := newStub(t, append(steps, step{want: "DELETE /_query/async/abc", answer: `{"acknowledged":true}`})...)
			_, _, err := s.open(t, Options{Async: true}).Run(ctx, esqlOutput())
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFailedCancelIsSaid(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	s := newStub(t, step{want: "POST /_query/async", answer: running, before: func(*http.Request) { stop() }},
		step{want: "DELETE /_query/async/abc", status: 403, answer: `{"error":{"type":"security_exception","reason":"not yours"}}`})
	_, _, err := s.open(t, Options{Async: true}).Run(ctx, esqlOutput())
	if err == nil || !strings.Contains(err.Error(), "could not be cancelled on the server") || !strings.Contains(err.Error(), "not yours") {
		t.Errorf("got %v", err)
	}
}

func TestTimeLimit(t *testing.T) {
	run := func(o Options, last step) (string, []Warning, error) {
		ctx, end := context.WithCancelCause(context.Background())
		s := newStub(t, step{want: "POST /_query/async", answer: running},
			step{want: "GET /_query/async/abc", before: func(r *http.Request) { end(errTimeout); <-r.Context().Done() }}, last)
		o.Async = true
		got, warnings, err := s.open(t, o).Run(ctx, esqlOutput())
		if err != nil {
			return "", warnings, err
		}
		return rowsText(t, got.Rows), warnings, nil
	}
	_, _, err := run(Options{}, step{want: "DELETE /_query/async/abc", answer: `{}`})
	if !errors.Is(err, errTimeout) {
		t.Errorf("got %v", err)
	}
	rows, warnings, err := run(Options{AllowPartial: true}, step{want: "POST /_query/async/abc/stop",
		answer: `{"is_running":false,"is_partial":true,` + cols + `,"values":[[1,"a"]]}`})
	if err != nil || len(warnings) != 1 || warnings[0].Severity != Partial || rows != `"a" 1` {
		t.Errorf("got %v, %v, %v", rows, warnings, err)
	}
}

func TestWarningsAreClassified(t *testing.T) {
	for text, want := range map[string]Severity{
		"No limit defined, adding default limit of [1000]":                                                                     Benign,
		"Line 1:2: org.elasticsearch.xpack.esql.core.InvalidArgumentException: Cannot parse number [a]":                        Expected,
		"Line 1:2: java.lang.ArithmeticException: / by zero":                                                                   Expected,
		"Line 1:2: java.lang.IllegalArgumentException: failed to parse date field [x] with format [strict_date_optional_time]": Expected,
		"Line 9:2: java.lang.IllegalArgumentException: path [[0]] does not exist":                                              Expected,
		"Line 9:2: java.lang.IllegalArgumentException: array index out of bounds":                                              Expected,
		"Line 9:2: java.lang.IllegalArgumentException: empty JSON input":                                                       Expected,
		"Line 1:2: java.lang.IllegalArgumentException: single-value function encountered multi-value":                          Unexpected,
		"Line 1:2: java.lang.ArithmeticException: Square root of negative":                                                     Expected,
		"Line 1:2: java.lang.ArithmeticException: Log of non-positive number":                                                  Expected,
		"Line 1:2: java.lang.ArithmeticException: not a finite double number: Infinity":                                        Unexpected,
		"Line 1:2: java.lang.ArithmeticException: long overflow":                                                               Unexpected,
		"Field [x] cannot be retrieved, it is unsupported or not indexed; returning null":                                      Unexpected,
		"something new": Unexpected,
	} {
		if got, _ := classify(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
