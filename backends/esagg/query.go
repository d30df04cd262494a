package esagg

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/huntc/huntc/ir"
)

type object = map[string]any

// edges says on which sides of a needle a boundary is asked for.
func edges(k ir.MatchKind, s string) (left, right bool) {
	rs := []rune(s)
	if len(rs) == 0 {
		return false, false
	}
	return k != ir.TermSuffix && ir.IsTermChar(rs[0]), k != ir.TermPrefix && ir.IsTermChar(rs[len(rs)-1])
}

// query writes a condition as a query clause that matches exactly where it is true in strict-null terms.
func (e *emitter) query(x ir.Expr) object {
	switch x := x.(type) {
	case *ir.And:
		return object{"bool": object{"filter": e.queries(x.Xs)}}
	case *ir.Or:
		if clause, ok := e.notOrAbsent(x); ok {
			return clause
		}
		return object{"bool": object{"should": e.queries(x.Xs), "minimum_should_match": 1}}
	case *ir.Not:
		if q, f, ok := e.native(x.X); ok {
			e.r.Use(factBool, x, x.S, "not")
			return object{"bool": object{"filter": []any{object{"exists": object{"field": f}}}, "must_not": []any{q}}}
		}
		if a, ok := x.X.(*ir.Absent); ok {
			if f, ok := a.X.(*ir.Field); ok {
				e.r.Use(factExists, a, a.S, "present")
				return object{"exists": object{"field": e.fieldName(f)}}
			}
		}
	default:
		if q, _, ok := e.native(x); ok {
			return q
		}
	}
	return e.scriptQuery(e.test(x, false), x)
}

func (e *emitter) queries(xs []ir.Expr) []any {
	out := make([]any, len(xs))
	for i, x := range xs {
		out[i] = e.query(x)
	}
	return out
}

// notOrAbsent writes "absent or not P", which must_not says by itself: a document without the field passes it.
func (e *emitter) notOrAbsent(x *ir.Or) (object, bool) {
	if len(x.Xs) != 2 {
		return nil, false
	}
	a, ok1 := x.Xs[0].(*ir.Absent)
	n, ok2 := x.Xs[1].(*ir.Not)
	if !ok1 || !ok2 {
		return nil, false
	}
	f, ok := a.X.(*ir.Field)
	if !ok {
		return nil, false
	}
	q, on, ok := e.native(n.X)
	if !ok || on != e.fieldName(f) {
		return nil, false
	}
	e.r.Use(factBool, x, x.S, "not")
	return object{"bool": object{"must_not": []any{q}}}, true
}

// native writes a test of one field as a query clause, and names the field.
func (e *emitter) native(x ir.Expr) (object, string, bool) {
	switch x := x.(type) {
	case *ir.Absent:
		if f, ok := x.X.(*ir.Field); ok {
			e.r.Use(factExists, x, x.S, "absent")
			return object{"bool": object{"must_not": []any{object{"exists": object{"field": e.fieldName(f)}}}}}, e.fieldName(f), true
		}
	case *ir.Compare:
		f, ok := x.L.(*ir.Field)
		if !ok {
			return nil, "", false
		}
		v, ok := e.constant(x.R)
		if !ok {
			return nil, "", false
		}
		e.r.Use(factRange, x, x.S, x.Op.String())
		name := e.fieldName(f)
		switch x.Op {
		case ir.Eq:
			return object{"term": object{name: object{"value": v}}}, name, true
		case ir.Ne:
			return object{"bool": object{"filter": []any{object{"exists": object{"field": name}}}, "must_not": []any{object{"term": object{name: object{"value": v}}}}}}, name, true
		}
		op := map[ir.CmpOp]string{ir.Lt: "lt", ir.Le: "lte", ir.Gt: "gt", ir.Ge: "gte"}[x.Op]
		return object{"range": object{name: object{op: v}}}, name, true
	case *ir.Between:
		f, ok := x.X.(*ir.Field)
		lo, ok1 := e.constant(x.Lo)
		hi, ok2 := e.constant(x.Hi)
		if ok && ok1 && ok2 {
			e.r.Use(factRange, x, x.S, "between")
			return object{"range": object{e.fieldName(f): object{"gte": lo, "lte": hi}}}, e.fieldName(f), true
		}
	case *ir.Match:
		if f, ok := x.X.(*ir.Field); ok {
			q, ok := e.matchQuery(x, f)
			return q, e.fieldName(f), ok
		}
	}
	return nil, "", false
}

