package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/internal/engines"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
)

// clusterOptions are the flags that name a cluster and bound the work there.
type clusterOptions struct {
	on, ca       string
	rows         int
	timeout      time.Duration
	allowPartial bool
}

func (o *clusterOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.on, "on", "", "cluster to run on: a URL, local:elastic or local:opensearch (credentials: "+remote.EnvAPIKey+", or "+remote.EnvUser+" and "+remote.EnvPassword+")")
	f.StringVar(&o.ca, "ca", "", "PEM file of the certificate authority that the cluster's certificate is checked with")
	f.IntVar(&o.rows, "rows", 10_000, "most rows of a result from a cluster; more is an error")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "time limit of a run on a cluster")
	f.BoolVar(&o.allowPartial, "allow-partial", false, "print incomplete results of a cluster with a warning instead of failing")
}

// localEngines are the engines that --on starts itself.
var localEngines = map[string]engines.Kind{"local:elastic": engines.Elasticsearch, "local:opensearch": engines.OpenSearch}

// connect opens the cluster that --on names, and starts it when it is a local engine; done ends what was started.
func (o *clusterOptions) connect(cmd *cobra.Command, ro remote.Options) (c *remote.Client, done func(), err error) {
	if o.rows < 1 || o.timeout <= 0 {
		return nil, nil, usage(errors.New("--rows and --timeout want more than 0"))
	}
	ro.Rows, ro.Timeout, ro.AllowPartial = o.rows, o.timeout, o.allowPartial
	if ro.Credentials, err = remote.CredentialsFrom(os.Getenv); err != nil {
		return nil, nil, usage(err)
	}
	if o.ca != "" {
		if ro.CA, err = os.ReadFile(o.ca); err != nil {
			return nil, nil, failed(err)
		}
	}
	url := o.on
	done = func() {}
	if kind, ok := localEngines[o.on]; ok {
		e, err := engines.Start(cmd.Context(), kind)
		if err != nil {
			return nil, nil, failed(err)
		}
		// The engine's data go with it, so that a failing end loses nothing.
		url, done = e.URL, func() { _ = e.Close() }
		ro.Credentials = remote.Credentials{}
	} else if strings.HasPrefix(o.on, "local:") {
		return nil, nil, usage(fmt.Errorf("--on %s is unknown; local:elastic and local:opensearch are known", o.on))
	}
	c, err = remote.Open(cmd.Context(), url, ro)
	if err != nil {
		done()
		return nil, nil, failed(fmt.Errorf("--on: %w", err)) // without the address, which may hold a password
	}
	return c, done, nil
}

// targetOn picks the target for a cluster: the first of the wanted ones that its product runs, otherwise the product's own language in
// the newest version that the cluster is not older than.
func targetOn(c *remote.Client, wanted []huntc.Target) (huntc.Target, error) {
	for _, t := range wanted {
		if runsOn(t, c) {
			return t, nil
		}
	}
	if len(wanted) > 0 {
		return huntc.Target{}, usage(fmt.Errorf("%s does not run on %s %s", wanted[0], c.Product(), c.Version()))
	}
	language := "esql"
	if c.Product() == remote.OpenSearch {
		language = "esagg"
	}
	have, err := versionOf(c)
	if err != nil {
		return huntc.Target{}, failed(err)
	}
	for _, t := range huntc.KnownTargets() { // newest first
		need, err := emit.ParseVersion(t.Version)
		if err == nil && t.Language == language && runsOn(t, c) && !have.Less(need) {
			return t, nil
		}
	}
	return huntc.Target{}, failed(fmt.Errorf("%s %s is older than every target that huntc writes for it", c.Product(), c.Version()))
}

func runsOn(t huntc.Target, c *remote.Client) bool {
	switch t.Language {
	case "esql":
		return c.Product() == remote.Elasticsearch
	case "esagg":
		return c.Product() == t.Product
	}
	return false
}

func versionOf(c *remote.Client) (emit.Version, error) {
	parts := strings.SplitN(c.Version(), ".", 3)
	return emit.ParseVersion(strings.Join(parts[:min(2, len(parts))], "."))
}

// runOn translates the hunt for the cluster, runs it there and returns its rows.
func (o *runOptions) runOn(cmd *cobra.Command, s *session, h *huntc.Hunt) (*eval.Table, error) {
	stderr := cmd.ErrOrStderr()
	ro := remote.Options{Async: true, Write: o.cluster.local()}
	if !o.quiet {
		ro.Progress = func(p remote.Progress) { fmt.Fprintf(stderr, "%s: %s\n", p.Elapsed, p.Text) }
	}
	c, done, err := o.cluster.connect(cmd, ro)
	if err != nil {
		return nil, err
	}
	defer done()
	target, err := targetOn(c, s.targets)
	if err != nil {
		return nil, err
	}
	r, err := s.c.Translate(cmd.Context(), h, target, s.opt)
	if err != nil {
		return nil, failed(err)
	}
	if !o.quiet || r.Output == nil {
		fmt.Fprint(stderr, diag.Render(r.Diagnostics))
	}
	if r.Output == nil {
		return nil, exitError{exitFinding, fmt.Errorf("the hunt is refused for %s", target)}
	}
	if o.cluster.local() {
		if err := o.fill(cmd, c, s, h, target); err != nil {
			return nil, err
		}
	}
	rows, warnings, err := c.Run(cmd.Context(), r.Output)
	tellWarnings(stderr, warnings, o.quiet)
	if errors.Is(err, context.Canceled) {
		return nil, failed(errors.New("interrupted; the query was ended on the cluster"))
	}
	var incomplete *remote.IncompleteError
	if errors.As(err, &incomplete) {
		return nil, failed(fmt.Errorf("%w; --allow-partial prints what came", err))
	}
	if err != nil {
		return nil, failed(err)
	}
	return rows, nil
}

// tellWarnings prints what the cluster said; what may have changed the rows is told even when quiet.
func tellWarnings(w io.Writer, list []remote.Warning, quiet bool) {
	for _, x := range list {
		if x.Severity >= remote.Unexpected || x.Severity == remote.Expected && !quiet {
			fmt.Fprintf(w, "warning: %s\n", strings.Map(printable, x.Text))
		}
	}
}

// printable keeps a cluster's text from steering the terminal.
func printable(r rune) rune {
	if r < ' ' || 0x7f <= r && r < 0xa0 {
		return '·'
	}
	return r
}
