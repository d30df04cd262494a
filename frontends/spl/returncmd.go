package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// searchRows are the rows of a subsearch that stands for a condition. At its end format is what stands there anyway, and return takes
// the first rows and names the fields ([format-command], [return-command]).
func (l *lowerer) searchRows(t *syntax.Subsearch) *rows {
	last := len(t.Pipe.Commands) - 1
	if last < 1 {
		return l.pipeline(t.Pipe, false)
	}
	before := *t.Pipe
	before.Commands = before.Commands[:last]
	switch c := t.Pipe.Commands[last].(type) {
	case *syntax.Format:
		sub := l.pipeline(&before, false)
		l.searchFormat(sub, c)
		return sub
	case *syntax.Return:
		sub := l.pipeline(&before, false)
		l.returned(sub, c)
		return sub
	default:
		return l.pipeline(t.Pipe, false)
	}
}

// searchFormat is format at the end of a subsearch: maxresults=N takes the first rows, other texts would be another search.
func (l *lowerer) searchFormat(sub *rows, c *syntax.Format) {
	l.onlyOptions(c.Options, "maxresults")
	if len(c.Marks) > 0 {
		l.refuse(c.Marks[0], CodeUnsupported, "format with texts of its own is not evaluated", "they make another search, which is read only when it runs")
	}
	if n := number(c.Options.Get("maxresults"), 0); n > 0 && !l.wrong("maxresults-is-ignored") {
		l.inOrder(sub, c)
		sub.add(&ir.Limit{At: at(c), N: n})
	}
}

// returned is return at the end of a subsearch: the first row, or the first N, with the fields that are named.
func (l *lowerer) returned(sub *rows, c *syntax.Return) {
	if len(c.Plain) > 0 {
		l.refuse(c.Plain[0], CodeUnsupported, "return $"+c.Plain[0].Text+" is not evaluated", "the value becomes a part of the search, which is read only when it runs")
		return
	}
	a := at(c)
	l.inOrder(sub, c)
	n := number(c.N, 1)
	if !l.wrong("return-takes-all-rows") {
		sub.add(&ir.Limit{At: a, N: n})
	}
	p := &ir.Project{At: a}
	var names []string
	for _, f := range c.Pairs {
		name := f.From.Text
		if f.To != nil && !l.wrong("return-ignores-the-alias") {
			name = f.To.Text
		}
		p.Cols = append(p.Cols, ir.Named{Name: name, X: l.col(sub, f.From.Text, f).x})
		names = append(names, name)
	}
	sub.add(p)
	sub.cols, sub.open, sub.newestFirst, sub.sorted = nil, false, false, true
	sub.know(names...)
}
