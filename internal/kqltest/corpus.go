package kqltest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/huntc/huntc/diag"
)

// CorpusFolder finds a folder of the published queries that are not part of this repository, such as kql: under HUNTC_CORPUS, else
// beside the checkout. Without it ok is false.
func CorpusFolder(tb testing.TB, name string) (dir string, ok bool) {
	tb.Helper()
	root := os.Getenv("HUNTC_CORPUS")
	if root == "" {
		root = filepath.Join(checkout(tb), "..", "shared", "corpus")
	}
	dir = filepath.Join(root, name)
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir()
}

// NeedCorpusFolder is CorpusFolder for a test that has nothing else to read: without the folder it is skipped and says so.
func NeedCorpusFolder(tb testing.TB, name string) string {
	tb.Helper()
	dir, ok := CorpusFolder(tb, name)
	if !ok {
		tb.Skipf("the corpus of published queries is absent: there is no folder %s (HUNTC_CORPUS names the folder that holds %s)", dir, name)
	}
	return dir
}

// Corpus returns the published queries. Where they are absent the test is skipped.
func Corpus(tb testing.TB) []*diag.Source {
	tb.Helper()
	return Files(tb, NeedCorpusFolder(tb, "kql"))
}

// Files reads the queries below a folder, the files named *.kql.
func Files(tb testing.TB, root string) []*diag.Source {
	tb.Helper()
	var out []*diag.Source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".kql" {
			return err
		}
		text, err := os.ReadFile(path)
		out = append(out, &diag.Source{Name: filepath.Base(path), Text: string(text)})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(out) == 0 {
		tb.Fatalf("%s holds no queries", root)
	}
	return out
}

// checkout finds the folder of go.mod from that of the package under test.
func checkout(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	tb.Fatalf("no folder above the test has a go.mod: %v", err)
	return ""
}
