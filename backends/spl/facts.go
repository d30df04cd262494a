package spl

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/drift"
)

// Documentation pages, by title and version.
const (
	pageSearch  = "Search Reference 10.0: search"
	pageWhere   = "Search Reference 10.0: where"
	pageEval    = "Search Reference 10.0: eval"
	pageStats   = "Search Reference 10.0: stats"
	pageMVStats = "Search Reference 9.3: Multivalue stats and chart functions"
	pageExpr    = "Search Manual 10.0: Types of expressions"
	pageRegex   = "Search Manual 9.0: SPL and regular expressions"
	pageTime    = "Search Manual 10.0: Time modifiers"
	pageJSON    = "Search Reference 10.0: JSON functions"
	pageCond    = "Search Reference 10.0: Comparison and Conditional functions"
	pageText    = "Search Reference 10.0: Text functions"
	pageMath    = "Search Reference 10.0: Mathematical functions"
	pageSort    = "Search Reference 10.0: sort"
	pageBin     = "Search Reference 9.4: bin"
	pageExpand  = "Search Reference 10.0.2503: mvexpand"
	pageLimits  = "limits.conf 10.2.3"
	pageBool    = "Search Manual 9.4: Boolean expressions with logical operators"
	pageNames   = "Search Reference 10.0: rename"
	pageJoin    = "Search Reference 9.4: join"
	pageAppend  = "Search Reference 9.4: append"
	pageMacro   = "Knowledge Manager Manual 10.0: Use search macros in searches"
)

// asciiBound is the bound of everything that depends on how Splunk compiles its regular expressions.
const asciiBound = "text is ASCII"

// exact is a fact without drift.
func exact(name, tmpl string, ev emit.Evidence, page string) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Exact, Evidence: ev, Page: page, On: "Splunk documentation"}
}

// within gives a fact its bound.
func within(bound string, f *emit.Fact) *emit.Fact {
	f.Bound = bound
	return f
}

// facts is what this package knows about SPL. Made once per Backend value, read-only.
type facts struct {
	functionFacts
	baseSearch, timeWindow, now, macro                                                            *emit.Fact
	searchEqual, searchNumber                                                                     *emit.Fact
	equalExact, equalFold, equalFoldI, equalFoldRegex, equalComputed                              *emit.Fact
	contains, term, regex, regexSyntax, cidr, needle, multivalue                                  *emit.Fact
	compare, absent, empty, fill, logic, cond, boolean                                            *emit.Fact
	literal, literalBad, column, columnBad, clash                                                 *emit.Fact
	arith, bin, binArith, jsonAccess, jsonPath, jsonArray, pack                                   *emit.Fact
	parsePath, castString, castNumber, castLong, castBool, castRefused, datetimeField, divideReal *emit.Fact
	timeText                                                                                      *emit.Fact
	call, callRefused, exprRefused, param                                                         *emit.Fact
	groupKey, count, dcount, valuesAll, valuesCap, listAgg                                        *emit.Fact
	minmax, minmaxLong, minmaxString, sum, avg, avgNone, takeAny, bag, setOfDynamic               *emit.Fact
	argExtreme, aggRefused, threshold, sort, head, table                                          *emit.Fact
	expand, expandIndexed, baseline, baselineWhole, baselineShape                                 *emit.Fact
	source, join, union, rows, ref, opRefused, open                                               *emit.Fact
}

func refused(name, code, why, hint, page string) *emit.Fact {
	return &emit.Fact{Name: name, Grade: emit.Refused, Code: "SPL-" + diagCode(code), Why: why, Hint: hint,
		Evidence: emit.Inferred, Page: page, On: "Splunk documentation"}
}

func approx(name, tmpl, code string, kind drift.Kind, bound, short, why, page string, ev emit.Evidence) *emit.Fact {
	return &emit.Fact{Name: name, Tmpl: tmpl, Grade: emit.Approximate, Kind: kind, Bound: bound, Short: short,
		Code: "SPL-" + diagCode(code), Why: why, Evidence: ev, Page: page, On: "Splunk documentation"}
}

