package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the profile's time zone, also where the system has no zones

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// options are the flags that every command that reads hunts has.
type options struct {
	from, fields, source, profile, now, format string
	timezone                                   string // in which searches run; "" when it is not declared
	to, params, failOn, accept, definitions    []string
	lookback                                   time.Duration
	keepParams, quiet                          bool
}

func (o *options) register(cmd *cobra.Command, defaultTo []string, formats string) {
	o.registerReading(cmd, formats)
	f := cmd.Flags()
	if defaultTo != nil {
		f.StringSliceVar(&o.to, "to", defaultTo, "targets, comma-separated or repeated, or all")
	}
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results only")
	f.DurationVar(&o.lookback, "lookback", 0, "bound on time for hunts, e.g. 24h")
}

// registerReading adds the flags that say how hunts are read.
func (o *options) registerReading(cmd *cobra.Command, formats string) {
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "kql", "source language: kql; check and translate also read spl")
	f.StringVar(&o.source, "source", "", "source product: sentinel or defender (default: by the time column that the query names)")
	f.StringVar(&o.profile, "profile", "", "profile file (default: huntc.yaml in the nearest parent folder)")
	f.StringArrayVar(&o.params, "param", nil, "value of a parameter, NAME=VALUE")
	f.StringVar(&o.now, "now", "", "write this instant (RFC 3339) instead of run time")
	f.StringVar(&o.format, "format", "text", "output format: "+formats)
}

// registerGate adds the flags that decide the exit status.
func (o *options) registerGate(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&o.failOn, "fail-on", []string{"refused"}, "exit 1 on: refused, extra, lost, values, order, warning")
	cmd.Flags().StringSliceVar(&o.accept, "accept", nil, "codes that do not count for --fail-on")
	cmd.Flags().BoolVar(&o.keepParams, "keep-params", false, "write {{Parameters}} as the target's own")
}

// validate rejects values that would otherwise be ignored.
func (o *options) validate(formats ...string) error {
	if o.fields != "" && o.from != "spl" {
		return usage(fmt.Errorf("--fields is for --from spl"))
	}
	if len(o.definitions) > 0 || o.timezone != "" {
		return usage(fmt.Errorf("--definitions and --timezone are for --from spl"))
	}
	if o.from != "kql" {
		return usage(fmt.Errorf("--from %q is not read; kql is", o.from))
	}
	if o.source != "" && o.source != huntc.Sentinel && o.source != huntc.Defender {
		return usage(fmt.Errorf("--source is sentinel or defender, not %q", o.source))
	}
	if !slices.Contains(formats, o.format) {
		return usage(fmt.Errorf("--format %q is not supported here; use %s", o.format, strings.Join(formats, ", ")))
	}
	kinds := []string{"refused", huntc.Extra, huntc.Lost, huntc.Values, huntc.Order, "warning"}
	for _, k := range o.failOn {
		if !slices.Contains(kinds, k) {
			return usage(fmt.Errorf("--fail-on %q is unknown; use %s", k, strings.Join(kinds, ", ")))
		}
	}
	return nil
}

// profile is huntc.yaml: one user's environment.
type profile struct {
	Targets []string `yaml:"targets"`
	Accept  []string `yaml:"accept"`
	Tables  map[string]struct {
		Index     string `yaml:"index"`
		Search    string `yaml:"search"`
		Retention string `yaml:"retention"`
	} `yaml:"tables"`
	TimeZone  string `yaml:"timezone"`  // zone of --now and --param without one, e.g. Europe/Berlin; UTC when not given
	Retention string `yaml:"retention"` // how long the target keeps events, e.g. 30d
	Mappings  string `yaml:"mappings"`  // folder beside the profile whose rows replace the built-in ones
}

// loadProfile reads the named profile, or huntc.yaml of the nearest parent folder; none is no error.
func (o *options) loadProfile() (*profile, string, error) {
	path := o.profile
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, "", failed(err)
		}
		for {
			p := filepath.Join(dir, "huntc.yaml")
			if _, err := os.Stat(p); err == nil {
				path = p
				break
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				return &profile{}, "", nil
			}
			dir = parent
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, "", failed(err)
	}
	p := &profile{}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil && err != io.EOF {
		return nil, "", usage(fmt.Errorf("%s: %w", path, err))
	}
	return p, filepath.Dir(path), nil
}

// session is what a command works with.
type session struct {
	c       *huntc.Compiler
	profile *profile
	opt     huntc.Options
	targets []huntc.Target
}

func (o *options) open(cmd *cobra.Command) (*session, error) {
	p, dir, err := o.loadProfile()
	if err != nil {
		return nil, err
	}
	var opts []huntc.Option
	if p.Mappings != "" {
		opts = append(opts, huntc.WithMappings(os.DirFS(filepath.Join(dir, p.Mappings))))
	}
	s := &session{profile: p}
	if s.c, err = huntc.New(opts...); err != nil {
		return nil, failed(err)
	}
	if s.opt, err = o.translateOptions(p); err != nil {
		return nil, err
	}
	to := o.to
	if f := cmd.Flags().Lookup("to"); f != nil && !f.Changed && len(p.Targets) > 0 {
		to = p.Targets
	}
	if len(to) > 0 {
		if s.targets, err = huntc.ParseTargets(strings.Join(to, ",")); err != nil {
			return nil, usage(err)
		}
	}
	return s, nil
}

