package syntax

import (
	"strings"

	"github.com/huntc/huntc/diag"
)

func (p *parser) stats(c cmd) Command {
	s := &Stats{cmd: c}
	word := strings.ToLower(c.Name.Text)
	known := map[string]map[string]option{"stats": statsOptions, "eventstats": eventstatsOptions, "streamstats": streamstatsOptions}[word]
	for !p.atEnd() {
		switch {
		case p.atOption():
			p.statsOption(s, known)
		case p.keyword("by") || p.keyword("groupby"):
			s.By = append(s.By, p.names("a field", false)...)
		default:
			s.Aggs = append(s.Aggs, p.agg())
			p.accept(",")
		}
	}
	p.checkAggs(s.Aggs, c.Name, s.By)
	return s
}

// statsOption reads an option; reset_before and reset_after hold an eval expression in parentheses or quotes.
func (p *parser) statsOption(s *Stats, known map[string]option) {
	save := p.off
	for _, name := range []string{"reset_before", "reset_after"} {
		if !strings.HasPrefix(strings.ToLower(p.rest()), name) {
			continue
		}
		p.off += len(name)
		p.blank()
		if p.accept("=") && p.accept("(") {
			if s.Reset == nil {
				s.Reset = map[string]Expr{}
			}
			if s.Reset[name] = p.expression(); !p.failed && !p.accept(")") {
				p.expected(")")
			}
			return
		}
		p.off = save
	}
	s.Options = append(s.Options, p.option(known))
}

// agg reads an aggregation: func, func(field), func(eval(x)), each with AS and a name.
func (p *parser) agg() *Agg {
	p.blank()
	from := p.off
	a := &Agg{}
	if p.peek(0) == '`' {
		a.Macro = p.macro()
		a.At = p.span(from, p.off)
		return a
	}
	x, y := p.bare(stopBy)
	if x == y || p.failed {
		p.expected("an aggregation")
		return a
	}
	a.Func = &Name{p.place(x, y), p.text[x:y], false}
	p.blank()
	if p.peek(0) == '(' {
		p.aggArg(a)
	} else {
		p.off = y
	}
	if !p.failed {
		p.checkAgg(a, from)
	}
	if !p.failed && p.keyword("as") {
		if p.atEnd() {
			p.expected("a name behind AS")
		} else {
			a.As = p.field("a name behind AS")
		}
	}
	a.At = p.span(from, p.end())
	if !p.failed && a.Eval != nil && a.As == nil && !p.aggs && strings.EqualFold(a.Func.Text, "count") {
		p.add(CodeArguments, diag.Error, a.At, "count(eval(…)) needs AS and a name")
	}
	return a
}

func (p *parser) aggArg(a *Agg) {
	open := p.off
	p.off++
	switch word := strings.ToLower(a.Func.Text); {
	case p.accept(")"):
		return
	case word == "eval":
		save := p.aggs
		p.aggs = true
		a.Eval = p.expression()
		p.aggs = save
	case word == "sparkline":
		p.sparkline(a)
		return
	case p.atWord("eval("):
		p.off += len("eval(")
		a.Eval = p.expression()
		if !p.failed && !p.accept(")") {
			p.notClosed(open)
		}
	case p.atWord("PREFIX("):
		a.Prefix = true
		p.off += len("PREFIX(")
		x := p.off
		for p.off < p.stop && strings.IndexByte(")|\n", p.text[p.off]) < 0 {
			p.off++
		}
		a.Arg = &Name{p.place(x, p.off), p.text[x:p.off], false}
		p.accept(")")
	default:
		a.Arg = p.aggField()
	}
	if !p.failed && !p.accept(")") {
		p.notClosed(open)
	}
}

func (p *parser) atWord(w string) bool {
	p.blank()
	return p.off+len(w) <= p.stop && strings.EqualFold(p.text[p.off:p.off+len(w)], w)
}

func (p *parser) aggField() *Name {
	p.blank()
	if p.peek(0) == '"' || p.peek(0) == '\'' {
		v := p.quoted(searchEscapes)
		return &Name{v.at, v.Text, true}
	}
	from := p.off
	for p.off < p.stop && strings.IndexByte("()|[]\"`,", p.text[p.off]) < 0 {
		p.off++
	}
	text := strings.TrimRight(p.text[from:p.off], " \t\n")
	if text == "" {
		p.expected("a field")
	}
	return &Name{p.place(from, from+len(text)), text, false}
}

// sparkline reads the parentheses of sparkline(count(x), 5m) as far as they balance; it draws and yields no value.
func (p *parser) sparkline(a *Agg) {
	a.Spark = true
	depth := 1
	for ; p.off < p.stop; p.off++ {
		switch p.text[p.off] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.off++
				return
			}
		case '|', '[', ']':
			p.expected(")")
			return
		}
	}
	p.expected(")")
}

func (p *parser) checkAgg(a *Agg, from int) {
	name := strings.ToLower(a.Func.Text)
	if name == "eval" || name == "sparkline" {
		return
	}
	if !isAggFunc(name) {
		p.unknown("aggregation function", a.Func, aggFuncNames())
		return
	}
	if !aggFuncs[name].bare && a.Arg == nil && a.Eval == nil {
		p.add(CodeArguments, diag.Error, a.Func.At, a.Func.Text+" needs a field: "+a.Func.Text+"(field)")
	}
}

