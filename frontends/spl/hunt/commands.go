package hunt

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl"
	tree "github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

func (l *lowerer) hold(name string) {
	if !slices.Contains(l.held, name) {
		l.held = append(l.held, name)
	}
}

func (l *lowerer) index(name string) int {
	return slices.IndexFunc(l.fields, func(f column) bool { return f.name == name })
}

// assign writes a field. Where another field reads the column of this name, because it was renamed, the value gets another column.
func (l *lowerer) assign(name string, v val, n tree.Node) {
	if v.bad() {
		v = bad(n)
	}
	taken := func(col string) bool {
		return col == l.time && l.order == newestFirst || slices.ContainsFunc(l.fields, func(f column) bool {
			c, ok := f.x.(*ir.Col)
			return ok && f.name != name && c.Name == col
		})
	}
	colName := name
	for taken(colName) {
		colName += "_"
	}
	l.ops = append(l.ops, &ir.Extend{At: at(n), Cols: []ir.Named{{Name: colName, X: v.x}}})
	l.hold(colName)
	l.define(name, colName, v, n)
}

// define makes a field of a column.
func (l *lowerer) define(name, colName string, v val, n tree.Node) {
	v.x, v.lit, v.null = &ir.Col{At: at(n), Name: colName, T: v.t}, nil, false
	if i := l.index(name); i >= 0 {
		l.fields[i].val = v
		return
	}
	l.fields = append(l.fields, column{name, v})
}

// eval writes fields from left to right; a later one sees the earlier ones.
func (l *lowerer) eval(c *tree.Eval) {
	for _, a := range c.Assigns {
		v := l.value(a.X)
		if v.t == ir.Timespan {
			v.x, v.t = real(v, a.X), ir.Real
		}
		l.assign(a.Field.Text, v, a)
	}
}

// patterned are the fields that a name or a pattern of names means.
func (l *lowerer) patterned(n *tree.Name) []string {
	if !n.Wild() {
		return []string{n.Text}
	}
	if l.events {
		l.refuse(n, spl.CodeOpenFields, "a pattern of field names is not translated here", "events have more fields than those that are declared: name them")
		return nil
	}
	re := pattern(n.Text)
	var out []string
	for _, f := range l.fields {
		if re.MatchString(f.name) {
			out = append(out, f.name)
		}
	}
	return out
}

func pattern(s string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(s), `\*`, "(.*)") + "$")
}

// table keeps fields, in the order in which they are written. Events come newest first ("search", order of results).
func (l *lowerer) table(c tree.Node, names []*tree.Name) {
	l.newestFirst(c)
	var kept []column
	for _, n := range names {
		for _, name := range l.patterned(n) {
			v := l.field(name, n)
			if v.bad() {
				continue
			}
			if slices.ContainsFunc(kept, func(k column) bool { return k.name == name }) {
				l.unsupported(n, "a field that is named twice")
				continue
			}
			v.x = placed(v.x, n)
			kept = append(kept, column{name, v})
		}
	}
	l.fields, l.events = kept, false
	p := &ir.Project{At: at(c)}
	l.held, l.groups = nil, nil
	for i, f := range l.fields {
		p.Cols = append(p.Cols, ir.Named{Name: f.name, X: f.x})
		l.held = append(l.held, f.name)
		l.fields[i].x = &ir.Col{At: at(c), Name: f.name, T: f.t}
	}
	l.ops = append(l.ops, p)
}

// newestFirst puts events into the order in which a search returns them.
func (l *lowerer) newestFirst(n tree.Node) {
	if l.order == newestFirst && l.time != "" {
		l.ops = append(l.ops, &ir.Sort{At: at(n), Keys: []ir.SortKey{{X: &ir.Col{At: at(n), Name: l.time, T: ir.Datetime}, Desc: true}}})
		l.order = sorted
	}
}

