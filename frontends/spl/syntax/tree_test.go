package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

// show writes a term or an expression with every group in parentheses.
func show(n Node) string {
	switch n := n.(type) {
	case *AllOf:
		return "(" + join(n.Terms, " AND ") + ")"
	case *AnyOf:
		return "(" + join(n.Terms, " OR ") + ")"
	case *NotTerm:
		return "NOT " + show(n.X)
	case *Text:
		return n.Directive + fmt.Sprintf("%q", n.Value.Text)
	case *Compare:
		v := ""
		if n.Value != nil {
			v = fmt.Sprintf("%q", n.Value.Text)
		}
		return n.Field.Text + n.Op + n.Directive + v
	case *InList:
		var vs []string
		for _, v := range n.Values {
			vs = append(vs, v.Text)
		}
		return n.Field.Text + " IN(" + strings.Join(vs, ",") + ")"
	case *Subsearch:
		return "[...]"
	case *Macro:
		return "`" + n.Name + "/" + strings.Join(n.Args, "/") + "`"
	case *FieldRef:
		if n.Quoted {
			return "'" + n.Name + "'"
		}
		return n.Name
	case *Str:
		return fmt.Sprintf("%q", n.Text)
	case *Num:
		return n.Text
	case *Token:
		return "$" + n.Name + "$"
	case *Unary:
		return n.Op + "(" + show(n.X) + ")"
	case *Binary:
		return "(" + show(n.X) + " " + n.Op + " " + show(n.Y) + ")"
	case *Group:
		return "g" + show(n.X)
	case *InExpr:
		return show(n.X) + " IN(" + join(n.List, ",") + ")"
	case *Call:
		return n.Func.Text + "(" + join(n.Args, ",") + ")"
	case nil:
		return "nil"
	default:
		return fmt.Sprintf("%T", n)
	}
}

func join[T Node](xs []T, sep string) string {
	var out []string
	for _, x := range xs {
		out = append(out, show(x))
	}
	return strings.Join(out, sep)
}

// Search expressions group as the documentation says.
func TestSearchTree(t *testing.T) {
	for text, want := range map[string]string{
		`a=1 AND b=2 OR c=3`:                    `(a="1" AND (b="2" OR c="3"))`,
		`error NOT 403 OR 404`:                  `("error" AND (NOT "403" OR "404"))`,
		`NOT (a=1 OR b=2) c`:                    `(NOT (a="1" OR b="2") AND "c")`,
		`a = 1 b != "x y" c<= 3`:                `(a="1" AND b!="x y" AND c<="3")`,
		`"C:\\x" "a \"b\"" x\sy`:                `("C:\\x" AND "a \"b\"" AND "x\\sy")`,
		`"field name"=1 host::web TERM(a.b)`:    `(field name="1" AND host::"web" AND TERM"a.b")`,
		`u IN (a, "b c",d*) h=CASE(X)`:          `(u IN(a,b c,d*) AND h=CASE"X")`,
		`not or and NOT x`:                      `("not" AND "or" AND "and" AND NOT "x")`,
		"`m` `n(1, \"a, b\", f(x,y))` z":        "(`m/` AND `n/1/a, b/f(x,y)` AND \"z\")",
		`url=http://x?a=b&c=d a,b`:              `(url="http://x?a=b&c=d" AND "a,b")`,
		`[search x | fields y] user=[search z]`: `([...] AND user=)`,
		`ANDROID=1 ORACLE NOTE`:                 `(ANDROID="1" AND "ORACLE" AND "NOTE")`,
		`a=1 ` + "```" + `b=2` + "```" + ` c`:   `(a="1" AND "c")`,
	} {
		pipe, diags, _ := parse(text, Options{})
		if got := show(pipe.Commands[0].(*Search).Expr); got != want || len(diags) > 0 {
			t.Errorf("%s\n got %s\nwant %s\n%s", text, got, want, diag.Render(diags))
		}
	}
}

// Eval expressions bind as the documentation says.
func TestEvalTree(t *testing.T) {
	for text, want := range map[string]string{
		`a=1 AND b=2 OR c=3`:           `(((a == 1) AND (b == 2)) OR (c == 3))`,
		`a=1 XOR b=1 OR c=1`:           `((a == 1) XOR ((b == 1) OR (c == 1)))`,
		`NOT a=1 AND b=1`:              `(NOT((a == 1)) AND (b == 1))`,
		`a+b*c-d>1`:                    `(((a + (b * c)) - d) > 1)`,
		`-a*2 < -1`:                    `((-(a) * 2) < -(1))`,
		`a."x".'b c'=="y"`:             `(((a . "x") . 'b c') == "y")`,
		`a LIKE "x%" AND b IN (1,"2")`: `((a LIKE "x%") AND b IN(1,"2"))`,
		`(a=1 OR b=1) AND c=1`:         `(g((a == 1) OR (b == 1)) AND (c == 1))`,
		`if(a=1,"x\ty\d","z")="x"`:     `(if((a == 1),"x\ty\\d","z") == "x")`,
		`1.5e3 > .5 AND $tok$=1`:       `((1.5e3 > .5) AND ($tok$ == 1))`,
		`!isnull(a) AND a!=b`:          `(NOT(isnull(a)) AND (a != b))`,
		`a<<FIELD>>b=1`:                `(a<<FIELD>>b == 1)`,
	} {
		pipe, diags, _ := parse("x | where "+text, Options{})
		if got := show(pipe.Commands[1].(*Where).Pred); got != want || len(diags) > 0 {
			t.Errorf("%s\n got %s\nwant %s\n%s", text, got, want, diag.Render(diags))
		}
	}
}

