package huntc_test

import (
	"os"
	"strings"
	"testing"
)

// exceptions reads a list of testdata that only shrinks: one known gap a line, its name and the reason for it, parted by sep.
func exceptions(t testing.TB, path, sep string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" {
			continue
		}
		name, why, _ := strings.Cut(line, sep)
		if why == "" {
			t.Errorf("%s: %s stands there without a reason", path, name)
		}
		if _, twice := out[name]; twice {
			t.Errorf("%s: %s stands there twice", path, name)
		}
		out[name] = why
	}
	return out
}
