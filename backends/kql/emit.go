package kql

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// Backend writes KQL.
type Backend struct{}

// Language is "kql".
func (Backend) Language() string { return "kql" }

// Binding strength, weakest first.
const (
	precOr = iota + 1
	precAnd
	precCompare
	precAdd
	precMul
	precPrimary
)

type emitter struct {
	in     *emit.Input
	r      *emit.Report
	params map[string]*ir.Param
	// inPlace, inside make-series, is what stands for the name of an aggregate.
	inPlace map[string]string
}

// Emit writes the query.
func (Backend) Emit(in *emit.Input) (*emit.Output, *emit.Report) {
	e := &emitter{in: in, r: emit.NewReport(in), params: map[string]*ir.Param{}}
	q := ir.Desugar(in.Query)
	var body strings.Builder
	for _, b := range q.Bindings {
		fmt.Fprintf(&body, "let %s = %s;\n", name(b.Name), e.pipeline(b.Pipe, ""))
	}
	body.WriteString(e.pipeline(q.Root, ""))
	text := e.paramLets() + body.String() + "\n"
	if e.r.Refused() {
		return nil, e.r
	}
	out := &emit.Output{Text: text, Ext: "kql"}
	for _, c := range q.Columns {
		out.Columns = append(out.Columns, emit.OutColumn{Name: c.Name, Type: c.Type, KQL: c.Type.String(), Path: c.Name})
	}
	return out, e.r
}

// paramLets defines the hunt's parameters once, at the top.
func (e *emitter) paramLets() string {
	var b strings.Builder
	for _, n := range slices.Sorted(maps.Keys(e.params)) {
		p := e.params[n]
		value := ""
		switch {
		case e.in.KeepParams && p.T == ir.Datetime:
			value = "todatetime('{{" + n + "}}')"
		case e.in.KeepParams && p.T == ir.Timespan:
			value = "totimespan('{{" + n + "}}')"
		case e.in.KeepParams:
			value = "'{{" + n + "}}'"
		case p.Default == nil:
			e.r.Refuse(p.S, "KQL-PARAM", "the parameter "+n+" has no value", "", "--param "+n+"=…, or --keep-params")
			continue
		default:
			value = e.expr(p.Default, precOr)
		}
		fmt.Fprintf(&b, "let %s = %s;\n", name(n), value)
	}
	return b.String()
}

func (e *emitter) pipeline(p *ir.Pipeline, in string) string {
	var b strings.Builder
	ops := p.Ops
	if text, ok := e.print(p); ok {
		b.WriteString(text)
		ops = ops[1:]
	} else if text, ok := e.searchOver(p); ok {
		b.WriteString(text)
		ops = ops[1:]
	} else if text, used, ok := e.namedUnion(p, in); ok {
		b.WriteString(text)
		ops = ops[used:]
	} else {
		b.WriteString(e.source(p.From, in))
	}
	for _, text := range e.ops(ops, in) {
		b.WriteString("\n" + in + "| " + text)
	}
	return b.String()
}

// ops writes each op. One that looks at other rows needs rows whose order is declared to count.
func (e *emitter) ops(ops []ir.Op, in string) []string {
	var out []string
	for i, o := range ops {
		_, scan := o.(*ir.Scan)
		if scan || ir.WindowedOp(o) {
			sorted := false
			if i > 0 {
				_, sorted = ops[i-1].(*ir.Sort)
			}
			if !sorted {
				out = append(out, "serialize")
			}
		}
		out = append(out, e.op(o, in))
	}
	return out
}

// print writes one row without columns that is extended at once: KQL has no table without columns.
func (e *emitter) print(p *ir.Pipeline) (string, bool) {
	r, ok := p.From.(*ir.Rows)
	if !ok || len(r.Columns) > 0 || len(r.Values) != 1 || len(p.Ops) == 0 {
		return "", false
	}
	switch o := p.Ops[0].(type) {
	case *ir.Extend:
		return "print " + e.named(o.Cols), true
	case *ir.Project:
		return "print " + e.named(o.Cols), true
	}
	return "", false
}

