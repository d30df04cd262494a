package syntax

import (
	"regexp"
	"strings"

	"github.com/huntc/huntc/diag"
)

type (
	// Makemv is makemv.
	Makemv struct {
		cmd
		Options OptionList
		Field   *Name
	}
	// Nomv is nomv.
	Nomv struct {
		cmd
		Field *Name
	}
	// Mvcombine is mvcombine.
	Mvcombine struct {
		cmd
		Options OptionList
		Field   *Name
	}
	// Strcat is strcat: fields, and literals that are Quoted, put together into To.
	Strcat struct {
		cmd
		Options OptionList
		Parts   []*Name
		To      *Name
	}
	// Rangemap is rangemap; Ranges are options whose values are ranges.
	Rangemap struct {
		cmd
		Field   *Value
		Default *Value
		Ranges  OptionList
	}
	// Replace is replace; no names stand for all fields.
	Replace struct {
		cmd
		Pairs []*Rewrite
		Names []*Name
	}
	// Fieldformat is fieldformat.
	Fieldformat struct {
		cmd
		Assign *Assign
	}
	// Foreach is foreach; Template is the text between the brackets.
	Foreach struct {
		cmd
		Options  OptionList
		Names    []*Name
		Template *Value
	}
)

// Rewrite is From WITH To of replace.
type Rewrite struct {
	at
	From, To *Value
}

var (
	// [makemv-command]
	makemvOptions = map[string]option{"delim": {}, "tokenizer": {}, "allowempty": {kind: optBool}, "setsv": {kind: optBool}}

	// [mvcombine-command]
	mvcombineOptions = map[string]option{"delim": {}}

	// [strcat-command]
	strcatOptions = map[string]option{"allrequired": {kind: optBool}}

	// [foreach-command]; mode= and what belongs to it: foreach command 9.4
	foreachOptions = map[string]option{"fieldstr": {}, "matchstr": {}, "matchseg1": {}, "matchseg2": {}, "matchseg3": {},
		"mode": {kind: optEnum, values: []string{"multifield", "multivalue", "json_array", "auto_collections"}}, "itemstr": {}, "iterstr": {}}
)

func (p *parser) makemv(c cmd) Command {
	m := &Makemv{cmd: c}
	m.Options, m.Field = p.optionsAndField(makemvOptions)
	if v := m.Options.Get("tokenizer"); v != nil {
		p.checkRegex(v.At, v.Text)
		if m.Options.Get("delim") != nil {
			p.add(CodeArguments, diag.Error, v.At, "makemv takes delim or tokenizer, not both")
		}
	}
	return m
}

func (p *parser) nomv(c cmd) Command {
	n := &Nomv{cmd: c}
	_, n.Field = p.optionsAndField(nil)
	return n
}

func (p *parser) mvcombine(c cmd) Command {
	m := &Mvcombine{cmd: c}
	m.Options, m.Field = p.optionsAndField(mvcombineOptions)
	return m
}

// optionsAndField reads options and one field.
func (p *parser) optionsAndField(known map[string]option) (opts OptionList, field *Name) {
	for !p.atEnd() {
		switch {
		case known != nil && p.peek(0) != '"' && p.atOption():
			opts = append(opts, p.option(known))
		case field == nil:
			field = p.field("a field")
		default:
			p.expected("an option or the end of the command")
		}
	}
	return opts, p.required(field)
}

// required is the field, or an error and a place for it where the command ends without one.
func (p *parser) required(field *Name) *Name {
	if field == nil {
		p.expected("a field")
		field = &Name{at: p.place(p.off, p.off)}
	}
	return field
}

func (p *parser) strcat(c cmd) Command {
	s := &Strcat{cmd: c}
	for !p.atEnd() {
		if p.peek(0) != '"' && p.atOption() {
			s.Options = append(s.Options, p.option(strcatOptions))
			continue
		}
		s.Parts = append(s.Parts, p.field("a field or a string"))
	}
	if n := len(s.Parts); n < 3 {
		p.expected("two fields or strings and the field to write")
		s.To = &Name{at: p.place(p.off, p.off)}
	} else {
		s.To, s.Parts = s.Parts[n-1], s.Parts[:n-1]
	}
	return s
}

