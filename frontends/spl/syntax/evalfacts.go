package syntax

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// evalFunc says how a function of eval is called.
type evalFunc struct {
	min, max int // arguments; max -1 for any number
	result   kind
	even     bool // an even number of arguments: conditions and values in turn
	cond     int  // 1-based argument that is a condition, 0 for none; with even every odd one
	regex    int  // 1-based argument that is a regular expression
}

func (f evalFunc) condition(i int) bool { return f.cond == i+1 || f.even && f.cond > 0 && i%2 == 0 }

func (f evalFunc) arity() string {
	plural := func(n int) string {
		if n == 1 {
			return "1 argument"
		}
		return fmt.Sprintf("%d arguments", n)
	}
	switch {
	case f.max < 0:
		return "at least " + plural(f.min)
	case f.min == f.max:
		return plural(f.min)
	default:
		return fmt.Sprintf("%d to %d arguments", f.min, f.max)
	}
}

// evalFuncs are the functions of eval, fieldformat and where, by the reference's groups: help.splunk.com, SPL search reference
// 10.0, "Evaluation functions", and searchbnf.conf [eval-function] for the examples. Names are case-sensitive. Read-only.
var evalFuncs = map[string]evalFunc{
	// "Bitwise functions"
	"bit_and": {min: 2, max: -1, result: kindValue}, "bit_or": {min: 2, max: -1, result: kindValue}, "bit_xor": {min: 2, max: -1, result: kindValue},
	"bit_not": {min: 1, max: 2, result: kindValue}, "bit_shift_left": {min: 2, max: 2, result: kindValue}, "bit_shift_right": {min: 2, max: 2, result: kindValue},
	// "Comparison and Conditional functions"
	"case": {min: 2, max: -1, even: true, cond: 1}, "cidrmatch": {min: 2, max: 2, result: kindBool}, "coalesce": {min: 1, max: -1, result: kindValue},
	"false": {result: kindBool}, "true": {result: kindBool}, "if": {min: 3, max: 3, cond: 1}, "ifnull": {min: 1, max: -1, result: kindValue},
	"in": {min: 2, max: -1, result: kindBool}, "like": {min: 2, max: 2, result: kindBool}, "lookup": {min: 2, max: 3, result: kindValue},
	"match": {min: 2, max: 2, result: kindBool, regex: 2}, "null": {result: kindValue}, "nullif": {min: 2, max: 2, result: kindValue},
	"searchmatch": {min: 1, max: 1, result: kindBool}, "validate": {min: 2, max: -1, even: true, cond: 1, result: kindValue},
	// "Conversion functions"
	"ipmask": {min: 2, max: 2, result: kindValue}, "printf": {min: 1, max: -1, result: kindValue}, "toarray": {min: 1, max: 1, result: kindValue},
	"tobool": {min: 1, max: 1}, "todouble": {min: 1, max: 2, result: kindValue}, "toint": {min: 1, max: 2, result: kindValue},
	"tomv": {min: 1, max: 1, result: kindValue}, "tonumber": {min: 1, max: 2, result: kindValue}, "toobject": {min: 1, max: 1, result: kindValue},
	"tostring": {min: 1, max: 2, result: kindValue},
	// "Cryptographic functions"
	"md5": {min: 1, max: 1, result: kindValue}, "sha1": {min: 1, max: 1, result: kindValue}, "sha256": {min: 1, max: 1, result: kindValue},
	"sha512": {min: 1, max: 1, result: kindValue},
	// "Date and Time functions"
	"now": {result: kindValue}, "relative_time": {min: 2, max: 2, result: kindValue}, "strftime": {min: 2, max: 2, result: kindValue},
	"strptime": {min: 2, max: 2, result: kindValue}, "time": {result: kindValue},
	// "Informational functions"
	"cluster": {min: 1, max: -1, result: kindValue}, "getfields": {max: 1, result: kindValue}, "isarray": {min: 1, max: 1, result: kindBool},
	"isbool": {min: 1, max: 1, result: kindBool}, "isdouble": {min: 1, max: 1, result: kindBool}, "isint": {min: 1, max: 1, result: kindBool},
	"ismv": {min: 1, max: 1, result: kindBool}, "isnotnull": {min: 1, max: 1, result: kindBool}, "isnull": {min: 1, max: 1, result: kindBool},
	"isnum": {min: 1, max: 1, result: kindBool}, "isobject": {min: 1, max: 1, result: kindBool}, "isstr": {min: 1, max: 1, result: kindBool},
	"typeof": {min: 1, max: 1, result: kindValue},
	// "JSON functions"
	"json": {min: 1, max: 1, result: kindValue}, "json_append": {min: 3, max: -1, result: kindValue}, "json_array": {max: -1, result: kindValue},
	"json_array_to_mv": {min: 1, max: 2, result: kindValue}, "json_delete": {min: 2, max: -1, result: kindValue},
	"json_entries": {min: 1, max: 1, result: kindValue}, "json_extend": {min: 3, max: -1, result: kindValue},
	"json_extract": {min: 1, max: -1, result: kindValue}, "json_extract_exact": {min: 1, max: -1, result: kindValue},
	"json_has_key_exact": {min: 2, max: 2, result: kindBool}, "json_keys": {min: 1, max: 1, result: kindValue},
	"json_object": {max: -1, even: true, result: kindValue}, "json_set": {min: 3, max: -1, result: kindValue},
	"json_set_exact": {min: 3, max: -1, result: kindValue}, "json_valid": {min: 1, max: 1, result: kindBool},
	// "Mathematical functions"
	"abs": {min: 1, max: 1, result: kindValue}, "ceil": {min: 1, max: 1, result: kindValue}, "ceiling": {min: 1, max: 1, result: kindValue},
	"exact": {min: 1, max: 1, result: kindValue}, "exp": {min: 1, max: 1, result: kindValue}, "floor": {min: 1, max: 1, result: kindValue},
	"ln": {min: 1, max: 1, result: kindValue}, "log": {min: 1, max: 2, result: kindValue}, "pi": {result: kindValue},
	"pow": {min: 2, max: 2, result: kindValue}, "round": {min: 1, max: 2, result: kindValue}, "sigfig": {min: 1, max: 1, result: kindValue},
	"sqrt": {min: 1, max: 1, result: kindValue}, "sum": {min: 1, max: -1, result: kindValue},
	// "Multivalue eval functions"
	"commands": {min: 1, max: 1, result: kindValue}, "mvappend": {min: 1, max: -1, result: kindValue}, "mvcount": {min: 1, max: 1, result: kindValue},
	"mvdedup": {min: 1, max: 1, result: kindValue}, "mvfilter": {min: 1, max: 1, cond: 1, result: kindValue},
	"mvfind": {min: 2, max: 2, regex: 2, result: kindValue}, "mvindex": {min: 2, max: 3, result: kindValue}, "mvjoin": {min: 2, max: 2, result: kindValue},
	"mvmap": {min: 2, max: 3, result: kindValue}, "mvrange": {min: 2, max: 3, result: kindValue}, "mvreverse": {min: 1, max: 1, result: kindValue},
	"mvsort": {min: 1, max: 1, result: kindValue}, "mvzip": {min: 2, max: 3, result: kindValue}, "mv_to_json_array": {min: 1, max: 2, result: kindValue},
	"split": {min: 2, max: 2, result: kindValue},
	// "Statistical eval functions"
	"avg": {min: 1, max: -1, result: kindValue}, "max": {min: 1, max: -1, result: kindValue}, "min": {min: 1, max: -1, result: kindValue},
	"random": {result: kindValue},
	// "Text functions"
	"len": {min: 1, max: 1, result: kindValue}, "lower": {min: 1, max: 1, result: kindValue}, "ltrim": {min: 1, max: 2, result: kindValue},
	"replace": {min: 3, max: 3, regex: 2, result: kindValue}, "rtrim": {min: 1, max: 2, result: kindValue}, "spath": {min: 2, max: 2, result: kindValue},
	"substr": {min: 2, max: 3, result: kindValue}, "trim": {min: 1, max: 2, result: kindValue}, "upper": {min: 1, max: 1, result: kindValue},
	"urldecode": {min: 1, max: 1, result: kindValue},
	// "Trigonometry and Hyperbolic functions"
	"acos": {min: 1, max: 1, result: kindValue}, "acosh": {min: 1, max: 1, result: kindValue}, "asin": {min: 1, max: 1, result: kindValue},
	"asinh": {min: 1, max: 1, result: kindValue}, "atan": {min: 1, max: 1, result: kindValue}, "atan2": {min: 2, max: 2, result: kindValue},
	"atanh": {min: 1, max: 1, result: kindValue}, "cos": {min: 1, max: 1, result: kindValue}, "cosh": {min: 1, max: 1, result: kindValue},
	"hypot": {min: 2, max: 2, result: kindValue}, "sin": {min: 1, max: 1, result: kindValue}, "sinh": {min: 1, max: 1, result: kindValue},
	"tan": {min: 1, max: 1, result: kindValue}, "tanh": {min: 1, max: 1, result: kindValue},
}

