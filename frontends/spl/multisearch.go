package spl

import (
	"strings"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// streaming are the commands that work on one event at a time, of those that are lowered: "Types of commands" of the search manual. bin
// is one with a span, fillnull with a list of fields. Read-only.
var streaming = map[string]bool{"search": true, "where": true, "eval": true, "fields": true, "rename": true, "regex": true, "rex": true,
	"spath": true, "mvexpand": true, "lookup": true, "convert": true, "bin": true, "bucket": true, "fillnull": true}

// multisearch is the events of all its searches, in no order that a page tells. Only streaming commands may stand in them, and the
// limits of subsearches do not apply (multisearch command).
func (l *lowerer) multisearch(c *syntax.Other) *rows {
	parts := make([]*rows, len(c.Subs))
	for i, s := range c.Subs {
		for n, cmd := range s.Pipe.Commands {
			word := strings.ToLower(nameOf(cmd).Text)
			if _, isSearch := cmd.(*syntax.Search); n == 0 && !isSearch || n > 0 && !l.streams(cmd, word) {
				l.unsupported(nameOf(cmd), "a multisearch of the command "+word+", which is not streaming,")
			}
		}
		parts[i] = l.pipeline(s.Pipe, false)
	}
	out := &rows{from: &ir.Rows{}}
	if len(parts) == 0 {
		return out
	}
	if l.wrong("multisearch-returns-the-first") {
		parts = parts[:1]
	}
	u := &ir.Union{At: at(c)}
	for _, p := range parts {
		for _, q := range parts {
			if q != p {
				l.untyped(p, q.cols, c)
			}
		}
		if l.wrong("multisearch-stops-at-ten-thousand") {
			p.add(&ir.Limit{At: at(c), N: 10000})
		}
		u.Inputs = append(u.Inputs, p.pipe())
		out.know(p.cols...)
		out.open = out.open || p.open
	}
	out.from = u
	return out
}

func (l *lowerer) streams(c syntax.Command, word string) bool {
	switch c := c.(type) {
	case *syntax.Bin:
		return c.Options.Get("span") != nil
	case *syntax.Fillnull:
		return len(c.Names) > 0
	}
	return streaming[word]
}
