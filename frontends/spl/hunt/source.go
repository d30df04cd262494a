package hunt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// Field is a field of a source: its type, and whether an event that has it never has it with an empty text. Every event has one value
// of it at most.
type Field struct {
	ir.Column
	Nonempty bool
}

// Source is a set of events whose fields are declared: those that a search finds by Terms. Table is its name in the hunt.
type Source struct {
	Terms  []BaseTerm
	Table  string
	Fields []Field
}

// BaseTerm is a term that says where events come from.
type BaseTerm struct{ Field, Value string }

func (t BaseTerm) String() string { return t.Field + "=" + t.Value }

// baseFields are the fields that say where events come from: they are set when events are indexed, or by the installation's event
// types. Read-only.
var baseFields = map[string]bool{"index": true, "sourcetype": true, "source": true, "host": true, "eventtype": true}

// ParseSource reads what a source is named by: an index, or base terms such as index=win sourcetype=XmlWinEventLog, and AS with the
// table of the hunt. Without AS the table is named by the first term. A value with blanks stands in double quotes.
func ParseSource(text string) (Source, error) {
	words, err := splitWords(text)
	if err != nil {
		return Source{}, err
	}
	var s Source
	if n := len(words); n > 2 && strings.EqualFold(words[n-2], "AS") {
		s.Table, words = words[n-1], words[:n-2]
	}
	for _, w := range words {
		field, value, ok := strings.Cut(w, "=")
		if !ok && len(words) == 1 {
			field, value = "index", w
		} else if !ok || !baseFields[field] || value == "" {
			return s, fmt.Errorf("%q is no base term: expected index, sourcetype, source, host or eventtype, = and a value", w)
		}
		s.Terms = append(s.Terms, BaseTerm{field, value})
	}
	if len(s.Terms) == 0 {
		return s, fmt.Errorf("%q names no source: expected an index, or base terms such as sourcetype=…", text)
	}
	if s.Table == "" {
		s.Table = s.Terms[0].Value
	}
	return s, nil
}

