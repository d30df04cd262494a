package syntax

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/diag"
)

// Limits on what one text may ask of the parser.
const (
	MaxBytes = 1 << 20
	MaxDepth = 100
	maxDiags = 1000
	// maxListed is the longest list of names that a message shows.
	maxListed = 12
)

// Codes of this package's diagnostics.
const (
	CodeSyntax    diag.Code = "SPLIN-SYNTAX"
	CodeName      diag.Code = "SPLIN-NAME"      // an unknown command, function or option
	CodeArguments diag.Code = "SPLIN-ARGUMENTS" // wrong number or kind of arguments
	CodeType      diag.Code = "SPLIN-TYPE"      // a boolean where a value belongs, or the other way round
	CodeLimit     diag.Code = "SPLIN-LIMIT"
)

// Options say what surrounds a text.
type Options struct {
	// Macros are expanded by name, or name(n) with n arguments, as in macros.conf. Others stay opaque.
	Macros map[string]MacroDef
	// Commands are custom commands that a definition declares.
	Commands map[string]bool
	// Lenient makes unknown names a warning: for searches that come from elsewhere, whose apps are not known here.
	Lenient bool
	// Undefined, when not nil, is called for each opaque macro.
	Undefined func(*Macro)
}

// Parse reads a search. It always returns a pipeline; where the text is wrong the pipeline holds Bad nodes and the list says what
// was expected, for every mistake of the text.
func Parse(src *diag.Source, opts Options) (*Pipeline, diag.List) {
	p := &parser{src: src, opts: opts, text: src.Text, stop: len(src.Text)}
	if len(src.Text) > MaxBytes {
		p.add(CodeLimit, diag.Error, diag.Span{Pos: 1, End: 2}, fmt.Sprintf("the search has %d bytes, expected at most %d", len(src.Text), MaxBytes))
		return &Pipeline{}, p.diags
	}
	p.expand(opts.Macros)
	pipe := p.pipeline(true)
	p.diags.Sort()
	return pipe, p.diags
}

// ParsePart reads a search that a definition puts at a place of src: its nodes and messages all stand there.
func ParsePart(src *diag.Source, text string, place diag.Span, opts Options) (*Pipeline, diag.List) {
	p := &parser{src: src, opts: opts, text: text, stop: len(text)}
	whole := &origins{parts: []originPart{{from: int(place.Pos) - 1, fromEnd: int(place.End) - 1, expanded: true}}}
	p.origins = whole
	if len(text) > MaxBytes {
		p.add(CodeLimit, diag.Error, place, fmt.Sprintf("the search that is put here has %d bytes, expected at most %d", len(text), MaxBytes))
		return &Pipeline{}, p.diags
	}
	p.expand(opts.Macros)
	p.origins = whole
	pipe := p.pipeline(true)
	p.diags.Sort()
	return pipe, p.diags
}

type parser struct {
	src     *diag.Source
	opts    Options
	text    string // the text with macros expanded
	origins *origins
	off     int // the cursor
	stop    int // the end of the text
	depth   int
	// failed is set by an error and cleared at the next command: what follows a mistake is a consequence of it.
	failed bool
	// stopped is set when a limit is hit: the rest of the text is not read, and nothing more is said about it.
	stopped bool
	// aggs allows aggregation functions in an expression: timechart eval(avg(a)/max(b)).
	aggs bool
	// stopBy ends a search expression at the words BY and GROUPBY: tstats WHERE.
	stopBy bool
	diags  diag.List
}

func (p *parser) add(code diag.Code, severity diag.Severity, span diag.Span, message string) {
	if p.stopped {
		return
	}
	p.stopped = code == CodeLimit
	switch {
	case len(p.diags) < maxDiags:
		p.diags.Add(diag.Diagnostic{Code: code, Severity: severity, Source: p.src, Span: span, Message: message})
	case len(p.diags) == maxDiags:
		p.diags.Add(diag.Diagnostic{Code: CodeLimit, Severity: diag.Error, Source: p.src, Span: span, Message: "too many errors, the rest is not reported"})
	}
}

func (p *parser) errorAt(code diag.Code, from, to int, message string) {
	p.add(code, diag.Error, p.span(from, to), message)
}

