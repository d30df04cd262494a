package esql

import (
	"fmt"

	"github.com/huntc/huntc/ir"
)

// computed writes a test against one text that each row has for itself. Case is folded for ASCII letters only: TO_LOWER folds more, so that two
// texts are equal when they are after TO_LOWER and hold the same other characters at the same places.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/string-functions
func (e *emitter) computed(m *ir.Match) (string, int) {
	if len(m.Needles) != 1 || ir.TypeOf(m.X) != ir.String || ir.TypeOf(m.Needles[0]) != ir.String {
		return e.refuse(m.S, "a test against a computed text"), precPrimary
	}
	x, needle := e.expr(m.X, precOr), e.expr(m.Needles[0], precOr)
	if m.Kind == ir.Equal && m.Case == ir.Fold {
		e.r.Use(factFoldedTexts, m, m.S, "=~")
		return fmt.Sprintf("TO_LOWER(%s) == TO_LOWER(%s) AND %s == %s", x, needle, shape(x), shape(needle)), precAnd
	}
	form, ok := map[ir.MatchKind]string{ir.Contains: "LOCATE(%s, %s) > 0", ir.Prefix: "STARTS_WITH(%s, %s)", ir.Suffix: "ENDS_WITH(%s, %s)"}[m.Kind]
	if !ok {
		return e.refuse(m.S, "a test against a computed text"), precPrimary
	}
	prec := precPrimary
	if m.Kind == ir.Contains {
		prec = precCompare
	}
	if m.Case == ir.Exact {
		e.r.Use(factComputed, m, m.S, m.Kind.String())
		return fmt.Sprintf(form, x, needle), prec
	}
	e.r.Use(factComputedFold, m, m.S, m.Kind.String())
	return fmt.Sprintf(form, "TO_LOWER("+x+")", "TO_LOWER("+needle+")"), prec
}

// shape is a text whose ASCII letters are all one letter.
func shape(x string) string { return "REPLACE(" + x + `, "[A-Za-z]", "x")` }

// allow notes the tests against a query that a condition is made of. Inside of functions they cannot stand.
// https://www.elastic.co/docs/reference/query-languages/esql/esql-in-subquery
func (e *emitter) allow(x ir.Expr) {
	switch x := x.(type) {
	case *ir.InTable:
		e.asked[x] = true
	case *ir.And:
		for _, y := range x.Xs {
			e.allow(y)
		}
	case *ir.Or:
		for _, y := range x.Xs {
			e.allow(y)
		}
	case *ir.Not:
		e.allow(x.X)
	}
}

// inTable writes a test whether a value occurs in the first column of another query. Null is in no table.
func (e *emitter) inTable(t *ir.InTable) (string, int) {
	cols, ok := yields(t.Pipe)
	if !ok || len(cols) == 0 || !e.asked[t] || t.Kind != ir.Equal || cols[0].Type != ir.TypeOf(t.X) || cols[0].Type == ir.Dynamic || cols[0].Type == ir.Real {
		return e.refuse(t.S, "a test against this table"), precPrimary
	}
	if !e.r.Use(factInQuery, t, t.S, "a test against a table") {
		return "null", precPrimary
	}
	s := newEmitter(e.in, e.r, e.temps)
	s.known = e.known
	s.write(t.Pipe)
	e.needs = append(e.needs, s.needs...)
	column, x := ident(cols[0].Name), e.expr(t.X, precAdd)
	s.line("WHERE " + column + " IS NOT NULL")
	key := ""
	switch {
	case cols[0].Type != ir.String: // as text, because no value is null then and all have one type
		key, x = "TO_STRING("+column+")", "COALESCE(TO_STRING("+x+`), "")`
	case t.Case == ir.Fold:
		key, x = foldedKey(column), foldedKey(x)
	}
	if key != "" {
		column = s.temp()
		s.line("EVAL " + column + " = " + key)
	}
	s.line("KEEP " + column)
	return x + " IN " + brackets(s.lines), precCompare
}

// foldedKey is the same for texts that differ in the case of ASCII letters only.
func foldedKey(x string) string {
	return fmt.Sprintf(`CONCAT(TO_STRING(LENGTH(TO_LOWER(%s))), ":", TO_LOWER(%s), %s)`, x, x, shape(x))
}