// newFacts builds the table.
func newFacts() *facts {
	return &facts{
		functionFacts: newFunctionFacts(),

		baseSearch: exact("base search", "search {base}", emit.Documented, pageSearch),
		macro:      exact("macro", "`{name}`", emit.Documented, pageMacro),
		// latest is written too, because without it the search would end now while the source reads what lies ahead; Splunk takes in
		// no event that is dated more than two days ahead (MAX_DAYS_HENCE).
		timeWindow: exact("time window", "earliest={from} latest={to}", emit.Documented, pageTime),
		// now() is the second in which the search started; d, w and larger units follow the searcher's calendar, so offsets are seconds.
		now: within("the run starts on a whole second", exact("now", "now()", emit.Documented, pageTime)),

		// Only literals of letters, digits and harmless punctuation: the search command has wildcards that cannot be escaped, and CIDR.
		searchEqual:  exact("search equality", `{f}="{needle}"`, emit.Documented, pageSearch),
		searchNumber: exact("search equality of integers", `{f}={n}`, emit.Documented, pageSearch),

		equalExact: exact("match equal exact", `{x}=="{needle}"`, emit.Documented, pageWhere),
		// lower() may fold more than ASCII; among ASCII letters k (the Kelvin sign) and i (the dotted capital) have partners there. k goes
		// to the regex form; i is in too many words for that, and the dotted capital in too few.
		equalFold: exact("match equal fold", `lower({x})=="{needle:lower}"`, emit.Documented, pageText),
		equalFoldI: approx("match equal fold, i", `lower({x})=="{needle:lower}"`, "FOLD-I", drift.MayBeTrue, "the text has no dotted capital I (U+0130)", "no U+0130",
			"lower() may fold the dotted capital I to i, which the source keeps apart", pageText, emit.Inferred),
		equalFoldRegex: exact("match equal fold, k or non-ASCII", `match({x}, "^{needle:fold}\z")`, emit.Inferred, pageRegex),
		equalComputed: approx("match equal fold, two values", `lower({x})==lower({y})`, "FOLD", drift.MayBeTrue, asciiBound, "ASCII",
			"lower() may fold letters outside ASCII, which the source keeps apart", pageText, emit.Inferred),
		contains: exact("match contains, prefix, suffix", `match({x}, "{needle:regex}")`, emit.Documented, pageRegex),
		term: approx("match term", `match({x}, "(?<![\p{L}\p{N}]){needle}(?![\p{L}\p{N}])")`, "TERM-UTF", drift.TruthAny, asciiBound, "ASCII",
			"no page says whether Splunk reads regular expressions as UTF-8: if not, a letter outside ASCII beside the term is misread", pageRegex, emit.Inferred),
		regex: approx("match regex", `match({x}, "{regex}")`, "REGEX-UTF", drift.TruthAny, asciiBound, "ASCII",
			"no page says whether Splunk reads regular expressions as UTF-8", pageRegex, emit.Inferred),
		regexSyntax: refused("regex syntax", "REGEX", "the expression is not valid RE2, or PCRE reads it differently", "", pageRegex),
		cidr:        exact("match cidr", `cidrmatch("{needle}", {x})`, emit.Documented, pageCond),
		needle: refused("match with a computed needle", "NEEDLE", "match() takes the text as a pattern, so a computed text cannot be quoted",
			"compare with constants", pageRegex),

		multivalue: refused("match on a set", "SET-MATCH", "no page says how a multivalue field compares as a whole", "use has or has_any, or filter before summarize", pageWhere),

		compare: exact("compare", "{l}{op}{r}", emit.Documented, pageWhere),
		absent:  exact("absent", "isnull({x})", emit.Documented, pageWhere),
		empty:   exact("isempty", `(isnull({x}) OR {x}=="")`, emit.Documented, pageWhere),
		fill:    exact("fill", "coalesce({x},{with})", emit.Documented, pageCond),
		logic:   exact("and, or, not", "({a} OR {b})", emit.Documented, pageBool),
		cond:    exact("iff, case", "if({c},{a},{b})", emit.Documented, pageCond),
		boolean: exact("boolean value", `if({p},"true","false")`, emit.Documented, pageEval),

		literal: exact("string literal", `"{s}"`, emit.Documented, pageExpr),
		literalBad: refused("string literal with NUL", "LITERAL", "an SPL string cannot hold a NUL, and invalid UTF-8 would be changed on the way",
			"compare with ==, which becomes a regular expression", pageExpr),
		column:    exact("column name", "'{name}'", emit.Documented, pageWhere),
		columnBad: refused("column name with quotes", "NAME", "no documented quoting holds this name in every command", "rename the column", pageNames),
		clash: refused("column hides a field", "CLASH", "the new column replaces a field of the same name that is read later",
			"give the column another name", pageEval),

		arith: exact("arithmetic", "{l}{op}{r}", emit.Documented, pageEval),
		// Only spans that divide 15 minutes: they fall on the same edges in every time zone.
		bin:        exact("bin of the event time", "bin span={s}s _time AS {name}", emit.Documented, pageBin),
		binArith:   exact("bin", "floor(({x}-{f})/{s})*{s}+{f}", emit.Documented, pageMath),
		jsonAccess: exact("access", `json_extract({x},"{path}")`, emit.Documented, pageJSON),
		jsonPath:   refused("access path", "JSONPATH", "a JSON path of Splunk cannot name a key with a dot, a brace or a quote, nor count from the end", "", pageJSON),
		jsonArray:  exact("element of a JSON text", `if(match({x},"^\s*\["),json_extract({x},"{path}"),null())`, emit.Documented, pageJSON),
		pack: approx("pack", "json_object({k},{v})", "BAG-TEXT", drift.ValueAny, "", "",
			"the bag comes out as JSON text, and every value as Splunk types it", pageJSON, emit.Documented),
		parsePath:  exact("parse_path Filename", `replace(replace({x},"(?s)^.*[/\x5c]",""),"(?s):.*","")`, emit.Inferred, pageRegex),
		castString: exact("tostring", "{x}", emit.Documented, pageEval),
		divideReal: approx("division of reals", "{l}/{r}", "DIVZERO", drift.ValueAny, "no divisor is 0", "÷0",
			"a division by 0 is null, in the source an infinity or NaN", pageEval, emit.Documented),
		castLong: approx("tolong of text", `if(match({x}, "^-?[0-9]+\z"),tonumber({x}),null())`, "TOLONG", drift.ValueAny,
			"the text is a whole number in plain digits that fits the type, or none", "whole", "other forms of a number become null", pageEval, emit.Documented),
		castBool:    exact("tostring of a bool", `case({x}=="true","True",{x}=="false","False")`, emit.Documented, pageEval),
		castNumber:  exact("tolong, toreal", "tonumber({x})", emit.Documented, pageEval),
		castRefused: refused("conversion", "CAST", "Splunk has no function with this conversion's rules", "", pageEval),
		timeText: approx("datetime field in the result", "{f}", "TIME-TEXT", drift.ValueAny, "", "",
			"Splunk keeps a time other than _time as text, which comes out as it is", pageTime, emit.Inferred),
		datetimeField: refused("datetime field", "DATETIME", "Splunk keeps a time other than _time as text, whose format the mapping does not say",
			"use the event time", pageTime),
		call:        exact("scalar function", "{f}({args})", emit.Documented, pageText),
		callRefused: refused("other scalar function", "FUNCTION", "no SPL function has this one's rules", "", pageEval),
		exprRefused: refused("expression", "EXPR", "SPL has no form for this expression here", "", pageEval),
		param: refused("parameter", "PARAM", "the parameter has no default, or was to be kept, and a Splunk search has no typed parameters",
			"give the parameter a value", pageMacro),

		// stats drops null keys, and no page says that it keeps "": a printable word takes their place until stats has run.
		groupKey:  exact("group key", `"`+mark+`".coalesce({k},"")`, emit.Inferred, pageStats),
		count:     exact("count", "count", emit.Documented, pageStats),
		dcount:    exact("dcount", "dc({x})", emit.Documented, pageStats),
		valuesAll: exact("make_set", "values({x})", emit.Documented, pageMVStats),
		valuesCap: approx("make_set with a size", "mvindex(values({x}),0,{n})", "SET-CAP", drift.ValueAny, "a set has no more values than its size", "≤size",
			"a larger set keeps its lexicographically first values, the source any of them", pageMVStats, emit.Documented),
		listAgg: approx("make_list", "list({x})", "LIST-100", drift.ValueAny, "≤ 100 values per group", "≤100",
			"list() keeps the first 100 values", pageMVStats, emit.Documented),
		minmax: exact("min, max", "min({x})", emit.Documented, pageStats),
		minmaxLong: approx("min, max of stored longs", "min({x})", "DOUBLE", drift.ValueAny, "values below 2^53", "<2^53",
			"numbers are doubles", pageStats, emit.Documented),
		minmaxString: approx("min, max of strings", "min({x})", "MIN-NUM", drift.ValueAny, "no value reads as a number", "text",
			"values that read as numbers are compared as numbers", pageStats, emit.Documented),
		sum: approx("sum", "sum({x})", "SUM-DOUBLE", drift.ValueAny, "sums below 2^53", "<2^53",
			"Splunk adds doubles", pageStats, emit.Documented),
		avg: exact("avg", "avg({x})", emit.Documented, pageStats),
		avgNone: approx("avg of values that may all be absent", "avg({x})", "AVG", drift.ValueAny, "every group has a value", "some",
			"the average of no values is null, in the source NaN", pageStats, emit.Documented),
		takeAny: exact("take_any", "first({x})", emit.Documented, pageStats),
		bag: approx("make_bag", "null()", "BAG", drift.ValueAny, "", "",
			"stats cannot merge JSON objects: the column comes out empty", pageMVStats, emit.Documented),
		setOfDynamic: approx("make_set of a bag or array", "null()", "SET-DYNAMIC", drift.ValueAny, "", "",
			"values() handles text only: the column comes out empty", pageMVStats, emit.Documented),
		argExtreme: refused("arg_max, arg_min of texts", "ARG", "what is largest is not a number or time, or all columns are asked for and not known", "name the columns, and maximise a number or time", pageStats),
		aggRefused: refused("aggregate", "AGGREGATE", "stats has no function with this one's rules", "", pageStats),
		threshold:  exact("threshold", "where {p}", emit.Documented, pageWhere),
		sort:       exact("sort", "sort 0 {keys}", emit.Documented, pageSort),
		head:       exact("limit", "head {n}", emit.Documented, pageSearch),
		table:      exact("result columns", "table {cols}", emit.Documented, pageSearch),
		expand: approx("mv-expand", "mvexpand {x}", "EXPAND-500MB", drift.LostRows, "the expanded results stay below 500 MB (max_mem_usage_mb)", "≤500MB",
			"mvexpand cuts its results at 500 MB with a warning", pageExpand, emit.Documented),
		expandIndexed: approx("mv-expand of indexed fields", "mvexpand {i}", "EXPAND-500MB", drift.LostRows, "the expanded results stay below 500 MB (max_mem_usage_mb)", "≤500MB",
			"mvexpand cuts its results at 500 MB with a warning", pageExpand, emit.Documented),
		baseline: approx("baseline", "eventstats sum({known}) BY {keys}", "EVENTSTATS", drift.LostRows, "≤ 50000 groups or ≤ 200 MB in eventstats", "≤50000",
			"when it holds 50000 rows and 200 MB, eventstats stops adding its column, and rows without it are dropped", pageLimits, emit.Documented),
		baselineWhole: exact("baseline by all keys of the report", "stats sum({recent}) sum({known}) BY {keys}", emit.Documented, pageStats),
		baselineShape: refused("baseline of another shape", "BASELINE", "one pass needs row-wise steps and then one summarize on each side, with the join's columns among the recent side's keys, built alike on both sides",
			"use kql or esql for this hunt", pageStats),
		source: refused("table without a base search", "SOURCE", "the mapping names no base search for this table, or one that starts with a pipe", "add one to the mapping", pageSearch),
		join: refused("join", "JOIN", "a right side with more than steps on single rows and one summarize would be left to Splunk's join, which reads at most 50000 rows of it within 60 seconds and cuts silently",
			"join tables, or one summarize of them", pageJoin),
		union: refused("union", "UNION", "a table with more than steps on single rows would be left to append, which reads at most 10000 rows within 60 seconds and cuts silently",
			"summarize behind the union, or write one hunt per table", pageAppend),
		rows:      refused("many given rows", "ROWS", "a search is no place for hundreds of rows", "use kql or esql", pageSearch),
		ref:       refused("shared query", "REF", "a search cannot name a part of itself", "", pageSearch),
		opRefused: refused("operator", "OP", "SPL has no form for this step", "", pageSearch),
		open:      refused("open result", "OPEN", "the result's columns are not known, so they cannot be listed", "end the query with project", pageSearch),
	}
}

