package verify

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Report is what `huntc verify` writes.
type Report struct {
	Hunts []HuntReport `json:"hunts"`
}

// HuntReport is one hunt for one target on one engine.
type HuntReport struct {
	ID             string           `json:"id"`
	Name           string           `json:"name"`
	Target         string           `json:"target"`
	Engine         string           `json:"engine"`
	Sets           int              `json:"sets"`
	Yielding       int              `json:"yielding"` // sets in which the hunt finds rows
	Events         int              `json:"events"`
	Killed         int              `json:"killed"`
	Mutants        int              `json:"mutants"`
	Survivors      []Survivor       `json:"survivors,omitempty"`
	Contradictions []Contradiction  `json:"contradictions"`
	Undemonstrated []Undemonstrated `json:"undemonstrated"`
	Demonstrated   []string         `json:"demonstrated,omitempty"` // drifts that events have shown, by code
	Unchecked      []string         `json:"unchecked,omitempty"`    // drifts whose bound no rule here can tell
	Loose          []string         `json:"loose,omitempty"`        // what the generator could not follow
	Unchanged      string           `json:"unchanged,omitempty"`    // how the output's own bytes were run
	Skipped        string           `json:"skipped,omitempty"`      // why nothing was run
	NotRun         int              `json:"notRun,omitempty"`       // sets that the engine could not be given
	NotRunWhy      string           `json:"notRunWhy,omitempty"`    // why the last of them was not
	Refused        string           `json:"refused,omitempty"`      // what the cluster said in place of rows
}

// Survivor is a mutant that no set tells from the translation.
type Survivor struct {
	Mutant string `json:"mutant"`
	Reason string `json:"reason,omitempty"` // why it is equivalent; "" when nothing is known
}

// Contradiction is a difference that no declared drift allows, on the smallest events that show it.
type Contradiction struct {
	Set         string              `json:"set"`
	Aspects     []string            `json:"aspects"`
	Between     string              `json:"between"` // the two tables that differ
	Differences []string            `json:"differences"`
	Events      map[string][]string `json:"events"` // source events as JSON, by table
}

// Undemonstrated is a declared drift that no events show, or that no events show to be exact inside its bound.
type Undemonstrated struct {
	Code   string `json:"code"`
	What   string `json:"what"`
	Bound  string `json:"bound,omitempty"`
	Reason string `json:"reason,omitempty"` // from the list of known ones; "" fails
}

// minScore is the share of mutants, in percent, that the sets have to kill.
const minScore = 95

// Failed reports whether the report is a finding: a contradiction, a drift that is neither shown nor excused, or weak events.
func (r *HuntReport) Failed() bool { return len(r.Failures()) > 0 }

// Failures says in words what is wrong.
func (r *HuntReport) Failures() []string {
	var out []string
	if r.Sets > 0 && r.NotRun >= r.Sets {
		out = append(out, "no set was run: "+r.NotRunWhy)
	}
	if n := len(r.Contradictions); n > 0 {
		out = append(out, fmt.Sprintf("%d contradictions", n))
	}
	for _, u := range r.Undemonstrated {
		if u.Reason == "" {
			out = append(out, u.Code+" is not demonstrated: "+u.What)
		}
	}
	excused := 0
	for _, m := range r.Survivors {
		if m.Reason != "" {
			excused++
		}
	}
	if r.Killed*100 < (r.Mutants-excused)*minScore {
		out = append(out, fmt.Sprintf("%d of %d mutants killed, fewer than %d %%", r.Killed, r.Mutants, minScore))
	}
	if r.Sets > 0 && r.Yielding*2 < r.Sets {
		out = append(out, fmt.Sprintf("%d of %d sets find rows, fewer than half", r.Yielding, r.Sets))
	}
	return out
}

// Failed reports whether any hunt failed.
func (r *Report) Failed() bool {
	for i := range r.Hunts {
		if r.Hunts[i].Failed() {
			return true
		}
	}
	return false
}

