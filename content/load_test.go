package content

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/rules"
)

// loaded lists what Load yields: "file: name" of a hunt, the text of an error.
func loaded(ctx context.Context, fsys fs.FS, root string) []string {
	var out []string
	for h, err := range Load(ctx, fsys, root) {
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		out = append(out, h.File+": "+h.Name)
	}
	return out
}

func TestLoad(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	tree := fstest.MapFS{
		"b.yaml":           file("name: B\nquery: T\n"),
		"a.KQL":            file("T"),
		"bad.yml":          file("name: [\n"),
		"big.kql":          file(strings.Repeat("T", maxFile+1)),
		"fits.kql":         file(strings.Repeat("T", maxFile)),
		"sub/c.csl":        file("T"),
		"sub/d.txt":        file("// only\n"),
		"sub/e.md":         file("# text"),
		"LICENSE-x.txt":    file("may be used"),
		"README.txt":       file("read me"),
		"license-use.kql":  file("T"),
		"huntc.yaml":       file("targets: []\n"),
		".git/config.yaml": file("query: T"),
		".hidden.kql":      file("T"),
		"link.kql":         {Data: []byte("a.KQL"), Mode: fs.ModeSymlink},
	}
	big := fmt.Sprintf("big.kql: error: the file is larger than %d bytes [HUNT-FILE]", maxFile)
	for _, c := range []struct {
		root string
		want []string
	}{
		{".", []string{
			"a.KQL: a", "b.yaml: B", "bad.yml:2:1: error: did not find expected node content [YAML-SYNTAX]", big, "fits.kql: fits",
			"license-use.kql: license-use", "link.kql: error: symbolic links in a folder are not followed [HUNT-FILE]", "sub/c.csl: c",
			"sub/d.txt:1:1: error: the file holds only comments [HUNT-NOQUERY]",
		}},
		{"", nil}, // as "."
		{"sub/", []string{"sub/c.csl: c", "sub/d.txt:1:1: error: the file holds only comments [HUNT-NOQUERY]"}},
		{"sub/../b.yaml", []string{"b.yaml: B"}},
		{"big.kql", []string{big}},
		{"LICENSE-x.txt", []string{"LICENSE-x.txt: LICENSE-x"}},
		{".hidden.kql", []string{".hidden.kql: .hidden"}},
		{"sub/e.md", []string{"sub/e.md: error: the name does not end in .yaml, .yml, .kql, .csl or .txt [HUNT-FILE]"}},
		{"none.yaml", []string{"none.yaml: error: file does not exist [HUNT-FILE]"}},
		{"../a.KQL", []string{"../a.KQL: error: the path leads out of the folder [HUNT-FILE]"}},
		{"/a.KQL", []string{"/a.KQL: error: the path leads out of the folder [HUNT-FILE]"}},
	} {
		t.Run("root "+c.root, func(t *testing.T) {
			if c.want == nil {
				c.want = loaded(t.Context(), tree, ".")
			}
			if d := cmp.Diff(c.want, loaded(t.Context(), tree, c.root)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tree := fstest.MapFS{"a.kql": {Data: []byte("T")}, "b.kql": {Data: []byte("T")}}
	var got []string
	for h, err := range Load(ctx, tree, ".") {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, h.File)
		cancel()
	}
	if d := cmp.Diff([]string{"a.kql", "context canceled"}, got); d != "" {
		t.Error(d)
	}
}

func TestLoadCanBeLeft(t *testing.T) {
	for h, err := range Load(t.Context(), rules.FS, "hunts") {
		if err != nil || h.File != "hunts/code-repo-exfiltration.yaml" {
			t.Errorf("%v %v", h, err)
		}
		break
	}
}

// On a real file system: circles, ways out and files that are not regular neither hang nor escape.
func TestLoadOfHostileFolder(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.kql")
	for _, err := range []error{
		os.WriteFile(outside, []byte("Secret"), 0o600),
		os.Symlink(outside, filepath.Join(dir, "a.kql")),
		os.Symlink(dir, filepath.Join(dir, "circle")),
		os.Symlink(dir, filepath.Join(dir, "circle.yaml")),
		os.WriteFile(filepath.Join(dir, "b.kql"), []byte("T"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const link = ": error: symbolic links in a folder are not followed [HUNT-FILE]"
	want := []string{"a.kql" + link, "b.kql: b", "circle.yaml" + link}
	if d := cmp.Diff(want, loaded(t.Context(), os.DirFS(dir), ".")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestErrorOfLoadCarriesTheHuntAndItsCause(t *testing.T) {
	for h, err := range Load(t.Context(), fstest.MapFS{"a.yaml": {Data: []byte("id: x\nname: N\n")}}, "a.yaml") {
		var e *Error
		if !errors.As(err, &e) || !e.Diagnostics.HasErrors() || h == nil || h.Name != "N" || h.ID != "x" {
			t.Errorf("%+v, %v", h, err)
		}
	}
	for _, err := range Load(t.Context(), fstest.MapFS{}, "a.yaml") {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

func TestReadByNameOrContent(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.yml", "query: T", "T"},
		{"a.kql", "query: T", "query: T"},
		{"-", "query: T\n", "T"},
		{"-", "id: x\nquery: |\n  T\n", "T"},
		{"-", "\ufeffquery: |\r\n  T\r\n", "T"},
		{"-", "T | where query:'x'", "T | where query:'x'"},
		{"-", "\ufeffT\r\n| count\r\n", "T\r\n| count\r\n"},
	} {
		h := Read(c.name, []byte(c.text))[0]
		list := h.Diagnostics
		if list.HasErrors() || h.Query.Text != c.want {
			t.Errorf("%q: %v, %v", c.text, h.Query, brief(list))
		}
	}
}

func TestReadKQLPositions(t *testing.T) {
	h, list := ReadKQL("x/a.b.kql", []byte("\ufeff// {{No}}\r\nT\r\n| where a == '{{P}}'\r\n"))
	if len(list) != 0 || h.Name != "a.b" || len(h.Params) != 1 || h.Params[0].Name != "P" {
		t.Fatalf("%+v %v", h, brief(list))
	}
	if line, col := h.Query.Position(h.Params[0].Span.Pos); line != 3 || col != 15 {
		t.Errorf("P is at %d:%d", line, col)
	}
	for text, want := range map[string]string{
		"":           "1:1 error HUNT-NOQUERY the file is empty",
		" \r\n":      "1:1 error HUNT-NOQUERY the file is empty",
		"// a\n// b": "1:1 error HUNT-NOQUERY the file holds only comments",
		"T\n| \xc3(": "2:3 error HUNT-ENCODING the file is not UTF-8 text",
	} {
		if _, list := ReadKQL("a.kql", []byte(text)); !cmp.Equal(brief(list), []string{want}) {
			t.Errorf("%q: %v, want %s", text, brief(list), want)
		}
	}
}

func TestShippedHunts(t *testing.T) {
	type summary struct {
		ID, Name, Version string
		Lines             int
		First             diag.LineOrigin // of the first line with text
		Params            []string
		Diags             []string
	}
	want := map[string]summary{
		"hunts/code-repo-exfiltration.yaml": {ID: "11b8daa5-fe15-4664-b332-8f26d3c0b3a7", Name: "Code Repo Exfiltration",
			Lines: 15, First: diag.LineOrigin{Line: 14, Column: 3}},
		"hunts/mass-downloads.yaml": {ID: "a1b2c3d4-e5f6-4g7h-8i9j-k0l1m2n3o4p5", Name: "Mass Downloads in the last 7 days", Version: "1.0.0",
			Lines: 8, First: diag.LineOrigin{Line: 16, Column: 3},
			Diags: []string{
				`3:5 warning HUNT-ID the id "a1b2c3d4-e5f6-4g7h-8i9j-k0l1m2n3o4p5" is not a GUID`,
				"15:8 warning YAML-FOLD the query is in a folded block (`>`)" + folds,
			}},
		"hunts/rare-audit-activity-by-app.yaml": {ID: "5c799718-b361-4a91-9cb2-0c291e602707", Name: "Rare Audit activity initiated by App",
			Lines: 42, First: diag.LineOrigin{Line: 24, Column: 3}, Params: []string{"StartTimeISO", "EndTimeISO"}},
	}
	got := map[string]summary{}
	for h, err := range Load(t.Context(), rules.FS, "hunts") {
		if err != nil {
			t.Fatal(err)
		}
		s := summary{ID: h.ID, Name: h.Name, Version: h.Version, Lines: 1 + strings.Count(h.Query.Text, "\n"), Diags: brief(h.Diagnostics)}
		s.First.Line, s.First.Column = h.Query.Position(diag.Pos(1 + strings.IndexFunc(h.Query.Text, func(r rune) bool { return r > ' ' })))
		for _, p := range h.Params {
			s.Params = append(s.Params, p.Name)
		}
		got[h.File] = s
		checkOrigins(t, h)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// checkOrigins looks every line of the query up in the file, where its origin says.
func checkOrigins(t *testing.T, h *Hunt) {
	t.Helper()
	text, err := fs.ReadFile(rules.FS, h.File)
	if err != nil {
		t.Fatal(err)
	}
	file := strings.Split(string(text), "\n")
	for i, line := range strings.Split(h.Query.Text, "\n") {
		o := h.Query.Origin[i]
		if got := file[o.Line-1][o.Column-1:]; got != line {
			t.Errorf("%s:%d:%d is %q, want %q", h.File, o.Line, o.Column, got, line)
		}
	}
}

func TestFoldedHuntIsReadWholeWhereYAMLLosesIt(t *testing.T) {
	text, err := fs.ReadFile(rules.FS, "hunts/mass-downloads.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := naiveQuery(t, text); got != "let lookback = 7d;" {
		t.Errorf("a YAML reader has %q: the shipped file no longer shows the trap", got)
	}
	h, _ := ReadYAML("mass-downloads.yaml", text)
	lines := strings.Split(h.Query.Text, "\n")
	if len(lines) != 8 || lines[3] != "CloudAppEvents" || !strings.HasPrefix(lines[7], "| project AccountDisplayName") {
		t.Errorf("%q", lines)
	}
}

func TestLargeHostileFilesEndSoon(t *testing.T) {
	for name, text := range map[string]string{
		"lines":    "query: |\n" + strings.Repeat(" a\n", maxFile/3-10),
		"brackets": "query: " + strings.Repeat("[", maxFile-10),
		"quoted":   "query: '" + strings.Repeat("a\n ", maxFile/3-10) + "'",
		"comments": strings.Repeat("#\n", maxFile/2-10) + "query: T",
		"keys":     strings.Repeat("? ", maxFile/2-10),
		"plain":    "query: " + strings.Repeat("a\n ", maxFile/3-10),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			ReadYAML("f.yaml", []byte(text))
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
			t.Log(time.Since(start))
		})
	}
}

func TestEveryCodeIsDescribed(t *testing.T) {
	for _, code := range []diag.Code{CodeFold, CodeSyntax, CodeLimit, CodeDupKey, CodeID, CodeNoQuery, CodeMeta, CodeEncoding, CodeFile} {
		if Codes[code] == "" {
			t.Errorf("no description of %s", code)
		}
	}
}
