// Package esql writes ES|QL for Elasticsearch 8.19 and 9.5. It receives the prepared query: fields of the target, strict null
// semantics; what it writes is literal.
package esql

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/drift"
)

const docs = "elasticsearch/reference/query-languages/esql/"

// exact makes the row of a construct that gives the same rows.
func exact(name, tmpl, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Exact, Page: docs + page, Evidence: emit.Documented}
}

// separated makes the row of a construct that joins texts with separators and cuts them apart again. It needs a character that no text
// holds, and ES|QL has no function that would escape one in a list of values.
func separated(name, tmpl, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Approximate, Kind: drift.ExtraRows | drift.LostRows, Bound: "no text holds a character from U+001D to U+001F",
		Short: "text", Code: "ESQL-SEPARATOR", Why: "the values are joined with these characters and cut apart again", Page: docs + page, Evidence: emit.Documented}
}

func refused(name, code, why, hint, page string) *emit.Fact {
	return &emit.Fact{Name: name, Grade: emit.Refused, Code: diag.Code("ESQL-" + code), Why: why, Hint: hint, Page: docs + page, Evidence: emit.Documented}
}

var (
	factFrom      = exact("source", "FROM {index}", "commands/from")
	factWhere     = exact("filter", "WHERE {condition}", "commands/where")
	factEval      = exact("extend", "EVAL {name} = {x}", "commands/eval")
	factKeep      = exact("project", "KEEP {names}", "commands/keep")
	factStats     = exact("aggregate", "STATS {aggregates} BY {keys}", "commands/stats-by")
	factSort      = exact("sort", "SORT {x} {dir} NULLS {end}", "commands/sort")
	factLimit     = exact("limit", "LIMIT {n}", "commands/limit")
	factEqual     = exact("match equal exact", "{x} == {needle}", "functions-operators/operators")
	factEqualFold = exact("match equal fold", "TO_LOWER({x}) == {needle:lower}", "functions-operators/string-functions")
	factLike      = exact("match contains, prefix, suffix exact", "{x} LIKE {pattern}", "functions-operators/operators")
	factLikeFold  = exact("match contains, prefix, suffix fold", "TO_LOWER({x}) LIKE {pattern:lower}, or RLIKE with both cases where lower-casing is not ASCII only", "functions-operators/operators")
	factTerm      = exact("match term", "{x} RLIKE {needle:term} AND COALESCE(REPLACE(CASE(BYTE_LENGTH({x}) > LENGTH({x}), {x}), {needle:term whole value}, \"\"), \"\") == \"\"", "functions-operators/operators")
	factRegex     = exact("match regex", "REPLACE({x}, {whole value with the pattern}, \"\") == \"\"", "functions-operators/string-functions")
	// Microsoft's page gives \d, \s, \w and \b the letters and digits of Unicode, the page before it (RE2) those of ASCII; Java's \b
	// changed from one to the other in 19. learn.microsoft.com/kusto/query/regex
	factRegexClass  = &emit.Fact{Name: "match regex with \\b, \\d, \\s or \\w", Tmpl: "REPLACE({x}, {whole value with the pattern}, \"\") == \"\"", Grade: emit.Approximate, Kind: drift.TruthAny, Bound: "the text is ASCII", Short: "ASCII", Code: "ESQL-REGEX-ASCII", Why: "the engines differ in which characters beyond ASCII these classes hold", Hint: "write the characters out: [0-9], [A-Za-z0-9_]", Page: docs + "functions-operators/string-functions", Evidence: emit.Documented}
	factRegexNo     = refused("match regex without an equivalent", "REGEX", "Java's regular expressions fold case differently or lack this construct", "write the letter cases out", "functions-operators/string-functions")
	factCIDR        = exact("match cidr", "CIDR_MATCH({x}, {needle})", "functions-operators/ip-functions")
	factCIDRNo      = refused("match cidr on text", "CIDR", "CIDR_MATCH needs a field of type ip", "map the column to an ip field", "functions-operators/ip-functions")
	factCompare     = exact("comparison", "{l} {op} {r}", "functions-operators/operators")
	factBetween     = exact("between", "{x} >= {lo} AND {x} <= {hi}", "functions-operators/operators")
	factLogic       = exact("and, or, not", "AND, OR, NOT", "functions-operators/operators")
	factAbsent      = exact("absent", "{x} IS NULL", "functions-operators/operators")
	factFill        = exact("fill", "COALESCE({x}, {value})", "functions-operators/conditional-functions-and-expressions")
	factCond        = exact("iff and case", "CASE({if}, {then}, …, {else})", "functions-operators/conditional-functions-and-expressions")
	factNow         = exact("now", "NOW()", "functions-operators/date-time-functions")
	factArith       = exact("plus, minus, times", "{l} {op} {r}", "functions-operators/operators")
	factDivide      = exact("division of integers", "{l} / {r}", "functions-operators/operators")
	factDivideReal  = &emit.Fact{Name: "division of reals", Tmpl: "{l} / {r}", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "no divisor is 0", Short: "÷0", Code: "ESQL-DIVZERO", Why: "a real divided by 0 is null, in the source an infinity or NaN", Hint: "ask for a divisor greater than 0 first, or divide by a count()", Page: docs + "functions-operators/operators", Evidence: emit.Documented}
	factBucket      = exact("bin in a group key", "BUCKET({x}, {width})", "functions-operators/grouping-functions")
	factTimePart    = exact("part of a time", "DATE_EXTRACT({part}, {x})", "functions-operators/date-time-functions")
	factSetLength   = exact("number of values of a set", "COALESCE(MV_COUNT({x}), 0)", "functions-operators/mv-functions")
	factTrunc       = exact("bin elsewhere", "DATE_TRUNC({width}, {x})", "functions-operators/date-time-functions")
	factBinTicks    = exact("bin of other widths", "TO_DATETIME((TO_LONG({x}) + 62135596800000) / {ms} * {ms} - 62135596800000)", "functions-operators/type-conversion-functions")
	factBinNo       = refused("bin finer than a millisecond", "BIN", "Elasticsearch keeps milliseconds", "", "functions-operators/date-time-functions")
	factBinNumber   = exact("bin of a number", "FLOOR({x} / {width}) * {width}", "functions-operators/math-functions")
	factCount       = exact("count", "COUNT(*)", "functions-operators/aggregation-functions")
	factAggPlain    = exact("min, max, sum, avg", "MIN({x})", "functions-operators/aggregation-functions")
	factAvg         = &emit.Fact{Name: "avg of values that may all be absent", Tmpl: "AVG({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "every group has a value", Short: "some", Code: "ESQL-AVG", Why: "the average of no values is null, in the source NaN", Hint: "filter by isnotnull() first", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Documented}
	factSet         = exact("make_set", "VALUES({x})", "functions-operators/aggregation-functions")
	factSetCap      = exact("make_set with a cap", "MV_SLICE(VALUES({x}), 0, {n})", "functions-operators/mv-functions")
	factTakeAny     = exact("take_any", "MAX({x})", "functions-operators/aggregation-functions")
	factJSONFirst   = &emit.Fact{Name: "first element of a JSON array", Tmpl: `JSON_EXTRACT({x}, "[0]")`, Grade: emit.Exact, Since: "9.4", Page: docs + "functions-operators/string-functions", Evidence: emit.Documented}
	factFlattened   = &emit.Fact{Name: "key of a flattened field", Tmpl: `FIELD_EXTRACT({field}, {key})`, Grade: emit.Exact, Since: "9.5", Code: "ESQL-FLATTENED", Why: "Elasticsearch stores it in a flattened field, which ES|QL reads from 9.5 on", Hint: "--to esql@9.5/elastic, or esagg@elasticsearch-8.19/elastic", Page: docs + "functions-operators/string-functions", Evidence: emit.Documented}
	factPathName    = exact("parse_path().Filename", "REPLACE(REPLACE({x}, …directory…, \"\"), …alternate stream…, \"\")", "functions-operators/string-functions")
	factCall        = exact("string functions", "TO_LOWER({x}), LENGTH({x}), CONCAT({x}, …), SUBSTRING({x}, …)", "functions-operators/string-functions")
	factCast        = exact("tostring of a string or a whole number", "TO_STRING({x})", "functions-operators/type-conversion-functions")
	factSpread      = &emit.Fact{Name: "baseline: spread over coarser keys", Tmpl: "INLINE STATS {known} = SUM({known}) BY {keys}", Grade: emit.Exact, Since: "9.3", Page: docs + "commands/inlinestats-by", Evidence: emit.Documented}
	factPacked      = separated("baseline: packed rows", "STATS {known} = SUM({known}), packed = VALUES({packed}) BY {keys} | MV_EXPAND packed | DISSECT", "commands/stats-by")
	factBaseline    = exact("baseline in one pass", "STATS known = COUNT(*) WHERE {history}, recent = COUNT(*) WHERE {recent} BY {keys}", "commands/stats-by")
	factExpand      = separated("array stored as an object keyed by index", "SPLIT(CONCAT(…), separator) | MV_EXPAND | DISSECT", "commands/mv_expand")
	factDCount      = &emit.Fact{Name: "dcount", Tmpl: "COUNT_DISTINCT({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "a group has at most 500 distinct values", Short: "≤500", Code: "ESQL-DCOUNT", Why: "COUNT_DISTINCT estimates large numbers", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Documented}
	factDCountExact = exact("dcount by collecting the values", "COALESCE(MV_COUNT(VALUES({x})), 0)", "functions-operators/mv-functions")
	factJSON819     = &emit.Fact{Name: "first element of a JSON array before 9.4", Tmpl: `REPLACE({x}, {pattern}, "$1$2")`, Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the first element is a string without escapes, a number or a boolean", Short: "flat", Code: "ESQL-JSON", Why: "without JSON_EXTRACT the text is cut by patterns: nested elements and escapes come out differently", Hint: "--to esql@9.5", Page: docs + "functions-operators/string-functions", Evidence: emit.Documented}
	factNoBag       = &emit.Fact{Name: "bags and sets of bags", Tmpl: "null", Grade: emit.Approximate, Kind: drift.ValueAny, Code: "ESQL-BAG", Why: "ES|QL has no value for a bag: the column comes out null", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Documented}
	factToNumber    = &emit.Fact{Name: "conversion to a whole number", Tmpl: "TO_LONG({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the value is a whole number", Short: "whole", Code: "ESQL-TOLONG", Why: "TO_LONG rounds a fraction, KQL cuts it", Page: docs + "functions-operators/type-conversion-functions", Evidence: emit.Documented}
	factToReal      = exact("conversion to a real", "TO_DOUBLE({x})", "functions-operators/type-conversion-functions")
	factToRealText  = &emit.Fact{Name: "conversion of text to a real", Tmpl: "TO_DOUBLE({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the text is a number in digits, or none", Short: "digits", Code: "ESQL-TOREAL", Why: "TO_DOUBLE reads 5d as 5, and NaN and infinities as null", Page: docs + "functions-operators/type-conversion-functions", Evidence: emit.Documented}
	factCastBool    = exact("tostring of a bool", "CASE({x} == true, \"True\", {x} == false, \"False\")", "functions-operators/conditional-functions-and-expressions")
	factAddress     = exact("text of an address", "TO_STRING({field})", "functions-operators/type-conversion-functions")
	factToTime      = &emit.Fact{Name: "conversion of text to a time", Tmpl: "TO_DATETIME({x})", Grade: emit.Approximate, Kind: drift.ValueAny, Bound: "the text is ISO 8601 with a T", Short: "ISO", Code: "ESQL-TODATE", Why: "other forms of a date become null", Page: docs + "functions-operators/type-conversion-functions", Evidence: emit.Documented}
	factNone        = refused("anything else", "NONE", "huntc has no translation of it to ES|QL", "", "esql-syntax-reference")
	factOpen        = refused("a result whose columns are not known", "OPEN", "the table's schema is not known, so the columns of the result cannot be listed", "end the query with project, or add a schema", "commands/keep")
	factParam       = refused("a parameter without a value", "PARAM", "the parameter has no value relative to run time", "--param NAME=VALUE, or --keep-params", "esql-rest")
	factJoin        = refused("join of another shape", "JOIN", "ES|QL joins only lookup indices; huntc writes joins of which a side has one row for each key", "summarize or distinct one side by the keys", "commands/lookup-join")
	factUnion       = refused("union of another shape", "UNION", "one FROM takes at most 8 queries, none with several of its own, and a name has one type", "", "esql-subquery")
	factArg         = &emit.Fact{Name: "arg_max and arg_min", Tmpl: "LAST({x}, {by}), FIRST({x}, {by})", Grade: emit.Approximate, Kind: drift.ValueAny, Since: "9.4", Bound: "no two rows of a group share the extreme", Short: "noties", Code: "ESQL-ARGMAX", Why: "each column is taken by itself, so that ties may mix rows", Page: docs + "functions-operators/aggregation-functions", Evidence: emit.Documented}
)

var allFacts = []*emit.Fact{factFrom, factWhere, factEval, factKeep, factStats, factSort, factLimit, factEqual, factEqualFold, factLike, factLikeFold,
	factTerm, factRegex, factRegexClass, factRegexNo, factCIDR, factCIDRNo, factCompare, factBetween, factLogic, factAbsent, factFill, factCond, factNow, factArith,
	factDivide, factDivideReal, factBucket, factTrunc, factTimePart, factSetLength, factBinTicks, factBinNo, factBinNumber, factCount, factAggPlain, factAvg, factSet, factSetCap,
	factTakeAny, factJSONFirst, factFlattened, factPathName, factCall, factCast, factSpread, factPacked, factBaseline, factExpand, factDCount, factDCountExact, factJSON819,
	factNoBag, factToNumber, factToReal, factToRealText, factCastBool, factAddress, factToTime, factNone, factOpen, factParam, factJoin, factUnion, factArg}
