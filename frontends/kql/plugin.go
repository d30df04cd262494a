package kql

import (
	"slices"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// evaluate lowers the plugins that have a meaning here; others are refused by their name.
func (l *lowerer) evaluate(o *syntax.Evaluate, r *relation, c *ctx) {
	call, ok := o.Plugin.(*syntax.Call)
	if !ok || call.Recv != nil {
		l.fail(CodeFunction, o.Plugin.Span(), "evaluate needs a plugin with its arguments")
		l.badOp(o, r)
		return
	}
	plugins := map[string]func(*syntax.Evaluate, *syntax.Call, *relation, *ctx) bool{
		"bag_unpack": l.bagUnpack, "pivot": l.pivot, "narrow": l.narrow, "ipv4_lookup": l.ipLookup, "ipv6_lookup": l.ipLookup,
	}
	lower := plugins[call.Func.Name]
	if lower == nil {
		names := []string{"bag_unpack", "pivot", "narrow", "ipv4_lookup", "ipv6_lookup"}
		hint := ""
		if near := diag.Nearest(call.Func.Name, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.refuse(call.Func.Span(), "the plugin "+call.Func.Name, "", hint)
		l.badOp(o, r)
		return
	}
	if !lower(o, call, r, c) {
		l.badOp(o, r)
	}
}

// rowSchema reads the declared result of a plugin, nil when there is none.
func (l *lowerer) rowSchema(o *syntax.Evaluate) (*ir.RowSchema, bool) {
	if !o.AnyCols && len(o.Columns) == 0 {
		return nil, true
	}
	cols, ok := l.columns(o.Columns)
	return &ir.RowSchema{Star: o.AnyCols, Columns: cols}, ok
}

// columnArg reads an argument that is the name of a column of the row.
func (l *lowerer) columnArg(x syntax.Expr, row *schema) (string, bool) {
	n, ok := x.(*syntax.Name)
	if !ok {
		l.refuse(x.Span(), "a plugin on a computed value", "it needs the name of a column", "extend the value first")
		return "", false
	}
	return n.Name, !isBad(l.name(n, &ctx{row: row}))
}

// argument returns the value of the parameter called name: the named argument, or the one at the place at; nil when it is not given.
func argument(args []syntax.Expr, at int, name string) syntax.Expr {
	for i, a := range args {
		if n, ok := a.(*syntax.Named); ok {
			if n.Name.Name == name {
				return n.X
			}
			continue
		}
		if i == at {
			return a
		}
	}
	return nil
}

func (l *lowerer) constant(x syntax.Expr, c *ctx) (ir.Value, bool) {
	lit, ok := fold(l.expr(x, &ctx{row: &schema{}, env: c.env})).(*ir.Lit)
	if !ok {
		l.refuse(x.Span(), "an argument of a plugin that is not a constant", "", "")
		return ir.Value{}, false
	}
	return lit.Value, true
}

func (l *lowerer) constantText(x syntax.Expr, c *ctx) (string, bool) {
	if x == nil {
		return "", true
	}
	v, ok := l.constant(x, c)
	if !ok {
		return "", false
	}
	s, ok := v.V.(string)
	if !ok {
		l.fail(CodeType, x.Span(), "a text is expected here, found %s", v.Type)
	}
	return s, ok
}

// bagUnpack: without a declared schema its columns are known only when the query runs.
func (l *lowerer) bagUnpack(o *syntax.Evaluate, call *syntax.Call, r *relation, c *ctx) bool {
	if len(call.Args) == 0 {
		l.fail(CodeArguments, call.Span(), "bag_unpack needs the column to unpack")
		return false
	}
	op := &ir.Unpack{At: at(o)}
	var ok bool
	if op.Col, ok = l.columnArg(call.Args[0], r.row); !ok {
		return false
	}
	if col, known := r.row.find(op.Col); known && col.Type != ir.Dynamic && col.Type != ir.TypeUnset {
		l.fail(CodeType, call.Args[0].Span(), "bag_unpack needs a dynamic column, %s is %s", op.Col, col.Type)
		return false
	}
	if op.Prefix, ok = l.constantText(argument(call.Args, 1, "OutputColumnPrefix"), c); !ok {
		return false
	}
	if !l.unpackConflict(op, argument(call.Args, 2, "columnsConflict"), c) || !l.unpackIgnore(op, argument(call.Args, 3, "ignoredProperties"), c) {
		return false
	}
	if op.Schema, ok = l.rowSchema(o); !ok {
		return false
	}
	r.add(op)
	r.row = unpackedRow(op, r.row)
	return true
}

func (l *lowerer) unpackConflict(op *ir.Unpack, x syntax.Expr, c *ctx) bool {
	text, ok := l.constantText(x, c)
	if !ok {
		return false
	}
	switch text {
	case "", "error":
	case "replace_source":
		op.Conflict = ir.ConflictReplace
	case "keep_source":
		op.Conflict = ir.ConflictKeep
	default:
		l.fail(CodeArguments, x.Span(), "columnsConflict is error, replace_source or keep_source, found %s", text)
		return false
	}
	return true
}

func (l *lowerer) unpackIgnore(op *ir.Unpack, x syntax.Expr, c *ctx) bool {
	if x == nil {
		return true
	}
	v, ok := l.constant(x, c)
	if !ok {
		return false
	}
	list, ok := v.V.([]any)
	for _, e := range list {
		name, isText := e.(string)
		ok = ok && isText
		op.Ignore = append(op.Ignore, name)
	}
	if !ok {
		l.fail(CodeType, x.Span(), "ignoredProperties is an array of names")
	}
	return ok
}

// unpackedRow is what is known of the row behind bag_unpack.
func unpackedRow(op *ir.Unpack, row *schema) *schema {
	rest := slices.DeleteFunc(slices.Clone(row.cols), func(c ir.Column) bool { return c.Name == op.Col })
	if op.Schema == nil {
		out := &schema{open: true}
		for _, c := range rest {
			if op.Conflict == ir.ConflictReplace {
				c.Type = ir.TypeUnset // a key of the same name may take its place
			}
			out.cols = append(out.cols, c)
		}
		return out
	}
	out := &schema{}
	if op.Schema.Star {
		out = &schema{cols: rest, open: row.open}
	}
	for _, c := range op.Schema.Columns {
		out = out.with(c)
	}
	return out
}

func (l *lowerer) pivot(o *syntax.Evaluate, call *syntax.Call, r *relation, c *ctx) bool {
	if len(call.Args) == 0 {
		l.fail(CodeArguments, call.Span(), "pivot needs the column to rotate")
		return false
	}
	op := &ir.Pivot{At: at(o), Agg: ir.Agg{At: at(o), Func: ir.Count, T: ir.Long}}
	var ok bool
	if op.Col, ok = l.columnArg(call.Args[0], r.row); !ok {
		return false
	}
	rest := call.Args[1:]
	if len(rest) > 0 {
		if agg, isCall := rest[0].(*syntax.Call); isCall {
			if op.Agg, ok = l.pivotAggregate(agg, c); !ok {
				return false
			}
			rest = rest[1:]
		}
	}
	for _, k := range rest {
		name, ok := l.columnArg(k, r.row)
		if !ok {
			return false
		}
		op.Keys = append(op.Keys, name)
	}
	if op.Schema, ok = l.rowSchema(o); !ok {
		return false
	}
	r.add(op)
	r.row = pivotedRow(op, r.row)
	return true
}

func (l *lowerer) pivotAggregate(call *syntax.Call, c *ctx) (ir.Agg, bool) {
	s := &summary{l: l, c: c, op: &ir.Aggregate{At: at(call)}, used: newNameSet()}
	if !s.aggregate(call, &schema{}) {
		return ir.Agg{}, false
	}
	if len(s.op.Aggs) != 1 || len(s.computed) > 0 || s.op.Aggs[0].If != nil {
		l.refuse(call.Span(), "this aggregate in pivot", "pivot takes one value per cell", "")
		return ir.Agg{}, false
	}
	agg := s.op.Aggs[0]
	agg.Name = ""
	return agg, true
}

func pivotedRow(op *ir.Pivot, row *schema) *schema {
	if op.Schema != nil {
		return &schema{cols: op.Schema.Columns, open: op.Schema.Star}
	}
	out := &schema{open: true}
	skip := map[string]bool{op.Col: true}
	for _, x := range op.Agg.Args {
		ir.Uses(x, skip)
	}
	for _, c := range row.cols {
		if op.Keys == nil && !skip[c.Name] || slices.Contains(op.Keys, c.Name) {
			out.cols = append(out.cols, c)
		}
	}
	return out
}

func (l *lowerer) narrow(o *syntax.Evaluate, _ *syntax.Call, r *relation, _ *ctx) bool {
	r.add(&ir.Narrow{At: at(o)})
	r.row = &schema{cols: []ir.Column{{Name: "Row", Type: ir.Long}, {Name: "Column", Type: ir.String}, {Name: "Value", Type: ir.String}}}
	return true
}

// ipLookup lowers ipv4_lookup(table, address, network, extra keys…, return_unmatched) and ipv6_lookup, which has no extra keys.
func (l *lowerer) ipLookup(o *syntax.Evaluate, call *syntax.Call, r *relation, c *ctx) bool {
	if len(call.Args) < 3 {
		l.fail(CodeArguments, call.Span(), "%s needs a table, an address and a network", call.Func.Name)
		return false
	}
	op := &ir.IPLookup{At: at(o), V6: call.Func.Name == "ipv6_lookup"}
	right := l.table(call.Args[0], c.env)
	op.Right = right.pipe
	var ok, ok2 bool
	op.Addr, ok = l.columnArg(call.Args[1], r.row)
	op.Net, ok2 = l.columnArg(call.Args[2], right.row)
	if !ok || !ok2 {
		return false
	}
	for _, a := range call.Args[3:] {
		if n, isName := a.(*syntax.Name); isName && !op.V6 {
			if _, ok := l.columnArg(n, r.row); !ok {
				return false
			}
			if _, ok := l.columnArg(n, right.row); !ok {
				return false
			}
			op.Extra = append(op.Extra, n.Name)
			continue
		}
		if n, isNamed := a.(*syntax.Named); isNamed && n.Name.Name == "return_unmatched" {
			a = n.X
		}
		v, ok := l.constant(a, c)
		if !ok {
			return false
		}
		if op.Unmatched, ok = v.V.(bool); !ok {
			l.fail(CodeType, a.Span(), "return_unmatched is true or false")
			return false
		}
	}
	r.row, ok = l.lookedUpRow(op, call, r.row, right.row)
	if ok {
		r.add(op)
	}
	return ok
}

func (l *lowerer) lookedUpRow(op *ir.IPLookup, call *syntax.Call, left, right *schema) (*schema, bool) {
	var cols []ir.Column
	for _, c := range right.cols {
		if slices.Contains(op.Extra, c.Name) {
			continue
		}
		if _, clash := left.find(c.Name); clash {
			l.refuse(call.Span(), "a lookup whose sides both have a column "+c.Name, "", "rename one of them first")
			return nil, false
		}
		cols = append(cols, c)
	}
	out := &schema{open: left.open || right.open}
	if op.V6 {
		out.cols = append(append(out.cols, cols...), left.cols...)
	} else {
		out.cols = append(append(out.cols, left.cols...), cols...)
	}
	return out, true
}
