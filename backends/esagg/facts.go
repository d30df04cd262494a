// Package esagg writes search bodies for Elasticsearch and OpenSearch: a bool query, a composite aggregation for groups, metrics below
// it and a bucket_selector for thresholds. It receives the prepared query. Bodies are made of maps and marshalled, never of text.
package esagg

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/drift"
)

const (
	docs   = "elasticsearch/reference/"
	script = docs + "scripting-languages/painless"
)

func exact(name, tmpl, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Exact, Page: docs + page, Evidence: emit.Documented}
}

func refused(name string, code diag.Code, why, hint string) *emit.Fact {
	return &emit.Fact{Name: name, Grade: emit.Refused, Code: code, Why: why, Hint: hint, Page: docs + "aggregations", Evidence: emit.Documented}
}

var (
	factIndex      = exact("source", "POST {index}/_search", "rest-apis/search")
	factTerm       = exact("match equal exact", "term, terms", "query-languages/term-query")
	factTermFold   = exact("match equal fold", "term with case_insensitive", "query-languages/term-query")
	factRange      = exact("comparison", "range", "query-languages/range-query")
	factExists     = exact("absent", "bool must_not exists", "query-languages/exists-query")
	factBool       = exact("and, or, not", "bool filter, should, must_not", "query-languages/bool-query")
	factRegexp     = exact("match term on a keyword", "regexp with case_insensitive, then a script that decides", "query-languages/regexp-query")
	factWildcard   = exact("match contains, prefix, suffix", "wildcard, prefix", "query-languages/wildcard-query")
	factScript     = &emit.Fact{Name: "anything computed per event", Tmpl: "script", Grade: emit.Exact, Page: script, Evidence: emit.Documented}
	factFlatDoc    = &emit.Fact{Name: "key of a flattened field in a script", Tmpl: "doc['field.key']", Grade: emit.Exact, Page: docs + "mapping/flattened", Evidence: emit.Inferred}
	factComposite  = exact("aggregate", "composite with missing_bucket or a script", "aggregations/composite")
	factHistogram  = exact("bin in a group key", "date_histogram with fixed_interval and offset", "aggregations/composite")
	factCount      = exact("count", "doc_count", "aggregations")
	factMetric     = exact("min, max, sum, avg", "min, max, sum, avg", "aggregations/metrics")
	factMetricLong = &emit.Fact{Name: "min, max, sum of longs", Tmpl: "min, max, sum", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the values and their sum are below 2^53", Short: "<2^53", Code: "ESAGG-DOUBLE", Why: "metrics are computed in doubles", Hint: "--to esql", Page: docs + "aggregations/sum", Evidence: emit.Documented}
	factAvg        = &emit.Fact{Name: "avg of values that may all be absent", Tmpl: "avg", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "every group has a value", Short: "some", Code: "ESAGG-AVG", Why: "the average of no values is null, in the source NaN", Hint: "filter by isnotnull() first", Page: docs + "aggregations/avg", Evidence: emit.Documented}
	factSelector   = exact("threshold", "bucket_selector", "aggregations/bucket-selector")
	factBaseline   = exact("baseline in one pass", "filter aggregations for both windows, bucket_selector on their counts", "aggregations/bucket-selector")
	factDCount     = &emit.Fact{Name: "dcount", Tmpl: "cardinality", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "a group has at most 500 distinct values", Short: "≤500", Code: "ESAGG-CARDINALITY", Why: "cardinality estimates large numbers", Page: docs + "aggregations/cardinality", Evidence: emit.Documented}
	factSet        = &emit.Fact{Name: "make_set", Tmpl: "terms", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "a set has at most 1000 values", Short: "≤1000", Code: "ESAGG-SET", Why: "terms returns the most frequent values up to its size", Page: docs + "aggregations/terms", Evidence: emit.Documented}
	factSetCap     = exact("make_set with a cap up to 1000", "terms with size", "aggregations/terms")
	factInner      = &emit.Fact{Name: "baseline: finer keys of the report", Tmpl: "terms below the composite", Grade: emit.Approximate, Kind: drift.LostRows, Bound: "a key has at most 1000 finer values", Short: "≤1000", Code: "ESAGG-TERMS", Why: "terms returns up to its size", Page: docs + "aggregations/terms", Evidence: emit.Documented}
	factJSON       = &emit.Fact{Name: "first element of a JSON array", Tmpl: "script", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the first element is a string without escapes, a number or a boolean", Short: "flat", Code: "ESAGG-JSON", Why: "a script cuts the text: escapes and nested elements come out differently", Page: script, Evidence: emit.Documented}
	factNoBag      = &emit.Fact{Name: "bags", Tmpl: "left out", Grade: emit.Approximate, Kind: drift.ValueAny, Code: "ESAGG-BAG", Why: "aggregations have no value for a bag: the column is left out", Page: docs + "aggregations", Evidence: emit.Documented}
	factPost       = &emit.Fact{Name: "a column computed from aggregates", Tmpl: "left out", Grade: emit.Approximate, Kind: drift.ValueAny, Code: "ESAGG-POST", Why: "a column computed after the aggregation is left out: compute it from the others", Page: docs + "aggregations", Evidence: emit.Documented}
	factOrder      = &emit.Fact{Name: "sort after an aggregation", Tmpl: "left out", Grade: emit.Approximate, Kind: drift.OrderLost, Code: "ESAGG-ORDER", Why: "composite pages come in the order of their keys", Page: docs + "aggregations/composite", Evidence: emit.Documented}
	factHitOrder   = exact("sort of events", "sort with missing", "rest-apis/sort-search-results")
	factTake       = exact("take of events", "size", "rest-apis/search")
	factNone       = refused("anything else", "ESAGG-UNSUPPORTED", "huntc does not write this construct as an aggregation", "--to esql")
	factNoFlat     = refused("flattened on OpenSearch", "ESAGG-FLATTENED", "OpenSearch has no flattened type, so that these events cannot be held", "--to esagg@elasticsearch-9.5/elastic")
	factParam      = refused("a parameter without a value", "ESAGG-PARAM", "the parameter has no value relative to run time", "--param NAME=VALUE")
	factElement    = refused("counting expanded elements", "ESAGG-EXPAND", "aggregations count events, not the elements of their arrays", "--to esql")
)

// Facts lists every row.
func (Backend) Facts() []*emit.Fact {
	return []*emit.Fact{factIndex, factTerm, factTermFold, factRange, factExists, factBool, factRegexp, factWildcard, factScript, factFlatDoc,
		factComposite, factHistogram, factCount, factMetric, factMetricLong, factAvg, factSelector, factBaseline, factDCount, factSet, factSetCap, factInner, factJSON,
		factNoBag, factPost, factOrder, factHitOrder, factTake, factNone, factNoFlat, factParam, factElement}
}
