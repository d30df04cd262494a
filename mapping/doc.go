// Package mapping says what the data of a target looks like and rewrites a query to it: source columns and paths become fields.
//
// Mappings are YAML (rules/mappings). Nothing is ever invented: a column without a row is a located diagnostic, and a row that holds
// something else than the source does is a declared drift.
package mapping
