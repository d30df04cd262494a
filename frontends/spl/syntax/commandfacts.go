package syntax

import (
	"maps"
	"slices"
	"strings"
)

// commandFact says what is known of a command of Splunk.
type commandFact struct {
	generating bool // makes rows of its own: it must be the first command
}

// commandFacts are the commands of Splunk 10 and their aliases (searchbnf.conf, stanzas NAME-command; "Command quick reference").
// Read-only.
var commandFacts = buildCommandFacts()

func buildCommandFacts() map[string]commandFact {
	m := map[string]commandFact{}
	for _, name := range strings.Fields(readCommands + " " + otherCommands) {
		m[name] = commandFact{}
	}
	for _, name := range strings.Fields(generatingCommands) {
		m[name] = commandFact{generating: true}
	}
	return m
}

// readCommands are the commands with a node of their own, those that cover 95 % of published detections and what their macros say: see
// read.
const readCommands = `append bin bucket convert discretize dedup eval eventstats fields fillnull head inputlookup join lookup makeresults mvexpand
rare regex rename rex search sort spath stats streamstats table timechart top common tstats where
accum addcoltotals addtotals appendcols appendpipe autoregress delta fieldformat filldown foreach makemv mvcombine nomv rangemap replace
reverse strcat tail uniq format return`

// read reads the arguments of a command.
func (p *parser) read(word string, c cmd) Command {
	switch word {
	case "append":
		return p.append(c)
	case "bin", "bucket", "discretize":
		return p.bin(c)
	case "convert":
		return p.convert(c)
	case "dedup":
		return p.dedup(c)
	case "eval":
		return p.eval(c)
	case "stats", "eventstats", "streamstats":
		return p.stats(c)
	case "fields":
		return p.fields(c)
	case "fillnull":
		return p.fillnull(c)
	case "head":
		return p.head(c)
	case "inputlookup":
		return p.inputlookup(c)
	case "join":
		return p.join(c)
	case "lookup":
		return p.lookup(c)
	case "makeresults":
		return p.makeresults(c)
	case "multisearch":
		return p.multisearch(c)
	case "mvexpand":
		return p.mvexpand(c)
	case "regex":
		return p.regex(c)
	case "rename":
		return p.rename(c)
	case "rex":
		return p.rex(c)
	case "search":
		return p.search(c)
	case "sort":
		return p.sort(c)
	case "spath":
		return p.spath(c)
	case "table":
		return p.table(c)
	case "timechart":
		return p.timechart(c)
	case "top", "common", "rare":
		return p.top(c)
	case "tstats":
		return p.tstats(c)
	case "where":
		return p.where(c)
	default:
		return p.readMore(word, c)
	}
}

// readMore reads the arguments of the commands that published detections use less.
func (p *parser) readMore(word string, c cmd) Command {
	switch word {
	case "accum":
		return p.accum(c)
	case "addtotals":
		return p.addtotals(c, addtotalsOptions)
	case "addcoltotals":
		return p.addtotals(c, addcoltotalsOptions)
	case "appendcols":
		return p.appendcols(c)
	case "appendpipe":
		return p.appendpipe(c)
	case "ar", "autoregress":
		return p.autoregress(c)
	case "delta":
		return p.delta(c)
	case "fieldformat":
		return p.fieldformat(c)
	case "filldown":
		return p.filldown(c)
	case "foreach":
		return p.foreach(c)
	case "format":
		return p.format(c)
	case "return":
		return p.returns(c)
	case "makemv":
		return p.makemv(c)
	case "mvcombine":
		return p.mvcombine(c)
	case "nomv":
		return p.nomv(c)
	case "rangemap":
		return p.rangemap(c)
	case "replace":
		return p.replace(c)
	case "reverse":
		return &Reverse{c}
	case "strcat":
		return p.strcat(c)
	case "tail":
		return p.tail(c)
	case "uniq":
		return &Uniq{c}
	default:
		return p.other(c)
	}
}

const generatingCommands = `inputlookup makeresults multisearch tstats datamodel dbinspect eventcount from gentimes history inputcsv loadjob makejson mcatalog metadata metasearch
msearch mstats pivot rest savedsearch savedsplunk searchtxn set showargs surrounding tscollectinfo typeahead walklex`

const otherCommands = `abstract addinfo af analyzefields anomalies anomalousvalue anomalydetection apply ar arules associate audit awssnsalert bucketdir
chart cluster cofilter collapse collect concurrency contingency copyresults correlate counttable createrss ctable cyberchef delete
diff dump editinfo erex excerpt extract fieldsummary findkeywords findtypes fit folderize fromjson gauge geom geomfilter
geostats highlight hilite iconify input internalinputcsv iplocation kmeans kv kvform localize localop makecontinuous maketable map
mcollect meventcollect mrollup multikv newseriesfilter noop nokv outlier outlierfilter outputcsv outputlookup outputraw outputtext
overlap predict prjob redistribute relevancy reltime require rtorder run runshellscript script scrub selfjoin sendalert
sendemail setfields sichart sirare sistats sitimechart sitop slc snowevent snowincident stash streamedcsv sumindex summaryindex
summary tags timewrap tojson transam transaction transpose trendline tscollect typelearner typer union untable urldecode x11 xmlkv
xmlunescape xpath xsdisplay xyseries`

