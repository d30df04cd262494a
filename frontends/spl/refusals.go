package spl

// unevaluatedCommands are commands that are read and not evaluated, with the reason. Read-only.
var unevaluatedCommands = map[string]string{
	"iplocation":   "it needs a database of addresses, which is not in the text",
	"map":          "it runs another search for each row, whose text depends on the row",
	"transaction":  "no page tells in which order events join a transaction, and which ones are evicted when the search ends",
	"xmlkv":        "no page tells what becomes of attributes, of elements in elements and of repeated ones",
	"fromjson":     "no page at hand tells how members that are objects, arrays or booleans become fields",
	"outputlookup": "no page at hand says that the rows go on, and a lookup is not written here",
	"chart":        "no page tells whether a count without events is 0 or absent, and how the fields of its rows are put into ranges",
	"addinfo":      "the number of the search and the text of its range are known only when it runs",
	"union":        "no page tells the order of the rows of its parts",
	"format":       "outside of the end of a subsearch it makes one text of all rows",
	"return":       "outside of the end of a subsearch it makes one text of the rows",
}

// unevaluatedOptions are options that are read and not evaluated, with what is not known. Read-only.
var unevaluatedOptions = map[string]string{
	"allnum":              "no page tells whether the values of the group or of all rows have to be numbers",
	"offset_field":        "no page at hand tells the text that it writes",
	"event_time_field":    "which rows of the table hold at a time is a setting of the lookup, which is not in the text",
	"return_multivalue":   "no page at hand tells what it changes",
	"annotate":            "the fields that it adds name the server",
	"splunk_server_group": "which servers make rows is a setting",
	"setsv":               "a field holds its single value and its values at once, which the rows here cannot",
	"start":               "no page tells what becomes of a bin that it cuts",
	"end":                 "no page tells what becomes of a bin that it cuts",
	"prestats":            "what it writes is an internal form",
}

// unevaluatedAggregations are statistical functions that are read and not evaluated, with the reason. Read-only.
var unevaluatedAggregations = map[string]string{
	"estdc":       "an estimate has no exact rows",
	"estdc_error": "an estimate has no exact rows",
	"rate_avg":    "it is for metrics, which keep series that events do not have",
	"rate_sum":    "it is for metrics, which keep series that events do not have",
	"eval":        "an expression over aggregations is not evaluated here",
}
