package spl

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// bin rounds a field down. _time counts from 1970 in UTC; days and longer units go by the calendar; aligntime moves the edges
// (searchbnf.conf [bin-aligntime]).
func (l *lowerer) bin(r *rows, c *syntax.Bin) {
	a := at(c)
	l.onlyOptions(c.Options, "span", "aligntime")
	if c.Options.Get("span") == nil || c.Field.Text != "_time" {
		l.refuse(c.Field, CodeUnsupported, "bin without a span of time on _time is not evaluated", "no page tells the text of the bins of numbers, nor how bins=, minspan=, start= and end= choose their width")
		return
	}
	t := l.num(l.col(r, "_time", c))
	var rounded ir.Expr
	if l.wrong("bin-starts-at-the-first-event") {
		rounded = roundDown(t, l.firstTime(r, c), lit(ir.Real, 300.0, a))
	} else {
		rounded = l.binOf(t, c.Options, c)
	}
	x := l.stored(val{x: rounded, k: numKind})
	name := c.Field.Text
	if c.As != nil {
		name = c.As.Text
	}
	cols := []ir.Named{{Name: name, X: x}}
	if c.As != nil && l.wrong("bin-as-overwrites") {
		cols = append(cols, ir.Named{Name: c.Field.Text, X: x})
	}
	r.add(&ir.Extend{At: a, Cols: cols})
	r.know(name)
	if l.wrong("bin-fills-empty-bins") {
		l.fillBins(r, c)
	}
}

// calendarUnits are the spans that go by the calendar. Read-only.
var calendarUnits = map[string]string{"mon": "startofmonth", "y": "startofyear"}

// binOf is the start of the bin of a time, both in seconds.
func (l *lowerer) binOf(t ir.Expr, opts syntax.OptionList, n syntax.Node) ir.Expr {
	a := at(n)
	span := opts.Get("span")
	count, unit, ok := syntax.ParseSpan(span.Text)
	if start := calendarUnits[unit]; ok && start != "" && count == 1 {
		if l.wrong("bin-of-months-is-thirty-days") {
			return roundDown(t, lit(ir.Real, 0.0, a), lit(ir.Real, 30*86400.0, a))
		}
		return epochSeconds(call(start, ir.Datetime, a, datetimeOf(t, a)), a)
	}
	seconds := map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
	if start, ok := weekStart(span.Text); ok {
		return l.weekOf(t, start, a)
	}
	if !ok || seconds == 0 || unit == "d" && count != 1 {
		l.refuse(span, CodeUnsupported, "the span "+span.Text+" is not evaluated", "no page tells where bins of several days, of weeks, or of other units begin")
		return t
	}
	width := lit(ir.Real, float64(int64(count)*seconds), a)
	start := ir.Expr(lit(ir.Real, 0.0, a))
	if v := opts.Get("aligntime"); v != nil && unit != "d" && !l.wrong("aligntime-is-ignored") {
		start = l.timeValue(v.Text, v)
	}
	switch {
	case l.wrong("bin-counts-from-year-one"):
		start = lit(ir.Real, -62135596800.0, a)
	case l.wrong("bin-of-days-is-ignored") && unit == "d":
		width = lit(ir.Real, 1.0, a)
	}
	return roundDown(t, start, width)
}

// roundDown is the last edge that is not after t; edges are whole widths away from start, on both sides.
func roundDown(t, start, width ir.Expr) ir.Expr {
	a := ir.At{S: t.Span()}
	past := &ir.Arith{At: a, Op: "%", L: &ir.Arith{At: a, Op: "-", L: t, R: start, T: ir.Real}, R: width, T: ir.Real}
	return &ir.Arith{At: a, Op: "-", L: t, R: past, T: ir.Real}
}

// firstTime and fillBins are wrong readings of bin: edges from the first event, and a row for the bin behind each event.
func (l *lowerer) firstTime(r *rows, c *syntax.Bin) ir.Expr {
	first := l.helper()
	bound := l.bind(r)
	side := &rows{from: &ir.Ref{Name: bound}, cols: r.cols}
	side.add(&ir.Aggregate{At: at(c), Aggs: []ir.Agg{{At: at(c), Name: first, Func: ir.Min, Args: []ir.Expr{l.num(l.col(side, "_time", c))}, T: ir.Real}}})
	l.joinSide(r, side, nil, at(c))
	return &ir.Col{At: at(c), Name: first, T: ir.Real}
}

