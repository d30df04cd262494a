// Package spl reads Splunk's search processing language and gives it its meaning in the IR: the evaluator then is an interpreter of
// SPL. It is written from Splunk's documentation, not from what this project's backend writes, so that it can judge that.
//
// What it believes is written down in testdata/spl: one statement, one page and one case of rows each. Options.misread switches the
// lowering to the wrong reading that a case names, and the case must notice. What no page confirms is refused with a location.
package spl
