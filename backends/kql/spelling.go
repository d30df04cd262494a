package kql

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/huntc/huntc/ir"
)

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// reserved are the words that cannot stand as a bare name in every place: what Microsoft's own parser (@kusto/language-service-next
// 12.4.1) rejects as a column in an expression, an assignment, a list or a path, and the names of operators. Read-only.
var reserved = wordSet("accumulate and anomalychart areachart as asc bagexpansion barchart between bin_legacy boolean by byte cachingpolicy",
	"callout cancel card char columnchart contains contains_cs containscs cycles dataexport datascope datatable date datetime decimal",
	"decodeblocks desc distinct double dynamic earliest encodingpolicy endswith endswith_cs expandoutput extend extent_tags_retention",
	"external_data externaldata false find first flags float force_remote harddelete hardretention has has_all has_any has_cs hasprefix",
	"hasprefix_cs hassuffix hassuffix_cs hotcache in int invoke isfuzzy join journal kind ladderchart last latest let like likecs linechart long",
	"materialize mdm missing nooptimization notcontains notcontainscs notlike notlikecs null of on or others pathformat piechart pivotchart",
	"print project queries query_results range real relaxed restricted_view_access row_level_security rowstore rowstore_references",
	"rowstore_sealinfo rowstorepolicy rowstores sample scatterchart seal seals search set shards simple softdelete softretention sort sql",
	"stackedareachart startswith startswith_cs statistics storedqueryresultcontainers string summarize tablepurge take time timechart timeline",
	"timepivot timespan title to top toscalar totable treemap true uint ulong union uniqueid unrestrictedviewers verbose viewers views where",
	"with with_itemindex with_match_id with_source with_step_name withsource writeaheadlog")

func wordSet(lines ...string) map[string]bool {
	set := map[string]bool{}
	for _, l := range lines {
		for w := range strings.FieldsSeq(l) {
			set[w] = true
		}
	}
	return set
}

// name writes an identifier, quoted where needed.
func name(n string) string {
	if identifier.MatchString(n) && !reserved[n] {
		return n
	}
	return "[" + quote(n) + "]"
}

// quote writes a string literal. Nothing in s can end it: the quote, the backslash, every control character and every end of a line are
// escaped.
func quote(s string) string {
	return ir.Quote(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85 })
}

func literal(v ir.Value) string {
	if v.V == nil {
		return v.Type.String() + "(null)"
	}
	switch v.Type {
	case ir.String:
		return quote(v.V.(string))
	case ir.GUID:
		return fmt.Sprintf("guid(%v)", v.V)
	case ir.Decimal:
		return fmt.Sprintf("decimal(%v)", v.V)
	case ir.Timespan:
		if t := v.V.(int64); t >= 0 {
			return ir.DurationText(t)
		}
		return "time(" + ir.FormatTimespan(v.V.(int64)) + ")"
	case ir.Int:
		return fmt.Sprintf("int(%v)", v.V)
	default:
		return v.String()
	}
}
