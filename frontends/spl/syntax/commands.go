package syntax

import (
	"strings"

	"github.com/huntc/huntc/diag"
)

func (p *parser) search(c cmd) Command {
	s := &Search{cmd: c}
	s.Expr = p.searchExpr()
	return s
}

func (p *parser) where(c cmd) Command {
	w := &Where{cmd: c}
	w.Pred = p.expression()
	if !p.failed {
		p.condition(w.Pred, "where")
	}
	return w
}

func (p *parser) eval(c cmd) Command {
	e := &Eval{cmd: c}
	for !p.failed {
		a := p.assign()
		e.Assigns = append(e.Assigns, a)
		if p.failed || p.atEnd() {
			break
		}
		if !p.accept(",") {
			p.expected("an operator, a comma or the end of the command")
		}
	}
	return e
}

func (p *parser) assign() *Assign {
	p.blank()
	from := p.off
	a := &Assign{Field: p.evalTarget()}
	if !p.failed && !p.accept("=") {
		p.expected("= and an expression")
	}
	if !p.failed {
		a.X = p.expression()
	}
	if a.X == nil {
		a.X = p.badExpr(p.off)
	}
	if !p.failed {
		p.value(a.X)
	}
	a.At = p.span(from, p.end())
	return a
}

// evalTarget reads the field that eval writes: a word with any characters but = and blanks, or a name in quotes.
func (p *parser) evalTarget() *Name {
	p.blank()
	if p.atEnd() {
		p.expected("a field")
		return &Name{at: p.place(p.off, p.off)}
	}
	switch p.peek(0) {
	case '"', '\'':
		v := p.quoted(evalEscapes)
		return &Name{v.at, v.Text, true}
	}
	from := p.off
	for p.off < p.stop {
		c := p.text[p.off]
		if c == '<' && p.peek(1) == '<' {
			if a, b := p.evalName(); b > a {
				continue
			}
		}
		if c <= ' ' || strings.IndexByte("|[](),=\"'`<>", c) >= 0 {
			break
		}
		p.off++
	}
	if p.off == from {
		p.expected("a field")
	}
	return &Name{p.place(from, p.off), p.text[from:p.off], false}
}

func (p *parser) regex(c cmd) Command {
	r := &Regex{cmd: c}
	p.blank()
	save := p.off
	if p.peek(0) != '"' || p.quotedField() {
		r.Field = p.regexField()
		p.blank()
		switch {
		case r.Field == nil:
		case strings.HasPrefix(p.rest(), "!="):
			r.Negated = true
			p.off += 2
		case p.peek(0) == '=':
			p.off++
		default:
			r.Field = nil
		}
	}
	if r.Field == nil {
		p.off = save
	}
	p.blank()
	r.Pattern = p.pattern()
	return r
}

// quotedField reports whether the string at the cursor is a field name: = or != follows.
func (p *parser) quotedField() bool {
	save := p.off
	p.skipString()
	p.off++
	p.blank()
	c := p.peek(0)
	p.off = save
	return c == '=' || c == '!'
}

func (p *parser) regexField() *Name {
	if p.atEnd() {
		return nil
	}
	if p.peek(0) == '"' || p.peek(0) == '\'' {
		v := p.quoted(searchEscapes)
		return &Name{v.at, v.Text, true}
	}
	a, b := p.bare(stopArg)
	if a == b {
		return nil
	}
	return &Name{p.place(a, b), p.text[a:b], false}
}

func (p *parser) rex(c cmd) Command {
	r := &Rex{cmd: c}
	for !p.atEnd() {
		if p.peek(0) != '"' && p.atOption() {
			r.Options = append(r.Options, p.option(rexOptions))
			continue
		}
		if r.Pattern != nil {
			p.expected("an option or the end of the command")
			return r
		}
		if v := r.Options.Get("mode"); v != nil {
			r.Sed = true
			r.Pattern = p.sed()
			continue
		}
		r.Pattern = p.pattern()
		if p.failed {
			return r
		}
	}
	if r.Pattern == nil {
		p.expected("a regular expression")
		return r
	}
	if r.Sed = r.Options.Get("mode") != nil; r.Sed || p.failed {
		return r
	}
	if r.Groups = groupNames(r.Pattern.Text); len(r.Groups) == 0 && regexError(r.Pattern.Text) == "" {
		p.add(CodeArguments, diag.Error, r.Pattern.At, "the regular expression of rex has no named group: (?<name>…)")
	}
	return r
}

// sed reads s/regex/replacement/flags or y/from/to/ (rex command, "Sed expression").
func (p *parser) sed() *Value {
	v := &Value{}
	if p.peek(0) == '"' {
		v = p.quoted(regexEscapes)
	} else {
		a, b := p.bare("|[]\"")
		v = &Value{at: p.place(a, b), Text: p.text[a:b]}
	}
	if _, _, _, ok := SplitSed(v.Text); !ok && !p.failed {
		p.add(CodeArguments, diag.Error, v.At, "expected s/regular expression/replacement/flags or y/from/to/")
	}
	return v
}

