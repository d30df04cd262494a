// Package ir is the meaning of a hunt: a typed pipeline of ops over expressions, independent of any language.
//
// Lowering changes no case, compiles no regex and expands no wildcard; what the source meant stands in fields. Nodes are plain
// structs behind sealed interfaces; rewrites copy. The package imports diag only.
package ir
