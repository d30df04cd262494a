package huntc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
)

// codePage explains a code that no fact explains: messages of reading, binding and mapping.
type codePage struct{ what, do string }

var codePages = map[diag.Code]codePage{
	"YAML-FOLD":     {"The query is in a folded block (`query: >`). YAML joins the lines of such a block with spaces, so that the first // comment swallows the rest of the query. huntc takes the query from the source lines.", "write `query: |`"},
	"YAML-SYNTAX":   {"The file is not valid YAML.", "the message names the line"},
	"YAML-LIMIT":    {"The file is larger, deeper or uses more aliases than a hunt needs; it is not read, because such files can be made to exhaust memory.", "remove aliases, or split the file"},
	"YAML-DUPKEY":   {"A key occurs twice; YAML does not say which one counts.", "remove one"},
	"HUNT-ID":       {"The id is not a GUID. Sentinel accepts only GUIDs for ids of content.", "give the hunt a new GUID"},
	"HUNT-META":     {"A metadata key has a form that Sentinel content does not use; it is left out.", "see the message"},
	"HUNT-ENCODING": {"The file is not UTF-8.", "convert it"},
	"HUNT-FILE":     {"The file cannot be read, is too large, or is a symbolic link.", "see the message"},
	"HUNT-TRIGGER":  {"A scheduled rule alerts on a number of rows other than \"any\", or its trigger is not understood. A trigger such as `gt 5` becomes a threshold on the number of rows: the hunt then finds one row, RowCount, when the rule alerts.", "set `triggerOperator: gt` and `triggerThreshold: 0` to get the rows"},
	"HUNT-PERIOD":   {"The query of a scheduled rule names no time, and Microsoft Sentinel shows it the events of the rule's queryPeriod only: the period is written into the translation.", "nothing; or write a bound into the query"},
	"HUNT-COLUMN":   {"An entity mapping, a custom detail or an alert detail names a column that the query's result does not have: it stays empty in every alert.", "name a column of the result; the message names the nearest one"},
	"HUNT-SEVERAL":  {"The file holds several hunts: YAML documents, items of a list, or queries that end with a semicolon or stand in paragraphs of their own. Each is translated by itself.", "nothing; or give each a file of its own"},
	"HUNT-NOQUERY":  {"The file has no query, or only comments.", "add `query: |` and the text"},
	"KQL-SYNTAX":    {"The query is not valid KQL at this place.", "the message says what was expected"},
	"KQL-LIMIT":     {"The query is longer, nested deeper, or expands to more nodes than the limits allow. Lets that use each other twice grow exponentially.", "simplify, or raise the limit through the API"},
	"KQL-NOTABULAR": {"The query defines names but has no statement that yields rows; a translation of it would find nothing.", "add the table and its operators; look for a `;` too many or a comment that hides the rest"},
	"KQL-COLUMN":    {"The column is not in the schema of the table at this point of the query.", "check the spelling; the message names the nearest column"},
	"KQL-TABLE":     {"The table is not in the shipped schemas: its columns are taken as they are used.", "add a schema, or check the spelling"},
	"KQL-FUNCTION":  {"No KQL function has this name.", "check the spelling; the message names the nearest one"},
	"KQL-UNSUPPORTED": {"huntc parses this construct but does not give it a meaning yet, so it refuses instead of guessing.",
		"rewrite it with supported operators: see SUPPORT.md"},
	"KQL-ARGUMENTS": {"The function was called with the wrong number or kind of arguments.", "see the message"},
	"KQL-TYPE":      {"The types do not fit the operator or function.", "convert one side, for example with tostring()"},
	"KQL-RENDER":    {"`render` draws a chart; it does not change rows and is left out.", "nothing to do"},
	"KQL-ORDER": {"The function or operator looks at neighbouring rows, and nothing has put the rows into an order: a summarize, join or union loses it. Kusto refuses such a query.",
		"sort the rows before, or add serialize"},
	"KQL-EMIT":       {"The query holds something that KQL cannot say.", "see the message"},
	"KQL-PARAM":      {"The parameter has no value relative to run time.", "--param NAME=VALUE, or --keep-params"},
	"TIME-UNBOUNDED": {"No operator bounds the event time, so that the hunt reads all events that the target keeps.", "--lookback 1d"},
	"TIME-RETENTION": {"The hunt reads further back than the profile says that the target keeps the events.", "shorten the window, or keep the events longer"},
	"MAP-NONE":       {"There is no mapping of that name for the language.", "see the list of targets in the message"},
	"MAP-UNMAPPED":   {"The mapping has no field for this column. huntc never invents one.", "add a row to a mapping of your own (profile key `mappings`), or use /same-names if your data keeps the source's names"},
	"MAP-CASE":       {"The target stores these values in lower case: the letter case of the source is lost, and values that differ only in case are found too.", "nothing, if that is acceptable; otherwise keep the original value at ingest"},
	"MAP-VALUE":      {"The target stores these values in another form, in which this test has no exact equivalent.", "test for equality, or keep the original value at ingest"},
	"MAP-TABLE":      {"The mapping has no entry for this table: huntc does not know where the target keeps its events.", "add one to a mapping of your own (profile key `mappings`)"},
	"MAP-ARRAY":      {"The target's arrays lost what the query asks for: their order, or which values belong together.", "ask for a fixed element, or keep the array as JSON text at ingest"},
	"MAP-CHANGED":    {"What the target stores under the mapped field is not always what the source's column holds.", "see the message; a mapping of your own can name a better field"},
	"MAP-EMPTY":      {"The target does not keep empty texts, so that a test which tells them from absent values finds both.", "ask with isempty() or isnotempty()"},
	"MAP-WHOLE":      {"The query reads a whole dynamic object, which the target stores as separate fields.", "name the keys that are needed"},
	"MAP-ABSENT":     {"The target's product never carries this column; it reads as absent.", "nothing; the message says when it matters"},
	"MAP-LENGTH":     {"The target does not index texts above this length (ignore_above): they read as absent. Negative tests find them, positive ones do not.", "raise ignore_above in the integration's @custom component template, and override the row in a mapping of your own"},
	"MAP-ELEMENTS":   {"The target stores the array as an object keyed by index; only the first elements are read.", "raise the bound in a mapping of your own"},
	"OUTPUT-LIMIT":   {"The output would be larger than the limit.", "simplify the hunt, or raise the limit through the API"},
	"EMIT-UNKNOWN":   {"The target has no translation for this construct.", "see SUPPORT.md"},
	"EMIT-VERSION":   {"The construct needs a newer version of the target's product.", "choose the newer target named in the message"},
	"EMIT-REFUSED":   {"The target cannot say this.", "see the message"},
	"TARGET":         {"The target's name is not understood.", "huntc translate --help"},
}