func (e *emitter) source(f ir.Source, in string) string {
	switch f := f.(type) {
	case *ir.Table:
		e.r.Use(factTabular, f, f.S, f.Name)
		return name(f.Name)
	case *ir.Ref:
		return name(f.Name)
	case *ir.Union:
		return "union " + fuzzy(f.Inputs) + e.inputs(f.Inputs, in)
	case *ir.Range:
		return e.rangeSource(f)
	case *ir.Rows:
		return e.datatable(f)
	default:
		if text, ok := e.rowSource(f); ok {
			return text
		}
		e.r.Use(factRefused, f, f.Span(), "this source")
		return ""
	}
}

func (e *emitter) inputs(ps []*ir.Pipeline, in string) string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = "(\n" + in + "    " + e.pipeline(p, in+"    ") + ")"
		if f, pattern := p.From.(*ir.Tables); pattern {
			if parts[i] = f.Pattern; len(p.Ops) > 0 || f.NameTo != "" {
				e.r.Use(factRefused, f, f.S, "a table pattern with steps of its own among other tables")
			}
		} else if len(p.Ops) == 0 {
			parts[i] = e.pipeline(p, in)
		}
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) datatable(r *ir.Rows) string {
	cols := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		cols[i] = name(c.Name) + ":" + c.Type.String()
	}
	var cells []string
	for _, row := range r.Values {
		for _, v := range row {
			cells = append(cells, literal(v))
		}
	}
	return "datatable(" + strings.Join(cols, ", ") + ")[" + strings.Join(cells, ", ") + "]"
}

func (e *emitter) op(o ir.Op, in string) string {
	e.r.Use(factTabular, o, o.Span(), "this operator")
	switch o := o.(type) {
	case *ir.Filter:
		return "where " + e.expr(o.Pred, precOr)
	case *ir.Extend:
		return "extend " + e.named(o.Cols)
	case *ir.Project:
		return "project " + e.named(o.Cols)
	case *ir.Aggregate:
		return e.aggregate(o)
	case *ir.Sort:
		return "sort by " + e.sortKeys(o.Keys)
	case *ir.Limit:
		return "take " + strconv.FormatInt(o.N, 10)
	case *ir.Join:
		return e.join(o, in)
	case *ir.Expand:
		return e.expand(o)
	case *ir.Append:
		return "union " + fuzzy(o.Inputs) + e.inputs(o.Inputs, in)
	case *ir.Distinct, *ir.Sample, *ir.MakeSeries, *ir.TopNested, *ir.Partition, *ir.Scan:
		return e.setOp(o, in)
	case *ir.BadOp:
		e.r.Refuse(o.S, "KQL-EMIT", "this operator was not understood", "", "")
		return ""
	default:
		if text, ok := e.rowOp(o, in); ok {
			return text
		}
		e.r.Use(factRefused, o, o.Span(), ir.OpName(o))
		return ""
	}
}

func (e *emitter) named(ns []ir.Named) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		parts[i] = e.oneNamed(n)
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) oneNamed(n ir.Named) string {
	if c, ok := n.X.(*ir.Col); ok && c.Name == n.Name {
		return name(n.Name)
	}
	return name(n.Name) + " = " + e.expr(n.X, precOr)
}