func (o *options) translateOptions(p *profile) (huntc.Options, error) {
	out := huntc.Options{Lookback: o.lookback, KeepParams: o.keepParams, Params: map[string]ir.Value{}}
	zone, err := time.LoadLocation(p.TimeZone) // "" is UTC
	if err != nil {
		return out, usage(fmt.Errorf("timezone: %w", err))
	}
	if out.Env.Retention, err = parseRetention(p.Retention); err != nil {
		return out, err
	}
	for name, t := range p.Tables {
		if out.Env.Tables == nil {
			out.Env.Tables = map[string]huntc.EnvTable{}
		}
		keep, err := parseRetention(t.Retention)
		if err != nil {
			return out, err
		}
		out.Env.Tables[name] = huntc.EnvTable{Index: t.Index, Search: t.Search, Retention: keep}
	}
	now, err := parseNow(o.now, zone)
	if err != nil {
		return out, err
	}
	out.Now = now
	for _, kv := range o.params {
		name, value, ok := strings.Cut(kv, "=")
		if !ok {
			return out, usage(fmt.Errorf("--param wants NAME=VALUE, not %q", kv))
		}
		out.Params[name] = paramValue(value, zone)
	}
	return out, nil
}

// parseRetention reads a number of days, or a duration of hours and smaller.
func parseRetention(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if days, err := strconv.Atoi(n); err == nil && days > 0 && days < 100_000 {
			return time.Duration(days) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, usage(fmt.Errorf("retention: %q is not a time like 30d or 12h", s))
	}
	return d, nil
}

// parseNow reads an instant; without a zone of its own it is in zone.
func parseNow(s string, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usage(fmt.Errorf("--now %q is not a time like 2026-05-15T00:00:00Z", s))
}

// paramValue reads a parameter: a time where it looks like one, otherwise a string.
func paramValue(s string, zone *time.Location) ir.Value {
	if t, err := parseNow(s, zone); err == nil && !t.IsZero() {
		return ir.Value{Type: ir.Datetime, V: ir.TicksOf(t)}
	}
	return ir.Value{Type: ir.String, V: s}
}

// hunts reads every path (a file, a folder, or - for standard input). Files that cannot be read are reported and counted.
func (s *session) hunts(ctx context.Context, cmd *cobra.Command, o *options, paths []string) (list []*huntc.Hunt, bad int, err error) {
	if o.from == "spl" {
		return s.searches(cmd, o, paths)
	}
	po := huntc.ParseOptions{Product: o.source}
	for _, p := range paths {
		if p == "-" {
			text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<20+1))
			if err != nil {
				return nil, 0, failed(err)
			}
			list = append(list, s.c.ParseAll("<stdin>", text, po)...)
			continue
		}
		fsys, root, err := rootOf(p)
		if err != nil {
			return nil, 0, failed(err)
		}
		for h, err := range s.c.Load(ctx, fsys, root, po) {
			if err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "huntc:", err)
				bad++
				continue
			}
			if fi, err := os.Stat(p); err == nil && fi.IsDir() {
				rename(h, filepath.ToSlash(filepath.Join(p, h.File)))
			} else {
				rename(h, filepath.ToSlash(p))
			}
			list = append(list, h)
		}
	}
	return list, bad, s.checkParams(list)
}

// checkParams rejects a value for a parameter that no hunt has: it would be ignored.
func (s *session) checkParams(list []*huntc.Hunt) error {
	var known []string
	for _, h := range list {
		for _, p := range h.Params {
			known = append(known, p.Name)
		}
	}
	for name := range s.opt.Params {
		if slices.Contains(known, name) {
			continue
		}
		msg := fmt.Sprintf("no hunt here has a parameter %s", name)
		if n := diag.Nearest(name, known); n != "" {
			msg += "; did you mean " + n + "?"
		}
		return usage(fmt.Errorf("%s", msg))
	}
	return nil
}

// rename gives the hunt and its messages the path that the user typed.
func rename(h *huntc.Hunt, path string) {
	old := h.File
	h.File = path
	if h.Query != nil && h.Query.Name == old {
		h.Query.Name = path
	}
	for _, d := range h.Diags {
		if d.Source != nil && d.Source.Name == old {
			d.Source.Name = path
		}
	}
}

func rootOf(p string) (fs.FS, string, error) {
	fi, err := os.Stat(p)
	if err != nil {
		return nil, "", err
	}
	if fi.IsDir() {
		return os.DirFS(p), ".", nil
	}
	return os.DirFS(filepath.Dir(p)), filepath.Base(p), nil
}

// gate decides the exit status.
func (o *options) gate(p *profile, h *huntc.Hunt, results []*huntc.Result) bool {
	accepted := slices.Concat(o.accept, p.Accept)
	hit := func(diags diag.List, sev diag.Severity) bool {
		return slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
			return d.Severity == sev && !slices.Contains(accepted, string(d.Code))
		})
	}
	if h.IR == nil || slices.Contains(o.failOn, "warning") && hit(h.Diags, diag.Warning) {
		return true
	}
	for _, r := range results {
		if slices.Contains(o.failOn, "refused") && (r.Output == nil && hit(r.Diagnostics, diag.Refused)) {
			return true
		}
		for _, n := range r.Notes {
			if slices.Contains(accepted, string(n.Code)) {
				continue
			}
			e := n.Effect
			if e.Extra && slices.Contains(o.failOn, huntc.Extra) || e.Lost && slices.Contains(o.failOn, huntc.Lost) ||
				len(e.Values) > 0 && slices.Contains(o.failOn, huntc.Values) || e.Order && slices.Contains(o.failOn, huntc.Order) {
				return true
			}
		}
	}
	return false
}
