package spl

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// DataModel is what a data model of the installation holds: datasets of events, by name ("About data models", Knowledge Manager Manual).
type DataModel struct {
	Datasets map[string]*Dataset
	// Complete says that the summaries of the model hold every event of its datasets, so that summariesonly=t leaves nothing out.
	Complete bool
}

// Dataset is a part of a data model: a root event dataset, or a child, which inherits the constraints and fields of its parents.
type Dataset struct {
	Name string
	// Parent is "" for a root dataset.
	Parent string
	// Constraint is the search that the events meet, besides those of the parents; "" for none.
	Constraint string
	// Fields by name, besides those of the parents.
	Fields map[string]DatasetField
}

// DatasetField is a field of the events, or an eval expression of them. Exactly one is set.
type DatasetField struct{ Event, Eval string }

// inheritedFields are those that every dataset has, under their own names ("Define dataset fields"). Read-only.
var inheritedFields = []string{"_time", "host", "source", "sourcetype"}

// maxLineage bounds how deep datasets may be nested.
const maxLineage = 50

// lineage are a dataset and its parents, the root first; nil when the name or a parent does not exist or the parents are a circle.
func (m *DataModel) lineage(name string) []*Dataset {
	var out []*Dataset
	for name != "" {
		d := m.Datasets[name]
		if d == nil || len(out) == maxLineage {
			return nil
		}
		out = append(out, d)
		name = d.Parent
	}
	slices.Reverse(out)
	return out
}

// roots are the names of the root datasets, sorted.
func (m *DataModel) roots() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m.Datasets)) {
		if m.Datasets[name].Parent == "" {
			out = append(out, name)
		}
	}
	return out
}

// pathOf is the name of the last dataset with those of its parents: Root.Child.
func pathOf(lineage []*Dataset) string {
	names := make([]string, len(lineage))
	for i, d := range lineage {
		names[i] = d.Name
	}
	return strings.Join(names, ".")
}

// fieldsOf are the fields of the last dataset of a lineage under the names that searches use: behind the path of the dataset that adds
// them (Enterprise Security manual: All_Performance.CPU.cpu_load_percent is a field of CPU, All_Performance.dest one of its parent).
func fieldsOf(lineage []*Dataset) map[string]DatasetField {
	out := map[string]DatasetField{}
	for i, d := range lineage {
		path := pathOf(lineage[:i+1])
		for name, f := range d.Fields {
			out[path+"."+name] = f
		}
	}
	return out
}

// yamlModel is a data model in definitions/splunk.yaml.
type yamlModel struct {
	Summaries string                 `yaml:"summaries"`
	Datasets  map[string]yamlDataset `yaml:"datasets"`
}

type yamlDataset struct {
	Parent     yamlText             `yaml:"parent"`
	Constraint yamlText             `yaml:"constraint"`
	Fields     map[string]yamlField `yaml:"fields"`
}

// yamlText is a text and its line.
type yamlText struct {
	text string
	line int
}

// UnmarshalYAML takes a text.
func (t *yamlText) UnmarshalYAML(n *yaml.Node) error {
	t.line = n.Line
	return n.Decode(&t.text)
}

// yamlField is the name of a field of the events, nothing for a field of the same name, or eval: and an expression.
type yamlField struct {
	field DatasetField
	line  int
}

// UnmarshalYAML takes a name or a mapping with the key eval.
func (f *yamlField) UnmarshalYAML(n *yaml.Node) error {
	f.line = n.Line
	switch {
	case n.Kind == yaml.ScalarNode:
		return n.Decode(&f.field.Event)
	case n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "eval" && n.Content[1].Kind == yaml.ScalarNode:
		return n.Content[1].Decode(&f.field.Eval)
	default:
		return fmt.Errorf("line %d: expected the name of a field, or eval: and an expression", n.Line)
	}
}

// modelsOf checks the data models of a file. Errors name the line.
func modelsOf(file string, models map[string]yamlModel) (map[string]*DataModel, error) {
	out := map[string]*DataModel{}
	for _, name := range slices.Sorted(maps.Keys(models)) {
		y := models[name]
		at := "datamodels." + name
		if y.Summaries != "" && y.Summaries != "complete" {
			return nil, fmt.Errorf("%s: %s.summaries: %q, expected complete", file, at, y.Summaries)
		}
		if !datasetName.MatchString(name) || len(y.Datasets) == 0 {
			return nil, fmt.Errorf("%s: %s: expected a name of letters, digits and _, and datasets", file, at)
		}
		m := &DataModel{Datasets: map[string]*Dataset{}, Complete: y.Summaries != ""}
		for _, set := range slices.Sorted(maps.Keys(y.Datasets)) {
			d, err := datasetOf(set, y.Datasets[set])
			if err != nil {
				return nil, fmt.Errorf("%s:%w", file, err)
			}
			m.Datasets[set] = d
		}
		if err := m.checkParents(y.Datasets); err != nil {
			return nil, fmt.Errorf("%s:%w", file, err)
		}
		out[name] = m
	}
	return out, nil
}

