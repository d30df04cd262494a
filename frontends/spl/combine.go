package spl

import (
	"encoding/csv"
	"slices"
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

func (l *lowerer) appendRows(r *rows, c *syntax.Append) {
	l.onlyOptions(c.Options, subsearchOptions...)
	l.keepOrder(r, c)
	sub := l.pipeline(c.Sub.Pipe, false)
	if l.wrong("append-keeps-the-first-part") {
		return
	}
	l.maxout(sub, c.Options, c)
	l.addRows(r, sub, c)
}

// subsearchOptions are those of [subsearch-options]. maxtime and timeout bound how long the subsearch runs, which is no matter of the
// rows: what it cuts is found by the lint.
var subsearchOptions = []string{"maxout", "maxtime", "timeout", "extendtimerange=f"}

// maxout keeps as many rows of a subsearch as the option says; 0 stands for all of them.
func (l *lowerer) maxout(sub *rows, opts syntax.OptionList, c syntax.Command) {
	if n := number(opts.Get("maxout"), 0); n > 0 && !l.wrong("maxout-is-ignored") {
		l.inOrder(sub, c)
		sub.add(&ir.Limit{At: at(c), N: n})
	}
}

func (l *lowerer) addRows(r, sub *rows, c syntax.Command) {
	l.keepOrder(sub, c)
	l.untyped(r, sub.cols, c)
	l.untyped(sub, r.cols, c)
	r.add(&ir.Append{At: at(c), Inputs: []*ir.Pipeline{sub.pipe()}})
	r.know(sub.cols...)
	r.open = r.open || sub.open
}

// untyped makes the fields that rows share with others values of any type: the IR keeps columns of one name and two types apart.
func (l *lowerer) untyped(r *rows, others []string, n syntax.Node) {
	e := &ir.Extend{At: at(n)}
	for _, f := range others {
		if r.has(f) {
			e.Cols = append(e.Cols, ir.Named{Name: f, X: choose(ir.Dynamic, l.col(r, f, n).x)})
		}
	}
	if len(e.Cols) > 0 {
		r.add(e)
	}
}

// join pairs rows by fields of the same name: inner and one match unless options say otherwise; the subsearch's fields overwrite
// (join command).
func (l *lowerer) join(r *rows, c *syntax.Join) {
	a := at(c)
	l.onlyOptions(c.Options, append([]string{"type", "max", "overwrite", "usetime=f", "earlier"}, subsearchOptions...)...)
	if c.Sub == nil || len(c.Where) > 0 {
		l.refuse(c, CodeUnsupported, "join with a data set or aliases is not evaluated", "no page at hand tells what the fields of the result are called")
		return
	}
	l.keepOrder(r, c)
	sub := l.pipeline(c.Sub.Pipe, false)
	l.maxout(sub, c.Options, c)
	if !l.known(r, c) || !l.known(sub, c) {
		return
	}
	var keys []string
	for _, f := range c.Fields {
		keys = append(keys, f.Text)
	}
	if len(keys) == 0 {
		keys = slices.DeleteFunc(slices.Clone(sub.cols), func(f string) bool { return !r.has(f) || strings.HasPrefix(f, "_") })
	}
	if len(keys) == 0 {
		l.unsupported(c, "join without a common field")
		return
	}
	l.limitMatches(sub, keys, c)
	l.joinRows(r, sub, keys, a, c)
}

// limitMatches keeps as many rows of the subsearch per key as a row may join, and none without a key.
func (l *lowerer) limitMatches(sub *rows, keys []string, c *syntax.Join) {
	l.inOrder(sub, c)
	for _, k := range keys {
		sub.add(&ir.Filter{At: at(c), Pred: not(isNull(l.col(sub, k, c).x))})
	}
	limit := number(c.Options.Get("max"), 1)
	switch {
	case l.wrong("join-takes-all-matches"):
		limit = 0
	case l.wrong("join-ignores-max"):
		limit = 1
	}
	if limit > 0 {
		l.firstRows(sub, keys, limit, c)
	}
}

func (l *lowerer) joinRows(r, sub *rows, keys []string, a ir.At, c *syntax.Join) {
	join := &ir.Join{At: a, Kind: ir.Inner, Lookup: true}
	outer := c.Options.Get("type") != nil && !strings.EqualFold(c.Options.Get("type").Text, "inner")
	if outer && !l.wrong("join-left-is-inner") || l.wrong("join-keeps-all") {
		join.Kind = ir.LeftOuter
	}
	p := &ir.Project{At: a}
	for _, k := range keys {
		left, right := l.helper(), l.helper()
		r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: left, X: l.text(l.col(r, k, c))}}})
		p.Cols = append(p.Cols, ir.Named{Name: right, X: l.text(l.col(sub, k, c))})
		join.On = append(join.On, ir.JoinKey{Left: left, Right: right})
	}
	overwrite := isTrue(c.Options.Get("overwrite"), true) && !l.wrong("join-keeps-the-left-field") || l.wrong("overwrite-is-ignored")
	e := &ir.Extend{At: a}
	for _, f := range sub.cols {
		if slices.Contains(keys, f) {
			continue
		}
		h := l.helper()
		p.Cols = append(p.Cols, ir.Named{Name: h, X: l.col(sub, f, c).x})
		theirs, ours := ir.Expr(&ir.Col{At: a, Name: h, T: ir.Dynamic}), l.col(r, f, c).x
		if !overwrite {
			theirs, ours = ours, theirs
		}
		e.Cols = append(e.Cols, ir.Named{Name: f, X: firstOf(theirs, ours)})
	}
	sub.add(p)
	join.Right = sub.pipe()
	r.add(join, e)
	for _, f := range e.Cols {
		r.know(f.Name)
	}
	l.keep(r, a)
}

