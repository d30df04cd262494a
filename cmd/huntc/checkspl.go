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

	"github.com/spf13/cobra"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/lint"
	"github.com/huntc/huntc/frontends/spl/load"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// splDefinitions is where definitions are looked for when none are named.
const splDefinitions = "definitions/splunk.yaml"

// splSearch is what check says of one search.
type splSearch struct {
	File      string       `json:"file"`
	Name      string       `json:"name"`
	Line      int          `json:"line"`
	Valid     bool         `json:"valid"`     // by SPL's grammar, as far as its names are known here
	Evaluated bool         `json:"evaluated"` // it has a meaning here: it can be run by the interpreter
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
		if filepath.Base(f) == "macros.conf" {
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

// readDefinitions reads the named files, the macros.conf among the searches, and definitions/splunk.yaml if it is there.
func readDefinitions(named, files []string) (*spl.Definitions, error) {
	all := slices.Clone(named)
	for _, f := range files {
		if filepath.Base(f) == "macros.conf" {
			all = append(all, f)
		}
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
		switch filepath.Ext(f) {
		case ".conf":
			d, err = spl.ReadMacrosConf(f, string(data))
		case ".csv":
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
	pipe, list := syntax.Parse(s.Source, syntax.Options{Lenient: true, Macros: defs.Macros, Commands: defs.Commands})
	out.Valid = !list.HasErrors()
	if out.Valid {
		q, lowered := spl.Lower(s.Source, spl.Options{Definitions: defs, Lenient: true, DefaultIndexes: []string{"main"}})
		out.Evaluated, list = q != nil, lowered
	}
	for _, d := range list {
		out.message(d, "", "")
	}
	if !out.Valid {
		return out
	}
	for _, f := range lint.Check(s.Source, pipe) {
		fix := ""
		if f.Fix != nil && len(defs.Macros) == 0 {
			fix = lint.Apply(s.Source.Text, []lint.Finding{f})
		}
		out.message(f.Diagnostic, f.Page, fix)
	}
	out.list.Sort()
	slices.SortStableFunc(out.Messages, func(a, b splMessage) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
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