// keys writes group keys; bin(t, 5m) keeps the name of its column by itself.
func (e *emitter) keys(ns []ir.Named) string {
	parts := make([]string, len(ns))
	for i, n := range ns {
		if b, ok := n.X.(*ir.Bin); ok {
			if c, ok := b.X.(*ir.Col); ok && c.Name == n.Name {
				parts[i] = e.expr(b, precOr)
				continue
			}
		}
		parts[i] = e.oneNamed(n)
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) sortKeys(keys []ir.SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		s := e.expr(k.X, precOr) + map[bool]string{true: " desc", false: " asc"}[k.Desc]
		if k.NullsFirst == k.Desc { // not the default of the direction
			s += map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
		}
		parts[i] = s
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) join(j *ir.Join, in string) string {
	on := make([]string, len(j.On))
	for i, k := range j.On {
		on[i] = name(k.Left)
		if k.Left != k.Right {
			on[i] = fmt.Sprintf("$left.%s == $right.%s", name(k.Left), name(k.Right))
		}
	}
	op := "join"
	if j.Lookup {
		op = "lookup"
	}
	return fmt.Sprintf("%s kind=%s (\n%s    %s) on %s", op, j.Kind, in, e.pipeline(j.Right, in+"    "), strings.Join(on, ", "))
}

func (e *emitter) expand(o *ir.Expand) string {
	s := "mv-expand " + e.oneNamed(ir.Named{Name: o.Name, X: o.X})
	if o.To != ir.TypeUnset {
		s += " to typeof(" + o.To.String() + ")"
	}
	return s
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// reserved are the words that cannot stand as a bare name in every place: what Microsoft's own parser (@kusto/language-service-next
// 12.4.1) rejects as a column in an expression, an assignment, a list or a path, and the names of operators. Read-only.
var reserved = wordSet("accumulate and anomalychart areachart as asc bagexpansion barchart between bin_legacy boolean by byte cachingpolicy",
	"callout cancel card char columnchart contains contains_cs containscs cycles dataexport datascope datatable date datetime decimal",
	"decodeblocks desc distinct double dynamic earliest encodingpolicy endswith endswith_cs expandoutput extend extent_tags_retention",
	"external_data externaldata false find first flags float force_remote harddelete hardretention has has_all has_any has_cs hasprefix",
	"hasprefix_cs hassuffix hassuffix_cs hotcache in int invoke isfuzzy join journal kind ladderchart last latest let like likecs linechart long",
	"materialize mdm missing nooptimization notcontains notcontainscs notlike notlikecs null of on or others pathformat piechart pivotchart",
	"print project queries query_results range real relaxed restricted_view_access row_level_security rowstore rowstore_references",
	"rowstore_sealinfo rowstorepolicy rowstores sample scatterchart seal seals search set shards simple softdelete softretention sort sql",
	"stackedareachart startswith startswith_cs statistics storedqueryresultcontainers string summarize tablepurge take time timechart timeline",
	"timepivot timespan title to top toscalar totable treemap true uint ulong union uniqueid unrestrictedviewers verbose viewers views where",
	"with with_itemindex with_match_id with_source with_step_name withsource writeaheadlog")

func wordSet(lines ...string) map[string]bool {
	set := map[string]bool{}
	for _, l := range lines {
		for w := range strings.FieldsSeq(l) {
			set[w] = true
		}
	}
	return set
}

// name writes an identifier, quoted where needed.
func name(n string) string {
	if identifier.MatchString(n) && !reserved[n] {
		return n
	}
	return "[" + quote(n) + "]"
}

// quote writes a string literal. Nothing in s can end it: the quote, the backslash, every control character and every end of a line are
// escaped.
func quote(s string) string {
	return ir.Quote(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85 })
}

func literal(v ir.Value) string {
	if v.V == nil {
		return v.Type.String() + "(null)"
	}
	switch v.Type {
	case ir.String:
		return quote(v.V.(string))
	case ir.GUID:
		return fmt.Sprintf("guid(%v)", v.V)
	case ir.Decimal:
		return fmt.Sprintf("decimal(%v)", v.V)
	case ir.Timespan:
		if t := v.V.(int64); t >= 0 {
			return ir.DurationText(t)
		}
		return "time(" + ir.FormatTimespan(v.V.(int64)) + ")"
	case ir.Int:
		return fmt.Sprintf("int(%v)", v.V)
	default:
		return v.String()
	}
}

func (e *emitter) expr(x ir.Expr, want int) string {
	text, have := e.bare(x)
	return emit.Parens(text, have, want)
}

func (e *emitter) bare(x ir.Expr) (string, int) {
	e.r.Use(factExpr, x, x.Span(), "this expression")
	switch x := x.(type) {
	case *ir.Col:
		if text, ok := e.inPlace[x.Name]; ok {
			return text, precPrimary
		}
		return name(x.Name), precPrimary
	case *ir.Scalar:
		return "toscalar(" + e.nested(x.Pipe) + ")", precPrimary
	case *ir.InTable:
		return e.inTable(x, false)
	case *ir.RowCall:
		return x.Func + "(" + e.list(x.Args) + ")", precPrimary
	case *ir.StepCol:
		return name(x.Step) + "." + name(x.Name), precPrimary
	case *ir.KeyOf:
		return "toscalar(" + name(x.Name) + ")", precPrimary
	case *ir.Lit:
		return literal(x.Value), precPrimary
	case *ir.Param:
		e.params[x.Name] = x
		return name(x.Name), precPrimary
	case *ir.Now:
		if !e.in.Now.IsZero() {
			return literal(ir.Value{Type: ir.Datetime, V: ir.TicksOf(e.in.Now)}), precPrimary
		}
		return "now()", precPrimary
	case *ir.Access:
		return e.access(x), precPrimary
	case *ir.Match:
		return e.match(x, false)
	case *ir.Compare:
		return e.expr(x.L, precAdd) + " " + x.Op.String() + " " + e.expr(x.R, precAdd), precCompare
	case *ir.Between:
		return fmt.Sprintf("%s between (%s .. %s)", e.expr(x.X, precAdd), e.expr(x.Lo, precAdd), e.expr(x.Hi, precAdd)), precCompare
	case *ir.And:
		return e.infix(x.Xs, " and ", precAnd, "true"), precAnd
	case *ir.Or:
		return e.infix(x.Xs, " or ", precOr, "false"), precOr
	case *ir.Not:
		return e.not(x.X)
	case *ir.Arith:
		return e.arith(x)
	case *ir.Neg:
		return "-" + e.expr(x.X, precPrimary), precMul
	case *ir.Call:
		return e.call(x), precPrimary
	case *ir.Cast:
		return "to" + castName(x.To) + "(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.Bin:
		return "bin(" + e.expr(x.X, precOr) + ", " + literal(x.Width) + ")", precPrimary
	case *ir.Cond:
		return e.cond(x), precPrimary
	case *ir.IsNull:
		return "isnull(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.IsEmpty:
		return "isempty(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.List:
		return "pack_array(" + e.list(x.Elems) + ")", precPrimary
	case *ir.Pack:
		parts := make([]string, 0, 2*len(x.Keys))
		for i, k := range x.Keys {
			parts = append(parts, quote(k), e.expr(x.Vals[i], precOr))
		}
		return "bag_pack(" + strings.Join(parts, ", ") + ")", precPrimary
	case *ir.AnyColumn:
		return e.everyColumn(x)
	case *ir.PackAll:
		return e.packAll(x), precPrimary
	case *ir.IfExists:
		return e.ifExists(x), precPrimary
	case *ir.Bad:
		e.r.Refuse(x.S, "KQL-EMIT", "this expression was not understood", "", "")
		return "", precPrimary
	default:
		e.r.Use(factRefused, x, x.Span(), "this expression")
		return "", precPrimary
	}
}

func castName(t ir.Type) string {
	if t == ir.Real {
		return "real"
	}
	return t.String()
}

func (e *emitter) list(xs []ir.Expr) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.expr(x, precOr)
	}
	return strings.Join(parts, ", ")
}

