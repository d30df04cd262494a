package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntc/huntc/diag"
)

// TestHuntsOfOneText shows each hunt as the place of its first word and its words.
func TestHuntsOfOneText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"one", "let x = 1;\nT | take x;\n", []string{"1:1 let x = 1; T | take x;"}},
		{"semicolons", "let x = 1;\nT\n| take x;\nU | take x; // c\nlet y = 2;\nV | take y",
			[]string{"1:1 let x = 1; T | take x", "1:1 let x = 1; ; U | take x", "1:1 let x = 1; ; ; // c let y = 2; V | take y"}},
		{"a later let of the same name does not count", "let x = 1; T | take x; let x = 2; T | take x",
			[]string{"1:1 let x = 1; T | take x", "1:1 let x = 1; ; let x = 2; T | take x"}},
		{"blank lines", "T\n| take 1\n\nU\n\n| take 2\n\n\n// third\nV\n| take 3\n",
			[]string{"1:1 T | take 1", "4:1 U | take 2", "9:1 // third V | take 3"}},
		{"comments", "// a\nT | take 1\n// b\nU | take 2", []string{"1:1 // a T | take 1", "3:1 // b U | take 2"}},
		{"each with its lets", "let a = 1;\nT | take a\n\nlet b = 2;\nU | take b", []string{"1:1 let a = 1; T | take a", "4:1 let b = 2; U | take b"}},
		{"a definition used by the next is no cut", "let a = 1;\nT | take a\n\nU | take a", []string{"1:1 let a = 1; T | take a U | take a"}},
		{"redefined", "let a = 1;\nT | take a\n\nlet a = 2;\nU | take 5", []string{"1:1 let a = 1; T | take a", "4:1 let a = 2; U | take 5"}},
		{"redefined and used", "let a = 1;\nT | take a\n\nlet a = 2;\nU | take a", []string{"1:1 let a = 1; T | take a", "4:1 let a = 2; U | take a"}},
		{"used before it is redefined", "let a = 1;\nT | take a\n\nlet b = a;\nlet a = 2;\nU | take b",
			[]string{"1:1 let a = 1; T | take a let b = a; let a = 2; U | take b"}},
		{"a piece that is wrong", "T | take 1\n\nU | take", []string{"1:1 T | take 1 U | take"}},
		{"without a blank line", "T | take 1\nU | take 2", []string{"1:1 T | take 1 U | take 2"}},
		{"only definitions", "let a = 1;\n\nlet b = 2;", []string{"1:1 let a = 1; let b = 2;"}},
		{"definitions in paragraphs", "let a = 1;\n\nlet b = 2;\n\nT | take b\n\nU", []string{"1:1 let a = 1; let b = 2; T | take b", "7:1 U"}},
		{"a blank line in a string", "print ```a\n\nb```\n\nU", []string{"1:1 print ```a b```", "5:1 U"}},
	} {
		var got []string
		for _, h := range Hunts(source(c.text), true) {
			start := len(h.Text) - len(strings.TrimLeft(h.Text, " \n"))
			line, col := h.Position(diag.Pos(start + 1))
			got = append(got, fmt.Sprintf("%d:%d %s", line, col, strings.Join(strings.Fields(h.Text), " ")))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestHuntsKeepTheirPlaces holds a query of a text that is itself part of a file to its place there.
func TestHuntsKeepTheirPlaces(t *testing.T) {
	src := source("T\n\nU\n| where a == 1\n\nV")
	for i, at := range []string{"1:1", "3:1", "6:1"} {
		h := Hunts(src, true)[i]
		blank := len(h.Text) - len(strings.TrimLeft(h.Text, "\n"))
		line, col := h.Position(diag.Pos(blank + 1))
		if got := fmt.Sprintf("%d:%d", line, col); got != at {
			t.Errorf("hunt %d begins at %s, want %s", i+1, got, at)
		}
	}
}

func TestParagraphsAreNoHuntsWhereOneQueryIsMeant(t *testing.T) {
	if n := len(Hunts(source("T\n\nU"), false)); n != 1 {
		t.Errorf("%d hunts", n)
	}
	if n := len(Hunts(source("T;\nU"), false)); n != 2 {
		t.Errorf("%d hunts", n)
	}
}

func TestManyPiecesEndQuickly(t *testing.T) {
	for _, unit := range []string{"T\n\n", "T | where a ==\n\n", "let a = 1\n\n", "(\n\n", "T;\n"} {
		Hunts(source(strings.Repeat(unit, MaxBytes/len(unit))), true)
	}
}