// unknown reports a name that Splunk does not have, with the nearest one that it has. In a lenient reading it is a warning.
func (p *parser) unknown(what string, name *Name, candidates []string) {
	message := "unknown " + what + " " + name.Text
	if n := diag.Nearest(name.Text, candidates); n != "" {
		message += ", did you mean " + n + "?"
	} else if len(candidates) <= maxListed {
		message += ", expected " + strings.Join(candidates, ", ")
	}
	severity := diag.Error
	if p.opts.Lenient {
		severity = diag.Warning
	}
	p.add(CodeName, severity, name.At, message)
}

// expected reports that something is missing at the cursor and gives the command up.
func (p *parser) expected(what string) {
	if p.failed {
		return
	}
	from, to := p.found()
	p.errorAt(CodeSyntax, from, to, "expected "+what+", found "+p.describe())
	p.failed = true
}

// pipeline reads commands up to the end of the text, or up to the bracket that closes a subsearch.
func (p *parser) pipeline(top bool) *Pipeline {
	p.blank()
	pipe := &Pipeline{}
	from := p.off
	if p.peek(0) == '|' {
		pipe.Piped = true
		p.off++
	}
	for {
		before := len(p.diags)
		c := p.command(len(pipe.Commands) == 0 && !pipe.Piped, len(pipe.Commands) == 0, top)
		if s, ok := c.(*Search); ok && len(pipe.Commands) == 0 && s.Name == nil {
			pipe.Implied = true
		}
		if c != nil {
			pipe.Commands = append(pipe.Commands, c)
		}
		p.endCommand(len(p.diags) > before)
		if p.peek(0) != '|' {
			if !top || p.off >= p.stop {
				break
			}
			p.stray()
			if p.off >= p.stop {
				break
			}
		}
		p.off++
	}
	pipe.At = p.span(from, p.end())
	return pipe
}

// stray reports a bracket that closes nothing and goes on behind the command.
func (p *parser) stray() {
	for p.off < p.stop && p.text[p.off] == ']' {
		p.errorAt(CodeSyntax, p.off, p.off+1, "there is no [ for this ]")
		p.off++
		p.skip()
	}
}

// endCommand moves to the end of the command. Text that is left over is an error unless the command has one already.
func (p *parser) endCommand(hasError bool) {
	if !p.failed && !p.atEnd() && !hasError {
		p.leftOver()
	}
	p.failed = false
	p.skip()
}

func (p *parser) leftOver() {
	if p.text[p.off] == ')' {
		p.errorAt(CodeSyntax, p.off, p.off+1, "there is no ( for this )")
		return
	}
	p.expected("the end of the command")
}

// skip moves to the next bar or closing bracket of this level.
func (p *parser) skip() {
	depth := 0
	for p.off < p.stop {
		switch c := p.text[p.off]; c {
		case '\\':
			p.off++
		case '"':
			p.skipString()
		case '`':
			p.skipBackticks()
		case '[':
			depth++
		case ']':
			if depth == 0 {
				return
			}
			depth--
		case '|':
			if depth == 0 {
				return
			}
		}
		p.off++
	}
	p.off = p.stop
}

// skipString and skipBackticks leave the cursor on the last byte of what they skip.
func (p *parser) skipString() {
	for p.off++; p.off < p.stop && p.text[p.off] != '"'; p.off++ {
		if p.text[p.off] == '\\' {
			p.off++
		}
	}
}

func (p *parser) skipBackticks() {
	mark := "`"
	if strings.HasPrefix(p.rest(), "```") {
		mark = "```"
	}
	from := p.off + len(mark)
	if n := strings.Index(p.text[from:p.stop], mark); n >= 0 {
		p.off = from + n + len(mark) - 1
		return
	}
	p.off = p.stop
}

