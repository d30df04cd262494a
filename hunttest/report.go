package hunttest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Report is the outcome of all tests of a run.
type Report struct {
	Hunts  []*HuntReport `json:"hunts"`
	Passed int           `json:"passed"`
	Failed int           `json:"failed"`
}

// HuntReport is the outcome of one hunt's tests.
type HuntReport struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	File     string       `json:"file"`
	Tests    []TestReport `json:"tests"`
	Problems []string     `json:"problems,omitempty"` // what is wrong beside the tests
	Branches []Branch     `json:"branches,omitempty"` // predicates that were never both true and false
}

// TestReport is the outcome of one test.
type TestReport struct {
	Name    string `json:"name"`
	Line    int    `json:"line"`
	OK      bool   `json:"ok"`
	Rows    int    `json:"rows"`
	Problem string `json:"problem,omitempty"`
}

// Branch is a predicate that the tests saw on one side only.
type Branch struct {
	Pred  string `json:"predicate"`
	Line  int    `json:"line"`
	Never string `json:"never"` // "true", "false" or "true and false"
}

// Failures counts failed tests, problems and uncovered branches.
func (r *Report) Failures() int {
	n := r.Failed
	for _, h := range r.Hunts {
		n += len(h.Problems) + len(h.Branches)
	}
	return n
}

// Add appends a hunt's report and counts its tests.
func (r *Report) Add(h *HuntReport) {
	r.Hunts = append(r.Hunts, h)
	for _, t := range h.Tests {
		if t.OK {
			r.Passed++
		} else {
			r.Failed++
		}
	}
}

// Require adds a problem when the hunt has no positive or no negative test.
func (h *HuntReport) Require(tests []*Test) {
	pos, neg := false, false
	for _, t := range tests {
		pos, neg = pos || t.Positive(), neg || !t.Positive()
	}
	if !pos {
		h.Problems = append(h.Problems, "no positive test: events in which the hunt finds rows")
	}
	if !neg {
		h.Problems = append(h.Problems, "no negative test: events in which it finds none")
	}
}

// Cover adds the predicates that the tests never saw both true and false; null counts as neither.
func (h *HuntReport) Cover(hunt *huntc.Hunt, o *eval.Observation) {
	for _, l := range o.Leaves {
		if constant(l.Pred) {
			continue
		}
		never := ""
		switch {
		case l.True == 0 && l.False == 0:
			never = "true and false"
		case l.True == 0:
			never = "true"
		case l.False == 0:
			never = "false"
		default:
			continue
		}
		b := Branch{Pred: ir.Text(l.Pred), Never: never}
		if s := l.Pred.Span(); hunt.Query != nil && !s.IsZero() && int(s.End)-1 <= len(hunt.Query.Text) {
			b.Pred = strings.Join(strings.Fields(hunt.Query.Text[s.Pos-1:s.End-1]), " ")
			b.Line, _ = hunt.Query.Position(s.Pos)
		}
		h.Branches = append(h.Branches, b)
	}
}

// constant reports whether nothing of a row decides the predicate.
func constant(e ir.Expr) bool {
	reads := false
	ir.Inspect(e, func(x ir.Expr) bool {
		_, col := x.(*ir.Col)
		reads = reads || col
		return !reads
	})
	return !reads
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	for _, h := range r.Hunts {
		failed := 0
		for _, t := range h.Tests {
			if !t.OK {
				failed++
			}
		}
		status := "ok  "
		if failed+len(h.Problems)+len(h.Branches) > 0 {
			status = "FAIL"
		}
		fmt.Fprintf(&b, "%s  %s  %d tests\n", status, h.File, len(h.Tests))
		for _, t := range h.Tests {
			if !t.OK {
				fmt.Fprintf(&b, "      %s (line %d)\n%s\n", t.Name, t.Line, indent(t.Problem))
			}
		}
		for _, p := range h.Problems {
			fmt.Fprintf(&b, "      %s\n", p)
		}
		for _, x := range h.Branches {
			fmt.Fprintf(&b, "      %s:%d: never %s: %s\n", h.File, x.Line, x.Never, x.Pred)
		}
	}
	fmt.Fprintf(&b, "%d passed, %d failed\n", r.Passed, r.Failed)
	_, err := io.WriteString(w, b.String())
	return err
}

func indent(s string) string { return "        " + strings.ReplaceAll(s, "\n", "\n        ") }

// JSON writes the report as one JSON object.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// The JUnit form that CI systems read.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit XML: a suite per hunt; problems and branches are cases that failed.
func (r *Report) JUnit(w io.Writer) error {
	var out junitSuites
	for _, h := range r.Hunts {
		s := junitSuite{Name: h.File}
		add := func(name, problem string) {
			c := junitCase{Name: name, Class: h.File}
			if problem != "" {
				first, _, _ := strings.Cut(problem, "\n")
				c.Failure = &junitFailure{first, problem}
				s.Failures++
			}
			s.Tests++
			s.Cases = append(s.Cases, c)
		}
		for _, t := range h.Tests {
			add(t.Name, t.Problem)
		}
		for _, p := range h.Problems {
			add("required tests", p)
		}
		for _, b := range h.Branches {
			add("branches", fmt.Sprintf("%s:%d: never %s: %s", h.File, b.Line, b.Never, b.Pred))
		}
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Suites = append(out.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
