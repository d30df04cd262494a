// Package spl writes Splunk's Search Processing Language.
//
// What the search command can say exactly stands before the first pipe; the rest stands in where. Comparisons in where see case and
// drop rows whose field is null, as the prepared IR expects. Where the documentation leaves null open (under NOT, in group keys) the
// text does not depend on it: negations stand at the leaves with an isnotnull beside them, and group keys are filled before stats.
//
// No statement here was executed on Splunk: every fact is documented or inferred.
package spl
