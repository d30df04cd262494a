package huntc_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/hunt"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// The semantic cases of SPL, read as hunts over fields whose types are those of their events: what is translated finds what Splunk's
// rules find. Each case is tried with every field a text, and with numbers where the events have them.
func TestSemanticCasesOfSPLAsHunts(t *testing.T) {
	files, err := filepath.Glob("testdata/spl/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	c := newCompiler(t)
	read := 0
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, numbers := range []bool{false, true} {
			sc := semanticCaseOf(t, a, numbers)
			h := c.ParseSPL(file, []byte(sc.search), huntc.SPLOptions{Fields: sc.fields, Definitions: sc.data.Definitions, UTC: true})
			if h.IR == nil {
				if h.Diags.Max() < diag.Refused {
					t.Errorf("%s: neither read nor refused", file)
				}
				continue
			}
			read++
			t.Run(filepath.Base(file)+"/"+strconv.FormatBool(numbers), func(t *testing.T) { sc.compare(t, c, h) })
		}
	}
	if read < 190 {
		t.Errorf("only %d of the cases are read as hunts", read)
	}
}

// splCase is a semantic case with declared fields.
type splCase struct {
	search string
	data   interpret.Data
	fields huntc.SPLFields
	tables map[string]*eval.Table
}

func semanticCaseOf(t *testing.T, a *txtar.Archive, numbers bool) *splCase {
	t.Helper()
	now := time.Date(2026, 5, 12, 12, 0, 0, 0, time.UTC)
	sc := &splCase{data: interpret.Data{Events: map[string][]ir.Bag{}, Now: now}, tables: map[string]*eval.Table{}}
	for _, f := range a.Files {
		index, ok := strings.CutPrefix(f.Name, "index/")
		switch {
		case f.Name == "search.spl":
			sc.search = strings.TrimSuffix(string(f.Data), "\n")
		case f.Name == "definitions.yaml":
			defs, err := spl.ReadDefinitions(f.Name, f.Data)
			if err != nil {
				t.Fatal(err)
			}
			sc.data.Definitions = defs
		case ok:
			sc.addIndex(t, strings.TrimSuffix(index, ".ndjson"), string(f.Data), numbers)
		}
	}
	return sc
}

// addIndex declares the fields that have one value per event, and makes a table of them.
func (sc *splCase) addIndex(t *testing.T, index, text string, numbers bool) {
	t.Helper()
	var flat []map[string]any
	names := []string{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line == "" {
			continue
		}
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		var raw map[string]any
		if err := dec.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		bag := bagOf(raw)
		sc.data.Events[index] = append(sc.data.Events[index], bag)
		flat = append(flat, interpret.Flat(bag))
		for k := range flat[len(flat)-1] {
			if !slices.Contains(names, k) {
				names = append(names, k)
			}
		}
	}
	slices.Sort(names)
	src := hunt.Source{Terms: []hunt.BaseTerm{{Field: "index", Value: index}}, Table: index}
	tab := &eval.Table{}
	for _, n := range names {
		if f, ok := fieldOf(n, flat, numbers); ok {
			src.Fields = append(src.Fields, f)
			tab.Columns = append(tab.Columns, f.Column)
		}
	}
	for _, e := range flat {
		row := make([]ir.Value, len(src.Fields))
		for i, f := range src.Fields {
			row[i] = typedCell(e[f.Name], f.Type)
		}
		tab.Rows = append(tab.Rows, row)
	}
	sc.fields = append(sc.fields, src)
	sc.tables[index] = tab
}

func bagOf(m map[string]any) ir.Bag {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out ir.Bag
	for _, k := range keys {
		out = append(out, ir.Member{Key: k, Value: plainValue(m[k])})
	}
	return out
}

func plainValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		return bagOf(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plainValue(e)
		}
		return out
	default:
		return v
	}
}

// fieldOf declares a field as its values are; one with several values in an event has no type.
func fieldOf(name string, events []map[string]any, numbers bool) (hunt.Field, bool) {
	if name == "_time" {
		return hunt.Field{Column: ir.Column{Name: name, Type: ir.Datetime}}, true
	}
	t, nonempty := ir.Long, true
	for _, e := range events {
		switch v := e[name].(type) {
		case nil:
		case int64:
		case float64:
			if t == ir.Long {
				t = ir.Real
			}
		case string:
			nonempty = nonempty && v != ""
			if n, err := strconv.ParseInt(v, 10, 64); err != nil || strconv.FormatInt(n, 10) != v {
				t = ir.String
			}
		default:
			return hunt.Field{}, false
		}
	}
	if !numbers || t == ir.Real {
		t = ir.String
	}
	return hunt.Field{Column: ir.Column{Name: name, Type: t}, Nonempty: nonempty && t == ir.String}, true
}

func typedCell(v any, t ir.Type) ir.Value {
	out := ir.Value{Type: t}
	text := cellText(ir.Value{V: v})
	switch {
	case v == nil:
	case t == ir.Datetime:
		f, _ := strconv.ParseFloat(text, 64)
		if n, ok := v.(int64); ok {
			f = float64(n)
		}
		out.V = ir.TicksOf(time.Unix(0, 0)) + int64(f*1e6+0.5)*10
	case t == ir.Long:
		n, _ := strconv.ParseInt(text, 10, 64)
		out.V = n
	default:
		out.V = text
	}
	return out
}

func (sc *splCase) compare(t *testing.T, c *huntc.Compiler, h *huntc.Hunt) {
	found, err := interpret.Run(t.Context(), &diag.Source{Name: "q.spl", Text: sc.search}, sc.data)
	if err != nil {
		t.Fatal(err)
	}
	want, err := interpret.Typed(found, h.IR.Columns)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Rows(t.Context(), h, huntc.RowsOptions{Tables: sc.tables, Now: sc.data.Now})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := rowsText(got), rowsText(want); !slices.Equal(a, b) {
		t.Errorf("%s\nthe hunt:\n%q\nwant\n%q", sc.search, a, b)
	}
}