// command reads one command. implied says that a search needs no word here.
func (p *parser) command(implied, first, top bool) Command {
	p.blank()
	from := p.off
	if p.atEnd() && !implied {
		at, to := p.found()
		if p.off < p.stop {
			at, to = p.off, p.off+1
		}
		p.errorAt(CodeSyntax, at, to, "expected a command, found "+p.describe())
		p.failed = true
		return &BadCommand{cmd{p.place(from, from), nil}}
	}
	if p.peek(0) == '`' && !implied {
		return p.macroCommand()
	}
	save := p.off
	a, b := p.bare(stopBy)
	word := strings.ToLower(p.text[a:b])
	if implied {
		return p.impliedFirst(save, a, b, word, top)
	}
	if a == b {
		p.expected("a command")
		return &BadCommand{cmd{p.place(from, from), nil}}
	}
	return p.named(word, &Name{p.place(a, b), p.text[a:b], false}, first)
}

// impliedFirst reads the first command of a text that does not begin with a bar. The text of a search needs no command; a
// subsearch begins with search or with a command that makes rows.
func (p *parser) impliedFirst(save, a, b int, word string, top bool) Command {
	if p.off < p.stop && (p.text[p.off] == '=' || p.text[p.off] == '!') {
		word = ""
	}
	_, known := commandFacts[word]
	switch {
	case word == "search":
		return p.named(word, &Name{p.place(a, b), p.text[a:b], false}, true)
	case !top && (known || p.opts.Commands[word]):
		return p.named(word, &Name{p.place(a, b), p.text[a:b], false}, true)
	case !top && word != "":
		p.off = save
		p.expected("search or another command at the beginning of the subsearch")
		return &BadCommand{cmd{p.place(a, b), nil}}
	}
	p.off = save
	s := &Search{Expr: p.searchExpr()}
	s.At = p.span(save, p.end())
	return s
}

func (p *parser) macroCommand() Command {
	from := p.off
	m := p.macro()
	c := &MacroCommand{cmd{m.at, &Name{m.at, m.Name, false}}, m}
	if !p.failed && !p.atEnd() {
		// `macro` and more: the macro may hold the beginning of a command. What it is cannot be known.
		p.skip()
		return &Other{cmd{p.place(from, p.end()), &Name{m.at, m.Name, false}}, &Value{at: p.place(from, p.end()), Text: p.text[from:p.end()]}, nil}
	}
	return c
}

// named reads the arguments of a command.
func (p *parser) named(word string, name *Name, first bool) Command {
	fact, ok := commandFacts[word]
	if !ok && !p.opts.Commands[word] {
		p.unknown("command", name, commandNames())
	}
	base := cmd{Name: name}
	from := p.off - len(name.Text)
	c := p.read(word, base)
	c.setSpan(p.span(from, p.end()))
	if fact.generating && !first && !appends(c) {
		p.add(CodeSyntax, diag.Error, name.At, name.Text+" makes rows of its own and must be the first command")
	}
	return c
}

// appends reports whether a command that makes rows adds them to those of the pipeline (append=t).
func appends(c Command) bool {
	switch c := c.(type) {
	case *InputLookup:
		return isTrue(c.Options.Get("append"))
	case *Tstats:
		return isTrue(c.Options.Get("append"))
	case *Other:
		return c.Args != nil && strings.Contains(strings.ToLower(c.Args.Text), "append=t")
	default:
		return false
	}
}

func isTrue(v *Value) bool {
	return v != nil && (strings.EqualFold(v.Text, "t") || strings.EqualFold(v.Text, "true") || v.Text == "1")
}

// subsearch reads [ pipeline ].
func (p *parser) subsearch() *Subsearch {
	p.blank()
	from := p.off
	if p.peek(0) != '[' {
		p.expected("a subsearch in [ ]")
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxDepth {
		p.errorAt(CodeLimit, from, from+1, fmt.Sprintf("subsearches and parentheses are nested more than %d deep", MaxDepth))
		p.failed, p.off = true, p.stop
		return nil
	}
	p.off++
	stopBy, aggs := p.stopBy, p.aggs
	p.stopBy, p.aggs = false, false
	pipe := p.pipeline(false)
	p.stopBy, p.aggs = stopBy, aggs
	if p.peek(0) != ']' {
		p.errorAt(CodeSyntax, from, from+1, "this [ is not closed, expected ]")
		p.failed = true
	} else {
		p.off++
	}
	return &Subsearch{termNode{p.place(from, p.off)}, pipe}
}