// splitWords splits at blanks outside of double quotes, which go.
func splitWords(text string) ([]string, error) {
	var out []string
	var b strings.Builder
	quoted, any := false, false
	for _, c := range text {
		switch {
		case c == '"':
			quoted, any = !quoted, true
		case c == ' ' && !quoted:
			if any {
				out = append(out, b.String())
			}
			b.Reset()
			any = false
		default:
			b.WriteRune(c)
			any = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("%q: a quote is not closed", text)
	}
	if any {
		out = append(out, b.String())
	}
	return out, nil
}

// source reads the first search: which events, the range of time, conditions. It is false after a refusal.
func (l *lowerer) source(s *syntax.Search) bool {
	times, rest := parted(s.Expr)
	texts := l.texts(rest)
	src, used := l.choose(rest)
	if src == nil {
		l.noSource(s, rest)
		return false
	}
	l.base = described(src.Terms)
	l.open(s, src, used)
	l.timeRange(times)
	var only []string
	for _, i := range used {
		only = append(only, texts[i])
	}
	if !slices.ContainsFunc(used, func(i int) bool { _, plain := rest[i].(*syntax.Compare); return !plain }) {
		only = []string{l.base}
	}
	selected := len(only)
	for i, t := range rest {
		switch {
		case slices.Contains(used, i):
		case l.selects(t):
			only = append(only, texts[i])
		default:
			l.filter([]syntax.Term{t})
		}
	}
	if len(only) > selected || !isIndex(src.Terms) {
		l.assume("table " + src.Table + " holds the events of " + strings.Join(only, " ") + " and no others")
	}
	return true
}

// parted are the time modifiers of a search and its other terms.
func parted(x syntax.Term) (times []*syntax.Compare, rest []syntax.Term) {
	for _, t := range flat(x) {
		if c, ok := t.(*syntax.Compare); ok && c.IsTimeModifier() {
			times = append(times, c)
			continue
		}
		rest = append(rest, t)
	}
	return times, rest
}

func isIndex(ts []BaseTerm) bool { return len(ts) == 1 && ts[0].Field == "index" }

// flat are the terms of a conjunction, those in parentheses too: the definition of a macro stands in them.
func flat(t syntax.Term) []syntax.Term {
	var out []syntax.Term
	for _, x := range syntax.Terms(t) {
		if all, ok := x.(*syntax.AllOf); ok {
			out = append(out, flat(all)...)
			continue
		}
		out = append(out, x)
	}
	return out
}

// choose finds the source whose terms all stand in the search, the one with the most; used are the terms that name it.
func (l *lowerer) choose(ts []syntax.Term) (*Source, []int) {
	var best *Source
	var used []int
	for i := range l.opt.Sources {
		src := &l.opt.Sources[i]
		var found []int
		for _, b := range src.Terms {
			n := slices.IndexFunc(ts, func(t syntax.Term) bool { return names(t, b, src.Fields) })
			if n < 0 {
				found = nil
				break
			}
			found = append(found, n)
		}
		if len(found) > len(used) {
			best, used = src, found
		}
	}
	return best, used
}

// names reports whether a term is this base term, or a choice that has it: an event type stands for several kinds of events. The other
// sides of a choice compare fields that are not declared. Values are compared regardless of case.
func names(t syntax.Term, b BaseTerm, fields []Field) bool {
	switch t := t.(type) {
	case *syntax.Compare:
		return t.Op == "=" && t.Value != nil && t.Directive == "" && t.Field.Text == b.Field && strings.EqualFold(t.Value.Text, b.Value)
	case *syntax.AnyOf:
		any := false
		for _, x := range t.Terms {
			c, ok := x.(*syntax.Compare)
			if !ok || c.Op != "=" || c.Value == nil || slices.ContainsFunc(fields, func(f Field) bool { return f.Name == c.Field.Text }) {
				return false
			}
			any = any || names(c, b, fields)
		}
		return any
	default:
		return false
	}
}

// selects reports whether a term only says where events come from: comparisons of base fields that are not declared as fields.
func (l *lowerer) selects(t syntax.Term) bool {
	base := func(n *syntax.Name) bool {
		return baseFields[n.Text] && !slices.ContainsFunc(l.fields, func(f column) bool { return f.name == n.Text })
	}
	switch t := t.(type) {
	case *syntax.Compare: // a second index is no event's
		return t.Op == "=" && t.Value != nil && base(t.Field) && (t.Field.Text != "index" || strings.Contains(t.Value.Text, "*"))
	case *syntax.InList:
		return base(t.Field) && t.Field.Text != "index"
	case *syntax.AnyOf:
		return !slices.ContainsFunc(t.Terms, func(x syntax.Term) bool { return !l.selects(x) })
	case *syntax.AllOf:
		return !slices.ContainsFunc(t.Terms, func(x syntax.Term) bool { return !l.selects(x) })
	default:
		return false
	}
}

// texts are the terms of the first command as they are written. Those of a lookup's search all stand at one place of this search: its
// own text says how they are written.
func (l *lowerer) texts(terms []syntax.Term) []string {
	src := l.src
	if l.lookupText != "" {
		src = &diag.Source{Name: src.Name, Text: l.lookupText}
		pipe, _ := syntax.Parse(src, l.parsing())
		if first, ok := pipe.Commands[0].(*syntax.Search); ok {
			_, terms = parted(first.Expr)
		}
	}
	out := make([]string, len(terms))
	for i, t := range terms {
		s := t.Span()
		if out[i] = "the search"; s.Pos >= 1 && int(s.End)-1 <= len(src.Text) && s.End >= s.Pos {
			out[i] = strings.Join(strings.Fields(src.Text[s.Pos-1:s.End-1]), " ")
		}
	}
	return out
}

func described(ts []BaseTerm) string {
	if isIndex(ts) {
		return "index " + ts[0].Value
	}
	var out []string
	for _, t := range ts {
		out = append(out, t.String())
	}
	return strings.Join(out, " ")
}

// noSource refuses a search of events whose fields are not declared.
func (l *lowerer) noSource(s *syntax.Search, ts []syntax.Term) {
	var named []string
	var place syntax.Node = s
	for _, t := range ts {
		if m, ok := t.(*syntax.Macro); ok {
			l.macro(m, m.Name)
			return
		}
		if c, ok := t.(*syntax.Compare); ok && c.Op == "=" && c.Value != nil && baseFields[c.Field.Text] {
			if named = append(named, c.Field.Text+"="+c.Value.Text); len(named) == 1 {
				place = c
			}
		}
	}
	if len(named) == 0 {
		l.refuse(s, spl.CodeUnsupported, "the search names no index", "which indexes are searched by default is a setting of the role: write index=…, or sourcetype=…, source=…, host=… or eventtype=… as declared with --fields")
		return
	}
	what := strings.Join(named, " ")
	if index, ok := strings.CutPrefix(what, "index="); ok && len(named) == 1 {
		what = "index " + index
	}
	why := "whether a comparison is one of numbers or of texts depends on them: declare them with --fields"
	if len(l.opt.Sources) > 0 {
		var known []string
		for _, x := range l.opt.Sources {
			known = append(known, described(x.Terms))
		}
		why += ", which has " + strings.Join(known, "; ")
	}
	l.refuse(place, spl.CodeOpenFields, "the fields of "+what+" and their types are not known", why)
}

// open begins the hunt with the events of a source. _time is their column of time.
func (l *lowerer) open(s *syntax.Search, src *Source, used []int) {
	l.events, l.order = true, newestFirst
	place := syntax.Node(s)
	if ts := slices.DeleteFunc(flat(s.Expr), func(t syntax.Term) bool { c, ok := t.(*syntax.Compare); return ok && c.IsTimeModifier() }); len(used) > 0 {
		place = ts[used[0]]
	}
	table := &ir.Table{At: at(place), Name: src.Table}
	for _, f := range src.Fields {
		table.Columns = append(table.Columns, f.Column)
		l.held = append(l.held, f.Name)
	}
	for _, name := range []string{"Timestamp", "TimeGenerated", "_time"} {
		if slices.Contains(table.Columns, ir.Column{Name: name, Type: ir.Datetime}) {
			l.time, table.Time = name, name
		}
	}
	for _, f := range src.Fields {
		v := val{x: &ir.Col{At: at(place), Name: f.Name, T: f.Type}, t: f.Type, nonempty: f.Nonempty}
		if f.Nonempty {
			v.full = []string{f.Name}
		}
		if whole(f.Type) {
			v.digits = []string{f.Name}
		}
		v.stamp = f.Type == ir.Datetime && f.Name != "_time"
		if f.Type == ir.Int {
			v.max = 1 << 31
		}
		l.fields = append(l.fields, column{f.Name, v})
	}
	if l.time != "" && l.time != "_time" {
		l.fields = append(l.fields, column{"_time", val{x: &ir.Col{At: at(place), Name: l.time, T: ir.Datetime}, t: ir.Datetime, always: true}})
	}
	for i, f := range l.fields {
		l.fields[i].always = f.name == "_time"
	}
	l.from = table
}
