// Package diag carries positions and messages: what was wrong, where, and what to do about it.
//
// It knows nothing about any language and imports only the standard library. Rendering happens once, at the edge (see Render).
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a 1-based byte offset into a Source; 0 means "no position".
type Pos int32

// Span is a half-open range [Pos, End) of bytes. The zero Span has no position.
type Span struct{ Pos, End Pos }

// IsZero reports whether the span has no position.
func (s Span) IsZero() bool { return s.Pos == 0 }

// To returns the smallest span that covers s and t; a span without position is ignored.
func (s Span) To(t Span) Span {
	switch {
	case s.IsZero():
		return t
	case t.IsZero():
		return s
	}
	return Span{min(s.Pos, t.Pos), max(s.End, t.End)}
}

// Source is one text with a name. Origin maps the text back to the file that it was taken from, for a query inside a YAML file.
type Source struct {
	Name string
	Text string
	// Origin holds, per line of Text, where that line starts in the file. Empty means that Text is the file.
	Origin []LineOrigin
}

// LineOrigin says where a line of a Source stands in its file: both 1-based, columns in bytes.
type LineOrigin struct{ Line, Column int }

// Position resolves a Pos to line and column (1-based, in bytes) of the file; 0, 0 without a position.
func (s *Source) Position(p Pos) (line, column int) {
	if s == nil || p <= 0 {
		return 0, 0
	}
	off := min(int(p)-1, len(s.Text))
	line = 1 + strings.Count(s.Text[:off], "\n")
	column = off - (strings.LastIndexByte(s.Text[:off], '\n') + 1) + 1
	if line-1 < len(s.Origin) {
		o := s.Origin[line-1]
		return o.Line, o.Column + column - 1
	}
	return line, column
}

// Line returns the text of the source line that holds p, without its newline, and the byte offset of p in it.
func (s *Source) Line(p Pos) (text string, offset int) {
	if s == nil || p <= 0 {
		return "", 0
	}
	off := min(int(p)-1, len(s.Text))
	start := strings.LastIndexByte(s.Text[:off], '\n') + 1
	end := len(s.Text)
	if i := strings.IndexByte(s.Text[off:], '\n'); i >= 0 {
		end = off + i
	}
	return strings.TrimSuffix(s.Text[start:end], "\r"), off - start
}

// Severity orders messages; the zero value is invalid.
type Severity int

const (
	Invalid Severity = iota
	// Note informs: nothing is wrong.
	Note
	// Warning: the result stands, the user should look.
	Warning
	// Drift: the translation is approximate here.
	Drift
	// Refused: this target cannot say it; no text is produced.
	Refused
	// Error: the input is wrong.
	Error
)

func (s Severity) String() string {
	return [...]string{"invalid", "note", "warning", "approximate", "refused", "error"}[s]
}

// Code is the stable name of a kind of message, such as "KQL-SYNTAX". Every code has a row in Codes.
type Code string

// Diagnostic is one message about the user's text.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Source   *Source
	Span     Span   // smallest text that a person could edit
	Target   string // the target that speaks, "" for frontends
	Message  string // one lower-case line that names the user's own text
	Why      string // a sentence, may be empty
	Hint     string // what to do, may be empty
}

// Error renders the greppable first line.
func (d Diagnostic) Error() string {
	var b strings.Builder
	if d.Source != nil {
		b.WriteString(d.Source.Name)
		if line, col := d.Source.Position(d.Span.Pos); line > 0 {
			fmt.Fprintf(&b, ":%d:%d", line, col)
		}
		b.WriteString(": ")
	}
	if d.Target != "" {
		b.WriteString(d.Target + ": ")
	}
	fmt.Fprintf(&b, "%s: %s [%s]", d.Severity, d.Message, d.Code)
	return b.String()
}

// List is a list of diagnostics, in any order until Sort.
type List []Diagnostic

// Add appends a diagnostic.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// Sort orders by source name, position, target and code.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(sourceName(a), sourceName(b)), cmp.Compare(a.Span.Pos, b.Span.Pos),
			cmp.Compare(a.Target, b.Target), cmp.Compare(a.Code, b.Code))
	})
}

func sourceName(d Diagnostic) string {
	if d.Source == nil {
		return ""
	}
	return d.Source.Name
}

// Max returns the highest severity in the list, Invalid when it is empty.
func (l List) Max() Severity {
	m := Invalid
	for _, d := range l {
		m = max(m, d.Severity)
	}
	return m
}

// HasErrors reports whether the list holds an Error.
func (l List) HasErrors() bool { return l.Max() == Error }

// Render writes the list as text: first line, source line with carets, why, hint.
func Render(l List) string {
	var b strings.Builder
	for _, d := range l {
		b.WriteString(d.Error() + "\n")
		renderSnippet(&b, d)
		if d.Why != "" {
			b.WriteString("   " + d.Why + "\n")
		}
		if d.Hint != "" {
			b.WriteString("   hint: " + d.Hint + "\n")
		}
	}
	return b.String()
}

const maxSnippet = 160

func renderSnippet(b *strings.Builder, d Diagnostic) {
	if d.Source == nil || d.Span.IsZero() {
		return
	}
	text, off := d.Source.Line(d.Span.Pos)
	off = min(off, len(text)) // a position on the line break of a CRLF line stands behind the shown text
	if len(text) > maxSnippet || strings.TrimSpace(text) == "" {
		return
	}
	line, _ := d.Source.Position(d.Span.Pos)
	width := max(1, min(int(d.Span.End-d.Span.Pos), len(text)-off))
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, text[:off])
	fmt.Fprintf(b, "%5d | %s\n      | %s%s\n", line, text, pad, strings.Repeat("^", width))
}

// Nearest returns the candidate with the smallest edit distance to name when it is close enough to be a typing mistake, else "".
func Nearest(name string, candidates []string) string {
	best, bestD := "", 1+max(1, len(name)/3)
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestD {
			best, bestD = c, d
		}
	}
	return best
}

func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j+1]+1, cur[j]+1, prev[j]+cost)
		}
		prev = cur
	}
	return prev[len(b)]
}
