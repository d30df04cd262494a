package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/hunttest"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify"
)

// verifyOptions are the flags of verify alone.
type verifyOptions struct {
	options
	cluster clusterOptions
	data    []string
	seed    uint64
	sets    int
	keep    string
	yes     bool
}

func newVerify() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [PATH…]",
		Short: "Prove translations: the same events, the same rows, on a cluster",
		Long: `Verify makes events from each hunt's own predicates, writes them as the target would hold them, runs the translation and the hunt's
meaning over them, and compares the rows under the declared drift. With --on eval no cluster is needed: the mapping and the handling of
absent values are proved, the target's language is not. With --on spl translations to SPL run in huntc's own interpreter: they are
checked against our reading of Splunk's documentation, never executed on Splunk. With --on splunk=URL (the management port) they run on
your Splunk, over events that stand in the search itself (makeresults): no index is needed and nothing is written. The first search asks
whether that Splunk holds events as they are sent; if not, nothing is verified. Credentials are ` + remote.EnvSplunk + ` (a token),
` + remote.EnvSplunkSession + ` (a session key), or ` + remote.EnvUser + ` and ` + remote.EnvPassword + `. Sets that do not fit into a search are counted as not run.
This was built from Splunk's documentation and from answers that others recorded; it has never run on a Splunk.

On a cluster it writes indices of its own, with random names, and removes them at the end, also after Ctrl-C.`,
		Example: `  huntc verify rules/hunts --on eval --sets 20
  huntc verify rules/hunts --on local:elastic --to esql@8.19/same-names`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate("text", "json", "junit"); err != nil {
				return err
			}
			if o.cluster.on == "" {
				return usage(errors.New("--on is wanted: a URL, local:elastic, local:opensearch, spl, splunk=URL, or eval"))
			}
			if o.sets < 1 {
				return usage(errors.New("--sets wants more than 0"))
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			return o.run(cmd, args)
		},
	}
	o.registerReading(cmd, "text, json, junit")
	o.cluster.register(cmd)
	f := cmd.Flags()
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results only")
	f.StringSliceVar(&o.to, "to", nil, "targets, comma-separated (default: all that the cluster runs, in its version)")
	f.StringArrayVar(&o.data, "data", nil, "events of a table, TABLE=FILE (NDJSON), besides the generated ones")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the generated events")
	f.IntVar(&o.sets, "sets", verify.DefaultSets, "sets of events for each hunt and target")
	f.StringVar(&o.keep, "keep", "", "folder in which the events are left as bulk files")
	f.BoolVar(&o.yes, "yes", false, "write to another machine's cluster without asking")
	return cmd
}

func (o *verifyOptions) run(cmd *cobra.Command, paths []string) error {
	s, err := o.open(cmd)
	if err != nil {
		return err
	}
	if paths, err = huntPaths(paths); err != nil {
		return err
	}
	hunts, bad, err := s.hunts(cmd.Context(), cmd, &o.options, paths)
	if err != nil {
		return err
	}
	vo := verify.Options{Translate: s.opt, Seed: o.seed, Sets: o.sets, Keep: o.keep, Large: true}
	if !o.quiet {
		vo.Progress = func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) }
	}
	targets := s.targets
	address, onSplunk := strings.CutPrefix(o.cluster.on, "splunk=")
	if onSplunk {
		if vo.Splunk, err = o.openSplunk(cmd, address); err != nil {
			return err
		}
	}
	if onSplunk || o.cluster.on == "spl" {
		vo.SPL = true
		if len(targets) == 0 {
			targets = slices.DeleteFunc(huntc.KnownTargets(), func(t huntc.Target) bool { return t.Language != "spl" })
		}
	} else if o.cluster.on != "eval" {
		c, done, err := o.openForWriting(cmd)
		if err != nil {
			return err
		}
		defer done()
		vo.Engine = c
		if len(targets) == 0 {
			targets = targetsOn(c)
		}
	} else if len(targets) == 0 {
		targets = slices.DeleteFunc(huntc.KnownTargets(), func(t huntc.Target) bool { return t.Language == "kql" })
	}
	v, err := verify.New(s.c, vo)
	if err != nil {
		return usage(err)
	}
	report := &verify.Report{}
	for _, h := range hunts {
		if h.IR == nil {
			fmt.Fprint(cmd.ErrOrStderr(), diag.Render(h.Diags))
			bad++
			continue
		}
		given, err := o.given(s, h)
		if err != nil {
			return failed(err)
		}
		list, err := v.Hunt(cmd.Context(), h, targets, given...)
		notExecuted(o.cluster.on, list)
		report.Hunts = append(report.Hunts, list...)
		if errors.Is(err, context.Canceled) && onSplunk {
			return failed(fmt.Errorf("interrupted: %w", err)) // also what could not be ended
		}
		if errors.Is(err, context.Canceled) {
			return failed(errors.New("interrupted; what was written to the cluster has been removed"))
		}
		if err != nil {
			return failed(err)
		}
	}
	return o.finish(cmd, report, bad)
}

