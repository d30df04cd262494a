package content

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)

// metadata reads the keys beside the query.
func (r *yamlReader) metadata(root *yaml.Node) {
	h := r.hunt
	h.ID = r.text(root, "id")
	h.Name = r.text(root, "name")
	if h.Name == "" {
		h.Name = baseName(h.File)
	}
	h.Description = strings.TrimSpace(r.text(root, "description"))
	h.Kind = r.text(root, "kind")
	h.Version = r.text(root, "version")
	h.Tactics = r.texts(root, "tactics")
	h.Techniques = r.texts(root, "relevantTechniques")
	for _, n := range r.items(root, "requiredDataConnectors") {
		h.Connectors = append(h.Connectors, Connector{ID: r.text(n, "connectorId"), DataTypes: r.texts(n, "dataTypes")})
	}
	for _, n := range r.items(root, "entityMappings") {
		h.EntityMappings = append(h.EntityMappings, r.entityMapping(n))
	}
	if h.ID != "" && !guid.MatchString(h.ID) {
		_, id := lookup(root, "id")
		h.Diagnostics.Add(diag.Diagnostic{Code: CodeID, Severity: diag.Warning, Source: r.src, Span: r.span(id),
			Message: fmt.Sprintf("the id %q is not a GUID", h.ID), Hint: "give the hunt a GUID of its own"})
	}
}

func (r *yamlReader) entityMapping(n *yaml.Node) EntityMapping {
	m := EntityMapping{Type: r.text(n, "entityType")}
	for _, f := range r.items(n, "fieldMappings") {
		fm := FieldMapping{Identifier: r.text(f, "identifier"), Column: r.text(f, "columnName")}
		fm.Span = r.valueSpan(f, "columnName")
		m.Fields = append(m.Fields, fm)
	}
	return m
}

// lookup returns key and value of a mapping, aliases resolved.
func lookup(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], resolve(n.Content[i+1])
		}
	}
	return nil, nil
}

// resolve follows an alias. An alias of an alias does not exist in YAML.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func absent(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

func (r *yamlReader) text(n *yaml.Node, name string) string {
	key, v := lookup(n, name)
	switch {
	case absent(v):
		return ""
	case v.Kind != yaml.ScalarNode:
		r.meta(key, "not a text")
		return ""
	}
	return v.Value
}

// valueSpan is where the value of a key stands, zero when there is none.
func (r *yamlReader) valueSpan(n *yaml.Node, name string) diag.Span {
	_, v := lookup(n, name)
	if absent(v) {
		return diag.Span{}
	}
	return r.span(v)
}

// texts reads a list of texts; a single text counts as a list of one.
func (r *yamlReader) texts(n *yaml.Node, name string) []string {
	key, v := lookup(n, name)
	if absent(v) {
		return nil
	}
	if v.Kind == yaml.ScalarNode {
		return []string{v.Value}
	}
	if v.Kind != yaml.SequenceNode {
		r.meta(key, "not a list")
		return nil
	}
	var out []string
	for _, item := range v.Content {
		if item = resolve(item); item.Kind == yaml.ScalarNode {
			out = append(out, item.Value)
		} else {
			r.meta(key, "not a list of texts")
		}
	}
	return out
}

// items reads a list of mappings.
func (r *yamlReader) items(n *yaml.Node, name string) []*yaml.Node {
	key, v := lookup(n, name)
	if absent(v) {
		return nil
	}
	if v.Kind != yaml.SequenceNode {
		r.meta(key, "not a list")
		return nil
	}
	var out []*yaml.Node
	for _, item := range v.Content {
		if item = resolve(item); item.Kind == yaml.MappingNode {
			out = append(out, item)
		} else {
			r.meta(key, "not a list of mappings")
		}
	}
	return out
}

func (r *yamlReader) meta(key *yaml.Node, problem string) {
	r.report(CodeMeta, diag.Warning, key, fmt.Sprintf("%s is %s and is left out", key.Value, problem))
}
