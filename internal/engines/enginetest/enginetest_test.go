package enginetest

import (
	"errors"
	"runtime"
	"testing"

	"github.com/huntc/huntc/internal/engines"
)

// verdict is a test whose end is watched.
type verdict struct {
	testing.TB
	end string
}

func (v *verdict) Helper()      {}
func (v *verdict) Skip(...any)  { v.end = "skipped"; runtime.Goexit() }
func (v *verdict) Fatal(...any) { v.end = "failed"; runtime.Goexit() }

func watch(f func(testing.TB)) string {
	v := &verdict{end: "run"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(v)
	}()
	<-done
	return v.end
}

func TestAbsentEnginesSkipOrFail(t *testing.T) {
	t.Setenv("HUNTC_ENGINES_DIR", t.TempDir())
	var p Pool
	node := func(t testing.TB) { p.Node(t, engines.OpenSearch) }
	verifier := func(t testing.TB) { p.Checker(t, engines.Verifier) }
	kusto := func(t testing.TB) { p.Checker(t, engines.Kusto) }
	broken := func(t testing.TB) { Need(t, errors.New("it did not start")) }
	for _, c := range []struct {
		mode string
		f    func(testing.TB)
		want string
	}{
		{"", node, "skipped"}, {"", kusto, "skipped"}, {"", verifier, "skipped"}, {"", broken, "failed"},
		{"require", node, "failed"}, {"require", kusto, "failed"}, {"require", verifier, "skipped"}, {"require", broken, "failed"},
		{"off", node, "skipped"}, {"off", kusto, "skipped"},
	} {
		t.Setenv("HUNTC_ENGINES", c.mode)
		if got := watch(c.f); got != c.want {
			t.Errorf("HUNTC_ENGINES=%q: %s, want %s", c.mode, got, c.want)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
