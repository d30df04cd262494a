// Package load finds searches in files: a search alone (.spl, .txt), JSON objects with a `search` key, one a line (.json, .jsonl,
// .ndjson), savedsearches.conf (.conf), and detections in contentctl's YAML (.yml, .yaml).
package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// Search is one search of a file. Source maps its text to the lines of the file; behind an escape of the format the column is that of
// the search.
type Search struct {
	Name   string
	Line   int // of the file, where the search begins
	Source *diag.Source
	// Detection says that the search is of contentctl's YAML, whose build adds a macro for each (spl.Definitions.WithFilter).
	Detection bool
}

// maxFile bounds a file, in bytes.
const maxFile = 64 << 20

// Known reports whether files of this name are read.
func Known(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".spl", ".txt", ".json", ".jsonl", ".ndjson", ".conf", ".yml", ".yaml":
		return true
	}
	return false
}

// Read returns the searches of a file. A file of a known format without a search is an error that says so.
func Read(name string, data []byte) ([]Search, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(data), maxFile)
	}
	var out []Search
	var err error
	switch strings.ToLower(filepath.Ext(name)) {
	case ".spl", ".txt":
		return []Search{{Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), Line: 1, Source: &diag.Source{Name: name, Text: string(data)}}}, nil
	case ".json", ".jsonl", ".ndjson":
		out, err = jsonLines(name, data)
	case ".conf":
		out, err = conf(name, string(data))
	case ".yml", ".yaml":
		out, err = contentctl(name, data)
	default:
		return nil, fmt.Errorf("%s: searches are read from .spl, .txt, .json, .jsonl, .ndjson, .conf, .yml and .yaml", name)
	}
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s: no search in it", name)
	}
	return out, err
}

// jsonLines reads one object a line; keys other than search, name and title are left out.
func jsonLines(name string, data []byte) ([]Search, error) {
	var out []Search
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var o struct{ Search, Name, Title *string }
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		if o.Search == nil {
			return nil, fmt.Errorf("%s:%d: the object has no key search", name, i+1)
		}
		s := Search{Name: fmt.Sprintf("%s#%d", filepath.Base(name), i+1), Line: i + 1}
		for _, n := range []*string{o.Title, o.Name} {
			if n != nil && *n != "" {
				s.Name = *n
			}
		}
		s.Source = inLine(name, i+1, line, *o.Search)
		out = append(out, s)
	}
	return out, nil
}

// inLine maps the value of the key search of a line of JSON. Its lines are separated by escapes in the one line of the file.
func inLine(name string, number int, line []byte, text string) *diag.Source {
	src := &diag.Source{Name: name, Text: text}
	at := 0
	if m := searchKey.FindIndex(line); m != nil {
		at = m[1]
	}
	for range strings.Split(text, "\n") {
		src.Origin = append(src.Origin, diag.LineOrigin{Line: number, Column: at + 1})
		if next := bytes.Index(line[at:], []byte(`\n`)); next >= 0 {
			at += next + 2
		}
	}
	return src
}

var searchKey = regexp.MustCompile(`"(?i:search)"\s*:\s*"`)

// conf reads the search of each stanza; a backslash at the end of a line continues it (savedsearches.conf.spec).
func conf(name, text string) ([]Search, error) {
	var out []Search
	stanza := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], "\r")
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "[") && strings.HasSuffix(trimmed, "]") {
			stanza = trimmed[1 : len(trimmed)-1]
			continue
		}
		first := i
		key, value, ok := strings.Cut(line, "=")
		at := len(key) + 2 + len(value) - len(strings.TrimLeft(value, " \t"))
		parts := []string{strings.TrimLeft(value, " \t")}
		for strings.HasSuffix(lines[i], `\`) || strings.HasSuffix(lines[i], "\\\r") {
			parts[len(parts)-1] = strings.TrimSuffix(parts[len(parts)-1], `\`)
			if i++; i >= len(lines) {
				break
			}
			parts = append(parts, strings.TrimRight(lines[i], "\r"))
		}
		if !ok || strings.TrimSpace(key) != "search" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if stanza == "" {
			return nil, fmt.Errorf("%s:%d: a search outside of a stanza", name, first+1)
		}
		src := &diag.Source{Name: name, Text: strings.Join(parts, "\n"), Origin: []diag.LineOrigin{{Line: first + 1, Column: at}}}
		for j := 1; j < len(parts); j++ {
			src.Origin = append(src.Origin, diag.LineOrigin{Line: first + 1 + j, Column: 1})
		}
		out = append(out, Search{Name: stanza, Line: first + 1, Source: src})
	}
	return out, nil
}

// contentctl reads the keys name and search of each document.
func contentctl(name string, data []byte) ([]Search, error) {
	var out []Search
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); err != nil {
			if len(out) > 0 || err.Error() == "EOF" {
				return out, nil
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
			continue
		}
		s := Search{Name: filepath.Base(name), Detection: true}
		var search *yaml.Node
		fields := doc.Content[0].Content
		for i := 0; i+1 < len(fields); i += 2 {
			switch v := fields[i+1]; {
			case v.Kind != yaml.ScalarNode:
			case fields[i].Value == "name":
				s.Name = v.Value
			case fields[i].Value == "search":
				search = v
			}
		}
		if search == nil {
			continue
		}
		s.Line = search.Line
		s.Source = literal(name, search, data)
		if search.Style != yaml.LiteralStyle {
			s.Source = folded(name, search, data)
		}
		out = append(out, s)
	}
}

// literal maps a block of |, whose lines stand in the file as they are but for their indentation.
func literal(name string, n *yaml.Node, data []byte) *diag.Source {
	src := &diag.Source{Name: name, Text: n.Value}
	lines := strings.Split(string(data), "\n")
	for i, text := range strings.Split(n.Value, "\n") {
		at := n.Line + i // the line behind the one with the |
		column := 1
		if at < len(lines) {
			column = 1 + len(lines[at]) - len(strings.TrimLeft(lines[at], " "))
			column -= len(text) - len(strings.TrimLeft(text, " "))
		}
		src.Origin = append(src.Origin, diag.LineOrigin{Line: at + 1, Column: max(1, column)})
	}
	return src
}
