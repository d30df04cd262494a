package spl

import (
	"fmt"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
)

// maxTemplates bounds how often the templates of a search are read: foreach may stand in foreach.
const maxTemplates = 500

// foreach runs its template once for every field, with the field's name put in ([foreach-command]). The fields are those of the rows
// before it, or the names as they are written.
func (l *lowerer) foreach(r *rows, c *syntax.Foreach) *rows {
	l.onlyOptions(c.Options, "fieldstr", "matchstr", "matchseg1", "matchseg2", "matchseg3", "mode")
	if v := c.Options.Get("mode"); v != nil && !strings.EqualFold(v.Text, "multifield") {
		l.refuse(v, CodeUnsupported, "foreach with mode="+v.Text+" is not evaluated", "how often the template runs depends on the values of each row")
		return r
	}
	if c.Template == nil {
		return r
	}
	for _, t := range l.iterations(r, c) {
		if l.templates++; l.templates > maxTemplates {
			l.unsupported(nameOf(c), fmt.Sprintf("foreach that runs more than %d times", maxTemplates))
			return r
		}
		pipe, found := syntax.ParsePart(l.src, "| "+t, c.Template.Span(), l.parsing())
		l.diags = append(l.diags, found...)
		if found.HasErrors() || l.nodes > maxNodes {
			return r
		}
		for _, step := range pipe.Commands {
			r = l.command(r, step, false)
			l.dropTemps(r, step)
		}
		if l.wrong("foreach-runs-once") {
			break
		}
	}
	return r
}

// iterations are the texts of the template for each field.
func (l *lowerer) iterations(r *rows, c *syntax.Foreach) []string {
	var out []string
	for _, n := range c.Names {
		if !n.Wild() {
			out = append(out, l.filled(c, n.Text, nil))
			continue
		}
		if !l.known(r, c) {
			return nil
		}
		re := wildcardGroups(n.Text)
		for _, f := range r.cols {
			m := re.FindStringSubmatch(f)
			switch {
			case m == nil || strings.HasPrefix(f, "\x00"):
			case internal(f) && !internal(n.Text):
				l.refuse(n, CodeUnsupported, "a pattern that may mean the internal field "+f+" is not evaluated", "put table with the names before it")
				return nil
			default:
				out = append(out, l.filled(c, f, m[1:]))
			}
		}
	}
	return out
}

// filled is the template with the names of one field put in.
func (l *lowerer) filled(c *syntax.Foreach, field string, segments []string) string {
	text := c.Template.Text
	put := func(option, standard, value string) {
		if v := c.Options.Get(option); v != nil && !l.wrong("foreach-ignores-fieldstr") {
			standard = v.Text
		}
		text = strings.ReplaceAll(text, standard, value)
	}
	put("fieldstr", "<<FIELD>>", field)
	switch {
	case l.wrong("foreach-matchstr-is-the-field"):
		put("matchstr", "<<MATCHSTR>>", field)
	case len(segments) == 1:
		put("matchstr", "<<MATCHSTR>>", segments[0])
	}
	for i, s := range segments {
		put(fmt.Sprintf("matchseg%d", i+1), fmt.Sprintf("<<MATCHSEG%d>>", i+1), s)
	}
	if i := strings.Index(text, "<<MATCHSTR>>"); i >= 0 {
		l.refuse(c.Template, CodeUnsupported, "<<MATCHSTR>> of a field without exactly one wildcard is not evaluated", "no page tells what it stands for")
	}
	return text
}
