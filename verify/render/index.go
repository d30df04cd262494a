package render

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/mapping"
)

// AsTable makes documents a table that a query with strict nulls reads: one column per top-level field. The time field is a column of
// times, because windows compare it. In a mapping that writes an index as a{0}, arrays are read so, also inside
// the columns that hold JSON text.
func AsTable(m *mapping.Mapping, docs []ir.Bag, timeField string, columns []ir.Column) *eval.Table {
	if m.IndexForm == "brace" {
		docs = braced(m, docs, columns)
	}
	docs = indexed(m, docs)
	t := &eval.Table{}
	at := map[string]int{}
	for _, d := range docs {
		for _, m := range d {
			if _, ok := at[m.Key]; !ok {
				at[m.Key] = len(t.Columns)
				t.Columns = append(t.Columns, ir.Column{Name: m.Key, Type: ir.Dynamic})
			}
		}
	}
	if _, ok := at[timeField]; !ok {
		at[timeField] = len(t.Columns)
		t.Columns = append(t.Columns, ir.Column{Name: timeField})
	}
	t.Columns[at[timeField]].Type = ir.Datetime
	for _, d := range docs {
		row := make([]ir.Value, len(t.Columns))
		for i, c := range t.Columns {
			row[i].Type = c.Type
		}
		for _, m := range d {
			i := at[m.Key]
			row[i].V = m.Value
			if m.Key == timeField {
				row[i].V = ticks(m.Value)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func braced(m *mapping.Mapping, docs []ir.Bag, columns []ir.Column) []ir.Bag {
	text := map[string]bool{}
	for _, c := range columns {
		text[c.Name] = c.Type == ir.Dynamic && m.KeepsText(c)
	}
	out := make([]ir.Bag, len(docs))
	for i, d := range docs {
		parsed := slices.Clone(d)
		for j, member := range d {
			if s, ok := member.Value.(string); ok && text[member.Key] {
				if v, err := eval.DecodeJSON([]byte(s)); err == nil {
					parsed[j].Value = v
				}
			}
		}
		out[i] = inBraces(parsed)
	}
	return out
}

// inBraces adds to every array its elements as members of their own: a{0}.
func inBraces(d ir.Bag) ir.Bag {
	out := make(ir.Bag, 0, len(d))
	for _, m := range d {
		out = append(out, nested(m.Key, m.Value)...)
	}
	return out
}

func nested(key string, v any) ir.Bag {
	switch v := v.(type) {
	case ir.Bag:
		return ir.Bag{{Key: key, Value: inBraces(v)}}
	case []any:
		out := ir.Bag{{Key: key, Value: v}}
		for i, e := range v {
			out = append(out, nested(key+"{"+strconv.Itoa(i)+"}", e)...)
		}
		return out
	}
	return ir.Bag{{Key: key, Value: v}}
}

func ticks(v any) any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	t, err := parseTime(s)
	if err != nil {
		return nil
	}
	return ir.TicksOf(t)
}

// Field is a field that the index must know. A text of more than MaxLength characters is not indexed; 0 is no limit.
type Field struct {
	Name, Type string
	MaxLength  int
}

// Fields lists the fields that a mapped query reads, with the target's types, sorted.
func Fields(q *ir.Query) []Field {
	seen := map[string]Field{}
	note := func(e ir.Expr) ir.Expr {
		f, ok := e.(*ir.Field)
		if !ok || f.Info == nil {
			return e
		}
		name, typ := f.Name, f.Info.Type
		if f.Info.Container != "" {
			name, typ = f.Info.Container, "flattened"
		}
		if typ != "array" {
			seen[name] = Field{name, typ, f.Info.MaxLength}
		}
		return e
	}
	eachExpr(q.Root, func(e ir.Expr) ir.Expr { return ir.MapExpr(e, note) })
	out := make([]Field, 0, len(seen))
	for _, f := range seen {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func eachExpr(p *ir.Pipeline, f func(ir.Expr) ir.Expr) {
	if u, ok := p.From.(*ir.Union); ok {
		for _, in := range u.Inputs {
			eachExpr(in, f)
		}
	}
	for _, o := range p.Ops {
		ir.MapOp(o, f)
		switch o := o.(type) {
		case *ir.Join:
			eachExpr(o.Right, f)
		case *ir.Append:
			for _, in := range o.Inputs {
				eachExpr(in, f)
			}
		}
	}
}

// Mappings are an index's mappings for fields: their types, and keyword for values that no field names. product is elasticsearch or
// opensearch, which has no flattened type.
func Mappings(fields []Field, timeField, product string) ir.Bag {
	props := ir.Bag{}
	if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == timeField }) {
		fields = append(slices.Clone(fields), Field{Name: timeField, Type: "date"})
	}
	for _, f := range fields {
		props = put(props, strings.Split(strings.ReplaceAll(f.Name, ".", ".properties."), "."), fieldType(f, product))
	}
	var templates []any
	for _, of := range []string{"string", "long", "double", "boolean"} {
		templates = append(templates, ir.Bag{{Key: of, Value: ir.Bag{{Key: "match_mapping_type", Value: of},
			{Key: "mapping", Value: ir.Bag{{Key: "type", Value: "keyword"}}}}}})
	}
	return ir.Bag{{Key: "date_detection", Value: false}, {Key: "dynamic_templates", Value: templates}, {Key: "properties", Value: props}}
}

func fieldType(f Field, product string) ir.Bag {
	t := f.Type
	switch {
	case t == "flattened" && product == "opensearch":
		return ir.Bag{{Key: "type", Value: "flat_object"}}
	case t == "":
		t = "keyword"
	}
	out := ir.Bag{{Key: "type", Value: t}}
	if f.MaxLength > 0 && t == "keyword" {
		out = append(out, ir.Member{Key: "ignore_above", Value: int64(f.MaxLength)})
	}
	return out
}

// Bulk writes documents as the body of a bulk request without an index of its own: the request's path names it.
func Bulk(docs []ir.Bag) []byte {
	var b bytes.Buffer
	for _, d := range docs {
		b.WriteString("{\"create\":{}}\n")
		b.WriteString(ir.JSONText(d))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Lines writes documents as one JSON object a line.
func Lines(docs []ir.Bag) []byte {
	var b bytes.Buffer
	for _, d := range docs {
		b.WriteString(ir.JSONText(d))
		b.WriteByte('\n')
	}
	return b.Bytes()
}
