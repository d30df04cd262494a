// Package hunttest reads and runs the tests of hunts: events in, wanted rows out. The tests of NAME.yaml stand in NAME.test.yaml.
package hunttest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Suffix is the end of the name of every file of tests.
const Suffix = ".test.yaml"

// Limits on one file of tests, so that a small file cannot ask for endless work.
const (
	maxBytes = 4 << 20
	maxRows  = 1_000_000 // rows of one test, repeats counted
)

// File is the tests of one hunt.
type File struct {
	Name   string
	Now    time.Time
	Params map[string]string
	Tests  []*Test
}

// Test is events and the rows that the hunt finds in them.
type Test struct {
	Name    string
	Line    int
	Now     time.Time
	Params  map[string]string
	Tables  []Table
	Rows    []yaml.Node // wanted rows, mappings of column to value
	Columns []string    // the columns to compare; empty for all
	Sets    []string    // columns whose arrays are compared without order
	Ordered bool        // the order of rows counts
	Count   *int        // wanted number of rows, when the rows themselves do not matter
	file    *File
	lists   bool // rows are given
}

// Table is the events of one table.
type Table struct {
	Name   string
	Groups []Group
}

// Group is one event, repeated.
type Group struct {
	Line   int
	Repeat int
	Every  int64 // ticks between the repeats, added to the table's time column
	Cells  []Cell
}

// Cell is one value of an event, as written. In a text {i} is the number of the repeat, from 0.
type Cell struct {
	Column string
	Line   int
	Value  any
}

// fileYAML and testYAML are the file's shape.
type fileYAML struct {
	Now      string                          `yaml:"now"`
	Params   map[string]string               `yaml:"params"`
	Defaults map[string]map[string]yaml.Node `yaml:"defaults"`
	Tests    []yaml.Node                     `yaml:"tests"`
}

type testYAML struct {
	Name    string                 `yaml:"name"`
	Now     string                 `yaml:"now"`
	Params  map[string]string      `yaml:"params"`
	Tables  map[string][]yaml.Node `yaml:"tables"`
	Rows    []yaml.Node            `yaml:"rows"`
	Columns []string               `yaml:"columns"`
	Sets    []string               `yaml:"sets"`
	Ordered bool                   `yaml:"ordered"`
	Count   *int                   `yaml:"count"`
}

type groupYAML struct {
	Row    map[string]yaml.Node `yaml:"row"`
	Repeat *int                 `yaml:"repeat"`
	Every  string               `yaml:"every"`
}

// Read reads a file of tests. Every error names the file, most of them the line.
func Read(name string, text []byte) (*File, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s: the file is larger than %d bytes", name, maxBytes)
	}
	var raw fileYAML
	if err := strict(text, &raw); err != nil {
		return nil, located(name, err)
	}
	f := &File{Name: name, Params: raw.Params}
	var err error
	if f.Now, err = parseNow(raw.Now); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(raw.Tests) == 0 {
		return nil, fmt.Errorf("%s: there are no tests", name)
	}
	seen := map[string]int{}
	for i := range raw.Tests {
		t, err := f.test(&raw.Tests[i], raw.Defaults)
		if err != nil {
			line := raw.Tests[i].Line
			var e *lineError
			if errors.As(err, &e) {
				line = e.line
			}
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		if at, twice := seen[t.Name]; twice {
			return nil, fmt.Errorf("%s:%d: the test %q stands in line %d already", name, t.Line, t.Name, at)
		}
		seen[t.Name] = t.Line
		f.Tests = append(f.Tests, t)
	}
	return f, nil
}

// strict decodes and rejects keys that would be ignored.
func strict(text []byte, into any) error {
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	return dec.Decode(into)
}

// strictNode is strict for a part of a file; lines in its errors are those of the file.
func strictNode(n *yaml.Node, into any, known ...string) error {
	if n.Kind != yaml.MappingNode {
		return at(n.Line, "want keys and values")
	}
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; !slices.Contains(known, k.Value) {
			hint := ""
			if near := diag.Nearest(k.Value, known); near != "" {
				hint = "; did you mean " + near + "?"
			}
			return at(k.Line, "the key %q is unknown%s", k.Value, hint)
		}
	}
	return n.Decode(into)
}

// lineError is an error in a line of the file.
type lineError struct {
	line int
	msg  string
}

func (e *lineError) Error() string { return e.msg }

func at(line int, format string, args ...any) error {
	return &lineError{line, fmt.Sprintf(format, args...)}
}

func located(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		return fmt.Errorf("%s:%s", name, rest)
	}
	return fmt.Errorf("%s: %s", name, text)
}

func parseNow(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("now: %q is not a time like 2026-05-15T12:00:00Z", s)
	}
	return t.UTC(), nil
}

