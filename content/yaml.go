package content

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// ReadYAML reads a rule of Microsoft Sentinel's repository: metadata and a query under the key "query". A file with several hunts
// is an error here: see ReadAllYAML.
func ReadYAML(name string, text []byte) (*Hunt, diag.List) {
	list := ReadAllYAML(name, text)
	h := list[0]
	if len(list) > 1 {
		h.Diagnostics.Add(diag.Diagnostic{Code: CodeSeveral, Severity: diag.Error, Source: h.Source, Span: list[1].Span,
			Message: fmt.Sprintf("the file holds %d hunts, expected one", len(list)), Hint: "give each a file of its own"})
	}
	return h, h.Diagnostics
}

// ReadAllYAML reads every hunt of a file: one in each YAML document, or in each item of a list. There is at least one; what is wrong
// with a document is said by its hunt.
func ReadAllYAML(name string, text []byte) []*Hunt {
	h, src := newHunt(name, text)
	if !h.checkEncoding(src) {
		return []*Hunt{h}
	}
	lines, breaks := lineStarts(src.Text), newlines(src.Text)
	first := &yamlReader{hunt: h, src: src, lines: lines, breaks: breaks}
	roots := first.roots()
	if len(roots) == 0 {
		return []*Hunt{h}
	}
	list := make([]*Hunt, len(roots))
	for i, root := range roots {
		each := *h
		list[i] = &each
		r := &yamlReader{hunt: &each, src: src, lines: lines, breaks: breaks}
		each.Span = r.span(root)
		r.read(root)
		if len(roots) > 1 {
			each.Part = strconv.Itoa(i + 1)
			if key, _ := lookup(root, "name"); key == nil {
				each.Name = fmt.Sprintf("%s (%s)", each.Name, each.Part)
			}
		}
	}
	return list
}

// yamlReader holds one hunt while it is read. The first error ends the reading, so that nothing follows from it.
type yamlReader struct {
	hunt   *Hunt
	src    *diag.Source
	lines  []int // byte offset of each line as YAML counts lines
	breaks []int // byte offset of each newline: lines as editors and diag count them
}

func (r *yamlReader) read(root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		r.report(CodeSyntax, diag.Error, root, "the file is not a mapping of keys such as `query: |`")
		return
	}
	r.metadata(root)
	r.rule(root)
	r.query(root)
}

// roots returns the top of each hunt in the file, or nothing after an error.
func (r *yamlReader) roots() []*yaml.Node {
	var roots []*yaml.Node
	for _, doc := range r.parse() {
		if !r.checkShape(doc) {
			return nil
		}
		root := doc.Content[0]
		if root.Kind == yaml.SequenceNode && len(root.Content) > 0 {
			for _, item := range root.Content {
				roots = append(roots, resolve(item))
			}
		} else {
			roots = append(roots, root)
		}
		if len(roots) > maxHunts {
			r.report(CodeLimit, diag.Error, root, fmt.Sprintf("the file holds more than %d hunts", maxHunts))
			return nil
		}
	}
	return roots
}

// parse returns the documents of the file that hold something, or none after an error.
func (r *yamlReader) parse() []*yaml.Node {
	dec := yaml.NewDecoder(strings.NewReader(r.src.Text))
	var docs []*yaml.Node
	for {
		doc, err := decode(dec)
		switch {
		case errors.Is(err, io.EOF) && len(docs) == 0:
			r.hunt.Diagnostics.Add(diag.Diagnostic{Code: CodeNoQuery, Severity: diag.Error, Source: r.src, Span: spanAt(0, 0), Message: "the file is empty"})
			return nil
		case errors.Is(err, io.EOF):
			return docs
		case err != nil:
			r.syntaxError(err)
			return nil
		case !empty(doc):
			docs = append(docs, doc)
		}
	}
}

func empty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" && doc.Content[0].Value == ""
}

