package spl

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/frontends/spl/syntax"
)

// Definitions are what a Splunk installation adds to the language: macros, custom commands, what lookups hold and data models.
type Definitions struct {
	// Macros by name, or name(n) for a macro with n arguments.
	Macros map[string]syntax.MacroDef
	// Commands that apps add.
	Commands map[string]bool
	// Lookups by name.
	Lookups map[string]Lookup
	// Models are the data models by name.
	Models map[string]*DataModel
}

// maxDefinitions bounds a file of definitions, in bytes.
const maxDefinitions = 8 << 20

// ReadMacrosConf reads a macros.conf: stanzas [name] or [name(n)] with args, definition and iseval; a backslash at the end of a line
// continues it (macros.conf.spec). Other keys are left out, because they do not change what a macro stands for. Errors name the line.
func ReadMacrosConf(name, text string) (*Definitions, error) {
	if len(text) > maxDefinitions {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(text), maxDefinitions)
	}
	d := &Definitions{Macros: map[string]syntax.MacroDef{}}
	stanza := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		number := i + 1
		line := strings.TrimRight(lines[i], "\r")
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + "\n" + strings.TrimRight(lines[i], "\r")
		}
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case trimmed[0] == '[':
			if !strings.HasSuffix(trimmed, "]") {
				return nil, fmt.Errorf("%s:%d: the stanza is not closed, expected ]", name, number)
			}
			stanza = trimmed[1 : len(trimmed)-1]
			d.Macros[stanza] = syntax.MacroDef{}
		default:
			if err := d.confLine(stanza, trimmed); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, number, err)
			}
		}
	}
	return d, d.check(name)
}

func (d *Definitions) confLine(stanza, line string) error {
	key, value, ok := strings.Cut(line, "=")
	if !ok || stanza == "" {
		return fmt.Errorf("expected [macro] and then key = value, found %.40q", line)
	}
	m := d.Macros[stanza]
	value = strings.TrimSpace(value)
	switch strings.TrimSpace(key) {
	case "definition":
		m.Text = value
	case "args":
		m.Args = splitArgs(value)
	case "iseval":
		m.Eval = value == "1" || strings.EqualFold(value, "true")
	}
	d.Macros[stanza] = m
	return nil
}

func splitArgs(s string) []string {
	var out []string
	for _, a := range strings.Split(s, ",") {
		if a = strings.TrimSpace(a); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// check holds macros to their names: [name(2)] has two arguments.
func (d *Definitions) check(file string) error {
	for name, m := range d.Macros {
		want := 0
		if open := strings.IndexByte(name, '('); open >= 0 {
			if _, err := fmt.Sscanf(name[open:], "(%d)", &want); err != nil {
				return fmt.Errorf("%s: [%s]: expected name(number of arguments)", file, name)
			}
		}
		if len(m.Args) != want {
			return fmt.Errorf("%s: [%s] has %d args, its name says %d", file, name, len(m.Args), want)
		}
	}
	return nil
}

// yamlDefinitions is the form of definitions/splunk.yaml.
type yamlDefinitions struct {
	Macros   map[string]yamlMacro  `yaml:"macros"`
	Commands []string              `yaml:"commands"`
	Lookups  map[string]yamlLookup `yaml:"lookups"`
	Models   map[string]yamlModel  `yaml:"datamodels"`
}

// yamlMacro is a text, or a mapping of args, definition and iseval.
type yamlMacro struct {
	Args       []string `yaml:"args"`
	Definition string   `yaml:"definition"`
	IsEval     bool     `yaml:"iseval"`
}

// UnmarshalYAML takes a bare text as the definition.
func (m *yamlMacro) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		m.Definition = n.Value
		return nil
	}
	type plain yamlMacro
	return n.Decode((*plain)(m))
}

// readYAML reads one document of bounded size and without aliases, which could multiply it. Errors name the file and the line.
func readYAML(name string, data []byte) (*yaml.Node, error) {
	if len(data) > maxDefinitions {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(data), maxDefinitions)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if line := aliasLine(&root); line > 0 {
		return nil, fmt.Errorf("%s:%d: aliases are not read", name, line)
	}
	return &root, nil
}

// ReadDefinitions reads definitions/splunk.yaml: `macros` by name (a text, or args, definition, iseval), `commands`, `lookups` by name
// (the search whose rows a lookup holds, or search, csv, case_sensitive_match), and `datamodels`.
// Unknown keys and aliases are errors; errors name the line.
func ReadDefinitions(name string, data []byte) (*Definitions, error) {
	root, err := readYAML(name, data)
	if err != nil {
		return nil, err
	}
	var y yamlDefinitions
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&y); err != nil && root.Kind != 0 {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &Definitions{Macros: map[string]syntax.MacroDef{}, Commands: map[string]bool{}}
	for k, m := range y.Macros {
		d.Macros[k] = syntax.MacroDef{Args: m.Args, Text: m.Definition, Eval: m.IsEval}
	}
	for _, c := range y.Commands {
		d.Commands[strings.ToLower(c)] = true
	}
	for k, l := range y.Lookups {
		lookup, err := l.lookup()
		if err != nil {
			return nil, fmt.Errorf("%s: the lookup %s: %w", name, k, err)
		}
		d.addLookup(k, lookup)
	}
	if d.Models, err = modelsOf(name, y.Models); err != nil {
		return nil, err
	}
	return d, d.check(name)
}

func aliasLine(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return n.Line
	}
	for _, c := range n.Content {
		if line := aliasLine(c); line > 0 {
			return line
		}
	}
	return 0
}

// Add takes the definitions of other in; those of d stay where both have a name.
func (d *Definitions) Add(other *Definitions) {
	for k, m := range other.Macros {
		if _, ok := d.Macros[k]; !ok {
			if d.Macros == nil {
				d.Macros = map[string]syntax.MacroDef{}
			}
			d.Macros[k] = m
		}
	}
	for k, l := range other.Lookups {
		if _, ok := d.Lookups[k]; !ok {
			d.addLookup(k, l)
		}
	}
	for c := range other.Commands {
		if d.Commands == nil {
			d.Commands = map[string]bool{}
		}
		d.Commands[c] = true
	}
	for name, m := range other.Models {
		if d.Models == nil {
			d.Models = map[string]*DataModel{}
		}
		if d.Models[name] == nil {
			d.Models[name] = m
		}
	}
}
