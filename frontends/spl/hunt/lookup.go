package hunt

import (
	"maps"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// undeclared is the reason for which a lookup is refused whose rows are not known, with what says the same.
const undeclared = "its rows are kept in Splunk and not in the events: declare under lookups: in --definitions the search that fills it, " +
	"or search the time of the baseline too, stats min(_time) AS first by key, where first>=relative_time(now(),…)"

// declared is what a definition says that a lookup holds. It is false after a refusal.
func (l *lowerer) declared(n *syntax.Name) (spl.Lookup, bool) {
	var def spl.Lookup
	var known []string
	if l.opt.Definitions != nil {
		def, known = l.opt.Definitions.Lookups[n.Text], slices.Sorted(maps.Keys(l.opt.Definitions.Lookups))
	}
	if def.Search != "" || len(def.Fields) > 0 {
		return def, true
	}
	why := undeclared
	if near := diag.Nearest(n.Text, known); near != "" {
		why = "did you mean " + near + "? " + why
	}
	l.refuse(n, spl.CodeUnsupported, "the lookup "+n.Text+" is not translated", why)
	return def, false
}

// tableOf makes the rows of a lookup. Those of the search that fills it are the lookup's wherever it stands in the hunt: that it is filled
// up to the moment is an assumption. Nil after a refusal.
func (l *lowerer) tableOf(n *syntax.Name) *lowerer {
	def, ok := l.declared(n)
	switch {
	case !ok:
		return nil
	case len(def.Fields) > 0:
		return l.given(n, def)
	case slices.Contains(l.reading, n.Text):
		l.refuse(n, spl.CodeUnsupported, "the lookup "+n.Text+" is filled from itself",
			"what it holds depends on all its runs: declare the search over all the time that it remembers, without the lookup")
		return nil
	}
	pipe, found := syntax.ParsePart(l.src, def.Search, n.Span(), l.parsing())
	in := &lowerer{src: l.src, opt: l.opt, lookupText: def.Search, reading: append(slices.Clone(l.reading), n.Text),
		assumptions: l.assumptions, sizes: l.sizes, bindings: l.bindings}
	if !found.HasErrors() {
		in.pipeline(pipe)
	}
	l.bindings = in.bindings
	failed := false
	for _, d := range append(found, in.diags...) {
		failed = failed || d.Severity >= diag.Refused
		d.Message = "in the search of the lookup " + n.Text + ": " + d.Message
		l.diags.Add(d)
	}
	if failed {
		return nil
	}
	l.assume("the lookup " + n.Text + " holds, whenever it is read, the rows of " + strings.Join(strings.Fields(def.Search), " ") + " (as declared)")
	return in
}

// uniqueBy are columns whose values together occur in one row only; none where that is not known.
func uniqueBy(ops []ir.Op) []string {
	var keys []string
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Aggregate:
			keys = nil
			for _, k := range o.Keys {
				keys = append(keys, k.Name)
			}
		case *ir.Project:
			keys = renamed(keys, o.Cols)
		case *ir.Extend:
			if slices.ContainsFunc(o.Cols, func(n ir.Named) bool { return slices.Contains(keys, n.Name) }) {
				keys = nil
			}
		case *ir.Filter, *ir.Sort, *ir.Limit:
		default:
			keys = nil
		}
	}
	return keys
}

// renamed are the names under which columns come out of a projection, none where one of them does not.
func renamed(keys []string, cols []ir.Named) []string {
	var out []string
	for _, k := range keys {
		i := slices.IndexFunc(cols, func(n ir.Named) bool { c, ok := n.X.(*ir.Col); return ok && c.Name == k })
		if i < 0 {
			return nil
		}
		out = append(out, cols[i].Name)
	}
	return out
}

