package conformance

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Diff compares a result with the recorded one: names, types and order of the columns, then the rows. It returns "" when they agree
// and otherwise says where they do not. An error means that the case itself cannot be read.
func Diff(c *Case, got *eval.Table) (string, error) {
	cols, err := columns(c.Columns)
	if err != nil {
		return "", err
	}
	if d := diffColumns(cols, got.Columns); d != "" {
		return d, nil
	}
	want := make([][]ir.Value, len(c.Rows))
	for i, row := range c.Rows {
		if len(row) != len(cols) {
			return "", fmt.Errorf("row %d has %d cells for %d columns", i, len(row), len(cols))
		}
		for j, raw := range row {
			v, err := value(raw, cols[j].Type)
			if err != nil {
				return "", err
			}
			want[i] = append(want[i], v)
		}
	}
	if d := diffTypes(got); d != "" {
		return d, nil
	}
	return diffRows(c, cols, want, got.Rows), nil
}

func diffColumns(want, got []ir.Column) string {
	same := len(want) == len(got)
	for i := 0; same && i < len(want); i++ {
		same = want[i] == got[i]
	}
	if same {
		return ""
	}
	return fmt.Sprintf("columns: want %v, got %v", want, got)
}

// diffTypes checks that every cell has the type of its column.
func diffTypes(t *eval.Table) string {
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Sprintf("row %d has %d cells for %d columns", i, len(row), len(t.Columns))
		}
		for j, v := range row {
			if v.Type != t.Columns[j].Type {
				return fmt.Sprintf("row %d: column %s is %s and holds a %s", i, t.Columns[j].Name, t.Columns[j].Type, v.Type)
			}
		}
	}
	return ""
}

// approximately is the distance that estimates (percentile, dcount) may have.
const approximately = 0.01

func diffRows(c *Case, cols []ir.Column, want, got [][]ir.Value) string {
	if len(want) != len(got) {
		return fmt.Sprintf("want %d rows, got %d%s", len(want), len(got), sample(want, got))
	}
	r := exactly
	r.sets = c.soft("set-order")
	if c.soft("approx") {
		r.near = approximately
	}
	keys := keyColumns(c, cols)
	if c.soft("cut-at-ties") && keys != nil {
		want, got = pick(want, keys), pick(got, keys)
		for i := range keys {
			keys[i] = i
		}
	}
	if !c.Ordered {
		return r.multiset(want, got)
	}
	for from := 0; from < len(want); {
		to := from + 1
		for keys != nil && to < len(want) && r.sameRow(at(want[from], keys), at(want[to], keys)) {
			to++
		}
		if d := r.multiset(want[from:to], got[from:to]); d != "" {
			return fmt.Sprintf("rows %d to %d: %s", from, to-1, d)
		}
		from = to
	}
	return ""
}

// keyColumns finds the sort keys among the columns; nil when the result does not show them all, so that every row has its place.
func keyColumns(c *Case, cols []ir.Column) []int {
	var out []int
	for _, k := range c.SortKeys {
		found := false
		for i, col := range cols {
			if col.Name == k {
				out, found = append(out, i), true
			}
		}
		if !found {
			return nil
		}
	}
	return out
}

func pick(rows [][]ir.Value, cols []int) [][]ir.Value {
	out := make([][]ir.Value, len(rows))
	for i, row := range rows {
		out[i] = at(row, cols)
	}
	return out
}

func at(row []ir.Value, cols []int) []ir.Value {
	out := make([]ir.Value, len(cols))
	for i, c := range cols {
		out[i] = row[c]
	}
	return out
}

func (r rules) sameRow(a, b []ir.Value) bool {
	for i := range a {
		if !r.same(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (r rules) multiset(want, got [][]ir.Value) string {
	if matched(len(want), func(i, j int) bool { return r.sameRow(want[i], got[j]) }) {
		return ""
	}
	return "the rows differ" + sample(want, got)
}

// sample shows the first row of each side that the other side does not have in the same place.
func sample(want, got [][]ir.Value) string {
	i := 0
	for i < len(want) && i < len(got) && exactly.sameRow(want[i], got[i]) {
		i++
	}
	return fmt.Sprintf("; row %d:\n  want %s\n  got  %s", i, rowText(want, i), rowText(got, i))
}

func rowText(rows [][]ir.Value, i int) string {
	if i >= len(rows) {
		return "nothing"
	}
	parts := make([]string, len(rows[i]))
	for j, v := range rows[i] {
		parts[j] = v.String()
	}
	s := strings.Join(parts, " | ")
	if len(s) > 600 {
		s = s[:600] + "…"
	}
	return s
}
