// Package rules holds the data that ships with the compiler: hunts, mappings of products, schemas of tables.
package rules

import "embed"

// FS holds the folders hunts, mappings and schemas. Read-only.
//
//go:embed all:hunts all:mappings all:schemas
var FS embed.FS
