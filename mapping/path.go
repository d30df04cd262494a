package mapping

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// route is a source column and the steps below it.
type route struct {
	col   string
	t     ir.Type // the column's type
	steps []ir.Step
}

func (p route) below(steps ...ir.Step) route {
	all := append(append([]ir.Step{}, p.steps...), steps...)
	return route{p.col, p.t, all}
}

// typ is the type that the source gives the value.
func (p route) typ() ir.Type {
	if len(p.steps) > 0 {
		return ir.Dynamic
	}
	return p.t
}

// pattern writes the route as rows do, with [] for each index.
func (p route) pattern() string {
	return p.col + stepsText(p.steps, func(int) string { return "[]" })
}

// String writes the route as the source does.
func (p route) String() string {
	return p.col + stepsText(p.steps, func(i int) string { return "[" + strconv.Itoa(i) + "]" })
}

func stepsText(steps []ir.Step, index func(int) string) string {
	var b strings.Builder
	for _, s := range steps {
		if s.IsIndex {
			b.WriteString(index(s.Index))
		} else {
			b.WriteString("." + s.Key)
		}
	}
	return b.String()
}

func (p route) negative() bool {
	for _, s := range p.steps {
		if s.IsIndex && s.Index < 0 {
			return true
		}
	}
	return false
}

func hasIndex(steps []ir.Step) bool {
	for _, s := range steps {
		if s.IsIndex {
			return true
		}
	}
	return false
}

// kind says what a route leads to.
type kind int

const (
	unknown   kind = iota
	leaf           // a row of its own
	wild           // below a .* row: may be a value or hold more
	container      // rows lie below it, it has none itself
)

// find returns the row of a route and what it leads to.
func (t *Table) find(p route) (*Row, kind) {
	pat := p.pattern()
	var best *Row
	inner := false
	for _, r := range t.Columns {
		base, star := strings.CutSuffix(r.Source, ".*")
		switch {
		case r.Source == pat:
			return r, leaf
		case r.Source == "*":
			if best == nil {
				best = r
			}
		case star && (strings.HasPrefix(pat, base+".") || strings.HasPrefix(pat, base+"[")) && (best == nil || len(best.Source) < len(r.Source)):
			best = r
		case strings.HasPrefix(r.Source, pat+".") || strings.HasPrefix(r.Source, pat+"[]"):
			inner = true
		}
	}
	switch {
	case inner:
		return nil, container
	case best == nil:
		return nil, unknown
	case best.Source != "*":
		return best, wild
	case len(p.steps) > 0:
		return best, wild
	case p.t == ir.Dynamic:
		return nil, container
	}
	return best, leaf
}

// prefix returns what the target calls a container: the common start of the fields below it.
func (m *Mapping) prefix(t *Table, p route) string {
	pat := p.pattern()
	for _, r := range t.Columns {
		rest, ok := strings.CutPrefix(r.Source, pat)
		if !ok || r.Field == "" || !(strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[]")) {
			continue
		}
		f := m.fill(r.Field, p)
		if m.IndexForm == "dot" { // an index is a segment of its own
			rest = strings.ReplaceAll(rest, "[]", ".[]")
		}
		for range strings.Count(rest, ".") {
			if i := strings.LastIndex(f, "."); i >= 0 {
				f = f[:i]
			}
		}
		return strings.TrimSuffix(f, "{[]}")
	}
	if r, k := t.find(p); k == wild {
		return m.fieldName(t, r, p)
	}
	return p.col // only a mapping by rule gets here: it keeps the column's name
}

// fill puts the route's indexes in the place of [].
func (m *Mapping) fill(field string, p route) string {
	for _, s := range p.steps {
		if s.IsIndex {
			field = strings.Replace(field, "[]", strconv.Itoa(s.Index), 1)
		}
	}
	return field
}

// fieldName is the full target path of a route that row r describes.
func (m *Mapping) fieldName(t *Table, r *Row, p route) string {
	index := func(i int) string { return "." + strconv.Itoa(i) }
	if m.IndexForm == "brace" {
		index = func(i int) string { return "{" + strconv.Itoa(i) + "}" }
	}
	if r.Source == "*" {
		return p.col + stepsText(p.steps, index)
	}
	base, star := strings.CutSuffix(r.Source, ".*")
	if !star {
		return m.fill(r.Field, p)
	}
	n := strings.Count(base, ".") + strings.Count(base, "[]")
	return m.fill(strings.TrimSuffix(r.Field, ".*"), route{"", ir.Dynamic, p.steps[:n]}) + stepsText(p.steps[n:], index)
}

// info describes a field of row r.
func (m *Mapping) info(t *Table, r *Row, p route) (name string, info *ir.FieldInfo) {
	name = m.fieldName(t, r, p)
	info = &ir.FieldInfo{
		Source: p.String(), Type: or(r.Type, m.Types[p.typ().String()]),
		MaybeAbsent: r.Absent != "never", KeepsEmpty: r.Empty != "dropped", Time: r.Time, MaxLength: r.MaxLength,
	}
	switch {
	case r.Container == "":
	case r.Container != "*":
		info.Container = r.Container
		info.Key = or(r.Key, strings.TrimPrefix(name, r.Container+"."))
	case len(p.steps) > 0: // the column itself holds the JSON text
		info.Container = p.col
		info.Key = strings.TrimPrefix(strings.TrimPrefix(name, p.col), ".")
	}
	return name, info
}
