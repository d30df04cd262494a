package lint

import (
	"strconv"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// Fix is a mechanical change of the text that ends a finding: the text of Span becomes Text.
type Fix struct {
	Span diag.Span
	Text string
}

// Finding is a diagnostic, the page that it rests on, and a fix when there is a mechanical one.
type Finding struct {
	diag.Diagnostic
	Page string
	Fix  *Fix
}

// Check returns the findings of a search and its subsearches, in the order of the text's commands. The pipeline is one that
// syntax.Parse made of src without macros that change places.
func Check(src *diag.Source, p *syntax.Pipeline) []Finding {
	c := &checker{src: src}
	c.pipeline(p, true)
	return c.found
}

type checker struct {
	src   *diag.Source
	found []Finding
}

func (c *checker) add(code diag.Code, n syntax.Node, message string, fix *Fix) {
	r := rules[code]
	c.found = append(c.found, Finding{diag.Diagnostic{Code: code, Severity: r.severity, Source: c.src, Span: n.Span(), Message: message,
		Why: r.why, Hint: r.hint}, r.page, fix})
}

func (c *checker) pipeline(p *syntax.Pipeline, top bool) {
	if p == nil {
		return
	}
	for i, cmd := range p.Commands {
		if s, ok := cmd.(*syntax.Search); ok && i == 0 {
			c.index(s, p)
		}
		c.command(p, i, cmd)
	}
}

func (c *checker) command(p *syntax.Pipeline, i int, cmd syntax.Command) {
	switch cmd := cmd.(type) {
	case *syntax.Search:
		c.term(cmd.Expr)
		c.late(p, i, cmd)
	case *syntax.Tstats:
		c.term(cmd.Where)
		c.lists(cmd.Aggs)
	case *syntax.InputLookup:
		c.term(cmd.Where)
	case *syntax.Stats:
		c.stats(cmd)
	case *syntax.Timechart:
		c.lists(cmd.Aggs)
	case *syntax.Sort:
		if cmd.N == nil {
			end := cmd.Name.At.End
			c.add(CapSort, cmd.Name, "sort without a count keeps 10,000 rows", &Fix{diag.Span{Pos: end, End: end}, " 0"})
		}
	case *syntax.MvExpand:
		c.add(CapMvexpand, cmd.Name, "mvexpand has a limit of memory", nil)
	case *syntax.Spath:
		if cmd.Path == nil {
			c.add(CapSpath, cmd.Name, "spath without a path reads 5,000 characters", nil)
		}
	case *syntax.Join:
		c.join(cmd)
	case *syntax.Append:
		if cmd.Options.Get("maxout") == nil {
			c.add(CapAppend, cmd.Name, "append adds at most 10,000 rows", nil)
		}
		c.sub(cmd.Sub)
	case *syntax.AppendCols:
		c.add(CapAppendcols, cmd.Name, "appendcols adds at most 50,000 rows", nil)
		c.sub(cmd.Sub)
	case *syntax.AppendPipe:
		c.sub(cmd.Pipe)
	case *syntax.Other:
		c.other(cmd)
	case *syntax.Eval:
		for _, a := range cmd.Assigns {
			c.expr(a.X)
		}
	case *syntax.Where:
		c.expr(cmd.Pred)
	}
}

func (c *checker) sub(s *syntax.Subsearch) {
	if s != nil {
		c.pipeline(s.Pipe, false)
	}
}

func (c *checker) expr(x syntax.Expr) {
	syntax.Inspect(x, func(x syntax.Expr) {
		if s, ok := x.(*syntax.SubExpr); ok {
			c.pipeline(s.Pipe, false)
		}
	})
}

func (c *checker) stats(s *syntax.Stats) {
	c.lists(s.Aggs)
	switch strings.ToLower(s.Name.Text) {
	case "eventstats":
		c.add(CapEventstats, s.Name, "eventstats has a limit of memory", nil)
	case "streamstats":
		window := s.Options.Get("window")
		n := 0
		if window != nil {
			n, _ = strconv.Atoi(window.Text)
		}
		if s.Options.Get("time_window") != nil || n > 10000 {
			c.add(CapStreamstats, s.Name, "a window of streamstats holds at most 10,000 events", nil)
		}
	}
}

// lists finds list(), whose values beyond 100 are lost. values() is no mechanical fix: it sorts and removes repeats.
func (c *checker) lists(aggs []*syntax.Agg) {
	for _, a := range aggs {
		if a.Func != nil && strings.EqualFold(a.Func.Text, "list") {
			c.add(CapList, a.Func, "list keeps 100 values of a group", nil)
		}
	}
}

func (c *checker) join(j *syntax.Join) {
	c.add(CapJoin, j.Name, "the right side of join has at most 50,000 rows", nil)
	if j.Sub != nil && len(j.Sub.Pipe.Commands) > 0 {
		if _, ok := j.Sub.Pipe.Commands[0].(*syntax.Search); ok {
			c.add(JoinForStats, j.Name, "join of two searches of events", nil)
		}
	}
	c.sub(j.Sub)
}

func (c *checker) other(o *syntax.Other) {
	if o.Name == nil {
		return
	}
	switch strings.ToLower(o.Name.Text) {
	case "set":
		c.add(CapSet, o.Name, "set works on at most 50,000 rows", nil)
	case "transaction", "transam":
		c.add(CapTransaction, o.Name, "a transaction holds at most 1,000 events", nil)
	case "map":
		if o.Args == nil || !strings.Contains(strings.ToLower(o.Args.Text), "maxsearches") {
			c.add(CapMap, o.Name, "map runs at most 10 searches", nil)
		}
	}
	for _, s := range o.Subs {
		c.sub(s)
	}
}

// term looks into a search expression.
func (c *checker) term(t syntax.Term) {
	switch t := t.(type) {
	case *syntax.AllOf:
		for _, x := range t.Terms {
			c.term(x)
		}
	case *syntax.AnyOf:
		for _, x := range t.Terms {
			c.term(x)
		}
	case *syntax.NotTerm:
		if x, ok := t.X.(*syntax.Compare); ok && x.Op == "=" && x.Value != nil && x.Value.Text == "*" {
			c.add(NotPresent, t, "NOT "+x.Field.Text+"=* reads every event", nil)
		}
		c.term(t.X)
	case *syntax.Compare:
		if t.Value != nil {
			c.star(t.Value)
		}
		c.termSub(t.Sub)
	case *syntax.InList:
		for _, v := range t.Values {
			c.star(v)
		}
	case *syntax.Text:
		c.star(t.Value)
		c.word(t)
	case *syntax.Subsearch:
		c.termSub(t)
	}
}

func (c *checker) termSub(s *syntax.Subsearch) {
	if s == nil {
		return
	}
	c.add(CapSubsearch, s, "a subsearch returns at most 10,000 rows", nil)
	c.sub(s)
}

// word finds an operator that is not in capitals, and therefore a word to be found.
func (c *checker) word(t *syntax.Text) {
	upper := strings.ToUpper(t.Value.Text)
	if t.Value.Quoted || t.Directive != "" || upper != "OR" && upper != "AND" && upper != "NOT" {
		return
	}
	c.add(WordOperator, t, t.Value.Text+" is a word here, not the operator "+upper, &Fix{t.Span(), upper})
}

func (c *checker) star(v *syntax.Value) {
	if len(v.Text) > 1 && v.Text[0] == '*' && strings.Trim(v.Text, "*") != "" {
		c.add(LeadingStar, v, v.Text+" begins with a wildcard", nil)
	}
}

// index finds a search that names no index, or all. A macro may hold the index, and so may a subsearch's rows.
func (c *checker) index(s *syntax.Search, p *syntax.Pipeline) {
	named, unknown := false, false
	var all *syntax.Compare
	visit(s.Expr, func(t syntax.Term) {
		switch t := t.(type) {
		case *syntax.Compare:
			if t.Field.Text != "index" {
				return
			}
			named = true
			if t.Value != nil && strings.Trim(t.Value.Text, "*") == "" {
				all = t
			}
		case *syntax.InList:
			named = named || t.Field.Text == "index"
		case *syntax.Macro, *syntax.Subsearch:
			unknown = true
		}
	})
	switch {
	case all != nil:
		c.add(NoIndex, all, "index=* searches every index", nil)
	case !named && !unknown && s.Expr != nil:
		c.add(NoIndex, s, "the search names no index", nil)
	}
}

func visit(t syntax.Term, f func(syntax.Term)) {
	if t == nil {
		return
	}
	f(t)
	switch t := t.(type) {
	case *syntax.AllOf:
		for _, x := range t.Terms {
			visit(x, f)
		}
	case *syntax.AnyOf:
		for _, x := range t.Terms {
			visit(x, f)
		}
	case *syntax.NotTerm:
		visit(t.X, f)
	}
}

// late finds a search directly behind the first one, on the same events: its terms could stand before the bar. The fix joins them.
func (c *checker) late(p *syntax.Pipeline, i int, s *syntax.Search) {
	if i != 1 || s.Expr == nil || s.Name == nil {
		return
	}
	first, ok := p.Commands[0].(*syntax.Search)
	if !ok || first.Expr == nil {
		return
	}
	text := c.text(s.Expr.Span())
	span := diag.Span{Pos: first.Span().End, End: s.Span().End}
	between := c.text(diag.Span{Pos: first.Span().End, End: s.Span().Pos})
	if strings.Trim(between, " \t\r\n|") != "" || text == "" {
		c.add(LateFilter, s, "this filter could stand before the first |", nil) // a comment stands between them
		return
	}
	c.add(LateFilter, s, "this filter could stand before the first |", &Fix{span, " (" + text + ")"})
}

func (c *checker) text(s diag.Span) string {
	if s.Pos < 1 || int(s.End) > len(c.src.Text)+1 || s.End < s.Pos {
		return ""
	}
	return c.src.Text[s.Pos-1 : s.End-1]
}

// Apply applies the fixes of findings to a text. Fixes whose places overlap an earlier one are left out.
func Apply(text string, findings []Finding) string {
	var b strings.Builder
	last := 0
	for _, f := range sortedFixes(findings) {
		from, to := int(f.Span.Pos)-1, int(f.Span.End)-1
		if from < last || to > len(text) {
			continue
		}
		b.WriteString(text[last:from] + f.Text)
		last = to
	}
	return b.String() + text[last:]
}

func sortedFixes(findings []Finding) []Fix {
	var out []Fix
	for _, f := range findings {
		if f.Fix == nil {
			continue
		}
		i := len(out)
		for i > 0 && out[i-1].Span.Pos > f.Fix.Span.Pos {
			i--
		}
		out = append(out[:i], append([]Fix{*f.Fix}, out[i:]...)...)
	}
	return out
}
