package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

func newExplain() *cobra.Command {
	var o options
	var showIR bool
	cmd := &cobra.Command{
		Use:     "explain CODE|HUNT",
		Short:   "Say what a code means, or how a hunt was understood",
		Example: "  huntc explain YAML-FOLD\n  huntc explain rules/hunts/mass-downloads.yaml --ir",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate("text"); err != nil {
				return err
			}
			if _, err := os.Stat(args[0]); err != nil {
				return explainCode(cmd, args[0])
			}
			s, err := o.open(cmd)
			if err != nil {
				return err
			}
			hunts, _, err := s.hunts(cmd.Context(), cmd, &o, args)
			if err != nil {
				return err
			}
			for _, h := range hunts {
				fmt.Fprintf(cmd.OutOrStdout(), "%s (%s)\n", h.Name, h.ID)
				fmt.Fprint(cmd.ErrOrStderr(), diag.Render(h.Diags))
				if h.IR == nil {
					return exitError{exitFinding, nil}
				}
				q := h.IR
				if !showIR {
					if in, ok := ir.Inline(q, 2000); ok {
						q = ir.Raise(in)
					}
				}
				fmt.Fprint(cmd.OutOrStdout(), q.String())
			}
			return nil
		},
	}
	o.register(cmd, nil, "text")
	cmd.Flags().BoolVar(&showIR, "ir", false, "the core IR as lowered, before sugar is raised")
	return cmd
}

func explainCode(cmd *cobra.Command, code string) error {
	page, ok := huntc.ExplainCode(diag.Code(code))
	if !ok {
		msg := fmt.Sprintf("no code and no file is called %q", code)
		if n := diag.Nearest(code, huntc.Codes()); n != "" {
			msg += "; did you mean " + n + "?"
		}
		return usage(fmt.Errorf("%s", msg))
	}
	fmt.Fprint(cmd.OutOrStdout(), page)
	return nil
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := "devel"
			if bi, ok := debug.ReadBuildInfo(); ok && bi.Main.Version != "" && bi.Main.Version != "(devel)" {
				v = bi.Main.Version
			}
			fmt.Fprintf(cmd.OutOrStdout(), "huntc %s\n", v)
			return nil
		},
	}
}
