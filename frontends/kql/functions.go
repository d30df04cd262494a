package kql

import (
	"math"
	"slices"
	"strings"

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
	formReplace // replace_regex with its arguments in another order
	formPackColumns
)

// fact is what is known of one scalar function. Names, numbers of arguments and result types are those of Microsoft's own parser
// (github.com/microsoft/Kusto-Query-Language, Functions.cs), save where a recorded result shows another type.
type fact struct {
	name     string
	aliases  []string
	min, max int
	t        ir.Type // TypeUnset: the common type of the arguments
	form     form
}

const many = math.MaxInt

// otherFunctions exist in the language and have no IR form: a use of one is refused and never taken for a typing mistake. Read-only.
var otherFunctions = []string{
	"rand", "beta_cdf", "welch_test", "bin_auto", "new_guid", "hash_combine", "hash_many", "current_principal", "current_database",
	"row_rank", "toutf8", "weekofyear", "datetime_list_timezones", "estimate_data_size", "cursor_after", "extent_id", "extent_tags",
	"hll", "hll_if", "hll_merge", "dcount_hll", "tdigest", "tdigest_merge", "passthrough", "regex_quote",
	"zlib_compress_to_base64_string", "gzip_compress_to_base64_string", "iscolumnexists", "percentiles_array_tdigest",
	"percentrank_tdigest", "rank_tdigest", "tdigest_isvalid", "hll_isvalid", "merge_tdigest", "series_stats", "series_fft", "series_ifft",
	"series_fit_line", "series_fit_2lines", "series_fit_2lines_dynamic", "series_outliers", "series_periods_detect",
	"series_periods_validate", "series_fit_poly", "series_seasonal", "series_decompose", "series_decompose_forecast",
	"series_decompose_anomalies", "beta_inv", "beta_pdf", "convert_angle", "convert_energy", "convert_force", "convert_length",
	"convert_mass", "convert_speed", "convert_temperature", "convert_volume", "current_cluster_endpoint", "current_principal_details",
	"current_principal_is_member_of", "extentid", "current_node_id", "row_id", "cursor_before_or_at", "cursor_current", "current_cursor",
	"rowstore_ordinal_range", "column_names_of",
	"geo_angle", "geo_closest_point_on_line", "geo_closest_point_on_polygon", "geo_distance_point_to_line",
	"geo_distance_point_to_polygon", "geo_from_wkt", "geo_geohash_neighbors", "geo_geohash_to_polygon", "geo_h3cell_children",
	"geo_h3cell_level", "geo_h3cell_neighbors", "geo_h3cell_parent", "geo_h3cell_rings", "geo_h3cell_to_central_point",
	"geo_h3cell_to_polygon", "geo_intersection_2lines", "geo_intersection_2polygons", "geo_intersection_line_with_polygon",
	"geo_intersects_2lines", "geo_intersects_2polygons", "geo_intersects_line_with_polygon", "geo_line_buffer", "geo_line_centroid",
	"geo_line_densify", "geo_line_interpolate_point", "geo_line_length", "geo_line_locate_point", "geo_line_simplify",
	"geo_line_to_s2cells", "geo_point_buffer", "geo_point_in_polygon", "geo_point_to_h3cell", "geo_point_to_s2cell",
	"geo_polygon_area", "geo_polygon_buffer", "geo_polygon_centroid", "geo_polygon_densify", "geo_polygon_perimeter",
	"geo_polygon_simplify", "geo_polygon_to_h3cells", "geo_polygon_to_s2cells", "geo_s2cell_neighbors", "geo_s2cell_to_central_point",
	"geo_s2cell_to_polygon", "geo_simplify_polygons_array", "geo_union_lines_array", "geo_union_polygons_array",
}

// whyRefused says for functions without an IR form what stands against one. Read-only.
var whyRefused = map[string]string{
	"rand":                           "its value differs from run to run",
	"new_guid":                       "its value differs from run to run",
	"hash_combine":                   "how it combines the hashes is not documented",
	"hash_many":                      "how it combines the hashes is not documented",
	"gzip_compress_to_base64_string": "the bytes depend on the compressor's implementation",
	"zlib_compress_to_base64_string": "the bytes depend on the compressor's implementation",
	"estimate_data_size":             "it measures how the service stores a row",
	"extent_id":                      "it tells how the service stores a row",
	"extent_tags":                    "it tells how the service stores a row",
	"current_principal":              "it depends on who runs the query",
	"current_database":               "it depends on where the query runs",
	"cursor_after":                   "it depends on what was read before",
	"weekofyear":                     "its weeks are not those of the calendar: use week_of_year()",
	"series_decompose":               "its model is documented in words only",
	"series_decompose_anomalies":     "its model is documented in words only",
	"series_decompose_forecast":      "its model is documented in words only",
	"series_outliers":                "its model is documented in words only",
	"series_periods_detect":          "its model is documented in words only",
	"series_periods_validate":        "its model is documented in words only",
	"series_seasonal":                "its model is documented in words only",
	"series_fit_2lines":              "its model is documented in words only",
	"series_fit_2lines_dynamic":      "its model is documented in words only",
}

// result is the type of a call; ok is false when the arguments have no common type.
func (f fact) result(args []ir.Expr) (t ir.Type, ok bool) {
	switch f.name {
	case "datetime_diff":
		// Weeks come back as real, as recorded; every other part as long.
		if s, ok := ir.ConstString(args[0]); ok && strings.EqualFold(s, "week") {
			return ir.Real, true
		}
	case "abs":
		if t := ir.TypeOf(args[0]); t == ir.Int {
			return ir.Long, true
		}
	case "round", "ceiling":
		return ir.TypeOf(args[0]), true
	case "bin_at":
		if t := ir.TypeOf(args[0]); !t.Numeric() {
			return t, true
		}
	}
	if f.t == ir.TypeUnset {
		return commonType(args)
	}
	return f.t, true
}

// functionIndex finds the fact of a name or alias. Read-only.
var functionIndex = indexFunctions()

func indexFunctions() map[string]fact {
	m := make(map[string]fact, len(functionFacts))
	for _, f := range functionFacts {
		m[f.name] = f
		for _, a := range f.aliases {
			m[a] = f
		}
	}
	return m
}

func findFunction(name string) (fact, bool) {
	f, ok := functionIndex[name]
	return f, ok
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
	for name := range rowFacts {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
