// Package verify proves translations: it makes events for a hunt, writes them as a target would hold them, runs the translation and the
// hunt's meaning over the same events, and compares the rows under the declared drift.
//
// Three tables are compared. The evaluator runs the hunt over source events: the meaning. It runs the prepared query, with strict nulls,
// over the target's documents: the meaning as mapped. The engine runs the output. What the mapping declares may stand between the first
// two, what the language declares between the last two, and all of it between the ends.
package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/remote"
	"github.com/huntc/huntc/verify/compare"
)

// Engine is a cluster to which test events may be written.
type Engine interface {
	remote.Cluster
	Product() string
	Version() string
	// Alias makes filtered aliases of an index: name → query.
	Alias(ctx context.Context, index string, filters map[string]json.RawMessage) error
	// Exists reports whether anything has this name or fits this pattern.
	Exists(ctx context.Context, pattern string) (bool, error)
}

// Options of a Verifier.
type Options struct {
	Translate huntc.Options // Now is set by the verifier
	Engine    Engine        // nil: the evaluator stands in for it, over the target's documents
	SPL       bool          // run translations to SPL with our own interpreter, when there is no Engine
	Splunk    Searcher      // with SPL: runs them on this Splunk instead, over events that stand in the search; nil for none
	Seed      uint64        // of the generator
	Sets      int           // per hunt and target; default 200
	Keep      string        // folder in which bulk files are left; "" leaves none
	Large     bool          // also groups beyond the limits of estimates, some of them with thousands of events
	Progress  func(string)
	Known     *Known // survivors and drifts that need no demonstration, with reasons; nil: those that are shipped
}

// Given is events that are not generated: a test of the hunt, or files.
type Given struct {
	Name   string
	Tables map[string]*eval.Table
	Now    time.Time // zero: the generator's instant
	Params map[string]ir.Value
}

// Verifier verifies hunts. It is not safe for concurrent use.
type Verifier struct {
	c      *huntc.Compiler
	o      Options
	probed bool // the Splunk of the options holds events as they are sent
}

