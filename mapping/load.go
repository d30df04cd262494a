package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Mapping is what one kind of target data looks like. Read-only after Load.
type Mapping struct {
	Name      string            `yaml:"mapping"`
	Languages []string          `yaml:"languages"`
	Default   bool              `yaml:"default"` // used when a target names no mapping
	Keep      bool              `yaml:"keep"`    // the target is KQL itself: columns stay, only the time column differs
	Evidence  string            `yaml:"evidence"`
	Types     map[string]string `yaml:"types"`      // KQL type → the target's, for rows without a type
	IndexForm string            `yaml:"index-form"` // how a path writes an index: "dot" a.0.b, "brace" a{0}.b
	Bound     int               `yaml:"bound"`      // elements of an array that a query looks at
	Tables    map[string]*Table `yaml:"tables"`     // "*" stands for every other table
}

// Table is one source table in the target.
type Table struct {
	Index      string  `yaml:"index"`
	Filter     *Filter `yaml:"filter"`
	Search     string  `yaml:"search"`
	Macro      *Macro  `yaml:"macro"`
	Time       string  `yaml:"time"`
	Assumption string  `yaml:"assumption"`
	Columns    []*Row  `yaml:"columns"`
}

// Filter keeps the events of one table in an index that holds several.
type Filter struct {
	Field string `yaml:"field"`
	Value string `yaml:"value"`
}

// Macro is a search macro that the target needs.
type Macro struct {
	Name       string `yaml:"name"`
	Definition string `yaml:"definition"`
}

// Row says where one column or path is. Source writes array indexes as [] and "everything below" as a final .*; Field repeats them
// in the same order.
type Row struct {
	Source     string   `yaml:"source"`
	Field      string   `yaml:"field"`
	Type       string   `yaml:"type"`
	Value      string   `yaml:"value"`      // "", lower, lower-dash, string
	Only       []string `yaml:"only"`       // with lower: the values that Field can hold
	Else       string   `yaml:"else"`       // with only: the field of all other values
	First      []string `yaml:"first"`      // sources whose value, where there is one, Field holds in the place of this one's
	Scale      int64    `yaml:"scale"`      // the target counts in units this much smaller
	Empty      string   `yaml:"empty"`      // kept, dropped, both
	Absent     string   `yaml:"absent"`     // maybe, never, always
	Array      string   `yaml:"array"`      // "", indexed, multivalue, lost
	MaxLength  int      `yaml:"max-length"` // characters; a longer text is kept in the event, and reads as absent
	Container  string   `yaml:"container"`  // the field that holds the value as a key or JSON path
	Key        string   `yaml:"key"`
	Time       bool     `yaml:"time"`
	Const      *string  `yaml:"const"`
	Drift      *Drift   `yaml:"drift"`
	Setting    *Setting `yaml:"setting"`
	Since      string   `yaml:"since"`
	Evidence   string   `yaml:"evidence"` // executed, accepted, documented, inferred
	Why        string   `yaml:"why"`      // evidence in words
	Assumption string   `yaml:"assumption"`
}

// Drift says that the target's value is not always the source's.
type Drift struct {
	Bound string `yaml:"bound"`
	Short string `yaml:"short"`
	Why   string `yaml:"why"`
}

// Setting names an option of the target's integration under which Field holds the source's value unchanged.
type Setting struct {
	Name  string `yaml:"name"`
	Field string `yaml:"field"`
}

// Set holds all mappings.
type Set struct{ byName map[string]*Mapping }

