package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
)

// probeEvents hold what may be lost on the way: quotes, backslashes, what means something in SPL or in a search's text, empty text, text
// that looks like a number, lists, names with dots and braces, and times with a fraction. They make a search as long as any that is sent.
func probeEvents() []ir.Bag {
	events := []ir.Bag{
		{{Key: "_time", Value: "2026-05-15T12:34:56.789Z"}, {Key: "_raw", Value: `{"a":"b \"c\""}`}, {Key: "user", Value: "ann"},
			{Key: "a.b", Value: "\"q\" 'q' \\ \\\" % %20 + , = # | [x] `m` $t$ <0> ``` // \t * ? ;"}, {Key: "empty", Value: ""},
			{Key: "lines", Value: "one\ntwo\r\nthree"}, {Key: "n", Value: int64(42)}, {Key: "big", Value: "12345678901234567890"},
			{Key: "zeros", Value: "007"}, {Key: "f", Value: 1.5}, {Key: "letters", Value: "żółć 漢字 😀 İ"},
			{Key: "l", Value: []any{"x", "y, z", `"<0>\`}}, {Key: "ok", Value: true}},
		{{Key: "_time", Value: "2026-05-15T12:34:57Z"}, {Key: "_raw", Value: "plain"}, {Key: "n", Value: int64(-7)}, {Key: "l", Value: []any{"x"}}, {Key: "f", Value: "text"}},
		{{Key: "_time", Value: "2026-05-15T12:34:55Z"}, {Key: "_raw", Value: ""}},
	}
	filler := strings.Repeat("long text, ", 200)
	for range maxInline/len(escaped(filler)) + 1 {
		events = append(events, ir.Bag{{Key: "_time", Value: "2026-05-15T12:00:00Z"}, {Key: "_raw", Value: ""}, {Key: "long", Value: filler}})
	}
	return events
}

// probeNumber is the field by which the probe asks whether n is compared as a number: as text, "42" is less than "9".
const probeNumber = "huntc_more"

// probe asks whether a Splunk holds events as they are sent. What no page confirms of eventsText is asked here: where it fails, nothing
// would be verified, and every set would be charged with it.
func probe(ctx context.Context, s Searcher) error {
	events := probeEvents()
	text, err := eventsText(events, true)
	if err != nil {
		return err
	}
	rows, _, err := s.Search(ctx, text+"\n| eval "+probeNumber+`=if(n>9,"more","less")`)
	var refused *remote.Refused
	if errors.As(err, &refused) {
		return fmt.Errorf("this Splunk (%s) does not take the search that makes events, so that nothing can be verified on it: %s", s.Version(), refused.Reason)
	}
	if err != nil {
		return err
	}
	if why := misheld(events, rows); why != "" {
		return fmt.Errorf("this Splunk (%s) does not hold events as they are sent, so that nothing can be verified on it: %s", s.Version(), why)
	}
	return nil
}

// misheld says how rows differ from the events that were sent, "" for not at all.
func misheld(events []ir.Bag, rows *eval.Table) string {
	if len(rows.Rows) != len(events) {
		return fmt.Sprintf("%d of %d events came back", len(rows.Rows), len(events))
	}
	flat := make([]map[string]any, len(events))
	for i, e := range events {
		flat[i] = interpret.Flat(e)
		flat[i][probeNumber] = "less"
		if n, ok := flat[i]["n"].(int64); ok && n > 9 {
			flat[i][probeNumber] = "more"
		}
	}
	slices.SortStableFunc(flat, func(a, b map[string]any) int { return cmp.Compare(epoch(b["_time"]), epoch(a["_time"])) })
	for i, want := range flat {
		got := map[string]any{}
		for j, c := range rows.Columns {
			if v := rows.Rows[i][j].V; v != nil {
				got[c.Name] = v
			}
		}
		for _, k := range sortedKeys(want) {
			if !sameValue(k, want[k], got[k]) {
				return fmt.Sprintf("event %d, field %s: %s was sent, %s came back", i+1, k, shown(want[k]), shown(got[k]))
			}
			delete(got, k)
		}
		for _, k := range sortedKeys(got) {
			return fmt.Sprintf("event %d has a field %s, %s, that was not sent", i+1, k, shown(got[k]))
		}
	}
	return ""
}

func sameValue(field string, want, got any) bool {
	if l, ok := want.([]any); ok && len(l) == 1 {
		want = l[0]
	}
	l, ok := want.([]any)
	if !ok {
		if _, many := got.([]any); got == nil || many {
			return false
		}
		if field == "_time" {
			f, err := strconv.ParseFloat(scalarText(got), 64)
			return err == nil && f == epoch(want)
		}
		return scalarText(want) == scalarText(got)
	}
	m, ok := got.([]any)
	return ok && slices.EqualFunc(l, m, func(a, b any) bool { return scalarText(a) == scalarText(b) })
}

func shown(x any) string {
	s := "nothing"
	switch x := x.(type) {
	case nil:
	case []any:
		s = ir.JSONText(x)
	default:
		s = strconv.Quote(scalarText(x))
	}
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}
