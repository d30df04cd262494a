package syntax

type (
	// Return is return; a pair without To is a field under its own name. Plain are the fields whose values stand alone ($field).
	Return struct {
		cmd
		N     *Value
		Pairs []*Pair
		Plain []*Name
	}
	// Format is format; Marks are its texts for rows and columns.
	Format struct {
		cmd
		Options OptionList
		Marks   []*Value
	}
)

// [format-command]
var formatOptions = map[string]option{"mvsep": {}, "maxresults": {kind: optInt}, "emptystr": {}, "quote": {kind: optBool}}

func (p *parser) returns(c cmd) Command {
	r := &Return{cmd: c, N: p.count()}
	for !p.atEnd() {
		from := p.off
		n := p.field("a field")
		if p.failed {
			break
		}
		if len(n.Text) > 1 && n.Text[0] == '$' && !n.Quoted {
			r.Plain = append(r.Plain, &Name{n.at, n.Text[1:], false})
		} else {
			pair := &Pair{From: n}
			if p.accept("=") {
				pair.From, pair.To = p.field("a field"), n
			}
			pair.At = p.span(from, p.end())
			r.Pairs = append(r.Pairs, pair)
		}
		p.accept(",")
	}
	if len(r.Pairs)+len(r.Plain) == 0 {
		p.expected("a field")
	}
	return r
}

func (p *parser) format(c cmd) Command {
	f := &Format{cmd: c}
	for !p.atEnd() {
		if p.peek(0) != '"' && p.atOption() {
			f.Options = append(f.Options, p.option(formatOptions))
			continue
		}
		f.Marks = append(f.Marks, p.word("a string"))
	}
	return f
}
