package render

import (
	"bytes"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// AsTable makes documents a table that a query with strict nulls reads: one column per top-level field. The time field is a column of
// times, because windows compare it.
func AsTable(docs []ir.Bag, timeField string) *eval.Table {
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

// Field is a field that the index must know.
type Field struct{ Name, Type string }

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
			seen[name] = Field{name, typ}
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

// Index is the body that creates an index for fields: settings of a single small copy, the fields' types, and keyword for text that no
// field names. product is elasticsearch or opensearch, which has no flattened type.
func Index(fields []Field, timeField, product string) ir.Bag {
	props := ir.Bag{}
	if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == timeField }) {
		fields = append(slices.Clone(fields), Field{timeField, "date"})
	}
	for _, f := range fields {
		path := strings.Split(strings.ReplaceAll(f.Name, ".", ".properties."), ".")
		props = put(props, path, fieldType(f.Type, product))
	}
	keyword := ir.Bag{{Key: "type", Value: "keyword"}}
	template := func(of string) ir.Bag {
		return ir.Bag{{Key: of, Value: ir.Bag{{Key: "match_mapping_type", Value: of}, {Key: "mapping", Value: keyword}}}}
	}
	return ir.Bag{
		{Key: "settings", Value: ir.Bag{{Key: "index", Value: ir.Bag{
			{Key: "number_of_shards", Value: int64(1)}, {Key: "number_of_replicas", Value: int64(0)},
			{Key: "mapping", Value: ir.Bag{{Key: "total_fields", Value: ir.Bag{{Key: "limit", Value: int64(5000)}}}}},
		}}}},
		{Key: "mappings", Value: ir.Bag{
			{Key: "date_detection", Value: false},
			{Key: "dynamic_templates", Value: []any{template("string"), template("long"), template("double"), template("boolean")}},
			{Key: "properties", Value: props},
		}},
	}
}

func fieldType(t, product string) ir.Bag {
	switch {
	case t == "flattened" && product == "opensearch":
		return ir.Bag{{Key: "type", Value: "flat_object"}}
	case t == "":
		t = "keyword"
	}
	return ir.Bag{{Key: "type", Value: t}}
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
