package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/huntc/huntc/remote"
)

// splunkAt answers as Splunk does, each kind of request with one status and body.
func splunkAt(t *testing.T, status int, created, results string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		switch p := r.URL.Path; {
		case strings.HasSuffix(p, "/server/info"):
			fmt.Fprint(w, `{"entry":[{"content":{"version":"10.0.1"}}]}`)
		case p == "/services/search/jobs":
			w.WriteHeader(status)
			fmt.Fprint(w, strings.ReplaceAll(strings.ReplaceAll(created, "$SID", r.Form.Get("id")), "$AUTH", r.Header.Get("Authorization")))
		case strings.HasSuffix(p, "/results"):
			fmt.Fprint(w, results)
		case strings.HasSuffix(p, "/control"):
			fmt.Fprint(w, `{"messages":[]}`)
		default:
			fmt.Fprint(w, `{"entry":[{"content":{"dispatchState":"DONE","isDone":true,"resultCount":0,"messages":[]}}]}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// What is wrong with a Splunk is told once, ends with status 3, and charges no hunt.
func TestVerifyOnSplunkFailsLoudly(t *testing.T) {
	t.Setenv(remote.EnvSplunk, "hush-token")
	for name, c := range map[string]struct {
		status           int
		created, results string
		want             string
	}{
		"no login":              {401, `{"messages":[{"type":"WARN","text":"call not properly authenticated ($AUTH)"}]}`, "", "call not properly authenticated (Bearer …); set " + remote.EnvSplunk},
		"no permission":         {403, `{"messages":[{"type":"ERROR","text":"capability"}]}`, "", "403: ERROR: capability; the user's role"},
		"the search is refused": {400, `{"messages":[{"type":"FATAL","text":"Unknown search command 'makeresults'."}]}`, "", "does not take the search that makes events"},
		"no events come":        {201, `{"sid":"$SID"}`, `{"preview":false,"messages":[],"results":[]}`, "does not hold events as they are sent"},
	} {
		out, errs, err := execute(context.Background(), "verify", massDownloads, "--on", "splunk="+splunkAt(t, c.status, c.created, c.results), "--sets", "1", "-q")
		var ee exitError
		if !errors.As(err, &ee) || ee.status != exitFailed || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if all := out + errs + fmt.Sprint(err); strings.Contains(all, "hush-token") {
			t.Errorf("%s: the token is shown: %s", name, all)
		}
	}
	for on, want := range map[string]string{"splunk=https://u:hush-token@h:8089": "do not belong in the URL", "splunk=http://h:8089": "plain http", "splunk=": "no URL"} {
		out, errs, err := execute(context.Background(), "verify", massDownloads, "--on", on, "--sets", "1", "-q")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(out+errs+err.Error(), "hush-token") {
			t.Errorf("%s: %v", on, err)
		}
	}
}
