package content

import (
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// query finds the query's text and where its lines stand. YAML's folding styles join lines, which changes what KQL reads:
// the text is always the lines as they are written.
func (r *yamlReader) query(root *yaml.Node) {
	key, v := lookup(root, "query")
	switch {
	case key == nil:
		r.report(CodeNoQuery, diag.Error, root, "the file has no key `query`")
		return
	case absent(v):
		r.report(CodeNoQuery, diag.Error, key, "the query is empty")
		return
	case v.Kind != yaml.ScalarNode:
		r.report(CodeNoQuery, diag.Error, key, "the query is not a text")
		return
	}
	lines, ok := r.sourceLines(v)
	if !ok {
		lines = r.valueLines(v)
	}
	r.hunt.Query = lines.source(r.src.Name)
	r.checkQuery(key, v)
}

func (r *yamlReader) checkQuery(key, v *yaml.Node) {
	h := r.hunt
	h.checkQuery(r.src, r.span(key), "the query")
	if h.Query == nil || sameCode(h.Query.Text, v.Value) {
		return
	}
	at := r.scalarStart(v)
	h.Diagnostics.Add(diag.Diagnostic{Code: CodeFold, Severity: diag.Warning, Source: r.src, Span: spanAt(at, 1),
		Message: "the query is in " + styleName(v) + ": the first // comment hides the rest",
		Why:     "YAML joins these lines into one; the query is taken from the lines as they are written",
		Hint:    "write `query: |`"})
}

func styleName(v *yaml.Node) string {
	switch {
	case v.Style&yaml.FoldedStyle != 0:
		return "a folded block (`>`)"
	case v.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return "a quoted text of several lines"
	default:
		return "a plain text of several lines"
	}
}

// sameCode compares two texts without comments and white space: a difference is code that folding put into a comment.
func sameCode(a, b string) bool { return sameWords(maskComments(a), maskComments(b)) }

func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// queryLines are the lines of a query with their origins.
type queryLines struct {
	text   []string
	origin []diag.LineOrigin
}

// source drops blank lines at the end: YAML's chomping is not part of a query.
func (q queryLines) source(name string) *diag.Source {
	n := len(q.text)
	for n > 0 && strings.TrimSpace(q.text[n-1]) == "" {
		n--
	}
	return &diag.Source{Name: name, Text: strings.Join(q.text[:n], "\n"), Origin: q.origin[:n]}
}

func (q *queryLines) add(text string, at diag.LineOrigin) {
	q.text = append(q.text, text)
	q.origin = append(q.origin, at)
}

// valueLines takes what YAML hands over: every line then comes from the scalar's start.
func (r *yamlReader) valueLines(v *yaml.Node) queryLines {
	at := r.origin(r.scalarStart(v))
	var q queryLines
	for line := range strings.SplitSeq(v.Value, "\n") {
		q.add(line, at)
	}
	return q
}

// sourceLines takes the query from the file. Its words must be the words of the value; otherwise this code has not
// understood the file and the caller uses the value.
func (r *yamlReader) sourceLines(v *yaml.Node) (queryLines, bool) {
	var q queryLines
	switch {
	case v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		q = r.blockLines(v)
	case v.Style&yaml.DoubleQuotedStyle != 0:
		q = r.quotedLines(v, '"')
	case v.Style&yaml.SingleQuotedStyle != 0:
		q = r.quotedLines(v, '\'')
	default:
		q = r.plainLines(v)
	}
	return q, sameWords(strings.Join(q.text, "\n"), v.Value)
}

// blockLines takes the lines of a block scalar, without the indentation of its first line with text.
func (r *yamlReader) blockLines(v *yaml.Node) queryLines {
	var q queryLines
	first := r.lineOf(r.scalarStart(v)) + 1
	indent := r.blockIndent(v, first)
	for i := first; i < len(r.lines); i++ {
		start, end := r.lineBounds(i)
		text := r.src.Text[start:end]
		lead := len(text) - len(strings.TrimLeft(text, " "))
		if lead < indent && lead < len(text) {
			break // text further out ends the block
		}
		cut := min(indent, len(text))
		q.add(text[cut:], r.origin(start+cut))
	}
	return q
}

// blockIndent reads the indentation of a block: the header's digit counts from the parent, whose column only the value can tell.
func (r *yamlReader) blockIndent(v *yaml.Node, first int) int {
	value := strings.TrimLeft(v.Value, "\n")
	extra := len(value) - len(strings.TrimLeft(value, " "))
	for i := first; i < len(r.lines); i++ {
		start, end := r.lineBounds(i)
		if text := r.src.Text[start:end]; strings.TrimLeft(text, " ") != "" {
			return max(1, len(text)-len(strings.TrimLeft(text, " "))-extra)
		}
	}
	return 1
}

// plainLines takes lines until they have the words of the value.
func (r *yamlReader) plainLines(v *yaml.Node) queryLines {
	var q queryLines
	start := r.scalarStart(v)
	want := len(strings.Join(strings.Fields(v.Value), ""))
	for i := r.lineOf(start); i < len(r.lines) && want > 0; i++ {
		begin, end := r.lineBounds(i)
		begin = max(begin, start)
		line := strings.TrimLeft(r.src.Text[begin:end], " \t")
		begin = end - len(line)
		line, want = takeLetters(line, want)
		q.add(line, r.origin(begin))
	}
	return q
}

// takeLetters cuts the line after that many bytes that are not white space, so that what follows a scalar is left out.
func takeLetters(line string, want int) (string, int) {
	for i := range len(line) {
		if want == 0 {
			return strings.TrimRight(line[:i], " \t"), 0
		}
		if line[i] != ' ' && line[i] != '\t' {
			want--
		}
	}
	return strings.TrimRight(line, " \t"), want
}

// quotedLines takes the lines between the quotes, each unescaped on its own. A line break that is written as an escape
// makes a line whose origin is the start of its source line.
func (r *yamlReader) quotedLines(v *yaml.Node, quote byte) queryLines {
	var q queryLines
	start := r.scalarStart(v) + 1
	end := start + quotedEnd(r.src.Text[min(start, len(r.src.Text)):], quote)
	continued := false
	for i := r.lineOf(start); i < len(r.lines); i++ {
		begin, stop := r.lineBounds(i)
		if begin >= end {
			break
		}
		begin, stop = max(begin, start), min(stop, end)
		line := strings.TrimLeft(r.src.Text[begin:stop], " \t")
		at := r.origin(stop - len(line))
		line, joins := strings.CutSuffix(line, `\`)
		joins = joins && quote == '"' && !strings.HasSuffix(line, `\`)
		text := unquote(line, quote)
		if continued && len(q.text) > 0 {
			q.text[len(q.text)-1] += text
		} else {
			for part := range strings.SplitSeq(text, "\n") {
				q.add(part, at)
			}
		}
		continued = joins
	}
	return q
}

func quotedEnd(text string, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i
		}
	}
	return len(text)
}

// unquote undoes YAML's escapes. A text that YAML does not take stays as it is; sourceLines then sees that it differs.
func unquote(line string, quote byte) string {
	var s string
	if err := yaml.Unmarshal([]byte(string(quote)+line+string(quote)), &s); err != nil {
		return line
	}
	return s
}

// scalarStart is the offset of a scalar's first character, past its tag and anchor, where a node starts.
func (r *yamlReader) scalarStart(v *yaml.Node) int {
	off := r.offset(v)
	for off < len(r.src.Text) && (r.src.Text[off] == '!' || r.src.Text[off] == '&') {
		n := strings.IndexAny(r.src.Text[off:], " \t\r\n")
		if n < 0 {
			break
		}
		off += n
		off += len(r.src.Text[off:]) - len(strings.TrimLeft(r.src.Text[off:], " \t\r\n"))
	}
	return min(off, len(r.src.Text))
}

// lineOf returns the line (from 0, as YAML counts) that holds a byte offset.
func (r *yamlReader) lineOf(off int) int {
	return sort.Search(len(r.lines), func(i int) bool { return r.lines[i] > off }) - 1
}

// origin returns line and column of the file, as an editor counts them.
func (r *yamlReader) origin(off int) diag.LineOrigin {
	i := sort.Search(len(r.breaks), func(i int) bool { return r.breaks[i] >= off })
	start := 0
	if i > 0 {
		start = r.breaks[i-1] + 1
	}
	return diag.LineOrigin{Line: i + 1, Column: off - start + 1}
}
