package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// Characters that stand between values that are joined into one text. They go into the query as they are: ES|QL has no escapes for them.
const (
	noField   = "\x1d" // a field that an element does not have; between the values of a packed list
	recordSep = "\x1e"
	fieldSep  = "\x1f"
)

// expand writes an array that is stored as an object keyed by index: the elements are joined into one text with separators that do
// not occur, split again, and cut into columns. A field that an element lacks is marked, so that the elements that have none can be
// taken out again: CASE would say it in plainer words, but is evaluated row by row, ten times for each event.
func (e *emitter) expand(o *ir.Expand) {
	if len(o.Elements) == 0 {
		e.r.Use(factNone, o, o.S, "mv-expand of this value")
		return
	}
	e.r.Use(factExpand, o, o.S, "mv-expand "+o.Name)
	paths := make([]string, 0, len(o.Elements[0]))
	for p := range o.Elements[0] {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	var parts []string
	for _, el := range o.Elements {
		var cells []string
		for _, p := range paths {
			cells = append(cells, "COALESCE("+e.expr(el[p], precOr)+", "+quote(noField)+")")
		}
		parts = append(parts, strings.Join(cells, ", "+quote(fieldSep)+", ")+", "+quote(fieldSep+recordSep))
	}
	e.needFields(o, paths)
	all := e.temp()
	absent := fmt.Sprintf("(%s){%d}%s|%s", noField+fieldSep, len(paths), recordSep, noField)
	e.line(fmt.Sprintf("EVAL %s = SPLIT(REPLACE(CONCAT(\n    %s), %s, \"\"), %s)", all, strings.Join(parts, ",\n    "), quote(absent), quote(recordSep)))
	e.line("MV_EXPAND " + all)
	e.line("WHERE " + all + " != \"\"")
	cols := map[string]string{}
	pattern := make([]string, len(paths))
	for i, p := range paths {
		name := o.Name + "_" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, p)
		cols[p] = name
		pattern[i] = "%{" + name + "}"
	}
	e.elems[o.Name] = cols
	e.line("DISSECT " + all + " " + quote(strings.Join(pattern, fieldSep)+fieldSep))
}

// needFields lists the fields that the index must know: naming one that no document ever had is an unknown column, and fails the whole
// query unless unmapped fields read as null.
func (e *emitter) needFields(o *ir.Expand, paths []string) {
	for _, p := range paths {
		first, ok1 := o.Elements[0][p].(*ir.Field)
		last, ok2 := o.Elements[len(o.Elements)-1][p].(*ir.Field)
		if ok1 && ok2 {
			e.needs = append(e.needs, emit.Artifact{Kind: "fields", Name: first.Name + " … " + last.Name,
				Definition: "all of them must be in the index's mapping (a component template), or the query fails with an unknown column"})
		}
	}
}