func (f *File) test(n *yaml.Node, defaults map[string]map[string]yaml.Node) (*Test, error) {
	var raw testYAML
	if err := strictNode(n, &raw, "name", "now", "params", "tables", "rows", "columns", "sets", "ordered", "count"); err != nil {
		return nil, err
	}
	t := &Test{Name: raw.Name, Line: n.Line, Now: f.Now, Params: map[string]string{}, Rows: raw.Rows, Columns: raw.Columns, Sets: raw.Sets,
		Ordered: raw.Ordered, Count: raw.Count, file: f, lists: hasKey(n, "rows")}
	for _, ps := range []map[string]string{f.Params, raw.Params} {
		for k, v := range ps {
			t.Params[k] = v
		}
	}
	now, err := parseNow(raw.Now)
	if err != nil {
		return nil, err
	}
	if !now.IsZero() {
		t.Now = now
	}
	switch {
	case t.Name == "":
		return nil, errors.New("the test has no name")
	case t.Now.IsZero():
		return nil, errors.New("the test has no now: a test does not depend on the clock")
	case t.Count == nil && !t.lists:
		return nil, errors.New("the test wants neither rows nor a count")
	}
	rows := 0
	for name, groups := range raw.Tables {
		tab := Table{Name: name}
		for i := range groups {
			g, err := readGroup(&groups[i], defaults[name])
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", name, err)
			}
			if rows += g.Repeat; rows > maxRows {
				return nil, fmt.Errorf("more than %d events", maxRows)
			}
			tab.Groups = append(tab.Groups, g)
		}
		t.Tables = append(t.Tables, tab)
	}
	slices.SortFunc(t.Tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return t, nil
}

func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func readGroup(n *yaml.Node, defaults map[string]yaml.Node) (Group, error) {
	var raw groupYAML
	if err := strictNode(n, &raw, "row", "repeat", "every"); err != nil {
		return Group{}, err
	}
	g := Group{Line: n.Line, Repeat: 1}
	if raw.Repeat != nil {
		g.Repeat = *raw.Repeat
	}
	if g.Repeat < 0 || g.Repeat > maxRows {
		return g, at(n.Line, "repeat is between 0 and %d", maxRows)
	}
	if raw.Every != "" {
		ticks, ok := parseSpan(raw.Every)
		if !ok {
			return g, at(n.Line, "every: %q is no duration like 5s or 1h30m", raw.Every)
		}
		g.Every = ticks
	}
	for _, cells := range []map[string]yaml.Node{defaults, raw.Row} {
		for _, name := range slices.Sorted(maps.Keys(cells)) { // a column comes before the paths into it
			v := cells[name]
			x, err := dynamic(&v)
			if err != nil {
				return g, err
			}
			g.put(name, v.Line, x)
		}
	}
	slices.SortFunc(g.Cells, func(a, b Cell) int { return strings.Compare(a.Column, b.Column) })
	return g, nil
}

// put sets a column; with a dotted name a place inside the bag that the column holds so far.
func (g *Group) put(name string, line int, x any) {
	column, path, dotted := strings.Cut(name, ".")
	i := slices.IndexFunc(g.Cells, func(c Cell) bool { return c.Column == column })
	if i < 0 {
		i = len(g.Cells)
		g.Cells = append(g.Cells, Cell{Column: column})
	}
	if dotted {
		x = setPath(g.Cells[i].Value, strings.Split(path, "."), x)
	}
	g.Cells[i].Line, g.Cells[i].Value = line, x
}

// setPath is base with another value at a path of keys; what is no bag on the way becomes one.
func setPath(base any, path []string, x any) any {
	if len(path) == 0 {
		return x
	}
	bag, _ := base.(ir.Bag)
	bag = slices.Clone(bag)
	old, _ := bag.Get(path[0])
	m := ir.Member{Key: path[0], Value: setPath(old, path[1:], x)}
	if i := slices.IndexFunc(bag, func(o ir.Member) bool { return o.Key == path[0] }); i >= 0 {
		bag[i] = m
		return bag
	}
	return append(bag, m)
}

// maxDepth bounds nesting in one value; aliases are not followed, so nothing grows.
const maxDepth = 64

func dynamic(n *yaml.Node) (any, error) { return dynamicAt(n, 0) }

func dynamicAt(n *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, at(n.Line, "nested more than %d deep", maxDepth)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			var err error
			if list[i], err = dynamicAt(c, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		bag := ir.Bag{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := dynamicAt(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			bag = append(bag, ir.Member{Key: n.Content[i].Value, Value: v})
		}
		return bag, nil
	case yaml.ScalarNode:
		return scalar(n)
	default:
		return nil, at(n.Line, "aliases are not read here")
	}
}

func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	case "!!int":
		var i int64
		err := n.Decode(&i)
		return i, err
	case "!!float":
		var f float64
		err := n.Decode(&f)
		return f, err
	default:
		return n.Value, nil
	}
}

// parseSpan reads a duration of parts such as 1d12h or 250ms, in ticks.
func parseSpan(s string) (int64, bool) {
	total := int64(0)
	if s == "" {
		return 0, false
	}
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 {
			return 0, false
		}
		j := i
		for j < len(s) && (s[j] < '0' || s[j] > '9') {
			j++
		}
		v, ok := eval.FitText(s[:j], ir.Timespan)
		ticks, is := v.V.(int64)
		if !ok || !is {
			return 0, false
		}
		total += ticks
		s = s[j:]
	}
	return total, true
}
