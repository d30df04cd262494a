package remote

import (
	"regexp"
	"strings"
)

// warnText takes the text out of a Warning header: 299 AGENT "text". RFC 7234, 5.5.
func warnText(header string) string {
	_, quoted, ok := strings.Cut(header, `"`)
	if !ok {
		return header
	}
	quoted = strings.TrimSuffix(quoted, `"`)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted)
}

// detail matches the exception that follows a warning about an evaluation.
var detail = regexp.MustCompile(`^Line \d+:\d+: [\w.$]+(Exception|Error): `)

// expectedDetails are exceptions for which a null is what KQL gives too: text that is no number or time (tolong, todatetime), division
// by zero, a root or logarithm that is no number, text that is no JSON or has no such element. The texts are those of Elasticsearch 8.19.21 and 9.5.3.
var expectedDetails = regexp.MustCompile(`(?i)cannot parse number|cannot be parsed|failed to parse date|/ by zero|division by zero|empty JSON input|invalid JSON input|array index out of bounds|path \[.*\] does not exist|not an IP string|out of range|is not a boolean|cannot parse boolean|square root of negative|log of non-positive number`)

// classify tells how much a warning of ES|QL matters.
// https://www.elastic.co/docs/reference/query-languages/esql/esql-multivalued-fields and …/esql-rest describe them.
func classify(text string) (Severity, string) {
	switch {
	case strings.HasPrefix(text, "No limit defined"):
		return Benign, text
	case strings.Contains(text, "deprecated"):
		return Benign, text
	case detail.MatchString(text) && expectedDetails.MatchString(text):
		return Expected, text
	default:
		return Unexpected, text
	}
}

// evaluation matches the head line of a failed evaluation; the exceptions of the same place follow it.
var evaluation = regexp.MustCompile(`^(Line \d+:\d+): evaluation of \[(?s:.*)\] failed, treating result as null`)

// withoutDetails joins a failed evaluation and its exceptions to one warning, as serious as its worst exception.
func withoutDetails(ws []Warning) []Warning {
	var out []Warning
	head := map[string]int{} // "Line 1:20" → index in out
	for _, w := range ws {
		if m := evaluation.FindStringSubmatch(w.Text); m != nil {
			head[m[1]] = len(out)
			out = append(out, Warning{Benign, w.Text})
			continue
		}
		place := strings.Join(strings.SplitN(w.Text, ":", 3)[:min(2, strings.Count(w.Text, ":")+1)], ":")
		i, ok := head[place]
		if !ok || !detail.MatchString(w.Text) {
			out = append(out, w)
			continue
		}
		if w.Severity >= out[i].Severity {
			out[i] = Warning{w.Severity, headText(out[i].Text) + ": " + strings.TrimSpace(strings.SplitN(w.Text, ":", 4)[3])}
		}
	}
	for i, w := range out {
		if w.Severity == Benign && evaluation.MatchString(w.Text) {
			out[i].Severity = Unexpected // a null whose reason is not told
		}
	}
	return out
}

func headText(s string) string {
	s, _, _ = strings.Cut(s, ". Only first")
	return s
}
