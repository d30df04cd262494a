package kql

// moreFunctions lists further scalar functions that KQL has under the IR's name. Read-only.
var moreFunctions = []string{
	"acos", "around", "array_iff", "array_rotate_left", "array_rotate_right", "array_shift_left", "array_shift_right", "array_split", "assert",
	"asin", "atan", "atan2", "bag_remove_keys", "bag_set_key", "bag_zip", "base64_decode_toarray", "base64_decode_toguid",
	"base64_encode_fromarray", "base64_encode_fromguid", "bin_at", "bitset_count_ones", "cos", "cot", "datetime_local_to_utc",
	"datetime_utc_to_local", "degrees", "dynamic_to_json", "erf", "erfc", "exp10", "exp2", "format_bytes", "format_ipv4",
	"format_ipv4_mask", "gamma", "geo_azimuth", "geo_distance_2points", "geo_geohash_to_central_point",
	"geo_point_in_circle", "geo_point_to_geohash", "gzip_decompress_from_base64_string", "has_any_ipv4", "has_any_ipv4_prefix", "has_ipv4_prefix",
	"indexof_regex", "ipv4_is_in_any_range", "ipv4_netmask_suffix", "ipv4_range_to_cidr_list", "ipv6_compare", "ipv6_is_in_any_range",
	"ipv6_is_match", "isascii", "isutf8", "jaccard_index", "log2", "loggamma", "parse_ipv4_mask", "parse_ipv6", "parse_ipv6_mask",
	"pi", "punycode_domain_from_string", "punycode_domain_to_string", "punycode_from_string", "punycode_to_string", "radians",
	"range", "replace_strings", "series_abs", "series_acos", "series_add", "series_asin", "series_atan", "series_ceiling",
	"series_cos", "series_cosine_similarity", "series_divide", "series_dot_product", "series_equals", "series_exp",
	"series_fill_backward", "series_fill_const", "series_fill_forward", "series_fill_linear", "series_fir", "series_fit_line_dynamic",
	"series_floor", "series_greater", "series_greater_equals", "series_iir", "series_less", "series_less_equals", "series_log",
	"series_magnitude", "series_multiply", "series_not_equals", "series_pearson_correlation", "series_pow", "series_product",
	"series_sign", "series_sin", "series_stats_dynamic", "series_subtract", "series_sum", "series_tan", "set_equals", "sin", "strcmp",
	"tan", "treepath", "unicode_codepoints_from_string", "unicode_codepoints_to_string", "unixtime_microseconds_todatetime",
	"unixtime_nanoseconds_todatetime", "url_encode_component", "zlib_decompress_from_base64_string",
}
