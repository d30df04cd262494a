package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
)

func newCheck() *cobra.Command {
	var o options
	var definitions []string
	cmd := &cobra.Command{
		Use:   "check PATH…",
		Short: "Translate to all targets and write nothing: grades and messages",
		Long: `Check translates hunts to all targets and writes nothing but grades and messages.

With --from spl it reads searches instead (.spl, .txt; JSON lines with a key search; savedsearches.conf; contentctl's YAML) and reports for
each whether it is SPL, what Splunk cuts silently or does slowly, and whether it has a meaning here. Macros come from macros.conf or macros/*.yml
(contentctl's) among the paths, --definitions, or definitions/splunk.yaml; others stay opaque.`,
		Example: "  huntc check rules/hunts",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.from == "spl" {
				return checkSPL(cmd, &o, definitions, args)
			}
			if err := o.validate("text", "json"); err != nil {
				return err
			}
			s, err := o.open(cmd)
			if err != nil {
				return err
			}
			all, bad, err := s.translateAll(cmd, &o, args)
			if err != nil {
				return err
			}
			for _, t := range all {
				for _, r := range t.results {
					lintSPL(t.hunt, r)
				}
			}
			if o.format == "json" {
				m := huntc.Manifest{Outputs: []huntc.ManifestOutput{}}
				for _, t := range all {
					for _, r := range t.results {
						m.Outputs = append(m.Outputs, huntc.Describe(t.hunt, r, ""))
					}
				}
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				if err := enc.Encode(m); err != nil {
					return failed(err)
				}
				return o.verdict(s, all, bad)
			}
			printTable(cmd.OutOrStdout(), s.targets, all)
			printLegend(cmd.OutOrStdout(), all)
			if !o.quiet {
				var list diag.List
				for _, t := range all {
					list = append(list, t.hunt.Diags...)
					for _, r := range t.results {
						list = append(list, r.Diagnostics...)
					}
				}
				list.Sort()
				fmt.Fprint(cmd.OutOrStdout(), "\n"+diag.Render(list))
			}
			return o.verdict(s, all, bad)
		},
	}
	o.register(cmd, []string{"all"}, "text, json")
	o.registerGate(cmd)
	cmd.Flags().StringArrayVar(&definitions, "definitions", nil, definitionsHelp)
	return cmd
}

func sortedSet(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
