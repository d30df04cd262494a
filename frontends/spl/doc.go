// Package spl reads Splunk's search processing language. What it believes about SPL is written down in testdata/spl: one statement,
// one page and one case of rows each. What no page confirms is refused with a location and never guessed.
package spl