// lookup adds the fields of matching rows of a table: several matches make a multivalue field (transforms.conf, max_matches 100).
// Without OUTPUT every field of the table that is not matched is added (lookup command). local and update say where the table is
// read and whether again while a search runs.
func (l *lowerer) lookup(r *rows, c *syntax.Lookup) {
	a := at(c)
	l.onlyOptions(c.Options, "local", "update")
	l.seen.lookup(c)
	sub := l.lookupTable(c.Table)
	if sub == nil || l.wrong("lookup-adds-nothing") {
		return
	}
	agg := &ir.Aggregate{At: a}
	join := &ir.Join{At: a, Kind: ir.LeftOuter, Lookup: true}
	fold := func(x ir.Expr) ir.Expr {
		if l.foldsCase(c.Table.Text) {
			return call("tolower", ir.String, a, x)
		}
		return x
	}
	for _, p := range c.In {
		event, table := eventField(p), p.From.Text
		if l.wrong("lookup-as-is-reversed") {
			event, table = table, event
		}
		left, right := l.helper(), l.helper()
		sub.add(&ir.Filter{At: a, Pred: not(isNull(l.col(sub, table, p).x))})
		r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: left, X: fold(l.text(l.col(r, event, p)))}}})
		r.temps = append(r.temps, left, right)
		agg.Keys = append(agg.Keys, ir.Named{Name: right, X: fold(l.text(l.col(sub, table, p)))})
		join.On = append(join.On, ir.JoinKey{Left: left, Right: right})
	}
	e := &ir.Extend{At: a}
	for _, p := range l.outputs(c, sub.cols) {
		h := l.helper()
		r.temps = append(r.temps, h)
		x := l.col(sub, p.From.Text, p).x
		agg.Aggs = append(agg.Aggs, ir.Agg{At: a, Name: h, Func: ir.MakeList, Args: []ir.Expr{x}, If: not(isNull(x)), Cap: l.maxMatches(), T: ir.Dynamic})
		theirs, ours := oneOrMany(&ir.Col{At: a, Name: h, T: ir.Dynamic}), l.col(r, eventField(p), p).x
		keeps := c.Output == "OUTPUTNEW" && !l.wrong("lookup-outputnew-overwrites") || l.wrong("lookup-output-keeps")
		if keeps {
			theirs, ours = ours, theirs
		}
		e.Cols = append(e.Cols, ir.Named{Name: eventField(p), X: firstOf(theirs, ours)})
	}
	sub.add(agg)
	join.Right = sub.pipe()
	r.add(join, e)
	for _, f := range e.Cols {
		r.know(f.Name)
	}
}