// fieldsCommand removes fields, or keeps some: of events _time and _raw stay too.
func (l *lowerer) fieldsCommand(c *tree.Fields) {
	var names []string
	for _, n := range c.Names {
		for _, name := range l.patterned(n) {
			l.field(name, n)
			names = append(names, name)
		}
	}
	if c.Remove {
		l.fields = slices.DeleteFunc(l.fields, func(f column) bool { return slices.Contains(names, f.name) })
		return
	}
	var kept []column
	for _, name := range names {
		if i := l.index(name); i >= 0 && !slices.ContainsFunc(kept, func(k column) bool { return k.name == name }) {
			kept = append(kept, l.fields[i])
		}
	}
	for _, f := range l.fields {
		if strings.HasPrefix(f.name, "_") && !slices.Contains(names, f.name) {
			kept = append(kept, f)
		}
	}
	l.fields = kept
}

// rename moves fields from left to right; the columns stay as they are until the end.
func (l *lowerer) rename(c *tree.Rename) {
	for _, p := range c.Pairs {
		re := pattern(p.From.Text)
		for _, from := range l.patterned(p.From) {
			to := p.To.Text
			for _, part := range re.FindStringSubmatch(from)[1:] {
				to = strings.Replace(to, "*", part, 1)
			}
			l.move(from, to, p)
		}
	}
}

func (l *lowerer) move(from, to string, p *tree.Pair) {
	v := l.field(from, p.From)
	if from == to || v.bad() {
		return
	}
	if i := l.index(to); i >= 0 {
		l.fields = slices.Delete(l.fields, i, i+1)
	}
	l.fields[l.index(from)].name = to
}

// fillnull fills absent fields, with 0 unless value= says otherwise; without names every field.
func (l *lowerer) fillnull(c *tree.Fillnull) {
	type target struct {
		name string
		n    tree.Node
	}
	var targets []target
	for _, n := range c.Names {
		for _, name := range l.patterned(n) {
			targets = append(targets, target{name, n})
		}
	}
	if len(c.Names) == 0 {
		if l.events {
			l.refuse(c, spl.CodeOpenFields, "fillnull without names is not translated here", "events have more fields than those that are declared: name them")
			return
		}
		for _, f := range l.fields {
			targets = append(targets, target{f.name, c})
		}
	}
	text := "0"
	if c.Value != nil {
		text = c.Value.Text
	}
	for _, t := range targets {
		if v := l.read(t.name, t.n); !v.bad() && !v.always {
			l.fill(t.name, v, text, t.n)
		}
	}
}

func (l *lowerer) fill(name string, v val, text string, n tree.Node) {
	f := val{x: litOf(at(n), ir.String, text), t: ir.String, always: true, nonempty: text != "", text: true, lit: &text}
	if number(v.t) {
		if num := l.number(&tree.Value{Text: text}); !num.bad() && num.x.(*ir.Lit).Value.String() == text {
			f = num
		}
	}
	if v.set || v.t == ir.Datetime {
		l.refuse(n, spl.CodeUnsupported, "fillnull of "+name+", a "+kindOf(v)+", is not translated", "the filler is of another type")
		return
	}
	all, t := l.unified([]val{v, f}, []tree.Node{n, n}, n)
	if all == nil {
		return
	}
	out := merged(all, t)
	out.always = true
	out.x = &ir.Cond{At: at(n), Branches: []ir.Branch{{If: l.present(v, n), Then: all[0].x}}, Else: all[1].x, T: t}
	l.assign(name, out, n)
}

