package hunt

import (
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// timeParts are the variables of a format of time ("Date and time format variables") by what format_datetime writes for them. Read-only.
var timeParts = map[byte]string{'Y': "yyyy", 'm': "MM", 'd': "dd", 'H': "HH", 'M': "mm", 'S': "ss", 'F': "yyyy-MM-dd", 'T': "HH:mm:ss"}

// delimiters are the characters that format_datetime takes between its elements:
// https://learn.microsoft.com/kusto/query/format-datetime-function.
const delimiters = " /-:,._[]"

// timeText writes a time by a format of strftime, in UTC. ok is false after a refusal.
func (l *lowerer) timeText(t val, format string, n syntax.Node) (val, bool) {
	switch {
	case t.bad():
		return t, false
	case t.t != ir.Datetime:
		l.refuse(n, spl.CodeUnsupported, "the text of "+noun(n)+" as a time is not translated", "it is no time here: times are _time, now(), and what is computed of them")
		return bad(n), false
	case !l.opt.UTC:
		l.refuse(n, spl.CodeUnsupported, "the text of a time is not translated", "it is one of the searcher's time zone: declare it with --timezone UTC")
		return bad(n), false
	}
	var parts []ir.Expr
	run := ""
	flush := func() {
		if run != "" {
			parts = append(parts, &ir.Call{At: at(n), Func: "format_datetime", Args: []ir.Expr{t.x, litOf(at(n), ir.String, run)}, T: ir.String})
		}
		run = ""
	}
	for s := format; s != ""; s = s[1:] {
		switch {
		case s[0] == '%' && len(s) > 1 && timeParts[s[1]] != "":
			run += timeParts[s[1]]
			s = s[1:]
		case s[0] == '%':
			l.unsupported(n, "a time with "+s[:min(2, len(s))])
			return bad(n), false
		case run != "" && strings.IndexByte(delimiters, s[0]) >= 0:
			run += s[:1]
		default:
			flush()
			parts = append(parts, litOf(at(n), ir.String, s[:1]))
		}
	}
	flush()
	l.assume("searches run in the time zone UTC (as declared)")
	out := val{x: &ir.Call{At: at(n), Func: "strcat", Args: parts, T: ir.String}, t: ir.String, nonempty: true, text: true}
	if len(parts) == 1 {
		out.x = parts[0]
	}
	if len(parts) == 0 {
		l.unsupported(n, "an empty format")
		return bad(n), false
	}
	return l.onlyWhere(t, n, out, n), true
}

// strftime is strftime(time, "format").
func (l *lowerer) strftime(c *syntax.Call) val {
	format, ok := l.literalArg(c.Args[1], "strftime with a format")
	if !ok {
		return bad(c)
	}
	v, _ := l.timeText(timeOf(l.value(c.Args[0])), format, c)
	return v
}

// convert is convert timeformat="…" ctime(field)…, the form that published detections use: times become text, by a format of strftime
// (convert command, ctime).
func (l *lowerer) convert(c *syntax.Convert) {
	format := "%m/%d/%Y %H:%M:%S"
	if v := c.Options.Get("timeformat"); v != nil {
		format = v.Text
	}
	for _, f := range c.Funcs {
		if !strings.EqualFold(f.Func.Text, "ctime") || f.Field == nil || f.Field.Wild() || f.As != nil {
			l.refuse(c.Word(), spl.CodeUnsupported, "convert in this form is not translated", "convert timeformat=\"…\" ctime(field) is")
			return
		}
	}
	for _, f := range c.Funcs {
		if v, ok := l.timeText(l.read(f.Field.Text, f.Field), format, f.Field); ok {
			l.assign(f.Field.Text, v, c)
		}
	}
}
