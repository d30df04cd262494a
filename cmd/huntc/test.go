package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/hunttest"
	"github.com/huntc/huntc/ir/eval"
)

// testOptions are the flags of test alone.
type testOptions struct {
	options
	require, branches bool
}

func newTest() *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test [PATH…]",
		Short: "Run the tests of hunts: NAME.test.yaml beside NAME.yaml",
		Example: `  huntc test rules/hunts --require-tests
  huntc test rules/hunts --format junit > report.xml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate("text", "json", "junit"); err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			return o.run(cmd, args)
		},
	}
	o.registerReading(cmd, "text, json, junit")
	f := cmd.Flags()
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results only")
	f.BoolVar(&o.require, "require-tests", false, "fail for a hunt without a positive and a negative test")
	f.BoolVar(&o.branches, "branches", false, "fail for a predicate that the tests never saw both true and false")
	return cmd
}

func (o *testOptions) run(cmd *cobra.Command, paths []string) error {
	s, err := o.open(cmd)
	if err != nil {
		return err
	}
	paths, err = huntPaths(paths)
	if err != nil {
		return err
	}
	hunts, bad, err := s.hunts(cmd.Context(), cmd, &o.options, paths)
	if err != nil {
		return err
	}
	report := &hunttest.Report{}
	perFile := map[string]int{}
	for _, h := range hunts {
		perFile[h.File]++
	}
	for _, h := range hunts {
		r, err := o.hunt(cmd, s, h, perFile[h.File])
		if err != nil {
			return failed(err)
		}
		if r != nil {
			report.Add(r)
		}
	}
	if err := orphans(report, paths); err != nil {
		return failed(err)
	}
	write := map[string]func() error{
		"text":  func() error { return report.Text(cmd.OutOrStdout()) },
		"json":  func() error { return report.JSON(cmd.OutOrStdout()) },
		"junit": func() error { return report.JUnit(cmd.OutOrStdout()) },
	}
	if err := write[o.format](); err != nil {
		return failed(err)
	}
	if bad > 0 || report.Failures() > 0 {
		return exitError{exitFinding, nil}
	}
	if report.Passed == 0 {
		return failed(errors.New("there are no tests: " + hunttest.Suffix + " files stand beside their hunts"))
	}
	return nil
}

// hunt runs the tests of one hunt; without tests there is a report only when they are required.
func (o *testOptions) hunt(cmd *cobra.Command, s *session, h *huntc.Hunt, inFile int) (*hunttest.HuntReport, error) {
	r := &hunttest.HuntReport{ID: h.ID, Name: h.Name, File: h.File}
	name := testFile(h.File)
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if !o.require {
			return nil, nil
		}
		r.Require(nil)
		return r, nil
	case err != nil:
		return nil, err
	}
	f, err := hunttest.Read(name, text)
	switch {
	case err != nil:
		r.Problems = append(r.Problems, err.Error())
		return r, nil
	case inFile > 1:
		r.Problems = append(r.Problems, fmt.Sprintf("%s holds %d hunts: tests want one a file", h.File, inFile))
		return r, nil
	case h.IR == nil:
		fmt.Fprint(cmd.ErrOrStderr(), diag.Render(h.Diags))
		r.Problems = append(r.Problems, "the hunt could not be read")
		return r, nil
	}
	h = f.Bind(s.c, h)
	observe := &eval.Observation{}
	for _, t := range f.Tests {
		res, err := t.Run(cmd.Context(), s.c, h, observe)
		if err != nil {
			return nil, err
		}
		r.Tests = append(r.Tests, hunttest.TestReport{Name: t.Name, Line: t.Line, OK: res.Problem == "", Rows: res.Rows, Problem: res.Problem})
	}
	if o.require {
		r.Require(f.Tests)
	}
	if o.branches {
		r.Cover(h, observe)
	}
	return r, nil
}

func testFile(hunt string) string {
	return strings.TrimSuffix(hunt, filepath.Ext(hunt)) + hunttest.Suffix
}

// huntPaths replaces files of tests by their hunts.
func huntPaths(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		base, isTest := strings.CutSuffix(p, hunttest.Suffix)
		if !isTest {
			out = append(out, p)
			continue
		}
		hunt := huntOf(base)
		if hunt == "" {
			return nil, usage(fmt.Errorf("%s: there is no hunt %s.yaml beside it", p, base))
		}
		out = append(out, hunt)
	}
	return out, nil
}

func huntOf(base string) string {
	for _, ext := range []string{".yaml", ".yml", ".kql", ".csl", ".txt"} {
		if _, err := os.Stat(base + ext); err == nil {
			return base + ext
		}
	}
	return ""
}

// orphans reports tests in the folders whose hunt is not there: they would be passed over.
func orphans(report *hunttest.Report, paths []string) error {
	for _, p := range paths {
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			base, isTest := strings.CutSuffix(filepath.ToSlash(name), hunttest.Suffix)
			if !isTest || d.IsDir() || huntOf(base) != "" {
				return nil
			}
			report.Add(&hunttest.HuntReport{File: filepath.ToSlash(name), Problems: []string{"there is no hunt " + base + ".yaml beside it"}})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
