// Package esql writes ES|QL for Elasticsearch 8.19 and 9.5. It receives the prepared query: fields of the target, strict null
// semantics; what it writes is literal.
package esql

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/drift"
)

const (
	on819 = "Elasticsearch 8.19.21"
	docs  = "elasticsearch/reference/query-languages/esql/"
)

// ran makes the row of a construct that was executed and gives the same rows.
func ran(name, tmpl, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Exact, Page: docs + page, Evidence: emit.Executed, On: on819}
}

// documented makes the row of a construct that rests on its page.
func documented(name, tmpl, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Exact, Page: docs + page, Evidence: emit.Documented}
}

func refused(name, code, why, hint, page string) *emit.Fact {
	return &emit.Fact{Name: name, Grade: emit.Refused, Code: diag.Code("ESQL-" + code), Why: why, Hint: hint, Page: docs + page, Evidence: emit.Documented}
}

var (
	factFrom        = ran("source", "FROM {index}", "commands/from")
	factWhere       = ran("filter", "WHERE {condition}", "commands/where")
	factEval        = ran("extend", "EVAL {name} = {x}", "commands/eval")
	factKeep        = ran("project", "KEEP {names}", "commands/keep")
	factStats       = ran("aggregate", "STATS {aggregates} BY {keys}", "commands/stats-by")
	factSort        = ran("sort", "SORT {x} {dir} NULLS {end}", "commands/sort")
	factLimit       = ran("limit", "LIMIT {n}", "commands/limit")
	factEqual       = ran("match equal exact", "{x} == {needle}", "functions-operators/operators")
	factEqualFold   = ran("match equal fold", "TO_LOWER({x}) == {needle:lower}", "functions-operators/string-functions")
	factLike        = ran("match contains, prefix, suffix exact", "{x} LIKE {pattern}", "functions-operators/operators")
	factLikeFold    = ran("match contains, prefix, suffix fold", "TO_LOWER({x}) LIKE {pattern:lower}, or RLIKE with both cases where lower-casing is not ASCII only", "functions-operators/operators")
	factTerm        = ran("match term", "{x} RLIKE {needle:term} AND REPLACE({x}, {needle:term whole value}, \"\") == \"\"", "functions-operators/operators")
	factRegex       = documented("match regex", "REPLACE({x}, {whole value with the pattern}, \"\") == \"\"", "functions-operators/string-functions")
	factRegexNo     = refused("match regex without an equivalent", "REGEX", "Java's regular expressions fold case differently or lack this construct", "write the letter cases out", "functions-operators/string-functions")
	factCIDR        = ran("match cidr", "CIDR_MATCH({x}, {needle})", "functions-operators/ip-functions")
	factCIDRNo      = refused("match cidr on text", "CIDR", "CIDR_MATCH needs a field of type ip", "map the column to an ip field", "functions-operators/ip-functions")
	factCompare     = ran("comparison", "{l} {op} {r}", "functions-operators/operators")
	factBetween     = ran("between", "{x} >= {lo} AND {x} <= {hi}", "functions-operators/operators")
	factLogic       = ran("and, or, not", "AND, OR, NOT", "functions-operators/operators")
	factAbsent      = ran("absent", "{x} IS NULL", "functions-operators/operators")
	factFill        = ran("fill", "COALESCE({x}, {value})", "functions-operators/conditional-functions-and-expressions")
	factCond        = ran("iff and case", "CASE({if}, {then}, …, {else})", "functions-operators/conditional-functions-and-expressions")
	factNow         = ran("now", "NOW()", "functions-operators/date-time-functions")
	factArith       = ran("plus, minus, times", "{l} {op} {r}", "functions-operators/operators")
	factDivide      = ran("division of integers", "{l} / {r}", "functions-operators/operators")
	factModulo      = refused("remainder", "MODULO", "the result takes the sign of the dividend; KQL's is never negative", "", "functions-operators/operators")
	factTimeDiff    = refused("difference of two times", "TIMEDIFF", "one datetime cannot be subtracted from another", "", "limitations")
	factBucket      = ran("bin in a group key", "BUCKET({x}, {width})", "functions-operators/grouping-functions")
	factTrunc       = ran("bin elsewhere", "DATE_TRUNC({width}, {x})", "functions-operators/date-time-functions")
	factBinTicks    = ran("bin of other widths", "TO_DATETIME((TO_LONG({x}) + 62135596800000) / {ms} * {ms} - 62135596800000)", "functions-operators/type-conversion-functions")
	factBinNo       = refused("bin finer than a millisecond", "BIN", "Elasticsearch keeps milliseconds", "", "functions-operators/date-time-functions")
	factBinNumber   = documented("bin of a number", "FLOOR({x} / {width}) * {width}", "functions-operators/math-functions")
	factCount       = ran("count", "COUNT(*)", "functions-operators/aggregation-functions")
	factAggPlain    = ran("min, max, sum, avg", "MIN({x})", "functions-operators/aggregation-functions")
	factSet         = ran("make_set", "VALUES({x})", "functions-operators/aggregation-functions")
	factSetCap      = ran("make_set with a cap", "MV_SLICE(VALUES({x}), 0, {n})", "functions-operators/mv-functions")
	factTakeAny     = ran("take_any", "MAX({x})", "functions-operators/aggregation-functions")
	factJSONFirst   = &emit.Fact{Name: "first element of a JSON array", Tmpl: `JSON_EXTRACT({x}, "[0]")`, Grade: emit.Exact, Since: "9.4", Page: docs + "functions-operators/string-functions", Evidence: emit.Accepted, On: "Elasticsearch 9.5.3 verifier"}
	factFlattened   = &emit.Fact{Name: "key of a flattened field", Tmpl: `FIELD_EXTRACT({field}, {key})`, Grade: emit.Exact, Since: "9.5", Code: "ESQL-FLATTENED", Why: "Elasticsearch stores it in a flattened field, which ES|QL reads from 9.5 on", Hint: "--to esql@9.5/elastic, or esagg@elasticsearch-8.19/elastic", Page: docs + "functions-operators/string-functions", Evidence: emit.Accepted, On: "Elasticsearch 9.5.3 verifier"}
	factPathName    = ran("parse_path().Filename", "REPLACE(REPLACE({x}, …directory…, \"\"), …alternate stream…, \"\")", "functions-operators/string-functions")
	factCall        = ran("string functions", "TO_LOWER({x}), LENGTH({x}), CONCAT({x}, …), SUBSTRING({x}, …)", "functions-operators/string-functions")
	factCast        = ran("tostring of a string, a number or a time", "TO_STRING({x})", "functions-operators/type-conversion-functions")
	factSpread      = &emit.Fact{Name: "baseline: spread over coarser keys", Tmpl: "INLINE STATS {known} = SUM({known}) BY {keys}", Grade: emit.Exact, Since: "9.3", Page: docs + "commands/inlinestats-by", Evidence: emit.Accepted, On: "Elasticsearch 9.5.3 verifier"}
	factPacked      = ran("baseline: packed rows", "STATS {known} = SUM({known}), packed = VALUES({packed}) BY {keys} | MV_EXPAND packed | DISSECT", "commands/stats-by")
	factBaseline    = ran("baseline in one pass", "STATS known = COUNT(*) WHERE {history}, recent = COUNT(*) WHERE {recent} BY {keys}", "commands/stats-by")
	factExpand      = ran("array stored as an object keyed by index", "SPLIT(CONCAT(…), separator) | MV_EXPAND | DISSECT", "commands/mv_expand")
	factDCount      = &emit.Fact{Name: "dcount", Tmpl: "COUNT_DISTINCT({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "a group has at most 500 distinct values", Short: "≤500", Code: "ESQL-DCOUNT", Why: "COUNT_DISTINCT estimates large numbers", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Executed, On: on819}
	factDCountExact = ran("dcount by collecting the values", "COALESCE(MV_COUNT(VALUES({x})), 0)", "functions-operators/mv-functions")
	factJSON819     = &emit.Fact{Name: "first element of a JSON array before 9.4", Tmpl: "CASE(…)", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the first element is a string without escapes, a number or a boolean", Short: "flat", Code: "ESQL-JSON", Why: "without JSON_EXTRACT the text is cut by patterns: nested elements and escapes come out differently", Hint: "--to esql@9.5", Page: docs + "functions-operators/string-functions", Evidence: emit.Executed, On: on819}
	factNoBag       = &emit.Fact{Name: "bags and sets of bags", Tmpl: "null", Grade: emit.Approximate, Kind: drift.ValueAny, Code: "ESQL-BAG", Why: "ES|QL has no value for a bag: the column comes out null", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Documented}
	factToNumber    = &emit.Fact{Name: "conversion to a whole number", Tmpl: "TO_LONG({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the value is a whole number", Short: "whole", Code: "ESQL-TOLONG", Why: "TO_LONG rounds a fraction, KQL cuts it", Page: docs + "functions-operators/type-conversion-functions", Evidence: emit.Executed, On: on819}
	factToReal      = ran("conversion to a real", "TO_DOUBLE({x})", "functions-operators/type-conversion-functions")
	factToTime      = &emit.Fact{Name: "conversion of text to a time", Tmpl: "TO_DATETIME({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the text is ISO 8601 with a T", Short: "ISO", Code: "ESQL-TODATE", Why: "other forms of a date become null", Page: docs + "functions-operators/type-conversion-functions", Evidence: emit.Executed, On: on819}
	factNone        = refused("anything else", "NONE", "huntc has no translation of it to ES|QL", "", "esql-syntax-reference")
	factOpen        = refused("a result whose columns are not known", "OPEN", "the table's schema is not known, so the columns of the result cannot be listed", "end the query with project, or add a schema", "commands/keep")
	factParam       = refused("a parameter without a value", "PARAM", "the parameter has no value relative to run time", "--param NAME=VALUE, or --keep-params", "esql-rest")
	factJoin        = refused("join", "JOIN", "ES|QL joins only lookup indices", "", "commands/lookup-join")
	factUnion       = refused("union", "UNION", "huntc does not write FROM subqueries", "", "esql-subquery")
	factArg         = &emit.Fact{Name: "arg_max and arg_min", Tmpl: "LAST({x}, {by}), FIRST({x}, {by})", Grade: emit.Approximate, Kind: drift.ValueAny, Since: "9.4", Bound: "no two rows of a group share the extreme", Short: "noties", Code: "ESQL-ARGMAX", Why: "each column is taken by itself, so that ties may mix rows", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Accepted, On: "Elasticsearch 9.5.3 verifier"}
)

var allFacts = []*emit.Fact{factFrom, factWhere, factEval, factKeep, factStats, factSort, factLimit, factEqual, factEqualFold, factLike, factLikeFold,
	factTerm, factRegex, factRegexNo, factCIDR, factCIDRNo, factCompare, factBetween, factLogic, factAbsent, factFill, factCond, factNow, factArith,
	factDivide, factModulo, factTimeDiff, factBucket, factTrunc, factBinTicks, factBinNo, factBinNumber, factCount, factAggPlain, factSet, factSetCap,
	factTakeAny, factJSONFirst, factFlattened, factPathName, factCall, factCast, factSpread, factPacked, factBaseline, factExpand, factDCount, factDCountExact, factJSON819,
	factNoBag, factToNumber, factToReal, factToTime, factNone, factOpen, factParam, factJoin, factUnion, factArg}
