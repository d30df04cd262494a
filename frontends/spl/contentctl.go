package spl

import (
	"fmt"
	"maps"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
)

// contentctlMacro is a file of the folder macros of a contentctl repository. Other keys (description, id, date, …) do not change what
// the macro stands for.
type contentctlMacro struct {
	Name       string   `yaml:"name"`
	Definition string   `yaml:"definition"`
	Arguments  []string `yaml:"arguments"`
}

// ReadContentctlMacro reads one macro of a contentctl repository: YAML with name, definition and arguments. contentctl writes it to
// macros.conf as [name(number of arguments)] (github.com/splunk/contentctl, templates/macros.j2). Errors name the file.
func ReadContentctlMacro(name string, data []byte) (*Definitions, error) {
	root, err := readYAML(name, data)
	if err != nil {
		return nil, err
	}
	var m contentctlMacro
	if err := root.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if m.Name == "" || m.Definition == "" {
		return nil, fmt.Errorf("%s: a macro of contentctl has the keys name and definition", name)
	}
	key := m.Name
	if len(m.Arguments) > 0 {
		key = fmt.Sprintf("%s(%d)", m.Name, len(m.Arguments))
	}
	return &Definitions{Macros: map[string]syntax.MacroDef{key: {Args: m.Arguments, Text: m.Definition}}}, nil
}

// WithFilter returns definitions with the macro that contentctl makes for each detection: name + "_filter", which keeps every row
// unless the repository has a macro of this name (github.com/splunk/contentctl, detection_abstract.py). The receiver stays as it is.
func (d *Definitions) WithFilter(detection string) *Definitions {
	out := Definitions{}
	if d != nil {
		out = *d
	}
	filter := strings.ToLower(strings.NewReplacer(" ", "_", "-", "_", ".", "_", "/", "_").Replace(detection)) + "_filter"
	if _, ok := out.Macros[filter]; ok {
		return &out
	}
	out.Macros = maps.Clone(out.Macros)
	if out.Macros == nil {
		out.Macros = map[string]syntax.MacroDef{}
	}
	out.Macros[filter] = syntax.MacroDef{Text: "search *"}
	return &out
}