func (e *emitter) infix(xs []ir.Expr, op string, prec int, empty string) string {
	if len(xs) == 0 {
		return empty
	}
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.expr(x, prec+1)
	}
	return strings.Join(parts, op)
}

func (e *emitter) access(x *ir.Access) string {
	var b strings.Builder
	b.WriteString(e.expr(x.X, precPrimary))
	for _, s := range x.Steps {
		switch {
		case s.IsIndex:
			fmt.Fprintf(&b, "[%d]", s.Index)
		case identifier.MatchString(s.Key) && !reserved[s.Key]:
			b.WriteString("." + s.Key)
		default:
			b.WriteString("[" + quote(s.Key) + "]")
		}
	}
	return b.String()
}

func (e *emitter) not(x ir.Expr) (string, int) {
	switch x := x.(type) {
	case *ir.Match:
		return e.match(x, true)
	case *ir.InTable:
		return e.inTable(x, true)
	case *ir.IsEmpty:
		return "isnotempty(" + e.expr(x.X, precOr) + ")", precPrimary
	case *ir.IsNull:
		return "isnotnull(" + e.expr(x.X, precOr) + ")", precPrimary
	}
	return "not(" + e.expr(x, precOr) + ")", precPrimary
}

// match writes a string test. Where KQL has no operator for a list or a negation, or and not() say it.
func (e *emitter) match(m *ir.Match, neg bool) (string, int) {
	if m.Kind == ir.CIDR {
		return e.inRanges(m, neg)
	}
	return e.matchText(e.expr(m.X, precAdd), m, neg)
}