func (l *lowerer) fillBins(r *rows, c *syntax.Bin) {
	bound := l.bind(r)
	next := &rows{from: &ir.Ref{Name: bound}, cols: r.cols}
	t := &ir.Arith{At: at(c), Op: "+", L: l.num(l.col(next, "_time", c)), R: lit(ir.Real, 3600.0, at(c)), T: ir.Real}
	next.add(&ir.Extend{At: at(c), Cols: []ir.Named{{Name: "_time", X: l.stored(val{x: t, k: numKind})}}})
	r.add(&ir.Append{At: at(c), Inputs: []*ir.Pipeline{next.pipe()}})
}

// rex writes the named groups of the first match; without a match the fields stay as they are (rex command).
func (l *lowerer) rex(r *rows, c *syntax.Rex) {
	a := at(c)
	l.onlyOptions(c.Options, "field", "mode", "max_match")
	field := "_raw"
	if v := c.Options.Get("field"); v != nil {
		field = v.Text
	}
	if field == "_raw" && l.wrong("rex-without-field-reads-nothing") {
		return
	}
	x := l.text(l.col(r, field, c))
	if c.Sed {
		l.sed(r, c, field, x)
		return
	}
	p := c.Pattern.Text
	if l.wrong("rex-takes-the-last-match") {
		p = "(?s)^.*(?:" + p + ")"
	}
	re, ok := l.pattern(p, c.Pattern)
	if !ok || l.wrong("rex-keeps-nothing") {
		return
	}
	matches := number(c.Options.Get("max_match"), 1)
	if l.wrong("rex-ignores-max-match") {
		matches = 1
	}
	e := &ir.Extend{At: a}
	for i, g := range re.SubexpNames() {
		if g == "" {
			continue
		}
		found := ir.Expr(call("extract", ir.String, a, str(re.String(), a), lit(ir.Long, int64(i), a), x))
		if matches != 1 {
			found = l.allMatches(r, re, i, matches, x, c)
		}
		e.Cols = append(e.Cols, ir.Named{Name: g, X: firstOf(found, l.col(r, g, c).x)})
	}
	r.add(e)
	for _, g := range e.Cols {
		r.know(g.Name)
	}
}

// allMatches are the values of a group in the first matches, all when matches is 0. A look-around that pattern has rewritten would
// take a character from the next match.
func (l *lowerer) allMatches(r *rows, re *regexp.Regexp, group int, matches int64, x ir.Expr, c *syntax.Rex) ir.Expr {
	a := at(c)
	if re.String() != c.Pattern.Text {
		l.unsupported(c.Pattern, "max_match with look-around")
	}
	list := ir.Expr(call("extract_all", ir.Dynamic, a, str(re.String(), a), lit(ir.Dynamic, []any{int64(group)}, a), x))
	if matches > 0 {
		list = call("array_slice", ir.Dynamic, a, list, lit(ir.Long, int64(0), a), lit(ir.Long, matches-1, a))
	}
	return oneOrMany(l.once(r, val{x: list}).x)
}

// sed replaces the first match, or with g every match: s/from/to/flags; y/abc/xyz/ replaces characters (rex command, "Sed
// expression").
func (l *lowerer) sed(r *rows, c *syntax.Rex, field string, x ir.Expr) {
	a := at(c)
	from, to, flags, _ := syntax.SplitSed(c.Pattern.Text)
	if flags == "y" {
		l.transliterate(r, c, field, x, from, to)
		return
	}
	re, ok := l.exactPattern(from, c.Pattern)
	if !ok {
		return
	}
	p := re.String()
	switch {
	case flags == "sg" && !l.wrong("rex-sed-replaces-the-first"):
	case flags == "s" || flags == "s1" || flags == "sg":
		if !l.wrong("rex-sed-replaces-all") {
			p, to = `(?s)^(.*?)(?-s:`+p+`)`, `\1`+nextGroups(to)
		}
	default:
		l.sedAt(r, c, field, x, re, to, flags[1:])
		return
	}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: field, X: call("replace_regex", ir.String, a, x, str(p, a), str(to, a))}}})
	r.know(field)
}

var groupReference = regexp.MustCompile(`\\([0-9\\])`)

