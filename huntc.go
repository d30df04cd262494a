// Package huntc compiles threat hunts: it reads a hunt written for one SIEM, gives it one exact meaning, and writes the same hunt for
// other SIEMs. A translation is exact, approximate with a declared drift, or refused with a reason; nothing is dropped or guessed.
package huntc

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"time"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/backends/esagg"
	"github.com/huntc/huntc/backends/esql"
	backkql "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/backends/spl"
	"github.com/huntc/huntc/content"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/mapping"
	"github.com/huntc/huntc/rules"
)

// backends is the explicit list of languages that can be written.
var backends = []emit.Backend{backkql.Backend{}, esql.Backend{}, esagg.Backend{}, spl.Backend{}}

// Limits bound the work on hostile input. A zero field takes its default.
type Limits struct {
	Nodes       int // expression nodes after lets are inlined; default 200,000
	Ops         int // pipeline operators after lets are inlined; default 2,000
	OutputBytes int // bytes of one output; default 1 MiB
}

func (l Limits) withDefaults() Limits {
	if l.Nodes == 0 {
		l.Nodes = 200_000
	}
	if l.Ops == 0 {
		l.Ops = 2_000
	}
	if l.OutputBytes == 0 {
		l.OutputBytes = 1 << 20
	}
	return l
}

// Option configures a Compiler.
type Option func(*config)

type config struct {
	mappings []fs.FS
	limits   Limits
}

// WithMappings adds a folder of mappings; its rows replace those of the embedded ones and of earlier options.
func WithMappings(fsys fs.FS) Option {
	return func(c *config) { c.mappings = append(c.mappings, fsys) }
}

// WithLimits sets limits; zero fields keep their defaults.
func WithLimits(l Limits) Option { return func(c *config) { c.limits = l } }

// Compiler is immutable after New and safe for concurrent use. It has no globals, uses no network and no clock.
type Compiler struct {
	limits   Limits
	mappings *mapping.Set
	schemas  map[string]map[string]kql.Table // product → table
}

// New makes a Compiler with the embedded mappings and schemas.
func New(opts ...Option) (*Compiler, error) {
	var cfg config
	for _, o := range opts {
		o(&cfg)
	}
	sub, err := fs.Sub(rules.FS, "mappings")
	if err != nil {
		return nil, err
	}
	set, err := mapping.Load(append([]fs.FS{sub}, cfg.mappings...)...)
	if err != nil {
		return nil, fmt.Errorf("mappings: %w", err)
	}
	c := &Compiler{limits: cfg.limits.withDefaults(), mappings: set, schemas: map[string]map[string]kql.Table{}}
	for _, product := range []string{Sentinel, Defender} {
		tables, err := loadSchemas(product)
		if err != nil {
			return nil, err
		}
		c.schemas[product] = tables
	}
	return c, nil
}

// Products whose KQL can be read. They differ in tables and in the name of the time column.
const (
	Sentinel = "sentinel"
	Defender = "defender"
)

func loadSchemas(product string) (map[string]kql.Table, error) {
	tables, err := rules.LoadSchemas(rules.FS, product)
	if err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	out := map[string]kql.Table{}
	for name, t := range tables {
		var cols []ir.Column
		for _, col := range t.Columns {
			typ, ok := ir.ParseType(col.Type)
			if !ok {
				return nil, fmt.Errorf("schemas: %s.%s has unknown type %q", name, col.Name, col.Type)
			}
			cols = append(cols, ir.Column{Name: col.Name, Type: typ})
		}
		out[name] = kql.Table{Columns: cols}
	}
	return out, nil
}

// Hunt is one query with its metadata: the unit of work.
type Hunt struct {
	*content.Hunt
	// IR is the query's meaning; nil when it could not be read.
	IR *ir.Query
	// Diags are the messages of reading, parsing and binding.
	Diags diag.List
	// Product is the KQL dialect that was assumed: Sentinel or Defender.
	Product string

	assumptions []string // what the user has declared of the events, on which the reading rests
}

// Tables lists the names of the source tables that the hunt reads.
func (h *Hunt) Tables() []string {
	if h.IR == nil {
		return nil
	}
	var out []string
	for _, t := range h.IR.Tables() {
		out = append(out, t.Name)
	}
	return out
}

// ParseOptions say how a hunt is read.
type ParseOptions struct {
	Product string           // Sentinel, Defender, or "" to tell by the time column that the query names
	Tables  map[string]Table // schemas of tables that the compiler does not know; those that it knows win
}

// Table is the schema of a source table; Open says that it may have more columns.
type Table = kql.Table

// Load reads the hunts of a file or folder. A bad file is one error; the others go on.
func (c *Compiler) Load(ctx context.Context, fsys fs.FS, root string, o ParseOptions) iter.Seq2[*Hunt, error] {
	return func(yield func(*Hunt, error) bool) {
		for h, err := range content.Load(ctx, fsys, root) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			for _, part := range queriesOf(h) {
				if !yield(c.bind(part, o), nil) {
					return
				}
			}
		}
	}
}

