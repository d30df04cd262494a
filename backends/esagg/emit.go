package esagg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// Backend writes search bodies.
type Backend struct{}

// Language is "esagg".
func (Backend) Language() string { return "esagg" }

const (
	pageSize  = 1000
	setSize   = 1000
	resultCap = 10_000
)

// emitter fits one pipeline to the skeleton: query, groups, metrics, selector.
type emitter struct {
	in        *emit.Input
	known     *ir.Known
	r         *emit.Report
	filters   []any
	defs      map[string]ir.Expr // columns computed per event so far
	expand    *ir.Expand
	paths     []string       // what is read of the expanded element
	firsts    map[int]bool   // the paths whose first element, as a JSON array, is asked for
	elemTests []ir.Expr      // conditions on the element
	sizes     map[string]int // nodes of each computed column, everything inlined
	values    int
	columns   map[string]column // columns of the groups
	limit     ir.Value
	metric    string
	origin    map[*ir.Agg]*ir.Agg // composed aggregates → the query's
	order     []any               // of hits
	take      int64               // the number of hits, 0 for no bound
	elided    []string            // what the output does without, with the reason
}

// column says where a column of the groups is found, and what it is made of.
type column struct {
	path, decode, bucket string // bucket is its buckets_path, "" when a selector cannot read it
	absent               bool   // left out
	cut                  bool   // a set that terms cuts at setSize
}

// Emit writes the body.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	e := &emitter{in: in, r: emit.NewReport(in), firsts: map[int]bool{}, defs: map[string]ir.Expr{}, sizes: map[string]int{}, origin: map[*ir.Agg]*ir.Agg{}, filters: []any{}}
	q := in.Query
	e.known = ir.Prove(q)
	t, ok := q.Root.From.(*ir.Table)
	if !ok || in.Tables[t.Name] == nil || in.Tables[t.Name].Index == "" {
		e.r.Use(factNone, q.Root.From, q.Root.From.Span(), "this source")
		return nil, e.r
	}
	e.r.Use(factIndex, t, t.S, t.Name)
	ops := q.Root.Ops
	i := e.perEvent(ops)
	out := &emit.Output{Ext: "json", Needs: []emit.Artifact{{Kind: "index", Name: in.Tables[t.Name].Index}}}
	body := object{}
	if i == len(ops) {
		e.hits(q, body, out)
	} else {
		e.groups(ops[i:], body, out)
	}
	body["query"] = object{"bool": object{"filter": e.filters}}
	if e.r.Refused() {
		return nil, e.r
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(body); err != nil {
		e.r.Refuse(t.S, "ESAGG-UNSUPPORTED", err.Error(), "", "")
		return nil, e.r
	}
	out.Text = b.String()
	return out, e.r
}

func (e *emitter) none(x ir.Expr, text string) string {
	e.r.Use(factNone, x, x.Span(), text)
	return "null"
}

// fieldName is the field's path; a key of a flattened field is addressed below it.
func (e *emitter) fieldName(f *ir.Field) string {
	if f.Info.Container == "" {
		return f.Name
	}
	if e.in.Target.Product == "opensearch" {
		e.r.Use(factNoFlat, f, f.S, f.Info.Source)
	} else {
		e.r.Use(factFlatDoc, f, f.S, f.Info.Source)
	}
	return f.Info.Container + "." + f.Info.Key
}

// perEvent takes the ops that look at one event, and returns the index of the first that does not.
func (e *emitter) perEvent(ops []ir.Op) int {
	for i, o := range ops {
		switch o := o.(type) {
		case *ir.Filter:
			for _, c := range ir.Conjuncts(o.Pred) {
				c = e.inline(c)
				if e.ofElement(c) {
					e.elemTests = append(e.elemTests, c)
				} else {
					e.filters = append(e.filters, e.query(c))
				}
			}
		case *ir.Extend:
			e.define(o.Cols)
		case *ir.Expand:
			if e.expand != nil || len(o.Elements) == 0 {
				e.r.Use(factNone, o, o.S, "mv-expand of this value")
				continue
			}
			e.expand = o
			for p := range o.Elements[0] {
				e.paths = append(e.paths, p)
			}
			slices.Sort(e.paths)
		case *ir.Project:
			if i != len(ops)-1 {
				return i
			}
			e.define(o.Cols)
		case *ir.Sort, *ir.Limit:
			if !e.ordered(ops[i:]) {
				e.elementFilter()
				return i
			}
			return len(ops)
		default:
			e.elementFilter()
			return i
		}
	}
	if e.expand != nil {
		e.r.Use(factElement, e.expand, e.expand.S, "a row per element")
	}
	return len(ops)
}

func (e *emitter) define(cols []ir.Named) {
	vals, sizes := make([]ir.Expr, len(cols)), make([]int, len(cols))
	for i, n := range cols {
		vals[i], sizes[i] = e.inline(n.X), e.size(n.X)
	}
	for i, n := range cols {
		e.defs[n.Name], e.sizes[n.Name] = vals[i], sizes[i]
	}
}

// maxNodes bounds an expression with everything inlined: columns that use each other twice grow exponentially.
const maxNodes = 5000

func (e *emitter) size(x ir.Expr) int {
	if c, ok := x.(*ir.Col); ok {
		if n, ok := e.sizes[c.Name]; ok {
			return n
		}
	}
	n := 1
	for _, k := range ir.Children(x) {
		n = min(n+e.size(k), maxNodes+1)
	}
	return n
}