// maxMatches is max_matches of a lookup without a time (transforms.conf.spec).
func (l *lowerer) maxMatches() int64 {
	if l.wrong("lookup-takes-one-match") {
		return 1
	}
	return 100
}

// outputs are the fields that a lookup adds.
func (l *lowerer) outputs(c *syntax.Lookup, fields []string) []*syntax.Pair {
	if c.Output != "" {
		return c.Out
	}
	var out []*syntax.Pair
	for _, f := range fields {
		matched := slices.ContainsFunc(c.In, func(p *syntax.Pair) bool { return p.From.Text == f })
		if !matched && (len(out) == 0 || !l.wrong("lookup-adds-one-field")) {
			p := &syntax.Pair{From: &syntax.Name{Text: f}}
			p.At = c.At
			out = append(out, p)
		}
	}
	return out
}

func eventField(p *syntax.Pair) string {
	if p.To != nil {
		return p.To.Text
	}
	return p.From.Text
}

// lookupTable are the rows of a lookup: those that are given, or those of the search that a definition says it holds. Nil after a refusal.
func (l *lowerer) lookupTable(n *syntax.Name) *rows {
	if fields, ok := l.opts.Lookups[n.Text]; ok {
		t := &ir.Table{At: at(n), Name: LookupTable(n.Text)}
		for _, f := range fields {
			t.Columns = append(t.Columns, ir.Column{Name: f, Type: ir.Dynamic})
		}
		return &rows{from: t, cols: slices.Clone(fields)}
	}
	var def Lookup
	if l.opts.Definitions != nil {
		def = l.opts.Definitions.Lookups[n.Text]
	}
	switch {
	case len(def.Fields) > 0:
		return l.givenRows(n, def)
	case def.Search == "":
		l.seen.table(n.Text)
		l.refuse(n, CodeOpenFields, "the fields of the lookup "+n.Text+" are not known", "its table is not in the text: declare under lookups: in --definitions the search that fills it")
		return nil
	case slices.Contains(l.reading, n.Text):
		l.refuse(n, CodeUnsupported, "the lookup "+n.Text+" is filled from itself", "what it holds depends on all its runs")
		return nil
	}
	pipe, found := syntax.ParsePart(l.src, def.Search, n.Span(), l.parsing())
	for _, d := range found {
		d.Message = "in the search of the lookup " + n.Text + ": " + d.Message
		l.diags.Add(d)
	}
	if found.HasErrors() {
		return nil
	}
	l.reading = append(l.reading, n.Text)
	sub := l.pipeline(pipe, false)
	l.reading = l.reading[:len(l.reading)-1]
	if sub.open {
		l.refuse(n, CodeOpenFields, "the fields of the lookup "+n.Text+" are not known", "end the search that fills it with stats or table")
		return nil
	}
	return sub
}

// givenRows are the rows of a table that a definition holds. A cell without text is not confirmed to be a field or none.
func (l *lowerer) givenRows(n *syntax.Name, def Lookup) *rows {
	src := &ir.Rows{At: at(n)}
	for _, f := range def.Fields {
		src.Columns = append(src.Columns, ir.Column{Name: f, Type: ir.Dynamic})
	}
	for _, record := range def.Rows {
		row := make([]ir.Value, len(record))
		for i, v := range record {
			if v == "" {
				l.unconfirmed(n, "a lookup with an empty cell")
				return nil
			}
			row[i] = ir.Value{Type: ir.Dynamic, V: v}
		}
		src.Values = append(src.Values, row)
	}
	return &rows{from: src, cols: slices.Clone(def.Fields)}
}

func (l *lowerer) foldsCase(table string) bool {
	return l.wrong("lookup-folds-case") || l.opts.Definitions != nil && l.opts.Definitions.Lookups[table].FoldCase
}

func (l *lowerer) inputLookup(r *rows, c *syntax.InputLookup, first bool) *rows {
	l.onlyOptions(c.Options, "append", "start", "max", "strict")
	sub := l.lookupTable(c.Table)
	if sub == nil {
		return r
	}
	if l.wrong("inputlookup-reads-nothing") {
		sub.add(&ir.Limit{At: at(c), N: 0})
	}
	l.section(sub, c)
	if c.Where != nil && !l.wrong("inputlookup-ignores-where") {
		l.filter(sub, c.Where)
	}
	if first || !isTrue(c.Options.Get("append"), false) || l.wrong("inputlookup-replaces") {
		return sub
	}
	l.addRows(r, sub, c)
	return r
}

