package syntax

import (
	"strings"

	"github.com/huntc/huntc/diag"
)

func (p *parser) lookup(c cmd) Command {
	l := &Lookup{cmd: c}
	for !p.atEnd() && p.atOption() {
		l.Options = append(l.Options, p.option(lookupOptions))
	}
	if p.atEnd() {
		p.expected("a lookup")
		return l
	}
	l.Table = p.field("a lookup")
	l.In = p.pairs("output", "outputnew")
	for _, word := range []string{"OUTPUTNEW", "OUTPUT"} {
		if l.Output == "" && p.keyword(word) {
			l.Output = word
			l.Out = p.pairs()
		}
	}
	return l
}

// pairs reads names with or without AS, separated by commas or blanks.
func (p *parser) pairs(stops ...string) []*Pair {
	var out []*Pair
	for !p.atEnd() {
		stop := false
		for _, s := range stops {
			stop = stop || p.atKeyword(s)
		}
		if stop {
			break
		}
		from := p.off
		pair := &Pair{From: p.field("a field")}
		if !p.failed && p.keyword("as") {
			pair.To = p.field("a field behind AS")
		}
		pair.At = p.span(from, p.end())
		out = append(out, pair)
		p.accept(",")
	}
	if len(out) == 0 {
		p.expected("a field")
	}
	return out
}

func (p *parser) inputlookup(c cmd) Command {
	l := &InputLookup{cmd: c}
	for !p.atEnd() {
		switch {
		case p.keyword("where"):
			if l.Table == nil {
				p.off -= len("where")
				p.expected("a lookup")
				return l
			}
			if l.Where = p.searchExpr(); l.Where == nil {
				p.expected("a term")
			}
		case p.atOption():
			l.Options = append(l.Options, p.option(inputlookupOptions))
		case l.Table == nil:
			l.Table = p.field("a lookup")
		default:
			p.expected("WHERE or the end of the command")
		}
	}
	if l.Table == nil {
		p.expected("a lookup")
	}
	return l
}

func (p *parser) join(c cmd) Command {
	j := &Join{cmd: c}
	for !p.atEnd() {
		switch {
		case p.peek(0) == '[':
			if j.Sub != nil {
				p.expected("the end of the command")
				return j
			}
			j.Sub = p.subsearch()
		case j.Sub != nil:
			p.expected("the end of the command")
		case p.keyword("where"):
			p.equalities(j)
		case p.atOption():
			j.Options = append(j.Options, p.option(joinOptions))
		case p.atWord("datamodel:") || p.atWord("savedsearch:") || p.atWord("inputlookup:"):
			j.Dataset = p.dataset()
		default:
			j.Fields = append(j.Fields, p.names("a field", false, "where")...)
		}
	}
	if j.Sub == nil && j.Dataset == nil {
		p.expected("a subsearch in [ ]")
	}
	return j
}

// dataset reads kind:"name".
func (p *parser) dataset() *Value {
	from := p.off
	p.bare("\"|[]")
	if p.peek(0) == '"' {
		p.quoted(searchEscapes)
	}
	return &Value{at: p.place(from, p.off), Text: p.text[from:p.off]}
}

func (p *parser) equalities(j *Join) {
	for !p.atEnd() && p.peek(0) != '[' {
		from := p.off
		e := &Equality{Left: p.field("a field of the left side")}
		if !p.failed && !p.accept("=") {
			p.expected("= and a field of the right side")
		}
		if !p.failed {
			e.Right = p.field("a field of the right side")
		}
		e.At = p.span(from, p.end())
		j.Where = append(j.Where, e)
		p.keyword("and")
	}
}

func (p *parser) append(c cmd) Command {
	a := &Append{cmd: c}
	for !p.atEnd() && p.peek(0) != '[' {
		if !p.atOption() {
			p.expected("a subsearch in [ ]")
			return a
		}
		a.Options = append(a.Options, p.option(appendOptions))
	}
	if !p.failed {
		a.Sub = p.subsearch()
	}
	return a
}

func (p *parser) dedup(c cmd) Command {
	d := &Dedup{cmd: c, N: p.count()}
	for !p.atEnd() {
		switch {
		case p.keyword("sortby"):
			d.SortBy, _ = p.sortKeys()
		case p.atOption():
			d.Options = append(d.Options, p.option(dedupOptions))
		case d.SortBy == nil:
			d.Fields = append(d.Fields, p.names("a field", true, "sortby")...)
		default:
			p.expected("the end of the command")
		}
	}
	if len(d.Fields) == 0 {
		p.expected("a field")
	}
	return d
}

func (p *parser) sort(c cmd) Command {
	s := &Sort{cmd: c, N: p.count()}
	if p.atOption() {
		s.N = p.option(sortOptions).Value
	}
	s.Keys, s.Reverse = p.sortKeys()
	return s
}

// sortTypes are the words that say how a key is compared (searchbnf.conf [sort-field]). Read-only.
var sortTypes = []string{"auto", "str", "ip", "num"}

// sortKeys reads the keys of sort. A sign with a blank behind it holds for all following keys without one of their own; a trailing
// d or desc reverses the order.
func (p *parser) sortKeys() (keys []*SortKey, reverse bool) {
	desc := false
	for !p.atEnd() {
		k := &SortKey{Desc: desc}
		from := p.off
		if c := p.peek(0); c == '-' || c == '+' {
			k.Desc = c == '-'
			p.off++
			if n := p.peek(0); n == ' ' || n == '\t' {
				desc = k.Desc
			}
		}
		if p.atEnd() {
			p.expected("a field")
			break
		}
		p.sortField(k)
		if p.failed {
			break
		}
		k.At = p.span(from, p.off)
		p.accept(",")
		if word := strings.ToLower(k.Field.Text); len(keys) > 0 && k.Kind == "" && !k.Field.Quoted && p.atEnd() {
			switch word {
			case "d", "desc":
				return keys, true
			case "a", "asc":
				return keys, false
			}
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		p.expected("a field")
	}
	return keys, false
}

func (p *parser) sortField(k *SortKey) {
	for _, t := range sortTypes {
		if p.atWord(t + "(") {
			k.Kind = t
			p.off += len(t) + 1
			k.Field = p.aggField()
			if !p.failed && !p.accept(")") {
				p.expected(")")
			}
			return
		}
	}
	k.Field = p.field("a field")
}

func (p *parser) head(c cmd) Command {
	h := &Head{cmd: c}
	for !p.atEnd() {
		switch {
		case p.peek(0) == '(' && h.Cond == nil && h.N == nil:
			p.off++
			open := p.off - 1
			h.Cond = p.expression()
			if !p.failed && !p.accept(")") {
				p.notClosed(open)
			}
			if !p.failed {
				p.condition(h.Cond, "head")
			}
		case p.atOption():
			h.Options = append(h.Options, p.option(headOptions))
		case h.N == nil && h.Cond == nil:
			if h.N = p.count(); h.N == nil {
				from, to := p.found()
				p.add(CodeArguments, diag.Error, p.span(from, to), "expected a number or a condition in parentheses, found "+p.describe())
				p.failed = true
			}
		default:
			p.expected("an option or the end of the command")
		}
	}
	return h
}
