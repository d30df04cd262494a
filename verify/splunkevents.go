package verify

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir"
)

// sent is the field that holds events on their way, and begins the names of their fields until they get their own.
const sent = "huntc_in"

// Marks of what a value is on its way; what is absent has only its mark.
const (
	markAbsent = '-'
	markText   = '='
	markNumber = '#'
	markList   = '*'
)

// eventsText makes events of text, newest first as an index gives them; with their _raw if raw.
//
// It is the way of the makeresults page's own example: one result, a string, its parts as a multivalue field, mvexpand. Not
// makeresults format=json: its data holds at most 29,999 characters, text that it cannot read gave no rows and no error (seen on 10.4.2 by
// the authors of mockdr), and the page does not say what a backslash, a key with a dot or an empty value becomes. Here nothing but letters,
// digits and a few marks stands in the string, so that no rule of quoting matters, and probe shows that the values arrive.
// https://help.splunk.com/splunk-enterprise/spl-search-reference/9.4/search-commands/makeresults
// https://docs.splunk.com/Documentation/Splunk/9.3.0/SearchReference/TextFunctions (urldecode takes no multivalue field: it stands before split)
func eventsText(events []ir.Bag, raw bool) (string, error) {
	if len(events) == 0 {
		return "| makeresults\n| where 1==2", nil
	}
	flat := make([]map[string]any, len(events))
	used := map[string]*sentField{}
	for i, e := range events {
		flat[i] = interpret.Flat(e)
		switch _, ok := flat[i]["_raw"]; {
		case !raw:
			delete(flat[i], "_raw")
		case !ok:
			flat[i]["_raw"] = ir.JSONText(e)
		}
		for k, x := range flat[i] {
			if used[k] == nil {
				used[k] = &sentField{name: k}
			}
			used[k].values = append(used[k].values, x)
		}
	}
	slices.SortStableFunc(flat, func(a, b map[string]any) int { return cmp.Compare(epoch(b["_time"]), epoch(a["_time"])) })
	var fields []*sentField
	for _, k := range sortedKeys(used) {
		if strings.ContainsAny(k, "*\"\\") || strings.HasPrefix(k, sent) || k == "" {
			return "", &notInline{fmt.Sprintf("the field %q has a name that cannot be given in a search", k)}
		}
		used[k].count(len(events))
		fields = append(fields, used[k])
	}
	rows := make([]string, len(flat))
	for i, f := range flat {
		cells := make([]string, len(fields))
		for j, field := range fields {
			x, ok := f[field.name]
			cells[j] = field.cell(x, ok)
		}
		rows[i] = strings.Join(cells, ",")
	}
	return "| makeresults\n| eval " + sent + `=split("` + strings.Join(rows, " ") + "\",\" \")\n| mvexpand " + sent + receive(fields), nil
}

// receive are the commands that make fields of a row's cells. Names that are no words come by rename: in the left side of an eval braces
// mean the content of a field.
// https://docs.splunk.com/Documentation/Splunk/9.3.0/SearchReference/Eval
func receive(fields []*sentField) string {
	var parts, values, names []string
	for i, f := range fields {
		cell := sent + strconv.Itoa(i)
		parts = append(parts, fmt.Sprintf("%s=mvindex(%s,%d)", cell, sent, i))
		to := f.name
		if to == "_time" || to == "_raw" {
			values = append(values, to+"="+f.value(cell))
			continue
		}
		values = append(values, cell+"="+f.value(cell))
		if !word.MatchString(to) {
			to = `"` + to + `"`
		}
		names = append(names, cell+" AS "+to)
	}
	out := "\n| eval " + sent + "=split(" + sent + ",\",\")\n| eval " + strings.Join(parts, ", ") + "\n| eval " + strings.Join(values, ", ")
	if len(names) > 0 {
		out += "\n| rename " + strings.Join(names, ", ")
	}
	out += "\n| fields - " + sent
	for i, f := range fields {
		if f.name == "_time" || f.name == "_raw" {
			out += " " + sent + strconv.Itoa(i)
		}
	}
	return out
}

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// sentField is a field and how its values are written.
type sentField struct {
	name   string
	values []any  // of all events that have it
	marks  []byte // that its cells have, sorted
	sep    string // between the elements of its lists
}

// count notes which marks are needed, and finds a separator that no element holds. It begins with its only "<", so that no part of an
// element and of a separator make another.
func (f *sentField) count(events int) {
	if len(f.values) < events {
		f.marks = append(f.marks, markAbsent)
	}
	for _, x := range f.values {
		f.marks = append(f.marks, mark(x))
	}
	slices.Sort(f.marks)
	f.marks = slices.Compact(f.marks)
	holds := func(sep string) bool {
		return slices.ContainsFunc(f.values, func(x any) bool {
			l, _ := x.([]any)
			return slices.ContainsFunc(l, func(e any) bool { return strings.Contains(scalarText(e), sep) })
		})
	}
	for n := 0; f.sep == "" || holds(f.sep); n++ {
		f.sep = fmt.Sprintf("<%d>", n)
	}
	f.values = nil
}

func mark(x any) byte {
	if _, ok := x.([]any); ok {
		return markList
	}
	if isNumber(scalarText(x)) {
		return markNumber
	}
	return markText
}

// isNumber reports whether text is a number that comes back as it is: Splunk's fields have no types, a field that looks like a number is
// one, but more digits than a double holds would be lost.
func isNumber(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) && len(text) <= 15 && number(f) == text && text != "-0"
}

func (f *sentField) cell(x any, ok bool) string {
	if !ok {
		return string(markAbsent)
	}
	m := mark(x)
	if l, ok := x.([]any); ok {
		texts := make([]string, len(l))
		for i, e := range l {
			texts[i] = scalarText(e)
		}
		return string(m) + escaped(strings.Join(texts, f.sep))
	}
	return string(m) + escaped(scalarText(x))
}

// value is the expression for the field's value. case gives no value where no condition holds: the field is absent.
func (f *sentField) value(cell string) string {
	form := map[byte]string{
		markText:   "urldecode(substr(" + cell + ",2))",
		markNumber: "tonumber(urldecode(substr(" + cell + ",2)))",
		markList:   "split(urldecode(substr(" + cell + `,2)),"` + f.sep + `")`,
	}
	if len(f.marks) == 1 {
		return form[f.marks[0]]
	}
	var branches []string
	for _, m := range f.marks {
		if m != markAbsent {
			branches = append(branches, fmt.Sprintf(`substr(%s,1,1)=="%c",%s`, cell, m, form[m]))
		}
	}
	return "case(" + strings.Join(branches, ",") + ")"
}

// escaped writes everything as %XX that is neither letter, digit nor harmless in a quoted string and a list of cells. Letters beyond ASCII
// stay, so that nothing depends on how bytes are put together.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0x80 || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.:/@-", r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", r)
	}
	return b.String()
}

func epoch(x any) float64 {
	switch x := x.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	}
	return 0
}

func scalarText(x any) string {
	switch x := x.(type) {
	case string:
		return x
	case float64:
		return number(x)
	}
	return fmt.Sprint(x)
}
