package huntc

import "github.com/huntc/huntc/diag"

// splPages explain the codes of reading SPL: its grammar, its meaning here, and what Splunk cuts silently or does slowly.
var splPages = map[diag.Code]codePage{
	"SPLIN-SYNTAX":          {"The search is not SPL at this place.", "the message says what was expected"},
	"SPLIN-NAME":            {"No command, function or option of SPL has this name. A search that is read may take it from an app.", "check the spelling, or declare the command with --definitions"},
	"SPLIN-ARGUMENTS":       {"A command or function has the wrong number or kind of arguments.", "see the message"},
	"SPLIN-TYPE":            {"A condition stands where a value belongs, or the other way round.", "compare the value, or turn the condition into one with if"},
	"SPLIN-LIMIT":           {"The search is longer or nested deeper than the limits allow.", "simplify it"},
	"SPLIN-UNSUPPORTED":     {"The construct is SPL, and huntc does not give it a meaning, or does not carry it over to other languages: a text that may be empty, or a comparison that Splunk decides by guessing numbers, has no certain equivalent.", "the message says why; declare the field's type with --fields"},
	"SPLIN-FIELDS":          {"The meaning depends on fields or types of the events that are not in the search.", "declare them with --fields, or end the search with table and the names"},
	"SPLIN-ABSENT":          {"Rows in which a field is absent are left out here, and no page of Splunk says otherwise.", "test the field with isnotnull"},
	"SPLIN-ESTIMATE":        {"Splunk estimates this result or chooses it by a rule that no page tells: a percentile, the most frequent of equally frequent values, ranges of numbers as series.", "the message says what is computed here"},
	"SPLIN-SUMMARY":         {"tstats reads summaries and buckets, whose state is not in the search: they are taken to hold what the events hold.", "declare summaries: complete for a data model in --definitions, or leave the option out"},
	"SPLIN-CAP-SUBSEARCH":   {"A subsearch ends after 10,000 results or 60 seconds, without an error.", "use stats over both kinds of events"},
	"SPLIN-CAP-JOIN":        {"The subsearch of join ends after 50,000 results or 60 seconds; rows behind that have no partner.", "use stats by the common field"},
	"SPLIN-CAP-APPEND":      {"The subsearch of append ends after 10,000 results or 60 seconds, without an error.", "search both kinds of events at once"},
	"SPLIN-CAP-APPENDCOLS":  {"The subsearch of appendcols ends after 50,000 results, and its rows are paired by position.", "use stats by a common field"},
	"SPLIN-CAP-SET":         {"set works on at most 50,000 rows of each side; the rest is cut.", "use stats and count the sources"},
	"SPLIN-CAP-LIST":        {"list keeps the first 100 values of a group.", "use values if repeats do not matter"},
	"SPLIN-CAP-EVENTSTATS":  {"eventstats stops adding its results, without an error, when it has used 200 MB and 50,000 rows.", "use stats where single events are not needed"},
	"SPLIN-CAP-STREAMSTATS": {"The window of streamstats is limited to 10,000 rows; the check names time_window= and windows above that.", "group first, so that fewer rows are in a window"},
	"SPLIN-CAP-MVEXPAND":    {"mvexpand cuts a chunk of results that needs more than 500 MB, with a warning only.", "keep only needed fields before it, or use stats by the field"},
	"SPLIN-CAP-TRANSACTION": {"A transaction holds at most 1,000 events, and 5,000 are open at once; the others are dropped.", "use stats with min and max of _time"},
	"SPLIN-CAP-SORT":        {"sort without a number keeps 10,000 rows.", "write sort 0"},
	"SPLIN-CAP-MAP":         {"map runs ten searches unless maxsearches says more; other rows are left out.", "set maxsearches, or use stats"},
	"SPLIN-CAP-SPATH":       {"spath without a path reads the first 5,000 characters of its input.", "name the paths: spath path=…"},
	"SPLIN-LEADING-STAR":    {"A value that begins with * cannot use the index: every event is read.", "begin with a fixed part"},
	"SPLIN-NO-INDEX":        {"The search names no index, or all: what it reads depends on the role, or is everything.", "write index= and the name"},
	"SPLIN-NOT-PRESENT":     {"NOT field=* reads every event to find those that lack the field.", "add a condition that the index can use"},
	"SPLIN-LATE-FILTER":     {"A filter behind a pipe could stand in the first search, which reads fewer events.", "move it there"},
	"SPLIN-WORD-OPERATOR":   {"or, and or not in search, which there is a word to be found.", "write OR, AND or NOT"},
	"SPLIN-JOIN-STATS":      {"join where stats by the same field would do, without the limits of a subsearch.", "use stats"},
}
