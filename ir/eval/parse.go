package eval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// parser matches texts against the pattern of a Parse. Patterns of every mode become one regular expression, as the documentation
// describes for kind=regex: a star skips as little as it can, and the pattern begins where the text begins. Text after the end of the
// pattern is passed over.
// https://learn.microsoft.com/en-us/kusto/query/parse-operator
type parser struct {
	re     *regexp.Regexp
	groups []int // the group of each column
	types  []ir.Type
	strict bool // a value that does not fit its type fails the whole
}

// typedForms are the texts of a value that ends by itself: where a star or a column follows and no text does.
var typedForms = map[ir.Type]string{
	ir.Int: `\s*[-+]?\d+`, ir.Long: `\s*[-+]?\d+`, ir.Real: `\s*[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`, ir.Decimal: `\s*[-+]?\d+(?:\.\d+)?`,
	ir.Bool: `\s*(?:[Tt]rue|[Ff]alse|TRUE|FALSE|\d+)`, ir.GUID: `\s*[0-9A-Fa-f-]{32,36}`, ir.Timespan: `\s*-?[\d.:]*\d`,
	ir.Datetime: `\s*\d[\d/:T.\- ]*\d(?:Z|[-+]\d\d:?\d\d)?(?: ?[AP]M)?`,
}

func newParser(o *ir.Parse) (*parser, error) {
	p := &parser{strict: o.Mode != ir.ParseRelaxed}
	var b strings.Builder
	switch o.Mode {
	case ir.ParseRegex:
		if o.Flags != "" {
			b.WriteString("(?" + o.Flags + ")")
		}
	case ir.ParseSimple, ir.ParseRelaxed:
		b.WriteString("(?s)")
	default:
		return nil, errorAt(o.At, "a parse that does not say its kind")
	}
	b.WriteString(`\A`)
	for i, part := range o.Parts {
		switch {
		case part.Star:
			b.WriteString(".*?")
		case part.Name != "":
			fmt.Fprintf(&b, "(?P<%s%d>%s)", columnGroup, len(p.types), p.form(o, i))
			p.types = append(p.types, part.To)
		case o.Mode == ir.ParseRegex:
			b.WriteString(part.Text)
		default:
			b.WriteString(regexp.QuoteMeta(part.Text))
		}
	}
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, errorAt(o.At, "the pattern of parse: %v", err)
	}
	p.re = re
	for i := range p.types {
		p.groups = append(p.groups, re.SubexpIndex(fmt.Sprint(columnGroup, i)))
	}
	return p, nil
}

// columnGroup begins the names of the groups that are columns, apart from the pattern's own groups.
const columnGroup = "huntc_column_"

// form is the regular expression of the column at o.Parts[i].
func (p *parser) form(o *ir.Parse, i int) string {
	t := o.Parts[i].To
	last := i == len(o.Parts)-1
	textFollows := !last && !o.Parts[i+1].Star && o.Parts[i+1].Name == ""
	typed, ends := typedForms[t]
	number := t == ir.Int || t == ir.Long || t == ir.Real || t == ir.Decimal
	switch {
	case o.Mode == ir.ParseRegex && number:
		return typed
	case o.Mode == ir.ParseRegex:
		return ".*"
	case last:
		return ".*"
	case textFollows && o.Mode == ir.ParseSimple && number:
		return typed + `\s*`
	case textFollows, !ends:
		return ".*?"
	case o.Mode == ir.ParseRelaxed:
		return "(?:" + typed + ")?"
	default:
		return typed
	}
}

// match returns the values of the columns; ok is false when the text does not match.
func (p *parser) match(s string) (vals []ir.Value, ok bool, err error) {
	m := p.re.FindStringSubmatchIndex(s)
	if m == nil {
		return nil, false, nil
	}
	for i, g := range p.groups {
		v := ir.Value{Type: p.types[i]}
		if m[2*g] >= 0 {
			if v, err = cast(text(s[m[2*g]:m[2*g+1]]), p.types[i]); err != nil {
				return nil, false, err
			}
		}
		if v.IsNull() && p.strict && v.Type != ir.String && v.Type != ir.Dynamic {
			return nil, false, nil
		}
		vals = append(vals, v)
	}
	return vals, true, nil
}

func (r *runner) parse(t *rel, o *ir.Parse) (*rel, error) {
	p, err := newParser(o)
	if err != nil {
		return nil, err
	}
	cols := slices.Clone(t.cols)
	var at []int
	for _, part := range o.Parts {
		if part.Name != "" {
			at = append(at, place(&cols, ir.Column{Name: part.Name, Type: part.To}))
		}
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		v, err := r.eval(t, row, o.X)
		if err != nil {
			return false, err
		}
		vals, ok, err := p.match(asText(scalar(v)))
		if err != nil {
			return false, errorAt(o.At, "parse: %v", err)
		}
		if !ok && o.Drop {
			return true, nil
		}
		n := make([]ir.Value, len(cols))
		copy(n, row)
		for i, j := range at {
			n[j] = r.null(cols[j].Type)
			if ok {
				n[j] = r.settle(vals[i])
			}
		}
		return yield(n), nil
	})
	return out, nil
}
