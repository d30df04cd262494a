package syntax

type (
	// Reverse is reverse.
	Reverse struct{ cmd }
	// Tail is tail; N is nil when not written.
	Tail struct {
		cmd
		N *Value
	}
	// Uniq is uniq.
	Uniq struct{ cmd }
	// Filldown is filldown; no names stand for all fields.
	Filldown struct {
		cmd
		Names []*Name
	}
	// Accum is accum; As is nil when not written.
	Accum struct {
		cmd
		Field, As *Name
	}
	// Delta is delta; As is nil when not written.
	Delta struct {
		cmd
		Options   OptionList
		Field, As *Name
	}
	// Autoregress is autoregress; As is nil when not written. The option p is a number or a range of numbers.
	Autoregress struct {
		cmd
		Options   OptionList
		Field, As *Name
	}
	// Addtotals is addtotals, or addcoltotals: see Name. No names stand for all fields.
	Addtotals struct {
		cmd
		Options OptionList
		Names   []*Name
	}
)

// Options of the commands that read rows in their order, and of those that add up.
var (
	// [delta-command]
	deltaOptions = map[string]option{"p": {kind: optInt}}

	// [autoregress-command]
	autoregressOptions = map[string]option{"p": {}}

	// [addtotals-command]
	addtotalsOptions = map[string]option{"row": {kind: optBool}, "col": {kind: optBool}, "labelfield": {kind: optField}, "label": {}, "fieldname": {kind: optField}}

	// [addcoltotals-command]
	addcoltotalsOptions = map[string]option{"labelfield": {kind: optField}, "label": {}}
)

func (p *parser) tail(c cmd) Command {
	return &Tail{c, p.count()}
}

func (p *parser) filldown(c cmd) Command {
	f := &Filldown{cmd: c}
	if !p.atEnd() {
		f.Names = p.names("a field", true)
	}
	return f
}

func (p *parser) accum(c cmd) Command {
	a := &Accum{cmd: c}
	a.Field, a.As = p.fieldAs(nil, nil)
	return a
}

func (p *parser) delta(c cmd) Command {
	d := &Delta{cmd: c}
	d.Field, d.As = p.fieldAs(deltaOptions, &d.Options)
	return d
}

func (p *parser) autoregress(c cmd) Command {
	a := &Autoregress{cmd: c}
	a.Field, a.As = p.fieldAs(autoregressOptions, &a.Options)
	return a
}

// fieldAs reads a field with or without AS, and the options that a command takes.
func (p *parser) fieldAs(known map[string]option, opts *OptionList) (field, as *Name) {
	for !p.atEnd() {
		switch {
		case known != nil && p.atOption():
			*opts = append(*opts, p.option(known))
		case field == nil:
			field = p.field("a field")
		case as == nil && p.keyword("as"):
			as = p.field("a new name")
		default:
			p.expected("AS, an option or the end of the command")
		}
	}
	return p.required(field), as
}

func (p *parser) addtotals(c cmd, known map[string]option) Command {
	a := &Addtotals{cmd: c}
	for !p.atEnd() {
		if p.atOption() {
			a.Options = append(a.Options, p.option(known))
			p.accept(",") // fieldname=Score, a, b
			continue
		}
		a.Names = append(a.Names, p.names("a field", true)...)
	}
	return a
}
