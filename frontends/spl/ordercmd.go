package spl

import (
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// sort orders rows by type of the values: numbers as numbers, text lexicographically; rows without the field come last in both
// directions; 10000 rows are kept unless a count says otherwise (sort command).
func (l *lowerer) sort(r *rows, c *syntax.Sort) {
	a := at(c)
	s := &ir.Sort{At: a}
	for _, k := range c.Keys {
		desc := k.Desc
		if l.wrong("sort-ignores-minus") {
			desc = false
		}
		if c.Reverse && !l.wrong("sort-ignores-desc") || l.wrong("sort-is-descending") {
			desc = !desc
		}
		s.Keys = append(s.Keys, l.sortKeys(r, k, desc)...)
	}
	r.add(s)
	r.sorted = true
	limit := number(c.N, 10000)
	switch {
	case l.wrong("sort-is-unlimited") && c.N == nil, l.wrong("sort-ignores-its-count") && limit > 0 && c.N != nil:
		return
	case limit == 0 && l.wrong("sort-zero-is-the-default"):
		limit = 10000
	}
	if limit > 0 {
		r.add(&ir.Limit{At: a, N: limit})
	}
}

func (l *lowerer) sortKeys(r *rows, k *syntax.SortKey, desc bool) []ir.SortKey {
	v := l.col(r, k.Field.Text, k)
	absentFirst := l.wrong("sort-absent-first") || desc && l.wrong("sort-absent-largest-descending")
	absent := ir.SortKey{X: isNull(v.x), Desc: absentFirst}
	num := ir.SortKey{X: l.num(v), Desc: desc}
	text := ir.SortKey{X: l.text(v), Desc: desc}
	switch {
	case k.Kind == "ip":
		l.unsupported(k, "sort ip()")
		return nil
	case k.Kind == "str" && !l.wrong("sort-str-is-numeric"), l.wrong("sort-orders-numbers-as-text"):
		return []ir.SortKey{absent, text}
	default:
		return []ir.SortKey{absent, num, text}
	}
}

func (l *lowerer) head(r *rows, c *syntax.Head) {
	l.onlyOptions(c.Options, "limit")
	if c.Cond != nil {
		l.unsupported(c, "head with a condition")
		return
	}
	n := number(c.N, number(c.Options.Get("limit"), 10))
	if c.N == nil && l.wrong("head-is-unlimited") || c.N != nil && l.wrong("head-ignores-its-count") {
		n = 1 << 40
	}
	l.inOrder(r, c)
	r.add(&ir.Limit{At: at(c), N: n})
}

// dedup keeps the first rows of each combination of values; rows without one of the fields go, unless keepempty (dedup command).
// The rows of a group are packed, and unpacked behind the count.
func (l *lowerer) dedup(r *rows, c *syntax.Dedup) {
	l.onlyOptions(c.Options, "keepempty", "consecutive")
	if len(c.SortBy) > 0 {
		l.sort(r, &syntax.Sort{N: &syntax.Value{Text: "0"}, Keys: c.SortBy})
	}
	if !l.known(r, c) {
		return
	}
	a := at(c)
	l.inOrder(r, c)
	count := number(c.N, 1)
	if l.wrong("dedup-ignores-its-count") {
		count = 1
	}
	names := l.matching(r, c.Fields, c)
	if len(names) == 0 {
		l.unsupported(c.Fields[0], "dedup of fields that no row has")
		return
	}
	var present []ir.Expr
	for _, f := range names {
		present = append(present, not(isNull(l.col(r, f, c).x)))
	}
	if isTrue(c.Options.Get("consecutive"), false) && !l.wrong("consecutive-is-ignored") {
		l.consecutive(r, names, count, present, c)
		return
	}
	empty := isTrue(c.Options.Get("keepempty"), false) && !l.wrong("keepempty-is-ignored")
	bound := ""
	if empty || l.wrong("dedup-keeps-absent") {
		bound = l.bind(r)
	}
	if !l.wrong("dedup-keeps-absent") {
		r.add(&ir.Filter{At: a, Pred: and(present...)})
	}
	l.firstRows(r, names, count, c)
	if empty {
		rest := &rows{from: &ir.Ref{Name: bound}, cols: r.cols}
		rest.add(&ir.Filter{At: a, Pred: not(and(present...))})
		r.add(&ir.Append{At: a, Inputs: []*ir.Pipeline{rest.pipe()}})
	}
}

// consecutive drops rows that have the values of the row before them.
func (l *lowerer) consecutive(r *rows, names []string, count int64, present []ir.Expr, c *syntax.Dedup) {
	a := at(c)
	if count != 1 || c.Options.Get("keepempty") != nil {
		l.unconfirmed(c, "dedup consecutive with a count or keepempty")
		return
	}
	r.add(&ir.Filter{At: a, Pred: and(present...)})
	var same []ir.Expr
	for _, f := range names {
		x := l.text(l.col(r, f, c))
		before := &ir.RowCall{At: a, Func: "prev", Args: []ir.Expr{x}, T: ir.String}
		same = append(same, &ir.Compare{At: a, Op: ir.Eq, L: x, R: before})
	}
	mark := l.helper()
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: mark, X: known(and(same...))}}},
		&ir.Filter{At: a, Pred: not(&ir.Col{At: a, Name: mark, T: ir.Bool})})
	l.keep(r, a)
}

// firstRows keeps the first rows of each combination of values.
func (l *lowerer) firstRows(r *rows, names []string, count int64, c syntax.Command) {
	a := at(c)
	agg := &ir.Aggregate{At: a}
	for _, f := range names {
		agg.Keys = append(agg.Keys, ir.Named{Name: l.helper(), X: l.text(l.col(r, f, c))})
	}
	pack := &ir.Pack{At: a}
	for _, f := range r.cols {
		pack.Keys = append(pack.Keys, f)
		pack.Vals = append(pack.Vals, l.col(r, f, c).x)
	}
	list := l.helper()
	limit := count
	if l.wrong("dedup-keeps-the-last") {
		limit = 0
	}
	agg.Aggs = []ir.Agg{{At: a, Name: list, Func: ir.MakeList, Args: []ir.Expr{pack}, Cap: limit, T: ir.Dynamic}}
	r.add(agg)
	lc := ir.Expr(&ir.Col{At: a, Name: list, T: ir.Dynamic})
	switch {
	case l.wrong("dedup-keeps-the-last"):
		lc = &ir.Access{At: a, X: lc, Steps: []ir.Step{{Index: -1, IsIndex: true}}}
		r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: list, X: lc}}})
	default:
		r.add(&ir.Expand{At: a, Name: list, X: lc})
	}
	p := &ir.Project{At: a}
	for _, f := range r.cols {
		p.Cols = append(p.Cols, ir.Named{Name: f, X: &ir.Access{At: a, X: &ir.Col{At: a, Name: list, T: ir.Dynamic}, Steps: []ir.Step{{Key: f}}}})
	}
	r.add(p)
}
