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

// sortKeys order a field: numbers before addresses before text; which of them a field holds decides its order ([sort-field]).
func (l *lowerer) sortKeys(r *rows, k *syntax.SortKey, desc bool) []ir.SortKey {
	v := l.col(r, k.Field.Text, k)
	absentFirst := l.wrong("sort-absent-first") || desc && l.wrong("sort-absent-largest-descending")
	absent := ir.SortKey{X: isNull(v.x), Desc: absentFirst}
	num := ir.SortKey{X: l.num(v), Desc: desc}
	ip := ir.SortKey{X: call("parse_ipv4", ir.Long, at(k), l.text(v)), Desc: desc}
	text := ir.SortKey{X: l.text(v), Desc: desc}
	switch {
	case k.Kind == "str" && !l.wrong("sort-str-is-numeric"), l.wrong("sort-orders-numbers-as-text"), l.wrong("sort-orders-addresses-as-text"):
		return []ir.SortKey{absent, text}
	case k.Kind == "ip":
		return []ir.SortKey{absent, ip, text}
	case k.Kind == "num":
		return []ir.SortKey{absent, num, text}
	default:
		return []ir.SortKey{absent, num, ip, text}
	}
}

func (l *lowerer) head(r *rows, c *syntax.Head) {
	l.inOrder(r, c)
	if c.Cond != nil {
		l.headWhile(r, c)
		return
	}
	l.onlyOptions(c.Options, "limit")
	n := number(c.N, number(c.Options.Get("limit"), 10))
	if c.N == nil && l.wrong("head-is-unlimited") || c.N != nil && l.wrong("head-ignores-its-count") {
		n = 1 << 40
	}
	r.add(&ir.Limit{At: at(c), N: n})
}

// headWhile keeps the rows before the first for which the condition does not hold, which keeplast keeps as well; null=t lets a
// condition that is null hold (head command). "All results are returned until the expression becomes false": without limit= there
// is none.
func (l *lowerer) headWhile(r *rows, c *syntax.Head) {
	a := at(c)
	l.onlyOptions(c.Options, "limit", "null", "keeplast")
	cond := l.bool(r, c.Cond)
	holds := known(cond)
	if isTrue(c.Options.Get("null"), false) && !l.wrong("head-ignores-null") {
		holds = or(known(cond), isNull(cond))
	}
	if l.wrong("head-condition-filters") {
		r.add(&ir.Filter{At: a, Pred: holds})
		return
	}
	current := !isTrue(c.Options.Get("keeplast"), false) || l.wrong("head-ignores-keeplast")
	failed := l.failures(r, c, holds, current)
	r.add(&ir.Filter{At: a, Pred: &ir.Compare{At: a, Op: ir.Eq, L: failed, R: lit(ir.Long, int64(0), a)}})
	if v := c.Options.Get("limit"); v != nil {
		r.add(&ir.Limit{At: a, N: number(v, 10)})
	}
}

// dedup keeps the first rows of each combination of values; rows without one of the fields go, unless keepempty. With keepevents all
// rows stay, and those behind the first lose the fields (dedup command).
func (l *lowerer) dedup(r *rows, c *syntax.Dedup) {
	l.onlyOptions(c.Options, "keepempty", "consecutive", "keepevents")
	if len(c.SortBy) > 0 {
		l.sort(r, &syntax.Sort{N: &syntax.Value{Text: "0"}, Keys: c.SortBy})
	}
	l.inOrder(r, c)
	names := l.matching(r, c.Fields, c)
	if len(names) == 0 {
		l.unsupported(c.Fields[0], "dedup of fields that no row has")
		return
	}
	count := number(c.N, 1)
	if l.wrong("dedup-ignores-its-count") {
		count = 1
	}
	consecutive := isTrue(c.Options.Get("consecutive"), false)
	if consecutive && (count != 1 || isTrue(c.Options.Get("keepempty"), false)) {
		l.unconfirmed(c, "dedup consecutive with a count or keepempty")
		return
	}
	first := l.firstOfEach(r, names, count, consecutive && !l.wrong("consecutive-is-ignored"), c)
	keep := known(first)
	if isTrue(c.Options.Get("keepempty"), false) && !l.wrong("keepempty-is-ignored") || l.wrong("dedup-keeps-absent") {
		keep = or(isNull(first), keep)
	}
	if isTrue(c.Options.Get("keepevents"), false) && !l.wrong("keepevents-is-ignored") {
		l.clearRepeats(r, names, first, c)
		if isTrue(c.Options.Get("keepempty"), false) {
			return
		}
		l.note(c, "events without one of the fields are left out")
		keep = not(isNull(first))
	}
	r.add(&ir.Filter{At: at(c), Pred: keep})
}

// firstOfEach is whether a row is among the first rows of its combination of values; null when it lacks one of them.
func (l *lowerer) firstOfEach(r *rows, names []string, count int64, consecutive bool, c syntax.Command) ir.Expr {
	a := at(c)
	if l.wrong("dedup-keeps-the-last") {
		id := l.numbered(r, c)
		r.temps = append(r.temps, id)
		r.add(&ir.Sort{At: a, Keys: []ir.SortKey{{X: &ir.Col{At: a, Name: id, T: ir.Long}, Desc: true}}})
	}
	var keys []ir.Expr
	for _, f := range names {
		keys = append(keys, l.text(l.col(r, f, c)))
	}
	n := &ir.Col{At: a, Name: l.runningCount(r, c, keys, consecutive), T: ir.Long}
	return l.once(r, val{x: &ir.Compare{At: a, Op: ir.Le, L: n, R: lit(ir.Long, count, a)}}).x
}

// clearRepeats removes the fields from the rows that repeat a combination.
func (l *lowerer) clearRepeats(r *rows, names []string, first ir.Expr, c syntax.Command) {
	e := &ir.Extend{At: at(c)}
	for _, f := range names {
		e.Cols = append(e.Cols, ir.Named{Name: f, X: choose(ir.Dynamic, null(at(c)), ir.Branch{If: first, Then: l.col(r, f, c).x})})
	}
	r.add(e)
}

// firstRows keeps the first rows of each combination of values.
func (l *lowerer) firstRows(r *rows, names []string, count int64, c syntax.Command) {
	r.add(&ir.Filter{At: at(c), Pred: known(l.firstOfEach(r, names, count, false, c))})
	l.dropTemps(r, c)
}
