package kql

import (
	"math"
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// form says which IR node a function becomes.
type form int

const (
	formCall form = iota // Call by its name
	formCast
	formNow
	formAgo
	formBin
	formCond
	formNot
	formIsNull
	formNotNull
	formIsEmpty
	formNotEmpty
	formPack
	formList
	formToscalar
	formPackAll
	formIfExists
	formExtract // Call whose last argument may be typeof(...)
)

// fact is what is known of one scalar function.
type fact struct {
	name     string
	aliases  []string
	min, max int
	t        ir.Type // TypeUnset: the type of the first argument
	form     form
	named    bool // an unnamed column of this function takes the name of its first argument
}

const many = math.MaxInt

// functionFacts lists every scalar function with an IR form. Read-only.
var functionFacts = []fact{
	{"tostring", nil, 1, 1, ir.String, formCast, true},
	{"tolong", nil, 1, 1, ir.Long, formCast, true},
	{"toint", nil, 1, 1, ir.Int, formCast, true},
	{"todouble", []string{"toreal"}, 1, 1, ir.Real, formCast, true},
	{"todecimal", nil, 1, 1, ir.Decimal, formCast, true},
	{"tobool", []string{"toboolean"}, 1, 1, ir.Bool, formCast, true},
	{"todatetime", nil, 1, 1, ir.Datetime, formCast, true},
	{"totimespan", nil, 1, 1, ir.Timespan, formCast, true},
	{"toguid", nil, 1, 1, ir.GUID, formCast, true},

	{"now", nil, 0, 1, ir.Datetime, formNow, false},
	{"ago", nil, 1, 1, ir.Datetime, formAgo, false},
	{"bin", []string{"floor"}, 2, 2, ir.TypeUnset, formBin, true},
	{"iff", []string{"iif"}, 3, 3, ir.TypeUnset, formCond, false},
	{"case", nil, 3, many, ir.TypeUnset, formCond, false},
	{"not", nil, 1, 1, ir.Bool, formNot, false},
	{"isnull", nil, 1, 1, ir.Bool, formIsNull, false},
	{"isnotnull", []string{"notnull"}, 1, 1, ir.Bool, formNotNull, false},
	{"isempty", nil, 1, 1, ir.Bool, formIsEmpty, false},
	{"isnotempty", []string{"notempty"}, 1, 1, ir.Bool, formNotEmpty, false},
	{"bag_pack", []string{"pack", "pack_dictionary"}, 2, many, ir.Dynamic, formPack, false},
	{"pack_all", nil, 0, 0, ir.Dynamic, formPackAll, false},
	{"column_ifexists", []string{"columnifexists"}, 2, 2, ir.TypeUnset, formIfExists, false},
	{"ingestion_time", nil, 0, 0, ir.Datetime, formCall, false},
	{"pack_array", nil, 0, many, ir.Dynamic, formList, false},
	{"toscalar", nil, 1, 1, ir.TypeUnset, formToscalar, false},
	{"extract", nil, 3, 4, ir.String, formExtract, false},

	{"coalesce", nil, 2, many, ir.TypeUnset, formCall, false},
	{"max_of", nil, 2, many, ir.TypeUnset, formCall, false},
	{"min_of", nil, 2, many, ir.TypeUnset, formCall, false},

	{"strcat", nil, 1, many, ir.String, formCall, false},
	{"strcat_delim", nil, 2, many, ir.String, formCall, false},
	{"strcat_array", nil, 2, 2, ir.String, formCall, false},
	{"tolower", nil, 1, 1, ir.String, formCall, false},
	{"toupper", nil, 1, 1, ir.String, formCall, false},
	{"strlen", nil, 1, 1, ir.Long, formCall, false},
	{"string_size", nil, 1, 1, ir.Long, formCall, false},
	{"substring", nil, 2, 3, ir.String, formCall, true},
	{"trim", nil, 2, 2, ir.String, formCall, true},
	{"trim_start", nil, 2, 2, ir.String, formCall, true},
	{"trim_end", nil, 2, 2, ir.String, formCall, true},
	{"replace_string", nil, 3, 3, ir.String, formCall, false},
	{"replace_regex", []string{"replace"}, 3, 3, ir.String, formCall, false},
	{"translate", nil, 3, 3, ir.String, formCall, false},
	{"reverse", nil, 1, 1, ir.String, formCall, false},
	{"strrep", nil, 2, 3, ir.String, formCall, false},
	{"indexof", nil, 2, 5, ir.Long, formCall, false},
	{"countof", nil, 2, 3, ir.Long, formCall, false},
	{"strcmp", nil, 2, 2, ir.Long, formCall, false},
	{"split", nil, 2, 3, ir.Dynamic, formCall, true},
	{"extract_all", []string{"extractall"}, 2, 3, ir.Dynamic, formCall, false},
	{"extract_json", []string{"extractjson"}, 2, 3, ir.String, formExtract, false},
	{"isascii", nil, 1, 1, ir.Bool, formCall, false},
	{"has_any_index", nil, 2, 2, ir.Long, formCall, false},
	{"base64_decode_tostring", []string{"base64_decodestring"}, 1, 1, ir.String, formCall, false},
	{"base64_encode_tostring", []string{"base64_encodestring"}, 1, 1, ir.String, formCall, false},
	{"url_decode", nil, 1, 1, ir.String, formCall, false},
	{"url_encode", nil, 1, 1, ir.String, formCall, false},
	{"hash", nil, 1, 2, ir.Long, formCall, false},
	{"hash_md5", nil, 1, 1, ir.String, formCall, false},
	{"hash_sha1", nil, 1, 1, ir.String, formCall, false},
	{"hash_sha256", nil, 1, 1, ir.String, formCall, false},
	{"tohex", nil, 1, 2, ir.String, formCall, false},
	{"unicode_codepoints_to_string", []string{"make_string"}, 1, many, ir.String, formCall, false},
	{"gettype", nil, 1, 1, ir.String, formCall, false},

	{"parse_json", []string{"todynamic", "parsejson", "toobject"}, 1, 1, ir.Dynamic, formCall, true},
	{"parse_csv", nil, 1, 1, ir.Dynamic, formCall, false},
	{"parse_path", nil, 1, 1, ir.Dynamic, formCall, false},
	{"parse_url", []string{"parseurl"}, 1, 1, ir.Dynamic, formCall, false},
	{"parse_urlquery", nil, 1, 1, ir.Dynamic, formCall, false},
	{"parse_xml", nil, 1, 1, ir.Dynamic, formCall, false},
	{"parse_user_agent", nil, 2, 2, ir.Dynamic, formCall, false},
	{"parse_command_line", nil, 2, 2, ir.Dynamic, formCall, false},
	{"parse_version", nil, 1, 1, ir.Decimal, formCall, false},
	{"parse_ipv4", nil, 1, 1, ir.Long, formCall, false},
	{"parse_ipv6", nil, 1, 1, ir.String, formCall, false},
	{"ipv4_is_private", nil, 1, 1, ir.Bool, formCall, false},
	{"ipv4_is_in_range", nil, 2, 2, ir.Bool, formCall, false},
	{"ipv4_is_in_any_range", nil, 2, many, ir.Bool, formCall, false},
	{"ipv4_is_match", nil, 2, 3, ir.Bool, formCall, false},
	{"ipv4_compare", nil, 2, 3, ir.Long, formCall, false},
	{"ipv6_is_match", nil, 2, 3, ir.Bool, formCall, false},
	{"ipv6_is_in_range", nil, 2, 2, ir.Bool, formCall, false},
	{"has_ipv4", nil, 2, many, ir.Bool, formCall, false},
	{"has_ipv4_prefix", nil, 2, many, ir.Bool, formCall, false},
	{"geo_info_from_ip_address", nil, 1, 1, ir.Dynamic, formCall, false},

	{"array_length", []string{"arraylength"}, 1, 1, ir.Long, formCall, false},
	{"array_index_of", nil, 2, 5, ir.Long, formCall, false},
	{"array_concat", nil, 1, many, ir.Dynamic, formCall, false},
	{"array_slice", nil, 3, 3, ir.Dynamic, formCall, false},
	{"array_reverse", nil, 1, 1, ir.Dynamic, formCall, false},
	{"array_sum", nil, 1, 1, ir.Real, formCall, false},
	{"array_sort_asc", nil, 1, 1, ir.Dynamic, formCall, false},
	{"array_sort_desc", nil, 1, 1, ir.Dynamic, formCall, false},
	{"set_union", nil, 1, many, ir.Dynamic, formCall, false},
	{"set_intersect", nil, 1, many, ir.Dynamic, formCall, false},
	{"set_difference", nil, 2, many, ir.Dynamic, formCall, false},
	{"set_has_element", nil, 2, 2, ir.Bool, formCall, false},
	{"bag_keys", nil, 1, 1, ir.Dynamic, formCall, false},
	{"bag_has_key", nil, 2, 2, ir.Bool, formCall, false},
	{"bag_merge", nil, 1, many, ir.Dynamic, formCall, false},
	{"bag_remove_keys", nil, 2, 2, ir.Dynamic, formCall, false},
	{"zip", nil, 2, many, ir.Dynamic, formCall, false},
	{"repeat", nil, 2, 2, ir.Dynamic, formCall, false},

	{"datetime_diff", nil, 3, 3, ir.Long, formCall, false},
	{"datetime_add", nil, 3, 3, ir.Datetime, formCall, false},
	{"datetime_part", []string{"datepart"}, 2, 2, ir.Int, formCall, false},
	{"format_datetime", nil, 2, 2, ir.String, formCall, false},
	{"format_timespan", nil, 2, 2, ir.String, formCall, false},
	{"make_datetime", nil, 1, 6, ir.Datetime, formCall, false},
	{"startofday", nil, 1, 2, ir.Datetime, formCall, true},
	{"startofweek", nil, 1, 2, ir.Datetime, formCall, true},
	{"startofmonth", nil, 1, 2, ir.Datetime, formCall, true},
	{"startofyear", nil, 1, 2, ir.Datetime, formCall, true},
	{"endofday", nil, 1, 2, ir.Datetime, formCall, true},
	{"endofweek", nil, 1, 2, ir.Datetime, formCall, true},
	{"endofmonth", nil, 1, 2, ir.Datetime, formCall, true},
	{"endofyear", nil, 1, 2, ir.Datetime, formCall, true},
	{"dayofweek", nil, 1, 1, ir.Timespan, formCall, false},
	{"dayofmonth", nil, 1, 1, ir.Int, formCall, false},
	{"dayofyear", nil, 1, 1, ir.Int, formCall, false},
	{"hourofday", nil, 1, 1, ir.Long, formCall, false},
	{"monthofyear", []string{"getmonth"}, 1, 1, ir.Long, formCall, false},
	{"getyear", nil, 1, 1, ir.Int, formCall, false},
	{"week_of_year", nil, 1, 1, ir.Long, formCall, false},
	{"unixtime_seconds_todatetime", nil, 1, 1, ir.Datetime, formCall, false},
	{"unixtime_milliseconds_todatetime", nil, 1, 1, ir.Datetime, formCall, false},
	{"unixtime_microseconds_todatetime", nil, 1, 1, ir.Datetime, formCall, false},

	{"abs", nil, 1, 1, ir.TypeUnset, formCall, false},
	{"round", nil, 1, 2, ir.TypeUnset, formCall, true},
	{"ceiling", nil, 1, 1, ir.TypeUnset, formCall, false},
	{"sign", nil, 1, 1, ir.TypeUnset, formCall, false},
	{"sqrt", nil, 1, 1, ir.Real, formCall, false},
	{"exp", nil, 1, 1, ir.Real, formCall, false},
	{"log", nil, 1, 1, ir.Real, formCall, false},
	{"log2", nil, 1, 1, ir.Real, formCall, false},
	{"log10", nil, 1, 1, ir.Real, formCall, false},
	{"pow", nil, 2, 2, ir.Real, formCall, false},
	{"isnan", nil, 1, 1, ir.Bool, formCall, false},
	{"isinf", nil, 1, 1, ir.Bool, formCall, false},
	{"isfinite", nil, 1, 1, ir.Bool, formCall, false},
	{"binary_and", nil, 2, 2, ir.Long, formCall, false},
	{"binary_or", nil, 2, 2, ir.Long, formCall, false},
	{"binary_xor", nil, 2, 2, ir.Long, formCall, false},
	{"binary_not", nil, 1, 1, ir.Long, formCall, false},
	{"binary_shift_left", nil, 2, 2, ir.Long, formCall, false},
	{"binary_shift_right", nil, 2, 2, ir.Long, formCall, false},
}

// aggForm says what the arguments of an aggregate function are.
type aggForm int

const (
	aggPlain  aggForm = iota // values
	aggCapped                // a value and an optional cap
	aggDCount                // a value and an optional accuracy, which the IR does not need: it counts exactly
	aggArg                   // what is maximised, then what is returned
	aggEach                  // one aggregate per value
)

// aggFact is what is known of one aggregate function.
type aggFact struct {
	name    string
	aliases []string
	fn      ir.AggFunc
	form    aggForm
	cond    bool   // an argument limits the rows
	prefix  string // an unnamed column is prefix_argument
	t       ir.Type
}

// aggFacts lists every aggregate function with an IR form; TypeUnset is the type of the argument. Read-only.
var aggFacts = []aggFact{
	{"count", nil, ir.Count, aggPlain, false, "count", ir.Long},
	{"countif", nil, ir.Count, aggPlain, true, "countif", ir.Long},
	{"dcount", nil, ir.DCount, aggDCount, false, "dcount", ir.Long},
	{"dcountif", nil, ir.DCount, aggDCount, true, "dcountif", ir.Long},
	{"count_distinct", nil, ir.DCount, aggPlain, false, "count_distinct", ir.Long},
	{"count_distinctif", nil, ir.DCount, aggPlain, true, "count_distinctif", ir.Long},
	{"min", nil, ir.Min, aggPlain, false, "min", ir.TypeUnset},
	{"minif", nil, ir.Min, aggPlain, true, "minif", ir.TypeUnset},
	{"max", nil, ir.Max, aggPlain, false, "max", ir.TypeUnset},
	{"maxif", nil, ir.Max, aggPlain, true, "maxif", ir.TypeUnset},
	{"sum", nil, ir.Sum, aggPlain, false, "sum", ir.TypeUnset},
	{"sumif", nil, ir.Sum, aggPlain, true, "sumif", ir.TypeUnset},
	{"avg", nil, ir.Avg, aggPlain, false, "avg", ir.Real},
	{"avgif", nil, ir.Avg, aggPlain, true, "avgif", ir.Real},
	{"make_set", []string{"makeset"}, ir.MakeSet, aggCapped, false, "set", ir.Dynamic},
	{"make_set_if", []string{"makesetif"}, ir.MakeSet, aggCapped, true, "set", ir.Dynamic},
	{"make_list", []string{"makelist"}, ir.MakeList, aggCapped, false, "list", ir.Dynamic},
	{"make_list_if", []string{"makelistif"}, ir.MakeList, aggCapped, true, "list", ir.Dynamic},
	{"make_bag", []string{"make_dictionary"}, ir.MakeBag, aggCapped, false, "bag", ir.Dynamic},
	{"make_bag_if", nil, ir.MakeBag, aggCapped, true, "bag", ir.Dynamic},
	{"take_any", nil, ir.TakeAny, aggEach, false, "", ir.TypeUnset},
	{"any", nil, ir.TakeAny, aggEach, false, "any", ir.TypeUnset},
	{"arg_max", nil, ir.ArgMax, aggArg, false, "", ir.TypeUnset},
	{"arg_min", nil, ir.ArgMin, aggArg, false, "", ir.TypeUnset},
	{"argmax", nil, ir.ArgMax, aggArg, false, "max", ir.TypeUnset},
	{"argmin", nil, ir.ArgMin, aggArg, false, "min", ir.TypeUnset},
}

// otherFunctions exist in the language and have no IR form: a use of one is refused and never taken for a typing mistake. Read-only.
var otherFunctions = []string{
	"acos", "asin", "atan", "atan2", "cos", "cot", "sin", "tan", "degrees", "radians", "pi", "rand", "range", "gamma", "beta_cdf", "welch_test",
	"base64_decode_toarray", "base64_decode_toguid", "base64_encode_fromarray", "base64_encode_fromguid", "bin_at", "bin_auto", "make_timespan",
	"new_guid", "hash_combine", "hash_many", "hash_xxhash64", "format_bytes", "format_ipv4", "format_ipv4_mask", "ipv4_netmask_suffix",
	"ipv4_range_to_cidr_list", "ipv6_compare", "parse_ipv4_mask", "parse_ipv6_mask", "dynamic_to_json", "current_principal", "current_database",
	"prev", "next", "row_number", "row_cumsum", "row_rank", "row_rank_dense", "row_rank_min", "row_window_session", "array_iff", "array_rotate_left",
	"array_rotate_right", "array_shift_left", "array_shift_right", "array_split", "jaccard_index", "treepath", "bag_zip", "bag_set_key", "exp2",
	"exp10", "loggamma", "punycode_from_string", "punycode_to_string", "to_utf8", "unicode_codepoints_from_string", "toutf8",
	"unixtime_nanoseconds_todatetime", "weekofyear", "zlib_decompress_from_base64_string", "gzip_decompress_from_base64_string", "has_any_ipv4",
	"has_any_ipv4_prefix", "datetime_utc_to_local", "datetime_local_to_utc", "datetime_list_timezones", "estimate_data_size", "cursor_after",
	"extent_id", "extent_tags", "assert", "percentile", "percentiles", "percentilew", "percentilesw", "stdev", "stdevif", "stdevp", "variance",
	"varianceif", "variancep", "hll", "hll_if", "hll_merge", "dcount_hll", "tdigest", "tdigest_merge", "buildschema", "make_list_with_nulls",
	"take_anyif", "anyif", "binary_all_and", "binary_all_or", "binary_all_xor", "covariance", "passthrough",
}

func findFunction(name string) (fact, bool) {
	for _, f := range functionFacts {
		if f.name == name {
			return f, true
		}
		for _, a := range f.aliases {
			if a == name {
				return f, true
			}
		}
	}
	return fact{}, false
}

func findAggregate(name string) (aggFact, bool) {
	for _, f := range aggFacts {
		if f.name == name {
			return f, true
		}
		for _, a := range f.aliases {
			if a == name {
				return f, true
			}
		}
	}
	return aggFact{}, false
}

// nearestFunction finds what a misspelt name may have meant; a name that the language knows is not misspelt.
func nearestFunction(name string) string {
	if slices.Contains(otherFunctions, name) {
		return ""
	}
	return diag.Nearest(name, functionNames())
}

// functionNames are the candidates for a name that looks like a typing mistake.
func functionNames() []string {
	var out []string
	for _, f := range functionFacts {
		out = append(append(out, f.name), f.aliases...)
	}
	for _, f := range aggFacts {
		out = append(out, f.name)
	}
	return out
}