// Codes lists every code, sorted.
func Codes() []string {
	seen := map[string]bool{}
	for c := range codePages {
		seen[string(c)] = true
	}
	for c := range splPages {
		seen[string(c)] = true
	}
	for _, f := range allFacts() {
		if f.Code != "" {
			seen[string(f.Code)] = true
		}
	}
	out := make([]string, 0, len(seen))
	for c := range seen {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

func allFacts() []*emit.Fact {
	var out []*emit.Fact
	for _, b := range backends {
		out = append(out, b.Facts()...)
	}
	return out
}

// ExplainCode returns the page of a code as text.
func ExplainCode(code diag.Code) (string, bool) {
	code = diag.Code(strings.ToUpper(string(code)))
	var b strings.Builder
	p, ok := codePages[code]
	if !ok {
		p, ok = splPages[code]
	}
	if ok {
		fmt.Fprintf(&b, "%s\n\n%s\n\nWhat to do: %s.\n", code, p.what, p.do)
	}
	for _, back := range backends {
		explainFacts(&b, back, code)
	}
	if e, ok := ExampleOf(code); ok && b.Len() > 0 {
		fmt.Fprintf(&b, "\nExample, with %s:\n\n%s", e.Command, indented(e.Text))
	}
	return b.String(), b.Len() > 0
}

func explainFacts(b *strings.Builder, back emit.Backend, code diag.Code) {
	for _, f := range back.Facts() {
		if f.Code != code {
			continue
		}
		if b.Len() == 0 {
			fmt.Fprintf(b, "%s\n", code)
		}
		fmt.Fprintf(b, "\n%s: %s. %s\n", f.Name, f.Grade, f.Why)
		if f.Bound != "" {
			fmt.Fprintf(b, "Exact while %s.\n", f.Bound)
		}
		if f.Hint != "" {
			fmt.Fprintf(b, "What to do: %s.\n", f.Hint)
		}
		fmt.Fprintf(b, "Source: %s (%s).\n", f.Page, emit.EvidenceText(back.Language(), f))
	}
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}
