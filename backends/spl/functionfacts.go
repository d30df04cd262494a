package spl

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir/drift"
)

const (
	pageCrypt = "Search Reference 10.0: Cryptographic functions"
	pageOrder = "Search Reference 9.4: Event order functions"
	pageMulti = "Search Reference 10.0.2503: multisearch"
	pageAgg   = "Search Reference 9.4: Aggregate functions"
)

// functionFacts are the facts of functions that SPL says by a form of its own.
type functionFacts struct {
	patternASCII, patternValue, splitPart, splitColumn, hash *emit.Fact
	calendar, fraction, endOf                                *emit.Fact
	private, inRange                                         *emit.Fact
	argBest, argTwice, deviation, percentile                 *emit.Fact
	multisearch, joined, joinColumn, made, rowPlace          *emit.Fact
	castBoolText, truncate                                   *emit.Fact
}

func newFunctionFacts() functionFacts {
	const micro = "times have at most six decimals of a second"
	return functionFacts{
		patternValue: approx("extract, replace_regex, trim", `replace({x}, "{regex}", "{with}")`, "REGEX-UTF", drift.ValueAny, asciiBound, "ASCII",
			"no page says whether Splunk reads regular expressions as UTF-8", pageRegex, emit.Inferred),
		patternASCII: exact("extract, replace_regex, trim of ASCII", `replace({x}, "{regex}", "{with}")`, emit.Documented, pageRegex),
		splitPart:    exact("part of a text", `replace({x}, "(?s)^(?:[^{by}]*{by}){i}([^{by}]*)(?:{by}.*)?\z", "\1")`, emit.Documented, pageRegex),
		splitColumn: approx("split", `split({x},"{by}")`, "SPLIT-EMPTY", drift.ValueAny, "no part is empty", "no empty part",
			"no page says whether split() keeps empty parts", pageText, emit.Documented),
		hash:     exact("hashes", "sha256({x})", emit.Documented, pageCrypt),
		calendar: exact("parts of times", "floor({t}/86400)", emit.Documented, pageMath),
		fraction: within(micro, exact("text of a time", `substr("0".{month},-2)`, emit.Documented, pageMath)),
		endOf:    within(micro, exact("end of a period", "{start of the next}-0.000001", emit.Documented, pageMath)),
		private:  exact("ipv4_is_private", `match({x}, "^10\.…")`, emit.Documented, pageRegex),
		inRange: approx("ipv4_is_in_range", `match({x}, "{address}") AND cidrmatch("{range}", {x})`, "IPV4-BITS", drift.TruthAny,
			"no address has a number of bits or a space of its own", "no /bits", "cidrmatch() tests an address, KQL an address with a number of bits, too", pageCond, emit.Documented),
		argBest: exact("arg_max, arg_min", "sort 0 -num({t}) | stats first({x})", emit.Documented, pageOrder),
		argTwice: refused("arg_max, arg_min by several values", "ARG", "the rows of one stats are sorted by one value, and two are asked for",
			"write one summarize for each", pageOrder),
		deviation:   exact("stdev, variance", "if({n}<2,0,stdev({x}))", emit.Documented, pageAgg),
		percentile:  within("perc_method of limits.conf is nearest-rank, its default, and a group has fewer than 10^7 values", exact("percentile", "exactperc{n}({x})", emit.Documented, pageAgg)),
		multisearch: exact("several tables", "multisearch [{search}] [{search}]", emit.Documented, pageMulti),
		joined: approx("join by eventstats", "eventstats count(eval({side})) values({row}) BY {keys}", "EVENTSTATS", drift.LostRows, "≤ 50000 rows of both sides or ≤ 200 MB in eventstats", "≤50000",
			"when it holds 50000 rows and 200 MB, eventstats stops adding its columns, and rows without them are dropped", pageLimits, emit.Documented),
		rowPlace: exact("prev, next, row_number", "streamstats current=f window={n} first({x})", emit.Documented, "Search Reference 10.0: streamstats"),
		made:     exact("given rows", "makeresults count={n} | streamstats count | eval {column}=case({number}==1,{value}, …)", emit.Documented, "Search Reference 10.0: makeresults"),
		joinColumn: refused("join with computed numbers", "JOIN", "the rows of the right side become texts on their way to the left, in which a computed number may lose digits, and a set its values",
			"summarize the right side by the join's columns, or project other columns", pageEval),
		castBoolText: exact("tobool of text", `case(match({x}, "^(?i:true)\z"),"true",…)`, emit.Documented, pageRegex),
		truncate:     exact("tolong of real", "if({x}<0,ceiling({x}),floor({x}))", emit.Documented, pageMath),
	}
}

// all lists the facts in the order of their declaration.
func (f functionFacts) all() []*emit.Fact {
	return []*emit.Fact{f.patternASCII, f.patternValue, f.splitPart, f.splitColumn, f.hash, f.calendar, f.fraction, f.endOf, f.private, f.inRange,
		f.multisearch, f.joined, f.joinColumn, f.made, f.rowPlace, f.argBest, f.argTwice, f.deviation, f.percentile,
		f.castBoolText, f.truncate}
}
