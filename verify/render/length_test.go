package render

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
)

func TestCharactersAreUTF16Units(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é日": 2, "😀": 2, "a😀\xff": 4} {
		if got := Characters(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

// TestLongTextsAreDroppedWhereTheyStand: the document itself does not change, and one without long texts is itself.
func TestLongTextsAreDroppedWhereTheyStand(t *testing.T) {
	doc := func(a, b any) ir.Bag {
		return ir.Bag{{Key: "p", Value: ir.Bag{{Key: "0", Value: ir.Bag{{Key: "v", Value: a}}}, {Key: "1", Value: ir.Bag{{Key: "v", Value: b}}}}}, {Key: "v", Value: "long text"}}
	}
	in := doc("1234", "12345")
	before := ir.JSONText(in)
	got, cut := short(in, strings.Split("p.[].v", "."), 4)
	if want := ir.JSONText(doc("1234", nil)); !cut || ir.JSONText(got) != want {
		t.Errorf("got %s, want %s", ir.JSONText(got), want)
	}
	if ir.JSONText(in) != before {
		t.Errorf("the document became %s", ir.JSONText(in))
	}
	if _, cut := short(in, strings.Split("p.[].v", "."), 5); cut {
		t.Error("a text of the greatest length was dropped")
	}
	if _, cut := short(doc(int64(123456), "1"), strings.Split("p.[].v", "."), 4); cut {
		t.Error("a number was dropped")
	}
}