// checkAggs checks what the list of aggregations must be: not empty, and no aggregation of a field under two names (stats command).
func (p *parser) checkAggs(aggs []*Agg, word *Name, by []*Name) {
	if p.failed {
		return
	}
	if len(aggs) == 0 {
		switch {
		case len(by) > 0:
			p.add(CodeSyntax, diag.Error, diag.Span{Pos: word.At.End, End: word.At.End}, "expected an aggregation before BY")
		default:
			p.expected("an aggregation")
		}
		return
	}
	seen := map[string]*Agg{}
	for _, a := range aggs {
		if a.Func == nil || a.Arg == nil || a.Spark {
			continue
		}
		key := strings.ToLower(a.Func.Text) + "(" + a.Arg.Text + ")"
		if other := seen[key]; other != nil && other.Column() != a.Column() {
			p.add(CodeArguments, diag.Error, a.At, key+" cannot have two names: it is "+other.Column()+" already")
		}
		seen[key] = a
	}
}

func (p *parser) tstats(c cmd) Command {
	t := &Tstats{cmd: c}
	for !p.atEnd() {
		switch {
		case p.peek(0) == '`':
			t.Macros = append(t.Macros, p.macro())
		case p.keyword("from"):
			p.tstatsFrom(t)
		case p.keyword("where"):
			p.stopBy = true
			t.Where = p.searchExpr()
			p.stopBy = false
			if t.Where == nil {
				p.expected("a term")
			}
		case p.keyword("by") || p.keyword("groupby"):
			t.By = append(t.By, p.tstatsBy()...)
		case p.atOption():
			p.tstatsOption(t)
		case len(t.By) > 0 && t.BySpan != nil:
			t.By = append(t.By, p.tstatsBy()...) // BY _time span=1h host
		default:
			t.Aggs = append(t.Aggs, p.agg())
			p.accept(",")
		}
	}
	if len(t.Aggs) == 0 && !p.failed {
		at := diag.Span{Pos: c.Name.At.End, End: c.Name.At.End}
		p.add(CodeSyntax, diag.Error, at, "expected an aggregation behind tstats")
	}
	return t
}

func (p *parser) tstatsOption(t *Tstats) {
	o := p.option(tstatsOptions)
	if o.Name.Text == "span" {
		t.BySpan = o.Value
		if len(t.By) > 0 {
			p.accept(",") // BY _time span=1h, host
		}
		return
	}
	t.Options = append(t.Options, o)
}

// tstatsFrom reads FROM namespace, datamodel=X, datamodel X and sid=X.
func (p *parser) tstatsFrom(t *Tstats) {
	t.Source = "namespace"
	for _, kind := range []string{"datamodel", "sid"} {
		if p.atWord(kind) {
			c := p.peek(len(kind))
			if c == '=' || c == ' ' || c == ':' {
				t.Source = kind
				p.off += len(kind)
				if !p.accept("=") {
					p.accept(":")
				}
			}
		}
	}
	p.blank()
	if p.atEnd() {
		p.expected("a name behind FROM")
		return
	}
	t.From = p.optionValue()
}

// tstatsBy reads the fields of BY: names and PREFIX(name).
func (p *parser) tstatsBy() []*Name {
	var out []*Name
	for !p.atEnd() && !p.atOption() {
		if p.atKeyword("where") || p.atKeyword("from") {
			break
		}
		p.blank()
		from := p.off
		if p.atWord("PREFIX(") {
			n := strings.IndexByte(p.rest(), ')')
			if n < 0 {
				p.expected("PREFIX(name)")
				break
			}
			p.off += n + 1
			out = append(out, &Name{p.place(from, p.off), p.text[from:p.off], false})
		} else {
			out = append(out, p.names("a field", false, "where", "from", "prefix(")...)
		}
		p.accept(",")
	}
	if len(out) == 0 {
		p.expected("a field")
	}
	return out
}

func (p *parser) timechart(c cmd) Command {
	t := &Timechart{cmd: c}
	for !p.atEnd() {
		switch {
		case p.atOption() && t.By != nil:
			t.Split = append(t.Split, p.option(timechartOptions))
		case p.atOption():
			t.Options = append(t.Options, p.timechartOption())
		case t.By != nil && p.keyword("where"):
			from := p.off
			p.skip()
			t.Filter = &Value{at: p.place(from, p.end()), Text: strings.TrimSpace(p.text[from:p.end()])}
		case t.By == nil && p.keyword("by"):
			t.By = p.field("a field")
		case t.By == nil:
			t.Aggs = append(t.Aggs, p.agg())
			p.accept(",")
		default:
			p.expected("an option, WHERE or the end of the command")
		}
	}
	if len(t.Aggs) == 0 {
		p.expected("an aggregation")
	}
	return t
}

// timechartOption reads an option; agg= holds an aggregation.
func (p *parser) timechartOption() *Option {
	if !p.atWord("agg") {
		return p.option(timechartOptions)
	}
	from := p.off
	p.off += len("agg")
	name := &Name{p.place(from, p.off), "agg", false}
	p.accept("=")
	p.blank()
	x := p.off
	a := p.agg()
	return &Option{p.place(from, p.end()), name, &Value{at: a.at, Text: p.text[x:p.end()]}}
}

func (p *parser) top(c cmd) Command {
	t := &Top{cmd: c, N: p.count()}
	for !p.atEnd() {
		switch {
		case p.atOption():
			t.Options = append(t.Options, p.option(topOptions))
		case p.keyword("by"):
			t.By = append(t.By, p.names("a field", false)...)
		case t.By == nil:
			t.Fields = append(t.Fields, p.names("a field", false, "by")...)
		default:
			p.expected("the end of the command")
		}
	}
	if len(t.Fields) == 0 {
		p.expected("a field")
	}
	return t
}
