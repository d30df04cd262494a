package load

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"a.spl", "index=a\n| stats count", `a@1 "index=a\n| stats count" count:2:9`},
		{"a.jsonl", `{"search":"index=a | stats count","name":"n","x":1}` + "\n\n" + `{"search":"count"}`, `n@1 "index=a | stats count" count:1:28; a.jsonl#3@3 "count" count:3:12`},
		{"savedsearches.conf", "[One]\ncron = 1\nsearch = index=a \\\n| stats count\n# search = x\n[Two]\nsearch=count", `One@3 "index=a \n| stats count" count:4:9; Two@7 "count" count:7:8`},
		{"d.yml", "name: N\nsearch: |\n  index=a\n   | stats count\n", `N@2 "index=a\n | stats count\n" count:4:12`},
		{"d.yml", "name: N\nsearch: 'index=a\n  | stats count'\ntags: {a: b}\n", `N@2 "index=a\n| stats count" count:3:11`},
		{"d.yml", "name: N\nsearch: index=a\n  | eval x=\"a b\"\n  | stats count\ntags: {a: b}\n", `N@2 "index=a\n| eval x=\"a b\"\n| stats count" count:4:11`},
		{"d.yml", "name: N\nsearch: >-\n  index=a\n  | stats count\nx: y\n", `N@2 "index=a\n| stats count" count:4:11`},
		{"d.yml", "name: N\nsearch: \"index=a\n  | stats count\"\n", `N@2 "index=a\n| stats count" count:3:11`},
		{"d.yml", "name: N\nsearch: \"index=a x=\\\"q\\\"\n  | stats count\"\n", `N@2 "index=a x=\"q\" | stats count" count:2:31`},
		{"d.yml", "name: N\nsearch: >\n  index=a x=\"p\n  q\" | stats count\n", `N@2 "index=a x=\"p q\" | stats count\n" count:2:33`},
		{"a.json", `{"search":"index=a\n| stats count"}`, `a.json#1@1 "index=a\n| stats count" count:1:29`},
	} {
		got, err := Read(c.name, []byte(c.data))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var parts []string
		for _, s := range got {
			line, col := s.Source.Position(1)
			if i := strings.Index(s.Source.Text, "count"); i >= 0 {
				line, col = s.Source.Position(1 + diag.Pos(i))
			}
			parts = append(parts, fmt.Sprintf("%s@%d %q count:%d:%d", s.Name, s.Line, s.Source.Text, line, col))
		}
		if strings.Join(parts, "; ") != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, strings.Join(parts, "; "), c.want)
		}
	}
	for name, c := range map[string][2]string{
		"a.jsonl": {`{"q":1}`, ":1: the object has no key search"}, "b.json": {"[", ":1:"}, "c.conf": {"search = x", "outside of a stanza"},
		"d.yml": {"name: x", "no search"}, "e.yaml": {"a: [", "yaml"}, "f.csv": {"", "searches are read from"},
	} {
		if _, err := Read(name, []byte(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want %s", name, err, c[1])
		}
	}
}