// sort orders rows: numbers as numbers; rows without the field come last in both directions; 10000 rows are kept unless a count says
// otherwise (sort command).
func (l *lowerer) sort(c *tree.Sort) {
	s := &ir.Sort{At: at(c)}
	for _, k := range c.Keys {
		v := l.read(k.Field.Text, k.Field)
		switch {
		case v.bad():
			continue
		case k.Kind == "ip" || v.set:
			l.unsupported(k, "this order")
			continue
		case v.t == ir.String && k.Kind != "str" || number(v.t) && k.Kind == "str":
			l.refuse(k, spl.CodeUnsupported, "the order of "+k.Field.Text+" is not translated",
				"it is a text: Splunk orders it as a number where it looks like one; sort str("+k.Field.Text+") orders texts")
			continue
		}
		s.Keys = append(s.Keys, ir.SortKey{X: v.x, Desc: k.Desc != c.Reverse})
	}
	for i, k := range s.Keys {
		if v := ir.TypeOf(k.X); v == ir.String && !k.Desc {
			l.lastWhenAbsent(s, i)
		}
	}
	l.ops = append(l.ops, s)
	l.order = sorted
	limit := int64(10_000)
	if v := l.number(c.N); c.N != nil && !v.bad() {
		limit = v.x.(*ir.Lit).Value.V.(int64)
	}
	if limit > 0 {
		l.ops = append(l.ops, &ir.Limit{At: at(c), N: limit})
	}
}

// lastWhenAbsent puts an absent text behind the others: to the hunt it is the empty text, which comes first.
func (l *lowerer) lastWhenAbsent(s *ir.Sort, i int) {
	x := s.Keys[i].X
	f := slices.IndexFunc(l.fields, func(f column) bool { return sameColumn(f.x, x) })
	if f >= 0 && l.fields[f].always {
		return
	}
	s.Keys = slices.Insert(s.Keys, i, ir.SortKey{X: &ir.IsEmpty{At: s.At, X: x}})
}

// head keeps the first rows, in an order that the search says.
func (l *lowerer) head(c *tree.Head) {
	n := int64(10)
	count := c.N
	if count == nil {
		count = c.Options.Get("limit")
	}
	if v := l.number(count); count != nil && !v.bad() {
		n = v.x.(*ir.Lit).Value.V.(int64)
	} else if count != nil {
		l.unsupported(count, "this count")
	}
	switch {
	case c.Cond != nil:
		l.unsupported(c, "head with a condition")
		return
	case l.order == unordered:
		l.refuse(c, spl.CodeUnsupported, "head of groups in no order is not translated", "which rows come first is not documented: put sort before it")
		return
	case l.order == newestFirst && l.time == "":
		l.refuse(c, spl.CodeOpenFields, "the time of the events is not known", "declare TimeGenerated, Timestamp or _time as datetime with --fields")
		return
	}
	l.newestFirst(c)
	l.ops = append(l.ops, &ir.Limit{At: at(c), N: n})
}

// dedup keeps the first row of each combination of values: of events the newest. Rows without one of the fields go (dedup command).
func (l *lowerer) dedup(c *tree.Dedup) {
	if c.N != nil && c.N.Text != "1" || len(c.Options) > 0 || len(c.SortBy) > 0 {
		l.unsupported(c.Word(), "dedup in this form")
		return
	}
	agg := &ir.Aggregate{At: at(c)}
	var names []string
	var out []column
	for _, n := range c.Fields {
		for _, name := range l.patterned(n) {
			key := &tree.Name{Text: name}
			key.At = n.At
			v := l.key(key)
			if v.bad() {
				return
			}
			if p := l.present(v, n); !isTrue(p) {
				l.ops = append(l.ops, &ir.Filter{At: at(n), Pred: p})
			}
			names = append(names, name)
			agg.Keys = append(agg.Keys, ir.Named{Name: name, X: v.x})
			v.always = true
			out = append(out, column{name, v})
		}
	}
	rest := slices.DeleteFunc(slices.Clone(l.fields), func(f column) bool { return slices.Contains(names, f.name) })
	if len(rest) > 0 && (l.order != newestFirst || l.time == "") {
		l.refuse(c.Word(), spl.CodeUnsupported, "dedup at this place is not translated", "which row of a group comes first is known of events only: use stats with latest()")
		return
	}
	t := &ir.Col{At: at(c), Name: l.time, T: ir.Datetime}
	for _, f := range rest {
		a := ir.Agg{At: at(c), Name: f.name, Func: ir.ArgMax, Args: []ir.Expr{t, f.x}, T: f.t}
		if sameColumn(f.x, t) {
			a.Func, a.Args = ir.Max, []ir.Expr{t}
		}
		agg.Aggs = append(agg.Aggs, a)
		out = append(out, f)
	}
	l.ops = append(l.ops, agg)
	l.held, l.groups = agg.Names(), nil
	for i, f := range out {
		if sameColumn(f.x, t) {
			l.time = f.name
		}
		out[i].x = &ir.Col{At: at(c), Name: f.name, T: f.t}
	}
	l.fields = out
	if !slices.Contains(l.held, l.time) {
		l.order = unordered
	}
}

