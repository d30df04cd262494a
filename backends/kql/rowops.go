package kql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// rowOp writes the operators that work row by row, and the plugins; ok is false for any other.
func (e *emitter) rowOp(o ir.Op, in string) (text string, ok bool) {
	switch o := o.(type) {
	case *ir.ExpandMany:
		return "mv-expand " + e.expansion(o.Expansion), true
	case *ir.Apply:
		return e.apply(o, in), true
	case *ir.Parse:
		return e.parse(o), true
	case *ir.ParseKV:
		return e.parseKV(o), true
	case *ir.Unpack:
		return e.unpack(o), true
	case *ir.Pivot:
		return e.pivot(o), true
	case *ir.Narrow:
		return "evaluate narrow()", true
	case *ir.Columns:
		return e.columns(o), true
	case *ir.IPLookup:
		return e.ipLookup(o, in), true
	default:
		return "", false
	}
}

func (e *emitter) expansion(x ir.Expansion) string {
	var b strings.Builder
	if x.Pairs {
		b.WriteString("kind=array ")
	}
	if x.Index != "" {
		b.WriteString("with_itemindex=" + name(x.Index) + " ")
	}
	for i, c := range x.Cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(e.oneNamed(ir.Named{Name: c.Name, X: c.X}))
		if c.To != ir.TypeUnset {
			b.WriteString(" to typeof(" + c.To.String() + ")")
		}
	}
	if x.Limit != ir.NoLimit {
		b.WriteString(" limit " + strconv.FormatInt(x.Limit, 10))
	}
	return b.String()
}

func (e *emitter) apply(o *ir.Apply, in string) string {
	deeper := in + "    "
	parts := make([]string, len(o.Ops))
	for i, op := range o.Ops {
		parts[i] = e.op(op, deeper)
	}
	if len(parts) == 0 {
		parts = []string{"where true"}
	}
	return "mv-apply " + e.expansion(o.Expansion) + " on (\n" + deeper + strings.Join(parts, "\n"+deeper+"| ") + ")"
}

func (e *emitter) parse(o *ir.Parse) string {
	op := "parse"
	if o.Drop {
		op = "parse-where"
	}
	switch o.Mode {
	case ir.ParseSimple:
	case ir.ParseRegex, ir.ParseRelaxed:
		op += " kind=" + o.Mode.String()
		if o.Flags != "" {
			op += " flags=" + o.Flags
		}
	default:
		e.r.Use(factRefused, o, o.S, "this kind of parse")
	}
	parts := make([]string, len(o.Parts))
	for i, p := range o.Parts {
		switch {
		case p.Star:
			parts[i] = "*"
		case p.Name != "" && p.To == ir.String:
			parts[i] = name(p.Name)
		case p.Name != "":
			parts[i] = name(p.Name) + ":" + p.To.String()
		default:
			parts[i] = quote(p.Text)
		}
	}
	return op + " " + e.expr(o.X, precOr) + " with " + strings.Join(parts, " ")
}

func (e *emitter) parseKV(o *ir.ParseKV) string {
	var props []string
	text := func(name, value string) {
		if value != "" {
			props = append(props, name+"="+quote(value))
		}
	}
	text("pair_delimiter", o.Pair)
	text("kv_delimiter", o.KV)
	for _, q := range o.Quotes {
		text("quote", q)
	}
	for _, q := range o.Escapes {
		text("escape", q)
	}
	if o.Greedy {
		props = append(props, "greedy=true")
	}
	text("regex", o.Regex)
	out := "parse-kv " + e.expr(o.X, precOr) + " as " + schemaText(&ir.RowSchema{Columns: o.Cols})
	if props != nil {
		out += " with (" + strings.Join(props, ", ") + ")"
	}
	return out
}