// rangeText is a range of rangemap ([attrn-range]).
var rangeText = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?)-(-?[0-9]+(?:\.[0-9]+)?)$`)

// Range is the bounds of a range of rangemap.
func Range(text string) (from, to string, ok bool) {
	m := rangeText.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func (p *parser) rangemap(c cmd) Command {
	r := &Rangemap{cmd: c}
	for !p.atEnd() {
		if !p.atOption() {
			p.expected("name=from-to")
			break
		}
		p.rangemapOption(r)
	}
	if !p.failed && (r.Field == nil || len(r.Ranges) == 0) {
		p.add(CodeArguments, diag.Error, c.Name.At, "rangemap needs field= and a range name=from-to")
	}
	return r
}

// rangemapOption reads field=, default= or a range, whose name is free and keeps its case.
func (p *parser) rangemapOption(r *Rangemap) {
	p.blank()
	from := p.off
	for p.off < p.stop && p.text[p.off] != '=' && p.text[p.off] > ' ' {
		p.off++
	}
	o := &Option{Name: &Name{p.place(from, p.off), p.text[from:p.off], false}}
	p.accept("=")
	p.blank()
	o.Value = p.optionValue()
	o.At = p.span(from, p.end())
	switch strings.ToLower(o.Name.Text) {
	case "field":
		r.Field = o.Value
	case "default":
		r.Default = o.Value
	default:
		r.Ranges = append(r.Ranges, o)
		if _, _, ok := Range(o.Value.Text); !ok && !p.failed {
			p.add(CodeArguments, diag.Error, o.Value.At, "a range is written from-to, such as 1-30, found "+o.Value.Text)
		}
	}
}

func (p *parser) replace(c cmd) Command {
	r := &Replace{cmd: c}
	for !p.atEnd() && !p.keyword("in") {
		p.blank()
		from := p.off
		w := &Rewrite{From: p.word("a value")}
		if !p.failed && !p.keyword("with") {
			p.expected("WITH and a new value")
		}
		if !p.failed {
			w.To = p.word("a new value")
		}
		if p.failed {
			return r
		}
		w.At = p.span(from, p.end())
		r.Pairs = append(r.Pairs, w)
		if a, b := strings.Count(w.From.Text, "*"), strings.Count(w.To.Text, "*"); b != 0 && a != b {
			p.add(CodeArguments, diag.Error, w.At, "the new value needs the same number of wildcards, or none")
		}
		p.accept(",")
	}
	switch {
	case p.failed:
	case len(r.Pairs) == 0:
		p.expected("a value, WITH and a new value")
	case !p.atEnd():
		r.Names = p.names("a field", true)
	}
	return r
}

// word reads a string or a word.
func (p *parser) word(what string) *Value {
	p.blank()
	if p.peek(0) == '"' {
		return p.quoted(searchEscapes)
	}
	a, b := p.bare("|[],\"`")
	if a == b {
		p.expected(what)
	}
	return &Value{at: p.place(a, b), Text: p.text[a:b]}
}

func (p *parser) fieldformat(c cmd) Command {
	return &Fieldformat{c, p.assign()}
}

func (p *parser) foreach(c cmd) Command {
	f := &Foreach{cmd: c}
	for !p.atEnd() && p.peek(0) != '[' {
		if p.atOption() {
			f.Options = append(f.Options, p.option(foreachOptions))
			continue
		}
		f.Names = append(f.Names, p.names("a field", true)...)
	}
	p.blank()
	switch {
	case p.failed:
	case len(f.Names) == 0:
		p.expected("a field")
	case p.peek(0) != '[':
		p.expected("a template in [ ]")
	default:
		f.Template = p.template()
	}
	return f
}

// template reads the text between brackets, which is read as commands once the names are put in.
func (p *parser) template() *Value {
	open := p.off
	p.off++
	from, depth := p.off, 1
	for ; p.off < p.stop; p.off++ {
		switch p.text[p.off] {
		case '\\':
			p.off++
		case '"':
			p.skipString()
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				v := &Value{at: p.place(from, p.off), Text: p.text[from:p.off]}
				p.off++
				return v
			}
		}
	}
	p.off = p.stop
	p.errorAt(CodeSyntax, open, open+1, "this [ is not closed, expected ]")
	p.failed = true
	return &Value{at: p.place(open, open)}
}
