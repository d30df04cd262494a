package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/lint"
	"github.com/huntc/huntc/frontends/spl/load"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// splDefinitions is where definitions are looked for when none are named.
const splDefinitions = "definitions/splunk.yaml"

// definitionsHelp is the help of --definitions.
const definitionsHelp = "macros.conf, YAML of macros, commands, lookups and data models, NAME.csv with the rows of the lookup NAME, or a folder " +
	"with contentctl's macros/*.yml, for --from spl"

// splSearch is what check says of one search.
type splSearch struct {
	File      string       `json:"file"`
	Name      string       `json:"name"`
	Line      int          `json:"line"`
	Valid     bool         `json:"valid"`     // by SPL's grammar, as far as its names are known here
	Evaluated bool         `json:"evaluated"` // it has a meaning here: the interpreter can run it over events and lookups that are given
	Messages  []splMessage `json:"messages"`

	list diag.List
}

type splMessage struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Why      string `json:"why,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Page     string `json:"page,omitempty"`
	Fix      string `json:"fix,omitempty"` // the whole search with this finding fixed
}

// checkSPL reads searches and reports per search: is it SPL, what does Splunk cut or do slowly, has it a meaning here.
func checkSPL(cmd *cobra.Command, o *options, definitions, args []string) error {
	if o.format != "text" && o.format != "json" {
		return usage(fmt.Errorf("--format %q is not supported here; use text, json", o.format))
	}
	files, err := splFiles(args)
	if err != nil {
		return failed(err)
	}
	defs, err := readDefinitions(definitions, files)
	if err != nil {
		return failed(err)
	}
	found := []splSearch{} // not null in JSON
	for _, f := range files {
		if isMacros(f) {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			return failed(err)
		}
		searches, err := load.Read(f, data)
		if err != nil {
			return failed(err)
		}
		for _, s := range searches {
			found = append(found, judge(f, s, defs))
		}
	}
	if err := reportSPL(cmd.OutOrStdout(), found, o); err != nil {
		return failed(err)
	}
	if slices.ContainsFunc(found, func(s splSearch) bool { return !s.Valid }) {
		return exitError{exitFinding, nil}
	}
	return nil
}

// splFiles lists the files of the paths: of a folder, those whose format is read.
func splFiles(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Type().IsRegular() && (path == arg || load.Known(path)):
				out = append(out, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isMacros reports whether a file among the searches holds macros: macros.conf, or YAML in the folder macros of a contentctl repository.
func isMacros(file string) bool {
	return filepath.Base(file) == "macros.conf" || isContentctlMacro(file)
}

func isContentctlMacro(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return (ext == ".yml" || ext == ".yaml") && filepath.Base(filepath.Dir(file)) == "macros"
}

// definitionFiles lists the files that are named, those of named folders, and the macros among the searches.
func definitionFiles(named, files []string) ([]string, error) {
	var out []string
	for _, n := range named {
		before := len(out)
		err := filepath.WalkDir(n, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case path == n && !d.IsDir(), d.Type().IsRegular() && isMacros(path):
				out = append(out, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(out) == before {
			return nil, fmt.Errorf("%s: no macros in it, expected macros.conf or macros/*.yml", n)
		}
	}
	for _, f := range files {
		if isMacros(f) {
			out = append(out, f)
		}
	}
	return out, nil
}

// readDefinitions reads the named files and folders, the macros among the searches, and definitions/splunk.yaml if it is there.
func readDefinitions(named, files []string) (*spl.Definitions, error) {
	all, err := definitionFiles(named, files)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(splDefinitions); err == nil && len(named) == 0 {
		all = append(all, splDefinitions)
	}
	out := &spl.Definitions{}
	for _, f := range all {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		var d *spl.Definitions
		switch {
		case isContentctlMacro(f):
			d, err = spl.ReadContentctlMacro(f, data)
		case filepath.Ext(f) == ".conf":
			d, err = spl.ReadMacrosConf(f, string(data))
		case filepath.Ext(f) == ".csv":
			d, err = spl.ReadLookupCSV(f, data)
		default:
			d, err = spl.ReadDefinitions(f, data)
		}
		if err != nil {
			return nil, err
		}
		out.Add(d)
	}
	return out, nil
}

// judge checks one search. Names that are not known here are warnings: they may come from an app.
func judge(file string, s load.Search, defs *spl.Definitions) splSearch {
	out := splSearch{File: file, Name: s.Name, Line: s.Line, Messages: []splMessage{}}
	if s.Detection {
		defs = defs.WithFilter(s.Name)
	}
	pipe, list := syntax.Parse(s.Source, syntax.Options{Lenient: true, Macros: defs.Macros, Commands: defs.Commands})
	out.Valid = !list.HasErrors()
	if out.Valid {
		q, lowered := spl.LowerAssumed(s.Source, spl.Options{Definitions: defs, Lenient: true, DefaultIndexes: []string{"main"}})
		out.Evaluated, list = q != nil, lowered
	}
	for _, d := range list {
		out.message(d, "", "")
	}
	if !out.Valid {
		return out
	}
	fixes := fixesOf(s.Source, defs)
	for _, f := range lint.Check(s.Source, pipe) {
		out.message(f.Diagnostic, f.Page, fixes[findingKey{f.Code, f.Span}])
	}
	out.list.Sort()
	slices.SortStableFunc(out.Messages, func(a, b splMessage) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// findingKey is what a finding is about.
type findingKey struct {
	code diag.Code
	span diag.Span
}

// fixesOf returns the whole search with each finding fixed that has a mechanical fix. Macros stay opaque for it: only then the places
// are those of the text.
func fixesOf(src *diag.Source, defs *spl.Definitions) map[findingKey]string {
	pipe, list := syntax.Parse(src, syntax.Options{Lenient: true, Commands: defs.Commands})
	if list.HasErrors() {
		return nil
	}
	out := map[findingKey]string{}
	for _, f := range lint.Check(src, pipe) {
		if f.Fix != nil {
			out[findingKey{f.Code, f.Span}] = lint.Apply(src.Text, []lint.Finding{f})
		}
	}
	return out
}

func (s *splSearch) message(d diag.Diagnostic, page, fix string) {
	line, column := d.Source.Position(d.Span.Pos)
	s.list.Add(d)
	s.Messages = append(s.Messages, splMessage{string(d.Code), d.Severity.String(), line, column, d.Message, d.Why, d.Hint, page, fix})
}

func reportSPL(w io.Writer, found []splSearch, o *options) error {
	valid, evaluated := 0, 0
	for _, s := range found {
		if s.Valid {
			valid++
		}
		if s.Evaluated {
			evaluated++
		}
	}
	if o.format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"searches": found, "valid": valid, "evaluated": evaluated, "checked": len(found)})
	}
	var errs []error
	for _, s := range found {
		if len(s.list) > 0 && !o.quiet {
			_, err := fmt.Fprintf(w, "%s (%s:%d)\n%s\n", s.Name, s.File, s.Line, diag.Render(s.list))
			errs = append(errs, err)
		}
	}
	_, err := fmt.Fprintf(w, "%d searches: %d valid, %d with a meaning here\n", len(found), valid, evaluated)
	return errors.Join(append(errs, err)...)
}
