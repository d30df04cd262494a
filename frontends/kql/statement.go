package kql

import (
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// directives says that lines for another tool are left out: one of them may choose the cluster that the query was written for.
func (l *lowerer) directives(list []*syntax.Directive) {
	for _, d := range list {
		l.report(diag.Warning, CodeStatement, d.Span(), "the line "+firstOf(d.Text)+" is left out", "it speaks to the tool that sends the query, not to the query",
			"begin a comment with //")
	}
}

func firstOf(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// isCommand refuses a text that is a management command: it changes or describes a database and finds no events.
func (l *lowerer) isCommand(s *syntax.Script) bool {
	for _, st := range s.Stmts {
		if c, ok := st.(*syntax.Command); ok {
			l.refuse(c.Span(), "the management command ."+c.Verb, "it describes or changes a database and finds no events", "")
			return true
		}
	}
	return false
}

// queryOf is the query of a text: its last one, else the body of the function that the text saves, when it takes no arguments.
func queryOf(last syntax.Expr, saved *syntax.CreateFunction) syntax.Expr {
	if last == nil && saved != nil && saved.Call != nil {
		return saved.Call
	}
	return last
}

// badLiteral reports a typed literal whose text does not fit: the grammar takes it, but it has no value. A placeholder, as in
// datetime({{StartTimeISO}}), has one when the hunt is run.
func (l *lowerer) badLiteral(x *syntax.BadLiteral) ir.Expr {
	kind := x.Kind.String()
	if name, ok := placeholder(strings.Trim(x.Text, "\"'")); ok {
		t, _ := ir.ParseType(kind)
		return l.cast(t, at(x), &ir.Param{At: at(x), Name: name, T: ir.String})
	}
	hint := ""
	if x.Kind == syntax.KindDatetime {
		hint = "write datetime(2024-05-15) or datetime(2024-05-15T08:00:00Z)"
	}
	l.report(diag.Error, CodeType, x.Span(), "expected a "+kind+" in "+kind+"(…), found "+x.Text, "", hint)
	return &ir.Bad{At: at(x)}
}

// noteJoined warns of strings that stand side by side in a list: KQL makes one string of them, and where a comma was forgotten
// the list matches neither.
func (l *lowerer) noteJoined(d *syntax.Dynamic) {
	if d == nil {
		return
	}
	for _, it := range d.Items {
		l.noteJoined(it)
		if s := it.Scalar; s != nil && s.Joined {
			l.report(diag.Warning, CodeType, s.Span(), "two strings side by side are one, "+quoteShort(s.Str), "", "write a comma between them if they are two values")
		}
	}
	for _, f := range d.Fields {
		l.noteJoined(f.Value)
	}
}

func quoteShort(s string) string {
	const longest = 60
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return `"` + s + `"`
}
