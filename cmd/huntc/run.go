package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/events"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// runOptions are the flags of run alone.
type runOptions struct {
	options
	data    []string
	query   string
	badRows string
	dataFmt string
	why     bool
	cluster clusterOptions
}

func newRun() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [HUNT]",
		Short: "Run a hunt over events in files, or on a cluster, and print its rows",
		Example: `  huntc run rules/hunts/mass-downloads.yaml --data CloudAppEvents=testdata/mass-downloads.ndjson --now 2026-05-15T12:00:00Z
  huntc run -q 'SigninLogs | summarize count() by UserPrincipalName' --data signins.csv --format json
  huntc run rules/hunts/mass-downloads.yaml --on https://search.example:9200 --to esql@8.19/same-names`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate("text", "table", "json", "ndjson", "csv"); err != nil {
				return err
			}
			if (len(args) == 1) == (o.query != "") {
				return usage(errors.New("run wants one hunt, or a query after -q"))
			}
			if err := o.together(cmd); err != nil {
				return err
			}
			return o.run(cmd, args)
		},
	}
	o.registerReading(cmd, "text, json, ndjson, csv")
	f := cmd.Flags()
	f.BoolVar(&o.quiet, "quiet", false, "print results only")
	f.StringVarP(&o.query, "query", "q", "", "KQL to run instead of a hunt")
	f.StringArrayVar(&o.data, "data", nil, "events of a table: TABLE=FILE, or FILE named after its table, or - for standard input (NDJSON, JSON, CSV, TSV, Parquet; .gz)")
	f.StringVar(&o.dataFmt, "data-format", "", "format of the events: ndjson, json, csv, tsv, parquet (default: by name and first bytes)")
	f.StringVar(&o.badRows, "bad-rows", "stop", "what happens to a value that does not fit its column: stop, null, skip")
	o.cluster.register(cmd)
	f.StringSliceVar(&o.to, "to", nil, "with --on: target to run (default: the cluster's own language and version)")
	f.BoolVar(&o.why, "why", false, "print how many rows each stage left, and which predicate dropped the others")
	return cmd
}

func (o *runOptions) run(cmd *cobra.Command, args []string) error {
	s, err := o.open(cmd)
	if err != nil {
		return err
	}
	h, err := o.hunt(cmd, s, args)
	if err != nil {
		return err
	}
	rows, err := o.rows(cmd, s, h)
	if err != nil {
		return err
	}
	format := o.format
	if format == "text" {
		format = "table"
	}
	if err := eval.WriteTable(cmd.OutOrStdout(), rows, format); err != nil {
		return failed(err)
	}
	return nil
}

// rows runs the hunt on a cluster or over files.
func (o *runOptions) rows(cmd *cobra.Command, s *session, h *huntc.Hunt) (*eval.Table, error) {
	if o.cluster.on == "" {
		return o.overFiles(cmd, s, h)
	}
	if !o.quiet || h.IR == nil {
		fmt.Fprint(cmd.ErrOrStderr(), diag.Render(h.Diags))
	}
	if h.IR == nil {
		return nil, exitError{exitFinding, nil}
	}
	if err := s.checkParams([]*huntc.Hunt{h}); err != nil {
		return nil, err
	}
	return o.runOn(cmd, s, h)
}

func (o *runOptions) overFiles(cmd *cobra.Command, s *session, h *huntc.Hunt) (*eval.Table, error) {
	bad, err := events.ParseBadRows(o.badRows)
	if err != nil {
		return nil, usage(err)
	}
	files, err := o.files(cmd, s, h, bad)
	defer closeAll(files)
	if err != nil {
		return nil, err
	}
	h = withTables(s, h, o.source, files)
	if !o.quiet || h.IR == nil {
		// Files have an end: a bound on time is the target's matter.
		diags := slices.DeleteFunc(slices.Clone(h.Diags), func(d diag.Diagnostic) bool { return d.Code == "TIME-UNBOUNDED" })
		fmt.Fprint(cmd.ErrOrStderr(), diag.Render(diags))
	}
	if h.IR == nil {
		return nil, exitError{exitFinding, nil}
	}
	if err := s.checkParams([]*huntc.Hunt{h}); err != nil {
		return nil, err
	}
	ro := huntc.RowsOptions{Sources: map[string]eval.Source{}, Now: s.opt.Now, Params: s.opt.Params}
	for name, f := range files {
		ro.Sources[name] = f
	}
	if ro.Now.IsZero() {
		ro.Now = time.Now().UTC()
	}
	if o.why {
		ro.Observe = &eval.Observation{}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // events stream by and groups stay: memory is dearer here than time
	}
	rows, err := s.c.Rows(cmd.Context(), h, ro)
	clearProgress(cmd.ErrOrStderr())
	if err != nil {
		return nil, failed(locate(h, err))
	}
	o.tell(cmd.ErrOrStderr(), files)
	if o.why {
		writeFunnel(cmd.ErrOrStderr(), h, ro.Observe, len(rows.Rows))
	}
	return rows, nil
}

// hunt reads the hunt's file, or the query after -q.
func (o *runOptions) hunt(cmd *cobra.Command, s *session, args []string) (*huntc.Hunt, error) {
	if o.query != "" {
		return s.c.Parse("query.kql", []byte(o.query), huntc.ParseOptions{Product: o.source}), nil
	}
	hunts, bad, err := s.hunts(cmd.Context(), cmd, &o.options, args)
	if err != nil {
		return nil, err
	}
	if bad > 0 || len(hunts) != 1 {
		return nil, usage(fmt.Errorf("run wants one hunt; %s has %d", args[0], len(hunts)))
	}
	return hunts[0], nil
}

