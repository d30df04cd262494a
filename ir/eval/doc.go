// Package eval runs IR queries over tables in memory. It is the definition of what the IR means: naive on purpose, one obvious
// piece of code per node, so that it can be read against the semantics and every backend can be tested against it.
//
// With Env.Strict it follows the null rules of the target engines instead of KQL's: any comparison with null is null, strings can
// be null, and null is a group apart from "". The absent-value pass is tested by running its output that way.
package eval
