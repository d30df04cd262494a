package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// arrive says how events differ that come out of a search that makes them.
func arrive(t *testing.T, events []ir.Bag) string {
	t.Helper()
	text, err := eventsText(events, true)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := interpret.Run(context.Background(), &diag.Source{Text: text + "\n| eval " + probeNumber + `=if(n>9,"more","less")`}, interpret.Data{Now: time.Now()})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return misheld(events, rows)
}

func TestProbeEventsArriveAsSent(t *testing.T) {
	if why := arrive(t, probeEvents()); why != "" {
		t.Error(why)
	}
	text, err := eventsText(probeEvents(), true)
	if err != nil || len(text) < maxInline {
		t.Errorf("the probe has %d bytes, searches up to %d: %v", len(text), maxInline, err)
	}
}

// Whatever texts, numbers and lists events hold, they arrive.
func TestAnyEventsArriveAsSent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "B7", " ", ",", `"`, `\`, "%", "%41", "+", "=", "#", "*", "-", "<", "<0>", "<1>", ">", "|", "[", "]", "'", "`", "$x$", "\n", "\t", "é", "漢", "😀", "İ", ";", "0", "007", "1e5", "NaN", "null"}
	text := func() string {
		var b strings.Builder
		for range r.IntN(5) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	value := func() any {
		switch r.IntN(6) {
		case 0:
			return r.Int64N(1 << 40)
		case 1:
			return r.Float64() * 100
		case 2:
			return -r.Int64N(100)
		case 3:
			return []any{"x" + text(), text() + "y", "z"}
		}
		return text()
	}
	for range 60 {
		var events []ir.Bag
		for i := range 1 + r.IntN(4) {
			e := ir.Bag{{Key: "_time", Value: fmt.Sprintf("2026-05-15T12:00:%02d.%03dZ", 50-i, r.IntN(1000))}, {Key: "_raw", Value: text()}}
			for _, k := range []string{"n", "b", "c.d", "e f", "g-h"} {
				if x := value(); r.IntN(3) > 0 && !(k == "n" && fmt.Sprintf("%T", x) != "int64") {
					e = append(e, ir.Member{Key: k, Value: x})
				}
			}
			events = append(events, e)
		}
		if why := arrive(t, events); why != "" {
			t.Fatalf("%s\n%s", why, ir.JSONText(events[0]))
		}
	}
}

// A number of more digits than Splunk may show stays text, and so does what would come back in another form.
func TestOnlyPlainNumbersAreSentAsNumbers(t *testing.T) {
	for text, want := range map[string]bool{"0": true, "42": true, "-7": true, "1.5": true, "0.001": true, "123456789012345": true, "1234567890123456": false,
		"0.1234567890123456": false, "007": false, "1e5": false, "1.50": false, "+1": false, "-0": false, " 1": false, "NaN": false, "Inf": false, "0x10": false, "1_000": false, "": false} {
		if got := isNumber(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Only letters, digits and harmless marks stand in the string that carries the events, so that no rule of quoting matters.
func TestWhatCarriesEventsNeedsNoQuoting(t *testing.T) {
	text, err := eventsText(probeEvents(), true)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(text, `split("`)
	carried, _, _ := strings.Cut(rest, `"`)
	for _, c := range carried {
		if c < 0x80 && !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@-%,=#* ", c) {
			t.Errorf("%q", c)
		}
	}
	if _, diags := syntax.Parse(&diag.Source{Text: text}, syntax.Options{}); len(diags) > 0 {
		t.Error(diags[0])
	}
}

func TestEventsThatCannotStandInASearch(t *testing.T) {
	var no *notInline
	for _, name := range []string{"a*", `a"b`, `a\b`, "huntc_in3", ""} {
		if _, err := eventsText([]ir.Bag{{{Key: name, Value: "x"}}}, false); !errors.As(err, &no) {
			t.Errorf("%q: %v", name, err)
		}
	}
	data := interpret.Data{Default: []string{"main"}, Now: time.Unix(1_000_000, 500_000_000), Events: map[string][]ir.Bag{"main": {{{Key: "a", Value: "x"}}}}}
	for search, want := range map[string]string{
		"search a=1 | eval b=now()":                                "clock",
		"search a=1 | where _time > relative_time(now(), \"-1d\")": "clock",
		"search a=1 | addinfo":                                     "clock",
		"search `m` a=1":                                           "macro",
		"search a=1 | append [search b=2 | fields b]":              "more than one place",
		"search a=1 | lookup x a":                                  "more than one place",
		"search a=1 earliest=-1d@d":                                "the time -1d@d",
		"search a=1 OR earliest=-1d":                               "inside other terms",
		"| tstats count where index=main":                          "does not begin with a search",
	} {
		if _, err := inline(search, data); !errors.As(err, &no) || !strings.Contains(no.why, want) {
			t.Errorf("%s: %v", search, err)
		}
	}
}

// Times that count from the run's clock count from the set's instant instead; earliest is inclusive, latest is not.
func TestTimesOfTheBaseSearchCountFromTheSetsInstant(t *testing.T) {
	data := interpret.Data{Default: []string{"main"}, Now: time.Unix(1_000_000, 500_000_000), Events: map[string][]ir.Bag{"main": {{{Key: "a", Value: "x"}}}}}
	for search, want := range map[string]string{
		"search a=x earliest=-100s latest=+3d":     "\n| search a=x\n| where _time>=999900.5 AND _time<1259200.5\n| table a",
		"search earliest=12.5 a=x":                 "\n| search a=x\n| where _time>=12.5\n| table a",
		`search index=main a="x y" latest=1000000`: "\n| search a=\"x y\"\n| where _time<1000000\n| table a",
	} {
		got, err := inline(search+"\n| table a", data)
		if err != nil || !strings.HasSuffix(got, want) || strings.Contains(got, "earliest") {
			t.Errorf("%s: %v\n%s", search, err, got)
		}
	}
}
