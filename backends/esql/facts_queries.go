package esql

import "github.com/huntc/huntc/backends/emit"

const inQueryPage = docs + "esql-in-subquery"

// What ES|QL says with queries inside of queries.
var (
	factFromList  = exact("union of indices", "FROM {index}, {index}", "commands/from")
	factFromQuery = &emit.Fact{Name: "union", Tmpl: "FROM (FROM {index} | …), (FROM {index} | …)", Grade: emit.Exact, Since: "9.5", Code: "ESQL-UNION", Why: "before 9.5 the queries of one FROM are a preview", Page: docs + "esql-subquery", Evidence: emit.Documented}
	factInQuery   = &emit.Fact{Name: "test against the keys of another query", Tmpl: "WHERE {keys} IN (FROM {index} | … | KEEP {keys})", Grade: emit.Exact, Since: "9.5", Code: "ESQL-JOIN", Why: "before 9.5 no query is tested against the rows of another", Page: inQueryPage, Evidence: emit.Documented}
	factJoinOne   = &emit.Fact{Name: "join with a side that has one row for each key", Tmpl: "FROM (…), (…) | INLINE STATS {column} = MAX({column}) BY {keys} | WHERE {left side}", Grade: emit.Exact, Since: "9.5", Code: "ESQL-JOIN", Why: "before 9.5 the rows of two queries cannot be put together", Page: docs + "commands/inlinestats-by", Evidence: emit.Documented}
)

var queryFacts = []*emit.Fact{factFromList, factFromQuery, factInQuery, factJoinOne}