// nextGroups raises the numbers of groups by one, because a group stands before them.
func nextGroups(to string) string {
	return groupReference.ReplaceAllStringFunc(to, func(m string) string {
		if m[1] == '\\' || m[1] == '9' {
			return m
		}
		return `\` + string(m[1]+1)
	})
}

// transliterate replaces each character of one list by that of the other.
func (l *lowerer) transliterate(r *rows, c *syntax.Rex, field string, x ir.Expr, from, to string) {
	a := at(c)
	if utf8.RuneCountInString(from) != utf8.RuneCountInString(to) || strings.Contains(from+to, `\`) {
		l.unsupported(c.Pattern, "y/…/…/ with lists of different lengths or escapes")
		return
	}
	if l.wrong("rex-sed-y-is-ignored") {
		return
	}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: field, X: call("translate", ir.String, a, str(from, a), str(to, a), x)}}})
	r.know(field)
}

func (l *lowerer) regex(r *rows, c *syntax.Regex) {
	a := at(c)
	field := "_raw"
	switch {
	case c.Field != nil:
		field = c.Field.Text
	case l.wrong("regex-without-field-matches-nothing"):
		field = "\x00"
	}
	p := c.Pattern.Text
	if l.wrong("regex-is-anchored") {
		p = "^(?:" + p + ")$"
	}
	re, ok := l.pattern(p, c.Pattern)
	if !ok {
		return
	}
	m := ir.Expr(&ir.Match{At: a, Kind: ir.Regex, Case: ir.Exact, X: l.text(l.col(r, field, c)), Needles: []ir.Expr{str(re.String(), a)}})
	if c.Negated && !l.wrong("regex-ignores-the-negation") {
		l.note(c, "events without "+field+" are left out")
		m = not(m)
	}
	r.add(&ir.Filter{At: a, Pred: m})
}

// rename moves fields, from left to right; with wildcards it moves every field that matches (rename command).
func (l *lowerer) rename(r *rows, c *syntax.Rename) {
	for _, p := range c.Pairs {
		if !p.From.Wild() || l.wrong("rename-star-is-literal") {
			l.move(r, p.From.Text, p.To.Text, p)
			continue
		}
		if !l.known(r, c) {
			return
		}
		re := wildcardGroups(p.From.Text)
		for _, f := range slices.Clone(r.cols) {
			if m := re.FindStringSubmatch(f); m != nil {
				l.move(r, f, fillWildcards(p.To.Text, m[1:]), p)
			}
		}
	}
}

// wildcardGroups matches a name against a pattern; its groups are what each * stands for.
func wildcardGroups(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, "(.*)") + "$")
}

// fillWildcards puts what each * stands for into another pattern.
func fillWildcards(pattern string, parts []string) string {
	for _, part := range parts {
		pattern = strings.Replace(pattern, "*", part, 1)
	}
	return pattern
}

func (l *lowerer) move(r *rows, from, to string, n syntax.Node) {
	if from == to {
		return
	}
	cols := []ir.Named{{Name: to, X: l.col(r, from, n).x}}
	if !l.wrong("rename-copies") {
		cols = append(cols, ir.Named{Name: from, X: null(at(n))})
	}
	r.add(&ir.Extend{At: at(n), Cols: cols})
	r.know(to)
	if i := slices.Index(r.cols, from); i >= 0 && !l.wrong("rename-copies") {
		r.cols = slices.Delete(r.cols, i, i+1)
		if !r.open {
			l.keep(r, at(n))
		}
	}
}

// matching are the known fields that a list of names and patterns means, in the order of the list.
func (l *lowerer) matching(r *rows, names []*syntax.Name, c syntax.Command) []string {
	var out []string
	add := func(f string) {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	for _, n := range names {
		if !n.Wild() {
			add(n.Text)
			continue
		}
		if !l.known(r, c) {
			return out
		}
		re := regexp.MustCompile(wildcard(n.Text, ""))
		for _, f := range r.cols {
			if re.MatchString(f) {
				add(f)
			}
		}
	}
	return out
}

// table makes rows of exactly the named fields, in their order.
func (l *lowerer) table(r *rows, c *syntax.Table) {
	names := l.matching(r, c.Names, c)
	if l.wrong("table-keeps-other-fields") {
		return
	}
	l.project(r, names, c)
}

func (l *lowerer) project(r *rows, names []string, n syntax.Node) {
	p := &ir.Project{At: at(n)}
	for _, f := range names {
		p.Cols = append(p.Cols, ir.Named{Name: f, X: l.col(r, f, n).x})
	}
	l.keepOrder(r, n)
	r.add(p)
	r.cols, r.open = names, false
}

// keepOrder sorts before _time may go.
func (l *lowerer) keepOrder(r *rows, n syntax.Node) {
	if r.newestFirst && !r.sorted && r.has("_time") {
		l.inOrder(r, n)
	}
}

// fields keeps or removes fields. Internal fields (with _) stay unless they are named (fields command).
func (l *lowerer) fields(r *rows, c *syntax.Fields) {
	names := l.matching(r, c.Names, c)
	switch {
	case l.wrong("fields-keeps-all"):
	case c.Remove && !l.wrong("fields-minus-keeps"):
		e := &ir.Extend{At: at(c)}
		for _, f := range names {
			e.Cols = append(e.Cols, ir.Named{Name: f, X: null(at(c))})
		}
		r.add(e)
		r.cols = slices.DeleteFunc(r.cols, func(f string) bool { return slices.Contains(names, f) })
		if !r.open {
			l.keep(r, at(c))
		}
	case !c.Remove && !l.known(r, c): // internal fields stay
	case !c.Remove:
		for _, f := range r.cols {
			if strings.HasPrefix(f, "_") && !slices.Contains(names, f) {
				names = append(names, f)
			}
		}
		l.project(r, names, c)
	}
}

// fillnull fills absent fields, with 0 unless value= says otherwise; without a list, every field that some row has.
func (l *lowerer) fillnull(r *rows, c *syntax.Fillnull) {
	a := at(c)
	names := l.matching(r, c.Names, c)
	if len(c.Names) == 0 && !l.wrong("fillnull-needs-a-list") {
		if !l.known(r, c) {
			return
		}
		names = slices.Clone(r.cols)
	}
	text := "0"
	if c.Value != nil {
		text = c.Value.Text
	}
	fill := ir.Expr(str(text, a))
	if l.wrong("fillnull-writes-empty") {
		fill = null(a)
	}
	e := &ir.Extend{At: a}
	for _, f := range names {
		x := firstOf(l.col(r, f, c).x, fill)
		if l.wrong("fillnull-overwrites") {
			x = fill
		}
		e.Cols = append(e.Cols, ir.Named{Name: f, X: x})
	}
	if len(e.Cols) > 0 {
		r.add(e)
	}
	r.know(names...)
}

// mvexpand makes a row per value; rows without the field go.
func (l *lowerer) mvexpand(r *rows, c *syntax.MvExpand) {
	a := at(c)
	x := l.col(r, c.Field.Text, c).x
	if !l.wrong("mvexpand-keeps-absent") {
		r.add(&ir.Filter{At: a, Pred: not(isNull(x))})
		x = asArray(x) // one value that is a JSON object stays one: its keys are no values
	}
	if !l.wrong("mvexpand-keeps-one-row") {
		if n := number(c.Options.Get("limit"), 0); n > 0 && !l.wrong("mvexpand-ignores-limit") {
			x = call("array_slice", ir.Dynamic, a, asArray(x), lit(ir.Long, int64(0), a), lit(ir.Long, n-1, a))
		}
		r.add(&ir.Expand{At: a, Name: c.Field.Text, X: x})
	}
	r.know(c.Field.Text)
}

// spath reads one path of a JSON text.
func (l *lowerer) spath(r *rows, c *syntax.Spath) {
	l.onlyOptions(c.Options, "input", "output", "path")
	if c.Path == nil {
		l.extractAll(r, c)
		return
	}
	input, output := "_raw", c.Path.Text
	if v := c.Options.Get("input"); v != nil {
		input = v.Text
	}
	if v := c.Options.Get("output"); v != nil {
		output = v.Text
	} else if l.wrong("spath-output-is-the-last-step") {
		output = output[strings.LastIndexByte(output, '.')+1:]
	}
	x := l.jsonPath(r, l.col(r, input, c), c.Path.Text, c.Path)
	r.add(&ir.Extend{At: at(c), Cols: []ir.Named{{Name: output, X: x}}})
	r.know(output)
}

// autoExtract is extraction_cutoff (limits.conf [spath]): the characters that spath without a path reads.
const autoExtract = 5000

// extractAll makes a field of every value of a JSON text, named by its path; a longer text, of which Splunk reads the beginning, ends
// the evaluation. The fields are known only from the data: those of the row go into one bag with them, which is unpacked.
func (l *lowerer) extractAll(r *rows, c *syntax.Spath) {
	a := at(c)
	if v := c.Options.Get("output"); v != nil {
		l.unconfirmed(v, "output without a path")
	}
	if !l.known(r, c) {
		return
	}
	input := "_raw"
	if v := c.Options.Get("input"); v != nil {
		input = v.Text
	}
	l.keepOrder(r, c)
	pack := &ir.Pack{At: a}
	for _, f := range r.cols {
		pack.Keys = append(pack.Keys, f)
		pack.Vals = append(pack.Vals, l.col(r, f, c).x)
	}
	bag := l.helper()
	found := call("flatten_json", ir.Dynamic, a, l.text(l.col(r, input, c)), lit(ir.Long, int64(autoExtract), a))
	all := call("bag_merge", ir.Dynamic, a, firstOf(found, lit(ir.Dynamic, ir.Bag{}, a)), pack)
	if l.wrong("spath-reads-nothing") {
		all = call("bag_merge", ir.Dynamic, a, pack)
	}
	r.add(&ir.Project{At: a, Cols: []ir.Named{{Name: bag, X: all}}}, &ir.Unpack{At: a, Col: bag})
	r.open = true
}
