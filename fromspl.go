package huntc

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/hunt"
	"github.com/huntc/huntc/ir"
)

// SPLFields are the sources of events of Splunk whose fields are declared, each with its table in the hunt.
type SPLFields []hunt.Source

// SPLOptions say what surrounds a search.
type SPLOptions struct {
	Fields SPLFields
	// Definitions are macros, commands, lookups and data models of the installation, nil for none.
	Definitions *spl.Definitions
	// UTC says that searches run in the time zone UTC: days and @ are read then.
	UTC bool
	// Origin says where the lines of the text stand in the file; none for a text that is the file.
	Origin []diag.LineOrigin
}

// ReadSPLFields reads a YAML document of source → field → type. A source is an index, or base terms such as
// "index=win sourcetype=XmlWinEventLog AS SecurityEvent" with the name of the table. A type is one of KQL's; "string nonempty" says that
// no event has the field with an empty text. name is used in errors only.
func ReadSPLFields(name string, text []byte) (SPLFields, error) {
	if len(text) > 1<<20 {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(text), 1<<20)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if root.Kind == 0 {
		return nil, nil
	}
	doc := root.Content[0]
	if doc.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: expected sources with their fields", name, doc.Line)
	}
	var out SPLFields
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key, fields := doc.Content[i], doc.Content[i+1]
		src, err := hunt.ParseSource(key.Value)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, key.Line, err)
		}
		if src.Fields, err = splFields(name, key.Value, fields); err != nil {
			return nil, err
		}
		if n := slices.IndexFunc(out, func(s hunt.Source) bool { return slices.Equal(s.Terms, src.Terms) }); n >= 0 {
			return nil, fmt.Errorf("%s:%d: %s is declared twice", name, key.Line, key.Value)
		}
		out = append(out, src)
	}
	return out, nil
}

func splFields(name, source string, fields *yaml.Node) ([]hunt.Field, error) {
	if fields.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: %s wants fields and their types", name, fields.Line, source)
	}
	var out []hunt.Field
	for i := 0; i+1 < len(fields.Content); i += 2 {
		key, value := fields.Content[i], fields.Content[i+1]
		base, nonempty := strings.CutSuffix(value.Value, " nonempty")
		t, ok := ir.ParseType(base)
		if !ok || !slices.Contains(splTypes, t) || nonempty && t != ir.String {
			return nil, fmt.Errorf("%s:%d: %s.%s has the type %q; use string, string nonempty, int, long, real, bool or datetime", name, value.Line, source, key.Value, value.Value)
		}
		if slices.ContainsFunc(out, func(f hunt.Field) bool { return f.Name == key.Value }) {
			return nil, fmt.Errorf("%s:%d: %s.%s is declared twice", name, key.Line, source, key.Value)
		}
		out = append(out, hunt.Field{Column: ir.Column{Name: key.Value, Type: t}, Nonempty: nonempty})
	}
	return out, nil
}

// splTypes are the types that a field may be declared with: one value each. Read-only.
var splTypes = []ir.Type{ir.String, ir.Int, ir.Long, ir.Real, ir.Bool, ir.Datetime}

// ParseSPL reads a search of Splunk as a hunt. Only what means the same under KQL's rules for absent values is read; the rest is
// refused with its place in Diags, and the hunt has no IR then.
func (c *Compiler) ParseSPL(name string, text []byte, o SPLOptions) *Hunt {
	h, diags := content.ReadKQL(name, text)
	out := &Hunt{Hunt: h, Diags: diags, Product: Sentinel}
	if h.Query == nil {
		return out
	}
	h.Query.Origin = o.Origin
	found := hunt.Lower(h.Query, hunt.Options{Sources: o.Fields, Definitions: o.Definitions, UTC: o.UTC})
	out.Diags = append(out.Diags, found.Diags...)
	out.Diags.Sort()
	if found.Query == nil || out.Diags.HasErrors() {
		return out
	}
	out.IR, out.assumptions = found.Query, found.Assumptions
	out.checkTime()
	return out
}
