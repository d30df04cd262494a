package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/events"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/render"
)

// local reports whether --on starts an engine of its own.
func (o *clusterOptions) local() bool { return strings.HasPrefix(o.on, "local:") }

// fill puts the events of --data into a local engine, as documents that the target's mapping describes.
func (o *runOptions) fill(cmd *cobra.Command, c *remote.Client, s *session, h *huntc.Hunt, target huntc.Target) error {
	bad, err := events.ParseBadRows(o.badRows)
	if err != nil {
		return usage(err)
	}
	files, err := o.files(cmd, s, h, bad)
	defer closeAll(files)
	if err != nil {
		return err
	}
	p, _, err := s.c.Prepare(cmd.Context(), h, target, s.opt)
	if err != nil || p == nil {
		return failed(fmt.Errorf("the hunt has no form for %s: %w", target, err))
	}
	for table, info := range p.Tables {
		f := files[table]
		if f == nil {
			return usage(fmt.Errorf("the hunt reads %s; --data %s=FILE gives its events to the local engine", table, table))
		}
		tab := &eval.Table{Columns: f.Schema()}
		for row, err := range f.Scan(cmd.Context()) {
			if err != nil {
				return failed(err)
			}
			tab.Rows = append(tab.Rows, row)
		}
		docs, err := render.Documents(p.Mapping, table, tab)
		if err != nil {
			return failed(err)
		}
		index, _, _ := strings.Cut(info.Index, ",")
		index = strings.ReplaceAll(index, "*", "local")
		mappings := render.Mappings(render.Fields(p.Query), info.TimeField, c.Product())
		if err := c.CreateIndex(cmd.Context(), index, []byte(ir.JSONText(mappings))); err != nil {
			return failed(err)
		}
		lines := make([][]byte, len(docs))
		for i, d := range docs {
			lines[i] = []byte(ir.JSONText(d))
		}
		if err := c.Bulk(cmd.Context(), index, lines); err != nil {
			return failed(err)
		}
	}
	o.tell(cmd.ErrOrStderr(), files)
	return nil
}

// together rejects flags that would be ignored: a run is over files, on a cluster, or on a local engine that files fill.
func (o *runOptions) together(cmd *cobra.Command) error {
	var banned []string
	text := "--%s is about files; it does not go with --on URL"
	switch {
	case o.cluster.on == "":
		banned, text = []string{"to", "ca", "rows", "timeout", "allow-partial"}, "--%s is about a cluster; it wants --on"
	case o.cluster.local():
		banned, text = []string{"why", "ca"}, "--%s does not go with a local engine"
		if len(o.data) == 0 {
			return usage(errors.New("a local engine starts empty: --data TABLE=FILE gives it events"))
		}
	default:
		banned = []string{"data", "data-format", "bad-rows", "why"}
	}
	for _, name := range banned {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf(text, name))
		}
	}
	return nil
}
