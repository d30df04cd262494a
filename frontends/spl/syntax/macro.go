package syntax

import (
	"fmt"
	"sort"
	"strings"
)

// MacroDef is the definition of a macro, as macros.conf holds it: arguments occur in Text as $name$.
type MacroDef struct {
	Args []string
	Text string
	// Eval says that the text is an eval expression that makes the replacement; such a macro stays opaque.
	Eval bool
}

// maxExpansion bounds the text that macros may make, and the depth of macros within macros.
const (
	maxExpansion  = 1 << 20
	maxMacroDepth = 20
)

// origins maps offsets of expanded text back to the source.
type origins struct{ parts []originPart }

// originPart says where text that begins at to comes from. An expanded part has one place: that of its macro.
type originPart struct {
	to, from, fromEnd int
	expanded          bool
}

func (o *origins) source(off int, start bool) int {
	i := sort.Search(len(o.parts), func(i int) bool { return o.parts[i].to > off }) - 1
	if i < 0 {
		return off
	}
	// The end of a range that ends where a part begins belongs to the part before.
	if !start && i > 0 && o.parts[i].to == off {
		i--
	}
	part := o.parts[i]
	switch {
	case part.expanded && start:
		return part.from
	case part.expanded:
		return part.fromEnd
	default:
		return part.from + off - part.to
	}
}

// expand replaces the macros that have a definition. Other text stays; what stays opaque is read by the parser.
func (p *parser) expand(defs map[string]MacroDef) {
	if len(defs) == 0 || strings.IndexByte(p.text, '`') < 0 {
		return
	}
	var b strings.Builder
	o := &origins{parts: []originPart{{}}}
	changed := false
	for _, m := range findMacros(p.text) {
		text, ok := p.expansion(defs, m.body, m.from, 0)
		if !ok {
			continue
		}
		last := o.parts[len(o.parts)-1]
		b.WriteString(p.text[last.from:m.from])
		if b.Len()+len(text) > maxExpansion {
			p.errorAt(CodeLimit, m.from, m.to, fmt.Sprintf("macros make more than %d bytes of text", maxExpansion))
			return
		}
		o.parts = append(o.parts, originPart{to: b.Len(), from: m.from, fromEnd: m.to, expanded: true})
		b.WriteString(text)
		o.parts = append(o.parts, originPart{to: b.Len(), from: m.to})
		changed = true
	}
	if !changed {
		return
	}
	b.WriteString(p.text[o.parts[len(o.parts)-1].from:])
	p.text, p.stop, p.origins = b.String(), b.Len(), o
}

// expansion returns the text of a macro call with the macros in it expanded; ok is false when it stays opaque.
func (p *parser) expansion(defs map[string]MacroDef, body string, from, depth int) (text string, ok bool) {
	name, args := splitMacro(body)
	key := name
	if len(args) > 0 {
		key = fmt.Sprintf("%s(%d)", name, len(args))
	}
	def, ok := defs[key]
	if !ok || def.Eval {
		return "", false
	}
	if depth > maxMacroDepth {
		p.errorAt(CodeLimit, from, from+len(body)+2, "macros use each other more than "+fmt.Sprint(maxMacroDepth)+" deep")
		return "", false
	}
	text = def.Text
	for i, a := range def.Args {
		if i < len(args) {
			text = strings.ReplaceAll(text, "$"+a+"$", args[i])
		}
	}
	var b strings.Builder
	last := 0
	for _, m := range findMacros(text) {
		inner, ok := p.expansion(defs, m.body, from, depth+1)
		if !ok {
			continue
		}
		b.WriteString(text[last:m.from])
		b.WriteString(inner)
		last = m.to
		if b.Len() > maxExpansion {
			p.errorAt(CodeLimit, from, from+len(body)+2, fmt.Sprintf("the macro makes more than %d bytes of text", maxExpansion))
			return "", false
		}
	}
	b.WriteString(text[last:])
	return b.String(), true
}

type macroCall struct {
	from, to int
	body     string
}

// findMacros returns the macro calls of a text: not those in comments or strings.
func findMacros(text string) []macroCall {
	var out []macroCall
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '`':
			if strings.HasPrefix(text[i:], "```") {
				n := strings.Index(text[i+3:], "```")
				if n < 0 {
					return out
				}
				i += 3 + n + 2
				continue
			}
			n := strings.IndexByte(text[i+1:], '`')
			if n < 0 {
				return out
			}
			out = append(out, macroCall{i, i + n + 2, text[i+1 : i+1+n]})
			i += n + 1
		}
	}
	return out
}

// splitMacro cuts name(a, "b") into its parts. Quotation marks around an argument belong to the call (macros.conf.spec).
func splitMacro(body string) (name string, args []string) {
	body = strings.TrimSpace(body)
	open := strings.IndexByte(body, '(')
	if open < 0 || !strings.HasSuffix(body, ")") {
		return body, nil
	}
	name = strings.TrimSpace(body[:open])
	inner := body[open+1 : len(body)-1]
	if strings.TrimSpace(inner) == "" {
		return name, nil
	}
	from, depth, inString := 0, 0, false
	cut := func(to int) {
		a := strings.TrimSpace(inner[from:to])
		if len(a) >= 2 && a[0] == '"' && a[len(a)-1] == '"' {
			a = a[1 : len(a)-1]
		}
		args = append(args, a)
		from = to + 1
	}
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			cut(i)
		}
	}
	cut(len(inner))
	return name, args
}

// macro reads the opaque macro at the cursor.
func (p *parser) macro() *Macro {
	from := p.off
	n := strings.IndexByte(p.text[from+1:p.stop], '`')
	if n < 0 {
		// The message points at the word only: the rest is probably the search that goes on.
		p.off++
		_, to := p.bare(stopArg)
		p.errorAt(CodeSyntax, from, to, "this macro is not closed, expected `")
		p.failed = true
		p.off = p.stop
		return &Macro{exprNode: exprNode{p.place(from, to)}}
	}
	p.off = from + n + 2
	name, args := splitMacro(p.text[from+1 : from+1+n])
	m := &Macro{exprNode{p.place(from, p.off)}, name, args}
	if name == "" {
		p.errorAt(CodeSyntax, from, p.off, "expected the name of a macro between the backticks")
	}
	if p.opts.Undefined != nil {
		p.opts.Undefined(m)
	}
	return m
}
