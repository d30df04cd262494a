package remote

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReadOnlyConnectionsSendNothingThatWrites(t *testing.T) {
	c := newStub(t).open(t, Options{}) // without steps: any request fails the test
	ctx := context.Background()
	for name, err := range map[string]error{
		"create": c.CreateIndex(ctx, "x", []byte(`{}`)),
		"bulk":   c.Bulk(ctx, "x", [][]byte{[]byte(`{}`)}),
		"delete": c.DeleteIndex(ctx, "x"),
	} {
		if !errors.Is(err, errWrite) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, p := range []string{"PUT /x/_search", "POST /x/_doc", "POST /x/_delete_by_query", "DELETE /x", "DELETE /_all", "POST /_bulk", "POST /_query/async/x"} {
		method, path, _ := strings.Cut(p, " ")
		if readOnly(method, path) {
			t.Errorf("%s counts as reading", p)
		}
	}
}

func TestWriting(t *testing.T) {
	ctx := context.Background()
	s := newStub(t, step{want: "PUT /x", has: `"mappings":{"properties":{}}`, answer: `{}`},
		step{want: "POST /x/_bulk", has: "{\"create\":{}}\n{\"a\":1}\n", answer: `{"errors":true,"items":[{"create":{"status":400,"error":{"type":"document_parsing_exception","reason":"no number"}}}]}`},
		step{want: "DELETE /x", status: 404, answer: `{"error":{"type":"index_not_found_exception","reason":"no such index [x]"}}`})
	c := s.open(t, Options{Write: true})
	if err := c.CreateIndex(ctx, "x", []byte(`{"properties":{}}`)); err != nil {
		t.Error(err)
	}
	if err := c.Bulk(ctx, "x", [][]byte{[]byte(`{"a":1}`)}); err == nil || !strings.Contains(err.Error(), "document_parsing_exception: no number") {
		t.Errorf("got %v", err)
	}
	if err := c.DeleteIndex(ctx, "x"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"*", "a,b", "_all", "A", "../x", "-x", ""} {
		if err := c.DeleteIndex(ctx, name); err == nil {
			t.Errorf("%q passed as one index", name)
		}
	}
}

func TestCredentialsComeFromTheEnvironmentAndAreNotTold(t *testing.T) {
	env := func(kv ...string) func(string) string {
		return func(k string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == k {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	for name, kv := range map[string][]string{"both": {EnvAPIKey, "k", EnvUser, "u", EnvPassword, "p"}, "half": {EnvUser, "u"}} {
		if _, err := CredentialsFrom(env(kv...)); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	key, _ := CredentialsFrom(env(EnvAPIKey, "c2VjcmV0"))
	s := newStub(t)
	s.open(t, Options{Credentials: key})
	if s.auth != "APIKey c2VjcmV0" {
		t.Errorf("sent %q", s.auth)
	}
	user, _ := CredentialsFrom(env(EnvUser, "u", EnvPassword, "hunter2"))
	s = newStub(t)
	s.open(t, Options{Credentials: user})
	if s.auth != "Basic "+base64.StdEncoding.EncodeToString([]byte("u:hunter2")) {
		t.Errorf("sent %q", s.auth)
	}
	for _, address := range []string{"http://other.example:9200", "https://u:hunter2@other.example", "http://u:hunter2@[::bad", "ftp://u:hunter2@x"} {
		_, err := Open(context.Background(), address, Options{Credentials: user})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTLSIsVerified(t *testing.T) {
	server := httptest.NewUnstartedServer(&stub{t: t})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	if _, err := Open(context.Background(), server.URL, Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority passed: %v", err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if _, err := Open(context.Background(), server.URL, Options{CA: ca}); err != nil {
		t.Errorf("its own authority: %v", err)
	}
	if _, err := Open(context.Background(), server.URL, Options{CA: []byte("no pem")}); err == nil {
		t.Error("a CA file without a certificate passed")
	}
}

func TestOtherServersAreRefused(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"another product": func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(`{"version":{"number":"1"}}`)) },
		"a redirect":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://elsewhere.example/", 302) },
		"a page":          func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(`<html>`)) },
		"unauthorised":    func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(h)
			defer server.Close()
			if _, err := Open(context.Background(), server.URL, Options{}); err == nil {
				t.Error("taken for a cluster")
			}
		})
	}
}

func TestESQLOnOpenSearchIsRefused(t *testing.T) {
	s := newStub(t)
	s.os = true
	if _, _, err := s.open(t, Options{}).Run(context.Background(), esqlOutput()); err == nil || !strings.Contains(err.Error(), "opensearch has no ES|QL") {
		t.Errorf("got %v", err)
	}
}
