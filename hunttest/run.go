package hunttest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Result is the outcome of one test.
type Result struct {
	Test *Test
	Rows int
	// Problem is "" when the test passed; otherwise what differs, in lines.
	Problem string
}

// Positive reports whether the test wants rows; a negative one wants none.
func (t *Test) Positive() bool { return t.Count != nil && *t.Count > 0 || len(t.Rows) > 0 }

// Run runs one test of a hunt. observe collects what predicates were; it may be nil. The error is for a cancelled context; whatever is
// wrong with the test or the hunt is the result's problem.
func (t *Test) Run(ctx context.Context, c *huntc.Compiler, h *huntc.Hunt, observe *eval.Observation) (Result, error) {
	res := Result{Test: t}
	tables, err := t.Events(c, h)
	if err != nil {
		res.Problem = err.Error()
		return res, nil
	}
	params, err := t.params(h)
	if err != nil {
		res.Problem = err.Error()
		return res, nil
	}
	got, err := c.Rows(ctx, h, huntc.RowsOptions{Tables: tables, Now: t.Now, Params: params, Observe: observe})
	if ctx.Err() != nil {
		return res, ctx.Err()
	}
	if err != nil {
		res.Problem = err.Error()
		return res, nil
	}
	res.Rows = len(got.Rows)
	res.Problem = t.compare(got)
	return res, nil
}

func (t *Test) params(h *huntc.Hunt) (map[string]ir.Value, error) {
	out := map[string]ir.Value{}
	for name, text := range t.Params {
		known := slices.ContainsFunc(h.Params, func(p content.Param) bool { return p.Name == name })
		if !known {
			return nil, fmt.Errorf("%s:%d: the hunt has no parameter %s", t.file.Name, t.Line, name)
		}
		out[name] = ir.Value{Type: ir.String, V: text}
		if v, ok := eval.FitText(text, ir.Datetime); ok && strings.Contains(text, "-") {
			out[name] = v
		}
	}
	return out, nil
}

// Bind reads the hunt again with the columns that the tests give to tables without a schema, so that all tests share one binding. It
// returns the same hunt when there are none.
func (f *File) Bind(c *huntc.Compiler, h *huntc.Hunt) *huntc.Hunt {
	tables := map[string]huntc.Table{}
	for _, name := range h.Tables() {
		if _, known := c.TableColumns(h, name); !known {
			tables[name] = huntc.Table{Columns: f.naturalColumns(name), Open: true}
		}
	}
	if len(tables) == 0 {
		return h
	}
	return c.Rebind(h, huntc.ParseOptions{Product: h.Product, Tables: tables})
}

