package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/eval"
)

func newRun() *cobra.Command {
	var o options
	var data []string
	cmd := &cobra.Command{
		Use:     "run HUNT",
		Short:   "Evaluate a hunt over events in files and print its rows",
		Example: "  huntc run rules/hunts/mass-downloads.yaml --data CloudAppEvents=testdata/mass-downloads.ndjson --now 2026-05-15T12:00:00Z",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate("text", "json", "ndjson", "csv"); err != nil {
				return err
			}
			return runHunt(cmd, &o, args[0], data)
		},
	}
	o.register(cmd, "", "text, json, ndjson, csv")
	cmd.Flags().StringArrayVar(&data, "data", nil, "events of a table, TABLE=FILE (NDJSON)")
	return cmd
}

func runHunt(cmd *cobra.Command, o *options, path string, data []string) error {
	s, err := o.open(cmd)
	if err != nil {
		return err
	}
	hunts, bad, err := s.hunts(cmd.Context(), cmd, o, []string{path})
	if err != nil {
		return err
	}
	if bad > 0 || len(hunts) != 1 {
		return usage(fmt.Errorf("run wants one hunt; %s has %d", path, len(hunts)))
	}
	h := hunts[0]
	if !o.quiet || h.IR == nil {
		fmt.Fprint(cmd.ErrOrStderr(), diag.Render(h.Diags))
	}
	if h.IR == nil {
		return exitError{exitFinding, nil}
	}
	tables := map[string]*eval.Table{}
	for _, d := range data {
		name, file, ok := strings.Cut(d, "=")
		if !ok {
			return usage(fmt.Errorf("--data wants TABLE=FILE, not %q", d))
		}
		f, err := os.Open(file)
		if err != nil {
			return failed(err)
		}
		cols, known := s.c.TableColumns(h, name)
		t, err := eval.ReadNDJSON(f, file, cols, !known)
		f.Close()
		if err != nil {
			return failed(err)
		}
		tables[name] = t
	}
	now := s.opt.Now
	if now.IsZero() {
		now = time.Now().UTC()
	}
	rows, err := s.c.Rows(cmd.Context(), h, tables, now, s.opt.Params)
	if err != nil {
		return failed(err)
	}
	format := map[string]string{"text": "table"}[o.format]
	if format == "" {
		format = o.format
	}
	if err := eval.WriteTable(cmd.OutOrStdout(), rows, format); err != nil {
		return failed(err)
	}
	return nil
}