func commandNames() []string { return slices.Sorted(maps.Keys(commandFacts)) }

// Options of the commands, by the stanza of searchbnf.conf that names them. Read-only.
var (
	// [stats-command-arguments], [dedup_splitvals], [eventstats-command], [streamstats-command]
	statsOptions = map[string]option{"partitions": {kind: optInt}, "allnum": {kind: optBool}, "delim": {}, "dedup_splitvals": {kind: optBool}}

	eventstatsOptions = map[string]option{"allnum": {kind: optBool}}

	streamstatsOptions = map[string]option{"reset_on_change": {kind: optBool}, "current": {kind: optBool}, "window": {kind: optInt},
		"time_window": {kind: optSpan}, "global": {kind: optBool}, "allnum": {kind: optBool}, "reset_before": {}, "reset_after": {}}

	// [tstats-command]
	tstatsOptions = map[string]option{"prestats": {kind: optBool}, "local": {kind: optBool}, "append": {kind: optBool},
		"summariesonly": {kind: optBool}, "include_reduced_buckets": {kind: optBool}, "allow_old_summaries": {kind: optBool},
		"use_summary_index_values": {kind: optBool}, "chunk_size": {kind: optInt}, "fillnull_value": {}, "span": {kind: optSpan}}

	// [bin-options]
	binOptions = map[string]option{"bins": {kind: optInt}, "minspan": {kind: optSpan}, "span": {kind: optSpan}, "start": {kind: optNum},
		"end": {kind: optNum}, "aligntime": {}}

	// [rex-command]
	rexOptions = map[string]option{"field": {kind: optField}, "max_match": {kind: optInt}, "offset_field": {kind: optField},
		"mode": {kind: optEnum, values: []string{"sed"}}}

	// [fillnull-command]
	fillnullOptions = map[string]option{"value": {}}

	// [lookup-command]
	lookupOptions = map[string]option{"local": {kind: optBool}, "update": {kind: optBool}, "event_time_field": {kind: optField}}

	// [inputlookup-command]
	inputlookupOptions = map[string]option{"append": {kind: optBool}, "strict": {kind: optBool}, "start": {kind: optInt}, "max": {kind: optInt}}

	// [join-options], [join-constraints], [subsearch-options]
	joinOptions = map[string]option{"type": {kind: optEnum, values: []string{"inner", "outer", "left"}}, "usetime": {kind: optBool},
		"earlier": {kind: optBool}, "overwrite": {kind: optBool}, "max": {kind: optInt}, "return_multivalue": {kind: optBool},
		"left": {}, "right": {}, "maxtime": {kind: optInt}, "maxout": {kind: optInt}, "timeout": {kind: optInt}, "extendtimerange": {kind: optBool}}

	// [subsearch-options]
	appendOptions = map[string]option{"extendtimerange": {kind: optBool}, "maxtime": {kind: optInt}, "maxout": {kind: optInt}, "timeout": {kind: optInt}}

	// [mvexpand-command]
	mvexpandOptions = map[string]option{"limit": {kind: optInt}}

	// [dedup-keepevents], [dedup-keepempty], [dedup-consecutive]
	dedupOptions = map[string]option{"keepevents": {kind: optBool}, "keepempty": {kind: optBool}, "consecutive": {kind: optBool}}

	// [head-command]
	headOptions = map[string]option{"limit": {kind: optInt}, "null": {kind: optBool}, "keeplast": {kind: optBool}}

	// sort command, "Required arguments": the count can be written limit=
	sortOptions = map[string]option{"limit": {kind: optInt}}

	// [top-opt]
	topOptions = map[string]option{"showcount": {kind: optBool}, "showperc": {kind: optBool}, "limit": {kind: optInt}, "countfield": {},
		"percentfield": {}, "useother": {kind: optBool}, "otherstr": {}}

	// [spath-command]
	spathOptions = map[string]option{"output": {kind: optField}, "path": {}, "input": {kind: optField}}

	// [timechart-command-arguments], [bin-options], [tc-option]
	timechartOptions = merge(binOptions, map[string]option{"sep": {}, "format": {}, "fixedrange": {kind: optBool}, "partial": {kind: optBool},
		"cont": {kind: optBool}, "limit": {kind: optTop}, "agg": {}, "dedup_splitvals": {kind: optBool}, "usenull": {kind: optBool},
		"useother": {kind: optBool}, "nullstr": {}, "otherstr": {}})

	// [makeresults-command]
	makeresultsOptions = map[string]option{"count": {kind: optInt}, "annotate": {kind: optBool}, "splunk_server": {}, "splunk_server_group": {},
		"format": {kind: optEnum, values: []string{"csv", "json"}}, "data": {}}
)

func merge(ms ...map[string]option) map[string]option {
	out := map[string]option{}
	for _, m := range ms {
		maps.Copy(out, m)
	}
	return out
}
