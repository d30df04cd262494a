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
func Characters(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

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
	out := slices.Clone(docs)
	for i := range out {
		for _, r := range limits {
			if v, cut := short(out[i], strings.Split(r.Field, "."), r.MaxLength); cut {
				out[i] = v.(ir.Bag)
			}
		}
	}
	return out
}

// short drops the texts at a path that have more than most characters, and reports whether there were any; otherwise the value is the
// same. [] stands for any key.
func short(v any, path []string, most int) (any, bool) {
	if len(path) == 0 {
		s, ok := v.(string)
		if ok && Characters(s) > most {
			return nil, true
		}
		return v, false
	}
	bag, _ := v.(ir.Bag)
	var out ir.Bag
	for i, m := range bag {
		if path[0] != "[]" && path[0] != m.Key {
			continue
		}
		if x, cut := short(m.Value, path[1:], most); cut {
			if out == nil {
				out = slices.Clone(bag)
			}
			out[i].Value = x
		}
	}
	if out == nil {
		return v, false
	}
	return out, true
}