func evalFuncNames() []string { return slices.Sorted(maps.Keys(evalFuncs)) }

// aggFunc says whether an aggregation needs a field.
type aggFunc struct{ bare bool }

// aggFuncs are the statistical and charting functions (searchbnf.conf [stats-func], [timechart-single-agg]); names are not
// case-sensitive. perc, p, exactperc and upperperc take a number: see isAggFunc. Read-only.
var aggFuncs = map[string]aggFunc{
	"count": {true}, "c": {true}, "dc": {}, "distinct_count": {}, "estdc": {}, "estdc_error": {}, "avg": {}, "mean": {}, "stdev": {}, "stdevp": {},
	"var": {}, "varp": {}, "sum": {}, "sumsq": {}, "min": {}, "max": {}, "mode": {}, "median": {}, "earliest": {}, "earliest_time": {},
	"first": {}, "last": {}, "latest": {}, "latest_time": {}, "list": {}, "values": {}, "range": {}, "rate": {}, "rate_avg": {}, "rate_sum": {},
	"per_second": {}, "per_minute": {}, "per_hour": {}, "per_day": {},
}

// percentiles are the functions whose name ends with the percentile. Read-only.
var percentiles = []string{"exactperc", "upperperc", "perc", "p"}

// isAggFunc reports whether the name is an aggregation function.
func isAggFunc(name string) bool {
	name = strings.ToLower(name)
	if _, ok := aggFuncs[name]; ok {
		return true
	}
	for _, p := range percentiles {
		if n, ok := strings.CutPrefix(name, p); ok && isNumber(n) {
			return true
		}
	}
	return false
}

func aggFuncNames() []string {
	return append(slices.Sorted(maps.Keys(aggFuncs)), "perc95")
}
