package esql

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/drift"
)

// differs makes the row of a construct whose values are those of the source inside a bound.
func differs(name, tmpl, bound, short, code, why, hint, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Approximate, Kind: drift.ValueAny, Bound: bound, Short: short, Code: diag.Code("ESQL-" + code),
		Why: why, Hint: hint, Page: docs + page, Evidence: emit.Documented}
}

const (
	stringPage = "functions-operators/string-functions"
	mathPage   = "functions-operators/math-functions"
	datePage   = "functions-operators/date-time-functions"
	castPage   = "functions-operators/type-conversion-functions"
	ipPage     = "functions-operators/ip-functions"
)

var (
	factMath           = exact("functions of numbers", "ABS({x}), CEIL({x}), SQRT({x}), EXP({x}), SIGNUM({x}), POW({x}, {n}), …", mathPage)
	factRound          = exact("round", "ROUND({x}, {digits})", mathPage)
	factLog            = differs("logarithm", "LOG({x})", "no argument is 0", "≠0", "LOG", "the logarithm of 0 is null, in the source -infinity", "ask for a number greater than 0 first", mathPage)
	factPow            = differs("power with a broken, negative or computed exponent", "POW({x}, {y})", "the power is a finite number", "finite", "POW", "what is no finite number is null, in the source an infinity or NaN", "", mathPage)
	factModulo         = exact("remainder", "({l} % {r} + ABS({r})) % ABS({r})", "functions-operators/operators")
	factTimeDiff       = exact("difference of two times", "TO_LONG({l}) - TO_LONG({r}): milliseconds", castPage)
	factDuration       = exact("duration as a value", "{milliseconds}", "esql-time-spans")
	factBinWhole       = exact("bin of a whole number or a duration", "{x} - ({x} % {width} + {width}) % {width}", "functions-operators/operators")
	factHash           = exact("hashes and base64 of texts", "MD5({x}), SHA1({x}), SHA256({x}), TO_BASE64({x})", stringPage)
	factLocate         = exact("indexof", "LOCATE({x}, {text}) - 1", stringPage)
	factSubstring      = exact("substring", "SUBSTRING({x}, {start} + 1, {length})", stringPage)
	factRegexCall      = exact("extract, replace_regex, trim", "REPLACE({x}, {pattern}, {text})", stringPage)
	factRegexCallClass = differs("extract, replace_regex, trim with \\b, \\d, \\s or \\w", "REPLACE({x}, {pattern}, {text})", "the text is ASCII", "ASCII", "REGEX-ASCII",
		"the engines differ in which characters beyond ASCII these classes hold", "write the characters out: [0-9], [A-Za-z0-9_]", stringPage)
	factPrivate = exact("ranges of IPv4 addresses", "CASE({x} RLIKE {range}, true, {x} RLIKE {any address}, false, null)", ipPage)
	factInRange = differs("ranges of IPv4 addresses in a text", "CASE({x} RLIKE {any address}, CIDR_MATCH(TO_IP({x}), {range}), null)", "no address carries the length of a prefix", "no /n", "CIDR-TEXT",
		"an address with the length of a prefix, such as 10.0.0.0/8, comes out as null", "", ipPage)
	factStartOf      = exact("start of a day, week, month or year", "DATE_TRUNC({unit}, {x})", datePage)
	factEndOf        = exact("end of a day, week, month or year", "DATE_TRUNC({unit}, {x}) + {unit} - 1 millisecond", datePage)
	factTimeAdd      = exact("datetime_add", "{x} + {n} {unit}", datePage)
	factBoundaries   = exact("datetime_diff", "(TO_LONG({l}) + 62135596800000) / {ms} - (TO_LONG({r}) + 62135596800000) / {ms}", castPage)
	factFormatTime   = exact("format_datetime", "DATE_FORMAT({format}, {x})", datePage)
	factBoolNumber   = exact("conversion of a bool to a number", "TO_LONG({x})", castPage)
	factSpreadOf     = exact("standard deviation and variance", "CASE(COUNT({x}) > 1, STD_DEV({x}) * SQRT(COUNT({x}) / (COUNT({x}) - 1.0)), 0.0)", "functions-operators/aggregation-functions")
	factArgPacked    = differs("arg_max and arg_min of a time before 9.4", "SUBSTRING(MAX(CONCAT(TO_STRING({time}), {x})), 25)", "no two rows of a group share the extreme", "noties", "ARGMAX", "each column is taken by itself, so that ties may mix rows", "", "functions-operators/aggregation-functions")
	factSplit        = exact("split, and a part of it", "MV_SLICE(SPLIT({x}, {delimiter}), {i})", "functions-operators/mv-functions")
	factComputed     = exact("match contains, prefix, suffix with a computed text", "LOCATE({x}, {needle}) > 0, STARTS_WITH({x}, {needle}), ENDS_WITH({x}, {needle})", stringPage)
	factFoldedTexts  = exact("match equal fold of two texts", "TO_LOWER({x}) == TO_LOWER({y}) AND REPLACE({x}, \"[A-Za-z]\", \"x\") == REPLACE({y}, \"[A-Za-z]\", \"x\")", stringPage)
	factComputedFold = &emit.Fact{Name: "match contains, prefix, suffix fold with a computed text", Tmpl: "LOCATE(TO_LOWER({x}), TO_LOWER({needle})) > 0", Grade: emit.Approximate, Kind: drift.TruthAny,
		Bound: "the texts are ASCII", Short: "ASCII", Code: "ESQL-FOLD", Why: "TO_LOWER folds letters beyond ASCII too", Page: docs + stringPage, Evidence: emit.Documented}
	factToBool   = exact("conversion to a bool", "{x} != 0", castPage)
	factBoolText = exact("conversion of text to a bool", "CASE(TO_LOWER({x}) == \"true\", true, TO_LOWER({x}) == \"false\", false, {x} RLIKE {digits}, TO_LONG({x}) != 0, null)", castPage)
)

var callFacts = []*emit.Fact{factMath, factRound, factLog, factPow, factModulo, factTimeDiff, factDuration, factBinWhole, factHash, factLocate, factSubstring,
	factRegexCall, factRegexCallClass, factPrivate, factInRange, factStartOf, factEndOf, factTimeAdd, factBoundaries, factFormatTime, factBoolNumber, factToBool,
	factBoolText, factComputed, factFoldedTexts, factComputedFold, factSplit, factSpreadOf, factArgPacked}
