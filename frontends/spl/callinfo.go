package spl

import (
	"strconv"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// informational are the functions about a value's type, and searchmatch ("Informational functions", [eval-function]).
func (l *lowerer) informational(r *rows, c *syntax.Call, vs []val) (val, bool) {
	switch c.Func.Text {
	case "typeof":
		return l.typeOf(c, vs[0]), true
	case "isbool":
		return boolVal(lit(ir.Bool, vs[0].k == boolKind != l.wrong("isbool-of-a-field"), at(c)))
	case "searchmatch":
		return l.searchMatch(r, c, vs[0]), true
	}
	return val{}, false
}

// typeOf is Number, String, or Invalid for a value that does not exist. A field is a number if it can be read as one; what a
// multivalue is called, and a text of digits, no page tells.
func (l *lowerer) typeOf(c *syntax.Call, v val) val {
	a := at(c)
	name := func(s string) ir.Expr { return str(s, a) }
	switch {
	case v.k == boolKind:
		l.refuse(c.Args[0], CodeUnsupported, "typeof of a condition is not evaluated", "one page calls it Bool, another Boolean")
		return val{x: &ir.Bad{At: a}, k: textKind}
	case v.k == textKind:
		if v.lit != nil {
			if _, err := strconv.ParseFloat(*v.lit, 64); err == nil {
				l.unconfirmed(c.Args[0], "typeof of a text of digits")
			}
		}
		v.x = onlyIf(v.x, or(isNull(v.x), not(isNumber(v, l))), "typeof of a text of digits: no page tells what it is")
	default:
		v = single(v, "typeof")
	}
	number, text := "Number", "String"
	if l.wrong("typeof-is-lower-case") {
		number, text = "number", "string"
	}
	return val{x: choose(ir.String, name(text), ir.Branch{If: isNull(v.x), Then: name("Invalid")}, ir.Branch{If: isNumber(v, l), Then: name(number)}), k: textKind}
}

// searchMatch reports whether the event matches a search, which is a literal.
func (l *lowerer) searchMatch(r *rows, c *syntax.Call, v val) val {
	a := at(c)
	text, ok := l.literal(v, c, 0, "a search")
	if !ok {
		return val{x: &ir.Bad{At: a}, k: boolKind}
	}
	pipe, found := syntax.ParsePart(l.src, text, c.Args[0].Span(), l.parsing())
	l.diags = append(l.diags, found...)
	if found.HasErrors() {
		return val{x: &ir.Bad{At: a}, k: boolKind}
	}
	s, ok := pipe.Commands[0].(*syntax.Search)
	if !ok || len(pipe.Commands) != 1 || pipe.Piped {
		l.diags.Add(diag.Diagnostic{Code: CodeUnsupported, Severity: diag.Refused, Source: l.src, Span: c.Args[0].Span(), Message: "searchmatch with a pipeline is not evaluated"})
		return val{x: &ir.Bad{At: a}, k: boolKind}
	}
	if l.wrong("searchmatch-finds-the-text") {
		return val{x: known(&ir.Match{At: a, Kind: ir.Contains, Case: ir.Fold, X: l.text(l.col(r, "_raw", c)), Needles: []ir.Expr{str(text, a)}}), k: boolKind}
	}
	return val{x: known(and(l.terms(r, syntax.Terms(s.Expr))...)), k: boolKind}
}
