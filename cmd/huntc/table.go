package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
)

// heading is a target's name as people say it.
func heading(t huntc.Target) string {
	switch t.Language {
	case "kql":
		if t.Product == huntc.Sentinel {
			return "KQL"
		}
		return "KQL " + t.Product
	case "esql":
		return strings.TrimSuffix("ES|QL "+t.Version+suffix(t, "elastic"), " ")
	case "esagg":
		if t.Product == "opensearch" {
			return "OpenSearch aggs" + suffix(t, "elastic")
		}
		return "ES aggs " + t.Version + suffix(t, "elastic")
	case "spl":
		return "SPL" + suffix(t, "splunk")
	}
	return t.String()
}

func suffix(t huntc.Target, usual string) string {
	if t.Mapping == usual {
		return ""
	}
	return "/" + t.Mapping
}

func printTable(w io.Writer, targets []huntc.Target, all []translated) {
	rows := [][]string{{"HUNT"}}
	for _, t := range targets {
		rows[0] = append(rows[0], heading(t))
	}
	for _, t := range all {
		row := []string{t.hunt.Name}
		if t.hunt.Name == "" {
			row[0] = t.hunt.File
		}
		if t.hunt.IR == nil {
			row = append(row, "error")
		}
		for _, r := range t.results {
			row = append(row, r.Cell())
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(targets)+1)
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// printLegend explains the marks that the table uses.
func printLegend(w io.Writer, all []translated) {
	cells := ""
	for _, t := range all {
		for _, r := range t.results {
			cells += r.Cell() + "\n"
		}
	}
	var marks []string
	if strings.ContainsAny(cells, "*≤") {
		marks = append(marks, "* or ≤N: exact within a stated bound")
	}
	if strings.Contains(cells, "?") {
		marks = append(marks, "?: rests on assumptions")
	}
	if len(marks) > 0 {
		fmt.Fprintln(w, strings.Join(marks, "   "))
	}
}

// countRefused counts the refusals, and with them the drifts in both directions that have no bound.
func countRefused(all []translated) int {
	n := 0
	for _, t := range all {
		for _, r := range t.results {
			if r.Grade == emit.Refused || r.Worthless() {
				n++
			}
		}
	}
	return n
}

// printMoves lists where meaning moves, at most most of them, then assumptions and warnings.
func printMoves(w io.Writer, all []translated, most int) {
	var moves, warnings diag.List
	assumed := map[string]bool{}
	for _, t := range all {
		for _, d := range t.hunt.Diags {
			if d.Severity >= diag.Warning {
				warnings.Add(d)
			}
		}
		for _, r := range t.results {
			for _, d := range r.Diagnostics {
				if d.Severity == diag.Drift || d.Severity == diag.Refused {
					moves.Add(d)
				}
			}
			for _, a := range r.Assumptions {
				assumed[a] = true
			}
		}
	}
	if len(moves) > 0 {
		fmt.Fprintln(w, "\nWhere meaning moves")
	}
	for i, d := range moves {
		if i == most {
			fmt.Fprintf(w, "  … %d more: huntc check\n", len(moves)-most)
			break
		}
		fmt.Fprintf(w, "  %s\n", d.Error())
		if d.Why != "" {
			fmt.Fprintf(w, "    %s\n", d.Why)
		}
	}
	for _, a := range sortedSet(assumed) {
		fmt.Fprintf(w, "Assumed ?  %s\n", a)
	}
	fmt.Fprint(w, diag.Render(warnings))
}