// lookup adds the fields of the row with the same keys, compared as texts, whose case decides (transforms.conf,
// case_sensitive_match). Rows without one stay as they are.
func (l *lowerer) lookup(c *syntax.Lookup) {
	for _, o := range c.Options {
		if name := strings.ToLower(o.Name.Text); name != "local" && name != "update" { // where the table is read, not what it holds
			l.unsupported(o.Name, "the option "+o.Name.Text)
			return
		}
	}
	if l.opt.Definitions != nil && len(l.opt.Definitions.Lookups[c.Table.Text].Fields) > 0 {
		l.chooseRow(c, l.opt.Definitions.Lookups[c.Table.Text])
		return
	}
	table := l.tableOf(c.Table)
	if table == nil || !l.oneRow(c, table) {
		l.unknown(c.Out)
		return
	}
	l.groups = nil // their columns are fixed where others read the rows
	if l.order == sorted {
		l.order = unordered
	}
	join := &ir.Join{At: at(c), Kind: ir.LeftOuter, Lookup: true}
	p := &ir.Project{At: at(c)}
	taken := slices.Clone(l.held)
	free := func(name string) string {
		for slices.Contains(taken, name) {
			name += "_"
		}
		taken = append(taken, name)
		return name
	}
	for _, k := range c.In {
		left, right := l.keysOf(k, table)
		if right.bad() {
			return
		}
		h := free("key_" + left)
		join.On = append(join.On, ir.JoinKey{Left: left, Right: h})
		p.Cols = append(p.Cols, ir.Named{Name: h, X: right.x})
	}
	type result struct {
		name, col string
		val
	}
	var out []result
	for _, o := range l.outputs(c, table) {
		v := l.output(o, table)
		if v.bad() {
			return
		}
		name := eventField(o).Text
		h := free(name)
		p.Cols = append(p.Cols, ir.Named{Name: h, X: v.x})
		out = append(out, result{name, h, v})
	}
	join.Right = &ir.Pipeline{From: table.from, Ops: append(slices.Clone(table.ops), p)}
	l.ops = append(l.ops, join)
	for _, o := range out {
		o.always = false
		l.hold(o.col)
		l.define(o.name, o.col, o.val, c)
	}
}

// unknown are fields that a refused command would have made: one mistake makes one message.
func (l *lowerer) unknown(out []*syntax.Pair) {
	for _, o := range out {
		l.fields = append(l.fields, column{eventField(o).Text, bad(o)})
	}
}

// oneRow holds a lookup to the keys of its groups: by fewer fields it finds several rows, whose values it would all add.
func (l *lowerer) oneRow(c *syntax.Lookup, table *lowerer) bool {
	var by []string
	for _, k := range c.In {
		by = append(by, k.From.Text)
	}
	keys := uniqueBy(table.ops)
	slices.Sort(by)
	if slices.Sort(keys); len(keys) > 0 && slices.Equal(by, keys) {
		return true
	}
	why := "its search is grouped by " + listed(keys)
	if len(keys) == 0 {
		why = "end its search with stats BY these fields"
	}
	l.refuse(c.Table, spl.CodeUnsupported, "the lookup "+c.Table.Text+" by "+listed(by)+" is not translated", "several rows may have the same values, and the fields of all would be added: "+why)
	return false
}

// eventField is the name of a pair's field in the event.
func eventField(p *syntax.Pair) *syntax.Name {
	if p.To != nil {
		return p.To
	}
	return p.From
}

// keysOf are the column of the rows and the value of the table that are compared: as texts, unless both are whole numbers.
func (l *lowerer) keysOf(k *syntax.Pair, table *lowerer) (string, val) {
	n := eventField(k)
	left, right := l.key(n), table.key(k.From)
	l.diags, table.diags = append(l.diags, table.diags...), nil
	if left.bad() || right.bad() {
		return "", bad(k)
	}
	if left.t != right.t && !(whole(left.t) && whole(right.t)) {
		left, right = l.asText(left, n), l.asText(right, k.From)
		if left.bad() || right.bad() {
			return "", bad(k)
		}
	}
	if left.t != right.t { // int and long
		left.x, right.x = &ir.Cast{At: at(k), To: ir.Long, X: left.x}, &ir.Cast{At: at(k), To: ir.Long, X: right.x}
	}
	if c, ok := left.x.(*ir.Col); ok {
		return c.Name, right
	}
	h := l.free("key_" + n.Text)
	l.ops = append(l.ops, &ir.Extend{At: at(k), Cols: []ir.Named{{Name: h, X: left.x}}})
	l.hold(h)
	return h, right
}

// outputs are the fields that a lookup adds: without OUTPUT all that are not compared (lookup command).
func (l *lowerer) outputs(c *syntax.Lookup, table *lowerer) []*syntax.Pair {
	if c.Output != "" {
		return c.Out
	}
	var out []*syntax.Pair
	for _, f := range table.fields {
		if slices.ContainsFunc(c.In, func(p *syntax.Pair) bool { return p.From.Text == f.name }) {
			continue
		}
		p := &syntax.Pair{From: &syntax.Name{Text: f.name}}
		p.At, p.From.At = c.At, c.At
		out = append(out, p)
	}
	return out
}

// output is a value of the table that a row gets. Every row of the table must have it: no page says what an empty cell becomes.
func (l *lowerer) output(o *syntax.Pair, table *lowerer) val {
	n, name := eventField(o), eventField(o).Text
	v := table.field(o.From.Text, o.From)
	l.diags, table.diags = append(l.diags, table.diags...), nil
	switch {
	case v.bad():
		return v
	case v.set || v.t == ir.Real || v.t == ir.Bool || v.t == ir.Timespan || v.stamp:
		l.refuse(n, spl.CodeUnsupported, o.From.Text+" of the lookup, a "+kindOf(v)+", is not translated", "in a lookup it is a text of some form: texts, whole numbers and times of events are translated")
		return bad(n)
	case !v.always || v.t == ir.String && !v.nonempty:
		l.refuse(n, spl.CodeUnsupported, o.From.Text+" of the lookup may be empty", "no page of Splunk says what an empty cell becomes: leave its rows out of the search that fills the lookup")
		return bad(n)
	case !l.isNew(name, n):
		return bad(n)
	}
	return v
}

