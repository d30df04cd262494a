package ir

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// parseColumns writes a Parse as what its columns are: groups of one expression, found by extract; with Drop behind a filter on the
// expression. Its pattern begins where the text begins, a star skips as little as it can, and what is behind the pattern is passed over
// (learn.microsoft.com/kusto/query/parse-operator). A value that does not fit its type fails all columns at once: where there are several,
// and one of them is no text, the Parse stays.
func parseColumns(o *Parse) ([]Op, bool) {
	var cols []ParsePart
	var b strings.Builder
	switch o.Mode {
	case ParseSimple, ParseRelaxed:
		b.WriteString("(?s)")
	case ParseRegex:
		if o.Flags != "" {
			b.WriteString("(?" + o.Flags + ")")
		}
	default:
		return nil, false
	}
	b.WriteString(`\A`)
	for i, part := range o.Parts {
		switch {
		case part.Star:
			b.WriteString(".*?")
		case part.Name != "":
			form, ok := parseForm(o, i)
			if !ok {
				return nil, false
			}
			fmt.Fprintf(&b, "(?P<%s%d>%s)", parseGroup, len(cols), form)
			cols = append(cols, part)
		case o.Mode == ParseRegex:
			b.WriteString(part.Text)
		default:
			b.WriteString(regexp.QuoteMeta(part.Text))
		}
	}
	re, err := syntax.Parse(b.String(), syntax.Perl)
	if err != nil {
		return nil, false
	}
	groups := map[string]int64{}
	for i, n := range re.CapNames() {
		groups[n] = int64(i)
	}
	x := o.X
	if t := TypeOf(x); t != String && t != TypeUnset {
		x = &Cast{At: At{x.Span()}, X: x, To: String}
	}
	lit := func(t Type, v any) Expr { return &Lit{At: o.At, Value: Value{Type: t, V: v}} }
	pattern := parseNames.ReplaceAllString(b.String(), "(")
	e := &Extend{At: o.At}
	for i, c := range cols {
		v := Expr(&Call{At: o.At, Func: "extract", T: String,
			Args: []Expr{lit(String, pattern), lit(Long, groups[fmt.Sprint(parseGroup, i)]), x}})
		if c.To != String {
			v = &Cast{At: o.At, X: v, To: c.To}
		}
		if at := indexNamed(e.Cols, c.Name); at >= 0 {
			e.Cols[at].X = v // the last one of a name counts
			continue
		}
		e.Cols = append(e.Cols, Named{c.Name, v})
	}
	var ops []Op
	if o.Drop {
		ops = append(ops, &Filter{At: o.At, Pred: &Match{At: o.At, Kind: Regex, Case: Exact, X: x, Needles: []Expr{lit(String, pattern)}}})
	}
	if len(e.Cols) > 0 {
		ops = append(ops, e)
	}
	return ops, true
}

// parseGroup begins the names of the groups that are columns, apart from the pattern's own groups.
const parseGroup = "huntc_column_"

var parseNames = regexp.MustCompile(`\(\?P<` + parseGroup + `[0-9]+>`)

// parseForm is the expression of the column at o.Parts[i]; ok is false for a type whose form only the evaluator knows.
func parseForm(o *Parse, i int) (form string, ok bool) {
	if o.Parts[i].To != String {
		return "", false
	}
	if o.Mode == ParseRegex || i == len(o.Parts)-1 {
		return ".*", true
	}
	return ".*?", true
}
