// Package conformance runs recorded KQL queries through the frontend and the evaluator and compares the results by type.
package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/huntc/huntc/ir"
)

// Case is a query and the result that it must give.
type Case struct {
	ID               string
	Query            string
	Columns          []Column
	Rows             [][]json.RawMessage
	Needs            []string         // fixture tables that the query reads
	Tables           map[string]Input // tables that the case brings along
	Ordered          bool             // the order of rows counts, except between rows with equal SortKeys
	SortKeys         []string         `json:"sort_keys"`
	Nondeterministic bool
	Soft             []string // weaker expectations: set-order, cut-at-ties, approx, …
	Ops              []string
	Scope            string // core or rest; "" outside the ground truth
}

// Column is a column in KQL's words.
type Column struct{ Name, Type string }

// Input is an inline table.
type Input struct {
	Columns []Column
	Rows    [][]json.RawMessage
}

// Core reports whether the case belongs to the denominator: what hunts use, and nothing outside the case.
func (c *Case) Core() bool {
	return c.Scope == "core" && !c.Nondeterministic && len(c.Needs) == 0
}

// soft reports whether the case carries a weaker expectation.
func (c *Case) soft(name string) bool {
	for _, s := range c.Soft {
		if s == name {
			return true
		}
	}
	return false
}

const maxLine = 4 << 20

// Load reads one case a line. Errors name file and line.
func Load(path string) ([]*Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 64<<10), maxLine)
	var out []*Case
	seen := map[string]bool{}
	for line := 1; in.Scan(); line++ {
		c := &Case{}
		if err := json.Unmarshal(in.Bytes(), c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		if c.ID == "" || seen[c.ID] {
			return nil, fmt.Errorf("%s:%d: the id %q is missing or not unique", path, line, c.ID)
		}
		seen[c.ID] = true
		out = append(out, c)
	}
	return out, in.Err()
}

// columns translates to the IR's types.
func columns(cols []Column) ([]ir.Column, error) {
	out := make([]ir.Column, len(cols))
	for i, c := range cols {
		t, ok := ir.ParseType(c.Type)
		if !ok {
			return nil, fmt.Errorf("column %s: %s is not a type", c.Name, c.Type)
		}
		out[i] = ir.Column{Name: c.Name, Type: t}
	}
	return out, nil
}
