package esagg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/ir"
)

// helpers are the painless functions that scripts may need; absent in, absent (or false) out.
var helpers = []struct{ name, text string }{
	{"v(", `def v(Map doc, String f) { if (!doc.containsKey(f)) return null; def d = doc[f]; return d.size() > 0 ? d.value : null; }`},
	{"low(", `String low(String s) { if (s == null) return null; StringBuilder b = new StringBuilder(); for (int i = 0; i < s.length(); i++) { char c = s.charAt(i); if (c >= (char)65 && c <= (char)90) c = (char)(c + 32); b.append(c); } return b.toString(); }`},
	{"lower(", `String lower(def s) { return s == null ? null : ((String)s).toLowerCase(Locale.ROOT); }`},
	{"word(", `boolean word(int c) { int t = Character.getType(c); return Character.isLetter(c) || t == 9 || t == 10 || t == 11; }`},
	{"term(", `boolean term(String s, String n, boolean l, boolean r) { if (s == null) return false; int i = s.indexOf(n); while (i >= 0) { int j = i + n.length(); if ((!l || i == 0 || !word(s.codePointBefore(i))) && (!r || j == s.length() || !word(s.codePointAt(j)))) return true; i = s.indexOf(n, i + 1); } return false; }`},
	{"anyterm(", `boolean anyterm(String s, String[] ns, boolean l, boolean r) { for (int k = 0; k < ns.length; k++) { if (term(s, ns[k], l, r)) return true; } return false; }`},
	{"ascii(", `boolean ascii(String s) { for (int i = 0; i < s.length(); i++) { if (s.charAt(i) > (char)127) return false; } return true; }`},
	{"eqi(", `boolean eqi(String s, String n) { if (s == null || s.length() != n.length()) return false; for (int i = 0; i < s.length(); i++) { char c = s.charAt(i); if (c >= (char)65 && c <= (char)90) c = (char)(c + 32); if (c != n.charAt(i)) return false; } return true; }`},
	{"fname(", `String fname(String s) { if (s == null) return null; int a = s.lastIndexOf('/'); int b = s.lastIndexOf('\\'); String n = s.substring((a > b ? a : b) + 1); int c = n.indexOf(':'); return c < 0 ? n : n.substring(0, c); }`},
	{"first(", `String first(String t) { if (t == null) return ''; String s = t.trim(); if (!s.startsWith('[') || !s.endsWith(']')) return ''; s = s.substring(1, s.length() - 1).trim(); if (s.length() == 0) return ''; if (s.charAt(0) == (char)34) { StringBuilder b = new StringBuilder(); int i = 1; while (i < s.length() && s.charAt(i) != (char)34) { if (s.charAt(i) == (char)92 && i + 1 < s.length()) i++; b.append(s.charAt(i)); i++; } return b.toString(); } int c = s.indexOf(','); String x = (c < 0 ? s : s.substring(0, c)).trim(); return x.equals('null') ? '' : x; }`},
	{"fill(", `def fill(def x, def d) { return x == null ? d : x; }`},
}

// program puts the helpers that a script uses before it.
func program(body string, own ...string) string {
	text := strings.Join(append(slices.Clone(own), body), "\n")
	used := map[string]bool{}
	for {
		n := len(used)
		for _, h := range helpers {
			if strings.Contains(text, h.name) && !used[h.name] {
				used[h.name] = true
				text += h.text
			}
		}
		if len(used) == n {
			break
		}
	}
	var parts []string
	for _, h := range helpers {
		if used[h.name] {
			parts = append(parts, h.text)
		}
	}
	return strings.Join(append(append(parts, own...), body), "\n")
}

