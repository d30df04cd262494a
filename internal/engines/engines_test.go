package engines

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// prepare makes a folder of engines in which a shell script stands for a kind's program.
func prepare(t *testing.T, kind Kind, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("HUNTC_ENGINES_DIR", dir)
	home := filepath.Join(dir, string(kind))
	program := filepath.Join(home, "run.sh")
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{program: "#!/bin/sh\n" + script, filepath.Join(home, "program"): program + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// scratch is what the stand-ins do with --scratch DIR, their last argument.
const scratch = `for dir; do :; done
touch "$dir/file"
`

func TestNodeEndsWhenItsInputCloses(t *testing.T) {
	prepare(t, OpenSearch, scratch+`echo ready http://127.0.0.1:1
cat >/dev/null
`)
	e, err := Start(context.Background(), OpenSearch)
	if err != nil {
		t.Fatal(err)
	}
	if e.URL != "http://127.0.0.1:1" {
		t.Errorf("URL %q", e.URL)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(e.data); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", e.data, err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestStubbornNodeIsKilled(t *testing.T) {
	prepare(t, OpenSearch, scratch+`echo ready http://127.0.0.1:1
while :; do read line; done
`)
	e, err := Start(context.Background(), OpenSearch)
	if err != nil {
		t.Fatal(err)
	}
	e.child.wait = time.Millisecond
	if err := e.Close(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}
}

func TestFailedStartSaysWhyAndLeavesNothing(t *testing.T) {
	prepare(t, OpenSearch, scratch+`echo "no memory" >&2
echo "$dir" >"$0.dir"
exit 3
`)
	_, err := Start(context.Background(), OpenSearch)
	if err == nil || !strings.Contains(err.Error(), "no memory") {
		t.Errorf("got %v", err)
	}
	dir, err := os.ReadFile(filepath.Join(os.Getenv("HUNTC_ENGINES_DIR"), "opensearch", "run.sh.dir"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(dir))); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestStartIsGivenUpWithItsContext(t *testing.T) {
	prepare(t, OpenSearch, "cat >/dev/null\n")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Start(ctx, OpenSearch); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
}

func TestAbsentEngineIsNotPrepared(t *testing.T) {
	t.Setenv("HUNTC_ENGINES_DIR", t.TempDir())
	var missing *NotPrepared
	if _, err := Start(context.Background(), Elasticsearch); !errors.As(err, &missing) || !strings.Contains(err.Error(), "make engines") {
		t.Errorf("got %v", err)
	}
	if _, err := StartChecker(Verifier); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}

func TestVerifierAnswersLineByLine(t *testing.T) {
	prepare(t, Verifier, `while read line; do
case "$line" in
*bad*) echo '{"ok":false,"kind":"verify","error":"line 1:6: Unknown index [bad]"}';;
*) echo '{"ok":true,"columns":[{"name":"a","type":"long"}]}';;
esac
done
`)
	v, err := StartChecker(Verifier)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	good, err := v.Check(context.Background(), "FROM x\n| KEEP a", map[string]map[string]string{"x": {"a": "long"}})
	if err != nil || !good.OK || len(good.Columns) != 1 || good.Columns[0] != (Column{"a", "long"}) {
		t.Errorf("got %+v, %v", good, err)
	}
	bad, err := v.Check(context.Background(), "FROM bad", nil)
	if err != nil || bad.OK || !strings.Contains(bad.Error, "Unknown index") {
		t.Errorf("got %+v, %v", bad, err)
	}
}

// TestRealNodesStartServeAndLeaveNothing needs the engines of `make engines`.
func TestRealNodesStartServeAndLeaveNothing(t *testing.T) {
	if os.Getenv("HUNTC_ENGINES") == "off" {
		t.Skip("HUNTC_ENGINES=off")
	}
	for _, kind := range []Kind{Elasticsearch, OpenSearch} {
		t.Run(string(kind), func(t *testing.T) {
			begin := time.Now()
			e, err := Start(context.Background(), kind)
			var missing *NotPrepared
			if errors.As(err, &missing) && os.Getenv("HUNTC_ENGINES") != "require" {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("ready after %s, %s kB resident", time.Since(begin).Round(time.Millisecond), resident(e.PID()))
			defer e.Close()
			res, err := http.Get(e.URL)
			if err != nil || res.StatusCode != 200 {
				t.Errorf("got %v, %v", res, err)
			}
			if res != nil {
				res.Body.Close()
			}
			// As if the starting process had died: only the pipe closes.
			e.child.in.Close()
			<-e.child.done
			if _, err := os.Stat(e.data); !os.IsNotExist(err) {
				t.Errorf("%s is left: %v", e.data, err)
			}
		})
	}
}

// resident reads a process's memory where Linux tells it.
func resident(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, l := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			return strings.TrimSuffix(strings.TrimSpace(rest), " kB")
		}
	}
	return "?"
}
