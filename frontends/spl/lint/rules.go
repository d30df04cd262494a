// Package lint finds what Splunk cuts silently or does slowly in a search: caps of commands, searches that read more than they
// need. It reads the syntax tree only, so that it judges searches from anywhere, also those that this project writes.
package lint

import "github.com/huntc/huntc/diag"

// Codes of the findings.
const (
	CapSubsearch   diag.Code = "SPLIN-CAP-SUBSEARCH"
	CapJoin        diag.Code = "SPLIN-CAP-JOIN"
	CapAppend      diag.Code = "SPLIN-CAP-APPEND"
	CapAppendcols  diag.Code = "SPLIN-CAP-APPENDCOLS"
	CapSet         diag.Code = "SPLIN-CAP-SET"
	CapList        diag.Code = "SPLIN-CAP-LIST"
	CapEventstats  diag.Code = "SPLIN-CAP-EVENTSTATS"
	CapStreamstats diag.Code = "SPLIN-CAP-STREAMSTATS"
	CapMvexpand    diag.Code = "SPLIN-CAP-MVEXPAND"
	CapTransaction diag.Code = "SPLIN-CAP-TRANSACTION"
	CapSort        diag.Code = "SPLIN-CAP-SORT"
	CapMap         diag.Code = "SPLIN-CAP-MAP"
	CapSpath       diag.Code = "SPLIN-CAP-SPATH"
	LeadingStar    diag.Code = "SPLIN-LEADING-STAR"
	NoIndex        diag.Code = "SPLIN-NO-INDEX"
	NotPresent     diag.Code = "SPLIN-NOT-PRESENT"
	LateFilter     diag.Code = "SPLIN-LATE-FILTER"
	JoinForStats   diag.Code = "SPLIN-JOIN-STATS"
	WordOperator   diag.Code = "SPLIN-WORD-OPERATOR"
)

// rule says of a finding what it means, what to do and where Splunk says so. A warning changes the rows, a note only the time.
type rule struct {
	severity diag.Severity
	why      string
	hint     string
	page     string
}

// rules are the facts behind the findings. The numbers are those of limits.conf as shipped with 10.2. Read-only.
var rules = map[diag.Code]rule{
	CapSubsearch: {diag.Warning, "a subsearch returns at most 10,000 rows and runs at most 60 seconds; what is beyond is cut without an error",
		"make it one search over both data sets, or a lookup", "limits.conf [subsearch]"},
	CapJoin: {diag.Warning, "the right side of join has at most 50,000 rows and 60 seconds; what is beyond is cut without an error",
		"use stats by the key over both data sets", "limits.conf [join]"},
	CapAppend: {diag.Warning, "append adds at most 10,000 rows (maxout) from at most 60 seconds (maxtime)",
		"search both data sets at once: (index=a …) OR (index=b …)", "append command, \"Optional arguments\""},
	CapAppendcols: {diag.Warning, "appendcols adds at most 50,000 rows, and pairs them by position", "use stats by a key", "appendcols command"},
	CapSet:        {diag.Warning, "set works on at most 50,000 rows of each side", "use stats by a key over both data sets", "limits.conf [set]"},
	CapList: {diag.Warning, "list() keeps the first 100 values of a group (list_maxsize)", "use values(), which keeps all distinct values",
		"limits.conf [stats|sistats]"},
	CapEventstats: {diag.Warning, "eventstats stops adding fields without an error when it has used 200 MB (max_mem_usage_mb) and 50,000 rows",
		"use stats where the rows themselves are not needed", "limits.conf [default]"},
	CapStreamstats: {diag.Warning, "a window of streamstats holds at most 10,000 events (max_stream_window)", "group first, so that fewer rows are in a window",
		"limits.conf [streamstats]"},
	CapMvexpand: {diag.Warning, "mvexpand cuts a chunk of results that needs more than 500 MB, with a warning only", "keep only the needed fields before it: | fields …",
		"limits.conf [mvexpand]"},
	CapTransaction: {diag.Warning, "a transaction holds at most 1,000 events, and 5,000 transactions are open at once; the others are dropped",
		"use stats by the key with min(_time) and max(_time)", "limits.conf [transactions]"},
	CapSort:  {diag.Warning, "sort keeps 10,000 rows unless a count is written", "write sort 0", "sort command"},
	CapMap:   {diag.Warning, "map runs at most 10 searches (maxsearches); further rows are left out with a warning", "write maxsearches=, or use stats", "map command"},
	CapSpath: {diag.Warning, "spath without a path reads the first 5,000 characters only", "name the paths: spath path=…", "limits.conf [spath]"},
	LeadingStar: {diag.Note, "a value that begins with * cannot use the index: every event of the time range is read", "search for a word that the index holds as well",
		"search manual, \"Wildcards\""},
	NoIndex: {diag.Note, "without an index, the default indexes of the role are searched, which differ from user to user; index=* reads everything",
		"write index= and the name", "search command, \"index-specifier\""},
	NotPresent: {diag.Note, "NOT f=* is right but cannot use the index: every event is read to find those without the field",
		"narrow the events with other terms first", "search manual, \"Use fields to retrieve events\""},
	LateFilter: {diag.Note, "a filter behind the first pipe could stand before it: events that it drops are read and sent first", "move the terms before the first |",
		"search manual, \"Write better searches\""},
	JoinForStats: {diag.Note, "both sides of the join are searches of events: stats by the key reads them once and has no cap on rows",
		"(search a) OR (search b) | stats values(…) by key", "join command, \"Alternative commands\""},
	WordOperator: {diag.Warning, "search takes operators in capitals only: another spelling is a word that the events must hold", "write it in capitals",
		"search manual, \"Boolean expressions\""},
}