// inline replaces computed columns by what they are.
func (e *emitter) inline(x ir.Expr) ir.Expr {
	if e.size(x) > maxNodes {
		e.none(x, "an expression of this size")
		return &ir.Bad{At: ir.At{S: x.Span()}}
	}
	return ir.MapExpr(x, func(y ir.Expr) ir.Expr {
		if c, ok := y.(*ir.Col); ok {
			if d, ok := e.defs[c.Name]; ok {
				return d
			}
		}
		return y
	})
}

// ofElement reports whether an expression reads the expanded element.
func (e *emitter) ofElement(x ir.Expr) bool {
	found := false
	ir.Inspect(x, func(y ir.Expr) bool {
		if c, ok := y.(*ir.Col); ok && e.expand != nil && c.Name == e.expand.Name {
			found = true
		}
		return true
	})
	return found
}

// elementFilter keeps the events of which any element passes.
func (e *emitter) elementFilter() {
	if e.expand == nil {
		return
	}
	e.r.Use(factScript, e.expand, e.expand.S, "mv-expand "+e.expand.Name)
	e.filters = append(e.filters, object{"script": object{"script": source(program("return els(doc).size() > 0;", e.elements("'x'")))}})
}

// elements writes the function that lists a value of every element that passes the tests.
func (e *emitter) elements(value string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "List els(Map doc) { List out = new ArrayList(); for (int i = 0; i < %d; i++) {", len(e.expand.Elements))
	var absent []string
	for i, p := range e.paths {
		pre, post, ok := e.around(p)
		if !ok {
			e.r.Use(factNone, e.expand, e.expand.S, "these elements")
			return ""
		}
		fmt.Fprintf(&b, " def e%d = v(doc, %s + i + %s);", i, str(pre), str(post))
		absent = append(absent, fmt.Sprintf("e%d == null", i))
	}
	fmt.Fprintf(&b, " if (%s) continue;", strings.Join(absent, " && "))
	tests := ""
	if len(e.elemTests) > 0 {
		tests = fmt.Sprintf(" if (!%s) continue;", e.tests(e.elemTests, false, true))
	}
	for i := range e.paths {
		if e.firsts[i] {
			fmt.Fprintf(&b, " String f%d = first(e%d);", i, i)
		}
	}
	b.WriteString(tests)
	fmt.Fprintf(&b, " out.add(%s); } return out; }", value)
	return b.String()
}

// around finds the text before and after the index in the fields of an element's path.
func (e *emitter) around(path string) (pre, post string, ok bool) {
	for i, el := range e.expand.Elements {
		f, isField := el[path].(*ir.Field)
		if !isField {
			return "", "", false
		}
		name, mark := e.fieldName(f), fmt.Sprintf(".%d.", i)
		j := strings.LastIndex(name, mark)
		if j < 0 {
			return "", "", false
		}
		a, z := name[:j+1], name[j+len(mark)-1:]
		if i > 0 && (a != pre || z != post) {
			return "", "", false
		}
		pre, post = a, z
	}
	return pre, post, true
}

// hits answers a query without an aggregation: events, newest ones first come first.
func (e *emitter) hits(q *ir.Query, body object, out *emit.Output) {
	var fields []any
	for _, c := range q.Columns {
		x := e.defs[c.Name]
		f, ok := x.(*ir.Field)
		if !ok {
			f = nil
		}
		if f == nil || f.Info.Container != "" {
			e.r.Use(factNone, q.Root, q.Root.From.Span(), "the computed column "+c.Name)
			continue
		}
		fields = append(fields, f.Name)
		out.Columns = append(out.Columns, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: "fields." + f.Name, Decode: "a list of values; absent is null"})
	}
	if q.Open || len(q.Columns) == 0 {
		e.r.Use(factNone, q.Root, q.Root.From.Span(), "a result whose columns are not known")
	}
	body["size"] = resultCap
	body["_source"] = false
	body["fields"] = fields
	if len(e.order) > 0 {
		body["sort"] = e.order
	}
	if e.take > 0 && e.take <= resultCap {
		body["size"] = e.take
		return
	}
	out.Caps = []emit.Cap{{What: "hits (index.max_result_window)", N: resultCap}}
}

// ordered reads the end of a query without an aggregation: one order of events, then a number of them, then their columns. Texts are not
// ordered: an absent one and "" are one value to the source and two places here.
func (e *emitter) ordered(ops []ir.Op) bool {
	if e.expand != nil {
		return false
	}
	for i, o := range ops {
		switch o := o.(type) {
		case *ir.Sort:
			if i > 0 || !e.orderBy(o) {
				return false
			}
		case *ir.Limit:
			if e.take > 0 || o.N == 0 {
				return false
			}
			e.r.Use(factTake, o, o.S, "take")
			e.take = o.N
		case *ir.Extend:
			e.define(o.Cols)
		case *ir.Project:
			if i != len(ops)-1 {
				return false
			}
			e.define(o.Cols)
		default:
			return false
		}
	}
	return true
}

func (e *emitter) orderBy(o *ir.Sort) bool {
	for _, k := range o.Keys {
		f, ok := e.inline(k.X).(*ir.Field)
		if !ok || f.Info.Container != "" || stringField(f) {
			return false
		}
		switch ir.TypeOf(f) {
		case ir.Datetime, ir.Int, ir.Long, ir.Real:
		default:
			return false
		}
		key := object{"order": "asc", "missing": "_last"}
		if k.Desc {
			key["order"] = "desc"
		}
		if k.NullsFirst {
			key["missing"] = "_first"
		}
		e.order = append(e.order, object{e.fieldName(f): key})
	}
	e.r.Use(factHitOrder, o, o.S, "sort")
	return true
}