// section keeps the rows of a table from start, which counts from 0, and at most max. No page tells whether where counts before or
// behind them.
func (l *lowerer) section(sub *rows, c *syntax.InputLookup) {
	start, most := c.Options.Get("start"), c.Options.Get("max")
	if c.Where != nil && (start != nil || most != nil) {
		l.unconfirmed(c.Table, "inputlookup with where and start or max")
	}
	a := at(c)
	if n := number(start, 0); n > 0 && !l.wrong("start-is-ignored") {
		id := &ir.Col{At: a, Name: l.numbered(sub, c), T: ir.Long}
		if l.wrong("start-counts-from-one") {
			n--
		}
		sub.add(&ir.Filter{At: a, Pred: &ir.Compare{At: a, Op: ir.Gt, L: id, R: lit(ir.Long, n, a)}})
		l.keep(sub, a)
	}
	if most != nil && !l.wrong("max-is-ignored") {
		sub.add(&ir.Limit{At: a, N: number(most, maxMade)})
	}
}

// maxMade bounds the rows that makeresults makes.
const maxMade = 100_000

// makeResults makes rows with _time only, or the rows of a CSV text (makeresults command).
func (l *lowerer) makeResults(c *syntax.MakeResults) *rows {
	a := at(c)
	l.onlyOptions(c.Options, "count", "format", "data", "annotate=f", "splunk_server")
	if v := c.Options.Get("splunk_server"); v != nil && v.Text != "local" {
		l.refuse(v, CodeUnsupported, "splunk_server="+v.Text+" is not evaluated", "each server makes rows; local is the one that makes them by default")
	}
	data := c.Options.Get("data")
	if data != nil && l.wrong("makeresults-ignores-data") {
		data = nil
	}
	if data != nil {
		return l.inlineRows(c, data)
	}
	n := number(c.Options.Get("count"), 1)
	if l.wrong("makeresults-makes-one") {
		n = 1
	}
	if n > maxMade {
		l.unsupported(c, "makeresults of this size")
		return &rows{from: &ir.Rows{}}
	}
	src := &ir.Rows{At: a, Columns: []ir.Column{{Name: "\x00", Type: ir.Long}}}
	for range max(0, n) {
		src.Values = append(src.Values, []ir.Value{{Type: ir.Long, V: int64(0)}})
	}
	r := &rows{from: src, cols: []string{"_time"}, sorted: true}
	now := val{x: epochSeconds(&ir.Now{At: a}, a), k: numKind}
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: "_time", X: l.stored(now)}}})
	l.keep(r, a)
	return r
}

func (l *lowerer) inlineRows(c *syntax.MakeResults, data *syntax.Value) *rows {
	none := &rows{from: &ir.Rows{}}
	f := c.Options.Get("format")
	if f != nil && strings.EqualFold(f.Text, "json") {
		return l.inlineJSON(c, data)
	}
	if f == nil || !strings.EqualFold(f.Text, "csv") {
		l.unsupported(data, "makeresults with data that is neither CSV nor JSON")
		return none
	}
	records, err := csv.NewReader(strings.NewReader(data.Text)).ReadAll()
	if err != nil || len(records) == 0 {
		l.unsupported(data, "this CSV text")
		return none
	}
	src := &ir.Rows{At: at(c)}
	for _, name := range records[0] {
		src.Columns = append(src.Columns, ir.Column{Name: strings.TrimSpace(name), Type: ir.Dynamic})
	}
	for _, rec := range records[1:] {
		row := make([]ir.Value, len(rec))
		for i, v := range rec {
			row[i] = ir.Value{Type: ir.Dynamic, V: strings.TrimSpace(v)}
		}
		src.Values = append(src.Values, row)
	}
	r := &rows{from: src, sorted: true}
	for _, col := range src.Columns {
		r.know(col.Name)
	}
	return r
}
