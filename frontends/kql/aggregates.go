package kql

import "github.com/huntc/huntc/ir"

// aggForm says what the arguments of an aggregate function are.
type aggForm int

const (
	aggPlain         aggForm = iota // values
	aggCapped                       // a value and an optional cap
	aggDCount                       // a value and an optional accuracy
	aggArg                          // what is maximised, then what is returned
	aggAny                          // values of one row
	aggPair                         // two values
	aggPercent                      // a value, then percentages: one column each
	aggWeighted                     // a value, its weight, then percentages: one column each
	aggPercentArray                 // a value, then percentages: one array
	aggWeightedArray                // a value, its weight, then percentages: one array
)

// aggFact is what is known of one aggregate function.
type aggFact struct {
	name    string
	aliases []string
	fn      ir.AggFunc
	form    aggForm
	cond    bool   // an argument limits the rows
	prefix  string // an unnamed column is prefix_argument; "" is the argument
	t       ir.Type
}

// aggFacts lists every aggregate function with an IR form; TypeUnset is the type of the argument. The names of unnamed columns are
// those of the language's own symbols (github.com/microsoft/Kusto-Query-Language) and, for the covariances, of recorded results.
// Read-only.
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
	{"stdev", nil, ir.Stdev, aggPlain, false, "stdev", ir.Real},
	{"stdevif", nil, ir.Stdev, aggPlain, true, "stdevif", ir.Real},
	{"stdevp", nil, ir.StdevP, aggPlain, false, "stdevp", ir.Real},
	{"stdevpif", nil, ir.StdevP, aggPlain, true, "stdevpif", ir.Real},
	{"variance", nil, ir.Variance, aggPlain, false, "variance", ir.Real},
	{"varianceif", nil, ir.Variance, aggPlain, true, "varianceif", ir.Real},
	{"variancep", nil, ir.VarianceP, aggPlain, false, "variancep", ir.Real},
	{"variancepif", nil, ir.VarianceP, aggPlain, true, "variancepif", ir.Real},
	{"covariance", nil, ir.Covariance, aggPair, false, "covariance", ir.Real},
	{"covarianceif", nil, ir.Covariance, aggPair, true, "covarianceif", ir.Real},
	{"covariancep", nil, ir.CovarianceP, aggPair, false, "covariancep", ir.Real},
	{"covariancepif", nil, ir.CovarianceP, aggPair, true, "covariancepif", ir.Real},
	{"percentile", nil, ir.Percentile, aggPercent, false, "percentile", ir.TypeUnset},
	{"percentiles", nil, ir.Percentile, aggPercent, false, "percentile", ir.TypeUnset},
	{"percentilew", nil, ir.PercentileW, aggWeighted, false, "percentile", ir.TypeUnset},
	{"percentilesw", nil, ir.PercentileW, aggWeighted, false, "percentile", ir.TypeUnset},
	{"percentiles_array", nil, ir.PercentilesArray, aggPercentArray, false, "percentiles", ir.Dynamic},
	{"percentilesw_array", nil, ir.PercentilesWArr, aggWeightedArray, false, "percentiles", ir.Dynamic},
	{"make_set", []string{"makeset"}, ir.MakeSet, aggCapped, false, "set", ir.Dynamic},
	{"make_set_if", []string{"makesetif"}, ir.MakeSet, aggCapped, true, "set", ir.Dynamic},
	{"make_list", []string{"makelist"}, ir.MakeList, aggCapped, false, "list", ir.Dynamic},
	{"make_list_if", []string{"makelistif"}, ir.MakeList, aggCapped, true, "list", ir.Dynamic},
	{"make_list_with_nulls", nil, ir.MakeListNulls, aggPlain, false, "list", ir.Dynamic},
	{"make_bag", nil, ir.MakeBag, aggCapped, false, "bag", ir.Dynamic},
	{"make_bag_if", nil, ir.MakeBag, aggCapped, true, "bag", ir.Dynamic},
	{"make_dictionary", nil, ir.MakeBag, aggCapped, false, "dictionary", ir.Dynamic},
	{"buildschema", nil, ir.BuildSchema, aggPlain, false, "schema", ir.Dynamic},
	{"binary_all_and", nil, ir.BinaryAllAnd, aggPlain, false, "", ir.TypeUnset},
	{"binary_all_or", nil, ir.BinaryAllOr, aggPlain, false, "", ir.TypeUnset},
	{"binary_all_xor", nil, ir.BinaryAllXor, aggPlain, false, "", ir.TypeUnset},
	{"take_any", nil, ir.TakeAny, aggAny, false, "", ir.TypeUnset},
	{"take_anyif", nil, ir.TakeAny, aggPlain, true, "", ir.TypeUnset},
	{"any", nil, ir.TakeAny, aggAny, false, "any", ir.TypeUnset},
	{"anyif", nil, ir.TakeAny, aggPlain, true, "anyif", ir.TypeUnset},
	{"arg_max", nil, ir.ArgMax, aggArg, false, "", ir.TypeUnset},
	{"arg_min", nil, ir.ArgMin, aggArg, false, "", ir.TypeUnset},
	{"argmax", nil, ir.ArgMax, aggArg, false, "max", ir.TypeUnset},
	{"argmin", nil, ir.ArgMin, aggArg, false, "min", ir.TypeUnset},
}

// sketches are aggregates whose result is an estimate in a form of the engine's own: nothing exact stands for them. Read-only.
var sketches = map[string]bool{
	"hll": true, "hll_if": true, "hll_merge": true, "tdigest": true, "tdigest_merge": true, "merge_tdigest": true,
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
