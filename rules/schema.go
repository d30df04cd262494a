package rules

import (
	"bufio"
	"fmt"
	"io/fs"
	"strings"
)

// Column is a column of a table; Type is a KQL type name such as "datetime".
type Column struct{ Name, Type string }

// Table is a table of one product with its columns in documented order.
type Table struct {
	Name    string
	Columns []Column
}

// Column returns the column of that name. Names are case-sensitive, as they are in KQL.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Schema holds the tables of one product by name.
type Schema = map[string]Table

// Products are the products with a schema file.
func Products() []string { return []string{"sentinel", "defender"} }

const schemaHeader = "table\tcolumn\ttype"

// LoadSchemas reads schemas/PRODUCT.tsv from fsys. The product is "sentinel" or "defender".
func LoadSchemas(fsys fs.FS, product string) (map[string]Table, error) {
	file := "schemas/" + product + ".tsv"
	if !known(product) { // before the name reaches the file system
		return nil, fmt.Errorf("unknown product %q: want one of %s", product, strings.Join(Products(), ", "))
	}
	f, err := fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	schema := Schema{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSuffix(lines.Text(), "\r")
		if text == "" || n == 1 && text == schemaHeader {
			continue
		}
		if err := addColumn(schema, text); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return schema, nil
}

func known(product string) bool {
	for _, p := range Products() {
		if p == product {
			return true
		}
	}
	return false
}

func addColumn(schema Schema, line string) error {
	cells := strings.Split(line, "\t")
	if len(cells) != 3 || cells[0] == "" || cells[1] == "" {
		return fmt.Errorf("want table, column and type between tabs, have %q", line)
	}
	if !knownType(cells[2]) {
		return fmt.Errorf("unknown type %q of %s.%s", cells[2], cells[0], cells[1])
	}
	t := schema[cells[0]]
	if _, twice := t.Column(cells[1]); twice {
		return fmt.Errorf("column %s.%s is there twice", cells[0], cells[1])
	}
	t.Name = cells[0]
	t.Columns = append(t.Columns, Column{Name: cells[1], Type: cells[2]})
	schema[cells[0]] = t
	return nil
}

func knownType(name string) bool {
	switch name {
	case "bool", "datetime", "decimal", "dynamic", "guid", "int", "long", "real", "string", "timespan":
		return true
	}
	return false
}