// constant writes a number, or a time as date math: now-7d, 2026-05-15T00:00:00.000Z||-14d.
func (e *emitter) constant(x ir.Expr) (any, bool) {
	switch x := x.(type) {
	case *ir.Lit:
		switch v := x.Value.V.(type) {
		case int64:
			if x.Value.Type == ir.Datetime {
				return ir.TimeOf(v).Format("2006-01-02T15:04:05.000Z"), v%ir.Millisecond == 0 // finer is not kept
			}
			return v, x.Value.Type != ir.Timespan
		case float64, bool:
			return v, true
		}
	case *ir.Now:
		if !e.in.Now.IsZero() {
			return e.in.Now.UTC().Format("2006-01-02T15:04:05.000Z"), true
		}
		return "now", true
	case *ir.Param:
		if e.in.KeepParams {
			return "{{" + x.Name + "}}", true // a search template's own parameter
		}
		if x.Default == nil {
			e.r.Use(factParam, x, x.S, "the parameter "+x.Name)
			return "", true
		}
		return e.constant(x.Default)
	case *ir.Arith:
		l, ok := e.constant(x.L)
		s, isText := l.(string)
		r, isLit := x.R.(*ir.Lit)
		if !ok || !isText || !isLit || r.Value.Type != ir.Timespan || x.Op != "-" && x.Op != "+" {
			return nil, false
		}
		t := r.Value.V.(int64)
		if t < 0 || t%ir.Second != 0 {
			return nil, false
		}
		if !strings.HasPrefix(s, "now") && !strings.Contains(s, "||") {
			s += "||"
		}
		return s + x.Op + strings.TrimSuffix(ir.DurationText(t), ""), true
	}
	return nil, false
}

func (e *emitter) matchQuery(m *ir.Match, f *ir.Field) (object, bool) {
	name, flat := e.fieldName(f), f.Info.Type == "flattened"
	if f.Info.Type != "keyword" && !flat {
		return nil, false
	}
	var clauses []any
	for _, n := range m.Needles {
		s, ok := ir.ConstString(n)
		if !ok || s == "" && m.Kind != ir.Equal {
			return nil, false
		}
		q, ok := e.needleQuery(m, name, s, flat)
		if !ok {
			return nil, false
		}
		clauses = append(clauses, q)
	}
	switch {
	case len(clauses) == 0:
		return nil, false
	case len(clauses) == 1:
		return clauses[0].(object), true
	case m.All:
		return object{"bool": object{"filter": clauses}}, true
	case m.Kind == ir.Equal && m.Case == ir.Exact:
		values := make([]any, len(m.Needles))
		for i, n := range m.Needles {
			values[i], _ = ir.ConstString(n)
		}
		return object{"terms": object{name: values}}, true
	case m.Kind == ir.Term && m.Case == ir.Fold:
		return e.termsQuery(m, name)
	}
	return object{"bool": object{"should": clauses, "minimum_should_match": 1}}, true
}

func (e *emitter) needleQuery(m *ir.Match, name, s string, flat bool) (object, bool) {
	fold := m.Case == ir.Fold
	if fold && !ir.IsASCII(s) {
		return nil, false
	}
	clause := func(kind, value string) (object, bool) {
		o := object{"value": value}
		if fold {
			o["case_insensitive"] = true
		}
		return object{kind: object{name: o}}, true
	}
	switch m.Kind {
	case ir.Equal:
		if fold {
			e.r.Use(factTermFold, m, m.S, "=~")
		} else {
			e.r.Use(factTerm, m, m.S, "==")
		}
		return clause("term", s)
	case ir.Prefix:
		e.r.Use(factWildcard, m, m.S, "startswith")
		return clause("prefix", s)
	case ir.Contains, ir.Suffix:
		if flat {
			return nil, false // wildcard on a key of a flattened field is an error
		}
		e.r.Use(factWildcard, m, m.S, m.Kind.String())
		w := "*" + strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`).Replace(s)
		if m.Kind == ir.Contains {
			w += "*"
		}
		return clause("wildcard", w)
	case ir.Term:
		if flat || !fold {
			return nil, false // so is regexp: a script decides alone
		}
		return e.termsQuery(&ir.Match{At: m.At, Kind: m.Kind, Case: m.Case, X: m.X, Needles: []ir.Expr{ir.StringLit(s, m.S)}}, name)
	}
	return nil, false
}

// termsQuery narrows with a regular expression whose boundaries are ASCII, and lets a script decide on what is left and is not ASCII.
func (e *emitter) termsQuery(m *ir.Match, name string) (object, bool) {
	type sides struct{ left, right bool }
	var order []sides
	terms := map[sides][]string{}
	for _, n := range m.Needles {
		s, _ := ir.ConstString(n)
		l, r := edges(m.Kind, s)
		k := sides{l, r}
		if terms[k] == nil {
			order = append(order, k)
		}
		terms[k] = append(terms[k], regexpQuote(s))
	}
	side := func(need bool, with string) string {
		if need {
			return with
		}
		return ".*"
	}
	var parts []string
	for _, k := range order {
		parts = append(parts, side(k.left, "(.*[^a-zA-Z0-9])?")+"("+strings.Join(terms[k], "|")+")"+side(k.right, "([^a-zA-Z0-9].*)?"))
	}
	e.r.Use(factRegexp, m, m.S, "has")
	e.r.Use(factScript, m, m.S, what(m))
	narrow := object{"regexp": object{name: object{"value": strings.Join(parts, "|"), "case_insensitive": true}}}
	decide := program("String s = " + e.value(m.X) + ";\nreturn s != null && (ascii(s) || " + e.matchScript(m, "s") + ");")
	return object{"bool": object{"filter": []any{narrow, object{"script": object{"script": source(decide)}}}}}, true
}

func regexpQuote(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (e *emitter) scriptQuery(test string, x ir.Expr) object {
	e.r.Use(factScript, x, x.Span(), what(x))
	return object{"script": object{"script": source(program("return " + test + ";"))}}
}

func source(text string) object { return object{"lang": "painless", "source": text} }

func what(x ir.Expr) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", x), "*ir.")
}
