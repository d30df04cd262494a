package huntc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/huntc/huntc"
)

// TestReadmeShowsRealOutput keeps the outputs in README.md equal to what the commands print.
func TestReadmeShowsRealOutput(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(t)
	block := regexp.MustCompile("(?s)<!-- output ([^ ]+) -->\n```[a-z]*\n.*?```")
	got := block.ReplaceAllStringFunc(string(b), func(m string) string {
		what := block.FindStringSubmatch(m)[1]
		head := m[:strings.Index(m, "\n")+1]
		fence := strings.SplitN(m, "\n", 3)[1]
		text := readmeTable(t)
		if what != "table" {
			text = massDownloads(t, c, what)
		}
		return head + fence + "\n" + text + "```"
	})
	cases, err := filepath.Glob("testdata/spl/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	got = regexp.MustCompile(`held to \d+ cases`).ReplaceAllString(got, fmt.Sprintf("held to %d cases", len(cases)))
	golden(t, "README.md", got)
}

func massDownloads(t *testing.T, c *huntc.Compiler, target string) string {
	t.Helper()
	text, err := os.ReadFile("rules/hunts/mass-downloads.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tg, err := huntc.ParseTarget(target)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Translate(context.Background(), c.Parse("rules/hunts/mass-downloads.yaml", text, huntc.ParseOptions{}), tg, huntc.Options{})
	if err != nil || r.Output == nil {
		t.Fatalf("%s: %v %v", target, err, r)
	}
	return r.Output.Text
}

// readmeTable runs the README's first command and returns its table.
func readmeTable(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "run", "./cmd/huntc", "translate", "rules/hunts", "--to", "all", "--out", t.TempDir(), "-q").Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // status 1 says that something was refused; the table is printed all the same
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(out), "\n")
	for i, l := range lines {
		if strings.Contains(l, " written to ") {
			lines[i] = regexp.MustCompile(`written to \S+`).ReplaceAllString(l, "written to out/")
			return strings.Join(lines[:i+1], "")
		}
	}
	t.Fatalf("no table in %s", out)
	return ""
}