func decode(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	// The library panics on some malformed texts; for a hostile file that is a syntax error like any other.
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	doc = &yaml.Node{}
	err = dec.Decode(doc)
	return doc, err
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (r *yamlReader) syntaxError(err error) {
	m := yamlErrorLine.FindStringSubmatch(err.Error())
	message := err.Error()
	line := 0
	if m != nil {
		message = message[len(m[0]):]
		line, _ = strconv.Atoi(m[1])
	}
	if parserProblem.MatchString(message) {
		line++ // the library counts these from 0 and the others from 1
	}
	d := diag.Diagnostic{Code: CodeSyntax, Severity: diag.Error, Source: r.src, Span: r.lineSpan(line), Message: message}
	switch {
	case strings.Contains(message, "control characters"):
		d.Span = r.controlCharacter()
	case strings.HasPrefix(message, "unknown anchor"):
		d.Span = r.unknownAlias(message)
	case strings.Contains(message, "tab character"):
		d.Span = r.tabIndentation(line)
		d.Hint = "indent with spaces: YAML does not take tabs"
	}
	r.hunt.Diagnostics.Add(d)
}

var parserProblem = regexp.MustCompile(`^did not find expected (key|<|'-'|',' or|node content)`)

// lineSpan covers a line (from 1) without its indentation, or nothing when there is no such line.
func (r *yamlReader) lineSpan(line int) diag.Span {
	if line < 1 || len(r.lines) == 0 {
		return diag.Span{}
	}
	start, end := r.lineBounds(min(line, len(r.lines)) - 1)
	text := r.src.Text[start:end]
	blank := len(text) - len(strings.TrimLeft(text, " \t"))
	return spanAt(start+blank, len(text)-blank)
}

// tabIndentation finds the tab at or after a line: the library names the line where the block began.
func (r *yamlReader) tabIndentation(line int) diag.Span {
	for i := max(0, line-1); i < len(r.lines); i++ {
		start, end := r.lineBounds(i)
		text := strings.TrimLeft(r.src.Text[start:end], " ")
		if strings.HasPrefix(text, "\t") {
			return spanAt(end-len(text), 1)
		}
	}
	return r.lineSpan(line)
}

// unknownAlias finds the alias that the library names without a line.
func (r *yamlReader) unknownAlias(message string) diag.Span {
	if _, name, ok := strings.Cut(message, "'"); ok {
		name, _, _ = strings.Cut(name, "'")
		if i := strings.Index(r.src.Text, "*"+name); i >= 0 {
			return spanAt(i, len(name)+1)
		}
	}
	return diag.Span{}
}

func (r *yamlReader) controlCharacter() diag.Span {
	i := strings.IndexFunc(r.src.Text, func(c rune) bool {
		return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f || c >= 0x80 && c < 0xa0 && c != 0x85
	})
	if i < 0 {
		return diag.Span{}
	}
	return spanAt(i, 1)
}

// report adds a message at a node.
func (r *yamlReader) report(code diag.Code, severity diag.Severity, n *yaml.Node, message string) {
	r.hunt.Diagnostics.Add(diag.Diagnostic{Code: code, Severity: severity, Source: r.src, Span: r.span(n), Message: message})
}

// span covers a node that is written plainly on one line, and the first character of any other.
func (r *yamlReader) span(n *yaml.Node) diag.Span {
	off := r.offset(n)
	length := 1
	if n.Kind == yaml.ScalarNode && n.Value != "" && strings.HasPrefix(r.src.Text[off:], n.Value) && !strings.Contains(n.Value, "\n") {
		length = len(n.Value)
	}
	return spanAt(off, min(length, len(r.src.Text)-off))
}

// offset returns the byte offset of a node: YAML counts columns in characters.
func (r *yamlReader) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(r.lines) {
		return len(r.src.Text)
	}
	off := r.lines[n.Line-1]
	rest := r.src.Text[off:]
	column := 1
	for i := range rest {
		if column == n.Column {
			return off + i
		}
		column++
	}
	return len(r.src.Text)
}

// lineBounds returns where a line (from 0) starts and ends, without its line break.
func (r *yamlReader) lineBounds(i int) (start, end int) {
	start, end = r.lines[i], len(r.src.Text)
	if i+1 < len(r.lines) {
		end = r.lines[i+1]
	}
	return start, start + len(strings.TrimRight(r.src.Text[start:end], "\r\n\u0085\u2028\u2029"))
}

// lineStarts finds the lines as YAML counts them: more characters break a line than in an editor.
func lineStarts(text string) []int {
	starts := []int{0}
	for i, c := range text {
		switch c {
		case '\n':
			starts = append(starts, i+1)
		case '\r':
			if !strings.HasPrefix(text[i+1:], "\n") {
				starts = append(starts, i+1)
			}
		case 0x85, 0x2028, 0x2029:
			starts = append(starts, i+len(string(c)))
		}
	}
	return starts
}

func newlines(text string) []int {
	var at []int
	for i := range len(text) {
		if text[i] == '\n' {
			at = append(at, i)
		}
	}
	return at
}
