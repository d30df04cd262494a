package syntax

type (
	// AppendPipe is appendpipe; the commands of Pipe read the rows of the pipeline.
	AppendPipe struct {
		cmd
		Options OptionList
		Pipe    *Subsearch
	}
	// AppendCols is appendcols.
	AppendCols struct {
		cmd
		Options OptionList
		Sub     *Subsearch
	}
)

var (
	// [appendpipe-command]
	appendpipeOptions = map[string]option{"run_in_preview": {kind: optBool}}

	// [appendcols-command]
	appendcolsOptions = merge(appendOptions, map[string]option{"override": {kind: optBool}})
)

func (p *parser) appendpipe(c cmd) Command {
	a := &AppendPipe{cmd: c}
	a.Options, a.Pipe = p.optionsAndSubsearch(appendpipeOptions)
	return a
}

func (p *parser) appendcols(c cmd) Command {
	a := &AppendCols{cmd: c}
	a.Options, a.Sub = p.optionsAndSubsearch(appendcolsOptions)
	return a
}

// optionsAndSubsearch reads options and one subsearch.
func (p *parser) optionsAndSubsearch(known map[string]option) (opts OptionList, sub *Subsearch) {
	for !p.atEnd() {
		switch {
		case p.peek(0) == '[' && sub == nil:
			sub = p.subsearch()
		case p.atOption():
			opts = append(opts, p.option(known))
		default:
			p.expected("an option or a subsearch in [ ]")
		}
	}
	if sub == nil {
		p.expected("a subsearch in [ ]")
	}
	return opts, sub
}
