package huntc

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/frontends/spl/hunt"
	"github.com/huntc/huntc/ir"
)

// SPLFields are the fields of the events of each index of Splunk; the index becomes the hunt's source table.
type SPLFields map[string][]hunt.Field

// ReadSPLFields reads a YAML document of index → field → type. A type is one of KQL's; "string nonempty" says that no event has the
// field with an empty text. name is used in errors only.
func ReadSPLFields(name string, text []byte) (SPLFields, error) {
	if len(text) > 1<<20 {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(text), 1<<20)
	}
	var doc map[string]yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out := SPLFields{}
	for index, fields := range doc {
		if fields.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("%s:%d: index %s wants fields and their types", name, fields.Line, index)
		}
		for i := 0; i+1 < len(fields.Content); i += 2 {
			key, value := fields.Content[i], fields.Content[i+1]
			base, nonempty := strings.CutSuffix(value.Value, " nonempty")
			t, ok := ir.ParseType(base)
			if !ok || nonempty && t != ir.String {
				return nil, fmt.Errorf("%s:%d: %s.%s has the type %q; use string, string nonempty, int, long, real, bool or datetime", name, value.Line, index, key.Value, value.Value)
			}
			out[index] = append(out[index], hunt.Field{Column: ir.Column{Name: key.Value, Type: t}, Nonempty: nonempty})
		}
	}
	return out, nil
}

// ParseSPL reads a search of Splunk as a hunt. Only what means the same under KQL's rules for absent values is read; the rest is
// refused with its place in Diags, and the hunt has no IR then.
func (c *Compiler) ParseSPL(name string, text []byte, fields SPLFields) *Hunt {
	h, diags := content.ReadKQL(name, text)
	out := &Hunt{Hunt: h, Diags: diags, Product: Sentinel}
	if h.Query == nil {
		return out
	}
	q, found := hunt.Lower(h.Query, hunt.Options{Indexes: fields})
	out.Diags = append(out.Diags, found...)
	out.Diags.Sort()
	if q == nil || out.Diags.HasErrors() {
		return out
	}
	out.IR = q
	out.checkTime()
	for index, fs := range fields {
		for _, f := range fs {
			if f.Nonempty {
				out.assumptions = append(out.assumptions, fmt.Sprintf("no event of index %s has the field %s with an empty text (as declared)", index, f.Name))
			}
		}
	}
	slices.Sort(out.assumptions)
	return out
}