// Events makes the test's tables, typed by their schemas. A table that the hunt reads and the test does not name is empty.
func (t *Test) Events(c *huntc.Compiler, h *huntc.Hunt) (map[string]*eval.Table, error) {
	out := map[string]*eval.Table{}
	for _, name := range h.Tables() {
		cols, known := c.TableColumns(h, name)
		if !known {
			cols = t.file.naturalColumns(name)
		}
		out[name] = &eval.Table{Columns: cols}
	}
	for _, tab := range t.Tables {
		if out[tab.Name] == nil {
			return nil, fmt.Errorf("%s:%d: the hunt does not read the table %s%s", t.file.Name, t.Line, tab.Name, nearest(tab.Name, keysOf(out)))
		}
		if err := t.fill(out[tab.Name], tab); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func keysOf(m map[string]*eval.Table) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func nearest(name string, known []string) string {
	if n := diag.Nearest(name, known); n != "" {
		return "; did you mean " + n + "?"
	}
	return ""
}

func (t *Test) fill(into *eval.Table, tab Table) error {
	at := map[string]int{}
	var names []string
	time := -1
	for i, col := range into.Columns {
		at[col.Name] = i
		names = append(names, col.Name)
		if col.Type == ir.Datetime && (col.Name == "TimeGenerated" || col.Name == "Timestamp" || time < 0) {
			time = i
		}
	}
	for _, g := range tab.Groups {
		for i := range g.Repeat {
			row := make([]ir.Value, len(into.Columns))
			for j, col := range into.Columns {
				row[j].Type = col.Type
			}
			for _, cell := range g.Cells {
				j, ok := at[cell.Column]
				if !ok {
					return fmt.Errorf("%s:%d: %s has no column %s%s", t.file.Name, cell.Line, tab.Name, cell.Column, nearest(cell.Column, names))
				}
				v, err := t.cell(cell.Value, into.Columns[j].Type, i)
				if err != nil {
					return fmt.Errorf("%s:%d: %s: %w", t.file.Name, cell.Line, cell.Column, err)
				}
				row[j] = v
			}
			if g.Every != 0 {
				if time < 0 || row[time].IsNull() {
					return fmt.Errorf("%s:%d: every needs a time column with a value", t.file.Name, g.Line)
				}
				row[time].V = row[time].V.(int64) + int64(i)*g.Every
			}
			into.Rows = append(into.Rows, row)
		}
	}
	return nil
}

// naturalColumns are the columns of a table without a schema: what the events of all tests name, with the types of their values.
func (f *File) naturalColumns(table string) []ir.Column {
	var cols []ir.Column
	for _, t := range f.Tests {
		for _, tab := range t.Tables {
			if tab.Name != table {
				continue
			}
			for _, g := range tab.Groups {
				for _, c := range g.Cells {
					cols = widened(cols, c)
				}
			}
		}
	}
	for i := range cols {
		if cols[i].Type == ir.TypeUnset {
			cols[i].Type = ir.Dynamic
		}
	}
	return cols
}

func widened(cols []ir.Column, c Cell) []ir.Column {
	i := slices.IndexFunc(cols, func(o ir.Column) bool { return o.Name == c.Column })
	if i < 0 {
		i = len(cols)
		cols = append(cols, ir.Column{Name: c.Column})
	}
	typ := eval.NaturalType(c.Value)
	if s, ok := c.Value.(string); ok {
		if _, ok := relative(s); ok {
			typ = ir.Datetime
		}
	}
	cols[i].Type = eval.WidenType(cols[i].Type, typ)
	return cols
}

// relative reads now, now-2h or now+1s as ticks from now.
func relative(s string) (int64, bool) {
	rest, ok := strings.CutPrefix(strings.ReplaceAll(s, " ", ""), "now")
	if !ok || rest == "" {
		return 0, ok
	}
	span, ok := parseSpan(rest[1:])
	switch {
	case ok && rest[0] == '-':
		return -span, true
	case ok && rest[0] == '+':
		return span, true
	}
	return 0, false
}

func (t *Test) cell(x any, typ ir.Type, i int) (ir.Value, error) {
	x = numbered(x, i)
	if s, ok := x.(string); ok && typ == ir.Datetime {
		if d, ok := relative(s); ok {
			return ir.Value{Type: typ, V: ir.TicksOf(t.Now) + d}, nil
		}
	}
	v, ok := eval.Fit(x, typ)
	if !ok {
		return v, fmt.Errorf("%s is no %s", ir.JSONText(x), typ)
	}
	return v, nil
}

// numbered writes the number of a repeat where a text holds {i}.
func numbered(x any, i int) any {
	switch x := x.(type) {
	case string:
		return strings.ReplaceAll(x, "{i}", fmt.Sprint(i))
	case []any:
		out := make([]any, len(x))
		for j, e := range x {
			out[j] = numbered(e, i)
		}
		return out
	case ir.Bag:
		out := make(ir.Bag, len(x))
		for j, m := range x {
			out[j] = ir.Member{Key: m.Key, Value: numbered(m.Value, i)}
		}
		return out
	default:
		return x
	}
}

// compare says what differs between the wanted rows and those found, "" for nothing.
func (t *Test) compare(got *eval.Table) string {
	if t.Count != nil && len(got.Rows) != *t.Count {
		return fmt.Sprintf("%d rows, want %d", len(got.Rows), *t.Count)
	}
	if !t.lists {
		return ""
	}
	cols, err := t.compared(got)
	if err != nil {
		return err.Error()
	}
	want, err := t.wanted(got, cols)
	if err != nil {
		return err.Error()
	}
	have := make([]string, len(got.Rows))
	for i, row := range got.Rows {
		have[i] = t.text(got.Columns, row, cols)
	}
	if !t.Ordered {
		sort.Strings(have)
		sort.Strings(want)
	}
	if slices.Equal(have, want) {
		return ""
	}
	return difference(have, want)
}

// compared lists the indexes of the columns to compare.
func (t *Test) compared(got *eval.Table) ([]int, error) {
	var names []string
	all := make([]int, len(got.Columns))
	for i, c := range got.Columns {
		names = append(names, c.Name)
		all[i] = i
	}
	if len(t.Columns) == 0 {
		return all, nil
	}
	var out []int
	for _, n := range t.Columns {
		i := slices.Index(names, n)
		if i < 0 {
			return nil, fmt.Errorf("%s:%d: the result has no column %s%s", t.file.Name, t.Line, n, nearest(n, names))
		}
		out = append(out, i)
	}
	return out, nil
}

func (t *Test) wanted(got *eval.Table, cols []int) ([]string, error) {
	out := make([]string, 0, len(t.Rows))
	for i := range t.Rows {
		row, err := t.wantedRow(&t.Rows[i], got, cols)
		if err != nil {
			return nil, err
		}
		out = append(out, t.text(got.Columns, row, cols))
	}
	return out, nil
}

func (t *Test) wantedRow(n *yaml.Node, got *eval.Table, cols []int) ([]ir.Value, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: a wanted row is columns and values", t.file.Name, n.Line)
	}
	row := make([]ir.Value, len(got.Columns))
	var names []string
	for i, c := range got.Columns {
		row[i] = ir.Null(c.Type)
		if slices.Contains(cols, i) {
			names = append(names, c.Name)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := slices.IndexFunc(got.Columns, func(c ir.Column) bool { return c.Name == key.Value })
		if at < 0 || !slices.Contains(cols, at) {
			return nil, fmt.Errorf("%s:%d: the column %s is not compared%s", t.file.Name, key.Line, key.Value, nearest(key.Value, names))
		}
		x, err := dynamic(n.Content[i+1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.file.Name, err)
		}
		if row[at], err = t.cell(x, got.Columns[at].Type, 0); err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", t.file.Name, key.Line, key.Value, err)
		}
	}
	return row, nil
}

// text is a row in one line; null and "" of a string column are the same.
func (t *Test) text(columns []ir.Column, row []ir.Value, cols []int) string {
	parts := make([]string, len(cols))
	for i, at := range cols {
		v := row[at]
		if list, ok := v.V.([]any); ok && slices.Contains(t.Sets, columns[at].Name) {
			v.V = sortedSet(list)
		}
		if v.IsNull() {
			v = ir.Null(columns[at].Type)
		}
		parts[i] = columns[at].Name + "=" + v.String()
	}
	return strings.Join(parts, "  ")
}

func sortedSet(list []any) []any {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(ir.JSONText(a), ir.JSONText(b)) })
	return out
}

// maxShown bounds the rows that a problem lists.
const maxShown = 20

// difference lists the rows of either side that the other lacks, as a multiset.
func difference(have, want []string) string {
	count := map[string]int{}
	for _, s := range want {
		count[s]++
	}
	var lines []string
	for _, s := range have {
		if count[s]--; count[s] < 0 {
			lines = append(lines, "found, not wanted: "+s)
		}
	}
	for _, s := range want {
		if count[s] > 0 {
			count[s]--
			lines = append(lines, "wanted, not found: "+s)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "the rows are in another order")
	}
	if len(lines) > maxShown {
		lines = append(lines[:maxShown], fmt.Sprintf("… and %d more", len(lines)-maxShown))
	}
	return strings.Join(lines, "\n")
}
