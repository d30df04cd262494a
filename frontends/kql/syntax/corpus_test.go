package syntax

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

// corpusFloor is how many of the corpus' files must parse without a diagnostic. It may only rise. Of 1400 files, the other
// five are wrong: two lists lack a comma, one begins with #, two hold a datetime that names no day.
const corpusFloor = 1395

func corpusFiles(tb testing.TB) []*diag.Source {
	tb.Helper()
	root := os.Getenv("HUNTC_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "corpus")
	}
	var files []*diag.Source
	err := filepath.WalkDir(filepath.Join(root, "kql"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".kql") {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, &diag.Source{Name: path, Text: string(text)})
		return err
	})
	if err != nil || len(files) == 0 {
		tb.Skipf("the corpus is absent (set HUNTC_CORPUS to its folder): %v", err)
	}
	return files
}

func TestCorpusParsesWithoutDiagnostics(t *testing.T) {
	clean := 0
	files := corpusFiles(t)
	for _, src := range files {
		script, diags := Parse(src)
		checkTree(t, src, script, len(diags) == 0)
		if len(diags) == 0 {
			clean++
			continue
		}
		t.Log(diags[0].Error())
	}
	t.Logf("%d of %d files without diagnostics", clean, len(files))
	if clean < corpusFloor {
		t.Errorf("%d files parse, want at least %d", clean, corpusFloor)
	}
}
