package diag

import (
	"strings"
	"testing"
)

func TestRenderOnCRLFLineEndDoesNotFail(t *testing.T) {
	src := &Source{Name: "a.kql", Text: "T |\r\n| take 1\r\n"}
	out := Render(List{{Code: "X", Severity: Error, Source: src, Span: Span{5, 6}, Message: "m"}})
	if !strings.Contains(out, "a.kql:1:5: error: m [X]") || !strings.Contains(out, "T |") {
		t.Errorf("got %q", out)
	}
}

func TestPositionFollowsOrigin(t *testing.T) {
	src := &Source{Text: "ab\ncd", Origin: []LineOrigin{{10, 3}, {11, 5}}}
	for _, c := range []struct {
		pos       Pos
		line, col int
	}{{0, 0, 0}, {1, 10, 3}, {2, 10, 4}, {4, 11, 5}, {5, 11, 6}} {
		if l, col := src.Position(c.pos); l != c.line || col != c.col {
			t.Errorf("pos %d: got %d:%d, want %d:%d", c.pos, l, col, c.line, c.col)
		}
	}
}

func TestNearestFindsTypingMistakesOnly(t *testing.T) {
	names := []string{"TimeGenerated", "Timestamp", "ActionType"}
	for name, want := range map[string]string{"timegenerated": "TimeGenerated", "ActoinType": "ActionType", "Foo": "", "Timestmp": "Timestamp"} {
		if got := Nearest(name, names); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestSeverityZeroIsInvalid(t *testing.T) {
	if (List{}).Max() != Invalid || (List{{Severity: Note}, {Severity: Refused}}).Max() != Refused {
		t.Error("Max does not order severities")
	}
}
