package spl

import (
	"maps"
	"slices"
	"strings"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// CodeSummary says what is taken for granted of the summaries that tstats reads.
const CodeSummary diag.Code = "SPLIN-SUMMARY"

// pageTstats is the page of the tstats command.
const pageTstats = "help.splunk.com/splunk-enterprise/spl-search-reference/10.0/search-commands/tstats"

// modelReader turns tstats over a data model into commands over the events that the definitions build it of.
type modelReader struct {
	tstatsReader
	defs  *Definitions
	wrong func(reading string) bool

	name    string // of the data model
	model   *DataModel
	lineage []*Dataset // the dataset that is searched and its parents, the root first
	fields  map[string]DatasetField
	ranges  []syntax.Term // earliest and latest
	rest    []syntax.Term // the other terms of WHERE
}

// ModelSearch are commands that give the rows over which tstats FROM datamodel= counts, under the names that it uses.
type ModelSearch struct {
	Events *syntax.Search // the constraints of the dataset, and the range of time
	Fields *syntax.Eval   // gives the used fields of the dataset their names
	Where  *syntax.Search // the other terms of WHERE; nil for none
	// Constraint is the text of the constraints.
	Constraint string
}

// ReadModel returns what tstats counts over a data model. What the definitions or the documentation do not settle is refused, and the
// search is nil then.
func ReadModel(src *diag.Source, defs *Definitions, c *syntax.Tstats) (*ModelSearch, diag.List) {
	return readModel(src, defs, c, func(string) bool { return false })
}

func readModel(src *diag.Source, defs *Definitions, c *syntax.Tstats, wrong func(string) bool) (*ModelSearch, diag.List) {
	r := &modelReader{tstatsReader: tstatsReader{src: src, c: c}, defs: defs, wrong: wrong}
	if !r.dataset() {
		return nil, r.diags
	}
	r.summaries()
	used := r.used()
	out := &ModelSearch{}
	out.Events, out.Constraint = r.search()
	out.Fields = r.eval(used)
	if len(r.rest) > 0 {
		out.Where = &syntax.Search{Expr: allOf(r.rest)}
		out.Where.At = out.Where.Expr.Span()
	}
	if r.diags.Max() >= diag.Refused {
		return nil, r.diags
	}
	return out, r.diags
}

func allOf(terms []syntax.Term) syntax.Term {
	if len(terms) == 1 {
		return terms[0]
	}
	t := &syntax.AllOf{Terms: terms}
	t.At = terms[0].Span().To(terms[len(terms)-1].Span())
	return t
}

// dataset finds the dataset: the root behind the name of the model, or the one that nodename says.
func (r *modelReader) dataset() bool {
	var root string
	r.name, root, _ = strings.Cut(r.c.From.Text, ".")
	if r.defs != nil {
		r.model = r.defs.Models[r.name]
	}
	if r.model == nil {
		var names []string
		if r.defs != nil {
			names = slices.Sorted(maps.Keys(r.defs.Models))
		}
		r.refuse(r.c.From, "there is no definition of the data model "+r.name+didYouMean(r.name, names), "what a data model holds is not in the text: say it under datamodels in --definitions")
		return false
	}
	if root != "" && !r.isRoot(root) {
		return false
	}
	node := r.terms()
	switch {
	case node != nil:
		return r.node(root, node)
	case root == "" && len(r.model.roots()) > 1:
		r.refuse(r.c.From, r.name+" has several root datasets: "+strings.Join(r.model.roots(), ", "), "one root dataset must be selected, as in datamodel="+r.name+"."+r.model.roots()[0]+" ("+pageTstats+")")
		return false
	case root == "":
		root = r.model.roots()[0]
	}
	r.lineage = r.model.lineage(root)
	return true
}

// isRoot refuses what is no root dataset: a child stands in nodename.
func (r *modelReader) isRoot(name string) bool {
	d := r.model.Datasets[name]
	switch {
	case d == nil:
		r.refuse(r.c.From, "there is no dataset "+r.name+"."+name+didYouMean(name, slices.Sorted(maps.Keys(r.model.Datasets))), "--definitions say which datasets the data model holds")
		return false
	case d.Parent != "":
		line := r.model.lineage(name)
		r.refuse(r.c.From, name+" is a child dataset, which FROM does not select", "write FROM datamodel="+r.name+"."+line[0].Name+" WHERE nodename="+pathOf(line)+" ("+pageTstats+")")
		return false
	}
	return true
}

// terms parts WHERE: nodename, the range of time, and the rest.
func (r *modelReader) terms() (node *syntax.Compare) {
	for _, t := range syntax.Terms(r.c.Where) {
		c, _ := t.(*syntax.Compare)
		switch {
		case c == nil:
			r.rest = append(r.rest, t)
		case c.Field.Text == "nodename" && c.Op == "=" && c.Value != nil && node == nil:
			node = c
		case c.IsTimeModifier():
			r.ranges = append(r.ranges, t)
		default:
			r.rest = append(r.rest, t)
		}
	}
	return node
}

// node finds the dataset of nodename=Root.Child.
func (r *modelReader) node(root string, c *syntax.Compare) bool {
	steps := strings.Split(c.Value.Text, ".")
	line := r.model.lineage(steps[len(steps)-1])
	if line == nil || pathOf(line) != c.Value.Text {
		var paths []string
		for _, n := range slices.Sorted(maps.Keys(r.model.Datasets)) {
			paths = append(paths, pathOf(r.model.lineage(n)))
		}
		message := "there is no dataset " + c.Value.Text + " in " + r.name + didYouMean(c.Value.Text, paths)
		if line != nil {
			message = c.Value.Text + " is not the path of a dataset, did you mean " + pathOf(line) + "?"
		}
		r.refuse(c, message, "nodename is the path from the root dataset ("+pageTstats+")")
		return false
	}
	if root != "" && line[0].Name != root {
		r.refuse(c, c.Value.Text+" is not below "+root, "FROM selects the root dataset that nodename begins with ("+pageTstats+")")
		return false
	}
	r.lineage = line
	if r.wrong("nodename-is-ignored") {
		r.lineage = line[:1]
	}
	return true
}

// summaries says what is taken for granted of the summaries: rows are those of the events.
func (r *modelReader) summaries() {
	if r.model.Complete {
		return
	}
	for option, taken := range map[string]string{
		"summariesonly":       "to hold every event of it",
		"allow_old_summaries": "to follow its present definition",
	} {
		if v := r.c.Options.Get(option); isTrue(v, false) {
			r.diags.Add(diag.Diagnostic{Code: CodeSummary, Severity: diag.Warning, Source: r.src, Span: v.Span(),
				Message: option + "=t: the summaries of " + r.name + " are taken " + taken,
				Why:     "Splunk reads summaries with it, and they may be behind the events",
				Hint:    "declare summaries: complete for the data model in --definitions"})
		}
	}
	r.diags.Sort()
}

// search is the search of the events: the constraints of the dataset and its parents, and the range of time.
func (r *modelReader) search() (s *syntax.Search, text string) {
	var terms []syntax.Term
	var texts []string
	for i, d := range r.lineage {
		if d.Constraint == "" {
			continue
		}
		t, why := constraintOf(syntax.ParsePart(r.src, d.Constraint, r.c.From.Span(), r.parse()))
		if why != "" {
			r.refuse(r.c.From, "the constraint of "+d.Name+": "+why, "")
			return nil, ""
		}
		texts = append(texts, "("+d.Constraint+")")
		for _, t := range syntax.Terms(t) {
			if c, ok := t.(*syntax.Compare); ok && c.IsTimeModifier() || isIndex(t) && i > 0 {
				r.refuse(r.c.From, "the constraint of "+d.Name+" has an index or a range of time", "the index stands in the constraint of the root dataset, the range in the search")
			}
			inherited := i < len(r.lineage)-1
			if !isIndex(t) && (r.wrong("dataset-constraint-is-ignored") || inherited && r.wrong("child-constraint-stands-alone")) {
				continue
			}
			terms = append(terms, t)
		}
	}
	s = &syntax.Search{Expr: allOf(append(terms, r.ranges...))}
	s.At = r.c.From.Span()
	return s, strings.Join(texts, " ")
}

func (r *modelReader) parse() syntax.Options {
	return syntax.Options{Macros: r.defs.Macros, Commands: r.defs.Commands}
}

// eval gives the used fields of the dataset their names.
func (r *modelReader) eval(used []string) *syntax.Eval {
	e := &syntax.Eval{}
	e.At = r.c.From.Span()
	for _, name := range used {
		f := r.fields[name]
		x := syntax.Expr(&syntax.FieldRef{Name: f.Event, Quoted: true})
		switch {
		case r.wrong("model-field-is-the-event-field"):
			x = &syntax.FieldRef{Name: name[strings.LastIndexByte(name, '.')+1:], Quoted: true}
		case strings.Count(name, ".") > 1 && r.wrong("child-fields-are-absent"):
			x = &syntax.FieldRef{Name: "", Quoted: true}
		case f.Eval != "" && r.wrong("model-eval-is-a-field-name"):
			x = &syntax.FieldRef{Name: f.Eval, Quoted: true}
		case f.Eval != "":
			var why string
			if x, why = expressionOf(syntax.ParsePart(r.src, evalText(f.Eval), r.c.From.Span(), r.parse())); why != "" {
				r.refuse(r.c.From, "the field "+name+": "+why, "")
			}
		}
		if ref, ok := x.(*syntax.FieldRef); ok {
			ref.At = r.c.From.Span()
		}
		a := &syntax.Assign{Field: &syntax.Name{Text: name}, X: x}
		a.At, a.Field.At = e.At, e.At
		e.Assigns = append(e.Assigns, a)
	}
	return e
}

// used are the names of the dataset's own fields that the search uses, sorted. Other names are refused.
func (r *modelReader) used() []string {
	r.fields = fieldsOf(r.lineage)
	out := map[string]bool{}
	for _, n := range r.names() {
		_, own := r.fields[n.Text]
		switch {
		case own:
			out[n.Text] = true
		case slices.Contains(inheritedFields, n.Text):
		case n.Wild():
			r.refuse(n, "a pattern of fields is not evaluated in tstats", "tstats does not support wildcards in field names ("+pageTstats+")")
		case n.Text == "nodename":
			r.refuse(n, "nodename is not evaluated at this place", "it selects a dataset as a term of WHERE on its own: nodename=Root.Child ("+pageTstats+")")
		default:
			r.unknownField(n)
		}
	}
	return slices.Sorted(maps.Keys(out))
}

func (r *modelReader) unknownField(n *syntax.Name) {
	names := append(slices.Sorted(maps.Keys(r.fields)), inheritedFields...)
	for _, f := range names {
		if strings.HasSuffix(f, "."+n.Text) { // the path was left out
			r.refuse(n, "there is no field "+n.Text+" in "+r.name+"."+pathOf(r.lineage)+", did you mean "+f+"?", "fields of a data model stand behind the path of their dataset")
			return
		}
	}
	r.refuse(n, "there is no field "+n.Text+" in "+r.name+"."+pathOf(r.lineage)+didYouMean(n.Text, names), "--definitions say which fields the dataset has")
}

// names are the fields that the search names.
func (r *modelReader) names() []*syntax.Name {
	var out []*syntax.Name
	for _, t := range r.rest {
		for _, t := range termsBelow(t) {
			if n := r.termName(t); n != nil {
				out = append(out, n)
			}
		}
	}
	for _, g := range r.c.Aggs {
		if g.Arg != nil {
			out = append(out, g.Arg)
		}
	}
	return append(out, r.c.By...)
}

// termName is the field that a term compares, nil for none.
func (r *modelReader) termName(t syntax.Term) *syntax.Name {
	switch t := t.(type) {
	case *syntax.Compare:
		return t.Field
	case *syntax.InList:
		return t.Field
	case *syntax.Macro: // the lowering refuses it
	case *syntax.Text:
		r.refuse(t, "a word without a field is not evaluated over a data model", "WHERE of tstats compares fields ("+pageTstats+")")
	default:
		r.refuse(t, "this term is not evaluated over a data model", "WHERE of tstats compares fields ("+pageTstats+")")
	}
	return nil
}