// ParseAll reads the hunts of a text: several YAML documents, or several queries, are several hunts. There is at least one; what is
// wrong with a hunt is said by its Diags.
func (c *Compiler) ParseAll(name string, text []byte, o ParseOptions) []*Hunt {
	var out []*Hunt
	for _, h := range content.Read(name, text) {
		for _, part := range queriesOf(h) {
			out = append(out, c.bind(part, o))
		}
	}
	return out
}

// queriesOf makes a hunt of each query of a hunt's text. In a file of bare KQL paragraphs may be queries; the query of a YAML hunt is
// sent as it is, so that a missing semicolon there is a mistake.
func queriesOf(h *content.Hunt) []*content.Hunt {
	if h.Query == nil {
		return []*content.Hunt{h}
	}
	parts := syntax.Hunts(h.Query, h.Query == h.Source)
	if len(parts) == 1 {
		return []*content.Hunt{h}
	}
	out := make([]*content.Hunt, len(parts))
	for i, p := range parts {
		out[i] = h.WithQuery(p, i+1, len(parts))
	}
	return out
}

// Parse reads one hunt from text: Sentinel YAML when name ends in .yaml or .yml, otherwise bare KQL. Everything about the text is a
// diagnostic.
func (c *Compiler) Parse(name string, text []byte, o ParseOptions) *Hunt {
	read := content.ReadKQL
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		read = content.ReadYAML
	}
	h, diags := read(name, text)
	if h == nil {
		h = &content.Hunt{File: name, Diagnostics: diags}
	}
	return c.bind(h, o)
}

func (c *Compiler) bind(h *content.Hunt, o ParseOptions) *Hunt {
	out := &Hunt{Hunt: h, Diags: h.Diagnostics, Product: o.Product}
	if h.Query == nil {
		return out
	}
	if out.Product == "" {
		out.Product = guessProduct(h.Query.Text)
	}
	q, diags := kql.Lower(h.Query, kql.Options{Schemas: c.schemasFor(out.Product, o.Tables), Time: timeColumn(out.Product), MaxNodes: c.limits.Nodes})
	out.Diags = append(out.Diags, diags...)
	out.Diags.Sort()
	if q != nil && !out.Diags.HasErrors() {
		out.IR = q
		out.checkTime()
		out.checkColumns()
		out.applyTrigger()
	}
	return out
}

// guessProduct tells Defender from Sentinel by the time column: Timestamp there, TimeGenerated here.
func guessProduct(text string) string {
	if strings.Contains(text, "Timestamp") && !strings.Contains(text, "TimeGenerated") {
		return Defender
	}
	return Sentinel
}

// timeColumn is what a product's tables call the time of an event.
func timeColumn(product string) string {
	if product == Defender {
		return "Timestamp"
	}
	return "TimeGenerated"
}

// tablesFor returns a product's tables and, for names that it lacks, the other's: hunts of one are run in both.
func (c *Compiler) tablesFor(product string) map[string]kql.Table {
	other := Sentinel
	if product == Sentinel {
		other = Defender
	}
	out := map[string]kql.Table{}
	for _, p := range []string{other, product} {
		for n, t := range c.schemas[p] {
			out[n] = t
		}
	}
	return out
}

func (c *Compiler) schemasFor(product string, extra map[string]Table) map[string]Table {
	out := c.tablesFor(product)
	for n, t := range extra {
		if _, known := out[n]; !known {
			out[n] = t
		}
	}
	return out
}

// Rebind reads the hunt's query again with more known about its tables.
func (c *Compiler) Rebind(h *Hunt, o ParseOptions) *Hunt { return c.bind(h.Hunt, o) }

// RowsOptions say over what a hunt is evaluated. A table is looked up in Sources, then in Tables.
type RowsOptions struct {
	Sources map[string]eval.Source
	Tables  map[string]*eval.Table
	Now     time.Time // the instant that now() and ago() count from
	Params  map[string]ir.Value
	Observe *eval.Observation // collects counts per stage; nil for none
}

// Rows evaluates the hunt: the definition of its meaning.
func (c *Compiler) Rows(ctx context.Context, h *Hunt, o RowsOptions) (*eval.Table, error) {
	if h.IR == nil {
		return nil, fmt.Errorf("%s: the hunt could not be read", h.File)
	}
	return eval.Run(ctx, h.IR, &eval.Env{Sources: o.Sources, Tables: o.Tables, Now: ir.TicksOf(o.Now), Params: o.Params, Observe: o.Observe})
}

// TableColumns returns the schema of a source table for the hunt's product; ok is false for an unknown table.
func (c *Compiler) TableColumns(h *Hunt, table string) (cols []ir.Column, ok bool) {
	t, ok := c.tablesFor(h.Product)[table]
	return t.Columns, ok
}