func schemaText(s *ir.RowSchema) string {
	var parts []string
	if s.Star {
		parts = append(parts, "*")
	}
	for _, c := range s.Columns {
		parts = append(parts, name(c.Name)+":"+c.Type.String())
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func declared(s *ir.RowSchema) string {
	if s == nil {
		return ""
	}
	return " : " + schemaText(s)
}

func (e *emitter) unpack(o *ir.Unpack) string {
	args := []string{name(o.Col)}
	if o.Prefix != "" {
		args = append(args, quote(o.Prefix))
	}
	if o.Conflict != ir.ConflictError {
		args = append(args, "columnsConflict="+quote(o.Conflict.String()))
	}
	if o.Ignore != nil {
		list := make([]any, len(o.Ignore))
		for i, n := range o.Ignore {
			list[i] = n
		}
		args = append(args, "ignoredProperties="+literal(ir.Value{Type: ir.Dynamic, V: list}))
	}
	return "evaluate bag_unpack(" + strings.Join(args, ", ") + ")" + declared(o.Schema)
}

func (e *emitter) pivot(o *ir.Pivot) string {
	args := []string{name(o.Col)}
	if o.Agg.Func != ir.Count || o.Keys != nil {
		args = append(args, e.agg(&o.Agg))
	}
	for _, k := range o.Keys {
		args = append(args, name(k))
	}
	return "evaluate pivot(" + strings.Join(args, ", ") + ")" + declared(o.Schema)
}

func (e *emitter) columns(o *ir.Columns) string {
	parts := make([]string, len(o.Items))
	for i, it := range o.Items {
		n := name(it.Name)
		if it.Wild {
			n = it.Name
		}
		if it.To != "" {
			n = name(it.To) + " = " + n
		}
		if it.Order != "" {
			n += " " + it.Order
		}
		parts[i] = n
	}
	if o.Kind == ir.ColumnsUnset {
		e.r.Use(factRefused, o, o.S, "this choice of columns")
	}
	return "project-" + o.Kind.String() + " " + strings.Join(parts, ", ")
}

func (e *emitter) ipLookup(o *ir.IPLookup, in string) string {
	op := "ipv4_lookup"
	if o.V6 {
		op = "ipv6_lookup"
	}
	right := e.pipeline(o.Right, in+"    ")
	if len(o.Right.Ops) > 0 {
		right = "(\n" + in + "    " + right + ")"
	}
	args := []string{right, name(o.Addr), name(o.Net)}
	for _, x := range o.Extra {
		args = append(args, name(x))
	}
	if o.Unmatched {
		args = append(args, "return_unmatched=true")
	}
	return "evaluate " + op + "(" + strings.Join(args, ", ") + ")"
}

// rowSource writes the sources whose data is found by more than a table's name; ok is false for any other.
func (e *emitter) rowSource(f ir.Source) (text string, ok bool) {
	switch f := f.(type) {
	case *ir.Tables:
		e.r.Use(factTabular, f, f.S, f.Pattern)
		if f.NameTo != "" {
			return "union withsource=" + name(f.NameTo) + " " + f.Pattern, true
		}
		return "union " + f.Pattern, true
	case *ir.External:
		e.r.Use(factTabular, f, f.S, "externaldata")
		return externalText(f), true
	case *ir.Remote:
		e.r.Use(factTabular, f, f.S, f.Name())
		return f.Scope + "." + name(f.Table), true
	default:
		return "", false
	}
}

func externalText(f *ir.External) string {
	uris := make([]string, len(f.URIs))
	for i, u := range f.URIs {
		uris[i] = quote(u)
	}
	out := "externaldata" + schemaText(&ir.RowSchema{Columns: f.Columns}) + "[" + strings.Join(uris, ", ") + "]"
	if f.Props == nil {
		return out
	}
	props := make([]string, len(f.Props))
	for i, p := range f.Props {
		props[i] = p.Name + "=" + literal(p.Value)
	}
	return out + " with (" + strings.Join(props, ", ") + ")"
}

// searchOver writes tables by pattern that are filtered before their names can be looked into: search alone says that.
func (e *emitter) searchOver(p *ir.Pipeline) (string, bool) {
	f, ok := p.From.(*ir.Tables)
	if !ok || f.NameTo != "$table" || len(p.Ops) == 0 {
		return "", false
	}
	pred, ok := p.Ops[0].(*ir.Filter)
	if !ok {
		return "", false
	}
	plain := true
	bare := ir.MapExpr(pred.Pred, func(x ir.Expr) ir.Expr {
		if a, ok := x.(*ir.AnyColumn); ok {
			plain = plain && a.Except == f.NameTo
			c := *a
			c.Except = ""
			return &c
		}
		return x
	})
	if !plain {
		return "", false
	}
	in := ""
	if f.Pattern != "*" {
		in = "in (" + f.Pattern + ") "
	}
	e.r.Use(factTabular, f, f.S, "search")
	return "search " + in + e.expr(bare, precOr), true
}

// namedUnion writes a union with a table pattern whose rows get their table's name: all branches must be of the one union, since a
// union inside another splits columns of several types by itself. used is the number of ops that the text covers.
func (e *emitter) namedUnion(p *ir.Pipeline, in string) (text string, used int, ok bool) {
	u, isUnion := p.From.(*ir.Union)
	if !isUnion {
		return "", 0, false
	}
	source := ""
	for _, q := range u.Inputs {
		if f, pattern := q.From.(*ir.Tables); pattern && len(q.Ops) == 0 {
			source = f.NameTo
		}
	}
	if source == "" || len(p.Ops) == 0 {
		return "", 0, false
	}
	if first, isColumns := p.Ops[0].(*ir.Columns); !isColumns || first.Kind != ir.ColumnsReorder || len(first.Items) != 1 || first.Items[0].Name != source {
		return "", 0, false
	}
	parts := make([]string, len(u.Inputs))
	for i, q := range u.Inputs {
		if f, pattern := q.From.(*ir.Tables); pattern {
			if len(q.Ops) > 0 || f.NameTo != source {
				return "", 0, false
			}
			e.r.Use(factTabular, f, f.S, f.Pattern)
			parts[i] = f.Pattern
			continue
		}
		n := len(q.Ops) - 1
		if n < 0 {
			return "", 0, false
		}
		tag, isExtend := q.Ops[n].(*ir.Extend)
		if !isExtend || len(tag.Cols) != 1 || tag.Cols[0].Name != source {
			return "", 0, false
		}
		label, isText := ir.ConstString(tag.Cols[0].X)
		if !isText {
			return "", 0, false
		}
		parts[i] = "(\n" + in + "    " + e.pipeline(&ir.Pipeline{From: q.From, Ops: q.Ops[:n]}, in+"    ") + "\n" + in + "    | as " + name(label) + ")"
	}
	return "union withsource=" + name(source) + " " + fuzzy(u.Inputs) + strings.Join(parts, ", "), 1, true
}

// everyColumn writes a test of all columns.
func (e *emitter) everyColumn(x *ir.AnyColumn) (string, int) {
	if x.Except != "" {
		e.r.Use(factRefused, x, x.S, "a test of every column but "+x.Except)
	}
	return e.matchText("*", &ir.Match{At: x.At, Kind: x.Kind, Case: x.Case, Needles: x.Needles, All: x.All}, false)
}

// fuzzy says that a branch's table may be missing.
func fuzzy(ps []*ir.Pipeline) string {
	for _, p := range ps {
		if t, ok := p.From.(*ir.Table); ok && t.Fuzzy {
			return "isfuzzy=true "
		}
	}
	return ""
}

func (e *emitter) packAll(x *ir.PackAll) string {
	if x.SkipEmpty {
		return "pack_all(true)"
	}
	return "pack_all()"
}

func (e *emitter) ifExists(x *ir.IfExists) string {
	return fmt.Sprintf("column_ifexists(%s, %s)", quote(x.Name), e.expr(x.Else, precOr))
}
