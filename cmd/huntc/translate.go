package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
)

func newTranslate() *cobra.Command {
	var o options
	var out string
	cmd := &cobra.Command{
		Use:   "translate PATH…",
		Short: "Write hunts in other languages",
		Long: `Translate writes hunts in other languages.

With --from spl it reads searches of Splunk instead: files as check reads them, with macros from macros.conf among the paths, --definitions, or
definitions/splunk.yaml. --fields names the events: YAML of source, field and type. A source is an index, or what a base search says:

  logins:                                                     # index=logins
    user: string nonempty                                     # no event has it with an empty text
    tries: long
    TimeGenerated: datetime                                   # the column of _time in the hunt
  "index=win sourcetype=XmlWinEventLog AS SecurityEvent":     # the events that all of these terms find, and their table
    EventCode: long

The source with the most terms in the search is its table. Comparisons of index, sourcetype, source, host and eventtype among the first terms
that are not declared as fields only select the source: they become no condition, and the manifest lists under assumptions that the table
holds those events. A field has one value per event at most, of its type.`,
		Example: "  huntc translate rules/hunts --to all --out out\n  huntc translate rules/hunts/mass-downloads.yaml --to esql",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			checked := o
			if o.from == "spl" {
				if err := o.validateSPL(); err != nil {
					return err
				}
				checked.from, checked.fields, checked.definitions, checked.timezone = "kql", "", nil, ""
			}
			if err := checked.validate("text", "json"); err != nil {
				return err
			}
			return translate(cmd, &o, args, out)
		},
	}
	o.register(cmd, []string{"all"}, "text, json")
	o.registerGate(cmd)
	cmd.Flags().StringVar(&o.fields, "fields", "", "YAML of source, field and type, for --from spl")
	cmd.Flags().StringArrayVar(&o.definitions, "definitions", nil, definitionsHelp)
	cmd.Flags().StringVar(&o.timezone, "timezone", "", "UTC, if searches run in it: days and @ are translated then, for --from spl")
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder to write one file per hunt and target, and manifest.json")
	return cmd
}

// translated is one hunt with its results.
type translated struct {
	hunt    *huntc.Hunt
	results []*huntc.Result
}

func (s *session) translateAll(cmd *cobra.Command, o *options, paths []string) (all []translated, bad int, err error) {
	hunts, bad, err := s.hunts(cmd.Context(), cmd, o, paths)
	if err != nil {
		return nil, bad, err
	}
	for _, h := range hunts {
		t := translated{hunt: h}
		if h.IR != nil {
			for _, target := range s.targets {
				r, err := s.c.Translate(cmd.Context(), h, target, s.opt)
				if err != nil {
					return nil, bad, failed(err)
				}
				t.results = append(t.results, r)
			}
		}
		all = append(all, t)
	}
	return all, bad, nil
}

func translate(cmd *cobra.Command, o *options, paths []string, out string) error {
	s, err := o.open(cmd)
	if err != nil {
		return err
	}
	all, bad, err := s.translateAll(cmd, o, paths)
	if err != nil {
		return err
	}
	if len(all) == 0 && bad == 0 {
		return failed(fmt.Errorf("no hunts in %s", strings.Join(paths, ", ")))
	}
	files, err := fileNames(all)
	if err != nil {
		return usage(err)
	}
	manifest := &huntc.Manifest{Outputs: []huntc.ManifestOutput{}}
	for i, t := range all {
		for j, r := range t.results {
			name := files[i][j]
			if r.Output == nil || out == "" {
				name = ""
			}
			manifest.Outputs = append(manifest.Outputs, huntc.Describe(t.hunt, r, name))
		}
	}
	written := 0
	if out != "" {
		if written, err = writeAll(out, all, files, manifest); err != nil {
			return failed(err)
		}
	}
	if err := o.report(cmd, s, all, out, written, manifest); err != nil {
		return failed(err)
	}
	return o.verdict(s, all, bad)
}

