// Package esagg writes Elasticsearch and OpenSearch search bodies with composite aggregations.
package esagg

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/drift"
)

const docs = "https://www.elastic.co/docs/reference/"

var (
	core     = &emit.Fact{Name: "core", Grade: emit.Exact, Page: docs + "aggregations/search-aggregations-bucket-composite-aggregation", Evidence: emit.Documented, On: "Elasticsearch reference"}
	distinct = &emit.Fact{Name: "distinct count", Grade: emit.Approximate, Kind: drift.ValueAny, Code: "ESAGG-CARDINALITY", Why: "cardinality is an estimate, close to exact up to 40,000 values.", Page: docs + "aggregations/search-aggregations-metrics-cardinality-aggregation", Evidence: emit.Documented, On: "Elasticsearch reference"}
	noFlat   = &emit.Fact{Name: "flattened on OpenSearch", Grade: emit.Refused, Code: "ESAGG-FLATTENED", Why: "OpenSearch has no flattened field type.", Evidence: emit.Documented, On: "OpenSearch reference", Page: "https://docs.opensearch.org/latest/field-types/"}
	unsaid   = &emit.Fact{Name: "not covered", Grade: emit.Refused, Code: "ESAGG-UNSUPPORTED", Why: "huntc does not write this construct as an aggregation", Page: docs + "aggregations/", Evidence: emit.Documented}
)