// matchText is match for a subject that is written already.
func (e *emitter) matchText(x string, m *ir.Match, neg bool) (string, int) {
	ops, ok := matchOps[m.Kind][m.Case]
	if !ok {
		e.r.Use(factRefused, m, m.S, m.Kind.String())
		return "", precPrimary
	}
	e.r.Use(factMatch, m, m.S, m.Kind.String())
	one, list := ops.one, ops.any
	if m.All {
		list = ops.all
	}
	single := len(m.Needles) == 1 && ir.TypeOf(m.Needles[0]) != ir.Dynamic // a dynamic needle stands for its elements
	switch {
	case len(m.Needles) == 0 && !m.All && ops.any != "" && (!neg || ops.notAny != ""):
		return x + " " + map[bool]string{false: ops.any, true: ops.notAny}[neg] + " (dynamic([]))", precCompare
	case single && neg && ops.notOne != "":
		return x + " " + ops.notOne + " " + e.expr(m.Needles[0], precAdd), precCompare
	case single && !neg:
		return x + " " + one + " " + e.expr(m.Needles[0], precAdd), precCompare
	case !single && len(m.Needles) > 0 && neg && !m.All && ops.notAny != "":
		return x + " " + ops.notAny + " (" + e.list(m.Needles) + ")", precCompare
	case neg:
		inner, _ := e.matchText(x, m, false)
		return "not(" + inner + ")", precPrimary
	case len(m.Needles) == 0:
		return strconv.FormatBool(m.All), precPrimary
	case list != "":
		return x + " " + list + " (" + e.list(m.Needles) + ")", precCompare
	}
	parts := make([]string, len(m.Needles))
	for i, n := range m.Needles {
		parts[i] = x + " " + one + " " + e.expr(n, precAdd)
	}
	if m.All {
		return strings.Join(parts, " and "), precAnd
	}
	return strings.Join(parts, " or "), precOr
}

func (e *emitter) arith(x *ir.Arith) (string, int) {
	if _, isNow := x.L.(*ir.Now); isNow && x.Op == "-" && e.in.Now.IsZero() {
		if l, ok := x.R.(*ir.Lit); ok && l.Value.Type == ir.Timespan {
			return "ago(" + literal(l.Value) + ")", precPrimary
		}
	}
	prec := precAdd
	if x.Op == "*" || x.Op == "/" || x.Op == "%" {
		prec = precMul
	}
	return e.expr(x.L, prec) + " " + x.Op + " " + e.expr(x.R, prec+1), prec
}

func (e *emitter) call(x *ir.Call) string {
	if x.Func == ir.FuncElement && len(x.Args) == 2 {
		return e.expr(x.Args[0], precPrimary) + "[" + e.expr(x.Args[1], precPrimary) + "]"
	}
	if !e.r.Use(functions[x.Func], x, x.S, x.Func+"()") {
		return ""
	}
	return x.Func + "(" + e.list(x.Args) + ")"
}

func (e *emitter) cond(x *ir.Cond) string {
	var parts []string
	for _, b := range x.Branches {
		parts = append(parts, e.expr(b.If, precOr), e.expr(b.Then, precOr))
	}
	parts = append(parts, e.expr(x.Else, precOr))
	fn := "iff"
	if len(x.Branches) > 1 {
		fn = "case"
	}
	return fn + "(" + strings.Join(parts, ", ") + ")"
}