// Macros with a definition are expanded, and messages in their text point at the macro.
func TestMacros(t *testing.T) {
	defs := map[string]MacroDef{
		"web":    {Text: "index=web"},
		"is(2)":  {Args: []string{"f", "v"}, Text: "$f$=\"$v$\" `web`"},
		"broken": {Text: "stats cnt(x)"},
		"loop":   {Text: "`loop`"},
		"grow":   {Text: strings.Repeat("`grow2`", 100)},
		"grow2":  {Text: strings.Repeat("`grow3`", 100)},
		"grow3":  {Text: strings.Repeat("x", 1000)},
		"evald":  {Text: "1+1", Eval: true},
	}
	var opaque []string
	opts := Options{Macros: defs, Undefined: func(m *Macro) { opaque = append(opaque, m.Name) }}
	pipe, diags, _ := parse("`web` `is(user, \"a b\")` `unknown` `evald` | where x=1", opts)
	if got, want := show(pipe.Commands[0].(*Search).Expr), "(index=\"web\" AND user=\"a b\" AND index=\"web\" AND `unknown/` AND `evald/`)"; got != want || len(diags) > 0 {
		t.Errorf("got %s\n%s", got, diag.Render(diags))
	}
	if fmt.Sprint(opaque) != "[unknown evald]" {
		t.Errorf("opaque: %v", opaque)
	}
	text := "index=a | `broken` | statss"
	_, diags, _ = parse(text, Options{Macros: defs})
	if len(diags) != 2 || text[diags[0].Span.Pos-1:diags[0].Span.End-1] != "`broken`" || text[diags[1].Span.Pos-1:diags[1].Span.End-1] != "statss" {
		t.Errorf("%s", diag.Render(diags))
	}
	for _, text := range []string{"`loop`", "`grow`"} {
		if _, diags, _ := parse(text, Options{Macros: defs}); len(diags) == 0 || diags[0].Code != CodeLimit {
			t.Errorf("%s: %s", text, diag.Render(diags))
		}
	}
}

// All mistakes of a text are reported, each once.
func TestRecovery(t *testing.T) {
	text := `index=a b= | statss count | eval x=loower(y), z=1+ | where ((a=1) | join u [search x | fooo] | stats count`
	_, diags, _ := parse(text, Options{})
	var got []string
	for _, d := range diags {
		got = append(got, text[d.Span.Pos-1:d.Span.End-1])
	}
	if fmt.Sprint(got) != "[= statss loower  ( fooo]" {
		t.Errorf("%q\n%s", got, diag.Render(diags))
	}
}

// A lenient reading takes unknown names as warnings; a declared command has no message.
func TestLenient(t *testing.T) {
	_, diags, _ := parse(`index=a | mycmd x=1 | other y | eval z=foo(1)`, Options{Lenient: true, Commands: map[string]bool{"mycmd": true}})
	if len(diags) != 2 || diags.Max() != diag.Warning {
		t.Errorf("%s", diag.Render(diags))
	}
}

// Deep and long texts end with a message, not with an exhausted machine.
func TestLimits(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": strings.Repeat("(", 5000) + "a",
		"not":         strings.Repeat("NOT ", 5000) + "a",
		"subsearches": strings.Repeat("[search ", 5000) + "a",
		"eval":        "x | where " + strings.Repeat("(", 5000) + "1",
		"calls":       "x | where " + strings.Repeat("abs(", 5000) + "1",
		"signs":       "x | where a=" + strings.Repeat("-", 5000) + "1",
		"bytes":       strings.Repeat("a ", MaxBytes),
	} {
		if _, diags, _ := parse(text, Options{}); len(diags) == 0 || diags[0].Code != CodeLimit {
			t.Errorf("%s: %s", name, diag.Render(diags[:min(2, len(diags))]))
		}
	}
}

// What published searches write is read: a trailing comma and == with a warning, fields behind the span of tstats.
func TestHabits(t *testing.T) {
	for text, warnings := range map[string]int{
		`index=a | stats count by b, | table c,`: 2,
		`index=a b==1`:                           1,
		`| tstats count where index=a by _time span=1h host, source`:                  0,
		`index=a | where true and false`:                                              1,
		`index=a | search * | sort - count, _time | rename a as b c as "d e", f AS g`: 0,
		`([search index=b | fields u] OR x=1) (index=a) OR (index=b)`:                 0,
		`index=a | eval a = if(x IN ("a"), true(), false), "b c"='d e'`:               0,
	} {
		_, diags, _ := parse(text, Options{Lenient: true})
		if diags.HasErrors() || len(diags) != warnings {
			t.Errorf("%s\n%s", text, diag.Render(diags))
		}
	}
}

// Relative times and spans are read by unit.
func TestRelativeTimes(t *testing.T) {
	for s, want := range map[string]string{
		"-7d@d":   "[{false -7 d} {true 0 d}]",
		"@w1":     "[{true 0 w1}]",
		"-h":      "[{false -1 h}]",
		"@d+3h":   "[{true 0 d} {false 3 h}]",
		"-70m@m":  "[{false -70 m} {true 0 m}]",
		"-1mon@y": "[{false -1 mon} {true 0 y}]",
	} {
		if got, ok := ParseRelative(s); !ok || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", s, got, want)
		}
	}
	for _, s := range []string{"", "7d", "-7x", "@", "-w1", "yesterday"} {
		if got, ok := ParseRelative(s); ok {
			t.Errorf("%s is read as %v", s, got)
		}
	}
}
