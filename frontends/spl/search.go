package spl

import (
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// timeRange bounds _time: earliest is inclusive, latest is not. What the text says overrides the dispatch, and the text of a main
// search does not bound its subsearches ("Time modifiers").
func (l *lowerer) timeRange(r *rows, s *syntax.Search, earliest, latest *syntax.Compare, top bool) {
	from, to := l.opts.Earliest, l.opts.Latest
	if (earliest != nil || latest != nil) && !l.wrong("dispatch-range-wins") {
		from, to = "", ""
	}
	text := func(c *syntax.Compare, otherwise string) string {
		if c == nil || l.wrong("dispatch-range-wins") && otherwise != "" {
			return otherwise
		}
		return c.Value.Text
	}
	from, to = text(earliest, from), text(latest, to)
	if top && l.wrong("range-reaches-the-subsearch") {
		l.opts.Earliest, l.opts.Latest = from, to
	}
	if l.wrong("earliest-is-ignored") {
		from = ""
	}
	if from != "" {
		op := ir.Ge
		if l.wrong("earliest-is-exclusive") {
			op = ir.Gt
		}
		// The range ends now unless it says otherwise ("Time modifiers").
		l.searched = bounds{from: l.timeValue(from, s), to: l.timeValue("now", s)}
		r.add(&ir.Filter{At: at(s), Pred: &ir.Compare{At: at(s), Op: op, L: l.num(l.col(r, "_time", s)), R: l.searched.from}})
	}
	if to != "" {
		op := ir.Lt
		if l.wrong("latest-is-inclusive") {
			op = ir.Le
		}
		l.searched.to = l.timeValue(to, s)
		r.add(&ir.Filter{At: at(s), Pred: &ir.Compare{At: at(s), Op: op, L: l.num(l.col(r, "_time", s)), R: l.searched.to}})
	}
}

// filter is search behind a pipe.
func (l *lowerer) filter(r *rows, t syntax.Term) { l.filterTerms(r, syntax.Terms(t)) }

func (l *lowerer) filterTerms(r *rows, terms []syntax.Term) {
	terms = l.regroupTerms(terms)
	if len(terms) == 0 {
		return
	}
	n := terms[0]
	width := len(r.cols)
	xs := make([]ir.Expr, len(terms))
	for i, t := range terms {
		xs[i] = l.term(r, t)
	}
	x := and(xs...)
	if l.wrong("adjacent-terms-are-or") {
		x = or(xs...)
	}
	r.add(&ir.Filter{At: at(n), Pred: x})
	if len(r.cols) > width {
		r.cols = r.cols[:width]
		l.keep(r, at(n))
	}
}

// regroupTerms returns the terms as a wrong reading of the precedence has them.
func (l *lowerer) regroupTerms(terms []syntax.Term) []syntax.Term {
	last := len(terms) - 1
	if last < 0 {
		return terms
	}
	if l.wrong("words-mean-the-phrase") {
		return joinWords(terms)
	}
	or, ok := terms[last].(*syntax.AnyOf)
	if !ok {
		return terms
	}
	switch l.opts.misread {
	case "and-before-or-in-search":
		all := &syntax.AllOf{Terms: append(slices.Clone(terms[:last]), or.Terms[0])}
		return []syntax.Term{&syntax.AnyOf{Terms: append([]syntax.Term{all}, or.Terms[1:]...)}}
	case "not-covers-the-or":
		if n, ok := or.Terms[0].(*syntax.NotTerm); ok {
			any := &syntax.AnyOf{Terms: append([]syntax.Term{n.X}, or.Terms[1:]...)}
			return append(slices.Clone(terms[:last]), &syntax.NotTerm{X: any})
		}
	}
	return terms
}

// joinWords makes one phrase of neighbouring words.
func joinWords(terms []syntax.Term) []syntax.Term {
	var out []syntax.Term
	for _, t := range terms {
		w, ok := t.(*syntax.Text)
		if n := len(out); ok && n > 0 {
			if before, ok := out[n-1].(*syntax.Text); ok {
				out[n-1] = &syntax.Text{Value: &syntax.Value{Text: before.Value.Text + " " + w.Value.Text}}
				continue
			}
		}
		out = append(out, t)
	}
	return out
}

// term lowers a search term to a condition that is true or false: a comparison with an absent field is false, so that NOT keeps
// the event (search manual, "Difference between != and NOT").
func (l *lowerer) term(r *rows, t syntax.Term) ir.Expr {
	switch t := t.(type) {
	case *syntax.AllOf:
		return and(l.terms(r, t.Terms)...)
	case *syntax.AnyOf:
		return or(l.terms(r, t.Terms)...)
	case *syntax.NotTerm:
		return l.notTerm(r, t)
	case *syntax.Text:
		return l.textTerm(r, t)
	case *syntax.Compare:
		return l.fieldTerm(r, t)
	case *syntax.InList:
		return l.inTerm(r, t)
	case *syntax.Subsearch:
		return l.subsearch(r, t)
	case *syntax.Macro:
		l.refuse(t, CodeUnsupported, "the macro "+t.Name+" has no definition", "what it stands for is not in the text")
	default:
		l.unsupported(t, "this term")
	}
	return &ir.Bad{At: at(t)}
}

func (l *lowerer) terms(r *rows, ts []syntax.Term) []ir.Expr {
	out := make([]ir.Expr, len(ts))
	for i, t := range ts {
		out[i] = l.term(r, t)
	}
	return out
}

func (l *lowerer) notTerm(r *rows, t *syntax.NotTerm) ir.Expr {
	c, ok := t.X.(*syntax.Compare)
	if ok && l.wrong("not-star-finds-nothing") && c.Value != nil && c.Value.Text == "*" {
		return lit(ir.Bool, false, at(t))
	}
	x := not(l.term(r, t.X))
	if ok && l.wrong("not-drops-absent") {
		return and(x, not(isNull(l.col(r, c.Field.Text, c).x)))
	}
	return x
}

// textTerm finds a word or phrase in _raw, with a boundary on both sides, regardless of case.
func (l *lowerer) textTerm(r *rows, t *syntax.Text) ir.Expr {
	a := at(t)
	raw := l.text(l.col(r, "_raw", t))
	if t.Directive == "" && !t.Value.Quoted && t.Value.Text == "*" {
		return lit(ir.Bool, true, a)
	}
	if t.Directive == "TERM" || strings.Contains(t.Value.Text, "*") {
		l.unsupported(t, "a term in the terms of the index")
		return &ir.Bad{At: a}
	}
	cs := ir.Fold
	if t.Directive == "CASE" || l.wrong("terms-keep-case") {
		cs = ir.Exact
	}
	find := func(s string) ir.Expr {
		return known(&ir.Match{At: a, Kind: ir.Term, Case: cs, X: raw, Needles: []ir.Expr{str(s, a)}})
	}
	if t.Value.Quoted && l.wrong("phrase-means-all-words") {
		var words []ir.Expr
		for _, w := range strings.Fields(t.Value.Text) {
			words = append(words, find(w))
		}
		return and(words...)
	}
	return find(t.Value.Text)
}

// known makes a condition false where it is unknown.
func known(x ir.Expr) ir.Expr {
	a := ir.At{S: x.Span()}
	return &ir.Fill{At: a, X: x, With: ir.Value{Type: ir.Bool, V: false}}
}

func (l *lowerer) fieldTerm(r *rows, c *syntax.Compare) ir.Expr {
	a := at(c)
	switch {
	case c.IsTimeModifier() && strings.HasPrefix(c.Field.Text, "_index"):
		l.unsupported(c, "the time at which events were indexed")
	case c.IsTimeModifier():
		l.unsupported(c, "a time range inside OR or NOT, or behind a pipe")
	case olderModifiers[c.Field.Text] && c.Op == "=":
		l.unsupported(c, "the time modifier "+c.Field.Text)
	case c.Sub != nil || c.Macro != nil:
		l.unsupported(c, "a comparison with a subsearch or a macro")
	case c.Field.Text == "index" && !r.has("index"), c.Op == "::", c.Field.Text == "eventtype", c.Field.Text == "tag", strings.HasPrefix(c.Field.Text, "tag::"):
		l.unsupported(c, c.Field.Text+c.Op+" at this place")
	case c.Directive == "TERM":
		l.unsupported(c, "TERM in a comparison")
	default:
		v := l.col(r, c.Field.Text, c)
		if l.wrong("search-right-side-is-a-field") && r.has(c.Value.Text) {
			return known(l.compare(compareOps[c.Op], v, l.col(r, c.Value.Text, c)))
		}
		return l.valueTerm(v, c)
	}
	return &ir.Bad{At: a}
}

// valueTerm compares a field with a literal (search command, "Comparison expressions").
func (l *lowerer) valueTerm(v val, c *syntax.Compare) ir.Expr {
	a := at(c)
	s := c.Value.Text
	present := not(isNull(v.x))
	switch c.Op {
	case "=":
		if s == "*" {
			if l.wrong("star-keeps-absent") {
				return lit(ir.Bool, true, a)
			}
			return present
		}
		return l.equals(v, s, c)
	case "!=":
		switch {
		case s == "*" && l.wrong("not-equals-star-finds-absent"):
			return isNull(v.x)
		case s == "*":
			return lit(ir.Bool, false, a)
		}
		if l.wrong("not-equals-keeps-absent") {
			return not(l.equals(v, s, c))
		}
		return and(present, not(l.equals(v, s, c)))
	}
	w := val{x: str(s, a), k: textKind, lit: &s}
	op := compareOps[c.Op]
	switch {
	case l.wrong("search-less-is-lexicographic"):
		return known(&ir.Compare{At: a, Op: op, L: l.text(v), R: w.x})
	case l.wrong("search-less-needs-numbers"):
		return known(&ir.Compare{At: a, Op: op, L: l.num(v), R: l.num(w)})
	}
	return known(l.compare(op, v, w))
}

// equals is = of search: text without regard to case, * as a wildcard, an address range as a range.
func (l *lowerer) equals(v val, s string, c *syntax.Compare) ir.Expr {
	a := at(c)
	needle := []ir.Expr{str(s, a)}
	cs := ir.Fold
	if c.Directive == "CASE" && !l.wrong("case-directive-folds") || l.wrong("search-values-keep-case") {
		cs = ir.Exact
	}
	switch {
	case c.Value.OneBackslash:
		l.unconfirmed(c.Value, `\* in a search`)
	case strings.Contains(s, `\*`) && l.wrong("backslash-escapes-the-star"):
		needle = []ir.Expr{str(strings.ReplaceAll(s, `\*`, `*`), a)}
	case isRange(s) && !l.wrong("cidr-is-text-in-search"):
		return known(&ir.Match{At: a, Kind: ir.CIDR, Case: ir.Exact, X: l.text(v), Needles: needle})
	case strings.Contains(s, "*") && !l.wrong("star-is-literal-in-search"):
		flags := "i"
		if cs == ir.Exact {
			flags = ""
		}
		return known(&ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(v), Needles: []ir.Expr{str(wildcard(s, flags), a)}})
	case l.wrong("search-backslashes-stay-doubled"):
		needle = []ir.Expr{str(strings.ReplaceAll(s, `\`, `\\`), a)}
	case l.wrong("search-equals-compares-numbers"):
		return known(&ir.Compare{At: a, Op: ir.Eq, L: l.num(v), R: l.num(val{x: needle[0], k: textKind, lit: &s})})
	}
	return known(&ir.Match{At: a, Kind: ir.Equal, Case: cs, X: l.text(v), Needles: needle})
}

// isRange reports whether a value is a CIDR range.
func isRange(s string) bool {
	address, bits, ok := strings.Cut(s, "/")
	return ok && strings.Trim(bits, "0123456789") == "" && bits != "" && len(bits) <= 3 && strings.ContainsAny(address, ".:") &&
		strings.Trim(strings.ToLower(address), "0123456789abcdef.:") == ""
}

func (l *lowerer) inTerm(r *rows, t *syntax.InList) ir.Expr {
	var xs []ir.Expr
	for _, v := range t.Values {
		c := &syntax.Compare{Field: t.Field, Op: "=", Value: v}
		c.At = v.At
		if l.wrong("in-list-star-is-literal") {
			xs = append(xs, known(&ir.Match{At: at(t), Kind: ir.Equal, Case: ir.Fold, X: l.text(l.col(r, t.Field.Text, t)), Needles: []ir.Expr{str(v.Text, at(v))}}))
			continue
		}
		xs = append(xs, l.fieldTerm(r, c))
	}
	return or(xs...)
}

// maxSubsearchFields bounds the combinations of present fields that a subsearch's rows can have.
const maxSubsearchFields = 3

// subsearch stands for ((a AND b) OR (c AND d)) over the rows of the subsearch (format command). Each combination of present
// fields is a join that marks the rows which match; the condition is any mark.
func (l *lowerer) subsearch(r *rows, t *syntax.Subsearch) ir.Expr {
	sub := l.searchRows(t)
	if sub.open || len(sub.cols) == 0 || r.open {
		l.refuse(t, CodeOpenFields, "the fields of the subsearch or of the events are not known here", "end the subsearch with table or fields and the names")
		return &ir.Bad{At: at(t)}
	}
	fields := slices.DeleteFunc(slices.Clone(sub.cols), func(c string) bool { return strings.HasPrefix(c, "_") })
	if len(fields) > maxSubsearchFields {
		l.unsupported(t, "a subsearch of more than three fields")
		return &ir.Bad{At: at(t)}
	}
	name := l.bind(sub)
	var marks []ir.Expr
	for set := 1; set < 1<<len(fields); set++ {
		if l.wrong("subsearch-is-one-or") {
			if set&(set-1) != 0 {
				continue
			}
			marks = append(marks, l.mark(r, name, fields, set, 0, t))
			continue
		}
		marks = append(marks, l.mark(r, name, fields, set, ^set, t))
	}
	return or(marks...)
}

// mark joins the rows of a subsearch that have the fields of set, and none of those of without, and returns the mark.
func (l *lowerer) mark(r *rows, name string, fields []string, set, without int, n syntax.Node) ir.Expr {
	a := at(n)
	sub := &rows{from: &ir.Ref{Name: name}, cols: fields}
	mark := l.helper()
	var conds []ir.Expr
	agg := &ir.Aggregate{At: a}
	join := &ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true}
	for i, f := range fields {
		present := not(isNull(l.col(sub, f, n).x))
		switch {
		case set&(1<<i) != 0:
			left, right := l.helper(), l.helper()
			r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: left, X: call("tolower", ir.String, a, l.text(l.col(r, f, n)))}}})
			r.know(left)
			agg.Keys = append(agg.Keys, ir.Named{Name: right, X: call("tolower", ir.String, a, l.text(l.col(sub, f, n)))})
			join.On = append(join.On, ir.JoinKey{Left: left, Right: right})
			conds = append(conds, present)
		case without&(1<<i) != 0:
			conds = append(conds, not(present))
		}
	}
	sub.add(&ir.Filter{At: a, Pred: and(conds...)}, agg, &ir.Extend{At: a, Cols: []ir.Named{{Name: mark, X: lit(ir.Bool, true, a)}}})
	join.Right = sub.pipe()
	r.add(join)
	r.know(mark)
	return known(&ir.Col{At: a, Name: mark, T: ir.Bool})
}

// olderModifiers are terms that set the range of time and compare no field (searchbnf.conf [time-modifier]). Read-only.
var olderModifiers = map[string]bool{"starttime": true, "startdaysago": true, "startminutesago": true, "starthoursago": true, "startmonthsago": true,
	"starttimeu": true, "endtime": true, "enddaysago": true, "endminutesago": true, "endhoursago": true, "endmonthsago": true, "endtimeu": true,
	"searchtimespanhours": true, "searchtimespanminutes": true, "searchtimespandays": true, "searchtimespanmonths": true, "daysago": true,
	"minutesago": true, "hoursago": true, "monthsago": true}
