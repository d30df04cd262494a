// Package content reads hunts from files and folders: metadata, query text and parameters, each with its position in the file.
//
// It does not read the query language: the query is handed on as text whose lines know where they stand in the file.
package content

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/diag"
)

// Hunt is one hunt as its file has it. Empty metadata means that the file does not say.
type Hunt struct {
	File           string
	ID             string
	Name           string
	Description    string
	Kind           string // such as "Scheduled" in analytic rules
	Connectors     []Connector
	Tactics        []string
	Techniques     []string
	EntityMappings []EntityMapping
	Version        string
	Rule           *Rule    // how an analytic rule runs; nil for a hunting query
	Trigger        *Trigger // when a scheduled rule raises an alert; nil when the file does not say
	// Part is the number of the hunt in a file that holds several, such as 2 or 2.1, "" in a file of one.
	Part        string
	Source      *diag.Source // the file's text; metadata spans are places in it
	Span        diag.Span    // where the hunt begins in Source
	Query       *diag.Source // the query text, its Origin maps lines to the file; nil after an error
	Params      []Param
	Diagnostics diag.List
	Hash        string // SHA-256 of the file's bytes, in hexadecimal
}

// Connector is a data source that the hunt needs.
type Connector struct {
	ID        string
	DataTypes []string
}

// EntityMapping says which result columns name an entity.
type EntityMapping struct {
	Type   string
	Fields []FieldMapping
}

// FieldMapping says which column holds an identifier of an entity. Span is the column's name in Hunt.Source.
type FieldMapping struct {
	Identifier, Column string
	Span               diag.Span
}

// Param is a {{Name}} placeholder, with the span in Query of its first use.
type Param struct {
	Name string
	Span diag.Span
}

// Codes of this package.
const (
	CodeFold     diag.Code = "YAML-FOLD"
	CodeSyntax   diag.Code = "YAML-SYNTAX"
	CodeLimit    diag.Code = "YAML-LIMIT"
	CodeDupKey   diag.Code = "YAML-DUPKEY"
	CodeID       diag.Code = "HUNT-ID"
	CodeNoQuery  diag.Code = "HUNT-NOQUERY"
	CodeMeta     diag.Code = "HUNT-META"
	CodeEncoding diag.Code = "HUNT-ENCODING"
	CodeFile     diag.Code = "HUNT-FILE"
	CodeTrigger  diag.Code = "HUNT-TRIGGER"
	CodeSeveral  diag.Code = "HUNT-SEVERAL"
)

// Codes says in a sentence what each code of this package means. Read-only.
var Codes = map[diag.Code]string{
	CodeFold:     "The YAML style of the query joins its lines, so that a // comment hides the lines after it; the query is taken from the source lines.",
	CodeSyntax:   "The file is not YAML, or not one mapping of keys.",
	CodeLimit:    "The YAML is nested or repeated beyond what a hunt needs.",
	CodeDupKey:   "A key is written twice in one mapping: readers disagree about which one counts.",
	CodeID:       "The id is not a GUID: Microsoft Sentinel does not import the hunt.",
	CodeNoQuery:  "The file has no query, or only comments in it.",
	CodeMeta:     "A piece of metadata does not have the form that it should have and is left out.",
	CodeEncoding: "The file is not UTF-8 text.",
	CodeTrigger:  "When the rule raises an alert is not clear, or is more than one row: the result is then the number of rows.",
	CodeSeveral:  "The file holds several queries; each is a hunt of its own.",
	CodeFile:     "The file cannot be read as a hunt.",
}

// Read reads the hunts of a file by the extension of its name; without a known one (standard input) a line that starts with
// "query:" tells YAML. There is at least one; each has its own diagnostics.
func Read(name string, text []byte) []*Hunt {
	ext := extension(name)
	if ext == ".yaml" || ext == ".yml" || ext == "" && yamlQueryKey.Match(text) {
		return ReadAllYAML(name, text)
	}
	h, _ := ReadKQL(name, text)
	return []*Hunt{h}
}

var yamlQueryKey = regexp.MustCompile(`(?m)^(\x{feff})?(- )?[ ]*query[ \t]*:([ \t\r]|$)`)

// ReadKQL reads a file that holds only a query. The hunt is named after the file.
func ReadKQL(name string, text []byte) (*Hunt, diag.List) {
	h, src := newHunt(name, text)
	h.Name, h.Span = baseName(name), spanAt(0, 0)
	if h.checkEncoding(src) {
		h.Query = src
		h.checkQuery(src, spanAt(0, 0), "the file")
	}
	return h, h.Diagnostics
}

// newHunt starts a hunt. The source is without byte order mark: an editor does not count it as a column either.
func newHunt(name string, text []byte) (*Hunt, *diag.Source) {
	sum := sha256.Sum256(text)
	src := &diag.Source{Name: name, Text: strings.TrimPrefix(string(text), "\ufeff")}
	return &Hunt{File: name, Hash: hex.EncodeToString(sum[:]), Source: src}, src
}

func (h *Hunt) checkEncoding(src *diag.Source) bool {
	for i, r := range src.Text {
		if r == utf8.RuneError && !strings.HasPrefix(src.Text[i:], "\ufffd") || r == 0 {
			h.Diagnostics.Add(diag.Diagnostic{Code: CodeEncoding, Severity: diag.Error, Source: src, Span: spanAt(i, 1),
				Message: "the file is not UTF-8 text", Hint: "save it as UTF-8"})
			return false
		}
	}
	return true
}

// WithQuery returns the hunt number part of a file's text that holds several queries, this one and others.
func (h *Hunt) WithQuery(q *diag.Source, part, of int) *Hunt {
	c := *h
	c.Query, c.Part = q, strconv.Itoa(part)
	if h.Part != "" {
		c.Part = h.Part + "." + c.Part
	}
	c.Name = fmt.Sprintf("%s (%d)", h.Name, part)
	code := maskComments(q.Text)
	c.Params = params(code)
	c.Diagnostics = slices.Clone(h.Diagnostics)
	first := len(code) - len(strings.TrimLeft(code, " \t\r\n"))
	c.Diagnostics.Add(diag.Diagnostic{Code: CodeSeveral, Severity: diag.Note, Source: q, Span: spanAt(first, 1),
		Message: fmt.Sprintf("the text holds %d queries: this one is the hunt %s", of, c.Name)})
	return &c
}

// checkQuery reports a query without code in it, at the given place of the file, and collects the parameters.
func (h *Hunt) checkQuery(file *diag.Source, at diag.Span, what string) {
	code := maskComments(h.Query.Text)
	if strings.TrimSpace(code) == "" {
		message := what + " is empty"
		if strings.TrimSpace(h.Query.Text) != "" {
			message = what + " holds only comments"
		}
		h.Diagnostics.Add(diag.Diagnostic{Code: CodeNoQuery, Severity: diag.Error, Source: file, Span: at, Message: message})
		h.Query = nil
		return
	}
	h.Params = params(code)
}

var placeholder = regexp.MustCompile(`\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}`)

// params lists each placeholder once, in the order of first use.
func params(code string) []Param {
	var out []Param
	seen := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatchIndex(code, -1) {
		name := code[m[2]:m[3]]
		if !seen[name] {
			seen[name] = true
			out = append(out, Param{Name: name, Span: spanAt(m[0], m[1]-m[0])})
		}
	}
	return out
}

// spanAt makes a span from a 0-based byte offset and a length.
func spanAt(offset, length int) diag.Span {
	return diag.Span{Pos: diag.Pos(offset + 1), End: diag.Pos(offset + length + 1)}
}
