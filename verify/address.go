package verify

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// addresses puts an address in the place of every other text that the target keeps as an address: the source has no other there, and the
// target would not take it. Equal texts become equal addresses.
func addresses(p *huntc.Prepared, tables map[string]*eval.Table) {
	for name, t := range tables {
		m, _ := p.Mapping.Table(name)
		if m == nil {
			continue
		}
		for _, r := range m.Columns {
			if r.Type != "ip" {
				continue
			}
			for _, source := range append([]string{r.Source}, r.First...) {
				if path := strings.Split(source, "."); !strings.ContainsAny(source, "[*") {
					addressColumn(t, path)
				}
			}
		}
	}
}

func addressColumn(t *eval.Table, path []string) {
	i := slices.IndexFunc(t.Columns, func(c ir.Column) bool { return c.Name == path[0] })
	if i < 0 {
		return
	}
	for _, row := range t.Rows {
		row[i].V = addressIn(row[i].V, path[1:])
	}
}

// addressIn changes the text that a path leads to; what it goes through is copied, because events share it.
func addressIn(v any, path []string) any {
	switch x := v.(type) {
	case string:
		if len(path) == 0 {
			return addressOf(x)
		}
	case ir.Bag:
		if len(path) == 0 {
			return v
		}
		out := slices.Clone(x)
		for i, m := range out {
			if m.Key == path[0] {
				out[i].Value = addressIn(m.Value, path[1:])
			}
		}
		return out
	}
	return v
}

func addressOf(s string) string {
	if a, err := netip.ParseAddr(s); s == "" || err == nil && a.String() == s {
		return s
	}
	h := fnv.New32a()
	h.Write([]byte(s))
	n := h.Sum32()
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}
