package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	case len(o.params) > 0 || o.keepParams:
		return usage(fmt.Errorf("--param and --keep-params have no meaning with --from spl: a search has no {{Parameters}}"))
	}
	return nil
}

// searches reads the searches of files, folders and standard input ("-") as hunts.
func (s *session) searches(cmd *cobra.Command, o *options, paths []string) (list []*huntc.Hunt, bad int, err error) {
	fields := huntc.SPLFields{}
	if o.fields != "" {
		text, err := os.ReadFile(o.fields)
		if err != nil {
			return nil, 0, failed(err)
		}
		if fields, err = huntc.ReadSPLFields(o.fields, text); err != nil {
			return nil, 0, usage(err)
		}
	}
	for _, p := range paths {
		if p == "-" {
			text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<20+1))
			if err != nil {
				return nil, bad, failed(err)
			}
			list = append(list, s.c.ParseSPL("<stdin>", text, fields))
			continue
		}
		files, err := splFiles([]string{p})
		if err != nil {
			return nil, bad, failed(err)
		}
		for _, f := range files {
			found, err := s.searchesOf(f, fields)
			if err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "huntc:", err)
				bad++
			}
			list = append(list, found...)
		}
	}
	return list, bad, nil
}

// searchesOf reads the searches of one file; macros.conf holds none.
func (s *session) searchesOf(file string, fields huntc.SPLFields) ([]*huntc.Hunt, error) {
	if filepath.Base(file) == "macros.conf" {
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
		h := s.c.ParseSPL(filepath.ToSlash(file), []byte(x.Source.Text), fields)
		h.Name = x.Name
		if len(searches) > 1 {
			h.Part = strconv.Itoa(i + 1)
		}
		out = append(out, h)
	}
	return out, nil
}
