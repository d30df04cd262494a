package eval

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// maxLine bounds one line of input.
const maxLine = 64 << 20

// ReadNDJSON reads one JSON object a line. Keys become the columns' values, converted to their types; what does not fit is an error
// with name:line. A missing key is null, also for strings: the evaluator reads that as "" under KQL's rules. With open, keys
// outside cols become columns of the type that their values have.
func ReadNDJSON(r io.Reader, name string, cols []ir.Column, open bool) (*Table, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	var bags []ir.Bag
	var lines []int
	line := 0
	for in.Scan() {
		line++
		if strings.TrimSpace(in.Text()) == "" {
			continue
		}
		x, err := decodeJSON(in.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		bag, ok := x.(ir.Bag)
		if !ok {
			return nil, fmt.Errorf("%s:%d: the line is not a JSON object", name, line)
		}
		bags, lines = append(bags, bag), append(lines, line)
	}
	if err := in.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", name, line+1, maxLine)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &Table{Columns: append([]ir.Column(nil), cols...)}
	if open {
		t.Columns = append(t.Columns, inferred(bags, cols)...)
	}
	for i, bag := range bags {
		row := make([]ir.Value, len(t.Columns))
		for j, c := range t.Columns {
			x, _ := bag.Get(c.Name)
			v, ok := fit(x, c.Type)
			if !ok {
				return nil, fmt.Errorf("%s:%d: %s is no %s for column %s", name, lines[i], clip(ir.JSONText(x)), c.Type, c.Name)
			}
			row[j] = v
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// inferred lists the keys outside cols with the one type that fits all their values, else dynamic.
func inferred(bags []ir.Bag, cols []ir.Column) []ir.Column {
	known := map[string]bool{}
	for _, c := range cols {
		known[c.Name] = true
	}
	var out []ir.Column
	at := map[string]int{}
	for _, bag := range bags {
		for _, m := range bag {
			if known[m.Key] {
				continue
			}
			i, ok := at[m.Key]
			if !ok {
				i = len(out)
				at[m.Key] = i
				out = append(out, ir.Column{Name: m.Key})
			}
			out[i].Type = widen(out[i].Type, naturalType(m.Value))
		}
	}
	for i := range out {
		if out[i].Type == ir.TypeUnset {
			out[i].Type = ir.Dynamic
		}
	}
	return out
}

func naturalType(x any) ir.Type {
	switch x := x.(type) {
	case nil:
		return ir.TypeUnset
	case bool:
		return ir.Bool
	case int64:
		return ir.Long
	case float64:
		return ir.Real
	case string:
		if _, ok := ir.ParseDatetime(x); ok && len(x) >= len("2006-01-02T15:04:05Z") && x[10] == 'T' {
			return ir.Datetime
		}
		return ir.String
	default:
		return ir.Dynamic
	}
}

func widen(a, b ir.Type) ir.Type {
	pair := func(x, y ir.Type) bool { return a == x && b == y || a == y && b == x }
	switch {
	case a == ir.TypeUnset:
		return b
	case b == ir.TypeUnset || a == b:
		return a
	case pair(ir.Long, ir.Real):
		return ir.Real
	case pair(ir.Datetime, ir.String):
		return ir.String
	default:
		return ir.Dynamic
	}
}

// fit converts a JSON value to a column type. It is strict: a number in a string column is a mistake in the data, not a string.
func fit(x any, t ir.Type) (ir.Value, bool) {
	v := ir.Value{Type: t}
	if x == nil {
		return v, true
	}
	leaf := ir.Value{Type: ir.Dynamic, V: x}
	switch t {
	case ir.Dynamic:
		return leaf, true
	case ir.String:
		s, ok := x.(string)
		v.V = s
		return v, ok
	case ir.Bool:
		b, ok := x.(bool)
		v.V = b
		return v, ok
	case ir.Int, ir.Long, ir.Real, ir.Decimal:
		if !fitsNumber(x, t) {
			return v, false
		}
	case ir.Datetime, ir.Timespan, ir.GUID:
		if _, ok := x.(string); !ok {
			return v, false
		}
	default:
		return v, false
	}
	out, err := cast(leaf, t)
	return out, err == nil && !out.IsNull()
}

func fitsNumber(x any, t ir.Type) bool {
	switch x := x.(type) {
	case int64:
		return true
	case float64:
		return t == ir.Real || t == ir.Decimal || x == math.Trunc(x)
	case string:
		return t == ir.Decimal || t == ir.Real && (x == "NaN" || x == "Infinity" || x == "-Infinity")
	default:
		return false
	}
}

// WriteTable writes a table as "table" (aligned text), "json", "ndjson" or "csv".
func WriteTable(w io.Writer, t *Table, format string) error {
	switch format {
	case "table":
		return writeAligned(w, t)
	case "json":
		return writeJSON(w, t)
	case "ndjson":
		return writeNDJSON(w, t)
	case "csv":
		return writeCSV(w, t)
	default:
		return fmt.Errorf("unknown format %q: table, json, ndjson or csv", format)
	}
}

func writeJSON(w io.Writer, t *Table) error {
	var b strings.Builder
	b.WriteString(`{"columns":[`)
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":%s,"type":%s}`, ir.JSONText(c.Name), ir.JSONText(c.Type.String()))
	}
	b.WriteString(`],"rows":[`)
	for i, row := range t.Rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n[")
		for j, v := range row {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(cellJSON(v))
		}
		b.WriteByte(']')
	}
	b.WriteString("\n]}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeNDJSON(w io.Writer, t *Table) error {
	out := bufio.NewWriter(w)
	for _, row := range t.Rows {
		out.WriteByte('{')
		for j, v := range row {
			if j > 0 {
				out.WriteByte(',')
			}
			out.WriteString(ir.JSONText(t.Columns[j].Name) + ":" + cellJSON(v))
		}
		out.WriteString("}\n")
	}
	return out.Flush()
}

func cellJSON(v ir.Value) string {
	switch x := v.V.(type) {
	case int64:
		switch v.Type {
		case ir.Datetime:
			return ir.JSONText(ir.FormatDatetime(x))
		case ir.Timespan:
			return ir.JSONText(ir.FormatTimespan(x))
		}
		return strconv.FormatInt(x, 10)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return ir.JSONText(ir.RealText(x))
		}
		return ir.JSONText(x)
	default:
		return ir.JSONText(x)
	}
}

// cellText is a cell for people: text as it is, the rest as in JSON without quotes.
func cellText(v ir.Value) string {
	switch x := v.V.(type) {
	case nil:
		return ""
	case int64:
		switch v.Type {
		case ir.Datetime:
			return ir.FormatDatetime(x)
		case ir.Timespan:
			return ir.FormatTimespan(x)
		}
		return strconv.FormatInt(x, 10)
	default:
		return asText(v)
	}
}

func writeCSV(w io.Writer, t *Table) error {
	out := csv.NewWriter(w)
	row := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		row[i] = c.Name
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for _, r := range t.Rows {
		for i, v := range r {
			row[i] = cellText(v)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writeAligned(w io.Writer, t *Table) error {
	grid := make([][]string, 0, len(t.Rows)+1)
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Name
	}
	grid = append(grid, head)
	// A control character in the data must not break the lines or reach the terminal.
	clean := func(c rune) rune {
		if c < ' ' || 0x7f <= c && c < 0xa0 {
			return '·'
		}
		return c
	}
	for _, r := range t.Rows {
		row := make([]string, len(r))
		for i, v := range r {
			row[i] = strings.Map(clean, cellText(v))
		}
		grid = append(grid, row)
	}
	width := make([]int, len(head))
	for _, row := range grid {
		for i, s := range row {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	out := bufio.NewWriter(w)
	for _, row := range grid {
		var b strings.Builder
		for i, s := range row {
			b.WriteString(s)
			b.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(s)+2))
		}
		out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	return out.Flush()
}