// New makes a Verifier.
func New(c *huntc.Compiler, o Options) (*Verifier, error) {
	if o.Sets == 0 {
		o.Sets = DefaultSets
	}
	if o.Sets < 1 || o.Sets > 100_000 {
		return nil, fmt.Errorf("%d sets are not between 1 and 100,000", o.Sets)
	}
	if o.Known == nil {
		k, err := Shipped()
		if err != nil {
			return nil, err
		}
		o.Known = k
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return &Verifier{c: c, o: o}, nil
}

// DefaultSets is how many sets are made for each hunt and target.
const DefaultSets = 200

// instant is when generated events are looked at: at an odd millisecond, so that no edge falls on a round one by chance.
var instant = time.Date(2026, 5, 15, 12, 34, 56, 789_000_000, time.UTC)

// Hunt verifies one hunt for targets, over the given events and over generated ones. An error is a failure to work; what the hunt or target does wrong is in the reports.
func (v *Verifier) Hunt(ctx context.Context, h *huntc.Hunt, targets []huntc.Target, given ...Given) ([]HuntReport, error) {
	var out []HuntReport
	for _, group := range byMapping(targets) {
		reports, err := v.group(ctx, h, group, given)
		out = append(out, reports...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// byMapping groups targets whose data has one form, so that it is loaded once.
func byMapping(ts []huntc.Target) [][]huntc.Target {
	var out [][]huntc.Target
	for _, t := range ts {
		i := slices.IndexFunc(out, func(g []huntc.Target) bool {
			return g[0].Mapping == t.Mapping && (g[0].Language == t.Language || elastic(g[0]) && elastic(t))
		})
		if i < 0 {
			out = append(out, nil)
			i = len(out) - 1
		}
		out[i] = append(out[i], t)
	}
	return out
}

func elastic(t huntc.Target) bool { return t.Language == "esql" || t.Language == "esagg" }

// subject is one hunt for one target, translated.
type subject struct {
	target   huntc.Target
	result   *huntc.Result
	prepared *huntc.Prepared
	source   *ir.Query // the hunt's meaning
	report   *HuntReport
	options  compare.Options // without Declared
	mapping  []emit.Note
	backend  []emit.Note
	shown    map[string]demonstration
	parsed   *bool // Splunk's parser has taken the output
}

func (v *Verifier) group(ctx context.Context, h *huntc.Hunt, targets []huntc.Target, given []Given) ([]HuntReport, error) {
	var subjects []*subject
	reports := make([]HuntReport, len(targets))
	for i, t := range targets {
		reports[i] = HuntReport{ID: huntID(h), Name: h.Name, Target: t.String(), Engine: v.engineName(), Contradictions: []Contradiction{}, Undemonstrated: []Undemonstrated{}}
		s, err := v.subject(ctx, h, t, &reports[i])
		if err != nil {
			return reports, err
		}
		if s != nil {
			subjects = append(subjects, s)
		}
	}
	if len(subjects) == 0 {
		return reports, nil
	}
	return reports, v.verify(ctx, h, subjects, given)
}

func (v *Verifier) engineName() string {
	switch {
	case v.o.SPL && v.o.Splunk != nil:
		return "splunk " + v.o.Splunk.Version()
	case v.o.Engine == nil && v.o.SPL:
		return splEngine
	case v.o.Engine == nil:
		return "eval"
	}
	return v.o.Engine.Product() + " " + v.o.Engine.Version()
}

// subject translates; nil when there is nothing to verify, and the report says why.
func (v *Verifier) subject(ctx context.Context, h *huntc.Hunt, t huntc.Target, rep *HuntReport) (*subject, error) {
	if t.Language == "kql" {
		rep.Skipped = "a KQL target has no data of its own"
		return nil, nil
	}
	if v.o.SPL && t.Language != "spl" {
		rep.Skipped = v.engineName() + " does not run " + t.Language
		return nil, nil
	}
	if why := cannotRun(v.o.Engine, t); why != "" {
		rep.Skipped = why
		return nil, nil
	}
	if h.IR == nil {
		rep.Skipped = "the hunt could not be read"
		return nil, nil
	}
	o := v.o.Translate
	o.Now = instant
	r, err := v.c.Translate(ctx, h, t, o)
	if err != nil {
		return nil, err
	}
	if r.Output == nil {
		rep.Skipped = "refused: " + firstRefusal(r)
		return nil, nil
	}
	p, _, err := v.c.Prepare(ctx, h, t, o)
	if err != nil || p == nil {
		return nil, err
	}
	q, err := v.c.Meaning(h, o)
	if err != nil {
		return nil, err
	}
	s := &subject{target: t, result: r, prepared: p, source: q, report: rep, mapping: p.Notes, shown: map[string]demonstration{}, parsed: new(bool)}
	s.backend = r.Notes[len(p.Notes):]
	s.options = compareOptions(p, r)
	return s, nil
}

func cannotRun(e Engine, t huntc.Target) string {
	if e == nil {
		return ""
	}
	switch {
	case !elastic(t):
		return e.Product() + " does not run " + t.Language
	case t.Language == "esql" && e.Product() != remote.Elasticsearch:
		return e.Product() + " has no ES|QL"
	case t.Product != "" && t.Product != e.Product():
		return "the target is for " + t.Product
	case versionOf(e.Version()).Less(versionOf(t.Version)):
		return "the target needs version " + t.Version
	}
	return ""
}

func versionOf(s string) emit.Version {
	for i, n := 0, 0; i < len(s); i++ {
		if s[i] == '.' {
			if n++; n == 2 {
				s = s[:i]
			}
		}
	}
	v, err := emit.ParseVersion(s)
	if err != nil {
		return emit.Version{}
	}
	return v
}

func firstRefusal(r *huntc.Result) string {
	for _, d := range r.Diagnostics {
		if d.Severity.String() == "refused" || d.Severity.String() == "error" {
			return d.Message
		}
	}
	return "no output"
}

// compareOptions reads from the query by what rows are identified and how they are ordered.
func compareOptions(p *huntc.Prepared, r *huntc.Result) compare.Options {
	o := compare.Options{Resolution: resolution(p)}
	o.Keys, o.Sort = shape(p.Query)
	o.Capped, o.Any = free(p.Query.Root.Ops)
	for _, c := range r.Output.Caps {
		if r.Output.Paging != "" { // pages are read to the end; a limit inside them is a drift
			break
		}
		if o.Cap == 0 || c.N < o.Cap {
			o.Cap = c.N
		}
	}
	return o
}

// shape follows the group keys and the order of a query's root to its result.
func shape(q *ir.Query) (keys []string, sort []compare.SortColumn) {
	for _, op := range q.Root.Ops {
		switch op := op.(type) {
		case *ir.Aggregate:
			keys, sort = names(op.Keys), nil
		case *ir.Threshold:
			keys, sort = names(op.Agg.Keys), nil
		case *ir.Join, *ir.Append, *ir.Expand:
			keys, sort = nil, nil
		case *ir.Baseline:
			keys, sort = nil, nil
			for _, o := range op.RecentOps {
				if a, ok := o.(*ir.Aggregate); ok {
					keys = names(a.Keys)
				}
			}
		case *ir.Project:
			keys = carried(keys, op.Cols)
			sort = carriedSort(sort, op.Cols)
		case *ir.Extend:
			keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return ir.FindNamed(op.Cols, k) != nil })
			for i, s := range sort {
				if ir.FindNamed(op.Cols, s.Name) != nil {
					sort = sort[:i]
					break
				}
			}
		case *ir.Sort:
			sort = nil
			for _, k := range op.Keys {
				c, ok := k.X.(*ir.Col)
				if !ok {
					break
				}
				sort = append(sort, compare.SortColumn{Name: c.Name, Desc: k.Desc, NullsFirst: k.NullsFirst})
			}
		}
	}
	return keys, sort
}

// free lists the columns of which the hunt does not say what they hold: sets of at most so many values, and any value of a group.
func free(ops []ir.Op) (capped map[string]int, any map[string]bool) {
	capped, any = map[string]int{}, map[string]bool{}
	for _, o := range ops {
		if t, ok := o.(*ir.Threshold); ok {
			o = t.Agg
		}
		a, ok := o.(*ir.Aggregate)
		if !ok {
			continue
		}
		for _, g := range a.Aggs {
			switch {
			case (g.Func == ir.MakeSet || g.Func == ir.MakeList) && g.Cap > 0 && g.Cap < maxCap:
				capped[g.Name] = int(g.Cap)
			case g.Func == ir.TakeAny:
				any[g.Name] = true
			}
		}
	}
	return capped, any
}

// maxCap is beyond what any set here holds.
const maxCap = 1 << 20

func names(ns []ir.Named) []string {
	var out []string
	for _, n := range ns {
		out = append(out, n.Name)
	}
	return out
}

// carried are the names under which columns leave a projection.
func carried(cols []string, to []ir.Named) []string {
	var out []string
	for _, n := range to {
		if c, ok := n.X.(*ir.Col); ok && slices.Contains(cols, c.Name) {
			out = append(out, n.Name)
		}
	}
	return out
}

func carriedSort(sort []compare.SortColumn, to []ir.Named) []compare.SortColumn {
	var out []compare.SortColumn
	for _, s := range sort {
		i := slices.IndexFunc(to, func(n ir.Named) bool { c, ok := n.X.(*ir.Col); return ok && c.Name == s.Name })
		if i < 0 {
			break
		}
		s.Name = to[i].Name
		out = append(out, s)
	}
	return out
}

// huntID names a hunt in reports and lists: its id, or for bare KQL its name.
func huntID(h *huntc.Hunt) string {
	if h.ID != "" {
		return h.ID
	}
	return h.Name
}