// str writes a painless string literal: only the quote and the backslash have meaning in it.
func str(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// maxValues bounds the expressions written for one query: a test names its value twice, so that nested ones double.
const (
	maxValues = 20_000
	maxScript = 16_384 // bytes of one value in a test
)

// value writes an expression in painless; absent is null.
func (e *emitter) value(x ir.Expr) string {
	if e.values++; e.values > maxValues {
		if e.values == maxValues+1 {
			e.none(x, "an expression of this size")
		}
		return "null"
	}
	switch x := x.(type) {
	case *ir.Field:
		return "v(doc, " + str(e.fieldName(x)) + ")"
	case *ir.Lit:
		switch v := x.Value.V.(type) {
		case nil:
			return "null"
		case string:
			return str(v)
		case bool:
			return fmt.Sprint(v)
		case int64:
			if x.Value.Type == ir.Long || x.Value.Type == ir.Int {
				return fmt.Sprintf("%dL", v)
			}
		}
	case *ir.Fill:
		return "fill(" + e.value(x.X) + ", " + e.value(&ir.Lit{At: x.At, Value: x.With}) + ")"
	case *ir.Cast:
		if a, ok := x.X.(*ir.Access); ok && x.To == ir.String {
			return e.access(a)
		}
		if t := ir.TypeOf(x.X); t == x.To || x.To == ir.String && t != ir.Bool && stringField(x.X) {
			return e.value(x.X)
		}
	case *ir.Access:
		return e.access(x)
	case *ir.Call:
		if x.Func == "tolower" && len(x.Args) == 1 {
			return "lower(" + e.value(x.Args[0]) + ")"
		}
	case *ir.Cond:
		s := e.value(x.Else)
		for _, b := range slices.Backward(x.Branches) {
			s = "(" + e.test(b.If, false) + " ? " + e.value(b.Then) + " : " + s + ")"
		}
		return s
	}
	return e.none(x, what(x))
}

func stringField(x ir.Expr) bool {
	f, ok := x.(*ir.Field)
	return ok && slices.Contains([]string{"keyword", "text", "flattened", "string"}, f.Info.Type)
}

// access writes a field of the expanded element, a file name, or the first element of a JSON array.
func (e *emitter) access(a *ir.Access) string {
	if c, ok := a.X.(*ir.Col); ok && e.expand != nil && c.Name == e.expand.Name {
		var keys []string
		for _, s := range a.Steps {
			keys = append(keys, s.Key)
		}
		if i := slices.Index(e.paths, strings.Join(keys, ".")); i >= 0 {
			return fmt.Sprintf("e%d", i)
		}
	}
	if c, ok := a.X.(*ir.Call); ok && len(a.Steps) == 1 && len(c.Args) == 1 {
		s := a.Steps[0]
		switch {
		case c.Func == "parse_path" && s.Key == "Filename":
			return "fname(" + e.value(c.Args[0]) + ")"
		case c.Func == "parse_json" && s.IsIndex && s.Index == 0:
			e.r.Use(factJSON, a, a.S, "the first element")
			return e.first(e.value(c.Args[0]))
		}
	}
	return e.none(a, "access inside a value")
}

// first is the first element of a JSON array. That of an expanded element's value is made once for all the tests that ask for it.
func (e *emitter) first(v string) string {
	for i := range e.paths {
		if v == fmt.Sprintf("e%d", i) {
			e.firsts[i] = true
			return fmt.Sprintf("f%d", i)
		}
	}
	return "first(" + v + ")"
}

// test writes a condition in painless that is true exactly where it is true in strict-null terms; neg negates a leaf.
func (e *emitter) test(x ir.Expr, neg bool) string {
	switch x := x.(type) {
	case *ir.And:
		return e.tests(x.Xs, neg, !neg)
	case *ir.Or:
		return e.tests(x.Xs, neg, neg)
	case *ir.Not:
		return e.test(x.X, !neg)
	case *ir.Absent:
		return e.value(x.X) + map[bool]string{false: " == null", true: " != null"}[neg]
	case *ir.Match:
		v := e.value(x.X)
		if len(v) > maxScript {
			return e.none(x, "an expression of this size")
		}
		t := "(" + e.matchScript(x, v) + ")"
		if neg {
			t = "!" + t
		}
		if sure(x.X) {
			return t
		}
		return "(" + v + " != null && " + t + ")"
	case *ir.Lit:
		if b, ok := x.Value.V.(bool); ok {
			return fmt.Sprint(b != neg)
		}
	case *ir.Compare:
		return e.compareScript(x, neg)
	}
	return e.none(x, what(x))
}

// compareScript writes a comparison of numbers, or whether texts are the same: painless orders neither texts nor times by its operators,
// and does not compile a test of a constant for null.
func (e *emitter) compareScript(x *ir.Compare, neg bool) string {
	l, r := e.value(x.L), e.value(x.R)
	if len(l)+len(r) > maxScript {
		return e.none(x, "an expression of this size")
	}
	var parts []string
	for side, v := range map[ir.Expr]string{x.L: l, x.R: r} {
		switch lit, ok := side.(*ir.Lit); {
		case ok && lit.Value.IsNull():
			return "false"
		case !sure(side):
			parts = append(parts, v+" != null")
		}
	}
	slices.Sort(parts)
	t := "(" + l + " " + x.Op.String() + " " + r + ")"
	switch lt, rt := ir.TypeOf(x.L), ir.TypeOf(x.R); {
	case lt.Numeric() && rt.Numeric():
	case (x.Op == ir.Eq || x.Op == ir.Ne) && lt == rt && (lt == ir.String || lt == ir.Bool):
	default:
		return e.none(x, "a comparison of "+lt.String()+" and "+rt.String())
	}
	if neg {
		t = "!" + t
	}
	return "(" + strings.Join(append(parts, t), " && ") + ")"
}

// sure reports whether a value is never absent. Painless does not compile a test of a primitive for null.
func sure(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Lit:
		return !x.Value.IsNull()
	case *ir.Cond:
		return sure(x.Else) && !slices.ContainsFunc(x.Branches, func(b ir.Branch) bool { return !sure(b.Then) })
	}
	return false
}

