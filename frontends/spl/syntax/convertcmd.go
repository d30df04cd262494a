package syntax

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
)

// conversions are the functions of convert (searchbnf.conf [convert-function]). Read-only.
var conversions = []string{"auto", "ctime", "dur2sec", "memk", "mktime", "mstime", "none", "num", "rmcomma", "rmunit"}

// convertOptions is [convert-command]. Read-only.
var convertOptions = map[string]option{"timeformat": {}}

func (p *parser) convert(c cmd) Command {
	x := &Convert{cmd: c}
	for !p.atEnd() && !p.failed {
		if p.atOption() {
			x.Options = append(x.Options, p.option(convertOptions))
			continue
		}
		if f := p.conversion(); f != nil {
			x.Funcs = append(x.Funcs, f)
		}
		p.accept(",")
	}
	if len(x.Funcs) == 0 && !p.failed {
		p.expected("a conversion such as ctime(field)")
	}
	return x
}

func (p *parser) conversion() *Conversion {
	p.blank()
	from := p.off
	a, b := p.bare(stopArg + "(")
	if a == b {
		p.expected("a conversion such as ctime(field)")
		return nil
	}
	f := &Conversion{Func: &Name{p.place(a, b), p.text[a:b], false}}
	if !slices.Contains(conversions, strings.ToLower(f.Func.Text)) {
		p.unknown("conversion", f.Func, conversions)
		return nil
	}
	if p.peek(0) == '(' {
		open := p.off
		p.off++
		if !p.accept(")") {
			if f.Field = p.aggField(); !p.failed && !p.accept(")") {
				p.notClosed(open)
			}
		}
	}
	if !p.failed && p.keyword("as") {
		f.As = p.field("a name behind AS")
	}
	f.At = p.span(from, p.end())
	if f.As != nil && f.Field != nil && strings.Count(f.As.Text, "*") != strings.Count(f.Field.Text, "*") && !p.failed {
		p.add(CodeSyntax, diag.Error, f.At, "both sides need the same number of wildcards")
	}
	return f
}
