package spl

import (
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// Lookup is what a lookup holds: the rows of a search whenever it is read, or a table.
type Lookup struct {
	// Search fills it; "" for a table.
	Search string
	// Fields and Rows are the table: each row has a text for each field, and no cell is empty.
	Fields []string
	Rows   [][]string
	// FoldCase says that letter case does not count where values are looked up: case_sensitive_match = false (transforms.conf.spec).
	FoldCase bool
}

// maxLookupRows bounds the table of a lookup.
const maxLookupRows = 100_000

// yamlLookup is the text of a search, or a mapping with search or csv.
type yamlLookup struct {
	Search        string `yaml:"search"`
	CSV           string `yaml:"csv"`
	CaseSensitive *bool  `yaml:"case_sensitive_match"`
}

// UnmarshalYAML takes a bare text as the search.
func (l *yamlLookup) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		l.Search = n.Value
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 { // the decoder's own check does not reach into methods like this one
		switch k := n.Content[i]; k.Value {
		case "search", "csv", "case_sensitive_match":
		default:
			return fmt.Errorf("line %d: field %s not found, expected search, csv or case_sensitive_match", k.Line, k.Value)
		}
	}
	type plain yamlLookup
	return n.Decode((*plain)(l))
}

func (l yamlLookup) lookup() (Lookup, error) {
	switch {
	case (strings.TrimSpace(l.Search) == "") == (l.CSV == ""):
		return Lookup{}, errors.New("expected the search that fills it, or its rows as csv")
	case l.CSV == "" && l.CaseSensitive != nil:
		return Lookup{}, errors.New("case_sensitive_match is read for csv only")
	case l.CSV == "":
		return Lookup{Search: l.Search}, nil
	}
	out, err := readTable(l.CSV)
	out.FoldCase = l.CaseSensitive != nil && !*l.CaseSensitive
	return out, err
}

// ReadLookupCSV reads the table of a lookup: a CSV file whose first line has the names of the fields. The lookup is known by the name of
// the file, with .csv and without. Letter case counts, as by default (transforms.conf.spec, case_sensitive_match).
func ReadLookupCSV(name string, data []byte) (*Definitions, error) {
	if len(data) > maxDefinitions {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", name, len(data), maxDefinitions)
	}
	l, err := readTable(string(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &Definitions{}
	base := filepath.Base(name)
	d.addLookup(base, l)
	d.addLookup(strings.TrimSuffix(base, ".csv"), l)
	return d, nil
}

func readTable(text string) (Lookup, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	records, err := r.ReadAll()
	switch {
	case err != nil:
		return Lookup{}, err
	case len(records) == 0:
		return Lookup{}, errors.New("the table is empty, expected a line with the names of its fields")
	case len(records)-1 > maxLookupRows:
		return Lookup{}, fmt.Errorf("the table has %d rows, expected at most %d", len(records)-1, maxLookupRows)
	}
	return Lookup{Fields: records[0], Rows: records[1:]}, nil
}

func (d *Definitions) addLookup(name string, l Lookup) {
	if d.Lookups == nil {
		d.Lookups = map[string]Lookup{}
	}
	d.Lookups[name] = l
}