// isNew reports whether the rows lack a field that a lookup adds. Events have none that is not declared, by assumption.
func (l *lowerer) isNew(name string, n syntax.Node) bool {
	if l.index(name) >= 0 {
		l.refuse(n, spl.CodeUnsupported, "the rows have the field "+name+" before the lookup", "which value stays is not translated: give the lookup's field another name with AS")
		return false
	}
	if l.events {
		l.assume("no event of " + l.base + " has the field " + name + " by itself (it is not declared)")
	}
	return true
}

// inputLookup reads the rows of a lookup: instead of events where it is the first command, or behind the rows so far with append=t.
func (l *lowerer) inputLookup(c *syntax.InputLookup, first bool) bool {
	for _, o := range c.Options { // behind other commands append is true: the parser sees to it
		if name := strings.ToLower(o.Name.Text); name != "append" && name != "strict" {
			l.unsupported(o.Name, "the option "+o.Name.Text)
			return false
		}
	}
	table := l.tableOf(c.Table)
	if table == nil {
		return false
	}
	if c.Where != nil {
		table.filter(syntax.Terms(c.Where))
		l.diags = append(l.diags, table.diags...)
	}
	if first {
		l.base, l.from, l.ops, l.fields, l.held, l.order = "the lookup "+c.Table.Text, table.from, table.ops, table.fields, table.held, unordered
		return true
	}
	return l.appendRows(c, table)
}

// appendRows puts the rows of a table behind those so far; a field that one side lacks is absent there.
func (l *lowerer) appendRows(n *syntax.InputLookup, table *lowerer) bool {
	if l.events {
		l.refuse(n, spl.CodeOpenFields, "rows behind whole events are not translated", "events have more fields than those that are known: put stats or table before it")
		return false
	}
	l.settle(n)
	fields := slices.Clone(l.fields)
	for _, f := range table.fields {
		if l.index(f.name) < 0 {
			fields = append(fields, f)
		}
	}
	for i, f := range fields {
		mine, theirs := l.index(f.name), table.index(f.name)
		if mine < 0 || theirs < 0 {
			if f.set {
				l.unsupported(n, "a set of values that only one side has")
				return false
			}
			fields[i].always = false
			continue
		}
		a, b := l.fields[mine].val, table.fields[theirs].val
		if a.t != b.t || a.set != b.set || a.stamp != b.stamp {
			l.refuse(n, spl.CodeUnsupported, "the field "+f.name+" is a "+kindOf(a)+" in the rows and a "+kindOf(b)+" in the lookup", "give one of them another name")
			return false
		}
		fields[i].val = bothOf(a, b)
	}
	l.ops = append(l.ops, &ir.Append{At: at(n), Inputs: []*ir.Pipeline{{From: table.from, Ops: table.ops}}})
	l.order, l.groups, l.fields, l.held = unordered, nil, nil, nil
	for _, f := range fields {
		f.x = &ir.Col{At: at(n), Name: f.name, T: f.t}
		l.fields, l.held = append(l.fields, f), append(l.held, f.name)
	}
	return true
}

// bothOf is what is known of a value that comes from either of two.
func bothOf(a, b val) val {
	out := val{t: a.t, always: a.always && b.always, nonempty: a.nonempty && b.nonempty, text: a.text && b.text, stamp: a.stamp, set: a.set,
		full: append(slices.Clone(a.full), b.full...), digits: append(slices.Clone(a.digits), b.digits...)}
	if a.max > 0 && b.max > 0 {
		out.max = max(a.max, b.max)
	}
	return out
}

// outputLookup writes the rows into a lookup and passes them on. The hunt reads the events instead, so that nothing has to be kept.
func (l *lowerer) outputLookup(c *syntax.Other) {
	words := strings.Fields(c.Args.Text)
	name := ""
	for _, w := range words {
		if !strings.Contains(w, "=") {
			name = w
		}
	}
	if l.opt.Definitions == nil || l.opt.Definitions.Lookups[name].Search == "" {
		l.refuse(c.Word(), spl.CodeUnsupported, "the command outputlookup is not translated", "what it keeps is not in the hunt: "+undeclared)
		return
	}
	l.assume("the lookup " + name + " is not written: the hunt reads the events that it is filled from")
}
