package syntax

import (
	"path/filepath"
	"testing"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/internal/kqltest"
)

// sampleFiles are the queries of testdata/corpus, which are always there.
func sampleFiles(tb testing.TB) []*diag.Source {
	tb.Helper()
	files := kqltest.Files(tb, filepath.Join("testdata", "corpus"))
	if len(files) < 40 {
		tb.Errorf("%d files", len(files))
	}
	return files
}

// TestCorpusParsesWithoutDiagnostics has no list of exceptions: Microsoft's parser takes every file.
func TestCorpusParsesWithoutDiagnostics(t *testing.T) {
	files := kqltest.Corpus(t)
	parseAll(t, files)
	t.Logf("%d files", len(files))
}

func TestSampleParsesWithoutDiagnostics(t *testing.T) { parseAll(t, sampleFiles(t)) }

func parseAll(t *testing.T, files []*diag.Source) {
	t.Helper()
	for _, src := range files {
		script, diags := Parse(src)
		checkTree(t, src, script, len(diags) == 0)
		if len(diags) > 0 {
			t.Errorf("%s", diag.Render(diags))
		}
	}
}

// TestBrokenSampleIsReported cuts each query of the sample in the middle of its text and takes away single tokens: whatever is
// left is read to the end, and a bracket without its partner is never passed over.
func TestBrokenSampleIsReported(t *testing.T) {
	for _, src := range sampleFiles(t) {
		toks, _ := lex(src, func(int, int, string) {})
		match := matchBrackets(toks)
		for i, tok := range toks {
			if match[i] < 0 {
				continue
			}
			broken := source(src.Text[:tok.off] + src.Text[tok.end:])
			script, diags := Parse(broken)
			checkTree(t, broken, script, len(diags) == 0)
			if len(diags) == 0 {
				t.Errorf("%s without the %s at %d has no diagnostic", src.Name, tok.text, tok.off)
			}
		}
	}
}

// medianQuery is the query of middle length among the 1,400 of the corpus.
const medianQuery = "azure-ad-abuse-detection-readme-u7.kql"

func BenchmarkParseCorpusMedian(b *testing.B) {
	for _, src := range sampleFiles(b) {
		if src.Name != medianQuery {
			continue
		}
		b.ReportAllocs()
		b.SetBytes(int64(len(src.Text)))
		for b.Loop() {
			Parse(src)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
	}
}

func BenchmarkParseSample(b *testing.B) { benchmarkFiles(b, sampleFiles(b)) }

func BenchmarkParseCorpus(b *testing.B) { benchmarkFiles(b, kqltest.Corpus(b)) }

func benchmarkFiles(b *testing.B, files []*diag.Source) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, f := range files {
			Parse(f)
		}
		n += len(files)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "queries/s")
}
