package render

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/mapping"
)

// Characters is the length of a text as Elasticsearch counts it for ignore_above: UTF-16 units.
// https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/ignore-above
func Characters(s string) int { return len(utf16.Encode([]rune(s))) }

// indexed are documents without the texts that are too long for their fields: a query does not see them.
func indexed(m *mapping.Mapping, docs []ir.Bag) []ir.Bag {
	var limits []*mapping.Row
	for _, t := range m.Tables {
		for _, r := range t.Columns {
			if r.MaxLength > 0 {
				limits = append(limits, r)
			}
		}
	}
	if len(limits) == 0 {
		return docs
	}
	out := make([]ir.Bag, len(docs))
	for i, d := range docs {
		var v any = d
		for _, r := range limits {
			v = short(v, strings.Split(r.Field, "."), r.MaxLength)
		}
		out[i], _ = v.(ir.Bag)
	}
	return out
}

// short drops the texts at a path that have more than most characters. [] stands for any key.
func short(v any, path []string, most int) any {
	if len(path) == 0 {
		if s, ok := v.(string); ok && Characters(s) > most {
			return nil
		}
		return v
	}
	bag, ok := v.(ir.Bag)
	if !ok {
		return v
	}
	out := slices.Clone(bag)
	for i, m := range out {
		if path[0] == "[]" || path[0] == m.Key {
			out[i].Value = short(m.Value, path[1:], most)
		}
	}
	return out
}
