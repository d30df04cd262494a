package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/frontends/spl/load"
)

// validateSPL rejects flags that have no meaning for a search.
func (o *options) validateSPL() error {
	switch {
	case o.source != "":
		return usage(fmt.Errorf("--source has no meaning with --from spl"))
	case o.timezone != "" && o.timezone != "UTC":
		return usage(fmt.Errorf("--timezone %q is not read; UTC is", o.timezone))
	case len(o.params) > 0 || o.keepParams:
		return usage(fmt.Errorf("--param and --keep-params have no meaning with --from spl: a search has no {{Parameters}}"))
	}
	return nil
}

// searches reads the searches of files, folders and standard input ("-") as hunts.
func (s *session) searches(cmd *cobra.Command, o *options, paths []string) (list []*huntc.Hunt, bad int, err error) {
	about := huntc.SPLOptions{UTC: o.timezone == "UTC"}
	if o.fields != "" {
		text, err := os.ReadFile(o.fields)
		if err != nil {
			return nil, 0, failed(err)
		}
		if about.Fields, err = huntc.ReadSPLFields(o.fields, text); err != nil {
			return nil, 0, usage(err)
		}
	}
	var files []string
	stdin := slices.Contains(paths, "-")
	if files, err = splFiles(slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == "-" })); err != nil {
		return nil, 0, failed(err)
	}
	if about.Definitions, err = readDefinitions(o.definitions, files); err != nil {
		return nil, 0, failed(err)
	}
	if stdin {
		text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<20+1))
		if err != nil {
			return nil, bad, failed(err)
		}
		list = append(list, s.c.ParseSPL("<stdin>", text, about))
	}
	for _, f := range files {
		found, err := s.searchesOf(f, about)
		if err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "huntc:", err)
			bad++
		}
		list = append(list, found...)
	}
	return list, bad, nil
}

// searchesOf reads the searches of one file; files of macros hold none.
func (s *session) searchesOf(file string, about huntc.SPLOptions) ([]*huntc.Hunt, error) {
	if isMacros(file) {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	searches, err := load.Read(file, data)
	if err != nil {
		return nil, err
	}
	var out []*huntc.Hunt
	for i, x := range searches {
		about := about
		about.Origin = x.Source.Origin
		if x.Detection {
			about.Definitions = about.Definitions.WithFilter(x.Name)
		}
		h := s.c.ParseSPL(filepath.ToSlash(file), []byte(x.Source.Text), about)
		h.Name = x.Name
		if len(searches) > 1 {
			h.Part = strconv.Itoa(i + 1)
		}
		out = append(out, h)
	}
	return out, nil
}