func (e *emitter) tests(xs []ir.Expr, neg, and bool) string {
	parts := make([]string, len(xs))
	for i, x := range xs {
		parts[i] = e.test(x, neg)
	}
	return "(" + strings.Join(parts, map[bool]string{true: " && ", false: " || "}[and]) + ")"
}

func (e *emitter) matchScript(m *ir.Match, v string) string {
	if t, ok := e.anyTerm(m, v); ok {
		return t
	}
	text := "((String)" + v + ")"
	if m.Case == ir.Fold {
		v = "low(" + v + ")"
	}
	v = "((String)" + v + ")"
	parts := []string{}
	for _, n := range m.Needles {
		s, ok := ir.ConstString(n)
		if !ok {
			return e.none(m, "a test against a computed text")
		}
		if m.Case == ir.Fold {
			s = ir.FoldASCII(s)
		}
		switch m.Kind {
		case ir.Equal:
			if m.Case == ir.Fold {
				parts = append(parts, "eqi("+text+", "+str(s)+")")
			} else {
				parts = append(parts, v+".equals("+str(s)+")")
			}
		case ir.Contains:
			parts = append(parts, v+".contains("+str(s)+")")
		case ir.Prefix:
			parts = append(parts, v+".startsWith("+str(s)+")")
		case ir.Suffix:
			parts = append(parts, v+".endsWith("+str(s)+")")
		case ir.Term, ir.TermPrefix, ir.TermSuffix:
			l, r := edges(m.Kind, s)
			parts = append(parts, fmt.Sprintf("term(%s, %s, %v, %v)", v, str(s), l, r))
		default:
			return e.none(m, "a test by "+m.Kind.String())
		}
	}
	if len(parts) == 0 {
		return fmt.Sprint(m.All)
	}
	return strings.Join(parts, map[bool]string{true: " && ", false: " || "}[m.All])
}

// anyTerm writes a test for any of several terms that are bounded alike, which folds the text once.
func (e *emitter) anyTerm(m *ir.Match, v string) (string, bool) {
	if m.All || len(m.Needles) < 2 || m.Kind != ir.Term && m.Kind != ir.TermPrefix && m.Kind != ir.TermSuffix {
		return "", false
	}
	var left, right bool
	var terms []string
	for i, n := range m.Needles {
		s, ok := ir.ConstString(n)
		if !ok {
			return "", false
		}
		if m.Case == ir.Fold {
			s = ir.FoldASCII(s)
		}
		l, r := edges(m.Kind, s)
		if i > 0 && (l != left || r != right) {
			return "", false
		}
		left, right = l, r
		terms = append(terms, str(s))
	}
	if m.Case == ir.Fold {
		v = "low(" + v + ")"
	}
	return fmt.Sprintf("anyterm(((String)%s), new String[] {%s}, %v, %v)", v, strings.Join(terms, ", "), left, right), true
}
