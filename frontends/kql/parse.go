package kql

import (
	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// parseModes are the values of kind=. Read-only.
var parseModes = map[string]ir.ParseMode{"simple": ir.ParseSimple, "regex": ir.ParseRegex, "relaxed": ir.ParseRelaxed}

// parseOp lowers parse and parse-where.
func (l *lowerer) parseOp(o *syntax.ParseOp, r *relation, c *ctx) {
	op := &ir.Parse{At: at(o), Mode: ir.ParseSimple, Drop: o.Where}
	if text, p := option(o.Params, "kind"); p != nil {
		mode, ok := parseModes[text]
		if !ok {
			l.fail(CodeArguments, p.Span(), "there is no kind of parse %s: simple, regex or relaxed", text)
			l.badOp(o, r)
			return
		}
		op.Mode = mode
	}
	if text, p := option(o.Params, "flags"); p != nil {
		if op.Mode != ir.ParseRegex {
			l.fail(CodeArguments, p.Span(), "flags are for kind=regex only")
			l.badOp(o, r)
			return
		}
		op.Flags = text
	}
	x, ok := l.textOf(o.X, c)
	if !ok {
		l.badOp(o, r)
		return
	}
	op.X = x
	row := r.row
	for i, p := range o.Parts {
		part, ok := l.parsePart(o, i)
		if !ok {
			l.badOp(o, r)
			return
		}
		if part.Name != "" {
			if partNamed(op.Parts, part.Name) {
				l.fail(CodeArguments, p.Span(), "the column %s is given twice", part.Name)
				l.badOp(o, r)
				return
			}
			row = row.with(ir.Column{Name: part.Name, Type: part.To})
		}
		op.Parts = append(op.Parts, part)
	}
	r.add(op)
	r.row = row
}

func partNamed(parts []ir.ParsePart, name string) bool {
	for _, p := range parts {
		if p.Name == name {
			return true
		}
	}
	return false
}

func (l *lowerer) parsePart(o *syntax.ParseOp, i int) (ir.ParsePart, bool) {
	p := o.Parts[i]
	switch {
	case p.Star:
		if i > 0 && o.Parts[i-1].Name != nil && (o.Parts[i-1].Type == "" || o.Parts[i-1].Type == "string") {
			l.fail(CodeArguments, p.Span(), "* cannot stand after a column of type string, which takes all there is")
			return ir.ParsePart{}, false
		}
		return ir.ParsePart{Star: true}, true
	case p.Name != nil:
		out := ir.ParsePart{Name: p.Name.Name, To: ir.String}
		if p.Type != "" {
			t, ok := ir.ParseType(p.Type)
			if !ok {
				l.fail(CodeType, p.Span(), "%s is not a type", p.Type)
				return out, false
			}
			out.To = t
		}
		return out, true
	case p.Text != nil:
		return ir.ParsePart{Text: p.Text.Str}, true
	default:
		l.fail(CodeArguments, p.Span(), "a pattern is made of texts, columns and stars")
		return ir.ParsePart{}, false
	}
}

// textOf lowers a value that an operator reads as text: what is no string is converted.
func (l *lowerer) textOf(x syntax.Expr, c *ctx) (ir.Expr, bool) {
	v := l.expr(x, c)
	if isBad(v) {
		return v, false
	}
	if !textual(ir.TypeOf(v)) {
		return &ir.Cast{At: at(x), To: ir.String, X: v}, true
	}
	return v, true
}

// parseKV lowers parse-kv.
func (l *lowerer) parseKV(o *syntax.ParseKV, r *relation, c *ctx) {
	x, ok := l.textOf(o.X, c)
	if !ok {
		l.badOp(o, r)
		return
	}
	op := &ir.ParseKV{At: at(o), X: x}
	if op.Cols, ok = l.columns(o.Columns); !ok {
		l.badOp(o, r)
		return
	}
	for _, p := range o.Props {
		if !l.kvProp(op, p, c) {
			l.badOp(o, r)
			return
		}
	}
	if (op.Pair == "") != (op.KV == "") {
		l.fail(CodeArguments, o.Span(), "parse-kv needs both pair_delimiter and kv_delimiter or none")
		l.badOp(o, r)
		return
	}
	r.add(op)
	for _, col := range op.Cols {
		r.row = r.row.with(col)
	}
}

func (l *lowerer) kvProp(op *ir.ParseKV, p *syntax.Param, c *ctx) bool {
	lit, ok := l.expr(p.Value, &ctx{row: &schema{}, env: c.env}).(*ir.Lit)
	if !ok {
		l.refuse(p.Span(), "a property of parse-kv that is not a constant", "", "")
		return false
	}
	if p.Name == "greedy" {
		op.Greedy, ok = lit.Value.V.(bool)
		if !ok {
			l.fail(CodeType, p.Span(), "greedy is true or false")
		}
		return ok
	}
	text, ok := lit.Value.V.(string)
	if !ok {
		l.fail(CodeType, p.Span(), "%s is a text", p.Name)
		return false
	}
	switch p.Name {
	case "pair_delimiter":
		op.Pair = text
	case "kv_delimiter":
		op.KV = text
	case "quote":
		op.Quotes = append(op.Quotes, text)
	case "escape":
		op.Escapes = append(op.Escapes, text)
	case "regex":
		op.Regex = text
	default:
		l.fail(CodeArguments, p.Span(), "parse-kv has no property %s", p.Name)
		return false
	}
	return true
}