// checkParents holds every dataset to a root.
func (m *DataModel) checkParents(sets map[string]yamlDataset) error {
	for _, name := range slices.Sorted(maps.Keys(m.Datasets)) {
		d, line := m.Datasets[name], sets[name].Parent.line
		if d.Parent != "" && m.Datasets[d.Parent] == nil {
			return fmt.Errorf("%d: the parent of %s: there is no dataset %s%s", line, name, d.Parent, didYouMean(d.Parent, slices.Sorted(maps.Keys(m.Datasets))))
		}
		if m.lineage(name) == nil {
			return fmt.Errorf("%d: the parents of %s are a circle, or more than %d", line, name, maxLineage)
		}
	}
	return nil
}

var (
	// datasetName is what a dataset may be called: a dot would be read as a step of the path.
	datasetName = regexp.MustCompile(`^\w+$`)
	// fieldName leaves out what "Define dataset fields" forbids: white space, quotation marks, braces and asterisks.
	fieldName = regexp.MustCompile(`^[^\s'"{}*]+$`)
	// sourceField leaves out what only expressions have.
	sourceField = regexp.MustCompile(`^[^\s'"*()+/=<>,|]+$`)
)

func datasetOf(name string, y yamlDataset) (*Dataset, error) {
	d := &Dataset{Name: name, Parent: y.Parent.text, Constraint: strings.TrimSpace(y.Constraint.text), Fields: map[string]DatasetField{}}
	switch {
	case !datasetName.MatchString(name):
		return nil, fmt.Errorf(" the dataset %q: expected a name of letters, digits and _", name)
	case d.Constraint == "" && d.Parent == "":
		return nil, fmt.Errorf(" the dataset %s: expected constraint, the search of its events, or parent", name)
	case d.Constraint != "":
		if _, why := constraintOf(syntax.Parse(&diag.Source{Name: name, Text: d.Constraint}, syntax.Options{Lenient: true})); why != "" {
			return nil, fmt.Errorf("%d: the constraint of %s: %s", y.Constraint.line, name, why)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(y.Fields)) {
		field, line := y.Fields[f].field, y.Fields[f].line
		if field == (DatasetField{}) {
			field.Event = f
		}
		if why := fieldWrong(f, field); why != "" {
			return nil, fmt.Errorf("%d: the field %s of %s: %s", line, f, name, why)
		}
		d.Fields[f] = field
	}
	return d, nil
}

// fieldWrong says what is wrong with a field of a dataset, "" for nothing.
func fieldWrong(name string, f DatasetField) string {
	switch {
	case !fieldName.MatchString(name):
		return "expected a name without white space, quotation marks, braces and asterisks"
	case slices.Contains(inheritedFields, name):
		return "every dataset has it, under this name"
	case f.Eval != "":
		_, why := expressionOf(syntax.Parse(&diag.Source{Name: name, Text: evalText(f.Eval)}, syntax.Options{Lenient: true}))
		return why
	case !sourceField.MatchString(f.Event):
		return fmt.Sprintf("%q is no name of a field: write {eval: …} for an expression", f.Event)
	}
	return ""
}

// constraintOf is the condition of a parsed constraint, or what is wrong with it.
func constraintOf(p *syntax.Pipeline, diags diag.List) (t syntax.Term, why string) {
	if why := firstError(diags); why != "" {
		return nil, why
	}
	s, ok := p.Commands[0].(*syntax.Search)
	if len(p.Commands) != 1 || !ok || s.Expr == nil {
		return nil, "expected the terms of a search, without a pipe"
	}
	return s.Expr, ""
}

func evalText(expr string) string { return "| eval x=" + expr }

// expressionOf is the expression of a parsed evalText, or what is wrong with it.
func expressionOf(p *syntax.Pipeline, diags diag.List) (x syntax.Expr, why string) {
	if why := firstError(diags); why != "" {
		return nil, why
	}
	e, ok := p.Commands[0].(*syntax.Eval)
	if len(p.Commands) != 1 || !ok || len(e.Assigns) != 1 {
		return nil, "expected one eval expression"
	}
	return e.Assigns[0].X, ""
}

func firstError(diags diag.List) string {
	for _, d := range diags {
		if d.Severity == diag.Error {
			return d.Message
		}
	}
	return ""
}

// didYouMean is the end of a message about an unknown name: the nearest known one, "" for none.
func didYouMean(name string, names []string) string {
	if n := diag.Nearest(name, names); n != "" {
		return ", did you mean " + n + "?"
	}
	return ""
}
