package syntax

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/diag"
)

// optionKind is what the value of an option can be.
type optionKind int

const (
	optText optionKind = iota
	optBool
	optInt
	optNum
	optField
	optSpan
	optEnum
	optTop // top5, bottom5 or 5
)

// option describes an option of a command.
type option struct {
	kind   optionKind
	values []string // of optEnum
}

// atOption reports whether name= stands here.
func (p *parser) atOption() bool {
	p.blank()
	i := p.off
	for i < p.stop && (isLetter(p.text[i]) || isDigit(p.text[i]) || p.text[i] == '_' || p.text[i] == '.') {
		i++
	}
	if i == p.off {
		return false
	}
	for i < p.stop && p.text[i] == ' ' {
		i++
	}
	return i < p.stop && p.text[i] == '=' && (i+1 >= p.stop || p.text[i+1] != '=')
}

// option reads name=value and checks both.
func (p *parser) option(known map[string]option) *Option {
	p.blank()
	a := p.off
	for isLetter(p.peek(0)) || isDigit(p.peek(0)) || p.peek(0) == '_' || p.peek(0) == '.' {
		p.off++
	}
	name := &Name{p.place(a, p.off), strings.ToLower(p.text[a:p.off]), false}
	fact, ok := known[name.Text]
	if !ok {
		p.unknown("option", name, slices.Sorted(maps.Keys(known)))
	}
	p.accept("=")
	p.blank()
	o := &Option{Name: name}
	if p.atEnd() {
		p.expected("a value of " + name.Text)
		return o
	}
	o.Value = p.optionValue()
	o.At = p.span(a, p.off)
	if ok && !p.failed {
		p.checkOption(o, fact)
	}
	return o
}

func (p *parser) optionValue() *Value {
	if p.peek(0) == '"' {
		return p.quoted(regexEscapes)
	}
	a, b := p.bare(stopValue)
	if a == b {
		p.expected("a value")
	}
	return &Value{at: p.place(a, b), Text: p.text[a:b]}
}

func (p *parser) checkOption(o *Option, fact option) {
	v := o.Value.Text
	var want string
	switch fact.kind {
	case optBool:
		if !isBool(v) {
			want = "true or false"
		}
	case optInt:
		if _, err := strconv.Atoi(v); err != nil {
			want = "a whole number"
		}
	case optNum:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			want = "a number"
		}
	case optSpan:
		if !validSpan(v) {
			want = "a span such as 5m"
		}
	case optEnum:
		if !slices.Contains(fact.values, strings.ToLower(v)) {
			want = strings.Join(fact.values, " or ")
		}
	case optTop:
		if !isNumber(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(v), "top"), "bottom")) {
			want = "a number, top5 or bottom5"
		}
	case optField, optText:
	}
	if want != "" && !strings.Contains(v, "$") {
		p.add(CodeArguments, diag.Error, o.Value.At, o.Name.Text+" is "+want+", found "+v)
	}
}

func isBool(v string) bool {
	switch strings.ToLower(v) {
	case "t", "true", "f", "false", "1", "0", "yes", "no", "y", "n":
		return true
	}
	return false
}

// validSpan takes a length of time, a number, a logarithmic span and auto (searchbnf.conf [bin-span], [log-span]).
func validSpan(v string) bool {
	if _, _, ok := ParseSpan(v); ok {
		return true
	}
	if v == "auto" || isNumber(v) {
		return true
	}
	if before, after, ok := strings.Cut(v, "log"); ok {
		return (before == "" || isNumber(before)) && (after == "" || isNumber(after))
	}
	if before, after, ok := strings.Cut(v, "@"); ok { // timechart: 1w@w0
		_, _, ok = ParseSpan(before)
		return ok && timeUnits[after] != ""
	}
	return false
}

// field reads a field name or pattern: a word, or text in double or single quotes.
func (p *parser) field(what string) *Name {
	p.blank()
	switch p.peek(0) {
	case '"':
		v := p.quoted(searchEscapes)
		return &Name{v.at, v.Text, true}
	case '\'':
		v := p.quoted(searchEscapes)
		return &Name{v.at, v.Text, true}
	}
	a, b := p.bare(stopBy)
	if a == b || p.atWordOperator(a, b) {
		p.off = a
		p.expected(what)
		return &Name{at: p.place(a, a)}
	}
	p.off = p.columnName(b)
	return &Name{p.place(a, p.off), p.text[a:p.off], false}
}

// columnName is the end of a name that ends at b, with the parentheses of the column that an aggregation without AS makes: count(x).
func (p *parser) columnName(b int) int {
	if b >= p.stop || p.text[b] != '(' {
		return b
	}
	for i := b + 1; i < p.stop && p.text[i] > ' ' && strings.IndexByte("([]|,\"`", p.text[i]) < 0; i++ {
		if p.text[i] == ')' {
			return i + 1
		}
	}
	return b
}

func (p *parser) atWordOperator(a, b int) bool { return b == a+1 && p.text[a] == '+' }

// names reads a list of fields, separated by commas or blanks, up to the end of the command or a word of stops.
func (p *parser) names(what string, wild bool, stops ...string) []*Name {
	var out []*Name
	for !p.atEnd() {
		if p.atOption() || slices.ContainsFunc(stops, p.atKeyword) {
			break
		}
		if c := p.peek(0); c == '(' || c == ')' || c == '[' {
			break
		}
		if c := p.peek(0); c == '`' {
			m := p.macro()
			out = append(out, &Name{m.at, "`" + m.Name + "`", false})
			continue
		}
		n := p.field(what)
		if p.failed {
			break
		}
		if n.Wild() && !wild && !n.Quoted {
			p.add(CodeSyntax, diag.Error, n.At, "BY takes no wildcards: name the fields")
		}
		out = append(out, n)
		if comma := p.off; p.accept(",") && p.atEnd() {
			p.add(CodeSyntax, diag.Warning, p.span(comma, comma+1), "a comma with nothing behind it")
		}
	}
	if len(out) == 0 {
		p.expected(what)
	}
	return out
}

// count reads a whole number on its own; nil when there is none.
func (p *parser) count() *Value {
	p.blank()
	i := p.off
	for i < p.stop && isDigit(p.text[i]) {
		i++
	}
	if i == p.off || i < p.stop && p.text[i] > ' ' && p.text[i] != '|' && p.text[i] != ']' && p.text[i] != ',' {
		return nil
	}
	v := &Value{at: p.place(p.off, i), Text: p.text[p.off:i]}
	p.off = i
	return v
}

// pattern reads a regular expression: a string, or a word without blanks.
func (p *parser) pattern() *Value {
	if p.atEnd() {
		p.expected("a regular expression")
		return &Value{at: p.place(p.off, p.off)}
	}
	var v *Value
	if p.peek(0) == '"' {
		v = p.quoted(regexEscapes)
	} else {
		from := p.off
		for p.off < p.stop && p.text[p.off] > ' ' && p.text[p.off] != '|' {
			p.off++
		}
		v = &Value{at: p.place(from, p.off), Text: p.text[from:p.off]}
	}
	if !p.failed {
		p.checkRegex(v.At, v.Text)
	}
	return v
}
