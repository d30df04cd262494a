package load

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
)

// maxTries bounds the lines at which a folded value may end, behind the first at which it is long enough.
const maxTries = 16

// folded maps a search whose lines YAML joins. SPL reads a line break as it reads a blank, outside of strings: the lines are taken as
// they stand in the file if they have the words of the value and no string goes over a break. Otherwise every place is in the first line.
func folded(name string, n *yaml.Node, data []byte) *diag.Source {
	lines := strings.Split(string(data), "\n")
	quoted := n.Style == yaml.SingleQuotedStyle || n.Style == yaml.DoubleQuotedStyle
	src := &diag.Source{Name: name}
	var texts []string
	length, tries := 0, 0
	for i := n.Line - 1; i >= 0 && i < len(lines) && tries < maxTries; i++ {
		text, column := strings.TrimRight(lines[i], "\r"), 1
		if i == n.Line-1 {
			if n.Style == yaml.FoldedStyle {
				continue
			}
			if column = n.Column; quoted {
				column++
			}
			column = min(column, len(text)+1)
			text = text[column-1:]
		}
		trimmed := strings.TrimLeft(text, " \t")
		texts = append(texts, strings.TrimRight(trimmed, " \t"))
		src.Origin = append(src.Origin, diag.LineOrigin{Line: i + 1, Column: column + len(text) - len(trimmed)})
		if length += len(trimmed) + 1; length < len(strings.TrimRight(n.Value, " \n")) {
			continue
		}
		tries++
		if whole, ok := valueOf(texts, quoted); ok && sameWords(whole, n.Value) {
			src.Text = whole
			return src
		}
	}
	src.Text, src.Origin = n.Value, nil
	for range strings.Split(n.Value, "\n") {
		src.Origin = append(src.Origin, diag.LineOrigin{Line: n.Line, Column: n.Column})
	}
	return src
}

// valueOf joins lines without the quote at the end; false if a string goes over a break, or an escape stands in them.
func valueOf(texts []string, quoted bool) (string, bool) {
	all := strings.Join(texts, "\n")
	if quoted && all != "" {
		all = all[:len(all)-1]
	}
	for _, l := range strings.Split(all, "\n") {
		if strings.Count(l, `"`)%2 != 0 || strings.Contains(l, `\"`) {
			return "", false
		}
	}
	return all, true
}

func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}