// Refused reports whether a cluster gave no rows anywhere.
func (r *Report) Refused() bool {
	for i := range r.Hunts {
		if r.Hunts[i].Refused != "" {
			return true
		}
	}
	return false
}

// JSON writes the report.
func (r *Report) JSON(w io.Writer) error {
	if r.Hunts == nil {
		r.Hunts = []HuntReport{}
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	for i := range r.Hunts {
		r.Hunts[i].text(&b)
	}
	_, err := io.WriteString(w, printable(b.String()))
	return err
}

func (r *HuntReport) text(b *strings.Builder) {
	status := "ok"
	switch {
	case r.Skipped != "":
		fmt.Fprintf(b, "%-8s %s  %s on %s: %s\n", "skipped", r.Name, r.Target, r.Engine, r.Skipped)
		return
	case r.Refused != "":
		fmt.Fprintf(b, "%-8s %s  %s on %s: %s\n", "refused", r.Name, r.Target, r.Engine, r.Refused)
		return
	case r.Failed():
		status = "FAILED"
	}
	fmt.Fprintf(b, "%-8s %s  %s on %s: %d sets (%d with rows, %d events), %d of %d mutants killed, %d contradictions", status, r.Name, r.Target, r.Engine,
		r.Sets, r.Yielding, r.Events, r.Killed, r.Mutants, len(r.Contradictions))
	if r.Unchanged != "" {
		fmt.Fprintf(b, "; its own bytes: %s", r.Unchanged)
	}
	if r.NotRun > 0 {
		fmt.Fprintf(b, "; %d sets not run: %s", r.NotRun, r.NotRunWhy)
	}
	b.WriteByte('\n')
	for _, f := range r.Failures() {
		fmt.Fprintf(b, "  ! %s\n", f)
	}
	for _, c := range r.Contradictions {
		fmt.Fprintf(b, "  %s (%s), %s\n", c.Set, strings.Join(c.Aspects, "; "), c.Between)
		for _, d := range c.Differences {
			fmt.Fprintf(b, "    %s\n", d)
		}
		for _, table := range sortedKeys(c.Events) {
			for _, e := range c.Events[table] {
				fmt.Fprintf(b, "    %s %s\n", table, e)
			}
		}
	}
	for _, s := range r.Survivors {
		reason := s.Reason
		if reason == "" {
			reason = "not told from the translation"
		}
		fmt.Fprintf(b, "  survivor: %s: %s\n", s.Mutant, reason)
	}
	for _, u := range r.Undemonstrated {
		if u.Reason != "" {
			fmt.Fprintf(b, "  not demonstrated: %s %s: %s\n", u.Code, u.What, u.Reason)
		}
	}
	for _, l := range r.Loose {
		fmt.Fprintf(b, "  not followed: %s\n", l)
	}
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Failure *junitText `xml:"failure,omitempty"`
	Error   *junitText `xml:"error,omitempty"`
	Skipped *junitText `xml:"skipped,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit XML: one test case per hunt, target and engine.
func (r *Report) JUnit(w io.Writer) error {
	s := junitSuite{Name: "huntc verify", Tests: len(r.Hunts)}
	for i := range r.Hunts {
		h := &r.Hunts[i]
		c := junitCase{Class: h.Name, Name: h.Target + " on " + h.Engine}
		switch {
		case h.Skipped != "":
			s.Skipped++
			c.Skipped = &junitText{Message: h.Skipped}
		case h.Refused != "":
			s.Errors++
			c.Error = &junitText{Message: h.Refused}
		case h.Failed():
			s.Failures++
			var b strings.Builder
			h.text(&b)
			c.Failure = &junitText{Message: strings.Join(h.Failures(), "; "), Text: printable(b.String())}
		}
		s.Cases = append(s.Cases, c)
	}
	b, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	return err
}

// printable replaces control characters, which XML cannot hold and a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 {
			return '·'
		}
		return r
	}, s)
}
