package content

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// What a hunt may use of YAML. Real files use no alias and three levels.
const (
	maxAliases   = 100
	maxDepth     = 32
	maxExpansion = 10_000 // nodes that aliases add
	maxHunts     = 1_000  // documents, or items of a list
)

// checkShape reports what is nested or repeated beyond the limits, and keys that are written twice.
func (r *yamlReader) checkShape(doc *yaml.Node) bool {
	s := &shape{reader: r, size: map[*yaml.Node]int{}}
	return s.count(doc, 0) && s.expand(doc) >= 0
}

type shape struct {
	reader       *yamlReader
	nodes, alias int
	size         map[*yaml.Node]int // nodes with aliases expanded; inProgress while a node is being measured
}

const inProgress = -1

// count walks the text as it is written.
func (s *shape) count(n *yaml.Node, depth int) bool {
	s.nodes++
	if depth > maxDepth {
		return s.limit(n, fmt.Sprintf("the YAML is nested deeper than %d levels", maxDepth))
	}
	if n.Kind == yaml.AliasNode {
		if s.alias++; s.alias > maxAliases {
			return s.limit(n, fmt.Sprintf("the YAML has more than %d aliases", maxAliases))
		}
	}
	if n.Kind == yaml.MappingNode && !s.uniqueKeys(n) {
		return false
	}
	for _, c := range n.Content {
		if !s.count(c, depth+1) {
			return false
		}
	}
	return true
}

func (s *shape) uniqueKeys(n *yaml.Node) bool {
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			continue
		}
		if f := first[key.Value]; f != nil {
			s.reader.report(CodeDupKey, diag.Error, key, fmt.Sprintf("the key %q is already on line %d", key.Value, f.Line))
			return false
		}
		first[key.Value] = key
	}
	return true
}

// expand returns the number of nodes with aliases expanded, without expanding them: each node is measured once. It is
// negative after an error.
func (s *shape) expand(n *yaml.Node) int {
	if size, ok := s.size[n]; ok {
		if size == inProgress {
			s.limit(n, "the anchor holds an alias of itself")
		}
		return size
	}
	s.size[n] = inProgress
	children := n.Content
	if n.Kind == yaml.AliasNode {
		children = []*yaml.Node{n.Alias}
	}
	size := 1
	for _, c := range children {
		inner := s.expand(c)
		if inner < 0 {
			return inner
		}
		if size += inner; size > s.nodes+maxExpansion {
			s.limit(n, fmt.Sprintf("the aliases repeat more than %d values", maxExpansion))
			return inProgress
		}
	}
	s.size[n] = size
	return size
}

func (s *shape) limit(n *yaml.Node, message string) bool {
	s.reader.report(CodeLimit, diag.Error, n, message)
	return false
}