// Load reads mappings/*.yaml, or *.yaml at the root, of each file system. Later ones override earlier ones row by row.
func Load(fsys ...fs.FS) (*Set, error) {
	s := &Set{byName: map[string]*Mapping{}}
	var errs []error
	for _, f := range fsys {
		names, err := yamlFiles(f)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			errs = append(errs, s.loadFile(f, n))
		}
	}
	for _, n := range s.Names() {
		errs = append(errs, s.byName[n].complete())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

func yamlFiles(f fs.FS) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.yaml", "mappings/*.yaml"} {
		names, err := fs.Glob(f, pattern)
		if err != nil {
			return nil, err
		}
		out = append(out, names...)
	}
	slices.Sort(out)
	return out, nil
}

func (s *Set) loadFile(f fs.FS, name string) error {
	text, err := fs.ReadFile(f, name)
	if err != nil {
		return err
	}
	m := &Mapping{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(m); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := d.Decode(&Mapping{}); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: more than one YAML document", name)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if m.Name == "" {
		m.Name = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	if err := m.check(name, &root); err != nil {
		return err
	}
	if old, ok := s.byName[m.Name]; ok {
		old.override(m)
	} else {
		s.byName[m.Name] = m
	}
	return nil
}

// check validates what one file says, each complaint with its line.
func (m *Mapping) check(file string, root *yaml.Node) error {
	var errs []error
	if m.Evidence != "" && !slices.Contains(evidences, m.Evidence) {
		errs = append(errs, fmt.Errorf("%s: unknown evidence %q", file, m.Evidence))
	}
	for _, name := range slices.Sorted(maps.Keys(m.Tables)) {
		t := m.Tables[name]
		if t == nil {
			errs = append(errs, fmt.Errorf("%s:%d: table %s is empty", file, line(root, "tables", name), name))
			continue
		}
		seen := map[string]bool{}
		for i, r := range t.Columns {
			at := fmt.Sprintf("%s:%d: ", file, rowLine(root, name, i))
			if r == nil {
				errs = append(errs, errors.New(at+"empty row"))
				continue
			}
			for _, p := range r.problems() {
				errs = append(errs, errors.New(at+p))
			}
			if seen[r.Source] {
				errs = append(errs, fmt.Errorf("%s%s has two rows", at, r.Source))
			}
			seen[r.Source] = true
		}
	}
	return errors.Join(errs...)
}

var evidences = []string{"executed", "accepted", "documented", "inferred"}

// problems lists what is wrong with a row.
func (r *Row) problems() []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	enum := func(key, v string, allowed ...string) {
		if v != "" && !slices.Contains(allowed, v) {
			bad("%s: unknown %s %q, want one of %s", r.Source, key, v, strings.Join(allowed, ", "))
		}
	}
	enum("value", r.Value, "lower", "lower-dash", "string")
	enum("empty", r.Empty, "kept", "dropped", "both")
	enum("absent", r.Absent, "maybe", "never", "always")
	enum("array", r.Array, "indexed", "multivalue", "lost")
	enum("evidence", r.Evidence, evidences...)
	if r.MaxLength < 0 {
		bad("%s: max-length is a number of characters", r.Source)
	}
	switch {
	case r.Source == "":
		bad("row without source")
	case r.Const != nil || r.Absent == "always":
		if r.Field != "" {
			bad("%s: a constant or absent column has no field", r.Source)
		}
		if r.Absent == "always" && r.Why == "" {
			bad("%s: absent: always needs its evidence in why", r.Source)
		}
	case r.Field == "":
		bad("%s: row without field, const or absent: always", r.Source)
	case strings.Count(r.Source, "[]") != strings.Count(r.Field, "[]"):
		bad("%s: %s does not have as many [] as its source", r.Source, r.Field)
	case strings.HasSuffix(r.Source, ".*") != strings.HasSuffix(r.Field, ".*"):
		bad("%s: .* must end both source and field", r.Source)
	}
	if len(r.Only) > 0 && r.Else == "" {
		bad("%s: only needs else", r.Source)
	}
	if r.Scale < 0 {
		bad("%s: negative scale", r.Source)
	}
	return out
}

// override lays a later mapping of the same name over m: what it says wins, the rest stays.
func (m *Mapping) override(o *Mapping) {
	if len(o.Languages) > 0 {
		m.Languages = o.Languages
	}
	m.Default, m.Keep = m.Default || o.Default, m.Keep || o.Keep
	m.Evidence, m.IndexForm = or(o.Evidence, m.Evidence), or(o.IndexForm, m.IndexForm)
	if o.Bound > 0 {
		m.Bound = o.Bound
	}
	for k, v := range o.Types {
		if m.Types == nil {
			m.Types = map[string]string{}
		}
		m.Types[k] = v
	}
	for name, t := range o.Tables {
		if m.Tables == nil {
			m.Tables = map[string]*Table{}
		}
		if old, ok := m.Tables[name]; ok {
			old.override(t)
		} else {
			m.Tables[name] = t
		}
	}
}

func (t *Table) override(o *Table) {
	t.Index, t.Search, t.Time, t.Assumption = or(o.Index, t.Index), or(o.Search, t.Search), or(o.Time, t.Time), or(o.Assumption, t.Assumption)
	if o.Filter != nil {
		t.Filter = o.Filter
	}
	if o.Macro != nil {
		t.Macro = o.Macro
	}
	for _, r := range o.Columns {
		i := slices.IndexFunc(t.Columns, func(x *Row) bool { return x.Source == r.Source })
		if i >= 0 {
			t.Columns[i] = r
		} else {
			t.Columns = append(t.Columns, r)
		}
	}
}

// complete checks a mapping once all files are laid over each other.
func (m *Mapping) complete() error {
	var errs []error
	if len(m.Languages) == 0 {
		errs = append(errs, fmt.Errorf("mapping %s: no languages", m.Name))
	}
	if m.IndexForm != "dot" && m.IndexForm != "brace" && !m.Keep {
		errs = append(errs, fmt.Errorf("mapping %s: index-form must be dot or brace", m.Name))
	}
	if m.Bound == 0 {
		m.Bound = 10
	}
	for _, name := range slices.Sorted(maps.Keys(m.Tables)) {
		t := m.Tables[name]
		if t.Time == "" {
			errs = append(errs, fmt.Errorf("mapping %s: table %s has no time", m.Name, name))
		}
		if !m.Keep && t.Index == "" && t.Search == "" {
			errs = append(errs, fmt.Errorf("mapping %s: table %s has neither index nor search", m.Name, name))
		}
	}
	return errors.Join(errs...)
}

// Names returns the mappings' names, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// Get finds the mapping of "language", "language/mapping" or "language/product/mapping"; the last part may name a product that is a
// mapping of its own, and an empty one the language's default. A mapping may be split by language: same-names finds
// same-names-elastic for ES|QL.
func (s *Set) Get(key string) (*Mapping, error) {
	language, name, _ := strings.Cut(key, "/")
	if i := strings.LastIndex(name, "/"); i >= 0 {
		product := name[:i]
		if name = name[i+1:]; name == "" && s.fits(product, language) {
			name = product
		}
	}
	var have []string
	for _, n := range s.Names() {
		m := s.byName[n]
		if !slices.Contains(m.Languages, language) {
			continue
		}
		if n == name || name == "" && m.Default || name != "" && strings.HasPrefix(n, name+"-") {
			return m, nil
		}
		have = append(have, n)
	}
	if name == "" {
		return nil, fmt.Errorf("no default mapping for %s", language)
	}
	return nil, fmt.Errorf("unknown mapping %q for %s: have %s", name, language, strings.Join(have, ", "))
}

func (s *Set) fits(name, language string) bool {
	m, ok := s.byName[name]
	return ok && slices.Contains(m.Languages, language)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// line finds the line of a key below root; 0 when it is not there.
func line(root *yaml.Node, keys ...string) int {
	if n := child(root, keys...); n != nil {
		return n.Line
	}
	return 0
}

func rowLine(root *yaml.Node, table string, i int) int {
	n := child(root, "tables", table, "columns")
	if n == nil || i >= len(n.Content) {
		return 0
	}
	return n.Content[i].Line
}

func child(n *yaml.Node, keys ...string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, k := range keys {
		var next *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == k {
				next = n.Content[i+1]
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	return n
}