// report prints what a first-time user wants to see, or what a program wants.
func (o *options) report(cmd *cobra.Command, s *session, all []translated, out string, written int, m *huntc.Manifest) error {
	stdout := cmd.OutOrStdout()
	if o.format == "json" {
		type textual struct {
			huntc.ManifestOutput
			Text string `json:"text,omitempty"`
		}
		list := []textual{}
		i := 0
		for _, t := range all {
			for _, r := range t.results {
				e := textual{ManifestOutput: m.Outputs[i]}
				if r.Output != nil {
					e.Text = r.Output.Text
				}
				list = append(list, e)
				i++
			}
		}
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"outputs": list})
	}
	if out == "" && len(all) == 1 && len(all[0].results) == 1 {
		o.printDiags(cmd, all)
		if r := all[0].results[0]; r.Output != nil {
			_, err := io.WriteString(stdout, r.Output.Text)
			return err
		}
		return nil
	}
	if out == "" {
		for _, t := range all {
			for _, r := range t.results {
				if r.Output != nil {
					fmt.Fprintf(stdout, "# %s · %s · %s\n%s\n", t.hunt.Name, r.Target, r.Cell(), r.Output.Text)
				}
			}
		}
		o.printDiags(cmd, all)
		return nil
	}
	printTable(stdout, s.targets, all)
	printLegend(stdout, all)
	fmt.Fprintf(stdout, "%d written to %s (manifest.json: columns, grades, assumptions)   %d refused\n",
		written, filepath.ToSlash(out)+"/", countRefused(all))
	if !o.quiet {
		printMoves(stdout, all, 6)
	}
	return nil
}

func (o *options) printDiags(cmd *cobra.Command, all []translated) {
	if o.quiet {
		return
	}
	for _, t := range all {
		list := append(diag.List{}, t.hunt.Diags...)
		for _, r := range t.results {
			list = append(list, r.Diagnostics...)
		}
		fmt.Fprint(cmd.ErrOrStderr(), diag.Render(list))
	}
}

func (o *options) verdict(s *session, all []translated, bad int) error {
	if bad > 0 {
		return exitError{exitFailed, nil}
	}
	for _, t := range all {
		if o.gate(s.profile, t.hunt, t.results) {
			return exitError{exitFinding, nil}
		}
	}
	return nil
}

var unsafeInName = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a file name out of the hunt's file name: nothing in it can leave the folder or mean anything to a shell.
func slug(h *huntc.Hunt) string {
	base := strings.TrimSuffix(filepath.Base(filepath.ToSlash(h.File)), filepath.Ext(h.File))
	s := strings.Trim(unsafeInName.ReplaceAllString(strings.ToLower(base), "-"), "-")
	if len(s) > 100 {
		s = s[:100]
	}
	if s == "" {
		s = "hunt"
	}
	if h.Part != "" {
		s += "-" + strings.ReplaceAll(h.Part, ".", "-")
	}
	return s
}

// fileNames names one file per hunt and target; two that are the same are an error, before anything is written.
func fileNames(all []translated) ([][]string, error) {
	seen := map[string]string{}
	names := make([][]string, len(all))
	for i, t := range all {
		exts := map[string]int{}
		for _, r := range t.results {
			exts[r.Target.Language]++
		}
		for _, r := range t.results {
			name := slug(t.hunt)
			if exts[r.Target.Language] > 1 {
				name += "." + strings.Trim(unsafeInName.ReplaceAllString(strings.ToLower(r.Target.String()), "-"), "-")
			}
			name += "." + extension(r)
			if other, ok := seen[name]; ok {
				return nil, fmt.Errorf("%s and %s would both write %s; rename one", other, t.hunt.File, name)
			}
			seen[name] = t.hunt.File
			names[i] = append(names[i], name)
		}
	}
	return names, nil
}

func extension(r *huntc.Result) string {
	if r.Output != nil {
		return r.Output.Ext
	}
	return r.Target.Language
}

func writeAll(dir string, all []translated, files [][]string, m *huntc.Manifest) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	n := 0
	for i, t := range all {
		for j, r := range t.results {
			if r.Output == nil {
				continue
			}
			if err := writeFile(filepath.Join(dir, files[i][j]), []byte(r.Output.Text)); err != nil {
				return n, err
			}
			n++
		}
	}
	b, err := m.JSON()
	if err != nil {
		return n, err
	}
	return n, writeFile(filepath.Join(dir, "manifest.json"), b)
}

// writeFile writes whole or not at all.
func writeFile(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".huntc-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