// locate says where in the query the evaluation failed.
func locate(h *huntc.Hunt, err error) error {
	var e *eval.Error
	if errors.As(err, &e) && h.Query != nil && !e.At.S.IsZero() {
		line, column := h.Query.Position(e.At.S.Pos)
		return fmt.Errorf("%s:%d:%d: %w", h.Query.Name, line, column, err)
	}
	return err
}

// files opens what --data names. A name that is a table of the hunt is read by the table's schema, any other by its own values.
func (o *runOptions) files(cmd *cobra.Command, s *session, h *huntc.Hunt, bad events.BadRows) (map[string]*events.File, error) {
	out := map[string]*events.File{}
	for _, d := range o.data {
		table, path := splitData(d)
		if table == "" {
			return out, usage(fmt.Errorf("--data wants TABLE=FILE, not %q", d))
		}
		if out[table] != nil {
			return out, usage(fmt.Errorf("--data names %s twice", table))
		}
		cols, known := s.c.TableColumns(h, table)
		opt := events.Options{Bad: bad, Format: o.dataFmt, Progress: o.progress(cmd.ErrOrStderr(), table)}
		f, err := events.Open(cmd.Context(), path, cols, !known, opt)
		clearProgress(cmd.ErrOrStderr())
		if err != nil {
			return out, failed(err)
		}
		out[table] = f
	}
	return out, nil
}

// splitData reads TABLE=FILE; a file alone stands for the table that it is named after. The table of externaldata is its address,
// which may hold the sign itself.
func splitData(d string) (table, path string) {
	if i := strings.LastIndex(d, "="); i > 0 && strings.Contains(d[:i], "://") && d[i+1:] != "" {
		return d[:i], d[i+1:]
	}
	if table, path, ok := strings.Cut(d, "="); ok && path != "" {
		return table, path
	}
	base := filepath.Base(strings.TrimSuffix(d, ".gz"))
	return strings.TrimSuffix(base, filepath.Ext(base)), d
}

func closeAll(files map[string]*events.File) {
	for _, f := range files {
		f.Close()
	}
}

// withTables binds the hunt again when files brought tables that the compiler does not know.
func withTables(s *session, h *huntc.Hunt, product string, files map[string]*events.File) *huntc.Hunt {
	tables := map[string]huntc.Table{}
	for name, f := range files {
		if _, known := s.c.TableColumns(h, name); !known {
			tables[name] = huntc.Table{Columns: f.Schema(), Open: !f.Complete()}
		}
	}
	if len(tables) == 0 {
		return h
	}
	return s.c.Rebind(h, huntc.ParseOptions{Product: product, Tables: tables})
}

// progress writes how far a file is read, on a terminal only.
func (o *runOptions) progress(w io.Writer, table string) func(done, total int64) {
	if o.quiet || !isTerminal(w) {
		return nil
	}
	return func(done, total int64) {
		fmt.Fprintf(w, "\r%s: %d %%\x1b[K", table, done*100/max(total, 1))
	}
}

func clearProgress(w io.Writer) {
	if isTerminal(w) {
		fmt.Fprint(w, "\r\x1b[K")
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// tell reports what the files' readers met.
func (o *runOptions) tell(w io.Writer, files map[string]*events.File) {
	var names []string
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		st := files[n].Stats
		if st.Nulled > 0 || st.Skipped > 0 {
			fmt.Fprintf(w, "%s: %d rows read, %d left out, %d values read as null\n", files[n].Name, st.Rows, st.Skipped, st.Nulled)
		}
		if st.Zoneless != "" && !o.quiet {
			fmt.Fprintf(w, "warning: %s: a time without a zone is read as UTC\n", st.Zoneless)
		}
	}
}

// writeFunnel prints the rows that left each stage, in the order in which the stages stand in the query.
func writeFunnel(w io.Writer, h *huntc.Hunt, o *eval.Observation, result int) {
	stages := slices.Clone(o.Stages)
	slices.SortStableFunc(stages, func(a, b *eval.Stage) int { return int(spanOf(a).Pos) - int(spanOf(b).Pos) })
	for _, s := range stages {
		fmt.Fprintf(w, "%9d  %s\n", s.Rows, firstLine(h, spanOf(s)))
		for _, d := range s.Drops {
			if d.Rows > 0 && len(s.Drops) > 0 {
				fmt.Fprintf(w, "%9s    −%d  %s\n", "", d.Rows, predText(h, d.Pred))
			}
		}
	}
	fmt.Fprintf(w, "%9d  rows in the result\n", result)
}

func spanOf(s *eval.Stage) diag.Span {
	if s.Op != nil {
		return s.Op.Span()
	}
	return s.Source.Span()
}

// predText is a predicate in the words of the source, or of the IR when a rewrite made it.
func predText(h *huntc.Hunt, x ir.Expr) string {
	if t := firstLine(h, x.Span()); t != "" {
		return t
	}
	return ir.Text(x)
}

// firstLine is the source text of a span, cut at 100 characters.
func firstLine(h *huntc.Hunt, s diag.Span) string {
	if h.Query == nil || s.IsZero() || int(s.End)-1 > len(h.Query.Text) {
		return ""
	}
	text := strings.Join(strings.Fields(h.Query.Text[s.Pos-1:s.End-1]), " ")
	if r := []rune(text); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return text
}
