package verify

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/verify/render"
)

// bound tells whether a set of events lies inside the bound of a drift: there the translation has to be exact. A drift without an entry
// here counts as outside wherever it is declared, so that its bound is believed and not checked.
type bound func(s *subject, n emit.Note, m *material) bool

// bounds lists the drifts whose bounds are checked, by code. Read-only.
func bounds() map[diag.Code]bound {
	rows := func(limit int) bound {
		return func(_ *subject, _ emit.Note, m *material) bool { return m.events() <= limit }
	}
	return map[diag.Code]bound{
		"MAP-CASE":    noNearValues,
		"MAP-CHANGED": ownSourceOnly,
		"MAP-ABSENT":  withoutPath,
		"MAP-EMPTY": func(_ *subject, _ emit.Note, m *material) bool {
			return eachText(m, func(t string) bool { return t != "" })
		},
		"MAP-ELEMENTS":      fewElements,
		"MAP-LENGTH":        shortTexts,
		"ESQL-DCOUNT":       rows(500),
		"ESAGG-CARDINALITY": rows(500),
		"ESAGG-SET":         rows(1000),
		"ESAGG-TERMS":       rows(1000),
		"SPL-SET-CAP":       rows(128),
		"SPL-TERM-UTF":      asciiOnly,
		"SPL-REGEX-UTF":     asciiOnly,
		"ESQL-REGEX-ASCII":  asciiOnly,
		"ESAGG-DOUBLE":      heldByDoubles,
		"SPL-DOUBLE":        heldByDoubles,
		"SPL-SUM-DOUBLE":    heldByDoubles,
		"SPL-FOLD-I":        noDottedI,
		"SPL-EVENTSTATS":    small,
		"SPL-EXPAND-500MB":  small,
		"ESQL-JSON":         flatJSON,
		"ESAGG-JSON":        flatJSON,
		"ESQL-SEPARATOR": func(_ *subject, _ emit.Note, m *material) bool {
			return eachText(m, func(t string) bool { return !strings.ContainsAny(t, "\x1d\x1e\x1f") })
		},
	}
}

// exceeds reports whether the language may do better than the prepared form, which names the elements of an array up to a bound that
// a search over JSON text does not need: then only the hunt itself tells whether the rows are right.
func exceeds(s *subject, outside []emit.Note) bool {
	return s.target.Language == "spl" && slices.ContainsFunc(outside, func(n emit.Note) bool { return n.Code == "MAP-ELEMENTS" })
}

// small is a bound on memory that no set reaches.
func small(*subject, emit.Note, *material) bool { return true }

// shortTexts: no text has more characters than the bound says.
func shortTexts(_ *subject, n emit.Note, m *material) bool {
	most := 0
	if _, err := fmt.Sscanf(n.Bound, "texts of at most %d characters", &most); err != nil {
		return false
	}
	return eachText(m, func(t string) bool { return render.Characters(t) <= most })
}

func asciiOnly(_ *subject, _ emit.Note, m *material) bool { return eachText(m, ir.IsASCII) }

// heldByDoubles: the whole numbers of a set, all added up, are below 2^53.
func heldByDoubles(_ *subject, _ emit.Note, m *material) bool {
	sum := 0.0
	for _, t := range m.set.Tables {
		for _, row := range t.Rows {
			for _, v := range row {
				if n, ok := v.V.(int64); ok && v.Type.Numeric() {
					sum += math.Abs(float64(n))
				}
			}
		}
	}
	return sum < 1<<53
}

func noDottedI(_ *subject, _ emit.Note, m *material) bool {
	return eachText(m, func(s string) bool { return !strings.ContainsRune(s, '\u0130') })
}

// outside lists the notes whose bound a set leaves.
func outside(s *subject, notes []emit.Note, m *material) []emit.Note {
	table := bounds()
	var out []emit.Note
	for _, n := range notes {
		if in, ok := table[n.Code]; ok && n.Bound != "" && in(s, n, m) {
			continue
		}
		out = append(out, n)
	}
	return out
}

// join is what several drifts may do together.
func join(notes []emit.Note) drift.Effect {
	var e drift.Effect
	for _, n := range notes {
		e = e.Or(n.Effect)
	}
	return e
}

// eachText visits every text of a set, also those inside dynamic values.
func eachText(m *material, f func(string) bool) bool {
	for _, t := range m.set.Tables {
		for _, row := range t.Rows {
			for _, v := range row {
				if !texts(v.V, f) {
					return false
				}
			}
		}
	}
	return true
}

func texts(v any, f func(string) bool) bool {
	switch v := v.(type) {
	case string:
		return f(v)
	case ir.Bag:
		return !slices.ContainsFunc(v, func(m ir.Member) bool { return !texts(m.Value, f) })
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !texts(e, f) })
	}
	return true
}

// noNearValues: no text of the set is one of the query's constants but for letter case, or space and dash.
func noNearValues(s *subject, _ emit.Note, m *material) bool {
	normal := func(t string) string { return strings.ReplaceAll(render.Lower(t), " ", "-") }
	var constants, exact []string
	s.source.EachOp(func(o ir.Op) {
		for _, e := range ir.OpExprs(o) {
			ir.Inspect(e, func(x ir.Expr) bool {
				if t, ok := ir.ConstString(x); ok && t != "" {
					exact, constants = append(exact, t), append(constants, normal(t))
				}
				return true
			})
		}
	})
	return eachText(m, func(t string) bool { return slices.Contains(exact, t) || !slices.Contains(constants, normal(t)) })
}

// ownSourceOnly: no event has a value that the target keeps in the place of another's.
func ownSourceOnly(s *subject, _ emit.Note, m *material) bool {
	for table, rows := range m.set.Tables {
		for _, p := range alsoRead(s.prepared, table) {
			if slices.ContainsFunc(rows.Rows, func(r []ir.Value) bool { return valueAt(rows, r, append([]string{p.Column}, p.Keys...)) != nil }) {
				return false
			}
		}
	}
	return true
}

// valueAt is the value at a path of an event, column first; nil where there is none, or an empty text.
func valueAt(t *eval.Table, row []ir.Value, path []string) any {
	i := slices.IndexFunc(t.Columns, func(c ir.Column) bool { return c.Name == path[0] })
	if i < 0 {
		return nil
	}
	return below(row[i].V, path[1:])
}

// withoutPath: the note's bound names a path that no event has.
func withoutPath(_ *subject, n emit.Note, m *material) bool {
	path, ok := strings.CutPrefix(n.Bound, "events without ")
	if !ok || strings.Contains(path, "[") {
		return false
	}
	for _, t := range m.set.Tables {
		for _, row := range t.Rows {
			if valueAt(t, row, strings.Split(path, ".")) != nil {
				return false
			}
		}
	}
	return true
}

// flatJSON: every JSON array in a text starts with a string without escapes, a number or a boolean, or is empty; and what starts like
// an array is one.
func flatJSON(_ *subject, _ emit.Note, m *material) bool {
	return eachText(m, func(t string) bool {
		t = strings.TrimSpace(t)
		if !strings.HasPrefix(t, "[") {
			return true
		}
		var list []json.RawMessage
		if json.Unmarshal([]byte(t), &list) != nil {
			return false
		}
		if len(list) == 0 {
			return true
		}
		first := string(list[0])
		if _, err := strconv.ParseFloat(first, 64); err == nil {
			return !strings.ContainsAny(first, ".eE")
		}
		return first == "true" || first == "false" || first == "null" || first[0] == '"' && !strings.Contains(first, `\`)
	})
}
