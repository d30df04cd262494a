package verify

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
)

// Searcher is a Splunk that runs searches which make their own events. Nothing is written to it.
type Searcher interface {
	Version() string
	// Parse returns *remote.Refused when Splunk's parser rejects the search.
	Parse(ctx context.Context, search string) error
	// Search runs a search to its end; values are text or lists of texts.
	Search(ctx context.Context, search string) (*eval.Table, []remote.Warning, error)
}

// maxInline bounds the text of a search that holds its events, in bytes. No page says how long a search may be; probe asks for this length.
const maxInline = 200_000

// notInline says why a set cannot stand in a search.
type notInline struct{ why string }

func (e *notInline) Error() string { return e.why }

// searchSplunk runs a translation on Splunk over events that stand in the search itself. got is nil, and the report counts the set,
// where they cannot stand there. Splunk's parser sees the output as it is shipped, with its times that count from the run; the run over a
// set has the set's own instant in their place (see inline).
func (v *Verifier) searchSplunk(ctx context.Context, s *subject, text string, data interpret.Data, cols []ir.Column) (got *eval.Table, warned string, err error) {
	if !v.probed {
		if err := probe(ctx, v.o.Splunk); err != nil {
			return nil, "", err
		}
		v.probed = true
	}
	if !*s.parsed && !strings.Contains(s.result.Output.Text, "`") { // a macro may not be defined there
		if err := v.o.Splunk.Parse(ctx, s.result.Output.Text); err != nil {
			return nil, "", err
		}
		*s.parsed = true
	}
	search, err := inline(text, data)
	var no *notInline
	if errors.As(err, &no) {
		s.report.NotRun++
		s.report.NotRunWhy = no.why
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	rows, warnings, err := v.o.Splunk.Search(ctx, search)
	var incomplete *remote.IncompleteError
	if err != nil && !(errors.As(err, &incomplete) && rows != nil) {
		return nil, "", err
	}
	for _, w := range warnings {
		if w.Severity >= remote.Unexpected {
			warned = w.Text
		}
	}
	got, err = interpret.Typed(rows, cols)
	return got, warned, err
}

// inline puts the events of the base search in its place, and what it filters by behind them; the rest of the text stays as it is. The
// events have fixed times, so the base search's earliest and latest, which count from the clock of the run, become bounds that count from
// the set's instant; a text that reads the clock elsewhere is not run. makeresults does not look at time ranges.
func inline(text string, data interpret.Data) (string, error) {
	pipe, diags := syntax.Parse(&diag.Source{Text: text}, syntax.Options{})
	if slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Severity >= diag.Error }) || len(pipe.Commands) == 0 {
		return "", errors.New("the output is not read by our own parser")
	}
	base, ok := pipe.Commands[0].(*syntax.Search)
	if !ok || base.Expr == nil {
		return "", &notInline{"the output does not begin with a search"}
	}
	end := int(base.Span().End) - 1
	rest := text[end:]
	switch {
	case reading.MatchString(rest):
		return "", &notInline{"the output reads events or lookups in more than one place"}
	case strings.Contains(text, "`"):
		return "", &notInline{"the output has a macro, which may read anything"}
	case clock.MatchString(text):
		return "", &notInline{"the output reads the clock, which does not stand at the events' time"}
	}
	terms := []syntax.Term{base.Expr}
	if all, ok := base.Expr.(*syntax.AllOf); ok {
		terms = all.Terms
	}
	index := data.Default
	var kept, times []string
	keyword := false // a term that may be a word of _raw
	for _, t := range terms {
		c, _ := t.(*syntax.Compare)
		switch {
		case c != nil && c.Op == "=" && c.Field.Text == "index" && c.Value != nil && !strings.Contains(c.Value.Text, "*"):
			index = []string{c.Value.Text}
		case c != nil && c.IsTimeModifier() && c.Value != nil:
			where, err := timeBound(c, data.Now)
			if err != nil {
				return "", err
			}
			times = append(times, where)
		default:
			word := text[t.Span().Pos-1 : t.Span().End-1]
			if strings.Contains(word, "index") || strings.Contains(word, "earliest") || strings.Contains(word, "latest") || strings.Contains(word, "[") {
				return "", &notInline{"the base search chooses its index or time inside other terms"}
			}
			kept, keyword = append(kept, word), keyword || c == nil
		}
	}
	var events []ir.Bag
	for _, i := range index {
		events = append(events, data.Events[i]...)
	}
	out, err := eventsText(events, keyword || wantsRaw.MatchString(text))
	if err != nil {
		return "", err
	}
	if len(kept) > 0 {
		out += "\n| search " + strings.Join(kept, " ")
	}
	if len(times) > 0 {
		out += "\n| where " + strings.Join(times, " AND ")
	}
	if out += rest; len(out) > maxInline {
		return "", &notInline{fmt.Sprintf("the events make the search longer than %d bytes", maxInline)}
	}
	return out, nil
}

// reading matches what reads events or lookups besides the base search, also in a string: better not run than run over other events.
var reading = regexp.MustCompile(`(?i)[|\[]\s*(?:lookup|inputlookup|tstats|mstats|multisearch|union|datamodel|loadjob|from|map|savedsearch|rest)\b|\[\s*\|?\s*search\b`)

// clock matches what asks for the time of the run.
var clock = regexp.MustCompile(`(?i)\b(?:now|time)\s*\(|\b(?:addinfo|reltime|gentimes)\b|\binfo_(?:min|max|search)_time\b`)

// wantsRaw matches what may read the text of an event: its name, or a command whose default it is.
var wantsRaw = regexp.MustCompile(`_raw|\b(?:rex|spath|regex|extract|kv|xmlkv)\b`)

// timeBound is a time modifier as a predicate: earliest is inclusive, latest is not. Relative times count from now.
func timeBound(c *syntax.Compare, now time.Time) (string, error) {
	op, ok := map[string]string{"earliest": ">=", "latest": "<"}[c.Field.Text]
	text := c.Value.Text
	if !ok || text == "" {
		return "", &notInline{"the base search has the time modifier " + c.Field.Text}
	}
	if text[0] == '+' || text[0] == '-' {
		unit := map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}[text[len(text)-1]]
		n, err := strconv.ParseInt(text[:len(text)-1], 10, 32)
		if err != nil || unit == 0 {
			return "", &notInline{"the base search has the time " + text}
		}
		return "_time" + op + number(float64(now.UnixMicro())/1e6+float64(n*unit)), nil
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return "", &notInline{"the base search has the time " + text}
	}
	return "_time" + op + text, nil
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
