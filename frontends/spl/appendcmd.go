package spl

import (
	"slices"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// appendPipe adds what a pipeline makes of the rows so far ([appendpipe-command]).
func (l *lowerer) appendPipe(r *rows, c *syntax.AppendPipe) {
	l.onlyOptions(c.Options, "run_in_preview")
	if c.Pipe == nil {
		return
	}
	l.keepOrder(r, c)
	sub := &rows{from: &ir.Ref{Name: l.bind(r)}, cols: slices.Clone(r.cols), open: r.open, newestFirst: r.newestFirst, sorted: r.sorted}
	for _, step := range c.Pipe.Pipe.Commands {
		sub = l.command(sub, step, false)
		l.dropTemps(sub, step)
	}
	if l.wrong("appendpipe-replaces-the-rows") {
		*r = *sub
		return
	}
	if l.wrong("appendpipe-adds-nothing") {
		return
	}
	l.addRows(r, sub, c)
}

// appendCols puts the fields of the first row of a subsearch onto the first row, those of the second onto the second and so on; fields
// that begin with _ stay out ([appendcols-command]). No page tells what becomes of further rows of the subsearch: they end the
// evaluation.
func (l *lowerer) appendCols(r *rows, c *syntax.AppendCols) {
	l.onlyOptions(c.Options, append([]string{"override"}, subsearchOptions...)...)
	if c.Sub == nil {
		return
	}
	sub := l.pipeline(c.Sub.Pipe, false)
	l.maxout(sub, c.Options, c)
	if !l.known(r, c) || !l.known(sub, c) {
		return
	}
	a := at(c)
	l.inOrder(r, c)
	l.inOrder(sub, c)
	left, right := l.numbered(r, c), l.numbered(sub, c)
	override := isTrue(c.Options.Get("override"), false) && !l.wrong("override-is-ignored")
	p := &ir.Project{At: a, Cols: []ir.Named{{Name: right, X: &ir.Col{At: a, Name: right, T: ir.Long}}}}
	e := &ir.Extend{At: a}
	more := isNull(&ir.Col{At: a, Name: left, T: ir.Long})
	for _, f := range sub.cols {
		if internal(f) {
			continue
		}
		h := l.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: l.col(sub, f, c).x})
		theirs, ours := ir.Expr(&ir.Col{At: a, Name: h, T: ir.Dynamic}), l.col(r, f, c).x
		first, second := ours, theirs
		if override {
			first, second = theirs, ours
		}
		e.Cols = append(e.Cols, ir.Named{Name: f, X: firstOf(first, second)})
	}
	sub.add(p)
	r.add(&ir.Join{At: a, Kind: ir.FullOuter, Lookup: true, Right: sub.pipe(), On: []ir.JoinKey{{Left: left, Right: right}}})
	place := onlyIf(&ir.Col{At: a, Name: left, T: ir.Long}, not(more), "the subsearch of appendcols has more rows than the search: no page tells what becomes of them")
	e.Cols = append(e.Cols, ir.Named{Name: left, X: place})
	if l.wrong("appendcols-adds-nothing") {
		e.Cols = e.Cols[len(e.Cols)-1:]
	}
	r.add(e, &ir.Sort{At: a, Keys: []ir.SortKey{{X: &ir.Col{At: a, Name: left, T: ir.Long}}}})
	for _, f := range e.Cols[:len(e.Cols)-1] {
		r.know(f.Name)
	}
	l.keep(r, a)
	r.sorted = true
}
