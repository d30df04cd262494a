// Package kql writes KQL for Microsoft Sentinel and Defender. It gets the faithful query, bindings and all: KQL is the language
// whose meaning the IR carries, so that every row here is exact or refused.
package kql

import (
	"maps"
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// exact makes the row of a construct that KQL says by itself.
func exact(name, page string) *emit.Fact {
	return &emit.Fact{Name: name, Grade: emit.Exact, Page: "kusto/query/" + page, Evidence: emit.Documented}
}

// matchNames are the operators for a match: one needle, its negation, a list, its negation; "" where KQL has none.
type matchNames struct{ one, notOne, any, notAny, all string }

var matchOps = map[ir.MatchKind]map[ir.Case]matchNames{
	ir.Equal:      {ir.Exact: {"==", "!=", "in", "!in", ""}, ir.Fold: {"=~", "!~", "in~", "!in~", ""}},
	ir.Contains:   {ir.Exact: {"contains_cs", "!contains_cs", "", "", ""}, ir.Fold: {"contains", "!contains", "", "", ""}},
	ir.Prefix:     {ir.Exact: {"startswith_cs", "!startswith_cs", "", "", ""}, ir.Fold: {"startswith", "!startswith", "", "", ""}},
	ir.Suffix:     {ir.Exact: {"endswith_cs", "!endswith_cs", "", "", ""}, ir.Fold: {"endswith", "!endswith", "", "", ""}},
	ir.Term:       {ir.Exact: {"has_cs", "!has_cs", "", "", ""}, ir.Fold: {"has", "!has", "has_any", "", "has_all"}},
	ir.TermPrefix: {ir.Exact: {"hasprefix_cs", "!hasprefix_cs", "", "", ""}, ir.Fold: {"hasprefix", "!hasprefix", "", "", ""}},
	ir.TermSuffix: {ir.Exact: {"hassuffix_cs", "!hassuffix_cs", "", "", ""}, ir.Fold: {"hassuffix", "!hassuffix", "", "", ""}},
	ir.Regex:      {ir.Exact: {"matches regex", "", "", "", ""}},
}

var (
	factMatch   = exact("string operators", "datatypes-string-operators")
	factExpr    = exact("scalar operators", "scalar-data-types/null-values")
	factTabular = exact("tabular operators", "tabular-operators")
	factRefused = &emit.Fact{Name: "no KQL form", Grade: emit.Refused, Code: "KQL-EMIT", Why: "this node has no KQL form",
		Page: "kusto/query/", Evidence: emit.Documented}
)

// functions lists the scalar functions that KQL has under the IR's name, with their page.
var functions = func() map[string]*emit.Fact {
	m := map[string]*emit.Fact{}
	for _, name := range []string{"abs", "array_concat", "array_index_of", "array_length", "array_slice", "bag_keys", "bag_merge",
		"base64_decode_tostring", "base64_encode_tostring", "coalesce", "countof", "datetime_add", "datetime_diff", "datetime_part",
		"dayofmonth", "dayofweek", "dayofyear", "endofday", "endofmonth", "endofweek", "endofyear", "exp", "extract", "extract_all",
		"extract_json", "format_datetime", "format_timespan", "getmonth", "gettype", "getyear", "hash", "hash_md5", "hash_sha1",
		"hash_sha256", "hourofday", "indexof", "ipv4_compare", "ipv4_is_in_range", "ipv4_is_match", "ipv4_is_private",
		"ipv6_is_in_range", "isnan", "log", "log10", "make_datetime", "make_timespan", "max_of", "min_of", "monthofyear",
		"parse_command_line", "parse_csv", "parse_ipv4", "parse_json", "parse_path", "parse_url", "parse_urlquery", "parse_version",
		"parse_xml", "pow", "repeat", "replace_regex", "replace_string", "reverse", "round", "set_difference", "set_has_element",
		"set_intersect", "set_union", "sign", "split", "sqrt", "startofday", "startofmonth", "startofweek", "startofyear", "strcat",
		"strcat_array", "strcat_delim", "string_size", "strlen", "strrep", "substring", "tohex", "tolower", "toupper", "translate",
		"trim", "trim_end", "trim_start", "url_decode", "url_encode", "week_of_year", "zip", "bag_has_key", "ceiling", "floor",
		"binary_and", "binary_or", "binary_xor", "binary_not", "binary_shift_left", "binary_shift_right", "tolong", "column_ifexists",
		"ingestion_time", "new_guid", "rand", "has_any_index", "array_sort_asc", "array_sort_desc", "pack_all", "hash_xxhash64",
		"unixtime_seconds_todatetime", "unixtime_milliseconds_todatetime", "isfinite", "isinf", "parse_user_agent", "has_ipv4",
		"array_reverse", "array_sum", "geo_info_from_ip_address", "startofhour",
		"bin", "bag_pack"} {
		m[name] = exact("function "+name, name+"-function")
	}
	for _, name := range moreFunctions {
		m[name] = exact("function "+name, strings.ReplaceAll(name, "_", "-")+"-function")
	}
	return m
}()

// aggName is a function and its form that takes a condition; "" where KQL has none.
type aggName struct{ plain, conditional string }

// exactCount counts distinct values where dcount estimates.
var exactCount = aggName{"count_distinct", "count_distinctif"}

var aggNames = map[ir.AggFunc]aggName{
	ir.Count: {"count", "countif"}, ir.DCount: {"dcount", "dcountif"}, ir.Min: {"min", "minif"}, ir.Max: {"max", "maxif"},
	ir.Sum: {"sum", "sumif"}, ir.Avg: {"avg", "avgif"}, ir.MakeSet: {"make_set", "make_set_if"},
	ir.MakeList: {"make_list", "make_list_if"}, ir.MakeBag: {"make_bag", "make_bag_if"}, ir.TakeAny: {"take_any", "take_anyif"},
	ir.MakeListNulls: {"make_list_with_nulls", ""}, ir.BuildSchema: {"buildschema", ""},
	ir.BinaryAllAnd: {"binary_all_and", ""}, ir.BinaryAllOr: {"binary_all_or", ""}, ir.BinaryAllXor: {"binary_all_xor", ""},
	ir.Stdev: {"stdev", "stdevif"}, ir.StdevP: {"stdevp", "stdevpif"}, ir.Variance: {"variance", "varianceif"},
	ir.VarianceP: {"variancep", "variancepif"}, ir.Covariance: {"covariance", "covarianceif"},
	ir.CovarianceP: {"covariancep", "covariancepif"}, ir.Percentile: {"percentile", ""}, ir.PercentileW: {"percentilew", ""},
	ir.PercentilesArray: {"percentiles_array", ""}, ir.PercentilesWArr: {"percentilesw_array", ""},
}

// Facts lists every row, for SUPPORT.md and the tests over tables.
func (Backend) Facts() []*emit.Fact {
	out := []*emit.Fact{factMatch, factExpr, factTabular, factRefused}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		out = append(out, functions[name])
	}
	return out
}