// localLimits are what the local engines lack, by what their refusals name: a pair that needs it is not executed there, which is no
// failure.
var localLimits = map[string][][2]string{
	"local:elastic": {
		{"[bucket_selector]", "the local Elasticsearch has no bucket_selector"},
		{"script", "the local Elasticsearch has no scripts"},
	},
	"local:opensearch": {{"flat_object", "OpenSearch has no flattened type"}},
}

func notExecuted(on string, list []verify.HuntReport) {
	for i := range list {
		for _, l := range localLimits[on] {
			if strings.Contains(list[i].Refused, l[0]) {
				list[i].Skipped, list[i].Refused = "not executed: "+l[1], ""
			}
		}
	}
}

func (o *verifyOptions) finish(cmd *cobra.Command, report *verify.Report, bad int) error {
	write := map[string]func(io.Writer) error{"text": report.Text, "json": report.JSON, "junit": report.JUnit}[o.format]
	if err := write(cmd.OutOrStdout()); err != nil {
		return failed(err)
	}
	switch {
	case report.Refused():
		return failed(errors.New("the cluster refused a translation"))
	case bad > 0 || report.Failed():
		return exitError{exitFinding, nil}
	}
	return nil
}

// openForWriting connects to a cluster that test events may be written to, and asks before it writes to another machine.
func (o *verifyOptions) openForWriting(cmd *cobra.Command) (*remote.Client, func(), error) {
	if _, local := localEngines[o.cluster.on]; !local && !o.yes {
		u, err := url.Parse(o.cluster.on)
		if err == nil && !remote.IsLoopback(u) {
			if err := ask(cmd, u.Host); err != nil {
				return nil, nil, err
			}
		}
	}
	return o.cluster.connect(cmd, remote.Options{Write: true})
}

// openSplunk connects to a Splunk for reading.
func (o *verifyOptions) openSplunk(cmd *cobra.Command, address string) (*remote.Splunk, error) {
	if o.cluster.rows < 1 || o.cluster.timeout <= 0 {
		return nil, usage(errors.New("--rows and --timeout want more than 0"))
	}
	cred, err := remote.SplunkCredentialsFrom(os.Getenv)
	if err != nil {
		return nil, usage(err)
	}
	ro := remote.Options{Credentials: cred, Rows: o.cluster.rows, Timeout: o.cluster.timeout, AllowPartial: o.cluster.allowPartial}
	if o.cluster.ca != "" {
		if ro.CA, err = os.ReadFile(o.cluster.ca); err != nil {
			return nil, failed(err)
		}
	}
	s, err := remote.OpenSplunk(cmd.Context(), address, ro)
	if err != nil {
		return nil, failed(fmt.Errorf("--on: %w", err)) // without the address, which may hold a password
	}
	return s, nil
}

func ask(cmd *cobra.Command, host string) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "huntc verify writes indices named huntc-verify-… to %s and removes them at the end. Go on? [y/N] ", host)
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && line == "" {
		fmt.Fprintln(cmd.ErrOrStderr())
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return usage(errors.New("nothing was written; --yes answers the question"))
	}
	return nil
}

// targetsOn lists the targets for a cluster's product in the newest version that it is not older than.
func targetsOn(c *remote.Client) []huntc.Target {
	var out []huntc.Target
	newest := map[string]string{}
	have, err := versionOf(c)
	for _, t := range huntc.KnownTargets() { // newest first
		need, perr := emit.ParseVersion(t.Version)
		if err != nil || perr != nil || !runsOn(t, c) || have.Less(need) {
			continue
		}
		if newest[t.Language] == "" {
			newest[t.Language] = t.Version
		}
		if newest[t.Language] == t.Version {
			out = append(out, t)
		}
	}
	return out
}

// given are the hunt's own tests and the events of --data.
func (o *verifyOptions) given(s *session, h *huntc.Hunt) ([]verify.Given, error) {
	out, err := testEvents(s, h)
	if err != nil || len(o.data) == 0 {
		return out, err
	}
	now := s.opt.Now
	if now.IsZero() {
		now = time.Now().UTC().Truncate(time.Millisecond)
	}
	g := verify.Given{Name: "data", Now: now, Tables: map[string]*eval.Table{}}
	for _, d := range o.data {
		table, file, ok := strings.Cut(d, "=")
		if !ok {
			return nil, fmt.Errorf("--data wants TABLE=FILE, not %q", d)
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		cols, known := s.c.TableColumns(h, table)
		g.Tables[table], err = eval.ReadNDJSON(f, file, cols, !known)
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	return append([]verify.Given{g}, out...), nil
}

// testEvents are the events of the hunt's tests. Tests with parameters stay with huntc test.
func testEvents(s *session, h *huntc.Hunt) ([]verify.Given, error) {
	name := testFile(h.File)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := hunttest.Read(name, text)
	if err != nil {
		return nil, err
	}
	var out []verify.Given
	for _, t := range f.Tests {
		if len(t.Params) > 0 {
			continue
		}
		tables, err := t.Events(s.c, h)
		if err != nil {
			return nil, err
		}
		out = append(out, verify.Given{Name: "test: " + t.Name, Now: t.Now, Tables: tables})
	}
	return out, nil
}