// SplitSed cuts a sed expression into its parts. kind is 's' or 'y' as the first byte of flags.
func SplitSed(s string) (from, to, flags string, ok bool) {
	if len(s) < 4 || s[0] != 's' && s[0] != 'y' {
		return "", "", "", false
	}
	var parts []string
	last := 2
	for i := 2; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[1]:
			parts = append(parts, s[last:i])
			last = i + 1
		}
	}
	if len(parts) != 2 {
		return "", "", "", false
	}
	return parts[0], parts[1], s[:1] + s[last:], true
}

func (p *parser) rename(c cmd) Command {
	r := &Rename{cmd: c}
	for !p.failed {
		p.blank()
		from := p.off
		pair := &Pair{From: p.field("a field")}
		if !p.failed && !p.keyword("as") {
			p.expected("AS and a new name")
		}
		if !p.failed {
			pair.To = p.field("a new name")
		}
		if p.failed {
			break
		}
		pair.At = p.span(from, p.off)
		r.Pairs = append(r.Pairs, pair)
		if a, b := strings.Count(pair.From.Text, "*"), strings.Count(pair.To.Text, "*"); a != b {
			p.add(CodeSyntax, diag.Error, pair.At, "both sides need the same number of wildcards")
		}
		p.accept(",")
		if p.atEnd() {
			break
		}
	}
	return r
}

func (p *parser) fields(c cmd) Command {
	f := &Fields{cmd: c}
	p.blank()
	switch p.peek(0) {
	case '-':
		f.Remove = true
		p.off++
	case '+':
		p.off++
	}
	f.Names = p.names("a field", true)
	return f
}

func (p *parser) table(c cmd) Command {
	return &Table{c, p.names("a field", true)}
}

func (p *parser) fillnull(c cmd) Command {
	f := &Fillnull{cmd: c}
	for !p.atEnd() {
		if p.atOption() {
			f.Value = p.option(fillnullOptions).Value
			continue
		}
		f.Names = append(f.Names, p.names("a field", true)...)
	}
	return f
}

func (p *parser) bin(c cmd) Command {
	b := &Bin{cmd: c}
	for !p.atEnd() {
		switch {
		case p.atOption():
			b.Options = append(b.Options, p.option(binOptions))
		case b.Field == nil:
			b.Field = p.field("a field")
		case b.As == nil && p.keyword("as"):
			b.As = p.field("a new name")
		default:
			p.expected("an option, AS or the end of the command")
		}
	}
	if b.Field == nil {
		p.expected("a field")
	}
	return b
}

func (p *parser) mvexpand(c cmd) Command {
	m := &MvExpand{cmd: c}
	for !p.atEnd() {
		switch {
		case p.atOption():
			m.Options = append(m.Options, p.option(mvexpandOptions))
		case m.Field == nil:
			m.Field = p.field("a field")
		default:
			p.expected("an option or the end of the command")
		}
	}
	if m.Field == nil {
		p.expected("a field")
	}
	return m
}

func (p *parser) spath(c cmd) Command {
	s := &Spath{cmd: c}
	for !p.atEnd() {
		switch {
		case p.peek(0) != '"' && p.atOption():
			s.Options = append(s.Options, p.option(spathOptions))
		case s.Path == nil:
			s.Path = p.optionValue()
		default:
			p.expected("an option or the end of the command")
		}
	}
	if v := s.Options.Get("path"); v != nil {
		s.Path = v
	}
	return s
}

func (p *parser) makeresults(c cmd) Command {
	m := &MakeResults{cmd: c}
	for !p.atEnd() {
		if !p.atOption() {
			p.expected("an option or the end of the command")
			break
		}
		m.Options = append(m.Options, p.option(makeresultsOptions))
	}
	return m
}

// other reads the arguments of a command that has no node: its subsearches as pipelines, the rest as text.
func (p *parser) other(c cmd) Command {
	o := &Other{cmd: c}
	p.blank()
	from := p.off
	for p.off < p.stop && !p.failed {
		switch ch := p.text[p.off]; ch {
		case '|', ']':
			o.Args = &Value{at: p.place(from, p.end()), Text: p.text[from:max(from, p.end())]}
			return o
		case '[':
			if s := p.subsearch(); s != nil {
				o.Subs = append(o.Subs, s)
			}
			continue
		case '"':
			p.quoted(searchEscapes)
			continue
		case '`':
			if strings.HasPrefix(p.rest(), "```") {
				p.blank()
			} else {
				p.macro()
			}
			continue
		case '\\':
			p.off++
		}
		p.off++
	}
	p.off = min(p.off, p.stop)
	o.Args = &Value{at: p.place(from, p.end()), Text: p.text[from:max(from, p.end())]}
	return o
}

func (p *parser) multisearch(c cmd) Command {
	o := p.other(c).(*Other)
	if len(o.Subs) < 2 && !p.failed {
		p.add(CodeArguments, diag.Error, c.Name.At, "multisearch takes at least two subsearches")
	}
	return o
}
