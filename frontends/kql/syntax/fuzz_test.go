package syntax

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/internal/kqltest"
)

// FuzzParse begins with the sample of published queries, with those of the corpus where it is present, and with broken queries. No
// text may take longer than a moment per kilobyte, overflow, or give a message without a place.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"T | where (a == ) | sort", "let f = () { T | fork (take 1) };",
		`print dynamic({"a":[1,-2h,datetime(2020-01-01)]}), @"x""y", h'z'`, "T | scan with (step a: b => c = 1;)", "T | parse a with * \"x\" b:long"} {
		f.Add(s)
	}
	for _, text := range kqltest.Hunts(f) {
		f.Add(text)
	}
	files := sampleFiles(f)
	if dir, ok := kqltest.CorpusFolder(f, "kql"); ok {
		files = append(files, kqltest.Files(f, dir)...)
	}
	for _, src := range files {
		f.Add(src.Text)
	}
	for _, name := range []string{"broken.txt", "verdicts.txt"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := source(text)
		start := time.Now()
		script, diags := Parse(src)
		if d := time.Since(start); d > time.Second+time.Duration(len(text))*time.Millisecond {
			t.Errorf("%d bytes took %v", len(text), d)
		}
		checkTree(t, src, script, len(diags) == 0)
		for _, d := range diags {
			if d.Span.Pos < 1 || d.Span.End < d.Span.Pos || int(d.Span.End) > len(text)+2 || d.Message == "" {
				t.Errorf("diagnostic %v at %v in %d bytes", d, d.Span, len(text))
			}
		}
	})
}

// FuzzHunts: cutting a text into its hunts loses none of them, and each is itself one hunt.
func FuzzHunts(f *testing.F) {
	for _, s := range []string{"T; U", "let a = 1;\nT | take a\n\nU", "T\n\n// c\nU\n| take 1", "T\n\n\nU | take"} {
		f.Add(s)
	}
	for _, text := range kqltest.Hunts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hunts := Hunts(source(text), true)
		if len(hunts) < 2 {
			return
		}
		for _, h := range hunts {
			if again := Hunts(h, true); len(again) != 1 {
				t.Errorf("%q is %d hunts", h.Text, len(again))
			}
			if _, diags := Parse(h); diags.HasErrors() {
				t.Errorf("%q: %v", h.Text, diags)
			}
		}
	})
}
