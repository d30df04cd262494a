package syntax

import (
	"maps"
	"slices"
	"strings"
)

// commandOptions are the options of the commands that have a node of their own. Read-only.
var commandOptions = map[string]map[string]option{
	"stats": statsOptions, "eventstats": eventstatsOptions, "streamstats": streamstatsOptions, "tstats": tstatsOptions, "bin": binOptions,
	"rex": rexOptions, "fillnull": fillnullOptions, "lookup": lookupOptions, "inputlookup": inputlookupOptions, "join": joinOptions,
	"append": appendOptions, "mvexpand": mvexpandOptions, "dedup": dedupOptions, "head": headOptions, "sort": sortOptions,
	"top": topOptions, "rare": topOptions, "spath": spathOptions, "timechart": timechartOptions, "convert": convertOptions, "makeresults": makeresultsOptions,
	"delta": deltaOptions, "autoregress": autoregressOptions, "addtotals": addtotalsOptions, "addcoltotals": addcoltotalsOptions,
	"appendpipe": appendpipeOptions, "appendcols": appendcolsOptions, "makemv": makemvOptions, "mvcombine": mvcombineOptions,
	"strcat": strcatOptions, "foreach": foreachOptions, "format": formatOptions,
}

// ReadCommands are the commands with a node of their own, sorted.
func ReadCommands() []string { return slices.Sorted(slices.Values(strings.Fields(readCommands))) }

// OptionNames are the names of the options that a command with a node of its own takes, sorted.
func OptionNames(command string) []string { return slices.Sorted(maps.Keys(commandOptions[command])) }

// EvalFunctions are the functions of eval, sorted.
func EvalFunctions() []string { return evalFuncNames() }

// AggFunctions are the statistical functions, sorted, with an example of each family that takes a percentile.
func AggFunctions() []string {
	out := slices.Collect(maps.Keys(aggFuncs))
	for _, p := range percentiles {
		out = append(out, p+"95")
	}
	return slices.Sorted(slices.Values(out))
}
