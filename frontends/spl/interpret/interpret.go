// Package interpret runs SPL over events in memory: the lowering gives a search its meaning, the evaluator runs it. It stands in for
// a Splunk that is not at hand; what it says is "checked against our interpreter", never "executed on Splunk".
package interpret

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Data is what a search runs over.
type Data struct {
	// Events of each index. Objects and arrays in them become fields as Splunk's JSON extraction names them: a.b, a{}, a{}.b.
	Events map[string][]ir.Bag
	// Default are the indexes of a search that names none.
	Default []string
	// Lookups by name.
	Lookups map[string][]ir.Bag
	// Now is when the search starts.
	Now time.Time
	// Definitions are macros, commands and lookups, nil for none.
	Definitions *spl.Definitions
}

// Refused says that a search is wrong or not evaluated, and where.
type Refused struct{ Diags diag.List }

func (e *Refused) Error() string {
	for _, d := range e.Diags {
		if d.Severity >= diag.Refused {
			return d.Error()
		}
	}
	return "refused"
}

// Run runs a search. Its values are text, numbers or arrays, as in Splunk; a field that a row does not have is null.
func Run(ctx context.Context, src *diag.Source, d Data) (*eval.Table, error) {
	opts := spl.Options{Definitions: d.Definitions, Indexes: map[string][]string{}, DefaultIndexes: d.Default, Lookups: map[string][]string{}}
	env := &eval.Env{Tables: map[string]*eval.Table{}, Now: ir.TicksOf(d.Now), Strict: true}
	for name, events := range d.Events {
		t := table(events)
		env.Tables[name], opts.Indexes[name] = t, names(t)
	}
	for name, entries := range d.Lookups {
		t := table(entries)
		env.Tables[spl.LookupTable(name)], opts.Lookups[name] = t, names(t)
	}
	q, diags := spl.Lower(src, opts)
	if q == nil {
		return nil, &Refused{diags}
	}
	return eval.Run(ctx, q, env)
}

func names(t *eval.Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// table makes rows of events, with a column for every field that one of them has.
func table(events []ir.Bag) *eval.Table {
	at := map[string]int{"_time": 0}
	t := &eval.Table{Columns: []ir.Column{{Name: "_time", Type: ir.Dynamic}}}
	flat := make([]map[string]any, len(events))
	for i, e := range events {
		flat[i] = Flat(e)
		for _, k := range slices.Sorted(maps.Keys(flat[i])) {
			if _, ok := at[k]; !ok {
				at[k] = len(t.Columns)
				t.Columns = append(t.Columns, ir.Column{Name: k, Type: ir.Dynamic})
			}
		}
	}
	for _, f := range flat {
		row := make([]ir.Value, len(t.Columns))
		for i := range row {
			row[i].Type = ir.Dynamic
		}
		for k, v := range f {
			row[at[k]].V = v
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Flat are the fields of an event as Splunk's JSON extraction names them, with _time in seconds.
func Flat(e ir.Bag) map[string]any {
	out := map[string]any{}
	for _, m := range e {
		flatten(m.Key, m.Value, out)
	}
	if s, ok := out["_time"].(string); ok {
		out["_time"] = seconds(s)
	}
	return out
}

// flatten names the parts of a value as automatic JSON extraction does: objects by a dot, the elements of an array by {}, all under
// one name. A boolean is text.
func flatten(name string, v any, out map[string]any) {
	switch v := v.(type) {
	case nil:
	case bool:
		add(out, name, strconv.FormatBool(v))
	case ir.Bag:
		for _, m := range v {
			flatten(name+"."+m.Key, m.Value, out)
		}
	case []any:
		for _, e := range v {
			flatten(name+"{}", e, out)
		}
	default:
		add(out, name, v)
	}
}

func add(out map[string]any, name string, v any) {
	old, ok := out[name]
	switch list := old.(type) {
	case []any:
		out[name] = append(list, v)
	default:
		if ok {
			v = []any{old, v}
		}
		out[name] = v
	}
}

// seconds reads a time as seconds since 1970, with the microseconds that Splunk keeps; other text stays.
func seconds(s string) any {
	ticks, ok := ir.ParseDatetime(s)
	if !ok {
		return s
	}
	micros := (ticks - ir.TicksOf(time.Unix(0, 0))) / 10
	if micros%1e6 == 0 {
		return micros / 1e6
	}
	return float64(micros) / 1e6
}

// Typed converts the rows of a search to the columns of a query that means the same: numbers and times from text, one value to an
// array where an array is due. What does not convert is an error.
func Typed(t *eval.Table, cols []ir.Column) (*eval.Table, error) {
	at := make([]int, len(cols))
	for i, c := range cols {
		at[i] = slices.IndexFunc(t.Columns, func(x ir.Column) bool { return x.Name == c.Name })
	}
	out := &eval.Table{Columns: cols}
	for _, row := range t.Rows {
		typed := make([]ir.Value, len(cols))
		for i, c := range cols {
			typed[i].Type = c.Type
			if at[i] < 0 || row[at[i]].IsNull() {
				continue
			}
			v, err := typedValue(row[at[i]].V, c.Type)
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
			typed[i] = v
		}
		out.Rows = append(out.Rows, typed)
	}
	return out, nil
}

func typedValue(x any, t ir.Type) (ir.Value, error) {
	v := ir.Value{Type: t, V: x}
	text := fmt.Sprint(x)
	if f, ok := x.(float64); ok {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	var err error
	switch t {
	case ir.Dynamic, ir.TypeUnset:
		v.Type = ir.Dynamic
	case ir.String, ir.GUID:
		switch x.(type) {
		case []any, ir.Bag:
			text = ir.JSONText(x)
		}
		v.V = text
	case ir.Long, ir.Int:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			v.V = int64(f)
		}
	case ir.Real, ir.Decimal:
		v.Type = ir.Real
		v.V, err = strconv.ParseFloat(text, 64)
	case ir.Bool:
		v.V, err = strconv.ParseBool(text)
	case ir.Datetime:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			v.V = ir.TicksOf(time.Unix(0, 0)) + int64(f*1e6+0.5)*10
		}
	case ir.Timespan:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			v.V = int64(f * float64(ir.Second))
		}
	}
	return v, err
}