// all lists the table in the order of its declaration.
func (f *facts) all() []*emit.Fact {
	return append([]*emit.Fact{
		f.baseSearch, f.timeWindow, f.now, f.macro, f.searchEqual, f.searchNumber, f.equalExact, f.equalFold, f.equalFoldI,
		f.equalFoldRegex, f.equalComputed, f.contains, f.term, f.regex, f.regexSyntax, f.cidr, f.needle, f.multivalue,
		f.compare, f.absent, f.empty, f.fill, f.logic, f.cond, f.boolean,
		f.literal, f.literalBad, f.column, f.columnBad, f.clash, f.arith, f.bin, f.binArith,
		f.jsonAccess, f.jsonPath, f.jsonArray, f.pack, f.parsePath, f.castString, f.castNumber, f.castLong, f.castBool, f.castRefused, f.divideReal,
		f.timeText, f.datetimeField, f.call, f.callRefused, f.exprRefused, f.param, f.groupKey, f.count, f.dcount,
		f.valuesAll, f.valuesCap, f.listAgg, f.minmax, f.minmaxLong, f.minmaxString, f.sum, f.avg, f.avgNone, f.takeAny,
		f.bag, f.setOfDynamic, f.argExtreme, f.aggRefused, f.threshold, f.sort, f.head, f.table,
		f.expand, f.expandIndexed, f.baseline, f.baselineWhole, f.baselineShape, f.source, f.join, f.union, f.rows, f.ref,
		f.opRefused, f.open,
	}, f.functionFacts.all()...)
}
