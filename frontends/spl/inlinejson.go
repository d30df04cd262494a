package spl

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// inlineJSON makes the rows of an array of objects (makeresults format=json data=). The documentation shows members that are text or
// numbers; how others become fields is not told, so they are refused.
func (l *lowerer) inlineJSON(c *syntax.MakeResults, data *syntax.Value) *rows {
	src := &ir.Rows{At: at(c)}
	none := &rows{from: &ir.Rows{}}
	var objects []map[string]any
	d := json.NewDecoder(strings.NewReader(data.Text))
	d.UseNumber()
	if err := d.Decode(&objects); err != nil || len(objects) > maxMade || d.More() {
		l.unsupported(data, "this JSON text")
		return none
	}
	var names []string
	for _, o := range objects {
		for k := range o {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, n := range names {
		src.Columns = append(src.Columns, ir.Column{Name: n, Type: ir.Dynamic})
	}
	for _, o := range objects {
		row := make([]ir.Value, len(names))
		for i, n := range names {
			row[i].Type = ir.Dynamic
			x, has := o[n]
			switch x := x.(type) {
			case string:
				row[i].V = x
			case json.Number:
				row[i].V = x.String()
			default:
				if has {
					l.unsupported(data, "a member of JSON data that is neither text nor number")
					return none
				}
			}
		}
		src.Values = append(src.Values, row)
	}
	r := &rows{from: src, sorted: true}
	r.know(names...)
	return r
}