// named are the names of groups, which not every language writes in the same way.
var named = regexp.MustCompile(`\(\?P?<[A-Za-z_]\w*>`)

// rex writes the named groups of the first match; without one a field stays as it is (rex command).
func (l *lowerer) rex(c *tree.Rex) {
	f := c.Options.Get("field")
	if c.Sed || f == nil || f.Text == "_raw" || len(c.Options) != 1 {
		l.refuse(c, spl.CodeUnsupported, "rex in this form is not translated", "rex field=… with named groups is; the raw text of the event is not among the fields")
		return
	}
	source := &tree.Name{Text: f.Text}
	source.At = f.At
	v := l.asText(l.read(f.Text, source), source)
	re := l.regex(c.Pattern.Text, c.Pattern)
	if v.bad() || re == nil {
		return
	}
	plain := named.ReplaceAllString(c.Pattern.Text, "(")
	parsed, err := syntax.Parse(c.Pattern.Text, syntax.Perl)
	if err != nil {
		l.unsupported(c.Pattern, "this regular expression")
		return
	}
	for i, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		x := &ir.Call{At: at(c), Func: "extract", T: ir.String, Args: []ir.Expr{litOf(at(c), ir.String, plain), litOf(at(c), ir.Long, int64(i)), v.x}}
		out := val{x: x, t: ir.String, nonempty: groupFull(parsed, i)}
		if l.index(name) >= 0 {
			old := l.asText(l.read(name, c.Pattern), c.Pattern)
			if old.bad() {
				return
			}
			if !out.nonempty {
				l.unsupported(c.Pattern, "a group that may be empty, into the field "+name+" that exists")
				return
			}
			out = val{x: &ir.Cond{At: at(c), Branches: []ir.Branch{{If: not(&ir.IsEmpty{At: at(c), X: x}), Then: x}}, Else: old.x, T: ir.String},
				t: ir.String, nonempty: old.nonempty, full: old.full, always: old.always}
		}
		l.assign(name, out, c)
	}
}

// groupFull reports whether a group never holds the empty text where it takes part in a match.
func groupFull(re *syntax.Regexp, group int) bool {
	if re.Op == syntax.OpCapture && re.Cap == group {
		return shortest(re.Sub[0]) > 0
	}
	return slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return groupFull(s, group) })
}

// shortest is the least number of characters that an expression matches.
func shortest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * shortest(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, s := range re.Sub {
			n += shortest(s)
		}
		return n
	case syntax.OpAlternate:
		n := shortest(re.Sub[0])
		for _, s := range re.Sub[1:] {
			n = min(n, shortest(s))
		}
		return n
	default:
		return 0
	}
}

// regexCommand keeps the rows whose field a regular expression finds.
func (l *lowerer) regexCommand(c *tree.Regex) {
	if c.Field == nil || c.Field.Text == "_raw" {
		l.refuse(c, spl.CodeUnsupported, "regex on the raw text is not translated", "name the field that holds it: regex field=\"…\"")
		return
	}
	v := l.asText(l.read(c.Field.Text, c.Field), c.Field)
	if v.bad() || l.regex(c.Pattern.Text, c.Pattern) == nil {
		return
	}
	k := l.matching(v, c.Pattern.Text, c.Field, c)
	if c.Negated {
		if !k.total {
			l.refuse(c, spl.CodeUnsupported, "regex with != on a field that may be absent is not translated", "no page of Splunk says what becomes of events without it: use where with match() and isnull()")
			return
		}
		k.x = negated(k.x)
	}
	l.ops = append(l.ops, &ir.Filter{At: at(c), Pred: k.x})
}
